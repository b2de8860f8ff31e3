"""The host profile as a file: what one pass counted, kept for the cleaning and for later runs.

An Arrow file of one row, never Parquet: every Parquet file of an output is taken for documents. Each
column of `Profile` is one list, so that it lies in the file in one piece and is mapped into memory
instead of read: the workers of a run share one copy. The file names the form of its keys and the
digest of what it says; one that is damaged or of another form is refused, for keys that mean
something else would be found nowhere, and nobody would be told.
"""

from __future__ import annotations

import os
from dataclasses import fields
from functools import lru_cache

import pyarrow as pa

from cleaner._version import __version__
from cleaner.files.manifest import SIDE, SITES, fsync_folder, side_of
from cleaner.files.paths import printable, reason_of
from cleaner.model import InputError, OutputError
from cleaner.profile import FORM, Profile

_NAMES = tuple(field.name for field in fields(Profile))
_SCHEMA = pa.schema(
    [(name, pa.large_list(pa.int64() if name.endswith("_pages") else pa.uint64())) for name in _NAMES]
)
"""One row; keys are unsigned, counts (of pages) are not."""

_FORM, _HASH, _VERSION = "cleaner.profile_form", "cleaner.profile_hash", "cleaner.version"

_MEND = "make it anew (`cleaner run --refresh-profile`)"


def load_profile(path: str | os.PathLike[str]) -> Profile:
    """The profile at ``path``, a file or the output of a run that left one; read once a process.

    `InputError` as `read_profile` says. A file that was replaced since is read again.
    """
    file = profile_file(path)
    try:
        status = os.stat(file)
    except OSError as error:
        raise _refused(file, reason_of(error)) from error
    return _loaded(file, status.st_ino, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _loaded(path: str, inode: int, mtime_ns: int, size: int) -> Profile:
    return read_profile(path)


def profile_file(path: str | os.PathLike[str]) -> str:
    """The file a person means: itself, or what a run left beside its output (DIR, FILE.parquet)."""
    name = os.fsdecode(path)
    if os.path.isdir(name):
        own = os.path.basename(os.path.normpath(name)) == SIDE or os.path.exists(os.path.join(name, SITES))
        return os.path.join(name if own else side_of(name), SITES)
    return os.path.join(side_of(name), SITES) if name.lower().endswith(".parquet") else name


def read_profile(path: str | os.PathLike[str]) -> Profile:
    """The profile a file holds, its columns mapped into memory.

    `InputError` naming file and reason where it cannot be read, is none, is of another form or does not
    hold what its digest says.
    """
    name = os.fsdecode(path)
    try:
        with pa.memory_map(name) as source, pa.ipc.open_file(source) as file:
            _check_form(name, file.schema.metadata or {})
            batch = _only_batch(file)
            digest = file.schema.metadata.get(_HASH.encode(), b"")
        profile = Profile(*(column.flatten().to_numpy() for column in batch.columns))
    except (pa.ArrowException, OSError) as error:  # Arrow's own errors on files carry no number
        system = isinstance(error, OSError) and error.errno is not None
        reason = reason_of(error) if system else f"no host profile, or a damaged one: {reason_of(error)}"
        raise _refused(name, reason) from error
    if profile.digest.encode() != digest:
        raise _refused(name, f"damaged: it does not hold what its digest says; {_MEND}")
    return profile


def _check_form(name: str, metadata: dict[bytes, bytes]) -> None:
    form = metadata.get(_FORM.encode())
    if form is None:
        raise _refused(name, "no host profile: an Arrow file of something else")
    if form != str(FORM).encode():
        shown = printable(form.decode("utf-8", "replace"))
        raise _refused(name, f"a host profile of form {shown}, and this version reads form {FORM}; {_MEND}")


def _only_batch(file: pa.RecordBatchFileReader) -> pa.RecordBatch:
    """The one row of the file, each of its buffers checked before anything is taken from it."""
    if not file.schema.equals(_SCHEMA) or file.num_record_batches != 1:
        raise pa.ArrowInvalid("it has other columns than a host profile")
    batch = file.get_batch(0)
    batch.validate(full=True)
    if batch.num_rows != 1 or any(column.null_count for column in batch.columns):
        raise pa.ArrowInvalid("it is not the one row a host profile is")
    return batch


def write_profile(path: str | os.PathLike[str], profile: Profile) -> None:
    """Write a profile to a temporary name, make it durable, and give it its own name.

    The same profile gives the same bytes. `OutputError` where the disk is full or read-only.
    """
    name = os.fsdecode(path)
    schema = _SCHEMA.with_metadata({_FORM: str(FORM), _HASH: profile.digest, _VERSION: __version__})
    columns = [_one_list(getattr(profile, field.name), field.type) for field in schema]
    try:
        with open(name + ".tmp", "wb") as out:
            with pa.ipc.new_file(out, schema) as writer:
                writer.write_batch(pa.record_batch(columns, schema=schema))
            out.flush()
            os.fsync(out.fileno())
        os.replace(name + ".tmp", name)
        fsync_folder(os.path.dirname(name) or os.curdir)
    except OSError as error:
        raise OutputError(f"{printable(name)}: cannot be written: {reason_of(error)}") from error


def _one_list(values: object, kind: pa.DataType) -> pa.Array:
    inner = pa.array(values, kind.value_type)
    return pa.LargeListArray.from_arrays(pa.array([0, len(inner)], pa.int64()), inner)


def _refused(name: str, reason: str) -> InputError:
    return InputError(f"{printable(name)}: {reason}")
