"""The page on which the journal of an agreement is read: every entry in full with its seal, and whether it is whole."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agreements import access, journal
from agreements.changes import Dictionary
from agreements.choices import EntryKind
from agreements.reports.movements import Movement, Teller
from agreements.timeline import Event, chronicle
from agreements.views.agreement import visible_agreement
from agreements.views.history import proof_of
from agreements.views.kinds import Kinds
from agreements.views.standpoint import standpoint

_PAGE = 25


class Entry(NamedTuple):
    """An entry as the page shows it: in sentences, with what it strikes out or takes the place of."""

    event: Event
    told: Sequence[Movement]
    strikes: Event | None
    struck_by: Event | None

    @property
    def label(self) -> str:
        """What kind of entry it is."""
        return self.told[0].label if self.told else self.event.label


@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the journal of an agreement, what was recorded last first."""
    user: Any = request.user
    view = standpoint(request)
    agreement = visible_agreement(user, reference)
    events, fault = chronicle(agreement, user=user, known_at=view.known_at)
    if view.known_at is None:
        fault = journal.fault_in(agreement)
    kinds = Kinds.read(request)
    pages = Paginator([event for event in reversed(events) if kinds.takes(event)], _PAGE)
    shown = pages.get_page(request.GET.get("page"))
    teller = Teller(Dictionary([event.changes for event in shown.object_list], user), binding=agreement.rules.binding)
    by_id, voids = {event.id: event for event in events}, {event.voids: event for event in events if event.voids}
    address = kinds.address(kinds.chosen)
    joined = address if address == "?" else f"{address}&"
    context = {
        "section": "agreements",
        "agreement": agreement,
        "view": view,
        "known_at": view.known_at,
        "as_of": view.as_of,
        "proof": proof_of(agreement, events, fault),
        "chips": kinds.chips(events),
        "everything": kinds.address(),
        "chosen": bool(kinds.chosen),
        "entries": [
            Entry(event, _told(teller, event), by_id.get(event.voids) if event.voids else None, voids.get(event.id))
            for event in shown.object_list
        ],
        "may_redact": access.may(user, "redact") and not agreement.legal_hold and not view.past,
        "page": shown,
        "previous": f"{joined}page={shown.previous_page_number()}" if shown.has_previous() else "",
        "following": f"{joined}page={shown.next_page_number()}" if shown.has_next() else "",
    }
    return render(request, "agreements/journal.html", context, status=400 if view.problem else 200)


def _told(teller: Teller, event: Event) -> list[Movement]:
    return [] if event.kind == EntryKind.VOID else list(teller.of(event))
