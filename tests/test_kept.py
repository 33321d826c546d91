"""Answers that are kept: what was kept is what would be worked out anew, whoever writes and however, for everybody."""

import random
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agreements import clock, kept, lifecycle, participation, registers, shares, tasks, tokens
from agreements.choices import Level, Stage
from agreements.dates import FuzzyDate
from agreements.filters import AgreementFilter
from agreements.guards import Refused
from agreements.models import Agreement, Area, Entry, Participant, Party, ProcedureVersion, Task, Unit, User, marks
from tests.api.conftest import Api
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db
Make = Callable[..., Agreement]
TODAY = FuzzyDate.of_day
#: What is asked: everything, and by each filter that asks nothing of the reader but his level, with a value for it.
ASKED = {
    "": "",
    "stage": "signing",
    "group": "preparing",
    "party": "EU",
    "area": "aviation",
    "kind": "agreement",
    "procedure": "ratified",
    "level": "internal",
    "lead_unit": "europe",
    "ball": "own",
    "on_hold": "true",
    "binding": "true",
    "text": "aviation",
    **dict.fromkeys(("since__gte", "since__lte", "valid_from__gte", "valid_from__lte"), "2020-01-01"),
    **dict.fromkeys(("valid_until__gte", "valid_until__lte"), "2020-01-01"),
    **dict.fromkeys(("planned_signing__gte", "planned_signing__lte"), "2024-01-01"),
    **dict.fromkeys(("changed_at__gte", "changed_at__lte"), "2024-01-01T00:00:00Z"),
}
#: What is not kept, and why.
NOT_KEPT = {
    "attention": "what needs attention is asked of more than of agreements",
    "view": "a view is its owner's",
    "officer": "accounts have no marks: they change with every sign-in",
}


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    kept._answers.clear()
    yield
    kept._answers.clear()


def asking(reader: User, asked: str = "") -> tuple[dict[str, Any], list[str]]:
    """Return the counts that a reader is told, and what the database was asked about records for them."""
    client = Api(reader)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(f"agreements/counts/?{asked}")
    assert answer.status_code == 200, answer.content
    return answer.json(), [one["sql"] for one in queries if re.search(r"agreements_(agreement|mark)\b", one["sql"])]


def is_kept(reader: User, asked: str = "") -> bool:
    """Whether an answer is there already: then the database is asked for marks, and for nothing else."""
    queries = asking(reader, asked)[1]
    return len(queries) == 1 and marks.MARKS in queries[0]


def fresh(reader: User, asked: str = "") -> dict[str, Any]:
    """Return the counts as they are worked out anew."""
    before = dict(kept._answers)
    kept._answers.clear()
    try:
        return asking(reader, asked)[0]
    finally:
        kept._answers.clear()
        kept._answers.update(before)


def do(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


# ---- what is counted has marks ----
_TABLE = re.compile(r"\b(agreements_\w+)")
_OF_ENTRIES = re.compile(r'(?:FROM|JOIN) "agreements_entry"(?: (\w+))?')


def test_everything_that_is_counted_has_marks(sample: Any, officer: User) -> None:
    Unit.objects.create(code="europe", name_en="Europe")
    names = {name for name in AgreementFilter.base_filters if not name.endswith("__in")} - {"as_of", "known_at"}
    assert names == {*ASKED, *NOT_KEPT} - {""}
    for name, value in ASKED.items():
        asked = name and f"{name}={value.replace('+', '%2B')}"
        queries = asking(officer, asked)[1]
        assert {table for sql in queries for table in _TABLE.findall(sql)} <= {marks.MARKS, *marks.MARKED}, name
        for sql in queries:
            for alias in _OF_ENTRIES.findall(sql):
                column = f'{alias or chr(34) + "agreements_entry" + chr(34)}."'
                marking = (f'{column}position" IS NOT NULL', f'{column}kind" = ', f'{column}voids_id"')
                assert any(one in sql for one in marking), f"{name}: entries that do not mark are read: {sql}"
        assert is_kept(officer, asked), name
    Agreement.objects.filter(reference="AIR-7Q4M").update(officer=officer)
    for asked in ("attention=overdue", f"officer={officer}"):
        asking(officer, asked)
        assert not is_kept(officer, asked)


def test_an_answer_costs_one_query_beside_the_sign_in_until_something_changes(
    make_agreement: Make, officer: User, lawyer: User
) -> None:
    agreement = make_agreement()
    first, queries = asking(officer)
    assert (first["total"], len(queries)) == (1, 7)  # of which two ask for marks
    assert is_kept(officer)
    lifecycle.hold(agreement, on=TODAY(clock.today()), by=lawyer, reason="x")
    assert not is_kept(officer)
    assert is_kept(officer)


# ---- what was kept is what would be worked out anew ----
class Writing:
    """Writes by the operations of Pacta and past them, by chance."""

    def __init__(self, lot: random.Random, by: User, make: Make) -> None:
        self.lot, self.by, self.make = lot, by, make
        self.unit = Unit.objects.create(code="europe", name_en="Europe")
        self.acts = [getattr(self, name) for name in dir(type(self)) if name.startswith(("do_", "past_"))]

    def act(self) -> str:
        """Write something, and take some of it back."""
        act = self.lot.choice(self.acts)
        with suppress(Refused, StopIteration, transaction.TransactionManagementError), transaction.atomic():
            act()
            if self.lot.random() < 0.2:
                transaction.set_rollback(True)
        return str(act.__name__)

    def some(self, rows: Any) -> Any:
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        if not keys:
            raise StopIteration
        return rows.get(pk=self.lot.choice(keys))

    def agreement(self) -> Agreement:
        return self.some(Agreement.objects.filter(is_void=False))

    def do_open(self) -> None:
        self.make(columns={"level": self.lot.choice(Level.values)})

    def do_step(self) -> None:
        agreement = self.agreement()
        ways = [way.name for way in lifecycle.available(agreement, by=self.by) if way.possible]
        details = {"evidence": "x", "reason": "x"}
        lifecycle.perform(agreement, self.lot.choice(ways or ["sign"]), on=TODAY(clock.today()), by=self.by, **details)

    def do_hold(self) -> None:
        agreement, days = self.agreement(), self.lot.randrange(400)
        act = lifecycle.release if agreement.on_hold else lifecycle.hold
        act(agreement, on=TODAY(clock.today() - timedelta(days)), by=self.by, reason="x")

    def do_void(self) -> None:
        lifecycle.void(self.some(Entry.objects.filter(subject=self.agreement().pk)), by=self.by, reason="x")

    def do_task(self) -> None:
        due = TODAY(clock.today() + timedelta(self.lot.randrange(-5, 5)))
        tasks.add(self.agreement(), "Ask", due=due, by=self.by)

    def do_end_a_task(self) -> None:
        tasks.drop(self.some(Task.objects.filter(status="open")), by=self.by, reason="x")

    def do_edit(self) -> None:
        agreement = self.agreement()
        with registers.editing(agreement, by=self.by) as fresh:
            fresh.level = self.lot.choice(Level.values)
            fresh.lead_unit = self.lot.choice((self.unit, None))
            fresh.kind = self.lot.choice(("agreement", "memorandum"))
        if self.lot.random() < 0.5:
            agreement.areas.set(Area.objects.order_by("pk")[: self.lot.randrange(3)])

    def do_act(self) -> None:
        party = self.some(Party.objects.all())
        participation.act(self.agreement(), party, "full_powers", on=TODAY(clock.today()), by=self.by)

    def past_level(self) -> None:
        Agreement.objects.filter(pk=self.agreement().pk).update(level=self.lot.choice(Level.values))

    def past_stage(self) -> None:
        do(f"UPDATE agreements_agreement SET stage = '{self.lot.choice(Stage.values)}' WHERE reference = "
           f"'{self.agreement().reference}'")  # fmt: skip

    def past_days(self) -> None:
        day = clock.today() - timedelta(self.lot.randrange(2000))
        Agreement.objects.filter(pk=self.agreement().pk).update(since_earliest=day, since_latest=day)

    def past_areas(self) -> None:
        do(f"DELETE FROM agreements_agreement_areas WHERE area_id = {self.some(Area.objects.all()).pk}")

    def past_area(self) -> None:
        do(f"UPDATE agreements_area SET code = 'x{self.lot.random()}' WHERE id = {self.some(Area.objects.all()).pk}")

    def past_unit(self) -> None:
        do(f"UPDATE agreements_unit SET code = 'x{self.lot.random()}' WHERE id = {self.unit.pk}")

    def past_procedure(self) -> None:
        do(f"UPDATE agreements_procedureversion SET version = 'x{self.lot.random()}'")

    def past_participants(self) -> None:
        Participant.objects.filter(agreement=self.agreement()).delete()

    def past_tasks(self) -> None:
        if self.lot.random() < 0.5:
            Task.objects.filter(agreement=self.agreement()).update(due_by=clock.today() - timedelta(1))
        else:
            Task.objects.filter(pk=self.some(Task.objects.all()).pk).update(agreement=self.agreement())


@pytest.mark.parametrize("seed", range(4))
def test_what_was_kept_is_what_is_so(
    make_agreement: Make, reader: User, officer: User, lawyer: User, seed: int
) -> None:
    lot = random.Random(seed)
    User.objects.filter(pk=reader.pk).update(access_level=Level.PUBLIC)
    people = [User.objects.get(pk=one.pk) for one in (reader, officer, lawyer)]
    writing, hits, done = Writing(lot, lawyer, make_agreement), 0, []
    for _number in range(4):
        writing.do_open()
    for _turn in range(60):
        done.append(writing.act())
        for person in people:
            asked = lot.choice(("", "", "party=EU", "area=aviation", "on_hold=true", "ball=own", "group=preparing"))
            if "area" in asked and not Area.objects.filter(code="aviation").exists():
                asked = ""
            hits += is_kept(person, asked)
            assert asking(person, asked)[0] == fresh(person, asked), (done, person, asked)
    assert hits > 10


# ---- nobody is told of what he may not see ----
def test_what_is_hidden_is_not_told_by_what_is_asked_of_the_database(
    make_agreement: Make, reader: User, officer: User, lawyer: User
) -> None:
    make_agreement()
    secret = make_agreement(columns={"level": Level.SECRET})
    task = tasks.add(secret, "Ask", due=TODAY(clock.today()), by=lawyer)
    asking(officer)
    day = TODAY(clock.today())
    acts: list[Callable[[], Any]] = [
        lambda: make_agreement(columns={"level": Level.RESTRICTED}),
        lambda: lifecycle.hold(secret, on=day, by=lawyer, reason="x"),
        lambda: lifecycle.release(secret, on=day, by=lawyer),
        lambda: tasks.drop(task, by=lawyer, reason="x"),
        lambda: secret.areas.clear(),
        lambda: registers.edit_each([secret], by=lawyer, level=Level.RESTRICTED),
        lambda: shares.give(secret, user=reader, by=lawyer, reason="x"),
        lambda: Participant.objects.filter(agreement=secret).delete(),
        lambda: lifecycle.void(Entry.objects.of(secret).get(kind="open"), by=lawyer, reason="x"),
        # A version of a procedure that only a hidden agreement follows.
        lambda: ProcedureVersion.objects.create(code="x", version="x", digest="x", text="x"),
    ]
    for number, act in enumerate(acts):
        act()
        assert is_kept(officer), number


def test_who_sees_more_or_less_than_his_level_is_answered_anew(
    make_agreement: Make, officer: User, lawyer: User, areas: dict[str, Area]
) -> None:
    secret = make_agreement(columns={"level": Level.SECRET})
    asking(officer)
    shares.give(secret, user=officer, by=lawyer, reason="x", until=None)
    holder = User.objects.get(pk=officer.pk)
    assert asking(holder)[0]["total"] == 1
    assert not is_kept(holder)
    limited = tokens.issue(lawyer, name="x", by=None, areas=["aviation"])[1]
    for _twice in range(2):
        answer = Client(headers={"authorization": f"Token {limited}"}).get("/api/v1/agreements/counts/")
        assert answer.json()["total"] == 1
    assert len(kept._answers) == 1


def test_a_right_that_is_taken_is_gone_at_once(make_agreement: Make, lawyer: User) -> None:
    make_agreement(columns={"level": Level.SECRET})
    browser = signed_in(lawyer)
    ask = partial(browser.get, "/api/v1/agreements/counts/")
    assert [ask().json()["total"], ask().json()["total"]] == [1, 1]
    User.objects.filter(pk=lawyer.pk).update(access_level=Level.INTERNAL)
    assert ask().json()["total"] == 0
    User.objects.filter(pk=lawyer.pk).update(is_active=False)
    assert ask().status_code in (401, 403)


def test_what_somebody_asks_in_particular_is_kept_for_him_alone(
    make_agreement: Make, reader: User, officer: User
) -> None:
    make_agreement()
    asking(reader)
    asking(reader, "party=EU")
    assert is_kept(officer)
    assert not is_kept(officer, "party=EU")


# ---- bounds ----
def test_another_day_is_another_question(make_agreement: Make, officer: User, settings: Any) -> None:
    make_agreement()
    asking(officer)
    settings.PACTA_TODAY = clock.today() + timedelta(1)
    assert not is_kept(officer)


def test_so_many_answers_are_kept_and_no_more(make_agreement: Make, officer: User, monkeypatch: Any) -> None:
    make_agreement()
    monkeypatch.setattr(kept, "_MOST", 2)
    for asked in ("", "party=EU", "", "kind=agreement"):
        asking(officer, asked)
    assert len(kept._answers) == 2
    assert is_kept(officer)
    assert is_kept(officer, "kind=agreement")


def test_nothing_is_kept_where_a_trigger_is_missing(make_agreement: Make, officer: User) -> None:
    make_agreement()
    asking(officer)
    name = marks.missing(connection) or next(iter(marks.triggers(connection.vendor)))
    do(f"DROP TRIGGER {name}" + " ON agreements_agreement" * (connection.vendor == "postgresql"))
    assert marks.missing(connection) == [name]
    asking(officer)
    assert not is_kept(officer)
    marks.mend_after_migrate(None, using="default")
    assert not is_kept(officer)
    assert is_kept(officer)


def test_marks_are_taken_together_and_never_come_again(make_agreement: Make, officer: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(marks, "_MOST", 0)
    agreement = make_agreement()
    stamps = [marks.stamp(Level.SECRET, using="default")]
    for _turn in range(3):
        Agreement.objects.filter(pk=agreement.pk).update(next_step="x")
        stamps.append(marks.stamp(Level.SECRET, using="default"))
        marks.prune(connection)
        stamps.append(marks.stamp(Level.SECRET, using="default"))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {marks.MARKS}")
        assert cursor.fetchone() == (len(Level),)
    assert len(set(stamps)) == (7 if connection.vendor == "postgresql" else 4)
