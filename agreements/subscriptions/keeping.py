"""What people do with their subscriptions: watch, change, pause, remove; how they want to be told; their feed."""

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from agreements import clock, events
from agreements.choices import ViewKind
from agreements.guards import Reason, Refused
from agreements.models import (
    Agreement,
    Area,
    NotificationHead,
    NotificationWishes,
    Party,
    SavedView,
    Subscription,
    User,
)
from agreements.notice_choices import DigestKind, EventGroup, Pace, WatchKind, Weekday
from agreements.registers import VOID_RECORD
from agreements.saved_views import selection_of
from agreements.words import LANGUAGES

#: So many subscriptions a person may have.
MOST = 200
_HEAD = 1
#: The model of what is watched, by its kind; the name of the kind is that of the column.
TARGETS: dict[str, Any] = {
    WatchKind.AGREEMENT: Agreement,
    WatchKind.PARTY: Party,
    WatchKind.AREA: Area,
    WatchKind.VIEW: SavedView,
}
UNKNOWN = Reason(
    "target-unknown", _("There is nothing of that name, or you may not see it."), asked="target", firm=True
)
NO_UNIT = Reason("unit-missing", _("Your account belongs to no unit."), asked="what", firm=True)
ALREADY = Reason("watched-already", _("You watch it already: change that subscription."), asked="target", firm=True)
TOO_MANY = Reason(
    "subscriptions-many",
    _("You have %(count)s subscriptions. Remove one that you no longer need."),
    {"count": MOST},
    firm=True,
)
NO_WAY = Reason("channel-missing", _("Choose at least one way: in Pacta or by e-mail."), asked="in_product", firm=True)
GROUP_UNKNOWN = Reason("groups-unknown", _("There is no such kind of events."), asked="groups", firm=True)
OTHER_VIEW = Reason("view-other", _("Only views of the list of agreements can be watched."), asked="target", firm=True)
TOO_BROAD = Reason(
    "view-attention",
    _("A view by what needs attention cannot be watched: that changes from day to day without an event."),
    asked="target",
    firm=True,
)
GONE = Reason("subscription-gone", _("The subscription was removed meanwhile."), firm=True)
_CHANGED = ("groups", "important_only", "in_product", "by_mail", "pace", "hour", "weekday", "paused_at", "resumed_at")


# ---- subscriptions ----
def watch(
    by: User,
    what: str,
    target: Any = None,
    *,
    groups: Sequence[str] = (),
    important_only: bool = False,
    in_product: bool = True,
    by_mail: bool = True,
    pace: str = Pace.DAILY,
    hour: int = 8,
    weekday: int = Weekday.MONDAY,
) -> Subscription:
    """Have somebody told of what happens from now on to what he watches. Raises Refused."""
    now = clock.now()
    made = Subscription(
        person=by,
        what=what,
        groups=list(groups),
        important_only=important_only,
        in_product=in_product,
        by_mail=by_mail,
        pace=pace,
        hour=hour,
        weekday=weekday,
        created_at=now,
        changed_at=now,
    )
    if what in TARGETS:
        setattr(made, str(what), target)
    begin()
    with transaction.atomic():
        _lock(by)
        reasons = [*_of_target(made), *_objections(made)]
        others = Subscription.objects.filter(person=by)
        column = "what" if what == WatchKind.UNIT else str(what)
        if not reasons and others.filter(**{column: what if what == WatchKind.UNIT else target}).exists():
            reasons.append(ALREADY)
        if others.count() >= MOST:
            reasons.append(TOO_MANY)
        if reasons:
            raise Refused(*reasons)
        made.full_clean(validate_constraints=False)
        made.save(force_insert=True)
        _keep_language(by)
    return made


@contextmanager
def changing(subscription: Subscription, *, by: User) -> Iterator[Subscription]:
    """Change a subscription inside the block; it is checked and saved when that ends. Raises Refused."""
    with transaction.atomic():
        fresh = _locked(subscription, by=by)
        before = copy.copy(fresh)
        yield fresh
        if before.paused and not fresh.paused:
            fresh.resumed_at = clock.now()
        if reasons := list(_objections(fresh)):
            raise Refused(*reasons)
        if any(getattr(fresh, column) != getattr(before, column) for column in _CHANGED):
            fresh.version, fresh.changed_at = fresh.version + 1, clock.now()
            fresh.full_clean(validate_constraints=False)
            fresh.save(update_fields=[*_CHANGED, "version", "changed_at"])


@contextmanager
def removing(subscription: Subscription, *, by: User) -> Iterator[Subscription]:
    """Remove a subscription when the block ends; what it told of stays. Raises Refused."""
    with transaction.atomic():
        fresh = _locked(subscription, by=by)
        yield fresh
        fresh.delete()


def pause(subscription: Subscription, *, by: User, paused: bool) -> Subscription:
    """Tell nobody by it for now, or tell again. What happens meanwhile is not told of later. Raises Refused."""
    with changing(subscription, by=by) as fresh:
        fresh.paused_at = (fresh.paused_at or clock.now()) if paused else None
    return fresh


def begin() -> None:
    """Begin to follow the events where nobody has: at the last one, so that nobody is told of the past."""
    if not NotificationHead.objects.filter(pk=_HEAD).exists():
        NotificationHead.objects.get_or_create(pk=_HEAD, defaults={"reached": events.place()})


def _of_target(made: Subscription) -> Iterator[Reason]:
    """Yield what stands against watching it at all."""
    if made.what == WatchKind.UNIT:
        if made.person.unit_id is None:
            yield NO_UNIT
        return
    model = TARGETS.get(made.what)
    target = made.target
    if model is None or target is None or not model.objects.for_user(made.person).filter(pk=target.pk).exists():
        yield UNKNOWN
    elif made.agreement is not None and made.agreement.is_void:
        yield VOID_RECORD
    elif made.view is not None and made.view.kind != ViewKind.AGREEMENTS:
        yield OTHER_VIEW
    elif made.view is not None and getattr(selection_of(made.view), "chosen", {}).get("attention"):
        yield TOO_BROAD


def _objections(made: Subscription) -> Iterator[Reason]:
    if not (made.in_product or made.by_mail):
        yield NO_WAY
    if not isinstance(made.groups, list) or not set(made.groups) <= set(EventGroup.values):
        yield GROUP_UNKNOWN
    else:
        made.groups = [group for group in EventGroup.values if group in made.groups]


def _lock(person: User) -> None:
    """Let nobody else write subscriptions of the person meanwhile: two at once must not pass the same count."""
    User.objects.select_for_update(of=("self",)).get(pk=person.pk)


def _locked(subscription: Subscription, *, by: User) -> Subscription:
    _lock(by)
    fresh = Subscription.objects.following().filter(pk=subscription.pk, person=by).first()
    if fresh is None:
        raise Refused(GONE)
    fresh.person = by
    return fresh


# ---- how somebody is told ----
def wishes_of(person: User) -> NotificationWishes:
    """Return how a person wants to be told; where nothing was said, what holds then, without a row."""
    return NotificationWishes.objects.filter(person=person).first() or usual(person)


def usual(person: User) -> NotificationWishes:
    """Return how somebody is told who has not said how: version 0, which no row has."""
    return NotificationWishes(person=person, language=settings.LANGUAGE_CODE, changed_at=clock.now(), version=0)


@contextmanager
def wishing(by: User) -> Iterator[NotificationWishes]:
    """Change how somebody is told inside the block; it is checked and saved when that ends. Raises ValidationError.

    A digest that is asked for anew begins from then on.
    """
    with transaction.atomic():
        _lock(by)
        found = NotificationWishes.objects.filter(person=by).first()
        fresh = found or usual(by)
        before = (fresh.digest, fresh.digest_pace, fresh.digest_hour, fresh.digest_weekday)
        yield fresh
        now = clock.now()
        if fresh.digest == DigestKind.NONE:
            fresh.digest_since = None
        elif fresh.digest_since is None or before != (
            fresh.digest, fresh.digest_pace, fresh.digest_hour, fresh.digest_weekday
        ):  # fmt: skip
            fresh.digest_since = now
        fresh.version, fresh.changed_at = fresh.version + 1, now
        fresh.full_clean(exclude=["person"] if found else [])
        fresh.save()


def _keep_language(by: User) -> None:
    """Keep the language in which somebody reads who watches something for the first time."""
    language = (get_language() or settings.LANGUAGE_CODE)[:2]
    NotificationWishes.objects.get_or_create(
        person=by,
        defaults={
            "language": language if language in LANGUAGES else settings.LANGUAGE_CODE,
            "changed_at": clock.now(),
        },
    )
