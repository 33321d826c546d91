"""The pages about what participants do: recording an act in two steps, and editing the clause on entry into force."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import access, clock
from agreements.act_forms import GROUPS, HINTS, ActsForm, ClauseForm
from agreements.choices import ActionKind
from agreements.entry_into_force import describe, parse
from agreements.forms import Operation
from agreements.guards import Reason
from agreements.models import Agreement, Entry
from agreements.timeline import events
from agreements.views.acting import Act, Pointer
from agreements.views.entry import Answer, Line, answer_of, needs_of, nested
from agreements.views.known import known_now
from agreements.views.next_steps import edit_address
from agreements.words import pick

#: Fewer participants than these are ticked one by one.
_SEVERAL = 3
_NOTHING_MEANT = Reason(
    "nothing-meant", gettext_lazy("No act is recorded that this one could concern. Record that act first."), firm=True
)


@dataclass(frozen=True)
class Kind:
    """A kind of act that can be chosen, and the form that records it."""

    label: str
    hint: str
    address: str


class RecordActs(Act):
    """Records an act of participants: first which kind of act, then who, when and on what evidence."""

    right = "record"

    def find(self, **kwargs: Any) -> None:
        """Find the agreement, and the kind of act if the address names one."""
        super().find(**kwargs)
        asked = self.request.GET.get("act", "")
        self.kind = ActionKind(asked) if asked in ActionKind.values else None

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Ask for the kind of act, then for the rest."""
        return super().get(request, **kwargs) if self.kind else self.choose()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Record the act; without a kind there is nothing to record yet."""
        return super().post(request, **kwargs) if self.kind else self.choose(status=422)

    def choose(self, status: int = 200) -> HttpResponse:
        """Render the first step: the kinds of acts in the order of an agreement's life."""
        kept = {name: self.request.GET.getlist(name) for name in ("party",) if name in self.request.GET}
        context = {
            "section": "agreements",
            "agreement": self.agreement,
            "title": _("Record an act of a participant"),
            "groups": [
                (
                    title,
                    [
                        Kind(
                            str(kind.label),
                            str(HINTS.get(kind, "")),
                            f"{self.request.path}?{urlencode({'act': kind.value, **kept}, doseq=True)}",
                        )
                        for kind in kinds
                    ],
                )
                for title, kinds in GROUPS
            ],
        }
        return render(self.request, "agreements/acts.html", context, status=status)

    def title(self) -> str:
        """Name the act."""
        return _("Record an act: %(act)s") % {"act": self.kind.label if self.kind else ""}

    def form(self, data: QueryDict | None) -> ActsForm:
        """Return the form for this kind of act, filled in with what the address names."""
        asked: dict[str, Any] = {name: self.request.GET[name] for name in ("manner",) if name in self.request.GET}
        asked["parties"] = self.request.GET.getlist("party")
        self.asked = ActsForm(self.agreement, self.kind or "", self.user, data, initial=asked)
        if not access.may(self.user, "out_of_procedure"):
            del self.asked.fields["out_of_procedure"], self.asked.fields["reason"]
        return self.asked

    def objections(self) -> Iterable[Reason]:
        """Say so where there is no act that this one could concern."""
        return [_NOTHING_MEANT] if "target" in self.asked.fields and not self.asked.targets else []

    def needs(self, reasons: Iterable[Reason]) -> Any:
        """Say what stands against it before anything is filled in; later the summary of errors says it."""
        return () if self.asked.is_bound else super().needs(reasons)

    def context(self) -> dict[str, Any]:
        """Lead back to the choice, and to the list of participants."""
        pointers = [Pointer(_("Is it another kind of act?"), self.request.path, _("Choose another kind"))]
        parties = self.asked.fields.get("parties")
        codes = [code for code, _name in parties.choices] if parties else []  # type: ignore[attr-defined]
        if len(codes) >= _SEVERAL and not self.asked.is_bound and set(codes) - set(self.request.GET.getlist("party")):
            asked = self.request.GET.copy()
            asked.setlist("party", codes)
            pointers.append(
                Pointer(
                    _("Did all of them do so on the same day?"),
                    f"{self.request.path}?{asked.urlencode()}",
                    _("Tick all"),
                )
            )
        if parties and "newcomer" not in self.asked.fields and (address := edit_address(self.agreement, self.user)):
            pointers.append(Pointer(_("Is the party not in the list?"), address, _("Name the participants")))
        return {
            "lead": HINTS.get(self.kind, "") if self.kind else "",
            "blocked": _("This cannot be recorded yet"),
            "pointers": pointers,
        }

    def done(self, form: ActsForm, result: Sequence[Entry]) -> str:
        """Say what was recorded, and its day."""
        told = events(result, self.agreement, user=self.user)
        if len(told) == 1:
            return _("Recorded: %(what)s, %(day)s.") % {"what": told[0].label, "day": told[0].on}
        return _("Recorded: %(act)s of %(number)s participants, %(day)s.") % {
            "act": form.kind.label, "number": len(told), "day": form.cleaned_data["on"],
        }  # fmt: skip


@dataclass(frozen=True)
class Preview:
    """How a clause that is not saved yet reads in words, and what it answers."""

    lines: Sequence[Line]
    answer: Answer
    needs: Sequence[Line]


#: The primitives of the language, each with an example; the codes are never translated.
EXAMPLES: tuple[tuple[Any, str], ...] = (
    (gettext_lazy("So many instruments of consent"), '{"instruments": 20}'),
    (gettext_lazy("A part, or all, of the participants"), '{"instruments": "2/3", "of": "participants"}'),
    (gettext_lazy("Notifications of completed procedures, of all but one"),
     '{"notifications": "all", "besides": ["GB"]}'),
    (gettext_lazy("Signatures"), '{"signatures": "all"}'),
    (gettext_lazy("So many of named parties"), '{"instruments": 2, "among": ["AZ", "KZ", "TM"]}'),
    (gettext_lazy("A share of a table of weights"), '{"share": "55%", "table": "emissions"}'),
    (gettext_lazy("A day"), '{"date": "2019-01-01"}'),
    (gettext_lazy("A period after that"), '{"after": {"days": 30}, "of": {"instruments": 20}}'),
    (gettext_lazy("The first day of the second month following"),
     '{"first_of_month": 2, "following": {"notifications": "all"}}'),
    (gettext_lazy("All of, any of, the later of"), '{"all_of": [{"instruments": 55}, {"date": "2020-01-01"}]}'),
    (gettext_lazy("Not before a day"), '{"not_before": {"date": "2030-01-01"}, "rule": {"instruments": 20}}'),
    (gettext_lazy("A fixed day if something holds on it, otherwise another rule"),
     '{"on": "2019-01-01", "if": {"instruments": 20},'
     ' "otherwise": {"after": {"days": 90}, "of": {"instruments": 20}}}'),
    (gettext_lazy("A whole clause with a rule for later joiners"),
     '{"enters_into_force": {"after": {"days": 30}, "of": {"instruments": 35}},'
     ' "later_joiners": {"after": {"days": 30}, "of": {"own": "instrument"}}}'),
)  # fmt: skip


#: Clauses that are met most often, to begin with.
USUAL: Mapping[str, tuple[Any, Any]] = {
    "last-notification": (
        gettext_lazy("On receipt of the last notification of completed procedures"),
        {"enters_into_force": {"notifications": "all"}},
    ),
    "days-after-notification": (
        gettext_lazy("Thirty days after the last notification"),
        {"enters_into_force": {"after": {"days": 30}, "of": {"notifications": "all"}}},
    ),
    "month-after-notification": (
        gettext_lazy("On the first day of the second month following the last notification"),
        {"enters_into_force": {"first_of_month": 2, "following": {"notifications": "all"}}},
    ),
    "signature": (gettext_lazy("On signature"), {"enters_into_force": {"signatures": "all"}}),
    "instruments": (
        gettext_lazy("Thirty days after so many instruments; later joiners thirty days after their own"),
        {
            "enters_into_force": {"after": {"days": 30}, "of": {"instruments": 20}},
            "later_joiners": {"after": {"days": 30}, "of": {"own": "instrument"}},
        },
    ),
}


class EditClause(Act):
    """Edits the clause on entry into force, with a preview of what it says."""

    right = "edit"
    template = "agreements/clause.html"
    beside = False

    def title(self) -> str:
        """Say what is edited."""
        return _("The clause on entry into force")

    def form(self, data: QueryDict | None) -> ClauseForm:
        """Return the form, filled in with what is recorded."""
        begun = USUAL.get(self.request.GET.get("start", "")) if data is None and not self.agreement.clause else None
        self.asked = ClauseForm(self.agreement, self.user, data, begin=begun[1] if begun else None)
        return self.asked

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Save, or only show what the clause would say."""
        if "preview" not in request.POST:
            return super().post(request, **kwargs)
        form = self.form(request.POST)
        return self.answer(form, (), status=200 if form.is_valid() else 422)

    @cached_property
    def preview(self) -> Preview | None:
        """The clause as it was sent, in words and with its answer today."""
        data = self.asked.cleaned_data.get("clause") if self.asked.is_bound and self.asked.is_valid() else None
        if not data:
            return None
        recorded = known_now(self.agreement)
        tracked = recorded.tracked(clock.today(), clause=data)
        names = {code: pick(party.names).text for code, (_role, party) in recorded.takers.items()}
        if tracked.outcome is None:
            return None
        missing = needs_of(recorded, tracked.outcome, may=False)
        return Preview(nested(describe(parse(data), names)), answer_of(tracked.outcome), missing)

    def context(self) -> dict[str, Any]:
        """Show the preview if one was asked for, and the language of clauses."""
        return {
            "lead": _("The wording is what the treaty says; from the data the register computes."),
            "preview": self.preview if "preview" in self.request.POST else None,
            "examples": EXAMPLES,
            "usual": {} if self.agreement.clause or self.asked.is_bound else USUAL,
            "wide": ("clause",),
            "button": _("Save"),
        }

    def done(self, form: Operation, result: Agreement) -> str:
        """Say that it was saved."""
        return _("Saved: the clause on entry into force.")
