"""The events in JSON: what happened, to which record, and the entry of the journal that says so."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from agreements import events
from agreements.api.fields import Choice
from agreements.api.serializers.base import Reading, beginning_of
from agreements.api.serializers.journal import EventSerializer, spell
from agreements.choices import SubjectKind

_LISTS = {
    SubjectKind.AGREEMENT: "agreement",
    SubjectKind.PARTY: "party",
    SubjectKind.MEETING: "meeting",
    SubjectKind.INDICATOR: "indicator",
    SubjectKind.COMMITMENT: "commitment",
    SubjectKind.UNDISCLOSED: "undisclosed-participant",
}


class SubjectSerializer(Reading):
    """The record that an event is about."""

    kind = Choice(SubjectKind)
    id = serializers.UUIDField()
    agreement = serializers.CharField(
        allow_null=True, help_text="The reference of the agreement: itself, or that to which the record belongs."
    )
    url = serializers.SerializerMethodField()

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, subject: events.Subject) -> str:
        """Return the address of the record."""
        request = self.context.get("request")
        beginning = beginning_of(request, _LISTS[subject.kind])
        return f"{'' if request else settings.PACTA_URL.rstrip('/')}{beginning}{subject.name}/"


class HappeningSerializer(Reading):
    """An event: an entry of the journal at its place among all events."""

    id = serializers.UUIDField(help_text="Of the entry; an event never comes twice.")
    type = serializers.CharField(help_text="What happened to what: agreement.step, meeting.edit.")
    cursor = serializers.CharField(help_text="Where to go on behind this event.")
    subject = SubjectSerializer()
    entry = EventSerializer(help_text="As the journal tells it now.")


def happened(happenings: Sequence[events.Happening]) -> list[Any]:
    """Return events as `HappeningSerializer` reads them."""
    entries = spell([(one.entry, one.event, one.number) for one in happenings])
    return [
        SimpleNamespace(
            id=one.entry.pk,
            type=one.type,
            cursor=events.cursor_of(one.position, of_event=True),
            subject=one.subject,
            entry=entry,
        )
        for one, entry in zip(happenings, entries, strict=True)
    ]
