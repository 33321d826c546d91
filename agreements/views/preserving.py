"""Pages of what is kept and what is let go: legal holds, and the redaction of texts of the journal."""

from collections.abc import Iterable
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import lifecycle, redaction
from agreements.guards import Reason
from agreements.models import Agreement, Entry
from agreements.preserving_forms import LegalHoldForm, RedactionForm
from agreements.views.acting import Act, Mend


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


class Redact(Mend):
    """Removes the free text of an entry of the journal for good."""

    right = "redact"
    others = gettext_lazy("Texts of the journal are redacted by the treaty department.")

    def title(self) -> str:
        """Say what is done."""
        return _("Redact the text of an entry")

    def form(self, data: QueryDict | None) -> RedactionForm:
        """Return the form."""
        return RedactionForm(self.entry, self.user, data)

    def objections(self) -> Iterable[Reason]:
        """Say where a legal hold stands against it, or where there is no text."""
        return redaction.objections(self.entry)

    def context(self) -> dict[str, Any]:
        """Show the entry, and warn."""
        return {
            "event": self.event,
            "lead": RedactionForm.LEAD,
            "warnings": RedactionForm.warnings(self.entry, self.user),
            "button": RedactionForm.BUTTON,
        }

    def done(self, form: Any, result: Entry) -> str:
        """Say what was removed."""
        return _("The text was removed: %(what)s, %(day)s.") % self.told()

    def leads_to(self, result: Any) -> str:
        """Lead to the journal."""
        return self.address("agreement-journal")
