"""Forms of what is kept and what is let go: a legal hold on an agreement, the redaction of a text of its journal."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agreements import lifecycle, registers
from agreements.forms import Operation
from agreements.guards import Refused
from agreements.models import Agreement, Entry, User
from agreements.registers import REASON_MISSING, TEXT_LENGTH


class LegalHoldForm(Operation):
    """Asks for the reason, and sets the hold or lifts it, as the agreement stands."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The proceedings, the order or the enquiry for which everything must be kept, or how it ended."),
    )

    def __init__(self, agreement: Agreement, by: User, *args: Any, **kwargs: Any) -> None:
        self.agreement, self.by = agreement, by
        super().__init__(*args, **kwargs)
        self.fields["reason"].error_messages["required"] = REASON_MISSING.sentence

    def run(self) -> Agreement:
        """Set the hold, or lift it."""
        act = lifecycle.end_preserving if self.agreement.legal_hold else lifecycle.preserve
        return act(self.agreement, by=self.by, reason=self.cleaned_data["reason"])


class RedactionForm(Operation):
    """Removes the free text of an entry for good."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stays in the journal: do not repeat in it what is removed."),
    )
    certain = forms.BooleanField(label=_("The text is to be removed for good. I know that it cannot be brought back."))

    def __init__(self, entry: Entry, agreement: Agreement, by: User, *args: Any, **kwargs: Any) -> None:
        self.entry, self.agreement, self.by = entry, agreement, by
        super().__init__(*args, **kwargs)
        self.fields["reason"].error_messages["required"] = REASON_MISSING.sentence

    def run(self) -> Entry:
        """Remove it."""
        if reasons := registers.redact_objections(self.entry, held=self.agreement.legal_hold):
            raise Refused(*reasons)
        return registers.redact(self.entry, by=self.by, reason=self.cleaned_data["reason"])
