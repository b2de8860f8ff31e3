"""The files room: which files are inputs, how each is read, and how the output is written.

Readers turn files into rows or staged batches (`cleaner.arrow.Staged`); nothing here cleans.
"""
