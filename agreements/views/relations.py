"""How an agreement stands to others on its page: in both directions, as recorded now or as was known at a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from agreements.chains import Told, titles_in
from agreements.choices import RelationKind
from agreements.models import Agreement, Relation, User
from agreements.ties import NEXT, Tie, around, known
from agreements.words import Worded, alphabetical, pick


class Line(NamedTuple):
    """How it stands to another agreement: in words, with the title and the address of that one."""

    words: str
    title: Worded
    reference: str
    #: Whether this agreement is the one that follows, implements, amends … the other.
    forwards: bool = True


@dataclass(frozen=True)
class Around:
    """The relations of one agreement to others that the reader may see, `others` by key as they stand now, and the
    agreements whose chains tell what comes before and after it (`near`); `past`: as known at a moment in the past.
    """

    agreement: Agreement
    past: bool
    ties: Sequence[Tie]
    others: Mapping[UUID, Agreement]
    near: Sequence[Agreement]

    def lines(self, chains: Told) -> list[Line]:
        """Return how it stands to others, in words; of a moment in the past their chains say what they were called."""
        found = []
        for tie in self.ties:
            kind, forwards = RelationKind(tie.kind), tie.agreement == self.agreement.pk
            key = tie.to if forwards else tie.agreement
            words = str(kind.label if forwards else kind.inverse)
            if chain := chains.chains.get(key):
                found.append(Line(words, pick(titles_in(chain.record)), chain.record["reference"], forwards))
            elif (other := self.others.get(key)) and not self.past:
                found.append(Line(words, other.short_title, other.reference, forwards))
        return sorted(found, key=lambda line: (line.words, alphabetical(line.title.text)))


def look(agreement: Agreement, user: User, known_at: datetime | None) -> Around:
    """Return how an agreement stood to those others that the user may see, as recorded now or known at a moment."""
    visible = Agreement.objects.for_user(user).kept()
    me = {agreement.pk}
    rows = Relation.objects.filter(around(me), agreement__in=visible, to__in=visible)
    found = list(rows.select_related("agreement", "to").order_by("kind", "pk"))
    others = {one.pk: one for row in found for one in (row.agreement, row.to) if one.pk != agreement.pk}
    ties = [Tie(row.agreement_id, row.kind, row.to_id) for row in found]
    if known_at is not None:
        ties = known(ties, me, known_at)
        keys = {key for tie in ties for key in (tie.agreement, tie.to)} - others.keys()
        # It is asked for itself, too: with nothing but hidden relations there are as many queries as with none.
        others |= {one.pk: one for one in visible.filter(pk__in=keys | me) if one.pk != agreement.pk}
    # Of a moment in the past the chains tell what all of them were called.
    near = {key for tie in ties if known_at or tie.kind in NEXT for key in (tie.agreement, tie.to)} & others.keys()
    own = [tie for tie in ties if tie.touches(me)]
    return Around(agreement, known_at is not None, own, others, [agreement, *(others[key] for key in sorted(near))])
