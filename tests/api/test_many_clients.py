"""Many programs at once over HTTP: each finds what it wrote, each step is taken once, nothing is answered 5xx.

The long trial asks the server that docs/operations.md names, in processes of its own; the short one one in threads.
"""

import http.client
import itertools
import json
import os
import random
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from agreements import journal
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Entry, User
from tests.api.conftest import V1, secret_for
from tests.beside import Beside
from tests.conftest import signed_in
from tests.serving import Server, environment

Make = Callable[..., Agreement]
DAY = "2024-12-20"
#: The life of a text that does not bind; then it is suspended and resumed for as long as the trial lasts.
PATH = ("prepare_signing", "sign", "enter_into_force")
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
#: How long the load lasts of which the memory is watched.
LOAD_SECONDS = float(os.environ.get("PACTA_LOAD_SECONDS", "600"))
#: How many agreements all clients step on at once.
SHARED = 4


class Answer:
    """What a server answered."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.content = response.status, response.headers, response.read()

    @property
    def told(self) -> Any:
        return json.loads(self.content)


class Program:
    """One program: it asks for itself, and remembers what it was answered."""

    def __init__(self, url: str, secret: str) -> None:
        self.netloc, self.secret, self.statuses = urlsplit(url).netloc, secret, Counter[int]()
        self.connection = http.client.HTTPConnection(self.netloc, timeout=120)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Ask once; anything that is a fault of the server ends the trial."""
        sent = {"Authorization": f"Token {self.secret}", "Connection": "close"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and not isinstance(body, bytes):
            body, sent["Content-Type"] = json.dumps(body), "application/json"
        self.connection.request(method, path if path.startswith("/") else V1 + path, body, sent)
        answer = Answer(self.connection.getresponse())
        self.connection.close()
        self.statuses[answer.status] += 1
        assert answer.status < 500, answer.content[:2000]
        return answer

    def once(self, path: str, body: Any, **headers: str) -> Answer:
        """Send under a key, and again: the second answer is the first one."""
        key = str(uuid.uuid4())
        first = self.ask("POST", path, body, Idempotency_Key=key, **headers)
        again = self.ask("POST", path, body, Idempotency_Key=key, **headers)
        if first.status in (200, 201, 409):
            assert (again.status, again.content) == (first.status, first.content)
            assert again.headers["Idempotency-Replayed"] == "true"
        return first


class Desk(Program):
    """A program with an agreement of its own: nobody else writes there, so it knows what must be there."""

    def __init__(self, url: str, secret: str, own: str, shared: list[str], seed: int) -> None:
        super().__init__(url, secret)
        self.own, self.shared, self.lot = f"agreements/{own}/", shared, random.Random(seed)
        self.steps = iter([*PATH])
        self.turns = itertools.cycle(("suspend", "resume"))
        self.version, self.taken, self.notes, self.won = 1, 0, 0, Counter[tuple[str, str]]()
        self.reference, self.documents, self.next_step = own, 0, ""

    def work(self, until: float, most: int) -> None:
        """Do one thing after another until the time or the number of things is over."""
        acts = (self.read, self.change, self.step, self.race, self.many, self.upload, self.note, self.task, self.open)
        for _turn in range(most):
            if time.monotonic() > until:
                return
            self.lot.choice(acts)()

    def read(self) -> None:
        """What was written last is what is read, alone and in the list."""
        told = self.ask("GET", self.own)
        assert (told.told["version"], told.told["next_step"]) == (self.version, self.next_step)
        assert self.ask("GET", self.own, If_None_Match=told.headers["ETag"]).status == 304
        found = self.ask("GET", f"agreements/?text={self.reference}&page_size=200").told["results"]
        assert [(row["reference"], row["version"]) for row in found] == [(self.reference, self.version)]

    def change(self) -> None:
        """A change on the present version is taken, one on the version before is stale."""
        before, self.next_step = self.version, f"Ask again, {self.lot.random()}"
        changed = self.ask("PATCH", self.own, {"next_step": self.next_step}, If_Match=f'"{before}"')
        assert changed.status == 200, changed.content
        self.version = changed.told["version"]
        assert self.version == before + 1
        assert self.ask("PATCH", self.own, {"next_step": "x"}, If_Match=f'"{before}"').status == 412

    def step(self) -> None:
        """A step is taken once, however often it is sent; the same step once more is refused."""
        name = next(self.steps, None) or next(self.turns)
        body = {"transition": name, "on": DAY, "evidence": "Decision"}
        done = self.once(f"{self.own}transitions/", body)
        assert (done.status, done.told["transition"]) == (201, name), done.content
        self._wrote()
        self.taken += 1
        refused = self.ask("POST", f"{self.own}transitions/", body)
        assert (refused.status, refused.told["type"]) == (409, "/problems/refused")

    def race(self) -> None:
        """One of all clients gets through with a step that all try; the others are refused."""
        reference = self.lot.choice(self.shared)
        place = f"agreements/{reference}/transitions/"
        possible = [option["name"] for option in self.ask("GET", place).told["possible"]]
        if possible:
            name = self.lot.choice(possible)
            done = self.once(place, {"transition": name, "on": DAY, "evidence": "Decision", "reason": "All try."})
            assert done.status in (201, 409), done.content
            self.won[reference, name] += done.status == 201

    def many(self) -> None:
        """In bulk each item is answered by itself; what is all or none is none where one cannot be."""
        act = {"agreement": self.reference, "party": "KZ", "act": "declaration", "on": DAY}
        items = [act | {"what": f"{number}"} for number in range(3)] + [act | {"party": "XX"}]
        told = self.once("agreements/actions/", {"mode": "per-item", "items": items}).told
        assert [row["status"] for row in told["results"]] == [201, 201, 201, 400], told
        self.notes += 3
        self._wrote(3)
        none = self.once("agreements/actions/", {"mode": "all-or-none", "items": items})
        assert (none.status, none.told["type"]) == (409, "/problems/not-all")

    def upload(self) -> None:
        """A file comes back as it was sent, whole and in part."""
        content, edge = PDF + self.lot.randbytes(2000), uuid.uuid4().hex
        head = "".join(
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in (("kind", "draft"), ("on", DAY), ("language", "en"))
        )
        head += f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="text.pdf"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
        made = self.once(f"{self.own}documents/", body, Content_Type=f"multipart/form-data; boundary={edge}")
        assert made.status == 201, made.content
        self._wrote()
        self.documents += 1
        file = f"documents/{made.told['id']}/versions/1/file/"
        assert self.ask("GET", file).content == content
        part = self.ask("GET", file, Range="bytes=100-199")
        assert (part.status, part.content) == (206, content[100:200])
        assert self.ask("GET", f"{self.own}documents/?count=true").told["count"] == self.documents

    def note(self) -> None:
        """A note stands at the end of the journal."""
        what = f"Note {self.lot.random()}"
        made = self.once(f"{self.own}journal/", {"kind": "note", "on": DAY, "what": what})
        assert (made.status, made.told["sequence"]) == (201, self.version + 1), made.content
        self._wrote()

    def task(self) -> None:
        """A task is added and done, once."""
        made = self.once(f"{self.own}tasks/", {"title": {"en": "Print it"}})
        assert made.status == 201, made.content
        done = self.once(f"tasks/{made.told['id']}/complete/", {})
        assert (done.status, done.told["status"]) == (200, "done"), done.content
        self.version = self.ask("GET", self.own).told["version"]

    def open(self) -> None:
        """A record that is opened is read under its address."""
        made = self.once("agreements/", {"title": {"en": "Protocol"}, "kind": "protocol"})
        assert made.status == 201, made.content
        read = self.ask("GET", urlsplit(made.headers["Location"]).path)
        assert (read.status, read.headers["ETag"]) == (200, made.headers["ETag"])

    def _wrote(self, number: int = 1) -> None:
        self.version += number


class Visitor(Program):
    """Somebody who looks at pages and reports in a browser, and writes nothing."""

    PAGES = ("/desk/", "/agreements/", "/board/", "/overview/", "/calendar/", "/meetings/", "/tasks/", "/parties/")

    def __init__(self, url: str, session: str, references: list[str], seed: int) -> None:
        super().__init__(url, "")
        self.session, self.references, self.lot = session, references, random.Random(seed)

    def look(self, over: threading.Event) -> None:
        """Open one page after another, in one language after another, until the others are done."""
        while not over.wait(0.5):
            reference, language = self.lot.choice(self.references), self.lot.choice(("en", "ru", "kk"))
            page = self.lot.choice((*self.PAGES, f"/agreements/{reference}/", f"{V1}reports/portfolio/?format=pdf"))
            cookies = f"__Host-sessionid={self.session}; sessionid={self.session}; django_language={language}"
            answer = self.ask("GET", page, Authorization="", Cookie=cookies, X_Forwarded_Proto="https")
            assert answer.status == 200, (page, answer.status, answer.content[:500])


class Follower(Program):
    """Follows the events to the end, again and again."""

    def __init__(self, url: str, secret: str, size: int) -> None:
        super().__init__(url, secret)
        self.place, self.found = f"{V1}events/?page_size={size}", list[str]()

    def follow(self, over: threading.Event) -> None:
        """Read until the others are done, and then to the end."""
        last = False
        while True:
            page = self.ask("GET", self.place).told
            self.found += [row["id"] for row in page["results"]]
            self.place = page["next"].partition(self.netloc)[2]
            if not page["more"]:
                if last:
                    return
                last = over.wait(0.2)


class Memory(threading.Thread):
    """Notes every other second how much memory each process of a server holds, in MB."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server, self.over, self.held = server, threading.Event(), defaultdict[str, list[float]](list)

    def run(self) -> None:
        assert self.server.running
        session, page = str(self.server.running.pid), os.sysconf("SC_PAGE_SIZE") / 1e6
        while not self.over.wait(2):
            for process in Path("/proc").glob("[0-9]*"):
                with suppress(OSError):  # it ended meanwhile
                    if (process / "stat").read_text().rpartition(")")[2].split()[3] == session:
                        self.held[process.name].append(int((process / "statm").read_text().split()[1]) * page)

    def judge(self) -> None:
        """Fail where a process holds a tenth more in the last quarter of the trial than it did in the second one."""
        longest = max(len(held) for held in self.held.values())
        lasting = {pid: held for pid, held in self.held.items() if len(held) > 0.9 * longest}
        quarter = longest // 4
        told = {
            pid: (round(median(held[quarter : 2 * quarter])), round(median(held[-quarter:])))
            for pid, held in lasting.items()
        }
        print(f"MB held by each process in the second and in the last quarter: {told}")  # noqa: T201
        assert len(lasting) >= 3, "there is a master with two workers"
        assert [pid for pid, (before, after) in told.items() if after > 1.1 * before] == []


def _trial(
    url: str,
    make_agreement: Make,
    users: list[User],
    *,
    clients: int,
    seconds: float,
    most: int,
    visitors: Sequence[Visitor] = (),
) -> None:
    opened = {"kind": "memorandum", "stage": "negotiating", "on": FuzzyDate.parse("2020")}
    made = [make_agreement(**opened) for _number in range(clients + SHARED)]
    shared = [one.reference for one in made[clients:]]
    secrets = [secret_for(user) for user in users]
    until, over = time.monotonic() + seconds, threading.Event()
    desks = [
        Desk(url, secrets[number % len(secrets)], made[number].reference, shared, number) for number in range(clients)
    ]
    followers = [Follower(url, secrets[0], size) for size in (7, 50)]

    reading = Beside(*(partial(one.follow, over) for one in followers), *(partial(one.look, over) for one in visitors))
    working = Beside(*(partial(desk.work, until, most) for desk in desks))
    try:
        faults = working.join(seconds + 300)
    finally:
        over.set()
    faults += reading.join(300)
    if faults:
        raise faults[0]

    steps = Counter(Entry.objects.filter(kind="step").order_by("pk").values_list("subject", "transition").iterator())
    for desk, agreement in zip(desks, made, strict=False):
        kept = Agreement.objects.get(pk=agreement.pk)
        assert (kept.version, kept.next_step) == (desk.version, desk.next_step)
        assert sum(count for (subject, _name), count in steps.items() if subject == agreement.pk) == desk.taken
        assert Entry.objects.of(agreement).filter(kind="action").count() == desk.notes
    for agreement in made[clients:]:
        won = sum((desk.won for desk in desks), Counter[tuple[str, str]]())
        told = {name: count for (reference, name), count in won.items() if reference == agreement.reference and count}
        assert told == {name: count for (subject, name), count in steps.items() if subject == agreement.pk}
    recorded = {str(key) for key in Entry.objects.order_by("pk").values_list("pk", flat=True)}
    for one in followers:
        assert len(one.found) == len(set(one.found))
        assert set(one.found) == recorded
        assert one.found == followers[0].found
    assert list(journal.verify()) == []
    call_command("verify_journal", verbosity=0)
    statuses = sum((one.statuses for one in [*desks, *followers, *visitors]), Counter[int]())
    print(f"{clients} clients: {statuses.total()} answers, {dict(sorted(statuses.items()))}")  # noqa: T201


@pytest.mark.django_db(transaction=True)
def test_five_clients_find_what_they_wrote(make_agreement: Make, lawyer: User, officer: User, live_server: Any) -> None:
    _trial(live_server.url, make_agreement, [lawyer, officer], clients=5, seconds=20, most=8)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_fifty_clients_find_what_they_wrote(make_agreement: Make, lawyer: User, officer: User, tmp_path: Path) -> None:
    # SQLite lets one write at a time: fewer are enough to keep it busy without a moment’s rest.
    clients, seconds = (50, 120) if connection.vendor == "postgresql" else (10, 60)
    server = Server(tmp_path)
    server.start()
    try:
        server.wait()
        _trial(server.url, make_agreement, [lawyer, officer], clients=clients, seconds=seconds, most=10_000)
    finally:
        server.kill()


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_ten_minutes_of_mixed_load_are_answered_without_fault_and_memory_stays_flat(
    make_agreement: Make, lawyer: User, officer: User, tmp_path: Path
) -> None:
    """Programs read, step, upload and act in bulk, people look at pages and reports, for as long as LOAD_SECONDS."""
    server = Server(tmp_path)
    references = [make_agreement(stage="in_force").reference for _number in range(30)]
    visitors = [
        Visitor(server.url, signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value, references, number)
        for number, user in enumerate((lawyer, officer, lawyer))
    ]
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(collect, cwd=settings.BASE_DIR, env=environment(), check=True)
    server.start()
    memory = Memory(server)
    try:
        server.wait()
        memory.start()
        clients = 12 if connection.vendor == "postgresql" else 6
        people = [lawyer, officer]
        _trial(server.url, make_agreement, people, clients=clients, seconds=LOAD_SECONDS, most=10**6, visitors=visitors)
    finally:
        memory.over.set()
        server.kill()
    memory.join(30)
    memory.judge()
