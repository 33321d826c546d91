"""Meetings and their agendas."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from agreements import meetings
from agreements.admin.base import NamedRows, RecordForm, Records, Rows, user_of
from agreements.guards import Refused
from agreements.models import AgendaItem, Agreement, Meeting
from agreements.models.base import FuzzyDateFormField


class MeetingForm(RecordForm):
    """A meeting; its date is written as people write it."""

    on = FuzzyDateFormField(
        label=gettext_lazy("Date"),
        help_text=gettext_lazy("A day, or less: 2024-12-28, 2012-09, second half of 2025, 2007, unknown."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.earliest and "on" in self.fields:
            self.initial["on"] = self.instance.on

    def clean(self) -> dict[str, Any] | None:
        """Take the date over into the record."""
        cleaned = super().clean()
        if when := self.cleaned_data.get("on"):
            self.instance.on = when
        return cleaned


class Agenda(NamedRows):
    """The points that the user may see, numbered among themselves: a gap would tell of one that he may not see."""

    def add_fields(self, form: Any, index: int | None) -> None:
        """Number the points as they stand on the page."""
        super().add_fields(form, index)
        known = self.initial_form_count()
        form.initial["number"] = index + 1 if index is not None and index < known else known + 1
        if not self.is_bound:  # the head of a row names the number: that of the page, as hidden points leave gaps
            form.instance.number = form.initial["number"]

    def save(self, commit: bool = True) -> Any:
        """Save the points, and bring those of the page into the order of their numbers; others keep their places."""
        before = list(self._order())
        saved = super().save(commit)
        if commit:
            self._arrange(before)
        return saved

    def _order(self) -> Any:
        return AgendaItem.objects.filter(meeting=self.instance).order_by("number", "pk").values_list("pk", flat=True)

    def _arrange(self, before: Sequence[Any]) -> None:
        kept = {form.instance.pk: form for form in self.forms if form.instance.pk and form not in self.deleted_forms}
        numbers = {
            key: (form.cleaned_data.get("number") or form.initial.get("number") or 1) for key, form in kept.items()
        }
        wanted = iter(sorted(numbers, key=lambda key: numbers[key]))  # of equal numbers, as they stand on the page
        present = set(self._order())
        order = [next(wanted) if key in numbers else key for key in before if key in present]
        for number, key in enumerate([*order, *wanted], 1):
            AgendaItem.objects.filter(pk=key).exclude(number=number).update(number=number)


class AgendaRows(Rows):
    """The points of the agenda about agreements that the user may see; others stay as they are."""

    model = AgendaItem
    formset = Agenda
    fields = ("number", "agreement", "talking_points", "outcome")
    autocomplete_fields = ("agreement",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave out points about agreements that the user may not see."""
        visible = Agreement.objects.for_user(user_of(request))
        return (
            super().get_queryset(request).filter(agreement__in=visible).select_related("agreement", "meeting__format")
        )


@admin.register(Meeting)
class MeetingAdmin(Records):
    """The register of meetings."""

    right = "edit"
    form = MeetingForm
    inlines = (AgendaRows,)
    list_display = ("title", "on_shown", "format", "rank", "status", "place", "level", "changed_at")
    list_filter = (
        "status",
        ("format", admin.RelatedOnlyFieldListFilter),
        "rank",
        ("parties", admin.RelatedOnlyFieldListFilter),
        "level",
    )
    list_select_related = ("format",)
    search_fields = (
        "title_en",
        "title_ru",
        "title_kk",
        "place",
        "counterpart",
        "counterpart_ru",
        "counterpart_kk",
        "format__name_en",
        "format__name_ru",
        "format__name_kk",
    )
    autocomplete_fields = ("format", "parties")
    fieldsets = (
        (gettext_lazy("Meeting"), {"fields": ("format", "title_en", "title_ru", "title_kk", "rank", "level")}),
        (
            gettext_lazy("Time and place"),
            {"fields": ("on", "starts_at", "ends_at", "time_zone", "certainty", "status", "place")},
        ),
        (gettext_lazy("With whom"), {"fields": ("parties", "counterpart", "counterpart_ru", "counterpart_kk")}),
        (gettext_lazy("Result"), {"fields": ("outcome", "outcome_ru", "outcome_kk", "source")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Return the meetings with their formats, whose names stand in for titles."""
        return super().get_queryset(request).select_related("format")

    def save_model(self, request: HttpRequest, obj: Meeting, form: Any, change: bool) -> None:
        """Begin the entry; a new meeting is held to the same rules as one that changes."""
        if change:
            form.edit = meetings.Change(obj, by=user_of(request))
            return
        meetings.settle(obj)
        if reasons := meetings.objections(obj):
            raise Refused(*reasons)
        super().save_model(request, obj, form, change)

    @admin.display(description=gettext_lazy("title"), ordering="title_en")
    def title(self, meeting: Meeting) -> str:
        """The title, or the name of the format."""
        return meeting.title.text

    @admin.display(description=gettext_lazy("date"), ordering="earliest")
    def on_shown(self, meeting: Meeting) -> str:
        """The date with its precision."""
        return str(meeting.on)
