"""Late steps, corrections and changes of records."""

import pytest
from django.core.exceptions import ValidationError

from agreements import journal, lifecycle, registers
from agreements.choices import EntryKind, Level
from agreements.guards import Refused
from agreements.history import histories
from agreements.models import Agreement, Entry, Party, User
from tests.lives import Make, day, prepared, reasons, refused, settled


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
    fresh = lifecycle.correct(wrong, by=lawyer, reason="The month is known.", on=day("2007-03"), source="COM(2025)154")
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
        lifecycle.correct(entry_of(agreement, "authorise"), by=lawyer, reason="Later.", on=day("2010-01-01"))
    assert "order-of-dates" in reasons(refusal)
    settled(agreement)


def test_an_opening_can_be_replaced_and_a_record_voided(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement(on=day("2003-06-05"))
    opening = Entry.objects.of(agreement).get()
    fresh = lifecycle.correct(opening, by=lawyer, reason="Mandate known.", stage="mandated", on=day("2003-06-06"))
    assert settled(fresh).stage == "mandated"
    assert journal.rebuild(fresh.SUBJECT)[fresh.pk]["reference"] == fresh.reference
    voided = lifecycle.void(Entry.objects.of(agreement).live().get(kind="open"), by=lawyer, reason="Twice recorded.")
    assert voided.is_void
    assert list(journal.verify()) == []
    assert refused(voided, "withdraw", lawyer) == ["record-void", "before-opening"]
    assert not Agreement.objects.kept().filter(pk=agreement.pk).exists()
    with pytest.raises(Refused) as refusal, registers.editing(voided, by=lawyer) as fresh:
        fresh.ball = "own"
    assert reasons(refusal) == ["record-void"]


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


def test_correcting_the_opening_keeps_what_was_edited_since(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement()
    with registers.editing(agreement, by=lawyer) as fresh:
        fresh.title_en, fresh.level = "Another title", Level.RESTRICTED
    lifecycle.correct(Entry.objects.of(agreement).get(kind="open"), by=lawyer, reason="The year.", on=day("2002"))
    kept = settled(agreement)
    rebuilt = journal.rebuild(kept.SUBJECT)[kept.pk]
    assert (rebuilt["title_en"], rebuilt["level"]) == (kept.title_en, kept.level) == ("Another title", "restricted")


def test_a_correction_is_asked_about_the_successor_that_it_names(make_agreement: Make, lawyer: User) -> None:
    old = make_agreement(procedure="simplified", stage="in_force", on=day("1999-07-01"))
    new = make_agreement(procedure="simplified", stage="in_force", on=day("2020-03-01"))
    other = make_agreement(procedure="simplified", stage="signed", on=day("2020-03-01"))
    lifecycle.perform(old, "supersede", on=day("2020-03-01"), by=lawyer, successor=new)
    with pytest.raises(Refused) as refusal:
        lifecycle.correct(entry_of(old, "supersede"), by=lawyer, reason="Another one.", successor=other)
    assert reasons(refusal) == ["successor-not-in-force"]
    settled(old)


def test_a_corrected_entry_into_force_reaches_back_no_more(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement(kind="memorandum", stage="signed", on=day("2024-06-01"))
    lifecycle.perform(agreement, "enter_into_force", on=day("2024-01-01"), by=lawyer, origin="imported")
    lifecycle.correct(entry_of(agreement, "enter_into_force"), by=lawyer, reason="July.", on=day("2024-07-01"))
    assert "retroactive" not in journal.data_of(entry_of(agreement, "enter_into_force"))
    assert refused(settled(agreement), "suspend", lawyer, "2024-06-15") == ["order-of-dates"]


def test_nothing_is_recorded_on_a_closed_record_that_was_on_hold(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement()
    lifecycle.hold(agreement, on=day("2003-06-05"), by=lawyer, reason="Asked for time.")
    closed = lifecycle.void(Entry.objects.of(agreement).get(kind="open"), by=lawyer, reason="Twice recorded.")
    assert "record-void" in refused(closed, "authorise", lawyer, "2003-06-05", origin="imported")


def test_an_opening_is_voided_whatever_was_recorded_after_it(make_agreement: Make, lawyer: User) -> None:
    clause = {"enters_into_force": {"first_of_month": 2, "following": {"instruments": "all"}}}
    agreement = make_agreement(on=day("2003-06-05"), columns={"clause": clause})
    lifecycle.hold(agreement, on=day("2003-06-06"), by=lawyer, reason="Talks halted.")
    fresh = lifecycle.void(Entry.objects.of(agreement).get(kind=EntryKind.OPEN), by=lawyer, reason="Opened twice.")

    assert fresh.is_void
    assert not list(journal.verify())
