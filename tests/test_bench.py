"""The benchmark: its register is what it says, and Pacta takes it for its own."""

import json
from collections import Counter
from itertools import pairwise

import pytest
from django.db import connection

from agreements import journal
from agreements.choices import EDGES, Stage, Transition
from agreements.history import histories
from agreements.models import Agreement, Document, Entry, Participant, Task, User
from agreements.tasks import proof
from agreements.walk import check
from bench import pacta, register
from bench.__main__ import measure
from bench.floor import stack as floor
from bench.serving import Client, Meter
from bench.stacks import stacks
from bench.works import Work


def test_the_register_is_the_same_each_time_and_within_its_bounds():
    cases = list(register.cases(300, 200))

    assert cases == list(register.cases(300, 200))
    assert len({case.reference for case in cases}) == len({case.changed_at for case in cases}) == 300
    assert {len(case.steps) for case in cases} == {5, 6, 7, 8, 9, 10}
    assert {len(case.participants) for case in cases} >= {2, 3, 6, 29}
    assert all(len(set(case.participants)) == len(case.participants) <= 30 for case in cases)
    assert all(case.opened <= case.steps[0].on and case.since <= register.TODAY for case in cases)
    assert Counter(case.stage for case in cases).most_common(1)[0][0] == "in_force"


def test_lives_are_walks_of_the_machine():
    for case in register.cases(300, 200):
        stage = "proposed"
        for step in case.steps:
            edge = EDGES[Transition(step.transition)]
            assert step.source == stage
            assert Stage(stage) in edge.sources
            assert edge.target == step.target
            stage = step.target


def test_a_rare_word_stands_in_a_few_titles():
    titles = [case.title_en for case in register.cases(300, 200)]
    counts = [sum(register.rare_word(number) in title.split() for title in titles) for number in range(100)]

    assert sum(counts) == 300
    assert max(counts) < 12


@pytest.mark.django_db
def test_pacta_takes_the_register_for_its_own():
    pacta.fill(40, 30)
    cases = list(register.cases(40, 30))

    assert list(journal.verify()) == list(journal.differing()) == list(proof.differing()) == []
    assert Agreement.objects.count() == Document.objects.count() == 40
    assert Participant.objects.count() == sum(len(case.participants) for case in cases)
    assert Task.objects.count() == sum(len(case.tasks) for case in cases)
    assert Entry.objects.filter(kind="step").count() == sum(len(case.steps) for case in cases)
    told = histories([agreement.pk for agreement in Agreement.objects.all()])
    assert all(check(history.line) == [] for history in told.values())


@pytest.mark.django_db
def test_the_floor_gives_the_same_rows_in_about_the_same_bytes(tmp_path, monkeypatch, client):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'floor.sqlite3'}")
    monkeypatch.setattr(floor, "_database", None)
    bare = Client(floor.application(), floor.load(40, 30))
    pacta.fill(40, 30)
    client.force_login(User.objects.create_user("reader", access_level="secret"))

    for theirs, ours in (
        ("/agreements/?stage=in_force", "/api/v1/agreements/?stage=in_force"),
        ("/agreements/BEN-0000007/", "/api/v1/agreements/BEN-0000007/?expand=journal"),
    ):
        (status, content), answer = bare.ask("GET", theirs), client.get(ours)
        told, known = json.loads(content), answer.json()
        if "results" in told:
            assert [set(row) for row in told["results"]] == [set(row) for row in known["results"]]
            assert [row["reference"] for row in told["results"]] == [row["reference"] for row in known["results"]]
            told, known = told["results"][0], known["results"][0]
        assert status == answer.status_code == 200
        same = ("title", "stage", "stage_label", "group", "since", "areas", "participants", "relations", "ball", "text")
        assert {name: told[name] for name in same} == {name: known[name] for name in same}
        assert abs(len(content) / len(answer.content) - 1) < 0.15


def test_the_floor_chains_its_steps(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'floor.sqlite3'}")
    monkeypatch.setattr(floor, "_database", None)
    bare = Client(floor.application(), floor.load(40, 30))
    (reference,) = [case.reference for case in register.cases(40, 30) if case.stage == "in_force"][:1]

    told = [
        bare.ask(
            "POST", f"/agreements/{reference}/transitions/", {"transition": name, "evidence": "", "on": "2024-12-28"}
        )
        for name in ("suspend", "resume")
    ]

    assert [json.loads(content)["to_stage"] for _status, content in told] == ["suspended", "in_force"]
    rows = floor.database().rows("SELECT previous, digest FROM entry ORDER BY agreement_id, sequence")
    assert sum(before[1] == after[0] for before, after in pairwise(rows)) == len(rows) - 40


def test_the_meter_tells_processor_time_from_waiting():
    wall, cpu, given = Meter().take(lambda: sum(range(300_000)))

    assert given == sum(range(300_000))
    assert 0 < cpu <= wall * 1.5
    assert connection.vendor in ("sqlite", "postgresql")


def test_a_turn_asks_for_several_acts_in_a_row(tmp_path):
    known = register.cases(12, 200)
    references = [case.reference for case in known]

    def ask(stack, number):
        asked.append(number)
        return stack.ask("GET", stack.detail(references[number % len(references)]))

    asked = list[int]()
    with stacks(tmp_path, "", ["floor"], 12) as running:
        found = measure(Work("detail", ask, lambda _stack, answer: answer.data["reference"]), running, 2, 3)

    assert asked == list(range(15)), "three turns to warm up, and two that count"
    assert found["differ"] == 0
    assert found["run"] == 3
    assert 0 < found["floor"]["least"] <= found["floor"]["cpu"]
