"""A forgotten password: a link by mail, good once and for a few minutes. The second factor is asked for all the same.

It is sent in the background: how long the answer takes does not tell whether there is such an account.
"""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements.background import task
from agreements.entrance import lockout
from agreements.entrance_choices import Means, SignInKind
from agreements.models import User


def may_have(user: User) -> bool:
    """Whether an account may be given a new password by mail: that of a person, in use, who signs in with one."""
    return user.is_active and not user.is_service and user.has_usable_password() and bool(user.email)


def ask(request: HttpRequest, username: str) -> None:
    """Have a link sent to the person of an account; count it, and write it. Too often it is refused by the answer."""
    counted = lockout.mails_of(username)
    if lockout.is_machine_locked(request) or lockout.is_locked(request, counted):
        return
    told = {"username": counted, "means": Means.MAIL.value, "kind": SignInKind.FORGOTTEN.value}
    user_login_failed.send(sender=__name__, credentials=told, request=request)
    if getattr(request, "axes_locked_out", False):
        return
    user = User.objects.filter(username=username).first()
    site = settings.PACTA_URL.rstrip("/") or request.build_absolute_uri("/").rstrip("/")
    send.enqueue(str(user.pk) if user and may_have(user) else "", site, translation.get_language() or "en")


@task()
def send(key: str, site: str, language: str) -> None:
    """Send the link, in a worker; of nobody nothing."""
    user = User.objects.filter(pk=key).first() if key else None
    if user is None or not may_have(user):
        return
    values = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    address = site + reverse("account_reset_password_from_key", kwargs=values)
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    with translation.override(language):
        told = {"name": user.username, "address": address}
        good = ngettext(
            "It is good once, for %(minutes)s minute.", "It is good once, for %(minutes)s minutes.", minutes
        ) % {"minutes": minutes}
        body = _(
            "Somebody, you we hope, has asked for a new password of the account %(name)s. Set it here:\n\n%(address)s"
        )
        not_you = _("If it was not you, do nothing: your password stays as it is. Tell those who keep the accounts.")
        lines = [body % told, good, not_you]
        EmailMessage(_("Pacta: a new password"), "\n\n".join(lines) + "\n", to=[user.email]).send()
