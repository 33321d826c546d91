"""What the serializers share: those that read are compiled, those that write refuse what they do not know."""

from collections.abc import Callable, Mapping
from datetime import UTC
from functools import cached_property
from operator import attrgetter
from typing import Any, ClassVar, cast

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.reverse import reverse

from agreements.api.fields import Choice, Text

#: Fields whose value goes out as it is.
_PLAIN = (serializers.CharField, serializers.BooleanField, serializers.IntegerField, Text, Choice)


class Reading(serializers.Serializer):
    """Reads objects. Getters are gathered once for all rows: a list is mostly the time spent here."""

    @cached_property
    def _getters(self) -> list[tuple[str, Callable[[Any], Any], Callable[[Any], Any] | None]]:
        return [
            (
                field.field_name or "",
                _itself if field.source == "*" else attrgetter(field.source or ""),
                None if type(field) in _PLAIN else field.to_representation,
            )
            for field in self._readable_fields
        ]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Return the values of the fields by name."""
        found = {}
        for name, get, represent in self._getters:
            value = get(instance)
            found[name] = value if represent is None or value is None else represent(value)
        return found


def _itself(instance: Any) -> Any:
    return instance


class Writing(serializers.Serializer):
    """Takes what a client sends, and refuses names that it does not know: a slip must not be lost in silence."""

    #: Names that a record has but this request cannot set, each with the sentence that says what does.
    fixed: ClassVar[Mapping[str, str | Promise]] = {}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the values by field. Raises ValidationError for all mistakes at once."""
        errors: dict[str, Any] = {}
        if isinstance(data, Mapping):
            errors = {str(name)[:60]: [self._stranger(name)] for name in data if name not in self.fields}
        try:
            taken: dict[str, Any] = super().to_internal_value(data)
        except ValidationError as error:
            raise ValidationError(errors | cast(dict[str, Any], error.detail)) from error
        if errors:
            raise ValidationError(errors)
        return taken

    def _stranger(self, name: str) -> ErrorDetail:
        if name in self.fixed:
            return ErrorDetail(str(self.fixed[name]), code="read_only")
        message = _("This field is not known here. Known are: %(known)s.") % {"known": ", ".join(self.fields)}
        return ErrorDetail(message, code="unknown")


class Moment(serializers.DateTimeField):
    """A moment as RFC 3339 in UTC."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default_timezone=UTC, **options)


class Address(serializers.Field):
    """The address of a record: that of its list, with the name of the record."""

    def __init__(self, basename: str, attribute: str) -> None:
        super().__init__(source=attribute, read_only=True)
        self.basename = basename

    @cached_property
    def _list(self) -> str:
        return reverse(f"api:{self.basename}-list", request=self.context["request"])

    def to_representation(self, value: Any) -> str:
        """Return the whole address."""
        return f"{self._list}{value}/"
