"""What a meeting may be and may become, and the sentences that say why not."""

from datetime import UTC, date, datetime, time

import pytest

from agreements import clock, journal, meetings
from agreements.choices import EntryKind, MeetingStatus
from agreements.models import Entry, Meeting
from agreements.reports.meetings_facts import meetings_of
from tests.meetings.conftest import AHEAD, PAST, on, refusal

CANCELLED = "A cancelled meeting cannot be held. Confirm it first, if it took place after all."
HELD = "The meeting was held: it cannot be cancelled any more."
STATUSES = list(MeetingStatus)


# ---- arranging ----
def test_a_meeting_is_arranged_as_one_entry(arrange, officer, parties, make_agreement):
    agreement = make_agreement()
    made = arrange(by=officer, parties=parties.values(), agenda=[meetings.Point(agreement, "Ask for the day.")])

    kept = Meeting.objects.get()
    (entry,) = Entry.objects.of(kept)
    assert (kept.pk, kept.version, kept.status, kept.feed_sequence) == (made.pk, 1, "tentative", 0)
    assert sorted(kept.parties.values_list("code", flat=True)) == ["EU", "KZ"]
    assert [(item.number, item.agreement, item.talking_points) for item in kept.agenda.all()] == [
        (1, agreement, "Ask for the day.")
    ]
    assert (entry.kind, journal.data_of(entry)["record"]["parties"]) == (EntryKind.OPEN, ["EU", "KZ"])
    assert list(journal.verify()) == []
    assert [fault.what for fault in journal.differing() if fault.subject_kind == "meeting"] == []


def test_who_may_not_edit_arranges_nothing(arrange, reader):
    assert refusal(lambda: arrange(by=reader)) == [("not-permitted", "You do not have the right to do this.")]
    assert not Meeting.objects.exists()


def test_nobody_arranges_above_his_own_level(arrange, officer):
    assert [code for code, _s in refusal(lambda: arrange(by=officer, level="secret"))] == ["not-permitted"]
    assert not Meeting.objects.exists()


def test_nobody_changes_what_is_above_his_level(arrange, officer):
    meeting = arrange(level="secret")

    assert [code for code, _s in refusal(lambda: meetings.change(meeting, by=officer, place="Astana"))] == [
        "not-permitted"
    ]


# ---- from status to status: the whole table ----
ALLOWED = {
    ("tentative", "confirmed"), ("tentative", "held"), ("tentative", "cancelled"),
    ("confirmed", "tentative"), ("confirmed", "held"), ("confirmed", "cancelled"),
    ("cancelled", "tentative"), ("cancelled", "confirmed"),
    ("held", "tentative"), ("held", "confirmed"),
}  # fmt: skip


@pytest.mark.parametrize("was", STATUSES)
@pytest.mark.parametrize("to", STATUSES)
def test_a_meeting_goes_from_status_to_status(arrange, officer, was, to):
    meeting = arrange(PAST, status=was)

    if was == to or (was, to) in ALLOWED:
        assert meetings.change(meeting, by=officer, status=to).status == to
    else:
        expected = ("meeting-cancelled", CANCELLED) if was == "cancelled" else ("meeting-held", HELD)
        assert refusal(lambda: meetings.change(meeting, by=officer, status=to)) == [expected]
        assert Meeting.objects.get().status == was


def test_the_acts_are_cases_of_the_table(arrange, officer):
    meeting = arrange(PAST)

    assert meetings.confirm(meeting, by=officer).status == "confirmed"
    assert meetings.cancel(meeting, by=officer).status == "cancelled"
    assert refusal(lambda: meetings.held(meeting, by=officer)) == [("meeting-cancelled", CANCELLED)]
    meetings.confirm(meeting, by=officer)
    assert meetings.held(meeting, by=officer, outcome="Agreed.").outcome == "Agreed."
    assert refusal(lambda: meetings.cancel(meeting, by=officer)) == [("meeting-held", HELD)]
    assert Entry.objects.of(meeting).count() == Meeting.objects.get().version == 5


@pytest.mark.parametrize(
    ("when", "refused"),
    [
        ("2024-12-28", False),
        ("2024-12-29", True),
        ("2024-12", False),
        ("2025-01", True),
        ("2024-H2", False),
        ("2025-H1", True),
        ("2024", False),
        ("2025", True),
        ("unknown", False),
        ("2025-01-01/", True),
    ],
)
def test_a_held_meeting_does_not_lie_certainly_ahead(arrange, officer, when, refused):
    meeting = arrange(when)
    said = f"{on(when)} is still to come. A meeting was held on a day that has come.".replace("\u00a0", " ")

    assert (MeetingStatus.HELD in meetings.moves(meeting)) is not refused
    if refused:
        assert refusal(lambda: meetings.held(meeting, by=officer)) == [("meeting-ahead", said)]
        assert refusal(lambda: arrange(when, status="held")) == [("meeting-ahead", said)]
    else:
        assert meetings.held(meeting, by=officer).status == "held"


def test_a_held_meeting_is_not_moved_ahead(arrange, officer):
    meeting = arrange(PAST, status="held")

    assert [code for code, _s in refusal(lambda: meetings.change(meeting, by=officer, on=on(AHEAD)))] == [
        "meeting-ahead"
    ]


def test_a_meeting_of_half_a_year_is_held_on_a_day(arrange, officer):
    meeting = arrange("2024-H2")

    held = meetings.held(meeting, by=officer, on=on("2024-11-05"))

    assert (held.status, held.on.iso) == ("held", "2024-11-05")


def test_another_day_takes_the_times_away(arrange, officer):
    start = datetime(2024, 10, 21, 5, tzinfo=UTC)
    meeting = arrange(PAST, starts_at=start)

    assert meetings.held(meeting, by=officer, on=on(PAST)).starts_at == start
    moved = meetings.held(meeting, by=officer, on=on("2024-10-22"))
    assert (moved.starts_at, moved.time_zone) == (None, "")


# ---- times ----
OTHER_DAY = "By the clocks of Asia/Almaty, the start is not on 13 May 2025."
SKIPPED = "The clocks of Europe/Brussels do not show 02:30 on 30 March 2025: they are put forward past it."


def at(hour: int, minute: int = 0, day: int = 13) -> datetime:
    return datetime(2025, 5, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "columns", "reasons"),
    [
        (AHEAD, {"starts_at": at(5), "ends_at": at(7)}, []),
        (AHEAD, {"starts_at": at(5)}, []),
        (AHEAD, {"starts_at": at(18, 59)}, []),
        (AHEAD, {"starts_at": at(22, day=12), "time_zone": "Europe/Brussels"}, []),
        (AHEAD, {"starts_at": at(19)}, [("time-other-day", OTHER_DAY)]),
        (AHEAD, {"ends_at": at(7)}, [("start-missing", "Give the start of the meeting, too.")]),
        (AHEAD, {"starts_at": at(7), "ends_at": at(7)}, [("end-before-start", "The end is not after the start.")]),
        (
            AHEAD,
            {"starts_at": at(5), "time_zone": "Mars/Olympus"},
            [("zone-unknown", "“Mars/Olympus” is not a time zone. Write it as Asia/Almaty or Europe/Brussels.")],
        ),
        (
            "2025-05",
            {"starts_at": at(7), "ends_at": at(5)},
            [
                ("time-needs-day", "A time of day needs the very day of the meeting, and “May 2025” is none."),
                ("end-before-start", "The end is not after the start."),
            ],
        ),
        (
            "3000-01-01",
            {"starts_at": datetime(3000, 1, 1, 5, tzinfo=UTC)},
            [("time-out-of-range", "A time of day is kept for years from 1900 to 2999.")],
        ),
    ],
)  # fmt: skip
def test_times_need_a_day_and_a_zone(arrange, when, columns, reasons):
    if reasons:
        assert refusal(lambda: arrange(when, **columns)) == reasons
        assert not Meeting.objects.exists()
    else:
        meeting = arrange(when, **columns)
        assert meeting.starts_at == columns["starts_at"]
        assert meeting.time_zone == columns.get("time_zone", "Asia/Almaty")


def test_a_zone_without_times_is_not_kept(arrange):
    assert arrange(time_zone="Europe/Brussels").time_zone == ""


@pytest.mark.parametrize(
    ("day", "clock", "zone", "expected"),
    [
        (date(2024, 2, 29), time(10), "Asia/Almaty", datetime(2024, 2, 29, 4, tzinfo=UTC)),
        (date(2024, 3, 2), time(10), "Asia/Almaty", datetime(2024, 3, 2, 5, tzinfo=UTC)),  # one zone since March 2024
        (date(2025, 1, 13), time(10), "Europe/Brussels", datetime(2025, 1, 13, 9, tzinfo=UTC)),
        (date(2025, 7, 13), time(10), "Europe/Brussels", datetime(2025, 7, 13, 8, tzinfo=UTC)),
        (date(2025, 10, 26), time(2, 30), "Europe/Brussels", datetime(2025, 10, 26, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_told_by_the_clocks_of_its_zone(day, clock, zone, expected):
    assert meetings.moment(day, clock, zone) == expected


def test_a_time_that_no_clock_shows_is_refused():
    told = refusal(lambda: meetings.moment(date(2025, 3, 30), time(2, 30), "Europe/Brussels", asked="ends_at"))

    assert told == [("time-skipped", SKIPPED)]


# ---- what calendars elsewhere count ----
@pytest.mark.parametrize(
    ("columns", "counts"),
    [
        ({"place": "Astana"}, True),
        ({"on": on("2025-05-14")}, True),
        ({"status": "confirmed"}, True),
        ({"title_kk": "Кеңес"}, True),
        ({"level": "public"}, True),
        ({"starts_at": at(5)}, True),
        ({"counterpart_kk": "Төрағалық"}, True),
        ({"outcome": "Agreed."}, False),
        ({"outcome_ru": "Согласовано."}, False),
        ({"source": "Calendar of events"}, False),
        ({"certainty": "reported"}, False),
        ({}, False),
    ],
)
def test_a_change_counts_where_calendars_show_it(arrange, officer, columns, counts):
    made = arrange()

    changed = meetings.change(made, by=officer, **columns)

    assert changed.feed_sequence == int(counts)
    assert (changed.shown_at > made.shown_at) is counts
    assert Meeting.objects.get().shown_at == changed.shown_at
    assert changed.version == 1 + bool(columns)


def test_talking_points_do_not_count_and_points_do_where_all_may_know_of_them(
    arrange, officer, lawyer, make_agreement, hidden
):
    seen = make_agreement()
    meeting = arrange(agenda=[seen])

    def counted(*points: meetings.Point) -> int:
        return meetings.change(meeting, by=lawyer, agenda=points).feed_sequence

    assert counted(meetings.Point(seen, "Say this.")) == 0
    assert counted(meetings.Point(seen), meetings.Point(hidden)) == 0
    assert counted(meetings.Point(hidden)) == 1
    assert counted() == 1


def test_a_chain_from_before_there_were_translations_is_whole_and_goes_on(arrange, lawyer, monkeypatch):
    with monkeypatch.context() as before:
        columns = [name for name in Meeting.RECORDED_TEXT if not name.startswith(("counterpart_", "outcome_"))]
        before.setattr(Meeting, "RECORDED_TEXT", tuple(columns))
        meeting = arrange(PAST, status="held", counterpart="the Presidency", outcome="Agreed.")
    known_at = clock.now()

    assert "counterpart_ru" not in journal.text_of(Entry.objects.get())["record"]
    assert (list(journal.verify()), list(journal.differing())) == ([], [])
    meetings.change(meeting, by=lawyer, counterpart_ru="Председательство", outcome_kk="Келісілді.")
    assert (list(journal.verify()), list(journal.differing())) == ([], [])
    assert journal.text_of(Entry.objects.latest("sequence"))["changes"] == {
        "counterpart_ru": ["", "Председательство"],
        "outcome_kk": ["", "Келісілді."],
    }
    then, now = (meetings_of(lawyer, moment)[meeting.pk] for moment in (known_at, None))
    assert (then.counterparts, then.outcomes) == (
        {"en": "the Presidency", "ru": "", "kk": ""},
        {"en": "Agreed.", "ru": "", "kk": ""},
    )
    assert (now.counterparts["ru"], now.outcomes["kk"]) == ("Председательство", "Келісілді.")


def test_a_meeting_from_before_the_count_keeps_its_stamp(arrange, officer):
    meeting = arrange()
    Meeting.objects.filter(pk=meeting.pk).update(feed_changed_at=None)
    before = Meeting.objects.get().shown_at

    changed = meetings.change(meeting, by=officer, outcome="Agreed.")

    assert (changed.shown_at, changed.feed_sequence) == (before, 0)
    assert changed.changed_at > before
