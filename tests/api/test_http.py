"""HTTP as the standards have it: tags, conditions, methods, parts of files, languages."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from agreements import registers, reports, tokens
from agreements.choices import Level
from tests.api.conftest import V1, problem_of, schema, secret_for, version_of

LISTS = (
    "agreements/", "agreements/counts/", "parties/", "areas/", "units/", "procedures/", "meetings/", "documents/",
    "indicators/",
    "commitments/", "feeds/", "tasks/", "task-templates/", "attention/", "views/", "reports/", "webhooks/",
    "subscriptions/",
    "notifications/",
    "mailings/",
)  # fmt: skip
OF_ONE = (
    "", "transitions/", "journal/", "participants/", "actions/", "documents/", "tasks/", "attention/",
    "entry-into-force/",
)  # fmt: skip


@pytest.fixture
def addresses(sample):
    return [*LISTS, *(f"agreements/AIR-7Q4M/{path}" for path in OF_ONE), "parties/KZ/", "procedures/ratified/"]


def test_every_answer_has_a_tag_and_is_not_sent_again(api, officer, addresses):
    client = api(officer)
    for path in addresses:
        first = client.get(path)
        tag = first.headers["ETag"]
        again = client.get(path, If_None_Match=f'"other", W/{tag}')
        assert (first.status_code, again.status_code, again.content) == (200, 304, b""), path
        for name in ("ETag", "Vary", "Cache-Control"):
            assert again.headers[name] == first.headers[name], path
        assert "Content-Type" not in again.headers
        assert client.get(path, If_None_Match="*").status_code == 304
        assert client.get(path, If_None_Match='"other"').content == first.content


def program_of(user, **given):
    _token, secret = tokens.issue(user, name="Program", by=user, **given)
    return Client(headers={"Authorization": f"Token {secret}"})


def test_the_index_leads_to_every_resource(reader, sample):
    client = program_of(reader)
    told = client.get(V1).json()
    assert list(told) == ["resources", "schema", "documentation", "problems"]
    leading = {address.split("/")[3] for address in schema()["paths"]}
    assert told["resources"] == {name: f"http://testserver{V1}{name}/" for name in sorted(leading)}
    assert {client.get(address).status_code for address in told["resources"].values()} == {200}
    assert client.get(told["schema"]).status_code == client.get(told["problems"]).status_code == 200
    in_a_browser = Client()
    in_a_browser.force_login(reader)
    assert in_a_browser.get(told["documentation"]).status_code == 200


def test_the_index_is_the_same_for_everybody_who_has_signed_in(officer, reader, sample):
    programs = [program_of(reader), program_of(officer), program_of(officer, areas=["aviation"])]
    assert len({(one.get(V1).content, one.get(V1).headers["ETag"]) for one in programs}) == 1
    assert programs[0].options(V1).headers["Allow"] == "GET, HEAD, OPTIONS"
    assert problem_of(programs[0].get(f"{V1}?fields=schema")) == (400, "validation")
    assert problem_of(Client().get(V1)) == (401, "not-authenticated")


def test_a_page_is_the_same_page_later(api, officer, sample):
    client, now = api(officer), datetime.now(UTC)
    for path in ("agreements/?page_size=2", "agreements/PEP-4K7Z/journal/?page_size=2", "attention/?page_size=2"):
        with time_machine.travel(now, tick=False):
            first = client.get(path)
        with time_machine.travel(now + timedelta(seconds=50), tick=False):
            again = client.get(path, If_None_Match=first.headers["ETag"])
        assert first.json()["next"]
        assert again.status_code == 304


def test_head_tells_what_get_would(officer, addresses):
    client = Client(headers={"Authorization": f"Token {secret_for(officer)}"})
    for path in (*addresses, "", "schema/"):
        read, head = client.get(f"/api/v1/{path}"), client.head(f"/api/v1/{path}")
        assert (head.status_code, head.content) == (200, b""), path
        for name in ("ETag", "Content-Type", "Vary", "Content-Language", "Allow"):
            assert head.headers[name] == read.headers[name], path
        assert client.head(f"/api/v1/{path}", headers={"If-None-Match": read.headers["ETag"]}).status_code == 304


def test_a_tag_follows_what_is_told_and_not_the_record_alone(api, officer, lawyer, make_agreement):
    other = make_agreement()
    address = f"agreements/{make_agreement(relations=[('follows', other)]).reference}/"
    client = api(officer)
    first, page = client.get(address), client.get("agreements/")
    russian = client.get(address, Accept_Language="ru")
    with registers.editing(other, by=lawyer) as fresh:
        fresh.level = Level.SECRET
    second = client.get(address, If_None_Match=first.headers["ETag"])

    assert (second.status_code, second.json()["relations"]) == (200, [])
    assert version_of(first) == version_of(second) == version_of(russian) == "1"
    assert len({one.headers["ETag"] for one in (first, second, russian)}) == 3
    assert client.get("agreements/", If_None_Match=page.headers["ETag"]).status_code == 200


@pytest.mark.parametrize("form", ['"{}"', 'W/"{}"', '"0", "{}"', '"{}.0123456789abcdef"', "*"])
def test_a_change_names_the_version_in_whatever_form_it_was_read(api, officer, make_agreement, form):
    address = f"agreements/{make_agreement().reference}/"
    read = version_of(api(officer).get(address, Accept_Language="kk"))

    assert api(officer).patch(address, {"next_step": "Ask"}, match=form.format(read)).status_code == 200


@pytest.mark.parametrize("match", ['"2"', '"11"', '"1.0.0123456789abcdef"', '".1"', '"x"', "1x", '""'])
def test_a_change_that_names_another_version_is_stale(api, officer, make_agreement, match):
    address = f"agreements/{make_agreement().reference}/"

    assert problem_of(api(officer).patch(address, {"next_step": "Ask"}, match=match)) == (412, "stale")


def test_a_feed_is_revoked_under_its_version(api, officer):
    client = api(officer)
    made = client.post("feeds/", {"name": "Desk"})
    address = f"feeds/{made.json()['id']}/"
    read = client.get(address)

    assert version_of(made) == version_of(read) == "1"
    assert problem_of(client.delete(address)) == (428, "precondition-required")
    assert problem_of(client.delete(address, match='"2"')) == (412, "stale")
    assert version_of(client.delete(address, match=read.headers["ETag"])) == "2"


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("agreements/", "GET, POST, HEAD, OPTIONS"),
        ("agreements/AIR-0000/", "GET, PATCH, HEAD, OPTIONS"),
        ("agreements/AIR-0000/transitions/", "GET, POST, HEAD, OPTIONS"),
        ("agreements/AIR-0000/hold/", "POST, OPTIONS"),
        ("areas/", "GET, HEAD, OPTIONS"),
        ("reports/portfolio/", "GET, HEAD, OPTIONS"),
        ("views/00000000-0000-4000-8000-000000000000/", "GET, PATCH, DELETE, HEAD, OPTIONS"),
    ],
)
def test_the_methods_of_an_address_are_told(reader, path, methods):
    client = Client(headers={"Authorization": f"Token {secret_for(reader)}"})
    told = client.options(f"/api/v1/{path}")

    assert (told.status_code, told.content) == (204, b"")
    assert sorted(told.headers["Allow"].split(", ")) == sorted(methods.split(", "))
    wrong = client.put(f"/api/v1/{path}?nope=1")
    assert problem_of(wrong) == (405, "method-not-allowed")
    assert wrong.headers["Allow"] == told.headers["Allow"]
    assert Client().options(f"/api/v1/{path}").status_code == 401
    assert "Allow" not in client.options("/api/v1/nothing/").headers


def test_what_an_answer_depends_on_is_told(api, officer, addresses):
    for path in addresses:
        told = {name.strip() for name in api(officer).get(path).headers["Vary"].split(",")}
        assert {"Accept", "Accept-Language", "Authorization", "Cookie"} <= told, path


@pytest.mark.parametrize(
    ("asked", "given"),
    [("kk", "kk"), ("ru-RU,ru;q=0.9,en;q=0.1", "ru"), ("fr, kk;q=0.2, en;q=0.1", "kk"), ("fr", "en"), ("*", "en")],
)
def test_the_language_is_the_one_that_is_asked_for(api, officer, sample, asked, given):
    answer = api(officer).get("agreements/AIR-7Q4M/", Accept_Language=asked)
    labels = {"en": "Signing", "ru": "Подписание", "kk": "Қол қою"}

    assert answer.headers["Content-Language"] == given
    assert labels[given].lower()[:6] in answer.json()["stage_label"].lower()


# ---- parts of files ----
def test_a_part_of_a_report_is_handed_out(api, reader, sample):
    client, address = api(reader), "reports/register/?format=pdf&known_at=2024-12-28"
    whole = client.get(address)
    tag, size = whole.headers["ETag"], len(whole.content)
    part = client.get(address, Range="bytes=10-19", If_Range=tag)

    assert (whole.headers["Accept-Ranges"], whole.headers["Content-Length"]) == ("bytes", str(size))
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{size}"
    assert part.headers["Content-Type"] == reports.FORMATS["pdf"].media_type
    assert client.get(address, Range="bytes=10-19", If_Range='"other"').content == whole.content
    beyond = client.get(address, Range=f"bytes={size}-")
    assert problem_of(beyond) == (416, "range-not-satisfiable")
    assert client.get(address, If_None_Match=tag).status_code == 304
