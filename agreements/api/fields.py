"""Fields of the API: how texts, dates with a precision, choices and codes are read and written in JSON."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, ClassVar, cast

from django.core.exceptions import ValidationError as FormError
from django.db.models import Model, QuerySet, TextChoices
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from agreements.dates import BadDate, FuzzyDate, iso_day
from agreements.entry_into_force import BadClause, parse
from agreements.lookups import MomentField
from agreements.models import User
from agreements.models.base import plain
from agreements.models.party import known_code
from agreements.words import LANGUAGES

UNKNOWN = gettext_lazy("“%(value)s” is not known. Use one of: %(known)s.")
_UNKNOWN = gettext_lazy("“%(value)s” is not known.")
_NOT_TEXT = gettext_lazy("Give a text.")
#: How many known codes an error names.
_NAMED = 60
_ECHOED = 60
_LONGEST_DATE = 60


def longest(model: type[Model], column: str) -> int | None:
    """Return how many characters a column holds."""
    length: int | None = cast(Any, model._meta.get_field(column)).max_length
    return length


def unknown(value: object, known: Iterable[str] = ()) -> ErrorDetail:
    """Return the error for a value that is none of those that are known, and name them where there are a few."""
    names, shown = list(known), str(value)[:_ECHOED]
    if 0 < len(names) <= _NAMED:
        return ErrorDetail(UNKNOWN % {"value": shown, "known": ", ".join(names)}, code="unknown")
    return ErrorDetail(_UNKNOWN % {"value": shown}, code="unknown")


def found(
    codes: Sequence[str], queryset: QuerySet[Any], attribute: str = "code", *, within: str = "", named: bool = True
) -> dict[str, Any]:
    """Return what codes stand for, with one query. Raises ValidationError with the number of each that is unknown."""
    kept = {getattr(item, attribute): item for item in queryset.filter(**{f"{attribute}__in": set(codes)})}
    if len(kept) < len(set(codes)):
        known = sorted(queryset.values_list(attribute, flat=True)) if named else []
        strangers = [(number, code) for number, code in enumerate(codes) if code not in kept]
        raise ValidationError(
            {str(n): {within: [unknown(code, known)]} if within else [unknown(code, known)] for n, code in strangers}
        )
    return kept


class Text(serializers.CharField):
    """A text; numbers are not taken for texts."""

    default_error_messages = {"invalid": _NOT_TEXT}

    def to_internal_value(self, data: Any) -> str:
        """Return the text without blanks around it."""
        if not isinstance(data, str):
            self.fail("invalid")
        if "\x00" in data:
            raise ValidationError(_("A character of this text is none that can be written."), code="invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """True or false; texts and numbers are taken for neither."""

    default_error_messages = {"invalid": gettext_lazy("Give true or false.")}

    def to_internal_value(self, data: Any) -> bool:
        """Return the truth value."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Number(serializers.IntegerField):
    """A whole number; neither texts nor truth values are taken for one."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class Day(serializers.DateField):
    """A day, written as 2024-12-28 and in no other way."""

    def to_internal_value(self, data: Any) -> date:
        """Return the day."""
        try:
            return iso_day(data if isinstance(data, str) else str(data))
        except BadDate as error:
            raise ValidationError(str(error), code="invalid") from error


class ClockTime(serializers.Field):
    """A time of day, to the minute: 20:00."""

    PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
    default_error_messages = {"invalid": gettext_lazy("Give a time of day, such as 20:00.")}

    def to_internal_value(self, data: Any) -> time:
        """Return the time."""
        if not isinstance(data, str) or not re.fullmatch(self.PATTERN[1:-1], data):
            self.fail("invalid")
        return time.fromisoformat(data)

    def to_representation(self, value: time) -> str:
        """Return the time to the minute."""
        return f"{value:%H:%M}"


class Choice(serializers.ChoiceField):
    """A word of a vocabulary, or of one of several; the error names the words."""

    def __init__(self, *vocabularies: type[TextChoices], **options: Any) -> None:
        self.vocabularies = vocabularies
        self.words = [word for vocabulary in vocabularies for word in vocabulary.values]
        super().__init__(choices=[pair for vocabulary in vocabularies for pair in vocabulary.choices], **options)

    def to_internal_value(self, data: Any) -> str:
        """Return the word."""
        if data == "" and self.allow_blank:
            return ""
        if not isinstance(data, str) or data not in self.words:
            raise ValidationError([unknown(data, self.words)])
        return data


class Only(serializers.Field):
    """The one word that tells a request from its sisters."""

    def __init__(self, word: str, **options: Any) -> None:
        super().__init__(**options)
        self.word = str(word)

    def to_internal_value(self, data: Any) -> str:
        """Return the word."""
        if data != self.word:
            raise ValidationError([unknown(data, [self.word])])
        return self.word


@lru_cache(maxsize=4096)
def told_of(when: FuzzyDate, _language: str | None) -> Mapping[str, str | None]:
    """Return a date as it is told in the language that is active; a list tells the same dates again and again."""
    return {
        "earliest": None if when.earliest == date.min else when.earliest.isoformat(),
        "latest": None if when.latest == date.max else when.latest.isoformat(),
        "precision": when.precision,
        "iso": when.iso,
        "words": str(when),
    }


class When(serializers.Field):
    """A date with a precision: a text such as 2012-09 comes in, its bounds, its ISO form and its words go out."""

    default_error_messages = {"invalid": _NOT_TEXT}

    def to_internal_value(self, data: Any) -> FuzzyDate:
        """Return the date."""
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            return FuzzyDate.parse(data if len(data) <= _LONGEST_DATE else f"{data[:_LONGEST_DATE]}…")
        except BadDate as error:
            raise ValidationError(str(error), code="invalid") from error

    def to_representation(self, value: FuzzyDate) -> dict[str, str | None]:
        """Return both bounds (none where there is no bound), the precision, the ISO form, the words."""
        return dict(told_of(value, get_language()))

    @staticmethod
    def told_in(language: str | None) -> Callable[[FuzzyDate], dict[str, str | None]]:
        """Return what tells dates in the language that is active: of many dates it is asked for once."""
        return lambda value: dict(told_of(value, language))


class Instant(serializers.Field):
    """A moment with its distance from UTC (RFC 3339)."""

    default_error_messages = {"invalid": _NOT_TEXT}

    def to_internal_value(self, data: Any) -> datetime | None:
        """Return the moment in UTC."""
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            return MomentField(required=False).clean(data)
        except FormError as error:
            raise ValidationError(error.messages, code="invalid") from error


class ClauseData(serializers.Field):
    """A clause on entry into force as data (docs/clauses.md); numbers with a point are kept as texts."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the clause as it is stored; the errors name the place within it."""
        try:
            parse(data, known_code)
        except BadClause as error:
            raise ValidationError(_at(error.path, error.remedy, error.code)) from error
        return plain(data)

    def to_representation(self, value: Any) -> Any:
        """Return the clause as it is stored."""
        return value


_LONGEST_REMEDY = 600


def _at(path: str, sentence: str, code: str) -> Any:
    """Return an error at a place of a clause, written as `enters_into_force.any_of[0].after`."""
    shown = sentence if len(sentence) <= _LONGEST_REMEDY else f"{sentence[:_LONGEST_REMEDY]}…"
    detail: Any = [ErrorDetail(shown, code=code)]
    for step in reversed(re.findall(r"[^.\[\]]+", path)):
        detail = {step[:_ECHOED]: detail}
    return detail


class Texts(serializers.Field):
    """A text by language: any of en, ru, kk. In a change, a language that is not named stays as it is."""

    languages: ClassVar[tuple[str, ...]] = LANGUAGES
    default_error_messages = {"invalid": gettext_lazy("Give an object with texts under en, ru and kk.")}

    def __init__(self, *, max_length: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.each = Text(max_length=max_length, allow_blank=True)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        """Return the texts of the languages that are named."""
        if not isinstance(data, Mapping):
            self.fail("invalid")
        taken: dict[str, str] = {}
        errors: dict[str, Any] = {}
        for language, text in data.items():
            try:
                if language not in self.languages:
                    raise ValidationError([unknown(language, self.languages)])
                taken[language] = self.each.run_validation(text)
            except ValidationError as error:
                errors[str(language)[:_ECHOED]] = error.detail
        if errors:
            raise ValidationError(errors)
        return taken

    def to_representation(self, value: Mapping[str, str]) -> dict[str, str]:
        """Return the text of each language, empty where there is none."""
        return dict(value)


class Translations(Texts):
    """Translations into Russian and Kazakh of a text that stands beside them as it was first written."""

    languages = ("ru", "kk")
    default_error_messages = {"invalid": gettext_lazy("Give an object with texts under ru and kk.")}


class Sentence(Texts):
    """Free text: one text, or one for each language."""

    default_error_messages = {"invalid": gettext_lazy("Give a text, or an object with texts under en, ru and kk.")}

    def to_internal_value(self, data: Any) -> Any:
        """Return the text, or the texts by language."""
        if isinstance(data, str):
            return self.each.run_validation(data)
        # Nothing in any language is nothing: a reason of empty texts gives no reason.
        return {language: text for language, text in super().to_internal_value(data).items() if text} or ""


class Code(serializers.Field):
    """Something that is named by its code, or by another attribute."""

    def __init__(self, attribute: str = "code", **options: Any) -> None:
        super().__init__(**options)
        self.attribute = attribute

    def to_representation(self, value: Model) -> str:
        """Return the code."""
        code: str = getattr(value, self.attribute)
        return code


class Coded(Code):
    """Something that requests name by its code; `of` returns those that the user may name."""

    def __init__(
        self, of: Callable[[User], QuerySet[Any]], attribute: str = "code", *, named: bool = True, **options: Any
    ) -> None:
        super().__init__(attribute, **options)
        self.of, self.named = of, named

    def to_internal_value(self, data: Any) -> Model:
        """Return what the code stands for."""
        code = Text().run_validation(data)
        queryset = self.of(self.context["request"].user)
        item: Model | None = queryset.filter(**{self.attribute: code}).first()
        if item is None:
            known = sorted(queryset.values_list(self.attribute, flat=True)) if self.named else ()
            raise ValidationError([unknown(code, known)])
        return item


class Codes(serializers.ListField):
    """Several things of one kind, each named by its code, none twice."""

    child = Text()

    def __init__(self, of: Callable[[User], QuerySet[Any]], **options: Any) -> None:
        super().__init__(max_length=500, **options)
        self.of = of

    def to_internal_value(self, data: Any) -> list[Model]:
        """Return what the codes stand for, in their order."""
        codes = super().to_internal_value(data)
        once(codes)
        kept = found(codes, self.of(self.context["request"].user))
        return [kept[code] for code in codes]

    def to_representation(self, value: Any) -> list[str]:
        """Return the codes."""
        return sorted(item.code for item in value.all())


def once(names: Sequence[Any], *, within: str = "") -> None:
    """Raise ValidationError for every name that stands in the list a second time."""
    first: dict[Any, int] = {}
    twice = [number for number, name in enumerate(names) if first.setdefault(name, number) != number]
    if twice:
        error = [ErrorDetail(_("This is named twice."), code="unique")]
        raise ValidationError({str(number): {within: error} if within else error for number in twice})
