"""The command `calendars`, and the check of the folder at start-up."""

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.rules.calendar_files import CHAMBER, OFFICE

ROOT = Path(__file__).resolve().parent.parent


def run(*words: str, **options: Any) -> list[str]:
    out = io.StringIO()
    call_command("calendars", *words, stdout=out, **options)
    return out.getvalue().replace("\u00a0", " ").splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> str:
    (tmp_path / "chamber.toml").write_text(CHAMBER, encoding="utf-8")
    return str(tmp_path)


def test_calendars_are_listed() -> None:
    assert run() == ["kz  working days  2023-01-01 – 2025-12-31  Working days of Kazakhstan (five-day week)"]


def test_calendars_of_a_folder_are_listed_with_those_of_pacta(folder: str) -> None:
    assert run(folder=folder) == [
        "chamber  sitting days  2025-01-01 – 2025-06-30  Chamber",
        "kz       working days  2023-01-01 – 2025-12-31  Working days of Kazakhstan (five-day week)",
    ]


def test_calendars_of_the_setting_are_listed(folder: str, settings: Any) -> None:
    settings.CALENDARS_DIR = folder
    assert [line.split()[0] for line in run()] == ["chamber", "kz"]


def test_one_calendar_tells_how_many_days_count() -> None:
    lines = run("kz")
    assert lines[0] == "Working days of Kazakhstan (five-day week)"
    assert lines[1].startswith("Law of the Republic of Kazakhstan of 13 December 2001 No. 267-II ")
    assert lines[2:] == [
        "Filled in from 1 January 2023 to 31 December 2025.",
        "Days off every week: Saturday, Sunday.",
        "2023: 246 working days",
        "2024: 249 working days",
        "2025: 246 working days",
    ]


def test_one_year_is_told_by_name() -> None:
    order = "Order of the Acting Minister of Labour and Social Protection of the Population of 17 April 2024 No. 109"
    lines = run("kz", year=2024)
    assert lines[2:] == [
        "Filled in from 1 January 2023 to 31 December 2025.",
        "Days off every week: Saturday, Sunday.",
        "2024: 249 working days",
        "",
        "2024-01-01  Monday     New Year",
        "2024-01-02  Tuesday    New Year",
        "2024-01-07  Sunday     Orthodox Christmas",
        "2024-03-08  Friday     International Women’s Day",
        "2024-03-21  Thursday   Nauryz Meiramy",
        "2024-03-22  Friday     Nauryz Meiramy",
        "2024-03-23  Saturday   Nauryz Meiramy",
        "2024-03-25  Monday     day off for 23 March 2024 (Nauryz Meiramy)",
        "2024-05-01  Wednesday  Day of Unity of the People of Kazakhstan",
        f"2024-05-04  Saturday   working day by decision ({order} (G24G0000109))",
        "2024-05-07  Tuesday    Defender of the Fatherland Day",
        f"2024-05-08  Wednesday  day off by decision ({order} (G24G0000109))",
        "2024-05-09  Thursday   Victory Day",
        "2024-06-16  Sunday     First day of Kurban Ait",
        "2024-07-06  Saturday   Capital Day",
        "2024-07-08  Monday     day off for 6 July 2024 (Capital Day)",
        "2024-08-30  Friday     Constitution Day of the Republic of Kazakhstan",
        "2024-10-25  Friday     Republic Day",
        "2024-12-16  Monday     Independence Day",
    ]


def test_sitting_days_of_a_year_are_told(folder: str) -> None:
    lines = run("chamber", year=2025, folder=folder)
    assert lines[:5] == [
        "Chamber",
        "Decision 1",
        "Filled in from 1 January 2025 to 30 June 2025.",
        "2025: 66 sitting days",
        "",
    ]
    assert lines[5] == "2025-01-14  Tuesday    sitting day: Winter session"
    assert "2025-03-24  Monday     sitting day by decision (Decision 2)" in lines
    assert "2025-05-01  Thursday   sitting day; no sitting by decision (Decision 2)" in lines
    assert len(lines) == 5 + 67


@pytest.mark.parametrize(
    ("language", "title", "day"),
    [
        ("ru", "Рабочие дни Республики Казахстан (пятидневная рабочая неделя)", "2025-06-06  Пятница      Первый день"),
        ("kk", "Қазақстан Республикасының жұмыс күндері (бес күндік жұмыс аптасы)", "2025-06-06  Жұма      Құрбан айт"),
    ],
)
def test_calendar_is_told_in_three_languages(language: str, title: str, day: str) -> None:
    lines = run("kz", year=2025, language=language)
    assert lines[0] == title
    assert next(line for line in lines if line.startswith("2025-06-06")).startswith(day)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["oz"], "There is no calendar “oz”. Known are: kz."),
        (["--year", "2025"], "--year needs the code of a calendar: calendars kz --year 2025"),
        (["--language", "de"], "“de” is not known. Use one of: en, ru, kk."),
        (
            ["kz", "--year", "2026"],
            "It cannot be computed: no working days known after 31 December 2025 in the calendar "
            "“Working days of Kazakhstan (five-day week)”.",
        ),
        (
            ["kz", "--year", "2022"],
            "It cannot be computed: no working days known before 1 January 2023 in the calendar "
            "“Working days of Kazakhstan (five-day week)”.",
        ),
        (["--folder", "/nowhere"], "--folder: /nowhere is not a folder. Name a folder with TOML files."),
    ],
)
def test_question_that_cannot_be_answered_is_refused(words: list[str], sentence: str) -> None:
    with pytest.raises(CommandError) as refusal:
        run(*words)
    assert str(refusal.value).replace("\u00a0", " ") == sentence


def test_folder_with_a_fault_is_refused_and_read_again_when_mended(tmp_path: Path) -> None:
    path = tmp_path / "office.toml"
    path.write_text(OFFICE.replace('day = "05-01"', 'day = "05-32"'), encoding="utf-8")
    with pytest.raises(CommandError) as refusal:
        run(folder=str(tmp_path))
    path.write_text(OFFICE, encoding="utf-8")

    assert str(refusal.value) == (
        """office.toml: holidays[0].day: must be a month and a day such as "03-21", not '05-32'."""
    )
    assert run(folder=str(tmp_path))[1].startswith("office  working days  2024-01-01 – 2025-12-31")


# ---- the start ----
def start(folder: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": "tracker.settings", "SECRET_KEY": "x" * 60, "DATABASE_URL": "sqlite://:memory:"}
        | {"CALENDARS_DIR": folder},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_broken_calendar_stops_the_start_and_names_file_and_key(tmp_path: Path) -> None:
    (tmp_path / "office.toml").write_text(OFFICE.replace('kind = "working"', 'kind = "busy"'), encoding="utf-8")
    started = start(str(tmp_path))
    assert started.returncode != 0
    assert "office.toml: kind: 'busy' is not known. Use one of: working, sitting." in started.stderr


def test_a_folder_that_is_none_stops_the_start() -> None:
    started = start("/nowhere/at/all")
    assert started.returncode != 0
    assert "CALENDARS_DIR: /nowhere/at/all is not a folder. Name a folder with TOML files." in started.stderr
