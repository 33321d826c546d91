"""What the dossier of one agreement tells: its record, and everything around it that the reader may see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import F

from agreements import attention, clock, iso639, journal, tasks, ties, undisclosed
from agreements.bonds import Seen, see
from agreements.chains import Chain, Told, tell
from agreements.changes import Dictionary, label_of
from agreements.choices import EntryKind, Level, RelationKind, TaskStatus, UndisclosedState
from agreements.documents.shelf import Concordance, Item, concordance, shelf
from agreements.findings import Finding
from agreements.models import Agreement, Entry, Relation, Task, UndisclosedParticipant, User
from agreements.reports import frame
from agreements.reports.around import Window
from agreements.reports.facts import AgreementFacts, facts_in
from agreements.reports.implementation import Undertaken, commitments_of
from agreements.reports.meetings_facts import AgendaPoint, MeetingFacts, meetings_of
from agreements.reports.movements import Teller, Weight
from agreements.reports.participation import Sheet, sheet_of
from agreements.reports.stories import Correction, Moved, Sorted, corrections_of, documents_in, others_in
from agreements.timeline import Event, chronicles, in_order_of_life
from agreements.words import active_language, pick

#: Fields of the record that are told elsewhere in the dossier, or not at all by themselves.
_ASIDE = ("clause", "clause_text_en", "clause_text_ru", "clause_text_kk", "ball", "next_step")


@dataclass(frozen=True)
class Field:
    """A field of the record in words; a text is in the language of its field."""

    name: str
    label: str
    value: str
    language: str = ""


@dataclass(frozen=True)
class Listed:
    """A meeting that has the agreement on its agenda, and what is said there of it."""

    meeting: MeetingFacts
    point: AgendaPoint


@dataclass(frozen=True)
class Related:
    """How the agreement stands to another, or (`inverse`) the other one to it, and where that stands."""

    kind: RelationKind
    inverse: bool
    facts: AgreementFacts

    @property
    def words(self) -> str:
        """The relation in words, as read from this agreement."""
        return str(self.kind.inverse if self.inverse else self.kind.label)


@dataclass(frozen=True)
class Proof:
    """Whether the chain of the journal is as it was written; how many entries the reader counts, the last digest."""

    intact: bool
    entries: int
    last_digest: str


@dataclass(frozen=True)
class Folder:
    """What the dossier tells of an agreement that had begun by the day."""

    facts: AgreementFacts
    seen: Seen
    sheet: Sheet
    fields: Sequence[Field]
    documents: Sequence[Item]
    languages: Concordance
    tasks: Sequence[Task] | None
    blocked: dict[UUID, list[Task]]
    commitments: Sequence[Undertaken]
    #: Participants that are more secret than the agreement and stood so, each with the level that it has now.
    undisclosed: Sequence[tuple[UndisclosedParticipant, str]]
    meetings: Sequence[Listed]
    relations: Sequence[Related]
    findings: Sequence[Finding]
    history: Sequence[Moved]
    changes: Sequence[Moved]
    cited: Sequence[Moved]
    clearances: Sequence[Moved]


@dataclass(frozen=True)
class Dossier:
    """The content of the report; every format renders this object. `folder` is None where nothing had begun.

    `shown` are the keys of the agreements, meetings, documents and undisclosed participants of which it tells, `levels`
    the levels of all of it.
    """

    as_of: date
    known_at: datetime
    language: str
    author: str
    agreement: Agreement
    folder: Folder | None
    corrections: Sequence[Correction]
    closed: bool
    proof: Proof
    levels: Sequence[str]
    shown: Sequence[UUID]

    @property
    def agreements(self) -> list[AgreementFacts]:
        """The facts of the agreement, if it had begun."""
        return [self.folder.facts] if self.folder else []

    @property
    def level(self) -> Level:
        """The highest level of confidentiality of what is shown."""
        return frame.highest(self.levels)

    @property
    def past(self) -> bool:
        """Whether it looks back to a day."""
        return self.as_of < clock.today()

    @property
    def seen_by(self) -> list[Level]:
        """The access levels with which the agreement may be read."""
        levels = list(Level)
        level = Level(self.folder.facts.level if self.folder else self.agreement.level)
        return levels[levels.index(level) :]


def build(user: User, *, agreement: Agreement, as_of: date | None = None, known_at: datetime | None = None) -> Dossier:
    """Return everything that the user may see of an agreement, as true on a day and known at a moment (today, now)."""
    day, moment = as_of or clock.today(), known_at or clock.now()
    row = Agreement.objects.select_related("procedure_version").get(pk=agreement.pk)
    told = tell(_keys(row, user, known_at), moment, balls={row.pk: row.ball_by_tasks} if known_at is None else {})
    events = chronicles([row], user=user, known_at=moment, parties=told.names.parties)[row.pk]
    chain = told.chains.get(row.pk)
    words = Dictionary([event.changes for event in events], user)
    teller = Teller(words, binding=chain.rules.binding if chain else row.rules.binding)
    closed = chain is not None and chain.history.is_void
    folder = _folder(chain, told, events, teller, row, user, day, known_at) if chain and not closed else None
    corrections = [one for one in corrections_of(events, teller, closed=closed) if _by(one, day)]
    moved = [*folder.history, *folder.changes] if folder else []
    others = others_in(moved, corrections, words)
    documents = documents_in(moved, corrections, user)
    documents |= {item.row.pk: item.row.level for item in folder.documents} if folder else {}
    quiet = folder.undisclosed if folder else ()
    last = Entry.objects.filter(pk=events[-1].id).values_list("digest", flat=True).first() if events else ""
    return Dossier(
        as_of=day,
        known_at=moment,
        language=active_language(),
        author=str(user),
        agreement=row,
        folder=folder,
        corrections=corrections,
        closed=closed,
        proof=Proof(journal.fault_in(row) is None, len(events), last or ""),
        levels=[
            *_levels(row, folder, told),
            *documents.values(),
            *others.values(),
            *(kept for one, level in quiet for kept in (one.level, level)),
        ],
        shown=[
            row.pk,
            *{key for key in (*told.chains, *others) if key != row.pk},
            *(one.meeting.id for one in (folder.meetings if folder else ())),
            *documents,
            *(one.pk for one, _level in quiet),
        ],
    )


def _by(one: Correction, day: date) -> bool:
    """Whether a correction is of what had perhaps happened by the day."""
    return one.said.event.on.possibly_by(day)


def _levels(row: Agreement, folder: Folder | None, told: Told) -> Iterator[str]:
    """Yield the levels of all that is shown, of what is named in findings too."""
    if folder is None:
        yield row.level
        return
    yield folder.facts.level
    yield from (one.meeting.level for one in folder.meetings)
    named = {*(one.facts.reference for one in folder.relations), *(one.other for one in folder.findings)}
    yield from (chain.record["level"] for chain in told.chains.values() if chain.record["reference"] in named)


def _keys(row: Agreement, user: User, known_at: datetime | None) -> list[UUID]:
    """Return the agreement and those that the user may see to which it stands, or stood then, in a relation."""
    me = {row.pk}
    rows = Relation.objects.filter(ties.around(me)).order_by("pk").values_list("agreement", "kind", "to")
    found = [ties.Tie(*one) for one in rows]
    if known_at is not None:
        found = ties.known(found, me, known_at)
    keys = {key for tie in found for key in (tie.agreement, tie.to)}
    # It is asked for itself, too: with nothing but hidden relations there are as many queries as with none.
    visible = Agreement.objects.for_user(user).kept().filter(pk__in=keys | me)
    return [row.pk, *visible.exclude(pk=row.pk).order_by("pk").values_list("pk", flat=True)]


def _folder(
    chain: Chain,
    told: Told,
    events: Sequence[Event],
    teller: Teller,
    row: Agreement,
    user: User,
    day: date,
    known_at: datetime | None,
) -> Folder | None:
    seen = see(chain, told, day)
    if seen is None:
        return None
    facts = facts_in(seen, told.names)
    documents = shelf(row, user, by=day if day < clock.today() else None, known_at=known_at)
    present = day >= clock.today() and known_at is None
    open_tasks = _tasks(row, user) if present else None
    beside = attention.beside_page(
        told, row.pk, entries={event.id for event in events}, tasks=open_tasks, kept=documents
    )
    history, changes = _moved(events, teller, day, known_at or clock.now())
    return Folder(
        facts=facts,
        seen=seen,
        sheet=sheet_of(facts, chain, told, day),
        fields=list(_fields(chain, teller.words)),
        documents=documents,
        languages=concordance(row, documents, languages=iso639.codes(chain.record.get("authentic_languages") or "")),
        tasks=open_tasks,
        blocked=tasks.blocked_by(open_tasks) if open_tasks else {},
        commitments=commitments_of(user, told, day, known_at).get(row.pk, ()),
        undisclosed=_undisclosed(row, user, None if present else (day, known_at)),
        meetings=_meetings(user, row, day, known_at),
        relations=list(_relations(chain, told, day)),
        findings=attention.look(told, day, beside, only=[row.pk]).of(row.pk),
        history=history,
        changes=changes,
        cited=[one for one in history if one.movement.code == "document" and not one.movement.event.data.get("file")],
        clearances=[one for one in history if one.movement.code == "clearance"],
    )


# ---- what is told ----
def _fields(chain: Chain, words: Dictionary) -> Iterator[Field]:
    """Yield the fields of the record that say something, in words: those of the agreement, then its areas."""
    record = chain.record
    for name in (*Agreement.RECORDED_TEXT, *Agreement.RECORDED):
        value = record.get(name)
        if name in _ASIDE or value in (None, "", []):
            continue
        text = words.value(Agreement, name, value)
        if name == "authentic_languages":
            text = iso639.names(iso639.codes(value))
        if name == "procedure_version":
            text = f"{pick(chain.rules.title).text} ({text})"
        _stem, _underscore, language = name.rpartition("_")
        yield Field(name, label_of(Agreement, name), text, language if name in Agreement.RECORDED_TEXT else "")
    if record.get("areas"):
        yield Field("areas", label_of(Agreement, "areas"), words.items("areas", record["areas"]))


def _tasks(row: Agreement, user: User) -> list[Task]:
    """Return the tasks, those that are open first, the most urgent first."""
    found = Task.objects.for_user(user).filter(agreement=row).linked().select_related("party", "unit", "person")
    kept = list(found.order_by(F("due_by").asc(nulls_last=True), "created_at", "pk"))
    for task in kept:
        task.agreement = row
    return sorted(kept, key=lambda task: (task.status != TaskStatus.OPEN, task.due_by or date.max))


def _undisclosed(
    row: Agreement, user: User, past: tuple[date, datetime | None] | None
) -> list[tuple[UndisclosedParticipant, str]]:
    """Return the undisclosed participants that stand, or stood then, as far as the user may see them."""
    if past is None:
        found = UndisclosedParticipant.objects.for_user(user).standing().filter(agreement=row)
        return [(one, one.level) for one in found.select_related("party").order_by("party__name_en", "pk")]
    seen = UndisclosedParticipant.objects.for_user(user).filter(agreement=row).select_related("party")
    told = undisclosed.then(seen.order_by("party__name_en", "pk"), as_of=past[0], known_at=past[1])
    return [(one, level) for one, level in told if one.state == UndisclosedState.UNDISCLOSED]


def _meetings(user: User, row: Agreement, day: date, known_at: datetime | None) -> list[Listed]:
    """Return the meetings with the agreement on their agenda; of a past day those that had come by then."""
    return [
        Listed(meeting, point)
        for meeting in meetings_of(user, known_at, about=row.pk).values()
        for point in meeting.agenda
        if point.agreement == row.pk and (day >= clock.today() or meeting.on.possibly_by(day))
    ]


def _relations(chain: Chain, told: Told, day: date) -> Iterator[Related]:
    """Yield how it stood to others, and others to it, as recorded by the moment; those that had begun by the day."""
    others: dict[UUID, AgreementFacts] = {}
    for key, other in told.chains.items():
        if key != chain.id and (seen := see(other, told, day)) is not None:
            others[key] = facts_in(seen, told.names)
    found = [
        *(
            Related(RelationKind(item["kind"]), False, others[UUID(item["to"])])
            for item in chain.record.get("relations", ())
            if UUID(item["to"]) in others
        ),
        *(
            Related(RelationKind(item["kind"]), True, others[key])
            for key in others
            for item in told.chains[key].record.get("relations", ())
            if item["to"] == str(chain.id)
        ),
    ]
    yield from sorted(found, key=lambda one: (one.inverse, list(RelationKind).index(one.kind), one.facts.reference))


def _moved(events: Sequence[Event], teller: Teller, day: date, moment: datetime) -> tuple[list[Moved], list[Moved]]:
    """Return what happened by the day, the first first, and beside it what was done to the record."""
    live = [event for event in events if not event.voided and event.kind != EntryKind.VOID]
    found = Sorted(live, Window(date.min, day, moment, moment, moment))
    sure = {event.id for event in found.certain}
    by_day = [event for event in live if event.on.possibly_by(day)]
    told = [
        Moved(movement, movement.event.id in sure) for movement in teller.movements(reversed(in_order_of_life(by_day)))
    ]
    history = [one for one in told if one.movement.weight != Weight.RECORD or one.movement.code == "document"]
    return history, [one for one in told if one not in history]


def holders(task: Task) -> Iterator[str]:
    """Yield who is to do a task: the participant, the person, the unit, the body."""
    if task.party:
        yield task.party.name.text
    if task.person:
        yield str(task.person)
    if task.unit:
        yield task.unit.name.text
    if task.body.text:
        yield task.body.text
