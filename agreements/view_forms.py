"""Forms of saved views: they read what people write and call one operation."""

from typing import cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from agreements import saved_views
from agreements.forms import Operation
from agreements.models import SavedView, User

_SHARED = _("Shared with everybody")
_SHARED_HINT = _("Everybody who may sign in finds it, and sees in it what he may see.")


class _Named(Operation):
    """The name of a view, and whether it is shared."""

    name = forms.CharField(
        label=_("Name"), max_length=saved_views.LONGEST_NAME, help_text=_("In your own words and language.")
    )
    shared = forms.BooleanField(label=_SHARED, required=False, help_text=_SHARED_HINT)


class KeepForm(_Named):
    """Keeps the filters of a list as a new view."""

    def __init__(self, kind: str, query: str, by: User, data: QueryDict | None = None) -> None:
        self.kind, self.query, self.by = kind, query, by
        super().__init__(data)

    def run(self) -> SavedView:
        """Keep the view."""
        return saved_views.create(self.by, kind=self.kind, query=self.query, **self.cleaned_data)


class ReplaceForm(Operation):
    """Puts the filters of a list into a view that is there."""

    view = forms.ModelChoiceField(SavedView.objects.none(), label=_("Saved view"), empty_label=None)

    def __init__(self, kind: str, query: str, by: User, data: QueryDict | None = None) -> None:
        self.query, self.by = query, by
        super().__init__(data)
        own = SavedView.objects.for_user(by).filter(owner=by, kind=kind)
        cast(forms.ModelChoiceField, self.fields["view"]).queryset = own

    def run(self) -> SavedView:
        """Change the filters of the view; its name, and whether it is shared, stay."""
        return saved_views.change(self.cleaned_data["view"], by=self.by, query=self.query)


class ChangeViewForm(_Named):
    """Renames a view, shares it, or keeps it to its owner."""

    def __init__(self, view: SavedView, by: User, data: QueryDict | None = None) -> None:
        self.view, self.by = view, by
        super().__init__(data, initial={"name": view.name, "shared": view.shared})

    def run(self) -> SavedView:
        """Change the view."""
        return saved_views.change(self.view, by=self.by, **self.cleaned_data)
