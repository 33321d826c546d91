"""What follows when somebody comes in, or changes the means by which he does; told by signals, whoever sends them."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import user_logged_in as led_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from allauth.usersessions.signals import on_user_logged_in
from django.contrib.auth.signals import user_logged_in

from agreements.entrance import factors, session


def watch() -> None:
    """Connect what follows."""
    # allauth keeps sessions only where it led somebody in, and looks for dead ones then, each with queries of its own.
    led_in.disconnect(on_user_logged_in)
    user_logged_in.connect(_signed_in, dispatch_uid="signed-in")
    authenticator_added.connect(_added, dispatch_uid="factor-added")
    authenticator_removed.connect(_removed, dispatch_uid="factor-removed")


def _signed_in(request: Any, user: Any, **_kwargs: Any) -> None:
    session.begin(request, user)


def _added(request: Any, user: Any, authenticator: Authenticator, **_kwargs: Any) -> None:
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        # Setting it up has proved it: the session need not ask for it again.
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)


def _removed(request: Any, user: Any, authenticator: Authenticator, **_kwargs: Any) -> None:
    if not factors.held(user).second_factor:
        session.forget_second_factor(request)
