"""The pages on which it is told who sees an agreement and why, and on which it is shown to others by shares."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from agreements import shares, sight
from agreements.access_forms import ShareForm, WithdrawalForm
from agreements.choices import Level
from agreements.models import Share
from agreements.views.acting import Act
from agreements.views.agreement import visible_agreement


@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show who sees an agreement and why. Raises Http404 where it may not be seen, else PermissionDenied."""
    user: Any = request.user
    agreement = visible_agreement(user, reference)
    if not sight.may_look(user, agreement):
        raise PermissionDenied(_("Who gives shares of an agreement, and who keeps the accounts, sees who sees it."))
    context = {
        "section": "agreements",
        "agreement": agreement,
        "level": Level(agreement.level).label,
        "sight": sight.sight(agreement, user),
        "may_give": not agreement.is_void and shares.may_give(user, agreement),
    }
    return render(request, "agreements/access.html", context)


class Give(Act):
    """Shows an agreement to somebody whose access level does not reach it."""

    def permitted(self) -> bool:
        """Whether the user may give shares of this agreement."""
        return shares.may_give(self.user, self.agreement)

    def title(self) -> str:
        """Say what is done."""
        return _("Show the agreement to others")

    def form(self, data: QueryDict | None) -> Any:
        """Return the form."""
        return ShareForm(self.agreement, self.user, data)

    def context(self) -> dict[str, Any]:
        """Say what is shown."""
        return {
            "button": _("Show"),
            "warnings": [
                _("Shown is the agreement with all that belongs to it, up to its own level: %(level)s.")
                % {"level": Level(self.agreement.level).label}
            ],
        }

    def done(self, form: Any, result: Share) -> str:
        """Say to whom it is shown."""
        return _("Shown to: %(holder)s.") % {"holder": result.holder}

    def leads_to(self, result: Any) -> str:
        """Lead back to who sees the agreement."""
        return reverse("agreement-access", args=[self.agreement.reference])


class Withdraw(Give):
    """Withdraws a share."""

    share: Share

    def find(self, **kwargs: Any) -> None:
        """Find the agreement and its share that is in force. Raises Http404."""
        super().find(**kwargs)
        found = Share.objects.in_force().filter(agreement=self.agreement, pk=kwargs["share"])
        share = found.select_related("user", "unit").first()
        if share is None:
            raise Http404
        share.agreement = self.agreement
        self.share = share

    def title(self) -> str:
        """Say what is done."""
        return _("Withdraw the share: %(holder)s") % {"holder": self.share.holder}

    def form(self, data: QueryDict | None) -> Any:
        """Return the form."""
        return WithdrawalForm(self.share, self.user, data)

    def context(self) -> dict[str, Any]:
        """Name the button."""
        return {"button": pgettext("a share", "Withdraw")}

    def done(self, form: Any, result: Share) -> str:
        """Say from whom it is hidden again."""
        return _("No longer shown to: %(holder)s.") % {"holder": result.holder}
