"""Webhooks in JSON: where events are sent, and what became of each sending. The secret is told once."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from agreements import events, webhooks
from agreements.api.fields import Choice, Flag, Instant, Number, Text, found, once
from agreements.api.serializers.base import Address, Moment, Reading, Writing, beginning_of
from agreements.api.serializers.registry import DERIVED
from agreements.choices import DeliveryState, EntryKind, Payload, SubjectKind
from agreements.models import Agreement, Area, Delivery, Party, User, Webhook
from agreements.webhooks.addresses import LONGEST
from agreements.words import LANGUAGES

_FULL = "thin: the event’s id, type and subject. full: the event as events/ID/ tells it."
_MOST_VALUES = 100
#: For so many hours the secret of before signs, too, where nothing else is said.
_OVERLAP = 24


class WebhookFilterSerializer(Reading):
    """What of the events is sent; what is empty narrows nothing."""

    kind = serializers.SerializerMethodField()
    subject = serializers.SerializerMethodField()
    party = serializers.SerializerMethodField()
    area = serializers.SerializerMethodField()
    agreement = serializers.SerializerMethodField()

    def get_kind(self, filters: Mapping[str, Any]) -> list[str]:
        """Return the kinds of entries."""
        return list(filters.get("kind", []))

    def get_subject(self, filters: Mapping[str, Any]) -> list[str]:
        """Return the kinds of records."""
        return list(filters.get("subject", []))

    def get_party(self, filters: Mapping[str, Any]) -> list[str]:
        """Return the codes of parties."""
        return list(filters.get("party", []))

    def get_area(self, filters: Mapping[str, Any]) -> list[str]:
        """Return the codes of areas."""
        return list(filters.get("area", []))

    def get_agreement(self, filters: Mapping[str, Any]) -> list[str]:
        """Return the references of agreements."""
        return list(filters.get("agreement", []))


class WebhookSerializer(Reading):
    """A webhook of the reader."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    address = serializers.CharField(help_text="Where events are sent.")
    payload = Choice(Payload, help_text=_FULL)
    language = serializers.CharField(help_text="Of labels and sentences in what is sent.")
    filters = WebhookFilterSerializer()
    enabled = serializers.BooleanField()
    disabled_at = Moment(allow_null=True, help_text="Since when it is stopped.")
    problem = serializers.CharField(help_text="Why Pacta stopped it; empty where it did not.")
    old_secret_until = Moment(
        allow_null=True, source="overlapping", help_text="Until when the secret of before signs beside the new one."
    )
    created_at = Moment()
    changed_at = Moment()
    version = serializers.IntegerField()
    url = Address("webhook", "id")


class WebhookMadeSerializer(WebhookSerializer):
    """A webhook with a new secret, which is told this once."""

    secret = serializers.CharField(help_text="With it the other side proves that Pacta is who sends (whsec_…).")


class Values(serializers.ListField):
    """Several values, none twice."""

    def __init__(self, child: Any, *, of: Callable[[User], QuerySet[Any]] | None = None, by: str = "code") -> None:
        super().__init__(child=child, required=False, max_length=_MOST_VALUES)
        self.of, self.by = of, by

    def to_internal_value(self, data: Any) -> list[str]:
        """Return the values. Raises ValidationError for each that is not known, or named twice."""
        values: list[str] = super().to_internal_value(data)
        once(values)
        if self.of is not None:
            known = self.of(self.context["request"].user)
            found(values, known, self.by, named=self.by == "code")
        return values


class WebhookFilterInput(Writing):
    """What of the events is to be sent."""

    kind = Values(Choice(EntryKind))
    subject = Values(Choice(SubjectKind))
    party = Values(Text(max_length=12), of=Party.objects.for_user)
    area = Values(Text(max_length=60), of=Area.objects.for_user)
    agreement = Values(Text(max_length=12), of=Agreement.objects.for_user, by="reference")

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the values by filter, in one order, without those that are empty."""
        taken = super().to_internal_value(data)
        return {name: taken[name] for name in events.FILTERS if taken.get(name)}


class WebhookEdit(Writing):
    """A change of a webhook."""

    fixed: ClassVar[Mapping[str, str | Promise]] = {
        **dict.fromkeys(
            ("id", "disabled_at", "problem", "old_secret_until", "created_at", "changed_at", "version", "url"), DERIVED
        ),
        "secret": gettext_lazy("The secret is drawn by lot; “rotate” draws another."),
    }

    name = Text(max_length=100, required=False)
    address = Text(max_length=LONGEST, required=False, help_text="https://…, without a name or a password in it.")
    payload = Choice(Payload, required=False, help_text=_FULL)
    language = Text(max_length=2, required=False, help_text="en, ru or kk; else English.")
    filters = WebhookFilterInput(required=False)
    enabled = Flag(required=False, help_text="Stopped: nothing is sent. In use again, it goes on where it stopped.")

    def validate_language(self, language: str) -> str:
        """Return the language. Raises ValidationError for one that is not known."""
        if language not in LANGUAGES:
            raise ValidationError(
                _("“%(value)s” is not known. Use one of: %(known)s.")
                % {"value": language, "known": ", ".join(LANGUAGES)},
                code="unknown",
            )
        return language

    def apply(self, webhook: Webhook) -> None:
        """Set what was given on a webhook that is being changed."""
        for column, value in self.validated_data.items():
            setattr(webhook, column, value)


class WebhookInput(WebhookEdit):
    """A new webhook, of the user who asks."""

    fixed: ClassVar[Mapping[str, str | Promise]] = {
        **WebhookEdit.fixed,
        "enabled": gettext_lazy("A new webhook is in use at once."),
    }

    name = Text(max_length=100)
    address = Text(max_length=LONGEST, help_text="https://…, without a name or a password in it.")
    enabled = None  # type: ignore[assignment]

    def make(self, by: User) -> tuple[Webhook, str]:
        """Make the webhook and return it with its secret."""
        return webhooks.create(by, **self.validated_data)


class RotateInput(Writing):
    """A new secret."""

    overlap_hours = Number(
        min_value=0,
        max_value=webhooks.LONGEST_OVERLAP,
        required=False,
        help_text=f"For so long the secret of before signs, too; else {_OVERLAP}. 0: not at all, when it was spilled.",
    )

    @property
    def overlap(self) -> timedelta:
        """For how long the secret of before signs, too."""
        return timedelta(hours=self.validated_data.get("overlap_hours", _OVERLAP))


class ReplayInput(Writing):
    """What is to be sent again."""

    since = Instant(help_text="Everything that was recorded at this moment or later.")


class ReplayedSerializer(Reading):
    """How much is sent again."""

    events = serializers.IntegerField(help_text="So many events are sent again, or for the first time.")


class DeliverySerializer(Reading):
    """The sending of one event, or of a trial."""

    id = serializers.UUIDField()
    message = serializers.CharField(help_text="The header webhook-id, the same at each attempt.")
    event = serializers.UUIDField(source="entry_id", allow_null=True, help_text="null: a trial.")
    state = Choice(DeliveryState)
    attempts = serializers.IntegerField()
    created_at = Moment()
    attempted_at = Moment(allow_null=True, help_text="When it was last tried.")
    next_attempt_at = Moment(allow_null=True, help_text="When it is tried next; null: no more.")
    status = serializers.IntegerField(allow_null=True, help_text="The status that was answered last.")
    problem = serializers.CharField(help_text="Why the last attempt failed.")
    url = serializers.SerializerMethodField()

    def get_url(self, delivery: Delivery) -> str:
        """Return the address of the delivery."""
        beginning = beginning_of(self.context["request"], "webhook")
        return f"{beginning}{delivery.webhook_id}/deliveries/{delivery.pk}/"
