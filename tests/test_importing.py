"""Taking over acts from a table: all of it or nothing, and nothing twice."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements import acts_csv, history, imports, registers
from agreements.choices import Origin, PartyKind, Role
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.imports import Imported
from agreements.models import Agreement, Entry, Party, User
from tests.shared import DATA

Make = Callable[..., Agreement]
WIPO = DATA / "wipo-treaties" / "membership-to-copyright-treaties.csv"
ACTS = (
    "id,party,act,on,received,effective,manner,target,remarks\n"
    "1,Republic of Kazakhstan,signature,2005-05-01,,,ad referendum,,\n"
    "2,KZ,confirmation,2005-06-01,,,,1,late\n"
    "3,European Union,ratification,2006-03,2006-04-04,2007-01-01,,,\n"
)


@pytest.fixture
def agreement(make_agreement: Make) -> Agreement:
    return make_agreement(stage="signed", on=FuzzyDate.parse("2005-05-01"))


def entries(agreement: Agreement) -> list[Entry]:
    return list(Entry.objects.of(agreement).filter(kind="action").order_by("sequence"))


def count(done: Imported) -> tuple[int, int, list[str]]:
    return len(done.recorded), len(done.skipped), [str(problem) for problem in done.problems]


@pytest.mark.django_db
def test_acts_are_recorded_as_imported(agreement: Agreement, lawyer: User) -> None:
    done = imports.import_acts(agreement, ACTS, by=lawyer, source="Depositary")
    assert count(done) == (3, 0, [])
    written = entries(agreement)
    assert [(entry.origin, entry.actor, entry.source) for entry in written] == [
        (Origin.IMPORTED, lawyer, "Depositary")
    ] * 3
    told = history.histories([agreement.pk])[agreement.pk].tracks
    assert [
        (act.party, act.kind.value, act.on.iso, act.received and act.received.iso, act.effective and act.effective.iso)
        for _text, act in told
    ] == [
        ("KZ", "signature", "2005-05-01", None, None),
        ("KZ", "confirmation", "2005-06-01", None, None),
        ("EU", "ratification", "2006-03", "2006-04-04", "2007-01-01"),
    ]
    assert [act.manner for _text, act in told] == ["ad_referendum", "", ""]
    assert told[1][1].target == str(written[0].pk)


@pytest.mark.django_db
def test_who_accedes_comes_in_by_the_table_and_rows_may_stand_in_any_order(agreement: Agreement, lawyer: User) -> None:
    registers.create(Party(code="KG", kind=PartyKind.STATE, name_en="Kyrgyzstan", name_ru="К", name_kk="К"), by=lawyer)
    table = "party,act,on\nKyrgyzstan,denunciation,2010-01-01\nKyrgyzstan,accession,2006-01-01\n"
    assert count(imports.import_acts(agreement, table, by=lawyer)) == (2, 0, [])
    assert agreement.participants.filter(party__code="KG").exists()
    assert count(imports.import_acts(agreement, table, by=lawyer)) == (0, 2, [])


@pytest.mark.django_db
def test_a_long_table_takes_as_many_queries_as_a_short_one(make_agreement: Make, lawyer: User) -> None:
    counts = []
    for number in (3, 12):
        codes = ["KG", "UZ", "TM", "TJ", "AZ", "AM", "GE", "MD", "BY", "UA", "MN", "CN"][:number]
        for code in codes:
            if not Party.objects.filter(code=code).exists():
                registers.create(Party(code=code, kind=PartyKind.STATE, name_en=code), by=lawyer)
        treaty = make_agreement(stage="signed", procedure="multilateral", on=FuzzyDate.parse("2005-05-01"))
        table = "party,signature,ratification\n" + "".join(f"{code},2005-06-01,2006-07-01\n" for code in codes)
        with CaptureQueriesContext(connection) as queries:
            done = imports.import_acts(treaty, table, by=lawyer)
        assert count(done) == (2 * number, 0, [])
        counts.append(len(queries))
        # All come in by one entry, and then the acts follow in the order of their days.
        kinds = [entry.kind for entry in Entry.objects.of(treaty).order_by("sequence")]
        assert kinds == ["open", "edit", *["action"] * (2 * number)]
        acts = [json.loads(entry.data)["act"] for entry in entries(treaty)]
        assert acts == ["signature"] * number + ["ratification"] * number
    assert counts[0] == counts[1] < 40


@pytest.mark.django_db
def test_nothing_is_recorded_twice(agreement: Agreement, lawyer: User) -> None:
    imports.import_acts(agreement, ACTS, by=lawyer)
    assert count(imports.import_acts(agreement, ACTS, by=lawyer)) == (0, 3, [])
    # Whatever the rows are called, in whatever order they stand and however they are written.
    more = (
        "Country;Type;Date;Received;In force;Manner;Id;Target\n"
        "EU;ratified;03.2006;4 Apr 2006;1 Jan 2007;;;\n"
        "Казахстан;confirmation;1 June 2005;;;;b;a\n"
        "KAZ;signed;01.05.2005;;;Ad referendum;a;\n"
        "KZ;ratification;2 Feb 2007;;;;;\n"
    )
    assert count(imports.import_acts(agreement, more, by=lawyer)) == (1, 3, [])
    assert len(entries(agreement)) == 4


@pytest.mark.django_db
def test_a_dry_run_answers_the_same_and_records_nothing(agreement: Agreement, lawyer: User) -> None:
    assert count(imports.import_acts(agreement, ACTS, by=lawyer, dry_run=True)) == (3, 0, [])
    assert entries(agreement) == []
    agreement.refresh_from_db(fields=["version"])
    assert imports.import_acts(agreement, ACTS, by=lawyer).recorded


@pytest.mark.django_db
def test_with_a_problem_nothing_is_recorded_and_all_problems_are_named(agreement: Agreement, lawyer: User) -> None:
    registers.create(Party(code="KG", kind=PartyKind.STATE, name_en="Kyrgyzstan", name_ru="К", name_kk="К"), by=lawyer)
    done = imports.import_acts(
        agreement,
        "party,act,on,received\n"
        "KZ,ratification,2006-01-01,\n"
        "Georgia,accession,2006-01-01,\n"
        "Kyrgyzstan,ratification,2006-01-01,\n"
        "EU,approval,2026-01-01,\n"
        "EU,ratification,2006-05-05,2006-01-01\n",
        by=lawyer,
    )
    assert done.recorded == ()
    said = [str(problem).replace("\u00a0", " ") for problem in done.problems]
    assert "participant" in said.pop(1)
    assert said == [
        "Row 3: Georgia (GE) is not among the recorded parties.",
        "Row 5: 1 January 2026 is still to come. Record what is done; a date to come belongs into the planned dates.",
        "Row 6: It cannot have been received before it was done.",
    ]
    assert entries(agreement) == []


@pytest.mark.django_db
def test_an_act_that_is_recorded_with_other_details_is_not_recorded_beside_it(
    agreement: Agreement, lawyer: User
) -> None:
    imports.import_acts(agreement, "party,act,on,received\nKZ,ratification,2006-01-01,2006-02-02\n", by=lawyer)
    done = imports.import_acts(agreement, "party,act,on,received\nKZ,ratification,2006-01-01,2006-02-03\n", by=lawyer)
    assert [str(problem).replace("\u00a0", " ") for problem in done.problems] == [
        "Row 2: This act is recorded with other details (received: 2 February 2006; effective: –). "
        "Correct the entry instead."
    ]


@pytest.mark.django_db
def test_a_table_that_cannot_be_read_or_has_several_agreements_is_refused(agreement: Agreement, lawyer: User) -> None:
    assert count(imports.import_acts(agreement, "party,ratified\nAtlantis,2006\n", by=lawyer))[2] == [
        "Row 2, column “party”: “Atlantis” is not the name or code of a known party."
    ]
    several = "treaty,party,ratified\nRome,KZ,2006\nParis,KZ,2007\n"
    assert count(imports.import_acts(agreement, several, by=lawyer))[2] == [
        "The table has several agreements. Name one of them: Rome, Paris."
    ]
    assert count(imports.import_acts(agreement, several, by=lawyer, about="Rome")) == (1, 0, [])


@pytest.mark.django_db
def test_acts_that_concern_each_other_are_refused(agreement: Agreement, lawyer: User) -> None:
    done = imports.import_acts(
        agreement,
        "id,party,act,on,target\na,KZ,withdrawal,2006,b\nb,KZ,withdrawal,2006,a\n",
        by=lawyer,
    )
    assert [problem.row for problem in done.problems] == [2, 3]


@pytest.mark.django_db
def test_importing_needs_the_right(agreement: Agreement, officer: User) -> None:
    with pytest.raises(Refused):
        imports.import_acts(agreement, ACTS, by=officer)
    assert entries(agreement) == []


@pytest.mark.django_db
@pytest.mark.skipif(not WIPO.is_file(), reason="the table of treaties is third-party data and not part of the project")
def test_the_table_of_a_depositary_makes_the_agreement_enter_into_force(make_agreement: Make, lawyer: User) -> None:
    """The instruments of the treaty of Beijing: the clause in the record answers from what was taken over."""
    rows = [line.split(",") for line in WIPO.read_text(encoding="utf-8").splitlines() if ",Beijing," in line]
    instruments = [f"{row[0]},{row[3]},{row[4]},{row[5]}" for row in rows if row[4]]
    table = "\n".join(["Contracting Party,Instrument Type,Instrument Date,Entry Into Force Date", *instruments])
    reading = acts_csv.read(table)
    parties = []
    for known in reading.parties.values():
        row = Party(code=known.code, kind=known.kind, **{f"name_{code}": text for code, text in known.names.items()})
        parties.append(Party.objects.filter(code=known.code).first() or registers.create(row, by=lawyer))
    agreement = make_agreement(
        stage="signed",
        procedure="multilateral",
        participants=[(party, Role.NEGOTIATING) for party in parties],
        on=FuzzyDate.parse("2012-06-26"),
    )
    with registers.editing(agreement, by=lawyer) as fresh:
        fresh.clause = {"enters_into_force": {"after": {"months": 3}, "of": {"instruments": 30}}}
    assert count(imports.import_acts(agreement, table, by=lawyer)) == (48, 0, [])
    assert str(Agreement.objects.get(pk=agreement.pk).computed_entry) == "28\u00a0April\u00a02020"


# ---- the command ----
def run(path: Path, agreement: Agreement, **options: Any) -> str:
    out = io.StringIO()
    call_command("import_actions", str(path), agreement=agreement.reference, stdout=out, stderr=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_says_what_it_did(agreement: Agreement, lawyer: User, tmp_path: Path) -> None:
    path = tmp_path / "acts.csv"
    path.write_text(ACTS, encoding="utf-8")
    reference = agreement.reference
    assert run(path, agreement, dry_run=True) == f"{reference}: 3 acts would be recorded, 0 were already.\n"
    assert run(path, agreement, by="lawyer") == f"{reference}: 3 acts recorded, 0 were already.\n"
    assert run(path, agreement) == (
        "Row 2: recorded already.\nRow 3: recorded already.\nRow 4: recorded already.\n"
        f"{reference}: 0 acts recorded, 3 were already.\n"
    )
    assert {entry.actor for entry in entries(agreement)} == {lawyer}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"by": "nobody"}, "There is no user “nobody”."),
        ({"by": "officer"}, "You do not have the right to do this."),
        ({"agreement": "AIR-0000"}, "There is no agreement “AIR-0000”."),
        ({"path": "/nowhere.csv"}, "/nowhere.csv cannot be read: No such file or directory."),
        (
            {"text": "party,ratified\nAtlantis,2006\n"},
            "acts.csv: Row 2, column “party”: “Atlantis” is not the name or code of a known party.",
        ),
    ],
)
def test_the_command_refuses_in_a_sentence(
    agreement: Agreement, officer: User, tmp_path: Path, options: dict[str, str], sentence: str
) -> None:
    path = tmp_path / "acts.csv"
    path.write_text(options.get("text", ACTS), encoding="utf-8")
    with pytest.raises(CommandError) as failure:
        call_command(
            "import_actions",
            options.get("path", str(path)),
            agreement=options.get("agreement", agreement.reference),
            by=options.get("by", ""),
        )
    assert str(failure.value).endswith(sentence)
    assert entries(agreement) == []
