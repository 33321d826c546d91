"""The register of agreements. Nothing here sets a stage: a stage moves by steps only."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agreements import access
from agreements.admin import clauses, operations, tasks
from agreements.admin.base import RecordForm, Records, Rows, user_of
from agreements.admin.filters import GroupFilter, ProcedureFilter, RecordFilter, StageFilter
from agreements.choices import Group
from agreements.dates import NBSP
from agreements.models import Agreement, Participant, Relation, User
from agreements.words import worded

#: How many parties a row of the list names before it counts the others.
NAMED = 3


def stage_of(agreement: Agreement) -> dict[str, str]:
    """Return what the sign of a stage needs: its code, its group, and what the procedure calls it."""
    return {
        "stage": agreement.stage,
        "group": agreement.group.value,
        "label": agreement.rules.stage_label(agreement.stage),
    }


def mark(kind: str, icon: str, words: str) -> dict[str, Any]:
    """Return what a mark of attention needs."""
    return {"kind": kind, "icon": icon, "words": words, "box": False}


class AgreementForm(RecordForm):
    """What may be edited of an agreement: words, plans, responsibility; never stage, text, round or reference."""

    class Meta:
        widgets = {
            f"title_{language}": forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"})
            for language in ("en", "ru", "kk")
        } | {
            f"clause_text_{language}": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})
            for language in ("en", "ru", "kk")
        }
        field_classes: ClassVar[dict[str, Any]] = {"clause": clauses.ClauseFormField}

    def clean(self) -> dict[str, Any] | None:
        """Ask for a title, and for a validity that does not end before it begins."""
        cleaned = super().clean()
        self.require_one_of(("title_en", "title_ru", "title_kk"), _("Give a title in one language at least."))
        self.require_order("valid_from", "valid_until", _("The validity ends before it begins."))
        return cleaned


class ParticipantRows(Rows):
    """The participants, until the text is signed; then they change by their acts."""

    model = Participant
    autocomplete_fields = ("party",)
    readonly_fields = ("name",)

    def _writes(self, request: HttpRequest, obj: Any) -> bool:
        return super()._writes(request, obj) and (obj is None or obj.group == Group.PREPARING)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the name alone where nothing can be chosen: the reader may not open the register of parties."""
        return ("party" if self._writes(request, obj) else "name", "role")

    @admin.display(description=gettext_lazy("party"))
    def name(self, participant: Participant) -> str:
        """The name of the party."""
        return str(participant.party)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Return the participants with their parties."""
        return super().get_queryset(request).select_related("party", "agreement")


class RelationRows(Rows):
    """The relations to agreements that the user may see; others stay as they are."""

    model = Relation
    fk_name = "agreement"
    fields = ("kind", "to")
    autocomplete_fields = ("to",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave out relations to agreements that the user may not see."""
        visible = Agreement.objects.for_user(user_of(request))
        return super().get_queryset(request).filter(to__in=visible).select_related("to", "agreement")


class Portfolio(ChangeList):
    """The list of agreements: a fixed number of queries, however many rows it has."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        """Fetch what the columns show beside the agreement itself."""
        return super().get_queryset(request, exclude_parameters).with_parties()  # type: ignore[attr-defined]


@admin.register(Agreement)
class AgreementAdmin(operations.Operations, clauses.Panels, Records):
    """The register of agreements."""

    right = "edit"
    form = AgreementForm
    inlines = (ParticipantRows, RelationRows)
    autocomplete_fields = ("areas", "lead_unit", "officer")
    readonly_fields = (*clauses.PANELS, "tasks_shown")
    list_display = (
        "reference",
        "short_title",
        "stage_shown",
        "since_shown",
        "areas_shown",
        "parties_shown",
        "lead_unit",
        "officer",
        "changed_at",
    )
    list_display_links = ("reference", "short_title")
    list_filter = (
        StageFilter,
        GroupFilter,
        ("participants__party", admin.RelatedOnlyFieldListFilter),
        ("areas", admin.RelatedOnlyFieldListFilter),
        "kind",
        ProcedureFilter,
        ("lead_unit", admin.RelatedOnlyFieldListFilter),
        ("officer", admin.RelatedOnlyFieldListFilter),
        "level",
        "on_hold",
        "legal_hold",
        RecordFilter,
    )
    search_fields = ("search_text",)
    search_help_text = gettext_lazy("Words of the reference or of a title, in any language.")
    fieldsets = (
        (
            gettext_lazy("Titles"),
            {
                "fields": (
                    "title_en",
                    "title_ru",
                    "title_kk",
                    "short_title_en",
                    "short_title_ru",
                    "short_title_kk",
                )
            },
        ),
        (gettext_lazy("What it is"), {"fields": ("kind", "in_the_name_of", "areas", "level")}),
        (
            gettext_lazy("Validity and plans"),
            {
                "fields": (
                    ("valid_from", "valid_until"),
                    ("renewal_years", "notice_months"),
                    ("planned_signing", "planned_entry_into_force"),
                )
            },
        ),
        (gettext_lazy("Entry into force"), {"fields": (*clauses.FIELDS, *clauses.PANELS)}),
        (
            gettext_lazy("Registration"),
            {"fields": (("register_number", "registered_on"), ("un_number", "un_registered_on"))},
        ),
        (gettext_lazy("Responsibility"), {"fields": ("lead_unit", "officer")}),
        (gettext_lazy("Next step"), {"fields": ("next_step", "ball")}),
        (gettext_lazy("Tasks"), {"fields": ("tasks_shown",)}),
    )

    # ---- rights ----
    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the user may propose agreements."""
        return access.may(user_of(request), "propose")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may change agreements, or this one; a record opened by mistake is closed."""
        return super().has_change_permission(request, obj) and not (obj and obj.is_void)

    # ---- the list ----
    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that fetches everything at once."""
        return Portfolio

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Search as everywhere in the register."""
        return queryset.matching(search_term), False

    def choosable(self, rows: Any, field: Any, user: User) -> Any:
        """Return the agreements that a field may name: not those opened by mistake."""
        return rows.kept()

    @admin.display(description=gettext_lazy("short title"), ordering="short_title_en")
    def short_title(self, agreement: Agreement) -> str:
        """The short title in the reader's language."""
        return agreement.short_title.text

    @admin.display(description=gettext_lazy("stage"), ordering="stage")
    def stage_shown(self, agreement: Agreement) -> str:
        """The stage as the procedure calls it, with the sign and the colour of its group; under it, what holds it."""
        marks = []
        if agreement.on_hold:
            marks.append(mark("soon", "hold", _("On hold")))
        if agreement.legal_hold:
            marks.append(mark("plain", "document", _("Legal hold")))
        if agreement.is_void:
            marks.append(mark("late", "cross", _("Opened by mistake")))
        parts = [render_to_string("includes/stage.html", stage_of(agreement))]
        parts += [render_to_string("includes/mark.html", shown) for shown in marks]
        return mark_safe("<br>".join(parts))  # noqa: S308 - two templates of our own

    @admin.display(description=gettext_lazy("since"), ordering="since_earliest")
    def since_shown(self, agreement: Agreement) -> str:
        """The date of the stage with its precision."""
        return str(agreement.since).replace(NBSP, " ")  # the column is narrow

    @admin.display(description=gettext_lazy("areas"))
    def areas_shown(self, agreement: Agreement) -> str:
        """The areas."""
        return ", ".join(str(area) for area in agreement.areas.all())

    @admin.display(description=gettext_lazy("parties"))
    def parties_shown(self, agreement: Agreement) -> str:
        """The first parties by name, and how many there are beside them."""
        names = [str(participant.party) for participant in agreement.participants.all()]
        if len(names) <= NAMED:
            return ", ".join(names)
        rest = len(names) - NAMED
        return ngettext("%(names)s and %(count)d other", "%(names)s and %(count)d others", rest) % {
            "names": ", ".join(names[:NAMED]),
            "count": rest,
        }

    # ---- one agreement ----
    def view_on_site(self, obj: Agreement) -> str:  # type: ignore[override]
        """Return the page of the agreement."""
        return obj.get_absolute_url()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out the panels on entry into force, and that of the tasks, where they have nothing to say."""
        silent = set(clauses.PANELS) - set(clauses.entry_of(obj, user_of(request)).panels() if obj else ())
        if not obj or not tasks.panel(obj, user_of(request)):
            silent.add("tasks_shown")
        told = [
            (name, {**options, "fields": [field for field in options["fields"] if field not in silent]})
            for name, options in super().get_fieldsets(request, obj)
        ]
        return [(name, options) for name, options in told if options["fields"]]

    @admin.display(description=gettext_lazy("tasks"))
    def tasks_shown(self, agreement: Any) -> str:
        """The tasks, to be read: they are written on the pages of the site."""
        told: str = agreement.task_panel
        return told

    def may_correct(self, request: HttpRequest, obj: Any) -> bool:
        """Whether the user may void entries of the agreement’s journal."""
        return access.may(user_of(request), "void") and not obj.is_void

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show the stage and the steps above the form."""
        agreement = kwargs.get("obj")
        if agreement is not None:
            user = user_of(request)
            offered = operations.offers(agreement, user)
            context |= {
                **stage_of(agreement),
                "since": agreement.since,
                "rules": agreement.rules,
                "procedure_title": worded(agreement.rules.title).text,
                "foreseen": [offer for offer in offered if offer.foreseen],
                "unforeseen": [offer for offer in offered if not offer.foreseen],
                "tools": operations.tools(agreement, user),
                "may_overrule": access.may(user, "out_of_procedure"),
                "suggestion": clauses.entry_of(agreement, user).suggestion,
            }
        return super().render_change_form(request, context, *args, **kwargs)
