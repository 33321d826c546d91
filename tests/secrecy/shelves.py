"""Of every kind of record one at each level of confidentiality, and what is somebody's own: to ask for each by all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.contrib.auth.models import Group
from django.core.files.base import ContentFile

from agreements import (
    access,
    commitments,
    dispatch,
    documents,
    imports,
    lifecycle,
    meetings,
    saved_views,
    subscriptions,
    tasks,
    tokens,
    undisclosed,
    webhooks,
)
from agreements.choices import Level, TokenScope
from agreements.dates import FuzzyDate
from agreements.feeds import tokens as feeds
from agreements.models import Agreement, Area, Entry, Format, Indicator, Meeting, Party, TaskTemplate, Unit, User
from agreements.subscriptions import mails
from agreements.tasks import templates
from tests.addresses import Route

PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
NOTHING = "00000000-0000-4000-8000-000000000001"
#: What is there for nobody.
MISSING = "missing"


@dataclass
class Shelves:
    """Who asks, and what is there: by level the parts of addresses, and what belongs to one who may do everything."""

    users: dict[str, User] = field(default_factory=dict)
    at: dict[str, dict[str, str]] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def address(self, route: Route, level: str) -> str:
        """The address of a route: of the record of a level, or of what is missing."""
        record = self.at[level] | WORDS
        words: Mapping[str, str] = record | self.own if level != MISSING else record
        kind = next((kind for start, kind in KINDS if route.address.startswith(start)), "")
        values = {name: words.get(f"{kind} {name}", words.get(name, "1")) for name in route.parts}
        return route.address.format_map(values)


#: By the beginning of an address what its `pk` or `code` is the key of.
KINDS = (
    *((f"/api/v1/{name}/", name) for name in ("tasks", "meetings", "documents", "commitments", "events", "indicators")),
    *(
        (f"/api/v1/{name}/", name)
        for name in ("feeds", "tokens", "views", "webhooks", "shares", "delegations", "subscriptions")
    ),
    *((f"/api/v1/{name}/", name) for name in ("notifications", "mailings")),
    ("/api/v1/undisclosed-participants/", "undisclosed"),
    *((prefix, "parties") for prefix in ("/parties/", "/api/v1/parties/")),
    *((prefix, "procedures") for prefix in ("/procedures/", "/api/v1/procedures/")),
    *((prefix, "templates") for prefix in ("/tasks/templates/", "/api/v1/task-templates/")),
    ("/api/v1/reports/", "reports"),
    *((f"/admin/agreements/{name}/", f"admin {name}") for name in ("agreement", "task", "document", "meeting")),
    *((f"/admin/agreements/{name}/", f"admin {name}") for name in ("commitment", "entry", "undisclosedparticipant")),
)
WORDS = {
    "name": "withdraw", "kind": "note", "report": "portfolio", "reports name": "portfolio", "slug": "steps",
    "problem": "refused", "language": "en", "status": "held", "year": "2024", "month": "12", "day": "28",
    "procedures code": "ratified", "parties code": "EU", "templates code": "signing", "number": "1",
    "shares pk": NOTHING, "delegations pk": NOTHING, "notifications pk": NOTHING,
    "mailings pk": NOTHING,
    "share": NOTHING, "delegation": NOTHING,
    "uidb36": "1", "key": "1-1",
    "url": "nowhere/", "app_label": "agreements",
}  # fmt: skip


def laid_out(lawyer: User) -> Shelves:
    """Put a record of every kind on the shelf of each level, beside the sample portfolio."""
    made = Shelves()
    unit = Unit.objects.create(code="asking", name_en="Asking Department")
    for role in access.ROLES:
        user = User.objects.create_user(f"asks-{role}", access_level=Level.INTERNAL, unit=unit)
        user.groups.add(Group.objects.get(name=role))
        made.users[role] = user
    for level in Level.values:
        made.at[level] = _shelf(level, lawyer)
    made.at[MISSING] = dict.fromkeys(made.at[Level.PUBLIC], NOTHING) | {"reference": "AIR-2222"}
    _own(made)
    return made


def _shelf(level: str, lawyer: User) -> dict[str, str]:
    day, past = FuzzyDate.parse("2024-12-20"), FuzzyDate.parse("2024-10-21")
    agreement = lifecycle.open(
        lifecycle.Proposal(
            titles={"en": f"Agreement at {level}"}, kind="agreement", stage="signed", columns={"level": level},
            areas=[Area.objects.get(code="aviation")],
        ),
        by=lawyer, on=past, source="COM(2025)154",
    )  # fmt: skip
    task = tasks.add(agreement, f"Task at {level}", by=lawyer)
    file = documents.store(
        agreement, "draft", ContentFile(PDF, "text.pdf"), on=day, language="en", by=lawyer, title={"en": f"At {level}"}
    )
    promise = commitments.undertake(agreement, by=lawyer, text_en=f"Promise at {level}")
    met = Meeting(format=Format.objects.get(code="cooperation-council"), level=level, title_en=f"Talks at {level}")
    met.on, met.status = FuzzyDate.of_day(date(2024, 10, 21)), "confirmed"
    met = meetings.arrange(met, by=lawyer, agenda=[meetings.Point(agreement)])
    entry = Entry.objects.of(agreement).earliest("sequence")
    quiet = _quiet(level, lawyer)
    table = imports.upload(
        ContentFile(f"Title,Signed on\nAgreement at {level},2024-10-21\n".encode(), "list.csv"),
        by=_importer(level), kind="agreements", source="A list", level=level,
    )  # fmt: skip
    return {
        "undisclosed pk": quiet, "undisclosed": quiet, "admin undisclosedparticipant object_id": quiet,
        "table": str(table.pk),
        "reference": agreement.reference, "task": str(task.pk), "document": str(file.document_id),
        "document_version": str(file.pk), "commitment": str(promise.pk), "meeting": str(met.pk), "entry": str(entry.pk),
        "tasks pk": str(task.pk), "documents pk": str(file.document_id), "commitments pk": str(promise.pk),
        "meetings pk": str(met.pk), "events pk": str(entry.pk), "entry_id": str(entry.pk),
        "admin agreement object_id": str(agreement.pk), "admin task object_id": str(task.pk),
        "admin document object_id": str(file.document_id), "admin meeting object_id": str(met.pk),
        "admin commitment object_id": str(promise.pk), "admin entry object_id": str(entry.pk),
    }  # fmt: skip


def _importer(level: str) -> User:
    """Return somebody who may import and sees no more than a level: what is found with more eyes is hidden below."""
    user = User.objects.create_user(f"imports-{level}", access_level=level)
    user.groups.add(Group.objects.get(name="treaty_department"))
    return user


def _quiet(level: str, lawyer: User) -> str:
    """Name an undisclosed participant of a level in an agreement that everybody sees; the lowest is an internal one."""
    agreement = (
        Agreement.objects.filter(level=Level.PUBLIC).exclude(participants__party__code="AT").earliest("reference")
    )
    own = Level.INTERNAL if level == Level.PUBLIC else level
    party = Party.objects.get(code={"public": "SE", "internal": "FI", "restricted": "AT", "secret": "DK"}[level])
    made = undisclosed.name(agreement, party, by=lawyer, level=own, remark=f"Named at {level}")
    return str(made.pk)


def _own(made: Shelves) -> None:
    owner = made.users["treaty_department"]
    templates.keep(TaskTemplate(code="signing", name_en="Around a signing"), [{"title_en": "Print it"}], by=owner)
    feed, made.secrets["calendar"] = feeds.create(owner, name="All", language="en")
    for name, scope, areas in (("read", TokenScope.READ, ()), ("write", TokenScope.WRITE, ()),
                               ("areas", TokenScope.WRITE, ("aviation",))):  # fmt: skip
        token, made.secrets[name] = tokens.issue(owner, name=name, by=owner, scope=scope, areas=areas)
    view = saved_views.create(owner, kind="agreements", name="Mine", query="stage=signing")
    hook, _secret = webhooks.create(owner, name="System", address="https://systems.example/pacta")
    watched = subscriptions.watch(owner, "unit")
    made.secrets["feed"] = subscriptions.make_feed(owner)
    wish = dispatch.Wish("portfolio", {}, "csv", "en")
    schedule = dispatch.schedule(wish, name="Weekly", rhythm="weekly", recipients=[owner], by=owner)
    run = dispatch.order(wish, by=owner)
    made.own |= {
        "feed": str(feed.pk), "token": str(token.pk), "view": str(view.pk), "schedule": str(schedule.pk),
        "run": str(run.pk), "feeds pk": str(feed.pk), "tokens pk": str(token.pk), "views pk": str(view.pk),
        "webhooks pk": str(hook.pk), "secret": made.secrets["calendar"],
        "subscription": str(watched.pk), "subscriptions pk": str(watched.pk), "feed_secret": made.secrets["feed"],
        "link": mails.token_of(owner, mails.DIGESTS), "notification": NOTHING, "mailing": NOTHING,
        "user": str(made.users["reader"].pk),
        "delivery": str(webhooks.ping(hook, by=owner).pk),
        "indicators pk": str(Indicator.objects.order_by("pk").values_list("pk", flat=True)[0]),
    }  # fmt: skip
    assert Party.objects.filter(code="EU").exists()
    assert Agreement.objects.exists()
