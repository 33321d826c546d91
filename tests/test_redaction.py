"""What a redaction removes beside the text of the entry, and what it finds that stays."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection

from agreements import (
    clock,
    dispatch,
    journal,
    lifecycle,
    redaction,
    registers,
    retention,
    shares,
    tasks,
)
from agreements.choices import EntryKind, Rhythm, RunState
from agreements.dates import FuzzyDate
from agreements.documents import proof
from agreements.guards import Refused
from agreements.models import Agreement, Entry, EntryText, Notification, ReportRun, Share, Task, User
from agreements.subscriptions import reminding
from tests.lives import Make
from tests.shared import NO_WORK

SPILLED = "Mrs Sadykova of the other delegation said so."
DAY = FuzzyDate.parse("2024-12-20")


def kept_anywhere(words: str) -> list[str]:
    """Return the entries and tasks in which words stand in the clear."""
    texts = EntryText.objects.filter(content__contains=words).order_by("entry__sequence").select_related("entry")
    return [text.entry.kind for text in texts] + [str(one) for one in Task.objects.filter(remarks__contains=words)]


def whole() -> bool:
    """Whether the journal proves itself, and all columns are what it says."""
    return not [*journal.verify(), *journal.differing(), *tasks.differing(), *proof.faults()]


# ---- what was written in the same act ----
@pytest.mark.django_db
@pytest.mark.parametrize("first", [EntryKind.CLEARANCE, EntryKind.TASK])
def test_a_remark_goes_from_the_answer_from_the_task_and_from_its_row(
    make_agreement: Make, lawyer: User, first: EntryKind
) -> None:
    agreement = make_agreement()
    task = tasks.add(agreement, {"en": "Ask for the opinion"}, by=lawyer)
    tasks.complete(
        task, by=lawyer, on=DAY, result="with_remarks", body="Ministry of Justice", remarks=SPILLED
    )  # fmt: skip
    assert kept_anywhere(SPILLED) == ["clearance", "task", "Ask for the opinion"]
    entry = Entry.objects.of(agreement).get(kind=first, text__content__contains=SPILLED)

    written = redaction.redact(entry, by=lawyer, reason="It names a person.")

    assert journal.data_of(written)["redacts"] == str(entry.pk)
    assert kept_anywhere(SPILLED) == []
    named = [
        journal.data_of(one)["redacts"] for one in Entry.objects.of(agreement).filter(kind=EntryKind.REDACTION)
    ]  # fmt: skip
    gone = EntryText.objects.filter(entry__subject=agreement.pk, salt="").values_list("pk", flat=True)
    assert sorted(named) == sorted(map(str, gone))
    assert len(named) == 2
    assert whole()


@pytest.mark.django_db
def test_another_remark_of_the_task_stays(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement()
    task = tasks.add(agreement, {"en": "Ask for the opinion"}, by=lawyer)
    tasks.complete(task, by=lawyer, on=DAY, remarks="Nothing to add.")
    note = lifecycle.note(agreement, on=DAY, by=lawyer, what=SPILLED)

    redaction.redact(note, by=lawyer, reason="It names a person.")

    assert kept_anywhere("Nothing to add.") == ["task", "Ask for the opinion"]
    assert Entry.objects.of(agreement).filter(kind=EntryKind.REDACTION).count() == 1


@pytest.mark.django_db
def test_the_reason_of_a_share_goes_from_its_row(make_agreement: Make, lawyer: User, reader: User) -> None:
    agreement = make_agreement(columns={"level": "secret"})
    share = shares.give(agreement, user=reader, by=lawyer, reason=SPILLED)
    version = share.version

    redaction.redact(share.entry, by=lawyer, reason="It names a person.")

    share = Share.objects.get()
    assert (share.reason, share.in_force, share.version) == ("", True, version + 1)
    assert kept_anywhere(SPILLED) == []


@pytest.mark.django_db
def test_a_rule_of_retention_lets_a_remark_go_wherever_it_was_kept(
    make_agreement: Make, lawyer: User, settings: Any, tmp_path: Any
) -> None:
    settings.RETENTION_FILE = str(tmp_path / "retention.toml")
    (tmp_path / "retention.toml").write_text('[[texts]]\nyears = 1\nkinds = ["clearance"]\n')
    agreement = make_agreement(on=FuzzyDate.parse("2010-01-01"))
    task = tasks.add(agreement, {"en": "Ask for the opinion"}, by=lawyer)
    tasks.complete(
        task, by=lawyer, on=FuzzyDate.parse("2010-02-01"), result="given", body="Ministry of Justice", remarks=SPILLED
    )
    lifecycle.perform(agreement, "withdraw", on=FuzzyDate.parse("2010-03-01"), by=lawyer, reason="Not pursued.")

    call_command("retention", "--apply", stdout=io.StringIO())

    assert kept_anywhere(SPILLED) == []
    assert list(retention.due(retention.rules())) == []
    assert whole()


@pytest.mark.django_db
def test_of_two_who_redact_a_text_the_slower_one_is_told_and_records_nothing(
    make_agreement: Make, lawyer: User
) -> None:
    agreement = make_agreement()
    note = lifecycle.note(agreement, on=DAY, by=lawyer, what=SPILLED)
    redaction.redact(note, by=lawyer, reason="It names a person.")

    with pytest.raises(Refused) as refusal:
        redaction.redact(note, by=lawyer, reason="It names a person.")

    assert [reason.code for reason in refusal.value.reasons] == ["nothing-to-redact"]
    assert Entry.objects.of(agreement).filter(kind=EntryKind.REDACTION).count() == 1


# ---- reports that were built ----
@pytest.mark.django_db
def test_a_report_that_shows_the_record_is_handed_over_no_longer(
    make_agreement: Make, lawyer: User, settings: Any, tmp_path: Any
) -> None:
    folder = {"BACKEND": "agreements.documents.storage.Folder", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"reports": folder}
    settings.TASKS = NO_WORK
    agreement, other = make_agreement(), make_agreement()
    note = lifecycle.note(agreement, on=DAY, by=lawyer, what=SPILLED)
    runs = {}
    for one in (agreement, other):
        wish = dispatch.Wish("agreement", {"agreement": one.reference}, "json", "en")
        runs[one.pk] = dispatch.order(wish, by=lawyer)
        dispatch.build(runs[one.pk].pk)
    assert SPILLED.encode() in b"".join(dispatch.fetch(ReportRun.objects.get(pk=runs[agreement.pk].pk), by=lawyer))

    redaction.redact(note, by=lawyer, reason="It names a person.")

    with pytest.raises(FileNotFoundError):
        dispatch.fetch(ReportRun.objects.get(pk=runs[agreement.pk].pk), by=lawyer)
    assert b"".join(dispatch.fetch(ReportRun.objects.get(pk=runs[other.pk].pk), by=lawyer))
    dispatch.tick()
    left = ReportRun.objects.exclude(file="")
    assert [run.pk for run in left] == [runs[other.pk].pk]
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == [left[0].file]


@pytest.mark.django_db
def test_a_report_that_is_built_meanwhile_is_built_anew(
    make_agreement: Make, lawyer: User, settings: Any, tmp_path: Any
) -> None:
    folder = {"BACKEND": "agreements.documents.storage.Folder", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"reports": folder}
    settings.TASKS = NO_WORK
    agreement = make_agreement()
    note = lifecycle.note(agreement, on=DAY, by=lawyer, what=SPILLED)
    run = dispatch.order(dispatch.Wish("agreement", {"agreement": agreement.reference}, "json", "en"), by=lawyer)
    done = []

    def redact_meanwhile(execute: Any, statement: str, *given: Any) -> Any:
        if '"progress"' in statement and 90 in given[0] and not done:  # it is rendered, and not yet kept
            done.append(statement)
            redaction.redact(note, by=lawyer, reason="It names a person.")
        return execute(statement, *given)

    with connection.execute_wrapper(redact_meanwhile):
        dispatch.build(run.pk)
    assert done
    run.refresh_from_db()
    assert (run.state, run.file) == (RunState.WAITING, "")
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []

    ReportRun.objects.filter(pk=run.pk).update(next_attempt_at=clock.now() - timedelta(minutes=1))
    dispatch.build(run.pk)
    told = b"".join(dispatch.fetch(ReportRun.objects.get(pk=run.pk), by=lawyer))
    assert SPILLED.encode() not in told


@pytest.mark.django_db
def test_a_report_that_waits_for_its_mail_is_built_anew_before_it_is_sent(
    make_agreement: Make, lawyer: User, settings: Any, tmp_path: Any, django_capture_on_commit_callbacks: Any
) -> None:
    folder = {"BACKEND": "agreements.documents.storage.Folder", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"reports": folder}
    settings.MAIL_LEVEL = "secret"
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.test_dispatch_attacked.Unreachable"
    User.objects.filter(pk=lawyer.pk).update(email="lawyer@mfa.example")
    agreement = make_agreement()
    note = lifecycle.note(agreement, on=DAY, by=lawyer, what=SPILLED)
    wish = dispatch.Wish("agreement", {"agreement": agreement.reference}, "json", "en")
    dispatch.schedule(
        wish, name="Weekly", rhythm=Rhythm.WEEKLY, recipients=(lawyer,), first=clock.today(), by=lawyer
    )  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        dispatch.tick()
    run = ReportRun.objects.get()
    assert (run.state, bool(run.file)) == (RunState.WAITING, True)

    redaction.redact(note, by=lawyer, reason="It names a person.")

    settings.EMAIL_BACKEND = working
    ReportRun.objects.update(next_attempt_at=clock.now() - timedelta(minutes=1))
    dispatch.build(run.pk)
    ((_name, data, _kind),) = mail.outbox[0].attachments
    assert SPILLED not in (data if isinstance(data, str) else data.decode())
    run.refresh_from_db()
    assert (run.state, run.gone(clock.today())) == (RunState.DONE, False)
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == [run.file]


# ---- what is found, and stays unless it is chosen ----
@pytest.mark.django_db
def test_edits_before_and_after_repeat_words_and_go_with_it_where_they_are_chosen(
    make_agreement: Make, lawyer: User
) -> None:
    agreement = make_agreement()
    for words in (SPILLED, "Wait for the answer."):
        with registers.editing(agreement, by=lawyer) as fresh:
            fresh.next_step = words
    first, second = Entry.objects.of(agreement).filter(kind=EntryKind.EDIT)
    assert (redaction.repeating(first), redaction.repeating(second)) == ([second], [first])
    assert redaction.standing(first, lawyer).columns == []
    assert redaction.standing(second, lawyer).columns == ["next_step"]
    opening = Entry.objects.of(agreement).get(sequence=1)
    with pytest.raises(Refused) as refusal:
        redaction.redact(first, by=lawyer, reason="It names a person.", also=[opening.pk])
    assert [reason.code for reason in refusal.value.reasons] == ["not-repeated"]
    assert kept_anywhere(SPILLED) == ["edit", "edit"]

    redaction.redact(first, by=lawyer, reason="It names a person.", also=[second.pk])

    assert kept_anywhere(SPILLED) == []
    assert Agreement.objects.get(pk=agreement.pk).next_step == "Wait for the answer."
    assert list(journal.verify()) == []
    assert list(journal.differing()) == []


@pytest.mark.django_db
def test_a_correction_that_keeps_the_words_is_found(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement()
    note = lifecycle.note(agreement, on=DAY, by=lawyer, what=SPILLED)
    lifecycle.correct(note, by=lawyer, reason="The day was another.", on=FuzzyDate.parse("2024-12-19"))

    assert [one.kind for one in redaction.repeating(note)] == ["note"]


@pytest.mark.django_db
def test_titles_of_tasks_are_found_where_the_user_sees_them(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement()
    task = tasks.add(agreement, {"en": SPILLED}, by=lawyer)
    entry = Entry.objects.of(agreement).get(kind=EntryKind.TASK)

    assert redaction.standing(entry, lawyer).tasks == [task]


@pytest.mark.django_db
def test_reminders_of_a_task_call_it_what_it_is_called_after_a_redaction(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement()
    due = FuzzyDate.of_day(clock.today() + timedelta(days=1))
    task = tasks.add(agreement, {"en": SPILLED}, by=lawyer, person=lawyer, due=due)
    assert reminding.remind() > 0
    tasks.change(task, by=lawyer, title={"en": "Ask the other side"})
    added, changed = Entry.objects.of(agreement).filter(kind=EntryKind.TASK)

    redaction.redact(added, by=lawyer, reason="It names a person.", also=[changed.pk])

    assert kept_anywhere(SPILLED) == []
    assert [row.data["title"] for row in Notification.objects.filter(person=lawyer)] == [{"en": "Ask the other side"}]
    assert whole()
