"""A date with a precision: the earliest and the latest day it can be, and how much of it the source gives.

"2007" is never 1 January 2007: it is any day of 2007. A day that is not known at all may still have bounds
("before 5 June 2003"). Comparison is therefore in two strengths: what is certain and what is possible.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from agreements.choices import Certainty, Precision

NBSP = "\u00a0"
_ROMAN = ("I", "II", "III", "IV")


class BadDate(ValueError):
    """The text is not a date in any form that is understood; the message says which forms are."""


def not_a_date(text: str) -> BadDate:
    """Return the complaint about a text that is no date, with the forms that are understood."""
    return BadDate(
        _(
            "“%(text)s” is not understood as a date. Write a day (2024-12-28), a month (2012-09), a quarter "
            "(2024-Q3), a half-year (2025-H2), a year (2007), or “unknown”."
        )
        % {"text": text}
    )


@dataclass(frozen=True)
class FuzzyDate:
    """A day somewhere between `earliest` and `latest`, both included.

    `date.min` and `date.max` stand for "no bound"; they occur with precision `unknown` only.
    """

    earliest: date
    latest: date
    precision: Precision

    def __post_init__(self) -> None:
        if self.earliest > self.latest:
            raise BadDate(_("The earliest possible day is after the latest one."))

    # ---- making ----
    @classmethod
    def of_day(cls, day: date) -> Self:
        """Return the date of which the very day is known."""
        return cls(day, day, Precision.DAY)

    @classmethod
    def of(cls, day: date, precision: str) -> Self:
        """Return the period of this precision that contains the day; an unknown date has no bounds."""
        match Precision(precision):
            case Precision.DAY:
                return cls.of_day(day)
            case Precision.MONTH:
                return cls._months(day.year, day.month, 1, Precision.MONTH)
            case Precision.QUARTER:
                return cls._months(day.year, (day.month - 1) // 3 * 3 + 1, 3, Precision.QUARTER)
            case Precision.HALF_YEAR:
                return cls._months(day.year, (day.month - 1) // 6 * 6 + 1, 6, Precision.HALF_YEAR)
            case Precision.YEAR:
                return cls._months(day.year, 1, 12, Precision.YEAR)
            case _:
                return cls.unknown()

    @classmethod
    def of_span(cls, first: date, last: date) -> Self:
        """Return the date that lies between two days, both included: as a period where they are just one."""
        if first == last:
            return cls.of_day(first)
        for precision in (Precision.MONTH, Precision.QUARTER, Precision.HALF_YEAR, Precision.YEAR):
            period = cls.of(first, precision)
            if (period.earliest, period.latest) == (first, last):
                return period
        return cls(first, last, Precision.UNKNOWN)

    @classmethod
    def unknown(cls, after: date | None = None, before: date | None = None) -> Self:
        """Return a date of which no day is given; the bounds, themselves excluded, narrow it."""
        return cls(
            after + timedelta(days=1) if after else date.min,
            before - timedelta(days=1) if before else date.max,
            Precision.UNKNOWN,
        )

    @classmethod
    def _months(cls, year: int, month: int, count: int, precision: Precision) -> Self:
        last = month + count - 1
        return cls(date(year, month, 1), date(year, last, calendar.monthrange(year, last)[1]), precision)

    @classmethod
    def parse(cls, text: str) -> "FuzzyDate":
        """Read a date as people write it, in English, Russian or Kazakh.

        Days (2024-12-28, 28.12.2024, 28 December 2024), months (2012-09, сентябрь 2012), quarters (2024-Q3,
        III квартал 2024), halves (2025-H2, second half of 2025, второе полугодие 2025), years (2007),
        "unknown", "before 2003-06-05" (до, дейін), "after 2008-02-21" (после, кейін). Raises BadDate.
        """
        plain = " ".join(text.replace(NBSP, " ").lower().replace(",", " ").split())
        try:
            found = _parse(cls, plain)
        except (ValueError, OverflowError):
            found = None
        if found is None:
            raise not_a_date(text)
        return found

    # ---- comparing ----
    def certainly_before(self, other: "FuzzyDate | date") -> bool:
        """Whether every possible day of this date is before every possible day of the other."""
        return self.latest < (other.earliest if isinstance(other, FuzzyDate) else other)

    def certainly_by(self, day: date) -> bool:
        """Whether it has happened for certain by the end of the day."""
        return self.latest <= day

    def possibly_by(self, day: date) -> bool:
        """Whether it can have happened by the end of the day."""
        return self.earliest <= day

    def __lt__(self, other: "FuzzyDate") -> bool:
        """Order for lists: by earliest day, the more precise first."""
        return (self.earliest, self.latest) < (other.earliest, other.latest)

    # ---- writing ----
    @property
    def iso(self) -> str:
        """The shortest ISO 8601 form: 2024-12-28, 2012-09, 2024-Q3, 2025-H2, 2007; else the bounds as an interval."""
        first = self.earliest
        year = f"{first.year:04}"
        match self.precision:
            case Precision.DAY:
                return first.isoformat()
            case Precision.MONTH:
                return f"{year}-{first.month:02}"
            case Precision.QUARTER:
                return f"{year}-Q{(first.month + 2) // 3}"
            case Precision.HALF_YEAR:
                return f"{year}-H{1 if first.month == 1 else 2}"
            case Precision.YEAR:
                return year
            case _:
                start = "" if first == date.min else first.isoformat()
                end = "" if self.latest == date.max else self.latest.isoformat()
                return f"{start}/{end}" if start or end else "unknown"

    def __str__(self) -> str:
        return self.render()

    def render(self, language: str | None = None) -> str:
        """Write the date in words in the language (the active one by default); parts never break apart."""
        return render(self, language or get_language() or "en")


def between(early: date | None, late: date | None) -> FuzzyDate | None:
    """Return the day that lies between two; without a late one it may not have come at all."""
    one = early or late
    return FuzzyDate.of_span(*sorted((one, late or date.max))) if one else None


# ---- words ----
#: The names of the months by language: as they stand in a day, and by themselves.
MONTHS = {
    language: (days.split(), alone.split())
    for language, days, alone in (
        ("en", *("January February March April May June July August September October November December",) * 2),
        (
            "ru",
            "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
            "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
        ),
        ("kk", *("қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан",) * 2),
    )
}


def render_day(day: date, language: str | None = None) -> str:
    """Write a day in words: 28 December 2024; 28 декабря 2024 года; 2024 жылғы 28 желтоқсан."""
    language = (language or get_language() or "en")[:2]
    month = MONTHS.get(language, MONTHS["en"])[0][day.month - 1]
    form = {"ru": "{d} {m} {y} года", "kk": "{y} жылғы {d} {m}"}.get(language, "{d} {m} {y}")
    return form.format(d=day.day, m=month, y=f"{day.year:04}").replace(" ", NBSP)


def render_short(when: FuzzyDate) -> str:
    """Write a date briefly: 28 Dec 2024; 28.12.2024 in Russian and Kazakh; no precision is lost."""
    if when.precision == Precision.UNKNOWN:
        return pgettext("date", "day not known")
    if when.precision != Precision.DAY:
        return str(when)
    known = when.earliest
    if (get_language() or "en")[:2] in ("ru", "kk"):
        return f"{known:%d.%m.%Y}"
    return f"{known.day}{NBSP}{MONTHS['en'][0][known.month - 1][:3]}{NBSP}{known.year}"


def typed(known: date) -> str:
    """Write a day as people type it into a form: 2024-12-28; 28.12.2024 in Russian and Kazakh."""
    return f"{known:%d.%m.%Y}" if (get_language() or "en")[:2] in ("ru", "kk") else known.isoformat()


def render(when: FuzzyDate, language: str) -> str:
    """Write a date with its precision in words in the language: "en", "ru" or "kk"."""
    language = language[:2] if language[:2] in MONTHS else "en"
    first, year = when.earliest, f"{when.earliest.year:04}"
    if when.precision == Precision.DAY:
        return render_day(first, language)
    if when.precision == Precision.UNKNOWN:
        return _render_unknown(when, language)
    month = MONTHS[language][1][first.month - 1]
    quarter, half = (first.month + 2) // 3, 1 if first.month == 1 else 2
    words = {
        "en": {
            Precision.MONTH: f"{month} {year}",
            Precision.QUARTER: f"{('first', 'second', 'third', 'fourth')[quarter - 1]} quarter of {year}",
            Precision.HALF_YEAR: f"{('first', 'second')[half - 1]} half of {year}",
            Precision.YEAR: f"{year}",
        },
        "ru": {
            Precision.MONTH: f"{month} {year} года",
            Precision.QUARTER: f"{_ROMAN[quarter - 1]} квартал {year} года",
            Precision.HALF_YEAR: f"{('первое', 'второе')[half - 1]} полугодие {year} года",
            Precision.YEAR: f"{year} год",
        },
        "kk": {
            Precision.MONTH: f"{year} жылғы {month}",
            Precision.QUARTER: f"{year} жылғы {_ROMAN[quarter - 1]} тоқсан",
            Precision.HALF_YEAR: f"{year} жылдың {('бірінші', 'екінші')[half - 1]} жартысы",
            Precision.YEAR: f"{year} жыл",
        },
    }
    return words[language][Precision(when.precision)].replace(" ", NBSP)


def render_period(first: date, last: date, language: str | None = None) -> str:
    """Write a period in words, by months where it is made of such: January – October 2024; 2023, whole year."""
    language = (language or get_language() or "en")[:2]
    span = FuzzyDate.of_span(first, last)
    if span.precision == Precision.YEAR:
        form = {"ru": "{y} год, полностью", "kk": "{y} жыл, толық"}.get(language, "{y}, whole year")
        return form.format(y=f"{first.year:04}").replace(" ", NBSP)
    if span.precision != Precision.UNKNOWN:
        return render(span, language)
    begins, ends = (FuzzyDate.of(day, Precision.MONTH) for day in (first, last))
    if (begins.earliest, ends.latest) != (first, last):
        return f"{render_day(first, language)} – {render_day(last, language)}"
    if first.year != last.year:
        return f"{render(begins, language)} – {render(ends, language)}"
    names = MONTHS.get(language, MONTHS["en"])[1]
    form = {"ru": "{a} – {b} {y} года", "kk": "{y} жылғы {a} – {b}"}.get(language, "{a} – {b} {y}")
    return form.format(a=names[first.month - 1], b=names[last.month - 1], y=f"{first.year:04}").replace(" ", NBSP)


def precision_words(when: FuzzyDate, certainty: Certainty) -> str:
    """Say in words what is not known of a date: year only, day inferred, date of report; nothing of a firm day."""
    match certainty:
        case Certainty.REPORTED:
            return _("date of report")
        case Certainty.DISPUTED:
            return _("sources disagree")
        case Certainty.INFERRED:
            return str(_INFERRED.get(when.precision, _INFERRED[Precision.UNKNOWN]))
        case _:
            return str(_ONLY.get(when.precision, ""))


_ONLY = {
    Precision.MONTH: gettext_lazy("month only"),
    Precision.QUARTER: gettext_lazy("quarter only"),
    Precision.HALF_YEAR: gettext_lazy("half-year only"),
    Precision.YEAR: gettext_lazy("year only"),
}
_INFERRED = {
    Precision.DAY: gettext_lazy("day inferred"),
    Precision.MONTH: gettext_lazy("month inferred"),
    Precision.QUARTER: gettext_lazy("quarter inferred"),
    Precision.HALF_YEAR: gettext_lazy("half-year inferred"),
    Precision.YEAR: gettext_lazy("year inferred"),
    Precision.UNKNOWN: gettext_lazy("inferred"),
}


def _render_unknown(when: FuzzyDate, language: str) -> str:
    if when.earliest != date.min and when.latest != date.max:
        first, last = render_day(when.earliest, language), render_day(when.latest, language)
        return {
            "en": f"a day from {first} to {last}",
            "ru": f"день в период с {first} по {last}",
            "kk": f"{first} – {last} аралығындағы күн",
        }[language]
    base = {"en": "day not known", "ru": "день неизвестен", "kk": "күні белгісіз"}[language]
    if when.earliest != date.min:
        day = render_day(when.earliest - timedelta(days=1), language)
        return f"{base}, " + {"en": f"after {day}", "ru": f"после {day}", "kk": f"{day} күнінен кейін"}[language]
    if when.latest != date.max:
        day = render_day(when.latest + timedelta(days=1), language)
        return f"{base}, " + {"en": f"before {day}", "ru": f"до {day}", "kk": f"{day} күніне дейін"}[language]
    return base


# ---- reading ----
_MONTH_NUMBER = {
    name: number
    for forms in MONTHS.values()
    for names in forms
    for number, name in enumerate((name.lower() for name in names), start=1)
} | {name[:3].lower(): number for number, name in enumerate(MONTHS["en"][0], start=1)}
_MONTH_NUMBER["sept"] = 9
_ORDINAL = {
    "first": 1, "1st": 1, "i": 1, "1": 1, "первый": 1, "первое": 1, "бірінші": 1,
    "second": 2, "2nd": 2, "ii": 2, "2": 2, "второй": 2, "второе": 2, "екінші": 2,
    "third": 3, "3rd": 3, "iii": 3, "3": 3, "третий": 3, "үшінші": 3,
    "fourth": 4, "4th": 4, "iv": 4, "4": 4, "четвёртый": 4, "четвертый": 4, "төртінші": 4,
}  # fmt: skip
_UNKNOWN = {"unknown", "not known", "day not known", "неизвестно", "день неизвестен", "белгісіз", "күні белгісіз", "?"}
_YEAR_WORD = r"(?: ?(?:года|год|г\.?|жылғы|жылы|жылдың|жыл|ж\.?))?"
_WORDS = "|".join(sorted(map(re.escape, _ORDINAL), key=len, reverse=True))
_DAY_FORMS = (
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})$"), (1, 2, 3)),
    (re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})$"), (3, 2, 1)),
    (re.compile(rf"(\d{{1,2}}) ([^\W\d]+)\.? (\d{{4}}){_YEAR_WORD}$"), (3, 2, 1)),
    (re.compile(rf"(\d{{4}}){_YEAR_WORD} (\d{{1,2}}) ([^\W\d]+)$"), (1, 3, 2)),
    (re.compile(r"([^\W\d]+)\.? (\d{1,2}) (\d{4})$"), (3, 1, 2)),
)
_MONTH_FORMS = (
    (re.compile(r"(\d{4})-(\d{1,2})$"), (1, 2)),
    (re.compile(r"(\d{1,2})[./](\d{4})$"), (2, 1)),
    (re.compile(rf"([^\W\d]+)\.? (\d{{4}}){_YEAR_WORD}$"), (2, 1)),
    (re.compile(rf"(\d{{4}}){_YEAR_WORD} ([^\W\d]+)$"), (1, 2)),
)
_PART_FORMS = (
    (re.compile(r"(\d{4})[- ]?q([1-4])$"), (1, 2), 3),
    (re.compile(r"(\d{4})[- ]?h([12])$"), (1, 2), 6),
    (re.compile(r"q([1-4])[- /]?(\d{4})$"), (2, 1), 3),
    (re.compile(r"h([12])[- /]?(\d{4})$"), (2, 1), 6),
    (re.compile(rf"(?:the )?({_WORDS}) (?:quarter|квартал)(?: of)? (\d{{4}}){_YEAR_WORD}$"), (2, 1), 3),
    (
        re.compile(rf"(?:the )?({_WORDS}) (?:half(?:-year)?|полугодие|половина)(?: of)? (\d{{4}}){_YEAR_WORD}$"),
        (2, 1),
        6,
    ),
    (re.compile(rf"(\d{{4}}){_YEAR_WORD} ({_WORDS}) тоқсан[ыі]?$"), (1, 2), 3),
    (re.compile(rf"(\d{{4}}){_YEAR_WORD} ({_WORDS}) жарты(?:сы|жылдығы|жылдық)?$"), (1, 2), 6),
)
_YEAR_FORM = re.compile(rf"(\d{{4}}){_YEAR_WORD}$")
_BOUND_FORMS = (
    (re.compile(r"(before|after|до|после) (.+)$"), (1, 2)),
    (re.compile(r"(.+?)(?: күніне| күнінен)? (дейін|кейін)$"), (2, 1)),
)


def parse_day(text: str) -> date:
    """Read one day as people type it: 2024-12-28, 28.12.2024, 28 December 2024. Raises BadDate for anything else.

    With strokes it is refused: half the world writes the month first.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        when = FuzzyDate.parse(text)
    if when.precision != Precision.DAY or "/" in text:
        raise BadDate(_("“%(text)s” is not a day. Write it as 2024-12-28.") % {"text": text})
    return when.earliest


_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: So many characters of what is no day are repeated.
_ECHOED = 60


def iso_day(text: str) -> date:
    """Read one day as programs write it, 2024-12-28, and in no other way. Raises BadDate."""
    try:
        if _ISO_DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadDate(_("“%(text)s” is not a day. Write it as 2024-12-28.") % {"text": text[:_ECHOED]})


def _parse(cls: type[FuzzyDate], text: str) -> FuzzyDate | None:
    if text in _UNKNOWN:
        return cls.unknown()
    return _parse_period(cls, text) or _parse_bounds(cls, text)


def _parse_period(cls: type[FuzzyDate], text: str) -> FuzzyDate | None:
    for form, (y, m, d) in _DAY_FORMS:
        if (match := form.match(text)) and (month := _month(match[m])):
            return cls.of_day(date(int(match[y]), month, int(match[d])))
    for form, (y, n), months in _PART_FORMS:
        if match := form.match(text):
            part = _ORDINAL[match[n]]
            start = date(int(match[y]), (part - 1) * months + 1, 1)
            return cls.of(start, Precision.QUARTER if months == 3 else Precision.HALF_YEAR)
    if match := _YEAR_FORM.match(text):
        return cls.of(date(int(match[1]), 1, 1), Precision.YEAR)
    for form, (y, m) in _MONTH_FORMS:
        if (match := form.match(text)) and (month := _month(match[m])):
            return cls.of(date(int(match[y]), month, 1), Precision.MONTH)
    return None


def _parse_bounds(cls: type[FuzzyDate], text: str) -> FuzzyDate | None:
    for form, (side, rest) in _BOUND_FORMS:
        if match := form.match(text):
            bound = _parse_period(cls, match[rest])
            if bound is None:
                return None
            is_before = match[side] in ("before", "до", "дейін")
            return cls.unknown(before=bound.earliest) if is_before else cls.unknown(after=bound.latest)
    start, slash, end = text.partition("/")
    if slash and (start or end):
        return cls(
            date.fromisoformat(start) if start else date.min,
            date.fromisoformat(end) if end else date.max,
            Precision.UNKNOWN,
        )
    return None


def _month(text: str) -> int | None:
    return int(text) if text.isdigit() else _MONTH_NUMBER.get(text)
