"""The journal as it is kept: every entry that the reader may see, and nothing that could change one."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import access, changes, journal, redaction, timeline
from agreements.admin import wording
from agreements.admin.base import Register, user_of
from agreements.admin.operating import Operating, sent, told
from agreements.choices import EntryKind, Stage, Transition
from agreements.models import Agreement, Entry, ProcedureVersion
from agreements.preserving_forms import RedactionForm
from agreements.words import worded

#: How many of the user's own entries the front page shows.
RECENT = 8


class Kept(Register):
    """A register that nobody writes by hand; all staff may read it."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """All staff may read."""
        user = user_of(request)
        return user.is_active and user.is_staff

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes."""
        return False

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """Say that there is no history: it never changes."""
        raise Http404

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Lead to no history."""
        return super().render_change_form(request, {**context, "unchanging": True}, *args, **kwargs)


def name_subjects(entries: list[Any], request: HttpRequest) -> None:
    """Set on entries what each is about, and the address of that record where the reader may open its register."""
    wording.name_subjects(entries, user_of(request))
    open_to = {
        model for model in wording.SUBJECTS.values() if admin.site.get_model_admin(model).has_view_permission(request)
    }
    for entry in entries:
        entry.address = wording.address_of(entry.about) if type(entry.about) in open_to else ""


class Chains(ChangeList):
    """The list of entries, each with the record that it is about."""

    def get_results(self, request: HttpRequest) -> None:
        """Fetch the records of the page at once."""
        super().get_results(request)
        self.result_list: Any = list(self.result_list)
        name_subjects(self.result_list, request)


@admin.register(Entry)
class EntryAdmin(Operating, Kept):
    """The journal; the text of an entry is redacted by who holds that right, whatever record it is about."""

    change_form_template = "admin/agreements/change_form_operated.html"

    list_display = ("recorded_at", "about", "what", "on_shown", "actor_name", "source", "out_of_procedure")
    list_display_links = ("recorded_at", "what")
    list_filter = ("subject_kind", "kind", "transition", "origin", "certainty", "out_of_procedure", "recorded_at")
    ordering = ("-recorded_at", "-sequence")
    sortable_by = ("recorded_at", "on_shown", "actor_name")
    search_fields = ("place", "legal_basis", "evidence", "source", "actor_name")
    search_help_text = gettext_lazy("Words of an agreement’s title, of a source, of evidence, or the recorder’s name.")
    fieldsets = (
        (None, {"fields": ("about", "what", "on_shown", "certainty", "elsewhere", "told", "changed")}),
        (
            gettext_lazy("Sources"),
            {"fields": ("place", "legal_basis", "evidence", "source", "out_of_procedure", "corrects", "corrected")},
        ),
        (gettext_lazy("Recording"), {"fields": ("recorded_at", "actor_name", "origin", "request_id")}),
        (
            gettext_lazy("The chain"),
            {"fields": ("sequence", "position", "previous", "text_digest", "digest", "intact")},
        ),
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that knows what its entries are about."""
        return Chains

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave out entries of which the reader may know nothing."""
        rows = super().get_queryset(request)
        return rows.exclude(pk__in=changes.hidden(rows, user_of(request)).keys)

    def recent(self, request: HttpRequest) -> list[Entry]:
        """Return the entries that the user recorded last, each with the record that it is about."""
        user = user_of(request)
        own = Entry.objects.for_user(user).filter(actor=user)
        own = own.exclude(pk__in=changes.hidden(own, user).keys)
        entries = list(own.order_by("-recorded_at", "-sequence")[:RECENT])
        wording.name_subjects(entries, user)
        return entries

    @staticmethod
    def _number(request: HttpRequest, entries: Iterable[Entry]) -> None:
        """Number entries on their way to the page as the reader counts: a gap would tell of what is hidden."""
        kept = list(entries)
        chains = Entry.objects.filter(subject__in={entry.subject for entry in kept})
        found = changes.hidden(chains, user_of(request))
        for entry in kept:
            entry.sequence = found.number(entry)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the entry with the record it is about and with what it changed, in the reader's words."""
        entry = super().get_object(request, object_id, from_field)
        if entry is not None:
            user = user_of(request)
            name_subjects([entry], request)
            told = changes.of_entry(journal.data_of(entry), journal.text_of(entry))
            entry.changes = changes.Dictionary([told], user).changes(wording.SUBJECTS[entry.subject_kind], told)
            entry.is_intact = journal.digest_of(entry) == entry.digest
            self._number(request, [entry, *filter(None, [entry.voids]), *entry.voided_by.all()])
        return entry

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Find entries by their own words, and those of the agreements whose titles match."""
        if not search_term.strip():
            return queryset, False
        own = Q()
        for name in self.search_fields:
            own |= Q(**{f"{name}__icontains": search_term})
        agreements = Agreement.objects.for_user(user_of(request)).matching(search_term)
        return queryset.filter(own | Q(subject__in=agreements.values("pk"))), False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what the entry does not say."""
        return [
            (name, {"fields": [field for field in options["fields"] if self._says(obj, field)]})
            for name, options in self.fieldsets
        ]

    def _says(self, entry: Any, field: Any) -> bool:
        said = getattr(self, field)(entry) if hasattr(self, field) else getattr(entry, field)
        return field == "intact" or said not in ("", None, False)

    # ---- the one operation ----
    def get_urls(self) -> list[Any]:
        """Put the page of the redaction before the register's own."""
        return [self.page("redact/", self.redact_view, "redact"), *super().get_urls()]

    def redact_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Remove the free text of an entry for good. Raises PermissionDenied without the right, Http404 if hidden."""
        user = user_of(request)
        if not access.may(user, "redact"):
            raise PermissionDenied
        entry: Any = self.get_object(request, str(object_id))
        if entry is None:
            raise Http404
        near = [entry.about] if isinstance(entry.about, Agreement) else []
        event = timeline.told([entry], user=user, agreements=near).get(entry.pk)
        if event is None:
            raise Http404
        said = _("The text was removed: %(what)s, %(day)s.") % {"what": event.label, "day": event.on}
        return self.operate(
            request,
            RedactionForm(entry, user, *sent(request)),
            entry,
            _("Redact the text of an entry"),
            lambda _redaction: said,
            event=event,
            changes=entry.changes,
            against=told(redaction.objections(entry)),
            lead=RedactionForm.LEAD,
            warnings=RedactionForm.warnings(entry, user),
            verb=RedactionForm.BUTTON,
        )

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Lead to the redaction, where there is a text and the reader may remove it."""
        entry = kwargs.get("obj")
        if entry is not None and entry.text.content and access.may(user_of(request), "redact"):
            context |= {"tools": [(self.address_of("redact", entry), _("Redact the text of an entry"))]}
        return super().render_change_form(request, context, *args, **kwargs)

    # ---- columns ----
    @admin.display(description=gettext_lazy("record"))
    def about(self, entry: Any) -> str:
        """The record that the entry is about."""
        about = str(entry.about) if entry.about else "–"
        return format_html('<a href="{}">{}</a>', entry.address, about) if entry.address else about

    @admin.display(description=gettext_lazy("what happened"))
    def what(self, entry: Entry) -> str:
        """The kind of the entry; of a step, the step and the stage it led to."""
        kind = str(EntryKind(entry.kind).label)
        told = [str(Transition(entry.transition).label)] if entry.transition else [kind]
        if entry.to_stage:
            told.append(str(Stage(entry.to_stage).label))
        return " → ".join(told)

    @admin.display(description=gettext_lazy("date"), ordering="earliest")
    def on_shown(self, entry: Entry) -> str:
        """The date with its precision."""
        return str(entry.on)

    # ---- one entry ----
    @admin.display(description=gettext_lazy("another date stated elsewhere"))
    def elsewhere(self, entry: Entry) -> str:
        """Another date, and who states it."""
        return f"{entry.stated_elsewhere} ({entry.stated_by})" if entry.stated_elsewhere else ""

    @admin.display(description=gettext_lazy("text"))
    def told(self, entry: Entry) -> str:
        """What was said in words, or that it was redacted."""
        if not entry.text.salt:
            return _("The text was redacted.")
        text = journal.text_of(entry)
        said = [worded(text[name]).text for name in ("what", "reason") if text.get(name)]
        return linebreaksbr("\n".join(said))

    @admin.display(description=gettext_lazy("changes"))
    def changed(self, entry: Any) -> str:
        """What it changed, as far as the reader may see it."""
        rows = format_html_join(
            "", "<dt>{}</dt><dd>{}</dd>", ((change.label, change.words) for change in entry.changes)
        )
        return format_html('<dl class="changes">{}</dl>', rows) if entry.changes else ""

    @admin.display(description=gettext_lazy("corrects"))
    def corrects(self, entry: Entry) -> str:
        """The entry that this one voids."""
        return self._link(entry.voids) if entry.voids else ""

    @admin.display(description=gettext_lazy("corrected by"))
    def corrected(self, entry: Entry) -> str:
        """The entry that voids this one."""
        later = entry.voided_by.first()
        return self._link(later) if later else ""

    @staticmethod
    def _link(entry: Entry) -> str:
        return format_html('<a href="{}">{}</a>', reverse("admin:agreements_entry_change", args=[entry.pk]), entry)

    @admin.display(description=gettext_lazy("as it was written"), boolean=True)
    def intact(self, entry: Any) -> bool:
        """Whether the digest agrees with what the entry says."""
        return bool(entry.is_intact)


@admin.register(ProcedureVersion)
class ProcedureVersionAdmin(Kept):
    """The versions of procedures that agreements follow."""

    list_display = ("title", "code", "version", "binding", "digest")
    list_filter = ("code",)
    search_fields = ("code", "version")
    fields = ("title", "code", "version", "binding", "digest", "rules")

    @admin.display(description=gettext_lazy("title"))
    def title(self, version: ProcedureVersion) -> str:
        """The title in the reader's language."""
        return worded(version.rules.title).text

    @admin.display(description=gettext_lazy("binding"), boolean=True)
    def binding(self, version: ProcedureVersion) -> bool:
        """Whether agreements that follow it are treaties."""
        return version.rules.binding

    @admin.display(description=gettext_lazy("text"))
    def rules(self, version: ProcedureVersion) -> str:
        """The rules as they were when first used."""
        return format_html('<pre class="rules">{}</pre>', version.text)
