"""When somebody is told, and which events belong together."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from agreements import notice_choices, tidings
from agreements.choices import EntryKind, SubjectKind
from agreements.notice_choices import EventGroup, Pace

ASTANA = ZoneInfo("Asia/Almaty")
TIMES = st.times().filter(lambda at: at.tzinfo is None)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(ASTANA))
#: Every list of words, with its words in order.
WORDS = {
    "WatchKind": "agreement party area view unit",
    "EventGroup": "steps acts documents tasks meetings corrections data",
    "Pace": "immediately daily weekly",
    "DigestKind": "none officer head office",
    "MailState": "none waiting sent withheld failed",
    "MailingKind": "single gathered storm digest",
}


@pytest.mark.parametrize("name", WORDS)
def test_list_has_exactly_its_words_in_order_and_each_its_own_label(name):
    kind = getattr(notice_choices, name)
    with translation.override("en"):
        labels = [str(label) for label in kind.labels]

    assert kind.values == WORDS[name].split()
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    ("subject", "kind", "group", "important"),
    [
        ("agreement", "open", "steps", True),
        ("agreement", "step", "steps", True),
        ("agreement", "hold", "steps", True),
        ("agreement", "release", "steps", True),
        ("agreement", "note", "data", False),
        ("agreement", "action", "acts", False),
        ("agreement", "document", "documents", False),
        ("agreement", "clearance", "tasks", False),
        ("agreement", "task", "tasks", False),
        ("agreement", "edit", "data", False),
        ("agreement", "marking", "documents", False),
        ("agreement", "access", "data", False),
        ("agreement", "void", "corrections", True),
        ("agreement", "redaction", "corrections", False),
        ("meeting", "open", "meetings", False),
        ("meeting", "edit", "meetings", False),
        ("meeting", "void", "corrections", False),
        ("party", "edit", "data", False),
        ("commitment", "void", "corrections", True),
    ],
)
def test_events_belong_to_groups(subject, kind, group, important):
    assert tidings.group_of(subject, kind) == group
    assert tidings.is_important(subject, kind) is important


def test_every_kind_of_entry_belongs_to_a_group_about_every_subject():
    found = {tidings.group_of(subject, kind) for subject in SubjectKind for kind in EntryKind}

    assert found == set(EventGroup)


def test_entry_into_force_is_a_step_and_of_interest_with_the_acts():
    assert tidings.groups_of("agreement", "step", "enter_into_force") == {EventGroup.STEPS, EventGroup.ACTS}
    assert tidings.groups_of("agreement", "step", "sign") == {EventGroup.STEPS}


@pytest.mark.parametrize(
    ("at", "begins", "ends", "quiet"),
    [
        ("21:00", "20:00", "08:00", True), ("07:59", "20:00", "08:00", True), ("08:00", "20:00", "08:00", False),
        ("19:59", "20:00", "08:00", False), ("20:00", "20:00", "08:00", True), ("12:30", "12:00", "13:00", True),
        ("13:00", "12:00", "13:00", False), ("12:00", "12:00", "12:00", False), ("12:00", None, None, False),
    ],
)  # fmt: skip
def test_quiet_hours_go_over_midnight_and_end_before_their_end(at, begins, ends, quiet):
    read = [time.fromisoformat(text) if text else None for text in (at, begins, ends)]

    assert tidings.is_quiet(*read) is quiet


@given(MOMENTS, TIMES, TIMES)
def test_after_quiet_hours_it_is_never_quiet_never_earlier_and_never_a_day_later(moment, begins, ends):
    begins, ends = begins.replace(second=0, microsecond=0), ends.replace(second=0, microsecond=0)

    later = tidings.after_quiet(moment, begins, ends)

    assert timedelta(0) <= later - moment <= timedelta(days=1)
    assert not tidings.is_quiet(later.time(), begins, ends)
    assert later == moment or later.time() == ends


@pytest.mark.parametrize(
    ("moment", "pace", "hour", "weekday", "due"),
    [
        ("2024-12-28T07:59", "daily", 8, 0, "2024-12-28T08:00"),
        ("2024-12-28T08:00", "daily", 8, 0, "2024-12-29T08:00"),
        ("2024-12-28T23:00", "daily", 0, 0, "2024-12-29T00:00"),
        ("2024-12-28T09:00", "weekly", 8, 0, "2024-12-30T08:00"),
        ("2024-12-30T07:00", "weekly", 8, 0, "2024-12-30T08:00"),
        ("2024-12-30T08:00", "weekly", 8, 0, "2025-01-06T08:00"),
    ],
)
def test_mails_that_come_together_come_at_their_hour(moment, pace, hour, weekday, due):
    known = datetime.fromisoformat(moment).replace(tzinfo=ASTANA)

    assert tidings.next_at(known, pace, hour, weekday) == datetime.fromisoformat(due).replace(tzinfo=ASTANA)


@given(MOMENTS, st.sampled_from([Pace.DAILY, Pace.WEEKLY]), st.integers(0, 23), st.integers(0, 6))
def test_the_last_hour_is_not_after_a_moment_and_the_next_one_is_and_nothing_lies_between(moment, pace, hour, weekday):
    last, following = (found(moment, pace, hour, weekday) for found in (tidings.last_at, tidings.next_at))

    assert last <= moment < following
    assert following - last == timedelta(days=7 if pace == Pace.WEEKLY else 1)
    assert last.hour == following.hour == hour
    assert pace == Pace.DAILY or last.weekday() == following.weekday() == weekday


def test_what_is_immediate_waits_for_the_end_of_quiet_hours_and_what_is_gathered_does_not():
    night = datetime(2024, 12, 28, 22, 30, tzinfo=ASTANA)
    quiet = (time(20), time(8))

    assert tidings.due_at(night, Pace.IMMEDIATELY, hour=0, weekday=0, quiet=quiet) == datetime(
        2024, 12, 29, 3, tzinfo=UTC
    )
    assert tidings.due_at(night, Pace.DAILY, hour=6, weekday=0, quiet=quiet).hour == 6


@pytest.mark.parametrize(
    ("groups", "important_only", "important", "expected"),
    [
        ((), False, False, True), ((), True, False, False), ((), True, True, True), (("steps",), False, False, True),
        (("acts",), False, True, False), (("acts", "steps"), True, True, True),
    ],
)  # fmt: skip
def test_groups_and_importance_narrow(groups, important_only, important, expected):
    of = frozenset({EventGroup.STEPS})

    assert tidings.wanted(groups, important_only, of=of, important=important) is expected
