"""What may happen to a file of the cache folder, so that it is no longer believed."""


def flip(path):
    data = bytearray(path.read_bytes())
    data[-40] ^= 1
    path.write_bytes(data)


DAMAGES = {
    "a bit": flip,
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-200]),
    "empty": lambda path: path.write_bytes(b""),
    "no text": lambda path: path.write_bytes(b"\xff\xfe\n{}"),
    "others may write it": lambda path: path.chmod(0o666),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}
"""Name -> what is done to a path."""
