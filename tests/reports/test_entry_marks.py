"""What the portfolio says of consent to be bound: by us, by the clause, what is missing, what applies provisionally."""

from datetime import date
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from agreements import lifecycle, participation, registers
from agreements.chains import tell
from agreements.choices import ActionKind, Origin, Role
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Party, User
from agreements.reports import participation as participation_report
from agreements.reports import portfolio
from agreements.reports.facts import AgreementFacts, facts_of

PCA, EPCA, AVIATION, VISAS, MEMORANDUM = "PEP-2F9C", "PEP-4K7Z", "AIR-7Q4M", "VIS-8TDK", "RAW-6NHB"
LAST_NOTIFICATION = {"enters_into_force": {"first_of_month": 2, "following": {"notifications": "all"}}}


def on(text: str) -> FuzzyDate:
    return FuzzyDate.parse(text)


def told(user: User, day: str) -> dict[str, dict[str, Any]]:
    found = portfolio.data(portfolio.build(user, as_of=date.fromisoformat(day)))
    return {item["reference"]: item for item in found["agreements"]}


def marks(item: dict[str, Any]) -> dict[str, str]:
    return {mark["code"]: mark["words"].replace("\u00a0", " ") for mark in item["marks"]}


@pytest.mark.django_db
def test_the_partnership_agreement_is_ratifying_and_provisionally_applied_in_part(sample: Any, lawyer: User) -> None:
    found = told(lawyer, "2016-06-01")
    epca = found[EPCA]
    assert (epca["stage"], epca["own_side_status"], epca["computed_entry_into_force"]) == (
        "ratifying",
        "bound_provisionally",
        None,
    )
    assert epca["missing"] == (
        "Missing: 29 of 29 (notifications of completed procedures; other than: United Kingdom; so far: 0)."
    )
    assert marks(epca) == {
        "disputed-date": "Sources disagree on a date",
        "provisional": "Provisionally applied since 1 May 2016: In part",
    }
    assert {reference: item["own_side_status"] for reference, item in found.items()} == {
        PCA: "bound",
        EPCA: "bound_provisionally",
        AVIATION: "not_signed",
    }


@pytest.mark.django_db
def test_in_force_as_the_clause_says_and_the_sources_state(sample: Any, lawyer: User) -> None:
    found = told(lawyer, "2024-12-28")
    assert {
        reference: (item["own_side_status"], item["computed_entry_into_force"], item["missing"])
        for reference, item in found.items()
        if reference in (PCA, EPCA, AVIATION, VISAS, MEMORANDUM)
    } == {
        PCA: ("ended", None, None),
        EPCA: ("bound", "2020-03-01", None),
        AVIATION: ("not_signed", None, None),
        VISAS: ("not_signed", None, None),
        MEMORANDUM: ("signed", None, None),
    }
    assert set(marks(found[EPCA])) == {"disputed-date"}
    assert not any(item["in_force_but_not_for_us"] for item in found.values())


@pytest.mark.django_db
def test_between_the_last_notification_and_its_day_the_clause_is_met(sample: Any, lawyer: User) -> None:
    found = told(lawyer, "2020-02-15")[EPCA]
    assert (found["stage"], found["computed_entry_into_force"]) == ("ratifying", "2020-03-01")
    assert marks(found)["clause-met"] == "By its clause it enters into force on 1 March 2020"


@pytest.fixture
def signed(make_agreement: Any, lawyer: User) -> Agreement:
    """An agreement signed on 15 March 2021 that waits for two notifications."""
    agreement: Agreement = make_agreement(
        procedure="ratified", stage="signed", on=on("2021-03-15"), columns={"clause": LAST_NOTIFICATION}
    )
    return agreement


def notify(agreement: Agreement, code: str, day: str, by: User) -> None:
    participation.act(agreement, Party.objects.get(code=code), ActionKind.NOTIFICATION, on=on(day), by=by)


def seen(agreement: Agreement, user: User, day: str) -> AgreementFacts:
    (found,) = facts_of([agreement], user=user, as_of=date.fromisoformat(day))
    return found


@pytest.mark.django_db
def test_few_that_are_missing_are_named(signed: Agreement, lawyer: User) -> None:
    notify(signed, "KZ", "2021-06-01", lawyer)
    found = seen(signed, lawyer, "2021-07-01")
    assert found.missing == "Missing: 1 of 2 (notifications of completed procedures): European Union."
    assert (found.own_status, found.computed_entry) == ("consent_given", None)


@pytest.mark.django_db
def test_the_clause_is_met_and_the_step_is_not_recorded(signed: Agreement, lawyer: User) -> None:
    for code, day in (("KZ", "2021-06-01"), ("EU", "2021-09-10")):
        notify(signed, code, day, lawyer)
    found = seen(signed, lawyer, "2022-01-01")
    assert {mark.code: mark.words.replace("\u00a0", " ") for mark in found.marks} == {
        "clause-met": "By its clause in force since 1 November 2021, not recorded"
    }
    assert found.computed_entry == on("2021-11-01")


@pytest.mark.django_db
def test_stated_and_computed_days_that_differ_are_a_conflict(signed: Agreement, lawyer: User) -> None:
    for code, day in (("KZ", "2021-06-01"), ("EU", "2021-09-10")):
        notify(signed, code, day, lawyer)
    lifecycle.perform(signed, "enter_into_force", on=on("2021-12-01"), by=lawyer, origin=Origin.IMPORTED)
    words = [mark.words.replace("\u00a0", " ") for mark in seen(signed, lawyer, "2022-01-01").marks]
    assert "Entry into force: 1 December 2021 as stated, 1 November 2021 by the clause" in words


@pytest.mark.django_db
def test_stated_but_not_met_is_a_conflict(signed: Agreement, lawyer: User) -> None:
    notify(signed, "KZ", "2021-06-01", lawyer)
    lifecycle.perform(signed, "enter_into_force", on=on("2021-12-01"), by=lawyer, origin=Origin.IMPORTED)
    words = [mark.words.replace("\u00a0", " ") for mark in seen(signed, lawyer, "2022-01-01").marks]
    assert "Entry into force is stated (1 December 2021), but the clause is not met" in words


@pytest.mark.django_db
def test_in_force_but_not_for_us(make_agreement: Any, parties: dict[str, Party], lawyer: User) -> None:
    others = [registers.create(Party(code=code, name_en=code), by=lawyer) for code in ("AM", "KG")]
    treaty = make_agreement(
        procedure="multilateral",
        stage="signed",
        on=on("2010-01-01"),
        participants=[(party, Role.SIGNATORY) for party in (parties["KZ"], *others)],
        columns={"clause": {"enters_into_force": {"after": {"days": 30}, "of": {"instruments": 2}}}},
    )
    for party in others:
        for kind, day in ((ActionKind.SIGNATURE, "2010-01-01"), (ActionKind.RATIFICATION, "2011-01-01")):
            participation.act(treaty, party, kind, on=on(day), by=lawyer)
    lifecycle.perform(treaty, "enter_into_force", on=on("2011-01-31"), by=lawyer, origin=Origin.IMPORTED)
    content = portfolio.build(lawyer, as_of=date(2012, 1, 1))
    (found,) = content.agreements
    assert (found.stage, found.own_status, found.not_for_us) == ("in_force", "not_signed", True)
    (table,) = [table for table in portfolio.arrange(content).tables if table.heading == "Agreements"]
    assert "in force, but not for us: not signed" in table.rows[0][1].notes

    for kind, day in ((ActionKind.SIGNATURE, "2012-02-01"), (ActionKind.RATIFICATION, "2012-03-01")):
        participation.act(treaty, parties["KZ"], kind, on=on(day), by=lawyer)
    assert (seen(treaty, lawyer, "2012-03-01").own_status, seen(treaty, lawyer, "2012-03-01").not_for_us) == (
        "bound",
        False,
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("procedure", "status"), [("ratified", "bound"), ("multilateral", None)])
def test_what_is_not_recorded_is_not_denied(
    make_agreement: Any, lawyer: User, procedure: str, status: str | None
) -> None:
    """An old treaty that was entered as in force: nothing is known of who signed and ratified."""
    treaty = make_agreement(procedure=procedure, stage="in_force", on=on("1995-01-01"))
    found = seen(treaty, lawyer, "2020-01-01")
    assert (found.own_status, found.not_for_us) == (status, False)


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["2010-01-01", "2016-06-01", "2019-01-01", "2022-12-01", "2024-12-28"])
def test_steps_alone_tell_what_the_tracks_would_tell(sample: dict[str, Agreement], lawyer: User, day: str) -> None:
    found = facts_of(sample.values(), user=lawyer, as_of=date.fromisoformat(day))
    told = tell([facts.id for facts in found])
    assert {facts.reference: facts.own_status for facts in found} == {
        facts.reference: told.track(told.chains[facts.id], date.fromisoformat(day)).standings["KZ"].status
        for facts in found
    }


@pytest.mark.django_db
def test_what_was_known_earlier_has_neither_later_acts_nor_the_later_clause(
    make_agreement: Any, lawyer: User, django_assert_num_queries: Any
) -> None:
    from agreements import clock

    treaty = make_agreement(procedure="ratified", stage="signed", on=on("2021-03-15"))
    before = clock.now()
    with registers.editing(treaty, by=lawyer) as record:
        record.clause = LAST_NOTIFICATION
    notify(treaty, "KZ", "2021-06-01", lawyer)
    day = date(2021, 7, 1)
    (now,) = facts_of([treaty], user=lawyer, as_of=day)
    (then,) = facts_of([treaty], user=lawyer, as_of=day, known_at=before)
    assert (now.own_status, now.missing) == (
        "consent_given",
        "Missing: 1 of 2 (notifications of completed procedures): European Union.",
    )
    assert (then.own_status, then.missing) == ("signed", "")


@pytest.mark.django_db
def test_clauses_and_acts_cost_no_query(make_agreement: Any, lawyer: User) -> None:
    from django.db import connection

    counts = []
    for more in (1, 2):
        for _number in range(more):
            treaty = make_agreement(
                procedure="ratified", stage="signed", on=on("2021-03-15"), columns={"clause": LAST_NOTIFICATION}
            )
            notify(treaty, "KZ", "2021-06-01", lawyer)
        with CaptureQueriesContext(connection) as queries:
            portfolio.build(lawyer, as_of=date(2022, 1, 1))
        counts.append(len(queries))
    assert counts == [7, 7]


@pytest.mark.django_db
def test_signatories_apply_it_provisionally_by_its_clause(make_agreement: Any, lawyer: User) -> None:
    agreement = make_agreement(
        columns={
            "clause": {
                "enters_into_force": {"notifications": "all"},
                "provisional_application": {"first_of_month": 1, "following": {"signatures": "all"}},
            }
        }
    )
    for party in Party.objects.filter(code__in=("KZ", "EU")):
        participation.act(
            agreement, party, ActionKind.SIGNATURE, on=on("2006-03-10"), by=lawyer, out_of_procedure=True, reason="-"
        )
    assert told(lawyer, "2006-03-31")[agreement.reference]["own_side_status"] == "signed"
    item = told(lawyer, "2006-04-01")[agreement.reference]
    assert item["own_side_status"] == "bound_provisionally"
    found = participation_report.data(participation_report.build(lawyer, as_of=date(2006, 4, 1)))
    (sheet,) = [one for one in found["agreements"] if one["reference"] == agreement.reference]
    assert [(row["status"], row["provisional_by_clause"]["iso"]) for row in sheet["participants"]] == [
        ("bound_provisionally", "2006-04-01")
    ] * 2
