"""The implementation report: what was undertaken in agreements that are in force, by when, and how far it is fulfilled.

As JSON: `report`, `as_of`, `known_at`, `language`, `author`, `level`, `filters` (`agreement`, `with`, `area`: codes or
null), `counts` (how many commitments are in each state; `overdue` among the open ones), `agreements`, those with
commitments first. Each: what every report says of an agreement (docs/reports.md) and `commitments`: `id`, `provision`,
`text` by language, `party` (null: all), `body`, `unit`, `due` (a *day*: `{iso, earliest, latest, precision}`, or null),
`state` (`planned`, `under_way`, `fulfilled`, `standing`, `not_fulfilled`, `lapsed`; `open` where it was fulfilled later
than on the day the report looks at), `overdue`, `fulfilled_on` (day or null), `report`, `source`.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from agreements import clock, journal
from agreements.chains import Told, tell, texts
from agreements.choices import CommitmentState, Group, SubjectKind
from agreements.dates import FuzzyDate
from agreements.entry_into_force import day_data
from agreements.models import Agreement, Area, Commitment, Party, User
from agreements.numbers import grouped
from agreements.reports import frame
from agreements.reports.document import NOTHING, Block, Cell, Document, Figure, Figures, Paragraph, Table
from agreements.reports.facts import AgreementFacts, concerns, facts_from, head_data
from agreements.words import Texts, Worded, pick

TITLE = gettext_lazy("Implementation")
ABOUT = gettext_lazy("What was undertaken in agreements in force, by when, by whom, and how far it is fulfilled.")
#: What the report can be narrowed to.
FILTERS = ("agreement", "party", "area")


@dataclass(frozen=True)
class Undertaken:
    """One commitment as it stood on a day. `state` is None where it was fulfilled, but only after that day."""

    id: UUID
    agreement: UUID
    provision: str
    texts: Texts
    party: str
    party_names: Texts
    body: str
    unit: Texts
    due: FuzzyDate | None
    state: CommitmentState | None
    overdue: bool
    fulfilled_on: FuzzyDate | None
    report: str
    source: str

    @property
    def text(self) -> Worded:
        """What was undertaken, in the reader's language or in one that it was written in."""
        return pick(self.texts)

    @property
    def party_name(self) -> Worded:
        """The name of the party that undertook it; empty where all did."""
        return pick(self.party_names)

    @property
    def state_words(self) -> str:
        """The state, and the day on which it was fulfilled."""
        if self.state is None:
            return _("not yet fulfilled")
        if self.fulfilled_on:
            return f"{self.state.label}, {self.fulfilled_on}"
        return str(self.state.label)


@dataclass(frozen=True)
class Sheet:
    """One agreement in force and what was undertaken in it."""

    facts: AgreementFacts
    commitments: Sequence[Undertaken]


@dataclass(frozen=True, kw_only=True)
class Implementation(frame.OfAgreements):
    """The content of the report; every format renders this object."""

    agreement: Agreement | None
    party: Party | None
    area: Area | None
    sheets: Sequence[Sheet]

    @property
    def agreements(self) -> list[AgreementFacts]:
        """The facts of the agreements that are shown."""
        return [sheet.facts for sheet in self.sheets]

    @property
    def commitments(self) -> list[Undertaken]:
        """All that was undertaken."""
        return [one for sheet in self.sheets for one in sheet.commitments]

    @property
    def counts(self) -> dict[str, int]:
        """How many commitments are in each state, and how many of the open ones are overdue."""
        found = Counter(one.state.value if one.state else "open" for one in self.commitments)
        return dict(found) | {"overdue": sum(one.overdue for one in self.commitments)}


def build(
    user: User,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    agreement: Agreement | None = None,
    party: Party | None = None,
    area: Area | None = None,
) -> Implementation:
    """Return what was undertaken in agreements in force, as far as the user may see, as known at a moment."""
    day = as_of or clock.today()
    visible = Agreement.objects.for_user(user)
    visible = visible.filter(pk=agreement.pk) if agreement else visible
    told = tell(visible.order_by("pk").values_list("pk", flat=True), known_at)
    undertaken = commitments_of(user, told, day, known_at)
    sheets = [
        Sheet(facts, undertaken.get(facts.id, ()))
        for facts in facts_from(told, day)
        if facts.group == Group.OPERATIVE and concerns(facts, party, area)
    ]
    sheets.sort(key=lambda sheet: (not sheet.commitments, not sheet.facts.binding, sheet.facts.reference))
    return Implementation(
        **frame.look(user, as_of, known_at),
        agreement=agreement,
        party=party,
        area=area,
        sheets=sheets,
    )


def commitments_of(user: User, told: Told, day: date, known_at: datetime | None) -> dict[UUID, list[Undertaken]]:
    """Return the commitments of agreements that were told of, by agreement, in the order of their provisions."""
    visible = Commitment.objects.for_user(user).filter(agreement__in=list(told.chains))
    rows = journal.rebuild(SubjectKind.COMMITMENT, known_at, only=visible.values("pk"))
    found: dict[UUID, list[Undertaken]] = {}
    for key, columns in rows.items():
        one = _undertaken(key, columns, told, day)
        found.setdefault(one.agreement, []).append(one)
    for commitments in found.values():
        commitments.sort(key=lambda one: (_numbered(one.provision), one.due.latest if one.due else date.max, one.id))
    return found


def _undertaken(key: UUID, columns: Mapping[str, Any], told: Told, day: date) -> Undertaken:
    state, fulfilled, due = CommitmentState(columns["state"]), _day(columns["fulfilled_on"]), _day(columns["due"])
    later = fulfilled is not None and fulfilled.earliest > day
    is_open = later or state.is_open
    return Undertaken(
        id=key,
        agreement=UUID(columns["agreement"]),
        provision=columns["provision"],
        texts=texts(columns, "text"),
        party=columns["party"] or "",
        party_names=told.names.parties.get(columns["party"] or "", {}),
        body=columns["body"],
        unit=told.names.units.get(columns["unit"] or "", {}),
        due=due,
        state=None if later else state,
        overdue=is_open and due is not None and due.latest < day,
        fulfilled_on=None if later else fulfilled,
        report="" if later else columns["report"],
        source=columns["source"],
    )


def _day(text: str | None) -> FuzzyDate | None:
    return FuzzyDate.parse(text) if text else None


def _numbered(provision: str) -> list[tuple[int, str]]:
    """Return a key that puts Art. 9 before Art. 12."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.findall(r"\d+|\D+", provision)]


# ---- words ----
def arrange(content: Implementation) -> Document:
    """Arrange the content into a document in the reader's language."""
    blocks: list[Block] = [_figures(content)] if content.commitments else []
    with_any = [sheet for sheet in content.sheets if sheet.commitments]
    blocks += [_table(sheet) for sheet in with_any]
    without = [sheet.facts.short_title.text for sheet in content.sheets if not sheet.commitments]
    if without:
        said = ngettext(
            "No commitments are recorded for one agreement in force or in effect: %(names)s.",
            "No commitments are recorded for %(number)s agreements in force or in effect: %(names)s.",
            len(without),
        )
        blocks.append(Paragraph(said % {"number": grouped(len(without)), "names": "; ".join(without)}, tone="note"))
    if not content.sheets:
        blocks.append(Paragraph(_("No agreement was in force on this day.")))
    return Document(
        title=_("Implementation of agreements"),
        subtitle=content.sheets[0].facts.short_title.text
        if content.agreement and content.sheets
        else str(content.party.name)
        if content.party
        else _("All partners"),
        marking=str(content.level.label),
        stamps=frame.stamps(content, area=content.area),
        blocks=blocks,
        wide=True,
    )


def _figures(content: Implementation) -> Figures:
    counts = content.counts
    labels = {state.value: str(state.label) for state in CommitmentState} | {"open": _("not yet fulfilled")}
    items = [Figure(grouped(counts[code]), label) for code, label in labels.items() if counts.get(code)]
    return Figures(_("Commitments"), [*items, Figure(grouped(counts["overdue"]), _("overdue"))])


def _table(sheet: Sheet) -> Table:
    facts = sheet.facts
    title = facts.short_title
    return Table(
        title.text,
        columns(),
        [row(one) for one in sheet.commitments],
        language=title.language,
        address=f"/agreements/{facts.reference}/",
        note="" if facts.binding else _("The text does not bind."),
        series=_("Commitments"),
    )


def columns() -> list[str]:
    """Return the heads of the columns of `row`."""
    return [
        _("Commitment"),
        _("Who undertook it"),
        _("Responsible"),
        _("Due"),
        pgettext("commitment", "State"),
        _("What was done"),
    ]


def row(one: Undertaken) -> list[Cell]:
    """Return a commitment as cells."""
    responsible = [text for text in (one.body, pick(one.unit).text) if text]
    return [
        Cell.of(one.text, notes=[one.provision] if one.provision else ()),
        Cell.of(one.party_name) if one.party else Cell(_("all parties")),
        Cell(responsible[0], notes=responsible[1:]) if responsible else Cell(NOTHING),
        Cell.day(one.due, notes=[_("overdue")] if one.overdue else (), alert=one.overdue),
        Cell(one.state_words),
        Cell(one.report or NOTHING, notes=[one.source] if one.source else ()),
    ]


# ---- data, for programs ----
def data(content: Implementation) -> dict[str, Any]:
    """Return the content as JSON values, in the form that the head of this module describes."""
    return frame.head(
        content, "implementation", agreement=content.agreement, party=content.party, area=content.area
    ) | {
        "counts": content.counts,
        "agreements": [
            head_data(sheet.facts) | {"commitments": [data_of(one) for one in sheet.commitments]}
            for sheet in content.sheets
        ],
    }


def data_of(one: Undertaken) -> dict[str, Any]:
    """Return a commitment as JSON values."""
    return {
        "id": str(one.id),
        "provision": one.provision,
        "text": dict(one.texts),
        "party": one.party or None,
        "body": one.body,
        "unit": pick(one.unit).text or None,
        "due": day_data(one.due) if one.due else None,
        "state": one.state.value if one.state else "open",
        "overdue": one.overdue,
        "fulfilled_on": day_data(one.fulfilled_on) if one.fulfilled_on else None,
        "report": one.report,
        "source": one.source,
    }
