"""Delegations: who gives them, what a deputy may do and sees by them, what the journal says of it, when they end."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group

from agreements import access, clock, delegations, journal, lifecycle, registers, shares, tasks, tokens
from agreements.changes import Dictionary
from agreements.choices import Level
from agreements.dates import FuzzyDate
from agreements.desk import scope as desk
from agreements.facets import Scope
from agreements.guards import Refused
from agreements.models import Agreement, Delegation, Entry, SignIn, Unit, User
from agreements.reports.movements import Teller
from agreements.selections import CalendarSelection, TaskSelection
from agreements.timeline import timeline
from tests.conftest import signed_in
from tests.lives import reasons
from tests.pages.conftest import words
from tests.test_races import race

DAY = FuzzyDate.of_day(date(2024, 3, 1))


def person(role, name, **columns):
    user = User.objects.create_user(name, **{"access_level": Level.INTERNAL, **columns})
    user.groups.add(Group.objects.get(name=role))
    return user


def read_again(user):
    """Return an account as it is read when somebody is signed in."""
    return User.objects.signing_in().get(pk=user.pk)


def given(absent, deputy, by=None, first=0, last=7, **more):
    today = clock.today()
    return delegations.give(
        absent, deputy, by=by or absent, starts_on=today + timedelta(first), ends_on=today + timedelta(last), **more
    )


@pytest.fixture
def units(db):
    return {code: Unit.objects.create(code=code, name_en=code) for code in ("europe", "press")}


# ---- who gives them ----
#: Role of who gives it, in the unit of who is absent: whether he may.
GIVERS = """
reader            + .
officer           + .
treaty_department + .
head              + +
head              . .
administrator     . +
service           + .
"""


@pytest.mark.parametrize(("role", "unit", "gives"), [row.split() for row in GIVERS.split("\n")[1:-1]])
def test_who_may_delegate_in_the_name_of_another(officer, reader, units, role, unit, gives):
    User.objects.filter(pk=officer.pk).update(unit=units["europe"])
    absent = User.objects.get(pk=officer.pk)
    giver = person(role, "giver", unit=units["europe"] if unit == "+" else units["press"])

    assert delegations.may_arrange(giver, absent) is (gives == "+")
    if gives == "+":
        made = given(absent, reader, by=giver)
        assert (made.given_by, made.runs) == (giver, True)
        assert delegations.end(made, by=giver).ended_by == giver
    else:
        with pytest.raises(Refused) as refusal:
            given(absent, reader, by=giver)
        assert reasons(refusal) == ["not-permitted"]


def test_everybody_delegates_himself_and_the_deputy_lays_it_down(reader, officer, lawyer):
    made = given(reader, officer)
    with pytest.raises(Refused) as refusal:
        delegations.end(made, by=lawyer)
    assert reasons(refusal) == ["not-permitted"]
    assert delegations.end(made, by=officer).over
    with pytest.raises(Refused) as refusal:
        delegations.end(made, by=reader)
    assert reasons(refusal) == ["delegation-ended"]
    rows = SignIn.objects.order_by("pk").values_list("kind", "user__username", "by__username", "note")
    note = f"reader > officer, {made.starts_on.isoformat()}/{made.ends_on.isoformat()}"
    assert [row for row in rows if row[0].startswith("delegat")] == [
        ("delegated", "reader", None, note),
        ("delegated", "officer", "reader", note),
        ("delegation_ended", "reader", "officer", note),
        ("delegation_ended", "officer", None, note),
    ]


def test_what_stands_against_a_delegation(officer, reader, lawyer):
    gone = User.objects.create_user("gone", is_active=False)
    program = User.objects.service("nightly")

    def why(deputy=reader, **more):
        with pytest.raises(Refused) as refusal:
            given(officer, deputy, **more)
        return reasons(refusal)

    assert why(officer) == ["delegation-to-oneself"]
    assert why(gone) == why(program) == ["delegation-not-in-use"]
    assert why(first=3, last=2) == ["delegation-turned"]
    assert why(first=-3, last=-1) == ["delegation-past"]
    assert why(last=366) == ["delegation-long"]
    assert why(reason="x" * 401)[0] == "too-long"
    given(officer, reader, last=3)
    assert why(first=3, last=9) == ["delegation-there"]
    assert given(officer, reader, first=4, last=9).runs is False
    assert given(officer, lawyer, last=3).runs is True


# ---- what a deputy may do ----
@pytest.mark.parametrize("role", sorted(access.ROLES))
def test_a_deputy_has_the_rights_of_the_roles_beside_the_own(db, role):
    absent, deputy = person(role, "absent"), person("reader", "deputy")
    before = {right for right in access.PERMISSIONS if access.may(read_again(deputy), right)}
    given(absent, deputy)
    again = read_again(deputy)
    held = {right for right in access.PERMISSIONS if access.may(again, right)}

    assert before == set()
    assert held == set(access.ROLES[role]) & set(access.DELEGATED)
    assert not any(again.holds(f"agreements.{name}") for name in access.PERMISSIONS.values())


def test_it_runs_from_its_first_day_to_its_last_one(officer, reader, settings):
    given(officer, reader, first=1, last=2)
    today = clock.today()
    for days, runs in ((0, False), (1, True), (2, True), (3, False)):
        settings.PACTA_TODAY = today + timedelta(days)
        deputy = read_again(reader)
        assert (deputy.stands_in, access.may(deputy, "record"), Delegation.objects.get().runs) == (runs, runs, runs)


def test_it_ends_early_and_with_the_account_of_who_is_absent(officer, reader):
    made = given(officer, reader)
    User.objects.filter(pk=officer.pk).update(is_active=False)
    assert access.may(read_again(reader), "record") is False
    User.objects.filter(pk=officer.pk).update(is_active=True)
    assert access.may(read_again(reader), "record") is True
    delegations.end(made, by=officer)
    assert access.may(read_again(reader), "record") is False


def test_what_was_delegated_is_not_delegated_on(lawyer, officer, reader):
    given(lawyer, officer)
    given(officer, reader)
    deputy = read_again(reader)
    assert access.may(read_again(officer), "void") is True
    assert (access.may(deputy, "record"), access.may(deputy, "void")) == (True, False)


def test_no_access_level_and_no_share_is_passed_on(make_agreement, lawyer, officer, reader):
    secret = make_agreement(columns={"level": "secret", "officer": lawyer})
    shown = make_agreement(columns={"level": "restricted", "officer": officer})
    shares.give(shown, by=lawyer, user=officer, reason="x")
    given(lawyer, reader)
    given(officer, reader)
    deputy = read_again(reader)
    assert not Agreement.objects.for_user(deputy).filter(pk__in=[secret.pk, shown.pk]).exists()
    with pytest.raises(Refused) as refusal:
        lifecycle.note(secret, on=DAY, by=deputy, what="x")
    assert reasons(refusal) == ["not-permitted"]


# ---- what the journal says ----
def place_of(entry):
    return journal.data_of(entry).get("on_behalf_of", {}).get("name")


def test_an_entry_names_in_whose_place_it_was_recorded(make_agreement, lawyer, officer, reader):
    agreement = make_agreement(columns={"officer": officer})
    other = make_agreement(columns={"officer": lawyer})
    second = person("officer", "second")
    given(officer, reader)
    given(officer, second)
    deputy, colleague = read_again(reader), read_again(second)

    # The right is that of who is absent, whoever is responsible.
    assert place_of(lifecycle.note(agreement, on=DAY, by=deputy, what="x")) == "officer"
    assert place_of(lifecycle.note(other, on=DAY, by=deputy, what="x")) == "officer"
    # The right is the own: in the place of who is absent it is used where he is responsible.
    assert place_of(lifecycle.note(agreement, on=DAY, by=colleague, what="x")) == "officer"
    assert place_of(lifecycle.note(other, on=DAY, by=colleague, what="x")) is None
    assert place_of(lifecycle.note(agreement, on=DAY, by=read_again(officer), what="x")) is None
    with registers.editing(agreement, by=deputy) as fresh:
        fresh.next_step = "Ask again."
    assert place_of(Entry.objects.of(agreement).latest("sequence")) == "officer"
    task = tasks.add(other, "Ask again", by=lawyer, person=officer)
    tasks.complete(task, by=colleague)
    assert place_of(Entry.objects.of(other).latest("sequence")) == "officer"
    lifecycle.perform(agreement, "authorise", on=DAY, by=deputy, evidence="x")
    assert place_of(Entry.objects.of(agreement).latest("sequence")) == "officer"
    assert list(journal.verify()) == []


def test_the_history_says_it(make_agreement, lawyer, officer, reader):
    agreement = make_agreement(columns={"officer": officer})
    given(officer, reader)
    lifecycle.note(agreement, on=DAY, by=read_again(reader), what="They asked again.")
    told = timeline(agreement, user=lawyer)
    (movement,) = Teller(Dictionary([], lawyer), binding=True).movements(told[:1])
    assert (told[0].actor_name, told[0].on_behalf_of) == ("reader", "officer")
    assert list(movement.notes) == ["Recorded in place of officer."]
    assert {event.on_behalf_of for event in told[1:]} == {""}
    page = words(signed_in(lawyer).get(f"/agreements/{agreement.reference}/journal/"))
    assert "reader, in place of officer" in page


# ---- mine ----
def test_what_is_theirs_is_listed_as_mine(make_agreement, lawyer, officer, reader):
    theirs, hidden = make_agreement(columns={"officer": officer}), make_agreement(columns={"officer": officer})
    Agreement.objects.filter(pk=hidden.pk).update(level="secret")
    other = make_agreement(columns={"officer": lawyer})
    task = tasks.add(other, "Ask again", by=lawyer, person=officer, due=DAY)

    def mine():
        user = read_again(reader)
        client = signed_in(reader)
        return {
            "desk": set(desk.agreements(user, Scope.MINE)),
            "desk tasks": task in set(desk.tasks(user, Scope.MINE)),
            "tasks": task in set(TaskSelection(of="mine").tasks(user)),
            "calendar": set(CalendarSelection(mine=True).agreements(user)),
            "calendar tasks": task in set(CalendarSelection(mine=True).tasks(user)),
            "api": {row["id"] for row in client.get("/api/v1/tasks/?mine=true").json()["results"]},
        }

    nothing = {"desk": set(), "desk tasks": False, "tasks": False, "calendar": set(), "calendar tasks": False,
               "api": set()}  # fmt: skip
    assert mine() == nothing
    made = given(officer, reader)
    everything = {"desk": {theirs, other}, "desk tasks": True, "tasks": True, "calendar": {theirs},
                  "calendar tasks": True, "api": {str(task.pk)}}  # fmt: skip
    assert mine() == everything
    page = words(signed_in(reader).get("/desk/"))
    assert "You act in place of officer until" in page
    delegations.end(made, by=officer)
    assert mine() == nothing


# ---- tokens, pages ----
def test_a_token_of_a_deputy_knows_of_it(officer, reader):
    given(officer, reader)
    _token, key = tokens.issue(reader, name="x", by=None)
    user = tokens.find(key).user
    assert (user.stands_in, access.may(user, "record")) == (True, True)


def test_the_page_gives_and_ends_delegations(officer, reader, at_reader, at_officer, lawyer):
    today = clock.today().isoformat()
    sent = {"absent": officer.pk, "deputy": reader.pk, "starts_on": today, "ends_on": today, "reason": "Leave"}
    assert at_reader.post("/account/delegations/", sent).status_code == 422  # of another's place
    assert at_officer.post("/account/delegations/", sent | {"deputy": officer.pk}).status_code == 409
    assert at_officer.post("/account/delegations/", sent)["Location"] == "/account/delegations/"
    made = Delegation.objects.get()
    assert "reader in place of officer · today" in words(at_reader.get("/account/delegations/"))
    end = f"/account/delegations/{made.pk}/end/"
    assert signed_in(lawyer).post(end).status_code == 404
    assert at_reader.post(end)["Location"] == "/account/delegations/"
    assert "no longer acts in place of officer" in words(at_reader.get("/account/delegations/"))
    assert Delegation.objects.get().ended_by == reader


def test_who_sees_which_delegations(officer, reader, lawyer, units):
    User.objects.filter(pk=officer.pk).update(unit=units["europe"])
    made = given(User.objects.get(pk=officer.pk), reader)
    head = person("head", "head", unit=units["europe"])
    elsewhere = person("head", "elsewhere", unit=units["press"])
    keeper = person("administrator", "keeper")
    seen = {one.username: made in Delegation.objects.for_user(one)
            for one in (officer, reader, lawyer, head, elsewhere, keeper)}  # fmt: skip
    assert seen == {
        "officer": True, "reader": True, "lawyer": False, "head": True, "elsewhere": False, "keeper": True,
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_of_those_who_delegate_the_same_at_once_one_does(officer, reader):
    outcomes, faults = race(*[lambda: given(officer, reader)] * 4)
    assert (faults, outcomes) == ([], {"done": 1, "refused": 3})
    made = Delegation.objects.get()
    outcomes, faults = race(*[lambda: delegations.end(made, by=officer)] * 4)
    assert (faults, outcomes) == ([], {"done": 1, "refused": 3})
    assert SignIn.objects.filter(kind__startswith="delegat").count() == 4
