"""The journal of sign-ins, and who is locked out: for those who keep the accounts."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Value
from django.db.models.functions import Replace
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import access
from agreements.admin.accounts import reaches
from agreements.admin.base import user_of
from agreements.admin.journal import Kept
from agreements.devices import device
from agreements.entrance import journal, lockout
from agreements.entrance_choices import SignInKind
from agreements.models import LockOut, SignIn, User


class _OfAccounts(Kept):
    """What only those may read who keep the accounts."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user keeps the accounts."""
        return access.may(user_of(request), "accounts")


@admin.register(SignIn)
class SignInRegister(_OfAccounts):
    """The journal of sign-ins; nobody writes it by hand."""

    list_display = ("at", "what", "account", "by", "means_told", "address", "device_told", "note")
    list_display_links = None
    list_filter = ("kind", "at")
    list_select_related = ("user", "by")
    search_fields = ("user__username", "user__first_name", "user__last_name", "address", "note")
    ordering = ("-at", "-pk")
    sortable_by = ("at",)
    fields = ("at", "kind", "user", "by", "means_told", "address", "device", "note")

    @admin.display(description=gettext_lazy("what"))
    def what(self, event: SignIn) -> str:
        """What happened."""
        return str(event)

    @admin.display(description=gettext_lazy("account"))
    def account(self, event: SignIn) -> str:
        """Whose account; under a name that no account has, nobody's."""
        return event.user.username if event.user else _("no such account")

    @admin.display(description=gettext_lazy("by what means"))
    def means_told(self, event: SignIn) -> str:
        """The means in words."""
        return event.means_shown

    @admin.display(description=gettext_lazy("device"))
    def device_told(self, event: SignIn) -> str:
        """The browser and the system."""
        return device(event.device) if event.device else ""


@admin.register(LockOut)
class LockOutRegister(_OfAccounts):
    """Failed attempts under the names of accounts; who keeps the accounts lifts what locks somebody out."""

    list_display = ("account", "step", "ip_address", "failures", "attempt_time", "unlock")
    list_display_links = None
    search_fields = ("username",)
    ordering = ("-attempt_time", "pk")
    fields = ("account", "step", "ip_address", "failures", "attempt_time")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Return attempts under names that accounts have; what else was entered may be a password."""
        rows = super().get_queryset(request)
        known = User.objects.values("username")
        name = Replace(Replace("username", Value(lockout.codes_of(""))), Value(lockout.mails_of("")))
        return rows.annotate(name=name).filter(name__in=known)

    def get_urls(self) -> list[Any]:
        """Put the page that unlocks before the register's own."""
        unlock = self.admin_site.admin_view(self.unlock_view)
        return [path("<int:row>/unlock/", unlock, name="agreements_lockout_unlock"), *super().get_urls()]

    @admin.display(description=gettext_lazy("account"))
    def account(self, row: LockOut) -> str:
        """The user name."""
        return lockout.name_of(row.username or "")

    @admin.display(description=gettext_lazy("step"))
    def step(self, row: LockOut) -> str:
        """Whether the password or the second step failed, or mails for a new password were asked for."""
        if row.username == lockout.mails_of(self.account(row)):
            return _("mails for a new password")
        return _("password") if self.account(row) == row.username else _("second step")

    @admin.display(description=gettext_lazy("failures"))
    def failures(self, row: LockOut) -> int:
        """How many attempts have failed."""
        return int(row.failures_since_start)

    @admin.display(description=gettext_lazy("unlock"))
    def unlock(self, row: LockOut) -> str:
        """The way to the page that forgets the failed attempts of the account."""
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:agreements_lockout_unlock", args=[row.pk]), _("Unlock")
        )

    def unlock_view(self, request: HttpRequest, row: int) -> HttpResponse:
        """Ask whether to unlock an account, and do it, for all machines."""
        administrator = user_of(request)
        if not access.may(administrator, "accounts"):
            raise PermissionDenied
        kept = self.get_queryset(request).filter(pk=row).first()
        user = User.objects.filter(username=lockout.name_of(kept.username)).first() if kept else None
        if user is None:
            raise Http404
        if not reaches(administrator, user):
            raise PermissionDenied
        if request.method == "POST":
            lockout.lift(user)
            journal.record(SignInKind.UNLOCKED, user, request=request, by=administrator)
            messages.success(request, _("%(user)s can sign in again.") % {"user": user})
            return HttpResponseRedirect(reverse("admin:agreements_lockout_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Unlock an account"),
            "opts": self.opts,
            "account": user,
        }
        return TemplateResponse(request, "admin/entrance/unlock.html", context)
