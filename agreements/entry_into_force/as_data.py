"""The answer to a clause as JSON values, for programs: codes, ISO dates, numbers; words in the language asked for."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from agreements.choices import ActionKind
from agreements.dates import FuzzyDate
from agreements.entry_into_force.explaining import Speaker, explain, explain_party, outlined
from agreements.entry_into_force.needs import Need
from agreements.entry_into_force.outcome import Outcome, PartyDate
from agreements.tracks import BINDING_SIGNATURE


def to_data(outcome: Outcome, names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return an outcome as JSON values; the form is documented in docs/clauses.md."""
    speaker = Speaker(outcome.participants, names)
    return {
        "on": outcome.on.isoformat(),
        "met": outcome.met,
        "possibly_met": outcome.possibly_met,
        "in_force": outcome.in_force,
        "trigger": None
        if outcome.trigger is None
        else {
            **day_data(outcome.trigger),
            "parties": [{"code": code, "name": speaker.name(code)} for code in outcome.by],
            "certain": outcome.certain,
        },
        "date": outcome.date and day_data(outcome.date),
        "missing": outcome.need and need_data(outcome.need, speaker),
        "supposing": outcome.supposing.isoformat(),
        "earliest": outcome.earliest.isoformat() if outcome.earliest and outcome.earliest != date.max else None,
        "provisional_application": outcome.provisional and day_data(outcome.provisional),
        "applied_by": [
            {"code": code, "name": speaker.name(code), "since": day_data(day)}
            for code, day in sorted(outcome.applied_by.items())
        ],
        "problems": [{"code": code, "name": name} for code, name in outcome.problems],
        "explanation": explain(outcome, names),
        "parties": [party_data(outcome, entry, speaker, names) for entry in outcome.parties],
    }


def party_data(
    outcome: Outcome, entry: PartyDate, speaker: Speaker, names: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return one span of one party."""
    return {
        "code": entry.party,
        "name": speaker.name(entry.party),
        "kind": entry.act.kind.value,
        "consent": day_data(entry.on),
        "rule": entry.rule,
        "date": entry.date and day_data(entry.date),
        "stated": entry.stated and day_data(entry.stated),
        "conflict": entry.conflict,
        "notice_from": entry.notice_from and day_data(entry.notice_from),
        "until": entry.until and day_data(entry.until),
        "explanation": explain_party(outcome, entry, names),
    }


def need_data(need: Need, speaker: Speaker) -> dict[str, Any]:
    """Return what is missing; `words` says the same in sentences."""
    found: dict[str, Any] = {"kind": need.kind, "by": need.by.isoformat() if need.by else None}
    match need.kind:
        case "all" | "any":
            if need.kind == "any":
                found["number"] = int(need.lacking)
            found["parts"] = [need_data(part, speaker) for part in need.parts]
        case "date":
            found["name"] = need.name
        case _:
            found |= {
                "needed": _number(need.needed),
                "have": _number(need.have),
                "lacking": _number(need.lacking),
                "kinds": _kinds(need),
                "candidates": None
                if need.candidates is None
                else [{"code": code, "name": speaker.name(code)} for code in need.candidates],
                "enough": list(need.enough),
                "unsure": list(need.unsure),
            }
            if need.kind == "weight":
                found |= {"table": need.name, "total": _number(need.total)}
    found["words"] = outlined(speaker.need(need))
    return found


def _kinds(need: Need) -> list[str] | None:
    kinds = need.acts.kinds
    return [ActionKind.SIGNATURE.value] if BINDING_SIGNATURE in (kinds or ()) else list(kinds) if kinds else None


def day_data(day: FuzzyDate) -> dict[str, Any]:
    """Return a date: its shortest ISO form, its bounds (null where there is none) and its precision."""
    return {
        "iso": day.iso,
        "earliest": None if day.earliest == date.min else day.earliest.isoformat(),
        "latest": None if day.latest == date.max else day.latest.isoformat(),
        "precision": day.precision.value,
    }


def _number(value: Fraction) -> int | str:
    """Return a whole number, or a decimal as text."""
    return int(value) if value.denominator == 1 else f"{float(value):.6f}".rstrip("0").rstrip(".")
