"""The brief: what a minister reads before a meeting, or on a partner, on one or two pages.

As JSON: `report`, `as_of`, `known_at`, `language`, `author`, `level`, `filters` (`meeting`, `with`, `area`: key, codes,
or null), then what follows. A *day* is `{iso, earliest, latest, precision}`; null stands for what is not known; texts
are objects by language, sentences are in the language of the report.

- `own_side` and `partners`: `code`, `name`; no partners: the brief is on all of them;
- `meeting`, `next_meeting`, `last_meeting`: null, or a meeting as `meetings_facts.data` tells it; the last two are told
  where no meeting was asked for;
- `summary`: `agreements`, `on_agenda`, `by_stage`, `sentence`, `alert` (null, or `agreement`, `code`, `sentence`);
- `points`, `expected`: what to raise, and what the other side may raise: `agreement` (null: of none), `title`,
  `sentences`, `draft` (written by Pacta from the record, not by a person);
- `outcomes`: what came of the meeting: `agreement` (null: of the whole), `title`, `text` and the `language` it is in;
- `agreements`: what the portfolio tells of each, with `on_agenda`, `procedure_steps` (null, or `at`, `of`), `happened`
  (null, or `label`, `on`, `place`), `open_tasks` (null on a past day, or lists `own` and `other` of `task`, `due`),
  `findings` (`code`, `strength`, `sentence`);
- `others`: the agreements that have a line each: `reference`, `title`, `stage`, `stage_label`, `since`, `next_step`;
  `others_left_out`: how many more there are;
- `coming`: `kind` (`meeting`, `sign`, `enter_into_force`, `validity`, `notice`), `on`, `agreement`, `meeting`, `title`,
  `by_clause`; `coming_left_out`: how many more there are;
- `indicators`: as in the portfolio, those that are shown.
"""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from agreements.attention import title_of
from agreements.choices import Ball
from agreements.dates import FuzzyDate
from agreements.entry_into_force import day_data
from agreements.reports import figures, frame, meetings_facts, numerals
from agreements.reports.brief_facts import COMING, Brief, Coming, Said, build
from agreements.reports.brief_words import arrange
from agreements.reports.portfolio import agreement_data
from agreements.reports.talking_points import Case, Owed

__all__ = ["ABOUT", "FILTERS", "TITLE", "Brief", "arrange", "build", "data"]

TITLE = pgettext_lazy("report", "Brief")
ABOUT = gettext_lazy(
    "What to know and what to say before a meeting, or on a partner: where each agreement stands, what happened last, "
    "what comes next, key figures; on one or two pages."
)
#: What the report can be narrowed to.
FILTERS = ("meeting", "party", "area")


def data(content: Brief) -> dict[str, Any]:
    """Return the content as JSON values: codes, ISO dates, sentences in the reader's language."""
    day = content.as_of
    return frame.head(content, "brief", meeting=content.asked_meeting, party=content.party, area=content.area) | {
        "own_side": {"code": content.own_side[0], "name": dict(content.own_side[1])},
        "partners": [{"code": code, "name": dict(names)} for code, names in content.partners],
        "meeting": meetings_facts.data(content.meeting, day),
        "next_meeting": meetings_facts.data(content.next_meeting, day),
        "last_meeting": meetings_facts.data(content.last_meeting, day),
        "summary": _summary(content),
        "points": [_said(one) for one in content.points],
        "expected": [_said(one) for one in content.expected],
        "outcomes": [
            {
                "agreement": one.reference or None,
                "title": dict(one.title),
                "text": one.said.text,
                "language": one.said.language,
            }
            for one in content.outcomes
        ],
        "agreements": [_agreement(case, tasks_told=content.tasks_told) for case in content.agreements],
        "others": [_other(case) for case in content.others],
        "others_left_out": content.others_left,
        "coming": [_coming(one) for one in content.coming[:COMING]],
        "coming_left_out": max(0, len(content.coming) - COMING),
        "indicators": [figures.data(item) for item in content.indicators],
    }


def _summary(content: Brief) -> dict[str, Any]:
    by_stage: dict[str, int] = {}
    for (stage, _binding), count in content.by_stage.items():
        code = stage.value if stage else "perhaps_begun"
        by_stage[code] = by_stage.get(code, 0) + count
    finding = content.alert[0] if content.alert else None
    return {
        "agreements": content.total,
        "on_agenda": content.on_agenda,
        "by_stage": by_stage,
        "sentence": numerals.standing(content.by_stage) if content.total else "",
        "alert": {"agreement": finding.reference, "code": finding.code, "sentence": finding.sentence}
        if finding
        else None,
    }


def _said(said: Said) -> dict[str, Any]:
    return {
        "agreement": said.reference or None,
        "title": dict(said.title),
        "sentences": list(said.sentences),
        "draft": said.draft,
    }


def _agreement(case: Case, *, tasks_told: bool) -> dict[str, Any]:
    steps, last = case.facts.steps, case.last
    return agreement_data(case.facts) | {
        "on_agenda": case.on_agenda,
        "procedure_steps": {"at": steps.at, "of": steps.of} if steps else None,
        "happened": {"label": last.label.text, "on": day_data(last.on), "place": last.place} if last else None,
        "open_tasks": {"own": _tasks(case.tasks(Ball.OWN)), "other": _tasks(case.tasks(Ball.OTHER))}
        if tasks_told
        else None,
        "findings": [{"code": one.code, "strength": one.strength, "sentence": one.sentence} for one in case.findings],
    }


def _tasks(tasks: Iterable[Owed]) -> list[dict[str, Any]]:
    return [{"task": dict(task.title), "due": _day(task.due)} for task in tasks]


def _day(when: FuzzyDate | None) -> dict[str, Any] | None:
    return day_data(when) if when else None


def _other(case: Case) -> dict[str, Any]:
    facts = case.facts
    return {
        "reference": facts.reference,
        "title": dict(title_of(case.seen)),
        "stage": facts.stage.value if facts.stage else None,
        "stage_label": facts.stage_label or None,
        "since": _day(facts.since),
        "next_step": facts.next_step or None,
    }


def _coming(coming: Coming) -> dict[str, Any]:
    return {
        "kind": coming.kind,
        "on": day_data(coming.on),
        "agreement": coming.reference or None,
        "meeting": str(coming.meeting.id) if coming.meeting else None,
        "title": dict(coming.title),
        "by_clause": coming.by_clause,
    }
