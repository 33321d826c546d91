"""Tokens in JSON: the secret is told once, in the answer to the request that made it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from agreements import tokens
from agreements.api.fields import Choice, Day, Text, found, once
from agreements.api.serializers.base import Address, Moment, Reading, Writing
from agreements.api.serializers.registry import DERIVED
from agreements.choices import TokenScope
from agreements.models import ApiToken, Area, User

_SCOPE = "read: GET only; a write is answered with 403. write: what its user may do."
_AREAS = "The codes of the areas to which it is limited; none: what its user reaches."


class TokenSerializer(Reading):
    """A token of the reader."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    beginning = serializers.CharField(help_text="How its secret begins, to know it by.")
    scope = Choice(TokenScope, help_text=_SCOPE)
    areas = serializers.ListField(child=serializers.CharField(), help_text=_AREAS)
    answers = serializers.BooleanField(help_text="Neither revoked nor over.")
    created_at = Moment()
    expires_at = Moment(allow_null=True)
    revoked_at = Moment(allow_null=True)
    last_used_at = Moment(allow_null=True, help_text="To the minute.")
    url = Address("token", "id")


class TokenMadeSerializer(TokenSerializer):
    """A token that was just issued, with its secret, which is told this once."""

    secret = serializers.CharField(help_text="What the program sends: Authorization: Token pacta_…")


class TokenInput(Writing):
    """A new token, of the user who asks."""

    fixed: ClassVar[Mapping[str, str | Promise]] = {
        **dict.fromkeys(("id", "answers", "created_at", "expires_at", "revoked_at", "last_used_at", "url"), DERIVED),
        **dict.fromkeys(("secret", "beginning"), gettext_lazy("The secret is drawn by lot.")),
    }

    name = Text(max_length=100, help_text="Which program uses it, and what for.")
    scope = Choice(TokenScope, required=False, help_text=f"{_SCOPE} Else read.")
    areas = serializers.ListField(child=Text(max_length=60), required=False, max_length=100, help_text=_AREAS)
    until = Day(required=False, allow_null=True, help_text="The last day on which it is of use.")

    def validate_areas(self, codes: list[str]) -> list[str]:
        """Return the codes. Raises ValidationError for each that is not known, or named twice."""
        once(codes)
        found(codes, Area.objects.for_user(self.context["request"].user))
        return codes

    def make(self, by: User, within: ApiToken | None) -> tuple[ApiToken, str]:
        """Issue the token and return it with its secret."""
        given: dict[str, Any] = self.validated_data
        return tokens.issue(by, by=by, within=within, **given)
