"""What several models share: texts in three languages, dates with precision, checked choices, visibility."""

import re
import uuid
from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db import models, router
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from agreements import entry_into_force
from agreements.choices import Level, Precision, SubjectKind
from agreements.dates import BadDate, FuzzyDate, parse_day, typed
from agreements.folding import Sought, fold
from agreements.words import LANGUAGES, Worded, pick, unfit


def one_of(field: str, choices: type[models.TextChoices], *, model: str, blank: bool = False) -> models.CheckConstraint:
    """Return a CHECK that holds a column to its choices in the database itself."""
    values = list(choices.values) + ([""] if blank else [])
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": values}), name=f"{model}_{field}_known")


def span_ordered(prefix: str, *, model: str) -> models.CheckConstraint:
    """Return a CHECK that the earliest possible day is not after the latest one."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{prefix}earliest__lte": models.F(f"{prefix}latest")}),
        name=f"{model}_{prefix}span_ordered",
    )


def as_text(column: str) -> Cast:
    """Ask for a column as it is written: keys and days of many rows take long to be read as more than texts."""
    return Cast(column, models.CharField())


class _Joined(models.Func):
    """The values of all rows, with a comma between them; within a row, a colon."""

    output_field = models.CharField()
    arg_joiner = " || ':' || "

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="GROUP_CONCAT(%(expressions)s)", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="STRING_AGG(%(expressions)s, ',')", **context)


def joined_text(rows: Any, *columns: Any) -> models.Subquery:
    """Return what asks for columns of rows as one text, which none of their values may take apart; None without rows.

    The rows come as the database finds them: who tells them puts them in order.
    """
    return models.Subquery(rows.order_by().annotate(joined=_Joined(*columns)).values("joined"))


class Visible(models.QuerySet):
    """A query set that answers a user only with what the user may see; every surface reads through `for_user`."""

    level_field: ClassVar[str | None] = "level"
    #: The way to the areas of the agreement that a row belongs to; none where rows belong to no agreement.
    areas_field: ClassVar[str | None] = None
    #: The way to the agreement that a row belongs to; none where a share of an agreement shows no such row.
    shared_field: ClassVar[str | None] = None

    def for_user(self, user: Any) -> Any:
        """Return the rows this user may see; nothing for nobody and for the deactivated."""
        if user is None or not user.is_active or not user.is_authenticated:
            return self.none()
        if self.level_field is None:
            return self
        seen = self.filter(self.reached_by(user))
        limit = getattr(user, "areas_only", None)
        if limit is None or self.areas_field is None:
            return seen
        within = self.model._base_manager.filter(**{f"{self.areas_field}__code__in": limit})
        return seen.filter(pk__in=within.values("pk"))

    def reached_by(self, user: Any) -> Q:
        """Return the condition that the user's access level reaches a row, or that a share shows its agreement to him.

        Of who is known to hold no shares, they are not asked for: the query is the same as if there were none.
        """
        return self.of_levels(Level.up_to(user.access_level)) | self.shown_to(user)

    def of_levels(self, levels: Collection[str]) -> Q:
        """Return the condition that a row is of one of these levels."""
        return Q(**{f"{self.level_field}__in": levels})

    def shown_to(self, user: Any) -> Q:
        """Return the condition that a share shows the agreement of a row to the user; an empty one if he holds none."""
        if self.shared_field is None or getattr(user, "holds_shares", False) is False:
            return Q()
        from agreements.models.share import Share

        held = Share.objects.held_by(user).order_by().values("agreement")
        return Q(**{f"{self.shared_field}__in": held})


def holding(sought: Sought, *, column: str = "search_text") -> Q:
    """Return the condition that a column, folded, has all of the words; nothing sought, everything is found."""
    return alike(patterns(sought.beginnings), column=column)


def patterns(beginnings: Iterable[str]) -> list[str]:
    """Return what folded texts are like that have words which begin so; in none stands a sign of a pattern."""
    return [f"% {one}%" for one in beginnings]


def alike(patterns: Iterable[str], *, column: str = "search_text") -> Q:
    """Return the condition that a column is like all of some patterns."""
    found = Q()
    for pattern in patterns:
        found &= Q(**{f"{column}__like": pattern})
    return found


@models.TextField.register_lookup
class Like(models.Lookup):
    """A text that is like a pattern, which is a value of the query as it is given."""

    lookup_name = "like"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """Write it as the database writes that one text contains another."""
        left, values = self.process_lhs(compiler, connection)
        right, pattern = self.process_rhs(compiler, connection)
        return f"{left} {connection.operators['contains'] % right}", [*values, *pattern]


def ranking(sought: Sought, *, column: str = "search_text") -> Case:
    """Return how well a row answers that is found, as `Sought.rank` says it."""
    whole = Q()
    for word in sought.words:
        whole &= Q(**{f"{column}__contains": f" {word} "})
    exact = Q(**{f"{column}__startswith": f" {sought.joined} "}) | Q(**{column: sought.phrase})
    phrase = Q(**{f"{column}__contains": sought.phrase})
    return Case(
        When(exact, then=Value(0)),
        When(phrase, then=Value(1)),
        When(whole, then=Value(2)),
        default=Value(3),
        output_field=models.IntegerField(),
    )


class Searched(models.Model):
    """Something that is found by its words; they are kept folded beside it, whoever writes it."""

    search_text = models.TextField(editable=False, blank=True, default="")

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row with the text that searches look at."""
        self.fold()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "search_text"}
        super().save(*args, **kwargs)

    def fold(self) -> None:
        """Keep the words by which it is found."""
        self.search_text = fold(*self.sought_by())

    def sought_by(self) -> Iterable[str]:
        """Return the texts by whose words it is found."""
        raise NotImplementedError


class Open(Visible):
    """Reference data: visible to everybody who is signed in."""

    level_field = None


#: What no database can be asked for.
_UNASKED = re.compile("[\x00\ud800-\udfff]")

if TYPE_CHECKING:
    _OfText = models.Field["str", "str"]
else:
    _OfText = models.Field


class _Written(_OfText):
    """What people write, judged by `unfit`; the column is that of the framework."""

    LINES: ClassVar[bool]
    COLUMN: ClassVar[str]

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        """Refuse what no text holds. What is kept already may stay, so that the rest of its row can be changed."""
        super().validate(value, model_instance)
        fault = unfit(value, lines=self.LINES) if isinstance(value, str) else None
        if fault and not self._is_kept(value, model_instance):
            params = {"field": self.verbose_name, "found": fault.found}
            raise ValidationError(cast(Any, fault.template), code=fault.code, params=params)

    def _is_kept(self, value: str, row: models.Model | None) -> bool:
        if row is None or row._state.adding or _UNASKED.search(value):
            return False
        return type(row)._base_manager.filter(pk=row.pk, **{self.attname: value}).exists()

    def deconstruct(self) -> Any:
        """Return what migrations know it by: what may be written changes no column."""
        name, _path, arguments, options = super().deconstruct()
        return name, f"django.db.models.{self.COLUMN}", arguments, options


class Line(_Written, models.CharField):
    """A name, a title, a citation: one line of text."""

    LINES, COLUMN = False, "CharField"


class Prose(_Written, models.TextField):
    """A text of several lines."""

    LINES, COLUMN = True, "TextField"


class Named(models.Model):
    """Something with a name in English, Russian and Kazakh."""

    name_en = Line(_("name in English"), max_length=200)
    name_ru = Line(_("name in Russian"), max_length=200, blank=True)
    name_kk = Line(_("name in Kazakh"), max_length=200, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name.text

    @property
    def names(self) -> dict[str, str]:
        """The name by language."""
        return {language: getattr(self, f"name_{language}") for language in LANGUAGES}

    @property
    def name(self) -> Worded:
        """The name in the reader's language, or in one that has it."""
        return pick(self.names)


class Coded(Named):
    """A vocabulary of the ministry: an area, a format, a unit."""

    code = models.SlugField(_("code"), max_length=60, db_index=False)

    objects = Open.as_manager()

    class Meta:
        abstract = True
        ordering = ["name_en", "pk"]
        constraints = (models.UniqueConstraint(fields=["code"], name="%(class)s_code_unique"),)


class Dated(models.Model):
    """Something that happens on a date with a precision, kept as its earliest and latest possible day."""

    earliest = models.DateField(_("earliest possible day"))
    latest = models.DateField(_("latest possible day"))
    precision = models.CharField(_("precision"), max_length=10, choices=Precision, default=Precision.DAY)

    class Meta:
        abstract = True

    @property
    def on(self) -> FuzzyDate:
        """The date with its precision."""
        return FuzzyDate(self.earliest, self.latest, Precision(self.precision))

    @on.setter
    def on(self, when: FuzzyDate) -> None:
        self.earliest, self.latest, self.precision = when.earliest, when.latest, when.precision


class Journalled(models.Model):
    """The subject of a chain of the journal.

    `version` is the number of entries in the chain, so that a missing last entry is noticed too. `RECORDED` names the
    columns that the journal keeps in the chain, `RECORDED_TEXT` free text that it keeps beside it.
    """

    SUBJECT: ClassVar[SubjectKind]
    RECORDED: ClassVar[tuple[str, ...]] = ()
    RECORDED_TEXT: ClassVar[tuple[str, ...]] = ()

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    changed_at = models.DateTimeField(_("last change"), editable=False)

    class Meta:
        abstract = True

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Validate as Django does, but ask the database once for all CHECKs together, not for each of them."""
        if not self._holds(set(exclude or ())):
            super().validate_constraints(exclude)  # names what is wrong

    def _holds(self, exclude: set[str]) -> bool:
        """Whether every constraint holds of which no column is excluded."""
        using = router.db_for_write(type(self), instance=self)
        checked, needed = Q(), set[str]()
        for constraint in self._meta.constraints:
            if not isinstance(constraint, models.CheckConstraint):
                try:
                    constraint.validate(type(self), self, exclude=exclude, using=using)
                except ValidationError:
                    return False
                continue
            condition = Q(constraint.condition)
            columns = condition.referenced_base_fields
            if columns.isdisjoint(exclude) and not self._is_among(constraint.condition):
                # As in the table, a CHECK that is neither true nor false, for want of a value, holds.
                checked &= Q(Coalesce(condition, True, output_field=models.BooleanField()))
                needed |= columns
        values = {
            field.name: Value(getattr(self, field.attname), field)
            for field in self._meta.concrete_fields
            if field.name in needed
        }
        return not needed or checked.check(values, using)

    def _is_among(self, condition: Any) -> bool:
        """Whether the condition is one of `one_of` and plainly holds, so that the database need not be asked."""
        match condition.children:
            case [(str(lookup), list(values))] if lookup.endswith("__in") and not condition.negated:
                return getattr(self, lookup.removesuffix("__in"), None) in values
        return False

    def related_record(self) -> dict[str, Any]:
        """Return what belongs to the record but stands in other tables, as plain JSON values."""
        return {}

    @classmethod
    def related_records(cls, subjects: Collection[Any]) -> dict[uuid.UUID, dict[str, Any]]:
        """Return `related_record` of each of some records of this kind, by key."""
        return {subject.pk: subject.related_record() for subject in subjects}

    def related_text(self) -> dict[str, Any]:
        """Return the same for free text, which the journal keeps beside the chain."""
        return {}


class DayInput(forms.TextInput):
    """A text in which a day is typed as the reader's language writes it; a browser would go by its own language.

    A script may offer a calendar beside it (`data-day` is what that is called).
    """

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "off"} | (attrs or {}))

    def format_value(self, value: Any) -> str | None:
        """Write a day in the reader's form; a text stays as it was typed."""
        return typed(value) if isinstance(value, date) else super().format_value(value)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add what depends on the reader's language: the form of a day, and the name of the calendar."""
        shown = {"placeholder": _("YYYY-MM-DD"), "data-day": _("Choose in a calendar")}
        return super().get_context(name, value, shown | (attrs or {}))


class DayField(forms.DateField):
    """A day, as people type it in any of the languages."""

    widget = DayInput

    def to_python(self, value: Any) -> date | None:
        """Return the day, or None for an empty text. Raises ValidationError."""
        if isinstance(value, date) or value in self.empty_values:
            return value or None
        try:
            return parse_day(str(value).strip())
        except BadDate as error:
            message = _("“%(text)s” is not a day. Write it as 2024-12-28.")
            raise ValidationError(message, code="invalid", params={"text": str(value)[:60]}) from error


class FuzzyDateFormField(forms.CharField):
    """A text in which people write a date with its precision: 2024-12-28, 2012-09, second half of 2025."""

    default_error_messages: ClassVar[dict[str, Any]] = {}

    def prepare_value(self, value: Any) -> Any:
        """Show a day as the reader types it, anything else in its ISO form."""
        if not isinstance(value, FuzzyDate):
            return value
        return typed(value.earliest) if value.precision == Precision.DAY else value.iso

    def to_python(self, value: Any) -> FuzzyDate | None:  # type: ignore[override]
        """Return the date, or None for an empty text. Raises ValidationError with the forms that are understood."""
        text = super().to_python(value)
        try:
            return FuzzyDate.parse(text) if text else None
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the dates, not their spelling."""
        try:
            return bool((initial or None) != self.to_python(data))
        except ValidationError:
            return True


if TYPE_CHECKING:
    _Text = models.CharField["FuzzyDate | str | None", "FuzzyDate | None"]
else:
    _Text = models.CharField


_kept_date = lru_cache(maxsize=4096)(FuzzyDate.parse)


class FuzzyDateField(_Text):
    """A column for a date with a precision, kept in its ISO form; an empty value means that none is set."""

    description = "a date with a precision"
    empty_strings_allowed = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 24)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: str | None, *_args: Any) -> FuzzyDate | None:
        """Return the date that the column holds; the same ones come again and again."""
        return _kept_date(value) if value else None

    def to_python(self, value: Any) -> FuzzyDate | None:
        """Read what a form or a caller gives. Raises ValidationError with the forms that are understood."""
        if isinstance(value, FuzzyDate) or value in (None, ""):
            return value or None
        try:
            return FuzzyDate.parse(str(value))
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error

    def get_prep_value(self, value: Any) -> str:
        """Return the ISO form for the column."""
        when = self.to_python(value)
        return when.iso if when else ""

    def value_to_string(self, obj: models.Model) -> str:
        """Return the ISO form for serialisation."""
        return self.get_prep_value(self.value_from_object(obj))

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        """Validate without the length rule of plain text."""
        return self.to_python(value)

    def formfield(self, **kwargs: Any) -> Any:
        """Return a text field that shows the ISO form and reads what people write."""
        return models.Field.formfield(self, form_class=FuzzyDateFormField, choices_form_class=None, **kwargs)


class ClauseField(models.JSONField):
    """A column for an entry-into-force clause as data; numbers with a point are kept as texts, as they were written."""

    description = "an entry-into-force clause"

    def to_python(self, value: Any) -> Any:
        """Read what a form or a caller gives."""
        return plain(super().to_python(value))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Return the value for the column."""
        return super().get_db_prep_value(plain(value), connection, prepared)

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        """Refuse what is not a clause, with the place and what to write there."""
        super().validate(value, model_instance)
        try:
            entry_into_force.parse(value)
        except entry_into_force.BadClause as error:
            raise ValidationError(str(error), code="clause") from error


def plain(value: Any) -> Any:
    """Return JSON values without floats: the journal keeps none."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, float | Decimal) else value
