"""Measures Pacta beside a usual stack and beside a floor: `make bench`, or `python -m bench`.

The same register is put into all three. Rounds are interleaved, so that what else the machine does hits all alike, and
medians are compared, never single runs. Of every answer the references are compared: who is fast because it answers
something else is told so. Wall time and processor time (of the process, and of PostgreSQL) are both kept.
"""

import argparse
import json
import os
import platform
import random
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from statistics import mean, median, quantiles
from typing import Any

from bench import wholes, works
from bench.stacks import NAMES, ROOT, Answer, Stack, stacks
from bench.works import Register, Work

_WARM = 3
_FEWEST = 5


def main() -> int:
    """Measure and print; return 1 where answers differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agreements", type=int, default=10_000, help="how many there are")
    parser.add_argument("--rounds", type=int, default=25, help="how often each work is done by each stack")
    parser.add_argument("--run", type=int, default=1, help="how often in a turn: once is cold, ten is a busy server")
    parser.add_argument("--works", default="", help="the works, by the beginnings of their names, with commas")
    parser.add_argument("--stacks", default=",".join(NAMES), help="the stacks, with commas")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench", help="where results are kept")
    options = parser.parse_args()
    options.folder = options.folder.resolve()
    options.folder.mkdir(parents=True, exist_ok=True)
    url = os.environ.get("DATABASE_URL", "")
    vendor = "PostgreSQL" if url.startswith("postgres") else "SQLite"
    chosen = [name for name in options.works.split(",") if name]
    begun, address = time.perf_counter(), url if vendor == "PostgreSQL" else ""
    with stacks(options.folder, address, options.stacks.split(","), options.agreements) as running:
        _say(f"{vendor}, {options.agreements} agreements, at hand in {time.perf_counter() - begun:.0f} s")
        _say(f"{'ms of processor time (wall)':42}" + "".join(f"{name:>20}" for name in running) + _HEADS)
        known, found = Register(options.agreements), dict[str, dict[str, Any]]()
        some = list(running.values())

        def wanted(name: str) -> bool:
            return not chosen or any(name.startswith(one) for one in chosen)

        if wanted("memory"):
            for name in ("export", "workbook"):
                grown = wholes.grown(some, name)
                found[f"memory of {name}"] = {"differ": 0, **grown}
                _say(f"{f'MB more for {name}':42}" + "".join(f"{grown[stack.name]:>20.0f}" for stack in some))
        if wanted("check"):
            told = wholes.starting(some, _FEWEST)
            found["starting"] = {"differ": 0, **told}
            for key, words in (("check", "manage.py check, s of processor time"), ("memory", "a web process, MB")):
                _say(f"{words:42}" + "".join(f"{one[key]:>20.2f}" for one in told.values()))
        for work in chain(works.api(known, some, wanted), wholes.works(known, some, wanted)):
            run = options.run if work.is_short else 1
            rounds = min(work.most // run - _WARM, max(_FEWEST, int(options.rounds * work.rounds)))
            found[work.name] = measure(work, running, rounds, run)
            _say(line(work.name, found[work.name]))
        if wanted("writers"):
            for name, taken in wholes.writers(known, running, max(_FEWEST, options.rounds // 3)):
                found[name] = {"differ": 0} | {
                    stack: {"wall": median(wall for wall, _cpu in rates), "cpu": median(cpu for _wall, cpu in rates)}
                    for stack, rates in taken.items()
                }
                _say(rates_line(name, found[name]))
    result = {
        "database": vendor,
        "agreements": options.agreements,
        "rounds": options.rounds,
        "run": options.run,
        "python": platform.python_version(),
        "works": found,
    }
    runs = f"-run{options.run}" if options.run > 1 else ""
    (options.folder / f"{vendor.lower()}-{options.agreements}{runs}.json").write_text(json.dumps(result, indent=1))
    return int(any(work["differ"] for work in found.values()))


_HEADS = f"{'peer/pacta':>16}{'pacta/floor':>16}{'p95/median':>11}"


def measure(work: Work, running: Mapping[str, Stack], rounds: int, run: int = 1) -> dict[str, Any]:
    """Do a work in turns by each stack, so many times in a row; return what it took, with what was told differently.

    What is kept of a turn is what each of its acts took on the average. A turn of one act finds the processor's caches
    filled by the other stacks; in a longer one a stack follows upon itself, as on a server that has no other work.
    """
    taken: dict[str, list[list[Answer]]] = defaultdict(list)
    chance, differ = random.Random(rounds), 0
    for number in range(rounds + _WARM):
        order, told = list(running.values()), []
        chance.shuffle(order)
        for stack in order:
            stack.tell("collect")
            answers = [work.ask(stack, number * run + place) for place in range(run)]
            told.append([work.told(stack, answer) for answer in answers])
            if number >= _WARM:
                taken[stack.name].append(answers)
        differ += any(one != told[0] for one in told)
    return {"differ": differ, "rounds": rounds, "run": run} | {
        name: _summary(turns, work.each) for name, turns in taken.items()
    }


def _summary(turns: Sequence[Sequence[Answer]], each: int) -> dict[str, float]:
    walls, cpus = ([[getattr(one, name) / each for one in answers] for answers in turns] for name in ("wall", "cpu"))
    return {
        "wall": median(map(mean, walls)),
        "cpu": median(map(mean, cpus)),
        "least": min(map(mean, cpus)),
        "wall_p95": quantiles(chain(*walls), n=20)[-1],
        "cpu_p95": quantiles(chain(*cpus), n=20)[-1],
        "bytes": median(answer.size for answer in chain(*turns)),
    }


def line(name: str, found: Mapping[str, Any]) -> str:
    """Return a line of the table."""
    stacks = [found[stack] for stack in NAMES if stack in found]
    text = f"{name[:42]:42}" + "".join(_both(one["cpu"], one["wall"], 2).rjust(20) for one in stacks)
    if "pacta" in found:
        pacta = found["pacta"]
        for other in ("peer", "floor"):
            if other in found:
                pairs = [(found[other][key], pacta[key]) for key in ("cpu", "wall")]
                cpu, wall = (theirs / ours if other == "peer" else ours / theirs for theirs, ours in pairs)
                text += _both(cpu, wall, 1).rjust(16)
        text += f"{pacta['cpu_p95'] / pacta['cpu']:>11.1f}"
    return text + (f"  DIFFERENT ANSWERS in {found['differ']} of the rounds" if found["differ"] else "")


def rates_line(name: str, found: Mapping[str, Any]) -> str:
    """Return a line of rates: of how many a second were done, and of how many in a second of processor time."""
    stacks = [stack for stack in NAMES if stack in found]
    text = f"{name:42}" + "".join(_both(found[one]["cpu"], found[one]["wall"], 0).rjust(20) for one in stacks)
    for above, below in (("pacta", "peer"), ("floor", "pacta")):
        if above in found and below in found:
            cpu, wall = (found[above][key] / found[below][key] for key in ("cpu", "wall"))
            text += _both(cpu, wall, 1).rjust(16)
    return text


def _both(cpu: float, wall: float, places: int) -> str:
    return f"{cpu:.{places}f} ({wall:.{places}f})"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
