"""The mails: which are to be sent, one worker for each, tried again later and later, never to who may not see it.

`gather` makes mails of the notifications that are due; `deliver` sends what is due. What a mail says is written at that
moment: what its reader may not see by then is left out, and where nothing is left nothing is sent.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import clock
from agreements.choices import DeliveryState
from agreements.guards import Reason, Refused
from agreements.models import Agreement, Mailing, Notification, User
from agreements.notice_choices import MailingKind, MailState
from agreements.subscriptions import digests, mails
from agreements.subscriptions.keeping import wishes_of

_log = logging.getLogger(__name__)
#: After so many minutes a failed attempt is repeated; after the last one it is given up.
RETRIES = (1, 5, 30, 120, 480)
#: For so long nobody else makes an attempt that was begun.
HELD = timedelta(minutes=10)
#: So many mails a person gets at once within an hour; what is more comes together in one.
MOST_SINGLE, HOUR = 10, timedelta(hours=1)
#: So many mails one call sends.
MOST_AT_ONCE = 200
#: So long mails are kept in the log when they are over, and notifications of events.
KEPT = timedelta(days=180)
NOT_GIVEN_UP = Reason(
    "mail-not-given-up", gettext_lazy("Only a mail that was given up is sent again; this one was not."), firm=True
)


# ---- which mails are to be sent ----
def gather() -> int:
    """Make mails of the notifications whose moment has come; return how many. Several at once do not double."""
    waiting = Notification.objects.filter(mail=MailState.WAITING, mailing=None, due_at__lte=clock.now())
    persons = waiting.order_by("person").values_list("person", flat=True).distinct()
    return sum(_gather_for(person) for person in list(persons))


def _gather_for(person: UUID) -> int:
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=person)
        now = clock.now()
        rows = Notification.objects.filter(
            person=person, mail=MailState.WAITING, mailing=None, due_at__lte=now
        ).order_by("position", "created_at", "pk")
        due = list(rows.values_list("pk", "gathered", "due_at"))
        made = 0
        if together := [key for key, gathered, _at in due if gathered]:
            period = max(at for _key, gathered, at in due if gathered and at).isoformat()
            made += _mail(person, MailingKind.GATHERED, together, now, period)
        if at_once := [key for key, gathered, _at in due if not gathered]:
            made += _at_once(person, at_once, now)
    return made


def _at_once(person: UUID, keys: Sequence[UUID], now: datetime) -> int:
    """Make a mail of each, or, where they would be too many within an hour, one of all: one an hour at most."""
    lately = Mailing.objects.filter(person=person, created_at__gt=now - HOUR)
    if lately.filter(kind=MailingKind.SINGLE).count() + len(keys) <= MOST_SINGLE:
        return sum(_mail(person, MailingKind.SINGLE, [key], now) for key in keys)
    last = lately.filter(kind=MailingKind.STORM).order_by("-created_at").values_list("created_at", flat=True).first()
    if last is not None:
        _of(keys, lambda rows: rows.update(due_at=last + HOUR))
        return 0
    return _mail(person, MailingKind.STORM, keys, now)


def _mail(person: UUID, kind: MailingKind, keys: Sequence[UUID], now: datetime, period: str = "") -> int:
    made = Mailing.objects.create(person_id=person, kind=kind, period=period, created_at=now, next_attempt_at=now)
    _of(keys, lambda rows: rows.update(mailing=made))
    return 1


def _of(keys: Sequence[UUID], act: Callable[[Any], Any], size: int = 500) -> None:
    for start in range(0, len(keys), size):
        act(Notification.objects.filter(pk__in=keys[start : start + size]))


def begin_digest(person: User, period: str) -> bool:
    """Make the mail of a digest for a period; False where it was made before."""
    now = clock.now()
    try:
        with transaction.atomic():
            Mailing.objects.create(
                person=person, kind=MailingKind.DIGEST, period=period, created_at=now, next_attempt_at=now
            )
    except IntegrityError:  # another tick was faster
        return False
    return True


# ---- sending ----
def deliver() -> int:
    """Send what is due, over one connection; return how many attempts were made. Several at once do not double."""
    attempts, connection = 0, get_connection()
    try:
        while attempts < MOST_AT_ONCE and (mailing := _take()):
            attempts += 1
            if not _send(mailing, connection):
                connection.close()  # the next one begins anew
    finally:
        connection.close()
    return attempts


def _take() -> Mailing | None:
    """Return the next mail that is due for this worker alone; None where nothing is."""
    with transaction.atomic():
        free = Mailing.objects.due().select_for_update(skip_locked=True)
        mailing = free.order_by("next_attempt_at", "created_at", "pk").first()
        if mailing is None:
            return None
        mailing.attempts += 1
        mailing.attempted_at = clock.now()
        mailing.next_attempt_at = mailing.attempted_at + HELD
        mailing.save(update_fields=["attempts", "attempted_at", "next_attempt_at"])
    return mailing


def _send(mailing: Mailing, connection: Any) -> bool:
    """Make one attempt; return whether it went well."""
    if mailing.attempts > len(RETRIES) + 1:  # every worker that took it died of it
        return _failed(mailing, _("No attempt came to its end."))
    person = User.objects.signing_in().get(pk=mailing.person_id)
    try:
        with translation.override(wishes_of(person).language):
            written = write(mailing, person)
            if written is None:
                _note(mailing, DeliveryState.WITHHELD, MailState.WITHHELD, ())
                return True
            message, told = written
            message.connection = connection
            connection.open()
            message.send()
    except Exception as error:  # whatever it was, it is kept with the mail, and tried again
        _log.warning("mail %s to user %s failed, attempt %s: %s", mailing.pk, person.pk, mailing.attempts, error)
        return _failed(mailing, f"{type(error).__name__}: {error}")
    _note(mailing, DeliveryState.DELIVERED, MailState.SENT, told, sent_at=clock.now(), sent_to=person.email)
    return True


def write(mailing: Mailing, person: User) -> tuple[EmailMultiAlternatives, Iterable[UUID]] | None:
    """Return the mail as its reader may know it now, and the keys of the notifications in it; None: nothing is left."""
    if not person.is_active or not person.email:
        return None
    if mailing.kind == MailingKind.DIGEST:
        return digests.write(mailing, person), ()
    return mails.write(mailing, person)


def _note(mailing: Mailing, state: DeliveryState, mail: MailState, told: Iterable[UUID], **columns: Any) -> None:
    """Write down that a mail is over. What was left out of it is withheld for good."""
    with transaction.atomic():
        held = Mailing.objects.filter(pk=mailing.pk, state=DeliveryState.WAITING, attempts=mailing.attempts)
        if not held.update(state=state, next_attempt_at=None, problem="", **columns):
            return  # another worker has it by now: this one held it too long
        rows = Notification.objects.filter(mailing=mailing, mail=MailState.WAITING)
        kept = list(told)
        if mail == MailState.SENT and kept:
            for start in range(0, len(kept), 500):
                rows.filter(pk__in=kept[start : start + 500]).update(mail=mail)
        left = Notification.objects.filter(mailing=mailing, mail=MailState.WAITING)
        left.update(mail=MailState.WITHHELD)


def _failed(mailing: Mailing, problem: str) -> bool:
    held = Mailing.objects.filter(pk=mailing.pk, state=DeliveryState.WAITING, attempts=mailing.attempts)
    said = " ".join(problem.split())[:300]
    if mailing.attempts <= len(RETRIES):
        pause = timedelta(minutes=RETRIES[mailing.attempts - 1])
        held.update(next_attempt_at=clock.now() + pause, problem=said)
        return False
    with transaction.atomic():
        if held.update(state=DeliveryState.FAILED, next_attempt_at=None, problem=said):
            Notification.objects.filter(mailing=mailing, mail=MailState.WAITING).update(mail=MailState.FAILED)
            _log.error("mail %s to user %s was given up: %s", mailing.pk, mailing.person_id, said)
    return False


def again(mailing: Mailing) -> Mailing:
    """Have a mail that was given up sent again, and return it. Raises Refused where it was not given up."""
    with transaction.atomic():
        given_up = Mailing.objects.filter(pk=mailing.pk, state=DeliveryState.FAILED)
        if not given_up.update(state=DeliveryState.WAITING, attempts=0, next_attempt_at=clock.now(), problem=""):
            raise Refused(NOT_GIVEN_UP)
        Notification.objects.filter(mailing=mailing, mail=MailState.FAILED).update(mail=MailState.WAITING)
    return Mailing.objects.get(pk=mailing.pk)


def prune() -> None:
    """Forget mails that are over, and notifications of events, when they are old. Reminders stay: they come once."""
    before = clock.now() - KEPT
    old = Notification.objects.filter(reminder="", created_at__lt=before).exclude(mail=MailState.WAITING)
    # What is told of an agreement under a legal hold stays.
    old.filter(~Exists(Agreement.objects.preserved().filter(pk=OuterRef("agreement")))).delete()
    Mailing.objects.filter(created_at__lt=before).exclude(state=DeliveryState.WAITING).delete()
