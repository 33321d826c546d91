"""The dossier in words: its sections from top to bottom."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from agreements import iso639, tasks
from agreements.attention import QUALITY
from agreements.choices import Ball, ClearanceResult, EntryKind, TaskStatus, Transition
from agreements.dates import render_day
from agreements.documents.shelf import File as Version
from agreements.documents.shelf import Item
from agreements.findings import Finding
from agreements.models import Task
from agreements.places import place_words
from agreements.reports import frame, implementation, telling
from agreements.reports.document import (
    NOTHING,
    Block,
    Cell,
    Document,
    Fact,
    Lane,
    Paragraph,
    Span,
    Stamp,
    Table,
    Timeline,
)
from agreements.reports.dossier_facts import Dossier, Folder, Listed, holders
from agreements.reports.participation import entry_facts, table_of
from agreements.reports.portfolio import row
from agreements.reports.stays import begun, spans_of
from agreements.reports.stories import Moved
from agreements.words import pick


def arrange(content: Dossier) -> Document:
    """Arrange the content into a document in the reader's language."""
    title = content.folder.facts.short_title if content.folder else content.agreement.short_title
    blocks = list(_folder(content.folder, content)) if content.folder else [_absent(content)]
    return Document(
        title=_("Dossier of an agreement"),
        subtitle=title.text,
        marking=str(content.level.label),
        stamps=[Stamp(_("Reference"), content.agreement.reference), *frame.stamps(content)],
        wide=True,
        blocks=[*blocks, *_corrections(content), _proof(content)],
    )


def _absent(content: Dossier) -> Paragraph:
    if content.closed:
        return Paragraph(_("This record was opened by mistake and is closed."))
    return Paragraph(_("Nothing of this agreement had begun by this day, as far as was known."))


def _folder(folder: Folder, content: Dossier) -> Iterator[Block]:
    yield _standing(folder)
    yield _fields(folder, content)
    yield from _findings(folder)
    yield _timeline(folder, content)
    yield _participants(folder)
    yield from _documents(folder)
    yield from _tasks(folder, content)
    yield from _clearances(folder)
    yield from _commitments(folder)
    yield from _undisclosed(folder)
    yield _meetings(folder, content)
    yield _relations(folder)
    yield _moved(folder.history, _("History"), recorded=False)
    if folder.changes:
        yield _moved(folder.changes, _("Changes of the record"), recorded=True)


# ---- where it stands, and what is recorded ----
def _standing(folder: Folder) -> Table:
    _about, *cells = row(folder.facts)
    columns = [
        _("Stage"),
        _("Since"),
        _("Days in stage"),
        _("Last step"),
        _("Next step"),
        _("Who has the ball"),
    ]
    return Table(_("Where it stands"), columns, [cells])


def _fields(folder: Folder, content: Dossier) -> Table:
    facts = [Fact(one.label, [(0, one.value)], one.language) for one in folder.fields]
    if not folder.facts.binding:
        facts.insert(0, Fact.of(_("Binding"), _("not binding")))
    period = folder.facts.period
    if period:
        said = [_("last day: %(day)s") % {"day": render_day(period.last)}]
        if period.renews_on:
            said.append(_("renewed on %(day)s") % {"day": render_day(period.renews_on)})
        if period.last_notice:
            said.append(_("last day for notice: %(day)s") % {"day": render_day(period.last_notice)})
        facts.append(Fact.of(_("Period of validity"), *said))
    note = _("Fields are told as recorded by the moment of knowledge: of earlier days they have no history.")
    return Table(_("What is recorded"), (), (), facts=facts, empty=note if content.past else "")


def _findings(folder: Folder) -> Iterator[Table]:
    quality = [one for one in folder.findings if one.code in QUALITY]
    others = [one for one in folder.findings if one.code not in QUALITY]
    yield _found(_("What needs attention"), others, _("Nothing needs attention."))
    if quality:
        yield _found(_("Quality of the record"), quality, "")


def _found(heading: str, found: Iterable[Finding], empty: str) -> Table:
    rows = [
        [Cell(one.sentence, alert=one.strength == "late"), Cell.day(one.day), Cell.count(one.days)] for one in found
    ]
    columns = [_("Finding"), _("Date"), _("Days")]
    return Table(heading, columns, rows, empty=empty, widths=(8, 3, 1))


# ---- the picture ----
def _timeline(folder: Folder, content: Dossier) -> Timeline:
    stays = folder.facts.stays
    known = [day for day in (begun(stays), folder.facts.valid_from) if day]
    first = date(min(known, default=content.as_of).year, 1, 1)
    ends = [content.as_of, *(day for day in (folder.facts.valid_until,) if day)]
    last = date(max(ends).year, 12, 31)
    lanes = [
        Lane(_("Stages"), spans_of(stays, first, content.as_of)),
        Lane(_("On hold"), list(_holds(folder, first, content.as_of))),
        Lane(_("Validity"), list(_validity(folder, first, last))),
        Lane(_("Meetings"), list(_meeting_spans(folder, first, last))),
    ]
    shown = [lane for lane in lanes if lane.spans]
    return Timeline(_("Timeline"), first, last, shown, now=content.as_of, lane=_("Section"))


def _holds(folder: Folder, first: date, now: date) -> Iterator[Span]:
    """Yield the times on hold; what is operative or ended is no longer on hold."""
    line = folder.seen.chain.by(folder.seen.as_of).line
    for place, entry in enumerate(line):
        if entry.kind != EntryKind.HOLD:
            continue
        end = next((later for later in line[place + 1 :] if later.kind != EntryKind.HOLD), None)
        when = f"{entry.when} – {end.when}" if end else f"{entry.when} –"
        yield Span(
            first=min(max(entry.when.earliest, first), now),
            last=min(end.when.latest, now) if end else now,
            label=_("On hold"),
            when=when,
            sure_from=min(max(entry.when.latest, first), now),
            sure_until=max(min(end.when.earliest, now), first) if end else now,
        )


def _validity(folder: Folder, first: date, last: date) -> Iterator[Span]:
    since, until = folder.facts.valid_from, folder.facts.valid_until
    if since or until:
        when = f"{render_day(since) if since else ''} – {render_day(until) if until else ''}".strip()
        yield Span(max(since or first, first), min(until or last, last), _("Validity"), when)


def _meeting_spans(folder: Folder, first: date, last: date) -> Iterator[Span]:
    for one in folder.meetings:
        on = one.meeting.on
        if first <= on.earliest and on.latest <= last:
            yield Span(on.earliest, on.latest, one.meeting.title.text, str(on), certain=on.earliest == on.latest)


# ---- participants and documents ----
def _participants(folder: Folder) -> Table:
    heading = _("Participants and entry into force") if folder.facts.binding else _("Participants and effect")
    found = table_of(folder.sheet, heading)
    return Table(
        found.heading, found.columns, found.rows, found.empty, facts=list(entry_facts(folder.sheet)), sparse=True
    )


def _documents(folder: Folder) -> Iterator[Table]:
    missing = [
        f"{item.title.text}: {cell.column.name}"
        for item, cells in folder.languages.rows
        for cell in cells
        if cell.missing
    ]
    yield Table(
        _("Documents"),
        [
            _("Document"),
            _("Version"),
            _("Language"),
            _("Authenticity"),
            _("Date"),
            _("Received from"),
            _("File and SHA-256"),
        ],
        [_version(item, version) for item in folder.documents for version in item.files],
        empty=_("No file is kept."),
        facts=[Fact.of(_("Authentic texts missing"), *missing, alert=True)] if missing else [],
        sparse=True,
        widths=(4, 1, 2, 2, 2, 2, 5),
    )
    if folder.cited:
        yield _moved(folder.cited, _("Documents cited, without a file"), recorded=False, level=3)


def _version(item: Item, version: Version) -> list[Cell]:
    file = version.row
    about = [item.kind, item.level, *([_("text %(number)s") % {"number": item.row.text}] if item.row.text > 1 else [])]
    mistaken = [_("recorded by mistake")] if version.is_void else []
    return [
        Cell.of(item.title, notes=[text for text in about if text]),
        Cell.count(file.number, notes=mistaken),
        Cell(iso639.name(file.language)),
        Cell(version.authenticity),
        Cell.day(file.dated),
        Cell(file.received_from or NOTHING),
        Cell(file.name, notes=[file.sha256]),
    ]


# ---- tasks, clearances, commitments ----
def _tasks(folder: Folder, content: Dossier) -> Iterator[Table]:
    if folder.tasks is None:
        left_out = _("Left out: which tasks were open on a past day is not kept.")
        yield Table(_("Tasks"), (), (), empty=left_out)
        return
    yield Table(
        _("Tasks"),
        [
            _("Task"),
            _("Whose task"),
            _("Due"),
            pgettext("task", "Status"),
            _("Step that it prepares"),
            _("Legal basis"),
        ],
        [_task(task, folder, content) for task in folder.tasks],
        empty=_("No task is recorded."),
        sparse=True,
        widths=(4, 3, 2, 2, 2, 6),
    )


def _task(task: Task, folder: Folder, content: Dossier) -> list[Cell]:
    law = pick(task.law_texts)
    still = task.status == TaskStatus.OPEN
    waits = [first.title.text for first in folder.blocked.get(task.pk, ())] if still else []
    overdue = task.is_overdue(content.as_of)
    return [
        Cell.of(task.title, notes=[_("waits for: %(tasks)s") % {"tasks": "; ".join(waits)}] if waits else []),
        Cell(str(Ball(task.side).label), notes=list(holders(task))),
        Cell.day(task.due, notes=[problem] if (problem := tasks.problem_words(task)) and not task.due else []),
        Cell(_("overdue"), alert=True) if overdue else _state(task),
        Cell(folder.facts.procedure.step_label(Transition(task.transition))) if task.transition else Cell(NOTHING),
        Cell.of(law) if law.text else Cell(NOTHING),
    ]


def _state(task: Task) -> Cell:
    notes = [str(task.done_on)] if task.done_on else []
    if task.result:
        notes.append(str(ClearanceResult(task.result).label))
    return Cell(str(TaskStatus(task.status).label), notes=notes)


def _clearances(folder: Folder) -> Iterator[Table]:
    if folder.clearances:
        yield _moved(folder.clearances, _("Clearances"), recorded=False)


def _commitments(folder: Folder) -> Iterator[Table]:
    if folder.commitments:
        rows = [implementation.row(one) for one in folder.commitments]
        yield Table(_("Commitments"), implementation.columns(), rows, sparse=True)


def _undisclosed(folder: Folder) -> Iterator[Table]:
    if folder.undisclosed:
        yield Table(
            _("Participants not disclosed to everyone"),
            [_("Party"), _("Role"), _("Level of confidentiality"), _("Why it is not disclosed")],
            [
                [
                    Cell.of(one.party.name),
                    Cell(one.get_role_display()),
                    Cell(one.get_level_display()),
                    Cell(one.remark),
                ]
                for one, _level in folder.undisclosed
            ],
            widths=(3, 2, 2, 6),
        )


# ---- meetings and relations ----
def _meetings(folder: Folder, content: Dossier) -> Table:
    return Table(
        _("Meetings and talking points"),
        [_("When"), _("Meeting"), _("Status"), _("Talking points"), _("Outcome")],
        [_meeting(one, content) for one in folder.meetings],
        empty=_("It is on the agenda of no meeting."),
        sparse=True,
        widths=(2, 4, 2, 5, 4),
    )


def _meeting(one: Listed, content: Dossier) -> list[Cell]:
    meeting, day = one.meeting, content.as_of
    status, held = meeting.standing(day), meeting.held_by(day)
    where = ", ".join(text for text in (pick(meeting.counterparts).text, place_words(meeting.place)) if text)
    return [
        Cell.day(meeting.on),
        Cell.of(meeting.title, notes=[where] if where else [], address=meeting.address),
        Cell(str(status.label) if status else NOTHING),
        Cell(one.point.talking_points or NOTHING),
        Cell((one.point.outcome or NOTHING) if held else NOTHING),
    ]


def _relations(folder: Folder) -> Table:
    return Table(
        _("Relations"),
        [_("Relation"), _("Agreement"), _("Stage"), _("Since")],
        [
            [
                Cell(one.words[:1].upper() + one.words[1:]),
                Cell.of(
                    one.facts.short_title,
                    notes=[one.facts.reference],
                    address=f"/agreements/{one.facts.reference}/",
                ),
                Cell(one.facts.stage_label, stage=one.facts.stage.value, group=one.facts.group or "")
                if one.facts.stage
                else Cell(_("not yet begun for certain")),
                Cell.day(one.facts.since),
            ]
            for one in folder.relations
        ],
        empty=_("It stands in no relation to another agreement."),
    )


# ---- history ----
def _moved(moved: Sequence[Moved], heading: str, *, recorded: bool, level: int = 2) -> Table:
    rows = [
        [
            telling.when_cell(one.movement.event, "" if one.certain else _("possibly, not certainly, by this day")),
            telling.kind_cell(one.movement),
            Cell.of(one.movement.sentence, notes=one.movement.notes),
            *([_recorded(one)] if recorded else []),
        ]
        for one in moved
    ]
    columns = [_("When"), _("What"), _("In words"), *([_("Recorded")] if recorded else [])]
    return Table(heading, columns, rows, widths=(2, 2, 6, 2)[: len(columns)], level=level)


def _recorded(one: Moved) -> Cell:
    return telling.recorded_cell(one.movement.event.recorded_at, one.movement.event.actor_name)


def _corrections(content: Dossier) -> Iterator[Table]:
    if content.corrections:
        rows = [telling.correction_cells(one) for one in content.corrections]
        yield Table(_("Corrections"), telling.correction_columns(), rows, widths=(4, 4, 3, 2))


# ---- who may see it, and whether it is as it was written ----
def _proof(content: Dossier) -> Table:
    proof = content.proof
    levels = ", ".join(str(level.label) for level in content.seen_by)
    intact = (
        Fact.of(_("Chain of the journal"), _("whole: every entry is as it was written"))
        if proof.intact
        else Fact.of(_("Chain of the journal"), _("not whole: have it examined"), alert=True)
    )
    facts = [
        Fact.of(_("Who may see it"), _("readers with the access level: %(levels)s") % {"levels": levels}),
        intact,
        Fact.of(pgettext("count", "Entries that you may see"), str(proof.entries)),
    ]
    if proof.last_digest:
        facts.append(Fact.of(_("Digest of the last entry"), proof.last_digest))
    return Table(_("Access and proof"), (), (), facts=facts)
