"""The doors: signing in with a password, a passkey and a second step, and confirming that it is still the same person.

allauth leads from one to the next by the names of the addresses; the pages and their words are ours.
"""

import json
import math
from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import LoginView, PasswordResetFromKeyView, PasswordResetView, ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as CodeReauthenticateView
from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import LoginWebAuthnView, ReauthenticateWebAuthnView
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.openid_connect.views import callback
from django.conf import settings
from django.contrib import auth as accounts
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe
from requests import RequestException

from agreements import clock
from agreements.entrance import journal, lockout, oidc, session
from agreements.entrance.adapters import WRONG_CODE
from agreements.entrance_choices import Means, SignInKind
from agreements.entrance_forms import (
    CodeAgainForm,
    CodeForm,
    EmergencyForm,
    ForgottenForm,
    NewPasswordForm,
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
        told = {
            "next": get_next_redirect_url(self.request) or "",
            "service": settings.OIDC and settings.OIDC["name"],
            "by_mail": settings.PASSWORD_BY_MAIL,
        }
        return super().get_context_data(**kwargs) | told


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
        journal.record(SignInKind.FAILED, None, request=self.request, means=(Means.WEBAUTHN,))
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


class _Confirmed:
    """What follows when somebody has confirmed who he is."""

    request: HttpRequest

    def form_valid(self, form: Any) -> HttpResponse:
        """Go on under another key of the session."""
        session.renew(self.request)
        answer: HttpResponse = super().form_valid(form)  # type: ignore[misc]  # of the view beside it
        return answer


class Confirm(_Confirmed, ReauthenticateView):
    """The password once more, before means of signing in are changed."""

    template_name = "account/confirm.html"
    form_class = PasswordAgainForm


class ConfirmByCode(_Confirmed, CodeReauthenticateView):
    """A code instead of the password."""

    template_name = "account/confirm.html"
    form_class = CodeAgainForm


class ConfirmByPasskey(_Confirmed, ReauthenticateWebAuthnView):
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


# ---- a forgotten password ----
class _ByMail(View):
    """What is there only where passwords may be set anew by mail."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Answer the request. Raises Http404 where it is not offered."""
        if not settings.PASSWORD_BY_MAIL:
            raise Http404
        return super().dispatch(request, *args, **kwargs)


@method_decorator((login_not_required, never_cache), name="dispatch")
class Forgotten(_ByMail, PasswordResetView):
    """Ask for a link by mail; the answer is the same whether there is such an account or not."""

    template_name = "registration/forgotten.html"
    form_class = ForgottenForm

    def form_valid(self, form: ForgottenForm) -> HttpResponse:
        """Have it sent, and say so."""
        form.save(self.request)
        return redirect("account_reset_password_done")


@method_decorator((login_not_required, never_cache), name="dispatch")
class Sent(_ByMail):
    """Say that a link is on its way, if there is such an account."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Render the page."""
        return render(request, "registration/sent.html", {"minutes": settings.PASSWORD_RESET_TIMEOUT // 60})


@method_decorator((login_not_required, never_cache, sensitive_post_parameters("new", "again")), name="dispatch")
class NewPassword(_ByMail, PasswordResetFromKeyView):
    """The new password of who came by the link; all sessions end, and he signs in with it and his second factor."""

    template_name = "registration/new_password.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("sign-in")

    def form_valid(self, form: NewPasswordForm) -> HttpResponse:
        """Set it."""
        form.save()
        session.end(form.user, but=self.request.session.session_key)
        lockout.forgive(form.user)
        accounts.logout(self.request)
        get_adapter().add_message(self.request, messages.SUCCESS, "account/messages/password_changed.txt")
        return HttpResponseRedirect(self.get_success_url())


@login_not_required
@never_cache
@require_safe
def service(request: HttpRequest) -> HttpResponse:
    """Lead to the ministry's sign-in service, and from there back here. Raises Http404 where there is none."""
    if not settings.OIDC:
        raise Http404
    try:
        answer: HttpResponse = oidc.known(request).redirect(
            request, process=AuthProcess.LOGIN, next_url=get_next_redirect_url(request)
        )
    except (RequestException, KeyError, ValueError):
        return oidc.Federated(request).refusal(request, oidc.NO_ANSWER).response
    return answer


@login_not_required
@never_cache
@require_safe
def from_service(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take what the service says of who has come back from it."""
    if not settings.OIDC:
        raise Http404
    try:
        answer: HttpResponse = callback(request, provider_id)
    except (RequestException, KeyError, ValueError):
        return oidc.Federated(request).refusal(request, oidc.NO_ANSWER).response
    return answer


@method_decorator((login_not_required, never_cache, sensitive_post_parameters("key")), name="dispatch")
class Emergency(View):
    """Signing in with a key that was issued on the server, for a while and without a second step."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask for the key."""
        return self.answer(request, EmergencyForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Sign in; the session ends by itself, however busy it is."""
        form = EmergencyForm(request.POST)
        if not form.is_valid() or form.access is None:
            journal.record(SignInKind.FAILED, None, request=request, means=(Means.EMERGENCY,))
            return self.answer(request, form)
        user = form.access.user
        record_authentication(request, user, session.EMERGENCY)
        get_adapter(request).login(request, user)
        ends = clock.now() + timedelta(minutes=form.access.minutes)
        session.end_at(request, ends)
        messages.warning(
            request,
            _("You have emergency access until %(end)s. It is recorded, and those who keep the accounts are told.")
            % {"end": f"{timezone.localtime(ends):%H:%M}"},
        )
        return redirect("account")

    def answer(self, request: HttpRequest, form: EmergencyForm) -> HttpResponse:
        """Render the page."""
        return render(request, "registration/emergency.html", {"form": form})


def locked_out(request: HttpRequest, _response: Any, credentials: dict[str, Any] | None) -> HttpResponse:
    """Say that too many attempts have failed, and when to come back; asked by axes instead of any other answer."""
    until = lockout.until(request, str((credentials or {}).get("username") or ""))
    seconds = max(1, math.ceil((until - clock.now()).total_seconds()))
    context = {"until": until, "minutes": math.ceil(seconds / 60)}
    page = render(request, "registration/locked.html", context, status=429)
    page["Retry-After"], page["Cache-Control"] = str(seconds), "no-store"
    return page


def _with_next(address: str, request: HttpRequest) -> str:
    wanted = get_next_redirect_url(request)
    return f"{address}?{urlencode({'next': wanted})}" if wanted else address
