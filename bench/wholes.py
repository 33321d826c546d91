"""The works upon the whole register: reports, exports, rows taken over, several writers at once."""

import csv
import io
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bench import register
from bench.pacta import party_names
from bench.stacks import ROOT, Answer, Broken, Stack
from bench.works import Register, Work, transitions

_PAST = "2022-12-28"
_TAKEN = 200
_WRITERS = (1, 8)
_STEPS = 40


def works(known: Register, stacks: Sequence[Stack], wanted: Callable[[str], bool]) -> Iterator[Work]:
    """Yield the works upon all agreements."""
    if wanted("asof"):
        yield Work(
            "where all stood on a past day, CSV",
            lambda stack, _number: stack.ask("GET", stack.whole("as_of", day=_PAST)),
            lambda _stack, answer: sorted(tuple(row) for row in _table(answer)),
            rounds=0.3,
        )
    if wanted("numbers"):
        yield Work(
            "numbers: by stage, area, unit; stuck",
            lambda stack, _number: stack.ask("GET", stack.whole("numbers", day=register.TODAY.isoformat())),
            _numbers,
            rounds=0.5,
        )
    if wanted("export"):
        yield Work(
            "export of all rows, CSV",
            lambda stack, _number: stack.ask("GET", stack.whole("export")),
            lambda _stack, answer: sorted((row[0], row[4], row[5]) for row in _table(answer)),
            rounds=0.2,
        )
    if wanted("workbook"):
        yield Work(
            "export of all rows, XLSX",
            lambda stack, _number: stack.drain(stack.whole("workbook")),
            lambda _stack, answer: answer.status,
            rounds=0.2,
        )
    if wanted("import"):
        numbers = iter(range(known.count, known.count + 10**7, _TAKEN))
        given: dict[int, list[register.Case]] = {}

        def take(stack: Stack, number: int) -> Answer:
            if number not in given:
                first = next(numbers)
                given[number] = list(register.some(range(first, first + _TAKEN), known.count, known.parties))
            return stack.ask("POST", *_taking(stack, given[number]))

        yield Work(
            f"{_TAKEN} rows taken over, each", take, lambda _stack, answer: answer.data["done"], _TAKEN, rounds=0.3
        )


def _table(answer: Answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.removeprefix("\ufeff"))))[1:]


def _numbers(stack: Stack, answer: Answer) -> list[dict[str, int]]:
    """Return how many there are by stage, kind, area and unit; what is overdue and stuck each stack says in its way."""
    data = answer.data
    names = {"pacta": ("area", "lead_unit"), "peer": ("areas__code", "lead_unit__code"), "floor": ("area", "unit")}
    return [data["stage"], data["kind"], *(data[name] for name in names[stack.name])]


def _taking(stack: Stack, cases: Sequence[register.Case]) -> tuple[str, dict[str, Any]]:
    """Return the address and the body by which agreements are taken over as they stand."""
    items, parties = [], [party.code for party in party_names()]
    for case in cases:
        codes = [parties[place] for place in case.participants]
        item: dict[str, Any] = {
            "kind": case.kind,
            "procedure": case.procedure,
            "stage": case.stage,
            "level": case.level,
            "areas": [register.AREAS[place] for place in case.areas],
            "lead_unit": f"unit-{case.unit}",
            "participants": [{"party": code, "role": "party"} for code in codes],
        }
        if stack.name == "pacta":
            item |= {"title": {"en": case.title_en, "ru": case.title_ru}, "on": case.since.isoformat()}
        else:
            item |= {"reference": case.reference, "title_en": case.title_en, "title_ru": case.title_ru}
            item |= {"since_earliest": case.since.isoformat(), "since_latest": case.since.isoformat()}
        items.append(item)
    return stack.bulk, {"items": items, **({"mode": "all-or-none"} if stack.name == "pacta" else {})}


# ---- several writers ----
def writers(known: Register, stacks: Mapping[str, Stack], rounds: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield how many steps a second so many processes take, each upon agreements of its own."""
    day = register.TODAY.isoformat()
    references = known.by_stage["in_force"][::-1]  # the first ones have been moved by other works
    for number in _WRITERS:
        if number * _STEPS > len(references) // 3:
            continue
        teams = {name: [stack.another() for _writer in range(number)] for name, stack in stacks.items()}
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in stacks}
        try:
            for turn in range(2 * (rounds // 2 + 1)):  # so many that all are in force again
                for name, team in teams.items():
                    begun = time.perf_counter()
                    for place, writer in enumerate(team):
                        own = references[place * _STEPS : (place + 1) * _STEPS]
                        asked = [writer.step(reference, transitions(turn), day) for reference in own]
                        writer.begin("many", requests=asked, apart=True)
                    answers = [writer.end() for writer in team]
                    wall = time.perf_counter() - begun
                    if max(answer["status"] for answer in answers) >= 300:
                        raise Broken(f"{name}: a step was refused")
                    if turn:
                        cpu = sum(answer["own"] for answer in answers) / 1000
                        taken[name].append((number * _STEPS / wall, number * _STEPS / cpu))
        finally:
            for team in teams.values():
                for writer in team:
                    writer.stop()
        yield f"steps a second, {number} writer{'s' * (number > 1)}", taken


# ---- starting ----
def starting(stacks: Sequence[Stack], rounds: int) -> dict[str, dict[str, float]]:
    """Return the seconds of processor time that `manage.py check` takes, and the memory of a web process in MB."""
    found: dict[str, dict[str, float]] = {}
    for stack in stacks:
        if stack.name == "floor":
            continue
        seconds = []
        for _round in range(rounds):
            code = f"import bench.serving as s; s.checked({stack.name!r}, {stack.url!r})"
            told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
            seconds.append(float(told.stdout.split()[-1]))
        fresh = stack.another()
        for _page in range(20):
            fresh.ask("GET", fresh.page(stage="in_force"))
        found[stack.name] = {"check": sorted(seconds)[rounds // 2], "memory": fresh.tell("memory")["resident"]}
        fresh.stop()
    return found


def grown(stacks: Sequence[Stack], name: str) -> dict[str, float]:
    """Return by how many MB a fresh process of each stack grows that makes something of the whole register."""
    told: dict[str, float] = {}
    for stack in stacks:
        fresh = stack.another()
        fresh.ask("GET", fresh.page(stage="in_force"))
        told[stack.name] = fresh.drain(fresh.whole(name)).grown
        fresh.stop()
    return told
