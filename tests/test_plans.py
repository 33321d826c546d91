"""The hottest requests read a large register by its indexes: none of their statements reads a large table whole."""

import json
import os
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements.models import User
from bench import pacta, register
from tests.api.conftest import Api

ROWS = int(os.environ.get("PACTA_PLANNED_ROWS", "100000"))
#: The tables that grow with the register.
LARGE = frozenset(
    f"agreements_{name}"
    for name in (
        *(
            "agreement",
            "agreement_areas",
            "agreement_words",
            "participant",
            "relation",
            "entry",
            "entrytext",
            "eventposition",
        ),
        *("document", "documentversion", "task"),
    )
)
_ONE = register.reference(188)
_WORDS = ("agreements_agreement_words", "agreement_words_found")
#: What is asked for, and the index by which it is found; one of several where the databases keep words differently.
HOT = {
    "the newest of a stage": ("agreements/?stage=in_force", ("agreement_stage_changed",)),
    "the page after it": ("next", ("agreement_stage_changed",)),
    "the newest of all": ("agreements/", ("agreement_changed",)),
    "of a party": ("agreements/?party=KZ", ("agreement_changed",)),
    "one with its history": (f"agreements/{_ONE}/?expand=journal", ("reference",)),
    "the journal of one": (f"agreements/{_ONE}/journal/", ("subject",)),
    "what is possible for one": (f"agreements/{_ONE}/transitions/", ("subject",)),
    "a rare word": (
        f"agreements/?text={register.rare_word(30)}",
        ("agreements_agreement_words", "agreement_words_found"),
    ),
    "events": ("events/", ("position",)),
    "tasks": ("tasks/", ("task_due",)),
    "a past day": ("agreements/?as_of=2022-12-28&fields=reference,stage", ("entry_line", "entry_chain_unique")),
    "a step": ("", ("subject",)),
}


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_the_hottest_requests_use_their_indexes_in_a_large_register() -> None:
    pacta.fill(ROWS)
    pacta.analyse(connection)
    reader = User.objects.create_user("department", access_level="secret")
    reader.groups.add(Group.objects.get(name="treaty_department"))
    api, whole, missed, following = Api(reader), dict[str, Any](), dict[str, Any](), ""
    case = next(case for case in register.cases(ROWS, len(pacta.party_names())) if case.stage == "in_force")
    step = {"transition": "suspend", "on": register.TODAY.isoformat(), "evidence": "Decision", "reason": "War"}
    for name, (address, indexes) in HOT.items():
        with CaptureQueriesContext(connection) as queries:
            if address:
                answer = api.get(following if address == "next" else address)
            else:
                answer = api.post(f"agreements/{case.reference}/transitions/", step)
        assert answer.status_code in (200, 201), answer.content
        if name == "the newest of a stage":
            following = urlsplit(answer.json()["next"]).path + "?" + urlsplit(answer.json()["next"]).query
        plans = [plan for query in queries if (plan := _plan(query["sql"]))]
        assert plans
        if found := [plan for plan in plans if _whole(plan)]:
            whole[name] = found
        told = " ".join(line for plan in plans for line in plan)
        if not any(index in told for index in indexes):
            missed[name] = plans
    assert whole == {}
    assert missed == {}


def _plan(sql: str) -> list[str]:
    """Return how the database reads the rows of a statement, one line for each table; nothing of what only inserts."""
    if not sql.startswith(("SELECT", "UPDATE", "WITH", "DELETE")):
        return []
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            return [row[-1] for row in cursor.fetchall()]
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        told = cursor.fetchone()[0]
    return list(_nodes((json.loads(told) if isinstance(told, str) else told)[0]["Plan"]))


def _nodes(node: dict[str, Any]) -> Iterator[str]:
    names = ("Node Type", "Relation Name", "Index Name", "Index Cond", "Recheck Cond")
    yield " ".join(str(node[name]) for name in names if name in node)
    for below in node.get("Plans", ()):
        yield from _nodes(below)


def _whole(plan: list[str]) -> list[str]:
    """Return the lines that read a large table from its first row to its last."""
    pattern = r"SCAN (\w+)$" if connection.vendor == "sqlite" else r"Seq Scan (\w+)"
    return [line for line in plan if (found := re.match(pattern, line)) and found[1] in LARGE]
