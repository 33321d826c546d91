"""What filters of lists are made of: how values are read, and what they ask of rows.

A value that is not known is an error, and the error says what is known.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import django_filters  # type: ignore[import-untyped]
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet, TextChoices
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django_filters.filterset import FilterSetMetaclass  # type: ignore[import-untyped]
from drf_spectacular.utils import extend_schema_field

from agreements import saved_views
from agreements.choices import ViewKind
from agreements.dates import BadDate, iso_day
from agreements.folding import Sought
from agreements.models import Agreement, SavedView
from agreements.models.base import holding

_LONGEST_TEXT = 200
_REFERENCE = re.compile(r"[A-Za-z0-9-]{1,12}")


def _refuse_unknown(values: Iterable[str], known: Iterable[str]) -> None:
    names = sorted(known)
    strangers = [value for value in values if value not in names]
    if strangers:
        raise ValidationError(
            [
                ValidationError(
                    _("“%(value)s” is not known. Use one of: %(known)s.") if names else _("“%(value)s” is not known."),
                    code="unknown",
                    params={"value": value[:60], "known": ", ".join(names)},
                )
                for value in strangers
            ]
        )


# ---- form fields ----
class WordsField(forms.Field):
    """Any of some words: given several times, or parted by commas where `parted`."""

    widget = forms.SelectMultiple

    def __init__(self, *, known: Callable[[], Iterable[str]], parted: bool, **options: Any) -> None:
        super().__init__(**options)
        self.known, self.parted = known, parted

    def to_python(self, value: Any) -> list[str]:
        """Return the words."""
        given = list(value or ())
        return [word for text in given for word in text.split(",")] if self.parted else given

    def validate(self, value: list[str]) -> None:
        """Raise ValidationError for every word that is not known."""
        super().validate(value)
        if value:
            _refuse_unknown(value, self.known())


class YesNoField(forms.Field):
    """true or false."""

    def to_python(self, value: Any) -> bool | None:
        """Return the truth value, or None where none is given."""
        if value in (None, ""):
            return None
        _refuse_unknown([value], ("true", "false"))
        return bool(value == "true")


class DayField(forms.Field):
    """A day, written as 2024-12-28."""

    def to_python(self, value: Any) -> date | None:
        """Return the day, or None where none is given."""
        if value in (None, ""):
            return None
        try:
            return iso_day(value)
        except BadDate as error:
            raise ValidationError(str(error), code="invalid") from error


class MomentField(forms.Field):
    """A moment with its distance from UTC (RFC 3339)."""

    def to_python(self, value: Any) -> datetime | None:
        """Return the moment in UTC, or None where none is given."""
        if value in (None, ""):
            return None
        try:
            moment = parse_datetime(value)
            if moment is None or moment.tzinfo is None:
                raise ValueError(value)
            return moment.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            message = _("“%(text)s” is not a moment. Write it as 2024-12-28T18:00:00Z.")
            raise ValidationError(message, code="invalid", params={"text": value[:60]}) from error


# ---- filters ----
class Words(django_filters.Filter):
    """Rows of which a column is any of the words given."""

    field_class = WordsField

    def __init__(
        self,
        vocabulary: type[TextChoices] | None = None,
        *,
        of: Callable[[Any], Iterable[str]] | None = None,
        parted: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(lookup_expr="in", parted=parted, **options)
        self.vocabulary, self.of, self.options = vocabulary, of, options
        word = {"type": "string"} | ({"enum": vocabulary.values} if vocabulary and not parted else {})
        several = {"type": "array", "items": word}
        extend_schema_field(word | {"description": "Several, parted by commas."} if parted else several)(self)

    def in_one(self, name: str) -> "Words":
        """Return the same filter, of which the words are given at once, parted by commas."""
        made = Words(self.vocabulary, of=self.of, parted=True, **{"field_name": name, **self.options})
        made.creation_counter = self.creation_counter + 0.5  # stands behind this one
        return made

    @property
    def field(self) -> Any:
        """The field of the form; it asks this filter, and so the reader, for what is known."""
        self.extra["known"] = self.known
        return super().field

    def known(self) -> list[str]:
        """Return the words that the reader may use."""
        if self.vocabulary:
            return list(self.vocabulary.values)
        return list(self.of(self.parent.request.user)) if self.of else []


@extend_schema_field({"type": "boolean"})
class YesNo(django_filters.Filter):
    """Rows of which a column is true, or false."""

    field_class = YesNoField


@extend_schema_field({"type": "string", "format": "date-time"})
class Moments(django_filters.Filter):
    """Rows with a moment before or after the one given."""

    field_class = MomentField


@extend_schema_field({"type": "string", "format": "date"})
class Days(django_filters.Filter):
    """Rows with a day before or after the one given, written as 2024-12-28."""

    field_class = DayField


@extend_schema_field({"type": "string", "format": "date"})
class Whens(Days):
    """Rows with a date with a precision that can lie on the day given or after it (`gte`), or before it (`lte`)."""

    def filter(self, qs: QuerySet, value: date | None) -> QuerySet:
        """Keep those rows: the dates of the column are read, which are fewer than the rows, and kept as texts."""
        if value is None:
            return qs
        dates = qs.order_by().exclude(**{self.field_name: ""}).values_list(self.field_name, flat=True).distinct()
        after = self.lookup_expr == "gte"
        kept = [when for when in dates if (when.latest >= value if after else when.earliest <= value)]
        return qs.filter(**{f"{self.field_name}__in": kept})


@extend_schema_field({"type": "string", "maxLength": _LONGEST_TEXT})
class Text(django_filters.CharFilter):
    """Rows that are found by every word of a text, as searches find them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=_LONGEST_TEXT, **options)

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        """Keep what is found."""
        return qs.filter(self.condition(Sought.read(value))) if value else qs

    def condition(self, sought: Sought) -> Any:
        """Return what holds of the rows that are found."""
        return holding(sought)


class ViewField(forms.Field):
    """A saved view that the reader may see, named by its key."""

    def __init__(self, *, of: Callable[[], Any], **options: Any) -> None:
        super().__init__(**options)
        self.of = of

    def to_python(self, value: Any) -> SavedView | None:
        """Return the view, or None where none is given. Raises ValidationError for one that is not known."""
        if value in (None, ""):
            return None
        try:
            view: SavedView | None = self.of().filter(pk=UUID(value)).first()
        except ValueError:
            view = None
        if view is None:
            raise ValidationError(_("“%(value)s” is not known."), code="unknown", params={"value": value[:60]})
        return view


@extend_schema_field({"type": "string", "format": "uuid"})
class InView(django_filters.Filter):
    """Rows that a saved view of their list shows to the reader."""

    field_class = ViewField

    def __init__(self, kind: ViewKind, **options: Any) -> None:
        super().__init__(**options)
        self.kind = kind

    @property
    def field(self) -> Any:
        """The field of the form; it asks for the views of the list that the reader may see."""
        self.extra["of"] = lambda: SavedView.objects.for_user(self.parent.request.user).filter(kind=self.kind)
        return super().field

    def filter(self, qs: QuerySet, value: SavedView | None) -> QuerySet:
        """Keep what the view shows."""
        if value is None:
            return qs
        asked, user = saved_views.selection_of(value), self.parent.request.user
        shown = asked.tasks(user) if self.kind == ViewKind.TASKS else asked.agreements(user)
        return qs.filter(pk__in=shown.order_by().values("pk"))


class ReferencesField(forms.Field):
    """References of agreements; one that the reader may not see is as unknown as one that is not there."""

    widget = forms.SelectMultiple

    def __init__(self, *, of: Callable[[], Any], **options: Any) -> None:
        super().__init__(**options)
        self.of = of

    def to_python(self, value: Any) -> list[str]:
        """Return the references."""
        return list(value or ())

    def validate(self, value: list[str]) -> None:
        """Raise ValidationError for every reference that is not known; there are too many to name those that are."""
        super().validate(value)
        asked = [text for text in value if _REFERENCE.fullmatch(text)]
        known = set(self.of().filter(reference__in=asked).values_list("reference", flat=True)) if asked else set()
        strangers = [text for text in value if text not in known]
        if strangers:
            message = _("“%(value)s” is not known.")
            raise ValidationError(
                [ValidationError(message, code="unknown", params={"value": text[:60]}) for text in strangers]
            )


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class References(django_filters.Filter):
    """Rows about any of the agreements whose references are given."""

    field_class = ReferencesField

    @property
    def field(self) -> Any:
        """The field of the form; it asks for the agreements that the reader may see."""
        self.extra["of"] = lambda: Agreement.objects.for_user(self.parent.request.user)
        return super().field


# ---- sets of filters ----
class _InOne(FilterSetMetaclass):
    """Adds `name__in` to every filter by words: the words at once, parted by commas."""

    @classmethod
    def get_declared_filters(cls, bases: Any, attrs: dict[str, Any]) -> Any:
        """Return the filters that a set declares, and those that go with them."""
        words = {name: one for name, one in attrs.items() if isinstance(one, Words)}
        attrs.update({f"{name}__in": one.in_one(name) for name, one in words.items()})
        return super().get_declared_filters(bases, attrs)


class Filters(django_filters.FilterSet, metaclass=_InOne):
    """The filters of a list; several values of one filter widen it, several filters narrow the list."""

    base_filters: dict[str, django_filters.Filter]

    def __init__(self, data: Any = None, *args: Any, **options: Any) -> None:
        # Filters are copied for each request, which takes longer than asking: those that nobody named stay behind.
        self.base_filters = {name: one for name, one in type(self).base_filters.items() if name in (data or {})}
        super().__init__(data, *args, **options)
