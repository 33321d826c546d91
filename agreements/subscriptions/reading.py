"""What somebody was told of, as the product shows it: read and unread, by what he may see at this moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from agreements import clock, events
from agreements.access import reader_of
from agreements.models import Notification, User
from agreements.models.prepared import Prepared
from agreements.subscriptions import mails
from agreements.subscriptions.mails import Line

#: So many notifications a page shows.
PAGE = 50
#: The number beside the bell counts so far.
COUNTED = 99
#: Every page asks this.
_UNREAD = Prepared(
    lambda person, reader: (
        Notification.objects.filter(person=person)
        .about_what_is_seen_by(reader)
        .unread()
        .order_by()
        .values_list("pk")[: COUNTED + 1]
    )
)


@dataclass(frozen=True)
class Told:
    """A notification with what it says."""

    row: Notification
    line: Line


def told_of(user: User, *, unread: bool = False, important: bool = False) -> Any:
    """Return the notifications of a user that the product shows, the latest first, as a query."""
    rows = Notification.objects.for_user(user).told()
    if unread:
        rows = rows.filter(read_at=None)
    if important:
        rows = rows.filter(important=True)
    return rows.order_by("-created_at", "-position", "pk")


def read(user: User, rows: Sequence[Notification]) -> list[Told]:
    """Return notifications with what they say; those of which the user may know nothing are left out."""
    told = events.of(user, [row.entry_id for row in rows if row.entry_id])
    found = []
    for row in rows:
        if row.entry_id is None:
            found.append(Told(row, mails.reminder_line(row)))
        elif row.entry_id in told:
            found.append(Told(row, mails.line_of(told[row.entry_id], important=row.important)))
    return found


def number_unread(user: User) -> int:
    """Return how many notifications are unread, counted up to a bound; no query where it is known that none are."""
    if getattr(user, "holds_unread", None) is False:
        return 0
    return len(_UNREAD(user.pk, reader_of(user)))


def mark_read(user: User, keys: Sequence[UUID] | None = None) -> int:
    """Mark notifications of a user as read, all that he may see where none are named; return how many were not."""
    rows = Notification.objects.for_user(user).filter(read_at=None)
    if keys is not None:
        rows = rows.filter(pk__in=keys)
    return int(rows.update(read_at=clock.now()))
