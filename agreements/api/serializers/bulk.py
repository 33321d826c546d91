"""Many things in one request: what each of them says, and what became of each."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import models
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from agreements.access import reader_of
from agreements.api.fields import Choice, Code, Text, unknown
from agreements.api.problems import NOT_AN_OBJECT
from agreements.api.serializers.base import Reading, Writing
from agreements.api.serializers.journal import ActInput, StepInput
from agreements.api.serializers.opening import AgreementOpening
from agreements.api.serializers.problem import ProblemSerializer
from agreements.choices import EntryKind
from agreements.models import Agreement, Entry, Party, User
from agreements.models.prepared import Prepared

#: What references and codes look like; nothing else is asked of the database.
_NAME = re.compile(r"[A-Za-z0-9-]{1,12}")
#: How many items one request may hold.
MOST = 1000


class BulkMode(models.TextChoices):
    """What becomes of the rest where one of many cannot be done."""

    ALL_OR_NONE = "all-or-none", "all-or-none"
    PER_ITEM = "per-item", "per-item"


class Known(Code):
    """Something that is named in many items, and was read for all of them with one query (`known_to`)."""

    def __init__(self, kind: str, **options: Any) -> None:
        super().__init__(**options)
        self.kind = kind

    def to_internal_value(self, data: Any) -> Any:
        """Return what the name stands for."""
        name = Text().run_validation(data)
        found = self.context["known"][self.kind].get(name)
        if found is None:
            raise ValidationError([unknown(name)])
        return found


class _OfEntry(Known):
    """An entry of the journal of the agreement that the item is about."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the entry."""
        entry: Entry = super().to_internal_value(data)
        fits = entry.position is not None if self.kind == "after" else entry.kind == EntryKind.ACTION
        if entry.subject != self.context["agreement"].pk or not fits:
            raise ValidationError([unknown(entry.pk)])
        return entry


class BulkStepItem(StepInput):
    """One step of one agreement."""

    agreement = Text(max_length=12, help_text="The reference.")
    successor = Known("successor", required=False, help_text="The reference.")
    after = _OfEntry("after", required=False, help_text="The entry behind which it stands.")

    def validate_after(self, key: Any) -> Any:
        """Return the entry, which was read already."""
        return key


class BulkActItem(ActInput):
    """One act of a participant of one agreement."""

    agreement = Text(max_length=12, help_text="The reference.")
    party = Known("party")
    target = _OfEntry("target", required=False, allow_null=True)

    def validate_target(self, key: Any) -> Any:
        """Return the entry, which was read already."""
        return key


class _Bulk(Writing):
    mode = Choice(BulkMode, help_text="all-or-none: one that cannot be done stops all. per-item: each by itself.")


class BulkSteps(_Bulk):
    """Steps of many agreements, in the order in which they are taken."""

    items = BulkStepItem(many=True, help_text=f"At most {MOST}.")


class BulkActs(_Bulk):
    """Acts of participants of many agreements."""

    items = BulkActItem(many=True, help_text=f"At most {MOST}.")


class BulkOpenings(_Bulk):
    """Records of agreements to be opened."""

    items = AgreementOpening(many=True, help_text=f"At most {MOST}.")


class _Envelope(_Bulk):
    """What holds the items; each of them is judged by itself."""

    items = serializers.ListField(child=serializers.JSONField(allow_null=True), allow_empty=False, max_length=MOST)


def envelope(data: Any, context: Mapping[str, Any]) -> tuple[bool, list[Any]]:
    """Return whether it is all or none, and the items. Raises ValidationError."""
    asked = _Envelope(data=data, context=dict(context))
    asked.is_valid(raise_exception=True)
    return asked.validated_data["mode"] == BulkMode.ALL_OR_NONE, asked.validated_data["items"]


#: The agreements of the items: what is not read here is read with the lock.
_NAMED = Prepared(
    lambda reader, names: Agreement.objects.for_user(reader).filter(reference__in=names).only("reference").order_by()
)
_SEEN: dict[str, tuple[Callable[[User, list[str]], Iterable[Any]], str]] = {
    "agreement": (lambda user, names: _NAMED(reader_of(user), names), "reference"),
    "successor": (lambda user, names: Agreement.objects.for_user(user).kept().filter(reference__in=names), "reference"),
    "party": (lambda user, codes: Party.objects.for_user(user).filter(code__in=codes), "code"),
    "after": (lambda user, keys: Entry.objects.for_user(user).filter(pk__in=keys), "pk"),
    "target": (lambda user, keys: Entry.objects.for_user(user).filter(pk__in=keys), "pk"),
}


def known_to(user: User, items: list[Any], *models_of: str) -> dict[str, dict[str, Any]]:
    """Return what the items name, as far as the user may see it: one query for each kind."""
    found = {}
    for kind in models_of:
        seen, attribute = _SEEN[kind]
        names = {str(item[kind]) for item in items if isinstance(item, Mapping) and isinstance(item.get(kind), str)}
        named = sorted(name for name in names if (_is_key(name) if attribute == "pk" else _NAME.fullmatch(name)))
        found[kind] = {str(getattr(row, attribute)): row for row in (seen(user, named) if named else ())}
    return found


def _is_key(text: str) -> bool:
    try:
        serializers.UUIDField().run_validation(text)
    except ValidationError:
        return False
    return True


def valid(serializer: Writing, item: Any) -> dict[str, Any]:
    """Return what one item says; one serializer reads all of them. Raises ValidationError."""
    if not isinstance(item, Mapping):
        raise ValidationError([ErrorDetail(str(NOT_AN_OBJECT), code="invalid")])
    taken: dict[str, Any] = serializer.run_validation(item)
    # A serializer is made for one body and answers `validated_data` of that only; one for each item would copy all its
    # fields anew. The library has no public way to give it the next body.
    reused: Any = serializer
    reused._validated_data, reused._errors = taken, {}
    return taken


class BulkResultSerializer(Reading):
    """What became of one item."""

    index = serializers.IntegerField(help_text="Its place among those that were sent, from 0.")
    status = serializers.IntegerField(
        help_text="As the item alone would have been answered; 424: nothing stood against it but another item."
    )
    agreement = serializers.CharField(allow_null=True, help_text="The reference.")
    version = serializers.IntegerField(allow_null=True, help_text="Of the agreement, when all is done.")
    entry = serializers.UUIDField(allow_null=True, help_text="In the journal.")
    problem = ProblemSerializer(allow_null=True, help_text="Why it was not done.")


class BulkResultsSerializer(Reading):
    """What became of each item, in the order in which they were sent."""

    mode = Choice(BulkMode)
    done = serializers.IntegerField(help_text="How many were done.")
    results = BulkResultSerializer(many=True)
