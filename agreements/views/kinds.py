"""Which entries of a journal are shown: kinds that a reader chooses by links, kept in the address."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy, pgettext_lazy

from agreements.choices import EntryKind
from agreements.timeline import Event

#: The kinds from which a reader chooses, by the names that the address has for them.
KINDS: Mapping[str, tuple[object, Collection[EntryKind]]] = {
    "steps": (gettext_lazy("Steps"), (EntryKind.OPEN, EntryKind.STEP, EntryKind.HOLD, EntryKind.RELEASE)),
    "acts": (gettext_lazy("Acts of participants"), (EntryKind.ACTION,)),
    "documents": (gettext_lazy("Documents and clearances"), (EntryKind.DOCUMENT, EntryKind.CLEARANCE)),
    "notes": (gettext_lazy("Notes"), (EntryKind.NOTE,)),
    "tasks": (gettext_lazy("Tasks"), (EntryKind.TASK,)),
    "edits": (gettext_lazy("Changes of data"), (EntryKind.EDIT, EntryKind.MARKING)),
    "shares": (gettext_lazy("Shares"), (EntryKind.ACCESS,)),
    "corrections": (pgettext_lazy("of entries", "Corrections"), (EntryKind.VOID, EntryKind.REDACTION)),
}


class Chip(NamedTuple):
    """A kind that can be chosen: its words, how many entries are of it, the address that chooses it or leaves it."""

    label: str
    number: int
    address: str
    chosen: bool


@dataclass(frozen=True)
class Kinds:
    """What a reader has chosen; nothing means everything. `rest` is what else the address carries."""

    chosen: frozenset[str]
    rest: QueryDict

    @classmethod
    def read(cls, request: HttpRequest) -> "Kinds":
        """Read the choice from the address; what is no kind is left out."""
        rest = request.GET.copy()
        for name in ("kind", "page"):
            rest.pop(name, None)
        return cls(frozenset(request.GET.getlist("kind")) & KINDS.keys(), rest)

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What a form must send along to keep what the address says."""
        kept = [(name, value) for name, values in self.rest.lists() for value in values]
        return [*kept, *(("kind", name) for name in KINDS if name in self.chosen)]

    def wants(self, name: str) -> bool:
        """Whether a kind is to be shown."""
        return not self.chosen or name in self.chosen

    def takes(self, event: Event) -> bool:
        """Whether an event is to be shown; what was struck out is a part of the correction, too."""
        if not self.chosen:
            return True
        kinds = {kind for name in self.chosen for kind in KINDS[name][1]}
        return event.kind in kinds or (event.voided and "corrections" in self.chosen)

    def chips(self, events: Iterable[Event], anchor: str = "") -> list[Chip]:
        """Return the kinds of which there are any, each with the address in which it is chosen or no longer so."""
        told = list(events)
        counts = {name: sum(event.kind in kinds for event in told) for name, (_label, kinds) in KINDS.items()}
        shown = [name for name in KINDS if counts[name] or name in self.chosen]
        if len(shown) < 2 and not self.chosen:
            return []
        return [
            Chip(str(KINDS[name][0]), counts[name], self.address(self.chosen ^ {name}, anchor), name in self.chosen)
            for name in shown
        ]

    def address(self, chosen: Collection[str] = (), anchor: str = "") -> str:
        """Return the query of an address with some kinds chosen, beside what it carries already."""
        query = self.rest.copy()
        query.setlist("kind", [name for name in KINDS if name in chosen])
        told = query.urlencode()
        return (f"?{told}" if told else "?") + anchor
