"""Forms of commitments, and of the registration of a treaty."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agreements import commitments, registers
from agreements.choices import CommitmentState
from agreements.forms import Operation
from agreements.models import Agreement, Commitment, Party, Unit, User
from agreements.models.base import DayField, FuzzyDateFormField
from agreements.words import LANGUAGES

_DUE_HINT = _("A day, or less: 2025-02-14, 2025-02, first half of 2025.")
_AREA = {"rows": 3}


class CommitmentForm(Operation):
    """Records what was undertaken in an agreement, or changes it and reports how far it is fulfilled."""

    text_en = forms.CharField(
        label=_("What was undertaken, in English"), max_length=2000, required=False, widget=forms.Textarea(attrs=_AREA)
    )
    text_ru = forms.CharField(
        label=_("What was undertaken, in Russian"), max_length=2000, required=False, widget=forms.Textarea(attrs=_AREA)
    )
    text_kk = forms.CharField(
        label=_("What was undertaken, in Kazakh"), max_length=2000, required=False, widget=forms.Textarea(attrs=_AREA)
    )
    provision = forms.CharField(
        label=_("Provision"), max_length=60, required=False, help_text=_("Where it stands: Art. 12(3), section II.")
    )
    party = forms.ModelChoiceField(
        Party.objects.none(),
        label=_("Who undertook it"),
        required=False,
        to_field_name="code",
        empty_label=_("All parties"),
    )
    body = forms.CharField(label=_("Responsible body"), max_length=200, required=False)
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=_("Responsible unit"), required=False, to_field_name="code"
    )
    due = FuzzyDateFormField(label=_("Due"), required=False, help_text=_DUE_HINT)
    state = forms.ChoiceField(
        label=pgettext_lazy("commitment", "State"), choices=CommitmentState, initial=CommitmentState.PLANNED
    )
    fulfilled_on = FuzzyDateFormField(label=_("Fulfilled on"), required=False)
    report = forms.CharField(
        label=_("What was done"), max_length=4000, required=False, widget=forms.Textarea(attrs=_AREA)
    )
    source = forms.CharField(label=_("Source"), max_length=300, required=False)

    def __init__(
        self, agreement: Agreement, by: User, *args: Any, commitment: Commitment | None = None, **kwargs: Any
    ) -> None:
        self.agreement, self.by, self.commitment = agreement, by, commitment
        initial: dict[str, Any] = {}
        if commitment:
            initial = {name: getattr(commitment, name) for name in self.base_fields}
            for name in ("party", "unit"):
                initial[name] = initial[name].code if initial[name] else None
        super().__init__(*args, **{"initial": initial, **kwargs})
        parties = Party.objects.for_user(by).filter(participations__agreement=agreement)
        self.offer("party", parties)
        self.offer("unit", Unit.objects.for_user(by))

    def clean(self) -> dict[str, Any]:
        """Ask for what was undertaken, in one language at least."""
        cleaned = super().clean() or {}
        if not any(cleaned.get(f"text_{language}") for language in LANGUAGES):
            self.add_error("text_en", _("Say in one language at least what was undertaken."))
        return cleaned

    def run(self) -> Commitment:
        """Record it, or the change."""
        if self.commitment is None:
            return commitments.undertake(self.agreement, by=self.by, **self.cleaned_data)
        with commitments.changing(self.commitment, by=self.by) as fresh:
            for name, value in self.cleaned_data.items():
                setattr(fresh, name, value)
        return fresh


class RegistrationForm(Operation):
    """Records under which numbers a treaty is registered: in the State Register, at the United Nations."""

    register_number = forms.CharField(label=_("Number in the State Register"), max_length=40, required=False)
    registered_on = DayField(
        label=_("Entered in the State Register on"),
        required=False,
    )
    un_number = forms.CharField(
        label=_("Registration number at the United Nations"),
        max_length=40,
        required=False,
        help_text=_("Of the Secretariat (Charter, Art. 102), such as I-54321."),
    )
    un_registered_on = DayField(
        label=_("Registered at the United Nations on"),
        required=False,
    )

    def __init__(self, agreement: Agreement, by: User, *args: Any, **kwargs: Any) -> None:
        self.agreement, self.by = agreement, by
        super().__init__(*args, **{"initial": {name: getattr(agreement, name) for name in self.base_fields}, **kwargs})

    def run(self) -> Agreement:
        """Save what changed."""
        with registers.editing(self.agreement, by=self.by) as fresh:
            for name, value in self.cleaned_data.items():
                setattr(fresh, name, value)
        return fresh
