"""The reminders that hold under a procedure, in words: of what, when, to whom, and who says so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from agreements import reminders
from agreements.procedures import Procedure
from agreements.reminders import Recipient, Source, Step, Thing

_THINGS = {
    Thing.TASK: gettext_lazy("An open task: its last possible day"),
    Thing.NOTICE: gettext_lazy("The last day for notice against renewal"),
    Thing.END: gettext_lazy("The last day of validity"),
}
_RECIPIENTS = {
    Recipient.RESPONSIBLE: pgettext_lazy("reminded", "the responsible person"),
    Recipient.OFFICER: pgettext_lazy("reminded", "the officer"),
    Recipient.HEAD: pgettext_lazy("reminded", "the head of the unit"),
    Recipient.TREATY_DEPARTMENT: pgettext_lazy("reminded", "the treaty department"),
    Recipient.NOBODY: pgettext_lazy("reminded", "nobody"),
}
_SOURCES = {
    Source.MINISTRY: gettext_lazy("set by the ministry"),
    Source.PROCEDURE: gettext_lazy("set by this procedure"),
    Source.PACTA: gettext_lazy("the usual ones"),
}


@dataclass(frozen=True)
class Reminded:
    """Of what people are reminded: when and whom, and who says so."""

    thing: str
    source: str
    steps: Sequence[tuple[str, str]]


def reminders_of(rules: Procedure) -> list[Reminded]:
    """Return the reminders that hold under a procedure, of each thing, the earliest first."""
    known = reminders.load(settings.REMINDERS_FILE)
    found = []
    for thing in Thing:
        source, steps = known.of(thing, rules.code, rules.reminders)
        told = [(when(step), to_whom(step)) for step in steps]
        found.append(Reminded(str(_THINGS[thing]), str(_SOURCES[source]), told))
    return found


def in_words(steps: Iterable[Step]) -> str:
    """Write what a procedure says itself of reminders, as a text; nothing if it says nothing."""
    return "; ".join(f"{_THINGS[step.thing]}: {when(step)} – {to_whom(step)}" for step in steps)


def when(step: Step) -> str:
    """Write when a reminder comes."""
    if step.ahead > 0:
        return ngettext("%(number)s day before", "%(number)s days before", step.ahead) % {"number": step.ahead}
    if step.ahead < 0:
        return ngettext("%(number)s day after", "%(number)s days after", -step.ahead) % {"number": -step.ahead}
    return pgettext("reminder", "on the day")


def to_whom(step: Step) -> str:
    """Write who is reminded."""
    return ", ".join(str(_RECIPIENTS[recipient]) for recipient in step.to)
