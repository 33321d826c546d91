"""Signing in with the ministry's own service, by OpenID Connect; it is configured by the environment."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agreements.choices import Level
from agreements.entrance import journal
from agreements.entrance_choices import Means, SignInKind
from agreements.models import User

#: What allauth knows the one service by.
SERVICE = "oidc"
NO_ANSWER = _("You are not signed in: the sign-in service gave no answer that can be used. Please try again later.")
NO_ACCOUNT = _("You are not signed in: the sign-in service knows you, but you have no account here in use.")


class Federated(DefaultSocialAccountAdapter):
    """Finds the account of whom the service has signed in: by what it is tied to, at first by the user name."""

    def list_apps(self, request: Any, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        """Return the service of the environment; nothing is asked of the database."""
        told = settings.OIDC
        if not told:
            return []
        app = SocialApp(provider="openid_connect", provider_id=SERVICE, name=told["name"])
        app.client_id, app.secret = told["client_id"], told["secret"]
        app.settings = {
            "server_url": told["issuer"].rstrip("/"),
            "oauth_pkce_enabled": True,
            # What a service says of itself does not make it the one that is meant (ASVS 10.5.3).
            "openid_configuration_overrides": {"issuer": told["issuer"]},
        }
        return [app]

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Tie the service's user to an account, or refuse him; nothing else of what the service tells is kept."""
        told = sociallogin.account.extra_data
        info, token = told.get("userinfo") or {}, told.get("id_token") or {}
        sociallogin.account.extra_data = {}
        if sociallogin.state.get("process") != "login" or (info and token and info.get("sub") != token.get("sub")):
            raise self.refusal(request, NO_ANSWER)
        if sociallogin.is_existing:
            sociallogin.account.save(update_fields=["extra_data"])
            user = sociallogin.user
        else:
            claims = token | info
            name = str(claims.get(_told("claim")) or "")
            user = User.objects.filter(username=name).first() or _created(name, claims)
            if user is None or user.is_service or _tied(user, sociallogin):
                raise self.refusal(request, NO_ACCOUNT, None if user is None or user.is_service else user)
            sociallogin.connect(request, user)
        if not user.is_active or user.is_service:
            raise self.refusal(request, NO_ACCOUNT, user)

    def on_authentication_error(self, request: HttpRequest, provider: Any, **_told: Any) -> None:
        """Lead back to the sign-in when the service refuses, or gives no answer that fits the question."""
        raise self.refusal(request, NO_ANSWER)

    def refusal(self, request: HttpRequest, why: str | Promise, user: User | None = None) -> ImmediateHttpResponse:
        """Write that nobody came in, and return what leads back to the sign-in."""
        journal.record(SignInKind.FAILED, user, request=request, means=(Means.OIDC,))
        messages.error(request, str(why))
        return ImmediateHttpResponse(HttpResponseRedirect(reverse("sign-in")))


def _told(name: str) -> Any:
    """Return what the environment says of the service."""
    return (settings.OIDC or {})[name]


def _tied(user: User, sociallogin: Any) -> bool:
    """Whether an account is tied to another user of the service: names are given anew, what it is tied to is not."""
    kept = SocialAccount.objects.filter(user=user, provider=sociallogin.account.provider)
    return bool(kept.exclude(uid=sociallogin.account.uid).exists())


def _created(name: str, claims: dict[str, Any]) -> User | None:
    """Make an account where that is wanted: it sees what is public, and has no role until it is given one."""
    if not _told("create"):
        return None
    user = User(username=name, access_level=Level.PUBLIC)
    user.first_name, user.last_name = (str(claims.get(part) or "")[:150] for part in ("given_name", "family_name"))
    user.email = str(claims.get("email") or "")
    user.set_unusable_password()
    try:
        user.full_clean()
    except ValidationError:
        return None
    user.save()
    return user


def known(request: HttpRequest) -> Any:
    """Return the provider of the service, as allauth speaks with it."""
    return Federated(request).get_provider(request, SERVICE)
