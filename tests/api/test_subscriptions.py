"""Subscriptions and notifications through the API: what a person can do, a program can do."""

import pytest

from agreements import clock, lifecycle, meetings, saved_views, subscriptions, tokens
from agreements.choices import Level, TokenScope, ViewKind
from agreements.dates import FuzzyDate
from agreements.models import (
    Agreement,
    Format,
    Mailing,
    Meeting,
    Notification,
    NotificationWishes,
    Party,
    Subscription,
)
from tests.api.conftest import Api, codes_of, errors_of, problem_of, version_of


def test_a_program_watches_changes_pauses_and_removes(api, make_agreement, officer):
    agreement, client = make_agreement(), api(officer)

    made = client.post("subscriptions/", {"what": "agreement", "agreement": agreement.reference, "groups": ["steps"]})

    told = made.json()
    assert made.status_code == 201
    assert made.headers["Location"] == told["url"]
    assert {name: told[name] for name in ("what", "agreement", "party", "groups", "pace", "hour", "paused_at")} == {
        "what": "agreement", "agreement": agreement.reference, "party": None, "groups": ["steps"], "pace": "daily",
        "hour": 8, "paused_at": None,
    }  # fmt: skip
    address = f"subscriptions/{told['id']}/"
    changed = client.patch(address, {"paused": True, "pace": "weekly", "weekday": 4}).json()
    assert (changed["pace"], changed["weekday"], changed["version"], changed["paused_at"] is not None) == (
        "weekly", 4, 2, True,
    )  # fmt: skip
    assert client.patch(address, {"paused": False}).json()["paused_at"] is None
    assert client.delete(address, match="*").status_code == 204
    assert not Subscription.objects.exists()


def test_what_cannot_be_watched_is_refused(api, make_agreement, officer, reader):
    hidden, shown, client = make_agreement(), make_agreement(), api(officer)
    Agreement.objects.filter(pk=hidden.pk).update(level=Level.SECRET)
    foreign = saved_views.create(reader, kind=ViewKind.AGREEMENTS, name="Mine", query="q=air")

    assert set(errors_of(client.post("subscriptions/", {"what": "agreement", "agreement": hidden.reference}))) == {
        "agreement"
    }
    assert set(errors_of(client.post("subscriptions/", {"what": "view", "view": str(foreign.pk)}))) == {"view"}
    assert set(errors_of(client.post("subscriptions/", {"what": "weather", "hour": 24, "id": "x"}))) == {
        "what", "hour", "id",
    }  # fmt: skip
    assert codes_of(client.post("subscriptions/", {"what": "party"})) == ["target-unknown"]
    for named in ({"what": "unit"}, {"what": "area", "area": "aviation"}):
        lost = client.post("subscriptions/", named | {"party": "EU", "agreement": shown.reference})
        assert errors_of(lost) == {"agreement": "invalid", "party": "invalid"}
    assert codes_of(client.post("subscriptions/", {"what": "unit"})) == ["unit-missing"]
    body = {"what": "party", "party": "EU", "in_product": False, "by_mail": False}
    assert codes_of(client.post("subscriptions/", body)) == ["channel-missing"]


def test_what_is_hidden_by_now_is_not_named(api, make_agreement, officer):
    agreement, client = make_agreement(), api(officer)
    subscriptions.watch(officer, "agreement", agreement)
    Agreement.objects.filter(pk=agreement.pk).update(level=Level.SECRET)

    answer = client.get("subscriptions/")

    assert [row["agreement"] for row in answer.json()["results"]] == [None]
    assert agreement.reference not in answer.content.decode()


def test_notifications_are_listed_filtered_and_marked_as_read(api, make_agreement, officer, lawyer):
    agreement, client = make_agreement(), api(officer)
    subscriptions.watch(officer, "agreement", agreement)
    for number in range(3):
        lifecycle.note(agreement, on=FuzzyDate.parse("2024"), by=lawyer, what=f"Note {number}.")
    subscriptions.tick()

    rows = client.get("notifications/").json()["results"]

    assert len(rows) == 3
    assert {row["agreement"] for row in rows} == {agreement.reference}
    assert {row["said"] for row in rows} == {f"Note, 2024. Note {number}." for number in range(3)}
    assert client.get(f"events/{rows[0]['event']}/").status_code == 200
    assert client.post("notifications/read/", {"ids": [rows[0]["id"]]}).json() == {"notifications": 1}
    assert len(client.get("notifications/?unread=true").json()["results"]) == 2
    assert client.get(f"notifications/{rows[0]['id']}/").json()["version"] == 2
    assert client.post("notifications/read/", {}).json() == {"notifications": 2}
    Agreement.objects.filter(pk=agreement.pk).update(level=Level.SECRET)
    assert client.get("notifications/").json()["results"] == []
    assert client.get(f"notifications/{rows[0]['id']}/").status_code == 404


def test_within_areas_a_token_is_told_and_marks_only_what_is_about_their_agreements(
    api, make_agreement, areas, officer, lawyer
):
    subscriptions.watch(officer, "party", Party.objects.get(code="KZ"))
    for code in ("transport", "aviation"):
        made = make_agreement(areas=[areas[code]])
        met = Meeting(format=Format.objects.get_or_create(code="council", name_en="Council")[0], level=Level.INTERNAL)
        met.on = FuzzyDate.parse("2025-01-21")
        meetings.arrange(met, by=lawyer, parties=[Party.objects.get(code="KZ")], agenda=[meetings.Point(made)])
    subscriptions.tick()
    _token, secret = tokens.issue(officer, name="Within", by=officer, scope=TokenScope.WRITE, areas=["transport"])
    within = Api(officer)
    within.headers = {"Authorization": f"Token {secret}"}

    assert sorted(row["agreement"] is None for row in api(officer).get("notifications/").json()["results"]) == [
        False, False, True, True,
    ]  # fmt: skip
    assert len(within.get("notifications/").json()["results"]) == 1
    assert within.post("notifications/read/", {}).json() == {"notifications": 1}
    assert api(officer).post("notifications/read/", {}).json() == {"notifications": 3}


@pytest.mark.parametrize("number", [1, 20])
def test_lists_cost_a_fixed_number_of_queries(
    api, make_agreement, officer, lawyer, django_assert_max_num_queries, number
):
    for place in range(number):
        agreement = make_agreement(titles={"en": f"Agreement {place}"})
        subscriptions.watch(officer, "agreement", agreement)
        lifecycle.note(agreement, on=FuzzyDate.parse("2024"), by=lawyer, what="A note.")
    subscriptions.tick()
    assert Notification.objects.count() == number
    client = api(officer)
    client.get("subscriptions/")
    for path, most in (("subscriptions/", 3), ("notifications/", 14)):
        with django_assert_max_num_queries(most):
            assert len(client.get(path).json()["results"]) == number


# ---- how one is told ----
def test_a_program_says_how_its_user_is_told(api, officer, reader):
    client = api(officer)
    usual = client.get("wishes/")
    told = usual.json()

    assert (version_of(usual), told["version"], told["changed_at"], told["feed_made_at"]) == ("0", 0, None, None)
    assert (told["language"], told["quiet_from"], told["digest"], told["digest_pace"]) == ("en", None, "none", "weekly")
    wanted = {
        "language": "kk", "quiet_from": "20:00", "quiet_until": "08:30", "own_acts": True, "reminders_by_mail": False,
        "digest": "head", "digest_pace": "daily", "digest_hour": 7, "digest_weekday": 4, "digest_report": True,
    }  # fmt: skip
    changed = client.patch("wishes/", wanted, match='"0"')
    assert changed.status_code == 200
    assert {name: changed.json()[name] for name in wanted} == wanted
    assert (version_of(changed), changed.json()["digest_since"] is None) == ("1", False)
    assert problem_of(client.patch("wishes/", {"own_acts": False}, match='"0"')) == (412, "stale")
    assert problem_of(client.patch("wishes/", {"own_acts": False}, match="")) == (428, "precondition-required")
    assert client.patch("wishes/", {"quiet_from": None, "quiet_until": None}).json()["quiet_until"] is None
    assert api(reader).get("wishes/").json() == told  # another's are his own


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"quiet_from": "8pm"}, {"quiet_from": "invalid"}),
        ({"quiet_from": "24:00", "quiet_until": "08:00"}, {"quiet_from": "invalid"}),
        ({"quiet_from": "20:00"}, {"": "invalid"}),
        ({"digest_pace": "immediately"}, {"digest_pace": "unknown"}),
        ({"digest_hour": 24, "digest_weekday": -1}, {"digest_hour": "max_value", "digest_weekday": "min_value"}),
        ({"language": "de", "digest": "all"}, {"language": "unknown", "digest": "unknown"}),
        ({"feed_made_at": None, "version": 7, "pace": "daily"},
         {"feed_made_at": "read_only", "version": "read_only", "pace": "unknown"}),
    ],
)  # fmt: skip
def test_wishes_that_cannot_be_are_refused(given, errors, api, officer):
    assert errors_of(api(officer).patch("wishes/", given)) == errors
    assert not NotificationWishes.objects.exists()


def test_a_program_makes_the_feed_anew_and_revokes_it(api, officer, client):
    program = api(officer)
    first, second = (program.post("wishes/feed/", {}).json() for _turn in range(2))

    assert (first["version"], second["version"], second["feed_made_at"] is None) == (1, 2, False)
    assert client.get(first["address"]).status_code == 404
    assert client.get(second["address"]).status_code == 200
    assert "address" not in program.get("wishes/").json()
    gone = program.post("wishes/feed/revoke/", {})
    assert (gone.json()["feed_made_at"], version_of(gone)) == (None, "3")
    assert client.get(second["address"]).status_code == 404


def test_mails_that_were_given_up_are_sent_again(api, officer, reader):
    failed, sent = (
        Mailing.objects.create(person=officer, kind="single", state=state, problem=problem, created_at=clock.now())
        for state, problem in (("failed", "SMTPRecipientsRefused"), ("delivered", ""))
    )
    program = api(officer)

    (row,) = program.get("mailings/?state=failed").json()["results"]
    assert (row["id"], row["problem"]) == (str(failed.pk), "SMTPRecipientsRefused")
    again = program.post(f"mailings/{failed.pk}/again/", {})
    assert (again.status_code, again.json()["state"], again.json()["problem"]) == (200, "waiting", "")
    assert codes_of(program.post(f"mailings/{sent.pk}/again/", {})) == ["mail-not-given-up"]
    assert api(reader).get(f"mailings/{failed.pk}/").status_code == 404
    assert api(reader).get("mailings/").json()["results"] == []
