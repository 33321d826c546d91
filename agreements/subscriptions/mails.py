"""What mails about events say: as text and as HTML, in the person's language, no more than may leave Pacta.

A mail names an agreement only up to MAIL_LEVEL; of what is above it, it says that something waits in Pacta. Mails about
one agreement refer to one message that never was, so that mail programs show them together.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from agreements import events, sealed
from agreements.choices import SubjectKind
from agreements.dates import NBSP
from agreements.events import Happening
from agreements.models import Agreement, Mailing, Notification, User
from agreements.notice_choices import MailingKind
from agreements.subscriptions import reminding

#: So many events one mail lists; how many more there are it says in a number.
LISTED = 50
PURPOSE = "unsubscribe"
#: Which mails a link in one of them ends: all about events, reminders, digests.
EVENTS, REMINDERS, DIGESTS = "events", "reminders", "digests"


@dataclass(frozen=True)
class Line:
    """Something that a mail tells: of what, what happened, the address of its page, whether it is important."""

    title: str
    said: str
    page: str = ""
    aside: str = ""
    important: bool = False

    @property
    def address(self) -> str:
        """The whole address of the page; empty where Pacta does not know its own."""
        return site() + self.page if self.page and site() else ""


@dataclass(frozen=True)
class Section:
    """A part of a mail: a heading, lines, what is said where there are none, and how many are left out."""

    heading: str
    lines: Sequence[Line]
    empty: str = ""
    more: str = ""


def site() -> str:
    """Return how the addresses of Pacta begin; empty where that is not set."""
    return settings.PACTA_URL.rstrip("/")


# ---- mails about events ----
def write(mailing: Mailing, person: User) -> tuple[EmailMultiAlternatives, Iterable[UUID]] | None:
    """Return the mail and the keys of the notifications that it tells of; None where nothing may be seen any more."""
    seen = Notification.objects.for_user(person).filter(mailing=mailing)
    rows = list(seen.select_related("agreement").order_by("-important", "position", "created_at", "pk")[:LISTED])
    keys = [row.entry_id for row in rows if row.entry_id]
    visible = events.of(person, keys)
    leaving = events.within(person, settings.MAIL_LEVEL)
    told = events.of(leaving, keys)
    shown = Agreement.objects.for_user(leaving).filter(pk__in={row.agreement_id for row in rows if row.reminder})
    named = set(shown.values_list("pk", flat=True))
    standing = reminding.standing(rows)
    kept = [row for row in rows if (row.entry_id in visible if row.entry_id else row.pk in standing)]
    lines = [
        line_of(told[row.entry_id], important=row.important) if row.entry_id else reminder_line(row)
        for row in kept
        if (row.entry_id in told if row.entry_id else row.agreement_id in named)
    ]
    if not kept:
        return None
    bare = len(kept) - len(lines)
    beyond = seen.filter(counted=True).count() - sum(row.counted for row in rows) if len(rows) == LISTED else 0
    every = {row.pk for row in kept} | set(seen.values_list("pk", flat=True) if beyond else ())
    only = kept[0] if len(kept) == 1 and not beyond else None
    message = compose(
        person,
        _subject(lines, len(kept) + beyond, named=bool(lines) and only is not None),
        [Section("", lines, more=_more(bare, beyond))],
        ends=REMINDERS if only is not None and only.reminder else EVENTS,
        mailing=mailing,
        lead=_lead(mailing, len(kept) + beyond, nothing=not lines),
        thread=only.agreement_id if only is not None and lines else None,
    )
    return message, every


def line_of(happening: Happening, *, important: bool) -> Line:
    """Return an event as a line."""
    event = happening.event
    said = f"{event.label}, {event.on}" if event.on else event.label
    words = event.what.text or event.reason.text
    aside = _("Recorded by %(name)s.") % {"name": event.actor_name}
    if event.voided:
        aside = f"{pgettext('event', 'Struck out since.')} {aside}"
    return Line(
        happening.subject.title, f"{said}. {words}" if words else f"{said}.", happening.subject.page, aside, important
    )


def reminder_line(row: Notification) -> Line:
    """Return a reminder as a line."""
    agreement = row.agreement
    page = agreement.get_absolute_url() if agreement else ""
    return Line(str(agreement), reminding.sentence(row.data), page, reminding.why(row.data), row.important)


def _subject(lines: Sequence[Line], number: int, *, named: bool) -> str:
    if named:
        return f"{lines[0].title}: {lines[0].said}"
    return ngettext("%(number)s new notification", "%(number)s new notifications", number) % {"number": number}


def _lead(mailing: Mailing, number: int, *, nothing: bool) -> str:
    if nothing:
        return ""
    if mailing.kind == MailingKind.STORM:
        return _("Much has happened within a short time. It is told here together.")
    if number == 1:
        return ""
    return ngettext(
        "%(number)s event about what you watch:", "%(number)s events about what you watch:", number
    ) % {"number": number}  # fmt: skip


def _more(bare: int, beyond: int) -> str:
    told = []
    if beyond:
        told.append(
            ngettext("%(number)s more is told in Pacta.", "%(number)s more are told in Pacta.", beyond)
            % {"number": beyond}
        )
    if bare:
        told.append(
            ngettext(
                "%(number)s notification waits for you in Pacta. Its level of confidentiality does not allow it to be "
                "told by e-mail.",
                "%(number)s notifications wait for you in Pacta. Their level of confidentiality does not allow them to "
                "be told by e-mail.",
                bare,
            )
            % {"number": bare}
        )
    return " ".join(told)


# ---- every mail ----
def compose(
    person: User,
    subject: str,
    sections: Sequence[Section],
    *,
    ends: str,
    mailing: Mailing,
    lead: str = "",
    thread: UUID | None = None,
) -> EmailMultiAlternatives:
    """Return a mail of sections as text and as HTML, with the headers by which programs know what it is."""
    headers = {
        "Message-ID": f"<{mailing.pk.hex}.pacta@{_domain()}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    context = {
        "subject": subject,
        "lead": lead,
        "sections": sections,
        "language": (get_language() or "en")[:2],
        "notifications": site() + reverse("notifications") if site() else "",
        "subscriptions": site() + reverse("subscriptions") if site() else "",
        "off": "",
    }
    if site():
        off = site() + reverse("unsubscribe", args=[token_of(person, ends)])
        context["off"] = off
        headers |= {"List-Unsubscribe": f"<{off}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    if thread is not None:
        root = f"<{_thread(thread)}.thread.pacta@{_domain()}>"
        headers |= {"References": root, "In-Reply-To": root}
    line = " ".join(f"Pacta: {subject}".replace(NBSP, " ").split())
    message = EmailMultiAlternatives(
        subject=line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…",
        body=render_to_string("mails/mail.txt", context),
        to=[person.email],
        headers=headers,
    )
    message.attach_alternative(render_to_string("mails/mail.html", context), "text/html")
    return message


#: Longer subjects are cut: mail programs show less.
_LONGEST = 160


def _thread(agreement: UUID) -> str:
    return hashlib.sha256(f"{SubjectKind.AGREEMENT}:{agreement}".encode()).hexdigest()[:24]


def _domain() -> str:
    """Return the domain of the sender's address, which makes names of messages unlike all others."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


# ---- the link that ends them ----
def token_of(person: User, ends: str) -> str:
    """Return the secret of the link by which a person ends mails of a kind, without signing in."""
    return sealed.name(f"{ends}:{person.pk}", purpose=PURPOSE)


def read_token(token: str) -> tuple[str, UUID]:
    """Return which mails a link ends, and whose. Raises sealed.Unreadable."""
    ends, _colon, person = sealed.named(token, purpose=PURPOSE).partition(":")
    return ends, UUID(person)
