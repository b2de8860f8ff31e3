"""Texts of boilerplate, mojibake and odd line ends, for tests that take any."""

from hypothesis import strategies as st

LINES = st.sampled_from(
    [
        "Also Read: Why the dam failed",
        "0 Comments",
        "Share this:",
        "Köln",
        "It’s donâ€™t",
        "",
        " ",
        "😀 x",
        "a\rb",
    ]
)
TEXTS = st.lists(st.one_of(LINES, st.text(max_size=30)), max_size=12).map("\n".join)
