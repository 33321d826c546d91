"""How programs sign in, what their tokens let them do, and how often they may ask."""

import math
from typing import Any, ClassVar

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from agreements import access, clock, tokens
from agreements.addresses import address_of
from agreements.choices import TokenScope
from agreements.entrance import session
from agreements.models import ApiToken, User

_INVALID = gettext_lazy("This token is not known, or no longer in use.")
_SECONDS = 60


class ByToken(BaseAuthentication):
    """Signs in by `Authorization: Token …`; `Bearer` is taken, too."""

    keywords: ClassVar[tuple[bytes, ...]] = (b"token", b"bearer")

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the user and the token; None where no token is sent. Raises AuthenticationFailed."""
        word, *rest = get_authorization_header(request).split() or [b""]
        if word.lower() not in self.keywords:
            return None
        try:
            (secret,) = (part.decode("ascii") for part in rest)
        except ValueError as error:
            raise AuthenticationFailed(_INVALID) from error
        token = tokens.find(secret, address=address_of(request))
        if token is None:
            raise AuthenticationFailed(_INVALID)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Return what `WWW-Authenticate` says."""
        return "Token"


class BySession(SessionAuthentication):
    """Signs in who has signed in with a browser, and has given the second factor that is demanded of him."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """Return the user of the browser. Raises PermissionDenied where a second factor is missing."""
        found: tuple[User, None] | None = super().authenticate(request)
        if found is None:
            return None
        demanded, given = settings.SECOND_FACTOR, session.has_second_factor(request._request)
        if not given and access.needs_second_factor(found[0], demanded=demanded):
            raise PermissionDenied(_("Set up a second factor first: on the page of your account."))
        session.see(request._request)
        return found


class _InBrowsers(SessionScheme):
    target_class = BySession  # type: ignore[assignment]


class _Described(OpenApiAuthenticationExtension):
    target_class = ByToken
    name = "tokenAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token` and a token of the user, such as `Token pacta_…`.",
        }


def token_of(request: Request) -> ApiToken | None:
    """Return the token with which a request came; None where a browser has signed in."""
    return request.auth if isinstance(request.auth, ApiToken) else None


def outside(user: User) -> PermissionDenied:
    """Return why a program writes nothing that its token would not reach afterwards."""
    message = _("This token is limited to areas (%(areas)s), and what you send would lie outside of them.")
    return PermissionDenied(message % {"areas": ", ".join(sorted(user.areas_only or ()))})


class Scoped(BasePermission):
    """Lets a token do what it was issued for: who may read writes nothing, who reaches areas makes no keys."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the token may do this. Raises PermissionDenied, which says why it may not."""
        token = token_of(request)
        if token is None or not view.writes:
            return True
        if token.scope != TokenScope.WRITE:
            raise PermissionDenied(_("This token may only read."))
        if token.areas and view.makes_keys:
            raise PermissionDenied(_("A token that is limited to areas cannot make what reaches further."))
        return True


class Pace(BaseThrottle):
    """So many requests a minute for each token, or for each user who has signed in with a browser.

    How many are left is told with the answer (draft-ietf-httpapi-ratelimit-headers-10): a view has `pace` for it.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count the request, and say whether it may be answered."""
        most = settings.API_RATE
        if not most or not request.user.is_authenticated:
            return True
        token = token_of(request)
        minute, passed = divmod(clock.now().timestamp(), _SECONDS)
        self.left = math.ceil(_SECONDS - passed)
        key = f"api-pace:{token.pk if token else request.user.pk}:{int(minute)}"
        cache.add(key, 0, timeout=2 * _SECONDS)
        try:
            count = cache.incr(key)
        except ValueError:  # it was dropped meanwhile
            return True
        view.pace = {
            "RateLimit-Policy": f'"default";q={most};w={_SECONDS}',
            "RateLimit": f'"default";r={max(most - count, 0)};t={self.left}',
        }
        return count <= most

    def wait(self) -> float:
        """Return after how many seconds to come back."""
        return float(self.left)
