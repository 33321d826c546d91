"""Pages on which commitments are recorded and reported on, and a treaty is registered."""

from typing import Any

from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from agreements.commitment_forms import CommitmentForm, RegistrationForm
from agreements.models import Agreement, Commitment
from agreements.views.acting import Act


class Undertake(Act):
    """Records what was undertaken in an agreement."""

    right = "edit"

    def title(self) -> str:
        """Say what is recorded."""
        return _("Record a commitment")

    def form(self, data: QueryDict | None) -> CommitmentForm:
        """Return the form."""
        return CommitmentForm(self.agreement, self.user, data)

    def done(self, form: CommitmentForm, result: Commitment) -> str:
        """Name it, and how far it is fulfilled."""
        return _("Recorded: %(what)s (%(state)s).") % {"what": result, "state": result.get_state_display()}


class Report(Undertake):
    """Changes a commitment, or reports how far it is fulfilled."""

    commitment: Commitment

    def find(self, **kwargs: Any) -> None:
        """Find the commitment and its agreement. Raises Http404."""
        found = Commitment.objects.for_user(self.user).kept().filter(pk=kwargs["commitment"])
        commitment = found.select_related("agreement__procedure_version", "party", "unit").first()
        if commitment is None:
            raise Http404
        self.commitment, self.agreement = commitment, commitment.agreement

    def title(self) -> str:
        """Say what is changed."""
        return _("Change a commitment, or report on it")

    def form(self, data: QueryDict | None) -> CommitmentForm:
        """Return the form with what is recorded."""
        return CommitmentForm(self.agreement, self.user, data, commitment=self.commitment)


class Register(Act):
    """Records under which numbers a treaty is registered."""

    right = "edit"

    def find(self, **kwargs: Any) -> None:
        """Find the agreement; what does not bind is registered nowhere. Raises Http404."""
        super().find(**kwargs)
        if not self.agreement.binding:
            raise Http404

    def title(self) -> str:
        """Say what is recorded."""
        return _("Record the registration")

    def form(self, data: QueryDict | None) -> RegistrationForm:
        """Return the form with what is recorded."""
        return RegistrationForm(self.agreement, self.user, data)

    def done(self, form: RegistrationForm, result: Agreement) -> str:
        """Say that it is recorded."""
        return _("The registration is recorded.")
