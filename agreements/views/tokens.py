"""The page on which a user issues, sees and revokes the tokens of programs, and sees where events are sent."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_POST

from agreements import tokens
from agreements.models import ApiToken, Area, Webhook
from agreements.token_forms import TokenForm


@dataclass(frozen=True)
class Row:
    """A token, and the areas to which it is limited in words."""

    token: ApiToken
    areas: str


class Tokens(View):
    """The user's own tokens, and the form that issues another."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the tokens."""
        return self.answer(request, TokenForm(self.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Issue a token and show its secret: this page, and no other, ever tells it."""
        form = TokenForm(self.user, request.POST)
        made = form.submit()
        if made is None:
            return self.answer(request, form, status=409 if form.refused else 422)
        token, secret = made
        return self.answer(request, TokenForm(self.user), made=token, secret=secret)

    def answer(
        self,
        request: HttpRequest,
        form: TokenForm,
        *,
        status: int = 200,
        made: ApiToken | None = None,
        secret: str = "",
    ) -> HttpResponse:
        """Render the page; nobody keeps it, as it may hold a secret."""
        names = {area.code: str(area) for area in Area.objects.for_user(self.user)}
        context = {
            "section": "",
            "tokens": [
                Row(token, ", ".join(names.get(code, code) for code in token.areas))
                for token in ApiToken.objects.for_user(self.user)
            ],
            "webhooks": Webhook.objects.for_user(self.user),
            "form": form,
            "made": made,
            "secret": secret,
        }
        response = render(request, "tokens/list.html", context, status=status)
        response["Cache-Control"] = "no-store"
        return response

    @property
    def user(self) -> Any:
        """Who has signed in."""
        return self.request.user


@require_POST
def revoke(request: HttpRequest, token: Any) -> HttpResponse:
    """Let one of the user's own tokens be of no use any more. Raises Http404 for another's."""
    kept: ApiToken = get_object_or_404(ApiToken.objects.for_user(request.user), pk=token)
    tokens.revoke(kept, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("The token “%(name)s” is of no use any more.") % {"name": kept.name})
    return redirect("tokens")
