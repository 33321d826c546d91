"""Meetings in JSON, with those points of their agendas that the reader may know."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from agreements import meetings
from agreements.api.fields import (
    Choice,
    Coded,
    Codes,
    Flag,
    Instant,
    Text,
    Texts,
    Translations,
    When,
    found,
    once,
    unknown,
)
from agreements.api.serializers.base import Address, Moment, Reading, Writing
from agreements.api.serializers.registry import DERIVED, by_language
from agreements.choices import Ball, Certainty, Level, Manner, MeetingLevel, MeetingStatus, Transition
from agreements.models import Agreement, Format, Meeting, Party, User
from agreements.words import LANGUAGES


class AgendaItemSerializer(Reading):
    """A point of an agenda."""

    agreement = serializers.CharField(source="agreement.reference")
    talking_points = serializers.CharField()
    outcome = serializers.CharField()


class MeetingSerializer(Reading):
    """A meeting with the other side, past or planned."""

    id = serializers.UUIDField()
    title = serializers.SerializerMethodField(help_text="Empty: the name of the format.")
    format = serializers.CharField(source="format.code")
    format_name = Texts(source="format.names")
    rank = Choice(MeetingLevel, allow_blank=True)
    on = When()
    starts_at = Moment(allow_null=True, help_text="Null: no time of day is fixed.")
    ends_at = Moment(allow_null=True)
    time_zone = serializers.CharField(help_text="Whose clocks the times are told by; empty without times.")
    status = Choice(MeetingStatus)
    certainty = Choice(Certainty)
    place = serializers.CharField()
    counterpart = serializers.CharField(help_text="As it was first written.")
    counterpart_translations = Translations()
    parties = Codes(Party.objects.for_user)
    level = Choice(Level)
    outcome = serializers.CharField(help_text="As it was first written.")
    outcome_translations = Translations()
    source = serializers.CharField()  # type: ignore[assignment]
    agenda = AgendaItemSerializer(many=True)
    changed_at = Moment()
    version = serializers.IntegerField()
    url = Address("meeting", "id")

    def get_title(self, meeting: Meeting) -> dict[str, str]:
        """Return the title by language."""
        return {language: getattr(meeting, f"title_{language}") for language in LANGUAGES}


class AgendaItemInput(Writing):
    """A point of an agenda."""

    agreement = Text(help_text="The reference of an agreement.")
    talking_points = Text(max_length=4000, allow_blank=True, required=False)
    outcome = Text(max_length=4000, allow_blank=True, required=False)


class MeetingEdit(Writing):
    """A change of a meeting; lists replace what the user can see of them."""

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "format",
        "rank",
        "on",
        "starts_at",
        "ends_at",
        "time_zone",
        "status",
        "certainty",
        "place",
        "counterpart",
        "level",
        "outcome",
        "source",
    )
    #: The texts by language that stand in columns of these names.
    TEXTS: ClassVar[Mapping[str, str]] = {
        "title": "title",
        "counterpart": "counterpart_translations",
        "outcome": "outcome_translations",
    }
    fixed: ClassVar[Mapping[str, str | Promise]] = dict.fromkeys(
        ("id", "format_name", "changed_at", "version", "url"), DERIVED
    )

    title = Texts(max_length=200, required=False)
    format = Coded(Format.objects.for_user, required=False)
    rank = Choice(MeetingLevel, required=False, allow_blank=True)
    on = When(required=False)
    starts_at = Instant(required=False, allow_null=True)
    ends_at = Instant(required=False, allow_null=True)
    time_zone = Text(max_length=64, required=False, allow_blank=True)
    status = Choice(MeetingStatus, required=False)
    certainty = Choice(Certainty, required=False)
    place = Text(max_length=200, required=False, allow_blank=True)
    counterpart = Text(max_length=200, required=False, allow_blank=True)
    counterpart_translations = Translations(max_length=200, required=False)
    parties = Codes(Party.objects.for_user, required=False)
    level = Choice(Level, required=False)
    outcome = Text(max_length=4000, required=False, allow_blank=True)
    outcome_translations = Translations(max_length=4000, required=False)
    source = Text(max_length=300, required=False, allow_blank=True)  # type: ignore[assignment]
    agenda = AgendaItemInput(many=True, required=False, max_length=200)  # type: ignore[call-arg]

    def validate_agenda(self, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the points with their agreements; one that the user may not see is unknown."""
        references = [item["agreement"] for item in given]
        once(references, within="agreement")
        kept = found(references, self._seen, "reference", within="agreement", named=False)
        return [item | {"agreement": kept[item["agreement"]]} for item in given]

    def apply(self, meeting: Meeting) -> None:
        """Set what was given on a record that is being edited."""
        given = self.validated_data
        self._set_columns(meeting)
        if "parties" in given:
            meeting.parties.set(given["parties"])
        if "agenda" in given:
            meetings.set_agenda(meeting, self._points(), by=self._user)

    def _set_columns(self, meeting: Meeting) -> None:
        given = self.validated_data
        columns = {name: given[name] for name in self.COLUMNS if name in given}
        for name, texts in self.TEXTS.items():
            columns |= by_language(name, given.get(texts, {}))
        for name, value in columns.items():
            setattr(meeting, name, value)

    def _points(self) -> list[meetings.Point]:
        return [meetings.Point(**item) for item in self.validated_data.get("agenda", ())]

    @property
    def _user(self) -> User:
        user: User = self.context["request"].user
        return user

    @property
    def _seen(self) -> Any:
        return Agreement.objects.for_user(self._user).kept()


class MeetingInput(MeetingEdit):
    """A new meeting."""

    format = Coded(Format.objects.for_user)
    on = When()

    def open(self, by: User) -> Meeting:
        """Arrange the meeting with its participants and its agenda."""
        meeting = Meeting()
        self._set_columns(meeting)
        parties = self.validated_data.get("parties", ())
        return meetings.arrange(meeting, by=by, parties=parties, agenda=self._points())


class OutcomeInput(Writing):
    """What came of a point of the agenda, and what it becomes in its agreement: a step, a note, a task, or nothing."""

    #: What is said of a step only.
    OF_STEPS: ClassVar[tuple[str, ...]] = ("acting", "legal_basis", "manner", "reason", "out_of_procedure")

    agreement = Text(help_text="The reference of an agreement on the agenda.")
    outcome = Text(max_length=4000)
    step = Choice(Transition, required=False, help_text="The step that was taken, on the date and at the place.")
    note = Flag(required=False, help_text="Whether the outcome becomes a note of the agreement.")
    task = Text(max_length=300, required=False, help_text="What is to be done: the outcome becomes a task.")
    due = When(required=False, help_text="Of a task: by when.")
    side = Choice(Ball, required=False, help_text="Of a task: whose it is, else the own side’s.")
    evidence = Text(max_length=300, required=False)
    acting = Text(max_length=200, required=False)
    legal_basis = Text(max_length=300, required=False)
    manner = Choice(Manner, required=False)
    reason = Text(max_length=4000, required=False)
    out_of_procedure = Flag(required=False)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """Refuse a step that is a note, too, and details of nothing."""
        step, note = given.get("step"), given.get("note")
        chosen = [name for name in ("step", "note", "task") if given.get(name)]
        if len(chosen) > 1:
            message = _("Give a step, a note or a task, one of them only.")
            raise ValidationError({chosen[1]: [ErrorDetail(message, code="invalid")]})
        alone = [] if given.get("task") else [name for name in ("due", "side") if name in given]
        if alone:
            message = _("This is said of a task only.")
            raise ValidationError({name: [ErrorDetail(message, code="unknown")] for name in alone})
        strangers = [] if step else [name for name in self.OF_STEPS if name in given]
        strangers += ["evidence"] if "evidence" in given and not (step or note) else []
        if strangers:
            message = _("This is said of what is recorded in the agreement only.")
            raise ValidationError({name: [ErrorDetail(message, code="unknown")] for name in strangers})
        return given

    def write(self, meeting: Meeting, by: User) -> None:
        """Record the outcome and what it becomes. Raises ValidationError for what is not on the agenda."""
        details = dict(self.validated_data)
        reference = details.pop("agreement")
        items = {item.agreement.reference: item for item in meetings.listed(meeting, by)}
        if reference not in items:
            raise ValidationError({"agreement": [unknown(reference, sorted(items))]})
        meetings.outcome_to(items[reference], by=by, **details)
