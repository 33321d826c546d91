"""Acts of participants: recorded, refused, corrected; what follows from them is computed, never written by hand."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from agreements import clock, documents, lifecycle, participation, registers, tracking
from agreements.choices import EntryKind, Origin, Role, Status
from agreements.entry_into_force import explain
from agreements.guards import Refused
from agreements.models import Agreement, Entry, Party, User
from agreements.tracks import reservations
from tests.lives import Make, day, reasons, refused, settled

SECOND_MONTH = {"enters_into_force": {"first_of_month": 2, "following": {"notifications": "all"}}}
ON = date(2024, 12, 28)


def answer(agreement: Agreement, on: date = ON, **more: Any) -> tracking.Tracked:
    kept = Agreement.objects.get(pk=agreement.pk)
    return tracking.tracked([kept], on, **more)[kept.pk]


def computed(agreement: Agreement) -> str:
    when = Agreement.objects.get(pk=agreement.pk).computed_entry
    return when.iso if when else ""


@pytest.fixture
def signed(make_agreement: Make) -> Agreement:
    """A treaty recorded as signed on 14 October 2024, in force on the last notification."""
    return make_agreement(
        stage="signed", procedure="ratified", on=day("2024-10-14"), columns={"clause": SECOND_MONTH}, manner="signed"
    )


def notify(agreement: Agreement, party: Party, by: User, on: str, **more: Any) -> Entry:
    return participation.act(agreement, party, "notification", on=day(on), by=by, **more)


def test_the_clause_is_answered_after_each_act(signed: Agreement, parties: dict[str, Party], officer: User) -> None:
    assert computed(signed) == ""
    notify(signed, parties["KZ"], officer, "2024-11-05")
    assert computed(signed) == ""
    assert explain(answer(signed).outcome) == [  # type: ignore[arg-type]
        "Not met as of 28\u00a0December\u00a02024.",
        "Missing: 1 of 2 (notifications of completed procedures): European Union.",
        "If all that is missing came on 28\u00a0December\u00a02024, it would enter into force on "
        "1\u00a0February\u00a02025.",
    ]
    entry = notify(signed, parties["EU"], officer, "2024-11-20")
    assert computed(signed) == "2025-01-01"
    lifecycle.void(entry, by=User.objects.service("import"), reason="It was a draft.")
    assert computed(signed) == ""
    settled(signed)


def test_the_day_of_receipt_counts(signed: Agreement, parties: dict[str, Party], officer: User) -> None:
    notify(signed, parties["KZ"], officer, "2024-11-05", received=day("2024-12-02"))
    notify(signed, parties["EU"], officer, "2024-10-20")
    assert computed(signed) == "2025-02-01"


def test_a_corrected_act_counts_as_corrected(
    signed: Agreement, parties: dict[str, Party], officer: User, lawyer: User
) -> None:
    notify(signed, parties["KZ"], officer, "2024-11-05")
    entry = notify(signed, parties["EU"], officer, "2024-11-20", what="Note 12.")
    participation.correct(entry, by=lawyer, reason="The note is of October.", on=day("2024-10-31"))
    assert computed(signed) == "2025-01-01"
    live = Entry.objects.of(signed).live().filter(kind=EntryKind.ACTION).order_by("-sequence")[0]
    assert (live.on.iso, str(live.text)) == ("2024-10-31", '{"what":"Note 12."}')
    assert Entry.objects.filter(voids=entry).exists()
    settled(signed)


def test_what_aims_at_a_corrected_act_aims_at_what_took_its_place(
    signed: Agreement, parties: dict[str, Party], officer: User, lawyer: User
) -> None:
    first = participation.act(signed, parties["KZ"], "reservation", on=day("2024-10-14"), by=officer)
    objection = participation.act(
        signed, parties["EU"], "objection", on=day("2024-11-01"), by=officer, target=first, what="Article 2."
    )
    second = participation.correct(first, by=lawyer, reason="A day earlier.", on=day("2024-10-13"))
    third = participation.correct(second, by=lawyer, reason="It was right.", on=day("2024-10-14"))
    (told,) = reservations(answer(signed).acts, ON, ["EU", "KZ"])
    assert (told.act.id, [(one.party, one.state) for one in told.answers]) == (str(third.pk), [("EU", "objected")])
    again = participation.correct(objection, by=lawyer, reason="A day later.", on=day("2024-11-02"))
    assert f'"target":"{third.pk}"' in again.data
    (told,) = reservations(answer(signed).acts, ON, ["EU", "KZ"])
    assert [one.state for one in told.answers] == ["objected"]
    settled(signed)


def test_an_act_at_which_another_aims_is_not_struck_out_alone(
    signed: Agreement, parties: dict[str, Party], officer: User, lawyer: User
) -> None:
    notice = notify(signed, parties["KZ"], officer, "2024-11-05")
    gone = participation.act(signed, parties["KZ"], "withdrawal", on=day("2024-11-20"), by=officer, target=notice)
    before = Entry.objects.count()

    told = lifecycle.consequences(notice, signed).reasons
    with pytest.raises(Refused) as refusal:
        lifecycle.void(notice, by=lawyer, reason="It was a draft.")
    assert refusal.value.reasons == tuple(told)
    assert [reason.sentence for reason in told] == [
        "Another act concerns this one: “Withdrawal of an act”, 20\u00a0November\u00a02024. "
        "Void that one first, or give the right values of this one instead."
    ]
    barred = lifecycle.void_many([notice], by=lawyer, reason="It was a draft.")
    assert [reason.code for reason in barred[signed.pk]] == ["aimed-at"]
    assert Entry.objects.count() == before

    corrected = participation.correct(notice, by=lawyer, reason="A day earlier.", on=day("2024-11-04"))
    with pytest.raises(Refused) as refusal:
        lifecycle.void(corrected, by=lawyer, reason="It was a draft.")
    assert reasons(refusal) == ["aimed-at"]
    assert lifecycle.void_many([corrected, gone], by=lawyer, reason="It was a draft.") == {}
    settled(signed)


def test_a_withdrawal_is_struck_out_before_what_it_withdrew(
    signed: Agreement, parties: dict[str, Party], officer: User, lawyer: User
) -> None:
    notice = notify(signed, parties["KZ"], officer, "2024-11-05")
    gone = participation.act(signed, parties["KZ"], "withdrawal", on=day("2024-11-20"), by=officer, target=notice)
    assert lifecycle.consequences(gone, signed).reasons == ()
    for entry in (gone, notice):
        lifecycle.void(entry, by=lawyer, reason="It was a draft.")
    assert [act.kind for act in answer(signed).acts] == ["signature", "signature"]
    settled(signed)


def test_an_act_is_not_corrected_into_one_at_which_the_others_cannot_aim(
    signed: Agreement, parties: dict[str, Party], officer: User, lawyer: User
) -> None:
    made = participation.act(signed, parties["KZ"], "reservation", on=day("2024-10-14"), by=officer)
    participation.act(signed, parties["EU"], "objection", on=day("2024-11-01"), by=officer, target=made, what="No.")
    before = Entry.objects.count()
    for given in ({"kind": "declaration"}, {"party": parties["EU"]}, {"on": day("2024-11-02")}):
        with pytest.raises(Refused) as refusal:
            participation.correct(made, by=lawyer, reason="It was another.", **given)
        assert refusal.value.reasons[-1].code == "aim-lost"
        assert refusal.value.reasons[-1].sentence == (
            "Another act concerns this one, and would no longer fit: “Objection”, 1\u00a0November\u00a02024. "
            "Void that one first."
        )
    assert Entry.objects.count() == before
    settled(signed)


def test_a_refused_correction_changes_nothing(
    signed: Agreement, parties: dict[str, Party], officer: User, lawyer: User
) -> None:
    entry = notify(signed, parties["KZ"], officer, "2024-11-05")
    before = Entry.objects.count()
    with pytest.raises(Refused) as refusal:
        participation.correct(entry, by=lawyer, reason="Wrong.", received=day("2024-11-01"))
    assert reasons(refusal) == ["received-before-done"]
    assert Entry.objects.count() == before


def test_the_step_asks_the_clause(signed: Agreement, parties: dict[str, Party], officer: User) -> None:
    for kind in ("draft_law", "explanatory_note"):
        documents.cite(signed, kind, on=day("2024-10-20"), by=officer, evidence="No. 7")
    signed = lifecycle.perform(signed, "submit_for_ratification", on=day("2024-10-21"), by=officer)
    notify(signed, parties["KZ"], officer, "2024-10-22")
    signed = Agreement.objects.get(pk=signed.pk)
    assert refused(signed, "enter_into_force", officer, "2024-12-01") == ["clause-act-missing"]
    notify(signed, parties["EU"], officer, "2024-10-23")
    signed = Agreement.objects.get(pk=signed.pk)
    assert refused(signed, "enter_into_force", officer, "2024-11-30") == ["clause-later"]
    assert lifecycle.perform(signed, "enter_into_force", on=day("2024-12-01"), by=officer).stage == "in_force"
    present = answer(signed)
    assert (present.stated, present.conflict) == (day("2024-12-01"), False)
    assert {code: one.status for code, one in present.standings.items()} == {"EU": Status.BOUND, "KZ": Status.BOUND}


def test_a_stated_day_that_differs_is_a_conflict(signed: Agreement, parties: dict[str, Party], lawyer: User) -> None:
    for party in parties.values():
        notify(signed, party, lawyer, "2024-10-23", origin=Origin.IMPORTED)
    lifecycle.perform(signed, "submit_for_ratification", on=day("2024-10-21"), by=lawyer, origin=Origin.IMPORTED)
    lifecycle.perform(signed, "enter_into_force", on=day("2024-11-01"), by=lawyer, origin=Origin.IMPORTED)
    present = answer(signed)
    assert present.conflict
    assert present.outcome is not None
    assert (present.stated, present.outcome.date) == (day("2024-11-01"), day("2024-12-01"))


def test_known_before_is_the_world_without_it(signed: Agreement, parties: dict[str, Party], officer: User) -> None:
    notify(signed, parties["KZ"], officer, "2024-11-05")
    moment = clock.now()
    without = answer(signed)
    notify(signed, parties["EU"], officer, "2024-11-20")
    assert answer(signed, known_at=moment).outcome == without.outcome
    assert answer(signed).outcome != without.outcome


REFUSED = [
    ("KZ", "blessing", "2024-11-01", {}, ["act-unknown"]),
    ("KZ", "denunciation", "2024-11-01", {}, ["nothing-to-leave"]),
    ("KZ", "rejoining", "2024-11-01", {}, ["never-left"]),
    ("KZ", "ratification", "2024-10-01", {}, ["before-signature"]),
    ("KZ", "ratification", "2030-01-01", {}, ["future-date"]),
    ("KZ", "ratification", "2024-11-02", {"received": day("2024-11-01")}, ["received-before-done"]),
    ("KZ", "ratification", "2024-11-02", {"received": day("2030-11-01")}, ["future-date"]),
    ("KZ", "signature", "2024-10-14", {"manner": "with pleasure"}, ["manner-unknown"]),
    ("KZ", "withdrawal", "2024-11-02", {}, ["target-missing"]),
    ("KZ", "objection", "2024-11-02", {}, ["target-missing"]),
]


@pytest.mark.parametrize(("party", "kind", "on", "more", "codes"), REFUSED)
def test_what_does_not_fit_is_refused(
    signed: Agreement,
    parties: dict[str, Party],
    officer: User,
    party: str,
    kind: str,
    on: str,
    more: dict[str, Any],
    codes: list[str],
) -> None:
    before = Entry.objects.count()
    with pytest.raises(Refused) as refusal:
        participation.act(signed, parties[party], kind, on=day(on), by=officer, **more)
    assert reasons(refusal) == codes
    assert all(reason.sentence for reason in refusal.value.reasons)
    assert Entry.objects.count() == before


def test_a_stranger_and_an_onlooker_do_not_act(make_agreement: Make, parties: dict[str, Party], officer: User) -> None:
    agreement = make_agreement(participants=[(parties["KZ"], Role.NEGOTIATING)])
    with pytest.raises(Refused) as refusal:
        participation.act(agreement, parties["EU"], "signature", on=day("2024-10-14"), by=officer)
    assert reasons(refusal) == ["not-a-participant"]
    looked_on = make_agreement(participants=[(parties["KZ"], Role.NEGOTIATING), (parties["EU"], Role.DEPOSITARY)])
    with pytest.raises(Refused) as refusal:
        participation.act(looked_on, parties["EU"], "signature", on=day("2024-10-14"), by=officer)
    assert [reason.sentence for reason in refusal.value.reasons] == [
        "In this role a participant neither signs nor consents: European Union (Depositary)."
    ]


def test_who_accedes_comes_in_by_that_act(make_agreement: Make, parties: dict[str, Party], officer: User) -> None:
    agreement = make_agreement(participants=[(parties["KZ"], Role.NEGOTIATING)], stage="signed", on=day("2024-10-14"))
    with pytest.raises(Refused) as refusal:
        participation.act(agreement, parties["EU"], "ratification", on=day("2024-10-14"), by=officer)
    assert reasons(refusal) == ["not-a-participant"]
    participation.act(agreement, parties["EU"], "accession", on=day("2024-11-01"), by=officer)
    kept = settled(agreement)
    assert {row.party.code: row.role for row in kept.participants.all()} == {"KZ": "negotiating", "EU": "party"}
    assert [entry.kind for entry in Entry.objects.of(kept)] == ["open", "edit", "action"]


def test_what_is_open_for_signature_is_joined_by_signing(
    make_agreement: Make, parties: dict[str, Party], officer: User
) -> None:
    agreement = make_agreement(
        procedure="multilateral",
        participants=[(parties["KZ"], Role.NEGOTIATING)],
        stage="signed",
        on=day("2024-10-14"),
    )
    participation.act(agreement, parties["EU"], "signature", on=day("2024-11-01"), by=officer, manner="subject")
    assert answer(agreement).standings["EU"].status == Status.SIGNED
    settled(agreement)


def test_reality_wins_with_a_reason_and_the_right(
    make_agreement: Make, parties: dict[str, Party], officer: User, lawyer: User
) -> None:
    agreement = make_agreement()
    act = {"on": day("2024-10-14"), "out_of_procedure": True}
    with pytest.raises(Refused) as refusal:
        participation.act(agreement, parties["KZ"], "ratification", by=officer, reason="It did.", **act)  # type: ignore[arg-type]
    assert reasons(refusal) == ["not-permitted"]
    with pytest.raises(Refused) as refusal:
        participation.act(agreement, parties["KZ"], "ratification", by=lawyer, **act)  # type: ignore[arg-type]
    assert reasons(refusal) == ["reason-missing"]
    entry = participation.act(agreement, parties["KZ"], "ratification", by=lawyer, reason="It did.", **act)  # type: ignore[arg-type]
    assert (entry.out_of_procedure, '"unmet":["not-signed"]' in entry.data) == (True, True)
    settled(agreement)


def test_what_is_imported_is_not_checked_but_for_contradictions(
    make_agreement: Make, parties: dict[str, Party], lawyer: User
) -> None:
    agreement = make_agreement()
    told = {"by": lawyer, "origin": Origin.IMPORTED}
    participation.act(agreement, parties["KZ"], "ratification", on=day("2024-10-14"), **told)  # type: ignore[arg-type]
    with pytest.raises(Refused) as refusal:
        participation.act(agreement, parties["EU"], "withdrawal", on=day("2024-10-14"), **told)  # type: ignore[arg-type]
    assert reasons(refusal) == ["target-missing"]


def test_who_leaves_and_returns_keeps_all_its_acts(
    make_agreement: Make, parties: dict[str, Party], officer: User
) -> None:
    agreement = make_agreement(
        procedure="multilateral",
        stage="signed",
        on=day("2015-12-12"),
        columns={
            "clause": {
                "enters_into_force": {"after": {"days": 30}, "of": {"instruments": 1}},
                "later_joiners": {"after": {"days": 30}, "of": {"own": "instrument"}},
                "withdrawal": {"takes_effect": {"after": {"years": 1}, "of": {"own": "notice"}}},
            }
        },
    )
    kz, eu = parties["KZ"], parties["EU"]
    participation.act(agreement, eu, "accession", on=day("2016-09-03"), by=officer)
    participation.act(agreement, kz, "accession", on=day("2016-12-06"), by=officer)
    participation.act(agreement, eu, "denunciation", on=day("2019-11-04"), by=officer)
    participation.act(agreement, eu, "rejoining", on=day("2021-01-20"), by=officer)
    told = {
        on: answer(agreement, date.fromisoformat(on)).standings["EU"].status
        for on in ("2016-09-02", "2016-09-03", "2016-10-03", "2020-11-03", "2020-11-04", "2021-01-20", "2021-02-19")
    }
    assert list(told.values()) == [
        Status.NOT_SIGNED,
        Status.CONSENT_GIVEN,
        Status.BOUND,
        Status.BOUND,
        Status.WITHDRAWN,
        Status.CONSENT_GIVEN,
        Status.BOUND,
    ]
    spans = answer(agreement).outcome.of("EU")  # type: ignore[union-attr]
    assert [(str(one.date and one.date.iso), str(one.until and one.until.iso)) for one in spans] == [
        ("2016-10-03", "2020-11-04"),
        ("2021-02-19", "None"),
    ]
    assert len(answer(agreement).standings["EU"].acts) == 3
    settled(agreement)


def test_a_step_of_signing_tells_the_signatures_unless_open_for_signature(
    make_agreement: Make, parties: dict[str, Party]
) -> None:
    together = make_agreement(stage="signed", on=day("2024-10-14"))
    assert {one.status for one in answer(together).standings.values()} == {Status.SIGNED}
    apart = make_agreement(stage="signed", procedure="multilateral", on=day("2024-10-14"))
    assert {one.status for one in answer(apart).standings.values()} == {Status.NOT_SIGNED}


def test_an_agreement_in_force_binds_those_of_whom_no_act_is_recorded(
    make_agreement: Make, parties: dict[str, Party], lawyer: User
) -> None:
    roles = [(parties["KZ"], Role.PARTY), (parties["EU"], Role.SIGNATORY)]
    agreement = make_agreement(stage="in_force", on=day("1999-07-01"), participants=roles)
    told = answer(agreement).standings
    assert (told["KZ"].status, told["KZ"].bound, told["KZ"].implied) == (Status.BOUND, day("1999-07-01"), True)
    assert (told["EU"].status, told["EU"].implied) == (Status.NOT_SIGNED, False)
    assert answer(agreement, date(1999, 6, 30)).standings["KZ"].status == Status.NOT_SIGNED
    left = {"by": lawyer, "origin": Origin.IMPORTED}
    participation.act(agreement, parties["KZ"], "ratification", on=day("1997"), **left)  # type: ignore[arg-type]
    participation.act(agreement, parties["KZ"], "denunciation", on=day("2020-03-01"), **left)  # type: ignore[arg-type]
    assert answer(agreement, date(2021, 3, 1)).standings["KZ"].status == Status.WITHDRAWN


def test_acts_for_an_earlier_text_do_not_count(make_agreement: Make, parties: dict[str, Party], lawyer: User) -> None:
    agreement = make_agreement(columns={"clause": {"enters_into_force": {"signatures": 1}}})
    told = {"by": lawyer, "origin": Origin.IMPORTED}
    lifecycle.perform(agreement, "open_negotiations", on=day("2007"), **told)  # type: ignore[arg-type]
    lifecycle.perform(agreement, "initial", on=day("2007"), **told)  # type: ignore[arg-type]
    participation.act(agreement, parties["KZ"], "signature", on=day("2008-02-21"), **told)  # type: ignore[arg-type]
    assert computed(agreement) == "2008-02-21"
    lifecycle.perform(agreement, "reopen", on=day("2022"), **told)  # type: ignore[arg-type]
    assert computed(agreement) == ""


def test_a_clause_is_edited_with_its_place_named(signed: Agreement, officer: User) -> None:
    with pytest.raises(ValidationError) as refusal, registers.editing(signed, by=officer) as record:
        record.clause = {"enters_into_force": {"instruments": 3, "among": ["KZ", "EU"]}}
    assert refusal.value.message_dict == {
        "clause": ["enters_into_force.instruments: 3 cannot be reached: there are only 2."]
    }
    with registers.editing(signed, by=officer) as record:
        record.clause = {
            "tables": {"fleet": {"weights": {"KZ": 17.4, "EU": 82.6}}},
            "enters_into_force": {"share": "50%", "table": "fleet"},
        }
    kept = settled(signed)
    assert kept.clause["tables"]["fleet"]["weights"] == {"KZ": "17.4", "EU": "82.6"}


def test_an_edited_clause_is_answered_at_once(signed: Agreement, parties: dict[str, Party], officer: User) -> None:
    notify(signed, parties["KZ"], officer, "2024-11-05")
    with registers.editing(signed, by=officer) as record:
        record.clause = {"enters_into_force": {"after": {"days": 30}, "of": {"notifications": 1}}}
    assert computed(signed) == "2024-12-05"


def test_a_binding_step_is_taken_by_itself_where_the_procedure_says_so(
    make_agreement: Make, parties: dict[str, Party], officer: User
) -> None:
    agreement = make_agreement(
        kind="memorandum",
        stage="signed",
        on=day("2024-10-14"),
        columns={"clause": {"enters_into_force": {"after": {"days": 30}, "of": {"signatures": "all"}}}},
    )
    assert computed(agreement) == "2024-11-13"
    service = User.objects.service("tick")
    assert lifecycle.run_automatic(by=service, today=date(2024, 11, 12)) == []
    moved = lifecycle.run_automatic(by=service, today=date(2024, 11, 13))
    assert [(one.reference, one.stage, one.since.iso) for one in moved] == [
        (agreement.reference, "in_force", "2024-11-13")
    ]


def test_the_partnership_agreement(sample: dict[str, Agreement]) -> None:
    epca = sample["PEP-4K7Z"]
    assert computed(epca) == "2020-03-01"
    before = answer(epca, date(2016, 6, 1))
    assert before.outcome is not None
    assert (before.outcome.met, before.outcome.possibly_met, before.stated) == (False, False, None)
    assert {code: one.status for code, one in answer(sample["PEP-2F9C"]).standings.items()} == dict.fromkeys(
        answer(sample["PEP-2F9C"]).standings, Status.ENDED
    )
    assert answer(sample["PEP-2F9C"], date(2016, 6, 1)).standings["KZ"].status == Status.BOUND
    counted = {one.status for code, one in before.standings.items() if code not in ("EU", "KZ")}
    assert (len(before.standings), counted) == (30, {Status.SIGNED})
    assert {before.standings[code].status for code in ("EU", "KZ")} == {Status.BOUND_PROVISIONALLY}
    assert before.standings["FR"].possibly == Status.CONSENT_GIVEN
    assert before.standings["GB"].possibly is None
    after = answer(epca)
    assert after.outcome is not None
    assert (after.outcome.met, after.outcome.in_force, after.conflict) == (True, True, False)
    assert after.outcome.trigger == day("2020-01")
    assert {code for code, one in after.standings.items() if one.status == Status.BOUND} == {
        code for code in after.standings if code != "GB"
    }
    assert after.standings["FR"].consent is not None
    assert after.standings["FR"].consent.on.iso == "/2020-01-31"
    assert after.standings["GB"].status == Status.SIGNED
