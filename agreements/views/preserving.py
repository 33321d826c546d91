"""The page on which an agreement is put under a legal hold, and the hold is lifted."""

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import lifecycle
from agreements.models import Agreement
from agreements.preserving_forms import LegalHoldForm
from agreements.views.acting import Act


class LegalHold(Act):
    """Sets a legal hold, or lifts it."""

    right = lifecycle.PRESERVING_RIGHT
    others = gettext_lazy("Legal holds are set and lifted by the treaty department.")

    def title(self) -> str:
        """Say which of the two it is."""
        return _("Lift the legal hold") if self.agreement.legal_hold else _("Put under a legal hold")

    def form(self, data: QueryDict | None) -> LegalHoldForm:
        """Return the form."""
        return LegalHoldForm(self.agreement, self.user, data)

    def context(self) -> dict[str, Any]:
        """Say what the hold does."""
        lead = _(
            "While it stands, no text of the agreement is redacted and no rule of retention lets anything of it go. "
            "Setting and lifting it stay in the journal."
        )
        return {"lead": lead}

    def done(self, form: LegalHoldForm, result: Agreement) -> str:
        """Say how it stands now."""
        if result.legal_hold:
            return _("The agreement is under a legal hold.")
        return _("The legal hold was lifted.")
