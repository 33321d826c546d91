"""The register that is measured: agreements with their lives, the same for every stack, whatever their number.

Every agreement has moved five to ten steps along its procedure, between two and thirty participants, with a document
and a few tasks. A number makes the same agreement each time: nothing is kept between stacks but the code of this file.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

#: The day on which the register is looked at.
TODAY = date(2024, 12, 28)
#: The last change of the oldest agreement; of each later one a moment of its own.
_FIRST_CHANGE = datetime(2024, 1, 1, tzinfo=UTC)
UNITS, OFFICERS = 30, 60
AREAS = ("aviation", "customs", "energy", "trade", "transport", "visas", "water", "culture", "science", "justice")
_SEED = 20241228
_LONGEST_GAP = 500
_SYLLABLES = ("ba", "co", "di", "fe", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "ze")
_CYRILLIC = dict(zip(_SYLLABLES, ("ба", "ко", "ди", "фе", "гу", "ха", "же", "ки", "ло", "му", "на", "пе", "ри", "со",
                                  "ту", "ва", "зе"), strict=True))  # fmt: skip

#: The edges of two procedures that ship with Pacta, without those that need a successor or a last day.
_EDGES: dict[str, dict[str, tuple[tuple[str, str, int], ...]]] = {
    "ratified": {
        "proposed": (("authorise", "mandated", 1),),
        "mandated": (("open_negotiations", "negotiating", 1),),
        "negotiating": (("initial", "initialled", 1),),
        "initialled": (("prepare_signing", "signing", 8), ("reopen", "negotiating", 2)),
        "signing": (("sign", "signed", 9), ("reopen", "negotiating", 1)),
        "signed": (("submit_for_ratification", "ratifying", 1),),
        "ratifying": (("enter_into_force", "in_force", 1),),
        "in_force": (("suspend", "suspended", 1),),
        "suspended": (("resume", "in_force", 1),),
    },
    "simplified": {
        "proposed": (("open_negotiations", "negotiating", 1),),
        "negotiating": (("prepare_signing", "signing", 1),),
        "signing": (("sign", "signed", 8), ("reopen", "negotiating", 2)),
        "signed": (("enter_into_force", "in_force", 1),),
        "in_force": (("suspend", "suspended", 1),),
        "suspended": (("resume", "in_force", 1),),
    },
}
#: By which step, if any, a life ends that came so far.
_ENDS = {"in_force": ("terminate", "terminated"), "negotiating": ("withdraw", "withdrawn")}


class Step(NamedTuple):
    """One step of a life."""

    transition: str
    source: str
    target: str
    on: date
    text: int


class Task(NamedTuple):
    """Something to do."""

    title: str
    due: date
    done: bool
    unit: int


@dataclass(frozen=True, slots=True)
class Case:
    """An agreement with all that belongs to it; parties, units, officers and areas by their places."""

    number: int
    title_en: str
    title_ru: str
    kind: str
    procedure: str
    opened: date
    steps: Sequence[Step]
    changed_at: datetime
    participants: Sequence[int]
    areas: Sequence[int]
    unit: int
    officer: int
    level: str
    valid_from: date | None
    valid_until: date | None
    tasks: Sequence[Task]
    follows: int | None

    @property
    def reference(self) -> str:
        """The reference: BEN- and the number."""
        return reference(self.number)

    @property
    def stage(self) -> str:
        """The stage that the steps lead to."""
        return self.steps[-1].target

    @property
    def since(self) -> date:
        """The day of the last step."""
        return self.steps[-1].on

    @property
    def text(self) -> int:
        """The number of the text that is talked about."""
        return self.steps[-1].text


def reference(number: int) -> str:
    """Return the reference of an agreement."""
    return f"BEN-{number:07}"


def rare_word(number: int) -> str:
    """Return a word that stands in some three titles; of a number below a third of the number of agreements."""
    return "qu" + _spelt(number, 4)


def cases(count: int, parties: int) -> Iterator[Case]:
    """Yield so many agreements between so many parties, of which the first is the own side, one after the other."""
    order = list(range(count))
    random.Random(_SEED).shuffle(order)
    for number in range(count):
        yield _case(number, count, order[number], parties)


def some(numbers: Iterable[int], count: int, parties: int) -> Iterator[Case]:
    """Yield agreements beyond a register of so many, to be taken over."""
    return (_case(number, count, number % count, parties) for number in numbers)


def _case(number: int, count: int, place: int, parties: int) -> Case:
    chance = random.Random(_SEED + number)
    procedure = "ratified" if chance.random() < 0.6 else "simplified"
    steps = _life(procedure, chance)
    rare = chance.randrange(max(1, count // 3))
    common = sorted(chance.sample(range(400), 3))
    begun = steps[-1].on if steps[-1].target in ("in_force", "suspended") else None
    return Case(
        number=number,
        title_en=f"Agreement on {' '.join(_spelt(word, 3) for word in common)} and {rare_word(rare)} matters",
        title_ru=f"Соглашение о {' '.join(_cyrillic(word, 3) for word in common)} и {_cyrillic(rare, 4)} вопросах",
        kind=chance.choice(("agreement", "treaty", "protocol")),
        procedure=procedure,
        opened=steps[0].on - timedelta(days=chance.randrange(10, 300)),
        steps=steps,
        changed_at=_FIRST_CHANGE + timedelta(microseconds=place * (300 * 86_400 * 1_000_000 // count)),
        participants=_participants(chance, parties),
        areas=sorted(chance.sample(range(len(AREAS)), 1 if chance.random() < 0.7 else 2)),
        unit=chance.randrange(UNITS),
        officer=chance.randrange(OFFICERS),
        level=chance.choices(("public", "internal", "restricted"), (2, 7, 1))[0],
        valid_from=begun,
        valid_until=begun + timedelta(days=3650 + chance.randrange(3650)) if begun and number % 3 == 0 else None,
        tasks=_tasks(chance),
        follows=chance.randrange(number) if number and number % 20 == 0 else None,
    )


def _life(procedure: str, chance: random.Random) -> list[Step]:
    length, edges = chance.randrange(5, 11), _EDGES[procedure]
    stage, text, walked = "proposed", 1, list[tuple[str, str, str, int]]()
    while len(walked) < length:
        transition, target, _weight = chance.choices(edges[stage], [edge[2] for edge in edges[stage]])[0]
        if len(walked) == length - 1 and stage in _ENDS and chance.random() < 0.3:
            transition, target = _ENDS[stage]
        text += transition == "reopen"
        walked.append((transition, stage, target, text))
        stage = target
    if stage == "suspended" and length < 10:
        walked.append(("resume", "suspended", "in_force", text))
    ages = [chance.randrange(2, 400)]
    for _step in walked[1:]:
        ages.append(ages[-1] + chance.randrange(5, _LONGEST_GAP))
    days = [TODAY - timedelta(days=age) for age in reversed(ages)]
    return [Step(*step[:3], day, step[3]) for step, day in zip(walked, days, strict=True)]


def _participants(chance: random.Random, parties: int) -> list[int]:
    """Return two for most, up to thirty for a few; the own side is always the first."""
    number = chance.choices((2, chance.randrange(3, 7), chance.randrange(7, 31)), (60, 25, 15))[0]
    return [0, *sorted(chance.sample(range(1, parties), number - 1))]


def _tasks(chance: random.Random) -> list[Task]:
    return [
        Task(f"Prepare paper {number + 1}", TODAY + timedelta(days=chance.randrange(-200, 400)), chance.random() < 0.4,
             chance.randrange(UNITS))
        for number in range(chance.randrange(1, 4))
    ]  # fmt: skip


def _parts(number: int, length: int) -> list[str]:
    found = []
    for _place in range(length):
        number, rest = divmod(number, len(_SYLLABLES))
        found.append(_SYLLABLES[rest])
    return found + ([_SYLLABLES[number % len(_SYLLABLES)]] if number else [])


def _spelt(number: int, length: int) -> str:
    return "".join(_parts(number, length))


def _cyrillic(number: int, length: int) -> str:
    return "".join(_CYRILLIC[part] for part in _parts(number, length))
