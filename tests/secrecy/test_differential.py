"""No byte of an answer depends on what its reader may not see: two worlds, the same questions, the same answers."""

import difflib
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agreements import access
from agreements.choices import Level
from tests import portfolio
from tests.secrecy.asking import Answer, Asker, addresses, links
from tests.secrecy.questions import acts, asked, empty_acts
from tests.secrecy.worlds import HUSHED, Chance, Reader, World, asked_at_once, taken_back

#: So many pairs of worlds are tried in `make soak`.
SEEDS = int(os.environ.get("PACTA_WORLDS", "12"))


@dataclass(frozen=True)
class Trial:
    """How much is tried: random acts that make a world, and how many questions are asked of it."""

    acts: int = 45
    #: So many addresses of patterns are asked, at most.
    addresses: int = 130
    #: Links are followed until so many addresses were asked.
    most: int = 0
    #: Of every pattern a few addresses only, and of every list so many random filters.
    few: bool = True
    filters: int = 1


@dataclass
class Pair:
    """Makes the two worlds one after the other, and asks them the same."""

    chance: Chance
    folder: Path

    def compared(self, seed: int, reader: Reader, trial: Trial) -> tuple[dict[str, Answer], list[str]]:
        """Return the answers in the whole world, and what differs in the one without what the reader may not see."""
        told: dict[str, Answer] = {}
        differing: list[str] = []
        written: list[tuple[str, str, Any]] = []
        # What a process does but once draws by chance, too: it is done before the worlds are made that are compared.
        with taken_back(self.folder):
            World(seed, reader, self.chance, True, trial.acts).make()
        with taken_back(self.folder):
            world = World(seed, reader, self.chance, True, trial.acts)
            world.make()
            assert world.hidden, "nothing is hidden"
            assert len(world.shown) > 1, "nothing is shown"
            asked_at_once(lambda: self._ask(world, told, written, random.Random(f"addresses {seed}"), trial))
        with taken_back(self.folder):
            world = World(seed, reader, self.chance, False, trial.acts)
            world.make()
            asked_at_once(lambda: self._ask_again(world, told, written, differing))
        return told, differing

    def _ask(
        self, world: World, told: dict[str, Answer], written: list[Any], drawn: random.Random, trial: Trial
    ) -> None:
        asker, found = Asker(world, self.chance), list[str]()
        self.chance.begin("addresses")
        every = addresses(world, drawn, few=trial.few)
        every = drawn.sample(every, min(len(every), trial.addresses))
        waiting = [*every, *asked(world, drawn, times=trial.filters)]
        written += acts(world, drawn)
        written += drawn.sample(list(empty_acts(every)), 20) if trial.few else empty_acts(every)
        while waiting or (found and len(told) < trial.most):
            address = waiting.pop(0) if waiting else found.pop(drawn.randrange(len(found)))
            if address not in told and world.reader.asks(address):
                told[address] = asker.get(address)
                found += [link for link in links(address, told[address]) if link not in told]
        for number, (method, address, body) in enumerate(written):
            if world.reader.asks(address):
                told[f"{number} {method} {address} {body}"] = asker.act(method, address, body)

    def _ask_again(self, world: World, told: dict[str, Answer], written: list[Any], differing: list[str]) -> None:
        asker = Asker(world, self.chance)
        for question, first in told.items():
            number = question.partition(" ")[0]
            second = asker.act(*written[int(number)]) if number.isdecimal() else asker.get(question)
            if first.told() != second.told():
                differing.append(f"{question}: {where(first, second)}")
            elif first.questions != second.questions:
                differing.append(f"{question}: {otherwise(first.questions, second.questions)}")


def where(first: Answer, second: Answer) -> str:
    """Say where two answers part."""
    if first.status != second.status:
        return f"{first.status} and {second.status}"
    if first.body != second.body:
        pairs = enumerate(zip(first.body, second.body, strict=False))
        place = next((place for place, (one, other) in pairs if one != other), min(len(first.body), len(second.body)))
        before, one, other = (told[max(0, start) : place + 160] for told, start in (
            (first.body[:place], place - 160), (first.body, place), (second.body, place)
        ))  # fmt: skip
        return f"after {before!r}\n  {one!r}\n  {other!r}"
    names = {name for name in {*first.headers, *second.headers} if first.headers.get(name) != second.headers.get(name)}
    return str({name: (first.headers.get(name), second.headers.get(name)) for name in sorted(names)})


def otherwise(first: Sequence[str], second: Sequence[str]) -> str:
    """Say what the database was asked for one answer and not for the other."""
    counts = f"{len(first)} and {len(second)} questions"
    return "\n  ".join([counts, *difflib.unified_diff(first, second, n=0, lineterm="")])


@pytest.fixture(name="pair")
def two_worlds(db: None, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Pair:
    """The sample portfolio, and chance that is drawn from words."""
    folder = tmp_path / "documents"
    kept = {"BACKEND": "agreements.documents.storage.Folder", "OPTIONS": {"location": folder}}
    built = {"BACKEND": "agreements.documents.storage.Folder", "OPTIONS": {"location": folder / "reports"}}
    settings.STORAGES = settings.STORAGES | {"documents": kept, "reports": built}
    portfolio.load()
    return Pair(Chance(monkeypatch), folder)


def check(told: Mapping[str, Answer], differing: Sequence[str]) -> None:
    """Nothing differs, nothing fails, and nothing that is read has the words that stand in all that is hidden."""
    assert "\n".join(differing) == ""
    assert [question for question, answer in told.items() if answer.status >= 500] == []
    read = {question: answer for question, answer in told.items() if question.startswith("/")}
    assert [address for address, answer in read.items() if _spoken(answer.body, address)] == []


def _spoken(body: bytes, address: str) -> bool:
    """Whether what is hidden is spoken of; what the reader sought himself may be repeated."""
    return HUSHED.encode() in body and HUSHED.lower() not in address.lower()


def test_no_answer_depends_on_what_is_hidden(pair: Pair) -> None:
    check(*pair.compared(1, Reader("officer", Level.INTERNAL, staff=True), Trial()))


def test_no_answer_to_a_program_depends_on_what_is_beyond_its_areas(pair: Pair) -> None:
    areas = frozenset({"transport"})
    check(*pair.compared(2, Reader("treaty_department", Level.INTERNAL, areas=areas), Trial(acts=30, addresses=30)))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 100 + SEEDS))
def test_no_answer_depends_on_what_is_hidden_from_anybody(pair: Pair, seed: int, record_property: Any) -> None:
    drawn = random.Random(seed)
    role, level = drawn.choice(sorted(set(access.ROLES))), drawn.choice(Level.values[:3])
    areas = frozenset({drawn.choice(("transport", "aviation", "mobility"))}) if drawn.random() < 0.2 else None
    reader = Reader(role, level, staff=drawn.random() < 0.5, areas=areas)
    told, differing = pair.compared(seed, reader, Trial(acts=100, addresses=2000, most=1500, few=False, filters=6))
    for name, value in (("reader", str(reader)), ("compared", len(told)), ("differing", len(differing))):
        record_property(name, value)
    check(told, differing)
