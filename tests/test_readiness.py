"""What is asked before anybody is served: each question is put to a Pacta where the answer is no."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import checks
from django.core.cache import cache
from django.core.files.storage import storages
from django.db import connection
from django.template import TemplateSyntaxError
from django.test import Client

from agreements import apps, clock, readiness
from agreements.models import Entry, triggers

QUESTIONS = [
    *(readiness.of_triggers, readiness.of_folders, readiness.of_clock, readiness.of_cache, readiness.of_time_zones),
    *(readiness.of_fonts, readiness.of_translations, readiness.of_templates),
]


@pytest.mark.django_db
@pytest.mark.parametrize("question", QUESTIONS)
def test_nothing_stands_against_serving(question: Any, sample: Any) -> None:
    assert list(question()) == []


@pytest.mark.django_db
def test_a_journal_without_its_triggers_is_not_served() -> None:
    triggers.remove(connection)
    try:
        answer = Client().get("/readyz")
        (first, *_others) = apps.check_database(None, databases=["default"])
    finally:
        triggers.install(connection)
    assert (answer.status_code, answer.content) == (503, b"the journal is not guarded")
    assert (first.id, "could be changed" in first.msg) == ("agreements.E001", True)
    assert Client().get("/readyz").status_code == 200


@pytest.mark.django_db
def test_migrations_that_wait_are_told(monkeypatch: Any) -> None:
    assert apps.check_migrations(None, databases=["default"]) == []
    monkeypatch.setattr(readiness, "waiting", lambda *_alias: True)
    assert [fault.id for fault in apps.check_migrations(None, databases=["default"])] == ["agreements.E004"]
    assert Client().get("/readyz").content == b"migrations are not applied"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["documents", "reports"])
def test_a_folder_that_cannot_be_written_to_is_told(name: str, tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    monkeypatch.setattr(storages[name], "location", str(tmp_path / "taken" / "files"), raising=False)

    assert list(readiness.of_folders()) == [f"The folder for {name} cannot be written to: {tmp_path / 'taken'}."]
    assert Client().get("/readyz").content == b"a folder for files cannot be written to"
    assert "agreements.E006" in [fault.id for fault in apps.check_surroundings(None)]


@pytest.mark.django_db
def test_a_clock_that_is_behind_the_journal_is_told(sample: Any, monkeypatch: Any) -> None:
    last = Entry.objects.latest("recorded_at").recorded_at
    monkeypatch.setattr(clock, "now", lambda: last - timedelta(minutes=5))

    told = " ".join(readiness.of_clock())

    assert "The clock is behind the journal" in told
    assert ("The clocks of this machine and of the database differ by" in told) == (connection.vendor == "postgresql")


def test_a_cache_that_fails_or_keeps_nothing_is_told(monkeypatch: Any) -> None:
    monkeypatch.setattr(cache, "get", lambda _key: None)
    assert list(readiness.of_cache()) == ["The cache of CACHE_URL keeps nothing."]

    def fail(*_given: Any) -> None:
        raise ConnectionError("nobody there")

    monkeypatch.setattr(cache, "set", fail)
    assert list(readiness.of_cache()) == ["The cache of CACHE_URL cannot be used: nobody there."]


def test_what_is_missing_around_it_is_told(settings: Any, tmp_path: Path, monkeypatch: Any) -> None:
    settings.LOCALE_PATHS = [tmp_path]
    monkeypatch.setattr(readiness, "FONTS", tmp_path)
    assert len(list(readiness.of_translations())) == 2
    assert list(readiness.of_fonts()) == [f"The fonts of reports are missing: {tmp_path}."]

    def broken(_name: str) -> None:
        raise TemplateSyntaxError("unclosed tag")

    monkeypatch.setattr(readiness, "get_template", broken)
    told = [fault.msg for fault in apps.check_before_serving(None)]
    assert "The template 404.html cannot be compiled: unclosed tag." in told
    assert all(isinstance(fault, checks.Error) for fault in apps.check_before_serving(None))


def test_a_time_zone_without_data_is_told(monkeypatch: Any) -> None:
    def absent(_name: str) -> None:
        raise readiness.ZoneInfoNotFoundError("no time zone")

    monkeypatch.setattr(readiness, "ZoneInfo", absent)
    (told,) = readiness.of_time_zones()
    assert told.startswith("There are no data of the time zone")
