"""Subscriptions: what people watch, what they were told of it, and the mails that told them."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agreements import clock
from agreements.choices import DeliveryState
from agreements.models.agreement import Agreement
from agreements.models.base import Visible, one_of
from agreements.models.delegation import any_running
from agreements.models.document import Document
from agreements.models.journal import Entry
from agreements.models.party import Area, Party
from agreements.models.saved_view import SavedView, seen_by
from agreements.models.share import any_held
from agreements.notice_choices import DigestKind, MailingKind, MailState, Pace, WatchKind, Weekday
from agreements.words import LANGUAGES

_HOUR = MaxValueValidator(23)


class Own(Visible):
    """What belongs to one person, and is seen by him alone."""

    def for_user(self, user: Any) -> Any:
        """Return the user's own; nothing for nobody and for the deactivated."""
        if user is None or not user.is_active or not user.is_authenticated:
            return self.none()
        return self.filter(person=user)


class Subscriptions(Own):
    """Subscriptions, each seen by its person only."""

    def running(self) -> "Subscriptions":
        """Keep those by which somebody is told."""
        return self.filter(paused_at=None, person__is_active=True, person__is_service=False)

    def following(self) -> "Subscriptions":
        """Read them with what they are about, and say of each whether its person sees the view that it follows."""
        views = SavedView.objects.filter(seen_by(OuterRef("person")), pk=OuterRef("view"))
        rows = self.select_related("agreement", "party", "area", "view")
        return rows.annotate(view_seen=Exists(views))


class Subscription(models.Model):
    """Of what somebody wants to be told: of events about what is watched, in the product, by e-mail, or both.

    `groups` are values of EventGroup, none of them: all events. `hour` and `weekday` are the ministry's, and count
    where the mails of a day or a week come together. The own unit is the one in which the person is by then.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="subscriptions", verbose_name=_("for"), editable=False
    )
    what = models.CharField(pgettext_lazy("subscription", "watched"), max_length=10, choices=WatchKind)
    agreement = models.ForeignKey(
        Agreement, models.PROTECT, null=True, blank=True, related_name="subscriptions", verbose_name=_("agreement")
    )
    party = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, related_name="subscriptions", verbose_name=_("party")
    )
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="subscriptions", verbose_name=_("area")
    )
    view = models.ForeignKey(
        SavedView, models.PROTECT, null=True, blank=True, related_name="subscriptions", verbose_name=_("saved view")
    )
    groups = models.JSONField(_("kinds of events"), default=list, blank=True)
    important_only = models.BooleanField(_("only what is important"), default=False)
    in_product = models.BooleanField(_("in Pacta"), default=True)
    by_mail = models.BooleanField(_("by e-mail"), default=True)
    pace = models.CharField(_("by e-mail, how soon"), max_length=12, choices=Pace, default=Pace.DAILY)
    hour = models.PositiveSmallIntegerField(_("at what hour"), default=8, validators=[_HOUR])
    weekday = models.PositiveSmallIntegerField(_("on which day"), choices=Weekday, default=Weekday.MONDAY)
    paused_at = models.DateTimeField(_("paused"), null=True, editable=False)
    resumed_at = models.DateTimeField(_("taken up again"), null=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created"), editable=False)
    changed_at = models.DateTimeField(_("last change"), editable=False)

    objects = Subscriptions.as_manager()

    #: Read by `Subscriptions.following`.
    view_seen: bool

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["-created_at", "pk"]
        constraints = (
            one_of("what", WatchKind, model="subscription"),
            one_of("pace", Pace, model="subscription"),
            models.CheckConstraint(condition=Q(hour__lte=23), name="subscription_hour_of_a_day"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="subscription_weekday_of_a_week"),
            models.CheckConstraint(
                condition=Q(what=WatchKind.AGREEMENT, agreement__isnull=False)
                | Q(what=WatchKind.PARTY, party__isnull=False)
                | Q(what=WatchKind.AREA, area__isnull=False)
                | Q(what=WatchKind.VIEW, view__isnull=False)
                | Q(what=WatchKind.UNIT),
                name="subscription_to_something",
            ),
            *(
                models.UniqueConstraint(
                    fields=["person", name], condition=Q(**{f"{name}__isnull": False}), name=f"subscription_{name}_once"
                )
                for name in ("agreement", "party", "area", "view")
            ),
            models.UniqueConstraint(fields=["person"], condition=Q(what=WatchKind.UNIT), name="subscription_unit_once"),
        )

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.target or ''}".rstrip(": ")

    @property
    def target(self) -> Agreement | Party | Area | SavedView | None:
        """What is watched; None of the own unit."""
        return self.agreement or self.party or self.area or self.view

    @property
    def paused(self) -> bool:
        """Whether nobody is told by it for now."""
        return self.paused_at is not None

    @property
    def since(self) -> datetime:
        """The moment from which on somebody is told: of what was recorded before it, or while it was paused, nobody."""
        return self.resumed_at or self.created_at


class Wishes(Own):
    """How people want to be told, each seen by himself only."""


class NotificationWishes(models.Model):
    """How one person is told, whatever of: the language, quiet hours, digests, reminders, the feed.

    In quiet hours (of the ministry's time, over midnight where they end earlier than they begin) no mail is sent that
    would be sent at once. `feed_digest` is the SHA-256 of the secret in the address of the feed; empty: there is none.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, primary_key=True, related_name="wishes", verbose_name=_("for")
    )
    language = models.CharField(_("language"), max_length=2, choices=[(code, code) for code in LANGUAGES])
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    own_acts = models.BooleanField(_("also what I recorded myself"), default=False)
    reminders_by_mail = models.BooleanField(_("reminders by e-mail, too"), default=True)
    digest = models.CharField(_("digest"), max_length=8, choices=DigestKind, default=DigestKind.NONE)
    digest_pace = models.CharField(_("how often"), max_length=12, choices=Pace, default=Pace.WEEKLY)
    digest_hour = models.PositiveSmallIntegerField(_("at what hour"), default=8, validators=[_HOUR])
    digest_weekday = models.PositiveSmallIntegerField(_("on which day"), choices=Weekday, default=Weekday.MONDAY)
    digest_report = models.BooleanField(_("with the report of changes attached"), default=False)
    digest_since = models.DateTimeField(_("digests since"), null=True, editable=False)
    feed_digest = models.CharField(_("digest of the secret"), max_length=64, blank=True, editable=False)
    feed_made_at = models.DateTimeField(_("feed made"), null=True, editable=False)
    feed_used_at = models.DateTimeField(_("feed last used"), null=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    changed_at = models.DateTimeField(_("last change"), editable=False)

    objects = Wishes.as_manager()

    class Meta:
        verbose_name = _("wishes for notifications")
        verbose_name_plural = _("wishes for notifications")
        constraints = (
            one_of("digest", DigestKind, model="wishes"),
            models.CheckConstraint(condition=Q(digest_pace__in=[Pace.DAILY, Pace.WEEKLY]), name="wishes_pace_known"),
            models.CheckConstraint(condition=Q(language__in=LANGUAGES), name="wishes_language_known"),
            models.CheckConstraint(condition=Q(digest_hour__lte=23), name="wishes_hour_of_a_day"),
            models.CheckConstraint(condition=Q(digest_weekday__lte=6), name="wishes_weekday_of_a_week"),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="wishes_quiet_from_and_until",
                violation_error_message=_("Give both ends of the quiet hours, or none."),
            ),
            models.UniqueConstraint(fields=["feed_digest"], condition=~Q(feed_digest=""), name="wishes_feed_unique"),
        )

    def __str__(self) -> str:
        return str(self.person)

    @property
    def said_at(self) -> datetime | None:
        """When it was said last how the person wants to be told; None where nothing was said."""
        return self.changed_at if self.version else None


class Mailings(Own):
    """Mails, each seen by its person only."""

    def due(self) -> "Mailings":
        """Keep those that wait, the moment of their next attempt being past."""
        return self.filter(state=DeliveryState.WAITING, next_attempt_at__lte=clock.now())

    def about_what_is_seen_by(self, reader: Any, hidden: Collection[UUID] = ()) -> "Mailings":
        """Leave out those of which all is hidden from a reader by now, whosever they are.

        `hidden` are keys of entries of which only a closer look says that they are (`changes.hidden`).
        """
        told = Notification.objects.filter(mailing=OuterRef("pk"))
        seen = told.about_what_is_seen_by(reader).exclude(entry__in=hidden)
        return self.filter(~Exists(told) | Exists(seen))


class Mailing(models.Model):
    """A mail to one person: once as a row, as often sent as is needed. What it says is written when it is sent.

    `period` names what is sent once only: the hour of a digest. `next_attempt_at` lies ahead while an attempt is made.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="mailings", verbose_name=_("for"))
    kind = models.CharField(_("kind"), max_length=8, choices=MailingKind)
    period = models.CharField(_("period"), max_length=40, blank=True)
    state = models.CharField(
        pgettext_lazy("sending", "state"), max_length=9, choices=DeliveryState, default=DeliveryState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True)
    created_at = models.DateTimeField(_("created"))
    attempted_at = models.DateTimeField(_("last attempt"), null=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    sent_to = models.CharField(_("sent to"), max_length=254, blank=True)
    problem = models.CharField(_("problem"), max_length=300, blank=True)

    objects = Mailings.as_manager()

    class Meta:
        verbose_name = _("mail about events")
        verbose_name_plural = _("mails about events")
        ordering = ["-created_at", "pk"]
        constraints = (
            one_of("kind", MailingKind, model="mailing"),
            one_of("state", DeliveryState, model="mailing"),
            models.UniqueConstraint(
                fields=["person", "kind", "period"], condition=~Q(period=""), name="mailing_of_a_period_once"
            ),
        )
        indexes = (
            models.Index(fields=["state", "next_attempt_at"], name="mailing_due"),
            models.Index(fields=["person", "-created_at"], name="mailing_of_person"),
        )

    def __str__(self) -> str:
        return f"{self.person} {self.created_at:%Y-%m-%d %H:%M}"


class Notifications(Own):
    """Notifications: each person sees his own, about what he may still see."""

    def for_user(self, user: Any) -> "Notifications":
        """Return the user's own, without those about what is hidden from him by now."""
        if user is None or not user.is_active or not user.is_authenticated:
            return self.none()
        own: Notifications = super().for_user(user)
        return own.about_what_is_seen_by(user)

    def about_what_is_seen_by(self, reader: Any) -> "Notifications":
        """Leave out those about what is hidden from a reader by now, whosever they are.

        Within areas also those about no agreement, such as a meeting: that one was told of it, something beyond the
        areas may be the reason for, and nothing else would tell of that.
        """
        seen = Entry.objects.for_user(reader).filter(pk=OuterRef("entry"))
        kept = Agreement.objects.for_user(reader).filter(pk=OuterRef("agreement"))
        rows = self.filter(Q(entry=None) | Exists(seen), Q(agreement=None) | Exists(kept))
        if reader.areas_only is not None:
            rows = rows.exclude(agreement=None)
        beyond = Document.objects.beyond(reader).filter(pk=OuterRef("document"))
        return rows.filter(Q(document=None) | ~Exists(beyond))

    def told(self) -> "Notifications":
        """Keep those that are shown in the product."""
        return self.filter(in_product=True)

    def unread(self) -> "Notifications":
        """Keep those that are shown in the product and not read; of some it is not known at once whether to count."""
        return self.told().filter(read_at=None, counted=True)


class Notification(models.Model):
    """That one person is told of one event, or reminded of one thing: once, however many subscriptions match.

    `agreement` and `document` are what it is about, by which it is hidden when they are. `counted` is off where only a
    closer look says whether the person may still see it: the number beside the bell leaves it out. `reminder` names
    the thing and the step of its reminders; `data` are what it says.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="notifications", verbose_name=_("for")
    )
    entry = models.ForeignKey(
        Entry, models.PROTECT, null=True, related_name="notifications", verbose_name=_("journal entry")
    )
    position = models.BigIntegerField(_("position among the events"), default=0)
    agreement = models.ForeignKey(Agreement, models.PROTECT, null=True, related_name="+", verbose_name=_("agreement"))
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+", verbose_name=_("document"))
    reminder = models.CharField(_("reminder"), max_length=100, blank=True)
    data = models.JSONField(_("data"), default=dict, blank=True)
    important = models.BooleanField(_("important"), default=False)
    in_product = models.BooleanField(_("in Pacta"), default=True)
    counted = models.BooleanField(_("counted"), default=True)
    created_at = models.DateTimeField(_("created"))
    read_at = models.DateTimeField(_("read"), null=True)
    mail = models.CharField(_("mail"), max_length=8, choices=MailState, default=MailState.NONE)
    due_at = models.DateTimeField(_("mail due"), null=True)
    gathered = models.BooleanField(_("with others"), default=False)
    mailing = models.ForeignKey(
        Mailing, models.SET_NULL, null=True, related_name="notifications", verbose_name=_("mail about events")
    )

    objects = Notifications.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-created_at", "-position", "pk"]
        constraints = (
            one_of("mail", MailState, model="notification"),
            models.UniqueConstraint(fields=["person", "entry"], name="notification_of_an_event_once"),
            models.UniqueConstraint(
                fields=["person", "reminder"], condition=~Q(reminder=""), name="notification_reminder_once"
            ),
            models.CheckConstraint(
                condition=Q(entry__isnull=False) | ~Q(reminder=""), name="notification_of_something"
            ),
        )
        indexes = (
            models.Index(fields=["person", "-created_at", "-position", "id"], name="notification_of_person"),
            models.Index(
                fields=["person"], condition=Q(read_at__isnull=True, in_product=True), name="notification_unread"
            ),
            models.Index(
                fields=["due_at", "person"],
                condition=Q(mail=MailState.WAITING, mailing__isnull=True),
                name="notification_mail_waiting",
            ),
        )

    def __str__(self) -> str:
        return f"{self.person} {self.created_at:%Y-%m-%d %H:%M}"


class NotificationHead(models.Model):
    """The position of the last event of which everybody was told. Its one row is the lock under which that is done.

    `reminded_at` is when it was last looked whether anybody is to be reminded.
    """

    reached = models.BigIntegerField(_("position of the last event"), default=0)
    reminded_at = models.DateTimeField(_("reminders last looked for"), null=True)

    class Meta:
        verbose_name = _("last event that was told of")
        verbose_name_plural = _("last event that was told of")

    def __str__(self) -> str:
        return str(self.reached)


def with_readers(rows: Any) -> Any:
    """Read rows that belong to persons with these, and with whether they hold shares or act for somebody absent."""
    return rows.select_related("person__unit").annotate(
        holds_shares=any_held("person", "person__unit"), stands_in=any_running("person")
    )


def any_unread(person: str) -> Exists:
    """Ask, within a query of accounts, whether there are notifications that are not read; `person` is the column."""
    return Exists(Notification.objects.filter(person=OuterRef(person), read_at=None, in_product=True))
