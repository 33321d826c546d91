"""Filters of lists. A value that is not known is an error, and the error says what is known."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

import django_filters  # type: ignore[import-untyped]
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, TextChoices
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field

from agreements import attention, clock, events, iso639, procedures, saved_views, turns
from agreements.choices import (
    Ball,
    CommitmentState,
    DeliveryState,
    DocumentKind,
    EntryKind,
    Group,
    InstrumentKind,
    Level,
    Stage,
    SubjectKind,
    TaskStatus,
    Transition,
    ViewKind,
)
from agreements.findings import LABELS, STRENGTHS
from agreements.models import (
    Agreement,
    Area,
    Commitment,
    DocumentVersion,
    Indicator,
    Participant,
    Party,
    ProcedureVersion,
    SavedView,
    Task,
    Unit,
)

_LONGEST_TEXT = 200
_REFERENCE = re.compile(r"[A-Za-z0-9-]{1,12}")


def _refuse_unknown(values: Iterable[str], known: Iterable[str]) -> None:
    names = sorted(known)
    strangers = [value for value in values if value not in names]
    if strangers:
        raise ValidationError(
            [
                ValidationError(
                    _("“%(value)s” is not known. Use one of: %(known)s."),
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
        self.vocabulary, self.of = vocabulary, of
        word = {"type": "string"} | ({"enum": vocabulary.values} if vocabulary and not parted else {})
        several = {"type": "array", "items": word}
        extend_schema_field(word | {"description": "Several, parted by commas."} if parted else several)(self)

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
class Days(django_filters.DateFilter):
    """Rows with a day before or after the one given, written as 2024-12-28."""

    def __init__(self, **options: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], **options)


def _codes(model: type[Model]) -> Callable[[Any], Iterable[str]]:
    """Return what gives the codes of a vocabulary that a user may see."""
    manager: Any = model._default_manager
    return lambda user: manager.for_user(user).values_list("code", flat=True)


def _procedures(_user: Any) -> set[str]:
    stored = ProcedureVersion.objects.order_by("code").values_list("code", flat=True).distinct()
    return {*procedures.load(settings.PROCEDURES_DIR), *stored}


def _officers(user: Any) -> Iterable[str]:
    """Return the responsible officers of what the user may see, and no other account."""
    kept: QuerySet = Agreement.objects.for_user(user).filter(officer__isnull=False)
    return kept.order_by("officer__username").values_list("officer__username", flat=True).distinct()


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


class SavedViewFilter(django_filters.FilterSet):
    """Filters of saved views."""

    kind = Words(ViewKind)
    shared = YesNo()
    mine = YesNo(method="of_the_reader")

    def of_the_reader(self, queryset: QuerySet, _name: str, wanted: bool) -> QuerySet:
        """Keep the reader's own, or those that others share."""
        mine = Q(owner=self.request.user)
        return queryset.filter(mine if wanted else ~mine)


def _of_findings(words: Sequence[str], *, method: str) -> Words:
    """Return a filter by the words with which findings are told."""
    made = Words(of=lambda _user: words, method=method)
    extend_schema_field({"type": "array", "items": {"type": "string", "enum": list(words)}})(made)
    return made


class _Concerning:
    """Keeps agreements by what they concern."""

    def with_parties(self, queryset: QuerySet, _name: str, codes: list[str]) -> QuerySet:
        """Keep agreements in which any of the parties takes part."""
        return queryset.filter(Exists(Participant.objects.filter(agreement=OuterRef("pk"), party__code__in=codes)))

    def in_areas(self, queryset: QuerySet, _name: str, codes: list[str]) -> QuerySet:
        """Keep agreements in any of the areas."""
        within = Agreement.areas.through.objects.filter(agreement=OuterRef("pk"), area__code__in=codes)
        return queryset.filter(Exists(within))


class AgreementFilter(_Concerning, django_filters.FilterSet):
    """Filters of agreements; several values of one filter widen it, several filters narrow the list."""

    stage = Words(Stage)
    stage__in = Words(Stage, field_name="stage", parted=True)
    group = Words(Group, method="of_groups")
    party = Words(of=_codes(Party), method="with_parties")
    area = Words(of=_codes(Area), method="in_areas")
    kind = Words(InstrumentKind)
    procedure = Words(of=_procedures, field_name="procedure_version__code")
    level = Words(Level)
    lead_unit = Words(of=_codes(Unit), field_name="lead_unit__code")
    officer = Words(of=_officers, field_name="officer__username")
    attention = _of_findings((*STRENGTHS, *LABELS), method="that_need_attention")
    ball = Words(Ball, method="whose_move")
    on_hold = YesNo()
    binding = YesNo(method="that_bind")
    text = extend_schema_field({"type": "string", "maxLength": _LONGEST_TEXT})(
        django_filters.CharFilter(method="with_words", max_length=_LONGEST_TEXT)
    )
    valid_until__lte = Days(field_name="valid_until", lookup_expr="lte")
    valid_until__gte = Days(field_name="valid_until", lookup_expr="gte")
    changed_at__lte = Moments(field_name="changed_at", lookup_expr="lte")
    changed_at__gte = Moments(field_name="changed_at", lookup_expr="gte")
    view = InView(ViewKind.AGREEMENTS)
    as_of = Days(method="beside", help_text="As they stood on this day; else today.")
    known_at = Moments(method="beside", help_text="As recorded at this moment; else now.")

    class Meta:
        model = Agreement
        fields: tuple[str, ...] = ()

    def beside(self, queryset: QuerySet, _name: str, _value: Any) -> QuerySet:
        """Keep all rows; who looks back is answered from the journal."""
        return queryset

    def of_groups(self, queryset: QuerySet, _name: str, groups: list[str]) -> QuerySet:
        """Keep agreements in a stage of any of the groups."""
        return queryset.filter(stage__in=Stage.of(*map(Group, groups)))

    def whose_move(self, queryset: QuerySet, _name: str, sides: list[str]) -> QuerySet:
        """Keep agreements in which any of the sides must act."""
        return queryset.filter(turns.condition(sides))

    def that_need_attention(self, queryset: QuerySet, _name: str, words: list[str]) -> QuerySet:
        """Keep agreements of which something was found that is of one of the kinds, or so strong."""
        traits = attention.review(self.request.user).traits()
        return queryset.filter(pk__in=[key for key, told in traits.items() if not told.isdisjoint(words)])

    def that_bind(self, queryset: QuerySet, _name: str, binding: bool) -> QuerySet:
        """Keep treaties, or texts that do not bind."""
        versions = ProcedureVersion.objects.order_by("pk")
        kept = [version.pk for version in versions if version.rules.binding == binding]
        return queryset.filter(procedure_version__in=kept)

    def with_words(self, queryset: Any, _name: str, text: str) -> QuerySet:
        """Keep agreements whose reference or titles contain every word."""
        found: QuerySet = queryset.matching(text)
        return found


class FindingFilter(django_filters.FilterSet):
    """What is asked of findings on one agreement; the view asks it of what was found, not of rows."""

    #: The filters that narrow the agreements that are looked at.
    OF_AGREEMENTS: ClassVar[tuple[str, ...]] = ()

    kind = _of_findings(tuple(LABELS), method="beside")
    strength = _of_findings(STRENGTHS, method="beside")
    as_of = Days(method="beside", help_text="As true on this day; else today.")
    known_at = Moments(method="beside", help_text="As recorded at this moment; else now.")

    def beside(self, queryset: QuerySet, _name: str, _value: Any) -> QuerySet:
        """Keep all rows."""
        return queryset


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


class ActFilter(django_filters.FilterSet):
    """Filters of the acts of an agreement."""

    known_at = Moments(field_name="recorded_at", lookup_expr="lte")


class EntryFilter(ActFilter):
    """Filters of a journal."""

    kind = Words(EntryKind)


class IndicatorFilter(django_filters.FilterSet):
    """Filters of figures."""

    party = Words(of=_codes(Party), field_name="party__code")

    class Meta:
        model = Indicator
        fields: tuple[str, ...] = ()


class CommitmentFilter(django_filters.FilterSet):
    """Filters of commitments."""

    agreement = References(field_name="agreement__reference", lookup_expr="in")
    state = Words(CommitmentState)
    party = Words(of=_codes(Party), field_name="party__code")
    unit = Words(of=_codes(Unit), field_name="unit__code")

    class Meta:
        model = Commitment
        fields: tuple[str, ...] = ()


class FileFilter(django_filters.FilterSet):
    """Filters of the documents of one agreement."""

    kind = Words(DocumentKind)
    language = Words(of=lambda _user: iso639.known(), method="in_languages")

    def in_languages(self, queryset: QuerySet, _name: str, codes: list[str]) -> QuerySet:
        """Keep documents that have a version in any of the languages."""
        return queryset.filter(Exists(DocumentVersion.objects.filter(document=OuterRef("pk"), language__in=codes)))


class DocumentFilter(FileFilter):
    """Filters of all documents."""

    agreement = References(field_name="agreement__reference", lookup_expr="in")


# ---- tasks ----
def _holders(user: Any) -> Iterable[str]:
    """Return those who are responsible for tasks that the user may see, and no other account."""
    kept: QuerySet = Task.objects.for_user(user).kept().filter(person__isnull=False)
    return kept.order_by("person__username").values_list("person__username", flat=True).distinct()


class AttentionFilter(_Concerning, FindingFilter):
    """What is asked of findings on all agreements."""

    OF_AGREEMENTS = ("agreement", "party", "area", "lead_unit", "officer", "view")

    agreement = References(field_name="reference", lookup_expr="in")
    party = Words(of=_codes(Party), method="with_parties")
    area = Words(of=_codes(Area), method="in_areas")
    lead_unit = Words(of=_codes(Unit), field_name="lead_unit__code")
    officer = Words(of=_officers, field_name="officer__username")
    view = InView(ViewKind.AGREEMENTS)

    class Meta:
        model = Agreement
        fields: tuple[str, ...] = ()


class TasksOfOneFilter(django_filters.FilterSet):
    """Filters of the tasks of one agreement; several values of one filter widen it, several filters narrow the list."""

    status = Words(TaskStatus)
    side = Words(Ball)
    person = Words(of=_holders, field_name="person__username")
    mine = YesNo(method="of_the_reader")
    unit = Words(of=_codes(Unit), field_name="unit__code")
    transition = Words(Transition)
    by_procedure = YesNo(method="that_a_procedure_gave")
    overdue = YesNo(method="that_are_overdue")
    due_by__lte = Days(field_name="due_by", lookup_expr="lte")
    due_by__gte = Days(field_name="due_by", lookup_expr="gte")
    text = extend_schema_field({"type": "string", "maxLength": _LONGEST_TEXT})(
        django_filters.CharFilter(method="with_words", max_length=_LONGEST_TEXT)
    )

    def of_the_reader(self, queryset: QuerySet, _name: str, wanted: bool) -> QuerySet:
        """Keep the tasks of the reader, or those of others and of nobody."""
        mine = Q(person=self.request.user)
        return queryset.filter(mine) if wanted else queryset.filter(~mine | Q(person=None))

    def that_a_procedure_gave(self, queryset: QuerySet, _name: str, wanted: bool) -> QuerySet:
        """Keep the tasks that procedures gave, or those that people added."""
        return queryset.exclude(code="") if wanted else queryset.filter(code="")

    def that_are_overdue(self, queryset: Any, _name: str, wanted: bool) -> QuerySet:
        """Keep open tasks whose last day is past, or all others."""
        late: QuerySet = queryset.overdue(clock.today())
        return late if wanted else queryset.exclude(pk__in=late.values("pk"))

    def with_words(self, queryset: Any, _name: str, text: str) -> QuerySet:
        """Keep tasks whose title contains every word."""
        found: QuerySet = queryset.matching(text)
        return found


class TaskFilter(TasksOfOneFilter):
    """Filters of all tasks."""

    agreement = References(field_name="agreement__reference", lookup_expr="in")
    party = Words(of=_codes(Party), method="with_parties")
    view = InView(ViewKind.TASKS)

    class Meta:
        model = Task
        fields: tuple[str, ...] = ()

    def with_parties(self, queryset: QuerySet, _name: str, codes: list[str]) -> QuerySet:
        """Keep the tasks of agreements in which any of the parties takes part."""
        taking = Participant.objects.filter(agreement=OuterRef("agreement"), party__code__in=codes)
        return queryset.filter(Exists(taking))


# ---- events ----
class EventFilter(django_filters.FilterSet):
    """Filters of events."""

    kind = Words(EntryKind)
    subject = Words(SubjectKind, field_name="subject_kind")
    party = Words(of=_codes(Party), method="of_parties")
    area = Words(of=_codes(Area), method="in_areas")
    agreement = References(method="of_agreements")
    since = Moments(field_name="recorded_at", lookup_expr="gte", help_text="Recorded at this moment or later.")

    def of_parties(self, queryset: QuerySet, _name: str, codes: list[str]) -> QuerySet:
        """Keep what concerns any of the parties."""
        return events.of_parties(queryset, codes)

    def in_areas(self, queryset: QuerySet, _name: str, codes: list[str]) -> QuerySet:
        """Keep what concerns agreements in any of the areas."""
        return events.in_areas(queryset, codes)

    def of_agreements(self, queryset: QuerySet, _name: str, references: list[str]) -> QuerySet:
        """Keep what concerns any of the agreements."""
        return events.of_agreements(queryset, references)


class DeliveryFilter(django_filters.FilterSet):
    """Filters of what is sent to a webhook."""

    state = Words(DeliveryState)
