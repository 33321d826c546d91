"""The filters of the list of agreements that are no plain column."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from agreements import procedures
from agreements.choices import Group, Stage
from agreements.words import active_language


class StageFilter(admin.SimpleListFilter):
    """Keeps the agreements of one stage."""

    title = _("stage")
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Return the stages in the order of an agreement's life."""
        return Stage.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Return the agreements of the stage."""
        return queryset.filter(stage=self.value()) if self.value() else queryset


class GroupFilter(admin.SimpleListFilter):
    """Keeps the agreements whose stage belongs to one group."""

    title = _("group of stages")
    parameter_name = "group"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Return the groups."""
        return Group.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Return the agreements of the group."""
        wanted = self.value()
        if not wanted:
            return queryset
        return queryset.filter(stage__in=[stage for stage in Stage if stage.group == wanted])


class ProcedureFilter(admin.SimpleListFilter):
    """Keeps the agreements that follow one procedure, in whatever version."""

    title = _("procedure")
    parameter_name = "procedure"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Return the procedures in force by title."""
        known = procedures.load(settings.PROCEDURES_DIR)
        return [(code, rules.title[active_language()]) for code, rules in known.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Return the agreements of the procedure."""
        return queryset.filter(procedure_version__code=self.value()) if self.value() else queryset


class RecordFilter(admin.SimpleListFilter):
    """Leaves out records that were opened by mistake, unless they are asked for."""

    title = _("record")
    parameter_name = "records"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Return what may be asked for beside the kept records."""
        return [("void", _("Opened by mistake")), ("all", _("Kept and opened by mistake"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Return the records asked for; the kept ones by default."""
        match self.value():
            case "void":
                return queryset.filter(is_void=True)
            case "all":
                return queryset
            case _:
                return queryset.kept()

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Say of the first choice that it shows the kept records, not all."""
        first, *others = super().choices(changelist)
        yield {**first, "display": _("Kept")}
        yield from others
