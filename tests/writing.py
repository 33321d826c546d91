"""Clients that write over HTTP while servers are killed, or hindered, and know what was acknowledged."""

import itertools
import json
import random
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connections

from tests.api.conftest import V1
from tests.serving import Server, environment
from tests.strict import ROOT

DAY = "2024-12-20"
_BOUNDARY = "the-end-of-a-part"


class GaveUp(Exception):
    """What was to be written is hindered to the end."""


class Writer(threading.Thread):
    """Writes one thing after another; what is not answered is sent again under its key until it is.

    `gives_up`: where it is over and something still hinders, the last is not sent again.
    """

    def __init__(
        self,
        server: Server,
        secret: str,
        references: list[str],
        seed: int,
        over: threading.Event,
        *,
        gives_up: bool = False,
    ) -> None:
        super().__init__()
        self.gives_up = gives_up
        self.server, self.secret, self.references, self.over = server, secret, references, over
        self.lot, self.count = random.Random(seed), itertools.count()
        #: What was acknowledged: texts of notes and acts, names of files, references of what was opened.
        self.notes, self.files, self.opened = list[str](), list[str](), list[str]()
        self.again, self.faults = 0, list[str]()
        #: The problems that were answered with 503, by their type.
        self.hindered = Counter[str]()

    def run(self) -> None:
        acts = (self.note, self.note, self.hold, self.many, self.upload, self.open)
        try:
            while not self.over.is_set():
                self.lot.choice(acts)()
        except GaveUp:
            pass
        except (AssertionError, KeyError, ValueError) as error:
            self.faults.append(repr(error))
        finally:
            connections.close_all()

    def send(self, path: str, body: bytes, kind: str = "application/json") -> tuple[int, Any]:
        headers = {"Authorization": f"Token {self.secret}", "Content-Type": kind, "Idempotency-Key": str(uuid.uuid4())}
        for attempt in itertools.count():
            try:
                status, answered, told = self.server.answer(V1 + path, body, **headers)
            except OSError:  # killed before it answered, or not there yet
                self.again += attempt == 0
                time.sleep(0.05)
                continue
            if status == 503:
                assert int(answered["Retry-After"]) > 0, told
                self.hindered[json.loads(told)["type"]] += 1
                if self.over.is_set() and self.gives_up:
                    raise GaveUp
                time.sleep(0.2)
                continue
            assert status < 500, told[:2000]
            return status, json.loads(told)
        raise AssertionError

    def _what(self) -> str:
        return f"{self.name} {next(self.count)}"

    def _one(self) -> str:
        return self.lot.choice(self.references)

    def note(self) -> None:
        what = self._what()
        status, told = self.send(
            f"agreements/{self._one()}/journal/", json.dumps({"kind": "note", "what": what, "on": DAY}).encode()
        )
        assert status == 201, json.dumps(told)
        self.notes.append(what)

    def hold(self) -> None:
        what, reference = self._what(), self._one()
        for act in ("hold", "release"):
            status, told = self.send(
                f"agreements/{reference}/{act}/", json.dumps({"on": DAY, "reason": f"{act} {what}"}).encode()
            )
            # Another writer may have held or released it meanwhile.
            assert status in (201, 409), told
            if status == 201:
                self.notes.append(f"{act} {what}")

    def many(self) -> None:
        whats = [self._what() for _number in range(5)]
        items = [
            {"agreement": self._one(), "party": "KZ", "act": "declaration", "on": DAY, "what": what} for what in whats
        ]
        status, told = self.send("agreements/actions/", json.dumps({"mode": "all-or-none", "items": items}).encode())
        assert (status, {row["status"] for row in told["results"]}) == (200, {201}), told
        self.notes += whats

    def upload(self) -> None:
        name = f"{self._what()}.pdf".replace(" ", "-")
        fields = {"kind": "draft", "language": "en", "title_en": name, "on": DAY}
        content = (
            b"%PDF-1.7\n1 0 obj <<>> endobj\n%" + self.lot.randbytes(20_000).hex().encode() + b"\ntrailer <<>>\n%%EOF\n"
        )
        parts = [(f'name="{key}"', value.encode()) for key, value in fields.items()]
        parts.append((f'name="file"; filename="{name}"\r\nContent-Type: application/pdf', content))
        body = b"".join(
            f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + value + b"\r\n"
            for head, value in parts
        )
        kind = f"multipart/form-data; boundary={_BOUNDARY}"
        status, told = self.send(f"agreements/{self._one()}/documents/", body + f"--{_BOUNDARY}--\r\n".encode(), kind)
        assert status == 201, json.dumps(told)
        self.files.append(name)

    def open(self) -> None:
        body = {"title": {"en": self._what()}, "kind": "memorandum"}
        status, told = self.send("agreements/", json.dumps(body).encode())
        assert status == 201, json.dumps(told)
        self.opened.append(told["reference"])


# ---- a Pacta of its own ----
_PREPARED = """
import json
from django.contrib.auth.models import Group
from agreements import registers, tokens, lifecycle
from agreements.choices import InstrumentKind, Level, PartyKind
from agreements.dates import FuzzyDate
from agreements.models import ApiToken, Party, User
from tests.api.conftest import secret_for
user = User.objects.create_user("officer", access_level=Level.RESTRICTED)
user.groups.add(Group.objects.get(name="treaty_department"))
registers.create(Party(code="KZ", kind=PartyKind.STATE, name_en="Kazakhstan"), by=user)
made = [
    lifecycle.open(lifecycle.Proposal(titles={"en": f"Agreement {number}"}, kind=InstrumentKind.MEMORANDUM,
        participants=[(Party.objects.get(), "negotiating")]), by=user, on=FuzzyDate.parse("2003")).reference
    for number in range(5)
]
print(json.dumps([secret_for(user), made]))
"""
_TOLD = """
import json
from agreements.models import Agreement, Document, Entry
texts = [json.loads(entry.text.content or "{}") for entry in Entry.objects.select_related("text").order_by("pk")]
words = [said[name] for said in texts for name in ("what", "reason") if isinstance(said.get(name), str)]
files = list(Document.objects.order_by("pk").values_list("title_en", flat=True))
print(json.dumps([words, files, list(Agreement.objects.order_by("pk").values_list("reference", flat=True))]))
"""


class Pacta:
    """Commands of Pacta on one database, and one folder of documents."""

    def __init__(self, url: str, documents: Path) -> None:
        self.settings = {"DATABASE_URL": url, "DOCUMENTS_DIR": str(documents), "DEBUG": "1"}

    def run(self, *words: str) -> str:
        """Run a command of manage.py, and return what it said."""
        command = [sys.executable, str(ROOT / "manage.py"), *words]
        told = subprocess.run(command, env=environment(**self.settings), cwd=ROOT, capture_output=True, text=True)
        assert told.returncode == 0, told.stdout + told.stderr
        return told.stdout

    def ask(self, program: str) -> Any:
        """Run a program within Pacta, and return what it printed last."""
        return json.loads(self.run("shell", "--no-imports", "-c", program).splitlines()[-1])

    def words(self) -> list[str]:
        """Return the texts of the journal."""
        words: list[str] = self.ask(_TOLD)[0]
        return words

    def prepare(self) -> tuple[str, list[str]]:
        """Migrate, and return the secret of somebody who may write, and agreements to write to."""
        self.run("migrate", "-v0")
        secret, references = self.ask(_PREPARED)
        return secret, references


@contextmanager
def written_to(pacta: Pacta, folder: Path, writers: int, **more: Any) -> Iterator[tuple[Server, list[Writer]]]:
    """Serve and write while the block runs; then let the writers end, and stop."""
    secret, references = pacta.prepare()
    server, over = Server(folder, WEB_CONCURRENCY="2", **pacta.settings), threading.Event()
    clients = [Writer(server, secret, references, seed, over, **more) for seed in range(writers)]
    try:
        server.start()
        server.wait()
        for client in clients:
            client.start()
        yield server, clients
        over.set()
        for client in clients:
            client.join(120)
        assert not any(client.is_alive() for client in clients)
        assert server.stop() == 0
    finally:
        over.set()
        server.kill()


def is_whole(pacta: Pacta, clients: list[Writer], *, files: bool = True) -> int:
    """Prove that what was acknowledged is there once, and that nothing is half done; return how much it is.

    `files=False`: the files of documents were not all there before.
    """
    assert [fault for client in clients for fault in client.faults] == []
    words, titles, agreements = pacta.ask(_TOLD)
    texts, names = Counter(words), Counter(titles)
    assert {what: texts[what] for client in clients for what in client.notes if texts[what] != 1} == {}
    assert {name: names[name] for client in clients for name in client.files if names[name] != 1} == {}
    assert {reference for client in clients for reference in client.opened} <= set(agreements)
    pacta.run("verify_journal")
    # Files without a row are those of uploads that were torn off; there are none where the server could tidy up.
    if files:
        pacta.run("check_documents")
    return sum(len(client.notes) + len(client.files) + len(client.opened) for client in clients)
