"""The doors: signing in with a password, a passkey and a second step, and confirming that it is still the same person.

allauth leads from one to the next by the names of the addresses; the pages and their words are ours.
"""

import json
from typing import Any

from allauth.account.utils import get_next_redirect_url
from allauth.account.views import LoginView, ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as CodeReauthenticateView
from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import LoginWebAuthnView, ReauthenticateWebAuthnView
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from agreements.entrance.adapters import WRONG_CODE
from agreements.entrance_forms import (
    CodeAgainForm,
    CodeForm,
    PasskeyAgainForm,
    PasskeySignInForm,
    PasskeyStepForm,
    PasswordAgainForm,
    SignInForm,
)

UNKNOWN_PASSKEY = _("You are not signed in: this passkey is not known here. Sign in with user name and password.")


class SignIn(LoginView):
    """User name and password, or a passkey."""

    template_name = "registration/login.html"
    form_class = SignInForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say where to go afterwards."""
        return super().get_context_data(**kwargs) | {"next": get_next_redirect_url(self.request) or ""}


class Passkey(LoginWebAuthnView):
    """Signing in with a passkey alone: it has asked on the device who uses it."""

    form_class = PasskeySignInForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Give the script of the page what to ask the device for."""
        return JsonResponse(auth.begin_authentication(user=None))

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in, and lead where one wanted to go."""
        response = super().form_valid(form)
        wanted = get_next_redirect_url(self.request)
        signed_in = self.request.user.is_authenticated
        return HttpResponseRedirect(wanted) if wanted and signed_in else response

    def form_invalid(self, form: Any) -> HttpResponse:
        """Lead back to the sign-in, and say that the passkey is not known."""
        messages.error(self.request, UNKNOWN_PASSKEY)
        return HttpResponseRedirect(_with_next(reverse("sign-in"), self.request))


class Code(AuthenticateView):
    """The second step: a code, or a passkey."""

    template_name = "registration/code.html"
    form_class = CodeForm
    webauthn_form_class = PasskeyStepForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer what the account holds."""
        context = super().get_context_data(**kwargs)
        options = context["js_data"]["request_options"]
        asked = options["publicKey"].get("allowCredentials")
        return context | {"passkey": json.dumps(options) if asked else ""}


class Confirm(ReauthenticateView):
    """The password once more, before means of signing in are changed."""

    template_name = "account/confirm.html"
    form_class = PasswordAgainForm


class ConfirmByCode(CodeReauthenticateView):
    """A code instead of the password."""

    template_name = "account/confirm.html"
    form_class = CodeAgainForm


class ConfirmByPasskey(ReauthenticateWebAuthnView):
    """A passkey instead of the password."""

    template_name = "account/confirm.html"
    form_class = PasskeyAgainForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the script of the page what to ask the device for."""
        context = super().get_context_data(**kwargs)
        return context | {"passkey": json.dumps(context["js_data"]["request_options"])}

    def form_invalid(self, form: Any) -> HttpResponse:
        """Ask again."""
        messages.error(self.request, WRONG_CODE)
        return HttpResponseRedirect(self.request.get_full_path())


def _with_next(address: str, request: HttpRequest) -> str:
    wanted = get_next_redirect_url(request)
    return f"{address}?{urlencode({'next': wanted})}" if wanted else address
