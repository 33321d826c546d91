"""Numbers as people of the three languages write them."""

from decimal import Decimal

import pytest
from django.utils import translation
from django.utils.translation import ngettext_lazy

from agreements.numbers import Count, grouped

DAYS = ngettext_lazy("%(days)s day", "%(days)s days", "days")


@pytest.mark.parametrize(
    ("language", "large", "fraction"), [("en", "1,763", "41.2"), ("ru", "1 763", "41,2"), ("kk", "1 763", "41,2")]
)
def test_numbers_are_grouped_as_the_language_does(language, large, fraction):
    with translation.override(language):
        assert [grouped(1763).replace("\u00a0", " "), grouped(Decimal("41.20"))] == [large, fraction]


@pytest.mark.parametrize(
    ("language", "number", "said"),
    [
        ("en", 1, "1 day"),
        ("en", 1457, "1,457 days"),
        ("ru", 1461, "1 461 день"),
        ("ru", 1462, "1 462 дня"),
        ("ru", 1465, "1 465 дней"),
        ("kk", 1457, "1 457 күн"),
    ],
)
def test_a_count_in_a_sentence_is_grouped_and_chooses_the_plural(language, number, said):
    with translation.override(language):
        assert str(DAYS % {"days": Count(number)}).replace("\u00a0", " ") == said
