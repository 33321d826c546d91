"""The feed as calendar programs read it: by two parsers, and by our own reading of RFC 5545."""

from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
import time_machine
import vobject
from django.test import Client
from django.urls import reverse

from agreements import feeds, meetings, registers
from agreements.models import FeedToken, Meeting, User
from tests.meetings.conformance import check
from tests.meetings.conftest import PAST, on

LONG = (
    "Қазақстан Республикасы мен Еуропалық одақ арасындағы ынтымақтастық кеңесінің отырысы; күн тәртібі: "
    "көлік, энергетика, «жасыл» экономика, \\ білім және ғылым"
)


def body(user: User, language: str = "en", **filters: str) -> bytes:
    """Return what a new feed of the user says."""
    _feed, secret = feeds.create(user, name="Calendar", language=language, filters=filters)
    response = Client().get(reverse("calendar-feed", args=[secret]))
    assert (response.status_code, response["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return response.content


def read(file: bytes) -> list[icalendar.Event]:
    """Return the events as the library reads them, once our own check and a second parser have read the same."""
    told = check(file)
    events = list(icalendar.Calendar.from_ical(file).walk("VEVENT"))
    second = getattr(vobject.readOne(file.decode()), "vevent_list", [])
    assert [event["UID"][0][1] for event in told] == [str(event["UID"]) for event in events]
    assert [one.uid.value for one in second] == [str(event["UID"]) for event in events]
    for event, one in zip(events, second, strict=True):
        assert one.summary.value == str(event["SUMMARY"])
        assert one.dtstart.value == event["DTSTART"].dt
        assert (one.dtend.value if hasattr(one, "dtend") else None) == (event["DTEND"].dt if "DTEND" in event else None)
        assert (one.description.value if hasattr(one, "description") else "") == str(event.get("DESCRIPTION", ""))
    return events


def words(event: icalendar.Event, *names: str) -> tuple[str, ...]:
    return tuple(str(event[name]) for name in names)


# ---- the file ----
def test_a_calendar_with_nothing_in_it(reader, council):
    file = body(reader)
    calendar = icalendar.Calendar.from_ical(file)

    assert read(file) == []
    assert [str(calendar[name]) for name in ("PRODID", "VERSION", "NAME", "X-WR-CALNAME")] == [
        "-//Pacta//Calendar//EN",
        "2.0",
        "Calendar",
        "Calendar",
    ]
    assert "METHOD" not in calendar
    assert str(calendar["DESCRIPTION"]) == "Meetings and dates of agreements, as far as you may see them in Pacta."


def test_a_name_does_not_write_lines_of_its_own(reader, council):
    feed, secret = feeds.create(reader, name="Desk", language="en")
    type(feed).objects.filter(pk=feed.pk).update(name="Desk; all, of it\r\nBEGIN:VEVENT")  # as from before
    file = Client().get(reverse("calendar-feed", args=[secret])).content

    assert read(file) == []
    for name in (b"NAME", b"X-WR-CALNAME"):
        assert b"\r\n" + name + rb":Desk\; all\, of it\nBEGIN:VEVENT" + b"\r\n" in file


# ---- days and times ----
def test_a_meeting_of_a_day(arrange, reader):
    meeting = arrange("2025-05-13", status="confirmed", level="public", place="Astana")
    (event,) = read(body(reader))

    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2025, 5, 13), date(2025, 5, 14))
    assert words(event, "UID", "SUMMARY", "STATUS", "TRANSP", "CLASS", "LOCATION", "SEQUENCE") == (
        f"{meeting.pk}@pacta", "Cooperation Council", "CONFIRMED", "TRANSPARENT", "PUBLIC", "Astana", "0",
    )  # fmt: skip
    stamp = meeting.shown_at.replace(microsecond=0)
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == stamp
    assert str(event["URL"]) == f"http://testserver/meetings/{meeting.pk}/"


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [("2025-01-14", 10, 9), ("2025-07-15", 10, 8)],
    ids=["winter", "summer"],
)
def test_a_meeting_with_times_is_told_in_utc(arrange, reader, day, hour, expected):
    start = meetings.moment(date.fromisoformat(day), datetime.min.replace(hour=hour).time(), "Europe/Brussels")
    arrange(day, status="confirmed", time_zone="Europe/Brussels", starts_at=start, ends_at=start + timedelta(hours=2))
    (event,) = read(body(reader))

    begun = datetime.fromisoformat(day).replace(hour=expected, tzinfo=UTC)
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (begun, begun + timedelta(hours=2))
    assert str(event["TRANSP"]) == "OPAQUE"
    assert "Time: 10:00–12:00, Europe/Brussels" in str(event["DESCRIPTION"])


def test_no_end_is_invented(arrange, reader):
    arrange("2025-05-13", starts_at=datetime(2025, 5, 13, 5, tzinfo=UTC))
    (event,) = read(body(reader))

    assert "DTEND" not in event
    assert event["DTSTART"].dt == datetime(2025, 5, 13, 5, tzinfo=UTC)


# ---- imprecise dates ----
@pytest.mark.parametrize(
    ("when", "first", "after", "summary"),
    [
        ("2025-05", date(2025, 5, 1), date(2025, 6, 1), "Cooperation Council (day not fixed: May 2025)"),
        ("2025-02", date(2025, 2, 1), date(2025, 3, 1), "Cooperation Council (day not fixed: February 2025)"),
        (
            "2025-05-12/2025-05-14",
            date(2025, 5, 12),
            date(2025, 5, 15),
            "Cooperation Council (day not fixed: a day from 12 May 2025 to 14 May 2025)",
        ),
    ],
)
def test_a_day_that_is_not_fixed_spans_the_days_it_can_be(arrange, reader, when, first, after, summary):
    arrange(when, status="confirmed")
    (event,) = read(body(reader))

    assert (event["DTSTART"].dt, event["DTEND"].dt) == (first, after)
    assert words(event, "SUMMARY", "STATUS", "TRANSP") == (summary, "TENTATIVE", "TRANSPARENT")


def test_a_meeting_that_was_held_in_a_month_is_not_tentative(arrange, reader):
    arrange("2024-10", status="held")
    (event,) = read(body(reader))

    assert words(event, "SUMMARY", "STATUS") == ("Cooperation Council (day not known: October 2024)", "CONFIRMED")


@pytest.mark.parametrize("when", ["2025-Q1", "2025-H2", "2025", "unknown", "2025-01-01/", "2025-01-01/2025-02-01"])
def test_what_has_no_month_is_left_out_and_counted(arrange, reader, when):
    arrange(when)
    file = body(reader)

    assert read(file) == []
    assert str(icalendar.Calendar.from_ical(file)["DESCRIPTION"]).endswith(
        "1 event is not shown, because not even its month is known: see the calendar in Pacta."
    )


def test_two_left_out_are_counted_as_two(arrange, reader):
    arrange("2025")
    arrange("2026")

    assert b"2 events are not shown" in body(reader).replace(b"\r\n ", b"")


# ---- what changes ----
def test_a_meeting_that_moves_keeps_its_name(arrange, officer, reader):
    meeting = arrange("2025-05")
    (before,) = read(body(reader))
    meetings.change(meeting, by=officer, on=on("2025-06-03"))
    (after,) = read(body(reader))

    assert (str(after["UID"]), after["DTSTART"].dt, after["SEQUENCE"]) == (str(before["UID"]), date(2025, 6, 3), 1)
    assert after["DTSTAMP"].dt >= before["DTSTAMP"].dt
    assert str(after["SUMMARY"]) == "Cooperation Council"


def test_a_cancelled_meeting_stays_as_cancelled(arrange, officer, reader):
    meeting = arrange("2025-05-13", starts_at=datetime(2025, 5, 13, 5, tzinfo=UTC), status="confirmed")
    meetings.cancel(meeting, by=officer)
    (event,) = read(body(reader))

    assert words(event, "STATUS", "SEQUENCE", "TRANSP") == ("CANCELLED", "1", "TRANSPARENT")


def test_a_planned_date_moves_and_goes(make_agreement, officer, reader):
    agreement = make_agreement(procedure="non_binding", stage="signing", columns={"planned_signing": on("2025-03-04")})
    (before,) = read(body(reader))
    with registers.editing(agreement, by=officer) as fresh:
        fresh.planned_signing = on("2025-04")
    (after,) = read(body(reader))

    assert words(before, "UID", "SUMMARY", "STATUS") == (
        f"{agreement.pk}.signing@pacta",
        "Planned signing: Horizontal Aviation Agreement",
        "TENTATIVE",
    )
    assert str(after["UID"]) == str(before["UID"])
    assert (before["DTSTART"].dt, after["DTSTART"].dt, after["DTEND"].dt) == (
        date(2025, 3, 4), date(2025, 4, 1), date(2025, 5, 1),
    )  # fmt: skip
    assert after["SEQUENCE"] > before["SEQUENCE"]
    with registers.editing(agreement, by=officer) as fresh:
        fresh.planned_signing = None
    assert read(body(reader)) == []


def test_the_last_day_of_all_has_its_place(reader, make_agreement):
    agreement = make_agreement(columns={"valid_until": date.max})
    (event,) = read(body(reader))

    assert str(event["UID"]) == f"{agreement.pk}.validity@pacta"
    assert (event["DTSTART"].dt, "DTEND" in event) == (date.max, False)


def test_what_is_unchanged_gives_the_same_bytes_on_any_day(arrange, reader, make_agreement):
    make_agreement(columns={"valid_until": date(2026, 12, 31)})
    arrange("2025-05", agenda=[make_agreement()])
    arrange("2025")
    _feed, secret = feeds.create(reader, name="Calendar", language="kk")
    address = reverse("calendar-feed", args=[secret])
    first = Client().get(address)

    for days in (0, 1, 400):
        with time_machine.travel(datetime.now(UTC) + timedelta(days=days)):
            again = Client().get(address)
            assert again.content == first.content
            assert (again["ETag"], again["Last-Modified"]) == (first["ETag"], first["Last-Modified"])


def test_what_is_not_shown_changes_no_byte(arrange, officer, lawyer, reader, make_agreement, hidden):
    seen = make_agreement()
    meeting = arrange(PAST, status="held", agenda=[seen])
    _feed, secret = feeds.create(reader, name="Calendar", language="en")
    address = reverse("calendar-feed", args=[secret])
    first = Client().get(address).content

    meetings.change(meeting, by=officer, outcome="Agreed.", source="Calendar of events")
    meetings.outcome_to(meeting.agenda.get(), by=officer, outcome="It goes on.")
    meetings.change(meeting, by=lawyer, agenda=[meetings.Point(hidden, "Say nothing."), meetings.Point(seen, "Ask.")])
    arrange("2025-05-13", level="secret")

    assert Client().get(address).content == first


# ---- what may leave the register ----
def test_neither_talking_points_nor_outcomes_leave_the_register(arrange, reader, make_agreement):
    points = [meetings.Point(make_agreement(), "Ask for the day.", "They will think.")]
    arrange(PAST, status="held", outcome="Two hours.", source="Notes of the desk", agenda=points)
    file = body(reader).replace(b"\r\n ", b"")

    for kept in (b"Ask for the day", b"They will think", b"Two hours", b"Notes of the desk"):
        assert kept not in file
    assert b"Horizontal Aviation Agreement" in file


@pytest.mark.parametrize("level", ["public", "internal", "restricted", "secret"])
def test_what_is_not_public_is_marked(arrange, lawyer, level):
    arrange(level=level)
    (event,) = read(body(lawyer))

    assert str(event["CLASS"]) == ("PUBLIC" if level == "public" else "CONFIDENTIAL")


def test_a_feed_shows_what_its_user_sees_now(arrange, reader, make_agreement, hidden):
    arrange(agenda=[hidden], title_en="Internal")
    arrange(level="secret", title_en="Secret")

    assert [str(event["SUMMARY"]) for event in read(body(reader))] == ["Internal"]
    assert b"nobody knows of" not in body(reader).replace(b"\r\n ", b"")
    reader.access_level = "public"
    reader.save()
    assert read(body(reader)) == []
    reader.access_level = "secret"
    reader.save()
    assert sorted(str(event["SUMMARY"]) for event in read(body(reader))) == ["Internal", "Secret"]


# ---- texts ----
def test_a_long_kazakh_text_comes_out_as_it_went_in(arrange, reader):
    meeting = arrange(title_kk=LONG, counterpart="Еуропалық одақ")
    Meeting.objects.filter(pk=meeting.pk).update(place="Астана, Мәңгілік Ел даңғылы; 8-үй\nкіреберіс «А»")
    file = body(reader, "kk")
    (event,) = read(file)

    assert words(event, "SUMMARY", "LOCATION") == (
        LONG,
        "Астана, Мәңгілік Ел даңғылы; 8-үй\nкіреберіс «А»",
    )
    assert max(len(line) for line in file.split(b"\r\n")) <= 75


def test_characters_that_no_text_may_hold_are_left_out(arrange, reader):
    meeting = arrange(title_en="Bell")
    Meeting.objects.filter(pk=meeting.pk).update(title_en="Be\x07ll\r\nBEGIN:VEVENT", place="a\x0bb\x1bc")
    (event,) = read(body(reader))

    assert words(event, "SUMMARY", "LOCATION") == ("Bell\nBEGIN:VEVENT", "abc")


@pytest.mark.parametrize(
    ("language", "title", "told"),
    [
        ("en", "Cooperation Council", "With: the Presidency"),
        ("ru", "Совет сотрудничества", "С кем: Председательство"),
        ("kk", "Ынтымақтастық кеңесі", "Кіммен: Төрағалық"),
    ],
)
def test_a_feed_speaks_its_own_language(arrange, reader, language, title, told):
    arrange("2025-05", counterpart="the Presidency", counterpart_ru="Председательство", counterpart_kk="Төрағалық")
    _feed, secret = feeds.create(reader, name="Calendar", language=language)
    response = Client().get(reverse("calendar-feed", args=[secret]), headers={"Accept-Language": "en"})
    (event,) = read(response.content)

    assert str(event["SUMMARY"]).startswith(f"{title} (")
    assert on("2025-05").render(language).replace("\u00a0", " ") in str(event["SUMMARY"])
    assert told in str(event["DESCRIPTION"])
    assert response["Content-Language"] == language


def test_a_saved_filter_narrows_the_feed(arrange, reader, parties):
    arrange(parties=[parties["EU"]], title_en="With")
    arrange(title_en="Without")

    assert [str(event["SUMMARY"]) for event in read(body(reader, party="EU"))] == ["With"]
    assert FeedToken.objects.get().filters == {"party": "EU"}
