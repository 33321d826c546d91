"""The index of the long page of an agreement: its parts in their order, with how much there is in each."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _


class Part(NamedTuple):
    """A part of the page: its anchor, its heading, how many things it holds; None where they are not counted."""

    anchor: str
    title: str
    number: int | None = None


def contents(page: Mapping[str, Any]) -> list[Part]:
    """Return the parts of the page that are there, by what the page has been given to show."""
    return list(_parts(page))


def _parts(page: Mapping[str, Any]) -> Iterator[Part]:
    facts, entry, tasks = page["facts"], page["entry"], page["tasks"]
    if page["choices"]:
        yield Part("next", _("Next step"))
    elif page["view"].past:
        yield Part("stood", _("Where it stood"))
    if tasks or (page["may_record"] and page["choices"]):
        yield Part("tasks", _("Tasks"), len(tasks.open) if tasks else 0)
    told = entry.clause or entry.problem or entry.wording.text
    force = Part("entry-into-force", _("Entry into force") if facts.binding else _("Entry into effect"))
    if told:
        yield force
    if page["period"]:
        yield Part("period", _("Period of validity"))
    yield Part("participants", _("Participants"), page["participants"].count)
    yield Part("documents", _("Documents"), len(page["documents"]))
    yield Part("meetings", _("Meetings"), len(page["meetings"]))
    if page["commitments"] or page["may_commit"]:
        yield Part("commitments", _("Commitments"), len(page["commitments"]))
    yield Part("history", _("History"))
    if facts.binding and not told:
        yield force
    yield Part("dates", _("Key dates"))
    yield Part("about", _("About"))
    yield Part("relations", _("Relations"), len(page["relations"]))
    yield Part("journal", _("Journal"), page["proof"].count)
