"""What the page tells beside the stage: the history in chapters, the corrections, the acts of participants."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from agreements import clock
from agreements.choices import ActionKind, EntryKind, Role, Stage
from agreements.timeline import Event
from agreements.words import Texts, Worded, pick

#: What the history leaves out: it stands in panels of its own.
_ASIDE = (EntryKind.VOID, EntryKind.EDIT, EntryKind.REDACTION)


# ---- chapters ----
@dataclass(frozen=True)
class Chapter:
    """A part of the history: one text, or what was before the talks; without a title where there is only one."""

    title: str
    span: str
    events: Sequence[Event]


def chapters(events: Sequence[Event], *, text: int, over: bool) -> list[Chapter]:
    """Cut what happened into chapters, the latest first; `text` is the present one, `over` says that life has ended."""
    told = [event for event in events if event.kind not in _ASIDE and not event.voided]
    if text == 1:
        return [Chapter("", "", told)] if told else []
    opening = next((event for event in reversed(told) if event.stage == Stage.NEGOTIATING), None)
    before = told[told.index(opening) + 1 :] if opening else []
    talks = [event for event in told if event not in before]
    found = []
    for number in range(text, 0, -1):
        part = [event for event in talks if event.text == number]
        if part:
            found.append(Chapter(_title(number, text), _span(part, lasts=number == text and not over), part))
    if before:
        found.append(Chapter(_("Before the talks"), _span(before), before))
    return found


def possibly(events: Iterable[Event], as_of: date) -> frozenset[UUID]:
    """Return the events that had perhaps, but not certainly, happened by a past day.

    What is placed before something that had certainly happened had happened too, whatever its own date.
    """
    if as_of >= clock.today():  # by today all that is recorded has happened, however vague its date
        return frozenset()
    kept = list(events)
    certain = [event.position or 0 for event in kept if not event.voided and event.on.certainly_by(as_of)]
    reached = max(certain, default=0)
    return frozenset(
        event.id
        for event in kept
        if not event.on.certainly_by(as_of) and (event.position is None or event.position > reached)
    )


def _title(number: int, text: int) -> str:
    names = {1: _("First text"), 2: _("Second text"), 3: _("Third text")}
    name = names.get(number) or _("Text %(number)s") % {"number": number}
    return name if number == text else _("%(text)s, given up") % {"text": name}


def _span(part: Sequence[Event], *, lasts: bool = False) -> str:
    """Return the years from the first event to the last one, as far as days are known."""
    days = [day for event in part for day in (event.on.earliest, event.on.latest) if day not in (date.min, date.max)]
    if not days:
        return ""
    first, last = min(days).year, max(days).year
    if lasts:
        return _("%(year)s – now") % {"year": first}
    return str(first) if first == last else f"{first} – {last}"


# ---- corrections ----
@dataclass(frozen=True)
class Correction:
    """An entry that no longer counts, and what stands in its place if anything does."""

    event: Event
    replacement: Event | None


def corrections(events: Sequence[Event]) -> list[Correction]:
    """Return what was voided, the latest in life first."""
    replaced = {event.replaces: event for event in events if event.replaces}
    return [Correction(event, replaced.get(str(event.id))) for event in events if event.voided]


# ---- participants ----
@dataclass(frozen=True)
class Participation:
    """A participant and what is recorded of it: full powers, signature, consent to be bound."""

    name: Worded
    own: bool
    role: str
    cells: Sequence[tuple[str, Sequence[Event]]]


#: The acts that each column of the table shows.
_COLUMNS = (ActionKind.authorities(), [ActionKind.SIGNATURE], ActionKind.consents())


def participations(
    parties: Iterable[tuple[str, Texts]], roles: Mapping[str, str], events: Sequence[Event]
) -> list[Participation]:
    """Return the participants, the own side first, each with its acts that were not voided."""
    acts = [event for event in events if event.kind == EntryKind.ACTION and not event.voided]
    labels = (_("Full powers"), _("Signature"), _("Consent to be bound"))
    found = []
    for code, names in parties:
        done = [event for event in acts if event.data.get("party") == code]
        found.append(
            Participation(
                name=pick(names),
                own=code == settings.OWN_SIDE,
                role=str(Role(roles[code]).label) if code in roles else "",
                cells=[
                    (label, [event for event in done if event.data["act"] in kinds])
                    for label, kinds in zip(labels, _COLUMNS, strict=True)
                ],
            )
        )
    return sorted(found, key=lambda item: (not item.own, item.name.text))


#: How many participants of which nothing is recorded still have a row of their own.
_ROWS = 6


def silent(found: Sequence[Participation]) -> tuple[list[Participation], list[tuple[str, list[Worded]]]]:
    """Take apart the participants that need a row, and the names of those that do not, by role."""
    without = [item for item in found if not item.own and not any(acts for _label, acts in item.cells)]
    if len(without) <= _ROWS:
        return list(found), []
    roles = dict.fromkeys(item.role for item in without)
    return (
        [item for item in found if item not in without],
        [(role, [item.name for item in without if item.role == role]) for role in roles],
    )
