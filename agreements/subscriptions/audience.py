"""Who will be told of a step before it is recorded: the same matching as afterwards, and only names one may know."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Case, Q, Value, When

from agreements import sight, tidings
from agreements.choices import EntryKind, SubjectKind, TaskStatus
from agreements.facets import FACETS
from agreements.models import Agreement, NotificationWishes, Subscription, Task, User
from agreements.models.subscription import with_readers
from agreements.notice_choices import WatchKind
from agreements.saved_views import selection_of
from agreements.selections import AgreementSelection
from agreements.words import alphabetical


@dataclass(frozen=True)
class Audience:
    """Those who will be told: the names that the actor may know, in alphabetical order, and how many others."""

    names: Sequence[str]
    others: int

    @property
    def number(self) -> int:
        """How many people will be told."""
        return len(self.names) + self.others


def audience(agreement: Agreement, *, by: User, transition: str = "") -> Audience:
    """Return who will be told when somebody records a step of an agreement; a fixed number of queries.

    Known by name are those of one's own unit and the responsible officer; to who may look at who sees the agreement,
    all. What the stage is afterwards is not looked at: a saved view shows what it shows now.
    """
    groups = tidings.groups_of(SubjectKind.AGREEMENT, EntryKind.STEP, transition)
    rows = [
        one
        for one in with_readers(Subscription.objects.running().following().filter(_about(agreement)))
        if tidings.wanted(one.groups, one.important_only, of=groups, important=True)
    ]
    shown = _shown_by(rows, agreement)
    people = {one.person_id: one.person for one in rows if one.what != WatchKind.VIEW or one.pk in shown}
    if people and by.pk in people and not _wants_own(by):
        del people[by.pk]
    seen = set(User.objects.who_see(agreement).filter(pk__in=people).values_list("pk", flat=True)) if people else set()
    kept = [people[key] for key in people if key in seen]
    known = kept if sight.may_look(by, agreement) else [one for one in kept if _is_known(one, agreement, by)]
    return Audience(sorted((str(one) for one in known), key=alphabetical), len(kept) - len(known))


def _about(agreement: Agreement) -> Q:
    """Match subscriptions that can be about an agreement; views are looked at one by one."""
    participants = agreement.participants.values("party")
    given = Task.objects.filter(agreement=agreement, status=TaskStatus.OPEN, unit__isnull=False).values("unit")
    units = Q(person__unit__in=given)
    if agreement.lead_unit_id:
        units |= Q(person__unit=agreement.lead_unit_id)
    return (
        Q(agreement=agreement)
        | Q(party__in=participants)
        | Q(area__in=agreement.areas.values("pk"))
        | (Q(what=WatchKind.UNIT) & units)
        | Q(what=WatchKind.VIEW)
    )


def _shown_by(rows: Iterable[Subscription], agreement: Agreement) -> set[UUID]:
    """Return the subscriptions to views that show an agreement to their watchers; one query for all of them."""
    found: dict[UUID, Q] = {}
    for one in rows:
        if one.view is None or not one.view_seen:
            continue
        selection = selection_of(one.view)
        if isinstance(selection, AgreementSelection) and not selection.chosen.get("attention"):
            found[one.pk] = selection.condition(*FACETS, user=one.person)
    if not found:
        return set()
    names = {f"shown_{number}": key for number, key in enumerate(found)}
    asked = {name: Case(When(found[key], then=Value(True)), default=Value(False)) for name, key in names.items()}
    told = Agreement.objects.kept().filter(pk=agreement.pk).values(**asked).first() or {}
    return {key for name, key in names.items() if told.get(name)}


def _wants_own(person: User) -> bool:
    return NotificationWishes.objects.filter(person=person, own_acts=True).exists()


def _is_known(one: User, agreement: Agreement, by: User) -> bool:
    keys: Iterable[UUID | None] = (agreement.officer_id, by.pk)
    return one.pk in keys or (by.unit_id is not None and one.unit_id == by.unit_id)
