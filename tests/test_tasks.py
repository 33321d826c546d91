"""Tasks: those of the procedure follow the record by themselves, those of people are written by one function each."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements import documents, journal, lifecycle, participation, registers, tasks, upkeep
from agreements.choices import Ball, EntryKind, InTheNameOf, Level, Stage, TaskStatus
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.models import Agreement, Entry, Party, Task, User

Make = Callable[..., Agreement]
pytestmark = pytest.mark.django_db


def on(text: str) -> FuzzyDate:
    return FuzzyDate.parse(text)


@pytest.fixture
def signing(make_agreement: Make) -> Agreement:
    """An agreement that is being prepared for signing, in the name of the Government."""
    return make_agreement(procedure="ratified", stage=Stage.SIGNING, on=on("2024-12-01"))


def plan(agreement: Agreement, planned: str | None, *, by: User, **columns: Any) -> None:
    with registers.editing(agreement, by=by) as fresh:
        fresh.planned_signing = on(planned) if planned else None
        for name, value in columns.items():
            setattr(fresh, name, value)


def kept(agreement: Agreement, *statuses: str) -> dict[str, Any]:
    found = Task.objects.filter(agreement=agreement, status__in=statuses or TaskStatus.values)
    return {
        f"{task.code}{f' {task.party.code}' if task.party else ''}": task
        for task in found.select_related("party").order_by("created_at", "pk")
    }


def due(agreement: Agreement) -> dict[str, str]:
    return {name: task.due.iso for name, task in kept(agreement, "open").items() if task.due}


def refused(reasons: Any) -> list[tuple[str, str]]:
    return [(reason.code, reason.sentence) for reason in reasons]


def last(agreement: Agreement) -> tuple[dict[str, Any], dict[str, Any]]:
    entry = Entry.objects.of(agreement).latest("sequence")
    assert entry.kind == EntryKind.TASK
    return journal.data_of(entry), journal.text_of(entry)


# ---- the tasks of the procedure ----
def test_entering_the_stage_creates_the_tasks_once(signing: Agreement) -> None:
    expected = [
        "legal_expertise", "linguistic_expertise", "clearances", "proposal_government", "signing_decision",
        "full_powers EU", "full_powers KZ",
    ]  # fmt: skip
    assert sorted(kept(signing, "open")) == sorted(expected)
    assert due(signing) == {}
    upkeep.refresh([signing])
    assert Task.objects.count() == len(expected)


def test_a_planned_signing_dates_them_and_moving_it_moves_them(signing: Agreement, lawyer: User) -> None:
    plan(signing, "2025-02-28", by=lawyer)
    assert due(signing) == {
        "proposal_government": "2025-02-14", "legal_expertise": "2025-02-27", "linguistic_expertise": "2025-02-27",
    }  # fmt: skip
    before = {name: task.pk for name, task in kept(signing).items()}
    plan(signing, "2025-03-10", by=lawyer)
    assert due(signing) == {
        "proposal_government": "2025-02-24", "legal_expertise": "2025-03-09", "linguistic_expertise": "2025-03-09",
    }  # fmt: skip
    assert {name: task.pk for name, task in kept(signing).items()} == before
    plan(signing, None, by=lawyer)
    assert due(signing) == {}
    assert kept(signing)["proposal_government"].problem == "date:planned_signing"


def test_a_lead_time_that_was_too_short_from_the_start_is_missed(signing: Agreement, lawyer: User) -> None:
    plan(signing, "2025-01-10", by=lawyer)
    proposal = kept(signing)["proposal_government"]
    assert (proposal.due_by, proposal.reckoned_on, proposal.missed) == (date(2024, 12, 27), date(2024, 12, 28), True)
    plan(signing, "2025-01-11", by=lawyer)
    assert not kept(signing)["proposal_government"].missed
    plan(signing, "2025-01-10", by=lawyer)
    plan(signing, "2025-02-28", by=lawyer)
    assert not kept(signing)["proposal_government"].missed


def test_in_the_name_of_the_republic_it_is_thirty_days(signing: Agreement, lawyer: User) -> None:
    plan(signing, "2025-02-28", by=lawyer, in_the_name_of=InTheNameOf.REPUBLIC)
    dated = {name: day for name, day in due(signing).items() if name.startswith("proposal")}
    assert dated == {"proposal_republic": "2025-01-29", "proposal_president": "2025-02-14"}
    assert kept(signing)["proposal_government"].status == TaskStatus.DROPPED
    plan(signing, "2025-02-28", by=lawyer, in_the_name_of=InTheNameOf.GOVERNMENT)
    assert kept(signing)["proposal_government"].status == TaskStatus.OPEN
    assert kept(signing)["proposal_republic"].status == TaskStatus.DROPPED


def test_a_planned_date_asks_before_the_stage_is_entered(make_agreement: Make, lawyer: User) -> None:
    early = make_agreement(procedure="ratified", stage=Stage.INITIALLED, on=on("2024-11-01"))
    assert kept(early) == {}
    plan(early, "2025-02-28", by=lawyer)
    assert sorted(kept(early)) == ["legal_expertise", "linguistic_expertise", "proposal_government"]
    lifecycle.perform(early, "prepare_signing", on=on("2024-12-02"), by=lawyer, evidence="No. 1")
    assert len(kept(early, "open")) == 7


def test_what_is_recorded_ends_its_task_and_struck_out_opens_it_again(
    signing: Agreement, parties: dict[str, Party], lawyer: User
) -> None:
    entry = documents.cite(signing, "legal_expertise", on=on("2024-11-20"), by=lawyer, evidence="No. 5")
    participation.act(signing, parties["KZ"], "full_powers", on=on("2024-12-01"), by=lawyer)
    tasks.clear(signing, "Ministry of Justice", result="given", on=on("2024-12-02"), by=lawyer)
    done = {name: (task.done_on.iso, task.answered) for name, task in kept(signing, "done").items()}
    assert done == {
        "legal_expertise": ("2024-11-20", True),
        "full_powers KZ": ("2024-12-01", True),
        "clearances": ("2024-12-02", True),
    }
    lifecycle.void(entry, by=lawyer, reason="The wrong draft")
    assert (kept(signing)["legal_expertise"].status, kept(signing)["legal_expertise"].done_on) == ("open", None)


def test_after_the_step_what_is_left_is_no_longer_needed(signing: Agreement, lawyer: User) -> None:
    lifecycle.perform(
        signing, "sign", on=on("2024-12-02"), by=lawyer, evidence="No. 9", out_of_procedure=True, reason="It happened"
    )
    assert {task.status for task in kept(signing).values() if task.transition == "sign"} == {"dropped"}
    assert sorted(kept(signing, "open")) == ["draft_law", "explanatory_note"]


def test_a_new_text_has_tasks_of_its_own(signing: Agreement, lawyer: User) -> None:
    documents.cite(signing, "legal_expertise", on=on("2024-11-20"), by=lawyer, evidence="No. 5")
    lifecycle.perform(signing, "reopen", on=on("2024-12-02"), by=lawyer)
    assert kept(signing, "open") == {}
    for name in ("initial", "prepare_signing"):
        lifecycle.perform(signing, name, on=on("2024-12-02"), by=lawyer, evidence="No. 7")
    found = Task.objects.filter(agreement=signing, code="legal_expertise").order_by("text")
    assert [(task.text, task.status) for task in found] == [(1, "done"), (2, "open")]


def test_a_record_opened_by_mistake_has_nothing_to_do(signing: Agreement, lawyer: User) -> None:
    lifecycle.void(Entry.objects.of(signing).get(kind=EntryKind.OPEN), by=lawyer, reason="Opened twice")
    assert kept(signing, "open") == {}


def test_refreshing_many_takes_a_fixed_number_of_queries(make_agreement: Make) -> None:
    def queries(number: int) -> int:
        made = [make_agreement(procedure="ratified", stage=Stage.SIGNING) for _count in range(number)]
        rows = list(Agreement.objects.filter(pk__in=[one.pk for one in made]).select_related("procedure_version"))
        with CaptureQueriesContext(connection) as found:
            upkeep.refresh(rows)
        return len(found)

    assert queries(1) == queries(3) == 3


# ---- whose move it is ----
def test_the_ball_lies_with_whoever_has_an_open_task(
    signing: Agreement, parties: dict[str, Party], lawyer: User
) -> None:
    def ball() -> str:
        return Agreement.objects.get(pk=signing.pk).ball_by_tasks

    assert ball() == Ball.OWN
    for kind in ("legal_expertise", "linguistic_expertise", "signing_decision"):
        documents.cite(signing, kind, on=on("2024-12-01"), by=lawyer, evidence="No. 5")
    tasks.clear(signing, "Ministry of Justice", result="given", on=on("2024-12-02"), by=lawyer)
    tasks.complete(kept(signing)["proposal_government"], by=lawyer)
    participation.act(signing, parties["KZ"], "full_powers", on=on("2024-12-01"), by=lawyer)
    assert ball() == Ball.OTHER
    participation.act(signing, parties["EU"], "full_powers", on=on("2024-12-01"), by=lawyer)
    assert ball() == ""
    tasks.add(signing, "Answer the note", by=lawyer, side=Ball.DEPOSITARY)
    assert ball() == Ball.DEPOSITARY


# ---- what people do ----
def test_a_task_is_added_and_journalled(signing: Agreement, lawyer: User, officer: User) -> None:
    task = tasks.add(
        signing, "Send the draft to Brussels", by=officer, due=on("2024-12"), body="Legal Department", person=officer
    )
    assert (task.title.text, task.body.text, task.due_by, task.status) == (
        "Send the draft to Brussels", "Legal Department", date(2024, 12, 31), "open",
    )  # fmt: skip
    data, text = last(signing)
    assert data == {
        "task": str(task.pk), "event": "added", "text": 1, "due": "2024-12", "side": "own", "person": str(officer.pk),
    }  # fmt: skip
    assert text == {"what": {"en": "Send the draft to Brussels"}}
    assert list(journal.verify()) == []


def test_what_cannot_be_added_is_refused_with_every_reason(signing: Agreement, lawyer: User, officer: User) -> None:
    with registers.editing(signing, by=lawyer) as fresh:
        fresh.level = Level.SECRET
    with pytest.raises(Refused) as refusal:
        tasks.add(signing, " ", by=lawyer, side="them", person=officer)
    assert refused(refusal.value.reasons) == [
        ("title-missing", "Say what is to be done."),
        ("side-unknown", "“them” is not known. Use one of: own, other, depositary, nobody."),
        ("person-cannot-see", "This person may not see the agreement: officer."),
    ]
    with pytest.raises(Refused) as refusal:
        tasks.add(signing, "x" * 301, by=officer)
    assert [reason.code for reason in refusal.value.reasons] == ["not-permitted"]
    assert not Task.objects.filter(code="").exists()


def test_many_are_added_each_by_itself(signing: Agreement, make_agreement: Make, lawyer: User, officer: User) -> None:
    secret = make_agreement(columns={"level": Level.SECRET})
    found = tasks.add_many([signing, secret], "Report on the state of talks", by=officer, due=on("2025-01-15"))
    assert [(one.task is not None, [reason.code for reason in one.reasons]) for one in found] == [
        (True, []),
        (False, ["not-permitted"]),
    ]
    done = tasks.complete_many([one.task for one in found if one.task] * 2, by=officer)
    assert [[reason.code for reason in one.reasons] for one in done] == [[], ["task-not-open"]]


def test_a_person_is_named_for_a_task_of_the_procedure_but_its_date_stays(
    signing: Agreement, lawyer: User, officer: User
) -> None:
    task = tasks.change(kept(signing)["proposal_government"], by=lawyer, person=officer)
    assert task.person == officer
    assert last(signing)[0]["changes"] == {"person": [None, str(officer.pk)]}
    with pytest.raises(Refused) as refusal:
        tasks.change(task, by=lawyer, due=on("2025-05-05"), title="Another")
    assert [(reason.code, reason.asked) for reason in refusal.value.reasons] == [
        ("task-of-procedure", "title"),
        ("task-of-procedure", "due"),
    ]
    plan(signing, "2025-02-28", by=lawyer)
    assert kept(signing)["proposal_government"].person == officer


def test_another_name_alone_is_a_change_too(signing: Agreement, lawyer: User) -> None:
    task = tasks.add(signing, {"en": "Call Brussels", "ru": "Позвонить"}, by=lawyer, body="Embassy")
    tasks.change(task, by=lawyer, title={"en": "Call Brussels again", "ru": "Позвонить"})
    assert Task.objects.get(pk=task.pk).title_texts == {"en": "Call Brussels again", "ru": "Позвонить"}
    data, text = last(signing)
    assert (data["event"], data["changes"]) == ("changed", {})
    assert text == {
        "what": {"en": "Call Brussels again", "ru": "Позвонить"},
        "changes": {"title_texts": ["Call Brussels", "Call Brussels again"]},
    }
    tasks.change(task, by=lawyer, body="Mission")
    assert last(signing)[1]["changes"] == {"body_texts": ["Embassy", "Mission"]}
    count = Entry.objects.count()
    tasks.change(task, by=lawyer, title={"en": "Call Brussels again", "ru": "Позвонить"}, body="Mission")
    assert Entry.objects.count() == count


def test_a_task_of_an_agreement_whose_procedure_gives_none_counts_too(make_agreement: Make, lawyer: User) -> None:
    roadmap = make_agreement(procedure="non_binding", stage="signing", on=on("2024-12-01"))
    task = tasks.add(roadmap, "Send the draft", by=lawyer, side="other")
    assert Agreement.objects.get(pk=roadmap.pk).ball_by_tasks == "other"
    tasks.complete(task, by=lawyer)
    assert Agreement.objects.get(pk=roadmap.pk).ball_by_tasks == ""


def test_a_task_waits_for_others_of_its_agreement(signing: Agreement, make_agreement: Make, lawyer: User) -> None:
    first, other = tasks.add(signing, "First", by=lawyer), tasks.add(make_agreement(), "Elsewhere", by=lawyer)
    second = tasks.add(signing, "Second", by=lawyer, waits_for=[first, other])
    assert list(second.waits_for.order_by("pk")) == [first]
    blocked = tasks.blocked_by(list(Task.objects.filter(agreement=signing).order_by("created_at", "pk")))
    assert [task.title.text for task in blocked[second.pk]] == ["First"]
    by_code = {task.code: task for task in kept(signing).values() if not task.party_id}
    assert {task.code for task in blocked[by_code["proposal_government"].pk]} == {
        "legal_expertise", "linguistic_expertise", "clearances",
    }  # fmt: skip
    tasks.complete(first, by=lawyer)
    assert tasks.blocked_by(list(Task.objects.filter(agreement=signing).order_by("pk")))[second.pk] == []


def test_completing_records_what_the_task_asks_for(signing: Agreement, lawyer: User) -> None:
    done = tasks.complete(
        kept(signing)["legal_expertise"], by=lawyer, on=on("2024-11-29"), evidence="Expertise No. 12", remarks="Art. 3"
    )
    assert (done.status, done.answered, done.done_on.iso, done.remarks) == ("done", True, "2024-11-29", "Art. 3")
    entry = Entry.objects.of(signing).get(kind=EntryKind.DOCUMENT)
    assert (entry.evidence, journal.data_of(entry)["document"]) == ("Expertise No. 12", "legal_expertise")
    cleared = tasks.complete(
        kept(signing)["clearances"], by=lawyer, result="with_remarks", body="Ministry of Justice", remarks="See annex"
    )
    assert (cleared.status, cleared.result) == ("done", "with_remarks")
    assert Entry.objects.of(signing).filter(kind=EntryKind.CLEARANCE).count() == 1


def test_a_refused_clearance_leaves_the_task_open(signing: Agreement, lawyer: User) -> None:
    task = tasks.complete(kept(signing)["clearances"], by=lawyer, result="refused", body="Ministry of Finance")
    assert (task.status, task.result) == ("open", "refused")
    assert last(signing)[0]["event"] == "answered"


@pytest.mark.parametrize(
    ("name", "given", "reasons"),
    [
        ("legal_expertise", {}, [
            ("citation-missing", "Cite the document that ends the task: Scientific legal expertise.")]),
        ("full_powers KZ", {}, [
            ("record-the-act", "Record the act of the participant: the task ends with it.")]),
        ("clearances", {}, [
            ("result-unknown", "“” is not known. Use one of: given, with_remarks, refused."),
            ("body-missing", "Name the body that was asked.")]),
        ("proposal_government", {"on": "2024-12-29"}, [
            ("future-date", "29 December 2024 is still to come. Record what is done; a date to come belongs into the "
             "planned dates.")]),
    ],
)  # fmt: skip
def test_what_cannot_be_completed_says_why(
    signing: Agreement, lawyer: User, name: str, given: dict[str, str], reasons: list[tuple[str, str]]
) -> None:
    before = Entry.objects.count()
    with pytest.raises(Refused) as refusal:
        tasks.complete(kept(signing)[name], by=lawyer, on=on(given.get("on", "2024-12-28")))
    told = [(code, sentence.replace("\u00a0", " ")) for code, sentence in refused(refusal.value.reasons)]
    assert told == reasons
    assert (Entry.objects.count(), kept(signing)[name].status) == (before, "open")


def test_a_task_ended_by_a_person_is_opened_again_with_a_reason(signing: Agreement, lawyer: User) -> None:
    task = tasks.complete(kept(signing)["proposal_government"], by=lawyer, on=on("2024-12-01"))
    upkeep.refresh([Agreement.objects.get(pk=signing.pk)])
    assert kept(signing)["proposal_government"].status == "done"
    with pytest.raises(Refused) as refusal:
        tasks.reopen(task, by=lawyer, reason=" ")
    assert [reason.code for reason in refusal.value.reasons] == ["reason-missing"]
    assert tasks.reopen(task, by=lawyer, reason="It came back").status == "open"
    assert last(signing)[1] == {"what": dict(task.title_texts), "reason": "It came back"}
    own = tasks.add(signing, "Call Brussels", by=lawyer)
    assert tasks.drop(own, by=lawyer, reason="Settled otherwise").status == "dropped"
    with pytest.raises(Refused) as refusal:
        tasks.drop(kept(signing)["clearances"], by=lawyer, reason="No need")
    assert [reason.code for reason in refusal.value.reasons] == ["task-of-procedure"]
    documents.cite(signing, "legal_expertise", on=on("2024-11-20"), by=lawyer, evidence="No. 5")
    with pytest.raises(Refused) as refusal:
        tasks.reopen(kept(signing)["legal_expertise"], by=lawyer, reason="Wrong")
    assert [reason.code for reason in refusal.value.reasons] == ["task-answered"]


def test_readers_see_tasks_of_what_they_may_see_and_write_none(
    signing: Agreement, make_agreement: Make, lawyer: User, reader: User
) -> None:
    secret = make_agreement(columns={"level": Level.SECRET})
    tasks.add(secret, "Hidden", by=lawyer)
    assert {task.agreement_id for task in Task.objects.for_user(reader)} == {signing.pk}
    with pytest.raises(Refused):
        tasks.add(signing, "Mine", by=reader)
    with pytest.raises(Refused):
        tasks.complete(kept(signing)["proposal_government"], by=reader)


def test_an_entry_about_a_task_is_not_voided(signing: Agreement, lawyer: User) -> None:
    tasks.complete(kept(signing)["proposal_government"], by=lawyer)
    with pytest.raises(Refused) as refusal:
        lifecycle.void(Entry.objects.of(signing).latest("sequence"), by=lawyer, reason="Wrong")
    assert refused(refusal.value.reasons) == [
        ("not-voidable", "What was done to a task is not voided: open the task again.")
    ]


def test_a_planned_date_that_is_not_known_gives_no_last_day(signing: Agreement, lawyer: User) -> None:
    plan(signing, "2025-02-28", by=lawyer)
    plan(signing, "unknown", by=lawyer)
    proposal = kept(signing)["proposal_government"]
    assert (proposal.due.iso, proposal.due_by, proposal.missed) == ("unknown", None, False)
