"""Agendas with points that some may not see, and what comes of a point: a step or a note, in one act."""

import pytest

from agreements import journal, lifecycle, meetings
from agreements.choices import EntryKind
from agreements.models import AgendaItem, Agreement, Entry, Meeting
from tests.meetings.conftest import PAST, on, refusal


def agenda(meeting: Meeting) -> list[tuple[int, str, str, str]]:
    """Return the whole agenda: number, reference, talking points, outcome."""
    items = AgendaItem.objects.filter(meeting=meeting).order_by("number", "pk")
    return [(item.number, item.agreement.reference, item.talking_points, item.outcome) for item in items]


# ---- hidden points ----
@pytest.fixture
def mixed(arrange, make_agreement, hidden):
    """A meeting on whose agenda a hidden agreement stands between two others."""
    first, second = make_agreement(), make_agreement()
    points = [meetings.Point(first, "One"), meetings.Point(hidden, "Secret", "Kept"), meetings.Point(second, "Two")]
    meeting = arrange(PAST, status="held", agenda=points)
    return meeting, first, second


def test_an_agenda_is_set_around_what_is_hidden(mixed, officer, hidden, make_agreement):
    meeting, first, second = mixed
    third = make_agreement()

    assert [item.agreement for item in meetings.listed(meeting, officer)] == [first, second]
    meetings.change(
        meeting, by=officer, agenda=[meetings.Point(second, "Two"), meetings.Point(third), meetings.Point(first)]
    )

    assert agenda(meeting) == [
        (1, second.reference, "Two", ""),
        (2, hidden.reference, "Secret", "Kept"),
        (3, third.reference, "", ""),
        (4, first.reference, "", ""),
    ]
    meetings.change(meeting, by=officer, agenda=[])
    assert agenda(meeting) == [(1, hidden.reference, "Secret", "Kept")]


def test_a_hidden_agreement_is_put_on_no_agenda(mixed, officer, hidden):
    meeting = mixed[0]
    told = refusal(lambda: meetings.change(meeting, by=officer, agenda=[meetings.Point(hidden)]))

    assert told == [("agreement-unknown", "There is no such agreement.")]
    assert len(agenda(meeting)) == 3


def test_an_agreement_stands_on_an_agenda_once(mixed, lawyer):
    meeting, first, _second = mixed
    points = [meetings.Point(first), meetings.Point(first)]

    assert refusal(lambda: meetings.change(meeting, by=lawyer, agenda=points)) == [
        ("agreement-twice", "An agreement stands on an agenda once.")
    ]


def test_outcomes_of_hidden_points_are_not_written_over(mixed, officer, hidden):
    meeting, first, _second = mixed

    meetings.held(meeting, by=officer, outcomes={first.pk: "Agreed.", hidden.pk: "Spoilt."})

    assert [row[3] for row in agenda(meeting)] == ["Agreed.", "Kept", ""]


def test_an_outcome_of_a_hidden_point_is_refused_as_if_it_were_not_there(mixed, officer, hidden):
    item = AgendaItem.objects.get(agreement=hidden)

    assert refusal(lambda: meetings.outcome_to(item, by=officer, outcome="x", note=True)) == [
        ("agreement-unknown", "There is no such agreement.")
    ]
    assert Entry.objects.of(hidden).count() == 1


# ---- what a point becomes ----
@pytest.fixture
def held(arrange, make_agreement, lawyer):
    """A point of a meeting that was held: an agreement that may be negotiated."""
    agreement = make_agreement(stage="mandated")
    meeting = arrange(PAST, status="held", place="Luxembourg", title_en="The 21st meeting", agenda=[agreement])
    return meeting.agenda.get()


def test_an_outcome_alone_stays_with_the_meeting(held, officer):
    point = meetings.outcome_to(held, by=officer, outcome="Both sides agreed to go on.")

    assert point.outcome == "Both sides agreed to go on."
    assert Entry.objects.of(held.agreement).count() == 1
    assert Entry.objects.of(held.meeting).count() == 2


def test_an_outcome_becomes_a_step_with_date_place_and_source_of_the_meeting(held, officer):
    meetings.outcome_to(held, by=officer, outcome="Talks begin.", step="open_negotiations", acting="both sides")

    entry = Entry.objects.of(held.agreement).latest("sequence")
    agreement = Agreement.objects.get(pk=held.agreement.pk)
    assert (agreement.stage, agreement.since) == ("negotiating", on(PAST))
    assert (entry.kind, entry.transition, entry.on) == (EntryKind.STEP, "open_negotiations", on(PAST))
    assert (entry.place, entry.source, entry.actor) == ("Luxembourg", "The 21st meeting", officer)
    assert journal.text_of(entry) == {"what": "Talks begin."}
    assert journal.data_of(entry)["acting"] == "both sides"
    assert AgendaItem.objects.get(pk=held.pk).outcome == "Talks begin."


def test_an_outcome_becomes_a_note(held, officer):
    meetings.outcome_to(held, by=officer, outcome="The other side asked for time.", note=True)

    entry = Entry.objects.of(held.agreement).latest("sequence")
    assert (entry.kind, entry.on, entry.place, entry.source) == (
        EntryKind.NOTE,
        on(PAST),
        "Luxembourg",
        "The 21st meeting",
    )
    assert journal.text_of(entry) == {"what": "The other side asked for time."}
    assert Agreement.objects.get(pk=held.agreement.pk).stage == "mandated"


def test_the_certainty_of_the_date_goes_along(held, officer):
    meetings.change(held.meeting, by=officer, certainty="reported")
    meetings.outcome_to(held, by=officer, outcome="Talks begin.", step="open_negotiations")

    assert Entry.objects.of(held.agreement).latest("sequence").certainty == "reported"


def test_a_step_that_is_refused_leaves_nothing_behind(held, officer):
    before = Entry.objects.count()
    expected = lifecycle.objections(held.agreement, "sign", by=officer, on=on(PAST), what="Signed.")

    told = refusal(lambda: meetings.outcome_to(held, by=officer, outcome="Signed.", step="sign"))

    assert [code for code, _sentence in told] == [reason.code for reason in expected]
    assert told
    assert (Entry.objects.count(), AgendaItem.objects.get(pk=held.pk).outcome) == (before, "")


def test_who_may_edit_but_not_step_records_no_step(held, officer):
    officer.groups.clear()
    officer.user_permissions.add(*_permissions("change_agreement"))
    officer = type(officer).objects.get(pk=officer.pk)

    told = refusal(lambda: meetings.outcome_to(held, by=officer, outcome="Talks begin.", step="open_negotiations"))

    assert [code for code, _sentence in told] == ["not-permitted"]
    assert AgendaItem.objects.get(pk=held.pk).outcome == ""


def _permissions(*codenames):
    from django.contrib.auth.models import Permission

    return Permission.objects.filter(codename__in=codenames)


@pytest.mark.parametrize("status", ["tentative", "confirmed", "cancelled"])
def test_nothing_comes_of_a_meeting_that_was_not_held(held, officer, status):
    Meeting.objects.filter(pk=held.meeting.pk).update(status=status)

    assert refusal(lambda: meetings.outcome_to(held, by=officer, outcome="x")) == [
        ("meeting-not-held", "Outcomes are recorded once the meeting was held. Record first that it was.")
    ]


def test_an_outcome_must_be_said(held, officer):
    assert refusal(lambda: meetings.outcome_to(held, by=officer, outcome=" ", note=True)) == [
        ("outcome-missing", "Say in a sentence what came of it.")
    ]


def test_an_outcome_that_is_there_already_becomes_a_note(held, officer):
    meetings.outcome_to(held, by=officer, outcome="Agreed.")
    meetings.outcome_to(held, by=officer, note=True)

    assert journal.text_of(Entry.objects.of(held.agreement).latest("sequence")) == {"what": "Agreed."}


@pytest.mark.parametrize(
    ("level", "cited"), [("public", True), ("internal", True), ("restricted", False), ("secret", False)]
)
def test_a_meeting_is_cited_only_to_those_who_may_see_it(arrange, make_agreement, lawyer, level, cited):
    agreement = make_agreement()
    meeting = arrange(PAST, status="held", level=level, place="Astana", title_en="Quiet talks", agenda=[agreement])

    meetings.outcome_to(meeting.agenda.get(), by=lawyer, outcome="Agreed.", note=True)

    entry = Entry.objects.of(agreement).latest("sequence")
    assert (entry.source, entry.place) == (("Quiet talks", "Astana") if cited else ("", ""))
    assert entry.on == on(PAST)
