"""What those who keep the accounts take from another: second factors and sessions. Written, and told to him."""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements.background import task
from agreements.entrance import journal, session
from agreements.entrance_choices import SignInKind
from agreements.models import User

_ABOUT_FACTORS = gettext_lazy(
    "%(by)s has removed the second factors of your account %(name)s. Reason given: %(reason)s\n\n"
    "Sign in with your password, and set up another one on the page of your account."
)
_ABOUT_SESSIONS = gettext_lazy(
    "%(by)s has ended all sessions of your account %(name)s. Reason given: %(reason)s\n\n"
    "Sign in again; your means of signing in stay as they are."
)
_NOT_ASKED = gettext_lazy("If you have not asked for it, tell those who keep the accounts at once.")


@transaction.atomic
def factors(user: User, *, by: User, reason: str, request: HttpRequest) -> int:
    """Remove the second factors and recovery codes of somebody who has lost them; return how many there were.

    His sessions end: whoever holds what was lost may have come in by it.
    """
    rows = list(Authenticator.objects.select_for_update().filter(user=user).order_by("pk"))
    Authenticator.objects.filter(pk__in=[row.pk for row in rows]).delete()
    session.end(user)
    kinds = [row.type for row in rows]
    journal.record(SignInKind.REMOVED, user, request=request, by=by, means=kinds, note=reason)
    _tell(user, str(by), reason, about_factors=True)
    return len(rows)


@transaction.atomic
def sessions(user: User, *, by: User, reason: str, request: HttpRequest) -> int:
    """End all sessions of somebody; return how many there were."""
    ended = session.end(user)
    journal.record(SignInKind.SESSIONS_ENDED, user, request=request, by=by, note=reason)
    _tell(user, str(by), reason, about_factors=False)
    return ended


def _tell(user: User, by: str, reason: str, *, about_factors: bool) -> None:
    if user.email:
        transaction.on_commit(lambda: tell.enqueue(str(user.pk), by, " ".join(reason.split()), about_factors))


@task()
def tell(key: str, by: str, reason: str, about_factors: bool) -> None:
    """Send a mail about it, in a worker, in all languages: in which one somebody reads is not kept."""
    user = User.objects.get(pk=key)
    told = {"by": by, "name": user.username, "reason": reason}
    parts = []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            said = str(_ABOUT_FACTORS if about_factors else _ABOUT_SESSIONS) % told
            parts.append(f"{said}\n\n{_NOT_ASKED}")
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Pacta: your account %(name)s") % {"name": user.username}
    EmailMessage(subject, "\n\n---\n\n".join(parts) + "\n", to=[user.email]).send()
