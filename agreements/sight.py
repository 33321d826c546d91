"""Who sees an agreement, and why: by the access level, by a share; what each may do, and who does not see all of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agreements import access, shares
from agreements.choices import Level
from agreements.models import Agreement, Document, Share, UndisclosedParticipant, User
from agreements.rights import Holding, holdings, with_rights


@dataclass(frozen=True)
class ByLevel:
    """The people of one access level who see the agreement by it."""

    level: Level
    people: Sequence[Holding]


@dataclass(frozen=True)
class ByShare:
    """A share, with the people to whom it shows the agreement, as far as they do not see it anyway."""

    share: Share
    people: Sequence[Holding]


@dataclass(frozen=True)
class Part:
    """A document that not all who see the agreement see: how many of them do not."""

    document: Document
    level: Level
    without: int


@dataclass(frozen=True)
class Quiet:
    """Undisclosed participants of one level: their number, and that of people who see the agreement without them."""

    level: Level
    number: int
    without: int


@dataclass(frozen=True)
class Sight:
    """Who sees an agreement and why; `past` are shares that show it no more."""

    levels: Sequence[ByLevel]
    shared: Sequence[ByShare]
    past: Sequence[Share]
    parts: Sequence[Part]
    quiet: Sequence[Quiet]

    @property
    def number(self) -> int:
        """How many people see it, each counted once."""
        keys = {one.user.pk for group in self.levels for one in group.people}
        return len(keys | {one.user.pk for group in self.shared for one in group.people})


def may_look(user: User, agreement: Agreement) -> bool:
    """Whether a user who sees an agreement is told who else does: who gives shares, and who keeps the accounts."""
    return shares.may_give(user, agreement) or access.may(user, "accounts")


def sight(agreement: Agreement, reader: User) -> Sight:
    """Return who sees an agreement, as far as the reader may know of its parts; a fixed number of queries."""
    people = with_rights(User.objects.who_see(agreement)).order_by("last_name", "first_name", "username")
    held = holdings(people)
    above = {level for level in Level if agreement.level in Level.up_to(level)}
    kept = Share.objects.for_user(reader).filter(agreement=agreement)
    rows = list(kept.select_related("user", "unit", "given_by", "withdrawn_by").order_by("-given_at", "pk"))
    by_level = [
        ByLevel(level, [one for one in held if one.user.access_level == level]) for level in Level if level in above
    ]
    below = [one for one in held if one.user.access_level not in above]
    return Sight(
        levels=[group for group in by_level if group.people],
        shared=[ByShare(row, _shown(row, below)) for row in rows if row.in_force],
        past=[row for row in rows if not row.in_force],
        parts=list(_parts(agreement, reader, held)),
        quiet=list(_quiet(agreement, reader, held)),
    )


def _shown(share: Share, people: Sequence[Holding]) -> list[Holding]:
    if share.user_id:
        return [one for one in people if one.user.pk == share.user_id]
    return [one for one in people if one.user.unit_id == share.unit_id]


def _parts(agreement: Agreement, reader: User, held: Sequence[Holding]) -> Sequence[Part]:
    """Return the documents above the agreement's level that the reader may know of."""
    rows = Document.objects.for_user(reader).filter(agreement=agreement).held()
    above = rows.exclude(level__in=Level.up_to(agreement.level)).order_by("-created_at", "pk")
    return [
        Part(
            document,
            Level(document.level),
            sum(document.level not in Level.up_to(one.user.access_level) for one in held),
        )
        for document in above
    ]


def _quiet(agreement: Agreement, reader: User, held: Sequence[Holding]) -> Iterator[Quiet]:
    """Yield the levels of the undisclosed participants that the reader may know of, the lowest first."""
    rows = UndisclosedParticipant.objects.for_user(reader).standing().filter(agreement=agreement)
    counts = Counter(rows.order_by("pk").values_list("level", flat=True))
    for level in Level:
        if counts[level]:
            without = sum(level not in Level.up_to(one.user.access_level) for one in held)
            yield Quiet(level, counts[level], without)
