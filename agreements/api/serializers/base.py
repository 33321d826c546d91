"""What the serializers share: those that read are compiled, those that write refuse what they do not know."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache, cached_property
from operator import attrgetter
from typing import Any, ClassVar, cast

from django.db.models.manager import BaseManager
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.reverse import reverse

from agreements.api.fields import Choice, Text

#: Fields whose value goes out as it is.
_PLAIN = (serializers.CharField, serializers.BooleanField, serializers.IntegerField, Text, Choice)


#: How a value is told; None: as it is.
Telling = Callable[[Any], Any] | None


class Reading(serializers.Serializer):
    """Reads objects. What is read is worked out once for each class: a list is mostly the time spent here."""

    @cached_property
    def _getters(self) -> list[tuple[str, Callable[[Any], Any], Telling]]:
        return [(name, get, self._telling(field)) for name, get, field in _plan(type(self))]

    def _telling(self, field: serializers.Field) -> Telling:
        """Return how a field tells its value: what it needs to know of the request comes from this serializer."""
        match field:
            case serializers.SerializerMethodField():
                told: Callable[[Any], Any] = getattr(self, cast(str, field.method_name))
                return told
            case serializers.ListSerializer():
                return _each(self._below(field.child))
            case serializers.BaseSerializer():
                return self._below(field)
            case Address():
                return field.under(self.context["request"])
        return None if type(field) in _PLAIN else field.to_representation

    def _below(self, field: Any) -> Callable[[Any], Any]:
        told: Callable[[Any], Any] = type(field)(context=self.context).to_representation
        return told

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Return the values of the fields by name."""
        found = {}
        for name, get, tell in self._getters:
            value = get(instance)
            found[name] = value if tell is None or value is None else tell(value)
        return found


@cache
def _plan(reader: type[Reading]) -> list[tuple[str, Callable[[Any], Any], serializers.Field]]:
    """Return the fields of a reader with what gets their values; the fields are shared, and belong to no request."""
    return [
        (field.field_name or "", _itself if field.source == "*" else attrgetter(field.source or ""), field)
        for field in reader()._readable_fields
    ]


def _each(told: Callable[[Any], Any]) -> Callable[[Iterable[Any] | BaseManager[Any]], list[Any]]:
    return lambda rows: [told(row) for row in (rows.all() if isinstance(rows, BaseManager) else rows)]


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

    def to_representation(self, value: datetime) -> str:
        """Return the moment."""
        return f"{value.astimezone(UTC).isoformat().removesuffix('+00:00')}Z"


class Address(serializers.Field):
    """The address of a record: that of its list, with the name of the record."""

    def __init__(self, basename: str, attribute: str) -> None:
        super().__init__(source=attribute, read_only=True)
        self.basename = basename

    def under(self, request: Request) -> Callable[[Any], str]:
        """Return what gives the whole address, as the request was addressed."""
        beginning = reverse(f"api:{self.basename}-list", request=request)
        return lambda value: f"{beginning}{value}/"
