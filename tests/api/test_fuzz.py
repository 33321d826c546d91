"""Whatever is sent, the answer is one that the schema describes, and never a fault of ours (`Api` checks both)."""

import json
import string
from typing import Any

import pytest
from django.utils.http import urlencode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agreements import journal
from agreements.models import Entry, Format
from tests.api.conftest import Api, operation, schema

POSTS = (
    "agreements/",
    "agreements/{}/transitions/",
    "agreements/{}/hold/",
    "agreements/{}/release/",
    "agreements/{}/journal/",
    "agreements/{}/journal/{}/void/",
    "parties/",
    "meetings/",
    "indicators/",
)
PATCHES = ("agreements/{}/", "parties/KZ/", "meetings/{}/", "indicators/{}/")
GETS = (
    "agreements/",
    "agreements/{}/",
    "agreements/{}/transitions/",
    "agreements/{}/journal/",
    "parties/",
    "indicators/",
    "meetings/",
    "procedures/ratified/",
)
LIMITS = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
#: Words that open doors, beside those that the schema names.
WORDS = ("KZ", "EU", "aviation", "2004", "2004-01-05", "2012-09", "unknown", "/2003-06-04", "9999", "0001", "note")
WORDS += ("document", "clearance", "action", "imported", "council", "officer", "x", "", " ", "\x00", "1e400", "-0")
TEXTS = st.one_of(st.sampled_from(WORDS), st.text(max_size=12), st.text(st.characters(codec=None), max_size=3))
NUMBERS = st.one_of(st.integers(-3, 3), st.integers(), st.just(10**400), st.floats(allow_nan=False))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)


def described(part: Any, depth: int = 3) -> st.SearchStrategy:
    """Values as a part of the schema describes them, now and then spoilt."""
    if "$ref" in part:
        part = schema()["components"]["schemas"][part["$ref"].rpartition("/")[2]]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in part:
            return st.one_of(*(described(each, depth) for each in part[several]), VALUES)
    if depth == 0:
        return VALUES
    if "enum" in part:
        return st.one_of(st.sampled_from(part["enum"]), st.sampled_from(part["enum"]), VALUES)
    if part.get("type") == "object":
        fields = {name: described(inner, depth - 1) for name, inner in part.get("properties", {}).items()}
        named = st.fixed_dictionaries({}, optional=fields)
        return st.one_of(
            named, named, st.builds(dict.__or__, named, st.dictionaries(TEXTS, VALUES, max_size=2)), VALUES
        )
    if part.get("type") == "array":
        return st.one_of(st.lists(described(part.get("items", {}), depth - 1), max_size=3), VALUES)
    return st.one_of(TEXTS, VALUES) if part.get("type") == "string" else VALUES


def bodies(method: str, path: str) -> st.SearchStrategy:
    content = operation(method, path)["requestBody"]["content"]["application/json"]["schema"]
    return described(content)


@pytest.fixture
def field(lawyer, make_agreement):
    """A client, and the addresses of an agreement, a meeting and a figure to spoil."""
    client = Api(lawyer)
    Format.objects.create(code="council", name_en="Cooperation Council")
    agreement = make_agreement()
    meeting = client.post("meetings/", {"format": "council", "on": "2024-10-21"}).json()["id"]
    figure = {"party": "EU", "name": {"en": "Trade"}, "unit": {"en": "euro"}, "value": "1", "source": "x"}
    indicator = client.post("indicators/", figure | {"period_until": "2023-12-31"}).json()["id"]
    keys = {"meetings": meeting, "indicators": indicator}
    opening = Entry.objects.of(agreement).get().pk

    def address(path: str) -> str:
        return path.format(keys.get(path.partition("/")[0], agreement.reference), opening)

    return client, address


@pytest.mark.parametrize("path", POSTS)
def test_random_posts(field, path):
    client, address = field

    @LIMITS
    @given(body=bodies("post", "/api/v1/" + address(path)))
    def post(body):
        response = client.post(address(path), body)
        assert response.status_code < 500
        assert not (response.status_code == 409 and response.json()["type"] == "/problems/conflict")

    post()
    assert list(journal.verify()) == []


@pytest.mark.parametrize("path", PATCHES)
def test_random_patches(field, path):
    client, address = field

    @LIMITS
    @given(body=bodies("patch", "/api/v1/" + address(path)), match=st.sampled_from(["*", '"1"', "", "x", '"']))
    def patch(body, match):
        response = client.patch(address(path), body, match=match)
        assert not (response.status_code == 409 and response.json()["type"] == "/problems/conflict")
        # What was written can be read again.
        assert client.get(address(path)).status_code == 200

    patch()
    assert client.get(f"{path.partition('/')[0]}/").status_code == 200
    assert list(journal.verify()) == []


@pytest.mark.parametrize("path", GETS)
def test_random_parameters(field, path):
    client, address = field
    known = [item["name"] for item in operation("get", "/api/v1/" + address(path)).get("parameters", ())]
    names = st.one_of(st.sampled_from([*known, "fields", "format", "x"]), st.text(max_size=5))

    @LIMITS
    @given(query=st.lists(st.tuples(names, TEXTS.filter(encodable)), max_size=4))
    def get(query):
        # Another form of the answer is not offered, and says so with an error of its own.
        client.get(f"{address(path)}?{urlencode(query)}")

    get()


def encodable(text: str) -> bool:
    try:
        return bool(text.encode()) or True
    except UnicodeEncodeError:
        return False


@LIMITS
@given(body=st.one_of(st.binary(max_size=30), st.text(string.printable, max_size=30).map(str.encode)))
def test_random_bytes(db, body):
    from django.contrib.auth.models import Group
    from django.test import Client

    from agreements.models import User
    from tests.api.conftest import check

    user, made = User.objects.get_or_create(username="officer")
    if made:
        user.groups.add(Group.objects.get(name="officer"))
    client = Client(raise_request_exception=False)
    client.force_login(user)
    response = client.post("/api/v1/agreements/", body, content_type="application/json")
    check("post", "/api/v1/agreements/", response)
    assert response.status_code == (400 if body else 400)


def test_what_is_posted_is_json_at_all():
    assert json.loads(json.dumps("\ud800")) == "\ud800"
