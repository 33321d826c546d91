"""Where dates have their place in the calendar, what of it a user sees, and the dates of agreements in it."""

from datetime import UTC, date, datetime

import pytest

from agreements import lifecycle, registers
from agreements.calendar import Days, bands, events_for, hours, place, placed
from agreements.choices import Precision
from agreements.models import Agreement
from agreements.selections import CalendarSelection
from tests.meetings.conftest import on, refusal

YEAR = Days(date(2025, 1, 1), date(2025, 12, 31))


# ---- places ----
@pytest.mark.parametrize(
    ("text", "precision", "first", "last"),
    [
        ("2025-05-13", Precision.DAY, "2025-05-13", "2025-05-13"),
        ("2025-02", Precision.MONTH, "2025-02-01", "2025-02-28"),
        ("2024-02", Precision.MONTH, "2024-02-01", "2024-02-29"),
        ("2025-Q3", Precision.QUARTER, "2025-07-01", "2025-09-30"),
        ("2025-H2", Precision.HALF_YEAR, "2025-07-01", "2025-12-31"),
        ("2025", Precision.YEAR, "2025-01-01", "2025-12-31"),
        ("unknown", Precision.UNKNOWN, None, None),
        ("2025-05-12/2025-05-14", Precision.UNKNOWN, None, None),
        ("after 2025-05-12", Precision.UNKNOWN, None, None),
    ],
)
def test_the_place_of_a_date(text, precision, first, last):
    days = Days(date.fromisoformat(first), date.fromisoformat(last)) if first else None

    assert place(on(text)) == (precision, days)


def test_the_bands_of_a_year_come_wide_before_narrow():
    assert [band.on.iso for band in bands(*YEAR)] == [
        "2025", "2025-H1", "2025-Q1", "2025-01", "2025-02", "2025-03", "2025-Q2", "2025-04", "2025-05", "2025-06",
        "2025-H2", "2025-Q3", "2025-07", "2025-08", "2025-09", "2025-Q4", "2025-10", "2025-11", "2025-12",
    ]  # fmt: skip


def test_the_bands_of_a_month():
    assert [band.on.iso for band in bands(date(2025, 8, 1), date(2025, 8, 31))] == [
        "2025",
        "2025-H2",
        "2025-Q3",
        "2025-08",
    ]


def test_bands_reach_the_end_of_the_calendar():
    assert [band.on.iso for band in bands(date(9999, 12, 1), date.max)] == ["9999", "9999-H2", "9999-Q4", "9999-12"]


@pytest.mark.parametrize(
    ("when", "year", "may"),
    [
        ("2025-05-13", "2025-05", "2025-05"),
        ("2025-05", "2025-05", "2025-05"),
        ("2025-06", "2025-06", ""),
        ("2025-Q2", "2025-Q2", "2025-Q2"),
        ("2025-Q3", "2025-Q3", ""),
        ("2025-H1", "2025-H1", "2025-H1"),
        ("2025-H2", "2025-H2", ""),
        ("2025", "2025", "2025"),
        ("2026", "", ""),
        ("unknown", "unknown", "unknown"),
        ("2025-05-12/2025-05-14", "unknown", "unknown"),
        ("before 2025-05-01", "unknown", ""),
        ("2025-06-01/2025-06-09", "unknown", ""),
    ],
)
def test_a_meeting_has_one_place_in_its_year_and_in_may(arrange, reader, when, year, may):
    arrange(when)

    def found(days: Days) -> str:
        parts, unknown = placed(events_for(reader, within=days), *days)
        places = [part.on.iso for part in parts for _event in part.events] + ["unknown" for _event in unknown]
        assert len(places) <= 1
        return "".join(places)

    assert found(YEAR) == year
    assert found(Days(date(2025, 5, 1), date(2025, 5, 31))) == may


def test_events_come_in_order_the_more_precise_first(arrange, reader):
    for when in ("unknown", "2025", "2025-H1", "2025-01", "2025-01-01", "2024-10-21", "2025-05-13"):
        arrange(when)
    arrange("2025-01-01", starts_at=datetime(2025, 1, 1, 5, tzinfo=UTC))

    assert [(event.on.iso, bool(event.starts_at)) for event in events_for(reader)] == [
        ("unknown", False),
        ("2024-10-21", False),
        ("2025-01-01", False),
        ("2025-01-01", True),
        ("2025-01", False),
        ("2025-H1", False),
        ("2025", False),
        ("2025-05-13", False),
    ]


@pytest.mark.parametrize(
    ("start", "end", "zone", "told"),
    [
        (None, None, "", ""),
        ("2025-01-13T09:00", None, "Europe/Brussels", "10:00, Europe/Brussels"),
        ("2025-07-13T08:00", "2025-07-13T10:30", "Europe/Brussels", "10:00–12:30, Europe/Brussels"),
        ("2025-05-13T17:00", "2025-05-13T21:00", "Asia/Almaty", "22:00–02:00 (+1), Asia/Almaty"),
    ],
)
def test_times_are_told_by_the_clocks_of_their_zone(start, end, zone, told):
    moments = [datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None for text in (start, end)]

    assert hours(*moments, zone) == told


# ---- who sees what ----
def test_a_meeting_is_seen_up_to_ones_level(arrange, reader, lawyer):
    for level in ("public", "internal", "restricted", "secret"):
        arrange(level=level, title_en=level)

    assert {event.title.text for event in events_for(reader)} == {"public", "internal"}
    assert len(events_for(lawyer)) == 4
    reader.is_active = False
    assert events_for(reader) == []


def test_points_about_hidden_agreements_are_not_told(arrange, reader, lawyer, make_agreement, hidden):
    arrange(agenda=[make_agreement(), hidden])
    (event,) = events_for(reader)
    (whole,) = events_for(lawyer)

    assert "Protocol" not in event.description
    assert event.description.splitlines()[-1].startswith("1. Horizontal Aviation Agreement (")
    assert whole.description.splitlines()[-1].startswith("2. Protocol that nobody knows of (")


# ---- filters ----
def test_the_filters_of_the_calendar(arrange, officer, parties, make_agreement):
    mine = make_agreement(columns={"officer": officer})
    arrange(title_en="with parties", parties=parties.values())
    arrange(title_en="about mine", agenda=[mine], status="confirmed")

    def found(**asked: str) -> list[str]:
        return sorted(event.title.text for event in events_for(officer, CalendarSelection.read(asked, officer)))

    assert found() == ["about mine", "with parties"]
    assert found(party="EU") == ["with parties"]
    assert found(mine="true") == ["about mine"]
    assert found(status="confirmed") == ["about mine"]
    assert found(format="council") == ["about mine", "with parties"]
    assert found(format="council", status="confirmed", party="EU") == []


def test_a_filter_that_is_not_known_says_what_is(council, parties, reader):
    asked = {"format": "tea", "party": "XX", "status": "over", "mine": "perhaps"}

    assert refusal(lambda: CalendarSelection.read(asked, reader)) == [
        ("filter-unknown", "“tea” is not known. Use one of: council."),
        ("filter-unknown", "“XX” is not known. Use one of: EU, KZ."),
        ("filter-unknown", "“over” is not known. Use one of: cancelled, confirmed, held, tentative."),
        ("filter-unknown", "“perhaps” is not known. Use one of: true."),
    ]


# ---- dates of agreements ----
@pytest.fixture
def dated(make_agreement) -> Agreement:
    """An agreement that is prepared for signing, with all its dates ahead."""
    return make_agreement(
        procedure="non_binding",
        stage="signing",
        columns={
            "planned_signing": on("2025-03"),
            "planned_entry_into_force": on("2025-H2"),
            "valid_until": date(2029, 12, 31),
        },
    )


def kinds(user: object) -> list[tuple[str, str, str]]:
    return [(event.kind, event.on.iso, event.status) for event in events_for(user)]  # type: ignore[arg-type]


def test_the_dates_that_an_agreement_has_ahead(dated, reader):
    assert kinds(reader) == [
        ("signing", "2025-03", "tentative"),
        ("entry-into-force", "2025-H2", "tentative"),
        ("validity", "2029-12-31", "confirmed"),
    ]
    signing, entry, validity = events_for(reader)
    assert [event.uid for event in (signing, entry, validity)] == [
        f"{dated.pk}.signing@pacta",
        f"{dated.pk}.entry-into-force@pacta",
        f"{dated.pk}.validity@pacta",
    ]
    assert signing.summary == "Planned signing: Horizontal Aviation Agreement"
    assert signing.description == f"{dated.reference}. {dated.rules.step_label('sign')}"
    assert validity.description == f"{dated.reference}. The last day of validity."


def test_a_date_that_moves_keeps_its_name_and_counts(dated, officer, reader):
    before = events_for(reader)[0]
    with registers.editing(dated, by=officer) as fresh:
        fresh.planned_signing = on("2025-04-02")
    after = events_for(reader)[0]

    assert (after.uid, after.on.iso) == (before.uid, "2025-04-02")
    assert (after.sequence, after.stamp > before.stamp) == (before.sequence + 1, True)


def test_a_date_that_is_taken_back_is_gone(dated, officer, reader):
    with registers.editing(dated, by=officer) as fresh:
        fresh.planned_signing = None

    assert [kind for kind, _on, _status in kinds(reader)] == ["entry-into-force", "validity"]


def test_what_is_signed_is_no_longer_to_be_signed(make_agreement, reader):
    make_agreement(stage="signed", columns={"planned_signing": on("2025-03"), "planned_entry_into_force": on("2025")})
    make_agreement(stage="in_force", columns={"planned_entry_into_force": on("2025"), "valid_until": date(2026, 1, 1)})

    assert [kind for kind, _on, _status in kinds(reader)] == ["entry-into-force", *["reminder"] * 4, "validity"]


def test_what_is_given_up_or_void_has_no_dates(dated, lawyer, reader, make_agreement):
    lifecycle.perform(dated, "withdraw", on=on("2024-12-01"), by=lawyer, reason="Given up.", evidence="Note 1")
    other = make_agreement(columns={"planned_signing": on("2025")})
    Agreement.objects.filter(pk=other.pk).update(is_void=True)

    assert kinds(reader) == []


def test_hidden_agreements_have_no_dates(make_agreement, reader, lawyer):
    make_agreement(procedure="non_binding", columns={"planned_signing": on("2025"), "level": "secret"})

    assert kinds(reader) == []
    assert len(kinds(lawyer)) == 1


@pytest.mark.parametrize(
    ("when", "found"),
    [
        ("2025-03", True),
        ("2025-H1", True),
        ("2025", True),
        ("2024", False),
        ("unknown", True),
        ("2024-06-01/2025-01-31", True),
        ("/2024-06-01", False),
    ],
)
def test_planned_dates_of_a_year_are_found_as_texts(make_agreement, reader, when, found):
    make_agreement(columns={"planned_signing": on(when)})

    assert bool(events_for(reader, within=YEAR)) is found
