"""Tables of histories, acts, meetings, tasks and figures: what becomes of every row, again and undone, too."""

import csv
from decimal import Decimal
from typing import Any

import pytest

from agreements import history, imports, journal, lifecycle, registers
from agreements.guards import Refused
from agreements.import_choices import ImportState
from agreements.models import Agreement, Entry, Format, ImportRun, Indicator, Meeting, Party, Task, User
from tests.imports.conftest import Bring, outcomes
from tests.lives import Make, day, settled
from tests.shared import DATA

WIPO = DATA / "wipo-treaties" / "membership-to-copyright-treaties.csv"


def sound() -> None:
    assert list(journal.verify()) == list(journal.differing()) == list(history.faults()) == []


def recorded(run: ImportRun, by: User) -> ImportRun:
    """Try an import and record it, doubtful rows left out."""
    run = imports.check(run, by=by)
    tried = outcomes(run)
    done = imports.start(run, by=by, leave_doubts=True, at_once=True)
    assert (done.state, outcomes(done)) == (ImportState.DONE, tried)
    sound()
    return done


@pytest.fixture
def agreement(make_agreement: Make) -> Agreement:
    return make_agreement(stage="negotiating", on=day("2001-05-01"))


# ---- histories ----
HISTORY = """\
Agreement;Step;Stage;Date;Place;Notes
REF;;initialled;2007;Brussels;first text
REF;prepare for signing;;2008-02-21;;
REF;;suspended;2008-02-21;;
REF;;in force;2030-01-01;;
REF;;signed;2009-06-01;Astana;
REF;;in force;2008;;
REF;;;2010-03-03;;a renewed request
Nobody knows;;signed;2010-03-03;;
REF;;initialled;2007;Brussels;first text
"""


@pytest.mark.django_db
def test_histories_enter_as_steps_in_the_order_of_their_days(
    brought: Bring, lawyer: User, agreement: Agreement
) -> None:
    run = brought("histories", HISTORY.replace("REF", agreement.reference))
    done = recorded(run, lawyer)
    assert outcomes(done) == [
        (2, "created", ""),
        (3, "created", ""),
        (4, "doubted", "step-unclear"),
        (5, "refused", "future-date"),
        (6, "created", ""),
        (7, "doubted", "step-unclear"),
        (8, "created", ""),
        (9, "doubted", "agreement-unclear"),
        (10, "skipped", "same-row"),
    ]
    kept = settled(agreement)
    assert (kept.stage, kept.since.iso) == ("signed", "2009-06-01")
    assert [
        (one.kind, one.to_stage, one.on.iso, one.origin) for one in Entry.objects.of(kept).filter(origin="imported")
    ] == [
        ("step", "initialled", "2007", "imported"),
        ("step", "signing", "2008-02-21", "imported"),
        ("step", "signed", "2009-06-01", "imported"),
        ("note", "", "2010-03-03", "imported"),
    ]
    again = imports.check(brought("histories", HISTORY.replace("REF", agreement.reference), name="b.csv"), by=lawyer)
    assert {outcome for _number, outcome, _code in outcomes(again)} == {"skipped", "doubted", "refused"}
    imports.undo(done, by=lawyer, reason="the wrong list")
    assert settled(agreement).stage == "negotiating"
    sound()


@pytest.mark.django_db
def test_a_step_learnt_of_late_stands_at_its_place(brought: Bring, lawyer: User, make_agreement: Make) -> None:
    agreement = make_agreement(stage="proposed", on=day("2000"))
    lifecycle.perform(agreement, "open_negotiations", on=day("2005-01-01"), by=lawyer, origin="imported")
    recorded(brought("histories", f"Agreement;Stage;Date\n{agreement.reference};mandated;2003-06-05\n"), lawyer)
    line = history.histories([agreement.pk])[agreement.pk].line
    assert [one.to_stage for one in line] == ["proposed", "mandated", "negotiating"]
    assert settled(agreement).stage == "negotiating"


# ---- acts ----
@pytest.mark.django_db
def test_one_row_may_tell_of_several_acts_and_all_of_them_are_undone(
    brought: Bring, lawyer: User, make_agreement: Make
) -> None:
    agreement = make_agreement(stage="signed", on=day("1995-01-23"), procedure="multilateral", kind="convention")
    table = (
        "Treaty,Party,Signature,Instrument type,Instrument date,Entry into force\n"
        f"{agreement.reference},Kazakhstan,1995-01-23,Ratification,1996-02-03,1996-05-03\n"
        f"{agreement.reference},Germany,,Accession,1997-02-03,1997-05-03\n"
        f"{agreement.reference},European Union,1995-01-23,,,\n"
        f"{agreement.reference},Kazakhstan,,Ratification,1996-02-03,1997-05-03\n"
    )
    run = imports.check(brought("actions", table), by=lawyer)
    assert [one[1] for one in outcomes(run)] == ["created", "doubted", "created", "refused"]
    run = imports.decide(run, {"new-party": {"*": "new"}}, by=lawyer)
    done = recorded(run, lawyer)
    acts = history.histories([agreement.pk])[agreement.pk].tracks
    assert [(act.party, act.kind.value, act.on.iso, act.effective and act.effective.iso) for _text, act in acts] == [
        ("KZ", "signature", "1995-01-23", None),
        ("KZ", "ratification", "1996-02-03", "1996-05-03"),
        ("EU", "signature", "1995-01-23", None),
        ("DE", "accession", "1997-02-03", "1997-05-03"),
    ]
    assert agreement.participants.filter(party__code="DE").exists()
    imports.undo(done, by=lawyer, reason="the wrong treaty")
    assert history.histories([agreement.pk])[agreement.pk].tracks == []
    assert not agreement.participants.filter(party__code="DE").exists()
    sound()


@pytest.mark.django_db
@pytest.mark.skipif(not WIPO.exists(), reason="the table of the depositary is not here")
def test_the_table_of_a_depositary_is_taken_over_as_a_whole(brought: Bring, lawyer: User, sample: Any) -> None:
    with WIPO.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    titles = dict.fromkeys(row["Treaty"] for row in rows)
    agreements = "Title;Kind;Stage\n" + "".join(f'"{title}";treaty;in force\n' for title in titles)
    recorded(brought("agreements", agreements, procedure="multilateral"), lawyer)
    some = {"WIPO GRATK Treaty", "Marrakesh", "Nairobi"}
    text = "\n".join(
        [",".join(rows[0]), *(",".join(f'"{cell}"' for cell in row.values()) for row in rows if row["Treaty"] in some)]
    )
    run = imports.decide(brought("actions", text), {"new-party": {"*": "new"}}, by=lawyer)
    done = recorded(run, lawyer)
    # The clock stands at 28 December 2024: what came later in the table is still to come.
    assert set(done.rows.filter(outcome="refused").values_list("code", flat=True)) == {"future-date"}
    late = [
        row
        for row in rows
        if row["Treaty"] in some and max(row["Signature Date"], row["Instrument Date"]) > "2024-12-28"
    ]
    assert done.counts == {"created": sum(row["Treaty"] in some for row in rows) - len(late), "refused": len(late)}
    acts = history.histories(Agreement.objects.filter(title_en__in=some).values_list("pk", flat=True))
    taken = [row for row in rows if row["Treaty"] in some and row not in late]
    dated = sum(bool(row["Signature Date"]) + bool(row["Instrument Date"]) for row in taken)
    assert sum(len(one.tracks) for one in acts.values()) == dated


# ---- meetings, tasks, figures ----
@pytest.mark.django_db
def test_meetings_are_taken_over_with_participants_and_agenda(
    brought: Bring, lawyer: User, agreement: Agreement, parties: dict[str, Party]
) -> None:
    Format.objects.create(code="council", name_en="Cooperation Council")
    table = (
        "Title;Format;Date;Status;Participants;Agenda\n"
        f"Twentieth meeting;council;2023-06-05;held;Kazakhstan, European Union;{agreement.reference}\n"
        "Next meeting;Cooperation Council;2025-H2;;KZ;\n"
        "A past one;council;2020-01-01;;KZ;\n"
        "Elsewhere;summit;2020-01-01;held;KZ;\n"
    )
    done = recorded(brought("meetings", table), lawyer)
    assert outcomes(done) == [
        (2, "created", ""),
        (3, "created", ""),
        (4, "doubted", "value-missing"),
        (5, "doubted", "entry-unclear"),
    ]
    meeting = Meeting.objects.get(title_en="Twentieth meeting")
    assert (meeting.status, meeting.parties.count(), meeting.agenda.count()) == ("held", 2, 1)
    again = imports.check(brought("meetings", table.replace("held", "Held"), name="again.csv"), by=lawyer)
    assert outcomes(again)[0] == (2, "skipped", "recorded")
    imports.undo(done, by=lawyer, reason="the calendar of another year")
    assert set(Meeting.objects.values_list("status", flat=True)) == {"cancelled"}
    sound()


@pytest.mark.django_db
def test_tasks_are_given_and_ended(brought: Bring, lawyer: User, agreement: Agreement) -> None:
    table = (
        "Agreement;Task;Due;Status\n"
        f"{agreement.reference};Ask the Ministry of Transport;2025-01-31;open\n"
        f"{agreement.reference};Translate the text;2024-11-30;done\n"
    )
    done = recorded(brought("tasks", table), lawyer)
    assert done.counts == {"created": 2}
    mine = Task.objects.filter(code="").order_by("due_by")
    assert [(str(task), task.due.iso, task.status) for task in mine if task.due] == [
        ("Translate the text", "2024-11-30", "done"),
        ("Ask the Ministry of Transport", "2025-01-31", "open"),
    ]
    imports.undo(done, by=lawyer, reason="the wrong list")
    assert set(Task.objects.filter(code="").values_list("status", flat=True)) == {"dropped"}
    sound()


@pytest.mark.django_db
def test_figures_are_recorded_once_a_source(brought: Bring, lawyer: User, parties: dict[str, Party]) -> None:
    table = "Partner;Indicator;Unit;Value;Period;Source\nKZ;Trade with the EU;billion euro;41,2;2023;Eurostat\n"
    done = recorded(brought("indicators", table), lawyer)
    (figure,) = Indicator.objects.all()
    assert (str(figure.value.normalize()), figure.period_until.isoformat(), figure.source) == (
        "41.2",
        "2023-12-31",
        "Eurostat",
    )
    other = imports.check(brought("indicators", table.replace("41,2", "41,3")), by=lawyer)
    assert outcomes(other) == [(2, "refused", "recorded-otherwise")]
    imports.undo(done, by=lawyer, reason="the wrong year")
    assert not Indicator.objects.kept().exists()
    kept = Entry.objects.of(figure).last()
    assert kept is not None
    assert journal.data_of(kept)["changes"] == {"is_void": [False, True]}
    assert journal.text_of(kept) == {"reason": "the wrong year"}
    sound()


# ---- undone, and taken over again ----
def shown(user: User) -> dict[str, Any]:
    """Return what of the register counts, as people see it."""
    agreements = Agreement.objects.for_user(user).kept()
    acts = history.histories(agreements.values_list("pk", flat=True))
    return {
        "agreements": sorted(agreements.values_list("title_en", "stage", "text")),
        "acts": sorted(f"{act.party} {act.kind} {act.on.iso}" for one in acts.values() for _text, act in one.tracks),
        "steps": sorted(f"{step.to_stage} {step.when.iso}" for one in acts.values() for step in one.line),
        "meetings": sorted(
            (one.title_en, one.on.iso, one.status, one.parties.count(), one.agenda.count())
            for one in Meeting.objects.for_user(user).exclude(status="cancelled")
        ),
        "tasks": sorted(
            (str(task), task.due.iso if task.due else "", task.status)
            for task in Task.objects.for_user(user).filter(code="").exclude(status="dropped")
        ),
        "figures": sorted(Indicator.objects.kept().values_list("name_en", "value")),
    }


TABLES = {
    "agreements": (
        "Title;Kind;Stage;Signed;Parties\n"
        "Agreement on transport by road;treaty;signed;2003-04-05;Kazakhstan, European Union\n"
    ),
    "histories": "Agreement;Stage;Date;Notes\nREF;initialled;2007;\nREF;;2010-03-03;a renewed request\n",
    "actions": "Agreement,Party,Signature\nREF,Kazakhstan,2003-05-01\nREF,European Union,2003-05-01\n",
    "meetings": (
        "Title;Format;Date;Status;Participants;Agenda\n"
        "Twentieth meeting;council;2023-06-05;held;Kazakhstan, European Union;REF\n"
        "Next meeting;council;2025-H2;;KZ;\n"
    ),
    "tasks": (
        "Agreement;Task;Due;Status\n"
        "REF;Ask the Ministry of Transport;2025-01-31;open\nREF;Translate the text;2024-11-30;done\n"
    ),
    "indicators": (
        "Partner;Indicator;Unit;Value;Period;Source\n"
        "KZ;Trade with the EU;billion euro;41,2;2023;Eurostat\nKZ;Trade with the EU;billion euro;40;2022;Eurostat\n"
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", TABLES)
def test_what_was_undone_comes_back_once_when_it_is_taken_over_again(
    kind: str, brought: Bring, lawyer: User, agreement: Agreement, parties: dict[str, Party]
) -> None:
    Format.objects.create(code="council", name_en="Cooperation Council")
    text = TABLES[kind].replace("REF", agreement.reference)
    before = shown(lawyer)
    done = recorded(brought(kind, text), lawyer)
    assert set(done.counts) == {"created"}
    with_it = shown(lawyer)
    assert with_it != before
    for name in ("again.csv", "once-more.csv"):
        imports.undo(done, by=lawyer, reason="the wrong list")
        sound()
        assert shown(lawyer) == before
        done = recorded(brought(kind, text, name=name), lawyer)
        assert set(done.counts) == {"created"}
        assert shown(lawyer) == with_it
        third = imports.check(brought(kind, text, name="third.csv"), by=lawyer)
        assert set(third.counts) == {"skipped"}


@pytest.mark.django_db
def test_others_that_were_undone_since_do_not_keep_an_import_from_being_undone(
    brought: Bring, lawyer: User, parties: dict[str, Party]
) -> None:
    first = recorded(brought("agreements", TABLES["agreements"]), lawyer)
    made = Agreement.objects.get(title_en="Agreement on transport by road")
    second = recorded(brought("actions", TABLES["actions"].replace("REF", made.reference)), lawyer)
    with pytest.raises(Refused, match=made.reference):
        imports.undo(first, by=lawyer, reason="the wrong list")
    imports.undo(second, by=lawyer, reason="the wrong acts")
    imports.undo(first, by=lawyer, reason="the wrong list")
    assert Agreement.objects.get(pk=made.pk).is_void
    sound()


@pytest.mark.django_db
def test_a_figure_that_was_corrected_since_keeps_its_import_from_being_undone(
    brought: Bring, lawyer: User, parties: dict[str, Party]
) -> None:
    done = recorded(brought("indicators", TABLES["indicators"]), lawyer)
    figure = Indicator.objects.get(period_until__year=2023)
    with registers.editing(figure, by=lawyer) as fresh:
        fresh.value = Decimal("41.3")
    with pytest.raises(Refused, match="gone on from"):
        imports.undo(done, by=lawyer, reason="the wrong year")
    assert Indicator.objects.kept().count() == 2
    with pytest.raises(Refused, match="Give a reason"):
        registers.strike(figure, by=lawyer, reason=" ")
    registers.strike(figure, by=lawyer, reason="another series")
    with pytest.raises(Refused, match="by mistake"), registers.editing(figure, by=lawyer) as fresh:
        fresh.value = Decimal("1")
    sound()


@pytest.mark.django_db
def test_no_row_is_lost_for_a_letter_and_what_no_text_holds_is_told_with_its_row(
    brought: Bring, lawyer: User, parties: dict[str, Party]
) -> None:
    """Word ends lines within a paragraph by a letter of its own, which tables that were copied from it have."""
    table = "Title;Stage;Notes\nAgreement\x0bon steel;signed;One\x0btwo\nAgreement on \u202elaoc;signed;\n"
    run = imports.check(brought("agreements", table, kind="agreement"), by=lawyer)
    assert outcomes(run) == [(2, "created", ""), (3, "refused", "invalid")]
    assert "U+202E" in str(run.rows.get(number=3).told)
    imports.start(run, by=lawyer, leave_doubts=True, at_once=True)
    assert [one.title_en for one in Agreement.objects.all()] == ["Agreement on steel"]
