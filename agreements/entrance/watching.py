"""What follows when somebody comes in, or changes the means by which he does; told by signals, whoever sends them."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import user_logged_in as led_in
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed, authenticator_reset
from allauth.usersessions.signals import on_user_logged_in
from axes.models import AccessAttempt
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

from agreements.entrance import factors, journal, lockout, session
from agreements.entrance_choices import Means, SignInKind
from agreements.models import User
from agreements.models.account import password_was_set


def watch() -> None:
    """Connect what follows; after axes, which has then counted a failure."""
    # allauth keeps sessions only where it led somebody in, and looks for dead ones then, each with queries of its own.
    led_in.disconnect(on_user_logged_in)
    user_logged_in.connect(_signed_in, dispatch_uid="signed-in")
    user_logged_out.connect(_signed_out, dispatch_uid="signed-out")
    user_login_failed.connect(_failed, dispatch_uid="failed")
    password_was_set.connect(_password_set, dispatch_uid="password-set")
    authentication_failed.connect(_code_failed, dispatch_uid="code-failed")
    authenticator_added.connect(_added, dispatch_uid="factor-added")
    authenticator_removed.connect(_removed, dispatch_uid="factor-removed")
    authenticator_reset.connect(_new_codes, dispatch_uid="new-codes")


# ---- coming and going ----
def _signed_in(request: Any, user: Any, **_kwargs: Any) -> None:
    session.begin(request, user)
    AccessAttempt.objects.filter(username=lockout.codes_of(user.get_username())).delete()
    journal.record(SignInKind.SIGNED_IN, user, request=request, means=session.means(request, user))


def _signed_out(request: Any, user: Any, **_kwargs: Any) -> None:
    if isinstance(user, User):
        journal.record(SignInKind.SIGNED_OUT, user, request=request)


def _failed(credentials: dict[str, Any], request: Any = None, **_kwargs: Any) -> None:
    """Write that an attempt failed, or was one too many; those of who is locked out already are not written.

    What is asked and written is the same whether there is such an account or not, so that it takes as long.
    """
    counted = getattr(request, "axes_failures_since_start", None)
    locked = getattr(request, "axes_locked_out", False)
    if locked and counted is None:
        return
    user = User.objects.filter(username=lockout.name_of(str(credentials.get("username", "")))).first()
    kind = SignInKind.LOCKED if locked else SignInKind(credentials.get("kind", SignInKind.FAILED))
    journal.record(kind, user, request=request, means=(credentials.get("means", Means.PASSWORD.value),))


def _code_failed(request: Any, user: Any, authenticator: Authenticator, **_kwargs: Any) -> None:
    credentials = {"username": lockout.codes_of(user.get_username()), "means": authenticator.type}
    user_login_failed.send(sender=__name__, credentials=credentials, request=request)


# ---- the means ----
def _actor(user: User) -> User | None:
    """Return who is at work where it is not the user himself, but an administrator."""
    acting = getattr(context.request, "user", None)
    return acting if isinstance(acting, User) and acting.pk != user.pk else None


def _password_set(user: User, **_kwargs: Any) -> None:
    journal.record(SignInKind.PASSWORD, user, request=context.request, by=_actor(user))


def _added(request: Any, user: Any, authenticator: Authenticator, **_kwargs: Any) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        journal.record(SignInKind.CODES, user, request=request)
        return
    journal.record(SignInKind.ADDED, user, request=request, means=(authenticator.type,))
    # Setting it up has proved it: the session need not ask for it again.
    record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)


def _removed(request: Any, user: Any, authenticator: Authenticator, **_kwargs: Any) -> None:
    journal.record(SignInKind.REMOVED, user, request=request, means=(authenticator.type,))
    if not factors.held(user).second_factor:
        session.forget_second_factor(request)


def _new_codes(request: Any, user: Any, **_kwargs: Any) -> None:
    journal.record(SignInKind.CODES, user, request=request)
