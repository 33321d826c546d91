"""What the chains of the journal tell of agreements as known at a moment: the records, their histories, the words.

Read once for all agreements of a report, with a fixed number of queries; what was true on a day is told from it.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery

from agreements import clock, journal, lifecycle, tracking, walk
from agreements.choices import EntryKind, PartyKind, Precision, Role, SubjectKind, Transition
from agreements.dates import FuzzyDate
from agreements.guards import Actor
from agreements.history import History, read
from agreements.models import Agreement, Area, Entry, Party, ProcedureVersion, Unit, User
from agreements.names import known
from agreements.procedures import Procedure
from agreements.tracking import Tracked
from agreements.tracks import Participant
from agreements.words import LANGUAGES, Texts, translated

_COLUMNS = ("id", "subject", "sequence", "kind", "position", "transition", "to_stage", "earliest", "latest",
            "precision", "certainty", "source", "place", "stated_elsewhere", "stated_by", "origin", "out_of_procedure",
            "voids_id", "data", "text__content")  # fmt: skip
_TOLD = frozenset((EntryKind.OPEN, EntryKind.STEP, EntryKind.HOLD, EntryKind.RELEASE, EntryKind.NOTE, EntryKind.ACTION))


class Chain:
    """The entries of one agreement as rows of values, in the order of recording, and the record that they rebuild.

    `history` is the line of steps and what was recorded beside it, `by_id` the rows by their keys, `live` those of what
    happened, without what was voided.
    """

    def __init__(
        self, id: UUID, rows: Sequence[Mapping[str, Any]], record: Mapping[str, Any], rules: Procedure
    ) -> None:
        self.id, self.rows, self.record, self.rules = id, rows, record, rules
        self.history = History()
        read(self.history, [row for row in rows if row["kind"] != EntryKind.EDIT])
        self.by_id = {row["id"]: row for row in rows}
        voided = {row["voids_id"] for row in rows if row["voids_id"]}
        self.live = [row for row in rows if row["kind"] in _TOLD and row["id"] not in voided]

    def by(self, day: date) -> History:
        """Return the history as far as it had perhaps happened by a day, without a text that was perhaps begun."""
        line = self.history.line
        if day >= clock.today() or not line:
            return self.history
        certain = max((place for place, entry in enumerate(line) if entry.when.certainly_by(day)), default=0)
        later = [entry for entry in line[certain + 1 :] if entry.when.possibly_by(day)]
        begun = next((place for place, entry in enumerate(later) if entry.transition == Transition.REOPEN), len(later))
        return replace(self.history, line=[*line[: certain + 1], *later[:begun]])


class Names:
    """The words behind the codes of records, each kind read once, when it is first asked for."""

    def __init__(self, records: Collection[Mapping[str, Any]], known_at: datetime | None) -> None:
        # Asked for by their keys, which the journal is ordered by, few parties are found at once among many entries.
        told = journal.rebuild(SubjectKind.PARTY, known_at, only=Party.objects.order_by().values("pk"))
        self.records = {columns["code"]: columns for columns in told.values() if columns}
        self.parties = {code: texts(columns, "name") for code, columns in self.records.items()}
        self.participants = {code: _participant(columns) for code, columns in self.records.items()}
        self._officers = {record["officer"] for record in records if record["officer"]}

    @cached_property
    def areas(self) -> dict[str, Texts]:
        """The names of areas by code."""
        return {area.code: area.names for area in Area.objects.all()}

    @cached_property
    def units(self) -> dict[str, Texts]:
        """The names of units by code."""
        return {unit.code: unit.names for unit in Unit.objects.all()}

    @cached_property
    def _answerable(self) -> list[User]:
        return list(User.objects.filter(pk__in=self._officers)) if self._officers else []

    @cached_property
    def officers(self) -> dict[str, str]:
        """The names of those who are responsible, by key."""
        return {str(user.pk): str(user) for user in self._answerable}

    @cached_property
    def accounts(self) -> dict[str, str]:
        """The names of their accounts, by key."""
        return {str(user.pk): user.username for user in self._answerable}


@dataclass(frozen=True)
class Told:
    """The chains of agreements by key, in the order asked for, and the words behind their codes."""

    chains: Mapping[UUID, Chain]
    names: Names
    #: Whose move it is by the open tasks, of those that have any; tasks are of today, no look back knows them.
    balls: Mapping[UUID, str] = field(default_factory=dict)

    def track(self, chain: Chain, day: date, *, of: Collection[str] | None = None) -> Tracked:
        """Return the tracks of an agreement on a day; `of` are those whose standing is asked for, by default all."""
        return tracking.track(
            chain.by(day),
            chain.rules,
            day,
            clause=chain.record.get("clause"),
            participants=self.takers(chain),
            of=of,
        )

    def takers(self, chain: Chain) -> dict[str, tuple[str, Participant]]:
        """Return role and participant of all who take part in an agreement, by code."""
        named = sorted(chain.record.get("participants", ()), key=lambda item: str(item["party"]))
        return {item["party"]: (item["role"], self.names.participants[item["party"]]) for item in named}

    def dossier(self, agreement: Agreement) -> lifecycle.Dossier:
        """Return one of the agreements as the rules of steps ask for it."""
        chain = self.chains[agreement.pk]
        takers = self.takers(chain)
        actors = tuple(Actor(code, party.names) for code, (role, party) in takers.items() if Role(role).acts)
        return lifecycle.Dossier(agreement, chain.history, actors, takers)


def tell(keys: Iterable[UUID], known_at: datetime | None = None, *, balls: Mapping[UUID, str] | None = None) -> Told:
    """Return what was known of agreements at a moment (now by default); left out is what was not known then.

    Its level is that of now, whatever was known then: what is secret today is marked so. `balls` says whose move it is
    by the open tasks, where the caller has read the rows.
    """
    order = list(keys)
    found = _rows(order, known_at)
    records = {key: _record(rows) for key, rows in found.items()}
    if known_at is not None:
        for key, rows in found.items():
            records[key]["level"] = rows[0]["level"]
    names = Names(records.values(), known_at)
    rules = ProcedureVersion.objects.rules(record["procedure_version"] for record in records.values())
    return Told(
        {
            key: Chain(key, found[key], records[key], rules[records[key]["procedure_version"]])
            for key in order
            if key in found
        },
        names,
        balls or {},
    )


def _rows(keys: list[UUID], known_at: datetime | None) -> dict[UUID, list[dict[str, Any]]]:
    entries = Entry.objects.filter(subject__in=keys)
    if known_at is not None:
        present = Agreement.objects.filter(pk=OuterRef("subject")).values("level")
        entries = entries.filter(recorded_at__lte=known_at).annotate(level=Subquery(present))
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in entries.order_by("subject", "sequence").values(*_COLUMNS, *(["level"] if known_at else [])):
        found[row["subject"]].append(row)
    return found


def _record(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for row in rows:
        if row["kind"] in (EntryKind.OPEN, EntryKind.EDIT):
            journal.take(record, row)
    return record


def _participant(columns: Mapping[str, Any]) -> Participant:
    found = known(columns["code"])
    return Participant(
        columns["code"],
        texts(columns, "name"),
        columns["kind"] == PartyKind.ORGANISATION,
        tuple(
            (item["organisation"], date.fromisoformat(item["from"]), day_of(item["until"]))
            for item in columns.get("memberships", ())
        ),
        found.until if found else None,
    )


# ---- values of rows ----
def said_in(row: Mapping[str, Any], name: str) -> str | Texts:
    """Return a free text of an entry."""
    found: str | Texts = json.loads(row["text__content"] or "{}").get(name, "")
    return found


def texts(columns: Mapping[str, Any], name: str) -> dict[str, str]:
    """Return the columns of a text by language."""
    return {language: columns.get(f"{name}_{language}", "") for language in LANGUAGES}


def translated_in(columns: Mapping[str, Any], name: str) -> dict[str, str]:
    """Return a column as it was first written and its translations by language."""
    ru, kk = (columns.get(f"{name}_{language}", "") for language in ("ru", "kk"))
    return translated(columns.get(name, ""), ru=ru, kk=kk)


def titles_in(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the short title of a record by language, the full one of a language that has no short one."""
    short, full = texts(record, "short_title"), texts(record, "title")
    return {language: short[language] or full[language] for language in LANGUAGES}


def when_of(row: Mapping[str, Any]) -> FuzzyDate:
    """Return the date of an entry."""
    return FuzzyDate(row["earliest"], row["latest"], Precision(row["precision"]))


def day_of(text: str | None) -> date | None:
    """Return a day as a column of a record keeps it."""
    return date.fromisoformat(text) if text else None


def standing(line: Sequence[walk.Placed], day: date) -> walk.Standing:
    """Return what was true on a day. By today all that is recorded has happened, however vague its date."""
    if day >= clock.today():
        return walk.Standing(walk.replay(line), ())
    return walk.as_of(line, day)
