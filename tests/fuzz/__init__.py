"""Fuzzing: whatever comes in, the promises hold.

`targets` names what is fuzzed and what must hold, `inputs` makes the inputs: real files of every format,
mutated and truncated. `test_short.py` runs a little of each with the other tests;
``python -m tests.fuzz --minutes 30`` runs for as long as it is told.
"""
