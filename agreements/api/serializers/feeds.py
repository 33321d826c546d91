"""Calendar feeds in JSON: the secret is told once, in the answer to the request that made it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from agreements import feeds
from agreements.api.fields import Choice, Day, Flag, Text
from agreements.api.serializers.base import Address, Moment, Reading, Writing
from agreements.api.serializers.registry import DERIVED
from agreements.api.serializers.saved_views import ViewKey
from agreements.choices import MeetingStatus
from agreements.models import FeedToken, User


class FeedFilterSerializer(Reading):
    """What of the calendar a feed shows; what is empty narrows nothing."""

    format = serializers.SerializerMethodField()
    party = serializers.SerializerMethodField()
    status = serializers.SerializerMethodField()
    mine = serializers.SerializerMethodField()

    def get_format(self, filters: Mapping[str, Any]) -> str:
        """Return the code of the format."""
        return str(filters.get("format", ""))

    def get_party(self, filters: Mapping[str, Any]) -> str:
        """Return the code of the party."""
        return str(filters.get("party", ""))

    def get_status(self, filters: Mapping[str, Any]) -> str:
        """Return the status of the meetings."""
        return str(filters.get("status", ""))

    def get_mine(self, filters: Mapping[str, Any]) -> bool:
        """Whether it shows only what its user is responsible for."""
        return bool(filters.get("mine"))


class FeedSerializer(Reading):
    """A calendar feed of the reader."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    language = serializers.CharField()
    view = serializers.UUIDField(
        source="view_id", allow_null=True, help_text="The saved view that it follows; then its filters are empty."
    )
    filters = FeedFilterSerializer()
    answers = serializers.BooleanField(
        help_text="Neither revoked nor over; and the view that it follows is there, and its user sees it."
    )
    created_at = Moment()
    expires_at = Moment(allow_null=True)
    revoked_at = Moment(allow_null=True, help_text="Since when it answers no more.")
    last_used_at = Moment(allow_null=True, help_text="When it was last read, to the hour.")
    url = Address("feed", "id")


class FeedMadeSerializer(FeedSerializer):
    """A feed that was just made, with its address, which is told this once."""

    address = serializers.CharField(help_text="What a calendar program reads. Whoever knows it can read the feed.")


class FeedFilterInput(Writing):
    """What of the calendar a feed is to show."""

    format = Text(required=False, max_length=60, help_text="The code of a format of meetings.")
    party = Text(required=False, max_length=12, help_text="The code of a party.")
    status = Choice(MeetingStatus, required=False)
    mine = Flag(required=False)


class FeedInput(Writing):
    """A new feed."""

    fixed: ClassVar[Mapping[str, str | Promise]] = {
        **dict.fromkeys(("id", "answers", "created_at", "expires_at", "revoked_at", "last_used_at", "url"), DERIVED),
        "address": gettext_lazy("The address is drawn by lot."),
    }

    name = Text(max_length=100)
    language = Text(required=False, max_length=2, help_text="en, ru or kk; else English.")
    until = Day(required=False, allow_null=True, help_text="The last day on which it answers.")
    filters = FeedFilterInput(required=False)
    view = ViewKey(required=False, allow_null=True, help_text="A saved view to follow, instead of filters.")

    def make(self, by: User) -> tuple[FeedToken, str]:
        """Make the feed and return it with its secret."""
        given = self.validated_data
        return feeds.create(
            by,
            name=given["name"],
            language=given.get("language", "en"),
            filters=given.get("filters"),
            view=given.get("view"),
            until=given.get("until"),
        )
