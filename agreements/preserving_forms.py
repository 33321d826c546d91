"""The form that puts an agreement under a legal hold, or lifts it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agreements import lifecycle
from agreements.forms import Operation
from agreements.models import Agreement, User
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
