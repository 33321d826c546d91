"""Participants that are more secret than their agreement: who may name them, and that nothing tells anybody else."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from agreements import journal, lifecycle, redaction, registers, shares, undisclosed
from agreements.choices import Group, Level, Role, SubjectKind
from agreements.guards import Refused
from agreements.models import Agreement, Entry, Participant, Party, UndisclosedParticipant, User

#: Being negotiated, internal.
VISAS = "VIS-8TDK"
REMARK = "The note is classified."


@pytest.fixture(name="third")
def third_party(sample: Any, lawyer: User) -> Party:
    """A party that does not take part in it."""
    return outside()


def outside(*others: Party) -> Party:
    taking = Participant.objects.filter(agreement__reference=VISAS).values("party")
    rows = Party.objects.exclude(pk__in=taking).exclude(pk__in=[one.pk for one in others])
    found: Party = rows.order_by("code")[0]
    return found


def signed(party: Party) -> Agreement:
    """A signed agreement in which it does not take part."""
    taking = Participant.objects.filter(party=party).values("agreement")
    rows = Agreement.objects.exclude(pk__in=taking).order_by("reference")
    return next(one for one in rows if one.group != Group.PREPARING)


@pytest.fixture(name="keeper")
def officer_of_restricted_access(officer: User) -> User:
    """A desk officer who sees up to restricted."""
    officer.access_level = Level.RESTRICTED
    officer.save()
    return officer


def at(reference: str) -> Agreement:
    return Agreement.objects.get(reference=reference)


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.code for reason in refusal.value.reasons]


def named(by: User, party: Party, level: str = Level.SECRET, reference: str = VISAS) -> UndisclosedParticipant:
    return undisclosed.name(at(reference), party, by=by, level=level, remark=REMARK)


def everything_of(agreement: Agreement) -> tuple[Any, ...]:
    """All that the agreement itself is: its row, its list, its chain."""
    row = Agreement.objects.filter(pk=agreement.pk).values().get()
    taking = list(Participant.objects.filter(agreement=agreement).order_by("pk").values())
    return row, taking, list(Entry.objects.of(agreement).values())


# ---- the record ----
def test_it_has_a_chain_of_its_own_and_leaves_the_agreement_as_it_is(third: Party, lawyer: User) -> None:
    before = everything_of(at(VISAS))
    made = named(lawyer, third)
    with undisclosed.changing(made, by=lawyer) as fresh:
        fresh.role, fresh.remark = Role.OBSERVER, "The talks are not public."
    undisclosed.withdraw(made, by=lawyer, reason="It left the talks.")

    opened, changed, ended = Entry.objects.of(made)
    assert {entry.subject_kind for entry in (opened, changed, ended)} == {SubjectKind.UNDISCLOSED}
    assert journal.data_of(opened)["record"] == {
        "agreement": str(at(VISAS).pk), "party": third.code, "role": "negotiating", "level": "secret",
        "state": "undisclosed", "ended_on": None,
    }  # fmt: skip
    assert journal.text_of(opened) == {"record": {"remark": REMARK}}
    assert journal.data_of(changed)["changes"] == {"role": ["negotiating", "observer"]}
    assert journal.data_of(ended)["changes"]["state"] == ["undisclosed", "withdrawn"]
    assert journal.text_of(ended) == {"reason": "It left the talks."}
    assert everything_of(at(VISAS)) == before
    assert not list(journal.verify())
    assert not list(journal.differing())


@pytest.mark.parametrize(("state", "day"), [("disclosed", None), ("undisclosed", "2024-01-01"), ("gone", None)])
def test_the_database_holds_the_state_to_its_day(third: Party, lawyer: User, state: str, day: str | None) -> None:
    made = named(lawyer, third)
    made.state, made.ended_on = state, day
    with pytest.raises(ValidationError):
        registers.validate(made)


def test_it_becomes_an_ordinary_participant_by_an_edit_of_the_list(third: Party, lawyer: User) -> None:
    made = named(lawyer, third)
    ended = undisclosed.disclose(made, by=lawyer, role=Role.OBSERVER, reason="It was announced.")

    assert (ended.state, ended.ended_on is not None, ended.role) == ("disclosed", True, "observer")
    assert Participant.objects.get(agreement=made.agreement, party=third).role == Role.OBSERVER
    last = Entry.objects.of(made.agreement).latest("sequence")
    assert (last.kind, list(journal.data_of(last)["changes"])) == ("edit", ["participants"])
    assert journal.text_of(last) == {}  # why, is said in the chain of the record only
    assert journal.text_of(Entry.objects.of(made).latest("sequence"))["reason"] == "It was announced."
    assert not list(journal.verify())
    assert not list(journal.differing())


def test_of_a_signed_agreement_an_accession_comes_first(third: Party, lawyer: User) -> None:
    agreement = signed(third)
    made = named(lawyer, third, reference=agreement.reference)
    with pytest.raises(Refused) as refusal:
        undisclosed.disclose(made, by=lawyer, reason="It was announced.")
    assert codes(refusal) == ["undisclosed-signed"]

    Participant.objects.create(agreement=agreement, party=third, role=Role.PARTY)  # as an accession does
    before = everything_of(agreement)
    assert undisclosed.disclose(made, by=lawyer, reason="It acceded.").state == "disclosed"
    assert everything_of(agreement) == before


# ---- refusals ----
def test_who_takes_part_already_is_not_undisclosed(sample: Any, lawyer: User) -> None:
    taking = Participant.objects.filter(agreement__reference=VISAS)[0].party
    with pytest.raises(Refused) as refusal:
        named(lawyer, taking)
    assert codes(refusal) == ["undisclosed-participant-already"]
    assert not UndisclosedParticipant.objects.exists()


@pytest.mark.parametrize(
    ("own", "level", "refused"),
    [
        (Level.SECRET, Level.PUBLIC, ["undisclosed-not-above"]),
        (Level.SECRET, Level.INTERNAL, ["undisclosed-not-above"]),
        (Level.SECRET, Level.RESTRICTED, []),
        (Level.SECRET, Level.SECRET, []),
        (Level.RESTRICTED, Level.RESTRICTED, []),
        (Level.RESTRICTED, Level.SECRET, ["not-permitted"]),
        (Level.INTERNAL, Level.RESTRICTED, ["not-permitted"]),
        (Level.INTERNAL, Level.INTERNAL, ["undisclosed-not-above"]),
    ],
)
def test_its_level_is_above_the_agreement_and_within_ones_own(
    third: Party, officer: User, own: str, level: str, refused: list[str]
) -> None:
    assert at(VISAS).level == Level.INTERNAL
    officer.access_level = own
    officer.save()
    try:
        named(officer, third, level)
        found = []
    except Refused as refusal:
        found = [reason.code for reason in refusal.reasons]

    assert found == refused
    assert undisclosed.may_name(officer, at(VISAS)) is (own != Level.INTERNAL)


def test_who_may_not_edit_names_none(third: Party, reader: User) -> None:
    reader.access_level = Level.SECRET
    reader.save()
    with pytest.raises(Refused) as refusal:
        named(reader, third)
    assert codes(refusal) == ["not-permitted"]


def test_to_whom_the_agreement_is_only_shown_sees_and_names_none(third: Party, keeper: User, lawyer: User) -> None:
    with registers.editing(at(VISAS), by=lawyer) as fresh:
        fresh.level = Level.RESTRICTED
    made = named(lawyer, third)
    keeper.access_level = Level.INTERNAL
    keeper.save()
    shares.give(at(VISAS), by=lawyer, user=keeper, reason="He is asked for a clearance.")
    shown = User.objects.get(pk=keeper.pk)

    assert Agreement.objects.for_user(shown).filter(reference=VISAS).exists()
    assert not UndisclosedParticipant.objects.for_user(shown).exists()
    assert not undisclosed.may_name(shown, at(VISAS))
    for act in (
        lambda: named(shown, third, Level.SECRET),
        lambda: undisclosed.withdraw(made, by=shown, reason="No."),
        lambda: undisclosed.disclose(made, by=shown, reason="No."),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert codes(refusal) == ["not-permitted"]


def test_nothing_is_named_in_a_record_opened_by_mistake(third: Party, lawyer: User) -> None:
    made = named(lawyer, third)
    lifecycle.void(Entry.objects.of(at(VISAS)).earliest("sequence"), by=lawyer, reason="It was a mistake.")
    for act in (
        lambda: named(lawyer, Party.objects.exclude(pk=third.pk)[0]),
        lambda: undisclosed.withdraw(made, by=lawyer, reason="No."),
        lambda: undisclosed.disclose(made, by=lawyer, reason="No."),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert codes(refusal) == ["record-void"]
    assert not UndisclosedParticipant.objects.for_user(lawyer).kept().exists()


def test_what_ended_changes_no_more(third: Party, lawyer: User) -> None:
    made = named(lawyer, third)
    undisclosed.withdraw(made, by=lawyer, reason="It left.")
    with pytest.raises(Refused) as refusal, undisclosed.changing(made, by=lawyer) as fresh:
        fresh.role = Role.OBSERVER
    assert codes(refusal) == ["undisclosed-ended"]
    for act in (undisclosed.withdraw, undisclosed.disclose):
        with pytest.raises(Refused) as refusal:
            act(made, by=lawyer, reason="Again.")
        assert codes(refusal) == ["undisclosed-ended"]
    assert named(lawyer, third).pk != made.pk  # it may come back


@pytest.mark.parametrize("act", [undisclosed.withdraw, undisclosed.disclose])
def test_it_ends_for_a_reason(third: Party, lawyer: User, act: Any) -> None:
    made = named(lawyer, third)
    with pytest.raises(Refused) as refusal:
        act(made, by=lawyer, reason=" ")
    assert codes(refusal) == ["reason-missing"]
    assert UndisclosedParticipant.objects.get().state == "undisclosed"


def test_it_stays_the_party_that_it_is(third: Party, lawyer: User) -> None:
    made = named(lawyer, third)
    for column, value in (("party", outside(third)), ("agreement", signed(third))):
        with pytest.raises(Refused) as refusal, undisclosed.changing(made, by=lawyer) as fresh:
            setattr(fresh, column, value)
        assert codes(refusal) == ["undisclosed-moved"]


# ---- what is refused tells nothing ----
def test_it_is_named_once_as_far_as_one_sees(third: Party, keeper: User, lawyer: User) -> None:
    named(lawyer, third, Level.SECRET)

    named(keeper, third, Level.RESTRICTED)  # he is told nothing of the other
    for by in (keeper, lawyer):
        with pytest.raises(Refused) as refusal:
            named(by, third, Level.RESTRICTED)
        assert codes(refusal) == ["undisclosed-already"]


def test_who_does_not_see_it_adds_the_party_as_if_it_were_not_there(
    third: Party, keeper: User, officer: User, lawyer: User
) -> None:
    made = named(lawyer, third)
    agreement = at(VISAS)
    edit = registers.Edit(agreement, by=keeper)
    Participant.objects.create(agreement=agreement, party=third, role=Role.NEGOTIATING)
    assert edit.finish()

    assert UndisclosedParticipant.objects.get().state == "undisclosed"
    assert undisclosed.disclose(made, by=lawyer, reason="It is known by now.").state == "disclosed"
    assert Participant.objects.filter(agreement=agreement, party=third).count() == 1


def test_who_sees_it(third: Party, keeper: User, reader: User, lawyer: User) -> None:
    secret, restricted = named(lawyer, third), named(lawyer, outside(third), Level.RESTRICTED)
    seen = {
        user.username: {one.pk for one in UndisclosedParticipant.objects.for_user(user)}
        for user in (reader, keeper, lawyer)
    }
    assert seen == {"reader": set(), "officer": {restricted.pk}, "lawyer": {secret.pk, restricted.pk}}
    for user in (reader, keeper):
        assert not Entry.objects.for_user(user).of(secret).exists()
    with registers.editing(at(VISAS), by=lawyer) as agreement:
        agreement.level = Level.SECRET  # both levels count: what belongs to a hidden agreement is hidden
    assert not UndisclosedParticipant.objects.for_user(keeper).exists()
    restricted.refresh_from_db()
    assert not restricted.is_above
    with undisclosed.changing(restricted, by=lawyer) as fresh:
        fresh.role = Role.OBSERVER  # its level stays what it was


def test_a_legal_hold_keeps_its_texts(third: Party, lawyer: User) -> None:
    made = named(lawyer, third)
    entry = Entry.objects.of(made).get()
    lifecycle.preserve(at(VISAS), by=lawyer, reason="A court asks.")
    with pytest.raises(Refused) as refusal:
        redaction.redact(entry, by=lawyer, reason="Spilled.")
    assert codes(refusal) == ["legal-hold"]
