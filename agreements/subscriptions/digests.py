"""Digests: what moved, what is due, what is stuck - for an officer, a head of a unit, the minister's office.

They say what the desk of the same scope shows, and what was recorded since the last digest, as far as it may leave
Pacta by mail (MAIL_LEVEL). A digest is made once for each period; of several that were missed, the last.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements import attention, clock, desk, events, reports, tidings
from agreements.choices import EntryKind, Level, Origin, SubjectKind
from agreements.dates import render_day
from agreements.desk import Dated, Desk, Scope
from agreements.desk.scope import agreements as agreements_of
from agreements.models import Agreement, Entry, Mailing, NotificationWishes, User
from agreements.notice_choices import DigestKind, Pace
from agreements.subscriptions import mails
from agreements.subscriptions.keeping import wishes_of
from agreements.subscriptions.mails import Line, Section, line_of
from agreements.words import pick

_SCOPES = {DigestKind.OFFICER: Scope.MINE, DigestKind.HEAD: Scope.UNIT, DigestKind.OFFICE: Scope.ALL}
#: So many lines each part has at most.
LISTED = 20
#: So many days ahead something is due.
AHEAD = 14
_MOVES = (
    EntryKind.OPEN, EntryKind.STEP, EntryKind.HOLD, EntryKind.RELEASE, EntryKind.ACTION, EntryKind.CLEARANCE,
    EntryKind.VOID,
)  # fmt: skip


def due() -> Iterator[tuple[User, str]]:
    """Yield the persons whose digest is due, with the name of its period: the last hour they asked for."""
    now = timezone.localtime(clock.now())
    rows = NotificationWishes.objects.exclude(digest=DigestKind.NONE).filter(
        person__is_active=True, person__is_service=False
    )
    for one in rows.exclude(person__email="").select_related("person").order_by("person"):
        at = tidings.last_at(now, one.digest_pace, one.digest_hour, one.digest_weekday)
        if one.digest_since is not None and at > one.digest_since:
            period = at.isoformat()
            if not Mailing.objects.filter(person=one.person, kind="digest", period=period).exists():
                yield one.person, period


def write(mailing: Mailing, person: User) -> EmailMultiAlternatives:
    """Return the digest as it stands now."""
    wishes = wishes_of(person)
    scope = _SCOPES.get(DigestKind(wishes.digest), Scope.MINE)
    reader = events.within(person, settings.MAIL_LEVEL)
    until = datetime.fromisoformat(mailing.period)
    since = until - timedelta(days=7 if wishes.digest_pace == Pace.WEEKLY else 1)
    today = clock.today()
    read = desk.read(reader, scope, today)
    message = mails.compose(
        person,
        f"{_title(wishes)}, {render_day(today)}",
        [_moved(reader, scope, since, until), _due(read), _stuck(read)],
        ends=mails.DIGESTS,
        mailing=mailing,
        lead=_lead(person, reader, read, since),
    )
    if wishes.digest_report:
        _attach(message, reader, since)
    return message


def _title(wishes: NotificationWishes) -> str:
    return _("Daily digest") if wishes.digest_pace == Pace.DAILY else _("Weekly digest")


def _lead(person: User, reader: User, read: Desk, since: datetime) -> str:
    told = [
        ngettext("%(number)s agreement, since %(day)s.", "%(number)s agreements, since %(day)s.", read.sifted.number)
        % {"number": read.sifted.number, "day": render_day(timezone.localtime(since).date())}
    ]
    if read.tally.late:
        told.append(
            ngettext("%(number)s task is overdue.", "%(number)s tasks are overdue.", read.tally.late)
            % {"number": read.tally.late}
        )
    if person.access_level != reader.access_level:
        level = Level(reader.access_level).label
        told.append(_("What is above the level “%(level)s” is not told by e-mail.") % {"level": level})
    return " ".join(told)


# ---- what moved ----
def _moved(reader: User, scope: Scope, since: datetime, until: datetime) -> Section:
    entries = Entry.objects.for_user(reader).filter(
        subject_kind=SubjectKind.AGREEMENT,
        kind__in=_MOVES,
        origin=Origin.RECORDED,
        recorded_at__gt=since,
        recorded_at__lte=until,
    )
    lying = agreements_of(reader, scope).order_by().filter(pk=OuterRef("subject"))
    entries = entries.filter(Exists(lying)).order_by("-recorded_at", "pk")
    number = entries.count()
    events.place()
    keys = list(entries.values_list("pk", flat=True)[:LISTED])
    told = events.of(reader, keys)
    lines = [line_of(told[key], important=False) for key in keys if key in told]
    return Section(_("What moved"), lines, _("Nothing was recorded in this time."), _more(number - len(keys)))


def _more(number: int) -> str:
    if number <= 0:
        return ""
    return ngettext("%(number)s more in Pacta.", "%(number)s more in Pacta.", number) % {"number": number}


# ---- what is due ----
def _due(read: Desk) -> Section:
    rows = [one for one in read.dates if one.days <= AHEAD]
    lines = [_dated(one) for one in rows[:LISTED]]
    return Section(_("What is due"), lines, _("Nothing is due in the next two weeks."), _more(len(rows) - len(lines)))


def _dated(one: Dated) -> Line:
    days = one.days
    if days < 0:
        left = ngettext("late by %(days)s day", "late by %(days)s days", -days) % {"days": -days}
    elif days == 0:
        left = _("today")
    else:
        left = ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}
    title = pick(attention.title_of(one.seen)).text
    return Line(title, f"{one.what}: {one.on} ({left})", _page(one.seen.record["reference"]), important=days < 0)


def _page(reference: str) -> str:
    return Agreement(reference=reference).get_absolute_url()


# ---- what is stuck ----
def _stuck(read: Desk) -> Section:
    lines = [
        Line(pick(attention.title_of(one.seen)).text, one.sentence, _page(one.seen.record["reference"]))
        for one in read.held[:LISTED]
    ]
    return Section(_("What is stuck"), lines, _("Nothing is stuck."), _more(len(read.held) - len(lines)))


# ---- the report of changes ----
def _attach(message: EmailMultiAlternatives, reader: User, since: datetime) -> None:
    """Attach the report of changes as PDF, of the days since the last digest and as far as it may leave Pacta."""
    today = clock.today()
    days = (timezone.localtime(clock.now()) - timezone.localtime(since)).days
    content = reports.REPORTS["changes"].build(reader, since=today - timedelta(days=max(days, 1)))
    made = reports.render("changes", content, "pdf")
    data = made.encode() if isinstance(made, str) else made
    message.attach(f"changes-{today.isoformat()}.pdf", data, "application/pdf")
