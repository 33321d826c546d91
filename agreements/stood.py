"""Where agreements stood on a day, asked of the database for all of them at once.

What `walk.as_of` says of a line - the highest entry that had certainly happened decides, and all before it have
happened, too - is said here in the words of queries. `entry_line` is the index that answers them. By today all that is
recorded has happened, however vague its date: then the columns of agreements say it (see `chains.standing`).
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db.models import CharField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery

from agreements import clock
from agreements.choices import EntryKind, Group, Stage
from agreements.models import Agreement, Entry
from agreements.models.base import as_text

#: The stages in which no hold lasts.
_WITHOUT_HOLD = Stage.of(Group.OPERATIVE, Group.ENDED)
_MARK = "|"


class Stood(NamedTuple):
    """The stage of an agreement on a day, and its date; days are as they are written, YYYY-MM-DD."""

    stage: str
    earliest: str
    latest: str
    precision: str


class _Written(Func):
    """Several columns as one text: one look at an index gives all of them."""

    template, arg_joiner, output_field = "(%(expressions)s)", f" || '{_MARK}' || ", CharField()


def by_columns(day: date) -> bool:
    """Whether the columns of agreements say where they stood on the day."""
    return day >= clock.today()


def _line(subject: str) -> QuerySet[Entry]:
    """Return the line of the agreement that an outer query names by a column: its placed entries, none voided."""
    entries = Entry.objects.filter(subject=OuterRef(subject), position__isnull=False)
    return entries.filter(~Exists(Entry.objects.filter(voids=OuterRef("pk")))).order_by()


def _certain(subject: str, day: date) -> QuerySet[Entry]:
    """Return the highest entry of a line that had certainly happened by the day."""
    return _line(subject).filter(latest__lte=day).order_by("-position")[:1]


def _walked(subject: str, day: date) -> QuerySet[Entry]:
    """Return the entries of a line that had happened by the day."""
    return _line(subject).filter(position__lte=Subquery(_certain("subject", day).values("position")))


def _last(day: date) -> QuerySet[Entry]:
    """Return the entry that led to the stage in which an agreement was."""
    return _walked("pk", day).exclude(to_stage="").order_by("-position")[:1]


_COLUMNS = (F("to_stage"), as_text("earliest"), as_text("latest"), F("precision"))


# ---- what is asked of many ----
def last_entry(day: date) -> Subquery:
    """Ask for the last entry before the end of the day: for nearly all, it led to the stage (`read`)."""
    return Subquery(_certain("pk", day).values(told=_Written(*_COLUMNS)))


def read(told: Iterable[str]) -> Sequence[Sequence[str]]:
    """Return what `last_entry` told of some agreements as the columns of `Stood`.

    An entry that led to no stage, such as a hold, tells an empty one: then `of_each` is asked.
    """
    return [*zip(*[text.split(_MARK) for text in told], strict=True)] or [()] * len(Stood._fields)


def of_each(keys: Collection[UUID], day: date) -> dict[UUID, Stood]:
    """Return where agreements stood, by key, of those that had begun for certain; one query."""
    told = Subquery(_last(day).values(told=_Written(*_COLUMNS)))
    rows = Agreement.objects.filter(pk__in=keys).order_by().annotate(told=told).values_list("pk", "told")
    return {key: Stood(*text.split(_MARK)) for key, text in rows if text}


# ---- conditions ----
def begun(day: date) -> Q:
    """Match agreements that had begun for certain by the day."""
    return Q(Exists(_line("pk").filter(latest__lte=day)))


def at(stages: Collection[str], day: date) -> Q:
    """Match agreements that were in one of the stages."""
    return Q(Exists(_reached(day).filter(to_stage__in=stages)))


def since(day: date, *, first: date | None = None, last: date | None = None) -> Q:
    """Match agreements that can have entered their stage on a day or after it, or on a day or before it."""
    reached = _reached(day)
    reached = reached if first is None else reached.filter(latest__gte=first)
    return Q(Exists(reached if last is None else reached.filter(earliest__lte=last)))


def held(day: date) -> Exists:
    """Match agreements that were on hold: none that had been released, or was in a stage that ends holds."""
    ends = Q(kind=EntryKind.RELEASE) | Q(to_stage__in=_WITHOUT_HOLD)
    after = _walked("subject", day).filter(ends, position__gt=OuterRef("position"))
    return Exists(_walked("pk", day).filter(kind=EntryKind.HOLD).filter(~Exists(after)))


def _reached(day: date) -> QuerySet[Entry]:
    """Return the entry that led to the stage of an agreement, as a query that can be narrowed."""
    steps = _walked("subject", day).exclude(to_stage="").order_by("-position")
    return _line("pk").filter(position=Subquery(steps.values("position")[:1]))
