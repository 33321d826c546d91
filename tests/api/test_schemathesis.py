"""Whatever Schemathesis makes of the schema is answered as the schema says: each operation, and chains of them.

All of its checks are asked of every answer. How many cases were tried is said at the end of the run.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, response_schema_conformance

from agreements import journal
from agreements.models import ApiToken, Document, Entry, Indicator, KeptAnswer, Meeting, Task
from tests.api.conftest import V1, Api, secret_for
from tests.shared import NO_WORK

#: How many cases each operation is tried with, fitting ones and spoilt ones each; `make soak` asks for many.
CASES = int(os.environ.get("PACTA_CASES", "1"))
#: In the long trials the cases differ from run to run, and those on the edges of every value are tried, too.
LONG = "PACTA_CASES" in os.environ
#: How many chains are tried, and how long they grow.
CHAINS, STEPS = (CASES * 20, 10) if LONG else (6, 8)
LIMITS = {
    "deadline": None,
    "database": None,
    "derandomize": not LONG,
    "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}
#: The resources, so that what a trial of some of them asks for takes about as long as that of others.
GROUPS = (
    ("agreements",),
    (
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
    ),
    ("parties", "procedures", "reports", "shares", "subscriptions", "task-templates", "tasks"),
    ("tokens", "undisclosed-participants", "units", "views", "webhooks", "wishes"),
)
#: In these a part that cannot be taken is told of within the answer: each item has a status of its own.
BULK = ("/agreements/bulk/", "/agreements/transitions/", "/agreements/actions/")
CONFIG: dict[str, Any] = {
    # What fits the schema may still name what is not there, or contradict what is: then it is refused with reasons.
    "checks": {
        "positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", "4xx"]},
        "negative_data_rejection": {"expected-statuses": ["4xx"]},
        # A change that names no version is told to name it (428, RFC 6585).
        "missing_required_header": {"expected-statuses": ["400", "401", "403", "406", "415", "422", "428"]},
    },
    "operations": [
        {
            "include-path": [f"{V1[:-1]}{path}" for path in BULK],
            "checks": {"negative_data_rejection": {"expected-statuses": ["200", "4xx"]}},
        }
    ],
}
DATES = ["2003", "2004-01-05", "2004-Q2", "2012-09", "2012-H1", "2024-12-28", "unknown", "2003-01-01/2003-06-04"]
#: What fits a text, where its type does not say it.
FITTING: dict[str, Sequence[str]] = {
    **dict.fromkeys(("on", "due", "received", "effective", "stated_elsewhere", "fulfilled_on"), DATES),
    **dict.fromkeys(("planned_signing", "planned_entry_into_force"), DATES),
    **dict.fromkeys(("party", "parties", "organisation", "with"), ("KZ", "EU")),
    **dict.fromkeys(("area", "areas"), ("aviation", "transport")),
    "procedure": ["ratified", "simplified", "eu_mixed", "non_binding", "multilateral"],
    "query": ["", "party=EU", "of=mine&due=late"],
    "time_zone": ["", "Asia/Almaty"],
    "If-Match": ["*"],
    # Nothing is sent in these trials; this one is refused before.
    "address": ["https://127.0.0.1:9/hook"],
    "language": ["en", "ru", "kk"],
    "format": ["cooperation-council"],
    "value": ["1", "-2.5", "1000000"],
    "change_on_year": ["1.5", "-3"],
}
tried: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def _told(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    line = ", ".join(f"{count} answered {status}" for status, count in sorted(tried.items()))
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        request.config.get_terminal_writer().line(f"\nSchemathesis: {tried.total()} cases: {line}.")


def unsuited(case: Any) -> list[Any]:
    """The checks that cannot judge a case."""
    # Of what is asked for in part nothing is required; `test_fuzz` looks at those answers.
    found = [response_schema_conformance] if "fields" in (case.query or {}) else []
    # Space around a text is taken off before anything else is looked at.
    return found + ([negative_data_rejection] if padded(case.body) else [])


def padded(part: Any) -> bool:
    if isinstance(part, dict | list):
        return any(map(padded, part.values() if isinstance(part, dict) else part))
    return isinstance(part, str) and part != part.strip()


def refresh() -> None:
    """Let every token be of use, and every key unused: what was asked before does not answer for what is asked now."""
    ApiToken.objects.update(revoked_at=None)
    KeptAnswer.objects.all().delete()


@pytest.fixture
def keys(lawyer, sample) -> dict[str, Sequence[str]]:
    """The keys of some of what is there, by the parts of addresses that they stand for."""
    client = Api(lawyer)
    bodies = {
        "task-templates": {"code": "signing", "name": {"en": "At a signing"}, "tasks": [{"title": {"en": "Print"}}]},
        "feeds": {"name": "Calendar"},
        "tokens": {"name": "Another program"},
        "views": {"kind": "agreements", "name": "Mine"},
        "subscriptions": {"what": "party", "party": "EU"},
        "webhooks": {"name": "A system", "address": "https://systems.example/pacta"},
        "commitments": {"agreement": "PEP-4K7Z", "text": {"en": "Meet once a year."}},
        "undisclosed-participants": {
            "agreement": "VIS-8TDK",
            "party": "AT",
            "level": "secret",
            "remark": "The talks are not public.",
        },
    }
    made = {}
    for name, body in bodies.items():
        response = client.post(f"{name}/", body)
        assert response.status_code == 201, response.content
        key = "code" if name == "task-templates" else "id"
        made[f"{name}/{{{key}}}"] = [response.json()[key]]
    agreements = ["PEP-4K7Z", *sorted(sample)[:3]]
    for name, model in (("meetings", Meeting), ("indicators", Indicator), ("tasks", Task), ("documents", Document)):
        made[f"{name}/{{id}}"] = [str(key) for key in model.objects.order_by("pk").values_list("pk", flat=True)[:5]]
    entries = Entry.objects.of(sample[agreements[0]]).values_list("pk", flat=True)
    return made | {
        "agreements/{reference}": agreements,
        "agreements/{entry}": [str(key) for key in entries],
        "parties/{code}": ["KZ", "EU"],
        "procedures/{code}": FITTING["procedure"],
        "events/{id}": [str(key) for key in entries[:3]],
    }


@pytest.fixture
def asked(lawyer, keys, settings):
    """What asks under the token of the treaty department, which nothing takes away for long; and its headers."""
    # In the transaction of the test; what is handed to the worker goes nowhere.
    settings.TASKS = NO_WORK
    headers = {"Authorization": f"Token {secret_for(lawyer)}"}
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)

    def ask(case: Any) -> None:
        refresh()
        answer = case.call_and_validate(headers=headers, excluded_checks=unsuited(case))
        tried[str(answer.status_code)] += 1

    yield ask, headers
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@lru_cache(maxsize=1)
def raw() -> str:
    return json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str)


def fitting(part: Any, known: dict[str, Sequence[str]], components: Any, name: str = "") -> Any:
    """A part of the schema of a request in which texts are narrowed to what is there."""
    if isinstance(part, list):
        return [fitting(item, known, components, name) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return fitting(components[part["$ref"].rpartition("/")[2]], known, components, name)
    if part.get("type") == "string" and "enum" not in part and name in known:
        return {"type": "string", "enum": list(known[name])}
    made = {key: fitting(item, known, components, name) for key, item in part.items() if key != "properties"}
    if "properties" in part:
        made["properties"] = {key: fitting(item, known, components, key) for key, item in part["properties"].items()}
    return made


def described(keys: dict[str, Sequence[str]], *, narrow: bool) -> Any:
    """The schema as Schemathesis takes it: addresses name what is there and, where `narrow`, so do bodies."""
    whole = json.loads(raw())
    components = whole["components"]["schemas"]
    references = keys["agreements/{reference}"]
    known = FITTING | dict.fromkeys(("agreement", "agreements", "successor", "to"), references)
    known |= {"tasks": keys["tasks/{id}"], "waits_for": keys["tasks/{id}"][:1], "view": keys["views/{id}"]}
    for path, operations in whole["paths"].items():
        resource = path.removeprefix(V1).partition("/")[0]
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                name = parameter["name"]
                there = keys.get(f"{resource}/{{{name}}}", []) if parameter["in"] == "path" else known.get(name, [])
                if there and (narrow or parameter["in"] == "path"):
                    parameter["schema"] = fitting(parameter["schema"], known | {"": there}, components)
            if narrow and "requestBody" in operation:
                operation["requestBody"] = fitting(operation["requestBody"], known, components)
    made = schemathesis.openapi.from_dict(whole, config=SchemathesisConfig.from_dict(CONFIG))
    made.app = WSGIHandler()
    return made


def operations_of(whole: Any, resources: Sequence[str]) -> list[Any]:
    operations = [found.ok() for found in whole.get_all_operations()]
    return [operation for operation in operations if operation.path.removeprefix(V1).split("/")[0] in resources]


def test_every_resource_is_tried():
    assert {path.split("/")[3] for path in json.loads(raw())["paths"]} == {name for group in GROUPS for name in group}


@pytest.mark.parametrize("resources", GROUPS, ids=", ".join)
def test_every_operation_answers_as_the_schema_says(asked, keys, resources):
    """The first answer of each operation that is none of those described, with the request that it was given to."""
    ask, _headers = asked
    faults = []
    for mode, narrow in ((GenerationMode.POSITIVE, True), (GenerationMode.NEGATIVE, False)):
        for operation in operations_of(described(keys, narrow=narrow), resources):
            if mode == GenerationMode.NEGATIVE and not spoilable(operation):
                continue

            @settings(max_examples=CASES, **LIMITS)
            @given(case=operation.as_strategy(generation_mode=mode))
            def trial(case):
                ask(case)

            cases = []
            if LONG:
                config = operation.schema.config.generation
                cases = operation.schema.iter_coverage_cases(
                    operation, generation_modes=[mode], generation_config=config
                )
            try:
                trial()
                for case in cases:
                    ask(case)
            except FailureGroup as fault:
                faults.append(str(fault))
    assert not faults, "\n".join(faults)
    assert list(journal.verify()) == []


def spoilable(operation: Any) -> bool:
    """Whether there is anything in a request that can be spoilt."""
    return bool(operation.body or operation.query or operation.path_parameters)


def test_chains_of_operations_answer_as_the_schema_says(asked, keys):
    _ask, headers = asked
    machine = described(keys, narrow=True).as_state_machine()

    class Chains(machine):
        """Each chain begins with the same records: what one has written is taken back before the next."""

        def setup(self):
            super().setup()
            self.savepoint = transaction.savepoint()

        def teardown(self):
            transaction.savepoint_rollback(self.savepoint)
            super().teardown()

        def before_call(self, case):
            super().before_call(case)
            refresh()

        def after_call(self, response, case):
            super().after_call(response, case)
            tried[str(response.status_code)] += 1

        def get_call_kwargs(self, case):
            return {"headers": headers}

        def validate_response(self, response, case, additional_checks=None, **kwargs):
            case.validate_response(
                response,
                headers=headers,
                transport_kwargs=kwargs,
                recorder=self.recorder,
                excluded_checks=unsuited(case),
            )

    Chains.run(settings=settings(max_examples=CHAINS, stateful_step_count=STEPS, **LIMITS))
    assert list(journal.verify()) == []
