"""Forms of acts on many agreements: each asks once for what all share, and says beforehand whom it would refuse."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, cast

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from agreements import access, clock, lifecycle, registers, subscriptions
from agreements.choices import EntryKind, Transition
from agreements.dates import FuzzyDate
from agreements.facets import NOT_NAMED
from agreements.forms import Operation
from agreements.guards import Reason, Refused
from agreements.lifecycle import Details, Outcome, Step
from agreements.models import Agreement, Subscription, Unit, User
from agreements.models.base import FuzzyDateFormField
from agreements.notice_choices import WatchKind
from agreements.numbers import grouped
from agreements.way_forms import USUAL, WaysForm

#: So many agreements are acted on at once.
MOST = 1000
_NOT_FOR_THEM = Reason(
    "officer-sees-not", _("This person may not see the agreement: choose somebody with a higher access level."),
    firm=True,
)  # fmt: skip


class Weighed(NamedTuple):
    """An agreement before the act: what stands against it, whatever is filled in; and what the form must be told."""

    agreement: Agreement
    against: Sequence[Reason]
    asks: Sequence[tuple[Reason, str]]


class ManyForm(Operation):
    """An act on agreements, each by itself."""

    #: Who may do it; empty: whoever has signed in.
    right: ClassVar[str] = ""
    #: What its button says.
    verb: ClassVar[Promise | str] = _("Record")

    def __init__(self, agreements: Sequence[Agreement], by: User, data: QueryDict | None = None) -> None:
        self.agreements, self.by = agreements, by
        super().__init__(data, initial={"on": FuzzyDate.of_day(clock.today())})

    @cached_property
    def weighed(self) -> list[Weighed]:
        """The agreements, each with what stands against the act already."""
        labels = {name: str(field.label) for name, field in self.fields.items()}
        return [
            Weighed(
                agreement,
                [reason for reason in reasons if reason.asked not in labels],
                [(reason, labels[reason.asked]) for reason in reasons if reason.asked in labels],
            )
            for agreement, reasons in zip(self.agreements, self.objections(), strict=True)
        ]

    def objections(self) -> Iterable[Sequence[Reason]]:
        """Return what stands against each of the agreements."""
        raise NotImplementedError

    @classmethod
    def said(cls, done: int) -> str:
        """Say for how many it was done."""
        words = ngettext("%(number)s agreement: recorded.", "%(number)s agreements: recorded.", done)
        return words % {"number": grouped(done)}

    def run(self) -> list[Outcome]:
        """Carry it out, and say for each what became of it."""
        raise NotImplementedError


# ---- steps and holds ----
class _Dated(ManyForm):
    right = "step"
    on = FuzzyDateFormField(
        label=_("Date"), help_text=_("A day, or less: 2024-12-28, 2012-09, second half of 2025, 2007, unknown.")
    )
    #: The transition, `hold` or `release`.
    name: str

    def steps(self, on: FuzzyDate, **details: Any) -> list[Step]:
        """Return the steps, one of each agreement."""
        return [Step(agreement, self.name, on, Details(**details)) for agreement in self.agreements]

    def objections(self) -> Iterable[Sequence[Reason]]:
        """Ask the rules, as of today."""
        return lifecycle.objections_many(self.steps(FuzzyDate.of_day(clock.today())), by=self.by)

    def run(self) -> list[Outcome]:
        """Record them."""
        told = {name: value for name, value in self.cleaned_data.items() if value and name != "on"}
        steps = self.steps(self.cleaned_data["on"], **told)
        return (lifecycle.perform_each if self.name in Transition.values else lifecycle.mark_each)(steps, by=self.by)


class ManyStepForm(_Dated):
    """Records the same step of many agreements."""

    place = forms.CharField(label=_("Place"), max_length=200, required=False)
    evidence = forms.CharField(
        label=_("Evidence"), max_length=300, required=False, help_text=_("Number, date and title of the document.")
    )
    source = forms.CharField(label=_("Source"), max_length=300, required=False)
    what = forms.CharField(
        label=_("What happened"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, name: str, *args: Any) -> None:
        self.name = name
        super().__init__(*args)


class ManyHoldForm(_Dated):
    """Puts many agreements on hold."""

    name = EntryKind.HOLD.value
    reason = forms.CharField(label=_("Reason"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class ManyReleaseForm(_Dated):
    """Releases many agreements from hold."""

    name = EntryKind.RELEASE.value
    reason = forms.CharField(
        label=_("Reason"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


# ---- who answers ----
class _OrNobody(forms.models.ModelChoiceIterator):
    """What can be chosen: at first nothing, then that nobody is to be named, then each that there is."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        yield "", "—"
        yield NOT_NAMED, self.field.empty_label
        for row in self.queryset:
            yield self.choice(row)


class _Named(forms.ModelChoiceField):
    """Somebody, or nobody; that, too, must be chosen, or one press would take the names off a thousand agreements."""

    iterator = _OrNobody

    def clean(self, value: Any) -> Any:
        """Return the row, or None where nobody was chosen. Raises ValidationError where nothing was."""
        return None if value == NOT_NAMED else super().clean(value)


class _Edit(ManyForm):
    right = "edit"

    def objections(self) -> Iterable[Sequence[Reason]]:
        """Ask whether each may be changed."""
        return [registers.edit_objections(agreement, by=self.by) for agreement in self.agreements]


class ManyOfficerForm(_Edit):
    """Names the responsible officer of many agreements."""

    officer = _Named(User.objects.none(), label=_("Responsible officer"), empty_label=_("nobody"))

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        people = User.objects.filter(is_active=True, is_service=False)
        cast(forms.ModelChoiceField, self.fields["officer"]).queryset = people.order_by(
            "last_name", "first_name", "username"
        )

    def run(self) -> list[Outcome]:
        """Name the officer where that person may see the agreement."""
        officer = self.cleaned_data["officer"]
        barred = {one.pk for one in self.agreements if officer and not access.sees_agreement(officer, one)}
        left = [one for one in self.agreements if one.pk not in barred]
        done = {one.pk: reasons for one, reasons in registers.edit_each(left, by=self.by, officer=officer)}
        return [Outcome(one, reasons=tuple(done.get(one.pk, [_NOT_FOR_THEM]))) for one in self.agreements]


class ManyUnitForm(_Edit):
    """Names the lead unit of many agreements."""

    lead_unit = _Named(Unit.objects.none(), label=_("Lead unit"), to_field_name="code", empty_label=_("not named"))

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        field = cast(forms.ModelChoiceField, self.fields["lead_unit"])
        field.queryset = Unit.objects.for_user(self.by).order_by("name_en", "pk")

    def run(self) -> list[Outcome]:
        """Name the unit."""
        unit = self.cleaned_data["lead_unit"]
        edited = registers.edit_each(self.agreements, by=self.by, lead_unit=unit)
        return [Outcome(agreement, reasons=tuple(reasons)) for agreement, reasons in edited]


# ---- who is told ----
class ManyWatchForm(WaysForm, ManyForm):
    """Has somebody told of what happens to many agreements, each by a subscription of its own."""

    verb = _("Watch")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.initial.update(USUAL)
        self.name_address(self.by)

    @classmethod
    def said(cls, done: int) -> str:
        """Say of how many somebody is told."""
        words = ngettext(
            "You are told of %(number)s agreement from now on.",
            "You are told of %(number)s agreements from now on.",
            done,
        )
        return words % {"number": grouped(done)}

    def objections(self) -> Iterable[Sequence[Reason]]:
        """Name those that he watches already."""
        kept = Subscription.objects.for_user(self.by).filter(agreement__in=self.agreements)
        watched = set(kept.values_list("agreement", flat=True))
        return [[subscriptions.ALREADY] if one.pk in watched else [] for one in self.agreements]

    def run(self) -> list[Outcome]:
        """Watch them."""
        return [Outcome(one, reasons=tuple(self._watch(one))) for one in self.agreements]

    def _watch(self, agreement: Agreement) -> Sequence[Reason]:
        try:
            subscriptions.watch(self.by, WatchKind.AGREEMENT, agreement, **self.cleaned_data)
        except Refused as refusal:
            return refusal.reasons
        return ()


#: The acts by name, each with what its page is called; steps are asked for by their own names.
ACTS: Mapping[str, tuple[type[ManyForm], Promise | str]] = {
    "step": (ManyStepForm, _("Record a step of several agreements")),
    "hold": (ManyHoldForm, _("Put several agreements on hold")),
    "release": (ManyReleaseForm, _("Release several agreements from hold")),
    "officer": (ManyOfficerForm, _("Name the responsible officer of several agreements")),
    "lead_unit": (ManyUnitForm, _("Name the lead unit of several agreements")),
    "watch": (ManyWatchForm, _("Watch several agreements")),
}
