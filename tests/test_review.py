"""The review of rights: who sees whose, what is noticed, that it is signed off and handed over as a file."""

import io
from datetime import timedelta

import openpyxl
import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from agreements import clock, delegations, review, shares, tokens
from agreements.choices import Level
from agreements.guards import Refused
from agreements.models import RightsReview, Unit, User
from tests.conftest import signed_in
from tests.lives import reasons
from tests.pages.conftest import queries, words


def person(role, name, **columns):
    user = User.objects.create_user(name, **{"access_level": Level.INTERNAL, **columns})
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def units(db):
    return {code: Unit.objects.create(code=code, name_en=code) for code in ("europe", "press")}


@pytest.fixture
def keeper(db):
    return person("administrator", "keeper", last_login=clock.now())


@pytest.fixture
def head(units):
    return person("head", "head", unit=units["europe"], last_login=clock.now())


def rows(unit=None):
    return {row.user.username: row for row in review.look(unit).rows}


def test_each_account_is_told_with_all_that_it_holds(make_agreement, lawyer, officer, reader, keeper, units):
    User.objects.filter(pk=reader.pk).update(unit=units["press"])
    agreement = make_agreement(columns={"level": "secret"})
    shares.give(agreement, by=lawyer, user=officer, reason="x")
    shares.give(agreement, by=lawyer, unit=units["press"], reason="x")
    tokens.issue(officer, name="x", by=None)
    revoked, _secret = tokens.issue(officer, name="y", by=None)
    tokens.revoke(revoked, by=officer)
    Authenticator.objects.create(user=lawyer, type="totp", data={})
    Authenticator.objects.create(user=officer, type="recovery_codes", data={})
    day = clock.today()
    delegations.give(lawyer, reader, by=lawyer, starts_on=day, ends_on=day)
    told = {name: row.data() for name, row in rows().items()}

    assert set(told) == {"lawyer", "officer", "reader", "keeper"}
    assert told["officer"] == {
        "user": "officer", "unit": None, "active": True, "roles": ["officer"],
        "rights": ["propose", "step", "record", "edit"], "given": [], "level": "internal", "second_factor": False,
        "last_login": None, "tokens": 1, "shares": 1, "acts_for": [], "deputies": [], "notices": [],
    }  # fmt: skip
    assert (told["reader"]["shares"], told["reader"]["acts_for"], told["reader"]["unit"]) == (1, ["lawyer"], "press")
    assert {"void", "share", "record"} <= set(told["reader"]["given"])
    assert (told["lawyer"]["second_factor"], told["lawyer"]["deputies"]) == (True, ["reader"])


NOTICED = """
active role     joined last factor tokens notices
+      officer  1      .    .      .      .
+      officer  200    .    .      .      never
+      officer  200    89   .      .      .
+      officer  200    91   .      .      dormant
+      .        200    1    .      .      no_role
.      officer  200    1    .      +      left
.      officer  200    1    .      .      absent
"""


@pytest.mark.parametrize(
    ("active", "role", "joined", "last", "factor", "kept", "notices"),
    [line.split() for line in NOTICED.strip().splitlines()[1:]],
)
def test_what_is_to_be_looked_at(db, active, role, joined, last, factor, kept, notices):
    ago = {
        name: clock.now() - timedelta(days=int(days))
        for name, days in (("joined", joined), ("last", last))
        if days != "."
    }
    user = person("" if role == "." else role, "somebody", date_joined=ago["joined"], last_login=ago.get("last"))
    if kept == "+":
        tokens.issue(user, name="x", by=None)
    User.objects.filter(pk=user.pk).update(is_active=active == "+")
    told = rows()

    if notices == "absent":
        assert told == {}
    else:
        assert [notice.value for notice in told["somebody"].notices] == ([] if notices == "." else notices.split("+"))


@pytest.mark.parametrize(
    ("demanded", "noticed"), [("none", set()), ("writers", {"officer"}), ("all", {"officer", "reader"})]
)
def test_a_factor_that_is_demanded_and_missing_is_noticed(lawyer, officer, reader, settings, demanded, noticed):
    settings.SECOND_FACTOR = demanded
    Authenticator.objects.create(user=lawyer, type="webauthn", data={})
    found = {name for name, row in rows().items() if review.Notice.NO_FACTOR in row.notices}
    assert found == noticed


def test_a_head_reviews_her_unit_and_who_keeps_the_accounts_everybody(head, keeper, officer, units):
    member = person("officer", "member", unit=units["europe"])
    assert set(rows(units["europe"])) == {"head", "member"}
    assert review.reach(head) == [units["europe"]]
    assert review.reach(keeper) == [None, units["europe"], units["press"]]
    assert review.reach(officer) is None
    opened = {
        (user.username, query): signed_in(user).get(f"/account/review/{query}").status_code
        for user in (head, keeper, officer, member)
        for query in ("", "?unit=europe", "?unit=press")
    }
    assert {who: status for who, status in opened.items() if status != 200} == {
        ("head", "?unit=press"): 404,
        **{(name, query): 403 for name in ("officer", "member") for query in ("", "?unit=europe", "?unit=press")},
    }
    page = words(signed_in(head).get("/account/review/"))
    assert "member" in page
    assert "officer · officer" not in page
    for user, linked in ((head, True), (keeper, True), (officer, False)):
        assert ("Review of rights" in words(signed_in(user).get("/account/"))) is linked


def test_it_is_signed_off_with_a_remark_and_the_digest_of_what_was_seen(head, keeper, officer, units):
    at_keeper = signed_in(keeper)
    assert at_keeper.post("/account/review/", {"remark": " "}).status_code == 422
    assert "The review is signed off." in words(
        at_keeper.post("/account/review/", {"remark": "One account is closed."}, follow=True)
    )
    kept = RightsReview.objects.get()
    assert (kept.by, kept.unit, kept.remark, kept.accounts) == (keeper, None, "One account is closed.", 3)
    assert kept.digest == review.look().digest
    officer.groups.clear()
    assert kept.digest != review.look().digest
    with pytest.raises(Refused) as refusal:
        review.sign(by=head, remark="x")
    assert reasons(refusal) == ["not-permitted"]
    with pytest.raises(Refused) as refusal:
        review.sign(by=head, remark="x", unit=units["press"])
    assert reasons(refusal) == ["not-permitted"]
    own = review.sign(by=head, remark="x", unit=units["europe"])
    assert set(RightsReview.objects.for_user(head)) == {own}
    assert set(RightsReview.objects.for_user(keeper)) == {own, kept}
    assert set(RightsReview.objects.for_user(officer)) == set()


def test_it_is_handed_over_as_files(keeper, officer):
    at_keeper = signed_in(keeper)
    table = at_keeper.get("/account/review/?format=csv")
    assert table["Content-Type"].startswith("text/csv")
    assert "officer,,,yes,Desk officer," in table.content.decode()
    book = openpyxl.load_workbook(io.BytesIO(at_keeper.get("/account/review/?format=xlsx").content))
    cells = {str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line if cell.value}
    assert {"keeper", "officer", "Access level", "Internal"} <= cells
    assert at_keeper.get("/account/review/?format=exe").status_code == 404


def test_the_command_prints_and_signs(keeper, officer, units, tmp_path):
    out, err = io.StringIO(), io.StringIO()
    call_command(
        "review_access", "--format", "csv", "--sign", "keeper", "--remark", "In order.", stdout=out, stderr=err
    )
    assert "keeper,,,yes,Administrator," in out.getvalue()
    assert err.getvalue().startswith("Signed off by keeper: 2 accounts")
    call_command("review_access", "--format", "xlsx", "--output", str(tmp_path / "rights.xlsx"), stdout=out, stderr=err)
    assert openpyxl.load_workbook(tmp_path / "rights.xlsx").sheetnames
    for wrong in (
        ["--unit", "nowhere"],
        ["--sign", "nobody"],
        ["--sign", "officer", "--remark", "x"],
        ["--sign", "keeper"],
    ):
        with pytest.raises(CommandError):
            call_command("review_access", *wrong, stdout=io.StringIO())


def test_it_takes_few_queries_whoever_is_there(keeper, units):
    client = signed_in(keeper)
    once = queries(client, "/account/review/")
    for number in range(12):
        tokens.issue(person("officer", f"desk-{number}", unit=units["press"]), name="x", by=None)
    assert queries(client, "/account/review/") == once <= 15
