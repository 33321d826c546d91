"""Shares and delegations in JSON."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from rest_framework import serializers

from agreements import delegations, shares
from agreements.api.fields import Code, Coded, Day, Text
from agreements.api.serializers.base import Address, Moment, Reading, Writing
from agreements.api.serializers.opening import officials
from agreements.api.serializers.registry import DERIVED
from agreements.models import Agreement, Delegation, Share, Unit, User

_UNTIL = "The last day on which it is shown; null: until it is withdrawn."


class ShareSerializer(Reading):
    """An agreement shown to a user, or to a unit, whose access level does not reach it."""

    id = serializers.UUIDField()
    agreement = serializers.CharField(source="agreement.reference")
    user = Code("username", allow_null=True, help_text="The user name; null where it is shown to a unit.")
    unit = Code(allow_null=True, help_text="The code of the unit; null where it is shown to a user.")
    until = serializers.DateField(allow_null=True, help_text=_UNTIL)
    reason = serializers.CharField()
    in_force = serializers.BooleanField(help_text="Whether it shows the agreement today.")
    given_at = Moment()
    given_by = Code("username")
    withdrawn_at = Moment(allow_null=True)
    withdrawn_by = Code("username", allow_null=True)
    version = serializers.IntegerField()
    url = Address("share", "id")


class ShareInput(Writing):
    """A new share: with a user or with a unit."""

    fixed: ClassVar[Mapping[str, str | Promise]] = dict.fromkeys(
        ("id", "in_force", "given_at", "given_by", "withdrawn_at", "withdrawn_by", "version", "url"), DERIVED
    )

    agreement = Coded(lambda user: Agreement.objects.for_user(user).kept(), "reference", named=False)
    user = Coded(officials, "username", named=False, required=False, allow_null=True)
    unit = Coded(Unit.objects.for_user, required=False, allow_null=True)
    until = Day(required=False, allow_null=True, help_text=_UNTIL)
    reason = Text(max_length=shares.REASON_LENGTH)

    def open(self, by: User) -> Share:
        """Give the share."""
        given: dict[str, Any] = dict(self.validated_data)
        return shares.give(given.pop("agreement"), by=by, **given)


class WithdrawInput(Writing):
    """Why a share is withdrawn."""

    reason = Text(max_length=shares.REASON_LENGTH)

    def write(self, share: Share, by: User) -> Share:
        """Withdraw the share."""
        return shares.withdraw(share, by=by, **self.validated_data)


class DelegationSerializer(Reading):
    """Who acts in whose place while he is absent, from which day until which."""

    id = serializers.UUIDField()
    absent = Code("username", help_text="The user name of who is absent.")
    deputy = Code("username", help_text="The user name of who acts in his place.")
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(help_text="The last day, itself included.")
    reason = serializers.CharField()
    runs = serializers.BooleanField(help_text="Whether it runs today.")
    given_at = Moment()
    given_by = Code("username")
    ended_at = Moment(allow_null=True, help_text="Null where it was not ended before its last day.")
    ended_by = Code("username", allow_null=True)
    version = serializers.IntegerField()
    url = Address("delegation", "id")


class DelegationInput(Writing):
    """A new delegation."""

    fixed: ClassVar[Mapping[str, str | Promise]] = dict.fromkeys(
        ("id", "runs", "given_at", "given_by", "ended_at", "ended_by", "version", "url"), DERIVED
    )

    absent = Coded(officials, "username", named=False, required=False, help_text="The reader himself by default.")
    deputy = Coded(officials, "username", named=False)
    starts_on = Day()
    ends_on = Day(help_text="The last day, itself included.")
    reason = Text(max_length=delegations.REASON_LENGTH, required=False, allow_blank=True)

    def open(self, by: User) -> Delegation:
        """Give the delegation."""
        given: dict[str, Any] = dict(self.validated_data)
        return delegations.give(given.pop("absent", by), given.pop("deputy"), by=by, **given)
