"""The plan of treaties, the register, and the implementation of what was undertaken."""

import json
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from agreements import commitments, registers, reports
from agreements.choices import InTheNameOf, Level
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Party, User
from agreements.questions import ask

AVIATION, EPCA, PCA, ROADMAP, VISAS = "AIR-7Q4M", "PEP-4K7Z", "PEP-2F9C", "RAW-25X6", "VIS-8TDK"
DAY = date(2024, 12, 28)
COUNCIL = {
    "text_en": "The Cooperation Council meets at regular intervals, not less than once a year.",
    "text_ru": "Совет сотрудничества собирается регулярно, не реже одного раза в год.",
    "text_kk": "Ынтымақтастық кеңесі тұрақты түрде, жылына кемінде бір рет жиналады.",
}


def agreement(reference: str) -> Agreement:
    return Agreement.objects.get(reference=reference)


def told(name: str, user: User | None = None, **asked: Any) -> dict[str, Any]:
    return reports.REPORTS[name].data(reports.REPORTS[name].build(user or User.objects.service("report"), **asked))


def references(rows: list[dict[str, Any]]) -> list[str]:
    return [row["reference"] for row in rows]


def plan_for(reference: str, by: User, **columns: Any) -> None:
    with registers.editing(agreement(reference), by=by) as fresh:
        for name, value in columns.items():
            setattr(fresh, name, value)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
@pytest.mark.parametrize("name", ["plan", "register", "implementation"])
def test_golden_text(sample: Any, officer: User, name: str, language: str) -> None:
    plan_for(AVIATION, officer, planned_signing=FuzzyDate.parse("2025-03"))
    plan_for(EPCA, officer, register_number="475", registered_on=date(2016, 4, 5))
    epca = agreement(EPCA)
    commitments.undertake(epca, by=officer, provision="Art. 268(2)", due=FuzzyDate.parse("2023"), **COUNCIL)
    moment = datetime(2100, 1, 1, 12, 0, tzinfo=ZoneInfo("Asia/Almaty"))
    with translation.override(language):
        content = reports.REPORTS[name].build(User.objects.service("report"), as_of=DAY, known_at=moment)
        text = reports.render(name, content, "text")
    golden = Path(__file__).with_name(f"{name}-{language}.txt")
    if os.environ.get("PACTA_WRITE_GOLDEN"):  # to be read by a person before it is committed
        golden.write_text(str(text), encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


# ---- the plan ----
def test_a_planned_signing_stands_in_the_plan_with_what_comes_first(sample: Any, officer: User) -> None:
    plan_for(AVIATION, officer, planned_signing=FuzzyDate.parse("2025-03-31"), in_the_name_of=InTheNameOf.GOVERNMENT)
    found = told("plan")

    assert found["filters"] == {"since": "2024-12-28", "until": "2025-12-31", "with": None, "area": None}
    (row,) = found["to_sign"]
    assert (row["reference"], row["planned"]["iso"], row["certain"]) == (AVIATION, "2025-03-31", True)
    assert row["first_deadline"]["due"]["iso"] == "2025-03-17"
    assert "Art. 5" in row["first_deadline"]["law"]["en"]
    assert references(found["undated"]) == [VISAS]
    assert references(found["not_binding"]) == [ROADMAP]


@pytest.mark.parametrize(
    ("planned", "since", "until", "part"),
    [
        ("2025-03-31", date(2025, 3, 31), date(2025, 3, 31), [True]),
        ("2025-03-31", date(2025, 4, 1), date(2025, 12, 31), []),
        ("2025", date(2025, 7, 1), date(2025, 12, 31), [False]),
        ("2025-H1", date(2025, 1, 1), date(2025, 6, 30), [True]),
    ],
)
def test_an_imprecise_date_lies_perhaps_in_the_period(
    sample: Any, officer: User, planned: str, since: date, until: date, part: list[bool]
) -> None:
    plan_for(AVIATION, officer, planned_signing=FuzzyDate.parse(planned))

    assert [row["certain"] for row in told("plan", since=since, until=until)["to_sign"]] == part


@pytest.mark.parametrize("name", ["plan", "register"])
def test_a_time_ahead_is_asked_for_and_must_be_in_order(sample: Any, officer: User, name: str) -> None:
    plan_for(AVIATION, officer, planned_signing=FuzzyDate.parse("2025-03-31"))
    ahead = {"since": "2025-01-01", "until": "2025-12-31"}
    turned = {"since": "2025-06-01", "until": "2025-05-31"}

    asked = ask(officer, reports.REPORTS[name].FILTERS, ahead)
    assert asked.problems == {}
    assert ask(officer, reports.REPORTS[name].FILTERS, {"since": "2026-01-01"}).problems == {}
    assert list(ask(officer, reports.REPORTS[name].FILTERS, turned).problems) == ["since"]
    if name == "plan":
        assert references(told(name, **asked.chosen)["to_sign"]) == [AVIATION]


def test_a_plan_that_would_end_before_it_begins_asks_for_its_first_day(
    sample: Any, officer: User, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, register = (reports.REPORTS[name].FILTERS for name in ("plan", "register"))
    for asked in ({"until": "2024-12-27"}, {"as_of": "2024-12-28", "until": "2013-06-30"}):
        assert ask(officer, plan, asked, begins=True).problems == {
            "until": "This would end before 28\u00a0December\u00a02024: name the first day, too."
        }
        assert ask(officer, register, asked, begins=reports.begins("register")).problems == {}
    for asked in ({"until": "2024-12-28"}, {"since": "2024-01-01", "until": "2024-06-30"}):
        assert ask(officer, plan, asked, begins=True).problems == {}
    with pytest.raises(CommandError, match="--until: This would end before"):
        call_command("report", "plan", until="2024-06-30")
    with pytest.raises(CommandError, match="--since: "):
        call_command("report", "plan", until="2024-06-30", since="soon")


def test_a_plan_of_the_last_year_of_all_ends_with_it(sample: Any, officer: User) -> None:
    plan_for(AVIATION, officer, planned_signing=FuzzyDate.parse("9999-12-31"))

    assert references(told("plan", as_of=date(9999, 6, 1))["to_sign"]) == [AVIATION]


def test_what_is_signed_awaits_ratification(sample: Any) -> None:
    found = told("plan", as_of=date(2016, 6, 1))

    assert references(found["to_ratify"]) == [EPCA]
    assert found["to_ratify"][0]["planned"] is None
    assert [row["certain"] for row in told("plan", as_of=date(2020, 2, 15))["to_enter_into_force"]] == [True]


# ---- the register ----
def test_the_register_has_the_treaties_and_their_dates(sample: Any) -> None:
    pca, epca = told("register")["treaties"]

    assert (pca["reference"], pca["signed"]["on"]["iso"], pca["signed"]["place"]) == (PCA, "1995-01-23", "Brussels")
    assert (pca["in_force_certainty"], pca["consent_certainty"]) == ("disputed", "firm")
    assert (pca["in_force"]["iso"], pca["ended"]["iso"], pca["stage"]) == ("1999-07-01", "2020-03-01", "superseded")
    assert (epca["signed"]["on"]["iso"], epca["signed"]["place"], epca["signed"]["manner"]) == (
        "2015-12-21",
        "Astana",
        "signed",
    )
    assert (epca["in_force"]["iso"], epca["computed_entry_into_force"]["iso"]) == ("2020-03-01", "2020-03-01")
    assert (epca["bound"]["iso"], epca["ended"], epca["state_register"]) == ("2020-03-01", None, None)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"as_of": date(1995, 1, 22)}, []),
        ({"as_of": date(1995, 1, 23)}, [PCA]),
        ({"since": date(2015, 1, 1)}, [EPCA]),
        ({"until": date(2015, 12, 20)}, [PCA]),
    ],
)
def test_the_register_of_a_day_and_of_a_time(sample: Any, asked: dict[str, Any], expected: list[str]) -> None:
    assert references(told("register", **asked)["treaties"]) == expected


def test_a_registration_counts_from_its_day(sample: Any, officer: User) -> None:
    plan_for(EPCA, officer, register_number="475", registered_on=date(2016, 4, 5))

    (epca,) = told("register", as_of=date(2016, 4, 4), since=date(2015, 1, 1))["treaties"]
    assert epca["state_register"] is None
    (epca,) = told("register", as_of=date(2016, 4, 5), since=date(2015, 1, 1))["treaties"]
    assert epca["state_register"] == {"number": "475", "on": "2016-04-05"}


# ---- implementation ----
def test_commitments_are_told_as_they_stood_on_the_day(sample: Any, officer: User) -> None:
    epca = agreement(EPCA)
    made = commitments.undertake(
        epca,
        by=officer,
        provision="Art. 268(2)",
        due=FuzzyDate.parse("2023"),
        party=Party.objects.get(code="KZ"),
        **COUNCIL,
    )
    commitments.undertake(epca, by=officer, provision="Art. 9", state="standing", **COUNCIL)
    with commitments.changing(made, by=officer) as fresh:
        fresh.state, fresh.fulfilled_on, fresh.report = (
            "fulfilled",
            FuzzyDate.parse("2024-10-14"),
            "21st Cooperation Council",
        )

    first, *others = told("implementation")["agreements"]
    assert (first["reference"], [one["provision"] for one in first["commitments"]]) == (EPCA, ["Art. 9", "Art. 268(2)"])
    assert all(not other["commitments"] for other in others)
    assert told("implementation")["counts"] == {"standing": 1, "fulfilled": 1, "overdue": 0}
    before = told("implementation", as_of=date(2024, 10, 13))
    assert before["counts"] == {"standing": 1, "open": 1, "overdue": 1}
    assert [one["report"] for one in before["agreements"][0]["commitments"]] == ["", ""]


# ---- all three ----
@pytest.mark.parametrize("name", ["plan", "register", "implementation"])
def test_nothing_of_a_secret_treaty_is_told(sample: Any, lawyer: User, reader: User, name: str) -> None:
    commitments.undertake(agreement(EPCA), by=lawyer, provision="Art. 268(2)", **COUNCIL)
    plan_for(AVIATION, lawyer, level=Level.SECRET, planned_signing=FuzzyDate.parse("2025-03"))
    plan_for(EPCA, lawyer, level=Level.SECRET)

    full, less = told(name, lawyer), told(name, reader)
    hidden = AVIATION if name == "plan" else EPCA
    assert hidden in json.dumps(full)
    assert "Art. 268(2)" not in json.dumps(less)
    assert AVIATION not in json.dumps(less)
    assert EPCA not in json.dumps(less)
    assert (full["level"], less["level"] == "secret") == ("secret", False)


@pytest.mark.parametrize(("name", "count"), [("plan", 5), ("register", 5), ("implementation", 6)])
def test_queries_do_not_depend_on_rows(make_agreement: Any, lawyer: User, name: str, count: int) -> None:
    def made() -> None:
        one = make_agreement(stage="in_force", on=FuzzyDate.of_day(date(2020, 3, 1)))
        commitments.undertake(one, by=lawyer, **COUNCIL)

    made()
    with CaptureQueriesContext(connection) as one:
        told(name, lawyer)
    made()
    made()
    with CaptureQueriesContext(connection) as three:
        told(name, lawyer)
    assert len(one) == len(three) == count
