"""Dates of tables: which order of day and month a column has, and what one cell says, with its doubts.

A date keeps its precision. A letter after it, as in the tables of the United Nations, says the act done on that day.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from agreements.choices import ActionKind, Precision
from agreements.dates import MONTHS, BadDate, FuzzyDate, not_a_date, render_day
from agreements.tabular.heading import plain
from agreements.tabular.layout import Cell
from agreements.tabular.wording import Word, acts, letters, nothing
from agreements.words import searchable

__all__ = ["BadDate", "DateFormat", "Formats", "Order", "ReadDate", "formats_of", "is_ambiguous", "read_date"]


class Order(StrEnum):
    """In which order the numbers of a day stand."""

    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


@dataclass(frozen=True)
class DateFormat:
    """How the dates of a column are written.

    `serials`: bare numbers are days as spreadsheets count them, from 1900. `letters`: a letter after a date says
    an act.
    """

    order: Order = Order.DMY
    serials: bool = False
    letters: bool = True

    def as_data(self) -> dict[str, object]:
        """Return the format as it is kept."""
        return {"order": self.order.value, "serials": self.serials, "letters": self.letters}

    @classmethod
    def of_data(cls, data: Mapping[str, object]) -> "DateFormat":
        """Return a format that was kept."""
        return cls(
            Order(str(data.get("order", "dmy"))), bool(data.get("serials", False)), bool(data.get("letters", True))
        )


@dataclass(frozen=True)
class Formats:
    """How the values of a column can be read as dates.

    `fitting` are the orders in which every date can be read, the likelier first; none where the column mixes orders.
    `against` gives for each other order the first value that it cannot read, `readable` how many dates each can.
    `ambiguous`: the days differ between the orders that fit, and nothing tells which is meant. `dates` and `others`
    count the values that are dates and those that are none; `strange` are the first of those. `serials`: there are
    numbers that can be days as spreadsheets count them.
    """

    fitting: tuple[Order, ...]
    against: Mapping[Order, str]
    ambiguous: bool
    dates: int
    others: int
    strange: tuple[str, ...] = ()
    serials: bool = False
    readable: Mapping[Order, int] = field(default_factory=dict)

    @property
    def format(self) -> DateFormat | None:
        """The format that is meant; None where a person must choose, as the orders are ambiguous or mixed."""
        if self.ambiguous or not self.fitting:
            return None
        return DateFormat(self.fitting[0], self.serials)


@dataclass(frozen=True)
class ReadDate:
    """What a cell says: a date or none, the act that a letter names, whether it is doubtful, and what was noticed."""

    date: FuzzyDate | None
    action: ActionKind | None = None
    doubtful: bool = False
    note: str = ""
    manner: str = ""


_UNCERTAIN = re.compile(
    r"^(?:c\.|ca\.?|circa|approx(?:\.|imately)?|about|around|около|примерно|ок\.|шамамен|~|≈|\?)\s*(?=\S)"
)
_FOOTNOTE = re.compile(
    r"(?:\s*(?:\[\d{1,3}\]|\(\d{1,3}\)|\*+|†|‡|[¹²³⁰-⁹]+)|(?<=\d{4})(?:\s+\d{1,2}(?:\s*,\s*\d{1,2})*)|"
    r"(?<=\d{4} [a-zA-Z])\s+\d{1,2}(?:\s*,\s*\d{1,2})*)\s*$"
)
_LETTER = re.compile(r"(.*\d{2}\.?)\s*[(\[]?([A-Za-z]{1,2})[)\]]?$")
_ACT_AFTER = re.compile(r"(?P<rest>.*\d{4}\.?)[ ,:;–—-]*[(\[]?(?P<word>[^\W\d_][^\d()\[\]]{3,})[)\]]?$")
_ACT_BEFORE = re.compile(
    r"(?P<word>[^\W\d_][^\d()\[\]]{3,}?)[ :,–—-]+(?P<rest>\d.*\d{2}.*|[^\W\d_]{3,}\.? \d{1,2}, \d{4})$"
)
_BRACKETS = re.compile(r"[\[(]\s*(.*?)\s*[\])]\s*(\S{0,2})$")
_TIME = re.compile(
    r"(?<=\d)(?:t|\s+|,\s*)(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*(?:[ap]m)?\s*(?:z|utc|gmt|[+-]\d\d:?\d\d)?$"
)
_WEEKDAY = re.compile(
    r"^(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|понедельник|вторник|среда|четверг|пятница|"
    r"суббота|воскресенье|пн|вт|ср|чт|пт|сб|вс)\.?,?\s+"
)
_WORDY = re.compile(r"[^\W\d_]{3,}")
_NUMBERS = re.compile(r"(\d{1,4})\s*([./\- ])\s*(\d{1,2})\s*\2\s*(\d{1,4})\.?(?:\s*(?:г|ж|year|года?)\.?)?$")
_ROMANS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_ROMAN = re.compile(rf"(\d{{1,2}})[./\- ]+({'|'.join(_ROMANS)})[./\- ]+(\d{{4}})$")
_PART = re.compile(
    r"(?:in|early|mid|middle|late|end|beginning|start|spring|summer|autumn|fall|winter|в|весна|весной|лето|летом|осень|"
    r"осенью|зима|зимой|начало|середина|конец|в начале|в середине|в конце)[ -](?:of )?(?P<rest>.*\d{4}.*)$"
)
_MONTH_OF = re.compile(r"(\d{1,2})-(\d{4})$")
_YEAR_LAST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_COMPACT = re.compile(r"((?:1[5-9]|20|21)\d\d)(0[1-9]|1[0-2])([0-3]\d)$")
_GLUED = re.compile(r"(\d{1,2})[ .\-/]*([^\W\d_]{3,})\.?[ .,\-/’']*(\d{4}|\d{2})$")
_MONTH_YEAR = re.compile(r"([^\W\d_]{3,})\.?[ .,\-/’']*(\d{4}|\d{2})$")
_YEARS = re.compile(r"(\d{4})\s*[-–—/]\s*(\d{4})$")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
#: How long a text with a date can be, and how many values that are no dates are shown.
_LONGEST, _STRANGE = 80, 5
_DAYS = re.compile(r"(\d{1,2})\s*[-–—]\s*(\d{1,2})[ .]+([^\W\d_]{3,}\.? \d{4}.*|\d{1,2}\.\d{4})$")
#: A day within a text, which is read where nothing else in it has a digit.
_WITHIN = re.compile(
    r"(?<![\d./-])(?:\d{1,2}[./]\d{1,2}[./]\d{4}|\d{4}-\d{2}-\d{2}|\d{1,2} [^\W\d_]{3,}\.? \d{4}|"
    r"\d{4} жылғы \d{1,2} [^\W\d_]{3,})(?![\d/-])"
)
_OPEN_YEARS = frozenset((2999, 3000, 9998, 9999))
#: Months by the beginnings of their names in English, Russian, Kazakh, German and French.
_MONTHS: Mapping[int, tuple[str, ...]] = {
    1: ("jan", "янв", "қаң", "қан", "jän", "janv"),
    2: ("feb", "фев", "ақп", "feb", "fév", "fev"),
    3: ("mar", "мар", "нау", "mär", "maer", "mars"),
    4: ("apr", "апр", "сәу", "avr"),
    5: ("may", "май", "мая", "мам", "mai"),
    6: ("jun", "июн", "мау", "juin"),
    7: ("jul", "июл", "шіл", "juil"),
    8: ("aug", "авг", "там", "aoû", "aou"),
    9: ("sep", "сен", "қыр", "sept"),
    10: ("oct", "окт", "қаз", "okt"),
    11: ("nov", "ноя", "қар", "nov"),
    12: ("dec", "дек", "жел", "dez", "déc"),
}
_FULL = (
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    *(" ".join(forms) for names in MONTHS.values() for forms in names),
)


def _month_names() -> dict[str, int]:
    found = {begin: number for number, begins in _MONTHS.items() for begin in begins}
    for names in _FULL:
        found |= {name.lower(): number for number, name in enumerate(names.split(), start=1)}
    found |= {"jänner": 1, "feber": 2, "маусымы": 6, "sept": 9, "янв": 1, "нояб": 11, "сент": 9, "февр": 2, "авг": 8}
    return {searchable(name): number for name, number in found.items()} | found


_NAMED = _month_names()
_KAZAKH = tuple(MONTHS["kk"][1])


def formats_of(values: Iterable[Cell]) -> Formats:
    """Find out in which order the numbers of days stand in a column; of empty cells nothing is asked."""
    against: dict[Order, str] = {}
    readable = dict.fromkeys(Order, 0)
    differ = dates = others = bare = 0
    strange: list[str] = []
    for value in values:
        if value in (None, ""):
            continue
        if _is_serial(value):
            bare += 1
            continue
        found = _in_orders(value)
        if not found:
            others += 1
            strange += [str(value)] if len(strange) < _STRANGE else []
            continue
        if not any(found.values()):  # "n/a", "9999-12-31"
            continue
        dates += 1
        for order in Order:
            if order in found:
                readable[order] += 1
            else:
                against.setdefault(order, str(value))
        differ += _differ(value, found)
    serials = bare > 0 and bare >= others
    fitting = tuple(order for order in Order if order not in against) if dates or not others else ()
    if serials:
        dates += bare
        readable = {order: number + bare for order, number in readable.items()}
        fitting = fitting or (tuple(Order) if not against else ())
    else:
        others += bare
    ambiguous = differ > 0 and len(fitting) > 1
    return Formats(fitting, against, ambiguous, dates, others, tuple(strange), serials, readable)


def is_ambiguous(cell: Cell) -> bool:
    """Whether a cell is another day where the month comes first."""
    return isinstance(cell, str) and bool(_NUMBERS.search(cell)) and _differ(cell, _in_orders(cell))


def _differ(cell: Cell, found: Mapping[Order, FuzzyDate | None]) -> bool:
    # Between points the day comes first wherever people write so.
    return len(set(found.values())) > 1 and "." not in str(cell)


def _in_orders(value: Cell) -> dict[Order, FuzzyDate | None]:
    """Return what a value says in each order that can read it."""
    if isinstance(value, str) and (match := _YEAR_LAST.fullmatch(value)):
        return _plain_orders(int(match[1]), int(match[2]), int(match[3]))
    if isinstance(value, str) and not _NUMBERS.search(value.strip()):
        try:
            return dict.fromkeys(Order, read_date(value, DateFormat()).date)
        except BadDate:
            return {}
    found: dict[Order, FuzzyDate | None] = {}
    for order in Order:
        try:
            found[order] = read_date(value, DateFormat(order)).date
        except BadDate:
            continue
    return found


def _plain_orders(first: int, second: int, year: int) -> dict[Order, FuzzyDate | None]:
    """Return what two numbers and a year say in each order that can read them, as `read_date` does."""
    if year in _OPEN_YEARS or first == second == 0:
        return dict.fromkeys(Order)
    found: dict[Order, FuzzyDate | None] = {}
    for order, month, day in ((Order.DMY, second, first), (Order.MDY, first, second), (Order.YMD, second, first)):
        if order == Order.YMD and first != second:
            continue
        try:
            found[order] = FuzzyDate.of_day(date(year, month, day))
        except ValueError:
            continue
    return found


def _is_serial(value: Cell) -> bool:
    """Whether a number can be nothing but a day as a spreadsheet counts it: from 1930 to 2100."""
    if isinstance(value, str):
        return bool(_SERIAL.fullmatch(value.strip())) and _is_serial(Decimal(value.strip()))
    return isinstance(value, int | Decimal) and 10_959 <= value < 73_416


def read_date(cell: Cell, fmt: DateFormat = DateFormat()) -> ReadDate:
    """Return what a cell says in a format. Raises BadDate with a sentence."""
    match cell:
        case None:
            return ReadDate(None)
        case datetime():
            moment = cell.time()
            return _checked(cell.date(), note="" if moment == time() else _time_note(f"{moment:%H:%M}"))
        case date():
            return _checked(cell)
        case int() | Decimal():
            return _of_number(cell, fmt)
    if fmt.serials and _SERIAL.fullmatch(str(cell).strip()):
        return _of_number(Decimal(str(cell).strip()), fmt)
    return _Reader(str(cell), fmt).read()


def _time_note(moment: str) -> str:
    return _("The time of day (%(time)s) is left out.") % {"time": moment}


def _checked(day: date, note: str = "", doubtful: bool = False) -> ReadDate:
    """Return a day, unless it stands for the end of time or for the beginning of a calendar."""
    if day.year in _OPEN_YEARS:
        return ReadDate(None, note=_open_note(day.isoformat()))
    if day in (date(1900, 1, 1), date(1899, 12, 30), date(1899, 12, 31), date(1, 1, 1), date(1970, 1, 1)):
        sentence = _("%(day)s is what programs write where there is no date.") % {"day": render_day(day)}
        return ReadDate(FuzzyDate.of_day(day), doubtful=True, note=_joined(note, sentence))
    return ReadDate(FuzzyDate.of_day(day), doubtful=doubtful, note=note)


def _open_note(text: str) -> str:
    return _("“%(text)s” stands for no date: it is left open.") % {"text": text}


def _joined(*notes: str) -> str:
    return " ".join(note for note in notes if note)


def _of_number(cell: int | Decimal, fmt: DateFormat) -> ReadDate:
    whole = int(cell)
    if fmt.serials:
        if not 1 <= whole <= 2_958_465 or whole == 60:
            raise not_a_date(str(cell))
        # Spreadsheets count a 29 February 1900 that there was not.
        day = date(1899, 12, 30) + timedelta(days=whole + (whole < 60))
        return _checked(day)
    if whole == cell:
        return _Reader(str(whole), fmt).read()
    raise not_a_date(str(cell))


class _Reader:
    """Reads one text: what stands about the date is taken off piece by piece, and noted."""

    def __init__(self, text: str, fmt: DateFormat) -> None:
        self.text, self.format = text, fmt
        self.notes: list[str] = []
        self.doubtful = False
        self.word: Word | None = None

    def read(self) -> ReadDate:
        bare = " ".join(self.text.replace("\u00a0", " ").replace("\u202f", " ").split()).strip(" ,;")
        if not bare or bare.casefold() in nothing():
            return ReadDate(None)
        if len(bare) > _LONGEST or (not any(sign.isdigit() for sign in bare) and len(bare) > 40):
            raise not_a_date(self.text)
        bare = self.bare(bare)
        if not bare or bare.casefold() in nothing():
            raise not_a_date(self.text)
        found = self.date(bare.lower())
        if found is None:
            return ReadDate(None, self.action, self.doubtful, _joined(*self.notes), self.manner)
        return ReadDate(found, self.action, self.doubtful, _joined(*self.notes), self.manner)

    @property
    def action(self) -> ActionKind | None:
        return self.word.kind if self.word else None

    @property
    def manner(self) -> str:
        return self.word.manner if self.word else ""

    def doubt(self, sentence: str) -> None:
        self.doubtful = True
        self.notes.append(sentence)

    def bare(self, text: str) -> str:
        """Return a text without brackets, marks of doubt, footnotes, letters and the time of day."""
        if (match := _BRACKETS.match(text)) and match[1] and match.start() == 0:
            self.doubt(_("The date stands in brackets: “%(text)s”.") % {"text": self.text})
            text = f"{match[1]} {match[2]}".strip()
        while len(text) > 1 and (text.endswith("?") or text.endswith("?)")):
            text = text.rstrip("?() ").rstrip()
            self.doubt(_("The date is marked as doubtful: “%(text)s”.") % {"text": self.text})
        if match := _UNCERTAIN.match(text.lower()):
            text = text[match.end() :]
            self.doubt(_("The date is marked as doubtful: “%(text)s”.") % {"text": self.text})
        text = self.without_footnotes(text)
        if (match := _TIME.search(text.lower())) and match.start():
            moment = match[0].lstrip("tT, ")
            midnight = not (int(match[2]) or int(match[3] or 0)) and (
                int(match[1]) == 0 or (int(match[1]) == 12 and moment.endswith("am"))
            )
            if not midnight:
                self.notes.append(_time_note(moment))
            text = text[: match.start()]
        if self.format.letters:
            text = self.without_footnotes(self.without_word(text))
        return text.strip(" ,")

    def without_word(self, text: str) -> str:
        """Return a text without the letter or the word that says which act was done on the day."""
        if (match := _LETTER.match(text)) and not _is_month(match[2]):
            if match[2] not in letters():
                raise BadDate(
                    _("The letter “%(letter)s” after the date is not known. Use one of: %(known)s.")
                    % {"letter": match[2], "known": ", ".join(sorted(letters()))}
                )
            self.word = letters()[match[2]]
            return match[1].strip()
        if (match := _ACT_AFTER.match(text) or _ACT_BEFORE.match(text)) and (found := acts().get(plain(match["word"]))):
            self.word = found
            return match["rest"].strip()
        return text

    def without_footnotes(self, text: str) -> str:
        while place := _footnote(text):
            self.notes.append(_("A footnote mark was left out: “%(text)s”.") % {"text": text[place:].strip()})
            text = text[:place].rstrip(" ,")
        return text

    def date(self, text: str) -> FuzzyDate | None:
        text = _WEEKDAY.sub("", text).replace("«", "").replace("»", "").replace("“", "").replace("”", "")
        if match := _NUMBERS.match(text):
            return self.of_numbers(match)
        if match := _ROMAN.match(text):
            return self.day(int(match[3]), _ROMANS.index(match[2]) + 1, int(match[1]))
        if match := _COMPACT.match(text):
            return self.day(int(match[1]), int(match[2]), int(match[3]))
        if match := _YEARS.match(text):
            return self.years(int(match[1]), int(match[2]))
        if _WORDY.search(text) and (found := self.of_words(text)):
            return found
        if (year := re.fullmatch(r"(\d{4})(?:\s*(?:г|ж)\.?)?", text)) and int(year[1]) in _OPEN_YEARS:
            self.notes.append(_open_note(self.text))
            return None
        if match := _MONTH_OF.match(text):
            return self.month(int(match[2]), int(match[1]))
        if match := _PART.match(text):
            if not re.match(r"(?:in|в) ", text):
                self.doubt(_("Only a part of a period is meant: “%(text)s”.") % {"text": self.text})
            return self.date(match["rest"])
        if (match := _DAYS.match(text)) and int(match[1]) < int(match[2]):
            return self.days(match)
        if text == "?":
            self.doubt(_("The date is marked as doubtful: “%(text)s”.") % {"text": self.text})
        try:
            return FuzzyDate.parse(text)
        except BadDate:
            return self.within(text)

    def within(self, text: str) -> FuzzyDate | None:
        """Return the day that stands in a text of which nothing else has a digit."""
        match = _WITHIN.search(text)
        rest = text.replace(match[0], " ", 1) if match else ""
        if not match or any(sign.isdigit() for sign in rest) or len(rest.strip(" ,.;:-–")) < 3:
            raise not_a_date(self.text)
        self.doubt(_("Something else stands beside the date: “%(text)s”.") % {"text": self.text})
        return self.date(match[0])

    def days(self, match: re.Match[str]) -> FuzzyDate:
        """Return the days from one to another of the same month."""
        last = self.date(f"{match[2]} {match[3]}")
        first = self.date(f"{match[1]} {match[3]}")
        if not first or not last or last.precision != Precision.DAY:
            raise not_a_date(self.text)
        self.doubt(_("Several days are given: “%(text)s”.") % {"text": self.text})
        return FuzzyDate.of_span(first.earliest, last.latest)

    def years(self, first: int, last: int) -> FuzzyDate:
        if not first <= last:
            raise not_a_date(self.text)
        return FuzzyDate(date(first, 1, 1), date(last, 12, 31), Precision.UNKNOWN)

    def of_numbers(self, match: re.Match[str]) -> FuzzyDate | None:
        first, middle, last = match[1], match[3], match[4]
        if int(first) == int(middle) == 0:
            self.notes.append(_open_note(self.text))
            return None
        if len(first) == 4:
            if len(last) == 4:
                raise not_a_date(self.text)
            return self.day(int(first), int(middle), int(last))
        if len(last) == 3 or len(first) == 3:
            raise not_a_date(self.text)
        if len(last) == 4:
            if self.format.order == Order.MDY:
                return self.day(int(last), int(first), int(middle))
            if self.format.order == Order.YMD and self.differs(first, middle):
                raise not_a_date(self.text)
            return self.day(int(last), int(middle), int(first))
        match self.format.order:
            case Order.YMD:
                return self.day(self.century(first), int(middle), int(last))
            case Order.MDY:
                return self.day(self.century(last), int(first), int(middle))
        return self.day(self.century(last), int(middle), int(first))

    def differs(self, first: str, middle: str) -> bool:
        return first != middle

    def century(self, digits: str) -> int:
        year = int(digits)
        if len(digits) > 2:
            raise not_a_date(self.text)
        year += 2000 if year < 50 else 1900
        self.doubt(_("The year has two digits: “%(text)s” is read as %(year)s.") % {"text": self.text, "year": year})
        return year

    def day(self, year: int, month: int, day: int) -> FuzzyDate | None:
        if year in _OPEN_YEARS:
            self.notes.append(_open_note(self.text))
            return None
        try:
            read = _checked(date(year, month, day))
        except ValueError:
            raise not_a_date(self.text) from None
        if read.doubtful:
            self.doubt(read.note)
        return read.date

    def of_words(self, text: str) -> FuzzyDate | None:
        bare = re.sub(r"\b(\d{1,2})(?:st|nd|rd|th|er|e|-го|-е)\b\.?", r"\1", text)
        bare = re.sub(r"\b(?:the|of|day|de|du|le|den|am|жылғы|жылы|жылдың|ж|год|года|году|г)\b\.?", " ", bare)
        bare = " ".join(bare.replace(",", " ").split()).strip(" .")
        named = [(word, _NAMED[key]) for word in _WORDY.findall(bare) if (key := _month_key(word)) is not None]
        if len(named) != 1 or len(_WORDY.findall(bare)) != 1:
            return None
        month = named[0][1]
        if match := _GLUED.match(bare):
            year = int(match[3]) if len(match[3]) == 4 else self.century(match[3])
            return self.day(year, month, int(match[1]))
        if match := re.fullmatch(r"(\d{4})[ .\-/]*([^\W\d_]{3,})\.?[ .\-/]*(\d{1,2})", bare):
            return self.day(int(match[1]), month, int(match[3]))
        if match := re.fullmatch(r"(\d{4})[ .\-/]*(\d{1,2})[ .\-/]*([^\W\d_]{3,})\.?", bare):
            return self.day(int(match[1]), month, int(match[2]))
        if match := re.fullmatch(r"([^\W\d_]{3,})\.?[ .\-/]*(\d{1,2})[ .\-/]+(\d{4})", bare):
            return self.day(int(match[3]), month, int(match[2]))
        if match := _MONTH_YEAR.match(bare):
            if len(match[2]) == 2:
                # "Mar-13" is what a spreadsheet makes of 13 March as well as of March 2013.
                self.doubt(
                    _("“%(text)s” can be a day of a month or a month of a year; it is read as the month.")
                    % {"text": self.text}
                )
                year = int(match[2]) + (2000 if int(match[2]) < 50 else 1900)
            else:
                year = int(match[2])
            return self.month(year, month)
        if match := re.fullmatch(r"(\d{4})[ .\-/]*([^\W\d_]{3,})\.?", bare):
            return self.month(int(match[1]), month)
        return None

    def month(self, year: int, month: int) -> FuzzyDate | None:
        try:
            return FuzzyDate.of(date(year, month, 1), Precision.MONTH)
        except ValueError:
            raise not_a_date(self.text) from None


def _month_key(word: str) -> str | None:
    """Return the name of a month that a word is, in its Kazakh cases, too."""
    found = next((key for key in (word, searchable(word)) if key in _NAMED), None)
    return found or next((name for name in _KAZAKH if word.startswith(name) and len(word) <= len(name) + 4), None)


def _is_month(text: str) -> bool:
    """Whether letters after a number are a month: of "1 V" the fifth."""
    return text.lower() in _ROMANS[4:]


def _footnote(text: str) -> int:
    """Return where the footnote marks at the end of a text begin; 0 without any."""
    match = _FOOTNOTE.search(text)
    return match.start() if match and match.start() else 0
