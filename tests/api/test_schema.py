"""The schema, and its documentation."""

import base64
import hashlib
import io
import json
import re

import jsonschema
import pytest
import yaml
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from agreements import events
from agreements.api import outgoing
from agreements.api.schema import meanings
from agreements.api.schema.summaries import RESOURCES, SUMMARIES
from agreements.api.views.docs import STYLE
from agreements.choices import Stage, Transition
from agreements.models import Entry, Party, Webhook
from tests.api.conftest import V1, errors_of, message_of, schema
from tests.browsing import needs_browser

PROBLEM = "#/components/schemas/Problem"


def test_the_schema_is_valid_and_without_warnings(tmp_path):
    file = tmp_path / "schema.json"
    options = {"validate": True, "fail_on_warn": True, "format": "openapi-json", "file": str(file)}
    call_command("spectacular", **options, stdout=io.StringIO())
    described = json.loads(file.read_text(encoding="utf-8"))

    assert {path.split("/")[3] for path in described["paths"] if path.startswith(V1)} == {
        "agreements",
        "areas",
        "attention",
        "commitments",
        "delegations",
        "documents",
        "events",
        "feeds",
        "indicators",
        "mailings",
        "meetings",
        "notifications",
        "parties",
        "procedures",
        "reports",
        "shares",
        "subscriptions",
        "task-templates",
        "tasks",
        "tokens",
        "undisclosed-participants",
        "units",
        "views",
        "webhooks",
        "wishes",
    }


def test_operations_are_named_after_what_they_do():
    named = {
        operation["operationId"]
        for path, operations in schema()["paths"].items()
        for operation in operations.values()
        if path.startswith(f"{V1}agreements/")
    }

    assert named == {
        "agreements_list",
        "agreements_counts",
        "agreements_create",
        "agreements_retrieve",
        "agreements_partial_update",
        "agreements_transitions",
        "agreements_step",
        "agreements_hold",
        "agreements_release",
        "agreements_legal_hold",
        "agreements_adopt",
        "agreements_journal",
        "agreements_record",
        "agreements_void",
        "agreements_redact",
        "agreements_participants",
        "agreements_acts",
        "agreements_act",
        "agreements_entry_into_force",
        "agreements_suppose",
        "agreements_documents",
        "agreements_store",
        "agreements_tasks",
        "agreements_add_task",
        "agreements_attention",
        "agreements_bulk_create",
        "agreements_bulk_steps",
        "agreements_bulk_acts",
    }


def test_every_operation_names_its_problems_and_how_to_sign_in():
    for path, operations in schema()["paths"].items():
        for method, operation in operations.items():
            told = {status for status in operation["responses"] if status >= "400"}
            expected = {"400", "401", "406", "429", "503"}
            if "{" in path:
                expected |= {"404"}
            if method != "get":
                expected |= {"403", "409"}
            if method in ("post", "patch"):
                expected |= {"413", "415"}
            if method == "post":
                expected |= {"404", "422"}
            if path.endswith(("/file/", "/reports/{name}/")):
                expected |= {"416"}
            if method in ("patch", "delete"):
                expected |= {"412", "428"}
            assert told == expected, (method, path)
            assert operation["security"] == [{"tokenAuth": []}, {"cookieAuth": []}]
            for status in told:
                ((media_type, content),) = operation["responses"][status]["content"].items()
                assert (media_type, content["schema"]) == ("application/problem+json", {"$ref": PROBLEM})
                assert [
                    kind
                    for kind in content["examples"]
                    if f"`/problems/{kind}`" not in operation["responses"][status]["description"]
                ] == []


def test_every_operation_tells_how_many_requests_are_left():
    told = {name: {"$ref": f"#/components/headers/{name}"} for name in ("RateLimit", "RateLimit-Policy")}
    assert set(schema()["components"]["headers"]) == set(told)
    for path, operations in schema()["paths"].items():
        for method, operation in operations.items():
            answers = {status: one.get("headers", {}) for status, one in operation["responses"].items()}
            telling = {status for status, headers in answers.items() if headers.items() >= told.items()}
            assert telling == {status for status in answers if status < "400"} | {"429"}, (method, path)
            assert "Retry-After" in answers["429"]


def test_the_vocabulary_of_the_schema_is_that_of_the_code():
    described = schema()["components"]["schemas"]

    assert described["Stage"]["enum"] == Stage.values
    assert described["Transition"]["enum"] == Transition.values
    assert [
        name for name in described if name.endswith("Enum") and not name.endswith(("InputKindEnum", "InputActionEnum"))
    ] == []


def operations():
    return {
        operation["operationId"]: (path, operation)
        for path, methods in schema()["paths"].items()
        for operation in methods.values()
    }


def test_every_operation_and_every_resource_is_described():
    told = operations()
    assert {name: operation["summary"] for name, (_path, operation) in told.items()} == {
        name: SUMMARIES[name] for name in told
    }
    assert set(SUMMARIES) == set(told)
    assert [name for name, (_path, operation) in told.items() if len(operation["description"]) < 10] == []
    parts = [
        (name, one)
        for name, (_path, operation) in told.items()
        for one in (*operation.get("parameters", ()), *operation["responses"].values())
    ]
    assert [(name, one) for name, one in parts if not one["description"]] == []
    tags = {tag["name"]: tag["description"] for tag in schema()["tags"]}
    assert tags == RESOURCES
    assert set(RESOURCES) == {path.split("/")[3] for path, _operation in told.values()}
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in told)


def test_every_word_of_a_vocabulary_has_a_meaning():
    shared = {name: part for name, part in schema()["components"]["schemas"].items() if len(part.get("enum", ())) > 1}

    assert len(shared) > 30
    for name, part in shared.items():
        assert len(part["x-enum-descriptions"]) == len(part["enum"]), name
        for word, meaning in zip(part["enum"], part["x-enum-descriptions"], strict=True):
            assert f"* `{word}` – {meaning}" in part["description"], name
            assert re.fullmatch(r".{3,}[.]", meaning), (name, word)
    for words, told in meanings.MEANINGS.items():
        assert set(told) <= set(words.values), words


def test_links_lead_to_operations_with_all_that_their_addresses_ask_for():
    told, followed = operations(), set()
    for name, (_path, operation) in told.items():
        for answer in operation["responses"].values():
            for link in answer.get("links", {}).values():
                _path, target = told[link["operationId"]]
                asked = {one["name"] for one in target["parameters"] if one["in"] == "path"}
                if any(one["name"] == "If-Match" for one in target["parameters"]):
                    asked |= {"header.If-Match"}
                assert set(link["parameters"]) == asked, (name, link)
                followed.add(link["operationId"])
    # What has a key in its address can be reached from an answer that tells the key.
    assert {name for name, (path, _operation) in told.items() if "{" in path} - followed == {"reports_read"}


@pytest.mark.parametrize("kind", ["thin", "full", "ping"])
def test_what_is_sent_to_webhooks_is_what_the_schema_says(lawyer, make_agreement, kind):
    opening = Entry.objects.of(make_agreement()).get(kind="open")
    webhook = Webhook(owner=lawyer, payload="thin" if kind == "ping" else kind)
    sent = json.loads(json.dumps(outgoing.payload(webhook, None if kind == "ping" else events.one(lawyer, opening.pk))))
    body = schema()["webhooks"]["event"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    data = body["properties"]["data"]
    fitting = [
        form["description"]
        for form in data["anyOf"]
        if jsonschema.Draft202012Validator({**form, "components": schema()["components"]}).is_valid(sent["data"])
    ]

    assert set(sent) == set(body["required"]) == set(body["properties"])
    assert {"thin": "what it is about", "full": "the whole event", "ping": "a trial"}[kind] in fitting[0]
    assert not set(sent["data"]) - {name for form in data["anyOf"] for name in form["properties"]}


def test_the_schema_is_served_to_those_who_have_signed_in(reader):
    client = Client()
    assert client.get(f"{V1}schema/").status_code == 401
    client.force_login(reader)
    served = client.get(f"{V1}schema/", headers={"Accept": "application/json"})

    assert served.status_code == 200
    assert set(json.loads(served.content)["paths"]) == set(schema()["paths"])
    told = yaml.load(client.get(f"{V1}schema/").content, Loader=yaml.CSafeLoader)
    assert told["openapi"] == "3.1.1"
    assert client.get(f"{V1}schema/", {"format": "json"}).content == served.content
    assert errors_of(client.get(f"{V1}schema/", {"nope": 1})) == {"nope": "unknown"}
    wrong = client.get(f"{V1}schema/", {"format": "openapi-json"})
    assert message_of(wrong, "format") == "“openapi-json” is not known. Use one of: yaml, json."


# ---- the documentation ----
def test_the_documentation_is_for_those_who_have_signed_in(db):
    response = Client().get("/api/docs/")

    assert (response.status_code, response.headers["Location"]) == (302, "/sign-in/?next=/api/docs/")


def test_the_documentation_runs_from_our_own_files_under_a_strict_policy(reader):
    client = Client()
    client.force_login(reader)
    response = client.get("/api/docs/")
    page = response.content.decode()

    assert response.status_code == 200
    assert re.findall(r"""(?:src|href)=["']?(https?:)?//""", page) == []
    for address in re.findall(r'(?:src|href)="/static/([^"]+)"', page):
        assert finders.find(address), address
    assert re.findall(r"<script(?![^>]* src=)", page) == []
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert [_digest(style) for style in styles] == [STYLE]
    policy = response.headers["Content-Security-Policy"]
    assert f"style-src 'self' {STYLE};" in f"{policy};"
    strict = {directive for directive in policy.split("; ") if not directive.startswith("style-src")}
    given = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert strict == {f"{name} {' '.join(map(str, values))}" for name, values in given.items() if name != "style-src"}
    script = client.get("/api/docs/", {"script": ""})
    assert script.headers["Content-Type"].startswith("application/javascript")
    assert "/api/v1/schema/" in script.content.decode()


def _digest(style: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


@needs_browser
def test_the_documentation_opens_in_a_browser_without_a_complaint(live_server, lawyer, browser):
    client = Client()
    client.force_login(lawyer)
    said, asked = [], []
    context = browser.new_context()
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live_server.url}/api/docs/")
    page.wait_for_selector(".opblock")
    page.click("#operations-agreements-agreements_list .opblock-summary-control")
    page.click(".try-out__btn")
    page.click(".execute")
    page.wait_for_selector(".responses-table.live-responses-table")
    status = page.inner_text(".live-responses-table tr.response td.response-col_status")
    # A write takes the example as its body, and the session's protection against forgery.
    page.click("#operations-parties-parties_create .opblock-summary-control")
    page.click("#operations-parties-parties_create .try-out__btn")
    page.click("#operations-parties-parties_create .execute")
    page.wait_for_selector("#operations-parties-parties_create .live-responses-table")
    made = page.inner_text("#operations-parties-parties_create .live-responses-table tr.response td:first-child")

    assert said == []
    assert status.split()[0] == "200"
    assert made.split()[0] == "201"
    assert Party.objects.get().code == "NZ"
    assert [address for address in asked if not address.startswith((live_server.url, "data:"))] == []
