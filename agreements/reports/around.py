"""What moved around the agreements: meetings arranged, held or cancelled, commitments, new figures, new parties.

A meeting is held, a commitment fulfilled on a day of its own; everything else about them, and about figures and
parties, moves on the day on which it is recorded.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import changes, journal
from agreements.chains import texts, titles_in, translated_in
from agreements.choices import EntryKind, Level, MeetingStatus, Origin, Precision, SubjectKind
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Commitment, Entry, Indicator, Meeting, Party, User
from agreements.models.base import Journalled
from agreements.places import place_words
from agreements.reports.facts import IndicatorFacts, figure_of
from agreements.reports.movements import told_changes
from agreements.words import LANGUAGES, Texts, Worded, pick

#: A record by its key, as it was known, and the entries that moved it.
_Rebuilt = tuple[UUID, dict[str, Any], list[Mapping[str, Any]]]
_COLUMNS = ("id", "subject", "kind", "recorded_at", "actor_name", "origin", "data", "text__content", "earliest")


@dataclass(frozen=True)
class Window:
    """The days of a report, both included, the moments between which something was recorded in them, and `known_at`."""

    first: date
    last: date
    since: datetime
    until: datetime
    known_at: datetime

    def recorded(self, moment: datetime) -> bool:
        """Whether what was recorded at a moment was recorded in the period."""
        return self.since <= moment <= self.until


@dataclass(frozen=True)
class MeetingMoved:
    """What happened to one meeting: `on` is its own date, `recorded` the moment of what is no meeting held in time.

    `agenda` are the agreements that the reader may see: their references, by key.
    """

    id: UUID
    title: Worded
    on: FuzzyDate
    code: str
    sentence: str
    notes: Sequence[str]
    level: Level
    parties: Collection[str]
    agenda: Mapping[UUID, str]
    certain: bool = True
    recorded: datetime | None = None
    imported: bool = False


@dataclass(frozen=True)
class CommitmentMoved:
    """What happened to a commitment of an agreement: `on` is the day on which it was fulfilled, or the entry was made.

    Codes: `fulfilled`, `new`, `changed`.
    """

    id: UUID
    agreement: UUID
    provision: str
    texts: Texts
    on: FuzzyDate
    code: str
    sentence: str
    notes: Sequence[str] = ()
    certain: bool = True
    recorded: datetime | None = None


@dataclass(frozen=True)
class FigureMoved:
    """A figure that is new, or was changed: what of it, in words; or one that was struck out.

    Codes: `new`, `changed`, `void`.
    """

    figure: IndicatorFacts
    code: str
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class PartyMoved:
    """A party that is new, or was changed: what of it, in words."""

    party: str
    names: Texts
    code: str
    notes: Sequence[str] = ()


_MEETINGS: Mapping[str, Promise] = {
    "held": gettext_lazy("The meeting was held."),
    "recorded": gettext_lazy("It was recorded that the meeting was held."),
    "arranged": gettext_lazy("The meeting was arranged."),
    "confirmed": gettext_lazy("The meeting was confirmed."),
    "cancelled": gettext_lazy("The meeting was cancelled."),
    "reopened": gettext_lazy("The meeting is no longer fixed."),
}
_BY_STATUS = {
    MeetingStatus.TENTATIVE: "reopened",
    MeetingStatus.CONFIRMED: "confirmed",
    MeetingStatus.CANCELLED: "cancelled",
    MeetingStatus.HELD: "recorded",
}
_DATE = ("earliest", "latest", "precision")


# ---- meetings ----
class Meetings:
    """The meetings of a period, read from their chains: two queries, and what `seen` needs.

    `seen` are the agreements on their agendas that the reader may see; the caller asks for their titles.
    """

    def __init__(self, user: User, window: Window) -> None:
        self.user, self.window = user, window
        entries = Entry.objects.filter(subject_kind=SubjectKind.MEETING, recorded_at__lte=window.known_at)
        moved = Q(pk__in=entries.filter(recorded_at__range=(window.since, window.until)).values("subject"))
        dated = Q(earliest__lte=window.last, latest__gte=window.first)
        # The date as it was known then may have been another: whatever was changed later is looked at too.
        later = Q(pk__in=Entry.objects.filter(
            subject_kind=SubjectKind.MEETING, kind=EntryKind.EDIT, recorded_at__gt=window.known_at
        ).values("subject"))  # fmt: skip
        rows = Meeting.objects.for_user(user).filter(moved | dated | later)
        # The level is that of now, whatever was known then.
        self.levels: dict[UUID, str] = dict(rows.values_list("pk", "level"))
        self.chains: dict[UUID, list[Mapping[str, Any]]] = {}
        for row in entries.filter(subject__in=list(self.levels)).order_by("subject", "sequence").values(*_COLUMNS):
            self.chains.setdefault(row["subject"], []).append(row)
        asked = {key for rows in self.chains.values() for row in rows for key in _agenda(_changed(row))}
        visible = Agreement.objects.for_user(user).kept().filter(pk__in=asked) if asked else Agreement.objects.none()
        self.seen = set(visible.order_by("pk").values_list("pk", flat=True)) if asked else set()

    def moved(self, records: Mapping[UUID, Mapping[str, Any]], words: changes.Dictionary) -> list[MeetingMoved]:
        """Return what happened to the meetings, those held first, by their days; `records` are those of agreements."""
        found = [one for key, rows in self.chains.items() for one in self._of(key, rows, records, words)]
        return sorted(
            found, key=lambda one: (one.code != "held", one.on.earliest, one.on.latest, one.title.text, str(one.id))
        )

    def _of(
        self,
        key: UUID,
        rows: Sequence[Mapping[str, Any]],
        records: Mapping[UUID, Mapping[str, Any]],
        words: changes.Dictionary,
    ) -> Iterator[MeetingMoved]:
        record: dict[str, Any] = {}
        told: list[tuple[str, str, Mapping[str, Any]]] = []
        for row in rows:
            changed = changes.shown(_changed(row), {str(one) for one in self.seen})
            journal.take(record, row)
            if self.window.recorded(row["recorded_at"]):
                told += [(code, sentence, row) for code, sentence in _moves(row["kind"], changed, record)]
        on, first, last = _on(record), self.window.first, self.window.last
        held = record["status"] == MeetingStatus.HELD and on.earliest <= last and on.latest >= first
        listed = [UUID(item["agreement"]) for item in record.get("agenda", ())]
        agenda = {one: records[one]["reference"] for one in listed if one in self.seen and one in records}
        moved = MeetingMoved(
            id=key,
            title=_title(record, words),
            on=on,
            code="held",
            sentence=str(_MEETINGS["held"]),
            notes=list(_about(record, agenda, records)),
            level=Level(self.levels[key]),
            parties=record["parties"],
            agenda=agenda,
            certain=on.earliest >= first and on.latest <= last,
        )
        if held:
            yield moved
        for place, (code, sentence, row) in enumerate(told):
            if code != "recorded" or not held:
                yield replace(
                    moved,
                    code=code,
                    sentence=sentence,
                    notes=() if held or place else moved.notes,
                    certain=True,
                    recorded=row["recorded_at"],
                    imported=row["origin"] == Origin.IMPORTED,
                )


def _moves(kind: str, changed: Mapping[str, Sequence[Any]], record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what one entry did to a meeting, as the code and the sentence."""
    if kind == EntryKind.OPEN:
        code = "recorded" if record["status"] == MeetingStatus.HELD else "arranged"
        yield code, str(_MEETINGS[code])
    if kind != EntryKind.EDIT:
        return
    if "status" in changed:
        code = _BY_STATUS[MeetingStatus(changed["status"][1])]
        yield code, str(_MEETINGS[code])
    if any(name in changed for name in _DATE):
        before = {name: changed[name][0] if name in changed else record[name] for name in _DATE}
        sentence = _("The meeting was moved: was %(before)s, now %(after)s.")
        yield "moved", sentence % {"before": _on(before), "after": _on(record)}
    others = [name for name in changed if name not in ("status", *_DATE)]
    if others:
        labels = [changes.label_of(Meeting, name) for name in sorted(others)]
        named = ", ".join(label[:1].lower() + label[1:] for label in labels)
        yield "changed", _("The record of the meeting was changed: %(fields)s.") % {"fields": named}


def _changed(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an entry changed, of one that opens a record the whole of it."""
    if row["kind"] not in (EntryKind.OPEN, EntryKind.EDIT):
        return {}
    return changes.of_entry(json.loads(row["data"]), json.loads(row["text__content"] or "{}"))


def _agenda(changed: Mapping[str, Any]) -> Iterator[UUID]:
    for side in changed.get("agenda", ()):
        yield from (UUID(item["agreement"]) for item in side or ())


def _on(record: Mapping[str, Any]) -> FuzzyDate:
    return FuzzyDate(
        date.fromisoformat(record["earliest"]), date.fromisoformat(record["latest"]), Precision(record["precision"])
    )


def _title(record: Mapping[str, Any], words: changes.Dictionary) -> Worded:
    """Return the title in the reader's language; the name of the format where it has none of its own."""
    titles, formats = texts(record, "title"), words.format_names.get(record["format"], {})
    return pick({language: titles[language] or formats.get(language, "") for language in LANGUAGES})


def _about(
    record: Mapping[str, Any], agenda: Iterable[UUID], records: Mapping[UUID, Mapping[str, Any]]
) -> Iterator[str]:
    """Yield what is said of a meeting: with whom and where, about what, what came of it."""
    counterpart = pick(translated_in(record, "counterpart")).text
    if where := ", ".join(filter(None, (counterpart, place_words(record["place"])))):
        yield where
    named = [pick(titles_in(records[key])).text for key in agenda]
    if named:
        yield _("On the agenda: %(agreements)s") % {"agreements": "; ".join(named)}
    if outcome := pick(translated_in(record, "outcome")).text:
        yield _("Outcome: %(outcome)s") % {"outcome": outcome}


# ---- commitments ----
class Commitments:
    """The commitments of a period, read from their chains; `agreements` are those in which they were undertaken."""

    def __init__(self, user: User, window: Window) -> None:
        self.window = window
        visible = Commitment.objects.for_user(user).kept()
        moved = _recorded(SubjectKind.COMMITMENT, window).values("subject")
        keys = list(visible.filter(Q(pk__in=moved) | ~Q(fulfilled_on="")).order_by("pk").values_list("pk", flat=True))
        self.chains = list(_rebuilt(SubjectKind.COMMITMENT, keys, window))
        self.agreements = {UUID(record["agreement"]) for _key, record, _rows in self.chains}

    def moved(self, words: changes.Dictionary) -> list[CommitmentMoved]:
        """Return what happened to the commitments, by their days."""
        found = [one for chain in self.chains for one in self._of(*chain, words)]
        return sorted(found, key=lambda one: (one.on.earliest, one.on.latest, str(one.agreement), one.provision))

    def _of(
        self, key: UUID, record: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], words: changes.Dictionary
    ) -> Iterator[CommitmentMoved]:
        first, last = self.window.first, self.window.last
        fulfilled = FuzzyDate.parse(record["fulfilled_on"]) if record["fulfilled_on"] else None
        within = fulfilled is not None and fulfilled.earliest <= last and fulfilled.latest >= first

        def made(on: FuzzyDate, code: str, sentence: str, **more: Any) -> CommitmentMoved:
            said = {"provision": record["provision"], "texts": texts(record, "text")}
            return CommitmentMoved(key, UUID(record["agreement"]), on=on, code=code, sentence=sentence, **said, **more)

        if fulfilled and within:
            certain = fulfilled.earliest >= first and fulfilled.latest <= last
            notes = [record["report"]] if record["report"] else []
            yield made(fulfilled, "fulfilled", _("The commitment was fulfilled."), notes=notes, certain=certain)
        for row in rows:
            at, day = row["recorded_at"], FuzzyDate.of_day(row["earliest"])
            if row["kind"] == EntryKind.OPEN:
                yield made(day, "new", _("A commitment was recorded."), recorded=at)
                continue
            changed = _changed(row)
            if within and changed.get("fulfilled_on", ["", ""])[1]:
                changed = {name: sides for name, sides in changed.items() if name not in _FULFILLING}
            if told := _told(changed, Commitment, words):
                yield made(day, "changed", _("The commitment was changed."), notes=told, recorded=at)


#: What changes when a commitment is fulfilled.
_FULFILLING = ("state", "fulfilled_on", "report")


# ---- figures and parties ----
def figures(user: User, window: Window, words: changes.Dictionary) -> list[FigureMoved]:
    """Return the figures that were recorded, changed or struck out in the period, by partner and name; one query.

    What was recorded by mistake and struck out within the period is not told.
    """
    visible = Indicator.objects.for_user(user).values("pk")
    found = []
    for _key, record, rows in _chains(SubjectKind.INDICATOR, visible, window):
        code, notes = _summary(rows, Indicator, words)
        if record.get("is_void"):
            if code == "new":
                continue
            code, notes = "void", []
        found.append(FigureMoved(figure_of(record), code, notes))
    return sorted(
        found, key=lambda one: (one.figure.party, one.figure.names["en"], -one.figure.period_until.toordinal())
    )


def parties(user: User, window: Window, words: changes.Dictionary) -> tuple[list[PartyMoved], int]:
    """Return the parties that were recorded or changed in the period, and how many came from elsewhere; one query."""
    visible = Party.objects.for_user(user).values("pk")
    found, taken_over = [], 0
    for _key, record, rows in _chains(SubjectKind.PARTY, visible, window):
        if rows[0]["kind"] == EntryKind.OPEN and rows[0]["origin"] == Origin.IMPORTED:
            taken_over += 1
            continue
        code, notes = _summary(rows, Party, words)
        found.append(PartyMoved(record["code"], texts(record, "name"), code, notes))
    return sorted(found, key=lambda one: (one.names["en"], one.party)), taken_over


def _chains(kind: SubjectKind, visible: Any, window: Window) -> Iterator[_Rebuilt]:
    """Yield the chains that moved in the period."""
    moved = _recorded(kind, window).filter(subject__in=visible)
    return _rebuilt(kind, moved.values("subject"), window)


def _recorded(kind: SubjectKind, window: Window) -> Any:
    """Return the entries of records that were made in the period."""
    entries = Entry.objects.filter(subject_kind=kind, kind__in=(EntryKind.OPEN, EntryKind.EDIT))
    return entries.filter(recorded_at__range=(window.since, window.until), recorded_at__lte=window.known_at)


def _rebuilt(kind: SubjectKind, keys: Any, window: Window) -> Iterator[_Rebuilt]:
    """Yield records as they were known, each with the entries that were made in the period; one query."""
    entries = Entry.objects.filter(subject_kind=kind, kind__in=(EntryKind.OPEN, EntryKind.EDIT))
    rows = entries.filter(recorded_at__lte=window.known_at, subject__in=keys)
    found: dict[UUID, list[Mapping[str, Any]]] = {}
    for row in rows.order_by("subject", "sequence").values(*_COLUMNS):
        found.setdefault(row["subject"], []).append(row)
    for key, chain in found.items():
        record: dict[str, Any] = {}
        for row in chain:
            journal.take(record, row)
        yield key, record, [row for row in chain if window.recorded(row["recorded_at"])]


def _summary(
    rows: Sequence[Mapping[str, Any]], model: type[Journalled], words: changes.Dictionary
) -> tuple[str, list[str]]:
    """Say of a record whether it is new, or what of it was changed."""
    if rows[0]["kind"] == EntryKind.OPEN:
        return "new", []
    return "changed", [told for row in rows for told in _told(_changed(row), model, words)]


def _told(changed: Mapping[str, Any], model: type[Journalled], words: changes.Dictionary) -> list[str]:
    return [change.words for change in told_changes(model, changed, words)]
