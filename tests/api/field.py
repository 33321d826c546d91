"""A field to try every operation of the API on: the sample portfolio, with something of each kind beside it.

What is there differs in everything that lists are filtered and ordered by, and some of it only few may see.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile

from agreements import clock
from agreements.choices import DeliveryState, Level
from agreements.models import Delivery, Entry, Mailing, Notification, Unit, User
from tests.api.conftest import V1, Api
from tests.shared import NO_WORK

#: Of every role one account.
ROLES = {"r": "reader", "o": "officer", "t": "treaty_department", "a": "administrator", "s": "service"}
#: Two that are in force, a treaty and a text that does not bind; one proposed, one being signed, one put on hold.
IN_FORCE, PLATFORM, PROPOSED, SIGNING, HELD = "PEP-4K7Z", "TRA-5WPG", "VIS-8TDK", "AIR-7Q4M", "RAW-25X6"
DAY = "2024-12-28"
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
SECRET = {
    "title": {"en": "Secret memorandum"}, "kind": "memorandum", "procedure": "non_binding", "stage": "in_force",
    "on": "2020-01-15", "level": "secret", "source": "Own records", "participants": [{"party": "KZ"}, {"party": "EU"}],
}  # fmt: skip
#: The parts of addresses by which records are found, where they are not called `id`.
NAMES = {"agreements": "reference", "parties": "code", "task-templates": "code"}


@dataclass
class Field:
    """Who asks, and what is there: the parts of addresses, by resource and name."""

    users: Mapping[str, User]
    there: dict[str, dict[str, str]] = dataclasses.field(default_factory=dict)
    #: Of what is secret; the officer and the reader see internal things, and less.
    hidden: dict[str, dict[str, str]] = dataclasses.field(default_factory=dict)

    def client(self, role: str = "t") -> Api:
        """What asks in a role; in that of the treaty department by default, which sees everything."""
        return Api(self.users[role])

    def address(self, path: str, keys: Mapping[str, Mapping[str, str]] | None = None, **own: str) -> str:
        """The address of a path of the schema: of what is there, or of what the keys name."""
        return path.format(**{**(self.there if keys is None else keys).get(path.partition("/")[0], {}), **own})

    def make(self, path: str, body: Any, role: str = "t") -> Any:
        """Make something, and return what is told of it."""
        client = self.client(role)
        given = upload(client, path, body) if "file" in body else client.post(path, body)
        assert given.status_code in (200, 201, 202), given.content
        return given.json()


def upload(client: Api, path: str, form: Mapping[str, Any], **headers: str) -> Any:
    """Send a form with a file, as `file` names its content."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    file = SimpleUploadedFile("text.pdf", form["file"])
    return client.client.post(V1 + path, {**form, "file": file}, headers=client.headers | sent)


def laid_out(users: Mapping[str, User]) -> Field:
    """Put something of each kind beside the sample portfolio, and return where it is."""
    made = Field(users)
    Unit.objects.create(code="legal", name_en="Legal Department")
    Unit.objects.create(code="press", name_en="Press office")
    User.objects.create_user("deputy", access_level=Level.PUBLIC)
    client = made.client()
    change = {"officer": "officer", "lead_unit": "legal", "planned_signing": "2025-06"}
    assert client.patch(f"agreements/{PROPOSED}/", change).status_code == 200
    made.make(f"agreements/{HELD}/hold/", {"on": DAY, "reason": "The text is looked at again."})
    note = made.make(f"agreements/{IN_FORCE}/journal/", {"kind": "note", "on": DAY, "what": "The desk was told."})
    secret = made.make("agreements/", SECRET)
    for keys, reference in ((made.there, IN_FORCE), (made.hidden, secret["reference"])):
        _beside(made, keys, reference)
    made.there["agreements"] |= {"entry": note["id"]}
    opening = client.get(f"agreements/{secret['reference']}/journal/").json()["results"][0]["id"]
    made.hidden["agreements"] |= {"entry": opening}
    made.there["events"], made.hidden["events"] = {"id": note["id"]}, {"id": opening}
    _own(made)
    made.there |= {"parties": {"code": "EU"}, "procedures": {"code": "ratified"}, "reports": {"name": "portfolio"}}
    figure = {"party": "KZ", "name": {"en": "Trade"}, "unit": {"en": "euro"}, "value": "1", "source": "Eurostat"}
    made.make("indicators/", figure | {"period_until": "2023-06-30"})
    made.there["indicators"] = {"id": client.get("indicators/").json()["results"][0]["id"]}
    return made


def _beside(made: Field, keys: dict[str, dict[str, str]], reference: str) -> None:
    """Add what hangs on an agreement; of what everybody sees several, which differ."""
    level = "secret" if keys is made.hidden else "internal"
    keys["agreements"] = {"reference": reference}
    tasks = f"agreements/{reference if keys is made.hidden else SIGNING}/tasks/"
    task = made.make(tasks, {"title": {"en": "Send the draft"}, "due": DAY, "side": "other", "unit": "legal"})
    commitment = made.make("commitments/", {"agreement": reference, "text": {"en": "Meet once a year."}})
    form = {"kind": "draft", "on": "2024-12-20", "language": "en", "file": PDF, "level": level}
    document = made.make(f"agreements/{reference}/documents/", form)
    meeting = {"format": "cooperation-council", "on": "2024-10-21", "status": "held", "level": level}
    met = made.make("meetings/", {**meeting, "agenda": [{"agreement": reference}]})
    keys |= {
        "tasks": {"id": task["id"]},
        "commitments": {"id": commitment["id"]},
        "documents": {"id": document["id"], "number": "1"},
        "meetings": {"id": met["id"]},
    }
    quiet = {"agreement": PROPOSED, "party": "AT", "level": "secret", "remark": "The talks are not public."}
    if keys is made.hidden:
        quiet |= {"party": "SE", "role": "observer"}
    keys["undisclosed-participants"] = {"id": made.make("undisclosed-participants/", quiet)["id"]}
    share = made.make("shares/", {"agreement": reference, "unit": "legal", "reason": "The text is looked at."})
    keys["shares"] = {"id": share["id"]}
    if keys is made.hidden:
        return
    shown = made.make("shares/", {"agreement": SIGNING, "user": "deputy", "reason": "The talks are prepared."})
    made.make(f"shares/{shown['id']}/withdraw/", {"reason": "They were held."})
    late = {"title": {"en": "Ask the ministry"}, "due": "2024-11-01", "person": made.users["t"].username}
    ended = made.make(tasks, late)
    made.make(f"tasks/{ended['id']}/drop/", {"reason": "It was asked already."})
    made.make(tasks, late | {"title": {"en": "Ask again"}, "transition": "withdraw"})
    made.make(f"agreements/{reference}/tasks/", {"title": {"en": "Print the text"}, "due": "2025-02-01"})
    keys["ended"] = {"id": ended["id"]}
    told = {"agreement": PLATFORM, "text": {"en": "Open the routes."}, "party": "EU", "unit": "legal"}
    made.make("commitments/", told | {"state": "under_way", "due": "2025"})
    quiet |= {"agreement": SIGNING, "party": "FI", "level": "restricted"}
    ended = made.make("undisclosed-participants/", quiet)
    made.make(f"undisclosed-participants/{ended['id']}/withdraw/", {"reason": "It left the talks."})
    made.make("meetings/", {"format": "central-asia-eu", "on": "2025-03", "status": "tentative"})
    form |= {"kind": "mandate", "language": "ru", "on": "2024-12-21", "title_en": "The mandate", "level": "restricted"}
    made.make(f"agreements/{reference}/documents/", form)
    made.make(f"agreements/{SIGNING}/documents/", form)


def _own(made: Field) -> None:
    """Add what belongs to who makes it; another shares one of his."""
    template = {"code": "signing", "name": {"en": "At a signing"}, "tasks": [{"title": {"en": "Print the text"}}]}
    made.there["task-templates"] = {"code": made.make("task-templates/", template)["code"]}
    made.make("task-templates/", template | {"code": "council"})
    bodies = {
        "feeds": {"name": "On my desk"},
        "tokens": {"name": "Another program"},
        "views": {"kind": "agreements", "name": "Roads", "query": "area=transport"},
        "webhooks": {"name": "A system", "address": "https://systems.example/pacta"},
    }
    for name, body in bodies.items():
        made.there[name] = made.hidden[name] = {"id": made.make(f"{name}/", body)["id"]}
        made.make(f"{name}/", body | {"name": "Another"})
    watched = made.make("subscriptions/", {"what": "party", "party": "EU"})
    made.there["subscriptions"] = made.hidden["subscriptions"] = {"id": watched["id"]}
    made.make("subscriptions/", {"what": "area", "area": "transport"})
    owner, known = made.users["t"], Entry.objects.filter(subject_kind="agreement").order_by("recorded_at", "pk")
    rows = [Notification(person=owner, entry=entry, created_at=clock.now()) for entry in known[:4]]
    rows[0].important, rows[1].read_at = True, clock.now()
    Notification.objects.bulk_create(rows)
    made.there["notifications"] = made.hidden["notifications"] = {"id": str(rows[0].pk)}
    kept = [Mailing(person=owner, kind=kind, created_at=clock.now()) for kind in ("single", "digest")]
    kept[0].state, kept[0].problem = "failed", "SMTPRecipientsRefused"
    Mailing.objects.bulk_create(kept)
    made.there["mailings"] = made.hidden["mailings"] = {"id": str(kept[0].pk)}
    days = {"starts_on": "2999-03-01", "ends_on": "2999-03-31"}
    given = made.make("delegations/", {"deputy": "deputy", **days})
    made.there["delegations"] = made.hidden["delegations"] = {"id": given["id"]}
    today = {"starts_on": clock.today().isoformat(), "ends_on": clock.today().isoformat()}
    made.make("delegations/", {"deputy": "deputy", **today})
    made.make("delegations/", {"deputy": made.users["t"].username, **days}, role="s")
    view = made.make("views/", {"kind": "tasks", "name": "Late", "query": "due=late"})
    made.there["views-of-tasks"] = {"id": view["id"]}
    made.make("views/", {"kind": "agreements", "name": "EU", "query": "party=EU", "shared": True}, role="o")
    hook = made.there["webhooks"]["id"]
    first, _second = made.make(f"webhooks/{hook}/ping/", {}), made.make(f"webhooks/{hook}/ping/", {})
    Delivery.objects.filter(pk=first["id"]).update(state=DeliveryState.FAILED)
    made.there["webhooks"]["delivery"] = first["id"]


@pytest.fixture(name="field")
def laid_out_field(lawyer: User, officer: User, reader: User, sample: Any, settings: Any) -> Field:
    """The sample portfolio with something of each kind beside it; what is handed to the worker goes nowhere."""
    settings.TASKS = NO_WORK
    return laid_out(accounts(lawyer, officer, reader))


def accounts(lawyer: User, officer: User, reader: User) -> dict[str, User]:
    """One account of each role, by its letter."""
    users = {"t": lawyer, "o": officer, "r": reader}
    for letter in "as":
        users[letter] = User.objects.create_user(ROLES[letter], access_level=Level.SECRET)
        users[letter].groups.add(Group.objects.get(name=ROLES[letter]))
    return users
