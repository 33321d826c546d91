"""A client of the API that checks every answer against the schema."""

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jsonschema_rs
import pytest
from django.http import HttpResponse
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from agreements import clock, participation, registers, tokens
from agreements.choices import PartyKind, Role, Stage
from agreements.dates import FuzzyDate
from agreements.models import Agreement, ApiToken, Party, Task, Unit, User

V1 = "/api/v1/"


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The schema of the API; what it says of bodies is JSON Schema 2020-12."""
    return json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))


@lru_cache(maxsize=1)
def _addresses() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """Every address as a pattern, with its operations; one without names within goes before one with some."""
    paths = sorted(schema()["paths"].items(), key=lambda item: item[0].count("{"))
    return [(re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), operations) for path, operations in paths]


def operation(method: str, path: str) -> dict[str, Any]:
    """The operation that the schema describes for an address."""
    for pattern, operations in _addresses():
        if method in operations and pattern.fullmatch(path):
            return operations[method]
    raise LookupError(f"{method} {path} is not in the schema")


@lru_cache(maxsize=1000)
def _validator(described: str, in_part: bool) -> Any:
    known = {**json.loads(described), "components": schema()["components"]}
    # Of what was asked for in part, nothing is required.
    return jsonschema_rs.Draft202012Validator(_in_part(known) if in_part else known, validate_formats=True)


def check(method: str, path: str, response: HttpResponse) -> None:
    """Fail unless the answer is one that the schema describes."""
    problem = response.status_code >= 400
    media_type = "application/problem+json" if problem else "application/json"
    assert response.status_code < 500 or "Retry-After" in response.headers, response.content
    assert response.headers["Cache-Control"] == "no-store"
    if response.status_code in (204, 304):
        assert response.content == b""
        assert method == "options" or "content" not in operation(method, path)["responses"][str(response.status_code)]
        return
    given = response.headers["Content-Type"].partition(";")[0]
    if not problem and given != media_type:
        assert given in operation(method, path)["responses"][str(response.status_code)]["content"]
        return
    assert response.headers["Content-Type"] == media_type
    try:
        responses = operation(method, path)["responses"]
    except LookupError:
        assert problem, "an address outside the schema answered"
        responses = {str(response.status_code): {"content": {media_type: {"schema": _PROBLEM}}}}
    described = responses[str(response.status_code)]["content"][media_type]["schema"]
    validator = _validator(json.dumps(described), "fields" in response.wsgi_request.GET)
    faults = [f"{fault.instance_path}: {fault.message}" for fault in validator.iter_errors(response.json())]
    assert faults == []
    if problem:
        assert response.json()["status"] == response.status_code
        assert response.json()["instance"] == path


def _in_part(part: Any) -> Any:
    if isinstance(part, list):
        return [_in_part(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {name: _in_part(item) for name, item in part.items() if not (name == "required" and isinstance(item, list))}


_PROBLEM = {"$ref": "#/components/schemas/Problem"}


def secret_for(user: User) -> str:
    """The secret of a token of the user, who may write with it; a used one, so that using it writes nothing."""
    secret, now = f"pacta_{user.pk}", clock.now()
    kept = {"user": user, "name": "Tests", "scope": "write", "created_at": now, "last_used_at": now}
    ApiToken.objects.get_or_create(digest=tokens.digest_of(secret), defaults=kept)
    return secret


class Api:
    """Asks the API under the token of a user, as a program does."""

    def __init__(self, user: User | None) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Token {secret_for(user)}"} if user else {}

    def get(self, path: str = "", query: Any = None, **headers: str) -> Any:
        return self._ask("get", path, headers, data=query)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._ask("post", path, headers, data=json.dumps(body or {}), content_type="application/json")

    def patch(self, path: str, body: Any, match: str = "*", **headers: str) -> Any:
        headers |= {"If_Match": match} if match else {}
        return self._ask("patch", path, headers, data=json.dumps(body), content_type="application/json")

    def delete(self, path: str, match: str = "", **headers: str) -> Any:
        headers |= {"If_Match": match} if match else {}
        return self._ask("delete", path, headers)

    def _ask(self, method: str, path: str, headers: dict[str, str], **given: Any) -> Any:
        address = path if path.startswith(("/", "http")) else V1 + path
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        response = getattr(self.client, method)(address, headers=self.headers | sent, **given)
        check(method, response.wsgi_request.path, response)
        return response


@pytest.fixture
def api() -> Callable[[User | None], Api]:
    """Return what makes a client for a user, or for nobody."""
    return Api


@pytest.fixture
def secret(make_agreement: Callable[..., Agreement]) -> Agreement:
    """An agreement that an officer and a reader may not see."""
    return make_agreement(titles={"en": "Secret agreement"}, short_titles={}, columns={"level": "secret"})


def problem_of(response: Any) -> tuple[int, str]:
    """The status and the kind of a problem."""
    return response.status_code, response.json()["type"].removeprefix("/problems/")


def version_of(response: Any) -> str:
    """The version that the tag of an answer names."""
    version, _point, digest = response.headers["ETag"].strip('"').rpartition(".")
    assert len(digest) == 16
    return version


def errors_of(response: Any) -> dict[str, str]:
    """The mistakes of a validation problem by field: their codes."""
    assert problem_of(response) == (400, "validation")
    return {error["field"]: error["code"] for error in response.json()["errors"]}


def message_of(response: Any, field: str) -> str:
    """The message about one field."""
    (message,) = [error["message"] for error in response.json()["errors"] if error["field"] == field]
    return message


def codes_of(response: Any) -> list[str]:
    """The codes of the reasons of a refusal."""
    assert problem_of(response) == (409, "refused")
    return [reason["code"] for reason in response.json()["reasons"]]


# ---- acts of participants ----
CLAUSE = {
    "source": "Art. 20",
    "enters_into_force": {"after": {"days": 30}, "of": {"instruments": 3}},
    "later_joiners": {"after": {"days": 30}, "of": {"own": "instrument"}},
}


def iso(value: Any) -> str | None:
    return value and value["iso"]


def day(text: str) -> FuzzyDate:
    return FuzzyDate.parse(text)


@pytest.fixture
def asian(parties, lawyer) -> dict[str, Party]:
    """The parties, with Uzbekistan, Turkmenistan and Tajikistan."""
    made = (("UZ", "Uzbekistan"), ("TM", "Turkmenistan"), ("TJ", "Tajikistan"))
    return parties | {
        code: registers.create(Party(code=code, kind=PartyKind.STATE, name_en=name), by=lawyer) for code, name in made
    }


@pytest.fixture
def treaty(make_agreement, asian) -> Agreement:
    """A treaty open for signature by four states, that enters into force a month after three instruments."""
    agreement = make_agreement(
        kind="convention",
        procedure="multilateral",
        stage="signed",
        participants=[(asian[code], Role.NEGOTIATING) for code in ("KZ", "UZ", "TM", "TJ")]
        + [(asian["EU"], Role.DEPOSITARY)],
        columns={"clause": CLAUSE},
    )
    agreement.address = f"agreements/{agreement.reference}/"
    return agreement


@pytest.fixture
def signed(treaty, asian, lawyer) -> Agreement:
    """The same, signed by its four states; Kazakhstan and Uzbekistan have ratified it."""
    for code in ("KZ", "UZ", "TM", "TJ"):
        participation.act(treaty, asian[code], "signature", on=day("2003-06-05"), by=lawyer, manner="subject")
    participation.act(treaty, asian["KZ"], "ratification", on=day("2003-09"), received=day("2003-10-01"), by=lawyer)
    participation.act(treaty, asian["UZ"], "ratification", on=day("2003-10-10"), by=lawyer)
    return treaty


def standing(response) -> dict[str, dict[str, Any]]:
    return {row["party"]: row for row in response.json()["participants"]}


# ---- tasks ----
#: A key that no record has.
MISSING = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def signing(make_agreement):
    """An agreement that is being prepared for signing: the procedure gives it seven tasks."""
    agreement = make_agreement(procedure="ratified", stage=Stage.SIGNING, on=day("2024-12-01"))
    agreement.tasks_at = f"agreements/{agreement.reference}/tasks/"
    return agreement


@pytest.fixture
def unit(db):
    """The Legal Department."""
    return Unit.objects.create(code="legal", name_en="Legal Department")


def given(agreement, code, party=None):
    """The address of a task that the procedure gave."""
    found = Task.objects.get(agreement=agreement, code=code, **({"party__code": party} if party else {}))
    return f"tasks/{found.pk}/"
