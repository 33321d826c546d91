"""The page on which somebody lets another act in his place while he is absent, and sees in whose place he acts."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_POST

from agreements import delegations
from agreements.access_forms import DelegationForm
from agreements.guards import Refused
from agreements.models import Delegation

#: How many delegations that are over the page shows.
SHOWN = 20


class Delegations(View):
    """The delegations that the user may see, and the form that gives another."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the delegations."""
        return self.answer(DelegationForm(self.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Give a delegation; a refusal shows what was typed and every reason."""
        form = DelegationForm(self.user, request.POST)
        made = form.submit()
        if made is None:
            return self.answer(form, status=409 if form.refused else 422)
        messages.success(request, _("Given: %(deputy)s acts in place of %(absent)s.") % _names(made))
        return redirect("delegations")

    def answer(self, form: DelegationForm, status: int = 200) -> HttpResponse:
        """Render the page."""
        seen = Delegation.objects.for_user(self.user).select_related("absent", "deputy", "given_by", "ended_by")
        rows = list(seen[: 10 * SHOWN])
        context = {
            "section": "",
            "form": form,
            "current": [(row, delegations.may_end(self.user, row)) for row in rows if not row.over],
            "past": [row for row in rows if row.over][:SHOWN],
        }
        return render(self.request, "account/delegations.html", context, status=status)

    @property
    def user(self) -> Any:
        """Who has signed in."""
        return self.request.user


@require_POST
def end(request: HttpRequest, delegation: Any) -> HttpResponse:
    """End a delegation before its last day. Raises Http404 for one that the user may not see."""
    user: Any = request.user
    kept: Delegation = get_object_or_404(Delegation.objects.for_user(user), pk=delegation)
    try:
        ended = delegations.end(kept, by=user)
    except Refused as refusal:
        messages.error(request, " ".join(reason.sentence for reason in refusal.reasons))
    else:
        messages.success(request, _("Ended: %(deputy)s no longer acts in place of %(absent)s.") % _names(ended))
    return redirect("delegations")


def _names(delegation: Delegation) -> dict[str, str]:
    return {"absent": str(delegation.absent), "deputy": str(delegation.deputy)}
