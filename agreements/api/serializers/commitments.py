"""Commitments in JSON."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from rest_framework import serializers

from agreements import clock, commitments
from agreements.api.fields import Choice, Code, Coded, Text, Texts, When
from agreements.api.serializers.base import Address, Moment, Reading, Writing
from agreements.api.serializers.registry import DERIVED, by_language
from agreements.choices import CommitmentState
from agreements.models import Agreement, Commitment, Party, Unit, User


class CommitmentSerializer(Reading):
    """What a party undertook in an agreement, and how far it is fulfilled."""

    id = serializers.UUIDField()
    agreement = serializers.CharField(source="agreement.reference")
    provision = serializers.CharField(help_text="Where it stands, such as Art. 12(3).")
    text = Texts(source="texts")
    party = Code(allow_null=True, help_text="Null: all parties.")
    body = serializers.CharField(help_text="Who carries it out.")
    unit = Code(allow_null=True)
    due = When(allow_null=True)
    overdue = serializers.SerializerMethodField()
    state = Choice(CommitmentState)
    fulfilled_on = When(allow_null=True)
    report = serializers.CharField(help_text="What was done so far.")
    source = serializers.CharField()  # type: ignore[assignment]
    changed_at = Moment()
    version = serializers.IntegerField()
    url = Address("commitment", "id")

    def get_overdue(self, commitment: Commitment) -> bool:
        """Return whether something is still to be done of which the last possible day is past."""
        return commitment.is_overdue(clock.today())


class CommitmentEdit(Writing):
    """A change of a commitment."""

    COLUMNS: ClassVar[tuple[str, ...]] = (
        *("provision", "party", "body", "unit", "due", "state", "fulfilled_on", "report", "source"),
    )
    fixed: ClassVar[Mapping[str, str | Promise]] = {
        **dict.fromkeys(("id", "overdue", "changed_at", "version", "url"), DERIVED),
        "agreement": commitments.ANOTHER_AGREEMENT.template,
    }

    provision = Text(max_length=60, required=False, allow_blank=True)
    text = Texts(max_length=2000, required=False)
    party = Coded(Party.objects.for_user, required=False, allow_null=True)
    body = Text(max_length=200, required=False, allow_blank=True)
    unit = Coded(Unit.objects.for_user, required=False, allow_null=True)
    due = When(required=False, allow_null=True)
    state = Choice(CommitmentState, required=False)
    fulfilled_on = When(required=False, allow_null=True)
    report = Text(max_length=4000, required=False, allow_blank=True)
    source = Text(max_length=300, required=False, allow_blank=True)  # type: ignore[assignment]

    def columns(self) -> dict[str, Any]:
        """Return what was given, by column."""
        given = self.validated_data
        return {name: given[name] for name in self.COLUMNS if name in given} | by_language(
            "text", given.get("text", {})
        )

    def apply(self, commitment: Commitment) -> None:
        """Set what was given on a record that is being edited."""
        for column, value in self.columns().items():
            setattr(commitment, column, value)


class CommitmentInput(CommitmentEdit):
    """A new commitment."""

    fixed: ClassVar[Mapping[str, str | Promise]] = dict.fromkeys(
        ("id", "overdue", "changed_at", "version", "url"), DERIVED
    )

    agreement = Coded(lambda user: Agreement.objects.for_user(user).kept(), "reference", named=False)
    text = Texts(max_length=2000)

    def validate_text(self, given: dict[str, str]) -> dict[str, str]:
        """Ask for what was undertaken, in one language at least."""
        if not any(given.values()):
            raise serializers.ValidationError(_("Say in one language at least what was undertaken."))
        return given

    def open(self, by: User) -> Commitment:
        """Record it and open its chain."""
        return commitments.undertake(self.validated_data["agreement"], by=by, **self.columns())
