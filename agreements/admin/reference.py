"""Parties and their memberships, indicators, and the vocabularies of areas and formats."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from agreements import numbers
from agreements.admin.base import RecordForm, Records, Register, Rows
from agreements.admin.filters import RecordFilter
from agreements.choices import PartyKind
from agreements.models import Area, Format, Indicator, Membership, Party

NAMES = ("name_en", "name_ru", "name_kk")


class MembershipForm(RecordForm):
    """One membership, from its first day to its last."""

    def clean(self) -> dict[str, Any] | None:
        """Ask for days in order, and for another organisation than the member itself."""
        cleaned = super(RecordForm, self).clean()
        self.require_order("since", "until", _("The membership ends before it begins."))
        organisation = self.cleaned_data.get("organisation")
        if organisation is not None and organisation.pk == self.instance.member_id:
            self.add_error("organisation", _("An organisation is no member of itself."))
        return cleaned


class MembershipRows(Rows):
    """The organisations to which a party belongs or belonged."""

    model = Membership
    form = MembershipForm
    fk_name = "member"
    fields = ("organisation", "since", "until")
    autocomplete_fields = ("organisation",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Return the memberships with both sides."""
        return super().get_queryset(request).select_related("member", "organisation")


class MemberRows(Rows):
    """The members of an organisation, to be read; each is entered with the member."""

    model = Membership
    fk_name = "organisation"
    fields = ("member", "since", "until")
    classes = ("collapse",)
    verbose_name = gettext_lazy("member")
    verbose_name_plural = gettext_lazy("members")

    def _writes(self, request: HttpRequest, obj: Any) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> Any:
        """Return the memberships with both sides."""
        return super().get_queryset(request).select_related("member", "organisation")


@admin.register(Party)
class PartyAdmin(Records):
    """States and international organisations."""

    list_display = ("code", *NAMES, "kind", "changed_at")
    list_display_links = ("code", "name_en")
    list_filter = ("kind",)
    search_fields = ("code", *NAMES)
    fields = ("code", "kind", *NAMES)
    fixed = ("code",)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Show the members of an organisation beside its own memberships."""
        organisation = obj is not None and obj.kind == PartyKind.ORGANISATION
        return (MembershipRows, MemberRows) if organisation else (MembershipRows,)


class IndicatorForm(RecordForm):
    """A figure for a period."""

    def clean(self) -> dict[str, Any] | None:
        """Ask for a period that does not end before it begins."""
        cleaned = super().clean()
        self.require_order("period_from", "period_until", _("The period ends before it begins."))
        return cleaned


@admin.register(Indicator)
class IndicatorAdmin(Records):
    """Dated, sourced figures on partners."""

    form = IndicatorForm
    list_display = ("name_shown", "party", "period", "value_shown", "unit_shown", "change_shown", "source")
    list_filter = (RecordFilter, ("party", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("party",)
    search_fields = (*NAMES, "party__name_en", "party__name_ru", "party__name_kk", "source")
    autocomplete_fields = ("party",)
    fieldsets = (
        (None, {"fields": ("party", *NAMES)}),
        (
            gettext_lazy("Figure"),
            {
                "fields": (
                    ("period_from", "period_until"),
                    ("value", "at_least"),
                    "change_on_year",
                    ("unit_en", "unit_ru", "unit_kk"),
                )
            },
        ),
        (gettext_lazy("Source"), {"fields": ("source", "retrieved_on")}),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may change figures, or this one: none that was recorded by mistake."""
        return super().has_change_permission(request, obj) and not (obj and obj.is_void)

    @admin.display(description=gettext_lazy("name"), ordering="name_en")
    def name_shown(self, indicator: Indicator) -> str:
        """The name in the reader's language."""
        return indicator.name.text

    @admin.display(description=gettext_lazy("period"), ordering="period_until")
    def period(self, indicator: Indicator) -> str:
        """The period in ISO days."""
        return " – ".join(str(day) for day in (indicator.period_from, indicator.period_until) if day)

    @admin.display(description=gettext_lazy("value"), ordering="value")
    def value_shown(self, indicator: Indicator) -> str:
        """The figure as people write it."""
        figure = numbers.grouped(indicator.value)
        return _("more than %(figure)s") % {"figure": figure} if indicator.at_least else figure

    @admin.display(description=pgettext_lazy("indicator", "unit"))
    def unit_shown(self, indicator: Indicator) -> str:
        """The unit in the reader's language."""
        return indicator.unit.text

    @admin.display(description=gettext_lazy("change on year, per cent"), ordering="change_on_year")
    def change_shown(self, indicator: Indicator) -> str:
        """The change, with its sign."""
        change = indicator.change_on_year
        return "" if change is None else numbers.grouped(change, sign=True)


@admin.register(Area)
class AreaAdmin(Register):
    """Fields of cooperation."""

    list_display = ("code", "prefix", *NAMES)
    search_fields = ("code", *NAMES)
    fields = ("code", "prefix", *NAMES)
    fixed = ("code",)


@admin.register(Format)
class FormatAdmin(Register):
    """Formats of meetings."""

    list_display = ("code", *NAMES)
    search_fields = ("code", *NAMES)
    fields = ("code", *NAMES)
    fixed = ("code",)
