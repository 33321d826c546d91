"""The brief in words: the head, the points, a row for each agreement, what comes, the figures, the others."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from agreements.bonds import ball_words
from agreements.choices import Ball, Certainty, Group, MeetingStatus, Status
from agreements.dates import FuzzyDate, precision_words
from agreements.findings import STRENGTHS
from agreements.numbers import grouped
from agreements.places import place_words
from agreements.reports import figures, frame, numerals
from agreements.reports.brief_facts import COMING, Brief, Coming, Said
from agreements.reports.document import (
    NOTHING,
    Block,
    Cell,
    Columns,
    Document,
    Heading,
    Paragraph,
    Point,
    Points,
    Table,
    filled,
)
from agreements.reports.facts import AgreementFacts
from agreements.reports.meetings_facts import MeetingFacts
from agreements.reports.portfolio import own_notes
from agreements.reports.talking_points import Case, after, days_words, within
from agreements.words import Worded, pick

#: So many partners a title names; a meeting with more is called by its own name.
_NAMED = 3
#: The marks of an agreement that are said with its stage, and the findings that are said with its next step.
_OF_STAGE = ("possibly", "out-of-procedure", "disputed-date", "on-hold", "provisional")
_OF_NEXT = (
    "overdue", "lead-missed", "due-soon", "validity-ended", "expiring", "notice-window", "gap", "no-planned-date",
    "clause-met", "entry-conflict",
)  # fmt: skip


def arrange(content: Brief) -> Document:
    """Arrange the content into a document in the reader's language."""
    return Document(
        title=_title(content),
        subtitle=_subtitle(content),
        marking=str(content.level.label),
        stamps=frame.stamps(content, area=content.area),
        blocks=list(_blocks(content)),
    )


def _title(content: Brief) -> str:
    own, others = pick(content.own_side[1]).text, [pick(names).text for _code, names in content.partners]
    if content.meeting and _many(content):
        return content.meeting.title.text
    other = ", ".join(others) if others else _("All partners").lower()
    return f"{own} – {other}"


def _subtitle(content: Brief) -> str:
    brief = pgettext("report", "Brief")
    return f"{brief}. {content.meeting.title.text}" if content.meeting and not _many(content) else brief


def _many(content: Brief) -> bool:
    """Whether the title does not name the other side: it is too many, or nobody is recorded."""
    return not 1 <= len(content.partners) <= _NAMED


def _blocks(content: Brief) -> Iterator[Block | Columns]:
    if content.asked_meeting and content.meeting is None:
        yield Paragraph(_("Nothing was recorded of this meeting by that moment."))
        return
    yield Paragraph(" ".join(_meetings(content)))
    yield _lead(content)
    yield _points(content)
    yield _expected(content)
    if content.outcomes:
        yield _outcomes(content)
    yield _agreements(content)
    yield from _figures(content)
    if content.others:
        yield _others(content)


# ---- the head ----
def _meetings(content: Brief) -> Iterator[str]:
    """Say of the meeting who, when and where; without one, which is the next and which was the last."""
    if content.meeting:
        yield from _about(content, content.meeting)
        return
    if content.next_meeting:
        yield _("Next meeting: %(meeting)s.") % {"meeting": _meeting_words(content, content.next_meeting)}
    else:
        yield _("No coming meeting is recorded.")
    if content.last_meeting:
        yield _("Last meeting: %(meeting)s.") % {"meeting": _meeting_words(content, content.last_meeting)}


def _about(content: Brief, meeting: MeetingFacts) -> Iterator[str]:
    form, status = pick(meeting.formats).text, meeting.standing(content.as_of)
    facts = [
        (_("Date"), _when_words(meeting)),
        (_("Place"), place_words(meeting.place) or _("not recorded")),
        (_("With"), pick(meeting.counterparts).text),
        (_("Format"), form if form != meeting.title.text else ""),
    ]
    for label, value in facts:
        if value:
            yield f"{label}: {value}."
    if meeting.rank:
        yield _("Held at the level of: %(rank)s") % {"rank": meeting.rank.label} + "."
    if status:
        yield f"{_('Status')}: {status.label}."


def _meeting_words(content: Brief, meeting: MeetingFacts) -> str:
    said = (meeting.title.text, _when_words(meeting), place_words(meeting.place), _ahead_words(content, meeting))
    return ", ".join(filter(None, said))


def _ahead_words(content: Brief, meeting: MeetingFacts) -> str:
    """Say how sure a meeting is that was still to come; that one was held goes without saying."""
    status = meeting.standing(content.as_of)
    return str(status.label) if status and status != MeetingStatus.HELD else ""


def _when_words(meeting: MeetingFacts) -> str:
    return ", ".join(filter(None, (_dated(meeting.on, meeting.certainty), meeting.hours)))


def _dated(when: FuzzyDate, certainty: Certainty) -> str:
    """Write a date and what is not known of it: 28 December 2024 (date of report)."""
    known = precision_words(when, certainty) if certainty != Certainty.FIRM else ""
    return f"{when} ({known})" if known else str(when)


def _lead(content: Brief) -> Paragraph:
    said = []
    if content.total:
        said.append(numerals.standing(content.by_stage))
        if content.meeting and content.on_agenda:
            said.append(_agenda(content.on_agenda))
    else:
        said.append(_("No agreement stood in the portfolio on this day."))
    alert = ""
    if content.alert:
        finding, title = content.alert
        alert = f"{after(pick(title).text, finding.sentence)}."
    return Paragraph(" ".join(said), alert=alert, tone="lead")


def _agenda(number: int) -> str:
    template = ngettext("%(count)s is on the agenda.", "%(count)s are on the agenda.", number)
    words = template % {"count": numerals.of_them(number)}
    return words[:1].upper() + words[1:]


# ---- what to say ----
def _points(content: Brief) -> Points:
    return _listed(_("Points to raise"), content.points, _("Nothing to raise follows from the record."), numbered=True)


def _expected(content: Brief) -> Points:
    empty = _("Nothing that the other side may raise follows from the record.")
    return _listed(_("What the other side may raise"), content.expected, empty)


def _listed(heading: str, said: Sequence[Said], empty: str, *, numbered: bool = False) -> Points:
    """Return points; where all of them are drafts the heading says so once."""
    all_drafts = bool(said) and all(one.draft for one in said)
    if all_drafts:
        heading = _("%(heading)s (draft)") % {"heading": heading}
    return Points(
        heading,
        [
            Point(
                f"{pick(one.title).text}." if one.reference else _("Meetings."),
                " ".join(one.sentences) if one.draft else one.sentences[0],
                draft=one.draft and not all_drafts,
                notes=() if one.draft else tuple(one.sentences[1:]),
            )
            for one in said
        ],
        numbered=numbered,
        empty=empty,
    )


def _outcomes(content: Brief) -> Points:
    return Points(
        _("What came of the meeting"),
        [
            Point(f"{pick(one.title).text}." if one.reference else "", one.said.text, language=one.said.language)
            for one in content.outcomes
        ],
    )


# ---- the agreements ----
def _agreements(content: Brief) -> Table:
    return Table(
        _("Where each agreement stands"),
        [_("Agreement"), _("Stage"), _("Last step"), _("Next step")],
        [_row(content, case) for case in content.agreements],
        empty=_("No agreement that you may see is on the agenda.")
        if content.meeting
        else _("No agreement stood in the portfolio on this day."),
        widths=(25, 24, 27, 24),
    )


def _row(content: Brief, case: Case) -> list[Cell]:
    facts, last = case.facts, case.last
    off = content.meeting is not None and not case.on_agenda
    return [
        Cell.of(facts.short_title, address=_address(facts), notes=[_("not on the agenda")] if off else []),
        _stage(case, notes=list(_stage_notes(case))),
        Cell.of(last.label, notes=[_last_note(case)]) if last else Cell(NOTHING),
        Cell(
            facts.next_step or _("None recorded"),
            notes=list(_next_notes(content, case)),
            alert=any(one.strength == STRENGTHS[0] for one in case.findings),
        ),
    ]


def _address(facts: AgreementFacts) -> str:
    return f"/agreements/{facts.reference}/"


def _stage(case: Case, *, notes: Sequence[str] = ()) -> Cell:
    facts = case.facts
    if facts.stage is None:
        return Cell(_("not yet begun for certain"), notes=notes)
    return Cell(facts.stage_label, stage=facts.stage.value, group=facts.group or "", notes=notes, steps=facts.steps)


def _stage_notes(case: Case) -> Iterator[str]:
    facts = case.facts
    if facts.since:
        yield _("since %(date)s") % {"date": _dated(facts.since, facts.certainty)}
    if days := days_words(facts):
        yield days
    if not facts.binding:
        yield _("not binding")
    if facts.text > 1:
        yield _("text %(number)s") % {"number": facts.text}
    if facts.own_status != Status.BOUND or facts.own_possibly or facts.group != Group.OPERATIVE:
        yield from own_notes(facts)
    if facts.stated_elsewhere:
        yield _("%(source)s: %(date)s") % {"source": facts.stated_by, "date": facts.stated_elsewhere}
    yield from (one.sentence for one in case.findings if one.code in _OF_STAGE)
    if facts.hold_reason.text:
        yield facts.hold_reason.text


def _last_note(case: Case) -> str:
    if case.last is None:
        return ""
    last = case.last
    day = f"{last.on} ({last.precision})" if last.precision else str(last.on)
    return ", ".join(filter(None, (place_words(last.place), day)))


def _next_notes(content: Brief, case: Case) -> Iterator[str]:
    facts = case.facts
    if case.planned:
        yield _("planned: %(date)s") % {"date": case.planned}
    if facts.missing:
        yield facts.missing
    told = content.alert[0] if content.alert else None
    yield from (one.sentence for one in case.findings if one.code in _OF_NEXT and one is not told)
    if facts.ball != Ball.NOBODY:
        ball = ball_words(facts.ball, facts.parties)
        yield f"{_('Who has the ball')}: {ball if facts.ball == Ball.OTHER else within(ball)}"


def _others(content: Brief) -> Table:
    rows = [
        [
            Cell.of(case.facts.short_title, address=_address(case.facts)),
            _stage(case),
            Cell(_dated(case.facts.since, case.facts.certainty), value=case.facts.since)
            if case.facts.since
            else Cell(NOTHING),
            Cell(case.facts.next_step or NOTHING),
        ]
        for case in content.others
    ]
    columns, told = filled([_("Agreement"), _("Stage"), _("Since"), _("Next step")], rows, least=3)
    return Table(
        _("Other agreements"),
        columns,
        told,
        note=_("More in the portfolio: %(count)s.") % {"count": grouped(content.others_left)}
        if content.others_left
        else "",
        widths=(40, 20, 18, 22)[: len(columns)],
        sparse=True,
    )


# ---- what comes, and figures ----
def _figures(content: Brief) -> Iterator[Block | Columns]:
    names = {code: pick(texts).text for code, texts in content.partners} if len(content.partners) > 1 else {}
    *pictures, source = [*figures.pictures(content.indicators, names), None]
    if pictures and isinstance(pictures[-1], Paragraph):
        source = pictures.pop()
    if not pictures:
        yield _coming(content, level=2)
        return
    yield Heading(_("Key figures and coming dates"))
    left, right = pictures[:1], pictures[1:]
    yield Columns([left, [*right, _coming(content, level=3)]], widths=(4, 3))
    if source:
        yield source


def _coming(content: Brief, *, level: int) -> Points:
    items = [Point(f"{one.on}.", _what(content, one)) for one in content.coming[:COMING]]
    left = len(content.coming) - len(items)
    if left:
        items.append(Point("", _("More in the calendar: %(count)s.") % {"count": grouped(left)}))
    if not any(one.meeting for one in content.coming):
        items.append(Point("", _("No coming meeting is recorded.")))
    return Points(_("Coming dates"), items, level=level)


def _what(content: Brief, coming: Coming) -> str:
    title: Worded = pick(coming.title)
    if coming.meeting:
        meeting = coming.meeting
        said = (title.text, meeting.hours, place_words(meeting.place), _ahead_words(content, meeting))
        return _("Meeting: %(title)s.") % {"title": ", ".join(filter(None, said))}
    template = {
        "sign": _("Planned signing: %(title)s."),
        "enter_into_force": _("Entry into force by the clause: %(title)s.")
        if coming.by_clause
        else _("Planned entry into force: %(title)s."),
        "validity": _("Last day of validity: %(title)s."),
        "notice": _("Last day for notice: %(title)s."),
    }[coming.kind]
    return template % {"title": title.text}
