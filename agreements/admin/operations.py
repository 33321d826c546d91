"""The pages of the administration that end in one operation on an agreement: steps, holds, entries, corrections.

Each page is a form of `agreements.forms`; the operation itself decides and refuses. Who lacks the right is turned away
on opening the page as on sending it.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import access, forms, lifecycle, preserving_forms, timeline
from agreements.admin import acts
from agreements.admin.base import user_of
from agreements.admin.operating import Fieldsets, Hindrance, Operating, sent
from agreements.choices import ActionKind, DocumentKind, EntryKind, Stage, Transition
from agreements.dates import FuzzyDate
from agreements.guards import Reason
from agreements.models import Agreement, Entry, User


@dataclass(frozen=True)
class Kind:
    """One kind of operation beside the steps: its form, the right it needs, its name, what it says when done."""

    form: Callable[..., forms.Operation]
    right: str
    title: Promise
    done: Promise


KINDS = {
    "hold": Kind(forms.HoldForm, "step", gettext_lazy("Put on hold"), gettext_lazy("The agreement is on hold.")),
    "note": Kind(forms.NoteForm, "record", gettext_lazy("Record a note"), gettext_lazy("The note was recorded.")),
    "document": Kind(
        forms.DocumentForm, "record", gettext_lazy("Record a document"), gettext_lazy("The document was recorded.")
    ),
    "clearance": Kind(
        forms.ClearanceForm, "record", gettext_lazy("Record a clearance"), gettext_lazy("The clearance was recorded.")
    ),
    "act": Kind(
        acts.ActForm,
        "record",
        gettext_lazy("Record an act of a participant"),
        gettext_lazy("The act was recorded."),
    ),
    "legal_hold": Kind(
        preserving_forms.LegalHoldForm,
        lifecycle.PRESERVING_RIGHT,
        gettext_lazy("Put under a legal hold"),
        gettext_lazy("The agreement is under a legal hold."),
    ),
}
_RELEASE = Kind(
    forms.HoldForm, "step", gettext_lazy("Release from hold"), gettext_lazy("The agreement is released from hold.")
)
_LIFT = Kind(
    preserving_forms.LegalHoldForm,
    lifecycle.PRESERVING_RIGHT,
    gettext_lazy("Lift the legal hold"),
    gettext_lazy("The legal hold was lifted."),
)
#: What an address may fill in beforehand: how each is read, and what it may hold.
_PREFILLED: dict[str, Callable[[str], Any]] = {
    "document": DocumentKind,
    "act": ActionKind,
    "party": str,
    "on": FuzzyDate.parse,
    "evidence": str,
}


@dataclass(frozen=True)
class Offer:
    """One step that leads away from the present stage, as the panel of steps shows it."""

    name: str
    label: str
    target: str
    stage: str
    group: str
    possible: bool
    foreseen: bool
    usual: bool
    hindrances: list[Hindrance]
    address: str


def address_of(agreement: Agreement, name: str, *more: str) -> str:
    """Return the address of an operation's page."""
    return reverse(f"admin:agreements_agreement_{name}", args=[agreement.pk, *more])


def kind_of(name: str, agreement: Agreement) -> Kind:
    """Return the kind of operation; on hold, holding means releasing, and likewise under a legal hold."""
    if name == "legal_hold" and agreement.legal_hold:
        return _LIFT
    return _RELEASE if name == "hold" and agreement.on_hold else KINDS[name]


def hindrances(reasons: Iterable[Reason], agreement: Agreement, user: User) -> list[Hindrance]:
    """Return reasons in words, each with the page that helps, where there is one that the user may open."""
    return [Hindrance(reason.sentence, reason.law_text, _remedy(reason, agreement, user)) for reason in reasons]


def _remedy(reason: Reason, agreement: Agreement, user: User) -> str:
    name, _colon, rest = reason.remedy.partition(":")
    name = {"release": "hold"}.get(name, name)
    if name not in KINDS or not access.may(user, KINDS[name].right):
        return ""
    given = dict(zip({"document": ["document"], "act": ["act", "party"]}.get(name, []), rest.split(":"), strict=False))
    return address_of(agreement, name) + (f"?{urlencode(given)}" if given else "")


def offers(agreement: Agreement, user: User) -> list[Offer]:
    """Return the steps that lead away from the present stage: possible, or blocked with every reason in words."""
    if agreement.is_void or not access.may(user, "step"):
        return []
    rules = agreement.rules
    usual = rules.stages[Stage(agreement.stage)].next
    return [
        Offer(
            name=option.name,
            label=rules.step_label(option.name),
            target=rules.stage_label(option.target),
            stage=option.target,
            group=option.target.group,
            possible=option.possible,
            foreseen=option.foreseen,
            usual=option.name == usual,
            hindrances=hindrances(option.reasons, agreement, user),
            address=address_of(agreement, "step", option.name),
        )
        for option in lifecycle.available(agreement, by=user)
    ]


def tools(agreement: Agreement, user: User) -> list[tuple[str, str]]:
    """Return the other operations that the user may carry out, as address and title."""
    if agreement.is_void:
        return []
    kinds = [(name, kind_of(name, agreement)) for name in KINDS]
    held = agreement.on_hold or Stage(agreement.stage).group in ("preparing", "concluded")
    found = [
        (address_of(agreement, name), str(kind.title))
        for name, kind in kinds
        if access.may(user, kind.right) and (name != "hold" or held)
    ]
    if lifecycle.is_outdated(agreement) and access.may(user, lifecycle.ADOPTION_RIGHT):
        # The versions are compared on the page of the agreement.
        found.append((reverse("agreement-procedure", args=[agreement.reference]), _("Version of the procedure")))
    return found


class Operations(Operating):
    """Adds the pages of the operations to the register of agreements."""

    def get_urls(self) -> list[Any]:
        """Put the pages of the operations before the register's own."""

        return [
            self.page("step/<slug:name>/", self.step_view, "step"),
            self.page("correct/<uuid:entry_id>/", self.correct_view, "correct"),
            self.page("void/<uuid:entry_id>/", self.void_view, "void"),
            *(self.page(f"{name}/", self.kind_view, name, kind=name) for name in KINDS),
            *super().get_urls(),
        ]

    def _agreement(self, request: HttpRequest, object_id: UUID, right: str) -> Agreement:
        """Return the agreement for an operation. Raises PermissionDenied without the right, Http404 where hidden."""
        if not access.may(user_of(request), right) or not self.has_view_permission(request):
            raise PermissionDenied
        found = Agreement.objects.for_user(user_of(request)).select_related("procedure_version").filter(pk=object_id)
        agreement: Agreement | None = found.first()
        if agreement is None:
            raise Http404
        return agreement

    # ---- the pages ----
    def step_view(self, request: HttpRequest, object_id: UUID, name: str) -> HttpResponse:
        """Record one step."""
        agreement, user = self._agreement(request, object_id, "step"), user_of(request)
        if name not in Transition.values:
            raise Http404
        form = forms.StepForm(agreement, name, user, *sent(request), initial=_given(request, "on", "evidence"))
        if not access.may(user, "out_of_procedure"):
            del form.fields["out_of_procedure"]
        against = [reason for reason in lifecycle.objections(agreement, name, by=user) if not reason.asked]
        label = agreement.rules.step_label(name)
        title = _("Record a step: %(step)s") % {"step": label}

        def said(fresh: Agreement) -> str:
            return _("Recorded: %(step)s. The stage is now: %(stage)s.") % {
                "step": label,
                "stage": fresh.rules.stage_label(fresh.stage),
            }

        return self._operate(request, form, agreement, title, said, against=hindrances(against, agreement, user))

    def kind_view(self, request: HttpRequest, object_id: UUID, kind: str) -> HttpResponse:
        """Hold or release, or record a note, a document, a clearance, an act of a participant."""
        agreement = self._agreement(request, object_id, KINDS[kind].right)
        chosen = kind_of(kind, agreement)
        form = chosen.form(
            agreement, user_of(request), *sent(request), initial=_given(request, "document", "act", "party")
        )
        return self._operate(request, form, agreement, str(chosen.title), lambda _result: str(chosen.done))

    def _entry(self, request: HttpRequest, object_id: UUID, entry_id: UUID) -> tuple[Agreement, Entry, timeline.Event]:
        """Return an entry with its agreement. Raises PermissionDenied without the right to mend it, Http404."""
        agreement, user = self._agreement(request, object_id, "void"), user_of(request)
        entry = Entry.objects.for_user(user).of(agreement).select_related("text").filter(pk=entry_id).first()
        if entry is None:
            raise Http404
        told = timeline.events([entry], agreement, user=user)
        if not told:
            raise Http404
        return agreement, entry, told[0]

    def correct_view(self, request: HttpRequest, object_id: UUID, entry_id: UUID) -> HttpResponse:
        """Replace an entry of the journal by one that says what is right."""
        agreement, entry, event = self._entry(request, object_id, entry_id)
        void = (
            _("Did it never happen, or not to this agreement?"),
            address_of(agreement, "void", str(entry.pk)),
            _("Void the entry"),
        )
        shown: dict[str, Any] = {"event": event, "pointers": [void], "verb": _("Correct")}
        title = _("Correct an entry")
        if entry.kind == EntryKind.ACTION:
            act = acts.CorrectActForm(entry, agreement, user_of(request), *sent(request))
            return self._operate(request, act, agreement, title, lambda _act: _("The act was corrected."), **shown)
        form = forms.CorrectForm(entry, agreement, user_of(request), *sent(request))

        def said(fresh: Agreement) -> str:
            return _("The entry was corrected. The stage is now: %(stage)s.") % {
                "stage": fresh.rules.stage_label(fresh.stage)
            }

        late = (
            _("Did something happen before or after it that is not recorded?"),
            reverse("agreement-late-step", args=[agreement.reference]),
            _("Record a step learnt of late"),
        )
        return self._operate(request, form, agreement, title, said, **{**shown, "pointers": [late, void]})

    def void_view(self, request: HttpRequest, object_id: UUID, entry_id: UUID) -> HttpResponse:
        """Strike an entry of the journal out."""
        agreement, entry, event = self._entry(request, object_id, entry_id)
        form = forms.VoidForm(entry, agreement, user_of(request), *sent(request))

        def said(fresh: Agreement) -> str:
            if fresh.is_void:
                return _("The record is closed: it was opened by mistake.")
            return _("The entry was voided. The stage is now: %(stage)s.") % {
                "stage": fresh.rules.stage_label(fresh.stage)
            }

        shown: dict[str, Any] = {
            "event": event,
            "against_heading": _("The entry cannot be voided: what follows rests on it"),
            "against": hindrances(form.consequences.reasons, agreement, user_of(request)),
            "warnings": form.warnings,
            "verb": _("Void the entry"),
        }
        if event.correctable:
            question = _("Did it happen, but otherwise than recorded?")
            shown["pointers"] = [(question, address_of(agreement, "correct", str(entry.pk)), _("Correct the entry"))]
        return self._operate(request, form, agreement, _("Void an entry"), said, **shown)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Propose an agreement, or open the record of one that is mid-life."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = forms.ProposalForm(user_of(request), settings.PROCEDURES_DIR, *sent(request))

        def said(fresh: Agreement) -> str:
            return _("The record was opened under the reference %(reference)s.") % {"reference": fresh.reference}

        fieldsets: Fieldsets = [
            (None, {"fields": ("title_en", "title_ru", "title_kk", "kind", "parties", "areas")}),
            (gettext_lazy("Responsibility"), {"fields": ("lead_unit", "in_the_name_of", "level")}),
            (gettext_lazy("Where it stands"), {"fields": ("stage", "on", "procedure", "source")}),
        ]
        title = _("Propose an agreement")
        return self._operate(request, form, None, title, said, fieldsets=fieldsets, verb=_("Open the record"))

    # ---- what they share ----
    def _operate(
        self,
        request: HttpRequest,
        form: forms.Operation,
        agreement: Agreement | None,
        title: str,
        said: Callable[[Any], str],
        **shown: Any,
    ) -> HttpResponse:
        """Carry out the operation on an agreement; reasons against it lead to the pages that help."""
        of_agreement: dict[str, Any] = {"against_heading": _("What stands against this step today")}
        if agreement:
            of_agreement |= {
                "stage_label": agreement.rules.stage_label(agreement.stage),
                "back": _("Back to the agreement"),
                "tell": lambda reasons: hindrances(reasons, agreement, user_of(request)),
            }
        return self.operate(request, form, agreement, title, said, **(of_agreement | shown))


def _given(request: HttpRequest, *names: str) -> dict[str, Any]:
    """Return what the address fills in of these; what it misspells stays empty."""
    given = {}
    for name in names:
        if text := request.GET.get(name):
            with suppress(ValueError):
                given[name] = _PREFILLED[name](text)
    return given
