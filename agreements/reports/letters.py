"""What letters a file can hold: texts come from people and from elsewhere, and one stray letter spoils a whole file."""

import re

#: Control characters but tabs and ends of lines, halves of surrogate pairs, what XML 1.0 forbids beside them, and what
#: turns the direction of what follows: a text could show something else than it says.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")

#: What ends a line or stands between words where it may end; a no-break space does not.
_BREAKS = re.compile("[ \t\r\n\u2028\u2029]+")


def clean(text: str) -> str:
    """Return the text without what no file can hold; everything that people can read stays."""
    return _UNFIT.sub("", text)


def one_line(text: str) -> str:
    """Return the text in one line, for names, properties and running heads."""
    return _BREAKS.sub(" ", clean(text)).strip()
