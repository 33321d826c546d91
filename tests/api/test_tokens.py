"""Tokens: what a program may do under one, for how long, how often; and what is told of it."""

import importlib
import logging
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.apps import apps
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection

from agreements import clock, lifecycle, registers, tokens
from agreements.api import signing_in
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.models import AgendaItem, ApiToken, Area, Entry, Format, Meeting, Relation
from tests.api.conftest import MISSING, Api, codes_of, errors_of, problem_of

DAY = FuzzyDate.parse("2024-12-20")
NOW = datetime(2026, 11, 30, 6, 0, 30, tzinfo=UTC)
NOTE = {"kind": "note", "on": "2024-12-20", "what": "A note."}


def under(user, **given):
    """A client under a token of its own."""
    token, secret = tokens.issue(user, **{"name": "Program", "by": user} | given)
    client = Api(None)
    client.headers = {"Authorization": f"Token {secret}"}
    client.token = token
    return client


# ---- the resource ----
def test_a_token_is_issued_used_and_revoked(api, officer, areas):
    client = api(officer)
    response = client.post("tokens/", {"name": "Register", "areas": ["aviation"], "until": "2999-01-01"})
    told = response.json()
    assert response.status_code == 201
    assert response.headers["Location"] == told["url"]
    assert told["secret"].startswith(told["beginning"])
    assert (told["scope"], told["areas"], told["answers"]) == ("read", ["aviation"], True)
    assert told["expires_at"] == "2999-01-01T19:00:00Z"  # the end of the day in Almaty

    program = Api(None)
    program.headers = {"Authorization": f"Bearer {told['secret']}"}
    assert program.get("agreements/").status_code == 200
    kept = client.get(told["url"])
    assert "secret" not in kept.json()
    assert kept.json()["last_used_at"]
    assert told["secret"] not in str(ApiToken.objects.filter(pk=told["id"]).values())

    assert problem_of(client.delete(told["url"])) == (428, "precondition-required")
    revoked = client.delete(told["url"], match='"1"').json()
    assert revoked["answers"] is False
    assert revoked["revoked_at"]
    assert problem_of(program.get("agreements/")) == (401, "not-authenticated")
    assert problem_of(client.delete(told["url"], match='"1"')) == (412, "stale")


def test_what_cannot_be_is_refused(api, officer, areas):
    client = api(officer)

    assert errors_of(client.post("tokens/", {"secret": "x", "scope": "all", "areas": ["aviation", "x"]})) == {
        "name": "required",
        "secret": "read_only",
        "scope": "unknown",
        "areas.1": "unknown",
    }
    assert errors_of(client.post("tokens/", {"name": "x", "areas": ["aviation", "aviation"]})) == {"areas.1": "unique"}
    assert codes_of(client.post("tokens/", {"name": "x", "until": "2001-01-01"})) == ["until-past"]
    assert problem_of(client.patch(f"tokens/{MISSING}/", {"name": "x"}))[0] == 405


def test_nobody_else_sees_it(api, officer, lawyer):
    told = api(officer).post("tokens/", {"name": "Register"}).json()

    assert [row["name"] for row in api(lawyer).get("tokens/").json()["results"]] == ["Tests"]
    assert problem_of(api(lawyer).get(told["url"])) == (404, "not-found")
    assert problem_of(api(lawyer).delete(told["url"], match="*")) == (404, "not-found")


def test_a_user_has_so_many_in_use_and_no_more(officer, monkeypatch):
    monkeypatch.setattr(tokens, "MOST", 2)
    first, _secret = tokens.issue(officer, name="One", by=officer)
    tokens.issue(officer, name="Two", by=officer)
    with pytest.raises(Refused) as refusal:
        tokens.issue(officer, name="Three", by=officer)
    assert [reason.code for reason in refusal.value.reasons] == ["tokens-many"]

    tokens.revoke(first, by=officer)
    tokens.issue(officer, name="Three", by=officer)


# ---- what it may do ----
def test_a_token_that_may_read_writes_nothing(officer, make_agreement):
    agreement = make_agreement()
    address, entries = f"agreements/{agreement.reference}/", Entry.objects.count()
    program = under(officer)

    assert program.get(address).status_code == 200
    asked = [
        program.post("agreements/", {}),
        program.post(f"{address}journal/", NOTE),
        program.patch(address, {"next_step": "x"}),
        program.post("tokens/", {"name": "x"}),
        program.post("webhooks/", {}),
        program.post("feeds/", {}),
        program.delete(f"feeds/{MISSING}/", match="*"),
    ]
    assert {problem_of(answer) for answer in asked} == {(403, "not-permitted")}
    assert {answer.json()["detail"] for answer in asked} == {"This token may only read."}
    assert program.post(f"{address}entry-into-force/", {"actions": []}).status_code == 200  # nothing is stored
    assert Entry.objects.count() == entries
    assert under(officer, scope="write").post(f"{address}journal/", NOTE).status_code == 201


def test_a_token_does_no_more_than_its_user(reader, make_agreement):
    address = f"agreements/{make_agreement().reference}/journal/"

    assert problem_of(under(reader, scope="write").post(address, NOTE)) == (403, "not-permitted")


def test_a_token_of_some_areas_reaches_nothing_else(lawyer, areas, make_agreement):
    transport = areas["transport"]
    other = make_agreement(areas=[transport], relations=[])
    shown = make_agreement(areas=[areas["aviation"]])
    with registers.editing(shown, by=lawyer) as edited:
        Relation.objects.create(agreement=edited, kind="amends", to=other)
    council = Format.objects.create(code="council", name_en="Council")
    meetings = [registers.create(Meeting(format=council, on=DAY), by=lawyer) for _number in range(2)]
    for meeting, agreement in zip(meetings, (shown, other), strict=True):
        with registers.editing(meeting, by=lawyer) as edited:
            AgendaItem.objects.create(meeting=edited, agreement=agreement)
    program = under(lawyer, scope="write", areas=["aviation"])

    def listed(path, name):
        return [row[name] for row in program.get(path).json()["results"]]

    assert listed("agreements/", "reference") == [shown.reference]
    assert listed("meetings/", "id") == [str(meetings[0].pk)]
    assert listed("events/?subject=agreement", "type") == ["agreement.open"]
    journal = program.get(f"agreements/{shown.reference}/journal/")
    for path in ("", "journal/", "tasks/", "documents/", "transitions/", "participants/"):
        hidden = problem_of(program.get(f"agreements/{other.reference}/{path}"))
        assert hidden == (404, "not-found"), path
    lists = ("agreements/", "attention/", "tasks/", "events/", "reports/portfolio/")
    for path in (f"agreements/{shown.reference}/", *lists):
        assert other.reference not in program.get(path).content.decode(), path
    assert other.reference not in journal.content.decode()
    assert problem_of(program.post(f"agreements/{other.reference}/journal/", NOTE)) == (404, "not-found")
    assert program.post(f"agreements/{shown.reference}/journal/", NOTE).status_code == 201
    assert {row["code"] for row in program.get("parties/").json()["results"]} >= {"EU", "KZ"}


def test_a_token_of_some_areas_makes_nothing_outside_of_them(lawyer, areas, make_agreement):
    agreement = make_agreement(areas=[areas["aviation"]])
    program = under(lawyer, scope="write", areas=["aviation"])
    Format.objects.create(code="council", name_en="Council")
    before = Entry.objects.count()
    proposal = {"title": {"en": "Protocol"}, "kind": "protocol"}

    outside = "This token is limited to areas (aviation), and what you send would lie outside of them."
    made = program.post("agreements/", proposal | {"areas": ["transport"]})
    moved = program.patch(f"agreements/{agreement.reference}/", {"areas": ["transport"]})
    meeting = program.post("meetings/", {"format": "council", "on": "2025-01-10"})
    for refused in (made, moved, meeting):
        assert problem_of(refused) == (403, "not-permitted")
        assert refused.json()["detail"] == outside
    items = [proposal | {"areas": ["transport"]}, proposal | {"areas": []}]
    many = program.post("agreements/bulk/", {"mode": "per-item", "items": items}).json()
    assert [(row["status"], row["agreement"], row["problem"]["detail"]) for row in many["results"]] == [
        (403, None, outside)
    ] * 2
    assert problem_of(program.post("agreements/bulk/", {"mode": "all-or-none", "items": items})) == (409, "not-all")
    for path in ("tokens/", "webhooks/", "feeds/"):
        assert problem_of(program.post(path, {"name": "x"})) == (403, "not-permitted")
    assert Entry.objects.count() == before
    assert program.post("agreements/", proposal | {"areas": ["aviation"]}).status_code == 201
    many = program.post("agreements/bulk/", {"mode": "all-or-none", "items": [proposal | {"areas": ["aviation"]}]})
    assert many.json()["done"] == 1


# ---- for how long ----
def test_a_token_is_of_use_until_its_last_day_is_over(officer):
    with time_machine.travel(NOW, tick=False) as now:
        program = under(officer, until=NOW.date() + timedelta(days=2))
        now.move_to(datetime(2026, 12, 2, 18, 59, tzinfo=UTC))
        assert program.get("agreements/").status_code == 200
        now.move_to(datetime(2026, 12, 2, 19, 0, tzinfo=UTC))
        assert problem_of(program.get("agreements/")) == (401, "not-authenticated")


def test_a_token_of_the_deactivated_is_of_no_use(officer):
    program = under(officer)
    officer.is_active = False
    officer.save()

    assert problem_of(program.get("agreements/")) == (401, "not-authenticated")


def test_a_token_makes_none_that_outlives_it(officer):
    program = under(officer, scope="write", until=clock.now().date() + timedelta(days=10))

    assert codes_of(program.post("tokens/", {"name": "x"})) == ["until-late"]
    late = {"name": "x", "until": str(clock.now().date() + timedelta(days=11))}
    assert codes_of(program.post("tokens/", late)) == ["until-late"]
    soon = {"name": "x", "until": str(clock.now().date() + timedelta(days=9))}
    assert program.post("tokens/", soon).status_code == 201


# ---- what is kept of its use ----
def test_its_use_is_kept_to_the_minute_and_logged_by_network(officer, caplog):
    caplog.set_level(logging.INFO, "agreements.tokens")
    with time_machine.travel(NOW, tick=False) as now:
        program = under(officer)
        key = program.token.pk
        program.client.defaults["REMOTE_ADDR"] = "203.0.113.77"
        for _second in range(3):
            program.get("areas/")
            now.shift(timedelta(seconds=20))
        program.get("areas/")
        tokens.revoke(program.token, by=officer)

    assert [record.getMessage() for record in caplog.records if str(key) in record.getMessage()] == [
        f"token {key} (read) issued for user {officer.pk} by {officer.pk}",
        f"token {key} of user {officer.pk} used from 203.0.113.0/24",
        f"token {key} of user {officer.pk} used from 203.0.113.0/24",
        f"token {key} of user {officer.pk} revoked by {officer.pk}",
    ]
    assert ApiToken.objects.get(pk=key).last_used_at == NOW + timedelta(minutes=1)
    assert tokens.network_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1::/48"
    assert tokens.network_of("") == "nowhere"


def test_a_token_costs_one_query(officer, django_assert_num_queries):
    program = under(officer)
    program.get("areas/")

    with django_assert_num_queries(2):
        program.get("areas/")


# ---- how often ----
def test_who_asks_too_often_is_told_when_to_come_back(officer, lawyer, settings):
    settings.API_RATE = 3
    with time_machine.travel(NOW, tick=False) as now:
        program, other = under(officer), under(officer)
        assert [program.get("areas/").status_code for _time in range(3)] == [200] * 3
        told = program.get("areas/")
        assert problem_of(told) == (429, "throttled")
        assert told.headers["Retry-After"] == "30"
        assert other.get("areas/").status_code == 200
        now.shift(timedelta(seconds=int(told.headers["Retry-After"])))
        assert program.get("areas/").status_code == 200


def test_every_answer_tells_how_many_requests_are_left(officer, settings, sample):
    settings.API_RATE = 7
    policy = '"default";q=7;w=60'
    with time_machine.travel(NOW, tick=False):
        program = under(officer, scope="write")
        record = program.get("agreements/AIR-7Q4M/")
        answers = [
            record,
            program.get("agreements/AIR-7Q4M/", If_None_Match=record.headers["ETag"]),
            program.get("agreements/?format=csv"),
            program.get("agreements/AIR-0000/"),
            program.patch("agreements/AIR-7Q4M/", {"title": 1}),
            program.client.delete("/api/v1/agreements/", headers=program.headers),
            program.client.options("/api/v1/agreements/", headers=program.headers),
            program.get("agreements/"),
        ]
        assert [one.status_code for one in answers] == [200, 304, 200, 404, 400, 405, 204, 429]
        left = [f'"default";r={count};t=30' for count in (6, 5, 4, 3, 2, 1, 0, 0)]
        assert [one.headers["RateLimit"] for one in answers] == left
        assert {one.headers["RateLimit-Policy"] for one in answers} == {policy}
        assert under(officer).get("agreements/").headers["RateLimit"] == left[0]


def test_an_answer_that_is_given_again_tells_what_is_left_now(officer, settings):
    settings.API_RATE = 5
    with time_machine.travel(NOW, tick=False):
        program = under(officer, scope="write")
        given = [
            program.post("agreements/", {"title": {"en": "Pact"}, "kind": "treaty"}, Idempotency_Key="a")
            for _time in range(2)
        ]
    assert [one.headers.get("Idempotency-Replayed") for one in given] == [None, "true"]
    assert [one.headers["RateLimit"] for one in given] == ['"default";r=4;t=30', '"default";r=3;t=30']


def test_nothing_is_told_of_a_pace_that_nobody_counts(officer, client, settings):
    assert "RateLimit" not in under(officer).get("areas/").headers
    settings.API_RATE = 5
    nobody = client.get("/api/v1/areas/")
    assert (nobody.status_code, "RateLimit" in nobody.headers) == (401, False)


def test_to_tell_what_is_left_asks_the_cache_no_further(officer, settings, monkeypatch):
    settings.API_RATE = 5
    asked = []

    class Watched:
        def __getattr__(self, name):
            asked.append(name)
            return getattr(cache, name)

    monkeypatch.setattr(signing_in, "cache", Watched())
    assert "RateLimit" in under(officer).get("areas/").headers
    assert asked == ["add", "incr"]


def test_several_processes_count_together_where_they_share_a_cache(officer, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "counted"}}
    settings.API_RATE = 1
    call_command("createcachetable")
    with time_machine.travel(NOW, tick=False):
        program = under(officer)
        assert program.get("areas/").status_code == 200
        assert problem_of(program.get("areas/")) == (429, "throttled")
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE counted")


# ---- from before, and from the command line ----
def test_tokens_of_before_are_taken_over_by_their_digests(officer):
    with connection.cursor() as cursor:
        user = "char(32)" if connection.vendor == "sqlite" else "uuid"
        moment = "datetime" if connection.vendor == "sqlite" else "timestamptz"
        cursor.execute(f"CREATE TABLE authtoken_token (key varchar(40), user_id {user}, created {moment})")
        key = officer.pk.hex if connection.vendor == "sqlite" else officer.pk
        cursor.execute("INSERT INTO authtoken_token VALUES (%s, %s, %s)", ["a" * 40, key, "2024-12-01 10:00:00"])
    move = importlib.import_module("agreements.migrations.0013_tokens").take_over
    move(apps, SimpleNamespace(connection=connection))
    move(apps, SimpleNamespace(connection=connection))  # where there is no such table

    token = tokens.find("a" * 40)
    assert (token.user, token.scope, token.beginning, token.created_at.year) == (officer, "write", "aaaaaa", 2024)
    assert "authtoken_token" not in connection.introspection.table_names()


def test_the_command_prints_the_secret_alone(officer, areas, capsys):
    call_command("create_token", "officer", "--read-only", "--days", "30", "--area", "aviation", "--name", "Register")
    secret = capsys.readouterr().out.strip()
    token = tokens.find(secret)
    assert (token.user, token.scope, token.areas, token.name) == (officer, "read", ["aviation"], "Register")
    assert timedelta(days=29) < token.expires_at - clock.now() < timedelta(days=32)

    call_command("create_token", "officer")
    token = tokens.find(capsys.readouterr().out.strip())
    assert (token.scope, token.areas, token.expires_at) == ("write", [], None)
    for arguments in (["nobody"], ["officer", "--days", "0"], ["officer", "--area", "x"]):
        with pytest.raises(CommandError):
            call_command("create_token", *arguments)


def test_areas_that_are_no_more_leave_nothing(officer, areas, make_agreement):
    make_agreement(areas=[areas["aviation"]])
    program = under(officer, areas=["aviation"])
    Area.objects.filter(code="aviation").update(code="flights")

    assert program.get("agreements/").json()["results"] == []
    lifecycle.note(make_agreement(), on=DAY, by=officer, what="A note.")
    assert program.get("events/?subject=agreement").json()["results"] == []
