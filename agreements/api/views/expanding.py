"""What hangs on an agreement, read with it: the same number of queries for one row and for many."""

from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from django.db.models import F, QuerySet

from agreements import clock
from agreements.api import standing
from agreements.api.fields import unknown
from agreements.api.problems import BadParameters
from agreements.api.serializers.expanded import EXPANDABLE, MOST, ExpandedSerializer
from agreements.api.serializers.tasks import gather
from agreements.api.views.documents import listed
from agreements.api.views.registry import meetings_seen_by
from agreements.api.views.tasks import ORDERING, seen_by
from agreements.models import Agreement, Commitment, User

PARAMETER = "expand"


def asked_for(texts: Iterable[str]) -> list[str]:
    """Return the names that are asked for. Raises BadParameters for every one that is not known."""
    names = [name.strip() for name in ",".join(texts).split(",")]
    mistakes = [unknown(name, EXPANDABLE) for name in names if name not in EXPANDABLE]
    if mistakes:
        raise BadParameters({PARAMETER: mistakes})
    return [name for name in EXPANDABLE if name in names]


def expanded(agreement: Agreement, names: Iterable[str], *, user: User, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return what hangs on an agreement, as far as the user may see it."""
    fields = ExpandedSerializer(context=dict(context)).fields
    return {name: fields[name].to_representation(_READERS[name](agreement, user)) for name in names}


def _participants(agreement: Agreement, user: User) -> list[SimpleNamespace]:
    return standing.participants(standing.stand(agreement, standing.Question(clock.today()), user=user))


def _documents(agreement: Agreement, user: User) -> list[Any]:
    return list(listed(user).filter(agreement=agreement).order_by("-created_at", "pk")[:MOST])


def _tasks(agreement: Agreement, user: User) -> list[Any]:
    due, key = ORDERING
    rows = list(seen_by(user).filter(agreement=agreement).order_by(F(due).asc(nulls_last=True), key)[:MOST])
    gather(rows)
    return rows


def _meetings(agreement: Agreement, user: User) -> list[Any]:
    seen = meetings_seen_by(user).filter(agenda__agreement=agreement)
    return list(seen.order_by("-earliest", "pk").distinct()[:MOST])


def _commitments(agreement: Agreement, user: User) -> list[Any]:
    seen: QuerySet[Commitment] = Commitment.objects.for_user(user).kept()
    rows = seen.filter(agreement=agreement).select_related("agreement", "party", "unit")
    return list(rows.order_by("-changed_at", "pk")[:MOST])


_READERS: Mapping[str, Callable[[Agreement, User], list[Any]]] = {
    "participants": _participants,
    "documents": _documents,
    "tasks": _tasks,
    "meetings": _meetings,
    "commitments": _commitments,
}
