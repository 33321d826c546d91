"""The pages on which something is recorded: a step, a hold, a note, a document, a clearance, an act; and corrected."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django.views import View

from agreements import access, lifecycle, subscriptions
from agreements.act_forms import CorrectActForm
from agreements.choices import EDGES, EntryKind, Transition
from agreements.dates import BadDate, FuzzyDate, render_day
from agreements.forms import (
    ClearanceForm,
    CorrectForm,
    DatedForm,
    DocumentForm,
    HoldForm,
    LateStepForm,
    NoteForm,
    Operation,
    PlansForm,
    ProposalForm,
    StepForm,
    ValidityForm,
    VoidForm,
)
from agreements.guards import Reason
from agreements.models import Agreement, Entry, User
from agreements.subscriptions import Audience
from agreements.timeline import Event, events
from agreements.views.agreement import visible_agreement
from agreements.views.next_steps import needs


@dataclass(frozen=True)
class Pointer:
    """Leads to another page that may be meant: a question, and the link that answers it."""

    question: str
    address: str
    label: str


def undoable(said: str, address: str) -> SafeString:
    """Return a message with a link to the page that strikes out again what was recorded."""
    return format_html('{} <a href="{}">{}</a>', said, address, pgettext("message", "Undo"))


class Act(View):
    """A page with one form that ends in one operation; who may not carry it out is told so before filling it in.

    Subclasses name the right that it takes and say what the page shows.
    """

    right: ClassVar[str]
    #: Who may, where a change of the reader's role is not what is wanted.
    others: ClassVar[Any] = ""
    template: ClassVar[str] = "agreements/act.html"
    #: The kinds of entries of which it writes one, where it answers with the agreement.
    marks: ClassVar[Collection[EntryKind]] = ()
    #: Whether the page says beside the form where the agreement stands.
    beside: ClassVar[bool] = True
    http_method_names = ["get", "head", "post"]
    user: User
    agreement: Agreement

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find what it is about (404 where it may not be seen) and refuse whoever lacks the right, by any method."""
        self.user = request.user  # type: ignore[assignment]  # nobody else comes this far
        self.find(**kwargs)
        if not self.permitted():
            raise PermissionDenied(str(self.others))
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Show the form, with everything that stands against the operation already."""
        form = self.form(None)
        return self.answer(form, self.objections())

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Carry out the operation and lead to the agreement; a refusal shows what was typed and every reason."""
        form = self.form(request.POST)
        result = form.submit()
        if result is None:
            refused = form.refused.reasons if form.refused else self.objections()
            return self.answer(form, refused, status=409 if form.refused else 422)
        said = self.done(form, result)
        undo = self.undo(result)
        messages.success(request, undoable(said, undo) if undo else said)
        return redirect(self.leads_to(result))

    def answer(self, form: Operation, reasons: Iterable[Reason], status: int = 200) -> HttpResponse:
        """Render the page. Reasons that a field of the form would meet stand apart from those to be mended before."""
        told, agreement = list(reasons), getattr(self, "agreement", None)
        context = {
            "section": "agreements",
            "agreement": agreement,
            "stage_label": agreement.rules.stage_label(agreement.stage) if agreement and self.beside else "",
            "form": form,
            "title": self.title(),
            "button": _("Record"),
            "needs": self.needs([reason for reason in told if reason.asked not in form.fields]),
            "asks": [] if form.is_bound else [reason for reason in told if reason.asked in form.fields],
        }
        return render(self.request, self.template, context | self.context(), status=status)

    def needs(self, reasons: Iterable[Reason]) -> Any:
        """Write the reasons with their remedies."""
        return needs(self.agreement, self.user, reasons)

    def undo(self, result: Any) -> str:
        """Return the address of the page that takes back what was done; empty where there is none."""
        entry = self.written(result)
        return reverse("agreement-void", args=[self.agreement.reference, entry.pk]) if entry else ""

    def written(self, result: Any) -> Entry | None:
        """Return the one entry that was written, if whoever wrote it may strike it out again."""
        if not access.may(self.user, "void"):
            return None
        if isinstance(result, list) and len(result) == 1:
            (result,) = result
        if isinstance(result, Entry):
            return result if result.kind not in lifecycle.FIXED else None
        if not self.marks or not isinstance(result, Agreement):
            return None
        return Entry.objects.of(result).filter(kind__in=self.marks).order_by("-sequence").first()

    def permitted(self) -> bool:
        """Whether the user may carry it out at all."""
        return access.may(self.user, self.right)

    def leads_to(self, result: Any) -> str:
        """Return the address to which it leads when it is done: that of the agreement."""
        return (result if isinstance(result, Agreement) else self.agreement).get_absolute_url()

    # ---- what subclasses say ----
    def find(self, **kwargs: Any) -> None:
        """Find the agreement that the address names. Raises Http404."""
        self.agreement = visible_agreement(self.user, kwargs["reference"])

    def title(self) -> str:
        """Return the heading of the page."""
        raise NotImplementedError

    def form(self, data: QueryDict | None) -> Operation:
        """Return the form, bound where data was sent."""
        raise NotImplementedError

    def objections(self) -> Iterable[Reason]:
        """Return what stands against the operation before anything is filled in."""
        return ()

    def context(self) -> dict[str, Any]:
        """Return what else the page shows."""
        return {}

    def done(self, form: Any, result: Any) -> str:
        """Return the sentence that says what happened."""
        raise NotImplementedError


def who_is_told(found: Audience) -> str:
    """Say who will be told once it is recorded; nothing where nobody watches."""
    if not found.number:
        return ""
    told = ngettext("Will be told: %(number)s person", "Will be told: %(number)s people", found.number)
    said = told % {"number": found.number}
    if not found.names:
        return f"{said}."
    names = ", ".join(found.names)
    if found.others:
        more = ngettext("%(number)s other", "%(number)s others", found.others) % {"number": found.others}
        return _("%(said)s: %(names)s and %(more)s.") % {"said": said, "names": names, "more": more}
    return f"{said}: {names}."


class TakeStep(Act):
    """Records a step."""

    right = "step"
    marks = (EntryKind.STEP,)
    name: Transition

    def find(self, **kwargs: Any) -> None:
        """Find the agreement and the step. Raises Http404 for what is no step at all."""
        super().find(**kwargs)
        if kwargs["name"] not in Transition.values:
            raise Http404
        self.name = Transition(kwargs["name"])

    def title(self) -> str:
        """Name the step as the procedure does."""
        return _("Record the step “%(step)s”") % {"step": self.agreement.rules.step_label(self.name)}

    def form(self, data: QueryDict | None) -> StepForm:
        """Return the form; out of procedure is offered to those only who may record so."""
        # What a suggestion of the agreement's page fills in.
        initial: dict[str, Any] = {name: self.request.GET[name] for name in ("evidence",) if name in self.request.GET}
        initial["out_of_procedure"] = bool(self.request.GET.get("out_of_procedure"))
        with suppress(BadDate):
            initial["on"] = FuzzyDate.parse(self.request.GET["on"]) if "on" in self.request.GET else None
        initial = {name: value for name, value in initial.items() if value is not None}
        form = StepForm(self.agreement, self.name, self.user, data, initial=initial)
        if not access.may(self.user, "out_of_procedure"):
            del form.fields["out_of_procedure"]
        for reason in self.objections():
            if reason.asked in form.fields:
                form.fields[reason.asked].asked = _("needed for this step")  # type: ignore[attr-defined]
        return form

    @cached_property
    def _objections(self) -> list[Reason]:
        return lifecycle.objections(self.agreement, self.name, by=self.user)

    def objections(self) -> Iterable[Reason]:
        """Ask the rules what stands against the step today."""
        return self._objections

    def context(self) -> dict[str, Any]:
        """Say where the step leads and what the page offers where it is blocked."""
        return {
            "lead": _("It leads to the stage “%(stage)s”.")
            % {"stage": self.agreement.rules.stage_label(EDGES[self.name].target)},
            "blocked": self.blocked(),
            "audience": who_is_told(subscriptions.audience(self.agreement, by=self.user, transition=self.name)),
        }

    def blocked(self) -> str:
        """Say how many things are missing, as the page of the agreement counts them."""
        count = len([reason for reason in self._objections if reason.code != "not-permitted"])
        told = ngettext(
            "One thing is missing before this step can be recorded",
            "%(count)s things are missing before this step can be recorded",
            count,
        )
        return told % {"count": count}

    def done(self, form: StepForm, result: Agreement) -> str:
        """Name the stage that was reached, and the day."""
        told = {"what": result.rules.stage_label(EDGES[self.name].target), "day": form.cleaned_data["on"]}
        if form.cleaned_data.get("out_of_procedure"):
            return _("Recorded out of procedure: %(what)s, %(day)s.") % told
        return _("Recorded: %(what)s, %(day)s.") % told


class LateStep(Act):
    """Records a step that was learnt of late."""

    right = "step"

    def title(self) -> str:
        """Say what it is."""
        return _("Record a late step")

    def form(self, data: QueryDict | None) -> LateStepForm:
        """Return the form; out of procedure is offered to those only who may record so."""
        form = LateStepForm(self.agreement, self.user, data)
        if not access.may(self.user, "out_of_procedure"):
            del form.fields["out_of_procedure"]
        return form

    def context(self) -> dict[str, Any]:
        """Say what becomes of it."""
        return {
            "lead": _("It takes its place between the steps that are recorded; the stage follows from the whole line.")
        }

    def done(self, form: LateStepForm, result: Agreement) -> str:
        """Name the stage that the step led to, and the day."""
        told = {"what": result.rules.stage_label(EDGES[Transition(form.name)].target), "day": form.cleaned_data["on"]}
        return _("Recorded: %(what)s, %(day)s.") % told


class Hold(Act):
    """Puts an agreement on hold, or releases it."""

    right = "step"
    marks = (EntryKind.HOLD, EntryKind.RELEASE)

    def title(self) -> str:
        """Say which of the two it is."""
        return _("Release from hold") if self.agreement.on_hold else _("Put on hold")

    def form(self, data: QueryDict | None) -> HoldForm:
        """Return the form."""
        return HoldForm(self.agreement, self.user, data)

    def done(self, form: HoldForm, result: Agreement) -> str:
        """Say since when it is on hold, or no longer."""
        told = {"day": form.cleaned_data["on"]}
        return _("On hold since %(day)s.") % told if result.on_hold else _("Released from hold: %(day)s.") % told


class Record(Act):
    """Records what moves no stage."""

    right = "record"
    KINDS: ClassVar[dict[str, tuple[type[DatedForm], Any]]] = {
        "note": (NoteForm, gettext_lazy("Add a note")),
        "document": (DocumentForm, gettext_lazy("Record a document")),
        "clearance": (ClearanceForm, gettext_lazy("Record a clearance")),
    }
    kind: str

    def find(self, **kwargs: Any) -> None:
        """Find the agreement, and what is to be recorded. Raises Http404."""
        super().find(**kwargs)
        self.kind = kwargs["kind"]
        if self.kind not in self.KINDS:
            raise Http404

    def title(self) -> str:
        """Say what is recorded."""
        return str(self.KINDS[self.kind][1])

    def form(self, data: QueryDict | None) -> DatedForm:
        """Return the form, filled in with what the address names."""
        asked = {name: self.request.GET[name] for name in ("document",) if name in self.request.GET}
        return self.KINDS[self.kind][0](self.agreement, self.user, data, initial=asked)

    def done(self, form: DatedForm, result: Entry) -> str:
        """Say what was recorded, and its day."""
        (event,) = events([result], self.agreement, user=self.user)
        return _("Recorded: %(what)s, %(day)s.") % {"what": event.label, "day": event.on}


class Mend(Act):
    """A page about one entry of the journal; subclasses correct it, or void it."""

    right = "void"
    others = gettext_lazy("Entries are corrected and voided by the treaty department.")
    entry: Entry
    event: Event

    def find(self, **kwargs: Any) -> None:
        """Find the agreement and the entry of its journal. Raises Http404."""
        super().find(**kwargs)
        chain = Entry.objects.for_user(self.user).of(self.agreement).select_related("text")
        self.entry = get_object_or_404(chain, pk=kwargs["entry"])
        told = events([self.entry], self.agreement, user=self.user)
        if not told:
            raise Http404
        self.event = told[0]

    def written(self, result: Any) -> Entry | None:
        """Return nothing: what strikes out, or takes the place of another, is not undone."""
        return None

    def address(self, name: str, *more: Any) -> str:
        """Return the address of another page about this agreement."""
        return reverse(name, args=[self.agreement.reference, *more])

    def told(self) -> dict[str, Any]:
        """Return what the messages name: the entry as it was."""
        return {"what": self.event.label, "day": self.event.on}


class Correct(Mend):
    """Replaces an entry of the journal by one that says what is right."""

    def title(self) -> str:
        """Say that an entry is corrected."""
        return _("Correct an entry")

    def form(self, data: QueryDict | None) -> CorrectForm | CorrectActForm:
        """Return the form, filled in with what the entry says."""
        kind = CorrectActForm if self.entry.kind == EntryKind.ACTION else CorrectForm
        return kind(self.entry, self.agreement, self.user, data)

    def context(self) -> dict[str, Any]:
        """Show the entry, and lead to what else may be meant."""
        pointers = [
            Pointer(
                _("Did something happen before or after it that is not recorded?"),
                self.address("agreement-late-step"),
                _("Record a step learnt of late"),
            ),
            Pointer(
                _("Did it never happen, or not to this agreement?"),
                self.address("agreement-void", self.entry.pk),
                _("Void the entry"),
            ),
        ]
        return {
            "event": self.event,
            "lead": _("Change what is wrong. The corrected entry takes the place of this one, which stays struck out."),
            "pointers": pointers
            if access.may(self.user, "step") and self.entry.kind != EntryKind.ACTION
            else pointers[1:],
            "button": _("Correct"),
        }

    def done(self, form: Any, result: Agreement) -> str:
        """Say what was corrected."""
        return _("Corrected: %(what)s, %(day)s.") % self.told()


class Void(Mend):
    """Strikes an entry of the journal out."""

    def title(self) -> str:
        """Say that an entry is voided."""
        return _("Void an entry")

    def form(self, data: QueryDict | None) -> VoidForm:
        """Return the form."""
        self.asked = VoidForm(self.entry, self.agreement, self.user, data)
        return self.asked

    def objections(self) -> Iterable[Reason]:
        """Return the later entries that could not stand without it."""
        return self.asked.consequences.reasons

    def context(self) -> dict[str, Any]:
        """Show the entry, and what comes of voiding it."""
        pointer = Pointer(
            _("Did it happen, but otherwise than recorded?"),
            self.address("agreement-correct", self.entry.pk),
            _("Correct the entry"),
        )
        return {
            "event": self.event,
            "lead": _("Void what never happened, or was recorded of the wrong agreement. Nothing takes its place."),
            "blocked": _("The entry cannot be voided: what follows rests on it"),
            "warnings": self.asked.warnings,
            "pointers": [pointer] if self.event.correctable else [],
            "button": _("Void the entry"),
        }

    def done(self, form: Any, result: Agreement) -> str:
        """Say what was voided."""
        return _("Voided: %(what)s, %(day)s.") % self.told()


class Plan(Act):
    """Changes the planned dates."""

    right = "edit"

    def find(self, **kwargs: Any) -> None:
        """Find the agreement. Raises Http404 where nothing is left to be planned."""
        super().find(**kwargs)
        if self.agreement.is_void or not PlansForm.open_for(self.agreement):
            raise Http404

    def title(self) -> str:
        """Say what is changed."""
        return _("Change the planned dates")

    def form(self, data: QueryDict | None) -> PlansForm:
        """Return the form, filled in with what is planned."""
        return PlansForm(self.agreement, self.user, data)

    def context(self) -> dict[str, Any]:
        """Say what a planned date does."""
        return {
            "lead": _("A planned date is no step: it says until when the next one is to be taken. Empty: not planned."),
            "button": _("Save"),
        }

    def done(self, form: Any, result: Agreement) -> str:
        """Say what is planned now."""
        told = [
            _("%(what)s: %(day)s.")
            % {"what": form.fields[name].label, "day": getattr(result, name) or _("not planned")}
            for name in form.open_for(self.agreement)
        ]
        return " ".join(told)


class Validity(Act):
    """Changes the period of validity, its renewal, and the notice against that."""

    right = "edit"

    def find(self, **kwargs: Any) -> None:
        """Find the agreement. Raises Http404 for a record that is closed."""
        super().find(**kwargs)
        if self.agreement.is_void:
            raise Http404

    def title(self) -> str:
        """Say what is changed."""
        return _("Change the period of validity")

    def form(self, data: QueryDict | None) -> ValidityForm:
        """Return the form, filled in with what is recorded."""
        return ValidityForm(self.agreement, self.user, data)

    def context(self) -> dict[str, Any]:
        """Say what a renewal does."""
        lead = _(
            "What is renewed tacitly goes on by so many years each time, unless notice is given in time. "
            "The last day for notice follows from what is written here."
        )
        return {"lead": lead, "button": _("Save")}

    def done(self, form: ValidityForm, result: Agreement) -> str:
        """Say until when it is valid now."""
        if result.valid_until is None:
            return _("No last day of validity is recorded.")
        told = {"day": render_day(result.valid_until)}
        if result.renewal_years:
            return _("Valid until %(day)s, then renewed.") % told
        return _("Valid until %(day)s.") % told


class Propose(Act):
    """Opens the record of an agreement."""

    right = "propose"

    def find(self, **_kwargs: Any) -> None:
        """Find nothing: the agreement is not there yet."""

    def title(self) -> str:
        """Say what is opened."""
        return _("Propose an agreement")

    def form(self, data: QueryDict | None) -> ProposalForm:
        """Return the form."""
        return ProposalForm(self.user, settings.PROCEDURES_DIR, data)

    def context(self) -> dict[str, Any]:
        """Give the titles the whole width."""
        return {"wide": ("title_en", "title_ru", "title_kk"), "button": _("Open the record")}

    def needs(self, reasons: Iterable[Reason]) -> Any:
        """Say nothing more: a refused proposal has no remedy but the form itself."""
        return ()

    def done(self, form: ProposalForm, result: Agreement) -> str:
        """Name the reference under which it is kept from now on."""
        return _("Opened: %(title)s, reference %(reference)s.") % {"title": result, "reference": result.reference}
