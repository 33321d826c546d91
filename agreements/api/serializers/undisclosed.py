"""Undisclosed participants in JSON."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from rest_framework import serializers

from agreements import undisclosed
from agreements.api.fields import Choice, Code, Coded, Text
from agreements.api.serializers.base import Address, Moment, Reading, Writing
from agreements.api.serializers.registry import DERIVED
from agreements.choices import Level, Role, UndisclosedState
from agreements.models import Agreement, Party, UndisclosedParticipant, User
from agreements.registers import TEXT_LENGTH

_REMARK = "Why it is not disclosed."


class UndisclosedParticipantSerializer(Reading):
    """A participant that is more secret than its agreement: in no list of participants, and counted nowhere."""

    id = serializers.UUIDField()
    agreement = serializers.CharField(source="agreement.reference")
    party = Code()
    role = Choice(Role)
    level = Choice(Level, help_text="Who sees it: whose access level reaches this and the agreement.")
    above = serializers.BooleanField(
        source="is_above", help_text="False where the agreement was raised to the level since: it could be disclosed."
    )
    remark = serializers.CharField(help_text=_REMARK)
    state = Choice(UndisclosedState)
    ended_on = serializers.DateField(allow_null=True, help_text="The day on which it was disclosed or withdrawn.")
    changed_at = Moment()
    version = serializers.IntegerField()
    url = Address("undisclosed-participant", "id")


class UndisclosedParticipantEdit(Writing):
    """A change of an undisclosed participant."""

    fixed: ClassVar[Mapping[str, str | Promise]] = {
        **dict.fromkeys(("id", "above", "state", "ended_on", "changed_at", "version", "url"), DERIVED),
        **dict.fromkeys(("agreement", "party"), undisclosed.MOVED.template),
    }

    role = Choice(Role, required=False)
    level = Choice(Level, required=False)
    remark = Text(max_length=undisclosed.REMARK_LENGTH, required=False, help_text=_REMARK)

    def apply(self, record: UndisclosedParticipant) -> None:
        """Set what was given on a record that is being edited."""
        for column, value in self.validated_data.items():
            setattr(record, column, value)


class UndisclosedParticipantInput(Writing):
    """A new undisclosed participant."""

    fixed: ClassVar[Mapping[str, str | Promise]] = dict.fromkeys(
        ("id", "above", "state", "ended_on", "changed_at", "version", "url"), DERIVED
    )

    agreement = Coded(lambda user: Agreement.objects.for_user(user).kept(), "reference", named=False)
    party = Coded(Party.objects.for_user)
    role = Choice(Role, required=False)
    level = Choice(Level)
    remark = Text(max_length=undisclosed.REMARK_LENGTH, help_text=_REMARK)

    def open(self, by: User) -> UndisclosedParticipant:
        """Record it and open its chain."""
        given: dict[str, Any] = dict(self.validated_data)
        return undisclosed.name(given.pop("agreement"), given.pop("party"), by=by, **given)


class EndInput(Writing):
    """Why an undisclosed participant is withdrawn."""

    reason = Text(max_length=TEXT_LENGTH, help_text="It stays in the journal of the undisclosed participant.")

    def write(self, record: UndisclosedParticipant, by: User) -> UndisclosedParticipant:
        """Withdraw it."""
        return undisclosed.withdraw(record, by=by, **self.validated_data)


class DiscloseInput(EndInput):
    """Why an undisclosed participant is disclosed, and in which role it takes part."""

    role = Choice(Role, required=False, help_text="Its own by default.")

    def write(self, record: UndisclosedParticipant, by: User) -> UndisclosedParticipant:
        """Disclose it."""
        return undisclosed.disclose(record, by=by, **self.validated_data)
