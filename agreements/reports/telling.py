"""Movements and corrections as cells of tables, and as JSON values; reports that tell them share this."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from agreements.choices import Certainty
from agreements.entry_into_force import day_data
from agreements.reports import frame
from agreements.reports.document import Cell
from agreements.reports.movements import Movement
from agreements.reports.stories import Correction
from agreements.timeline import Event


# ---- cells ----
def when_cell(event: Event, doubt: str = "") -> Cell:
    """Return the date of an event; below it what is doubtful about it, and how firmly its source carries it."""
    return Cell.day(event.on, notes=[*([doubt] if doubt else []), *_firmness(event)])


def _firmness(event: Event) -> list[str]:
    return [str(event.certainty.label)] if event.certainty in (Certainty.INFERRED, Certainty.REPORTED) else []


def kind_cell(movement: Movement) -> Cell:
    """Return what kind of movement it is, with the sign of the stage that a step led to."""
    stage = movement.event.stage
    return Cell(movement.label, stage=stage.value, group=stage.group) if stage else Cell(movement.label)


def recorded_cell(moment: datetime, by: str) -> Cell:
    """Return when something was recorded, and by whom."""
    return Cell(frame.moment_words(moment), notes=[by])


def correction_columns() -> list[str]:
    """Return the heads of the columns of `correction_cells`."""
    return [_("What was said"), _("What is said now"), _("Reason"), _("Recorded")]


def correction_cells(one: Correction) -> list[Cell]:
    """Return what an entry said, what is said now, why, and by whom."""
    if one.closes:
        says = Cell(_("This record was opened by mistake and is closed."))
    elif one.says:
        says = _statement(one.says, one.said.notes)
    else:
        says = Cell(_("Nothing: it was struck out."))
    reason = Cell.of(one.reason) if one.reason.text else Cell(_("The text was redacted."))
    return [_statement([one.said]), says, reason, recorded_cell(one.at, one.by)]


def _statement(said: Sequence[Movement], but: Sequence[str] = ()) -> Cell:
    """Return what an entry says: the sentence, its date, and what stands below, `but` for what was said before."""
    first, *others = said
    notes = [str(first.event.on), *_firmness(first.event), *(note for note in first.notes if note not in but)]
    for other in others:
        notes += [other.sentence.text, *other.notes]
    return Cell.of(first.sentence, notes=notes)


# ---- data, for programs ----
def data(movement: Movement) -> dict[str, Any]:
    """Return a movement as JSON values."""
    event = movement.event
    return {
        "day": day_data(event.on),
        "recorded_at": frame.said_at(event.recorded_at),
        "recorded_by": event.actor_name,
        "code": movement.code,
        "weight": movement.weight.value,
        "label": movement.label,
        "sentence": movement.sentence.text,
        "notes": list(movement.notes),
        "entry": str(event.id),
        "transition": event.transition or None,
        "to_stage": event.to_stage or None,
        "text": event.text,
        "parties": sorted(one.data["party"] for one in (movement.same or (event,)) if "party" in one.data),
        "what": event.what.text or None,
        "place": event.place or None,
        "source": event.source or None,
        "certainty": event.certainty.value,
        "redacted": event.redacted,
    }


def correction_data(one: Correction) -> dict[str, Any]:
    """Return a correction as JSON values: `said`, `says`, `reason`, `closes`, `recorded_at`, `recorded_by`."""
    return {
        "said": data(one.said),
        "says": [data(movement) for movement in one.says],
        "reason": one.reason.text or None,
        "closes": one.closes,
        "recorded_at": frame.said_at(one.at),
        "recorded_by": one.by,
    }
