"""The words for the pieces of a clause: acts and their numbers, periods, first days, shares."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from agreements.choices import ActionKind
from agreements.dates import FuzzyDate
from agreements.entry_into_force.clause import Acts, After, Count, FirstOf, Share
from agreements.entry_into_force.computing import Cause
from agreements.entry_into_force.reading import DEFINITIVE_SIGNATURE
from agreements.numbers import grouped
from agreements.tracks import BINDING_SIGNATURE

#: Why nothing can be computed.
PROBLEMS = {
    "nobody-signed": lambda: _(
        "It cannot be computed: no signature is recorded, and the clause counts by signatories."
    ),
    "nobody": lambda: _("It cannot be computed: no participant is recorded whose act could count."),
    "party-gone": lambda: _("It cannot be met any more: the clause asks for an act of %(name)s, which is no more."),
    "date-missing": lambda: _("It cannot be computed: the day “%(name)s” is not recorded."),
}
#: The days of one party.
OWN = {
    "instrument": lambda: _("the day of its own instrument"),
    "notice": lambda: _("the day of its notice"),
    "bound": lambda: _("the day on which it became bound"),
    "agreement": lambda: _("the day on which the agreement entered into force"),
}
#: The days that the record of an agreement gives.
EVENTS = {
    "opening_for_signature": lambda: _("opening for signature"),
    "adoption": lambda: _("adoption of the text"),
    "signing": lambda: pgettext("day", "signing"),
}


def named(name: str) -> str:
    """Name a day that the record gives."""
    return EVENTS[name]() if name in EVENTS else name.replace("_", " ")


def kind_words(kind: str) -> str:
    """Name a kind of acts."""
    if kind == DEFINITIVE_SIGNATURE:
        return str(_("definitive signature"))
    return str(ActionKind(kind).label).lower()


def special(acts: Acts) -> str:
    """Return the kind if one noun says it all."""
    kinds = acts.kinds or ()
    if BINDING_SIGNATURE in kinds:
        return "signature"
    return kinds[0] if len(kinds) == 1 and kinds[0] in ("signature", "notification") else ""


def acts_words(acts: Acts) -> str:
    """Name the acts that count, in the plural."""
    return {
        "signature": _("signatures"),
        "notification": _("notifications of completed procedures"),
        "": _("instruments of consent"),
    }[special(acts)]


def number_words(acts: Acts, number: int) -> str:
    """Write a number of acts that count."""
    match special(acts):
        case "signature":
            words = ngettext("%(number)s signature", "%(number)s signatures", number)
        case "notification":
            words = ngettext("%(number)s notification", "%(number)s notifications", number)
        case _:
            words = ngettext("%(number)s instrument of consent", "%(number)s instruments of consent", number)
    return words % {"number": number}


def length(rule: After) -> str:
    """Write a period."""
    parts = []
    years, months = rule.years, rule.months - 12 * rule.years
    if years:
        parts.append(ngettext("%(number)s year", "%(number)s years", years) % {"number": years})
    if months:
        parts.append(ngettext("%(number)s month", "%(number)s months", months) % {"number": months})
    if rule.days:
        parts.append(ngettext("%(number)s day", "%(number)s days", rule.days) % {"number": rule.days})
    return " ".join(parts)


def first_words(rule: FirstOf) -> str:
    """Describe a first day."""
    words = {
        ("month", False, True): _("The first day of the month after:"),
        ("month", False, False): _("The first day of the %(ordinal)s month after:"),
        ("month", True, True): _("The first day of a month that is not before:"),
        ("month", True, False): _("The %(ordinal)s first day of a month that is not before:"),
        ("year", False, True): _("The first day of the year after:"),
        ("year", False, False): _("The first day of the %(ordinal)s year after:"),
        ("year", True, True): _("The first day of a year that is not before:"),
        ("year", True, False): _("The %(ordinal)s first day of a year that is not before:"),
    }[rule.unit, rule.inclusive, rule.nth == 1]
    return words % {"ordinal": ordinal(rule.nth)}


def first_line(rule: FirstOf, start: FuzzyDate | None, day: FuzzyDate) -> str:
    """Say which first day it was."""
    words = {
        ("month", False, True): _("The first day of the month after %(start)s is %(day)s."),
        ("month", False, False): _("The first day of the %(ordinal)s month after %(start)s is %(day)s."),
        ("month", True, True): _("The first day of a month not before %(start)s is %(day)s."),
        ("month", True, False): _("The %(ordinal)s first day of a month not before %(start)s is %(day)s."),
        ("year", False, True): _("The first day of the year after %(start)s is %(day)s."),
        ("year", False, False): _("The first day of the %(ordinal)s year after %(start)s is %(day)s."),
        ("year", True, True): _("The first day of a year not before %(start)s is %(day)s."),
        ("year", True, False): _("The %(ordinal)s first day of a year not before %(start)s is %(day)s."),
    }[rule.unit, rule.inclusive, rule.nth == 1]
    return words % {"ordinal": ordinal(rule.nth), "start": start, "day": day}


def after_lines(rule: After, cause: Cause, start: FuzzyDate | None, day: FuzzyDate) -> Iterator[str]:
    """Yield the arithmetic of a period, and what became of a day that its last month does not have."""
    told = {"ordinal": ordinal(rule.days), "start": start, "day": day, "period": length(rule)}
    if rule.clear:
        yield _("With %(period)s in full after %(start)s, the day is %(day)s.") % told
    elif rule.days and not rule.months:
        yield _("The %(ordinal)s day after %(start)s is %(day)s.") % told
    else:
        yield _("%(period)s after %(start)s is %(day)s.") % told
    below = cause.below[0].day if cause.below else None
    if rule.months and not rule.days and below and below.day > cause.day.day and below not in (date.min, date.max):
        yield (
            _("That month has no day %(number)s: the next month begins.") % {"number": below.day}
            if rule.overflow
            else _("That month has no day %(number)s: its last day counts.") % {"number": below.day}
        )


def ordinal(number: int) -> str:
    """Write an ordinal as the language writes it beside a noun: 2nd in English, the number elsewhere."""
    if (get_language() or "en")[:2] != "en":
        return str(number)
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def decimal(value: Fraction) -> str:
    """Write a number with at most two decimals."""
    return grouped(round(Decimal(value.numerator) / Decimal(value.denominator), 2))


def share_words(share: Fraction) -> str:
    """Write a share as a percentage, or as a fraction where that would have to be rounded."""
    if (share * 10_000).denominator == 1:
        return percent(share, Fraction(1))
    return f"{share.numerator}/{share.denominator}"


def percent(value: Fraction, total: Fraction) -> str:
    """Write a part of a total in per cent."""
    return f"{decimal(value * 100 / total)}\u00a0%"


def tally(rule: Count | Share, reached: Fraction) -> str:
    """Write what a threshold was reached with: a number, or a share."""
    return percent(reached, rule.table.total) if isinstance(rule, Share) else str(int(reached))
