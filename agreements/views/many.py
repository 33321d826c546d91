"""Acts on the agreements that were ticked in the list, or on all that it finds: asked once, told for each."""

from collections import Counter
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View

from agreements import access
from agreements.choices import Stage, Transition
from agreements.many_forms import ACTS, MOST, ManyForm, ManyStepForm
from agreements.models import Agreement, User
from agreements.numbers import grouped
from agreements.reports import listed
from agreements.selections import AgreementSelection
from agreements.views.narrowing import address
from agreements.views.standpoint import Standpoint, standpoint

#: What the act of the list's menu leads to another page.
_TEMPLATE = "template"


def offered(user: User, view: Standpoint) -> list[tuple[str, str]]:
    """Return what may be done with ticked rows: the name of each act, and its words."""
    acts = [
        ("step", "step", _("Record a step")),
        ("hold", "step", _("Put on hold")),
        ("release", "step", _("Release from hold")),
        ("officer", "edit", _("Name the responsible officer")),
        ("lead_unit", "edit", _("Name the lead unit")),
        (_TEMPLATE, "record", _("Tasks from a template")),
        ("watch", "", _("Watch")),
    ]
    found = [(name, label) for name, right, label in acts if not view.past and (not right or access.may(user, right))]
    files = [(f"file-{form}", _("Download as %(format)s") % {"format": form.upper()}) for form in listed.FORMATS]
    return found + files


class Many(View):
    """A page with one form for many agreements. It says before whom it would refuse, and afterwards what was done."""

    http_method_names = ["get", "head", "post"]
    user: User
    act: str

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find the act (404 for one that is none), lead on what has a page of its own, refuse who lacks the right."""
        self.user = request.user  # type: ignore[assignment]  # nobody else comes this far
        self.act, asked = request.GET.get("act", ""), request.GET.copy()
        self.selection = AgreementSelection.kept(asked)
        if self.act.removeprefix("file-") in listed.FORMATS or self.act == _TEMPLATE:
            return self._lead_on(asked)
        if self.act not in ACTS:
            raise Http404
        right = ACTS[self.act][0].right
        if right and not access.may(self.user, right):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def _lead_on(self, asked: QueryDict) -> HttpResponse:
        pairs = [*self.selection.parameters(), *standpoint(self.request).asked.items()]
        if "all" not in asked:
            pairs += [("pick", reference) for reference in asked.getlist("pick")] or [("pick", "")]
        if self.act == _TEMPLATE:
            return redirect(f"{reverse('task-templates')}?{urlencode(pairs)}")
        pairs.append(("format", self.act.removeprefix("file-")))
        return redirect(f"{reverse('agreement-list')}?{urlencode(pairs)}")

    # ---- what it is about ----
    @cached_property
    def agreements(self) -> list[Agreement]:
        """The agreements that were ticked, or all that the list finds, by title; one more than is possible."""
        asked = self.request.GET
        if "all" in asked:
            found = self.selection.agreements(self.user)
        else:
            found = Agreement.objects.for_user(self.user).kept().filter(reference__in=asked.getlist("pick"))
        if self.request.method == "POST":
            # What was shown, and nothing that the list has found since.
            found = found.filter(reference__in=self.request.POST.get("shown", "").split(",")[: MOST + 1])
        return list(found.select_related("procedure_version").order_by("title_en", "pk")[: MOST + 1])

    @cached_property
    def step(self) -> str:
        """The step that is asked for; else the one that most of them take next."""
        asked = self.request.GET.get("step", "")
        if asked in Transition.values:
            return asked
        following = Counter(
            step for one in self.agreements if (step := one.rules.stages[Stage(one.stage)].next) is not None
        )
        return following.most_common(1)[0][0].value if following else Transition.AUTHORISE.value

    def form(self, data: QueryDict | None) -> ManyForm:
        """Return the form."""
        kind: Any = ACTS[self.act][0]
        named = (self.step,) if kind is ManyStepForm else ()
        form: ManyForm = kind(*named, self.agreements[:MOST], self.user, data)
        return form

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form, and of which agreements it would be refused."""
        return self.answer(self.form(None))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Carry it out, and say for each agreement what became of it."""
        form = self.form(request.POST)
        if len(self.agreements) > MOST:
            return self.answer(form, status=422)
        outcomes = form.submit()
        if outcomes is None:
            return self.answer(form, status=409 if form.refused else 422)
        done = [one.agreement for one in outcomes if not one.reasons]
        refused = [one for one in outcomes if one.reasons]
        context = self.context() | {
            "done": done,
            "refused": refused,
            "said": self._said(len(done), len(refused)),
            "again": self._again([one.agreement.reference for one in refused]),
        }
        return render(request, "agreements/many_done.html", context)

    def answer(self, form: ManyForm, *, status: int = 200) -> HttpResponse:
        """Render the page."""
        weighed = form.weighed
        context = self.context() | {
            "form": form,
            "open": [one for one in weighed if not one.against],
            "barred": [one for one in weighed if one.against],
            "shown": ",".join(one.reference for one in self.agreements[: MOST + 1]),
            "too_many": grouped(MOST) if len(self.agreements) > MOST else "",
            "steps": [(name.value, name.label, name.value == self.step) for name in Transition]
            if self.act == "step"
            else (),
            "kept": [(name, value) for name, values in self.request.GET.lists() for value in values if name != "step"],
        }
        return render(self.request, "agreements/many.html", context, status=status)

    def context(self) -> dict[str, Any]:
        """Return what both pages show."""
        return {
            "section": "agreements",
            "title": ACTS[self.act][1],
            "verb": ACTS[self.act][0].verb,
            "back": f"{reverse('agreement-list')}{address(self.selection, standpoint(self.request))}",
            "lead": str(Transition(self.step).label) if self.act == "step" else "",
        }

    def _again(self, references: list[str]) -> str:
        """Return where the same is asked for those that were refused, and for nothing else."""
        pairs = [
            ("act", self.act),
            *([("step", self.step)] if self.act == "step" else []),
            *self.selection.parameters(),
        ]
        return f"{reverse('agreements-many')}?{urlencode([*pairs, *(('pick', one) for one in references)])}"

    def _said(self, done: int, refused: int) -> str:
        parts = []
        if done:
            parts.append(ACTS[self.act][0].said(done))
        if refused:
            words = ngettext("%(number)s agreement: refused.", "%(number)s agreements: refused.", refused)
            parts.append(words % {"number": grouped(refused)})
        return " ".join(parts)
