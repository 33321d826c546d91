"""Whose move it is: always answered, and by columns as by the chain, on lists, in filters, through the API."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from agreements import lifecycle, participation, registers, tasks, turns
from agreements.choices import Ball, Origin
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Entry, Party, User
from agreements.reports.facts import facts_of
from tests.api.conftest import Api
from tests.conftest import signed_in
from tests.pages.test_list import facet, shown

Make = Callable[..., Agreement]
TODAY = date(2024, 12, 28)
#: Thirty days after both have ratified.
CLAUSE = {"enters_into_force": {"after": {"days": 30}, "of": {"instruments": "all"}}}


def on(text: str) -> FuzzyDate:
    return FuzzyDate.parse(text)


@pytest.fixture
def cases(make_agreement: Make, parties: dict[str, Party], lawyer: User) -> dict[str, Agreement]:
    """Agreements by who must act and why."""

    def ratifying(**given: Any) -> Agreement:
        return make_agreement(procedure="ratified", stage="ratifying", on=on("2024-01-10"), **given)

    def consent(agreement: Agreement, party: str, day: str) -> Entry:
        return participation.act(
            agreement, parties[party], "ratification", on=on(day), by=lawyer, origin=Origin.IMPORTED
        )

    made = {
        "own, by the procedure": ratifying(),
        "other, as ours has consented": ratifying(),
        "other, as ours has consented this year": ratifying(),
        "own, as only theirs has": ratifying(),
        "own, as ours was voided": ratifying(),
        "own, as the clause is met": ratifying(columns={"clause": CLAUSE}),
        "nobody, until the clause takes effect": ratifying(columns={"clause": CLAUSE}),
        "depositary, as somebody named it": ratifying(),
        "other, by a task": ratifying(),
        "nobody, in force": make_agreement(stage="in_force", on=on("2020")),
        "nobody, over": make_agreement(stage="terminated", on=on("2020")),
    }
    consent(made["other, as ours has consented"], "KZ", "2024-03-01")
    consent(made["other, as ours has consented this year"], "KZ", "2024")
    consent(made["own, as only theirs has"], "EU", "2024-03-01")
    lifecycle.void(consent(made["own, as ours was voided"], "KZ", "2024-03-01"), by=lawyer, reason="Another treaty.")
    for name, day in (
        ("own, as the clause is met", "2024-03-01"),
        ("nobody, until the clause takes effect", "2024-12-20"),
    ):
        consent(made[name], "KZ", day)
        consent(made[name], "EU", day)
    with registers.editing(made["depositary, as somebody named it"], by=lawyer) as fresh:
        fresh.ball = Ball.DEPOSITARY
    tasks.add(made["other, by a task"], "Send the note", by=lawyer, side=Ball.OTHER)
    return made


def test_the_columns_say_what_the_chain_says(cases: dict[str, Agreement], lawyer: User) -> None:
    rows = {row.pk: row for row in turns.with_consent(Agreement.objects.select_related("procedure_version"))}
    for name, agreement in cases.items():
        (facts,) = facts_of([rows[agreement.pk]], user=lawyer, as_of=TODAY)
        told = name.partition(",")[0]
        assert (facts.ball, turns.ball_of(rows[agreement.pk])) == (told, told), name


def test_lists_and_programs_agree(cases: dict[str, Agreement], lawyer: User) -> None:
    client, program = signed_in(lawyer), Api(lawyer)
    expected: dict[str, set[str]] = {}
    for name, agreement in cases.items():
        expected.setdefault(name.partition(",")[0], set()).add(agreement.reference)
    assert facet(client.get("/agreements/"), "ball") == {side: len(found) for side, found in expected.items()}
    for side, references in expected.items():
        assert set(shown(client.get(f"/agreements/?ball={side}"))) == references
        rows = program.get("agreements/", {"ball": side}).json()["results"]
        assert {row["reference"]: row["ball"] for row in rows} == dict.fromkeys(references, side)
    both = program.get("agreements/", {"ball": ["depositary", "other"]}).json()["results"]
    assert {row["reference"] for row in both} == expected["depositary"] | expected["other"]


def test_who_was_named_is_told_apart(cases: dict[str, Agreement], lawyer: User) -> None:
    program = Api(lawyer)
    named = {
        name: (row["ball"], row["ball_named"])
        for name, agreement in cases.items()
        for row in [program.get(f"agreements/{agreement.reference}/").json()]
    }
    assert {name for name, (_ball, by_name) in named.items() if by_name} == {"depositary, as somebody named it"}
    address = f"agreements/{cases['other, by a task'].reference}/"
    refused = program.patch(address, {"ball": "own"})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["code"] == "read_only"
    changed = program.patch(address, {"ball_named": "own"}).json()
    assert (changed["ball"], changed["ball_named"]) == ("own", "own")
    let_go = program.patch(address, {"ball_named": ""}).json()
    assert (let_go["ball"], let_go["ball_named"]) == ("other", "")


def test_it_passes_on_the_day_on_which_the_clause_takes_effect(
    cases: dict[str, Agreement], lawyer: User, settings: Any
) -> None:
    agreement = cases["nobody, until the clause takes effect"]
    kept = turns.with_consent(Agreement.objects.select_related("procedure_version"))
    for day, ball in ((date(2025, 1, 18), "nobody"), (date(2025, 1, 19), "own")):
        settings.PACTA_TODAY = day
        (facts,) = facts_of([agreement], user=lawyer, as_of=day)
        assert facts.ball == turns.ball_of(kept.get(pk=agreement.pk)) == ball
        assert kept.filter(turns.condition([ball]), pk=agreement.pk).exists()


def test_every_sample_agreement_has_an_answer(sample: dict[str, Agreement], lawyer: User) -> None:
    rows = {row.reference: row for row in turns.with_consent(Agreement.objects.select_related("procedure_version"))}
    for reference, agreement in sample.items():
        (facts,) = facts_of([agreement], user=lawyer, as_of=TODAY)
        assert turns.ball_of(rows[reference]) == facts.ball
        assert Agreement.objects.filter(turns.condition([facts.ball]), pk=agreement.pk).exists()
        others = [ball for ball in Ball.values if ball != facts.ball]
        assert not Agreement.objects.filter(turns.condition(others), pk=agreement.pk).exists()
