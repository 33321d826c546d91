"""Reminders: of tasks, of the last day for notice, of the end of validity; each step once, until the thing is done.

Who is reminded follows from what he has to do with it (reminders.toml, or the procedure in the version that the
agreement follows), not from what he watches; a deputy is reminded beside whom he stands in for. Nobody is reminded of
what he may not see.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from agreements import access, attention, clock, reminders, tidings
from agreements.choices import Ball, Group, Stage, TaskStatus
from agreements.dates import render_day
from agreements.models import (
    Agreement,
    Delegation,
    Notification,
    NotificationHead,
    NotificationWishes,
    ProcedureVersion,
    Task,
    User,
)
from agreements.notice_choices import MailState
from agreements.procedures import Procedure
from agreements.reminders import Recipient, Step, Steps, Thing
from agreements.subscriptions.keeping import begin, usual
from agreements.words import pick

#: How often it is looked whether anybody is to be reminded.
APART = timedelta(minutes=50)
#: So many days after its last step a thing is caught up with; what lies longer back reminds nobody.
_LATER = 30
_HEAD = 1


@dataclass(frozen=True)
class Due:
    """A reminder that is due: of what, by which step, about which agreement, and who has to do with it."""

    thing: Thing
    key: UUID
    agreement: UUID
    level: str
    last: date
    step: Step
    person: UUID | None
    officer: UUID | None
    unit: Any
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What names it: the thing with its last day, and the step; another last day reminds anew."""
        return f"{self.thing}:{self.key}:{self.last.isoformat()}:{self.step.ahead}"


def is_time() -> bool:
    """Whether it was not looked lately whether anybody is to be reminded."""
    at = NotificationHead.objects.filter(pk=_HEAD).values_list("reminded_at", flat=True).first()
    return at is None or clock.now() - at >= APART


def remind() -> int:
    """Remind those who are to be reminded by now; return how many were. Several at once do not double."""
    begin()
    with transaction.atomic():
        head = NotificationHead.objects.select_for_update().get(pk=_HEAD)
        now = clock.now()
        if head.reminded_at is not None and now - head.reminded_at < APART:
            return 0
        made = list(_new(list(due(clock.today()))))
        Notification.objects.bulk_create(made, batch_size=2000, ignore_conflicts=True)
        head.reminded_at = now
        head.save(update_fields=["reminded_at"])
    return len(made)


# ---- what is due ----
def due(today: date) -> Iterator[Due]:
    """Yield the reminders whose day has come, the latest step of each thing."""
    known = _Known.of_today()
    yield from _of_tasks(known, today)
    yield from _of_periods(known, today)


@dataclass(frozen=True)
class _Known:
    """The steps that hold for all, and what procedures say in the versions that are in use, by their digests."""

    steps: Steps
    own: Mapping[str, Procedure]

    @classmethod
    def of_today(cls) -> "_Known":
        versions = ProcedureVersion.objects.all()
        own = versions.rules(versions.order_by().values_list("digest", flat=True))
        return cls(reminders.load(settings.REMINDERS_FILE), own)

    def span(self, *things: Thing) -> tuple[int, int]:
        """Return how many days before and after a last day there are steps under any procedure."""
        return self.steps.span(*things, own=[step for rules in self.own.values() for step in rules.reminders])

    def due(self, thing: Thing, digest: str, last: date, today: date) -> Step | None:
        """Return the latest step whose day has come, under a version of a procedure; none under one that came since."""
        rules = self.own.get(digest)
        return None if rules is None else self.steps.due(thing, rules.code, last, today, rules.reminders)


def _of_tasks(known: _Known, today: date) -> Iterator[Due]:
    before, after = known.span(Thing.TASK)
    rows = Task.objects.kept().filter(
        status=TaskStatus.OPEN, due_by__range=(today - timedelta(days=after + _LATER), today + timedelta(days=before))
    )
    columns = (
        *("pk", "agreement", "agreement__level", "due_by", "agreement__procedure_version__digest", "side"),
        *("person", "agreement__officer", "unit", "agreement__lead_unit", "title_texts"),
    )
    for row in rows.order_by("pk").values_list(*columns):
        key, agreement, level, last, version, side, person, officer, unit, lead, titles = row
        if step := known.due(Thing.TASK, version, last, today):
            responsible = person if side == Ball.OWN else None
            data = {"title": titles, "day": last.isoformat()}
            yield Due(Thing.TASK, key, agreement, level, last, step, responsible, officer, unit or lead, data)


def _of_periods(known: _Known, today: date) -> Iterator[Due]:
    """Yield those of validity; which agreements may be near is read from columns, what holds from their journal."""
    before, after = known.span(Thing.NOTICE, Thing.END)
    near = (today - timedelta(days=after + _LATER), today + timedelta(days=before))
    candidates = Agreement.objects.kept().filter(
        Q(valid_until__range=near) | Q(valid_until__isnull=False, renewal_years__isnull=False),
        stage__in=(Stage.IN_FORCE, Stage.SUSPENDED),
    )
    rows = {
        row[0]: row[1:]
        for row in candidates.order_by("pk").values_list(
            "pk", "level", "officer", "lead_unit", "procedure_version__digest"
        )
    }
    for thing, key, last in _last_days(rows.keys(), today) if rows else ():
        level, officer, unit, version = rows[key]
        if near[0] <= last <= near[1] and (step := known.due(thing, version, last, today)):
            data = {"day": last.isoformat()}
            yield Due(thing, key, key, level, last, step, None, officer, unit, data)


def _last_days(agreements: Collection[UUID], today: date) -> Iterator[tuple[Thing, UUID, date]]:
    """Yield the last days of agreements in operation, as they stand; one for notice only while it can be given."""
    found = attention.review(User.objects.service("tick"), as_of=today, only=list(agreements), bare=True).seen
    for key in agreements:
        seen = found.get(key)
        if seen is None or seen.period is None or seen.group != Group.OPERATIVE:
            continue
        if seen.period.last_notice is not None and seen.period.last_notice >= today:
            yield Thing.NOTICE, key, seen.period.last_notice
        if seen.period.renews_on is None:
            yield Thing.END, key, seen.period.last


# ---- who is told ----
def _new(found: list[Due]) -> Iterator[Notification]:
    """Yield the notifications of reminders that were not given yet, to those who may see what they are about."""
    given = _given(found)
    fresh = [one for one in found if one.name not in given]
    if not fresh:
        return
    people = _People(fresh)
    wishes = {one.person_id: one for one in NotificationWishes.objects.filter(person__in=people.by_key)}
    now = timezone.localtime(clock.now())
    for one in fresh:
        for key, why in people.of(one).items():
            person = people.by_key[key]
            asked = wishes.get(key) or usual(person)
            by_mail = asked.reminders_by_mail and bool(person.email)
            yield Notification(
                person=person,
                agreement_id=one.agreement,
                reminder=one.name,
                data={"thing": one.thing, "to": why, **one.data},
                important=one.step.ahead <= 0 or one.thing != Thing.TASK,
                created_at=now,
                mail=MailState.WAITING if by_mail else MailState.NONE,
                due_at=tidings.after_quiet(now, asked.quiet_from, asked.quiet_until) if by_mail else None,
            )


def _given(found: list[Due]) -> set[str]:
    """Return which reminders were given before, to anybody."""
    names, given = [one.name for one in found], set[str]()
    for start in range(0, len(names), 500):
        rows = Notification.objects.filter(reminder__in=names[start : start + 500])
        given |= set(rows.order_by().values_list("reminder", flat=True))
    return given


class _People:
    """Those who have to do with reminders: read once for all of them, a fixed number of queries and one for each."""

    def __init__(self, found: Collection[Due]) -> None:
        keys = {key for one in found for key in (one.person, one.officer) if key}
        units = {one.unit for one in found if one.unit}
        named = User.objects.signing_in().filter(is_active=True, is_service=False)
        permission = access.PERMISSIONS["unit"]
        heads = Q(unit__in=units, groups__permissions__codename=permission)
        heads |= Q(unit__in=units, user_permissions__codename=permission)
        treaty = Q(groups__name="treaty_department")
        rows = named.filter(Q(pk__in=keys) | heads | treaty).distinct()
        self.by_key: dict[UUID, User] = {user.pk: user for user in rows}
        self._heads: dict[Any, list[UUID]] = defaultdict(list)
        for key, unit in named.filter(heads).order_by("pk").values_list("pk", "unit").distinct():
            self._heads[unit].append(key)
        self._treaty = list(named.filter(treaty).order_by("pk").values_list("pk", flat=True))
        self._deputies: dict[UUID, list[UUID]] = defaultdict(list)
        for row in Delegation.objects.running().filter(absent__in=self.by_key).order_by("pk"):
            self._deputies[row.absent_id].append(row.deputy_id)
        others = {key for keys in self._deputies.values() for key in keys} - self.by_key.keys()
        self.by_key |= {user.pk: user for user in named.filter(pk__in=others)}
        agreements = {one.agreement for one in found}
        self._seen = {key: _sees(user, agreements) for key, user in self.by_key.items()}

    def of(self, one: Due) -> dict[UUID, str]:
        """Return who is told of a reminder, and as what."""
        found: dict[UUID, str] = {}
        for recipient in one.step.to:
            for key in self._named(recipient, one):
                for told in (key, *self._deputies.get(key, ())):
                    if one.agreement in self._seen.get(told, ()):
                        found.setdefault(told, recipient)
        return found

    def _named(self, recipient: Recipient, one: Due) -> Iterable[UUID]:
        match recipient:
            case Recipient.RESPONSIBLE:
                key = one.person or one.officer
                return [key] if key else self._heads[one.unit]
            case Recipient.OFFICER:
                return [one.officer] if one.officer else self._heads[one.unit]
            case Recipient.HEAD:
                return self._heads[one.unit]
        return self._treaty


def _sees(person: User, agreements: set[UUID]) -> set[UUID]:
    rows = Agreement.objects.for_user(person).filter(pk__in=agreements).order_by()
    return set(rows.values_list("pk", flat=True))


# ---- what a reminder says ----
def standing(rows: Iterable[Notification]) -> set[UUID]:
    """Return which of some reminders still hold: the task is open, the last day is that of an agreement in force."""
    kept = [row for row in rows if row.reminder]
    tasks = {_key(row) for row in kept if row.data["thing"] == Thing.TASK}
    others = {_key(row) for row in kept} - tasks
    due = Task.objects.filter(pk__in=tasks, status=TaskStatus.OPEN).values_list("pk", "due_by") if tasks else ()
    still = {(Thing.TASK, *one) for one in due} | set(_last_days(others, clock.today()) if others else ())
    return {row.pk for row in kept if (row.data["thing"], _key(row), date.fromisoformat(row.data["day"])) in still}


def _key(row: Notification) -> UUID:
    return UUID(row.reminder.split(":")[1])


def sentence(data: Mapping[str, Any]) -> str:
    """Say of what somebody is reminded, as it stands today."""
    day = date.fromisoformat(data["day"])
    told = {"day": render_day(day), "task": pick(data.get("title", {})).text}
    match data["thing"]:
        case Thing.TASK if day < clock.today():
            return _("Overdue since %(day)s: %(task)s") % told
        case Thing.TASK:
            return _("Due on %(day)s: %(task)s") % told
        case Thing.NOTICE:
            return _("Last day for notice against renewal: %(day)s.") % told
    return _("Validity ends on %(day)s.") % told


def why(data: Mapping[str, Any]) -> str:
    """Say why somebody is told who is not the one to act."""
    match data.get("to"):
        case Recipient.HEAD:
            return _("You are told as head of the unit.")
        case Recipient.TREATY_DEPARTMENT:
            return _("You are told as a member of the treaty department.")
    return ""
