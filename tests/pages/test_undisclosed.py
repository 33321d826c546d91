"""Undisclosed participants on pages: named, changed, disclosed, withdrawn, and for nobody else there."""

import re
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from django.test import Client
from django.utils import timezone

from agreements import clock, registers, undisclosed
from agreements.choices import Level
from agreements.models import Agreement, Entry, Participant, Party, UndisclosedParticipant, User
from tests.api.conftest import Api, errors_of
from tests.conftest import signed_in
from tests.pages.conftest import queries, words

VISAS = "VIS-8TDK"
REMARK = "The consultations are not public."
GIVEN = {"party": "AT", "role": "observer", "level": "secret", "remark": REMARK}


@pytest.fixture(name="quiet")
def named(sample: Any, lawyer: User) -> UndisclosedParticipant:
    """A secret participant of an internal agreement."""
    agreement = Agreement.objects.get(reference=VISAS)
    return undisclosed.name(agreement, Party.objects.get(code="AT"), by=lawyer, level=Level.SECRET, remark=REMARK)


def page_of(client: Client, address: str) -> bytes:
    """A page without the secret of its forms, which is another each time."""
    return re.sub(rb"[A-Za-z0-9]{64}", b"", client.get(address).content)


def test_it_is_named_changed_and_withdrawn(sample: Any, lawyer: User) -> None:
    client = signed_in(lawyer)
    told = words(client.post(f"/agreements/{VISAS}/undisclosed/new/", GIVEN, follow=True))
    assert "Recorded: Austria (Secret)." in told
    assert "Not disclosed to everyone 1" in told
    assert REMARK in told
    made = UndisclosedParticipant.objects.get()
    form = {"role": "negotiating", "level": "restricted", "remark": REMARK}
    told = words(client.post(f"/undisclosed/{made.pk}/change/", form, follow=True))
    assert "Role Observer → Negotiating" in told
    assert "Level of confidentiality Secret → Restricted" in told
    told = words(client.post(f"/undisclosed/{made.pk}/withdraw/", {"reason": "It left the talks."}, follow=True))
    assert "It left the talks." in told
    assert client.post(f"/undisclosed/{made.pk}/withdraw/", {"reason": "Again."}).status_code == 409


def test_it_is_disclosed(quiet: UndisclosedParticipant, lawyer: User) -> None:
    client = signed_in(lawyer)
    before = words(client.get(f"/undisclosed/{quiet.pk}/disclose/"))
    assert "it will count from now on" in before
    given = {"role": "negotiating", "reason": "It was announced."}
    told = words(client.post(f"/undisclosed/{quiet.pk}/disclose/", given, follow=True))
    assert "Disclosed: Austria." in told
    assert Participant.objects.filter(agreement=quiet.agreement, party__code="AT").exists()


@pytest.mark.parametrize(
    "address",
    [f"/agreements/{VISAS}/", "/parties/AT/", f"/agreements/{VISAS}/access/", f"/agreements/{VISAS}/journal/"],
)
def test_who_may_not_see_it_is_shown_the_same_page_to_the_byte(
    sample: Any, officer: User, lawyer: User, address: str
) -> None:
    with registers.editing(Agreement.objects.get(reference=VISAS), by=lawyer) as fresh:
        fresh.officer = officer
    client = signed_in(officer)
    before = page_of(client, address)
    undisclosed.name(fresh, Party.objects.get(code="AT"), by=lawyer, level=Level.SECRET, remark=REMARK)

    assert page_of(client, address) == before
    assert REMARK.encode() not in before


@pytest.mark.parametrize("end", ["", "change/", "disclose/", "withdraw/"])
def test_its_own_pages_are_not_there_for_who_may_not_see_it(
    quiet: UndisclosedParticipant, at_officer: Client, end: str
) -> None:
    assert at_officer.get(f"/undisclosed/{quiet.pk}/{end}").status_code == 404
    if end:
        assert at_officer.post(f"/undisclosed/{quiet.pk}/{end}", {"reason": "x"}).status_code == 404


def test_whose_level_is_not_above_the_agreement_is_told_so(sample: Any, at_officer: Client) -> None:
    assert "Name an undisclosed one" not in words(at_officer.get(f"/agreements/{VISAS}/"))
    assert "Your access level is not above" in words(at_officer.get(f"/agreements/{VISAS}/undisclosed/new/"))
    assert at_officer.post(f"/agreements/{VISAS}/undisclosed/new/", GIVEN).status_code == 422


def test_who_sees_both_is_told_that_it_takes_part_by_now(quiet: UndisclosedParticipant, at_lawyer: Client) -> None:
    Participant.objects.create(agreement=quiet.agreement, party=quiet.party)
    assert "takes part by now, for everybody" in words(at_lawyer.get(f"/agreements/{VISAS}/"))
    Participant.objects.filter(agreement=quiet.agreement, party=quiet.party).delete()
    Agreement.objects.filter(reference=VISAS).update(level=Level.SECRET)
    assert "it could be disclosed" in words(at_lawyer.get(f"/agreements/{VISAS}/"))


def test_the_party_and_who_can_see_it_tell_of_it(quiet: UndisclosedParticipant, at_lawyer: Client) -> None:
    assert "Where it takes part undisclosed 1" in words(at_lawyer.get("/parties/AT/"))
    told = words(at_lawyer.get(f"/agreements/{VISAS}/access/"))
    assert "One undisclosed participant" in told
    assert "Secret · 0 of those who see the agreement do not see this" in told


def test_several_take_as_many_queries_as_one(quiet: UndisclosedParticipant, lawyer: User) -> None:
    client = signed_in(lawyer)
    addresses = (f"/agreements/{VISAS}/", "/parties/AT/", f"/undisclosed/{quiet.pk}/")
    before = [queries(client, address) for address in addresses]
    for code in ("SE", "FI"):
        party = Party.objects.get(code=code)
        undisclosed.name(quiet.agreement, party, by=lawyer, level=Level.SECRET, remark=REMARK)

    assert [queries(client, address) for address in addresses] == before
    assert max(before) <= 15


# ---- looking back ----
@pytest.fixture(name="moments")
def moments_of(quiet: UndisclosedParticipant, lawyer: User) -> list[str]:
    """When it was not yet named, stood with another remark, was changed, was withdrawn; addresses look from there."""
    times = [Entry.objects.of(quiet).get().recorded_at - timedelta(microseconds=1)]
    with undisclosed.changing(quiet, by=lawyer) as fresh:
        fresh.role, fresh.level, fresh.remark = "observer", Level.RESTRICTED, "Not public before the summit."
    undisclosed.withdraw(quiet, by=lawyer, reason="It left the talks.")
    times += [entry.recorded_at for entry in Entry.objects.of(quiet)]
    return [urlencode({"known_at": timezone.localtime(one).replace(tzinfo=None).isoformat()}) for one in times]


def test_a_look_back_shows_them_as_they_stood_to_who_sees_them(
    moments: list[str], at_lawyer: Client, at_officer: Client
) -> None:
    told = [words(at_lawyer.get(f"/agreements/{VISAS}/?{moment}")) for moment in moments]
    shown = [
        ["Not disclosed to everyone" in one, f"Austria · Negotiating {REMARK} Secret" in one,
         "Austria · Observer Not public before the summit. Restricted" in one, "withdrawn on" in one]
        for one in told
    ]  # fmt: skip
    assert shown == [
        [False, False, False, False], [True, True, False, False], [True, False, True, False], [True, False, True, True],
    ]  # fmt: skip
    assert "/disclose/" not in at_lawyer.get(f"/agreements/{VISAS}/?{moments[1]}").content.decode()
    for moment in moments:
        assert "Austria" not in words(at_officer.get(f"/agreements/{VISAS}/?{moment}"))


def test_on_a_past_day_they_stand_as_they_did_then(quiet: UndisclosedParticipant, lawyer: User, settings: Any) -> None:
    settings.PACTA_TODAY = date(2025, 1, 10)
    undisclosed.withdraw(quiet, by=lawyer, reason="It left the talks.")
    settings.PACTA_TODAY = date(2025, 2, 1)
    client = signed_in(lawyer)
    told = [
        words(client.get(f"/agreements/{VISAS}/?as_of={day}")) for day in ("2024-12-01", "2025-01-09", "2025-01-10")
    ]

    assert [("Austria" in one, "withdrawn on 10 January 2025" in one) for one in told] == [
        (False, False), (True, False), (True, True),
    ]  # fmt: skip


def test_a_program_looks_back_too(moments: list[str], lawyer: User, officer: User, quiet: Any) -> None:
    path = "undisclosed-participants/"

    def rows(user: User, **asked: str) -> list[Any]:
        return [
            (row["role"], row["level"], row["remark"], row["state"], row["version"])
            for row in Api(user).get(path, asked).json()["results"]
        ]

    times = [f"{parse_qs(moment)['known_at'][0]}+05:00" for moment in moments]
    assert [rows(lawyer, known_at=one, agreement=VISAS) for one in times] == [
        [],
        [("negotiating", "secret", REMARK, "undisclosed", 1)],
        [("observer", "restricted", "Not public before the summit.", "undisclosed", 2)],
        [("observer", "restricted", "Not public before the summit.", "withdrawn", 3)],
    ]
    assert rows(lawyer, as_of="2024-12-01") == []
    assert [rows(officer, known_at=one) for one in times] == [[], [], [], []]
    refused = Api(lawyer).get(path, {"as_of": "2024-12-01", "state": "undisclosed"})
    assert errors_of(refused) == {"state": "not-then"}


def test_a_look_back_at_several_takes_as_many_queries_as_at_one(quiet: UndisclosedParticipant, lawyer: User) -> None:
    client, day = signed_in(lawyer), clock.today().isoformat()
    moment = urlencode({"as_of": day, "known_at": "2099-01-01T00:00"})
    before = queries(client, f"/agreements/{VISAS}/?{moment}")
    for code in ("SE", "FI"):
        party = Party.objects.get(code=code)
        undisclosed.name(quiet.agreement, party, by=lawyer, level=Level.SECRET, remark=REMARK)

    assert queries(client, f"/agreements/{VISAS}/?{moment}") == before
