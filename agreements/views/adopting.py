"""The page on which an agreement is compared with the version of its procedure in use today, and moved to it."""

from collections.abc import Iterable
from typing import Any, cast

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from agreements import access, lifecycle, procedures
from agreements.forms import AdoptionForm
from agreements.guards import Reason
from agreements.models import Agreement, User
from agreements.views.acting import Act
from agreements.views.rules import differences


class Adopt(Act):
    """Shows what is different to everybody who sees the agreement, and moves it for those who may."""

    right = lifecycle.ADOPTION_RIGHT
    others = gettext_lazy("Agreements are moved to another version of their procedure by the treaty department.")
    template = "agreements/adopt.html"
    beside = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Let everybody compare; to move it takes the right."""
        if request.method not in ("GET", "HEAD"):
            return super().dispatch(request, *args, **kwargs)
        self.user = cast(User, request.user)  # nobody else comes this far
        self.find(**kwargs)
        return View.dispatch(self, request, *args, **kwargs)

    def title(self) -> str:
        """Say what the page is about."""
        return _("Version of the procedure")

    def form(self, data: QueryDict | None) -> AdoptionForm:
        """Return the form; it remembers which version was compared."""
        return AdoptionForm(self.agreement, self.user, data)

    def objections(self) -> Iterable[Reason]:
        """Return what in the record stands against it."""
        return lifecycle.adoption_objections(self.agreement)

    def context(self) -> dict[str, Any]:
        """Show what is different, and the form to those who may use it."""
        present = lifecycle.in_use(self.agreement)
        older = present is not None and lifecycle.is_outdated(self.agreement)
        found = procedures.compare(self.agreement.rules, present) if present and older else None
        return {
            "lead": _(
                "Requirements and tasks follow the version in use from then on; what was recorded stays as it is."
            ),
            "rules": self.agreement.rules,
            "present": present,
            "sections": differences(found) if found else [],
            "same_rules": found is not None and found.same,
            "may_adopt": older and access.may(self.user, self.right),
            "older": older,
            "button": _("Move to the version in use"),
        }

    def done(self, form: AdoptionForm, result: Agreement) -> str:
        """Name the version that it follows now."""
        return _("The agreement now follows version %(version)s of its procedure.") % {"version": result.rules.version}
