"""Saved views on pages: the row of them above a list, opening one, keeping the filters of a list, managing them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_safe

from agreements import saved_views, turns
from agreements.choices import ViewKind
from agreements.facets import FACETS
from agreements.guards import Refused
from agreements.models import Agreement, SavedView, Task, User
from agreements.selections import AgreementSelection, Selection
from agreements.view_forms import ChangeViewForm, KeepForm, ReplaceForm
from agreements.views.asked import in_words
from agreements.words import sorting

#: The pages of the lists.
PAGES = {ViewKind.AGREEMENTS: "agreement-list", ViewKind.TASKS: "task-list", ViewKind.CALENDAR: "calendar"}
#: How many views stand above a list; the others are on their page.
SHOWN = 8
_PAGE = 50


def visible_view(user: Any, key: UUID) -> SavedView:
    """Return the view, if the user may see it. Raises Http404."""
    view: SavedView | None = SavedView.objects.for_user(user).select_related("owner").filter(pk=key).first()
    if view is None:
        raise Http404
    return view


def address_of(kind: str, query: str) -> str:
    """Return the address of a list with its filters."""
    page = reverse(PAGES[ViewKind(kind)])
    return f"{page}?{query}" if query else page


# ---- above a list ----
@dataclass(frozen=True)
class Chip:
    """Leads to the list as one view shows it; `owner` is empty for the reader's own.

    `count` is None where it was not counted: of a past day, and of what needs attention, as that takes a look at every
    agreement.
    """

    label: str
    address: str
    here: bool
    count: int | None = None
    owner: str = ""


@dataclass(frozen=True)
class Bar:
    """The views above a list; `save` leads to the page that keeps what the list shows now, where that is new.

    `watch` leads to where somebody says how he wants to be told of what it shows, by way of `save` where that is new.
    """

    chips: Sequence[Chip]
    save: str
    more: bool
    watch: str = ""


def bar(user: User, kind: ViewKind, asked: Selection, address: Callable[[str], str], *, counted: bool = False) -> Bar:
    """Return the views of a list: the reader's own, then those that others share; four queries at most.

    `address` makes the address of the list out of filters.
    """
    query = urlencode(asked.parameters())
    rank = Case(When(query=query, then=Value(0)), When(owner=user, then=Value(1)), default=Value(2))
    seen = SavedView.objects.for_user(user).filter(kind=kind).select_related("owner").annotate(rank=rank)
    found = list(seen.order_by("rank", "name", "pk")[: SHOWN + 1])
    shown = sorted(found[:SHOWN], key=lambda view: (view.owner_id != user.pk, sorting(view.name)))
    every, counts = _counts(user, kind, shown) if counted and shown else (None, {})
    chips = [
        Chip(
            view.name,
            address(view.query),
            view.query == query,
            counts.get(view.pk),
            "" if view.owner_id == user.pk else str(view.owner),
        )
        for view in shown
    ]
    if shown and kind == ViewKind.AGREEMENTS:
        chips.insert(0, Chip(_("All"), address(""), not query, every))
    fresh = query and not any(chip.here for chip in chips)
    save = f"{reverse('saved-view-new')}?{urlencode({'kind': kind, 'query': query})}" if fresh else ""
    here = next((view for view in shown if view.query == query), None)
    watch = f"{save}&watch=1" if save else f"{reverse('subscription-new')}?view={here.pk}" if here and query else ""
    return Bar(chips, save, bool(shown), watch if _watchable(kind, asked) else "")


def _watchable(kind: ViewKind, asked: Selection) -> bool:
    """Whether what a list shows can be watched: agreements, by what changes with events alone."""
    return kind == ViewKind.AGREEMENTS and not getattr(asked, "chosen", {}).get("attention")


def _counts(user: User, kind: ViewKind, views: Sequence[SavedView]) -> tuple[int, dict[UUID, int]]:
    """Count what the reader sees of the list, and of each view; three queries at most."""
    rows: QuerySet[Any] = (Task if kind == ViewKind.TASKS else Agreement).objects.for_user(user).kept().order_by()
    shown = dict(_conditions(user, views))
    counted = rows.aggregate(every=Count("pk"), **{f"of_{key.hex}": Count("pk", filter=q) for key, q in shown.items()})
    return counted["every"], {key: counted[f"of_{key.hex}"] for key in shown}


def _conditions(user: User, views: Sequence[SavedView]) -> Iterator[tuple[UUID, Q]]:
    """Return what the rows of each view fulfil, among those that the reader sees."""
    known = None
    for view in views:
        asked = saved_views.selection_of(view)
        if not isinstance(asked, AgreementSelection):
            yield view.pk, Q(pk__in=asked.tasks(user).order_by().values("pk"))
        elif not asked.chosen.get("attention"):
            # Read once for all: a page must not ask for each view. Of nothing no condition can be made.
            if known is None and asked.chosen.get("ball"):
                known = turns.Known.of(Agreement.objects.for_user(user).kept())
            yield view.pk, Q(pk__isnull=False) & asked.condition(*FACETS, user=user, known=known)


# ---- pages ----
@require_safe
def opened(request: HttpRequest, view: UUID) -> HttpResponse:
    """Lead to the list as the view shows it: this address stays when its filters change. Raises Http404."""
    found = visible_view(request.user, view)
    return redirect(address_of(found.kind, found.query))


@dataclass(frozen=True)
class Row:
    """A view as the page of all shows it."""

    view: SavedView
    kind: str
    asked: str
    owner: str
    may_change: bool


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """Show the reader's own views, and those that others share; a fixed number of queries."""
    user: Any = request.user
    seen = SavedView.objects.for_user(user).select_related("owner")
    own = sorted(seen.filter(owner=user), key=lambda view: sorting(view.name))
    pages = Paginator(seen.exclude(owner=user).order_by("name", "pk"), _PAGE)
    page = pages.get_page(request.GET.get("page"))
    rows = _rows([*own, *page.object_list], user)
    context = {
        "own": rows[: len(own)],
        "others": rows[len(own) :],
        "previous": f"?page={page.previous_page_number()}" if page.has_previous() else "",
        "following": f"?page={page.next_page_number()}" if page.has_next() else "",
        "lists": [(reverse(PAGES[kind]), kind.label) for kind in ViewKind],
    }
    return render(request, "saved/list.html", context)


def _rows(views: Sequence[SavedView], user: User) -> list[Row]:
    told = in_words([saved_views.selection_of(view) for view in views])
    return [
        Row(view, str(ViewKind(view.kind).label), asked, str(view.owner), saved_views.may_change(user, view))
        for view, asked in zip(views, told, strict=True)
    ]


class Keep(View):
    """Keeps the filters of a list: as a new view, or in place of those of one that is there."""

    http_method_names = ["get", "head", "post"]
    user: User
    kind: ViewKind
    query: str

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Read of which list it is and what it asks for; a page that offers nothing says why."""
        self.user = request.user  # type: ignore[assignment]  # nobody else comes this far
        if request.GET.get("kind") not in ViewKind.values:
            raise Http404
        self.kind = ViewKind(request.GET["kind"])
        try:
            self.query = saved_views.canonical(self.kind, request.GET.get("query", ""), by=self.user)
        except Refused as refusal:
            context = {"reasons": refusal.reasons, "back": address_of(self.kind, ""), "kind": self.kind.label}
            return render(request, "saved/keep.html", context, status=400)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what would be kept, and the forms."""
        return self.answer(KeepForm(*self.given), ReplaceForm(*self.given))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the filters and lead to the list; a refusal shows what was typed."""
        keep = KeepForm(*self.given, None if "view" in request.POST else request.POST)
        other = ReplaceForm(*self.given, request.POST if "view" in request.POST else None)
        form = other if other.is_bound else keep
        view: SavedView | None = form.submit()
        if view is None:
            return self.answer(keep, other, status=409 if form.refused else 422)
        messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
        if self.watches:
            return redirect(f"{reverse('subscription-new')}?view={view.pk}")
        return redirect(address_of(view.kind, view.query))

    def answer(self, keep: KeepForm, other: ReplaceForm, *, status: int = 200) -> HttpResponse:
        """Render the page."""
        (asked,) = in_words([saved_views.selection_of(SavedView(kind=self.kind, query=self.query))])
        context = {
            "form": keep,
            "other": other if other.fields["view"].queryset.exists() else None,  # type: ignore[attr-defined]
            "failed": other if other.is_bound else keep,
            "kind": self.kind.label,
            "asked": asked,
            "back": address_of(self.kind, self.query),
            "watches": self.watches,
        }
        return render(self.request, "saved/keep.html", context, status=status)

    @property
    def watches(self) -> bool:
        """Whether the view is kept in order to be watched."""
        return self.kind == ViewKind.AGREEMENTS and "watch" in self.request.GET

    @property
    def given(self) -> tuple[ViewKind, str, User]:
        """What the forms keep, and for whom."""
        return self.kind, self.query, self.user


class OneView(View):
    """A page that writes a view: for its owner and, once it is shared, for who keeps the reference data."""

    http_method_names = ["get", "head", "post"]
    user: User
    view: SavedView

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find the view (404 where it may not be seen), and refuse whoever may not change it."""
        self.user = request.user  # type: ignore[assignment]
        self.view = visible_view(self.user, kwargs["view"])
        if not saved_views.may_change(self.user, self.view):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class Change(OneView):
    """Renames a view, shares it, or keeps it to its owner."""

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Show the form."""
        return self.answer(ChangeViewForm(self.view, self.user))

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Change the view."""
        form = ChangeViewForm(self.view, self.user, request.POST)
        view: SavedView | None = form.submit()
        if view is None:
            return self.answer(form, status=409 if form.refused else 422)
        messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
        return redirect("saved-views")

    def answer(self, form: ChangeViewForm, *, status: int = 200) -> HttpResponse:
        """Render the page."""
        (row,) = _rows([self.view], self.user)
        return render(self.request, "saved/change.html", {"form": form, "row": row}, status=status)


class Delete(OneView):
    """Deletes a view, once that was asked."""

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Ask."""
        (row,) = _rows([self.view], self.user)
        return render(request, "saved/delete.html", {"row": row})

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Delete the view."""
        try:
            saved_views.delete(self.view, by=self.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The view “%(name)s” is deleted.") % {"name": self.view.name})
        return redirect("saved-views")
