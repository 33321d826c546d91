"""The link in every mail that ends mails of its kind, without signing in: RFC 8058 has programs follow it, too."""

from django.db import transaction

from agreements import clock
from agreements.models import Notification, Subscription, User
from agreements.notice_choices import DigestKind, MailState
from agreements.sealed import Unreadable
from agreements.subscriptions import mails
from agreements.subscriptions.keeping import wishing


def reader_of_link(token: str) -> tuple[str, User] | None:
    """Return which mails a link ends, and whose; None for what is no such link, or of an account not in use."""
    try:
        ends, key = mails.read_token(token)
    except (Unreadable, ValueError):
        return None
    person = User.objects.filter(pk=key, is_active=True).first()
    return (ends, person) if person is not None and ends in (mails.EVENTS, mails.REMINDERS, mails.DIGESTS) else None


@transaction.atomic
def end_mails(ends: str, person: User) -> None:
    """End mails of a kind to a person: what was told by mail only is told in the product from now on."""
    with wishing(person) as wishes:
        if ends == mails.DIGESTS:
            wishes.digest = DigestKind.NONE
        if ends == mails.REMINDERS:
            wishes.reminders_by_mail = False
    waiting = Notification.objects.filter(person=person, mail=MailState.WAITING, mailing=None)
    if ends == mails.REMINDERS:
        waiting.exclude(reminder="").update(mail=MailState.NONE, due_at=None)
    if ends == mails.EVENTS:
        by_mail = Subscription.objects.filter(person=person, by_mail=True)
        for one in by_mail.order_by("pk"):
            one.by_mail, one.in_product = False, True
            one.version, one.changed_at = one.version + 1, clock.now()
            one.save(update_fields=["by_mail", "in_product", "version", "changed_at"])
        waiting.filter(reminder="").update(mail=MailState.NONE, due_at=None, in_product=True)
