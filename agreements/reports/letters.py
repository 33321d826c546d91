"""What letters a file can hold: texts come from people and from elsewhere, and one stray letter spoils a whole file."""

import re

#: Control characters but tabs and ends of lines, halves of surrogate pairs, and what XML 1.0 forbids beside them.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Return the text without what no file can hold; everything that people can read stays."""
    return _UNFIT.sub("", text)


def one_line(text: str) -> str:
    """Return the text in one line, for names, properties and running heads."""
    return " ".join(clean(text).split())
