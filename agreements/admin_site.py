"""The frame of the administration: its name, the order of its front page, what fields with completion may offer.

`tracker.apps` names it as the site of the administration. It knows the registers by what they can do, and imports none:
they are read when Django looks for them, and register themselves with the site that stands by then.
"""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _

from agreements.models import Entry

#: The front page: the rooms and what stands in them, in this order.
ROOMS = (
    (_("Agreements and their life"), ("Agreement", "Task", "Meeting", "Entry")),
    (_("Reference data"), ("Party", "Indicator", "Area", "Format", "TaskTemplate", "ProcedureVersion", "SavedView")),
    (_("Accounts"), ("User", "Unit", "TokenProxy", "SignIn", "LockOut")),
)


class Completion(AutocompleteJsonView):
    """Answers fields with completion: who writes records may choose from rows that he sees, not open their register."""

    model_admin: Any  # a register of ours; the site holds no others

    def has_perm(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may choose from these rows."""
        return bool(self.model_admin.may_choose(request))

    def get_queryset(self) -> Any:
        """Return the rows that may be chosen anew."""
        return self.model_admin.choosable(super().get_queryset(), self.source_field, self.request.user)


class Site(admin.AdminSite):
    """The administration of Pacta."""

    site_title = site_header = "Pacta"
    index_title = _("Administration")
    site_url = reverse_lazy("agreement-list")  # type: ignore[assignment]

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Leave out the address that leads from any record's key to its page: it would tell of hidden ones."""
        return [pattern for pattern in super().get_urls() if getattr(pattern, "name", "") != "view_on_site"]

    def autocomplete_view(self, request: HttpRequest) -> Any:
        """Answer a field with completion."""
        return Completion.as_view(admin_site=self)(request)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the registers that the user may open, by room."""
        known = {
            model["object_name"]: model for app in super().get_app_list(request, app_label) for model in app["models"]
        }
        rooms = [(name, [known[model] for model in models if model in known]) for name, models in ROOMS]
        return [
            {
                "name": name,
                "app_label": "agreements",
                "app_url": reverse("admin:index", current_app=self.name),
                "has_module_perms": True,
                "models": models,
            }
            for name, models in rooms
            if models
        ]

    def app_index(self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None) -> Any:
        """Lead to the front page: the rooms are not those of the code."""
        return HttpResponseRedirect(reverse("admin:index", current_app=self.name))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show the registers, and beside them what the user recorded last."""
        register: Any = self.get_model_admin(Entry)
        return super().index(request, {"recent": register.recent(request), **(extra_context or {})})
