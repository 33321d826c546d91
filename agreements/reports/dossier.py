"""The dossier of one agreement: everything that is recorded of it, as true on a day and known at a moment.

As JSON: `report`, `as_of`, `known_at`, `language`, `author`, `level`, `filters` (`agreement`), `agreement` (null:
nothing of it is known, or had begun by the day), `corrections` (as the changes report tells them), `closed` (the record
was opened by mistake), `seen_by` (the access levels with which it may be read), `proof` (`intact`, `entries` as the
reader counts, `last_digest`). A *day* is `{iso, earliest, latest, precision}`; null stands for what is not known. Of
the agreement what the portfolio tells of each (`reference`, `title`, `stage`, `since`, ...), and:

- `fields`: every field of the record in words, `{name, label, value}`;
- what the participation report tells of each: `clause`, `entry_into_force`, `ended`, `counts`, `participants`;
- `validity`: null, or `number` (of the period), `last_day`, `renewed_on`, `last_notice`, `expired`, `certain`;
- `documents`: `kind`, `title`, `text`, `level`, `versions` (`number`, `language`, `authenticity`, `dated`,
  `received_from`, `name`, `size`, `sha256`, `recorded_by_mistake`); `missing_texts`: authentic texts, each with `kind`,
  `title`, `text`, `language`;
- `tasks` (null on a past day: which were open then is not kept): `id`, `title`, `side`, `holders`, `step`, `due`,
  `status`, `overdue`, `done_on`, `result`, `law`; `clearances`: movements;
- `commitments`: as the implementation report tells them;
- `undisclosed`: participants more secret than the agreement, as of the day, `party`, `name`, `role`, `level`,
  `remark`;
- `meetings`: as the brief tells them, with `talking_points` and `point_outcome` on this agreement;
- `relations`: `kind`, `inverse` (the other one stands so to this one), `words`, `agreement`, `title`, `stage`;
- `findings`: `code`, `strength`, `sentence`, `day`, `days`, `other`, `quality` (it is about the record);
- `history`, `changes_of_record`: movements as the changes report tells them, with `certain`.
"""

from typing import Any

from django.utils.translation import gettext_lazy

from agreements.attention import QUALITY
from agreements.choices import Ball, TaskStatus
from agreements.entry_into_force import day_data
from agreements.models import Task, UndisclosedParticipant
from agreements.reports import frame, implementation, meetings_facts, telling
from agreements.reports.dossier_facts import Dossier, Folder, Listed, build, holders
from agreements.reports.dossier_words import arrange
from agreements.reports.participation import sheet_data
from agreements.reports.portfolio import agreement_data
from agreements.reports.stories import Moved

__all__ = ["ABOUT", "FILTERS", "REQUIRED", "TITLE", "Dossier", "arrange", "build", "data"]

TITLE = gettext_lazy("Dossier")
ABOUT = gettext_lazy("Everything that is recorded of one agreement: facts, history, participants, documents, meetings.")
#: What the report is about: it must be named.
FILTERS = REQUIRED = ("agreement",)


def data(content: Dossier) -> dict[str, Any]:
    """Return the content as JSON values, in the form that the head of this module describes."""
    return frame.head(content, "agreement", agreement=content.agreement) | {
        "agreement": _folder(content.folder, content) if content.folder else None,
        "corrections": [telling.correction_data(one) for one in content.corrections],
        "closed": content.closed,
        "seen_by": [level.value for level in content.seen_by],
        "proof": {
            "intact": content.proof.intact,
            "entries": content.proof.entries,
            "last_digest": content.proof.last_digest or None,
        },
    }


def _folder(folder: Folder, content: Dossier) -> dict[str, Any]:
    period = folder.facts.period
    return agreement_data(folder.facts) | {
        "fields": [{"name": one.name, "label": one.label, "value": one.value} for one in folder.fields],
        **sheet_data(folder.sheet),
        "validity": {
            "number": period.number,
            "last_day": period.last.isoformat(),
            "renewed_on": period.renews_on.isoformat() if period.renews_on else None,
            "last_notice": period.last_notice.isoformat() if period.last_notice else None,
            "expired": period.expired,
            "certain": period.certain,
        }
        if period
        else None,
        "documents": [
            {
                "kind": item.row.kind,
                "title": item.title.text,
                "text": item.row.text,
                "level": item.row.level,
                "versions": [
                    {
                        "number": one.row.number,
                        "language": one.row.language,
                        "authenticity": one.row.authenticity,
                        "dated": day_data(one.row.dated) if one.row.dated else None,
                        "received_from": one.row.received_from or None,
                        "name": one.row.name,
                        "size": one.row.size,
                        "sha256": one.row.sha256,
                        "recorded_by_mistake": one.is_void,
                    }
                    for one in item.files
                ],
            }
            for item in folder.documents
        ],
        "missing_texts": [
            {"kind": item.row.kind, "title": item.title.text, "text": item.row.text, "language": cell.column.code}
            for item, cells in folder.languages.rows
            for cell in cells
            if cell.missing
        ],
        "tasks": None if folder.tasks is None else [_task(task, content) for task in folder.tasks],
        "clearances": [_moved(one) for one in folder.clearances],
        "commitments": [implementation.data_of(one) for one in folder.commitments],
        "undisclosed": [_undisclosed(one) for one, _level in folder.undisclosed],
        "meetings": [_meeting(one, content) for one in folder.meetings],
        "relations": [
            {
                "kind": one.kind.value,
                "inverse": one.inverse,
                "words": one.words,
                "agreement": one.facts.reference,
                "title": dict(one.facts.titles),
                "stage": one.facts.stage.value if one.facts.stage else None,
            }
            for one in folder.relations
        ],
        "findings": [
            {
                "code": one.code,
                "strength": one.strength,
                "sentence": one.sentence,
                "day": day_data(one.day) if one.day else None,
                "days": one.days,
                "other": one.other or None,
                "quality": one.code in QUALITY,
            }
            for one in folder.findings
        ],
        "history": [_moved(one) for one in folder.history],
        "changes_of_record": [_moved(one) for one in folder.changes],
    }


def _moved(one: Moved) -> dict[str, Any]:
    return {"certain": one.certain, **telling.data(one.movement)}


def _task(task: Task, content: Dossier) -> dict[str, Any]:
    return {
        "id": str(task.pk),
        "title": dict(task.title_texts),
        "side": Ball(task.side).value,
        "holders": list(holders(task)),
        "step": task.transition or None,
        "due": day_data(task.due) if task.due else None,
        "status": TaskStatus(task.status).value,
        "overdue": task.is_overdue(content.as_of),
        "done_on": day_data(task.done_on) if task.done_on else None,
        "result": task.result or None,
        "law": dict(task.law_texts),
    }


def _undisclosed(one: UndisclosedParticipant) -> dict[str, Any]:
    told = {"party": one.party.code, "name": one.party.names}
    return told | {"role": one.role, "level": one.level, "remark": one.remark}


def _meeting(one: Listed, content: Dossier) -> dict[str, Any]:
    told = meetings_facts.data(one.meeting, content.as_of) or {}
    held = one.meeting.held_by(content.as_of)
    return told | {
        "talking_points": one.point.talking_points or None,
        "point_outcome": (one.point.outcome or None) if held else None,
    }
