"""The examples of the schema are what the sample portfolio answers, call by call.

They are kept in agreements/api/schema/examples.json; PACTA_WRITE_GOLDEN=1 writes them anew, to be read before they are
committed.
"""

import errno
import json
import os
import re
import sqlite3
from typing import Any

import jsonschema
import psycopg
import pytest
from django.db import IntegrityError, OperationalError, ProgrammingError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import RequestFactory
from rest_framework import exceptions

from agreements.api import problems
from agreements.api.schema.finishing import FILE
from agreements.busy import ReadOnly
from tests.api.conftest import Api, schema

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"
DAY = "2024-12-28"
AVIATION, VISA, PARTNERSHIP = ({"reference": name} for name in ("AIR-7Q4M", "VIS-8TDK", "PEP-4K7Z"))
NOTE = {"kind": "note", "what": "A round of talks was held", "on": "2024-12-20"}
AUTHORISED = {"transition": "authorise", "on": DAY, "evidence": "Decision No. 7"}
SIGN = {"transition": "sign", "on": DAY}
POWERS = {"party": "EU", "act": "full_powers", "on": "2024-12-20", "evidence": "No. 12"}

BODIES: dict[str, Any] = {
    "suppose": {
        "on": "2025-06-01",
        "actions": [{"party": "EU", "act": "notification", "on": "2025-04"}],
        "clause": {"enters_into_force": {"first_of_month": 2, "following": {"notifications": "all"}}},
    },
    "propose": {
        "title": {"en": "Protocol to the agreement"},
        "kind": "protocol",
        "areas": ["aviation"],
        "participants": [{"party": "KZ"}, {"party": "EU"}],
        "relations": [{"kind": "amends", "to": "AIR-7Q4M"}],
    },
    "open": {"mode": "per-item", "items": [{"title": {"en": "Work plan"}, "kind": "action_plan"}]},
    "steps": {"mode": "per-item", "items": [{"agreement": name} | SIGN for name in ("AIR-7Q4M", "AIR-0000")]},
    "acts": {
        "mode": "all-or-none",
        "items": [{"agreement": "AIR-7Q4M", "party": "KZ", "act": "full_powers", "on": "2024-12-20"}],
    },
    "undertake": {
        "agreement": "PEP-4K7Z",
        "provision": "Art. 268(2)",
        "text": {"en": "The Cooperation Council meets once a year."},
    },
    "quiet": {
        "agreement": "VIS-8TDK",
        "party": "AT",
        "role": "observer",
        "level": "secret",
        "remark": "The consultations are not public.",
    },
    "figure": {
        "party": "EU",
        "name": {"en": "Trade"},
        "unit": {"en": "euro"},
        "value": "1",
        "period_until": "2023-12-31",
        "source": "Eurostat",
    },
    "template": {
        "code": "signing",
        "name": {"en": "Around a signing"},
        "tasks": [{"title": {"en": "Print the texts"}, "anchor": "planned_signing", "days": -5}],
    },
    "view": {
        "kind": "agreements",
        "name": "The EU: not over",
        "query": "party=EU&group=preparing&group=operative",
        "shared": True,
    },
    "wishes": {
        "language": "kk",
        "quiet_from": "20:00",
        "quiet_until": "08:00",
        "digest": "officer",
        "digest_pace": "weekly",
        "digest_weekday": 0,
        "digest_report": True,
    },
    "webhook": {
        "name": "Register of the ministry",
        "address": "https://systems.example/pacta",
        "filters": {"kind": ["step"], "party": ["EU"]},
    },
}
#: Operation, values of its address, query, body; `$` and the name of an operation stand for the key it answered with.
CALLS: tuple[tuple[str, dict[str, Any], dict[str, Any], Any], ...] = (
    ("agreements_list", {}, {"party": "EU", "group": "preparing", "ordering": "reference", "page_size": 1}, None),
    ("agreements_counts", {}, {"party": "EU"}, None),
    ("agreements_retrieve", AVIATION, {}, None),
    ("agreements_transitions", AVIATION, {"on": DAY}, None),
    ("agreements_journal", PARTNERSHIP, {"page_size": 1}, None),
    ("agreements_acts", PARTNERSHIP, {"page_size": 1}, None),
    ("agreements_participants", AVIATION, {"as_of": DAY}, None),
    ("agreements_entry_into_force", AVIATION, {"on": DAY}, None),
    ("agreements_suppose", AVIATION, {}, BODIES["suppose"]),
    ("agreements_attention", AVIATION, {"page_size": 2}, None),
    ("agreements_tasks", AVIATION, {"text": "linguistic", "page_size": 1}, None),
    ("attention_list", {}, {"strength": "late", "page_size": 1}, None),
    ("areas_list", {}, {"page_size": 2}, None),
    ("parties_list", {}, {"page_size": 1}, None),
    ("parties_retrieve", {"code": "KZ"}, {}, None),
    ("procedures_list", {}, {}, None),
    ("procedures_retrieve", {"code": "non_binding"}, {}, None),
    ("reports_list", {}, {}, None),
    ("reports_read", {"name": "portfolio"}, {"with": "EU", "as_of": "2013-01-01"}, None),
    ("agreements_create", {}, {}, BODIES["propose"]),
    ("agreements_partial_update", AVIATION, {}, {"planned_signing": "2025-H1", "next_step": "Agree on the day"}),
    ("agreements_step", VISA, {}, AUTHORISED),
    ("agreements_record", VISA, {}, NOTE),
    ("agreements_void", {**VISA, "entry": "$agreements_record"}, {}, {"mode": "void", "reason": "Recorded twice"}),
    ("agreements_hold", VISA, {}, {"on": DAY, "reason": "Waiting for a date"}),
    ("agreements_release", VISA, {}, {"on": DAY}),
    ("agreements_act", AVIATION, {}, POWERS),
    ("agreements_add_task", AVIATION, {}, {"title": {"en": "Agree on the day of signing"}, "due": "2025-01-15"}),
    ("tasks_list", {}, {"status": "open", "agreement": "AIR-7Q4M", "text": "linguistic", "page_size": 1}, None),
    ("tasks_retrieve", {"id": "$agreements_add_task"}, {}, None),
    ("tasks_partial_update", {"id": "$agreements_add_task"}, {}, {"due": "2025-01"}),
    ("tasks_complete", {"id": "$agreements_add_task"}, {}, {"on": "2024-12-27", "remarks": "By telephone"}),
    ("tasks_reopen", {"id": "$agreements_add_task"}, {}, {"reason": "The day was not confirmed"}),
    ("tasks_drop", {"id": "$agreements_add_task"}, {}, {"reason": "The signing is put off"}),
    ("tasks_bulk", {}, {}, {"action": "add", "agreements": ["AIR-7Q4M"], "title": {"en": "Report on the talks"}}),
    ("agreements_bulk_create", {}, {}, BODIES["open"]),
    ("agreements_bulk_steps", {}, {}, BODIES["steps"]),
    ("agreements_bulk_acts", {}, {}, BODIES["acts"]),
    ("meetings_create", {}, {}, {"format": "cooperation-council", "on": "2025-05-20", "place": "Astana"}),
    ("meetings_retrieve", {"id": "$meetings_create"}, {}, None),
    ("meetings_partial_update", {"id": "$meetings_create"}, {}, {"place": "Luxembourg"}),
    ("commitments_create", {}, {}, BODIES["undertake"]),
    ("commitments_retrieve", {"id": "$commitments_create"}, {}, None),
    ("undisclosed_participants_create", {}, {}, BODIES["quiet"]),
    ("undisclosed_participants_withdraw", {"id": "$undisclosed_participants_create"}, {}, {"reason": "It left."}),
    ("indicators_create", {}, {}, BODIES["figure"]),
    ("indicators_retrieve", {"id": "$indicators_create"}, {}, None),
    ("parties_create", {}, {}, {"code": "NZ", "kind": "state", "name": {"en": "New Zealand"}}),
    ("task_templates_create", {}, {}, BODIES["template"]),
    ("task_templates_apply", {"code": "signing"}, {}, {"agreements": ["AIR-7Q4M"], "on": DAY}),
    ("views_create", {}, {}, BODIES["view"]),
    ("feeds_create", {}, {}, {"name": "On my desk", "language": "kk", "view": "$views_create"}),
    ("wishes_retrieve", {}, {}, None),
    ("wishes_partial_update", {}, {}, BODIES["wishes"]),
    ("tokens_create", {}, {}, {"name": "Register of the ministry", "areas": ["aviation"], "until": "2999-12-31"}),
    ("events_list", {}, {"kind": "step", "agreement": "VIS-8TDK", "page_size": 1}, None),
    ("webhooks_create", {}, {}, BODIES["webhook"]),
)  # fmt: skip


class Telling:
    """Makes the calls, and tells what was asked and answered as the schema shows it."""

    def __init__(self, client: Api) -> None:
        self.client, self.keys, self.known = client, {}, {}
        self.operations = {
            operation["operationId"]: (method, path)
            for path, methods in schema()["paths"].items()
            for method, operation in methods.items()
        }

    def call(self, name: str, values: dict[str, Any], query: dict[str, Any], body: Any) -> dict[str, Any]:
        method, path = self.operations[name]
        values, body = self._filled(values), self._filled(body)
        address = path.format(**values)
        response = getattr(self.client, method)(address, query if method == "get" else body)
        assert response.status_code in (200, 201), (name, response.content)
        told = response.json()
        self.keys[name] = told.get("id", "") if isinstance(told, dict) else ""
        if name == "agreements_create":
            self.known[told["reference"]] = "AIR-8H2K"
        if name == "agreements_bulk_create":
            self.known[told["results"][0]["agreement"]] = "AGR-3W9D"
        asked = {} if body is None else {"request": body}
        return self.plain(
            {"parameters": values | query, **asked, "status": str(response.status_code), "response": told}
        )

    def _filled(self, told: Any) -> Any:
        return json.loads(re.sub(r"\$(\w+_\w+)", lambda found: self.keys[found[1]], json.dumps(told)))

    def plain(self, told: Any) -> Any:
        """Return it with the same keys, moments and secrets in every run."""
        text = json.dumps(told, ensure_ascii=False)
        text = re.sub(UUID, lambda found: self.known.setdefault(found[0], _key(len(self.known) + 1)), text)
        text = re.sub(r"[A-Z]{3}-[A-Z0-9]{4}", lambda found: self.known.get(found[0], found[0]), text)
        text = re.sub(MOMENT, f"{DAY}T09:00:00Z", text).replace("http://testserver", "https://pacta.example")
        text = re.sub(r'"version": "\d{20}"', '"version": "20241228090000000000"', text)
        text = re.sub(r'(cursor=|"cursor": ")[\w:.%=-]+', r"\1bDE2", text)
        text = re.sub(r"(pacta_|whsec_|calendar/)[\w+/=-]+", r"\1…", text)
        return json.loads(re.sub(r'"beginning": "[^"]*"', '"beginning": "pacta_…"', text))


def _key(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def problems_told(client: Api) -> list[Any]:
    """Every kind of problem as it is answered; those that need a race or a crowd as the handler tells them."""
    aviation, visa = "agreements/AIR-7Q4M/", "agreements/VIS-8TDK/journal/"

    def raw(body: bytes, kind: str) -> Any:
        return client.client.post("/api/v1/agreements/", body, kind, headers=client.headers)

    def handled(error: Exception) -> Any:
        request = RequestFactory().post("/api/v1/agreements/")
        return problems.handler(error, {"request": request})

    def busy() -> Exception:
        error = OperationalError("database is locked")
        error.__cause__ = sqlite3.OperationalError("database is locked")
        error.__cause__.sqlite_errorcode = sqlite3.SQLITE_BUSY
        return error

    def upgrading() -> Any:
        error = ProgrammingError("column is_known_elsewhere does not exist")
        error.__cause__ = psycopg.errors.UndefinedColumn("column is_known_elsewhere does not exist")
        applied = MigrationRecorder(connection)
        applied.record_applied("agreements", "9999_of_another_release")
        told = handled(error)
        applied.record_unapplied("agreements", "9999_of_another_release")
        return told

    def away() -> Exception:
        error = OperationalError("server closed the connection unexpectedly")
        error.__cause__ = psycopg.OperationalError("server closed the connection unexpectedly")
        return error

    assert client.post(visa, NOTE, Idempotency_Key="3e7ab9f6").status_code == 201
    return [
        client.post("agreements/", {"title": {"en": "Protocol"}, "kind": "pact"}),
        raw(b'{"kind": ', "application/json"),
        Api(None).get("agreements/"),
        client.post("parties/", {"code": "NZ"}),
        client.get("agreements/AIR-0000/"),
        client.delete(aviation),
        client.get(aviation, Accept="text/html"),
        client.post(f"{aviation}transitions/", SIGN),
        client.post("agreements/transitions/", {"mode": "all-or-none", "items": [{"agreement": "AIR-7Q4M"} | SIGN]}),
        handled(IntegrityError()),
        client.patch(aviation, {"planned_signing": "2025-H2"}, match='"0"'),
        raw(b" " * 5_000_001, "application/json"),
        raw(b"kind: treaty", "application/yaml"),
        handled(problems.NoSuchRange("bytes */1024")),
        client.post(visa, NOTE | {"on": "2024-12-21"}, Idempotency_Key="3e7ab9f6"),
        client.patch(aviation, {"planned_signing": "2025-H2"}, match=""),
        handled(exceptions.Throttled(wait=7)),
        handled(busy()),
        handled(away()),
        handled(OSError(errno.ENOSPC, "No space left on device")),
        upgrading(),
        handled(ReadOnly()),
    ]


@pytest.fixture
def told(officer, lawyer, sample):
    """What the sample answers, in the form of the file."""
    told_problems = [response.data for response in problems_told(Api(officer))]
    telling = Telling(Api(lawyer))
    return {
        "problems": {told["type"].rpartition("/")[2]: telling.plain(told) for told in told_problems},
        "operations": {name: telling.call(name, *given) for name, *given in CALLS},
    }


def test_the_examples_are_what_the_sample_answers(told):
    if os.environ.get("PACTA_WRITE_GOLDEN"):  # to be read by a person before they are committed
        FILE.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    kept = json.loads(FILE.read_text(encoding="utf-8"))

    assert list(kept["problems"]) == [kind.name for kind in problems.KINDS]
    assert told["problems"] == kept["problems"]
    assert list(told["operations"]) == list(kept["operations"])
    for name, shown in told["operations"].items():
        assert shown == kept["operations"][name], name


def test_the_examples_stand_in_the_schema_and_fit_it():
    components = schema()["components"]
    shown = 0
    for methods in schema()["paths"].values():
        for operation in methods.values():
            bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
            for content in (content for body in bodies for content in body.get("content", {}).values()):
                for example in content.get("examples", {}).values():
                    if "$ref" in example:
                        example = components["examples"][example["$ref"].rpartition("/")[2]]
                    validator = jsonschema.Draft202012Validator({**content["schema"], "components": components})
                    faults = [
                        f"{list(fault.absolute_path)}: {fault.message}"
                        for fault in validator.iter_errors(example["value"])
                    ]
                    assert faults == [], operation["operationId"]
                    shown += 1

    assert shown > 900
    assert {kind.name for kind in problems.KINDS} == set(components["examples"])
