"""The changes report: what moved between two days, in sentences, by agreement, the weightiest first.

Two times are told apart. What *happened* between the days stands first, certainly or possibly: its own date says so,
narrowed by what stands before and after it. What was *recorded* in the period about earlier days stands by itself, and
so do corrections: what was said, what is said now, why, by whom. Both are told as known at one moment. What only came
from elsewhere (a history taken over) is counted. The period ends with the day that the report looks at; of today,
recording goes on until now.

As JSON: `report`, `as_of`, `known_at`, `language`, `author`, `level`, `filters` (`agreement`, `with`, `area`: codes or
null; `since`: the first day), `counts` (`agreements`, `steps`, `entries_into_force`, `acts`, `meetings_held`,
`commitments_fulfilled`, `corrections`, `possibly`, `undated`), `agreements`, `meetings`, `commitments`, `figures`,
`parties`, `taken_over` (how many `meetings` held earlier and `parties` came from elsewhere). A *day* is `{iso,
earliest, latest, precision}`. `undated` counts entries of which no day is known: they are left out.

- an agreement: `reference`, `title` by language, `binding`, `stage_before`, `stage` (codes, null: not begun),
  `happened`, `recorded` (movements of earlier days), `corrections`, `taken_over` (entries that came from elsewhere);
- a movement: `code` (`open`, `step`, `entry_into_force`, `hold`, `release`, `action`, `clearance`, `note`, `plan`,
  `effect` (of an act, on a day of its own), `document`, `task`, `edit`, `redaction`), `weight` (`step`, `act`,
  `record`), `day`, `certain`, `label`, `sentence`, `notes`, `entry` (its key in the journal; of several acts in one
  line, that of the first), `transition`, `to_stage`, `text`, `parties` (codes), `what`, `place`, `source`,
  `certainty`, `redacted`, `corrected` (its entry took the place of another in this period), `recorded_at`,
  `recorded_by`;
- a correction: `said` (a movement), `says` (movements; none: it was struck out), `reason`, `closes` (the whole record
  was opened by mistake), `recorded_at`, `recorded_by`;
- a meeting: `id`, `title`, `on` (day), `certain`, `code` (`held`, `recorded`, `arranged`, `confirmed`, `cancelled`,
  `reopened`, `moved`, `changed`), `sentence`, `notes`, `agenda` (references), `recorded_at`;
- a commitment: `id`, `agreement`, `provision`, `commitment` by language, `on` (day), `certain`, `code` (`fulfilled`,
  `new`, `changed`), `sentence`, `notes`, `recorded_at`;
- a figure: `code` (`new`, `changed`, `void`: struck out as recorded by mistake), `party`, `name`, `unit`, `from`,
  `until`, `value`, `at_least`, `change_on_year_percent`, `source`, `notes`;
- a party: `code` (of the party), `change` (`new`, `changed`), `name`, `notes`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agreements import clock
from agreements.chains import Chain, tell, titles_in
from agreements.changes import Dictionary
from agreements.choices import EntryKind, Level, SubjectKind
from agreements.dates import render_day
from agreements.entry_into_force import day_data
from agreements.models import Agreement, Area, Entry, Party, User
from agreements.numbers import grouped
from agreements.reports import around, figures, frame, telling
from agreements.reports.around import CommitmentMoved, FigureMoved, MeetingMoved, PartyMoved, Window
from agreements.reports.document import (
    NOTHING,
    Block,
    Cell,
    Document,
    Fact,
    Figure,
    Figures,
    Heading,
    Paragraph,
    Stamp,
    Table,
)
from agreements.reports.stories import Correction, Moved, Story, documents_in, others_in, story_of
from agreements.timeline import chronicles
from agreements.words import Worded, active_language, pick

TITLE = gettext_lazy("Changes")
ABOUT = gettext_lazy("What moved between two days, in sentences, and what was corrected.")
#: What the report can be narrowed to.
FILTERS = ("since", "agreement", "party", "area")
#: So many days before the day that it looks at the period begins, unless another day is asked for.
WEEK = 7


@dataclass(frozen=True)
class Changes:
    """The content of the report; every format renders this object."""

    as_of: date
    known_at: datetime
    since: date
    language: str
    author: str
    agreement: Agreement | None
    party: Party | None
    area: Area | None
    stories: Sequence[Story]
    meetings: Sequence[MeetingMoved]
    commitments: Sequence[CommitmentMoved]
    figures: Sequence[FigureMoved]
    parties: Sequence[PartyMoved]
    taken_over: Mapping[str, int]
    undated: int
    #: The records of the agreements that are named, by key.
    records: Mapping[UUID, Mapping[str, Any]]
    levels: Sequence[str] = field(default_factory=tuple)
    #: The documents of which a file is told, and agreements that are named beside those that moved.
    beside: Collection[UUID] = frozenset()

    @property
    def agreements(self) -> Sequence[Story]:
        """The agreements that moved."""
        return self.stories

    @property
    def shown(self) -> list[UUID]:
        """The keys of the agreements, meetings and documents of which it tells."""
        return [*self.records, *{one.id for one in self.meetings}, *self.beside]

    @property
    def level(self) -> Level:
        """The highest level of confidentiality of what is shown."""
        return frame.highest(self.levels)

    @property
    def counts(self) -> dict[str, int]:
        """How much moved: what certainly happened in the period, by kind, and beside it what perhaps did."""
        certain = [one.movement for story in self.stories for one in story.happened if one.certain]
        codes = [movement.code for movement in certain]
        return {
            "agreements": len([story for story in self.stories if story.happened]),
            "steps": codes.count("step") + codes.count("open"),
            "entries_into_force": codes.count("entry_into_force"),
            "acts": sum(len(one.same) or 1 for one in certain if one.code == "action"),
            "meetings_held": len([one for one in self.meetings if one.code == "held" and one.certain]),
            "commitments_fulfilled": len([one for one in self.commitments if one.code == "fulfilled" and one.certain]),
            "corrections": sum(len(story.corrections) for story in self.stories),
            "possibly": sum(not one.certain for story in self.stories for one in story.happened)
            + sum(not one.certain for one in self.meetings)
            + sum(not one.certain for one in self.commitments),
            "undated": self.undated,
        }


# ---- content ----
def build(
    user: User,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    since: date | None = None,
    agreement: Agreement | None = None,
    party: Party | None = None,
    area: Area | None = None,
) -> Changes:
    """Return what moved from a day (a week before) until another (today), as far as the user may see it.

    It is told as known at a moment (now). Runs a fixed number of queries for any number of agreements.
    """
    day, moment = as_of or clock.today(), known_at or clock.now()
    first = since or day - timedelta(days=min(WEEK, (day - date.min).days))
    window = Window(
        first,
        day,
        _moment(first, time.min),
        moment if day >= clock.today() else min(moment, _moment(day, time.max)),
        moment,
    )
    rows = {row.pk: row for row in _moved(user, window, agreement)}
    meetings = around.Meetings(user, window)
    undertaken = around.Commitments(user, window)
    told = tell({**rows, **dict.fromkeys(sorted(meetings.seen | undertaken.agreements))}, moment)
    kept = {
        key: chain
        for key, chain in told.chains.items()
        if (not party or party.code in _codes(chain))
        and (not area or area.code in chain.record["areas"])
        and (not agreement or key == agreement.pk)
    }
    stories = chronicles(
        [rows[key] for key in kept if key in rows], user=user, known_at=moment, parties=told.names.parties
    )
    words = Dictionary([event.changes for events in stories.values() for event in events], user)
    found = [story_of(kept[key], events, window, words) for key, events in stories.items()]
    shown = sorted((story for story in found if story.tells), key=lambda story: story.order)
    records = {key: chain.record for key, chain in told.chains.items()}
    held = [one for one in meetings.moved(records, words) if _concerns(one, kept, agreement, party, area)]
    brought = [one for one in held if one.imported and one.code == "recorded"]
    held = [one for one in held if one not in brought]
    commitments = [one for one in undertaken.moved(words) if one.agreement in kept]
    wide = not agreement and not area
    parties, taken_over = around.parties(user, window, words) if wide else ([], 0)
    named = {
        *(story.id for story in shown),
        *(key for one in held for key in one.agenda),
        *(one.agreement for one in commitments),
    }
    moved = [one for story in shown for one in (*story.happened, *story.late)]
    corrections = [one for story in shown for one in story.corrections]
    documents, others = documents_in(moved, corrections, user), others_in(moved, corrections, words)
    return Changes(
        as_of=day,
        known_at=moment,
        since=first,
        language=active_language(),
        author=str(user),
        agreement=agreement,
        party=party,
        area=area,
        stories=shown,
        meetings=held,
        commitments=commitments,
        records={key: record for key, record in records.items() if key in named},
        figures=[one for one in around.figures(user, window, words) if not party or one.figure.party == party.code]
        if wide
        else [],
        parties=[one for one in parties if not party or one.party == party.code],
        taken_over={
            "meetings": len(brought),
            "parties": 0 if party else taken_over,
        },
        undated=sum(story.undated for story in found),
        levels=[
            *(one.level for one in held),
            *(record["level"] for key, record in records.items() if key in named),
            *documents.values(),
            *others.values(),
        ],
        beside={*documents, *others},
    )


#: Before this day nothing was recorded anywhere, and no time zone can be applied to the first of all days.
_NOTHING_YET = date(1900, 1, 1)


def _moment(day: date, clock_time: time) -> datetime:
    return timezone.make_aware(datetime.combine(max(day, _NOTHING_YET), clock_time))


def _moved(user: User, window: Window, agreement: Agreement | None) -> Iterable[Agreement]:
    """Return the agreements of which an entry is of the period, or was recorded in it; one query."""
    entries = Entry.objects.filter(subject_kind=SubjectKind.AGREEMENT, recorded_at__lte=window.known_at)
    asked = entries.filter(
        Q(earliest__lte=window.last, latest__gte=window.first)
        | Q(recorded_at__range=(window.since, window.until))
        | Q(kind=EntryKind.ACTION, data__contains='"effective":')
    )
    visible = (
        Agreement.objects.for_user(user).filter(pk__in=asked.values("subject")).select_related("procedure_version")
    )
    if agreement:
        visible = visible.filter(pk=agreement.pk)
    found: Iterable[Agreement] = visible.order_by("pk")
    return found


def _codes(chain: Chain) -> set[str]:
    return {item["party"] for item in chain.record["participants"]}


def _concerns(
    one: MeetingMoved, kept: Mapping[UUID, Chain], agreement: Agreement | None, party: Party | None, area: Area | None
) -> bool:
    """Whether a meeting belongs into the report as it is narrowed."""
    if party and party.code not in one.parties:
        return False
    return not (agreement or area) or any(key in kept for key in one.agenda)


# ---- words ----
def arrange(content: Changes) -> Document:
    """Arrange the content into a document in the reader's language."""
    stamps = frame.stamps(content, area=content.area)
    stamps.insert(0, Stamp(_("Period"), _period(content)))
    if content.undated:
        stamps.append(Stamp(_("Left out: possibly in this period, the day is not known"), str(content.undated)))
    if content.agreement:
        subtitle = content.agreement.short_title.text
    else:
        subtitle = str(content.party.name) if content.party else _("All partners")
    return Document(
        title=_("What changed"),
        subtitle=subtitle,
        marking=str(content.level.label),
        stamps=stamps,
        blocks=list(_blocks(content)),
    )


def _period(content: Changes) -> str:
    return f"{render_day(content.since)} – {render_day(content.as_of)}"


def _blocks(content: Changes) -> Iterator[Block]:
    yield _figures(content)
    yield Heading(_("What happened"))
    happened = [_happened(story) for story in content.stories if story.happened]
    yield from happened
    if not happened:
        yield Paragraph(_("Nothing happened to the agreements in this period."))
    if content.meetings or content.taken_over["meetings"]:
        yield _meetings(content)
    if content.commitments:
        yield _commitments(content)
    if corrections := [(story, one) for story in content.stories for one in story.corrections]:
        yield _corrections(corrections)
    late = [story for story in content.stories if story.late or story.taken_over]
    if late:
        yield Heading(_("Recorded in this period about earlier days"))
        yield from (_late(story) for story in late if story.late)
        if taken := [story for story in late if story.taken_over]:
            yield _taken_over(taken)
    if content.figures:
        yield figures.table(_("New figures"), [one.figure for one in content.figures], _figure_notes(content))
    if content.parties or content.taken_over["parties"]:
        yield _parties(content)


#: What each count is called.
COUNTED = {
    "agreements": gettext_lazy("Agreements that moved"),
    "steps": gettext_lazy("Steps"),
    "entries_into_force": gettext_lazy("Entries into force or effect"),
    "acts": gettext_lazy("Acts of participants"),
    "meetings_held": gettext_lazy("Meetings held"),
    "commitments_fulfilled": gettext_lazy("Commitments fulfilled"),
    "corrections": gettext_lazy("Corrections"),
    "possibly": gettext_lazy("Possibly in this period"),
}


#: What is told of only where there is any.
_RARE = ("commitments_fulfilled", "possibly")


def _figures(content: Changes) -> Figures:
    counts = content.counts
    shown = [name for name in COUNTED if counts[name] or name not in _RARE]
    return Figures(_("At a glance"), [Figure(grouped(counts[name]), str(COUNTED[name])) for name in shown])


def _title(story: Story) -> Worded:
    """Return the title; the reference of one of which the texts were redacted."""
    found = pick(story.titles)
    return found if found.text else Worded(story.reference, "")


def _about(story: Story) -> Fact:
    """Say in a line which agreement it is, and where it stood before and after."""
    after = story.after[1] if story.after else NOTHING
    if story.before and story.before[1] != after:
        after = f"{story.before[1]} → {after}"
    return Fact.of(story.reference, after if story.binding else f"{after} ({_('not binding')})")


def _table(
    story: Story, series: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], facts: Sequence[Fact] = ()
) -> Table:
    title = _title(story)
    return Table(
        title.text,
        columns,
        rows,
        facts=facts,
        address=f"/agreements/{story.reference}/",
        language=title.language,
        level=3,
        series=series,
        widths=(5, 4, *([11] if len(columns) == 3 else [9, 4])),
    )


def _happened(story: Story) -> Table:
    rows = [
        [_when(one), telling.kind_cell(one.movement), Cell.of(one.movement.sentence, notes=_notes(one))]
        for one in story.happened
    ]
    return _table(story, _("What happened"), [_("When"), _("What"), _("In words")], rows, [_about(story)])


def _notes(one: Moved) -> list[str]:
    return [*one.movement.notes, *([_("corrected in this period")] if one.corrected else [])]


def _when(one: Moved) -> Cell:
    return telling.when_cell(one.movement.event, "" if one.certain else _("possibly in this period"))


def _late(story: Story) -> Table:
    rows = [
        [
            _when(one),
            telling.kind_cell(one.movement),
            Cell.of(one.movement.sentence, notes=one.movement.notes),
            telling.recorded_cell(one.movement.event.recorded_at, one.movement.event.actor_name),
        ]
        for one in story.late
    ]
    columns = [_("When"), _("What"), _("In words"), _("Recorded")]
    return _table(story, _("Recorded later"), columns, rows)


def _taken_over(stories: Sequence[Story]) -> Table:
    rows = [
        [Cell.of(_title(story), address=f"/agreements/{story.reference}/"), Cell.count(story.taken_over)]
        for story in stories
    ]
    return Table(_("Histories taken over from elsewhere"), [_("Agreement"), _("Entries")], rows, level=3)


def _agreement(story: Story) -> Cell:
    return Cell.of(_title(story), notes=[story.reference], address=f"/agreements/{story.reference}/")


def _corrections(found: Iterable[tuple[Story, Correction]]) -> Table:
    rows = [[_agreement(story), *telling.correction_cells(one)] for story, one in found]
    columns = [_("Agreement"), *telling.correction_columns()]
    return Table(_("Corrections"), columns, rows, widths=(3, 4, 4, 3, 2))


def _meetings(content: Changes) -> Table:
    taken = content.taken_over["meetings"]
    words = ngettext("%(number)s earlier meeting was taken over from elsewhere.",
                     "%(number)s earlier meetings were taken over from elsewhere.", taken)  # fmt: skip
    rows = [
        [
            Cell.day(one.on, notes=[] if one.certain else [_("possibly in this period")]),
            Cell.of(one.title, address=f"/meetings/{one.id}/"),
            Cell(one.sentence, notes=[*one.notes, *_recorded(one)]),
        ]
        for one in content.meetings
    ]
    columns = [_("When"), _("Meeting"), _("What happened")]
    return _noted(Table(_("Meetings"), columns, rows, widths=(2, 3, 5)), words % {"number": taken} if taken else "")


def _commitments(content: Changes) -> Table:
    rows = []
    for one in content.commitments:
        record = content.records[one.agreement]
        reference = record["reference"]
        sure = [] if one.certain else [_("possibly in this period")]
        rows.append(
            [
                Cell.day(one.on, notes=sure),
                Cell.of(pick(titles_in(record)), notes=[reference], address=f"/agreements/{reference}/"),
                Cell.of(pick(one.texts), notes=[one.provision] if one.provision else []),
                Cell(one.sentence, notes=one.notes),
            ]
        )
    columns = [_("When"), _("Agreement"), _("Commitment"), _("What happened")]
    return Table(_("Commitments"), columns, rows, widths=(2, 3, 4, 4))


def _noted(table: Table, note: str) -> Table:
    """Return a table with a note, which stands alone where the table has no rows."""
    return replace(table, note=note) if table.rows else replace(table, empty=note)


def _recorded(one: MeetingMoved) -> list[str]:
    if one.recorded is None or one.imported:
        return []
    return [_("recorded %(moment)s") % {"moment": frame.moment_words(one.recorded)}]


def _figure_notes(content: Changes) -> list[list[str]]:
    said = {"new": [], "changed": [_("changed")], "void": [_("struck out: recorded by mistake")]}
    return [[*said[one.code], *one.notes] for one in content.figures]


def _parties(content: Changes) -> Table:
    taken = content.taken_over["parties"]
    words = ngettext("%(number)s party was taken over from elsewhere.",
                     "%(number)s parties were taken over from elsewhere.", taken)  # fmt: skip
    rows = [
        [Cell.of(pick(one.names)), Cell(_("new") if one.code == "new" else _("changed"), notes=one.notes)]
        for one in content.parties
    ]
    return _noted(Table(_("Parties"), [_("Party"), _("What")], rows), words % {"number": taken} if taken else "")


# ---- data, for programs ----
def data(content: Changes) -> dict[str, Any]:
    """Return the content as JSON values, in the form that the head of this module describes."""
    asked = {"since": content.since, "agreement": content.agreement, "party": content.party, "area": content.area}
    return frame.head(content, "changes", **asked) | {
        "counts": content.counts,
        "agreements": [_story_data(story) for story in content.stories],
        "meetings": [
            {
                "id": str(one.id),
                "title": one.title.text,
                "on": day_data(one.on),
                "certain": one.certain,
                "code": one.code,
                "sentence": one.sentence,
                "notes": list(one.notes),
                "agenda": list(one.agenda.values()),
                "recorded_at": frame.said_at(one.recorded) if one.recorded else None,
            }
            for one in content.meetings
        ],
        "commitments": [
            {
                "id": str(one.id),
                "agreement": content.records[one.agreement]["reference"],
                "provision": one.provision,
                "commitment": dict(one.texts),
                "on": day_data(one.on),
                "certain": one.certain,
                "code": one.code,
                "sentence": one.sentence,
                "notes": list(one.notes),
                "recorded_at": frame.said_at(one.recorded) if one.recorded else None,
            }
            for one in content.commitments
        ],
        "figures": [
            {"code": one.code, **figures.data(one.figure), "notes": list(one.notes)} for one in content.figures
        ],
        "parties": [
            {"code": one.party, "change": one.code, "name": dict(one.names), "notes": list(one.notes)}
            for one in content.parties
        ],
        "taken_over": dict(content.taken_over),
    }


def _story_data(story: Story) -> dict[str, Any]:
    return {
        "reference": story.reference,
        "title": dict(story.titles),
        "binding": story.binding,
        "stage_before": story.before[0].value if story.before else None,
        "stage": story.after[0].value if story.after else None,
        "happened": [_moved_data(one) for one in story.happened],
        "recorded": [_moved_data(one) for one in story.late],
        "corrections": [telling.correction_data(one) for one in story.corrections],
        "taken_over": story.taken_over,
    }


def _moved_data(one: Moved) -> dict[str, Any]:
    return {"certain": one.certain, "corrected": one.corrected, **telling.data(one.movement)}
