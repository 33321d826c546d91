"""What hangs on agreements, read with them: the same number of queries for one row and for many."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber
from rest_framework.request import Request

from agreements.access import reader_of
from agreements.api import standing
from agreements.api.fields import unknown
from agreements.api.pagination import Cursor
from agreements.api.problems import BadParameters
from agreements.api.serializers.base import address_of
from agreements.api.serializers.expanded import (
    EXPANDABLE,
    EXPANDABLE_IN_LISTS,
    MOST_ENTRIES,
    ExpandedSerializer,
)
from agreements.api.serializers.journal import tell
from agreements.api.serializers.tasks import gather
from agreements.api.standing import Question
from agreements.api.views.base import EXPAND
from agreements.api.views.documents import listed
from agreements.api.views.registry import meetings_seen_by
from agreements.api.views.tasks import seen_by
from agreements.changes import Hidden, hidden
from agreements.choices import SubjectKind
from agreements.history import History, history_of
from agreements.models import AgendaItem, Agreement, Commitment, Document, Entry, Meeting, Task, User
from agreements.models.prepared import Prepared

PARAMETER = EXPAND
#: What can be told of another day than today, or of another knowledge than that of now.
OF_ANY_DAY = ("participants", "journal")
#: By what the tasks of an agreement stand in order; what has no due date stands last.
_BY_DUE = (F("due_by").asc(nulls_last=True), F("pk").asc())
_LATEST = {name: (F(name).desc(), F("pk").asc()) for name in ("created_at", "changed_at")}


class Asked(NamedTuple):
    """Of which agreements it is told, from where one looks, for whom, and at most so many rows of each."""

    agreements: Sequence[Agreement]
    question: Question
    user: User
    most: int

    @property
    def keys(self) -> list[UUID]:
        """The keys of the agreements."""
        return [agreement.pk for agreement in self.agreements]


def asked_for(texts: Iterable[str], *, of_one: bool = True, any_day: bool = False) -> list[str]:
    """Return the names that are asked for. Raises BadParameters for every one that is not known."""
    known = EXPANDABLE if of_one else EXPANDABLE_IN_LISTS
    known = tuple(name for name in known if name in OF_ANY_DAY) if any_day else known
    names = [name.strip() for name in ",".join(texts).split(",")]
    mistakes = [unknown(name, known) for name in names if name not in known]
    if mistakes:
        raise BadParameters({PARAMETER: mistakes})
    return [name for name in known if name in names]


def expanded(asked: Asked, names: Iterable[str], *, context: Mapping[str, Any]) -> dict[UUID, dict[str, Any]]:
    """Return what hangs on each agreement by its key, as far as the user may see it."""
    fields = ExpandedSerializer(context=dict(context)).fields
    told: dict[UUID, dict[str, Any]] = {key: {} for key in asked.keys}
    for name in names:
        if name == "journal":
            continue
        found = _READERS[name](asked)
        for key in told:
            told[key][name] = fields[name].to_representation(found.get(key, []))
    return told


def _chain(user: Any, agreement: UUID) -> QuerySet[Entry]:
    """Return the entries of an agreement with their texts, first entry first."""
    seen: QuerySet[Entry] = Entry.objects.for_user(user).select_related("text")
    return seen.filter(subject_kind=SubjectKind.AGREEMENT, subject=agreement).order_by("sequence")


#: The beginning of a journal, and one entry more: whether there is more.
_FIRST = Prepared(lambda reader, agreement, most=MOST_ENTRIES + 1: _chain(reader, agreement)[:most])


class _Known(Cursor):
    """The first page of rows that were read already."""

    def __init__(self, rows: list[Any]) -> None:
        self.rows = rows

    def first(self, queryset: Any, order: Sequence[str], position: Any, number: int) -> list[Any]:
        """Return them."""
        return self.rows[:number]


class Beginning(NamedTuple):
    """The first entries of an agreement's journal, and what the user may not know of the whole of it."""

    agreement: Agreement
    question: Question
    user: User
    entries: list[Entry]
    unseen: Hidden

    @classmethod
    def of(cls, agreement: Agreement, question: Question, *, user: User) -> "Beginning":
        """Read them, and one entry more where there are more."""
        unseen = hidden(Entry.objects.of(agreement), user)
        if not question.known_at and not unseen.keys:
            return cls(agreement, question, user, list(_FIRST(reader_of(user), agreement.pk)), unseen)
        entries = _chain(user, agreement.pk)
        if question.known_at:
            entries = entries.filter(recorded_at__lte=question.known_at)
        return cls(agreement, question, user, list(entries.exclude(pk__in=unseen.keys)[: MOST_ENTRIES + 1]), unseen)

    @property
    def history(self) -> History | None:
        """What they amount to, where they are all that is recorded; else None."""
        whole = [entry.sequence for entry in self.entries] == list(range(1, self.agreement.version + 1))
        return history_of(self.entries) if whole else None

    def told(self, request: Request) -> dict[str, Any]:
        """Return the entries, and the address of the rest."""
        agreement, question, user, read, unseen = self
        pages = _Known(read)
        pages.page_size = MOST_ENTRIES
        page = pages.paginate_queryset(Entry.objects.all(), request, SimpleNamespace(ordering=("sequence",)))
        later: Iterable[Entry] = ()
        if pages.has_next or unseen.keys:  # else what corrects an entry of the page is on the page, too
            entries = _chain(user, agreement.pk).filter(voids__in=[entry.pk for entry in page])
            later = entries.filter(recorded_at__lte=question.known_at) if question.known_at else entries
        token, following = pages.next_token(), None
        if token is not None:
            given = {"known_at": request.query_params["known_at"]} if question.known_at else {}
            address = address_of(request, "agreement-journal", agreement.reference)
            following = f"{address}?{urlencode({**given, 'page_size': MOST_ENTRIES, 'cursor': token})}"
        field = ExpandedSerializer().fields["journal"]
        told = SimpleNamespace(next=following, results=tell(page, agreement, user=user, voids=later, hidden=unseen))
        made: dict[str, Any] = field.to_representation(told)
        return made


def _participants(asked: Asked) -> dict[UUID, list[Any]]:
    found = standing.stand_all(asked.agreements, asked.question, user=asked.user)
    told = standing.all_participants(list(found.values()))
    return {key: rows[: asked.most] for key, rows in zip(found, told, strict=True)}


def _documents(asked: Asked) -> dict[UUID, list[Any]]:
    rows = Document.objects.for_user(asked.user)
    first = _first(rows, asked, _LATEST["created_at"])
    return _by_agreement(listed(asked.user).filter(pk__in=first).order_by("-created_at", "pk"))


def _tasks(asked: Asked) -> dict[UUID, list[Any]]:
    first = _first(Task.objects.for_user(asked.user).kept(), asked, _BY_DUE)
    rows = list(seen_by(asked.user).filter(pk__in=first).order_by(*_BY_DUE))
    gather(rows)
    return _by_agreement(rows)


def _commitments(asked: Asked) -> dict[UUID, list[Any]]:
    seen: QuerySet[Commitment] = Commitment.objects.for_user(asked.user).kept()
    rows = seen.filter(pk__in=_first(seen, asked, _LATEST["changed_at"]))
    return _by_agreement(rows.select_related("agreement", "party", "unit").order_by("-changed_at", "pk"))


def _meetings(asked: Asked) -> dict[UUID, list[Any]]:
    """Return the meetings on whose agendas the agreements stand, the last ones first."""
    items = AgendaItem.objects.filter(meeting__in=Meeting.objects.for_user(asked.user))
    points = _first(items, asked, (F("meeting__earliest").desc(), F("meeting").asc()))
    pairs = AgendaItem.objects.filter(pk__in=points).order_by("-meeting__earliest", "meeting", "pk")
    of = list(pairs.values_list("agreement_id", "meeting_id"))
    seen = meetings_seen_by(asked.user).filter(pk__in={meeting for _agreement, meeting in of}).order_by("pk")
    meetings = {meeting.pk: meeting for meeting in seen}
    found: dict[UUID, list[Any]] = defaultdict(list)
    for agreement, meeting in of:
        found[agreement].append(meetings[meeting])
    return found


def _first(rows: QuerySet[Any], asked: Asked, order: Sequence[Any]) -> QuerySet[Any]:
    """Return the keys of the first rows of each agreement in an order, as a query."""
    place = Window(RowNumber(), partition_by=[F("agreement")], order_by=list(order))
    placed = rows.filter(agreement__in=asked.keys).order_by().annotate(place=place).filter(place__lte=asked.most)
    return placed.values("pk")


def _by_agreement(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.agreement_id].append(row)
    return found


_READERS: Mapping[str, Callable[[Asked], dict[UUID, list[Any]]]] = {
    "participants": _participants,
    "documents": _documents,
    "tasks": _tasks,
    "meetings": _meetings,
    "commitments": _commitments,
}
