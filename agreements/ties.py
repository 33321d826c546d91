"""How agreements stand to each other: as recorded now, or as was known at a moment."""

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from agreements.choices import EntryKind, RelationKind, SubjectKind
from agreements.models import Entry, Relation

#: The relations by which one agreement comes after another.
NEXT = (RelationKind.FOLLOWS, RelationKind.SUPERSEDES)


class Tie(NamedTuple):
    """One agreement implements, follows, amends … another; both by their keys."""

    agreement: UUID
    kind: str
    to: UUID

    def touches(self, keys: Collection[UUID]) -> bool:
        """Whether one of some agreements stands on either side."""
        return self.agreement in keys or self.to in keys


def neighbours(keys: Collection[UUID], known_at: datetime | None = None) -> set[UUID]:
    """Return agreements with those before and after them, and what else follows those before, as known at a moment.

    One query; of a moment three at most.
    """
    rows = [Tie(*row) for row in Relation.objects.filter(around(keys)).values_list("agreement", "kind", "to")]
    found = rows if known_at is None else known(rows, keys, known_at)
    return set(keys).union(*((tie.agreement, tie.to) for tie in found if tie.kind in NEXT))


def near(keys: Collection[UUID]) -> Q:
    """Return the condition for the same among agreements as recorded now, so that no query of its own is needed."""
    found = Relation.objects.filter(around(keys), kind__in=NEXT).order_by()
    return Q(pk__in=keys) | Q(pk__in=found.values("to")) | Q(pk__in=found.values("agreement"))


def around(keys: Collection[UUID]) -> Q:
    """Return the condition for relations of some agreements, and for what bears on what follows what among them."""
    before = Relation.objects.filter(agreement__in=keys, kind__in=NEXT).values("to")
    return Q(agreement__in=keys) | Q(to__in=keys) | Q(to__in=before, kind__in=NEXT)


def known(rows: Iterable[Tie], keys: Collection[UUID], known_at: datetime) -> list[Tie]:
    """Return the relations around some agreements as known at a moment; `rows` are those of now. Two queries.

    Some may be of agreements that were not recorded yet: who reads their chains leaves them out.
    """
    then = _edited_since(known_at)
    found = _kept(rows, then) | {tie for kept in then.values() for tie in kept}
    before = _before(found, keys)
    # Where there is none, those after one of them are asked for again: what is hidden makes no query more.
    unread = (before - _before(rows, keys)) or set(sorted(keys)[:1])
    more = Relation.objects.filter(to__in=unread, kind__in=NEXT).values_list("agreement", "kind", "to")
    found |= _kept([Tie(*row) for row in more], then)
    return sorted(tie for tie in found if tie.touches(keys) or (tie.kind in NEXT and tie.to in before))


def _before(found: Iterable[Tie], keys: Collection[UUID]) -> set[UUID]:
    return {tie.to for tie in found if tie.agreement in keys and tie.kind in NEXT}


def _kept(rows: Iterable[Tie], then: Collection[UUID]) -> set[Tie]:
    """Return the relations of today of those whose relations are the same as then."""
    return {tie for tie in rows if tie.agreement not in then}


def _edited_since(moment: datetime) -> dict[UUID, list[Tie]]:
    """Return the relations at a moment of the agreements whose relations were edited after it.

    The first edit since says what they had been.
    """
    edits = Entry.objects.filter(
        subject_kind=SubjectKind.AGREEMENT,
        kind=EntryKind.EDIT,
        recorded_at__gt=moment,
        data__contains='"relations":[',
    ).order_by("subject", "sequence")
    found: dict[UUID, list[Tie]] = {}
    for subject, data in edits.values_list("subject", "data"):
        changes = json.loads(data).get("changes", {})
        if "relations" in changes and subject not in found:
            found[subject] = [Tie(subject, item["kind"], UUID(item["to"])) for item in changes["relations"][0] or ()]
    return found
