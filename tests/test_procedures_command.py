"""The command `procedures`, and the check of the calendars that procedures name."""

import io
import os
import subprocess
import sys
import xml.dom.minidom
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from agreements import procedures
from agreements.choices import EDGES
from agreements.models import Agreement
from agreements.reports.faces import width
from agreements.views.drawing import broken, drawing
from agreements.views.rules import laws_of, onward
from tests.lives import Make, day
from tests.rules.calendar_files import CHAMBER
from tests.rules.tables import CODES
from tests.rules.test_procedure_files import NOTES

ROOT = Path(__file__).resolve().parent.parent
WAITED = '{ kind = "waited", since = "stage", sitting_days = 21, calendar = "chamber", law = "rule" }'
#: A ministry's own procedure, with a period of waiting and a task.
LAID = NOTES.replace('{ kind = "clearance" }', WAITED) + (
    '[[tasks]]\ncode = "draft"\ntransition = "sign"\n'
    'title = { en = "Draft the note", ru = "Составить ноту", kk = "Нота жобасын жасау" }\n'
    'law = "rule"\nstages = ["signing"]\nwithin = { months = 2 }\n'
)


def run(*words: str, **options: Any) -> list[str]:
    out = io.StringIO()
    call_command("procedures", *words, stdout=out, **options)
    return out.getvalue().replace("\u00a0", " ").splitlines()


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Callable[..., str]:
    """Return a writer of a ministry's folders: of procedures, which it returns, and of calendars, which is set."""
    (tmp_path / "calendars").mkdir()
    (tmp_path / "calendars" / "chamber.toml").write_text(CHAMBER, encoding="utf-8")
    (tmp_path / "procedures").mkdir()
    settings.CALENDARS_DIR = str(tmp_path / "calendars")

    def write(**files: str) -> str:
        for name, text in files.items():
            (tmp_path / "procedures" / f"{name}.toml").write_text(text, encoding="utf-8")
        return str(tmp_path / "procedures")

    return write


# ---- all of them ----
@pytest.mark.django_db
def test_procedures_are_listed_with_their_files() -> None:
    lines = run()
    known = procedures.load()
    assert [line.split()[0] for line in lines[::2]] == sorted(CODES)
    assert [line.strip() for line in lines[1::2]] == [str(procedures.FOLDER / f"{code}.toml") for code in sorted(CODES)]
    assert lines[4] == (
        f"non_binding   version {known['non_binding'].version}  not binding  10 stages  0 tasks  "
        f"{known['non_binding'].digest[:12]}  Non-binding instrument"
    )


@pytest.mark.django_db
def test_procedures_of_a_folder_are_listed_with_those_of_pacta(folder: Any) -> None:
    place = folder(notes=LAID, simplified=NOTES.replace('"notes"', '"simplified"'))
    found = dict(zip([line.split()[0] for line in run(dir=place)[::2]], run(dir=place)[1::2], strict=True))
    assert sorted(found) == sorted([*CODES, "notes"])
    assert found["notes"].strip() == f"{place}/notes.toml"
    assert found["simplified"].strip() == f"{place}/simplified.toml"
    assert found["ratified"].strip() == str(procedures.FOLDER / "ratified.toml")


def test_agreements_are_counted_by_the_version_that_they_follow(
    make_agreement: Make, settings: Any, folder: Any
) -> None:
    settings.PROCEDURES_DIR = folder(ratified=procedures.load()["ratified"].text + "\n# of last year\n")
    for _number in range(2):
        make_agreement(procedure="ratified")
    old = procedures.load(settings.PROCEDURES_DIR)["ratified"].digest[:8]
    settings.PROCEDURES_DIR = ""
    make_agreement(procedure="ratified")
    present = procedures.load()["ratified"]

    lines = [line.strip() for line in run() if "follow" in line]

    assert sorted(lines) == [
        f"1 agreement follows version {present.version} (digest {present.digest[:8]}…)",
        f"2 agreements follow version {present.version} (digest {old}…), not in use today",
    ]


def test_without_a_database_the_files_are_listed_all_the_same() -> None:
    listed = subprocess.run(
        [sys.executable, "manage.py", "procedures"],
        cwd=ROOT,
        env=started_with(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (listed.returncode, listed.stderr) == (0, "")
    assert len(listed.stdout.splitlines()) == 2 * len(CODES)


# ---- faults ----
def test_first_fault_of_every_file_is_named(folder: Any) -> None:
    place = folder(
        notes=LAID.replace("binding = true", "binding = 1"),
        letters=NOTES,
        ratified="colour = 1",
    )
    with pytest.raises(CommandError) as refusal:
        run(dir=place)
    assert [line.split(": ", 2)[:2] for line in str(refusal.value).splitlines()] == [
        ["letters.toml", "code"],
        ["notes.toml", "binding"],
        ["ratified.toml", "colour"],
    ]


def test_calendar_that_is_not_there_is_a_fault_of_the_folder(folder: Any, settings: Any) -> None:
    place = folder(notes=LAID)
    assert run("notes", dir=place)[0] == "Exchange of notes"
    settings.CALENDARS_DIR = ""
    with pytest.raises(CommandError) as refusal:
        run("notes", dir=place)
    assert str(refusal.value) == (
        "notes.toml: transitions.sign.requires[2].calendar: there is no calendar 'chamber'. "
        "Add a calendar of sitting days to the folder of CALENDARS_DIR (docs/calendars.md)."
    )


def test_mended_file_is_read_again(folder: Any) -> None:
    place = folder(notes=NOTES.replace("binding = true", "binding = 1"))
    with pytest.raises(CommandError):
        run("notes", dir=place)
    folder(notes=NOTES)
    assert run("notes", dir=place)[0] == "Exchange of notes"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["oz"], "There is no procedure “oz”. Known are: eu_mixed, multilateral, non_binding, ratified, simplified."),
        (["ratified", "--format", "png"], "“png” is not known. Use one of: text, svg, mermaid."),
        (["ratified", "--language", "de"], "“de” is not known. Use one of: en, ru, kk."),
        (["--format", "svg"], "--format svg needs the code of a procedure."),
        (["--dir", "/nowhere"], "--dir: /nowhere is not a folder. Name a folder with TOML files."),
        (
            ["ratified", "--outdated"],
            "--outdated asks for nothing else: it compares the agreements with the files in use.",
        ),
    ],
)
def test_question_that_cannot_be_answered_is_refused(words: list[str], sentence: str) -> None:
    with pytest.raises(CommandError) as refusal:
        run(*words)
    assert str(refusal.value) == sentence


# ---- one of them ----
def test_one_procedure_is_told_in_full(folder: Any) -> None:
    assert run("notes", dir=folder(notes=LAID)) == [
        "Exchange of notes",
        "Code “notes”, version 7.",
        "Binding.",
        procedures.parse(LAID, "notes.toml").digest,
        "",
        "Path",
        "  Proposed, usually 30 days",
        "  On the desk",
        "  Signed",
        "  In force",
        "",
        "Other stages",
        "  Expired",
        "",
        "Steps along the path",
        "  Prepare for signing: Proposed → On the desk",
        "  Exchange: On the desk → Signed",
        "    - Recorded beforehand: decision.",
        "      Rule 1",
        "    - Recorded for each participant that acts: full powers or signature.",
        "    - Waited: 21 sitting days since the stage was entered (by the calendar “Chamber”).",
        "      Rule 1",
        "  Enter into force: Signed → In force",
        "",
        "Other ways out and back",
        "  Expire (by itself, when the day comes): In force → Expired",
        "    - The period of validity has ended.",
        "",
        "Tasks that it gives",
        "  Draft the note",
        "    Before the step: Exchange",
        "    Whose: Own side",
        "    When it is there: At the stage: On the desk.",
        "    Due: 2 months after the stage is entered",
        "    Law: Rule 1",
        "    What ends it: Somebody says that it is done.",
        "",
        "Reminders",
        "  An open task: its last possible day (the usual ones)",
        "    - 7 days before: the responsible person",
        "    - 1 day before: the responsible person",
        "    - on the day: the responsible person",
        "    - 3 days after: the responsible person, the head of the unit",
        "    - 10 days after: the responsible person, the head of the unit, the treaty department",
        "  The last day for notice against renewal (the usual ones)",
        *(
            periods := [
                "    - 180 days before: the officer",
                "    - 90 days before: the officer",
                "    - 30 days before: the officer, the head of the unit",
                "    - 7 days before: the officer, the head of the unit, the treaty department",
            ]
        ),
        "  The last day of validity (the usual ones)",
        *periods,
    ]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_drawing_opens_alone_and_says_in_words_what_it_shows(code: str, language: str) -> None:
    text = "\n".join(run(code, format="svg", language=language))
    root = xml.dom.minidom.parseString(text).documentElement
    rules = procedures.load()[code]
    assert root is not None
    assert (root.tagName, root.getAttribute("xmlns")) == ("svg", "http://www.w3.org/2000/svg")
    assert (root.getAttribute("role"), root.getAttribute("aria-labelledby")) == ("img", "drawing-title drawing-desc")
    title, desc = root.getElementsByTagName("title")[0], root.getElementsByTagName("desc")[0]
    assert title.firstChild.nodeValue == rules.title[language]
    labels = " ".join(item.firstChild.nodeValue for item in root.getElementsByTagName("text"))
    with translation.override(language):
        for stage in rules.path:
            assert rules.stage_label(stage).split()[0][:8] in labels
    assert desc.firstChild.nodeValue.count(" → ") == len(rules.transitions)
    # Nothing is fetched from anywhere.
    assert text.count("http") == 1
    assert "href" not in text


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_words_of_a_drawing_lie_inside_and_apart(code: str, language: str) -> None:
    with translation.override(language):
        drawn = drawing(procedures.load()[code])
    boxes = [
        (text.x, text.y - text.size, text.x + width(text.words, text.size, bold=text.weight > 400), text.y, text.words)
        for text in drawn.texts
    ]
    for left, top, right, bottom, words in boxes:
        assert left >= 0, words
        assert top >= 0, words
        assert right <= drawn.width + 1, words
        assert bottom <= drawn.height, words
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] + 1 or other[3] <= one[1] + 1
            assert apart, (one, other)


@pytest.mark.parametrize("code", CODES)
def test_every_step_and_every_law_is_drawn(code: str) -> None:
    rules = procedures.load()[code]
    drawn = drawing(rules)
    words = " ".join(text.words for text in drawn.texts).replace("\u00a0", " ")

    for name in rules.transitions:
        assert rules.step_label(name) in words
    for law in laws_of(rules):
        assert law.act in words
        assert law.provision.split("(")[0].strip() in words
    # A line for each way beside the path, with an arrow.
    others = [name for name in rules.transitions if name not in list(onward(rules))]
    assert sum(line.arrow for line in drawn.lines) == len(others)


def test_a_word_that_is_wider_than_its_column_is_broken() -> None:
    assert broken("ратификациялануда", 100, 14.5, bold=True) == ["ратификац-", "иялануда"]
    assert broken("28\u00a0December\u00a02024", 90, 13) == ["28 December", "2024"]
    assert broken("", 80, 13) == []


@pytest.mark.parametrize("code", CODES)
def test_mermaid_has_every_stage_and_every_edge(code: str) -> None:
    lines, rules = run(code, format="mermaid"), procedures.load()[code]
    assert lines[0] == "stateDiagram-v2"
    edges = {tuple(line.split(":")[0].split(" --> ")) for line in map(str.strip, lines) if ": " in line}
    assert edges == {
        (source.value, EDGES[name].target.value) for name, rule in rules.transitions.items() for source in rule.sources
    }
    assert sum(line.strip().startswith("state ") for line in lines) == len(rules.stages)


# ---- older versions ----
def test_agreements_under_older_versions_are_listed_by_reference(
    make_agreement: Make, settings: Any, folder: Any
) -> None:
    make_agreement(procedure="ratified")
    assert run(outdated=True) == ["Every agreement follows the version of its procedure in use today."]
    settings.PROCEDURES_DIR = folder(
        ratified=procedures.load()["ratified"].text.replace("usual_days = 730", "usual_days = 731"), notes=NOTES
    )
    older = make_agreement(procedure="ratified", on=day("2008"))
    gone = make_agreement(procedure="notes", stage="signing")
    digests = {code: rules.digest[:8] for code, rules in procedures.load(settings.PROCEDURES_DIR).items()}
    settings.PROCEDURES_DIR = ""
    present = procedures.load()["ratified"]

    assert run(outdated=True) == [
        f"{gone.reference}  notes  version 7 (digest {digests['notes']}…)  the procedure is no longer in use",
        f"{older.reference}  ratified  version {present.version} (digest {digests['ratified']}…)  "
        f"in use: version {present.version} (digest {present.digest[:8]}…)",
    ]
    Agreement.objects.update(is_void=True)
    assert run(outdated=True) == ["Every agreement follows the version of its procedure in use today."]


# ---- the start ----
def started_with(**folders: str) -> dict[str, str]:
    return (
        os.environ
        | {"DJANGO_SETTINGS_MODULE": "tracker.settings", "SECRET_KEY": "x" * 60, "DATABASE_URL": "sqlite://:memory:"}
        | folders
    )


def check(**folders: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=started_with(**folders),
        capture_output=True,
        text=True,
        check=False,
    )


def test_procedure_without_its_calendar_is_reported_at_the_start(folder: Any, tmp_path: Path) -> None:
    place = folder(notes=LAID)
    missing = check(PROCEDURES_DIR=place)
    assert missing.returncode == 1
    assert "(agreements.E003) notes.toml: transitions.sign.requires[2].calendar: there is no calendar 'chamber'." in (
        missing.stderr
    )
    assert "HINT: Add a calendar of sitting days to the folder of CALENDARS_DIR" in missing.stderr
    there = check(PROCEDURES_DIR=place, CALENDARS_DIR=str(tmp_path / "calendars"))
    assert (there.returncode, there.stderr) == (0, "")


def test_procedure_with_a_calendar_of_other_days_is_reported_at_the_start(folder: Any) -> None:
    found = check(PROCEDURES_DIR=folder(notes=LAID.replace('"chamber"', '"kz"')))
    assert found.returncode == 1
    assert "the calendar 'kz' has working days, but sitting days are counted." in found.stderr
