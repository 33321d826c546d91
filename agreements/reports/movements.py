"""What moves an agreement, told in sentences: a fixed one for each kind of entry, and the recorder's own words below.

Names stand in the nominative, as in all sentences of Pacta: "Kazakhstan: ratification".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from agreements import iso639
from agreements.changes import NOTHING, Change, Dictionary
from agreements.choices import (
    ActionKind,
    Certainty,
    EntryKind,
    Manner,
    Stage,
    Transition,
)
from agreements.dates import FuzzyDate
from agreements.models import Agreement
from agreements.models.base import Journalled
from agreements.places import place_words
from agreements.timeline import Event, gathered
from agreements.words import Worded


class Weight(StrEnum):
    """How much a movement matters: a step, what is done beside the steps, what is done to the record."""

    STEP = "step"
    ACT = "act"
    RECORD = "record"

    @property
    def order(self) -> int:
        """Its place in a list, the weightiest first."""
        return list(Weight).index(self)


@dataclass(frozen=True)
class Movement:
    """One entry of the journal as it is told; of several acts that are alike, `same` are all of them.

    `code` names the kind for programs: that of the entry, or `entry_into_force`, `plan`, `effect`. The sentence is in
    the reader's language, or in that of the recorder where it is only his words.
    """

    event: Event
    code: str
    weight: Weight
    label: str
    sentence: Worded
    notes: Sequence[str] = ()
    same: Sequence[Event] = ()


#: The plans of an agreement: columns that say what is to come.
_PLANS = ("planned_signing", "planned_entry_into_force", "valid_from", "valid_until", "renewal_years", "notice_months")
#: A value that is longer is not told, only that it changed.
_LONGEST = 160

_SIGNED: Mapping[str, Promise] = {
    "": gettext_lazy("The text was signed."),
    Manner.SIGNED: gettext_lazy("The text was signed."),
    Manner.ENDORSED: gettext_lazy("The text was endorsed."),
    Manner.ADOPTED: gettext_lazy("The text was adopted."),
    Manner.LAUNCHED: gettext_lazy("It was launched."),
    Manner.EXCHANGE_OF_NOTES: gettext_lazy("Notes were exchanged."),
}
#: What each step does; signing is told by its manner, the entry into force by whether the instrument binds.
_STEPS: Mapping[Transition, Promise] = {
    Transition.AUTHORISE: gettext_lazy("Authority to negotiate was given."),
    Transition.OPEN_NEGOTIATIONS: gettext_lazy("Talks began."),
    Transition.INITIAL: gettext_lazy("The text was initialled."),
    Transition.PREPARE_SIGNING: gettext_lazy("Preparation for signing began."),
    Transition.SUBMIT_FOR_RATIFICATION: gettext_lazy("Ratification began."),
    Transition.SUSPEND: gettext_lazy("Its operation was suspended."),
    Transition.RESUME: gettext_lazy("Its operation was resumed."),
    Transition.TERMINATE: gettext_lazy("It was terminated."),
    Transition.EXPIRE: gettext_lazy("Its validity expired."),
    Transition.SUPERSEDE: gettext_lazy("It was superseded by another."),
    Transition.WITHDRAW: gettext_lazy("It was withdrawn."),
    Transition.REOPEN: gettext_lazy("Talks on a new text began."),
}
_IN_FORCE = (gettext_lazy("It took effect."), gettext_lazy("It entered into force."))
#: The step by which an agreement comes to the stage with which its record begins.
_BEGUN: Mapping[Stage, Transition] = {
    Stage.MANDATED: Transition.AUTHORISE,
    Stage.NEGOTIATING: Transition.OPEN_NEGOTIATIONS,
    Stage.INITIALLED: Transition.INITIAL,
    Stage.SIGNING: Transition.PREPARE_SIGNING,
    Stage.SIGNED: Transition.SIGN,
    Stage.RATIFYING: Transition.SUBMIT_FOR_RATIFICATION,
    Stage.IN_FORCE: Transition.ENTER_INTO_FORCE,
    Stage.SUSPENDED: Transition.SUSPEND,
    Stage.TERMINATED: Transition.TERMINATE,
    Stage.EXPIRED: Transition.EXPIRE,
    Stage.SUPERSEDED: Transition.SUPERSEDE,
    Stage.WITHDRAWN: Transition.WITHDRAW,
}
_PROPOSED = gettext_lazy("It was proposed.")
_ACTS = (EntryKind.HOLD, EntryKind.RELEASE, EntryKind.ACTION, EntryKind.CLEARANCE, EntryKind.NOTE)


class Teller:
    """Tells events of agreements in sentences; the names behind what was changed are read once for all of them."""

    def __init__(self, words: Dictionary, *, binding: bool) -> None:
        self.words, self.binding = words, binding

    def movements(self, told: Iterable[Event]) -> list[Movement]:
        """Return the movements in the order of the events; corrections are left to who shows them as such."""
        kept = [event for event in told if event.kind != EntryKind.VOID]
        return [movement for event, same in gathered(kept) for movement in self.of(event, same)]

    def of(self, event: Event, same: Sequence[Event] = ()) -> Iterator[Movement]:
        """Yield what an event is told as: a change of plans and of other data are two movements."""
        if event.kind == EntryKind.EDIT:
            yield from self._edited(event)
            return
        sentence = self.sentence(event, same)
        yield Movement(
            event=event,
            code="entry_into_force" if event.transition == Transition.ENTER_INTO_FORCE else event.kind.value,
            weight=Weight.STEP if event.stage else Weight.ACT if event.kind in _ACTS else Weight.RECORD,
            label=event.label if event.stage else str(event.kind.label),
            sentence=sentence,
            notes=list(self._notes(event, sentence, same)),
            same=same,
        )

    def effect(self, event: Event, when: FuzzyDate) -> Movement:
        """Return that an act of a participant takes effect, on a day of its own."""
        said = {"party": event.party.text, "act": _lower(str(ActionKind(event.data["act"]).label))}
        return Movement(
            event=replace(event, on=when, certainty=Certainty.FIRM, effective=None),
            code="effect",
            weight=Weight.ACT,
            label=str(event.kind.label),
            sentence=Worded(_("%(party)s: %(act)s takes effect.") % said, ""),
            notes=[_("act of: %(day)s") % {"day": event.on}],
        )

    # ---- sentences ----
    def sentence(self, event: Event, same: Sequence[Event] = ()) -> Worded:
        """Return the sentence for an event, whatever it changed."""
        match event.kind:
            case EntryKind.NOTE if event.what.text:
                return event.what
            case EntryKind.NOTE:
                words = _("A note; its text was redacted.") if event.redacted else str(event.kind.label)
            case EntryKind.OPEN | EntryKind.STEP:
                words = self._step(event)
            case EntryKind.HOLD:
                words = _("Work was put on hold.")
            case EntryKind.RELEASE:
                words = _("Work was resumed.")
            case EntryKind.ACTION:
                words = self._act(event, same)
            case EntryKind.DOCUMENT:
                words = self._document(event)
            case EntryKind.TASK:
                words = f"{event.label}: {event.what.text}" if event.what.text else event.label
            case EntryKind.REDACTION:
                words = _("The text of an entry was redacted.")
            case _:
                words = event.label
        return Worded(words, "")

    def _step(self, event: Event) -> str:
        if event.kind == EntryKind.STEP:
            name = Transition(event.transition)
        elif event.stage is None or event.stage == Stage.PROPOSED:
            return str(_PROPOSED)
        else:
            name = _BEGUN[event.stage]
        if name == Transition.ENTER_INTO_FORCE:
            return str(_IN_FORCE[self.binding])
        if name == Transition.SIGN:
            return str(_SIGNED[event.data.get("manner", "")])
        if name == Transition.SUPERSEDE and event.successor:
            return _("It was superseded by another: %(successor)s.") % {"successor": event.successor.short_title.text}
        return str(_STEPS[name])

    def _act(self, event: Event, same: Sequence[Event]) -> str:
        act = _lower(str(ActionKind(event.data["act"]).label))
        if not same:
            return _("%(party)s: %(act)s.") % {"party": event.party.text, "act": act}
        words = ngettext("%(number)s participant: %(act)s.", "%(number)s participants: %(act)s.", len(same))
        return words % {"number": len(same), "act": act}

    def _document(self, event: Event) -> str:
        file = event.data.get("file")
        if not file:
            return _("A document was cited: %(document)s.") % {"document": event.label}
        return _("A document was kept: %(document)s, version %(number)s (%(language)s).") % {
            "document": event.label,
            "number": file["version"],
            "language": iso639.name(file["language"]),
        }

    # ---- what is said below the sentence ----
    def _notes(self, event: Event, sentence: Worded, same: Sequence[Event]) -> Iterator[str]:
        if same:
            yield ", ".join(one.party.text for one in same)
        said = f"{sentence.text} {event.label}".casefold()
        if event.what.text and event.kind != EntryKind.TASK and event.what.text.rstrip(".").casefold() not in said:
            yield event.what.text
        elif event.redacted and event.kind != EntryKind.NOTE:
            yield _("The text was redacted.")
        if event.reason.text:
            yield event.reason.text
        if event.on_behalf_of:
            yield _("Recorded in place of %(name)s.") % {"name": event.on_behalf_of}
        yield from (change.words for change in self._changes(event))
        details = "; ".join(_details(event))
        source = _("Source: %(source)s") % {"source": event.source} if event.source else ""
        if details or source:
            yield ". ".join(part for part in (details[:1].upper() + details[1:], source) if part)

    def _edited(self, event: Event) -> Iterator[Movement]:
        told = self._changes(event)
        plans = [change for change in told if change.name in _PLANS]
        others = [change for change in told if change.name not in _PLANS]
        reason = [event.reason.text] if event.reason.text else []
        for code, weight, label, kept in (
            ("plan", Weight.ACT, str(_PLAN), plans),
            ("edit", Weight.RECORD, str(EntryKind.EDIT.label), others),
        ):
            if kept:
                first, *rest = [change.words for change in kept]
                yield Movement(event, code, weight, label, Worded(first, ""), [*rest, *reason])
        if not told:
            words = _("The text was redacted.") if event.redacted else str(EntryKind.EDIT.label)
            yield Movement(event, "edit", Weight.RECORD, str(EntryKind.EDIT.label), Worded(words, ""), reason)

    def _changes(self, event: Event) -> list["Told"]:
        return told_changes(Agreement, event.changes, self.words)


def told_changes(model: type[Journalled], changes: Mapping[str, Any], words: Dictionary) -> list["Told"]:
    """Return what an entry changed of a record, each column and each list by itself, as far as the user may see."""
    columns = [column.name for column in model._meta.fields]
    order = sorted(changes, key=lambda name: columns.index(name) if name in columns else len(columns))
    return [
        Told(name, change, listed=any(isinstance(side, list) for side in changes[name]))
        for name in order
        for change in words.changes(model, {name: changes[name]})
    ]


_PLAN = pgettext_lazy("movement", "Plan")


@dataclass(frozen=True)
class Told:
    """A change of one column or list, in words."""

    name: str
    change: Change
    listed: bool = False

    @property
    def words(self) -> str:
        """What it was and what it is; of a list, what came and what went; of what is long, only that it changed."""
        change = self.change
        told = {"label": change.label, "before": change.before, "after": change.after}
        if max(len(change.before), len(change.after)) > _LONGEST:
            return _("%(label)s: changed") % told
        if change.before == NOTHING:
            return (_("%(label)s: added – %(after)s") if self.listed else _("%(label)s: %(after)s")) % told
        if change.after == NOTHING:
            return (
                _("%(label)s: taken out – %(before)s") if self.listed else _("%(label)s: was %(before)s, now none")
            ) % told
        if self.listed:
            return _("%(label)s: taken out – %(before)s; added – %(after)s") % told
        return _("%(label)s: was %(before)s, now %(after)s") % told


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _details(event: Event) -> Iterator[str]:
    """Yield what else is known of an event, and what is not certain or not usual about it."""
    yield from (text for text in (place_words(event.place), event.acting) if text)
    if event.text > 1:
        yield _("text %(number)s") % {"number": event.text}
    if round_of_talks := event.data.get("round"):
        yield _("round of talks %(number)s") % {"number": round_of_talks}
    if event.kind == EntryKind.ACTION and event.manner:
        yield event.manner
    if event.scope.text:
        yield event.scope.text
    if event.received and event.received != event.on:
        yield _("received %(day)s") % {"day": event.received}
    if event.effective and event.effective != event.on:
        yield _("effective %(day)s") % {"day": event.effective}
    if event.legal_basis:
        yield event.legal_basis
    if event.evidence:
        yield _("evidence: %(evidence)s") % {"evidence": event.evidence}
    if event.stated_elsewhere:
        yield _("%(source)s: %(date)s") % {"source": event.stated_by, "date": event.stated_elsewhere}
    if event.kind == EntryKind.OPEN:
        yield _("the record begins with it")
    if event.out_of_procedure:
        yield _("out of procedure")
    if event.retroactive:
        yield _("reaches back before the step that precedes it")
