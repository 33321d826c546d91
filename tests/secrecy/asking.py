"""Asking a world by every address that its reader may try, and keeping the answers."""

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.apps import apps
from django.contrib import admin
from django.db import connection, transaction
from django.test import Client

from agreements.choices import EntryKind, Transition
from agreements.models import AgendaItem, Delivery, Document, DocumentVersion, Entry
from tests.addresses import Route, routes
from tests.api.conftest import V1
from tests.secrecy.worlds import Chance, World

#: What is there in no world.
NO_REFERENCE, NO_KEY = "AIR-2222", "00000000-0000-4000-8000-000000000001"
_HOST = "http://testserver"
_EVENTS = "/api/v1/events/"
#: Kinds of answers in which a text stands as it is.
_TEXTS = ("text/", "application/json", "application/problem+json", "application/atom+xml")
#: What follows from the content of an answer.
_OF_BODY = ("ETag", "Content-Length")
#: Cursors of events are sealed positions, and stand in the tag of what has them; the position of an event is another
#: one in the other world. What the reader of one world could see of that, `tests.secrecy.test_found` looks at.
#: Keys of rows are sealed numbers, others in the other world; tokens of forms are masked by chance.
_SEALED = re.compile(
    rb'(?<=cursor=)[\w%-]+(?=["&\\])|(?<="cursor":")[\w-]+|(?<=name="csrfmiddlewaretoken" value=")\w+'
    rb'|(?<=-id" value=")[\w-]+'
)
_LINKS = re.compile(
    rb'(?:href|action|src|hx-get|formaction|data-address)="([^"#]+)|"(?:url|next|previous)": ?"([^"]+)"'
)
#: What differs between two equal questions: the name of a savepoint, and of how many keys rows are asked for.
_NUMBERED = re.compile(r'(?<=SAVEPOINT )".*"|(?<=%s)(?:, %s)+')
#: What ends the session, or answers nobody who reads.
_NOT_ASKED = re.compile(r"/sign-out/|/admin/logout/|/static/|/admin/jsi18n/|/metrics")


@dataclass(frozen=True)
class Answer:
    """All that somebody could learn from an answer, and what the database was asked for it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    questions: tuple[str, ...]

    def told(self) -> tuple[int, Mapping[str, str], bytes]:
        """What could be compared."""
        return self.status, self.headers, self.body


class _Undone(Exception):
    """Ends a write that is not to stay."""


class Asker:
    """The browser and the program of the reader of a world."""

    def __init__(self, world: World, chance: Chance) -> None:
        self.world, self.chance = world, chance
        chance.begin("session")
        self.browser = Client(raise_request_exception=False)
        self.browser.force_login(world.users["reader"])
        self.program = Client(raise_request_exception=False, headers={"authorization": f"Token {world.secret}"})
        self.asked: list[str] = []

    def get(self, address: str) -> Answer:
        """Return what is answered at an address; under `api` a program asks, elsewhere a browser."""
        return self._told(address, lambda client: client.get(address))

    def act(self, method: str, address: str, body: Any) -> Answer:
        """Return what is answered to a write; what it wrote is taken back."""
        in_json = {"data": json.dumps(body), "content_type": "application/json", "headers": {"if-match": "*"}}
        given = in_json if address.startswith(V1) else {"data": body}
        try:
            with transaction.atomic():
                answer = self._told(address, lambda client: getattr(client, method.lower())(address, **given))
                raise _Undone
        except _Undone:
            return answer

    def _told(self, address: str, ask: Callable[[Client], Any]) -> Answer:
        client = self.program if address.startswith(V1) else self.browser
        self.chance.begin(address)
        self.asked = []
        with connection.execute_wrapper(self._count):
            response = ask(client)
            streamed = getattr(response, "streaming_content", None)
            body = b"".join(streamed) if streamed is not None else response.content
        told, tagged = self._without_seals(address, response, body), _EVENTS not in address
        if told != body:
            tagged = False
        headers = {name: value for name, value in response.headers.items() if name not in (() if tagged else _OF_BODY)}
        return Answer(response.status_code, headers, _SEALED.sub(b"", told), tuple(self.asked))

    def _without_seals(self, address: str, response: Any, body: bytes) -> bytes:
        """Set the seals of chains aside in which something hidden stands: they follow from it, and tell nothing of it.

        In files of another kind than text they are not found: of these, the contents are not compared.
        """
        if not response.headers.get("Content-Type", "").startswith(_TEXTS):
            return b"" if any(reference in address for reference in self.world.resealed) else body
        for seal in self.world.seals:
            body = body.replace(seal, b"")
        return body

    def _count(self, execute: Any, question: str, *given: Any) -> Any:
        self.asked.append(_NUMBERED.sub("", question))
        return execute(question, *given)


# ---- addresses ----
def addresses(world: World, chance: random.Random, *, few: bool) -> list[str]:
    """Return addresses of every pattern of the site: of what is shown, of what is hidden, and of what is not there."""
    shown = chance.sample(world.shown, 1 if few else 4)
    hidden = chance.sample(world.hidden, min(len(world.hidden), 1 if few else 4))
    found: dict[str, None] = {}
    for route in routes():
        for values in _fillings(route, world, [*shown, *hidden], chance, few=few):
            address = route.address.format_map(dict.fromkeys(route.parts, NO_KEY) | dict(values))
            if not _NOT_ASKED.search(address):
                found[address] = None
    return list(found)


def _fillings(
    route: Route, world: World, agreements: Sequence[Any], chance: random.Random, *, few: bool
) -> Iterator[Mapping[str, str]]:
    parts = set(route.parts)
    if not parts:
        yield {}
    elif "meeting" in parts and "reference" in parts:
        points = AgendaItem.objects.order_by("pk").values_list("meeting", "agreement__reference")
        for meeting, reference in [*chance.sample(list(points), min(len(points), 3)), (NO_KEY, NO_REFERENCE)]:
            yield {"meeting": str(meeting), "reference": reference}
    elif "reference" in parts:
        kinds = [*EntryKind.values, "clearance"]
        for one in [*agreements, None]:
            own = {"reference": one.reference if one else NO_REFERENCE, "language": "en"}
            for _time in range(1 if few else 3):
                own |= {"name": chance.choice(Transition.values), "kind": chance.choice(kinds)}
                for entry, document in zip(_entries(one, chance), _documents(one, chance), strict=True):
                    yield own | {"entry": entry, "document": document}
    elif route.address.startswith("/admin/"):
        yield from _of_the_administration(route, chance, few=few)
    else:
        for values in _others(route, world, agreements, chance):
            yield {name: values.get(name, "1") for name in parts}


def _entries(agreement: Any, chance: random.Random) -> list[str]:
    found = list(Entry.objects.of(agreement).order_by("sequence").values_list("pk", flat=True)) if agreement else []
    return [str(chance.choice(found)) if found else NO_KEY, NO_KEY]


def _documents(agreement: Any, chance: random.Random) -> list[str]:
    found = Document.objects.filter(agreement=agreement).order_by("pk") if agreement else Document.objects.none()
    keys = list(found.values_list("pk", flat=True))
    return [str(chance.choice(keys)) if keys else NO_KEY, NO_KEY]


def _of_the_administration(route: Route, chance: random.Random, *, few: bool) -> Iterator[dict[str, str]]:
    label, _slash, rest = route.address.removeprefix("/admin/").partition("/")
    model = next((one for one in admin.site._registry if one._meta.model_name == rest.partition("/")[0]), None)
    rows = list(model._base_manager.order_by("pk")) if model and label == model._meta.app_label else []
    for row in [*chance.sample(rows, min(len(rows), 2 if few else 6)), None]:
        values = {name: str(row.pk) if row else NO_KEY for name in ("object_id", "id", "token", "row", "user")}
        values |= {"app_label": "agreements", "url": "nowhere/", "name": "sign"}
        entries = _entries(row, chance) if row and "entry_id" in route.parts else [NO_KEY]
        for entry in entries:
            yield values | {"entry_id": entry}


#: By which model the keys of an address are those of rows, and what the part is called.
_ROWS = {
    "tasks/": "task", "meetings/": "meeting", "documents/": "documentversion", "commitments/": "commitment",
    "undisclosed-participants/": "undisclosedparticipant", "undisclosed/": "undisclosedparticipant",
    "views/": "savedview",
    "subscriptions/": "subscription", "notifications/": "notification", "mailings/": "mailing",
    "indicators/": "indicator", "events/": "entry", "tokens/": "apitoken",
    "webhooks/": "webhook", "calendar/feeds/": "feedtoken", "feeds/": "feedtoken", "reports/built/": "reportrun",
    "reports/schedules/": "scheduledreport",
}  # fmt: skip


def _others(route: Route, world: World, agreements: Sequence[Any], chance: random.Random) -> Iterator[dict[str, str]]:
    path = route.address.removeprefix("/api/v1").removeprefix("/")
    name = next((model for start, model in _ROWS.items() if path.startswith(start)), "")
    words = {
        "code": {"parties/": "EU", "procedures/": "ratified"}.get(re.sub(r"(?<=/).*", "", path), "nothing"),
        "report": chance.choice(REPORTS), "name": chance.choice(REPORTS), "slug": "steps", "problem": "refused",
        "status": "held", "language": "en", "year": "2024", "month": "12", "day": "28", "number": "1",
        "provider_id": "oidc", "secret": world.calendar,
        "feed_secret": world.feed, "link": "nothing", "notification": str(NO_KEY), "mailing": str(NO_KEY),
        "subscription": str(NO_KEY),
    }  # fmt: skip
    if "delivery" in route.parts:
        rows = Delivery.objects.order_by("created_at", "pk").values_list("webhook", "pk")
        for webhook, key in [*chance.sample(list(rows), min(len(rows), 3)), *((NO_KEY, NO_KEY),)]:
            yield words | {"pk": str(webhook), "delivery": str(key)}
        return
    if not name or not set(route.parts) & {*_KEYS, "pk"}:
        yield words
        return
    model = apps.get_model("agreements", name)
    if route.address.startswith("/api/v1/documents/"):
        model = Document
    keys = [agreement.pk for agreement in agreements]
    rows = model._base_manager.order_by("pk")
    if model in (Document, DocumentVersion):
        rows = rows.filter(**{f"{'document__' if model is DocumentVersion else ''}agreement__in": keys})
    found = list(rows.values_list("pk", flat=True))
    for key in [*chance.sample(found, min(len(found), 2)), NO_KEY]:
        yield words | dict.fromkeys((*_KEYS, "pk"), str(key))


_KEYS = (
    *("task", "meeting", "document_version", "commitment", "undisclosed", "view", "token", "feed", "run", "schedule"),
    "delivery",
)
REPORTS = (
    *("portfolio", "brief", "agreement", "changes", "deadlines", "participation", "plan", "register"),
    "implementation",
)


def links(address: str, answer: Answer) -> list[str]:
    """Return the addresses of Pacta that an answer names."""
    found = []
    for groups in _LINKS.findall(answer.body):
        link = (groups[0] or groups[1]).decode().replace("&amp;", "&")
        whole = urlsplit(urljoin(_HOST + address, link))
        if whole.netloc == "testserver" and not _NOT_ASKED.search(whole.path):
            found.append(f"{whole.path}?{whole.query}" if whole.query else whole.path)
    return list(dict.fromkeys(found))
