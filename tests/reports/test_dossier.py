"""The dossier of one agreement: everything that is recorded of it, as of a day and known at a moment."""

import html
import io
import json
import os
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.html import strip_tags

from agreements import (
    commitments,
    documents,
    journal,
    lifecycle,
    meetings,
    participation,
    registers,
    reports,
    tasks,
    undisclosed,
)
from agreements.choices import ActionKind, DocumentKind, Level, MeetingStatus
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Entry, Format, Meeting, Party, Relation, User
from agreements.reports import dossier as report
from tests.documents.conftest import PDF, upload

PCA, EPCA, AVIATION, ROADMAP_2023, ROADMAP_2025 = "PEP-2F9C", "PEP-4K7Z", "AIR-7Q4M", "RAW-23X4", "RAW-25X6"
#: Later than the loading of the sample, whenever that is.
MOMENT = datetime(2100, 1, 1, 12, tzinfo=ZoneInfo("Asia/Almaty"))
pytestmark = pytest.mark.django_db


def on(text: str) -> FuzzyDate:
    return FuzzyDate.parse(text)


def asked(reference: str = "", **options: str) -> str:
    """The report as asked for once everything of the tests is recorded."""
    out = io.StringIO()
    with time_machine.travel(MOMENT, tick=False):
        call_command("report", "agreement", stdout=out, agreement=reference, **options)
    return out.getvalue()


def told(reference: str, **options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(asked(reference, format="json", **options))
    return found


def moved(found: dict[str, Any], name: str = "history") -> list[tuple[str, str | None, bool]]:
    return [(one["code"], one["day"]["iso"], one["certain"]) for one in found["agreement"][name]]


@pytest.fixture
def busy(sample: dict[str, Agreement], lawyer: User) -> dict[str, Agreement]:
    """The aviation agreement with everything that a dossier tells of, recorded at one moment."""
    aviation = sample[AVIATION]
    with time_machine.travel(MOMENT, tick=False):
        with registers.editing(aviation, by=lawyer) as fresh:
            fresh.planned_signing, fresh.authentic_languages, fresh.officer = on("2025-01-20"), "en, kk, ru", lawyer
        kept: dict[str, Any] = {"by": lawyer, "on": on("2024-10-14"), "authenticity": "authentic"}
        text = documents.store(aviation, DocumentKind.INITIALLED_TEXT, upload(), language="en", **kept)
        documents.store(
            aviation, DocumentKind.INITIALLED_TEXT, upload(PDF + b"ru"), language="ru", document=text.document, **kept
        )
        documents.cite(aviation, DocumentKind.LEGAL_EXPERTISE, on=on("2024-12-26"), by=lawyer, evidence="Opinion No. 7")
        tasks.clear(aviation, "Ministry of Justice", result="with_remarks", on=on("2024-12-26"), by=lawyer)
        tasks.add(aviation, "Check the annex", by=lawyer, due=on("2024-12-20"), person=lawyer)
        participation.act(
            aviation, Party.objects.get(code="KZ"), ActionKind.FULL_POWERS, on=on("2024-12-27"), by=lawyer
        )
        initialled = Entry.objects.of(aviation).get(transition="initial", earliest=date(2024, 10, 14))
        lifecycle.correct(initialled, by=lawyer, reason="The minutes give the day.", on=on("2024-10-15"))
        council = Meeting.objects.get(earliest=date(2024, 10, 14))
        points = [
            meetings.Point(item.agreement, "Thank for the work on the text.", "The text was initialled.")
            if item.agreement_id == aviation.pk
            else meetings.Point(item.agreement)
            for item in meetings.listed(council, lawyer)
        ]
        meetings.change(council, by=lawyer, agenda=points)
    return sample


# ---- content ----
def test_everything_that_is_recorded_is_told(busy: Any) -> None:
    found = told(AVIATION)
    one = found["agreement"]
    assert (one["reference"], one["stage"], one["text"], one["level"]) == (AVIATION, "signing", 2, "internal")
    fields = {item["name"]: item["value"].replace("\u00a0", " ") for item in one["fields"]}
    assert (fields["planned_signing"], fields["officer"], fields["kind"]) == ("20 January 2025", "lawyer", "Agreement")
    assert fields["procedure_version"].startswith("Treaty subject to ratification (ratified ")
    assert fields["areas"] == "Aviation; Transport and logistics"
    assert [row["code"] for row in one["participants"]] == ["KZ", "EU"]
    versions = [(item["kind"], [row["language"] for row in item["versions"]]) for item in one["documents"]]
    assert versions == [("initialled_text", ["ru", "en"])]
    assert one["documents"][0]["versions"][1]["sha256"] == upload_digest()
    assert [(item["kind"], item["language"]) for item in one["missing_texts"]] == [("initialled_text", "kk")]
    assert [(item["code"], item["sentence"]) for item in one["clearances"]] == [
        ("clearance", "Clearance: Ministry of Justice – given with remarks")
    ]
    late = [task["title"]["en"] for task in one["tasks"] if task["overdue"]]
    assert (late, len(one["tasks"])) == (["Check the annex"], 8)
    assert [task["holders"] for task in one["tasks"] if task["overdue"]] == [["lawyer"]]
    (council, _consultations) = one["meetings"]
    assert (council["talking_points"], council["point_outcome"], council["status"]) == (
        "Thank for the work on the text.", "The text was initialled.", "held",
    )  # fmt: skip
    assert [(item["code"], item["quality"]) for item in one["findings"]] == [
        ("overdue", False), ("due-soon", False), ("text-missing", True),
    ]  # fmt: skip
    assert [(item["said"]["day"]["iso"], item["says"][0]["day"]["iso"]) for item in found["corrections"]] == [
        ("2024-10-14", "2024-10-15")
    ]
    assert [item["code"] for item in one["changes_of_record"]] == ["edit", "task"]
    assert found["seen_by"] == ["internal", "restricted", "secret"]


def upload_digest() -> str:
    import hashlib

    return hashlib.sha256(PDF).hexdigest()


@pytest.mark.parametrize(
    ("reference", "as_of", "stage", "history"),
    [
        (EPCA, "2013-01-01", "negotiating", [("open", "/2011-04-12", True), ("step", "2011-04-13", True),
                                            ("step", "2011-06", True), ("hold", "2012-09", True),
                                            ("action", "/2020-01-31", False)]),
        (AVIATION, "2010-01-01", "signing", [("open", "/2003-06-04", True), ("step", "2003-06-05", True),
                                            ("step", "2007", True), ("step", "2007", True),
                                            ("step", "2008-02-21", True), ("note", "2008-02-22/", False)]),
        (AVIATION, "2007-06-01", "mandated", [("open", "/2003-06-04", True), ("step", "2003-06-05", True),
                                             ("step", "2007", False), ("step", "2007", False)]),
        (ROADMAP_2025, "2024-12-28", "signing", [("open", "2024-12-28", True)]),
    ],
)  # fmt: skip
def test_of_a_past_day_what_was_true_then(
    sample: Any, reference: str, as_of: str, stage: str, history: list[Any]
) -> None:
    found = told(reference, as_of=as_of)
    assert (found["agreement"]["stage"], moved(found)) == (stage, history)
    assert (found["agreement"]["tasks"] is None) == (as_of != "2024-12-28")


def test_relations_are_told_in_both_directions_as_they_stood(sample: Any) -> None:
    def relations(reference: str, **options: str) -> list[tuple[str, str, str]]:
        found = told(reference, **options)["agreement"]["relations"]
        return [(one["words"], one["agreement"], one["stage"]) for one in found]

    assert relations(EPCA) == [("supersedes", PCA, "superseded")]
    assert relations(PCA) == [("is superseded by", EPCA, "in_force")]
    assert relations(PCA, as_of="2016-06-01") == [("is superseded by", EPCA, "ratifying")]
    assert relations(PCA, as_of="2000-01-01") == []
    assert relations(ROADMAP_2023) == [
        ("implements", "RAW-6NHB", "in_force"), ("is followed by", ROADMAP_2025, "signing"),
    ]  # fmt: skip
    findings = told(ROADMAP_2023)["agreement"]["findings"]
    assert [(one["code"], one["other"]) for one in findings if one["other"]] == [("expiring", ROADMAP_2025)]


def test_what_was_not_known_yet_is_not_told(busy: Any) -> None:
    before, after = told(AVIATION, known_at="2099-12-31"), told(AVIATION, known_at=MOMENT.isoformat())
    assert (before["agreement"]["documents"], before["corrections"]) == ([], [])
    assert [one["talking_points"] for one in before["agreement"]["meetings"]] == [None, None]
    assert {one["name"] for one in after["agreement"]["fields"]} - {
        one["name"] for one in before["agreement"]["fields"]
    } == {"planned_signing", "authentic_languages", "officer"}
    assert ("step", "2024-10-14", True) in moved(before)
    assert ("step", "2024-10-15", True) in moved(after)
    assert told(AVIATION, known_at="2024-12-28")["agreement"] is None
    assert "Nothing of this agreement had begun by this day" in asked(AVIATION, as_of="2000-01-01")


def test_a_record_that_was_opened_by_mistake_has_its_corrections_left(sample: Any, lawyer: User) -> None:
    lifecycle.void(Entry.objects.of(sample[AVIATION])[0], by=lawyer, reason="It was opened twice.")
    found = told(AVIATION)
    assert (found["agreement"], found["closed"], found["corrections"][0]["closes"]) == (None, True, True)
    assert "This record was opened by mistake and is closed." in asked(AVIATION)


# ---- is it as it was written ----
def test_a_chain_that_was_changed_past_pacta_is_told(sample: Any) -> None:
    proof = told(EPCA)["proof"]
    entry = Entry.objects.of(sample[EPCA]).last()
    assert entry is not None
    assert proof == {"intact": True, "entries": 45, "last_digest": entry.digest}
    with connection.cursor() as cursor:
        text = entry.text
        cursor.execute("UPDATE agreements_agreement SET version = version + 1 WHERE reference = %s", [PCA])
    assert text.salt
    assert told(EPCA)["proof"]["intact"]
    assert not told(PCA)["proof"]["intact"]
    assert "! Chain of the journal: not whole: have it examined" in asked(PCA)
    fault = journal.fault_in(Agreement.objects.get(reference=PCA))
    assert fault is not None
    assert fault.what == "the last entries are missing or too many"


# ---- who may see what, and at what cost ----
def test_no_byte_depends_on_what_the_reader_may_not_see(busy: dict[str, Agreement], reader: User, lawyer: User) -> None:
    def shown() -> dict[str, str]:
        with translation.override("en"):
            content = report.build(reader, agreement=busy[ROADMAP_2023], known_at=MOMENT)
            forms = ("text", "html", "csv", "json")
            return {form: str(reports.render("agreement", content, form)) for form in forms}

    before = shown()
    assert ROADMAP_2025 in before["json"]
    with registers.editing(busy[ROADMAP_2025], by=lawyer) as fresh:
        fresh.level = Level.SECRET
    hidden = shown()
    assert not any(word in text for text in hidden.values() for word in (ROADMAP_2025, "2025-2026"))
    roadmap = busy[ROADMAP_2023]
    with registers.editing(roadmap, by=lawyer) as fresh:
        Relation.objects.create(agreement=fresh, kind="amends", to=busy[ROADMAP_2025])
    kept = documents.store(
        roadmap, DocumentKind.NOTE_VERBALE, upload(), by=lawyer, on=on("2024-12-01"), language="en", level=Level.SECRET
    )
    assert kept.document.level == Level.SECRET
    secret = Meeting(
        format=Format.objects.get(code="cooperation-council"), level=Level.SECRET, status=MeetingStatus.HELD
    )
    secret.on = on("2024-12-27")
    meetings.arrange(secret, by=lawyer, agenda=[meetings.Point(roadmap, "Say nothing.")])
    assert shown() == hidden


def test_the_report_runs_the_same_number_of_queries_for_any_number(sample: Any, lawyer: User) -> None:
    counts = []
    for number in range(3):
        aviation = sample[AVIATION]
        tasks.add(aviation, f"Task {number}", by=lawyer, due=on("2025-01-20"))
        lifecycle.note(aviation, on=on("2024-12-27"), by=lawyer, what="Asked.")
        documents.store(
            aviation, DocumentKind.NOTE_VERBALE, upload(PDF + bytes([number])), by=lawyer, on=on("2024-12-01"),
            language="en",
        )  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            content = report.build(lawyer, agreement=aviation)
            report.data(content)
            report.arrange(content)
        assert content.folder
        assert len(content.folder.documents) == number + 1
        counts.append(len(queries))
    assert counts == [counts[0]] * 3


# ---- formats and doors ----
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_golden_text_and_the_same_cells_in_every_format(busy: dict[str, Agreement], language: str) -> None:
    user, text = User.objects.service("report"), ""
    with time_machine.travel(MOMENT, tick=False), translation.override(language):
        for reference, day in ((AVIATION, None), (ROADMAP_2023, None), (EPCA, date(2013, 1, 1))):
            content = report.build(user, agreement=busy[reference], as_of=day)
            text += str(reports.render("agreement", content, "text"))
        content = report.build(user, agreement=busy[AVIATION])
        document = report.arrange(content)
        texts = {form: str(reports.render("agreement", content, form)) for form in ("text", "csv", "html")}
    texts = {form: made.replace("\u00a0", " ") for form, made in texts.items()}
    plain = re.sub(r"\s+", " ", html.unescape(strip_tags(texts["html"])))
    cells = [cell for table in document.tables for row in table.rows for cell in row if cell.text != "–"]
    assert len(cells) > 100
    for words in [word for cell in cells for word in (cell.text, *cell.notes)]:
        said = words.replace("\u00a0", " ")
        assert said in texts["text"]
        assert said in texts["csv"].replace('""', '"')
        assert said in plain
    digest = re.compile(r"(?<=: )[0-9a-f]{64}(?=\n)")
    told_text = digest.sub("…", text)
    golden = Path(__file__).with_name(f"dossier-{language}.txt")
    if os.environ.get("PACTA_WRITE_GOLDEN"):  # to be read by a person before it is committed
        golden.write_text(told_text, encoding="utf-8")
    assert told_text == golden.read_text(encoding="utf-8")


def test_an_agreement_must_be_named(sample: Any, at_reader: Any, at_lawyer: Any) -> None:
    with pytest.raises(CommandError, match=r"^Name an agreement by its reference, such as AIR-7Q4M\.$"):
        asked()
    with pytest.raises(CommandError, match="There is no agreement “XXX-0000”"):
        asked("XXX-0000")
    page = at_reader.get("/reports/agreement/")
    words = page.content.decode()
    assert (page.status_code, "Name an agreement by its reference" in words) == (200, True)
    assert '<option value="AIR-7Q4M">Horizontal Aviation Agreement</option>' in words
    wrong = at_reader.get("/reports/agreement/?agreement=XXX-0000")
    assert (wrong.status_code, "There is no agreement “XXX-0000”." in wrong.content.decode()) == (400, True)
    assert at_reader.get("/reports/agreement/?format=json").status_code == 400
    assert at_reader.get("/api/v1/reports/agreement/").status_code == 400
    shown = at_lawyer.get(f"/reports/agreement/?agreement={AVIATION}")
    assert (shown.status_code, "Being prepared for signing" in shown.content.decode()) == (200, True)
    page = at_reader.get(f"/agreements/{AVIATION}/?as_of=2010-01-01").content.decode()
    assert f'href="/reports/agreement/?agreement={AVIATION}&amp;as_of=2010-01-01"' in page
    listed = at_reader.get("/agreements/?as_of=2010-01-01").content.decode()
    assert 'href="/reports/changes/?as_of=2010-01-01"' in listed


def test_undisclosed_participants_are_told_to_who_sees_them_and_raise_the_level(
    sample: Any, lawyer: User, officer: User
) -> None:
    agreement = sample["VIS-8TDK"]
    before = [report.build(user, agreement=agreement) for user in (officer, lawyer)]
    named = undisclosed.name(
        agreement, Party.objects.get(code="AT"), by=lawyer, level="secret", remark="The consultations are not public."
    )
    hidden, shown = (report.build(user, agreement=agreement) for user in (officer, lawyer))
    assert [one.level for one in (*before, hidden, shown)] == ["internal", "internal", "internal", "secret"]
    assert (named.pk in hidden.shown, named.pk in shown.shown) == (False, True)
    rows = [report.data(one)["agreement"]["undisclosed"] for one in (hidden, shown)]
    assert [[row["party"] for row in one] for one in rows] == [[], ["AT"]]
    moment = Entry.objects.of(named).get().recorded_at
    undisclosed.withdraw(named, by=lawyer, reason="It left.")
    assert report.build(lawyer, agreement=agreement).level == "internal"
    # On a past day it stood, and takes the report to its level; who does not see it is told nothing.
    then = [report.build(user, agreement=agreement, known_at=moment) for user in (officer, lawyer)]
    assert [one.level for one in then] == ["internal", "secret"]
    assert [[row["party"] for row in report.data(one)["agreement"]["undisclosed"]] for one in then] == [[], ["AT"]]
    assert [named.pk in one.shown for one in then] == [False, True]
    before_it = report.build(lawyer, agreement=agreement, known_at=moment - timedelta(microseconds=1))
    assert report.data(before_it)["agreement"]["undisclosed"] == []


def test_commitments_are_told(sample: Any, lawyer: User) -> None:
    commitments.undertake(sample[EPCA], by=lawyer, provision="Art. 268", text_en="The Council meets.", due=on("2024"))
    assert [(one["provision"], one["state"]) for one in told(EPCA)["agreement"]["commitments"]] == [
        ("Art. 268", "planned")
    ]
