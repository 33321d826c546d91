"""Two worlds that differ in nothing but what somebody may not see.

A world is the sample portfolio and a series of random acts upon it; every act draws its own chance and its own moment
from its number, so that an act that is left out changes no other. In the whole world all are done; in the other one
only those that the reader may know of.
"""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid5

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.management.color import no_style
from django.db import connection, transaction

from agreements import (
    access,
    changes,
    clock,
    commitments,
    delegations,
    dispatch,
    documents,
    events,
    lifecycle,
    meetings,
    participation,
    registers,
    saved_views,
    shares,
    subscriptions,
    tasks,
    tokens,
    undisclosed,
    webhooks,
)
from agreements.choices import (
    ActionKind,
    Ball,
    ClearanceResult,
    DeliveryState,
    DocumentKind,
    InstrumentKind,
    Level,
    MeetingStatus,
    RelationKind,
    Role,
    Stage,
    TokenScope,
    ViewKind,
)
from agreements.dates import FuzzyDate
from agreements.feeds import tokens as feeds
from agreements.guards import Refused
from agreements.models import (
    Agreement,
    Area,
    Delivery,
    Entry,
    Format,
    Indicator,
    Meeting,
    Notification,
    Party,
    SavedView,
    Task,
    Unit,
    User,
    Webhook,
)
from agreements.subscriptions import matching

#: When everything is asked; what was recorded was recorded before.
NOW = datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)
BEGUN = datetime(2030, 1, 1, tzinfo=UTC)
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
#: What the reader may not see says so; no answer may have it.
HUSHED = "Hushed"
_WORDS = ("air services", "mutual recognition", "readmission", "critical raw materials", "satellites", "tourism")
_CLAUSES: tuple[Any, ...] = (
    None,
    {"enters_into_force": {"first_of_month": 2, "following": {"instruments": "all"}}},
    {"enters_into_force": {"after": {"days": 30}, "of": {"instruments": 1}}},
)


class Chance:
    """What the machine would draw by chance, drawn from a word instead."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._drawn = random.Random(0)
        patch.setattr(os, "urandom", self)
        patch.setattr(random, "_urandom", self)  # of `secrets`

    def __call__(self, size: int) -> bytes:
        return self._drawn.randbytes(size)

    def begin(self, word: str) -> None:
        """Draw from a word from now on."""
        self._drawn = random.Random(word)


class _TakenBack(Exception):
    """Ends what is not to stay."""


@dataclass
class Reader:
    """Who asks: a role, an access level, and the areas beyond which a token of his does not reach."""

    role: str
    level: str
    staff: bool = False
    areas: frozenset[str] | None = None

    def sees(self, level: str, areas: frozenset[str]) -> bool:
        """Whether he may see an agreement of a level, in areas."""
        return level in Level.up_to(self.level) and (self.areas is None or bool(areas & self.areas))

    def asks(self, address: str) -> bool:
        """Whether he would ask there: areas bind his token, so then he is a program."""
        return self.areas is None or address.startswith("/api/v1/")

    def __str__(self) -> str:
        within = f" within {', '.join(sorted(self.areas))}" if self.areas else ""
        return f"{self.role}{' of staff' if self.staff else ''}, {self.level}{within}"


@dataclass
class World:
    """One of the two worlds in the making, and what is in it by then."""

    seed: int
    reader: Reader
    chance: Chance
    whole: bool
    acts: int
    users: dict[str, User] = field(default_factory=dict)
    shown: list[Agreement] = field(default_factory=list)
    hidden: list[Agreement] = field(default_factory=list)
    #: By what the reader is known to programs: a token of the API, and the secret of a calendar.
    secret: str = ""
    calendar: str = ""
    #: The secret of the feed of notifications.
    feed: str = ""
    #: Agreements in whose chains something hidden comes before what the reader sees, by reference, and the digests of
    #: these chains: each is made of the one before it, and of chance, and so is another one in the other world.
    resealed: set[str] = field(default_factory=set)
    seals: set[bytes] = field(default_factory=set)

    def make(self) -> None:
        """Do all that belongs to this world."""
        with time_machine.travel(BEGUN, tick=False) as moment:
            self.chance.begin(f"{self.seed} people")
            self._people()
            self.shown = list(Agreement.objects.for_user(self.users["reader"]).kept().order_by("reference")) or []
            if self.reader.areas is not None:
                inside = Agreement.objects.filter(areas__code__in=self.reader.areas).values("pk")
                self.shown = [one for one in self.shown if one.pk in set(inside.values_list("pk", flat=True))]
            self._own()
            self._follow_every_procedure()
            for number in range(self.acts):
                moment.move_to(BEGUN + timedelta(hours=number))
                self.chance.begin(f"{self.seed} {number}")
                self._act(number, random.Random(f"{self.seed} act {number}"))
                if number % 10 == 9:
                    # What is told is hidden again by some of the acts that come.
                    self.chance.begin(f"{self.seed} told {number}")
                    matching.follow()
                    self._name_by_what_they_tell()
            events.place()  # whoever asks first would give the places, of what is hidden, too
            self._note_seals()

    def _name_by_what_they_tell(self) -> None:
        """Give by what they stand for the keys that are drawn in a row, also for what a token does not reach."""
        for rows, whose in ((Notification.objects, "person_id"), (Delivery.objects, "webhook_id")):
            for key, entry, owner in list(rows.exclude(entry=None).values_list("pk", "entry", whose)):
                rows.filter(pk=key).update(id=uuid5(entry, str(owner)))

    def _note_seals(self) -> None:
        reader = User.objects.get(pk=self.users["reader"].pk)
        for agreement in self.shown:
            chain = Entry.objects.of(agreement)
            numbers = changes.hidden(chain, reader).numbers.get(agreement.pk, ())
            later = chain.filter(sequence__gte=min(numbers)) if numbers else chain.none()
            for digest in later.values_list("digest", flat=True):
                self.resealed.add(agreement.reference)
                self.seals |= {digest.encode(), f"{digest[:8]} … {digest[-8:]}".encode()}

    # ---- people and their own things ----
    def _people(self) -> None:
        unit = Unit.objects.create(code="legal", name_en="Legal Department")
        Unit.objects.create(code="quiet", name_en="Quiet Department")
        for name, role, level in (
            ("reader", self.reader.role, self.reader.level),
            ("colleague", "officer", Level.SECRET),
            ("lawyer", "treaty_department", Level.SECRET),
        ):
            user = User.objects.create_user(name, access_level=level, unit=unit if name == "reader" else None)
            user.is_staff = self.reader.staff
            user.save()
            user.groups.add(Group.objects.get(name=role))
            self.users[name] = user

    def _own(self) -> None:
        """Give the reader what is his own: a token, a calendar, a view; another shares one."""
        reader = self.users["reader"]
        delegations.give(
            self.users["colleague"], reader, by=self.users["colleague"], starts_on=date(2024, 12, 1),
            ends_on=date(2025, 1, 31),
        )  # fmt: skip
        areas = sorted(self.reader.areas or ())
        _token, self.secret = tokens.issue(reader, name="Tests", by=reader, scope=TokenScope.WRITE, areas=areas)
        _feed, self.calendar = feeds.create(reader, name="All", language="en")
        webhooks.create(reader, name="All", address="https://systems.example/pacta")
        for kind in ViewKind.values:
            query = "party=EU" if kind == ViewKind.AGREEMENTS else ""
            saved_views.create(reader, kind=kind, name=f"Mine, {kind}", query=query)
            saved_views.create(self.users["lawyer"], kind=kind, name=f"Shared, {kind}", query=query, shared=True)
        view = SavedView.objects.get(owner=reader, kind=ViewKind.AGREEMENTS)
        for what, target in (("party", Party.objects.get(code="EU")), ("view", view), ("unit", None)):
            subscriptions.watch(reader, what, target)
        self.feed = subscriptions.make_feed(reader)

    def _follow_every_procedure(self) -> None:
        """Let an agreement that all see follow each procedure: keys of versions are given in the order of their use."""
        areas = self._areas(random.Random(0), quiet=False)
        for code in ("ratified", "simplified", "multilateral", "non_binding", "eu_mixed"):
            proposal = lifecycle.Proposal(
                titles={"en": f"Plain {code}"}, kind="agreement", procedure=code, areas=areas,
                columns={"level": Level.PUBLIC},
            )  # fmt: skip
            self.chance.begin(f"{self.seed} {code}")
            self.shown.append(lifecycle.open(proposal, by=self.users["lawyer"], on=FuzzyDate.parse("2024")))

    # ---- acts ----
    def _act(self, number: int, chance: random.Random) -> None:
        """Do an act, unless the reader may not know of it and this is the world without."""
        quiet = chance.random() < 0.6
        first = number < 6
        kind = self._open if first else chance.choice(_ACTS).__get__(self)
        if quiet and not self.whole:
            return
        # Nobody keeps an account for longer than a request: what is asked once of it stays as it was then.
        self.users = {name: User.objects.get(pk=user.pk) for name, user in self.users.items()}
        try:
            with transaction.atomic():
                kind(chance, quiet)
        except Refused:
            return  # what is not possible at its stage; in both worlds alike

    def _level(self, chance: random.Random, quiet: bool) -> str:
        known = Level.up_to(self.reader.level)
        beyond = [level for level in Level.values if level not in known]
        return chance.choice(beyond if quiet and beyond else known)

    def _areas(self, chance: random.Random, quiet: bool) -> list[Area]:
        known = list(Area.objects.order_by("code"))
        if self.reader.areas is not None:
            known = [area for area in known if (area.code in self.reader.areas) is not quiet]
        return chance.sample(known, min(len(known), chance.randint(1, 2)))

    def _said(self, chance: random.Random, quiet: bool, what: str) -> dict[str, str]:
        topic = chance.choice(_WORDS)
        return {"en": f"{HUSHED if quiet else 'Plain'} {what} on {topic}"}

    def _one(self, chance: random.Random, quiet: bool) -> Agreement:
        found = self.hidden if quiet else self.shown
        if not found:
            raise Refused
        return chance.choice(found)

    def _open(self, chance: random.Random, quiet: bool) -> None:
        stage = chance.choice([*Stage.values, Stage.SIGNED, Stage.IN_FORCE, Stage.IN_FORCE])
        day = date(2024, 12, 1) - timedelta(days=chance.randrange(3000))
        until = date(2024, 12, 20) + timedelta(days=chance.randrange(-400, 900)) if chance.random() < 0.5 else None
        parties = list(Party.objects.order_by("code"))
        others = chance.sample(parties, 3)
        beyond = [level for level in Level.values if level not in Level.up_to(self.reader.level)]
        shared = not quiet and bool(beyond) and self.reader.areas is None and chance.random() < 0.3
        columns: dict[str, Any] = {
            "level": chance.choice(beyond) if shared else self._level(chance, quiet),
            "officer": self.users[chance.choice(["reader", "colleague", "lawyer"])],
            "lead_unit": Unit.objects.get(code=chance.choice(["legal", "quiet"])),
            "planned_signing": chance.choice([None, FuzzyDate.parse("2025-03"), FuzzyDate.parse("2025-01-15")]),
            "valid_until": until,
            "clause": chance.choice(_CLAUSES),
            "ball": chance.choice(["", *Ball.values]),
            "register_number": chance.choice(["", f"{number_of(chance)}"]),
            "next_step": self._said(chance, quiet, "step")["en"],
        }
        related = self.shown + (self.hidden if quiet else [])
        kinds = [*RelationKind.values, RelationKind.FOLLOWS, RelationKind.FOLLOWS]
        relations = [(chance.choice(kinds), one) for one in chance.sample(related, min(len(related), 2))]
        made = lifecycle.open(
            lifecycle.Proposal(
                titles=self._said(chance, quiet, "agreement"),
                kind=chance.choice(InstrumentKind.values),
                procedure=chance.choice(["", "simplified", "multilateral", "non_binding"]),
                stage=stage,
                areas=self._areas(chance, quiet),
                participants=[(party, chance.choice(Role.values)) for party in others],
                relations=relations,
                columns=columns,
            ),
            by=self.users[chance.choice(["colleague", "lawyer"])],
            on=FuzzyDate.of_day(day),
            source=f"{HUSHED if quiet else 'Open'} source",
        )
        if shared:  # above his level, and shown to him or to his unit nevertheless
            reader = self.users["reader"]
            whom: dict[str, Any] = {"user": reader} if chance.random() < 0.5 else {"unit": reader.unit}
            shares.give(made, by=self.users["lawyer"], reason="Plain reason", **whom)
        (self.hidden if quiet else self.shown).append(made)

    def _task(self, chance: random.Random, quiet: bool) -> None:
        tasks.add(
            self._one(chance, quiet),
            self._said(chance, quiet, "task"),
            by=self.users["lawyer"],
            due=chance.choice([None, FuzzyDate.parse("2024-12-20"), FuzzyDate.parse("2025-01-05")]),
            side=chance.choice(Ball.values[:2]),
            unit=Unit.objects.get(code=chance.choice(["legal", "quiet"])),
            person=self.users[chance.choice(["reader", "colleague"])],
        )

    def _task_done(self, chance: random.Random, quiet: bool) -> None:
        waiting = list(Task.objects.filter(agreement=self._one(chance, quiet)).order_by("created_at", "pk"))
        if waiting:
            tasks.complete(chance.choice(waiting), by=self.users["lawyer"])

    def _step(self, chance: random.Random, quiet: bool) -> None:
        agreement = self._one(chance, quiet)
        fresh = Agreement.objects.get(pk=agreement.pk)
        edges = fresh.rules.edges_from(fresh.stage)
        if edges:
            lifecycle.perform(
                agreement, chance.choice(edges), on=FuzzyDate.parse("2024-12-20"), by=self.users["lawyer"],
                evidence="COM(2025)154", out_of_procedure=True, reason="It was done.",
            )  # fmt: skip

    def _note(self, chance: random.Random, quiet: bool) -> None:
        said = self._said(chance, quiet, "note")
        lifecycle.note(self._one(chance, quiet), on=FuzzyDate.parse("2024-11"), by=self.users["lawyer"], what=said)

    def _hold(self, chance: random.Random, quiet: bool) -> None:
        said = self._said(chance, quiet, "reason")
        lifecycle.hold(self._one(chance, quiet), on=FuzzyDate.parse("2024-12"), by=self.users["lawyer"], reason=said)

    def _document(self, chance: random.Random, quiet: bool) -> None:
        agreement = self._one(chance, quiet)
        documents.store(
            agreement,
            chance.choice(DocumentKind.values),
            ContentFile(PDF + f"% {number_of(chance)}".encode(), "text.pdf"),
            on=FuzzyDate.parse("2024-10-10"),
            language=chance.choice(["en", "ru", "kk", "fr"]),
            title=self._said(chance, quiet, "text"),
            by=self.users["lawyer"],
        )

    def _document_above(self, chance: random.Random, quiet: bool) -> None:
        """Keep a document that is more secret than the agreement: in each world another one, at the same moment.

        That there was a write, the version of the agreement tells (docs/documents.md); nothing tells of what.
        """
        beyond = [level for level in Level.values if level not in Level.up_to(self.reader.level)]
        seen = [one for one in self.shown if one.level in Level.up_to(self.reader.level)]
        if quiet or not beyond or not seen:
            raise Refused
        agreement, own = chance.choice(seen), random.Random(f"{chance.random()} {self.whole}")
        documents.store(
            agreement,
            own.choice(DocumentKind.values),
            ContentFile(PDF + f"% {HUSHED}".encode() * own.randint(1, 9), f"{HUSHED}-{number_of(own)}.pdf"),
            on=FuzzyDate.of_day(date(2024, own.randint(1, 11), own.randint(1, 28))),
            language=own.choice(["en", "ru", "kk", "fr"]),
            title=self._said(own, True, "text"),
            level=chance.choice(beyond),
            source=f"{HUSHED} {number_of(own)}",
            by=self.users["lawyer"],
        )

    def _cited(self, chance: random.Random, quiet: bool) -> None:
        said = self._said(chance, quiet, "decision")["en"]
        documents.cite(
            self._one(chance, quiet), chance.choice(DocumentKind.values), on=FuzzyDate.parse("2024-09"),
            by=self.users["lawyer"], evidence=said,
        )  # fmt: skip

    def _clearance(self, chance: random.Random, quiet: bool) -> None:
        body = self._said(chance, quiet, "ministry")["en"]
        tasks.clear(
            self._one(chance, quiet), body, result=chance.choice(ClearanceResult.values),
            on=FuzzyDate.parse("2024-12-10"), by=self.users["lawyer"],
        )  # fmt: skip

    def _participant_acts(self, chance: random.Random, quiet: bool) -> None:
        agreement = self._one(chance, quiet)
        taking = list(Party.objects.filter(participations__agreement=agreement).order_by("code"))
        if not taking:
            raise Refused
        participation.act(
            agreement, chance.choice(taking), chance.choice(ActionKind.values), on=FuzzyDate.parse("2024-12-01"),
            by=self.users["lawyer"], out_of_procedure=True, reason="It was done.", evidence="Note No. 12",
        )  # fmt: skip

    def _promise(self, chance: random.Random, quiet: bool) -> None:
        commitments.undertake(
            self._one(chance, quiet), by=self.users["lawyer"], text_en=self._said(chance, quiet, "promise")["en"],
            party=Party.objects.get(code="EU"), unit=Unit.objects.get(code="legal"),
            due=chance.choice([None, FuzzyDate.parse("2024-12-01"), FuzzyDate.parse("2025-02")]),
        )  # fmt: skip

    def _quiet_party(self, chance: random.Random, quiet: bool) -> None:
        """Name an undisclosed participant: other parties where the reader does not see it than where he does."""
        parties = list(Party.objects.order_by("code"))[quiet::2]
        known, outside = Level.up_to(self.reader.level), quiet and self.reader.areas is not None
        levels = [level for level in Level.values if (level in known) is (outside or not quiet)] or Level.values
        made = undisclosed.name(
            self._one(chance, outside), chance.choice(parties), by=self.users["lawyer"], level=chance.choice(levels),
            role=chance.choice(Role.values), remark=self._said(chance, quiet, "remark")["en"],
        )  # fmt: skip
        end = chance.random()
        if end < 0.2:
            undisclosed.withdraw(made, by=self.users["lawyer"], reason=self._said(chance, quiet, "reason")["en"])
        elif end < 0.4 and not quiet:
            undisclosed.disclose(made, by=self.users["lawyer"], reason="It was announced.")

    def _meet(self, chance: random.Random, quiet: bool) -> None:
        day = date(2024, 12, 28) + timedelta(days=chance.randrange(-60, 120))
        level = self._level(chance, quiet and self.reader.areas is None)
        met = Meeting(format=Format.objects.get(code="cooperation-council"), level=level)
        met.title_en, met.on = self._said(chance, quiet, "talks")["en"], FuzzyDate.of_day(day)
        met.status = MeetingStatus.CONFIRMED if day > date(2024, 12, 28) else MeetingStatus.HELD
        agenda = [meetings.Point(one, talking_points="Plain words") for one in chance.sample(self.shown, 2)]
        unknown = [meetings.Point(one, talking_points=HUSHED) for one in self.hidden[:2]]
        if quiet and self.reader.areas is not None:
            agenda, unknown = [], unknown[:1]
        if not agenda and not unknown:
            raise Refused
        # Of a meeting that the reader sees some points concern what he does not: in the world without there are none.
        both = unknown[:1] + agenda[:1] + unknown[1:] + agenda[1:]
        meetings.arrange(met, by=self.users["lawyer"], parties=[Party.objects.get(code="EU")], agenda=both)

    def _edit(self, chance: random.Random, quiet: bool) -> None:
        said = self._said(chance, quiet, "step")["en"]
        with registers.editing(self._one(chance, quiet), by=self.users["lawyer"]) as fresh:
            fresh.next_step = said

    def _figure(self, chance: random.Random, quiet: bool) -> None:
        if quiet:
            return
        figure = Indicator(party=Party.objects.get(code="EU"), name_en="Trade", unit_en="euro", source="Eurostat")
        figure.value, figure.period_until = str(chance.randrange(1000)), date(2024, chance.randint(1, 12), 1)
        registers.create(figure, by=self.users["lawyer"])

    def _sent(self, chance: random.Random, quiet: bool) -> None:
        """Follow the events for the reader's webhook, and note what became of one; of what is hidden since, too."""
        mine = Delivery.objects.filter(webhook__owner=self.users["reader"])
        if quiet:  # it was sent while the reader still saw it
            entry = chance.choice(list(Entry.objects.of(self._one(chance, quiet))))
            hook = Webhook.objects.get(owner=self.users["reader"])
            Delivery.objects.get_or_create(webhook=hook, entry=entry, defaults={"created_at": clock.now()})
            mine = mine.filter(entry=entry)
        else:
            webhooks.tick(lambda _webhook: None)
            self._name_by_what_they_tell()
            reader = self.users["reader"]
            reader.areas_only = self.reader.areas
            mine = mine.for_user(reader)
        sent = list(mine.order_by("position", "pk"))
        if sent:
            state = chance.choice(DeliveryState.values)
            Delivery.objects.filter(pk=chance.choice(sent).pk).update(
                state=state,
                attempts=chance.randint(1, 9),
                attempted_at=clock.now(),
                next_attempt_at=None,
                status=chance.choice([200, 404, 503]),
                problem="" if state == DeliveryState.DELIVERED else "Plain words",
            )

    def _built(self, chance: random.Random, quiet: bool) -> None:
        """Build a report: for the reader, and of all that there is for somebody else.

        Whoever keeps the accounts sees that others had reports built: for him they do so in both worlds.
        """
        keeps_accounts = access.may(self.users["reader"], "accounts")
        if quiet and keeps_accounts:
            raise Refused
        others = quiet or (keeps_accounts and chance.random() < 0.5)
        by = self.users["lawyer" if others else "reader"]
        wish = dispatch.Wish(
            chance.choice(["portfolio", "plan", "deadlines"]), {}, chance.choice(["json", "csv"]), "en"
        )
        dispatch.build(dispatch.order(wish, by=by).pk)


def number_of(chance: random.Random) -> int:
    """A number that is hardly drawn twice."""
    return chance.randrange(10**6)


_ACTS: tuple[Any, ...] = (
    *(World._open, World._open, World._task, World._task, World._task_done, World._step, World._step, World._note),
    *(World._hold, World._document, World._document, World._cited, World._clearance, World._participant_acts),
    *(World._participant_acts, World._promise, World._meet, World._meet, World._edit, World._figure),
    *(World._quiet_party, World._quiet_party, World._quiet_party),
    *(World._document_above, World._sent, World._sent, World._built),
)


@contextmanager
def taken_back(folder: Path) -> Iterator[None]:
    """Take back at the end all that is written within, to the database and to the folder of documents."""
    cache.clear()
    ContentType.objects.clear_cache()
    try:
        with transaction.atomic():
            _count_from_the_rows()
            yield
            raise _TakenBack
    except _TakenBack:
        cache.clear()
        shutil.rmtree(folder, ignore_errors=True)


def _count_from_the_rows() -> None:
    """Let counted keys go on behind the rows that are there: PostgreSQL does not take its sequences back."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models(include_auto_created=True)):
            cursor.execute(statement)


def asked_at_once(tell: Callable[[], Any]) -> Any:
    """Return what is told while the clock stands still."""
    with time_machine.travel(NOW, tick=False):
        return tell()
