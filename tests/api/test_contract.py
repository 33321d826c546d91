"""The contract of every resource: one walk over all of them. A new resource fails until it stands here."""

import pytest

from tests.api.conftest import V1, errors_of, problem_of, schema, version_of

#: What makes a record of each resource that can be made, what changes it, and what of it a reader is forbidden.
MADE = {
    "agreements": ({"title": {"en": "Protocol"}, "kind": "protocol"}, {"next_step": "Ask again"}),
    "parties": ({"code": "NZ", "kind": "state", "name": {"en": "New Zealand"}}, {"name": {"ru": "Новая Зеландия"}}),
    "meetings": ({"format": "cooperation-council", "on": "2024-10-21"}, {"place": "Luxembourg"}),
    "indicators": (
        {"party": "EU", "name": {"en": "Trade"}, "unit": {"en": "euro"}, "value": "1", "period_until": "2023-12-31",
         "source": "Eurostat"},
        {"value": "2"},
    ),
    "commitments": (
        {"agreement": "PEP-4K7Z", "text": {"en": "Meet once a year."}},
        {"text": {"ru": "Собираться раз в год."}},
    ),
    "task-templates": (
        {"code": "signing", "name": {"en": "Around a signing"}, "tasks": [{"title": {"en": "Print"}}]},
        {"name": {"en": "Before a signing"}},
    ),
    "views": ({"kind": "agreements", "name": "Mine", "query": "party=EU"}, {"name": "Ours"}),
}  # fmt: skip
#: Those that are a reader's own: he may make them, and nobody else sees them.
OWN = {"views"}
#: Those that are only read here; their records are made elsewhere, or have rules of their own and their own tests.
READ = {"areas", "attention", "documents", "procedures", "reports", "tasks", "units"}
ELSEWHERE = {"events", "feeds", "tokens", "webhooks"}


def lists():
    return {path.split("/")[3] for path in schema()["paths"] if path.startswith(V1)}


def test_every_resource_stands_in_the_contract():
    assert lists() == {*MADE, *READ, *ELSEWHERE}


@pytest.mark.parametrize("name", sorted(MADE))
def test_a_record_is_made_read_changed_and_kept_from_stale_writes(api, lawyer, reader, sample, name):
    body, change = MADE[name]
    client = api(lawyer)
    if name not in OWN:
        assert problem_of(api(reader).post(f"{name}/", body)) == (403, "not-permitted")
    made = client.post(f"{name}/", body, Idempotency_Key="made")
    again = client.post(f"{name}/", body, Idempotency_Key="made")
    assert (made.status_code, again.content) == (201, made.content), made.content
    assert problem_of(client.post(f"{name}/", {**body, "x": 1}, Idempotency_Key="made")) == (422, "key-reused")

    address = made.headers["Location"].removeprefix("http://testserver")
    read = client.get(address)
    assert read.json() == made.json()
    assert read.headers["ETag"] == made.headers["ETag"]
    assert client.get(address, If_None_Match=read.headers["ETag"]).status_code == 304

    assert problem_of(client.patch(address, change, match="")) == (428, "precondition-required")
    assert problem_of(client.patch(address, change, match='"0"')) == (412, "stale")
    changed = client.patch(address, change, match=read.headers["ETag"])
    assert changed.status_code == 200, changed.content
    assert version_of(changed) != version_of(read)
    assert problem_of(client.patch(address, change, match=read.headers["ETag"])) == (412, "stale")
    assert client.get(address, If_None_Match=read.headers["ETag"]).status_code == 200
    if name in OWN:
        assert problem_of(api(reader).get(address)) == (404, "not-found")
        assert problem_of(api(reader).patch(address, change)) == (404, "not-found")
    else:
        assert problem_of(api(reader).patch(address, change)) == (403, "not-permitted")


def parameters(name):
    found = schema()["paths"][f"{V1}{name}/"]["get"].get("parameters", ())
    return {one["name"]: one["schema"] for one in found if one["in"] == "query"}


@pytest.mark.parametrize("name", sorted({*MADE, *READ} - {"reports", "procedures"}))
def test_a_list_is_filtered_ordered_and_paged_as_the_schema_says(api, lawyer, sample, name):
    client, known = api(lawyer), parameters(name)
    filters = set(known) - {"cursor", "page_size", "count", "fields", "format", "ordering"}
    whole = client.get(f"{name}/?page_size=200&count=true").json()
    for parameter in sorted(filters):
        nonsense = client.get(f"{name}/", {parameter: "no such thing"})
        # Words are sought; every other filter says what is wrong with a value that cannot be one of its own.
        assert nonsense.status_code == (200 if parameter == "text" else 400), parameter
        assert parameter == "text" or set(errors_of(nonsense)) == {parameter}
    for ordering in known.get("ordering", {}).get("enum", [None]):
        rows, address = [], f"{name}/?page_size=3" + (f"&ordering={ordering}" if ordering else "")
        while address:
            page = client.get(address).json()
            assert len(page["results"]) <= 3
            rows, address = rows + page["results"], page["next"]
        assert len(rows) == whole["count"]
        assert sorted(map(str, rows)) == sorted(map(str, whole["results"])) or whole["next"]
    assert errors_of(client.get(f"{name}/", {"nope": 1})) == {"nope": "unknown"}
