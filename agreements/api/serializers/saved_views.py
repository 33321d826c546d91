"""Saved views in JSON: whose they are, what list they are of, the filters as an address carries them."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from agreements import saved_views
from agreements.api.fields import Choice, Code, Flag, Text, unknown
from agreements.api.serializers.base import Address, Moment, Reading, Writing
from agreements.api.serializers.registry import DERIVED
from agreements.choices import ViewKind
from agreements.models import SavedView, User
from agreements.selections import AgreementSelection, CalendarSelection, TaskSelection

_OF = "The list: `agreements`, open `tasks` or the `calendar`."
_QUERY = (
    f"The filters, as the address of the list carries them. Agreements: {', '.join(AgreementSelection.NAMES)}; "
    f"tasks: {', '.join(TaskSelection.NAMES)}; calendar: {', '.join(CalendarSelection.NAMES)}."
)


class SavedViewSerializer(Reading):
    """A saved view: of the reader, or shared by its owner with everybody."""

    id = serializers.UUIDField()
    kind = Choice(ViewKind, help_text=_OF)
    kind_label = serializers.SerializerMethodField(help_text="In the reader’s language.")
    name = serializers.CharField(help_text="As its owner typed it, in one language.")
    query = serializers.CharField(help_text=f"{_QUERY} In one order; may be empty.")
    shared = serializers.BooleanField(help_text="Everybody finds it, and sees in it what he may see.")
    owner = Code("username")
    mine = serializers.SerializerMethodField(help_text="Whether the reader is the owner.")
    page = serializers.SerializerMethodField(help_text="Where people see it.")
    created_at = Moment()
    changed_at = Moment()
    version = serializers.IntegerField()
    url = Address("view", "id")

    def get_kind_label(self, view: SavedView) -> str:
        """Return what list it is of, in the reader’s language."""
        return str(ViewKind(view.kind).label)

    def get_mine(self, view: SavedView) -> bool:
        """Whether the reader is the owner."""
        return bool(view.owner_id == self.context["request"].user.pk)

    def get_page(self, view: SavedView) -> str:
        """Return the address of its page."""
        return str(self.context["request"].build_absolute_uri(view.get_absolute_url()))


class SavedViewEdit(Writing):
    """A change of a saved view."""

    fixed: ClassVar[Mapping[str, str | Promise]] = {
        **dict.fromkeys(
            ("id", "kind_label", "owner", "mine", "page", "created_at", "changed_at", "version", "url"), DERIVED
        ),
        "kind": gettext_lazy("A view stays one of its list. Save another for another list."),
    }

    name = Text(max_length=saved_views.LONGEST_NAME, required=False)
    query = Text(max_length=saved_views.LONGEST_QUERY, required=False, allow_blank=True, help_text=_QUERY)
    shared = Flag(required=False)

    def apply(self, view: SavedView) -> None:
        """Set what was given on a view that is being edited."""
        for column, value in self.validated_data.items():
            setattr(view, column, value)


class SavedViewInput(SavedViewEdit):
    """A new saved view, of the user who asks."""

    fixed: ClassVar[Mapping[str, str | Promise]] = {
        name: why for name, why in SavedViewEdit.fixed.items() if name != "kind"
    }

    kind = Choice(ViewKind, help_text=_OF)
    name = Text(max_length=saved_views.LONGEST_NAME)

    def open(self, by: User) -> SavedView:
        """Keep the view."""
        return saved_views.create(by, **self.validated_data)


class ViewKey(serializers.UUIDField):
    """A saved view that the user may see, named by its key."""

    def to_internal_value(self, data: Any) -> SavedView:  # type: ignore[override]
        """Return the view."""
        key = super().to_internal_value(data)
        view: SavedView | None = SavedView.objects.for_user(self.context["request"].user).filter(pk=key).first()
        if view is None:
            raise ValidationError([unknown(key)])
        return view
