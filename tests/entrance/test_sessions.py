"""Where somebody is signed in: shown, kept to some minutes, ended; and by what address machines are known."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client, RequestFactory

from agreements.addresses import address_of, machine_of
from agreements.devices import device
from tests.entrance.conftest import PASSWORD, confirmed, sign_in
from tests.pages.conftest import queries, words

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0"
NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)


def browser(agent, address):
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    assert sign_in(client).status_code == 302
    return client


def is_in(client):
    return client.get("/account/").status_code == 200


def test_one_sees_and_ends_ones_sessions_and_no_others(officer, lawyer):
    first, second = browser(FIREFOX, "203.0.113.7"), browser(EDGE, "2001:db8::7")
    stranger = Client()
    lawyer.set_password(PASSWORD)
    lawyer.save()
    sign_in(stranger, "lawyer")
    confirmed(stranger)
    page = words(first.get("/account/"))
    assert "Firefox on Linux · this browser 203.0.113.7" in page
    assert "Edge on Windows 2001:db8::7" in page
    here, there = first.get("/account/").context["places"]
    assert (here.here, there.here) == (True, False)

    assert stranger.post(f"/account/sessions/{there.key}/end/").status_code == 404
    assert is_in(second)
    assert first.get(f"/account/sessions/{there.key}/end/").status_code == 405
    asked = first.post(f"/account/sessions/{there.key}/end/")
    assert asked["Location"].startswith("/account/confirm/?next=")
    assert is_in(second)
    confirmed(first)
    answer = first.post(f"/account/sessions/{there.key}/end/", follow=True)

    assert "whoever used it must sign in again" in words(answer)
    assert (is_in(first), is_in(second), is_in(stranger)) == (True, False, True)


def test_all_other_sessions_are_ended_at_once(officer):
    first, second, third = (browser(FIREFOX, f"203.0.113.{number}") for number in (1, 2, 3))
    confirmed(first)

    assert "2 other sessions are ended." in words(first.post("/account/sessions/end/", follow=True))
    assert [is_in(one) for one in (first, second, third)] == [True, False, False]


def test_signing_out_leaves_nothing_behind(signed):
    key = signed.session.session_key
    signed.post("/sign-out/")

    assert not Session.objects.filter(session_key=key).exists()
    call_command("tick")
    assert not UserSession.objects.exists()


def test_a_password_that_an_administrator_sets_ends_all_sessions(signed, officer):
    officer.set_password("set by an administrator")
    officer.save()

    assert not is_in(signed)
    other = Client()
    sign_in(other, password="set by an administrator")
    assert len(other.get("/account/").context["places"]) == 1


def test_being_seen_is_kept_every_few_minutes_and_costs_nothing_between(officer):
    with time_machine.travel(NOW, tick=False) as now:
        client = browser(FIREFOX, "203.0.113.7")
        client.get("/help/")
        quiet = queries(client, "/help/")
        now.shift(timedelta(minutes=4))
        assert queries(client, "/help/") == quiet
        assert UserSession.objects.get().last_seen_at == NOW
        now.shift(timedelta(minutes=2))
        client.defaults["REMOTE_ADDR"] = "203.0.113.8"
        assert queries(client, "/help/") > quiet
        assert queries(client, "/help/") == quiet
        kept = UserSession.objects.get()

    assert (kept.last_seen_at, kept.ip) == (NOW + timedelta(minutes=6), "203.0.113.8")


def test_the_api_of_a_browser_is_a_use_of_its_session(officer):
    with time_machine.travel(NOW, tick=False) as now:
        client = browser(FIREFOX, "203.0.113.7")
        now.shift(timedelta(minutes=6))
        assert client.get("/api/v1/areas/").status_code == 200

    assert UserSession.objects.get().last_seen_at == NOW + timedelta(minutes=6)


# ---- how long ----
def used(client, now, minutes, every=30):
    """Use a session for so long, every few minutes; return whether it is still one."""
    for _time in range(minutes // every):
        now.shift(timedelta(minutes=every))
        client.get("/help/")
    return is_in(client)


def test_a_session_ends_when_it_is_not_used_for_an_hour(officer):
    with time_machine.travel(NOW, tick=False) as now:
        client, other = browser(FIREFOX, "203.0.113.7"), browser(EDGE, "203.0.113.8")
        assert used(client, now, 4 * 60)
        now.shift(timedelta(minutes=54))
        assert is_in(client)
        assert not is_in(other)
        assert [place.here for place in client.get("/account/").context["places"]] == [True]
        now.shift(timedelta(minutes=61))
        assert client.get("/desk/")["Location"] == "/sign-in/?next=/desk/"
        assert client.get("/api/v1/areas/").status_code == 401


def test_a_session_ends_twelve_hours_after_the_sign_in_however_busy_it_is(officer):
    with time_machine.travel(NOW, tick=False) as now:
        client = browser(FIREFOX, "203.0.113.7")
        assert used(client, now, 11 * 60 + 30)
        now.shift(timedelta(minutes=29))
        assert is_in(client)
        confirmed(client)
        now.shift(timedelta(minutes=1))
        assert not is_in(client)


def test_a_session_of_the_api_ends_likewise(officer):
    with time_machine.travel(NOW, tick=False) as now:
        client = browser(FIREFOX, "203.0.113.7")
        statuses = []
        for _time in range(25):
            statuses.append(client.get("/api/v1/areas/").status_code)
            now.shift(timedelta(minutes=30))
    assert statuses == [200] * 24 + [401]


def test_both_ends_are_settings(officer, settings):
    settings.SESSION_LONGEST, settings.SESSION_IDLE = timedelta(hours=2), timedelta(minutes=20)
    with time_machine.travel(NOW, tick=False) as now:
        client = browser(FIREFOX, "203.0.113.7")
        assert used(client, now, 105, every=15)
        now.shift(timedelta(minutes=15))
        assert not is_in(client)


def test_a_session_is_prolonged_while_pacta_is_only_read(officer, settings):
    settings.READ_ONLY = True
    with time_machine.travel(NOW, tick=False) as now:
        client = browser(FIREFOX, "203.0.113.7")
        assert used(client, now, 3 * 60)
        assert UserSession.objects.get().last_seen_at == NOW


# ---- addresses ----
@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "address"),
    [
        ([], "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        (["10.0.0.0/8"], "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        (["10.0.0.0/8"], "10.0.0.2", "198.51.100.1", "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.2", "192.0.2.66, 198.51.100.1", "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.2", "192.0.2.66, 198.51.100.1, 10.0.0.3", "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.2", "", "10.0.0.2"),
        (["10.0.0.0/8"], "10.0.0.2", "anything, at all", ""),
        (["unix"], "", "198.51.100.1", "198.51.100.1"),
        ([], "", "198.51.100.1", ""),
        ([], "::ffff:203.0.113.9", "", "203.0.113.9"),
    ],
)
def test_the_address_is_believed_of_declared_proxies_only(settings, proxies, peer, forwarded, address):
    settings.PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers={"x-forwarded-for": forwarded} if forwarded else {})

    assert address_of(request) == address


def test_a_machine_with_a_network_of_its_own_is_one_machine():
    machines = {machine_of(RequestFactory().get("/", REMOTE_ADDR=f"2001:db8:1:2::{number}")) for number in range(9)}

    assert machines == {"2001:db8:1:2::"}
    assert machine_of(RequestFactory().get("/", REMOTE_ADDR="203.0.113.9")) == "203.0.113.9"


@pytest.mark.parametrize(
    ("agent", "said"),
    [(FIREFOX, "Firefox on Linux"), (EDGE, "Edge on Windows"), ("curl/8", "Unknown device"), ("", "Unknown device")],
)
def test_devices_are_named(agent, said):
    assert device(agent) == said


def test_what_a_browser_says_of_itself_is_only_text(officer):
    client = browser("<script>alert(1)</script> Firefox/1 " + "x" * 900, "203.0.113.7")

    assert "<script>alert" not in client.get("/account/").content.decode()
    assert len(UserSession.objects.get().user_agent) == 200
    assert PASSWORD not in client.get("/account/").content.decode()
