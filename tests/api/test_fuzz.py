"""Whatever is sent, the answer is one that the schema describes, and never a fault of ours (`Api` checks both)."""

import string
from typing import Any

import pytest
from django.utils.http import urlencode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agreements import journal
from agreements.models import Entry, Format
from tests.api.conftest import Api, check, operation, schema
from tests.shared import EXAMPLES

POSTS = (
    "agreements/",
    "agreements/bulk/",
    "agreements/transitions/",
    "agreements/actions/",
    "agreements/{}/transitions/",
    "agreements/{}/hold/",
    "agreements/{}/release/",
    "agreements/{}/journal/",
    "agreements/{}/journal/{}/void/",
    "agreements/{}/actions/",
    "agreements/{}/entry-into-force/",
    "agreements/{}/tasks/",
    "parties/",
    "meetings/",
    "meetings/{}/outcomes/",
    "feeds/",
    "indicators/",
    "tasks/{}/complete/",
    "tasks/{}/drop/",
    "tasks/{}/reopen/",
    "tasks/bulk/",
    "views/",
)
PATCHES = ("agreements/{}/", "parties/KZ/", "meetings/{}/", "indicators/{}/", "tasks/{}/", "views/{}/")
GETS = (
    "agreements/",
    "agreements/{}/",
    "agreements/{}/transitions/",
    "agreements/{}/journal/",
    "agreements/{}/actions/",
    "agreements/{}/participants/",
    "agreements/{}/entry-into-force/",
    "agreements/{}/tasks/",
    "parties/",
    "indicators/",
    "tasks/",
    "tasks/{}/",
    "meetings/",
    "procedures/ratified/",
    "views/",
)
LIMITS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
WORDS = ("KZ", "2004-01-05", "unknown", "/2003-06-04", "9999", "0001", "imported", "", " ", "\x00", "1e400", "-0")
TEXTS = st.one_of(st.sampled_from(WORDS), st.text(max_size=12), st.text(st.characters(codec=None), max_size=3))
NUMBERS = st.one_of(st.integers(-3, 3), st.integers(), st.just(10**400), st.floats(allow_nan=False))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)
DATES = st.sampled_from(["2003", "2004-01-05", "2004-Q2", "2012-09", "2012-H1", "2024-12-28", "unknown", "/2005-01-01"])
DAYS = st.sampled_from(["2004-01-05", "2012-09-30", "2024-12-28", "0001-01-01", "9999-12-31"])
#: Rules of clauses, some of them with a mistake.
RULES = st.recursive(
    st.one_of(
        st.sampled_from(({"signatures": "all"}, {"notifications": "2/3"}, {"date": "signing"}, {"date": "2024-12-28"})),
        st.builds(lambda number: {"instruments": number}, st.one_of(st.integers(0, 3), NUMBERS, TEXTS)),
        st.builds(lambda kinds: {"instruments": 1, "kinds": kinds}, st.one_of(st.just(["ratification"]), VALUES)),
    ),
    lambda inner: st.one_of(
        st.builds(lambda of, n: {"after": {"days": n, "months": 1}, "of": of}, inner, st.integers(0, 100_000)),
        st.builds(lambda of, n: {"first_of_month": n, "following": of}, inner, st.integers(0, 3)),
        st.builds(lambda of: {"first_of_year": 1, "following": of}, inner),
        st.builds(
            lambda parts, word: {word: parts}, st.lists(inner, max_size=3), st.sampled_from(["all_of", "any_of"])
        ),
        st.builds(lambda rule, other: {"not_before": rule, "rule": other}, inner, inner),
        st.builds(lambda rule, other: {"on": "2004-01-05", "if": rule, "otherwise": other}, inner, inner),
        st.builds(lambda of, value: {"after": value, "of": of}, inner, VALUES),
    ),
    max_leaves=5,
)
CLAUSES = st.one_of(
    st.builds(lambda rule: {"enters_into_force": rule}, RULES),
    st.builds(lambda rule, other: {"enters_into_force": rule, "later_joiners": other}, RULES, RULES),
    st.builds(lambda rule, name, value: {"enters_into_force": rule, name: value}, RULES, TEXTS, VALUES),
    st.dictionaries(TEXTS, VALUES, max_size=2),
)
#: What fits a field, where its type does not say it.
FITTING = {
    "party": st.sampled_from(["KZ", "EU"]),
    "organisation": st.just("EU"),
    "code": st.text(string.ascii_uppercase, min_size=1, max_size=12),
    "on": DATES,
    "stated_elsewhere": DATES,
    "planned_signing": DATES,
    "planned_entry_into_force": DATES,
    "areas": st.sampled_from([[], ["aviation"], ["transport", "aviation"]]),
    "parties": st.sampled_from([[], ["KZ"], ["KZ", "EU"]]),
    "procedure": st.sampled_from(["ratified", "simplified", "eu_mixed", "non_binding", "multilateral"]),
    "format": st.just("council"),
    "value": st.decimals(-1000, 1000, places=2).map(str),
    "change_on_year": st.decimals(-100, 100, places=2).map(str),
    "clause": CLAUSES,
    "received": DATES,
    "effective": DATES,
    "officer": st.sampled_from([None, "lawyer"]),
    "lead_unit": st.none(),
    "person": st.sampled_from([None, "lawyer"]),
    "due": DATES,
    "query": st.sampled_from(["", "party=EU", "of=mine&due=late", "?stage=signed", "q=%zz&q=%00", "&&=", "nope=1"]),
}

#: Fields that name other records by keys: guessed ones are unknown, so sound bodies leave them out.
KEYS = ("after", "successor", "relations", "agenda", "target")


def sound(part: Any, name: str = "") -> st.SearchStrategy:
    """Values as a part of the schema describes them."""
    if name in FITTING:
        return FITTING[name]
    if "$ref" in part:
        part = schema()["components"]["schemas"][part["$ref"].rpartition("/")[2]]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in part:
            return st.one_of(*(sound(each, name) for each in part[several]))
    if "enum" in part:
        return st.sampled_from(part["enum"])
    if isinstance(part.get("type"), list):
        return st.one_of(*(sound({**part, "type": kind}, name) for kind in part["type"]))
    if part.get("type") == "object":
        needed = part.get("required", ())
        fields = {key: sound(inner, key) for key, inner in part["properties"].items() if key not in KEYS}
        return st.fixed_dictionaries(
            {key: fields[key] for key in needed},
            optional={key: inner for key, inner in fields.items() if key not in needed},
        )
    if part.get("type") == "array":
        return st.lists(sound(part["items"]), max_size=2)
    if part.get("type") == "string" and part.get("format") == "date":
        return DAYS
    return {
        "boolean": st.booleans(),
        "integer": st.integers(1, 3),
        "null": st.none(),
        "string": st.text(string.ascii_letters + "Ққ «»", min_size=1, max_size=20),
    }[part.get("type", "null")]


def bodies(method: str, path: str) -> st.SearchStrategy:
    """Bodies as the schema describes them, some of them spoilt in one place, some of them anything."""
    content = sound(operation(method, path)["requestBody"]["content"]["application/json"]["schema"])

    def spoil(body: dict[str, Any], key: int, value: Any, name: str) -> dict[str, Any]:
        names = [*body, name]
        return body | {names[key % len(names)]: value}

    spoilt = st.builds(spoil, content, st.integers(0, 30), VALUES, TEXTS)
    return st.one_of(content, content, spoilt, VALUES)


@pytest.fixture
def field(lawyer, make_agreement, monkeypatch):
    """A client, and the addresses of an agreement, a meeting, a figure and a task to spoil."""
    client = Api(lawyer)
    Format.objects.create(code="council", name_en="Cooperation Council")
    agreement = make_agreement()
    meeting = client.post("meetings/", {"format": "council", "on": "2024-10-21"}).json()["id"]
    figure = {"party": "EU", "name": {"en": "Trade"}, "unit": {"en": "euro"}, "value": "1", "source": "x"}
    indicator = client.post("indicators/", figure | {"period_until": "2023-12-31"}).json()["id"]
    task = client.post(f"agreements/{agreement.reference}/tasks/", {"title": {"en": "Send the draft"}}).json()["id"]
    view = client.post("views/", {"kind": "agreements", "name": "Mine"}).json()["id"]
    for name, fitting in (
        ("view", view),
        ("waits_for", [task]),
        ("tasks", [task]),
        ("agreements", [agreement.reference]),
    ):
        monkeypatch.setitem(FITTING, name, st.just(fitting))
    keys = {"meetings": meeting, "indicators": indicator, "tasks": task, "views": view}
    opening = Entry.objects.of(agreement).get(kind="open").pk

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
        client.get(f"{address(path)}?{urlencode(query)}")

    get()


def encodable(text: str) -> bool:
    try:
        return bool(text.encode()) or True
    except UnicodeEncodeError:
        return False


def test_random_bytes(field):
    client, _address = field
    headers = client.headers

    @LIMITS
    @given(body=st.one_of(st.binary(max_size=30), st.text(string.printable, max_size=30).map(str.encode)))
    def post(body):
        response = client.client.post("/api/v1/agreements/", body, content_type="application/json", headers=headers)
        check("post", "/api/v1/agreements/", response)
        assert response.status_code == 400

    post()
