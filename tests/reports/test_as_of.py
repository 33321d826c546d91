"""The portfolio of Kazakhstan and the European Union on days of its history: what was true, what was known."""

import io
import json
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from agreements import clock, lifecycle, registers
from agreements.choices import Level
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Entry, Party, User
from agreements.reports import FORMATS, portfolio

PCA, EPCA = "PEP-2F9C", "PEP-4K7Z"
MEMORANDUM, ROADMAP_2023, ROADMAP_2025 = "RAW-6NHB", "RAW-23X4", "RAW-25X6"
VISAS, AVIATION, PLATFORM = "VIS-8TDK", "AIR-7Q4M", "TRA-5WPG"

#: (stage, since, text, on hold, possibly) of every agreement that stood on the day.
AS_OF: dict[str, dict[str, tuple[Any, ...]]] = {
    "2024-12-28": {
        PCA: ("superseded", "2020-03-01", 1, False, []),
        EPCA: ("in_force", "2020-03-01", 1, False, []),
        MEMORANDUM: ("in_force", "2022-11-07", 1, False, []),
        ROADMAP_2023: ("in_force", "2023-05-19", 1, False, []),
        ROADMAP_2025: ("signing", "2024-12-28", 1, False, []),
        VISAS: ("proposed", "2023-05-15", 1, False, []),
        AVIATION: ("signing", "2024-12-28", 2, False, []),
        PLATFORM: ("in_force", "2024-06-12", 1, False, []),
    },
    "2024-12-27": {
        PCA: ("superseded", "2020-03-01", 1, False, []),
        EPCA: ("in_force", "2020-03-01", 1, False, []),
        MEMORANDUM: ("in_force", "2022-11-07", 1, False, []),
        ROADMAP_2023: ("in_force", "2023-05-19", 1, False, []),
        VISAS: ("proposed", "2023-05-15", 1, False, []),
        AVIATION: ("initialled", "2024-10-14", 2, False, []),
        PLATFORM: ("in_force", "2024-06-12", 1, False, []),
    },
    "2023-01-01": {
        PCA: ("superseded", "2020-03-01", 1, False, []),
        EPCA: ("in_force", "2020-03-01", 1, False, []),
        MEMORANDUM: ("in_force", "2022-11-07", 1, False, []),
        AVIATION: ("negotiating", "2022", 2, False, []),
    },
    "2022-06-01": {
        PCA: ("superseded", "2020-03-01", 1, False, []),
        EPCA: ("in_force", "2020-03-01", 1, False, []),
        AVIATION: ("signing", "2008-02-21", 1, False, ["negotiating"]),
    },
    "2016-06-01": {
        PCA: ("in_force", "1999-07-01", 1, False, []),
        EPCA: ("ratifying", "2016-03-25", 1, False, []),
        AVIATION: ("signing", "2008-02-21", 1, False, []),
    },
    "2013-01-01": {
        PCA: ("in_force", "1999-07-01", 1, False, []),
        EPCA: ("negotiating", "2011-06", 1, True, []),
        AVIATION: ("signing", "2008-02-21", 1, False, []),
    },
    "2010-01-01": {
        PCA: ("in_force", "1999-07-01", 1, False, []),
        AVIATION: ("signing", "2008-02-21", 1, False, []),
    },
    "2007-06-01": {
        PCA: ("in_force", "1999-07-01", 1, False, []),
        AVIATION: ("mandated", "2003-06-05", 1, False, ["negotiating", "initialled"]),
    },
    "1990-01-01": {},
}


def report(**options: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("report", "portfolio", format="json", stdout=out, **options)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("day", AS_OF)
def test_portfolio_as_of(sample: Any, day: str) -> None:
    found = report(as_of=day)
    assert found["as_of"] == day
    assert {
        item["reference"]: (item["stage"], item["since"], item["text"], item["on_hold"], item["possibly"])
        for item in found["agreements"]
    } == AS_OF[day]


@pytest.mark.django_db
def test_portfolio_says_the_rest_on_2024_12_28(sample: Any) -> None:
    found = {item["reference"]: item for item in report(as_of="2024-12-28")["agreements"]}
    assert found[ROADMAP_2023]["valid_until"] == "2024-12-31"
    assert found[ROADMAP_2023]["stage_label"] == "In effect"
    assert found[ROADMAP_2023]["days_in_stage"] == 589
    assert [mark["words"] for mark in found[ROADMAP_2023]["marks"]] == ["Expires in 3 days"]
    assert {reference for reference, item in found.items() if not item["binding"]} == {
        MEMORANDUM,
        ROADMAP_2023,
        ROADMAP_2025,
        PLATFORM,
    }
    assert found[EPCA]["stage_label"] == "In force"
    assert (found[EPCA]["days_in_stage"], found[EPCA]["round"]) == (1763, 8)
    assert [mark["code"] for mark in found[EPCA]["marks"]] == ["disputed-date"]
    assert found[VISAS]["ball"] == "other"
    assert found[VISAS]["last_step"]["on"] == "2024-12-28"
    assert found[AVIATION]["next_step"]["code"] == "sign"
    assert found[PCA]["stated_elsewhere"] is None


@pytest.mark.django_db
def test_disputed_date_is_shown_with_both_statements(sample: Any) -> None:
    found = {item["reference"]: item for item in report(as_of="2016-06-01")["agreements"]}
    assert found[PCA]["stated_elsewhere"] == {"on": "1999-06", "source": "JOIN(2016)26"}
    assert {mark["code"] for mark in found[PCA]["marks"]} == {"disputed-date"}


@pytest.mark.django_db
def test_indicators_have_sources_and_end_by_the_day(sample: Any) -> None:
    found = report(as_of="2024-12-28")["indicators"]
    assert [(item["name"]["en"], item["value"], item["change_on_year_percent"]) for item in found] == [
        ("Companies with European capital in Kazakhstan", "3000", None),
        ("European investment, cumulative", "180", None),
        ("Exports from Kazakhstan", "32.6", None),
        ("Imports to Kazakhstan", "8.6", None),
        ("Trade turnover", "41.2", "23"),
        ("Trade turnover", "41.4", "3.5"),
    ]
    assert all(item["source"] == "Kazakh MFA press service, kt.kz, 28 December 2024" for item in found)
    assert [item["until"] for item in report(as_of="2024-06-01")["indicators"]] == ["2023-12-31"]


@pytest.mark.django_db
def test_a_step_recorded_later_is_not_in_what_was_known_earlier(sample: dict[str, Agreement], lawyer: User) -> None:
    moment = clock.now()
    with time_machine.travel(moment + timedelta(hours=1), tick=False):
        lifecycle.perform(
            sample[VISAS],
            "authorise",
            on=FuzzyDate.parse("2024-11-05"),
            by=lawyer,
            evidence="Council decision",
        )
        now = {item["reference"]: item["stage"] for item in report(as_of="2024-12-28")["agreements"]}
        then = {
            item["reference"]: item["stage"]
            for item in report(as_of="2024-12-28", known_at=moment.isoformat())["agreements"]
        }
    assert (now[VISAS], then[VISAS]) == ("mandated", "proposed")
    assert {key: value for key, value in now.items() if key != VISAS} == {
        key: value for key, value in then.items() if key != VISAS
    }


@pytest.mark.django_db
def test_known_at_covers_fields_parties_indicators_and_corrections(sample: dict[str, Agreement], lawyer: User) -> None:
    moment = clock.now()
    before = report(as_of="2024-12-28", known_at=moment.isoformat())
    with time_machine.travel(moment + timedelta(hours=1), tick=False):
        with registers.editing(sample[VISAS], by=lawyer) as agreement:
            agreement.title_en, agreement.ball = "Another title", "own"
        with registers.editing(Party.objects.get(code="EU"), by=lawyer) as party:
            party.name_en = "Another name"
        indicator = Party.objects.get(code="EU").indicators.order_by("name_en")[0]
        with registers.editing(indicator, by=lawyer) as figure:
            figure.source = "Another source"
        wrong = Entry.objects.of(sample[AVIATION]).filter(transition="initial").last()
        assert wrong is not None
        lifecycle.correct(wrong, by=lawyer, reason="The day is known.", on=FuzzyDate.parse("2024-10-15"))
        assert report(as_of="2024-12-28", known_at=moment.isoformat()) == before
        after = report(as_of="2024-12-28")
        assert after["agreements"] != before["agreements"]
        assert after["indicators"] != before["indicators"]
        assert "Another title" in json.dumps(after)


@pytest.mark.django_db
def test_nothing_was_known_before_anything_was_recorded(sample: Any) -> None:
    found = report(as_of="2024-12-28", known_at="2024-12-28")
    assert (found["agreements"], found["indicators"], found["counts"]["total"]) == ([], [], 0)


@pytest.mark.django_db
def test_a_reader_sees_nothing_of_what_is_above_the_access_level(sample: dict[str, Agreement], reader: User) -> None:
    lawyer = User.objects.service("report")
    with registers.editing(sample[AVIATION], by=User.objects.service("import")) as agreement:
        agreement.level = Level.SECRET
    day = date(2024, 12, 28)
    full, less = portfolio.data(portfolio.build(lawyer, as_of=day)), portfolio.data(portfolio.build(reader, as_of=day))
    assert full["level"] == "secret"
    assert full["counts"]["total"] == 8
    assert less["counts"]["total"] == 7
    assert AVIATION not in json.dumps(less)
    assert "aviation" not in less["counts"]["by_area"]
    assert less["level"] == "internal"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"language": "fr"}, "“fr” is not a language of Pacta. Use one of: en, ru, kk."),
        ({"party": "XX"}, "There is no party “XX”. Known are: AT, BE,"),
        ({"party": "XX", "language": "ru"}, "There is no party “XX”. Known are: AT, BE,"),
        ({"area": "fishing"}, "There is no area “fishing”. Known are: aviation,"),
        ({"as_of": "28/12/2024"}, "--as-of: “28/12/2024” is not a day. Write it as 2024-12-28."),
        ({"known_at": "yesterday"}, "--known-at: “yesterday” is not a moment."),
        ({"format": "docx2"}, f"“docx2” is not known. Use one of: {', '.join(FORMATS)}."),
        ({"user": "nobody"}, "There is no user “nobody”."),
    ],
)
def test_bad_questions_get_a_sentence(sample: Any, options: dict[str, str], sentence: str) -> None:
    with pytest.raises(CommandError) as failure:
        call_command("report", "portfolio", stdout=io.StringIO(), **options)
    assert str(failure.value).startswith(sentence)


@pytest.mark.django_db
def test_of_an_empty_register_nothing_is_known() -> None:
    Party.objects.all().delete()
    with pytest.raises(CommandError, match=r"There is no party “EU”\. There is none yet\."):
        call_command("report", "brief", party="EU")


@pytest.mark.django_db
def test_unknown_report_gets_a_sentence() -> None:
    with pytest.raises(CommandError, match="“poem” is not known"):
        call_command("report", "poem")


@pytest.mark.django_db
def test_filters_by_party_and_area(sample: Any) -> None:
    assert {item["reference"] for item in report(as_of="2024-12-28", area="aviation")["agreements"]} == {AVIATION}
    assert {item["reference"] for item in report(as_of="2024-12-28", party="GB")["agreements"]} == {PCA, EPCA}


@pytest.mark.django_db
def test_load_sample_twice_adds_nothing(sample: Any) -> None:
    before = Entry.objects.count(), Agreement.objects.count(), Party.objects.count()
    call_command("load_sample", stdout=io.StringIO())
    assert (Entry.objects.count(), Agreement.objects.count(), Party.objects.count()) == before


@pytest.mark.django_db
def test_sample_pretends_no_time_of_recording(sample: Any) -> None:
    today = clock.now().date()
    assert {moment.date() for moment in Entry.objects.values_list("recorded_at", flat=True)} <= {
        today,
        today - timedelta(days=1),
    }
    assert set(Entry.objects.values_list("origin", flat=True)) == {"imported"}
    assert not Entry.objects.filter(out_of_procedure=True).exists()
