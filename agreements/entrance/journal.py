"""The journal of sign-ins: who came in, failed, was locked out, left, changed his means; when, and from where."""

from collections.abc import Iterable

from django.http import HttpRequest

from agreements import clock
from agreements.addresses import address_of
from agreements.entrance.session import agent_of
from agreements.entrance_choices import SignInKind
from agreements.models import SignIn, User


def record(
    kind: SignInKind,
    user: User | None,
    *,
    request: HttpRequest | None = None,
    by: User | None = None,
    means: Iterable[str] = (),
    note: str = "",
) -> SignIn:
    """Write what happened; `by` is who did it, where it was not the user himself."""
    return SignIn.objects.create(
        at=clock.now(),
        kind=kind,
        user=user,
        by=by if by != user else None,
        means=",".join(dict.fromkeys(means)),
        address=(address_of(request) or None) if request else None,
        device=agent_of(request) if request else "",
        note=note,
    )


def prune() -> None:
    """Forget what is older than it is kept."""
    SignIn.objects.outdated().delete()
