"""Of whom a second factor is demanded is led to setting one up, and gets no further without."""

import pytest
from django.test import Client

from agreements import access, tokens
from tests.api.conftest import problem_of
from tests.conftest import signed_in
from tests.entrance.conftest import app_of, code_of, confirmed, sign_in
from tests.pages.conftest import queries, words


@pytest.mark.parametrize(
    ("demanded", "of"), [("none", ()), ("writers", ("officer", "lawyer")), ("all", ("reader", "officer", "lawyer"))]
)
def test_it_is_demanded_of_those_who_may_write_or_of_all(reader, officer, lawyer, demanded, of):
    users = (reader, officer, lawyer)

    assert [user.username for user in users if access.needs_second_factor(user, demanded=demanded)] == list(of)


@pytest.mark.parametrize("address", ["/", "/desk/", "/agreements/", "/tokens/", "/search/?q=a", "/admin/"])
def test_without_it_every_page_leads_to_the_account(settings, signed, officer, address):
    settings.SECOND_FACTOR = "writers"
    officer.is_staff = True
    officer.save()

    answer = signed.get(address, follow=True)

    assert answer.redirect_chain[-1][0] == "/account/"
    assert "A second factor is needed." in words(answer)


def test_without_it_nothing_is_written_or_read_by_the_api_of_the_browser(settings, signed, officer, make_agreement):
    agreement = make_agreement()
    settings.SECOND_FACTOR = "all"

    for answer in (
        signed.get("/api/v1/agreements/"),
        signed.post(f"/api/v1/agreements/{agreement.reference}/journal/", {}, content_type="application/json"),
    ):
        assert problem_of(answer) == (403, "not-permitted")
        assert "Set up a second factor first" in answer.json()["detail"]
    assert (
        signed.post(f"/agreements/{agreement.reference}/hold/", {"on": "2010", "reason": "x"})["Location"]
        == "/account/"
    )


@pytest.mark.django_db(transaction=True)
def test_who_has_set_it_up_goes_on_in_the_same_session_and_who_removes_it_does_not(settings, signed):
    settings.SECOND_FACTOR = "writers"
    confirmed(signed)
    secret = signed.get("/account/app/").context["form"].secret
    signed.post("/account/app/", {"code": code_of(secret)})
    assert signed.get("/desk/").status_code == 200
    assert signed.get("/api/v1/areas/").status_code == 200

    signed.post("/account/app/remove/")
    assert signed.get("/desk/")["Location"] == "/account/"


def test_who_comes_in_with_it_is_asked_nothing_more(settings, client, officer):
    secret = app_of(officer)
    sign_in(client)
    client.post("/sign-in/code/", {"code": code_of(secret)})
    free = queries(client, "/help/")
    settings.SECOND_FACTOR = "writers"

    assert queries(client, "/help/") == free


def test_readers_and_tokens_are_not_concerned_where_writers_are(settings, reader, lawyer):
    settings.SECOND_FACTOR = "writers"
    assert signed_in(reader).get("/desk/").status_code == 200
    _token, secret = tokens.issue(lawyer, name="Register", by=lawyer)
    answer = Client().get("/api/v1/agreements/", headers={"authorization": f"Token {secret}"})
    assert answer.status_code == 200
