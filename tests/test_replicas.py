"""From where requests read: from a replica that knows all that anybody was told of, otherwise from the primary.

The replica here is a second connection to the same database, on which nothing can be written. Real ones follow in
`tests/test_failover.py`.
"""

import copy
import subprocess
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection, connections
from django.db.utils import InterfaceError

from agreements import metrics, replicas
from agreements.models import Agreement, ApiToken, Entry, Share, User
from tests.api.conftest import Api
from tests.conftest import signed_in
from tests.pages import test_markup
from tests.serving import environment
from tests.strict import ROOT

POSTGRESQL = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no replicas")
AHEAD, BEHIND, GONE = (True,), (False,), OperationalError("gone")


@pytest.fixture
def two(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """Two replicas are named; give what stands for the connections."""
    settings.REPLICAS = ["replica1", "replica2"]
    stand_in = SimpleNamespace(in_atomic_block=False, close=lambda: None)
    monkeypatch.setattr(replicas, "_away", {})
    monkeypatch.setattr(replicas, "connections", dict.fromkeys(("default", *settings.REPLICAS), stand_in))
    yield stand_in
    replicas.begin(reads=False)


def read(*models: type) -> list[str]:
    return [replicas.Router().db_for_read(model) for model in models]


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (AHEAD, BEHIND, {"replica1"}),
        (BEHIND, AHEAD, {"replica2"}),
        (AHEAD, AHEAD, {"replica1", "replica2"}),
        (BEHIND, BEHIND, {"default"}),
        (GONE, AHEAD, {"replica2"}),
        (GONE, GONE, {"default"}),
    ],
)
def test_a_replica_that_has_come_far_enough_is_read_from(
    first: Any, second: Any, expected: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"default": ("0/5000", 1), "replica1": first, "replica2": second}
    asked = list[str]()

    def row(alias: str, _query: str, params: Any = ()) -> Any:
        asked.append(alias)
        assert alias == "default" or params == ("0/5000", 1)
        if isinstance(told[alias], Exception):
            raise told[alias]
        return told[alias]

    monkeypatch.setattr(replicas, "_row", row)
    seen = set()
    for _time in range(40):
        replicas.begin(reads=True)
        (alias,) = set(read(Agreement, Agreement))  # one place for a whole request
        seen.add(alias)
    assert seen == expected
    # Of one that did not answer nothing is asked for a while.
    assert [asked.count(f"replica{number}") == 1 for number, one in ((1, first), (2, second)) if one is GONE] == [
        True for one in (first, second) if one is GONE
    ]


def test_all_else_is_read_from_the_primary(two: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replicas, "_chosen", lambda: "replica1")
    for reads in (True, False):
        replicas.begin(reads=reads)
        assert set(read(User, ApiToken, Share, User.groups.through, Group, Session)) == {"default"}
        assert replicas.read_from() == ""
    assert read(Agreement) == ["default"]
    replicas.begin(reads=True)
    two.in_atomic_block = True
    assert read(Agreement) == ["default"]
    two.in_atomic_block = False
    assert read(Agreement) == ["replica1"]
    assert [replicas.Router().db_for_write(User), *read(Agreement)] == ["default", "replica1"]
    assert replicas.read_from() == "replica"
    assert [replicas.Router().db_for_write(Agreement), *read(Agreement)] == ["default", "default"]
    assert replicas.read_from() == "primary"


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("sqlstate", "elsewhere", "alone"),
    [("57P01", True, True), ("40001", True, False), ("57014", False, False), ("42P01", False, False)],
)
def test_what_failed_because_of_the_replica_is_read_elsewhere(
    sqlstate: str, elsewhere: bool, alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    error, cause = InterfaceError("told"), Exception()
    cause.sqlstate = sqlstate  # type: ignore[attr-defined]
    error.__cause__ = cause
    monkeypatch.setattr(replicas, "_chosen", lambda: "replica1")
    monkeypatch.setattr("agreements.busy._is_of_another_release", lambda: False)
    replicas.begin(reads=True)
    read(Agreement)
    assert replicas.left(error) is elsewhere
    assert read(Agreement) == ["default" if elsewhere else "replica1"]
    assert ("replica1" in replicas._away) is alone


def test_replicas_of_no_postgresql_stop_the_start() -> None:
    given = environment(DEBUG="1", DATABASE_URL="sqlite://:memory:", REPLICA_URL="postgres://pacta@db2/pacta")
    ended = subprocess.run([sys.executable, "manage.py", "check"], env=given, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "REPLICA_URL names replicas of PostgreSQL, and DATABASE_URL names none." in ended.stderr


# ---- requests ----
@pytest.fixture
def replica(transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A second connection to the database of the test, on which nothing can be written; give what it is told to be."""
    told = copy.deepcopy(connections.settings["default"])
    told["OPTIONS"]["options"] = "-c default_transaction_read_only=on"
    connections["replica1"] = connections.create_connection("default")
    connections["replica1"].alias, connections["replica1"].settings_dict = "replica1", told
    monkeypatch.setattr(replicas, "_THERE", "SELECT %s::pg_lsn IS NOT NULL AND %s > 0")
    monkeypatch.setattr(replicas, "_away", {})
    settings.REPLICAS, settings.DATABASE_ROUTERS = ["replica1"], ["agreements.replicas.Router"]
    yield told
    replicas.begin(reads=False)
    connections["replica1"].close()
    del connections["replica1"]


def sources() -> dict[str, float]:
    return {
        sample.labels["source"]: sample.value
        for family in metrics.READS.collect()
        for sample in family.samples
        if sample.name.endswith("_total")
    }


def since(before: dict[str, float]) -> dict[str, float]:
    return {name: number - before.get(name, 0) for name, number in sources().items() if number != before.get(name, 0)}


@POSTGRESQL
def test_requests_that_read_do_so_from_the_replica_and_write_to_the_primary(
    replica: dict[str, Any], make_agreement: Callable[..., Agreement], officer: User
) -> None:
    agreement, browser, client = make_agreement(), signed_in(officer), Api(officer)
    address, before = f"agreements/{agreement.reference}/", sources()
    note = {"kind": "note", "what": "Talks", "on": "2024-12-20"}
    for _time in range(2):
        assert client.post(f"{address}journal/", note).status_code == 201
        told = client.get(f"{address}journal/").json()["results"]
        assert [client.get(one).status_code for one in (address, "agreements/", "agreements/?format=csv")] == [200] * 3
        assert [browser.get(f"/{one}").status_code for one in (address, "desk/", "agreements/")] == [200] * 3
    assert [one["kind"] for one in told].count("note") == 2
    assert since(before) == {"replica": 14}


@POSTGRESQL
def test_a_request_that_writes_after_all_reads_what_it_wrote(
    replica: dict[str, Any], make_agreement: Callable[..., Agreement], officer: User
) -> None:
    made, client = make_agreement(), Api(officer)
    entry, before = Entry.objects.of(made).get(), sources()
    assert client.get(f"events/{entry.pk}/").status_code == 200  # it gives the entry its place
    assert since(before) == {"primary": 1}
    assert client.get(f"events/{entry.pk}/").status_code == 200
    assert since(before) == {"primary": 1, "replica": 1}


@POSTGRESQL
def test_a_replica_that_goes_away_is_answered_for_by_the_primary(
    replica: dict[str, Any],
    make_agreement: Callable[..., Agreement],
    officer: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, client, browser = f"agreements/{make_agreement().reference}/", Api(officer), signed_in(officer)
    monkeypatch.setattr(replicas, "_chosen", lambda: "replica1")
    replica["HOST"] = "/nowhere"
    tables = ("agreements/?format=csv", "agreements/?format=csv&as_of=2024-12-20", "parties/?format=xlsx")
    for ask, path in (*((client, one) for one in (address, *tables)), (browser, f"/{address}")):
        monkeypatch.setattr(replicas, "_away", {})
        assert ask.get(path).status_code == 200
        assert list(replicas._away) == ["replica1"]


@POSTGRESQL
@pytest.mark.soak
def test_every_page_can_be_read_from_a_replica(
    replica: dict[str, Any], sample: Any, lawyer: User, reader: User
) -> None:
    known = test_markup.keys(sample, lawyer, reader)
    client = test_markup.client_of(lawyer)
    before = sources()
    answers = {page: client.get(test_markup.filled(page, known)).status_code for page in test_markup.PAGES}
    assert {page: status for page, status in answers.items() if status not in (200, 400, 404)} == {}
    assert since(before).get("primary", 0) == 0
    assert since(before)["replica"] > len(answers) / 2
