"""Shares: who gives them to whom, what they show and what they do not, and that nobody else pays for them."""

import itertools
import random
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements import access, clock, commitments, documents, journal, lifecycle, registers, shares, tasks, tokens
from agreements.choices import EntryKind, Level
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.models import (
    Agreement,
    Commitment,
    Document,
    DocumentVersion,
    Entry,
    Share,
    Task,
    Unit,
    User,
)
from agreements.timeline import timeline
from agreements.webhooks.keeping import reader_of
from tests.lives import reasons
from tests.test_races import race

DAY = FuzzyDate.of_day(date(2024, 3, 1))


@pytest.fixture
def units(db):
    return {code: Unit.objects.create(code=code, name_en=code) for code in ("europe", "press")}


@pytest.fixture
def secret(make_agreement):
    """A secret agreement with a task, a commitment and documents of every level, those above its own left out."""
    return _filled(make_agreement, "secret")


def _filled(make_agreement, level, by=None):
    agreement = make_agreement(stage="signed", on=DAY, columns={"level": level})
    lawyer = by or agreement_opener(agreement)
    tasks.add(agreement, "Ask again", by=lawyer)
    commitments.undertake(agreement, by=lawyer, text_en="Report once a year.")
    for number, one in enumerate(Level, 1):
        file = ContentFile(f"Text {number} of {agreement.reference}".encode(), name=f"{one}.txt")
        documents.store(agreement, "draft", file, by=lawyer, on=DAY, language="en", level=one.value)
    return agreement


def agreement_opener(agreement):
    return Entry.objects.of(agreement).first().actor


def read_again(user):
    """Return an account as it is read when somebody is signed in."""
    return User.objects.signing_in().get(pk=user.pk)


def seen_by(user):
    """Return what a user sees of each kind of what belongs to agreements, by key."""
    entries = Entry.objects.for_user(user).filter(subject_kind="agreement")
    return {
        "agreements": set(Agreement.objects.for_user(user).values_list("pk", flat=True)),
        "tasks": set(Task.objects.for_user(user).values_list("pk", flat=True)),
        "commitments": set(Commitment.objects.for_user(user).values_list("pk", flat=True)),
        "documents": set(Document.objects.for_user(user).values_list("pk", flat=True)),
        "files": set(DocumentVersion.objects.for_user(user).values_list("pk", flat=True)),
        "entries": set(entries.values_list("pk", flat=True)),
        "shares": set(Share.objects.for_user(user).values_list("pk", flat=True)),
    }


# ---- who gives them ----
def person(role, name, **columns):
    user = User.objects.create_user(name, **{"access_level": Level.SECRET, **columns})
    user.groups.add(Group.objects.get(name=role))
    return user


#: Role, in the lead unit, responsible officer, access level: whether it may show a secret agreement to others.
GIVERS = """
reader            +  .  secret      .
officer           +  .  secret      .
officer           .  +  secret      +
officer           .  +  restricted  .
reader            .  +  secret      .
head              .  .  secret      .
head              +  .  secret      +
head              +  .  restricted  .
treaty_department .  .  secret      +
treaty_department .  .  restricted  .
administrator     +  .  secret      .
service           +  .  secret      .
"""


@pytest.mark.parametrize(
    ("role", "unit", "officer", "level", "gives"), [row.split() for row in GIVERS.split("\n")[1:-1]]
)
def test_who_may_show_an_agreement_to_others(secret, units, reader, role, unit, officer, level, gives):
    giver = person(role, "giver", access_level=level, unit=units["europe"] if unit == "+" else units["press"])
    columns = {"lead_unit": units["europe"], "officer": giver if officer == "+" else None}
    Agreement.objects.filter(pk=secret.pk).update(**columns)
    agreement = Agreement.objects.get(pk=secret.pk)

    assert shares.may_give(giver, agreement) is (gives == "+")
    if gives == "+":
        assert shares.give(agreement, by=giver, user=reader, reason="He prepares the talks.").in_force
    else:
        with pytest.raises(Refused) as refusal:
            shares.give(agreement, by=giver, user=reader, reason="He prepares the talks.")
        assert reasons(refusal) == ["not-permitted"]


def test_nobody_shows_what_is_only_shown_to_himself(secret, lawyer):
    other = person("treaty_department", "other", access_level=Level.INTERNAL)
    shares.give(secret, by=lawyer, user=other, reason="He prepares the talks.")
    other = read_again(other)

    assert access.sees_agreement(other, secret)
    assert not shares.may_give(other, secret)


def test_what_stands_against_a_share(secret, lawyer, reader, officer, units):
    past = clock.today() - timedelta(days=1)
    gone = User.objects.create_user("gone", is_active=False)
    program = User.objects.service("nightly")

    def why(**given):
        with pytest.raises(Refused) as refusal:
            shares.give(secret, by=lawyer, **{"reason": "x", **given})
        return reasons(refusal)

    assert why(user=reader, reason=" ") == ["reason-missing"]
    assert why() == ["share-nobody"]
    assert why(user=reader, unit=units["press"]) == ["share-nobody"]
    assert why(user=gone) == ["share-not-in-use"]
    assert why(user=program) == ["share-not-in-use"]
    assert why(user=lawyer) == ["share-seen"]
    assert why(user=reader, until=past) == ["share-past"]
    assert why(user=reader, reason="x" * 401) == ["too-long"]
    assert why(user=gone, until=past, reason="") == ["reason-missing", "share-not-in-use", "share-past"]
    assert Entry.objects.of(secret).filter(kind=EntryKind.ACCESS).count() == 0

    shares.give(secret, by=lawyer, user=reader, reason="x")
    assert why(user=reader) == ["share-there"]
    share = shares.give(secret, by=lawyer, user=officer, reason="x")
    assert shares.withdraw(share, by=lawyer, reason="x").in_force is False
    with pytest.raises(Refused) as refusal:
        shares.withdraw(share, by=lawyer, reason="x")
    assert reasons(refusal) == ["share-withdrawn"]
    with pytest.raises(Refused) as refusal:
        shares.withdraw(share, by=read_again(reader), reason="x")
    assert reasons(refusal) == ["not-permitted"]


def test_both_stand_in_the_journal_with_their_reasons(secret, lawyer, reader):
    until = clock.today() + timedelta(days=3)
    share = shares.give(secret, by=lawyer, user=reader, reason="He prepares the talks.", until=until)
    shares.withdraw(share, by=lawyer, reason="They were held.")

    given, withdrawn = Entry.objects.of(secret).filter(kind=EntryKind.ACCESS)
    assert share.entry_id == given.pk
    kept = {"share": str(share.pk), "holder": "reader", "to": {"user": str(reader.pk)}, "text": 1}
    assert journal.data_of(given) == kept | {"share_event": "given", "until": until.isoformat()}
    assert journal.data_of(withdrawn) == kept | {"share_event": "withdrawn"}
    assert [journal.text_of(entry)["reason"] for entry in (given, withdrawn)] == [
        "He prepares the talks.",
        "They were held.",
    ]
    assert list(journal.verify()) == []
    told = [event.label for event in timeline(secret, user=lawyer) if event.kind == EntryKind.ACCESS]
    assert sorted(told)[0] == "Share withdrawn: reader"
    assert sorted(told)[1].startswith("Shown by a share: reader, until ")
    with pytest.raises(Refused) as refusal:
        lifecycle.void(given, by=lawyer, reason="x")
    assert reasons(refusal) == ["not-voidable"]


# ---- what they show ----
def test_a_share_shows_the_agreement_and_what_belongs_to_it_up_to_its_level(make_agreement, lawyer, reader):
    restricted, other = _filled(make_agreement, "restricted", lawyer), _filled(make_agreement, "restricted", lawyer)
    before = seen_by(read_again(reader))
    share = shares.give(restricted, by=lawyer, user=reader, reason="x")
    shown = seen_by(read_again(reader))

    assert {kind: len(keys - before[kind]) for kind, keys in shown.items()} == {
        "agreements": 1, "tasks": Task.objects.filter(agreement=restricted).count(),
        "commitments": 1, "documents": 3, "files": 3, "shares": 1,
        "entries": Entry.objects.of(restricted).count(),
    }  # fmt: skip
    levels = Document.objects.for_user(read_again(reader)).filter(agreement=restricted).values_list("level", flat=True)
    assert set(levels) == {"public", "internal", "restricted"}
    told = timeline(restricted, user=read_again(reader))
    assert sorted(event.data["file"]["level"] for event in told if event.data.get("file")) == [
        "internal", "public", "restricted",
    ]  # fmt: skip
    assert not access.sees_agreement(read_again(reader), other)

    shares.withdraw(share, by=lawyer, reason="x")
    assert seen_by(read_again(reader)) == before


def test_a_share_ends_by_itself_after_its_last_day(secret, lawyer, reader, settings):
    today = clock.today()
    shares.give(secret, by=lawyer, user=reader, reason="x", until=today + timedelta(days=1))
    for days, shown in ((0, True), (1, True), (2, False)):
        settings.PACTA_TODAY = today + timedelta(days=days)
        user = read_again(reader)
        assert (user.holds_shares, Agreement.objects.for_user(user).filter(pk=secret.pk).exists()) == (shown, shown)
        assert access.sees_agreement(user, secret) is shown


def test_a_share_with_a_unit_shows_it_to_whoever_is_in_it(secret, lawyer, reader, officer, units):
    User.objects.filter(pk=reader.pk).update(unit=units["press"])
    shares.give(secret, by=lawyer, unit=units["press"], reason="x")
    assert {name: access.sees_agreement(read_again(one), secret) for name, one in (("r", reader), ("o", officer))} == {
        "r": True, "o": False,
    }  # fmt: skip
    User.objects.filter(pk=officer.pk).update(unit=units["press"])
    User.objects.filter(pk=reader.pk).update(unit=units["europe"])
    assert not access.sees_agreement(read_again(reader), secret)
    assert set(User.objects.who_see(secret)) == {officer, lawyer}


def test_to_whom_it_is_shown_may_do_there_what_the_role_permits(secret, lawyer, reader, officer):
    for user in (reader, officer):
        shares.give(secret, by=lawyer, user=user, reason="x")
    secret = Agreement.objects.get(pk=secret.pk)
    assert lifecycle.note(secret, on=DAY, by=read_again(officer), what="Read.").kind == EntryKind.NOTE
    with pytest.raises(Refused):
        lifecycle.note(secret, on=DAY, by=read_again(reader), what="Read.")
    with pytest.raises(Refused), registers.editing(secret, by=read_again(reader)) as fresh:
        fresh.next_step = "x"


def test_of_a_shared_agreement_no_document_above_its_level_is_kept_by_who_does_not_see_it(
    make_agreement, lawyer, officer
):
    agreement = make_agreement(columns={"level": "restricted"})
    shares.give(agreement, by=lawyer, user=officer, reason="x")
    user = read_again(officer)
    for level, kept in (("restricted", True), ("secret", False)):
        file = ContentFile(f"A text that is {level}.".encode(), name="text.txt")
        try:
            documents.store(agreement, "draft", file, by=user, on=DAY, language="en", level=level)
            assert kept
        except Refused:
            assert not kept


# ---- the naive predicate ----
def test_what_is_seen_is_what_a_naive_predicate_says(make_agreement, lawyer, units, settings):
    chance = random.Random(7)
    people = [
        person("officer", f"officer-{level}-{unit}", access_level=level, unit=units.get(unit))
        for level, unit in itertools.product(Level, ("europe", "press", ""))
        if level != Level.SECRET
    ]
    made = [_filled(make_agreement, level, lawyer) for level in Level for _again in range(2)]
    today = clock.today()
    for agreement, holder in itertools.product(made, [*people, *units.values()]):
        seen = isinstance(holder, User) and access.sees(holder, agreement.level)
        if not seen and chance.random() < 0.3:
            until = chance.choice([None, today, today + timedelta(days=2)])
            whom = {"user": holder} if isinstance(holder, User) else {"unit": holder}
            share = shares.give(agreement, by=lawyer, reason="x", until=until, **whom)
            if chance.random() < 0.2:
                shares.withdraw(share, by=lawyer, reason="x")
    kept = list(Share.objects.all())
    assert len(kept) > 12

    def shown(user, agreement, day):
        return any(
            share.agreement_id == agreement.pk
            and share.withdrawn_at is None
            and (share.until is None or share.until >= day)
            and (share.user_id == user.pk or (share.unit_id is not None and share.unit_id == user.unit_id))
            for share in kept
        )

    order = list(Level)

    def sees(user, agreement, level, day):
        own = order.index(user.access_level) >= max(order.index(level), order.index(agreement.level))
        return own or (shown(user, agreement, day) and order.index(level) <= order.index(agreement.level))

    rows = {
        "agreements": [(one.pk, one, one.level) for one in Agreement.objects.all()],
        "tasks": [(one.pk, one.agreement, one.agreement.level) for one in Task.objects.select_related("agreement")],
        "documents": [(one.pk, one.agreement, one.level) for one in Document.objects.select_related("agreement")],
        "files": [
            (one.pk, one.document.agreement, one.document.level)
            for one in DocumentVersion.objects.select_related("document__agreement")
        ],
        "shares": [(one.pk, one.agreement, one.agreement.level) for one in Share.objects.select_related("agreement")],
    }
    for day in (today, today + timedelta(days=1), today + timedelta(days=3)):
        settings.PACTA_TODAY = day
        for given in people:
            user, unread = read_again(given), User.objects.get(pk=given.pk)
            assert user.holds_shares is bool(user.shared)
            seen, unread_seen = seen_by(user), seen_by(unread)
            for kind, known in rows.items():
                expected = {key for key, agreement, level in known if sees(user, agreement, level, day)}
                assert (seen[kind], unread_seen[kind]) == (expected, expected), (kind, given.username, day)
            hidden = set(Document.objects.beyond(user).values_list("pk", flat=True))
            told = {key for key, one, level in rows["documents"] if sees(user, one, level, day)}
            assert not hidden & told
            for agreement in made:
                assert access.sees_agreement(user, agreement) is sees(user, agreement, agreement.level, day)


# ---- what they cost ----
def test_of_who_holds_none_the_queries_are_the_same_as_if_there_were_none(secret, lawyer, officer, reader):
    shares.give(secret, by=lawyer, user=reader, reason="x")
    user = read_again(officer)
    assert user.holds_shares is False
    managers = (Agreement, Task, Commitment, Document, DocumentVersion, Entry, Share)
    for sql in (str(model.objects.for_user(user).query) for model in managers if model is not Share):
        assert "agreements_share" not in sql
    with CaptureQueriesContext(connection) as caught:
        assert user.shared == {}
        assert user.delegations == []
        assert not access.sees_agreement(user, secret)
    assert len(caught) == 0


def test_of_who_holds_some_no_query_is_added_to_a_list(secret, lawyer, officer):
    shares.give(secret, by=lawyer, user=officer, reason="x")
    user = read_again(officer)
    with CaptureQueriesContext(connection) as caught:
        assert secret in list(Agreement.objects.for_user(user))
    assert len(caught) == 1
    with CaptureQueriesContext(connection) as caught:
        assert access.sees_agreement(user, secret)
        assert access.reach(user, secret) == "secret"
    assert len(caught) == 1


# ---- tokens and webhooks ----
def test_a_token_knows_of_shares_and_keeps_to_its_areas(secret, lawyer, officer, areas):
    shares.give(secret, by=lawyer, user=officer, reason="x")
    for codes, seen in (([], True), (["aviation"], True), (["transport"], True)):
        _token, key = tokens.issue(officer, name="x", by=None, areas=codes)
        user = tokens.find(key).user
        assert user.holds_shares is True
        assert Agreement.objects.for_user(user).filter(pk=secret.pk).exists() is seen
    secret.areas.set([areas["transport"]])
    _token, key = tokens.issue(officer, name="x", by=None, areas=["aviation"])
    assert not Agreement.objects.for_user(tokens.find(key).user).filter(pk=secret.pk).exists()


def test_what_is_shown_by_a_share_leaves_by_webhook_only_up_to_the_level_of_webhooks(
    make_agreement, lawyer, reader, settings
):
    User.objects.filter(pk=reader.pk).update(access_level=Level.PUBLIC)
    reader = User.objects.get(pk=reader.pk)
    made = {level: make_agreement(columns={"level": level}) for level in ("internal", "restricted")}
    for agreement in made.values():
        shares.give(agreement, by=lawyer, user=reader, reason="x")

    class Hook:
        owner = User.objects.get(pk=reader.pk)

    for level, sent in (("public", set()), ("internal", {"internal"}), ("restricted", {"internal", "restricted"})):
        settings.WEBHOOK_LEVEL = level
        user = reader_of(Hook)
        found = Agreement.objects.for_user(user).filter(pk__in=[one.pk for one in made.values()])
        assert set(found.values_list("level", flat=True)) == sent
        assert {made[name].pk for name in sent} == set(user.shared)


# ---- races ----
@pytest.mark.django_db(transaction=True)
def test_of_those_who_give_the_same_share_at_once_one_gives_it(secret, lawyer, reader):
    outcomes, faults = race(*[lambda: shares.give(secret, by=lawyer, user=reader, reason="x")] * 4)
    assert (faults, outcomes) == ([], {"done": 1, "refused": 3})
    share = Share.objects.get()
    outcomes, faults = race(*[lambda: shares.withdraw(share, by=lawyer, reason="x")] * 4)
    assert (faults, outcomes) == ([], {"done": 1, "refused": 3})
    assert Entry.objects.of(secret).filter(kind=EntryKind.ACCESS).count() == 2
    assert list(journal.verify()) == []
