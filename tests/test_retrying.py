"""Acts that PostgreSQL undoes because of others: repeated whole, once each; and never where a part is written."""

import copy
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.core.management import call_command
from django.db import Error, OperationalError, connection, connections, transaction
from django.db.models import F
from django.db.utils import ConnectionHandler

from agreements import dispatch, journal, lifecycle, retrying
from agreements.busy import Hindrance, hindrance
from agreements.dates import FuzzyDate
from agreements.documents.storage import files as storage
from agreements.models import Agreement, DocumentVersion, Entry, KeptAnswer, Routine, User
from tests.api.conftest import V1, Api
from tests.beside import Beside
from tests.conftest import signed_in
from tests.test_races import race
from tracker import limits

Make = Callable[..., Agreement]
pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")


@pytest.fixture
def _in_order(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let connections that are opened from now on see one state of the database in each transaction."""
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "options", "-c default_transaction_isolation=serializable")


@contextmanager
def written_meanwhile(agreement: Agreement) -> Iterator[None]:
    """Change the agreement in the middle of whatever waits for its row: first locked, then written by somebody else."""
    with transaction.atomic():
        Agreement.objects.select_for_update().get(pk=agreement.pk)
        yield
        _wait_for_a_waiter()
        Agreement.objects.filter(pk=agreement.pk).update(version=F("version") + 1)


#: Others may wait for each other in databases beside this one.
_WAITS_FOR_ME = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


def _wait_for_a_waiter() -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            if cursor.execute(_WAITS_FOR_ME).fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


@pytest.mark.usefixtures("_in_order")
@pytest.mark.parametrize(("most", "status", "kept"), [(retrying.MOST, 201, 1), (1, 503, 0)])
def test_a_request_of_the_api_is_repeated_with_its_key(
    most: int, status: int, kept: int, officer: User, make_agreement: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "MOST", most)
    agreement, client = make_agreement(), Api(officer)
    address, note = f"agreements/{agreement.reference}/journal/", {"kind": "note", "what": "Talks", "on": "2024-12-20"}

    with written_meanwhile(agreement):
        beside = Beside(lambda: client.post(address, note, Idempotency_Key="once"))
    assert beside.join(60) == []

    assert [answer.status_code for answer in beside.given] == [status]
    assert (KeptAnswer.objects.count(), Entry.objects.of(agreement).filter(kind="note").count()) == (kept, kept)
    assert client.post(address, note, Idempotency_Key="once").status_code == 201
    assert Entry.objects.of(agreement).filter(kind="note").count() == 1
    assert list(journal.verify()) == []


@pytest.mark.usefixtures("_in_order")
def test_a_page_is_repeated_and_says_once_what_it_did(officer: User, make_agreement: Make) -> None:
    agreement, browser = make_agreement(), signed_in(officer)
    address = f"/agreements/{agreement.reference}/"
    browser.get(address)
    form = {"what": "Talks", "on": "2024-12-20"}

    with written_meanwhile(agreement):
        beside = Beside(lambda: browser.post(f"{address}record/note/", form))
    assert beside.join(60) == []

    assert [answer.status_code for answer in beside.given] == [302]
    assert Entry.objects.of(agreement).filter(kind="note").count() == 1
    assert len(list(browser.get(address).context["messages"])) == 1


@pytest.mark.usefixtures("_in_order")
def test_an_upload_is_repeated_with_the_whole_file(officer: User, make_agreement: Make) -> None:
    agreement, client = make_agreement(), Api(officer)
    text = b"Text of the draft. " * (FileUploadHandler.chunk_size // 4)  # so long that it waits in a file of its own
    form = {"kind": "draft", "on": "2004", "language": "en", "file": SimpleUploadedFile("draft.txt", text)}
    before = {kept.name for kept in storage().every()}

    with written_meanwhile(agreement):
        beside = Beside(
            lambda: client.client.post(f"{V1}agreements/{agreement.reference}/documents/", form, headers=client.headers)
        )
    assert beside.join(60) == []

    assert [answer.status_code for answer in beside.given] == [201]
    version = DocumentVersion.objects.get()
    assert (version.size, {kept.name for kept in storage().every()} - before) == (len(text), {version.stored})


@pytest.mark.usefixtures("_in_order")
def test_a_command_is_repeated(officer: User, make_agreement: Make, capsys: pytest.CaptureFixture[str]) -> None:
    agreement = make_agreement()
    words = (agreement.reference, "authorise", "--on", "2024-12-20", "--by", officer.username, "--evidence", "decision")

    with written_meanwhile(agreement):
        beside = Beside(lambda: call_command("step", *words))
    assert beside.join(60) == []

    assert len(beside.given) == 1
    assert capsys.readouterr().out.count(agreement.reference) == 1
    assert Entry.objects.of(agreement).filter(transition="authorise").count() == 1


@pytest.mark.django_db(transaction=True)
def test_acts_that_wait_for_each_other_both_come_to_their_end(make_agreement: Make, officer: User) -> None:
    one, other = make_agreement(), make_agreement()
    met, begun = threading.Barrier(2), Counter[str]()

    def act(first: Agreement, second: Agreement) -> None:
        begun[first.reference] += 1
        with transaction.atomic():
            lifecycle.note(first, on=FuzzyDate.parse("2024"), by=officer, what="First.")
            if begun[first.reference] == 1:
                met.wait(30)
            lifecycle.note(second, on=FuzzyDate.parse("2024"), by=officer, what="Second.")

    def asked(first: Agreement, second: Agreement) -> None:
        with retrying.watched():
            retrying.repeated(lambda: act(first, second))

    outcomes, faults = race(lambda: asked(one, other), lambda: asked(other, one))

    assert faults == []
    assert outcomes == {"done": 2}
    assert sorted(begun.values()) == [1, 2]
    assert Entry.objects.filter(kind="note").count() == 4
    assert list(journal.verify()) == []


def _conflict() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("before", "begun"),
    [
        (lambda user: None, retrying.MOST),
        (lambda user: User.objects.count(), retrying.MOST),
        (lambda user: User.objects.filter(pk=user.pk).update(first_name="A"), 1),
        (lambda user: lifecycle.note(Agreement.objects.get(), on=FuzzyDate.parse("2024"), by=user, what="Talks."), 1),
    ],
    ids=["nothing", "a query", "a statement", "a transaction"],
)
def test_what_is_written_for_good_is_not_done_twice(
    before: Callable[[User], Any], begun: int, make_agreement: Make, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_agreement()
    monkeypatch.setattr(retrying, "_PAUSE", 0)
    times = Counter[str]()

    def act() -> None:
        times["begun"] += 1
        with transaction.atomic():
            User.objects.filter(pk=officer.pk).update(last_name="taken back")
            transaction.set_rollback(True)
        before(officer)
        with transaction.atomic():
            _conflict()

    with retrying.watched(), pytest.raises(OperationalError):
        retrying.repeated(act)
    assert times["begun"] == begun


@pytest.mark.django_db(transaction=True)
def test_a_tick_goes_on_from_where_it_was_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "_PAUSE", 0)
    done = list[str]()

    def automatic(**_details: Any) -> list[Agreement]:
        User.objects.create_user(f"somebody-{len(done)}")
        done.append("automatic")
        return []

    def reports() -> list[Any]:
        done.append("reports")
        if len(done) < 4:
            _conflict()
        return []

    monkeypatch.setattr(lifecycle, "run_automatic", automatic)
    monkeypatch.setattr(dispatch, "tick", reports)
    call_command("tick")

    assert done == ["automatic", "reports"] * 2
    assert Routine.objects.get(name="tick").ended_at


@pytest.mark.django_db(transaction=True)
def test_requests_have_limits_that_an_address_may_set_otherwise(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    databases = copy.deepcopy(connections.settings)
    databases["default"]["OPTIONS"]["options"] = "-c lock_timeout=7s"
    handler = ConnectionHandler(databases)
    monkeypatch.setattr(limits, "connections", handler)
    settings.STATEMENT_SECONDS, settings.LOCK_SECONDS, settings.IDLE_SECONDS = 30, 10, 0
    limits.limit_requests()
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    with handler["default"].cursor() as cursor:
        found = [cursor.execute(f"SHOW {name}").fetchone()[0] for name in names]
    handler.close_all()
    assert found == ["30s", "7s", "0"]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_in_which_nothing_is_asked_ends_as_busy() -> None:
    def act() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 20")
            time.sleep(0.3)
            cursor.execute("SELECT 1")

    with pytest.raises(Error) as ended:
        act()
    connection.close()
    assert hindrance(ended.value) is Hindrance.BUSY
