"""One's own account: the means of signing in, and where one is signed in."""

import json
from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from allauth.account.views import PasswordChangeView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.internal.auth import begin_registration
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from agreements import access
from agreements.devices import device
from agreements.entrance import factors, journal, session
from agreements.entrance_choices import SignInKind
from agreements.entrance_forms import AppForm, PasskeyForm, PasswordForm
from agreements.models import SignIn, User

#: How many events of the entrance the page shows.
SHOWN = 20


def signed_in(request: HttpRequest) -> User:
    """Return who has signed in; nobody else comes this far."""
    return cast(User, request.user)


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the means of signing in, and where the user is signed in."""
    user = signed_in(request)
    held = factors.held(user)
    demanded = access.needs_second_factor(user, demanded=settings.SECOND_FACTOR)
    context = {
        "section": "",
        "held": held,
        "may_review": access.may(user, "accounts") or access.may(user, "unit"),
        "has_password": user.has_usable_password(),
        "missing": demanded and not held.second_factor,
        "places": session.places(user, request.session.session_key),
        "events": [(event, device(event.device)) for event in SignIn.objects.of(user).select_related("by")[:SHOWN]],
    }
    return render(request, "account/page.html", context)


@require_POST
@reauthentication_required
def end_session(request: HttpRequest, session_key: int) -> HttpResponse:
    """End one of the user's own sessions. Raises Http404 for another's."""
    if not session.end(signed_in(request), key=session_key):
        raise Http404
    journal.record(SignInKind.SESSIONS_ENDED, signed_in(request), request=request)
    messages.success(request, _("The session is ended: whoever used it must sign in again."))
    return redirect("account")


@require_POST
@reauthentication_required
def end_others(request: HttpRequest) -> HttpResponse:
    """End all of the user's sessions but this one."""
    number = session.end(signed_in(request), but=request.session.session_key)
    if number:
        journal.record(SignInKind.SESSIONS_ENDED, signed_in(request), request=request)
    said = ngettext("%(number)s other session is ended.", "%(number)s other sessions are ended.", number)
    messages.success(request, said % {"number": number})
    return redirect("account")


# ---- the password ----
@method_decorator(never_cache, name="dispatch")
@method_decorator(sensitive_post_parameters("old", "new", "again"), name="dispatch")
class Password(PasswordChangeView):
    """Another password; all other sessions end."""

    template_name = "account/password.html"
    form_class = PasswordForm
    success_url = reverse_lazy("account")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse who has no password: he signs in by other means."""
        if not signed_in(request).has_usable_password():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Change it, and end the sessions of the one before."""
        response = super().form_valid(form)
        session.end(signed_in(self.request), but=self.request.session.session_key)
        return response


# ---- second factors ----
@method_decorator(never_cache, name="dispatch")
class AddApp(ActivateTOTPView):
    """An authenticator app: it takes the secret as a picture or as letters, and proves it by a code."""

    template_name = "account/app.html"
    form_class = AppForm


@method_decorator(never_cache, name="dispatch")
class RemoveApp(DeactivateTOTPView):
    """Ask whether to remove the app."""

    template_name = "account/remove_app.html"


@method_decorator(never_cache, name="dispatch")
class AddPasskey(AddWebAuthnView):
    """A passkey; it takes a script, as only the browser speaks with the device."""

    template_name = "account/passkey.html"
    form_class = PasskeyForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the script of the page what to ask the device for: a key that it keeps, and that asks who uses it."""
        context = super().get_context_data(**kwargs) | kwargs
        return context | {"passkey": json.dumps(begin_registration(signed_in(self.request), True))}


@method_decorator(never_cache, name="dispatch")
class RemovePasskey(RemoveWebAuthnView):
    """Ask whether to remove a passkey."""

    template_name = "account/remove_passkey.html"
    success_url = reverse_lazy("account")


class Codes(ViewRecoveryCodesView):
    """The recovery codes, shown once."""

    template_name = "account/codes.html"


@method_decorator(never_cache, name="dispatch")
class NewCodes(GenerateRecoveryCodesView):
    """Ask whether to make new recovery codes."""

    template_name = "account/new_codes.html"
