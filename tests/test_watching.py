"""What those on watch see: health, figures, logs, routines; and how a server stops, or serves without writing."""

import io
import json
import logging
import logging.config
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.urls import get_resolver
from prometheus_client.parser import text_string_to_metric_families

from agreements import events, lifecycle, metrics
from agreements.busy import ReadOnly
from agreements.dates import FuzzyDate
from agreements.models import Entry, Routine
from tests.api.conftest import Api, problem_of, secret_for
from tests.conftest import signed_in
from tests.serving import Server
from tracker import logs

TOKEN = {"Authorization": "Bearer figures"}


def figures(text):
    return {(sample.name, *sorted(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(text) for sample in family.samples}  # fmt: skip


@pytest.fixture
def asked(settings, db):
    """Ask for the figures, as the monitoring system does."""
    settings.METRICS_TOKEN = "figures"
    return lambda: figures(Client().get("/metrics", headers=TOKEN).content.decode())


# ---- health ----
def test_alive_asks_nothing_of_the_database(client):
    response = client.get("/healthz")

    assert (response.status_code, response.content, response["Content-Type"]) == (
        200,
        b"ok",
        "text/plain; charset=utf-8",
    )


def test_ready(db, client):
    response = client.get("/readyz")

    assert (response.status_code, response.content) == (200, b"ok")


def test_not_ready_while_migrations_wait(db, client, monkeypatch):
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda self, targets: [("a migration", False)])

    response = client.get("/readyz")

    assert (response.status_code, response.content) == (503, b"migrations are not applied")


def test_not_ready_without_a_database(db, client, monkeypatch):
    def gone(self, connection):
        raise DatabaseError

    monkeypatch.setattr(MigrationExecutor, "__init__", gone)

    response = client.get("/readyz")

    assert (response.status_code, response.content) == (503, b"the database is not reachable")


def test_health_is_not_asked_by_post(db):
    assert Client().post("/healthz").status_code == 405


# ---- figures ----
def test_figures_are_for_who_has_the_token(settings, db, at_lawyer):
    assert at_lawyer.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "figures"
    assert at_lawyer.get("/metrics").status_code == 401
    assert Client().get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 401
    assert Client().post("/metrics", headers=TOKEN).status_code == 405
    given = Client().get("/metrics", headers=TOKEN)
    assert given.status_code == 200
    assert given["Content-Type"].startswith("text/plain; version=")
    assert given["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_requests_are_counted_by_route_and_answer_and_by_nothing_else(asked, at_reader, sample):
    before = asked()
    for address in ("/agreements/AIR-7Q4M/", "/agreements/PEP-4K7Z/?secret=word", "/agreements/NON-0000/", "/nowhere/"):
        at_reader.get(address)
    after = asked()

    def more(*key):
        return after.get(("pacta_requests_total", *sorted(key)), 0) - before.get(
            ("pacta_requests_total", *sorted(key)), 0
        )

    assert (more("GET", "agreement", "200"), more("GET", "agreement", "404"), more("GET", "none", "404")) == (2, 1, 1)
    assert (
        after["pacta_request_seconds_count", "agreement"] - before.get(("pacta_request_seconds_count", "agreement"), 0)
        == 3
    )
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert "agreement" in names
    labels = {value for key in after if key[0].startswith("pacta_request") for value in key[1:]}
    assert not [value for value in labels if "AIR-7Q4M" in value or "secret" in value or "reader" in value]


def test_what_is_recorded_is_counted_when_it_is_committed(
    asked, officer, make_agreement, django_capture_on_commit_callbacks
):
    before = asked()
    with django_capture_on_commit_callbacks(execute=True):
        agreement = make_agreement()
        lifecycle.perform(
            agreement, "authorise", on=FuzzyDate.parse("2003-07-01"), by=officer, evidence="Decision No. 7"
        )
    after = asked()

    def more(kind):
        return after["pacta_entries_total", kind] - before.get(("pacta_entries_total", kind), 0)

    assert (more("open"), more("step")) == (1, 1)


def test_the_queue_and_the_journal_are_told_as_they_are(asked, make_agreement, django_assert_num_queries):
    make_agreement()
    waiting = asked()["pacta_journal_unplaced",]
    position = events.place()
    told = asked()

    assert (waiting, told["pacta_journal_unplaced",]) == (position, 0)
    assert told["pacta_journal_position_total",] == position > 0
    assert [told["pacta_queue", state] for state in ("ready", "running", "failed")] == [0, 0, 0]
    assert [told["pacta_deliveries", state] for state in ("waiting", "failed")] == [0, 0]
    with django_assert_num_queries(7):
        metrics.page()


# ---- routines ----
def test_a_routine_that_went_well_and_one_that_failed_are_told(asked, make_agreement, tmp_path):
    make_agreement()
    call_command("verify_journal", stdout=io.StringIO())
    seal = tmp_path / "seal"
    call_command("seal_journal", output=seal, stdout=io.StringIO())
    well = Routine.objects.get(pk="seal_journal")
    with pytest.raises(CommandError):
        call_command("seal_journal", output=seal, stdout=io.StringIO())
    badly = Routine.objects.get(pk="seal_journal")
    told = asked()

    assert (well.failed_at, badly.ended_at) == (None, well.ended_at)
    assert timedelta() <= badly.failed_at - well.ended_at < timedelta(minutes=5)
    assert told["pacta_routine_ended_timestamp_seconds", "seal_journal"] == pytest.approx(well.ended_at.timestamp())
    assert told["pacta_routine_failed_timestamp_seconds", "seal_journal"] == pytest.approx(badly.failed_at.timestamp())
    assert ("pacta_routine_ended_timestamp_seconds", "verify_journal") in told
    assert ("pacta_routine_failed_timestamp_seconds", "verify_journal") not in told


# ---- logs ----
@pytest.fixture(params=logs.FORMS)
def written(request, settings):
    """What is written to the log meanwhile, in each form."""
    out = io.StringIO()
    configuration = logs.configuration(form=request.param, level="INFO")
    configuration["handlers"]["console"]["stream"] = out
    logging.config.dictConfig(configuration)
    yield request.param, out
    logging.config.dictConfig(settings.LOGGING)


def test_each_request_is_one_line_that_names_it_and_no_person(written, at_reader, sample):
    form, out = written
    assert at_reader.get("/static/pacta.css").status_code == 200
    response = at_reader.get("/agreements/AIR-7Q4M/?q=word", headers={"User-Agent": "Browser of somebody"})
    [line] = out.getvalue().splitlines()

    assert re.search(r"GET agreement 200 in \d+ ms", line)
    assert response["X-Request-ID"] in line
    assert not re.search(r"AIR-7Q4M|word|reader|127\.0\.0\.1|somebody", line)
    if form == "json":
        told = json.loads(line)
        assert set(told) == {"event", "level", "logger", "request", "timestamp"}
        assert (told["level"], told["logger"]) == ("info", "pacta.requests")


def test_what_was_refused_is_found_by_the_key_of_who_asked(written, at_reader, reader, sample):
    _form, out = written
    program = Api(reader)
    assert at_reader.get("/agreements/new/").status_code == 403
    assert program.post("agreements/", {}).status_code in (400, 403)
    assert program.post("areas/", {}).status_code in (403, 405)
    assert at_reader.get("/desk/").status_code == 200
    lines = [line for line in out.getvalue().splitlines() if " ms" in line]

    assert [str(reader.pk) in line for line in lines] == [" 403 " in line for line in lines]
    assert sum(" 403 " in line for line in lines) >= 2
    assert not any(re.search(r"\breader\b", line) for line in lines)


def test_no_line_of_the_log_is_written_by_who_asks(written, db, client):
    _form, out = written
    for address in (
        "/nowhere%0d%0aLOST [error] all is lost/",
        "/nowhere%0aLOST/",
        "/nowhere%1b[2JLOST/",
        "/x%e2%80%a8LOST",
    ):
        client.get(address, headers={"user-agent": "a\r\nLOST"})
    lines = out.getvalue().splitlines()

    assert len(lines) >= 8
    assert [line for line in lines if line.lstrip().startswith("LOST") or "\x1b" in line] == []


def test_the_link_of_a_forgotten_password_stands_in_no_log(written, settings, db, client):
    _form, out = written
    settings.PASSWORD_BY_MAIL = False  # an address that is not there is written
    assert client.get("/sign-in/forgotten/7c267848bec653988ccc0d52a3fd3752/diuklr-3aaf695ed88019e7/").status_code == 404

    assert "/sign-in/forgotten/" in out.getvalue()
    assert "diuklr" not in out.getvalue()


def test_a_fault_is_written_with_its_place_and_its_request(written, settings, at_reader, sample, monkeypatch):
    form, out = written
    at_reader.raise_request_exception = False
    monkeypatch.setattr("agreements.views.agreement.render", None)
    response = at_reader.get("/agreements/AIR-7Q4M/")
    text = out.getvalue()

    assert response.status_code == 500
    assert response["X-Request-ID"] in text
    assert response["X-Request-ID"] in response.content.decode()
    assert "TypeError" in text
    assert "agreements/views/agreement.py" in text
    if form == "json":
        faults = [json.loads(line) for line in text.splitlines()]
        assert [one for one in faults if one["level"] == "error" and "TypeError" in one["exception"]]


def test_a_form_of_logs_that_is_not_known_stops_the_start():
    given = {**os.environ, "DEBUG": "1", "LOG_FORMAT": "xml", "DJANGO_SETTINGS_MODULE": "tracker.settings"}
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"], env=given, capture_output=True, text=True, check=False
    )

    assert ended.returncode
    assert "LOG_FORMAT must be one of line, json, not 'xml'." in ended.stderr


# ---- stopping ----
@pytest.mark.skipif(connection.vendor != "sqlite", reason="the writer who holds others up is one of SQLite")
def test_a_server_that_is_told_to_stop_ends_what_it_has_begun(transactional_db, lawyer, make_agreement, tmp_path):
    agreement, server = make_agreement(), Server(tmp_path, METRICS_TOKEN="figures", WEB_CONCURRENCY="2")
    server.start()
    try:
        server.wait()
        for _request in range(20):
            assert server.ask("/healthz")[0] == 200
        told = figures(server.ask("/metrics", **TOKEN)[1])
        # Whichever worker answers: it tells of both.
        assert told["pacta_requests_total", "200", "GET", "healthz"] == 20

        answers: list[tuple[int, str]] = []
        body = json.dumps({"kind": "note", "what": "A round of talks was held", "on": "2024-12-20"}).encode()
        path = f"/api/v1/agreements/{agreement.reference}/journal/"
        headers = {"Content-Type": "application/json", "Authorization": f"Token {secret_for(lawyer)}"}
        writer = threading.Thread(target=lambda: answers.append(server.ask(path, body, **headers)))
        other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        writer.start()
        time.sleep(1)
        server.running.terminate()
        time.sleep(1)
        assert not answers
        other.rollback()
        other.close()
        writer.join(30)
        assert [status for status, _body in answers] == [201], answers
        assert server.stop() == 0
    finally:
        server.kill()
    assert Entry.objects.filter(subject=agreement.pk, kind="note").count() == 1


# ---- serving without writing ----
def test_what_is_only_read_is_written_by_nobody(settings, officer, lawyer, make_agreement):
    agreement = make_agreement()
    before, step = Entry.objects.count(), {"transition": "authorise", "on": "2024-12-20", "evidence": "Decision No. 7"}
    settings.READ_ONLY = True
    at_officer, client = signed_in(officer), Api(officer)
    page, address = f"/agreements/{agreement.reference}/", f"agreements/{agreement.reference}/"

    shown = at_officer.get(page)
    refused = at_officer.post(f"{page}steps/authorise/", {"on": "2024-12-20"})
    problem = client.post(f"{address}transitions/", step)
    supposed = client.post(f"{address}entry-into-force/", {})
    with pytest.raises(ReadOnly):
        lifecycle.perform(
            agreement, "authorise", on=FuzzyDate.parse("2024-12-20"), by=officer, evidence="Decision No. 7"
        )
    call_command("tick", stdout=io.StringIO())

    assert (shown.status_code, "Pacta is being maintained." in shown.content.decode()) == (200, True)
    assert (refused.status_code, refused["Retry-After"]) == (503, "5")
    assert "What you entered last was not saved." in refused.content.decode()
    assert (problem_of(problem), problem["Retry-After"]) == ((503, "read-only"), "5")
    assert supposed.status_code == 200
    assert signed_in(lawyer).post("/admin/agreements/unit/add/", {"code": "x"}).status_code == 503
    assert at_officer.post("/language/", {"language": "kk"}).status_code == 302
    assert Client().post("/sign-in/", {"username": "officer", "password": "wrong"}).status_code == 200
    assert (Entry.objects.count(), Routine.objects.count()) == (before, 0)
    settings.READ_ONLY = False
    assert client.post(f"{address}transitions/", step).status_code == 201
