"""The life of agreements: opening, steps with all their guards, holds, late steps, corrections, notes, bad input."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from agreements import documents, journal, lifecycle, participation, registers, tasks, walk
from agreements.choices import EntryKind, Level
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.history import histories
from agreements.models import Agreement, Entry, Party, ProcedureVersion, User

Make = Callable[..., Agreement]
day = FuzzyDate.parse


def reasons(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.code for reason in refusal.value.reasons]


def refused(agreement: Agreement, name: str, by: User, on: str = "2024-06-01", **details: Any) -> list[str]:
    """Return the codes with which a step is refused, and prove that nothing was written."""
    before = Entry.objects.count()
    with pytest.raises(Refused) as refusal:
        lifecycle.perform(agreement, name, on=day(on), by=by, **details)
    assert Entry.objects.count() == before
    kept = Agreement.objects.get(pk=agreement.pk)
    assert (kept.stage, kept.version) == (agreement.stage, agreement.version)
    return reasons(refusal)


def settled(agreement: Agreement) -> Agreement:
    """Return the agreement as stored, after proving that its columns are what the journal replays to."""
    kept = Agreement.objects.get(pk=agreement.pk)
    history = histories([kept.pk])[kept.pk]
    assert walk.check(history.line) == []
    state = walk.replay(history.line)
    assert (kept.stage, kept.since, kept.text, kept.on_hold, kept.round) == (
        state.stage,
        state.since.when,
        state.text,
        state.hold is not None,
        history.rounds.get(state.text, 0),
    )
    assert list(journal.verify()) == []
    return kept


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
        "Full powers are not recorded for European Union.",
        "Full powers are not recorded for Kazakhstan.",
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


def prepared(agreement: Agreement, by: User, parties: dict[str, Party], on: str = "2024-12-10") -> None:
    """Record everything that the signing of a treaty subject to ratification requires beforehand."""
    for kind in ("legal_expertise", "linguistic_expertise", "signing_decision"):
        documents.cite(agreement, kind, on=day(on), by=by, evidence=f"No. 12, {kind}")
    tasks.clear(agreement, "Ministry of Transport", result="with_remarks", on=day(on), by=by)
    for party in parties.values():
        participation.act(agreement, party, "full_powers", on=day(on), by=by)


def test_whole_life_in_procedure(make_agreement: Make, officer: User, parties: dict[str, Party]) -> None:
    agreement = make_agreement(on=day("2003"))
    step = lambda name, on, **more: lifecycle.perform(agreement, name, on=day(on), by=officer, **more)  # noqa: E731
    assert step("authorise", "2003-06-05", evidence="Council decision").stage == "mandated"
    assert step("open_negotiations", "2007").stage == "negotiating"
    assert step("initial", "2007", evidence="first text").stage == "initialled"
    assert step("prepare_signing", "2008-02-21", evidence="COM(2008) 92").stage == "signing"
    reopened = step("reopen", "2022")
    assert (reopened.stage, reopened.text) == ("negotiating", 2)
    step("initial", "2024-10-14", evidence="revised text", place="Luxembourg")
    step("prepare_signing", "2024-11-01", evidence="decision to prepare")
    prepared(agreement, officer, parties)
    signed = step("sign", "2024-12-20", evidence="signed text", manner="signed", place="Astana")
    assert signed.stage == "signed"
    documents.cite(agreement, "draft_law", on=day("2024-12-21"), by=officer, evidence="draft law")
    documents.cite(agreement, "explanatory_note", on=day("2024-12-21"), by=officer, evidence="note")
    assert step("submit_for_ratification", "2024-12-22").stage == "ratifying"
    assert refused(settled(agreement), "enter_into_force", officer, "2024-12-28") == ["act-missing", "act-missing"]
    for party in parties.values():
        participation.act(agreement, party, "notification", on=day("2024-12-23"), by=officer)
    assert step("enter_into_force", "2024-12-27").stage == "in_force"
    kept = settled(agreement)
    assert (kept.since.iso, kept.text) == ("2024-12-27", 2)


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


# ---- late steps and corrections ----
def entry_of(agreement: Agreement, transition: str) -> Entry:
    return Entry.objects.of(agreement).live().get(transition=transition)


def aviation(make_agreement: Make, by: User) -> Agreement:
    agreement = make_agreement(on=day("before 2003-06-05"))
    told = {"by": by, "origin": "imported"}
    for name, on in (("authorise", "2003-06-05"), ("open_negotiations", "2007"), ("initial", "2007")):
        agreement = lifecycle.perform(agreement, name, on=day(on), **told)
    return agreement


def test_a_late_step_takes_its_place(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement(kind="memorandum", stage="proposed", on=day("2020-01-01"))
    lifecycle.perform(agreement, "prepare_signing", on=day("2022-01-01"), by=lawyer)
    opening = Entry.objects.of(agreement).get(kind=EntryKind.OPEN)
    fresh = lifecycle.perform(agreement, "open_negotiations", on=day("2021-01-01"), by=lawyer, after=opening)
    assert settled(fresh).stage == "signing"
    line = histories([agreement.pk])[agreement.pk].line
    assert [entry.to_stage for entry in line] == ["proposed", "negotiating", "signing"]


def test_a_late_step_that_breaks_the_walk_names_the_offending_entries(make_agreement: Make, lawyer: User) -> None:
    agreement = aviation(make_agreement, lawyer)
    opening = Entry.objects.of(agreement).get(kind=EntryKind.OPEN)
    with pytest.raises(Refused) as refusal:
        lifecycle.perform(agreement, "withdraw", on=day("2003"), by=lawyer, after=opening)
    assert reasons(refusal) == ["step-impossible"]
    assert "Authorise negotiations" in str(refusal.value)
    with pytest.raises(Refused) as refusal:
        lifecycle.perform(
            agreement,
            "reopen",
            on=day("2002-01-01"),
            by=lawyer,
            after=entry_of(agreement, "initial"),
            origin="imported",
        )
    assert reasons(refusal) == ["order-of-dates"]
    settled(agreement)


def test_void_without_replacement_goes_back(make_agreement: Make, lawyer: User) -> None:
    agreement = aviation(make_agreement, lawyer)
    fresh = lifecycle.void(entry_of(agreement, "initial"), by=lawyer, reason="Recorded for the wrong agreement.")
    assert settled(fresh).stage == "negotiating"
    assert fresh.since.iso == "2007"


def test_void_in_the_middle_is_refused_where_the_walk_would_break(make_agreement: Make, lawyer: User) -> None:
    agreement = aviation(make_agreement, lawyer)
    with pytest.raises(Refused) as refusal:
        lifecycle.void(entry_of(agreement, "open_negotiations"), by=lawyer, reason="Wrong.")
    assert reasons(refusal) == ["step-impossible"]
    assert settled(agreement).stage == "initialled"


def test_void_and_replace_takes_the_position_and_keeps_what_is_not_given_anew(
    make_agreement: Make, lawyer: User
) -> None:
    agreement = aviation(make_agreement, lawyer)
    wrong = entry_of(agreement, "open_negotiations")
    fresh = lifecycle.void(wrong, by=lawyer, reason="The month is known.", on=day("2007-03"), source="COM(2025)154")
    right = entry_of(agreement, "open_negotiations")
    assert (right.position, right.on.iso, right.source, right.origin) == (
        wrong.position,
        "2007-03",
        "COM(2025)154",
        "imported",
    )
    assert journal.data_of(right)["replaces"] == str(wrong.pk)
    assert settled(fresh).stage == "initialled"
    with pytest.raises(Refused) as refusal:
        lifecycle.void(wrong, by=lawyer, reason="Again.")
    assert reasons(refusal) == ["voided-already"]


def test_a_replacement_out_of_order_is_refused(make_agreement: Make, lawyer: User) -> None:
    agreement = aviation(make_agreement, lawyer)
    with pytest.raises(Refused) as refusal:
        lifecycle.void(entry_of(agreement, "authorise"), by=lawyer, reason="Later.", on=day("2010-01-01"))
    assert "order-of-dates" in reasons(refusal)
    settled(agreement)


def test_an_opening_can_be_replaced_and_a_record_voided(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement(on=day("2003-06-05"))
    opening = Entry.objects.of(agreement).get()
    fresh = lifecycle.void(opening, by=lawyer, reason="Mandate known.", stage="mandated", on=day("2003-06-06"))
    assert settled(fresh).stage == "mandated"
    assert journal.rebuild(fresh.SUBJECT)[fresh.pk]["reference"] == fresh.reference
    voided = lifecycle.void(Entry.objects.of(agreement).live().get(kind="open"), by=lawyer, reason="Twice recorded.")
    assert voided.is_void
    assert list(journal.verify()) == []
    assert refused(voided, "withdraw", lawyer) == ["record-void", "before-opening"]
    assert not Agreement.objects.kept().filter(pk=agreement.pk).exists()


def test_voids_need_right_and_reason_and_are_not_voided(make_agreement: Make, lawyer: User, officer: User) -> None:
    agreement = aviation(make_agreement, lawyer)
    wrong = entry_of(agreement, "initial")
    with pytest.raises(Refused) as refusal:
        lifecycle.void(wrong, by=officer, reason="x")
    assert reasons(refusal) == ["not-permitted"]
    with pytest.raises(Refused) as refusal:
        lifecycle.void(wrong, by=lawyer, reason=" ")
    assert reasons(refusal) == ["reason-missing"]
    lifecycle.void(wrong, by=lawyer, reason="Wrong.")
    with pytest.raises(Refused) as refusal:
        lifecycle.void(Entry.objects.get(kind=EntryKind.VOID), by=lawyer, reason="Undo.")
    assert reasons(refusal) == ["not-voidable"]


def test_a_voided_document_no_longer_counts(make_agreement: Make, lawyer: User, parties: dict[str, Party]) -> None:
    agreement = make_agreement(stage="signing")
    prepared(agreement, lawyer, parties)
    assert lifecycle.objections(agreement, "sign", by=lawyer, evidence="text") == []
    decision = next(
        entry for entry in Entry.objects.of(agreement) if journal.data_of(entry).get("document") == "signing_decision"
    )
    lifecycle.void(decision, by=lawyer, reason="Of another agreement.")
    assert [reason.remedy for reason in lifecycle.objections(agreement, "sign", by=lawyer, evidence="text")] == [
        "document:signing_decision"
    ]


# ---- edits ----
def test_editing_writes_one_entry_with_before_and_after(make_agreement: Make, officer: User) -> None:
    agreement = make_agreement()
    with registers.editing(agreement, by=officer) as fresh:
        fresh.title_ru = "Соглашение о некоторых аспектах воздушного сообщения"
        fresh.planned_signing = day("2025-H2")
    entry = Entry.objects.of(agreement).get(kind=EntryKind.EDIT)
    assert journal.data_of(entry)["changes"] == {"planned_signing": [None, "2025-H2"]}
    assert journal.text_of(entry)["changes"]["title_ru"] == ["", fresh.title_ru]
    assert Agreement.objects.get(pk=agreement.pk).planned_signing == day("2025-H2")
    with registers.editing(agreement, by=officer):
        pass
    assert Entry.objects.of(agreement).count() == 2
    settled(agreement)


def test_editing_is_refused_without_right_or_with_values_that_cannot_be(
    make_agreement: Make, reader: User, officer: User
) -> None:
    agreement = make_agreement()
    with pytest.raises(Refused), registers.editing(agreement, by=reader) as fresh:
        fresh.ball = "own"
    with pytest.raises(ValidationError), registers.editing(agreement, by=officer) as fresh:
        fresh.ball = "nowhere"
    with pytest.raises(Refused), registers.editing(agreement, by=officer) as fresh:
        fresh.level = Level.SECRET
    assert Entry.objects.of(agreement).count() == 1
    assert Agreement.objects.get(pk=agreement.pk).level == "internal"


def test_participants_of_a_signed_agreement_are_not_edited(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement(stage="signed")
    with pytest.raises(Refused) as refusal, registers.editing(agreement, by=lawyer) as fresh:
        fresh.participants.filter(party__code="EU").delete()
    assert reasons(refusal) == ["participants-fixed"]
    assert agreement.participants.count() == 2


def test_the_stage_cannot_be_assigned(make_agreement: Make) -> None:
    agreement = make_agreement()
    with pytest.raises(AttributeError):
        agreement.stage = "signed"
