"""Every order of a list is read off an index: no page sorts all rows."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.conftest import schema

#: What is found by the people whom it names: the few rows that name the reader are sorted.
FEW = ("/api/v1/delegations/",)
ORDERS = [
    (path, order)
    for path, operations in sorted(schema()["paths"].items())
    for parameter in operations.get("get", {}).get("parameters", ())
    if parameter["name"] == "ordering" and "{" not in path and path not in FEW
    for order in parameter["schema"]["enum"]
]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL sorts few rows faster than it reads an index")
def test_pages_are_read_in_their_order(api, officer, sample):
    assert len(ORDERS) > 20
    client, sorted_rows, read = api(officer), [], 0
    for path, order in ORDERS:
        first = f"{path}?ordering={order}&page_size=2"
        following = client.get(first).json()["next"] or first
        for address in (first, following):
            with CaptureQueriesContext(connection) as queries:
                client.get(address.replace("page_size=2", "page_size=50"))
            for sql in (one["sql"] for one in queries if re.search(r"ORDER BY .* LIMIT \d+$", one["sql"])):
                with connection.cursor() as cursor:
                    cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
                    plan = [row[-1] for row in cursor.fetchall()]
                read += 1
                if any("TEMP B-TREE" in step for step in plan):
                    sorted_rows.append((path, order, plan))
    assert sorted_rows == []
    assert read >= 2 * len(ORDERS)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads few rows faster than an index")
@pytest.mark.parametrize(
    ("asked", "index", "statements"),
    [
        ("?format=csv&as_of=2013-01-01&fields=reference,stage,since.iso", "entry_line", 2),  # one more for a hold
        ("counts/", "agreement_counted", 2),
    ],
)
def test_works_upon_all_agreements_are_answered_by_indexes(api, officer, sample, asked, index, statements):
    with CaptureQueriesContext(connection) as queries:
        b"".join(api(officer).get(f"agreements/{asked}"))
    answered = 0
    for sql in (one["sql"] for one in queries if one["sql"].startswith("SELECT")):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            answered += any(f"COVERING INDEX {index}" in row[-1] for row in cursor.fetchall())
    assert answered == statements
