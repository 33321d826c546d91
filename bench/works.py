"""The works: what is asked of each stack, and what its answers must have in common."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from bench import register
from bench.stacks import Answer, Broken, Stack

_SCANNED = 20_000
_BULK = 100
_FEWEST = 10


@dataclass
class Register:
    """What the driver knows of the register: enough agreements of each kind to work upon."""

    count: int
    parties: int = 200
    by_stage: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for case in islice(register.cases(self.count, self.parties), min(self.count, _SCANNED)):
            self.by_stage.setdefault(case.stage, []).append(case.reference)
            self.by_stage.setdefault(f"{case.procedure} {case.stage}", []).append(case.reference)


#: Asks a stack for a round of a work, and returns what it took.
Round = Callable[[Stack, int], Answer]


@dataclass(frozen=True)
class Work:
    """A work: how a round is asked for, and what is compared of the answers; `each` is how many acts a round has."""

    name: str
    ask: Round
    told: Callable[[Stack, Answer], Any]
    each: int = 1
    rounds: float = 1.0
    #: How often it can be done.
    most: int = 10_000

    @property
    def is_short(self) -> bool:
        """Whether one request is one act, that may be asked for several times in a turn."""
        return self.each == 1 and self.rounds >= 1


def references(_stack: Stack, answer: Answer) -> list[str]:
    """Return the references of a page, in order."""
    return [row["reference"] for row in answer.data["results"]]


def _history(stack: Stack, answer: Answer) -> tuple[str, list[str]]:
    data = answer.data
    entries = data["log"] if stack.name == "peer" else data["expanded"]["journal"]["results"]
    return data["reference"], [entry["transition"] for entry in entries if entry["transition"]]


def _moved(_stack: Stack, answer: Answer) -> str:
    data = answer.data
    return str(data.get("to_stage") or data["state"])


def api(known: Register, stacks: Sequence[Stack], wanted: Callable[[str], bool]) -> Iterator[Work]:
    """Yield the works of the API."""
    stage = {"stage": "in_force"}

    def paging(offset: int | None) -> Round:
        addresses = {stack.name: stack.page(**stage) if offset is None else stack.page_at(offset, **stage)
                     for stack in stacks}  # fmt: skip
        return lambda stack, _number: stack.ask("GET", addresses[stack.name])

    if wanted("list"):
        yield Work("list page of 50, filtered and ordered", paging(None), references)
    if wanted("deep") or wanted("last"):
        total = _total(stacks, stage)
        if wanted("deep"):
            yield Work("deep page (at nine tenths)", paging(total * 9 // 10 // 50 * 50), references)
        if wanted("last"):
            yield Work("last page", paging((total - 1) // 50 * 50), references)
    if wanted("detail"):
        some = [reference for rows in known.by_stage.values() for reference in rows[:20]]
        yield Work(
            "detail with history",
            lambda stack, number: stack.ask("GET", stack.detail(some[number % len(some)])),
            _history,
        )
    day = register.TODAY.isoformat()
    in_force, used = known.by_stage["in_force"], 0
    if wanted("step"):
        used = len(in_force) // 2
        steps = in_force[:used]
        yield Work(
            "a step over HTTP",
            lambda stack, number: stack.ask(*stack.step(steps[number % used], transitions(number // used), day)),
            _moved,
            rounds=2,
        )
    talks = known.by_stage.get("simplified negotiating", [])
    if wanted("tasks") and len(talks) > _FEWEST:
        yield Work(
            "a step that gives tasks",
            lambda stack, number: stack.ask(*stack.step(talks[number % len(talks)], "prepare_signing", day)),
            _moved,
            most=len(talks),
        )
    if wanted("bulk"):
        rest = in_force[used:]
        many = min(_BULK, len(rest))

        def bulk(stack: Stack, number: int) -> Answer:
            answer = Answer(**stack.tell("many", requests=stack.steps(rest[:many], transitions(number), day)))
            if answer.status >= 300:
                raise Broken(f"{stack.name}: many steps answered {answer.status}")
            return answer

        yield Work(f"{many} steps in one call, each", bulk, lambda _stack, answer: answer.status < 300, many, 0.5)
    if wanted("search"):
        words = [register.rare_word(number) for number in range(0, known.count // 3, max(1, known.count // 90))]
        yield Work(
            "search in titles, rare words",
            lambda stack, number: stack.ask("GET", stack.page(text=words[number % len(words)])),
            references,
        )


def transitions(number: int) -> str:
    """Return the step of a round: what one suspends the next one resumes."""
    return "resume" if number % 2 else "suspend"


def _total(stacks: Sequence[Stack], stage: dict[str, str]) -> int:
    for stack in stacks:
        if stack.name in ("peer", "pacta"):
            asked = stage if stack.name == "peer" else {**stage, "count": "true", "page_size": "1"}
            return int(stack.ask("GET", stack.page(**asked)).data["count"])
    raise Broken("the floor alone does not say how many rows there are")
