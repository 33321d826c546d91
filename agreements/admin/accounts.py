"""Users, units and tokens of the API.

Who administers accounts reaches users whose access level is not above his own, and no superuser; nobody changes his
own rights. Users are deactivated, never deleted.
"""

from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from agreements import access, tokens
from agreements.admin.base import Register, user_of
from agreements.choices import Level, TokenScope
from agreements.entrance import factors, session, taking
from agreements.guards import Refused
from agreements.models import ApiToken, Unit, User
from agreements.rights import ROLES, short

#: What decides over somebody's rights.
RIGHTS = ("is_active", "is_staff", "groups", "access_level", "is_superuser")

# The registers that libraries bring: roles are given with the accounts, and nobody changes another's means or sessions.
admin.site.unregister((Group, EmailAddress, Authenticator, UserSession, SocialAccount, SocialApp, SocialToken))


def within_reach(administrator: User) -> Any:
    """Return the users whom an administrator of accounts may change."""
    users = User.objects.filter(is_service=False)
    if administrator.is_superuser:
        return users
    return users.filter(is_superuser=False, access_level__in=Level.up_to(administrator.access_level))


def reaches(administrator: User, user: User) -> bool:
    """Whether an administrator of accounts may change this user, set his password, give him a token."""
    return bool(within_reach(administrator).filter(pk=user.pk).exists())


class RoleField(forms.ModelMultipleChoiceField):
    """The roles of a user, by what they mean."""

    def label_from_instance(self, obj: Any) -> str:
        """Return what the role means; a group of the ministry's own is shown by its name."""
        return str(ROLES.get(obj.name, obj.name))


class RoleFilter(admin.SimpleListFilter):
    """Keeps the users of one role."""

    title = gettext_lazy("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Return the roles."""
        return [(name, short(name)) for name in ROLES]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Return the users of the role."""
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


class UserForm(UserChangeForm):
    """A user."""

    class Meta:
        model = User
        fields = "__all__"


class NewUserForm(AdminUserCreationForm):
    """A new user."""

    class Meta:
        model = User
        fields = ("username",)


class TakingForm(forms.Form):
    """What is taken from somebody, and why."""

    FACTORS, SESSIONS = "factors", "sessions"
    what = forms.ChoiceField(
        label=gettext_lazy("what"),
        widget=forms.RadioSelect,
        choices=(
            (FACTORS, gettext_lazy("Remove all second factors and recovery codes, and end all sessions")),
            (SESSIONS, gettext_lazy("End all sessions")),
        ),
    )
    reason = forms.CharField(
        label=gettext_lazy("reason"), max_length=400, help_text=gettext_lazy("It is written, and told to the person.")
    )


@admin.register(User)
class UserRegister(Register, UserAdmin):
    """The users."""

    right = "accounts"
    form = UserForm
    add_form = NewUserForm
    list_display = (
        "username",
        "name",
        "unit",
        "access_level",
        "roles",
        "is_staff",
        "is_active",
        "is_service",
        "last_login",
    )
    list_filter = (
        RoleFilter,
        "access_level",
        ("unit", admin.RelatedOnlyFieldListFilter),
        "is_staff",
        "is_active",
        "is_service",
    )
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)
    autocomplete_fields = ("unit",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined", "is_service", "signing_in")
    person = (
        gettext_lazy("Person"),
        {"fields": (("first_name", "last_name"), "email", "unit")},
    )
    times = (gettext_lazy("Times"), {"fields": ("last_login", "date_joined", "is_service", "signing_in")})

    # ---- rights ----
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may change accounts, or this one."""
        return super().has_change_permission(request, obj) and (obj is None or reaches(user_of(request), obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[Any, ...]:
        """Let nobody but a superuser change his own rights, or make a superuser."""
        fixed = super().get_readonly_fields(request, obj)
        user = user_of(request)
        if user.is_superuser:
            return fixed
        return (*fixed, *(RIGHTS if obj and obj.pk == user.pk else ("is_superuser",)))

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer access levels up to the administrator's own; a superuser gives any."""
        user = user_of(request)
        if db_field.name == "access_level":
            levels = list(Level) if user.is_superuser else Level.up_to(user.access_level)
            kwargs["choices"] = [(level.value, level.label) for level in levels]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the roles of people."""
        if db_field.name == "groups":
            kwargs |= {
                "form_class": RoleField,
                "queryset": Group.objects.exclude(name="service").order_by("name"),
                "widget": forms.CheckboxSelectMultiple,
                "help_text": "",
                "label": gettext_lazy("Roles"),
            }
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    # ---- pages ----
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for a password only of a new user; show its page of change to who may change it."""
        superuser = ("is_superuser",) if user_of(request).is_superuser else ()
        rights = (gettext_lazy("Rights"), {"fields": ("is_active", "is_staff", *superuser, "access_level", "groups")})
        account: tuple[str, ...] = ("username", "usable_password", "password1", "password2")
        if obj is not None:
            account = ("username", "password") if self.has_change_permission(request, obj) else ("username",)
        return ((None, {"fields": account}), self.person, rights, *([self.times] if obj else []))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Return the users with their units and roles."""
        return super().get_queryset(request).select_related("unit").prefetch_related("groups")

    def choosable(self, rows: Any, field: Any, user: User) -> Any:
        """Return the users that a field may name: people who work here."""
        return rows.filter(is_active=True, is_service=False)

    def get_urls(self) -> list[Any]:
        """Put the page that takes means and sessions from somebody before the register's own; it asks who is there."""
        take = self.admin_site.admin_view(reauthentication_required(self.taking_view))
        return [path("<uuid:user>/signing-in/", take, name="agreements_user_signing_in"), *super().get_urls()]

    @admin.display(description=gettext_lazy("signing in"))
    def signing_in(self, user: User) -> str:
        """What second factors the person holds, and the way to the page that takes them."""
        held = factors.held(user)
        told = _("second factor set up") if held.second_factor else _("no second factor")
        if user.is_service:
            return told
        address = reverse("admin:agreements_user_signing_in", args=[user.pk])
        return format_html('{} – <a href="{}">{}</a>', told, address, _("remove, or end sessions"))

    def taking_view(self, request: HttpRequest, user: Any) -> HttpResponse:
        """Ask what to take from somebody, and why; take it. Nobody does it to himself: there is the own account."""
        person = self.get_queryset(request).filter(pk=user, is_service=False).first()
        if person is None:
            raise Http404
        administrator = user_of(request)
        if not self.has_change_permission(request, person) or person.pk == administrator.pk:
            raise PermissionDenied
        form = TakingForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            take = taking.factors if form.cleaned_data["what"] == TakingForm.FACTORS else taking.sessions
            take(person, by=administrator, reason=form.cleaned_data["reason"], request=request)
            super().log_change(request, person, _("Second factors removed, or sessions ended."))
            messages.success(request, _("Done. It is written, and %(user)s is told.") % {"user": person})
            return HttpResponseRedirect(reverse("admin:agreements_user_change", args=[person.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Signing in of %(user)s") % {"user": person},
            "opts": self.opts,
            "form": form,
            "person": person,
            "held": factors.held(person),
            "places": session.places(person, None),
        }
        return TemplateResponse(request, "admin/entrance/taking.html", context)

    @admin.display(description=pgettext_lazy("person", "name"), ordering="last_name")
    def name(self, user: User) -> str:
        """The full name."""
        return user.get_full_name()

    @admin.display(description=gettext_lazy("roles"))
    def roles(self, user: User) -> str:
        """The roles, without what they mean."""
        return ", ".join(short(group.name) for group in user.groups.all())


@admin.register(Unit)
class UnitAdmin(Register):
    """The units of the ministry."""

    list_display = ("code", "name_en", "name_ru", "name_kk")
    search_fields = ("code", "name_en", "name_ru", "name_kk")
    fields = ("code", "name_en", "name_ru", "name_kk")
    fixed = ("code",)


class TokenForm(forms.Form):
    """Who is to have a token, what for, and what it lets a program do."""

    user = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("user"))
    name = forms.CharField(
        label=gettext_lazy("name"), max_length=100, help_text=gettext_lazy("Which program uses it, and what for.")
    )
    scope = forms.ChoiceField(label=gettext_lazy("may"), choices=TokenScope.choices, initial=TokenScope.READ)
    until = forms.DateField(
        label=gettext_lazy("last day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


@admin.register(ApiToken)
class TokenRegister(Register):
    """The tokens of the API: given and revoked; the secret is shown once, to who gives it."""

    right = "accounts"
    list_display = (
        *("user", "name", "beginning_shown", "scope", "created_at", "created_by"),
        *("expires_at", "last_used_at", "revoke"),
    )
    list_display_links = None
    list_filter = ("scope",)
    search_fields = ("user__username", "user__first_name", "user__last_name", "name")
    ordering = ("user__username", "-created_at", "pk")
    list_select_related = ("user", "created_by")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Return the tokens of all users: who keeps the accounts sees that they are there."""
        return ApiToken.objects.all()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes a token: it is revoked, and another is given."""
        return False

    def get_urls(self) -> list[Any]:
        """Put the page that revokes a token before the register's own."""
        revoke = self.admin_site.admin_view(self.revoke_view)
        return [path("<uuid:token>/revoke/", revoke, name="agreements_apitoken_revoke"), *super().get_urls()]

    @admin.display(description=gettext_lazy("begins with"))
    def beginning_shown(self, token: ApiToken) -> str:
        """The first letters of the secret, by which its holder knows it."""
        return f"{token.beginning}…"

    @admin.display(description=gettext_lazy("revoke"))
    def revoke(self, token: ApiToken) -> str:
        """The way to the page that revokes it; when it was revoked where it was."""
        if token.revoked_at:
            return _("revoked")
        address = reverse("admin:agreements_apitoken_revoke", args=[token.pk])
        return format_html('<a href="{}">{}</a>', address, _("Revoke"))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Give a token to somebody within reach, and show the secret, this once."""
        giver = user_of(request)
        if not access.may(giver, self.right):
            raise PermissionDenied
        form = TokenForm(request.POST or None)
        people = within_reach(giver).filter(is_active=True).order_by("username")
        cast(forms.ModelChoiceField, form.fields["user"]).queryset = people
        context = {**self.admin_site.each_context(request), "title": _("Give a token"), "opts": self.opts, "form": form}
        if request.method == "POST" and form.is_valid():
            try:
                given = form.cleaned_data
                token, secret = tokens.issue(given.pop("user"), by=giver, **given)
            except Refused as refusal:
                for reason in refusal.reasons:
                    form.add_error(reason.asked if reason.asked in form.fields else None, reason.sentence)
            else:
                super().log_change(request, token.user, _("Token given."))
                context |= {"title": _("The token was given"), "token": token, "secret": secret}
                response = TemplateResponse(request, "admin/tokens/given.html", context)
                response["Cache-Control"] = "no-store"
                return response
        return TemplateResponse(request, "admin/tokens/give.html", context)

    def revoke_view(self, request: HttpRequest, token: Any) -> HttpResponse:
        """Ask whether to revoke a token, and do it."""
        if not access.may(user_of(request), self.right):
            raise PermissionDenied
        kept = ApiToken.objects.select_related("user").filter(pk=token, revoked_at=None).first()
        if kept is None:
            raise Http404
        if request.method == "POST":
            tokens.revoke(kept, by=user_of(request))
            super().log_change(request, kept.user, _("Token revoked."))
            messages.success(request, _("The token of %(user)s was revoked.") % {"user": kept.user})
            return HttpResponseRedirect(reverse("admin:agreements_apitoken_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Revoke a token"),
            "opts": self.opts,
            "token": kept,
        }
        return TemplateResponse(request, "admin/tokens/revoke.html", context)

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show no page of a token: there is nothing to change."""
        raise Http404

    def history_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show no history of a token; it is in that of its holder."""
        raise Http404
