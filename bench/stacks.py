"""The stacks as the driver sees them: a process each, its database, and the addresses under which it answers."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.loading import connect

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("pacta", "peer", "floor")
_API = {"pacta": "/api/v1/agreements/", "peer": "/agreements/", "floor": "/agreements/"}


_EXPORTED = (
    "reference,title.en,title.ru,kind,stage,since.iso,areas,participants.party,lead_unit,officer,level,valid_from,"
    "valid_until,changed_at"
)


@dataclass(frozen=True)
class Answer:
    """What a stack answered, and what it took, in milliseconds."""

    wall: float
    cpu: float
    status: int
    size: int
    content: str = ""
    #: By how many MB the process grew beyond the most it had held, where that was asked.
    grown: float = 0

    @property
    def data(self) -> Any:
        """What the JSON says."""
        return json.loads(self.content)


class Broken(RuntimeError):
    """A stack did not answer as it should."""


class Stack:
    """One stack in a process of its own."""

    def __init__(self, name: str, url: str, postmaster: int, token: str = "") -> None:
        self.name, self.url, self.postmaster, self.token = name, url, postmaster, token
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.serving", name, url, str(postmaster), token],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if not os.environ.get("BENCH_LOUD") else None,
            text=True,
            cwd=ROOT,
        )

    def another(self) -> "Stack":
        """Return another process of the same stack, on the same data."""
        return Stack(self.name, self.url, self.postmaster, self.token)

    def begin(self, do: str, **asked: Any) -> None:
        """Tell it to do something; `end` waits for what becomes of it."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"do": do, **asked}) + "\n")
        self.process.stdin.flush()

    def end(self) -> dict[str, Any]:
        """Return what it says. Raises Broken."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise Broken(f"{self.name} ended: set BENCH_LOUD=1 to see why")
        said: dict[str, Any] = json.loads(line)
        return said

    def tell(self, do: str, **asked: Any) -> dict[str, Any]:
        """Tell it to do something and return what it says. Raises Broken."""
        self.begin(do, **asked)
        return self.end()

    def ask(self, method: str, address: str, body: Any = None, *, keep: bool = True) -> Answer:
        """Return an answer. Raises Broken where it is no success."""
        answer = Answer(**self.tell("ask", method=method, address=address, body=body, keep=keep))
        if answer.status >= 300:
            raise Broken(f"{self.name}: {method} {address} answered {answer.status}: {answer.content[:500]}")
        return answer

    def drain(self, address: str) -> Answer:
        """Ask for something of which nothing is kept. Raises Broken where it is no success."""
        answer = Answer(**self.tell("drain", address=address))
        if answer.status >= 300:
            raise Broken(f"{self.name}: {address} answered {answer.status}")
        return answer

    def stop(self) -> None:
        """End the process."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(30)

    # ---- addresses ----
    def page(self, **asked: str) -> str:
        """Return the address of the list, latest change first."""
        known = {"floor": {"text": "text"}, "peer": {"text": "search"}}.get(self.name, {})
        query = {known.get(name, name): value for name, value in asked.items()}
        if self.name == "peer":
            query["ordering"] = "-changed_at"
        return _API[self.name] + (f"?{urlencode(query)}" if query else "")

    def detail(self, reference: str) -> str:
        """Return the address of an agreement with its history."""
        return f"{_API[self.name]}{reference}/" + ("?expand=journal" if self.name == "pacta" else "")

    def step(self, reference: str, transition: str, day: str) -> tuple[str, str, dict[str, Any]]:
        """Return how to ask for a step."""
        body = {"transition": transition, "evidence": "Note No. 1", "on": day}
        if self.name == "peer":
            body = {"transition": transition, "description": "Note No. 1", "on": day}
        return "POST", f"{_API[self.name]}{reference}/transitions/", body

    def steps(self, references: Sequence[str], transition: str, day: str) -> list[tuple[str, str, dict[str, Any]]]:
        """Return how to ask for steps of many: by one call, or, in the usual stack, one by one."""
        asked = [self.step(reference, transition, day) for reference in references]
        if self.name == "peer":
            return asked
        items = [{"agreement": reference, **one[2]} for reference, one in zip(references, asked, strict=True)]
        return [("POST", f"{_API[self.name]}transitions/", {"mode": "all-or-none", "items": items})]

    @property
    def bulk(self) -> str:
        """The address at which agreements are taken over."""
        return f"{_API[self.name]}bulk/"

    def whole(self, name: str, **asked: str) -> str:
        """Return the address of something that is made of the whole register."""
        if self.name != "pacta":
            return f"{_API[self.name]}{name}/" + (f"?{urlencode(asked)}" if asked else "")
        query = {
            "as_of": {"as_of": asked.get("day", ""), "format": "csv", "fields": "reference,stage,since.iso"},
            "numbers": {},
            "export": {"format": "csv", "fields": _EXPORTED},
            "workbook": {"format": "xlsx", "fields": _EXPORTED},
        }
        below = "counts/" if name == "numbers" else ""
        return f"{_API['pacta']}{below}?{urlencode(query[name])}"

    def page_at(self, offset: int, **asked: str) -> str:
        """Return the address of a page of fifty of the list; by its number, or by walking there, page by page."""
        if self.name == "peer":
            return self.page(**asked, page=str(offset // 50 + 1))
        address, left = self.page(**asked, page_size="200"), offset
        while left:
            size = "200" if left >= 200 else "50"
            address = _with(address, page_size=size)
            following = self.ask("GET", address).data["next"]
            if self.name == "floor":
                following = _with(self.page(**asked), after=following)
            address, left = following, left - int(size)
        return _with(address.removeprefix("http://127.0.0.1"), page_size="50")


def _with(address: str, **parameters: str) -> str:
    from urllib.parse import parse_qsl, urlsplit

    parts = urlsplit(address)
    return f"{parts.path}?{urlencode(dict(parse_qsl(parts.query)) | parameters)}"


@contextmanager
def stacks(folder: Path, url: str, names: Sequence[str], count: int) -> Iterator[dict[str, Stack]]:
    """Start the stacks, each on a copy of its loaded database: files in a folder, or databases of a PostgreSQL.

    What was loaded is kept for the next time, as long as it is of the same number of agreements.
    """
    made: dict[str, Stack] = {}
    places = {name: _Place(folder, url, name, count) for name in names}
    try:
        for name, place in places.items():
            if not place.is_loaded():
                made[name] = Stack(name, place.loaded, 0)
                made[name].begin("load", count=count)
        for name in list(made):
            places[name].keep(made[name].end()["token"])
            made.pop(name).stop()
        for name, place in places.items():
            place.copy()
            made[name] = Stack(name, place.working, place.postmaster, place.token)
        yield made
    finally:
        for stack in made.values():
            stack.stop()


class _Place:
    """Where the data of a stack are: as they were loaded, and the copy that is worked upon."""

    def __init__(self, folder: Path, url: str, name: str, count: int) -> None:
        self.url, self.name, self.count = url, name, count
        self.vendor = "postgresql" if url else "sqlite"
        kept = folder / "loaded"
        kept.mkdir(parents=True, exist_ok=True)
        self.secret = kept / f"{self.vendor}-{count}-{name}.token"
        self.files = kept / f"{count}-{name}.sqlite3", folder / f"{name}.sqlite3"
        self.databases = f"bench_{name}_{count}", f"bench_{name}"
        self.postmaster = self._postmaster() if url else 0

    @property
    def loaded(self) -> str:
        """The address of the data as they were loaded."""
        return self._address(0)

    @property
    def working(self) -> str:
        """The address of the copy."""
        return self._address(1)

    @property
    def token(self) -> str:
        """The token that was issued when they were loaded."""
        return self.secret.read_text()

    def _address(self, place: int) -> str:
        if self.url:
            return f"{self.url.rpartition('/')[0]}/{self.databases[place]}"
        return f"sqlite:///{self.files[place]}"

    def is_loaded(self) -> bool:
        """Whether the data are there; makes room for them where they are not."""
        if not self.url:
            if self.secret.exists() and self.files[0].exists():
                return True
            self._remove(self.files[0])
            return False
        found = self._run("SELECT 1 FROM pg_database WHERE datname = %s", self.databases[0])
        if found and self.secret.exists():
            return True
        self._run(f'DROP DATABASE IF EXISTS "{self.databases[0]}" WITH (FORCE)')
        self._run(f'CREATE DATABASE "{self.databases[0]}"')
        return False

    def keep(self, token: str) -> None:
        """Keep that they are loaded."""
        self.secret.write_text(token)

    def copy(self) -> None:
        """Make the copy that is worked upon."""
        if not self.url:
            self._remove(self.files[1])
            shutil.copyfile(*self.files)
            return
        self._run(f'DROP DATABASE IF EXISTS "{self.databases[1]}" WITH (FORCE)')
        self._run(f'CREATE DATABASE "{self.databases[1]}" TEMPLATE "{self.databases[0]}" STRATEGY file_copy')

    @staticmethod
    def _remove(path: Path) -> None:
        for old in path.parent.glob(f"{path.name}*"):
            old.unlink()

    def _run(self, statement: str, *values: str) -> Any:
        with connect(self.url) as connection:
            found = connection.execute(statement, values or None)
            return found.fetchall() if found.description else []

    def _postmaster(self) -> int:
        """Return the process of the server; 0 where it is on another machine."""
        ((data,),) = self._run("SHOW data_directory")
        try:
            return int((Path(data) / "postmaster.pid").read_text().split()[0])
        except OSError:
            return 0
