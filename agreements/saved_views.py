"""Saved views: the one place that writes them. Making, renaming, changing the filters, sharing and deleting.

A view belongs to who made it. What is shared may be changed and deleted, too, by who keeps the reference data: the
owner may have left. Nothing that a view shows follows from whose it is: it holds filters (`selections`).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import parse_qsl
from uuid import UUID

from django.db import transaction
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from agreements import access, clock
from agreements.choices import ViewKind
from agreements.guards import Reason, Refused
from agreements.models import SavedView, User
from agreements.registers import NOT_PERMITTED
from agreements.selections import AgreementSelection, CalendarSelection, Selection, TaskSelection

#: How many views a user may have.
MOST = 50
#: The longest name and the longest filters, in characters.
LONGEST_NAME, LONGEST_QUERY = 80, 2000
_SELECTIONS: Mapping[str, type[AgreementSelection | TaskSelection | CalendarSelection]] = {
    ViewKind.AGREEMENTS: AgreementSelection,
    ViewKind.TASKS: TaskSelection,
    ViewKind.CALENDAR: CalendarSelection,
}
NAME_MISSING = Reason("name-missing", _("Give the view a name by which you know it."), asked="name", firm=True)
NAME_LONG = Reason(
    "name-long", _("A name has at most %(most)s characters."), {"most": LONGEST_NAME}, asked="name", firm=True
)
NAME_UNREADABLE = Reason(
    "name-unreadable", _("A character of this name is none that can be read."), asked="name", firm=True
)
NAME_TAKEN = Reason("name-taken", _("There is a view of this name already."), asked="name", firm=True)
TOO_MANY = Reason(
    "views-many", _("You have %(count)s saved views. Delete one that you no longer need."), {"count": MOST}, firm=True
)
QUERY_LONG = Reason(
    "filters-long", _("Filters have at most %(most)s characters."), {"most": LONGEST_QUERY}, asked="query", firm=True
)
GONE = Reason("view-gone", _("The view was deleted meanwhile."), firm=True)


# ---- reading ----
def selection_of(view: SavedView) -> Selection:
    """Return what a view asks for; a value that is no longer known finds nothing."""
    return _SELECTIONS[view.kind].kept(_parameters(view.query))


def canonical(kind: str, query: str, *, by: User) -> str:
    """Return filters in their one form: known parameters in one order. Raises Refused for what is not known."""
    if len(query) > LONGEST_QUERY:
        raise Refused(QUERY_LONG)
    asked, known = _parameters(query), _SELECTIONS[kind]
    strangers = [
        Reason(
            "filter-unknown",
            _("There is no filter “%(value)s”. Use one of: %(known)s."),
            {"value": name[:60], "known": ", ".join(known.NAMES)},
            asked="query",
            firm=True,
        )
        for name in asked
        if name not in known.NAMES
    ]
    try:
        found = known.read(asked, by).parameters()
    except Refused as refusal:
        raise Refused(*strangers, *(replace(reason, asked="query") for reason in refusal.reasons)) from refusal
    if strangers:
        raise Refused(*strangers)
    written = urlencode(found)
    if len(written) > LONGEST_QUERY:  # letters that are not Latin take up to nine characters there
        raise Refused(QUERY_LONG)
    return written


def _parameters(query: str) -> QueryDict:
    """Read the parameters of an address."""
    found = QueryDict(mutable=True)
    for name, value in parse_qsl(query.removeprefix("?"), keep_blank_values=True):
        found.appendlist(name, value)
    return found


def may_change(user: User, view: SavedView) -> bool:
    """Whether the user may change or delete the view."""
    return view.owner_id == user.pk or (view.shared and access.may(user, "reference_data"))


# ---- writing ----
def create(by: User, *, kind: str, name: str, query: str = "", shared: bool = False) -> SavedView:
    """Keep the filters of a list under a name. Raises Refused."""
    view = SavedView(owner=by, kind=kind, name=name, query=query, shared=shared)
    with transaction.atomic():
        _lock_views_of(by.pk)
        _settle(view, by=by)
        view.created_at = view.changed_at = clock.now()
        view.full_clean()
        view.save(force_insert=True)
    return view


@contextmanager
def editing(view: SavedView, *, by: User) -> Iterator[SavedView]:
    """Change name, filters or sharing of a view inside the block; they are checked and saved when it ends.

    Raises Refused without the right to do so, and for what cannot be.
    """
    with transaction.atomic():
        fresh = _locked(view, by=by)
        before = (fresh.name, fresh.query, fresh.shared)
        yield fresh
        _settle(fresh, by=by, was=before[1])
        if (fresh.name, fresh.query, fresh.shared) == before:
            return
        fresh.version, fresh.changed_at = fresh.version + 1, clock.now()
        fresh.full_clean()
        fresh.save(update_fields=["name", "query", "shared", "version", "changed_at"])


def change(
    view: SavedView, *, by: User, name: str | None = None, query: str | None = None, shared: bool | None = None
) -> SavedView:
    """Rename a view, change its filters, share it or keep it to its owner; what is None stays. Raises Refused."""
    with editing(view, by=by) as fresh:
        fresh.name = fresh.name if name is None else name
        fresh.query = fresh.query if query is None else query
        fresh.shared = fresh.shared if shared is None else shared
    return fresh


@contextmanager
def deleting(view: SavedView, *, by: User) -> Iterator[SavedView]:
    """Delete a view when the block ends, in which its version can be compared. Its feeds answer no more.

    Raises Refused without the right to do so.
    """
    with transaction.atomic():
        fresh = _locked(view, by=by)
        yield fresh
        fresh.version, fresh.deleted_at = fresh.version + 1, clock.now()
        fresh.save(update_fields=["version", "deleted_at"])


def delete(view: SavedView, *, by: User) -> None:
    """Delete a view; its feeds answer no more. Raises Refused."""
    with deleting(view, by=by):
        pass


def _lock_views_of(owner: UUID) -> None:
    """Let nobody else write views of the owner meanwhile: two at once must not pass the same count or name."""
    User.objects.select_for_update(of=("self",)).get(pk=owner)


def _locked(view: SavedView, *, by: User) -> SavedView:
    _lock_views_of(view.owner_id)
    fresh = SavedView.objects.kept().select_related("owner").filter(pk=view.pk).first()
    if fresh is None:
        raise Refused(GONE)
    if not may_change(by, fresh):
        raise Refused(NOT_PERMITTED)
    return fresh


def _settle(view: SavedView, *, by: User, was: str | None = None) -> None:
    """Bring a view that is to be written into its form; filters that stay as they `was` are not asked again."""
    view.name = " ".join(view.name.split())
    reasons = list(_objections(view))
    if view.query != was:
        try:
            view.query = canonical(view.kind, view.query, by=by)
        except Refused as refusal:
            reasons += refusal.reasons
    if reasons:
        raise Refused(*reasons)


def _objections(view: SavedView) -> Iterator[Reason]:
    others = SavedView.objects.kept().filter(owner=view.owner).exclude(pk=view.pk)
    names = {name.casefold() for name in others.values_list("name", flat=True)}
    if not view.name:
        yield NAME_MISSING
    elif len(view.name) > LONGEST_NAME:
        yield NAME_LONG
    elif not view.name.isprintable():
        yield NAME_UNREADABLE
    elif view.name.casefold() in names:
        yield NAME_TAKEN
    if view._state.adding and len(names) >= MOST:
        yield TOO_MANY
