"""The command that answers a clause from a table of acts, without a database."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parent.parent
CLAUSE: dict[str, Any] = {
    "text": {"en": "Three months after the third instrument."},
    "enters_into_force": {"after": {"months": 3}, "of": {"instruments": 3, "organisations": "not_beside_members"}},
    "later_joiners": {"after": {"months": 3}, "of": {"own": "instrument"}},
}
ACTS = (
    "party,act,on,effective\n"
    "France,ratification,2019-01-10,2020-06-01\n"
    "United Kingdom,ratification,2019-02-01,\n"
    "European Union,accession,2019-12-01,\n"
    "Kazakhstan,ratification,2020-03-01,\n"
    "Georgia,accession,2020-05-05,2020-08-06\n"
    "Korea (Rep. of),signature,03/04/2019,\n"
)


@pytest.fixture
def files(tmp_path: Path) -> Any:
    """Write a clause and a table; returns their paths."""

    def write(clause: Any = CLAUSE, acts: str | bytes = ACTS) -> tuple[str, str]:
        first, second = tmp_path / "clause.json", tmp_path / "acts.csv"
        first.write_text(clause if isinstance(clause, str) else json.dumps(clause), encoding="utf-8")
        second.write_bytes(acts if isinstance(acts, bytes) else acts.encode())
        return str(first), str(second)

    return write


def run(capsys: Any, paths: tuple[str, str], **options: Any) -> str:
    call_command("entry_into_force", *paths, **options)
    return str(capsys.readouterr().out).replace("\u00a0", " ")


def refusal(paths: tuple[str, str], **options: Any) -> str:
    with pytest.raises(CommandError) as failure:
        call_command("entry_into_force", *paths, **options)
    return str(failure.value)


def test_the_answer_as_text(files: Any, capsys: Any) -> None:
    said = run(capsys, files(), on="2020-12-31")
    table = said[said.index("Party") :].splitlines()
    assert table[:9] == [
        "Party           Act           Consent     Bound from  By                  Stated",
        "France          Ratification  2019-01-10  2020-06-01  with the agreement  2020-06-01",
        "United Kingdom  Ratification  2019-02-01  2020-06-01  with the agreement",
        "European Union  Accession     2019-12-01  2020-06-01  with the agreement",
        "Kazakhstan      Ratification  2020-03-01  2020-06-01  with the agreement",
        "Georgia         Accession     2020-05-05  2020-08-05  own date            2020-08-06  differs",
        "",
        "Without consent to be bound (1): Republic of Korea.",
        "",
    ]
    assert table[9].startswith("Row 7, column “on”: “03/04/2019” is read as 3 April 2019")
    assert "by the act of: Kazakhstan" in said
    assert "In force since 1 June 2020." in said
    assert said.startswith("Entry into force:\n  3 months after:\n    3 instruments of consent")


def test_an_instrument_that_was_withdrawn_in_time_is_told_as_such(files: Any, capsys: Any) -> None:
    acts = (
        "party,act,on,target,id\nFrance,ratification,2023-06-15,,1\nFrance,withdrawal of an act,2023-08-01,1,2\n"
        "Kazakhstan,ratification,2023-05-10,,3\nGermany,ratification,2023-08-31,,4\nItaly,ratification,2024-08-31,,5\n"
    )
    said = run(capsys, files(acts=acts), on="2024-12-28")

    assert "by the act of: Italy" in said
    assert re.search(r"France +Ratification +2023-06-15 +withdrawn before it took effect +2023-08-01", said)


def test_the_answer_as_data(files: Any, capsys: Any) -> None:
    data = json.loads(run(capsys, files(), on="2020-12-31", format="json"))
    assert (data["met"], data["in_force"], data["date"]["iso"]) == (True, True, "2020-06-01")
    assert data["trigger"]["parties"] == [{"code": "KZ", "name": "Kazakhstan"}]
    assert [(party["code"], party["date"]["iso"], party["conflict"]) for party in data["parties"]][-1] == (
        "GE",
        "2020-08-05",
        True,
    )
    assert [line["depth"] for line in data["clause"]][:3] == [0, 1, 2]
    assert len(data["notes"]) == 1


@pytest.mark.parametrize(("language", "name"), [("ru", "Казахстан"), ("kk", "Қазақстан")])
def test_the_answer_in_other_languages(files: Any, capsys: Any, language: str, name: str) -> None:
    data = json.loads(run(capsys, files(), on="2020-12-31", format="json", language=language))
    assert data["trigger"]["parties"] == [{"code": "KZ", "name": name}]


def test_what_is_missing_and_when_it_could_be(files: Any, capsys: Any) -> None:
    said = run(capsys, files(), on="2019-12-31", supposing="2021-01-15")
    assert "Not met as of 31 December 2019." in said
    assert "it would enter into force on 15 April 2021." in said


def test_an_organisation_does_not_count_beside_its_members_while_they_are_members(files: Any, capsys: Any) -> None:
    """France is a member and acted: the Union adds nothing. Alone beside a former member it counts."""
    acts = "party,act,on\nUnited Kingdom,ratification,2019-02-01\nEuropean Union,accession,2019-12-01\n"
    two = {"enters_into_force": {"instruments": 2, "organisations": "not_beside_members"}}
    before, after = (
        json.loads(run(capsys, files(two, acts), on=day, format="json"))["met"] for day in ("2020-01-31", "2020-02-01")
    )
    assert (before, after) == (False, True)


def test_names_in_the_clause_are_read_and_numbers_are_exact(files: Any, capsys: Any) -> None:
    """0.1 and 0.2 make 0.3 exactly; as binary fractions they would make more."""
    clause = """{"tables": {"shares": {"weights": {"Republic of Korea": 0.1, "Казахстан": 0.2, "Côte d'Ivoire": 0.7}}},
        "enters_into_force": {"share": 0.3, "table": "shares"}}"""
    acts = "party,ratification\nKOR,2001-01-01\nKZ,2002-02-02\n"
    data = json.loads(run(capsys, files(clause, acts), on="2003-01-01", format="json"))
    assert data["date"]["iso"] == "2002-02-02"
    more = clause.replace('"shares"}}', '"shares", "more_than": true}}')
    data = json.loads(run(capsys, files(more, acts), on="2003-01-01", format="json"))
    assert data["met"] is False
    assert data["missing"]["enough"] == ["CI"]


@pytest.mark.parametrize(
    ("clause", "sentence"),
    [
        ("{", "clause.json: this is not JSON (line 1, column 2)."),
        (
            '{"enters_into_force": {"instruments": NaN}}',
            "clause.json: this is not JSON (a number that JSON does not have).",
        ),
        ('{"day": "acted", "day": "received"}', "clause.json: this is not JSON (the key “day” stands twice)."),
        ("[" * 100_000, "clause.json: this is not JSON (nested too deeply)."),
        (
            '{"enters_into_force": {"instruments": ' + "9" * 5000 + "}}",
            "clause.json: this is not JSON (a number that JSON does not have).",
        ),
        (
            '{"enters_into_force": {"instruments": 0}}',
            "clause.json: enters_into_force.instruments: Give a whole number",
        ),
        (
            '{"groups": {"some": ["Korea"]}, "enters_into_force": {"instruments": 1}}',
            "clause.json: groups.some: “Korea” can be several parties",
        ),
    ],
)
def test_a_clause_that_cannot_be_read_is_refused_with_its_place(files: Any, clause: str, sentence: str) -> None:
    assert sentence in refusal(files(clause))


def test_a_table_that_cannot_be_read_is_refused_with_its_rows(files: Any) -> None:
    said = refusal(files(acts="party,ratified\nAtlantis,2013\nKZ,soon\n")).splitlines()
    assert [line.split("acts.csv: ")[1][:30] for line in said] == [
        "Row 2, column “party”: “Atlant",
        "Row 3, column “ratified”: “soo",
    ]
    many = refusal(files(acts="party,ratified\n" + "Atlantis,2013\n" * 25)).splitlines()
    assert (len(many), many[-1]) == (21, "Further problems: 5.")


def test_a_table_of_several_agreements_asks_which(files: Any, capsys: Any) -> None:
    several = "treaty,party,ratified\nRome,KZ,2012\nParis,KZ,1991\n"
    assert "Choose one with --agreement: Rome, Paris." in refusal(files(acts=several))
    assert "There are: Rome, Paris." in refusal(files(acts=several), agreement="Berne")
    assert "Not met as of 1 January 2000" in run(capsys, files(acts=several), agreement="paris", on="2000-01-01")


def test_who_takes_part_without_having_acted_can_be_named(files: Any, capsys: Any) -> None:
    """Of all participants: whoever is in no row is one only if it is said."""
    paths = files({"enters_into_force": {"notifications": "all"}}, "party,notification\nKZ,2019-12-01\nEU,2020-01-09\n")
    alone = run(capsys, paths, on="2020-12-31")
    assert "In force since 9 January 2020." in alone
    assert alone.endswith("Taken as participants: those in the table. Name others who take part with --participants.\n")
    named = run(capsys, paths, on="2020-12-31", participants="France; Korea (Rep. of); EU")
    assert "Not met as of 31 December 2020." in named
    assert "Without consent to be bound (2): France, Republic of Korea." in named
    assert "Taken as participants" not in named
    assert refusal(paths, participants="Atlantis").startswith("--participants: “Atlantis” is not the name")


def test_a_party_that_is_no_more_is_not_waited_for_though_the_clause_names_it(files: Any, capsys: Any) -> None:
    clause = {"enters_into_force": {"instruments": "all", "of": ["USSR", "US"]}}
    told = run(capsys, files(clause, "party,ratification\nUS,1990-03-31\n"), on="1999-01-01")
    assert "It cannot be met any more: the clause asks for an act of Union of Soviet Socialist Republics" in told
    assert "If all that is missing came" not in told


def test_what_is_missing_shows_what_belongs_to_which(files: Any, capsys: Any) -> None:
    ratified = {"all_of": [{"instruments": 2}, {"instruments": "all", "of": ["FR"]}]}
    clause = {"enters_into_force": {"any_of": [ratified, {"notifications": 1}]}}
    told = run(capsys, files(clause, "party,ratification\nKZ,1990-03-31\n"), on="1999-01-01")
    assert (
        "  Any 1 of the following would be enough:\n"
        "  – All of the following are missing:\n"
        "  – – Missing: 1 of 2 (instruments of consent; so far: 1).\n"
        "  – – Missing: 1 of 1 (instruments of consent): France.\n"
        "  – Missing: 1 of 1 (notifications of completed procedures; so far: 0).\n"
    ) in told


def test_who_applies_it_provisionally_on_the_day_is_named(files: Any, capsys: Any) -> None:
    """As under the Energy Charter Treaty: from signature, until notice not to become a party (VCLT 25(2))."""
    clause = {"enters_into_force": {"instruments": 30}, "provisional_application": {"signatures": 1}}
    rows = (
        "party,act,on,effective\nKZ,signature,1994-12-17,\nRU,signature,1994-12-17,\n"
        "RU,denunciation,2009-08-20,2009-10-18\n"
    )
    told = {day: run(capsys, files(clause, rows), on=day) for day in ("2009-08-19", "2009-10-18")}
    assert "Applied provisionally on that day by: Kazakhstan, Russian Federation.\n" in told["2009-08-19"]
    assert "Applied provisionally on that day by: Kazakhstan.\n" in told["2009-10-18"]


def test_options_are_checked(files: Any) -> None:
    assert refusal(files(), on="tomorrow") == "--on: “tomorrow” is not a day. Write it as 2024-12-28."
    assert refusal(files(), format="pdf") == "“pdf” is not known. Use one of: text, json."
    assert refusal(files(), language="fr").startswith("“fr” is not known.")
    assert refusal(("/nowhere.json", "/nowhere.csv")) == "/nowhere.json cannot be read: No such file or directory."


@pytest.mark.parametrize("broken", [False, True])
def test_no_database_is_needed(files: Any, broken: bool) -> None:
    environment = os.environ | {"DATABASE_URL": "postgres://nowhere", "DJANGO_SETTINGS_MODULE": "tracker.settings"}
    paths = files(acts="party,ratified\nAtlantis,2013\n") if broken else files()
    done = subprocess.run(
        [sys.executable, "manage.py", "entry_into_force", *paths, "--on", "2020-12-31", "--language", "en"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    if broken:
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.rstrip().endswith(
            "acts.csv: Row 2, column “party”: “Atlantis” is not the name or code of a known party."
        )
        assert "Traceback" not in done.stderr
    else:
        assert (done.returncode, done.stderr) == (0, "")
        assert "In force since 1\u00a0June\u00a02020." in done.stdout
