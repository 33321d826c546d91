"""Periods of validity to the day: renewals, the last day for notice, reminders, what lies between two instruments."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.dates import FuzzyDate
from agreements.periods import (
    Passing,
    Period,
    Validity,
    ending,
    last_day,
    notice_day,
    passage,
    period_on,
    shifted,
)

MANY = settings(max_examples=150, deadline=None)
ONE = timedelta(days=1)


def day(text: str) -> date:
    return date.fromisoformat(text)


def on(text: str) -> FuzzyDate:
    return FuzzyDate.parse(text)


def valid(until: str, years: int | None = None, months: int | None = None, notice: str = "") -> Validity:
    return Validity(on("2020-01-01"), day(until), years, months, on(notice) if notice else None)


def period(validity: Validity, at: date) -> Period:
    found = period_on(validity, at)
    assert found is not None
    return found


# ---- the last day for notice ----
@pytest.mark.parametrize(
    ("last", "months", "expected"),
    [
        ("2025-08-31", 6, "2025-02-28"),
        ("2024-08-31", 6, "2024-02-29"),
        ("2024-12-31", 6, "2024-06-30"),
        ("2024-12-31", 12, "2023-12-31"),
        ("2024-12-31", 3, "2024-09-30"),
        ("2024-02-29", 12, "2023-02-28"),
        ("2024-05-31", 3, "2024-02-29"),
        ("2025-03-30", 1, "2025-02-28"),
        ("2025-01-15", 1, "2024-12-15"),
    ],
)
def test_notice_lies_so_many_months_before_the_last_day_clipped_to_the_months_end(
    last: str, months: int, expected: str
) -> None:
    assert notice_day(day(last), months) == day(expected)


# ---- renewals ----
@pytest.mark.parametrize(
    ("until", "years", "number", "expected"),
    [
        ("2024-12-31", 5, 2, "2029-12-31"),
        ("2024-12-31", 5, 3, "2034-12-31"),
        # From 1 March to the end of February, whatever its length.
        ("2024-02-29", 1, 2, "2025-02-28"),
        ("2024-02-29", 1, 5, "2028-02-29"),
        ("2023-02-28", 1, 2, "2024-02-29"),
        # A period that would begin on 29 February begins on the 28th where there is none.
        ("2024-02-28", 1, 2, "2025-02-27"),
        ("2024-02-28", 4, 2, "2028-02-28"),
        ("2024-06-30", 10, 1, "2024-06-30"),
    ],
)
def test_each_period_ends_on_the_day_before_the_anniversary(until: str, years: int, number: int, expected: str) -> None:
    assert last_day(valid(until, years), number) == day(expected)


@pytest.mark.parametrize(
    ("at", "number", "first", "last", "notice"),
    [
        ("2019-06-01", 1, "2020-01-01", "2024-12-31", "2024-06-30"),
        ("2024-12-31", 1, "2020-01-01", "2024-12-31", "2024-06-30"),
        ("2025-01-01", 2, "2025-01-01", "2029-12-31", "2029-06-30"),
        ("2029-12-31", 2, "2025-01-01", "2029-12-31", "2029-06-30"),
        ("2031-07-01", 3, "2030-01-01", "2034-12-31", "2034-06-30"),
        ("2120-03-01", 21, "2120-01-01", "2124-12-31", "2124-06-30"),
    ],
)
def test_the_period_of_a_day(at: str, number: int, first: str, last: str, notice: str) -> None:
    found = period(valid("2024-12-31", 5, 6), day(at))
    assert (found.number, found.first, found.last, found.last_notice, found.renews_on, found.expired) == (
        number,
        on(first),
        day(last),
        day(notice),
        day(last) + ONE,
        False,
    )


def test_a_first_period_that_ends_on_the_first_of_all_days_is_renewed_like_others() -> None:
    validity = valid("0001-01-01", 5, 6, "2024-12-01")

    assert last_day(validity, 2) == date(6, 1, 1)
    assert ending(validity) == FuzzyDate.of_day(day("2026-01-01"))
    assert period(validity, day("2024-12-28")) == Period(406, on("2021-01-02"), day("2026-01-01"))


def test_without_renewal_it_ends_and_without_a_last_day_it_does_not() -> None:
    assert ending(valid("2024-12-31")) == on("2024-12-31")
    found = period(valid("2024-12-31"), day("2025-01-01"))
    assert (found.number, found.renews_on, found.last_notice, found.expired) == (1, None, None, True)
    assert not period(valid("2024-12-31"), day("2024-12-31")).expired
    assert (period_on(Validity(on("2020")), day("2024-12-31")), ending(Validity())) == (None, None)


def test_a_renewal_without_months_of_notice_has_no_last_day_for_it() -> None:
    found = period(valid("2024-12-31", 1), day("2024-12-01"))
    assert (found.last_notice, found.renews_on) == (None, day("2025-01-01"))


# ---- notice ----
@pytest.mark.parametrize(
    ("notice", "expected"),
    [
        ("2024-06-30", "2024-12-31"),
        ("2024-07-01", "2029-12-31"),
        ("2029-06-30", "2029-12-31"),
        ("2029-07-01", "2034-12-31"),
        ("2022-02", "2024-12-31"),
        # Some day of 2024: in time, or too late by up to six months.
        ("2024", "2024-12-31/2029-12-31"),
        ("after 2024-03-01", "2024-12-31/"),
    ],
)
def test_a_notice_ends_it_with_the_first_period_for_which_it_was_in_time(notice: str, expected: str) -> None:
    end = ending(valid("2024-12-31", 5, 6, notice))
    assert end is not None
    assert end.iso == expected


def test_after_a_notice_the_last_period_stays_the_last() -> None:
    given_in_time = valid("2024-12-31", 5, 6, "2024-06-01")
    before, after = (period(given_in_time, day(at)) for at in ("2024-10-01", "2026-01-01"))
    assert (before.number, before.last, before.renews_on, before.expired) == (1, day("2024-12-31"), None, False)
    assert (after.number, after.last, after.renews_on, after.expired) == (1, day("2024-12-31"), None, True)
    late = period(valid("2024-12-31", 5, 6, "2024-08-01"), day("2024-10-01"))
    assert (late.renews_on, late.certain) == (day("2025-01-01"), True)
    vague = period(valid("2024-12-31", 5, 6, "2024"), day("2024-10-01"))
    assert (vague.renews_on, vague.certain) == (day("2025-01-01"), False)


# ---- reminders ----
def test_reminders_come_ahead_of_the_end_and_of_the_last_day_for_notice() -> None:
    found = period(valid("2024-12-31", 1, 3), day("2024-01-01"))
    assert [(one.of, one.ahead, one.on.isoformat()) for one in found.reminders()] == [
        ("end", 180, "2024-07-04"),
        ("end", 90, "2024-10-02"),
        ("end", 30, "2024-12-01"),
        ("end", 7, "2024-12-24"),
        ("notice", 180, "2024-04-03"),
        ("notice", 90, "2024-07-02"),
        ("notice", 30, "2024-08-31"),
        ("notice", 7, "2024-09-23"),
    ]
    following = {at: found.next_reminder(day(at)) for at in ("2024-01-01", "2024-09-23", "2024-09-24", "2024-12-25")}
    assert {at: one and (one.of, one.ahead) for at, one in following.items()} == {
        "2024-01-01": ("notice", 180),
        "2024-09-23": ("notice", 7),
        "2024-09-24": ("end", 90),
        "2024-12-25": None,
    }


# ---- one instrument after another ----
@pytest.mark.parametrize(
    ("last", "first", "at", "how", "since", "until", "days"),
    [
        # The roadmaps on raw materials: the first ended with 2024, the second is not signed.
        ("2024-12-31", "", "2025-03-01", "gap", "2025-01-01", None, 60),
        ("2024-12-31", "", "2025-01-01", "gap", "2025-01-01", None, 1),
        ("2024-12-31", "2025-03-02", "2025-03-01", "gap", "2025-01-01", None, 60),
        ("2024-12-31", "2025-03-02", "2025-03-02", "gap", "2025-01-01", "2025-03-01", 60),
        ("2024-02-28", "2024-03-01", "2025-01-01", "gap", "2024-02-29", "2024-02-29", 1),
        ("2024-12-31", "2025-01-01", "2025-03-01", "joined", "2025-01-01", "2025-01-01", 1),
        ("2024-12-31", "2024-12-31", "2025-03-01", "overlap", "2024-12-31", "2024-12-31", 1),
        ("2024-12-31", "2024-12-01", "2025-03-01", "overlap", "2024-12-01", "2024-12-31", 31),
        ("2024-12-31", "2024-12-01", "2024-12-10", "overlap", "2024-12-01", "2024-12-31", 10),
        ("", "2024-12-01", "2024-12-10", "overlap", "2024-12-01", None, 10),
        # Some day of March: a gap of two months at least, in that month perhaps a few days more.
        ("2024-12-31", "2025-03", "2025-06-01", "gap", "2025-01-01", "2025-02-28/2025-03-30", 59),
        ("2024-12", "2025-01", "2025-06-01", "unsure", "2024-12-02/2025-01-31", "2024-12-02/2025-01-31", 0),
    ],
)
def test_gaps_and_overlaps_to_the_day(
    last: str, first: str, at: str, how: str, since: str, until: str | None, days: int
) -> None:
    found = passage(on(last) if last else None, on(first) if first else None, day(at))
    assert found is not None
    assert (found.how.value, found.since.iso, found.until.iso if found.until else None, found.days) == (
        how,
        since,
        until,
        days,
    )


@pytest.mark.parametrize(
    ("last", "first", "at"),
    [
        ("2024-12-31", "", "2024-12-31"),
        ("2024-12-31", "2025-02-01", "2024-12-28"),
        ("2024", "", "2024-12-31"),
        ("", "", "2024-12-31"),
    ],
)
def test_before_it_ends_for_certain_nothing_is_said(last: str, first: str, at: str) -> None:
    assert passage(on(last) if last else None, on(first) if first else None, day(at)) is None


# ---- what always holds ----
days = st.dates(date(1950, 1, 1), date(2100, 12, 31))
years = st.integers(1, 40)


@MANY
@given(until=days, renewal=years, number=st.integers(1, 30))
def test_periods_follow_each_other_without_a_day_between_them(until: date, renewal: int, number: int) -> None:
    validity = Validity(None, until, renewal)
    last, following = last_day(validity, number), last_day(validity, number + 1)
    assert last is not None
    assert following is not None
    assert 0 < (following - last).days - 365 * renewal + 3 < renewal // 4 + 6
    assert period(validity, last).number == number
    begun = period(validity, last + ONE)
    assert (begun.number, begun.first, begun.last) == (number + 1, FuzzyDate.of_day(last + ONE), following)


@MANY
@given(until=days, renewal=years, at=days)
def test_a_day_lies_in_its_period(until: date, renewal: int, at: date) -> None:
    found = period(Validity(FuzzyDate.of_day(date(1900, 1, 1)), until, renewal), at)
    assert found.first is not None
    assert found.first.earliest <= at <= found.last


#: Those with which reckoning begins and ends among them.
any_days = st.dates() | st.sampled_from((date.min, date.min + ONE, date.max - ONE, date.max))


@MANY
@given(until=any_days, renewal=st.integers(1, 100), months=st.integers(1, 120), at=any_days, notice=any_days)
def test_every_day_lies_before_the_end_of_its_period(
    until: date, renewal: int, months: int, at: date, notice: date
) -> None:
    assert period(Validity(None, until, renewal, months), at).last >= at
    told = Validity(None, until, renewal, months, FuzzyDate.of_day(notice))
    assert period(told, at).last >= min(at, until)


@MANY
@given(until=days, renewal=years, months=st.integers(1, 24), notice=days)
def test_the_notice_was_in_time_for_the_end_and_too_late_for_the_period_before(
    until: date, renewal: int, months: int, notice: date
) -> None:
    validity = Validity(None, until, renewal, months, FuzzyDate.of_day(notice))
    end = ending(validity)
    assert end is not None
    assert notice <= notice_day(end.latest, months)
    number = period(Validity(None, until, renewal), end.latest).number
    before = last_day(validity, number - 1) if number > 1 else None
    assert before is None or notice > notice_day(before, months)


@MANY
@given(last=days, first=days, at=days)
def test_a_gap_and_an_overlap_are_never_both(last: date, first: date, at: date) -> None:
    found = passage(FuzzyDate.of_day(last), FuzzyDate.of_day(first), at)
    begun = first <= at
    expected = (
        Passing.GAP
        if (begun and last + ONE < first) or (not begun and last < at)
        else Passing.OVERLAP
        if begun and first <= last
        else Passing.JOINED
        if begun
        else None
    )
    assert (found.how if found else None) == expected
    if found and found.until and found.until.latest <= at:
        assert found.days == abs((first - last).days - (1 if expected == Passing.GAP else 0)) + (
            expected == Passing.OVERLAP
        )


@MANY
@given(when=days, number=st.integers(-400, 400))
def test_a_date_that_is_moved_and_moved_back_is_the_same(when: date, number: int) -> None:
    assert shifted(shifted(FuzzyDate.of_day(when), number), -number) == FuzzyDate.of_day(when)
    assert shifted(FuzzyDate.unknown(), number) == FuzzyDate.unknown()
