"""Status reports through the API: which there are, in every format, as of any day, as far as the reader may see."""

import json

import pytest
from django.core.management import call_command

from agreements import registers, reports
from agreements.choices import Level
from agreements.models import Agreement
from tests.api.conftest import errors_of, problem_of

AVIATION = "AIR-7Q4M"


def test_the_reports_are_listed_with_what_they_can_be_asked(api, reader):
    rows = api(reader).get("reports/", Accept_Language="ru").json()

    assert [row["name"] for row in rows] == list(reports.REPORTS)
    (plan,) = [row for row in rows if row["name"] == "plan"]
    assert plan == {
        "name": "plan",
        "title": "План",
        "about": "Какие договоры должны быть подписаны, ратифицированы или вступить в силу в определённый период.",
        "parameters": ["as_of", "known_at", "since", "until", "with", "area"],
        "formats": list(reports.FORMATS),
        "url": "http://testserver/api/v1/reports/plan/",
    }


def test_a_report_is_the_one_of_the_command(api, reader, sample, capsys):
    answer = api(reader).get("reports/portfolio/?as_of=2013-01-01&with=EU&language=kk")

    call_command("report", "portfolio", as_of="2013-01-01", party="EU", language="kk", format="json", user="reader")
    told = json.loads(capsys.readouterr().out)
    found = answer.json()
    assert (answer.headers["Content-Type"], answer.headers["Content-Language"]) == ("application/json", "kk")
    assert found | {"known_at": ""} == told | {"known_at": ""}
    assert found["filters"] == {"with": "EU", "area": None}


@pytest.mark.parametrize("form", list(reports.FORMATS))
def test_a_report_comes_in_every_format(api, reader, sample, form):
    client = api(reader)
    media = reports.FORMATS[form].media_type
    by_name = client.get(f"reports/register/?format={form}")
    by_header = client.get("reports/register/", Accept=media.partition(";")[0])

    assert (by_name.status_code, by_name.headers["Content-Type"]) == (200, media)
    assert by_header.headers["Content-Type"] == media
    assert by_name.headers["Cache-Control"] == "no-store"
    file = f'attachment; filename="register-2024-12-28.{reports.FORMATS[form].ending}"'
    assert by_name.headers.get("Content-Disposition") == (None if form == "json" else file)
    assert by_name.content


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("portfolio/?as_of=soon", "as_of"),
        ("portfolio/?known_at=yesterday", "known_at"),
        ("plan/?since=2024", "since"),
        ("portfolio/?with=XX", "with"),
        ("participation/?agreement=XXX-0000", "agreement"),
        ("portfolio/?format=docm", "format"),
        ("portfolio/?language=fr", "language"),
        ("portfolio/?agreement=AIR-7Q4M", "agreement"),
        ("portfolio/?page=2", "page"),
    ],
)
def test_a_bad_question_is_named(api, reader, sample, address, field):
    answer = api(reader).get(f"reports/{address}")

    assert problem_of(answer) == (400, "validation")
    assert list(errors_of(answer)) == [field]


def test_other_names_and_forms_are_not_there(api, reader, client, sample):
    assert problem_of(api(reader).get("reports/gossip/")) == (404, "not-found")
    assert problem_of(api(reader).get("reports/portfolio/", Accept="image/png")) == (406, "not-acceptable")
    assert problem_of(api(reader).post("reports/portfolio/", {})) == (405, "method-not-allowed")
    assert client.get("/api/v1/reports/portfolio/").status_code == 401


def test_nothing_of_what_is_hidden_is_told(api, reader, lawyer, sample):
    with registers.editing(Agreement.objects.get(reference=AVIATION), by=lawyer) as agreement:
        agreement.level = Level.SECRET
    client = api(reader)

    for name in ("portfolio", "deadlines", "participation", "plan", "register", "implementation"):
        for form in ("json", "csv", "html", "text"):
            answer = client.get(f"reports/{name}/?format={form}")
            assert answer.status_code == 200
            assert AVIATION.encode() not in answer.content
            assert b"Aviation" not in answer.content
    assert problem_of(client.get(f"reports/participation/?agreement={AVIATION}")) == (400, "validation")
