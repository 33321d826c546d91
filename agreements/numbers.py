"""Numbers as people of the three languages write them."""

from decimal import Decimal

from agreements.words import active_language

NBSP = "\u00a0"


def grouped(number: int | Decimal, *, sign: bool = False) -> str:
    """Write a number: 1,763 and 41.2 in English; 1 763 and 41,2 in Russian and Kazakh; no-break spaces, no zeros."""
    value = Decimal(number)
    text = format(value.normalize(), "+,f" if sign else ",f")
    if active_language() == "en":
        return text
    return text.replace(",", NBSP).replace(".", ",")


class Count(int):
    """A number that stands in a sentence as people write it, and by which the sentence still chooses its plural."""

    def __str__(self) -> str:
        return grouped(int(self))
