"""Moving an agreement to the version of its procedure in use today: who may, what stands against it, what follows."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from agreements import changes, clock, journal, lifecycle, procedures, registers
from agreements.chains import tell
from agreements.choices import EntryKind, TaskStatus
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.history import faults
from agreements.models import Agreement, Entry, ProcedureVersion, Task, User
from agreements.timeline import timeline
from tests.lives import Make, day, reasons, settled
from tests.test_races import race

PRESENT = procedures.load()["ratified"]
#: The procedure of treaties that are ratified as it might have been before: no tasks, and another usual stay.
EARLIER = re.sub('version = "[0-9]+"', 'version = "0"', PRESENT.text.split("[[tasks]]")[0]).replace(
    'next = "sign"\nusual_days = 180', 'label = { en = "On the desk", ru = "На столе", kk = "Үстелде" }\nnext = "sign"'
)


@pytest.fixture
def under(make_agreement: Make, settings: Any, tmp_path: Path) -> Callable[..., Agreement]:
    """Open an agreement while a file of the ministry says what the procedure is; afterwards that of Pacta is in use."""

    def opened(text: str = EARLIER, **given: Any) -> Agreement:
        code = procedures.from_text(text).code
        (tmp_path / f"{code}.toml").write_text(text, encoding="utf-8")
        settings.PROCEDURES_DIR = str(tmp_path)
        procedures.load.cache_clear()
        agreement = make_agreement(**{"procedure": code, "stage": "signing", "on": day("2008-02-21")} | given)
        settings.PROCEDURES_DIR = ""
        return agreement

    return opened


def refused(agreement: Agreement, by: User, reason: str = "The law has changed.", **given: Any) -> list[str]:
    before = Entry.objects.count()
    with pytest.raises(Refused) as refusal:
        lifecycle.adopt(agreement, by=by, reason=reason, **given)
    assert Entry.objects.count() == before
    assert Agreement.objects.get(pk=agreement.pk).procedure_version_id == agreement.procedure_version_id
    return reasons(refusal)


# ---- what it does ----
def test_agreement_follows_the_version_in_use_with_one_entry(under: Any, lawyer: User) -> None:
    agreement = under()
    assert lifecycle.is_outdated(agreement)
    assert agreement.rules.version == "0"

    moved = lifecycle.adopt(agreement, by=lawyer, reason="The law has changed.")

    kept = settled(moved)
    assert (kept.rules.digest, kept.stage, kept.version) == (PRESENT.digest, "signing", 2)
    assert not lifecycle.is_outdated(kept)
    entry = Entry.objects.of(kept).latest("sequence")
    assert (entry.kind, entry.actor, entry.on) == (EntryKind.EDIT, lawyer, FuzzyDate.of_day(clock.today()))
    old = procedures.from_text(EARLIER).digest
    assert journal.data_of(entry) == {"changes": {"procedure_version": [old, PRESENT.digest]}}
    assert journal.text_of(entry) == {"reason": "The law has changed."}
    assert list(journal.verify()) == list(journal.differing()) == list(faults()) == []


def test_tasks_of_the_new_version_appear(under: Any, lawyer: User) -> None:
    agreement = under()
    assert not Task.objects.exists()

    moved = lifecycle.adopt(agreement, by=lawyer, reason="The law has changed.")

    found = Task.objects.filter(agreement=moved, status=TaskStatus.OPEN)
    assert set(found.values_list("code", flat=True)) == {
        "legal_expertise",
        "linguistic_expertise",
        "clearances",
        "proposal_government",
        "signing_decision",
        "full_powers",
    }
    assert Agreement.objects.get(pk=moved.pk).ball_by_tasks == "own"


def test_tasks_that_the_new_version_does_not_give_fall_away(
    make_agreement: Make, lawyer: User, settings: Any, tmp_path: Path
) -> None:
    # Full powers alone are left, of the other side too; the ball of the tasks does not tell that they are there.
    agreement = make_agreement(procedure="ratified", stage="signing", on=day("2008-02-21"))
    assert Task.objects.filter(status=TaskStatus.OPEN).exists()
    Agreement.objects.filter(pk=agreement.pk).update(ball_by_tasks="")
    (tmp_path / "ratified.toml").write_text(EARLIER, encoding="utf-8")
    settings.PROCEDURES_DIR = str(tmp_path)
    procedures.load.cache_clear()

    lifecycle.adopt(agreement, by=lawyer, reason="Tasks are kept elsewhere.")

    assert set(Task.objects.values_list("status", flat=True)) == {TaskStatus.DROPPED}


def test_steps_are_weighed_by_the_new_version(under: Any, lawyer: User) -> None:
    lax = re.sub(r"(?s)(\[transitions\.sign\]\nfrom = .*?\n)requires = \[.*?\n\]", r"\1", EARLIER)
    agreement = under(lax)
    assert lifecycle.objections(agreement, "sign", by=lawyer) == []

    moved = lifecycle.adopt(agreement, by=lawyer, reason="The law has changed.")

    assert "document-missing" in [reason.code for reason in lifecycle.objections(moved, "sign", by=lawyer)]


def test_day_of_the_decision_may_be_told(under: Any, lawyer: User) -> None:
    moved = lifecycle.adopt(under(), by=lawyer, reason="By order No. 5.", on=day("2024-06-01"))
    assert Entry.objects.of(moved).latest("sequence").on == day("2024-06-01")


def test_it_can_be_moved_on_again_and_back_by_the_file(under: Any, lawyer: User, settings: Any, tmp_path: Path) -> None:
    moved = lifecycle.adopt(under(), by=lawyer, reason="The law has changed.")
    settings.PROCEDURES_DIR = str(tmp_path)  # the file of before is put back
    back = lifecycle.adopt(moved, by=lawyer, reason="The change was withdrawn.")
    assert settled(back).rules.version == "0"
    assert Entry.objects.of(back).filter(kind=EntryKind.EDIT).count() == 2
    assert not Task.objects.filter(status=TaskStatus.OPEN).exists()


# ---- what stands against it ----
def test_every_reason_is_told_at_once(under: Any, lawyer: User) -> None:
    tomorrow = FuzzyDate.of_day(clock.today() + timedelta(days=1))
    agreement = under()
    assert refused(agreement, lawyer, " ", on=tomorrow, digest="0" * 64) == [
        "future-date",
        "reason-missing",
        "procedure-changed",
    ]


def test_present_version_is_followed_already(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement()
    assert not lifecycle.is_outdated(agreement)
    assert refused(agreement, lawyer) == ["procedure-present"]
    assert [reason.code for reason in lifecycle.adoption_objections(agreement)] == ["procedure-present"]


def test_version_without_a_stage_that_was_passed_is_refused(under: Any, lawyer: User) -> None:
    text = PRESENT.text.replace('code = "ratified"', 'code = "simplified"')
    agreement = under(text, stage="ratifying")
    with translation.override("en"):
        (reason,) = lifecycle.adoption_objections(agreement)
        assert reason.sentence == (
            "The agreement has been in the stage “Undergoing ratification”, "
            "which the version in use today does not have."
        )
    assert refused(agreement, lawyer) == ["stage-missing"]


def test_voided_step_does_not_stand_against_it(under: Any, lawyer: User) -> None:
    text = PRESENT.text.replace('code = "ratified"', 'code = "simplified"')
    agreement = under(text, stage="signed")
    step = lifecycle.perform(
        agreement, "submit_for_ratification", on=day("2009"), by=lawyer, out_of_procedure=True, reason="Said so."
    )
    assert refused(step, lawyer) == ["stage-missing"]
    lifecycle.void(Entry.objects.of(agreement).latest("sequence"), by=lawyer, reason="It was not submitted.")
    assert lifecycle.adopt(agreement, by=lawyer, reason="In simplified form.").rules.code == "simplified"


def test_procedure_that_is_no_longer_in_use_has_no_newer_version(under: Any, lawyer: User) -> None:
    agreement = under(PRESENT.text.replace('code = "ratified"', 'code = "notes"'))
    assert not lifecycle.is_outdated(agreement)
    assert refused(agreement, lawyer) == ["procedure-unknown"]


def test_it_takes_the_right_to_set_requirements_aside(under: Any, officer: User, reader: User, lawyer: User) -> None:
    agreement = under()
    assert refused(agreement, officer) == refused(agreement, reader) == ["not-permitted"]
    lawyer.is_active = False
    assert refused(agreement, lawyer) == ["not-permitted"]


def test_record_above_ones_level_cannot_be_moved(under: Any, lawyer: User) -> None:
    agreement = under(columns={"level": "secret"})
    lawyer.access_level = "internal"
    assert refused(agreement, lawyer) == ["not-permitted"]


def test_closed_record_cannot_be_moved(under: Any, lawyer: User) -> None:
    agreement = under()
    closed = lifecycle.void(Entry.objects.of(agreement).earliest("sequence"), by=lawyer, reason="Opened by mistake.")
    assert refused(closed, lawyer) == ["record-void"]


# ---- what is told of it ----
def test_look_back_shows_the_version_of_then(under: Any, lawyer: User) -> None:
    agreement = under()
    before = Entry.objects.of(agreement).latest("sequence").recorded_at
    moved = lifecycle.adopt(agreement, by=lawyer, reason="The law has changed.")

    then, now = tell([moved.pk], before).chains[moved.pk], tell([moved.pk]).chains[moved.pk]
    assert (then.rules.version, now.rules.digest) == ("0", PRESENT.digest)
    with translation.override("en"):
        assert [event.label for event in timeline(moved, user=lawyer, known_at=before)] == ["On the desk"]
        assert timeline(moved, user=lawyer)[-1].label == "Being prepared for signing"


def test_change_is_told_in_words(under: Any, lawyer: User) -> None:
    moved = lifecycle.adopt(under(), by=lawyer, reason="The law has changed.")
    told = journal.data_of(Entry.objects.of(moved).latest("sequence"))["changes"]
    old, new = procedures.from_text(EARLIER).digest[:8], PRESENT.digest[:8]
    expected = f"version 0 (digest {old}…) → version {PRESENT.version} (digest {new}…)"
    with translation.override("en"):
        (change,) = changes.Dictionary([told], lawyer).changes(Agreement, told)
        assert (change.label, change.words) == ("Procedure", expected)
        (plain,) = changes.plain(Agreement, told, changes.versions_in([told]))
        assert plain == change
        (bare,) = changes.plain(Agreement, told)
        assert bare.after == f"{PRESENT.digest[:8]}…"


def test_other_edits_ask_for_no_versions(lawyer: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert changes.versions_in([{"ball": ["", "own"]}, {}]) == {}


# ---- races ----
@pytest.mark.django_db(transaction=True)
def test_of_two_who_move_it_at_once_one_does(under: Any, lawyer: User) -> None:
    agreement = under()
    outcomes, problems = race(*[partial(lifecycle.adopt, agreement, by=lawyer, reason="The law has changed.")] * 2)
    assert problems == []
    assert outcomes == {"done": 1, "refused": 1}
    assert Entry.objects.of(agreement).filter(kind=EntryKind.EDIT).count() == 1
    assert list(journal.verify()) == list(journal.differing()) == []


@pytest.mark.django_db(transaction=True)
def test_step_and_adoption_at_once_are_both_recorded(under: Any, lawyer: User) -> None:
    agreement = under()
    step = partial(
        lifecycle.perform,
        agreement,
        "sign",
        on=day("2024"),
        by=lawyer,
        out_of_procedure=True,
        reason="It was signed.",
    )
    outcomes, problems = race(partial(lifecycle.adopt, agreement, by=lawyer, reason="The law has changed."), step)
    assert problems == []
    assert outcomes == {"done": 2}
    kept = settled(agreement)
    assert (kept.stage, kept.rules.digest) == ("signed", PRESENT.digest)
    assert list(journal.verify()) == list(journal.differing()) == []


def test_edit_of_a_record_that_was_read_before_does_not_move_it_back(under: Any, lawyer: User) -> None:
    agreement = under()
    read = Agreement.objects.select_related("procedure_version").get(pk=agreement.pk)
    lifecycle.adopt(agreement, by=lawyer, reason="The law has changed.")

    edit = registers.Edit(read, by=lawyer)
    read.next_step = "Ask the other side for a day."
    assert edit.finish()

    assert settled(read).rules.digest == PRESENT.digest
    assert list(journal.differing()) == []


def test_version_is_kept_once_however_many_follow_it(under: Any, lawyer: User) -> None:
    for agreement in (under(), under()):
        lifecycle.adopt(agreement, by=lawyer, reason="The law has changed.")
    assert ProcedureVersion.objects.filter(code="ratified").count() == 2
