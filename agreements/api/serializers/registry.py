"""Parties, areas, units and indicators in JSON."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as ModelValidationError
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.fields import get_error_detail

from agreements import registers
from agreements.api.fields import Choice, Coded, Day, Flag, Text, Texts, found
from agreements.api.serializers.base import Address, Moment, Reading, Writing
from agreements.choices import PartyKind
from agreements.models import Indicator, Membership, Party, User
from agreements.words import LANGUAGES

NAME_LENGTH = 200
DERIVED: Promise = gettext_lazy("This follows from the rest and is not set.")


def by_language(name: str, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the columns that hold a text by language."""
    return {f"{name}_{language}": text for language, text in texts.items()}


# ---- vocabularies ----
class AreaSerializer(Reading):
    """An area of cooperation."""

    code = serializers.CharField()
    name = Texts(source="names")
    prefix = serializers.CharField(help_text="Begins the references of its agreements.")


class UnitSerializer(Reading):
    """A unit of the ministry."""

    code = serializers.CharField()
    name = Texts(source="names")


# ---- parties ----
class MembershipSerializer(Reading):
    """A membership, from its first day to its last."""

    organisation = serializers.CharField(source="organisation.code")
    since = serializers.DateField()
    until = serializers.DateField(allow_null=True)


class PartySerializer(Reading):
    """A state or an international organisation."""

    code = serializers.CharField()
    kind = Choice(PartyKind)
    name = Texts(source="names")
    memberships = MembershipSerializer(many=True)
    changed_at = Moment()
    version = serializers.IntegerField()
    url = Address("party", "code")


class MembershipInput(Writing):
    """A membership of the party."""

    organisation = Text(help_text="The code of the organisation.")
    since = Day()
    until = Day(required=False, allow_null=True, default=None)


class _PartyInput(Writing):
    fixed: ClassVar[Mapping[str, str | Promise]] = dict.fromkeys(("changed_at", "version", "url"), DERIVED)

    memberships = MembershipInput(many=True, required=False, max_length=500)  # type: ignore[call-arg]

    def validate_memberships(self, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the memberships with their organisations."""
        organisations = Party.objects.for_user(self.context["request"].user).filter(kind=PartyKind.ORGANISATION)
        kept = found([item["organisation"] for item in given], organisations, within="organisation")
        return [item | {"organisation": kept[item["organisation"]]} for item in given]

    def _join(self, party: Party) -> None:
        """Make the memberships of a party those that were given, where any were."""
        if "memberships" not in self.validated_data:
            return
        party.memberships.all().delete()
        for number, item in enumerate(self.validated_data["memberships"]):
            membership = Membership(member=party, **item)
            try:
                membership.full_clean()
            except ModelValidationError as error:
                raise ValidationError({"memberships": {str(number): get_error_detail(error)}}) from error
            membership.save()


class PartyInput(_PartyInput):
    """A new party."""

    code = Text(max_length=12, help_text="ISO 3166-1 alpha-2, or the short code of an organisation.")
    kind = Choice(PartyKind, default=PartyKind.STATE)
    name = Texts(max_length=NAME_LENGTH)

    def open(self, by: User) -> Party:
        """Insert the party and open its chain."""
        given = self.validated_data
        party = Party(code=given["code"], kind=given["kind"], **by_language("name", given["name"]))
        with transaction.atomic():
            registers.insert(party)
            self._join(party)
            registers.created(party, by=by)
        return party


class PartyEdit(_PartyInput):
    """A change of a party."""

    fixed: ClassVar[Mapping[str, str | Promise]] = {
        **_PartyInput.fixed,
        "code": gettext_lazy("The code is given once: the journal names parties by it."),
    }

    kind = Choice(PartyKind, required=False)
    name = Texts(max_length=NAME_LENGTH, required=False)

    def apply(self, party: Party) -> None:
        """Set what was given on a record that is being edited."""
        given = self.validated_data
        party.kind = given.get("kind", party.kind)
        for column, text in by_language("name", given.get("name", {})).items():
            setattr(party, column, text)
        self._join(party)


# ---- indicators ----
class IndicatorSerializer(Reading):
    """A figure on a partner, from one source."""

    id = serializers.UUIDField()
    party = serializers.CharField(source="party.code")
    name = Texts(source="names")
    unit = serializers.SerializerMethodField()
    period_from = serializers.DateField(allow_null=True)
    period_until = serializers.DateField()
    value = serializers.DecimalField(max_digits=20, decimal_places=4, normalize_output=True)
    at_least = serializers.BooleanField(help_text="More than this value.")
    change_on_year = serializers.DecimalField(
        max_digits=8, decimal_places=2, normalize_output=True, allow_null=True, help_text="In per cent."
    )
    source = serializers.CharField()  # type: ignore[assignment]
    retrieved_on = serializers.DateField(allow_null=True)
    is_void = serializers.BooleanField(help_text="Recorded by mistake; not in lists, and closed.")
    changed_at = Moment()
    version = serializers.IntegerField()
    url = Address("indicator", "id")

    def get_unit(self, indicator: Indicator) -> dict[str, str]:
        """Return the unit by language."""
        return {language: getattr(indicator, f"unit_{language}") for language in LANGUAGES}


class IndicatorEdit(Writing):
    """A change of a figure."""

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "party",
        "period_from",
        "period_until",
        "value",
        "at_least",
        "change_on_year",
        "source",
        "retrieved_on",
    )
    fixed: ClassVar[Mapping[str, str | Promise]] = dict.fromkeys(
        ("id", "is_void", "changed_at", "version", "url"), DERIVED
    )

    party = Coded(Party.objects.for_user, required=False)
    name = Texts(max_length=NAME_LENGTH, required=False)
    unit = Texts(max_length=60, required=False)
    period_from = Day(required=False, allow_null=True)
    period_until = Day(required=False)
    value = serializers.DecimalField(max_digits=20, decimal_places=4, required=False)
    at_least = Flag(required=False)
    change_on_year = serializers.DecimalField(max_digits=8, decimal_places=2, required=False, allow_null=True)
    source = Text(max_length=300, required=False)  # type: ignore[assignment]
    retrieved_on = Day(required=False, allow_null=True)

    def apply(self, indicator: Indicator) -> None:
        """Set what was given on a record that is being edited, or made."""
        given = self.validated_data
        columns = {name: given[name] for name in self.COLUMNS if name in given}
        for name in ("name", "unit"):
            columns |= by_language(name, given.get(name, {}))
        for column, value in columns.items():
            setattr(indicator, column, value)


class IndicatorInput(IndicatorEdit):
    """A new figure."""

    party = Coded(Party.objects.for_user)
    name = Texts(max_length=NAME_LENGTH)
    unit = Texts(max_length=60)
    period_until = Day()
    value = serializers.DecimalField(max_digits=20, decimal_places=4)
    source = Text(max_length=300)

    def open(self, by: User) -> Indicator:
        """Insert the figure and open its chain."""
        indicator = Indicator()
        self.apply(indicator)
        return registers.create(indicator, by=by, source=indicator.source)
