"""What the serializers share: those that read are compiled, those that write refuse what they do not know."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache, cached_property
from operator import attrgetter
from typing import Any, ClassVar, NamedTuple, cast

from django.db.models.manager import BaseManager
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from agreements.api.fields import Choice, Text, Texts, When
from agreements.api.problems import NOT_AN_OBJECT

#: Fields whose value goes out as it is.
_PLAIN = (serializers.CharField, serializers.BooleanField, serializers.IntegerField, Text, Choice)


#: Fields whose value is told by a function of C alone.
_BRIEFLY: Mapping[type, Callable[[Any], Any]] = {Texts: dict, serializers.DateField: str}

#: How a value is told; None: as it is.
Telling = Callable[[Any], Any] | None
_Named = tuple[str, Callable[[Any], Any]]


class Reading(serializers.Serializer):
    """Reads objects. What is read is worked out once for each class: a list is mostly the time spent here."""

    @cached_property
    def _plan(self) -> "_Plan":
        return _plan(type(self))

    @cached_property
    def _told(self) -> tuple[list[_Named], list[_Named]]:
        """What tells the values that do not go out as they are: of attributes, and of the object itself."""
        told = [(name, tell) for name, field in self._plan.fields if (tell := self._telling(field)) is not None]
        own = self._plan.read
        return [one for one in told if one[0] in own], [one for one in told if one[0] not in own]

    def _telling(self, field: serializers.Field) -> Telling:
        """Return how a field tells its value: what it needs to know of the request comes from this serializer."""
        match field:
            case serializers.SerializerMethodField():
                told: Callable[[Any], Any] = getattr(self, cast(str, field.method_name))
                return told
            case serializers.ListSerializer():
                return self._each(field.child)
            case serializers.BaseSerializer():
                return self._below(field)
            case Address():
                return field.under(self.context["request"])
            case When():
                return field.told_in(get_language())
            case serializers.ListField() if type(field) is serializers.ListField and type(field.child) in _PLAIN:
                return list
        return None if type(field) in _PLAIN else _BRIEFLY.get(type(field), field.to_representation)

    def _below(self, field: Any) -> Callable[[Any], Any]:
        kind: Any = type(field)
        if plain := _plain(kind):
            return plain
        told: Callable[[Any], Any] = kind(context=self.context).to_representation
        return told

    def _each(self, child: Any) -> Callable[[Iterable[Any] | BaseManager[Any]], list[Any]]:
        reader = type(child)(context=self.context)
        told = reader.to_representation
        if type(reader).to_representation is Reading.to_representation and not any(reader._told):
            read, get = reader._plan.read, reader._plan.get
            # What comes as it is told goes out so.
            return lambda rows: [
                row if type(row) is dict else dict(zip(read, get(row), strict=True)) for row in _all(rows)
            ]
        return lambda rows: [told(row) for row in _all(rows)]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Return the values of the fields by name."""
        plan, (of_attributes, of_itself) = self._plan, self._told
        found = plan.blank.copy()
        found.update(zip(plan.read, plan.get(instance), strict=True))
        for name, tell in of_attributes:
            value = found[name]
            if value is not None:
                found[name] = tell(value)
        for name, tell in of_itself:
            found[name] = tell(instance)
        return found


class _Plan(NamedTuple):
    """The fields of a reader by name, and what reads the attributes that they tell; they belong to no request."""

    fields: list[tuple[str, serializers.Field]]
    #: The names of those that tell an attribute, in the order in which `get` reads them; the others tell the object.
    read: tuple[str, ...]
    get: Callable[[Any], Sequence[Any]]
    #: All names, in their order.
    blank: dict[str, Any]


@cache
def _plan(reader: type[Reading]) -> _Plan:
    fields = [(field.field_name or "", field) for field in reader()._readable_fields]
    sources = {name: field.source or "" for name, field in fields if field.source != "*"}
    get = _reading(tuple(sources.values()))
    return _Plan(fields, tuple(sources), get, dict.fromkeys(name for name, _field in fields))


@cache
def _plain(reader: Any) -> Callable[[Any], dict[str, Any]] | None:
    """Return what reads objects of which all goes out as it is, whatever the request; None where a reader does more."""
    if not issubclass(reader, Reading) or reader.to_representation is not Reading.to_representation:
        return None
    plan = _plan(reader)
    if len(plan.read) < len(plan.fields) or any(type(field) not in _PLAIN for _name, field in plan.fields):
        return None
    return lambda row: dict(zip(plan.read, plan.get(row), strict=True))


def _reading(sources: Sequence[str]) -> Callable[[Any], Sequence[Any]]:
    """Return what reads several attributes at once; of one attribute `attrgetter` would give the bare value."""
    if len(sources) > 1:
        return attrgetter(*sources)
    getters = [attrgetter(source) for source in sources]
    return lambda instance: [get(instance) for get in getters]


def _all(rows: Iterable[Any] | BaseManager[Any]) -> Iterable[Any]:
    return rows.all() if isinstance(rows, BaseManager) else rows


#: Fields that hold others, which are bound to them.
_HOLDERS = (serializers.BaseSerializer, serializers.ListField, serializers.DictField)


def _alike(field: serializers.Field) -> serializers.Field:
    made = object.__new__(type(field))
    made.__dict__.update(field.__dict__)
    return made


class Writing(serializers.Serializer):
    """Takes what a client sends, and refuses names that it does not know: a slip must not be lost in silence."""

    default_error_messages = {"invalid": NOT_AN_OBJECT}
    #: Names that a record has but this request cannot set, each with the sentence that says what does.
    fixed: ClassVar[Mapping[str, str | Promise]] = {}

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return fields of its own, as each is bound to it: what a field was made of once is not worked out again."""
        declared: Mapping[str, serializers.Field] = self._declared_fields
        return {name: deepcopy(one) if isinstance(one, _HOLDERS) else _alike(one) for name, one in declared.items()}

    #: The names that are given; None: any.
    _given: Collection[str] | None = None

    @property
    def _writable_fields(self) -> list[serializers.Field]:
        """The fields to be read: of one that nobody gives, needs or presumes there is nothing to ask."""
        given, every = self._given, super()._writable_fields
        if given is None:
            return list(every)
        return [one for one in every if one.field_name in given or one.required or one.default is not serializers.empty]

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the values by field. Raises ValidationError for all mistakes at once."""
        errors: dict[str, Any] = {}
        self._given = None
        if isinstance(data, Mapping):
            self._given = data.keys()
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
        beginning = beginning_of(request, self.basename)
        return lambda value: f"{beginning}{value}/"


def beginning_of(request: Request | None, basename: str) -> str:
    """Return the address of a list, with which those of its records begin."""
    return address_of(request, f"{basename}-list")


def address_of(request: Request | None, name: str, *args: Any) -> str:
    """Return the address of a route of the API: whole, as the request was addressed, or its path without one.

    The framework's `reverse` would add `?format=` to it where the request has that: then it leads nowhere.
    """
    path = reverse(f"api:{name}", args=args)
    return path if request is None else str(request.build_absolute_uri(path))
