"""Subscriptions and notifications in JSON: what the reader watches, how he is told of it, and of what he was."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from agreements import clock, subscriptions
from agreements.api.fields import Choice, ClockTime, Coded, Flag, Number
from agreements.api.serializers.base import Address, Moment, Reading, Writing
from agreements.api.serializers.registry import DERIVED
from agreements.api.serializers.saved_views import ViewKey
from agreements.choices import DeliveryState
from agreements.models import Agreement, Area, NotificationWishes, Party, Subscription, User
from agreements.notice_choices import (
    DigestKind,
    DigestPace,
    EventGroup,
    MailingKind,
    MailState,
    Pace,
    ToldIn,
    WatchKind,
)
from agreements.subscriptions import Told

_WHAT = "What is watched; `agreement`, `party`, `area` or `view` names it, and `unit` is the reader’s own unit."
_GROUPS = "The kinds of events; none: all of them."
_HOUR = "The hour of the ministry at which mails come that come together, 0 to 23."
_WEEKDAY = "The day of mails that come once a week, 0 (Monday) to 6."


class SubscriptionSerializer(Reading):
    """Of what the reader is told, and how."""

    id = serializers.UUIDField()
    what = Choice(WatchKind, help_text=_WHAT)
    agreement = serializers.SerializerMethodField(help_text="Its reference; null where the reader no longer sees it.")
    party = serializers.CharField(source="party_code", allow_null=True, help_text="Its code.")
    area = serializers.CharField(source="area_code", allow_null=True, help_text="Its code.")
    view = serializers.UUIDField(source="view_id", allow_null=True, help_text="The key of a saved view.")
    groups = serializers.ListField(child=Choice(EventGroup), help_text=_GROUPS)
    important_only = serializers.BooleanField(help_text="Only steps, holds, entry into force and corrections.")
    in_product = serializers.BooleanField(help_text="Whether it is told in Pacta, and under `notifications/`.")
    by_mail = serializers.BooleanField(help_text="Whether it is told by e-mail.")
    pace = Choice(Pace, help_text="How soon it is told by e-mail.")
    hour = serializers.IntegerField(help_text=_HOUR)
    weekday = serializers.IntegerField(help_text=_WEEKDAY)
    paused_at = Moment(allow_null=True, help_text="Since when nobody is told by it.")
    created_at = Moment()
    changed_at = Moment()
    version = serializers.IntegerField()
    url = Address("subscription", "id")

    def get_agreement(self, one: Any) -> str | None:
        """Return the reference of what is watched, where the reader may see it."""
        return one.agreement.reference if one.agreement is not None and one.agreement_seen else None


#: What is watched, by the kinds that say which.
_TARGETS = ("agreement", "party", "area", "view")


class _Ways(Writing):
    """Of which events, and how."""

    groups = serializers.ListField(child=Choice(EventGroup), required=False, max_length=20, help_text=_GROUPS)
    important_only = Flag(required=False)
    in_product = Flag(required=False)
    by_mail = Flag(required=False)
    pace = Choice(Pace, required=False)
    hour = Number(required=False, min_value=0, max_value=23, help_text=_HOUR)
    weekday = Number(required=False, min_value=0, max_value=6, help_text=_WEEKDAY)


_DERIVED = dict.fromkeys(("id", "paused_at", "created_at", "changed_at", "version", "url"), DERIVED)


class SubscriptionEdit(_Ways):
    """A change of a subscription."""

    fixed: ClassVar[Mapping[str, str | Promise]] = {
        **_DERIVED,
        **dict.fromkeys(
            ("what", *_TARGETS),
            gettext_lazy("A subscription stays one to the same. Make another to something else."),
        ),
    }

    paused = Flag(required=False, help_text="Nobody is told by it for now; what happens meanwhile is not told later.")

    def apply(self, one: Subscription) -> None:
        """Set what was given on a subscription that is being changed."""
        given = dict(self.validated_data)
        if "paused" in given:
            one.paused_at = (one.paused_at or clock.now()) if given.pop("paused") else None
        for column, value in given.items():
            setattr(one, column, value)


class SubscriptionInput(_Ways):
    """A new subscription, of the user who asks."""

    fixed: ClassVar[Mapping[str, str | Promise]] = _DERIVED

    what = Choice(WatchKind, help_text=_WHAT)
    agreement = Coded(
        Agreement.objects.for_user, "reference", named=False, required=False, help_text="The reference of an agreement."
    )
    party = Coded(Party.objects.for_user, required=False, help_text="The code of a party.")
    area = Coded(Area.objects.for_user, required=False, help_text="The code of an area.")
    view = ViewKey(required=False, help_text="The key of a saved view of agreements.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what names something else than is watched: it would be lost in silence."""
        sentence = _("Leave this out: “what” says that something else is watched, %(what)s.") % {"what": attrs["what"]}
        if lost := {name: [sentence] for name in _TARGETS if name in attrs and name != attrs["what"]}:
            raise ValidationError(lost)
        return attrs

    def open(self, by: User) -> Subscription:
        """Watch it."""
        given: dict[str, Any] = dict(self.validated_data)
        targets = {name: given.pop(name, None) for name in _TARGETS}
        what = given.pop("what")
        return subscriptions.watch(by, what, targets.get(what), **given)


# ---- how the reader is told ----
_QUIET = (
    "Between these times of the ministry, over midnight where they end earlier than they begin, no mail comes that "
    "would come at once. Both or neither."
)
_DIGEST = "For whom the digest tells what moved, what is due and what is stuck."


class WishesSerializer(Reading):
    """How the reader is told, whatever of."""

    language = Choice(ToldIn, help_text="Of mails, digests, their reports and the feed.")
    quiet_from = ClockTime(allow_null=True, help_text=_QUIET)
    quiet_until = ClockTime(allow_null=True)
    own_acts = serializers.BooleanField(help_text="Whether he is told also of what he recorded himself.")
    reminders_by_mail = serializers.BooleanField(help_text="Whether reminders come by e-mail, too.")
    digest = Choice(DigestKind, help_text=_DIGEST)
    digest_pace = Choice(DigestPace, help_text="How often the digest comes.")
    digest_hour = serializers.IntegerField(help_text=_HOUR)
    digest_weekday = serializers.IntegerField(help_text=_WEEKDAY)
    digest_report = serializers.BooleanField(help_text="Whether the report of changes comes with it, as PDF.")
    digest_since = Moment(allow_null=True, help_text="Since when digests are asked for as they are now.")
    feed_made_at = Moment(allow_null=True, help_text="Since when the feed has its address; null: there is none.")
    feed_used_at = Moment(allow_null=True, help_text="When the feed was last read, to the hour.")
    changed_at = Moment(source="said_at", allow_null=True, help_text="Null while nothing was said.")
    version = serializers.IntegerField()


class WishesFeedSerializer(WishesSerializer):
    """The same with the new address of the feed, which is told this once."""

    address = serializers.CharField(help_text="What a feed reader reads. Whoever knows it can read the feed.")


class WishesEdit(Writing):
    """A change of how the user who asks is told."""

    fixed: ClassVar[Mapping[str, str | Promise]] = {
        **dict.fromkeys(("digest_since", "feed_used_at", "changed_at", "version"), DERIVED),
        **dict.fromkeys(("feed_made_at", "address"), gettext_lazy("Make or revoke it: POST to wishes/feed/.")),
    }

    language = Choice(ToldIn, required=False)
    quiet_from = ClockTime(required=False, allow_null=True, help_text=_QUIET)
    quiet_until = ClockTime(required=False, allow_null=True)
    own_acts = Flag(required=False)
    reminders_by_mail = Flag(required=False)
    digest = Choice(DigestKind, required=False, help_text=_DIGEST)
    digest_pace = Choice(DigestPace, required=False)
    digest_hour = Number(required=False, min_value=0, max_value=23, help_text=_HOUR)
    digest_weekday = Number(required=False, min_value=0, max_value=6, help_text=_WEEKDAY)
    digest_report = Flag(required=False)

    def apply(self, wishes: NotificationWishes) -> None:
        """Set what was given."""
        for column, value in self.validated_data.items():
            setattr(wishes, column, value)


class MailingSerializer(Reading):
    """A mail to the reader, and what became of it; what it says is written when it is sent, and not kept."""

    id = serializers.UUIDField()
    kind = Choice(MailingKind)
    state = Choice(DeliveryState)
    attempts = serializers.IntegerField()
    problem = serializers.CharField(help_text="Why it was not sent at the last attempt; empty if it was.")
    created_at = Moment()
    attempted_at = Moment(allow_null=True)
    next_attempt_at = Moment(allow_null=True)
    sent_at = Moment(allow_null=True)
    sent_to = serializers.CharField()
    url = Address("mailing", "id")


class NotificationSerializer(Reading):
    """That the reader was told of an event, or reminded of something."""

    id = serializers.UUIDField()
    event = serializers.UUIDField(allow_null=True, help_text="Under `events/`; null of a reminder.")
    agreement = serializers.CharField(allow_null=True, help_text="The reference of the agreement that it is about.")
    title = serializers.CharField(help_text="What it is about, in the reader’s language.")
    said = serializers.CharField(help_text="What happened, or of what he is reminded, likewise.")
    page = serializers.CharField(help_text="Where people see it.")
    important = serializers.BooleanField()
    mail = Choice(MailState, help_text="What became of the mail about it.")
    created_at = Moment()
    read_at = Moment(allow_null=True, help_text="Since when it is read.")
    version = serializers.IntegerField()
    url = Address("notification", "id")


def told(found: Sequence[Told], references: Mapping[Any, str], site: str) -> list[Any]:
    """Return notifications as `NotificationSerializer` reads them."""
    return [
        SimpleNamespace(
            id=one.row.pk,
            event=one.row.entry_id,
            agreement=references.get(one.row.agreement_id),
            title=one.line.title,
            said=one.line.said,
            page=site + (one.line.page or "/"),
            important=one.row.important,
            mail=one.row.mail,
            created_at=one.row.created_at,
            read_at=one.row.read_at,
            version=2 if one.row.read_at else 1,
        )
        for one in found
    ]


class ReadInput(Writing):
    """Which notifications are read."""

    ids = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=1000, help_text="Their keys; left out: all of them."
    )


class ReadSerializer(Reading):
    """How many were marked."""

    notifications = serializers.IntegerField(help_text="How many were not read before.")
