"""The life of agreements: opening, steps with all their guards, holds, late steps, corrections, notes, bad input."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from agreements import documents, journal, lifecycle, participation, registers, tasks
from agreements.choices import Level
from agreements.guards import Refused
from agreements.models import Agreement, Entry, Party, ProcedureVersion, User
from tests.lives import Make, day, prepared, reasons, refused, settled


# ---- opening ----
def test_open_proposes_and_keeps_the_version_of_the_procedure(make_agreement: Make, lawyer: User) -> None:
    agreement = settled(make_agreement())
    assert (agreement.stage, agreement.text, agreement.version) == ("proposed", 1, 1)
    assert agreement.reference.startswith("AIR-")
    assert len(agreement.reference) == 8
    version = ProcedureVersion.objects.get()
    assert (version.code, version.digest) == ("ratified", agreement.rules.digest)
    entry = Entry.objects.of(agreement).get()
    assert (entry.kind, entry.to_stage, entry.actor, entry.actor_name) == ("open", "proposed", lawyer, "lawyer")


def test_open_mid_life_at_a_stage_of_the_procedure(make_agreement: Make) -> None:
    agreement = settled(make_agreement(stage="signed", on=day("1995-01-23"), place="Brussels", manner="signed"))
    assert (agreement.stage, agreement.since.iso) == ("signed", "1995-01-23")


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({"titles": {"en": "  "}}, ["title-missing"]),
        ({"kind": "song"}, ["kind-unknown"]),
        ({"procedure": "guesswork"}, ["procedure-unknown"]),
        ({"stage": "dreaming"}, ["stage-unknown"]),
        ({"on": day("2024-12-29")}, ["future-date"]),
        ({"on": day("2025")}, ["future-date"]),
        ({"on": day("2025-H1"), "kind": "song", "titles": {}}, ["future-date", "title-missing", "kind-unknown"]),
        ({"source": "x" * 301}, ["too-long"]),
        ({"source": "a\x00b"}, ["not-text"]),
    ],
)
def test_open_refuses_with_every_reason(make_agreement: Make, given: dict[str, Any], codes: list[str]) -> None:
    with pytest.raises(Refused) as refusal:
        make_agreement(**given)
    assert reasons(refusal) == codes
    assert not Agreement.objects.exists()


def test_open_with_an_imprecise_date_that_has_begun_is_not_future(make_agreement: Make) -> None:
    assert settled(make_agreement(on=day("2024-H2"))).since.iso == "2024-H2"


def test_open_refuses_a_validity_that_ends_before_it_begins(make_agreement: Make) -> None:
    from datetime import date

    with pytest.raises(ValidationError, match="ends before it begins"):
        make_agreement(columns={"valid_from": date(2025, 1, 1), "valid_until": date(2024, 1, 1)})
    assert not Agreement.objects.exists()


def test_all_that_a_row_must_hold_is_asked_at_once_and_every_fault_is_named(
    make_agreement: Make, django_assert_num_queries: Any
) -> None:
    from datetime import date

    agreement = settled(make_agreement())
    with django_assert_num_queries(4):  # is the reference unique; and the rest, inside a savepoint
        agreement.validate_constraints(exclude={"stage"})
    agreement.level = "hidden"
    agreement.valid_from, agreement.valid_until = date(2025, 1, 1), date(2024, 1, 1)
    agreement.renewal_years = 0
    with pytest.raises(ValidationError) as fault:
        agreement.validate_constraints(exclude={"stage"})
    assert fault.value.messages == [
        "Constraint “agreement_level_known” is violated.",
        "The validity ends before it begins.",
        "What is renewed is a period: give its last day too, and one year or more, a hundred at most.",
    ]
    with pytest.raises(ValidationError) as fault:
        agreement.validate_constraints(exclude={"stage", "level", "renewal_years"})
    assert fault.value.messages == ["The validity ends before it begins."]


def test_open_needs_rights_and_a_level_within_ones_own(make_agreement: Make, reader: User, officer: User) -> None:
    with pytest.raises(Refused) as refusal:
        make_agreement(by=reader)
    assert reasons(refusal) == ["not-permitted"]
    with pytest.raises(Refused) as refusal:
        make_agreement(by=officer, columns={"level": Level.SECRET})
    assert reasons(refusal) == ["level-too-high"]
    assert not Agreement.objects.exists()


# ---- steps ----
def test_sign_is_refused_with_all_six_requirements_and_the_text(make_agreement: Make, officer: User) -> None:
    agreement = make_agreement(stage="signing", on=day("2024-12-01"))
    assert refused(agreement, "sign", officer, "2024-12-20") == [
        "document-missing",
        "document-missing",
        "clearance-missing",
        "document-missing",
        "act-missing",
        "act-missing",
        "evidence-missing",
    ]
    option = next(item for item in lifecycle.available(agreement, by=officer) if item.name == "sign")
    assert [reason.sentence for reason in option.reasons] == [
        "Scientific legal expertise of the draft is not attached.",
        "Scientific linguistic expertise of the draft is not attached.",
        "No clearance by a body is recorded.",
        "The decision to sign is not recorded.",
        "Full powers are not recorded: European Union.",
        "Full powers are not recorded: Kazakhstan.",
    ]
    assert option.asks == ("evidence",)
    assert [reason.remedy for reason in option.reasons] == [
        "document:legal_expertise",
        "document:linguistic_expertise",
        "clearance",
        "document:signing_decision",
        "act:full_powers:EU",
        "act:full_powers:KZ",
    ]


def test_a_minister_signs_without_full_powers_and_an_envoy_is_confirmed_later(
    make_agreement: Make, officer: User, parties: dict[str, Party]
) -> None:
    agreement = make_agreement(stage="signing", on=day("2024-12-01"))
    for kind in ("legal_expertise", "linguistic_expertise", "signing_decision"):
        documents.cite(agreement, kind, on=day("2024-12-10"), by=officer, evidence=f"No. 12, {kind}")
    tasks.clear(agreement, "Ministry of Transport", result="given", on=day("2024-12-10"), by=officer)
    signing = {"evidence": "signed text"}
    assert refused(settled(agreement), "sign", officer, "2024-12-20", **signing) == ["act-missing", "act-missing"]
    participation.act(
        agreement,
        parties["KZ"],
        "full_powers_not_required",
        on=day("2024-12-20"),
        by=officer,
        evidence="signed by the Minister for Foreign Affairs, VCLT 7(2)(a)",
    )
    assert refused(settled(agreement), "sign", officer, "2024-12-20", **signing) == ["act-missing"]
    participation.act(
        agreement,
        parties["EU"],
        "subsequent_confirmation",
        on=day("2024-12-27"),
        by=officer,
        evidence="note verbale of 27 December",
    )
    assert lifecycle.perform(agreement, "sign", on=day("2024-12-20"), by=officer, **signing).stage == "signed"


def test_ratification_is_under_way_when_the_other_side_was_first(
    make_agreement: Make, officer: User, parties: dict[str, Party]
) -> None:
    agreement = make_agreement(stage="signed", on=day("2024-01-10"))
    both = ["document-missing", "document-missing"]
    assert refused(settled(agreement), "submit_for_ratification", officer) == both
    participation.act(agreement, parties["KZ"], "submission", on=day("2024-03-01"), by=officer)
    assert refused(settled(agreement), "submit_for_ratification", officer) == both
    participation.act(agreement, parties["EU"], "submission", on=day("2024-05-01"), by=officer)
    assert refused(settled(agreement), "submit_for_ratification", officer, "2024-04-01") == both
    assert (
        lifecycle.perform(agreement, "submit_for_ratification", on=day("2024-06-01"), by=officer).stage == "ratifying"
    )


def test_documents_of_an_earlier_text_do_not_count(
    make_agreement: Make, officer: User, parties: dict[str, Party]
) -> None:
    agreement = make_agreement(stage="signing", on=day("2008-02-21"))
    prepared(agreement, officer, parties, "2008-03-01")
    assert lifecycle.objections(agreement, "sign", by=officer, on=day("2008-04-01"), evidence="text") == []
    lifecycle.perform(agreement, "reopen", on=day("2022"), by=officer)
    lifecycle.perform(agreement, "initial", on=day("2024-10-14"), by=officer, evidence="text")
    fresh = lifecycle.perform(agreement, "prepare_signing", on=day("2024-11-01"), by=officer, evidence="decision")
    assert len(refused(fresh, "sign", officer, "2024-12-01", evidence="text")) == 6


def test_clearance_refused_blocks_until_it_is_given(
    make_agreement: Make, officer: User, parties: dict[str, Party]
) -> None:
    agreement = make_agreement(stage="signing")
    prepared(agreement, officer, parties)
    tasks.clear(agreement, "Ministry of Finance", result="refused", on=day("2024-12-11"), by=officer)
    fresh = Agreement.objects.get(pk=agreement.pk)
    assert refused(fresh, "sign", officer, "2024-12-12", evidence="text") == ["clearance-refused"]
    tasks.clear(agreement, "Ministry of Finance", result="given", on=day("2024-12-12"), by=officer)
    assert lifecycle.perform(agreement, "sign", on=day("2024-12-13"), by=officer, evidence="text").stage == "signed"


def test_out_of_procedure_needs_right_and_reason_and_is_flagged(
    make_agreement: Make, officer: User, lawyer: User
) -> None:
    agreement = make_agreement(stage="signing")
    assert refused(agreement, "sign", officer, out_of_procedure=True, reason="It was signed.") == ["not-permitted"]
    assert refused(agreement, "sign", lawyer, out_of_procedure=True) == ["reason-missing"]
    lifecycle.perform(
        agreement, "sign", on=day("2024-06-01"), by=lawyer, out_of_procedure=True, reason="It was signed."
    )
    entry = Entry.objects.of(agreement).last()
    assert entry is not None
    assert entry.out_of_procedure
    assert journal.data_of(entry)["unmet"] == [
        "act-missing",
        "clearance-missing",
        "document-missing",
        "evidence-missing",
    ]
    settled(agreement)


def test_out_of_procedure_is_not_flagged_where_nothing_was_missing(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement()
    lifecycle.perform(agreement, "withdraw", on=day("2024-06-01"), by=lawyer, out_of_procedure=True, reason="Given up.")
    assert not Entry.objects.filter(out_of_procedure=True).exists()


def test_edges_of_the_machine_hold_even_out_of_procedure(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement()
    assert refused(agreement, "sign", lawyer, out_of_procedure=True, reason="So it was.") == ["step-impossible"]
    roadmap = make_agreement(kind="roadmap", stage="signed")
    assert refused(roadmap, "submit_for_ratification", lawyer, out_of_procedure=True, reason="So.") == [
        "step-impossible"
    ]


def test_a_step_that_the_procedure_skips_can_be_recorded_out_of_procedure(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement()
    assert refused(agreement, "open_negotiations", lawyer) == ["not-foreseen"]
    fresh = lifecycle.perform(
        agreement,
        "open_negotiations",
        on=day("2024-06-01"),
        by=lawyer,
        out_of_procedure=True,
        reason="No mandate needed.",
    )
    assert fresh.stage == "negotiating"


@pytest.mark.parametrize(
    ("name", "on", "more", "codes"),
    [
        ("save", "2024-06-01", {}, ["step-unknown"]),
        ("delete", "2024-06-01", {}, ["step-unknown"]),
        ("initial", "2024-06-01", {}, ["step-impossible"]),
        ("withdraw", "2024-12-29", {}, ["future-date"]),
        ("withdraw", "2025-01", {}, ["future-date"]),
        ("withdraw", "2003-06-04", {}, ["order-of-dates"]),
        ("withdraw", "2002", {}, ["order-of-dates"]),
        ("withdraw", "2024-06-01", {"manner": "shouted"}, ["manner-unknown"]),
        ("withdraw", "2024-06-01", {"place": "x" * 201, "reason": "y" * 4001}, ["too-long", "too-long"]),
        ("authorise", "2025-06-01", {}, ["future-date", "evidence-missing"]),
    ],
)
def test_bad_steps_are_refused(
    make_agreement: Make, officer: User, name: str, on: str, more: dict[str, Any], codes: list[str]
) -> None:
    assert refused(make_agreement(), name, officer, on, **more) == codes


def test_imprecise_dates_that_may_follow_are_accepted(make_agreement: Make, officer: User) -> None:
    agreement = make_agreement()
    fresh = lifecycle.perform(agreement, "authorise", on=day("2003"), by=officer, evidence="decision")
    assert (fresh.stage, fresh.since.iso) == ("mandated", "2003")


def test_rights_are_asked_for(make_agreement: Make, reader: User, officer: User) -> None:
    agreement = make_agreement()
    assert refused(agreement, "withdraw", reader) == ["not-permitted"]
    assert refused(agreement, "withdraw", officer, origin="imported") == ["not-permitted"]
    secret = make_agreement(columns={"level": Level.SECRET})
    assert refused(secret, "withdraw", officer) == ["not-permitted"]
    officer.is_active = False
    officer.save()
    assert refused(agreement, "withdraw", User.objects.get(pk=officer.pk)) == ["not-permitted"]


def test_imported_steps_are_not_checked_but_walk(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement(stage="signing")
    assert refused(agreement, "enter_into_force", lawyer, origin="imported") == ["step-impossible"]
    lifecycle.perform(agreement, "sign", on=day("2024-06-01"), by=lawyer, origin="imported")
    entry = Entry.objects.of(agreement).last()
    assert entry is not None
    assert (entry.origin, entry.out_of_procedure) == ("imported", False)


def test_entry_into_force_may_reach_back_with_a_reason(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement(procedure="simplified", stage="signed", on=day("2024-03-01"))
    codes = refused(agreement, "enter_into_force", lawyer, "2024-01-01", evidence="note")
    assert codes == ["retroactive"]
    lifecycle.perform(
        agreement, "enter_into_force", on=day("2024-01-01"), by=lawyer, evidence="note", reason="Article 9 says so."
    )
    entry = Entry.objects.of(agreement).last()
    assert entry is not None
    assert journal.data_of(entry)["retroactive"] is True
    later = lifecycle.perform(settled(agreement), "suspend", on=day("2024-05-01"), by=lawyer, evidence="notice")
    assert later.stage == "suspended"


def test_supersede_asks_for_a_successor_in_force_between_all_parties(
    make_agreement: Make, lawyer: User, parties: dict[str, Party]
) -> None:
    old = make_agreement(procedure="simplified", stage="in_force", on=day("1999-07-01"))
    new = make_agreement(procedure="simplified", stage="signed", on=day("2015-12-21"))
    assert refused(old, "supersede", lawyer) == ["successor-missing"]
    assert refused(old, "supersede", lawyer, successor=new) == ["successor-not-in-force"]
    assert refused(old, "supersede", lawyer, successor=old) == ["successor-missing"]
    with registers.editing(make_agreement(participants=[(parties["KZ"], "negotiating")]), by=lawyer) as lonely:
        pass
    assert refused(old, "supersede", lawyer, successor=lonely) == ["successor-not-in-force", "successor-lacks-party"]
    lifecycle.perform(new, "enter_into_force", on=day("2020-03-01"), by=lawyer, evidence="notification")
    assert refused(old, "supersede", lawyer, "2019-01-01", successor=new) == ["successor-not-in-force"]
    fresh = lifecycle.perform(old, "supersede", on=day("2020-03-01"), by=lawyer, successor=new)
    assert fresh.stage == "superseded"


def test_expire_waits_for_the_end_of_validity(make_agreement: Make, officer: User) -> None:
    from datetime import date

    agreement = make_agreement(
        kind="roadmap",
        stage="in_force",
        on=day("2023-05-19"),
        columns={"valid_from": date(2023, 1, 1), "valid_until": date(2024, 6, 30)},
    )
    assert refused(agreement, "expire", officer, "2024-06-30") == ["date-not-passed"]
    assert lifecycle.perform(agreement, "expire", on=day("2024-07-01"), by=officer).stage == "expired"
    without = make_agreement(kind="roadmap", stage="in_force", on=day("2023-05-19"))
    assert refused(without, "expire", officer, "2024-07-01") == ["date-missing"]


def test_run_automatic_takes_effect_and_expires(make_agreement: Make, lawyer: User) -> None:
    from datetime import date

    valid = {"valid_from": date(2024, 1, 1), "valid_until": date(2024, 6, 30)}
    early = make_agreement(kind="roadmap", stage="signed", on=day("2023-11-01"), columns=valid)
    late = make_agreement(kind="roadmap", stage="signed", on=day("2024-02-10"), columns=valid)
    treaty = make_agreement(stage="signed", on=day("2024-02-10"))
    moved = lifecycle.run_automatic(by=lawyer, today=date(2024, 5, 1))
    assert {item.reference: (item.stage, item.since.iso) for item in moved} == {
        early.reference: ("in_force", "2024-01-01"),
        late.reference: ("in_force", "2024-02-10"),
    }
    moved = lifecycle.run_automatic(by=lawyer, today=date(2024, 6, 30))
    assert moved == []
    moved = lifecycle.run_automatic(by=lawyer, today=date(2024, 7, 1))
    assert {(item.stage, item.since.iso) for item in moved} == {("expired", "2024-07-01")}
    assert settled(treaty).stage == "signed"


def test_perform_many_takes_all_or_none(make_agreement: Make, lawyer: User) -> None:
    first, second = make_agreement(), make_agreement()
    told = lifecycle.Details(evidence="decision")
    good = lifecycle.Step(first, "authorise", day("2004"), told)
    then = lifecycle.Step(first, "open_negotiations", day("2005"))
    bad = lifecycle.Step(second, "sign", day("2005"))
    with pytest.raises(Refused):
        lifecycle.perform_many([good, then, bad], by=lawyer)
    assert settled(first).stage == "proposed"
    done = lifecycle.perform_many([good, then, lifecycle.Step(second, "withdraw", day("2005"))], by=lawyer)
    assert [item.stage for item in done] == ["negotiating", "negotiating", "withdrawn"]
    settled(first)
    settled(second)


# ---- holds and notes ----
def test_hold_blocks_and_release_frees(make_agreement: Make, officer: User) -> None:
    agreement = make_agreement(stage="negotiating", on=day("2011-06"))
    with pytest.raises(Refused) as refusal:
        lifecycle.hold(agreement, on=day("2012-09"), by=officer, reason="")
    assert reasons(refusal) == ["reason-missing"]
    held = lifecycle.hold(agreement, on=day("2012-09"), by=officer, reason="Talks halted by Kazakhstan.")
    assert settled(held).on_hold
    assert refused(held, "initial", officer, "2013-01-01", evidence="text") == ["on-hold"]
    with pytest.raises(Refused) as refusal:
        lifecycle.hold(held, on=day("2013-01-01"), by=officer, reason="again")
    assert reasons(refusal) == ["on-hold-already"]
    free = lifecycle.release(held, on=day("2013-10-09"), by=officer)
    assert not settled(free).on_hold
    with pytest.raises(Refused) as refusal:
        lifecycle.release(free, on=day("2013-11-01"), by=officer)
    assert reasons(refusal) == ["not-on-hold"]


def test_what_is_in_force_cannot_be_put_on_hold(make_agreement: Make, officer: User) -> None:
    agreement = make_agreement(stage="in_force")
    with pytest.raises(Refused) as refusal:
        lifecycle.hold(agreement, on=day("2024-01-01"), by=officer, reason="why not")
    assert reasons(refusal) == ["hold-impossible"]


def test_rounds_are_counted_for_the_present_text(make_agreement: Make, officer: User) -> None:
    agreement = make_agreement(stage="negotiating", on=day("2011-06"))
    lifecycle.note(agreement, on=day("2014-09-12"), by=officer, what="Text finalised.", round_of_talks=8)
    assert settled(agreement).round == 8
    lifecycle.perform(agreement, "initial", on=day("2015-01-20"), by=officer, evidence="text")
    reopened = lifecycle.perform(agreement, "reopen", on=day("2016-01-20"), by=officer)
    assert (reopened.text, settled(reopened).round) == (2, 0)


@pytest.mark.parametrize(
    ("record", "codes"),
    [
        (lambda a, u, p: lifecycle.note(a, on=day("2024-01-01"), by=u, what=" "), ["text-missing"]),
        (lambda a, u, p: lifecycle.note(a, on=day("2025-01-01"), by=u, what="x"), ["future-date"]),
        (lambda a, u, p: lifecycle.note(a, on=day("2024"), by=u, what="x", text_number=2), ["text-unknown"]),
        (lambda a, u, p: documents.cite(a, "novel", on=day("2024"), by=u, evidence="x"), ["document-unknown"]),
        (lambda a, u, p: documents.cite(a, "decision", on=day("2024"), by=u, evidence=""), ["citation-missing"]),
        (lambda a, u, p: tasks.clear(a, "", result="maybe", on=day("2024"), by=u), ["body-missing", "result-unknown"]),
        (lambda a, u, p: participation.act(a, p["KZ"], "waving", on=day("2024"), by=u), ["act-unknown"]),
    ],
)
def test_bad_records_are_refused(
    make_agreement: Make, officer: User, parties: dict[str, Party], record: Any, codes: list[str]
) -> None:
    agreement = make_agreement()
    with pytest.raises(Refused) as refusal:
        record(agreement, officer, parties)
    assert reasons(refusal) == codes
    assert Entry.objects.of(agreement).count() == 1


def test_acts_of_strangers_are_refused(make_agreement: Make, officer: User, parties: dict[str, Party]) -> None:
    agreement = make_agreement(participants=[(parties["KZ"], "negotiating")])
    with pytest.raises(Refused) as refusal:
        participation.act(agreement, parties["EU"], "signature", on=day("2024"), by=officer)
    assert reasons(refusal) == ["not-a-participant"]


def test_what_is_dated_after_the_step_does_not_count(
    make_agreement: Make, officer: User, parties: dict[str, Party]
) -> None:
    agreement = make_agreement(stage="signing", on=day("2024-11-01"))
    prepared(agreement, officer, parties, "2024-12-27")
    codes = [
        reason.code
        for reason in lifecycle.objections(agreement, "sign", by=officer, on=day("2024-11-15"), evidence="x")
    ]
    assert codes == [*["document-later"] * 2, "clearance-missing", "document-later", *["act-later"] * 2]
    assert lifecycle.objections(agreement, "sign", by=officer, on=day("2024-12-27"), evidence="x") == []
    assert lifecycle.objections(agreement, "sign", by=officer, on=day("2024-12"), evidence="x") == []


def test_a_step_may_precede_the_day_on_which_the_one_before_was_only_reported(
    make_agreement: Make, officer: User
) -> None:
    agreement = make_agreement(kind="memorandum", stage="negotiating", on=day("2024-01-01"))
    lifecycle.perform(agreement, "prepare_signing", on=day("2024-12-28"), by=officer, certainty="reported")
    signed = lifecycle.perform(agreement, "sign", on=day("2024-12-27"), by=officer, evidence="text")
    assert settled(signed).stage == "signed"
