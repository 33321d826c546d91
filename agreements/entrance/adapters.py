"""What Pacta asks of allauth: no sign-up, words of our own, secrets sealed, addresses only of whom we believe."""

import base64
import secrets
import time
from typing import Any, ClassVar

from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements.addresses import address_of
from agreements.entrance import session
from agreements.entrance.session import NOWHERE
from agreements.sealed import Unreadable, seal, unseal

_PURPOSE = "second factor"
NOT_SIGNED_IN = gettext_lazy("You are not signed in: this account is not in use.")
WRONG_CODE = gettext_lazy("This code is not right, or no longer valid. Please enter the present one.")
#: What is said after a change, by the name that allauth gives to what has happened.
_SAID = {
    "account/messages/password_changed.txt": gettext_lazy(
        "The password is changed. Wherever else you were signed in, you are signed out."
    ),
    "mfa/messages/totp_activated.txt": gettext_lazy("The authenticator app is set up."),
    "mfa/messages/totp_deactivated.txt": gettext_lazy("The authenticator app is removed."),
    "mfa/messages/webauthn_added.txt": gettext_lazy("The passkey is added."),
    "mfa/messages/webauthn_removed.txt": gettext_lazy("The passkey is removed."),
}
_ERRORS = {
    "incorrect_code": WRONG_CODE,
    "incorrect_password": gettext_lazy("The password is not right."),
    "rate_limited": gettext_lazy("Too many attempts. Please wait a little."),
    "too_many_login_attempts": gettext_lazy("Too many attempts. Please wait a little."),
}


class Account(DefaultAccountAdapter):
    """Accounts: made by administrators, known by their user name."""

    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | _ERRORS

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account for himself."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address of who asks."""
        return address_of(request) or NOWHERE

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        """Let in only people whose account is in use; programs act under tokens."""
        return self.refused(request) if user.is_service else super().pre_login(request, user, **kwargs)

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """Lead back to the sign-in; known only to who has proved to be the user."""
        return self.refused(request)

    def refused(self, request: HttpRequest) -> HttpResponse:
        """Say at the sign-in that nobody came in."""
        messages.error(request, NOT_SIGNED_IN)
        return HttpResponseRedirect(reverse("sign-in"))

    def reauthenticate(self, user: Any, password: str) -> bool:
        """Whether a password is the user's, failures counted as at the sign-in."""
        found = authenticate(self.request, username=user.get_username(), password=password)
        return found is not None and found.pk == user.pk

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Return by what the user may confirm who he is, in words of our own."""
        words = {
            "reauthenticate": _("Use the password"),
            "mfa_reauthenticate": _("Use a code"),
            "mfa_reauthenticate:webauthn": _("Use a passkey"),
        }
        ways = [way | {"description": words[way["id"]]} for way in super().get_reauthentication_methods(user)]
        if not ways and settings.OIDC:
            ways = [{"id": "oidc", "description": _("Use the sign-in service"), "url": reverse("sign-in-oidc")}]
        return ways

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whether the user must confirm who he is; who has no means but the service has just come from there."""
        request = context.request
        if super().get_reauthentication_methods(request.user):
            return True
        came = [step["at"] for step in session.steps(request) if step["method"] == "socialaccount"]
        return not came or time.time() - came[-1] > account_settings.REAUTHENTICATION_TIMEOUT

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Say in our own words what has happened, where there is anything to be said."""
        said = kwargs.get("message") or _SAID.get(message_template or "")
        if said:
            messages.add_message(request, level, str(said))


class Factors(DefaultMFAAdapter):
    """Second factors: their secrets are sealed, and named so that people know them again."""

    error_messages: ClassVar[dict[str, Any]] = DefaultMFAAdapter.error_messages | _ERRORS

    def get_totp_label(self, user: Any) -> str:
        """Return the name under which an app keeps the secret."""
        return str(user.get_username())

    def _get_user_identifier(self, user: Any) -> str:
        return str(user.get_username())

    def _get_site_name(self) -> str:
        return "Pacta"

    def encrypt(self, text: str) -> str:
        """Seal a secret: who reads the database can make no codes of it."""
        return seal(text, purpose=_PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Return a secret; of one that was sealed under a key that is gone something else that no code fits to."""
        try:
            return unseal(encrypted_text, purpose=_PURPOSE)
        except Unreadable:
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        """Return the name that is offered for a new passkey."""
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey %(number)s") % {"number": number}
