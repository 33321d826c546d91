"""What tests of the life of agreements share."""

from collections.abc import Callable
from typing import Any

import pytest

from agreements import documents, journal, lifecycle, participation, tasks, walk
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.history import histories
from agreements.models import Agreement, Entry, Party, User

Make = Callable[..., Agreement]
day = FuzzyDate.parse


def reasons(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [reason.code for reason in refusal.value.reasons]


def refused(agreement: Agreement, name: str, by: User, on: str = "2024-06-01", **details: Any) -> list[str]:
    """Return the codes with which a step is refused, and prove that nothing was written."""
    before = Entry.objects.count()
    with pytest.raises(Refused) as refusal:
        lifecycle.perform(agreement, name, on=day(on), by=by, **details)
    assert Entry.objects.count() == before
    kept = Agreement.objects.get(pk=agreement.pk)
    assert (kept.stage, kept.version) == (agreement.stage, agreement.version)
    return reasons(refusal)


def settled(agreement: Agreement) -> Agreement:
    """Return the agreement as stored, after proving that its columns are what the journal replays to."""
    kept = Agreement.objects.get(pk=agreement.pk)
    history = histories([kept.pk])[kept.pk]
    assert walk.check(history.line) == []
    state = walk.replay(history.line)
    assert (kept.stage, kept.since, kept.text, kept.on_hold, kept.round) == (
        state.stage,
        state.since.when,
        state.text,
        state.hold is not None,
        history.rounds.get(state.text, 0),
    )
    assert list(journal.verify()) == []
    return kept


def prepared(agreement: Agreement, by: User, parties: dict[str, Party], on: str = "2024-12-10") -> None:
    """Record everything that the signing of a treaty subject to ratification requires beforehand."""
    for kind in ("legal_expertise", "linguistic_expertise", "signing_decision"):
        documents.cite(agreement, kind, on=day(on), by=by, evidence=f"No. 12, {kind}")
    tasks.clear(agreement, "Ministry of Transport", result="with_remarks", on=day(on), by=by)
    for party in parties.values():
        participation.act(agreement, party, "full_powers", on=day(on), by=by)


def test_whole_life_in_procedure(make_agreement: Make, officer: User, parties: dict[str, Party]) -> None:
    agreement = make_agreement(on=day("2003"))
    step = lambda name, on, **more: lifecycle.perform(agreement, name, on=day(on), by=officer, **more)  # noqa: E731
    assert step("authorise", "2003-06-05", evidence="Council decision").stage == "mandated"
    assert step("open_negotiations", "2007").stage == "negotiating"
    assert step("initial", "2007", evidence="first text").stage == "initialled"
    assert step("prepare_signing", "2008-02-21", evidence="COM(2008) 92").stage == "signing"
    reopened = step("reopen", "2022")
    assert (reopened.stage, reopened.text) == ("negotiating", 2)
    step("initial", "2024-10-14", evidence="revised text", place="Luxembourg")
    step("prepare_signing", "2024-11-01", evidence="decision to prepare")
    prepared(agreement, officer, parties)
    signed = step("sign", "2024-12-20", evidence="signed text", manner="signed", place="Astana")
    assert signed.stage == "signed"
    documents.cite(agreement, "draft_law", on=day("2024-12-21"), by=officer, evidence="draft law")
    documents.cite(agreement, "explanatory_note", on=day("2024-12-21"), by=officer, evidence="note")
    assert step("submit_for_ratification", "2024-12-22").stage == "ratifying"
    assert refused(settled(agreement), "enter_into_force", officer, "2024-12-28") == ["act-missing", "act-missing"]
    for party in parties.values():
        participation.act(agreement, party, "notification", on=day("2024-12-23"), by=officer)
    assert step("enter_into_force", "2024-12-27").stage == "in_force"
    kept = settled(agreement)
    assert (kept.since.iso, kept.text) == ("2024-12-27", 2)
