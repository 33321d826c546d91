"""Forms by which people come in, and change the means by which they do."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import UserTokenForm
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.contrib.auth import authenticate, password_validation
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from agreements.entrance import emergency, factors, links, lockout
from agreements.entrance.adapters import WRONG_CODE
from agreements.models import EmergencyAccess, User

_LENGTH = 150


def _password(label: Any, *, new: bool = False, hint: Any = "") -> forms.CharField:
    told = {"autocomplete": "new-password" if new else "current-password"}
    return forms.CharField(
        label=label, strip=False, max_length=4096, help_text=hint, widget=forms.PasswordInput(attrs=told)
    )


def _code(label: Any, hint: Any) -> forms.CharField:
    told = {"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "off"}
    return forms.CharField(label=label, max_length=40, help_text=hint, widget=forms.TextInput(attrs=told))


class SignInForm(forms.Form):
    """User name and password."""

    username = forms.CharField(
        label=_("User name"),
        max_length=_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
    )
    password = _password(_("Password"))

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        self.request = request
        self.user: User | None = None
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any] | None:
        """Find the account that both fit; it takes as long where there is none of that name."""
        cleaned = super().clean()
        if not self.errors:
            if lockout.is_machine_locked(self.request):
                raise forms.ValidationError("", code="locked")
            found = authenticate(self.request, **self.cleaned_data)
            self.user = found if isinstance(found, User) else None
            if self.user is None:
                raise forms.ValidationError("", code="invalid_login")
        return cleaned

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        """Sign in, or lead to the second step."""
        name = {"username": self.cleaned_data["username"]}
        return perform_password_login(request, name, Login(user=self.user, redirect_url=redirect_url))


class ForgottenForm(forms.Form):
    """The name of an account whose password is forgotten."""

    username = forms.CharField(
        label=_("User name"),
        max_length=_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
    )

    def save(self, request: HttpRequest) -> None:
        """Have a link sent, unless it was asked for too often; what is done is the same for a name that nobody has."""
        links.ask(request, self.cleaned_data["username"])


class LinkForm(UserTokenForm):
    """The link of a mail: to whom it was sent, and what proves that."""

    def _get_user(self, uidb36: str) -> User | None:
        found = super()._get_user(uidb36)
        return found if isinstance(found, User) and links.may_have(found) else None


class NewPasswordForm(forms.Form):
    """A new password of who came by the link of a mail."""

    new = _password(_("New password"), new=True)
    again = _password(_("New password again"), new=True)

    def __init__(self, *args: Any, user: User, temp_key: str = "", **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)
        self.fields["new"].help_text = " ".join(password_validation.password_validators_help_texts())

    def clean_new(self) -> str:
        """Hold the new password to the rules."""
        password: str = self.cleaned_data["new"]
        password_validation.validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any] | None:
        """Ask for the same word twice."""
        cleaned = super().clean()
        new, again = (self.cleaned_data.get(name) for name in ("new", "again"))
        if new and again and new != again:
            self.add_error("again", _("The two new passwords differ."))
        return cleaned

    def save(self) -> None:
        """Set the new password."""
        self.user.set_password(self.cleaned_data["new"])
        self.user.save(update_fields=["password"])


class EmergencyForm(forms.Form):
    """A key that was issued on the server, and the name of the account for which it was."""

    username = forms.CharField(
        label=_("User name"),
        max_length=_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
    )
    key = forms.CharField(
        label=_("Key"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )
    access: EmergencyAccess | None = None

    def clean(self) -> dict[str, Any] | None:
        """Find what the key opens, and spend it."""
        cleaned = super().clean()
        if not self.errors:
            self.access = emergency.use(self.cleaned_data["username"], self.cleaned_data["key"].strip())
            if self.access is None:
                raise forms.ValidationError(
                    _("You are not signed in: this key opens nothing. It is of use once, and for a short time only."),
                    code="invalid",
                )
        return cleaned


class _CodeForm(BaseAuthenticateForm):
    """A code: of the app, or for recovery. No code is taken twice."""

    code = _code(_("Code"), _("The six digits that the authenticator app shows, or one of your recovery codes."))

    def clean_code(self) -> str:
        if lockout.is_locked(context.request, lockout.codes_of(self.user.get_username())):
            raise forms.ValidationError(WRONG_CODE, code="locked")
        code: str = super().clean_code()
        if self.authenticator.type == Authenticator.Type.TOTP and not factors.spend(self.authenticator, code):
            self._emit_authentication_failed(self.authenticator)
            raise forms.ValidationError(WRONG_CODE, code="incorrect_code")
        return code


class CodeForm(_CodeForm, AuthenticateForm):
    """The second step of signing in."""


class CodeAgainForm(_CodeForm, ReauthenticateForm):
    """A code by which who is signed in confirms that it is he."""


class PasswordAgainForm(forms.Form):
    """The password by which who is signed in confirms that it is he."""

    password = _password(_("Password"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        """Refuse another password than that of the user."""
        return _own(self.user, self.cleaned_data["password"])


class PasswordForm(NewPasswordForm):
    """Another password of who is signed in."""

    field_order = ("old", "new", "again")
    old = _password(_("Present password"))

    def clean_old(self) -> str:
        """Refuse another password than the present one."""
        return _own(self.user, self.cleaned_data["old"])

    def clean(self) -> dict[str, Any] | None:
        """Ask for another password than before, too."""
        cleaned = super().clean()
        new = self.cleaned_data.get("new")
        if new and new == self.cleaned_data.get("old"):
            self.add_error("new", _("This is the present password. Choose another one."))
        return cleaned


def _own(user: User, password: str) -> str:
    if not get_adapter(context.request).reauthenticate(user, password):
        raise forms.ValidationError(get_adapter().error_messages["incorrect_password"], code="incorrect_password")
    return password


class AppForm(ActivateTOTPForm):
    """The first code of an authenticator app proves that it has the secret."""

    code = _code(_("Code of the app"), _("The six digits that the app shows for Pacta."))


#: What comes of reading what no device has sent.
_GARBAGE = (AttributeError, IndexError, KeyError, TypeError, ValueError)


class _AnswerForm(AuthenticateWebAuthnForm):
    """The answer of a device that was asked for a passkey; anybody may send anything instead."""

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except _GARBAGE as error:
            raise forms.ValidationError(WRONG_CODE, code="incorrect_code") from error


class PasskeySignInForm(_AnswerForm, LoginWebAuthnForm):
    """A passkey instead of user name and password."""


class PasskeyStepForm(_AnswerForm):
    """A passkey as the second step."""


class PasskeyAgainForm(_AnswerForm, ReauthenticateWebAuthnForm):
    """A passkey by which who is signed in confirms that it is he."""


class PasskeyForm(AddWebAuthnForm):
    """A new passkey: kept on the device, which asks who uses it, so that it may stand for the password, too."""

    name = forms.CharField(
        label=_("Name"), max_length=60, required=False, help_text=_("By which you know the device again.")
    )
    passwordless = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean_passwordless(self) -> bool:
        """Hold every passkey to the same."""
        return True

    def clean(self) -> dict[str, Any] | None:
        """Refuse what no device has sent."""
        try:
            return super().clean()
        except _GARBAGE as error:
            raise forms.ValidationError(WRONG_CODE, code="incorrect_code") from error
