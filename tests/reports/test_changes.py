"""The changes report: what happened between two days, what was recorded in them of earlier days, what was corrected."""

import html
import io
import json
import os
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
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

from agreements import commitments, documents, lifecycle, meetings, participation, redaction, registers, reports, tasks
from agreements.changes import Dictionary
from agreements.choices import ActionKind, CommitmentState, Level, MeetingStatus, PartyKind
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Entry, Format, Indicator, Meeting, Party, Relation, User
from agreements.reports import around
from agreements.reports import changes as report
from agreements.reports.facts import indicators_of

PCA, EPCA, AVIATION, VISAS = "PEP-2F9C", "PEP-4K7Z", "AIR-7Q4M", "VIS-8TDK"
ROADMAP_2023, ROADMAP_2025, PLATFORM, MEMORANDUM = "RAW-23X4", "RAW-25X6", "TRA-5WPG", "RAW-6NHB"
#: Later than the loading of the sample, whenever that is.
MOMENT = datetime(2100, 1, 1, 12, tzinfo=ZoneInfo("Asia/Almaty"))
pytestmark = pytest.mark.django_db


def on(text: str) -> FuzzyDate:
    return FuzzyDate.parse(text)


def asked(**options: str) -> str:
    """The report as known when everything of the tests was recorded, unless told otherwise."""
    out = io.StringIO()
    call_command("report", "changes", stdout=out, **{"known_at": MOMENT.isoformat(), **options})
    return out.getvalue()


def told(**options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(asked(format="json", **options))
    return found


def happened(found: dict[str, Any]) -> dict[str, list[tuple[str, str, bool]]]:
    """What happened, by reference: code, day, whether certainly."""
    return {
        one["reference"]: [(moved["code"], moved["day"]["iso"], moved["certain"]) for moved in one["happened"]]
        for one in found["agreements"]
        if one["happened"]
    }


@pytest.fixture
def busy(sample: dict[str, Agreement], lawyer: User) -> dict[str, Agreement]:
    """The sample and a week of work on it, all recorded at one moment: steps, plans, acts, papers, a correction."""
    aviation, visas = sample[AVIATION], sample[VISAS]
    with time_machine.travel(MOMENT, tick=False):
        for planned in ("2025-01-20", "2025-02-03"):
            with registers.editing(aviation, by=lawyer) as fresh:
                fresh.planned_signing = on(planned)
        initialled = Entry.objects.of(aviation).get(transition="initial", earliest=date(2024, 10, 14))
        lifecycle.correct(initialled, by=lawyer, reason="The minutes give the day.", on=on("2024-10-15"))
        kazakhstan = Party.objects.get(code="KZ")
        participation.act(
            aviation, kazakhstan, ActionKind.FULL_POWERS, on=on("2024-12-27"), by=lawyer, evidence="Decree No. 1"
        )
        documents.cite(aviation, "legal_expertise", on=on("2024-12-26"), by=lawyer, evidence="Opinion No. 7")
        tasks.clear(aviation, "Ministry of Justice", result="with_remarks", on=on("2024-12-26"), by=lawyer)
        tasks.add(aviation, "Check the annex", by=lawyer, due=on("2025-01-15"))
        lifecycle.hold(visas, on=on("2024-12-27"), by=lawyer, reason="Until the talks of January.")
        lifecycle.note(visas, on=on("2024-06"), by=lawyer, what="A draft was handed over.", source="Note verbale")
        wrong = lifecycle.note(visas, on=on("2024-12-23"), by=lawyer, what="A call.")
        lifecycle.void(wrong, by=lawyer, reason="It was another agreement.")
        spilled = lifecycle.note(visas, on=on("2024-12-24"), by=lawyer, what="Something secret.")
        redaction.redact(spilled, by=lawyer, reason="It does not belong here.")
        meeting = Meeting(
            format=Format.objects.get(code="cooperation-council"), status=MeetingStatus.TENTATIVE, place="Astana"
        )
        meeting.on = on("2025-H2")
        meetings.arrange(meeting, by=lawyer, parties=[kazakhstan], agenda=[meetings.Point(aviation)])
        meetings.change(meeting, by=lawyer, on=on("2025-11-17"))
        meetings.cancel(meeting, by=lawyer)
        registers.create(Party(code="UZ", kind=PartyKind.STATE, name_en="Uzbekistan", name_ru="Узбекистан",
                               name_kk="Өзбекстан"), by=lawyer)  # fmt: skip
        council = commitments.undertake(
            sample[EPCA], by=lawyer, provision="Art. 268", due=on("2024"),
            text_en="The Cooperation Council meets at least once a year.",
            text_ru="Совет сотрудничества собирается не реже одного раза в год.",
            text_kk="Ынтымақтастық кеңесі жылына кемінде бір рет жиналады.",
        )  # fmt: skip
        with commitments.changing(council, by=lawyer) as one:
            one.state, one.fulfilled_on = CommitmentState.FULFILLED, on("2024-10-14")
        with commitments.changing(council, by=lawyer) as one:
            one.due = on("2024-Q4")
        with registers.editing(Indicator.objects.get(period_until=date(2023, 12, 31)), by=lawyer) as figure:
            figure.change_on_year = "3.6"  # type: ignore[assignment]
    return sample


# ---- what happened ----
@pytest.mark.parametrize(
    ("since", "as_of", "expected"),
    [
        # The sources give only the year of the talks and of the first text.
        ("2007-03-01", "2007-06-01", {AVIATION: [("step", "2007", False), ("step", "2007", False)]}),
        ("2007-01-01", "2007-12-31", {AVIATION: [("step", "2007", True), ("step", "2007", True)]}),
        ("2008-01-01", "2010-01-01", {AVIATION: [("step", "2008-02-21", True)]}),
        (
            "2011-04-01",
            "2013-01-01",
            {EPCA: [("step", "2011-04-13", True), ("step", "2011-06", True), ("hold", "2012-09", True)]},
        ),
        (
            "2016-03-25",
            "2016-06-01",
            {EPCA: [("step", "2016-03-25", True), ("action", "2016-03-25", True), ("action", "2016-05-01", True),
                    ("action", "2016-05-01", True)]},
        ),
        ("2020-03-01", "2020-03-01", {EPCA: [("entry_into_force", "2020-03-01", True)],
                                      PCA: [("step", "2020-03-01", True)]}),
        ("2020-03-02", "2021-12-31", {}),
        (
            "2024-12-22",
            "2024-12-28",
            {AVIATION: [("step", "2024-12-28", True)], ROADMAP_2025: [("open", "2024-12-28", True)],
             VISAS: [("note", "2024-12-28", True)]},
        ),
    ],
)  # fmt: skip
def test_what_happened_between_two_days(sample: Any, since: str, as_of: str, expected: dict[str, Any]) -> None:
    assert happened(told(since=since, as_of=as_of)) == expected


def test_of_years_everything_is_told_the_weightiest_first(sample: Any) -> None:
    found = told(since="2022-01-01", as_of="2024-12-28")
    assert happened(found) == {
        AVIATION: [("step", "2022", True), ("step", "2024-10-14", True), ("step", "2024-12-28", True)],
        ROADMAP_2025: [("open", "2024-12-28", True)],
        VISAS: [("open", "2023-05-15", True), ("note", "2024-09-13", True), ("note", "2024-12-28", True)],
        PLATFORM: [("open", "2024-06-12", True), ("entry_into_force", "2024-06-12", True),
                   ("note", "2024-10-03", True)],
        ROADMAP_2023: [("open", "2023-05-19", True), ("entry_into_force", "2023-05-19", True)],
        MEMORANDUM: [("open", "2022-11-07", True), ("entry_into_force", "2022-11-07", True)],
    }  # fmt: skip
    assert found["counts"] == {
        "agreements": 6, "steps": 8, "entries_into_force": 3, "acts": 0, "meetings_held": 3, "commitments_fulfilled": 0,
        "corrections": 0, "possibly": 0, "undated": 0,
    }  # fmt: skip
    aviation = found["agreements"][0]
    assert (aviation["stage_before"], aviation["stage"]) == ("signing", "signing")
    assert aviation["happened"][1]["sentence"] == "The text was initialled."
    assert (aviation["happened"][1]["place"], aviation["happened"][1]["text"]) == ("Luxembourg", 2)
    assert [(one["code"], one["on"]["iso"], one["agenda"][0]) for one in found["meetings"]] == [
        ("held", "2024-09-13", VISAS),
        ("held", "2024-10-14", AVIATION),
        ("held", "2024-12-28", EPCA),
    ]


def test_acts_that_are_alike_share_a_line_and_what_has_no_day_is_counted(sample: Any) -> None:
    found = told(since="2020-01-01", as_of="2020-02-28", agreement=EPCA)
    assert happened(found) == {EPCA: [("action", "2020-01-20", True), ("action", "2020-01", True)]}
    assert found["counts"]["acts"] == 2
    # Kazakhstan and the member states notified before February 2020, on days that no source gives.
    assert found["counts"]["undated"] == 28
    assert "Left out: possibly in this period, the day is not known: 29" in asked(
        since="2020-01-01", as_of="2020-02-28"
    )
    with_all = told(since="0001-01-01", as_of="2020-02-28", agreement=EPCA)["agreements"][0]["happened"]
    (notified,) = [one for one in with_all if one["code"] == "action" and len(one["parties"]) > 2]
    assert (notified["sentence"], len(notified["parties"])) == (
        "28 participants: notification of completed procedures.", 28,
    )  # fmt: skip


def test_a_week_is_told_by_default_and_the_days_must_be_in_order(sample: Any) -> None:
    assert told()["filters"]["since"] == "2024-12-21"
    assert told(as_of="2024-10-20")["filters"]["since"] == "2024-10-13"
    with pytest.raises(CommandError, match=r"--since: The first day, 2.January.2025, is after the last one, 28"):
        asked(since="2025-01-02")
    assert told(since="2024-12-28")["counts"]["steps"] == 2


def test_an_act_takes_effect_on_a_day_of_its_own_unless_it_was_withdrawn(
    sample: dict[str, Agreement], lawyer: User
) -> None:
    kazakhstan = Party.objects.get(code="KZ")
    given: dict[str, Any] = {"by": lawyer, "effective": on("2024-12-23")}
    notice = participation.act(sample[EPCA], kazakhstan, ActionKind.DENUNCIATION, on=on("2023-12-20"), **given)
    assert happened(told(agreement=EPCA)) == {EPCA: [("effect", "2024-12-23", True)]}
    assert happened(told(agreement=EPCA, since="2024-12-24")) == {}
    assert happened(told(agreement=EPCA, since="2023-12-01", as_of="2023-12-31")) == {
        EPCA: [("action", "2023-12-20", True)]
    }
    words = asked(agreement=EPCA)
    assert "Kazakhstan: denunciation takes effect. (act of: 20 December 2023)" in words
    participation.act(sample[EPCA], kazakhstan, ActionKind.WITHDRAWAL, on=on("2024-06-01"), by=lawyer, target=notice)
    assert happened(told(agreement=EPCA)) == {}


# ---- what was recorded, and corrected ----
def test_what_was_recorded_of_earlier_days_stands_by_itself(busy: Any) -> None:
    found = {one["reference"]: one for one in told()["agreements"]}
    assert happened(told()) == {
        AVIATION: [("step", "2024-12-28", True), ("clearance", "2024-12-26", True), ("action", "2024-12-27", True),
                   ("plan", "2024-12-28", True), ("plan", "2024-12-28", True), ("document", "2024-12-26", True),
                   ("task", "2024-12-28", True)],
        ROADMAP_2025: [("open", "2024-12-28", True)],
        VISAS: [("note", "2024-12-24", True), ("hold", "2024-12-27", True), ("note", "2024-12-28", True),
                ("redaction", "2024-12-28", True)],
    }  # fmt: skip
    (late,) = found[VISAS]["recorded"]
    assert (late["code"], late["day"]["iso"], late["sentence"]) == ("note", "2024-06", "A draft was handed over.")
    assert (late["recorded_at"], late["recorded_by"]) == ("2100-01-01T07:00:00Z", "lawyer")
    assert found[AVIATION]["recorded"] == []
    assert {reference: one["taken_over"] for reference, one in found.items() if one["taken_over"]} == {
        AVIATION: 7, EPCA: 45, MEMORANDUM: 2, PCA: 5, PLATFORM: 3, ROADMAP_2023: 2, VISAS: 2,
    }  # fmt: skip


def test_corrections_are_shown_as_corrections(busy: Any) -> None:
    found = {one["reference"]: one for one in told()["agreements"]}
    (moved,) = found[AVIATION]["corrections"]
    assert (moved["said"]["day"]["iso"], [one["day"]["iso"] for one in moved["says"]]) == ("2024-10-14", ["2024-10-15"])
    assert (moved["reason"], moved["recorded_by"], moved["closes"]) == ("The minutes give the day.", "lawyer", False)
    (struck,) = found[VISAS]["corrections"]
    assert (struck["said"]["sentence"], struck["says"]) == ("A call.", [])
    assert told()["counts"]["corrections"] == 2
    october = told(since="2024-10-01", as_of="2024-12-28", agreement=AVIATION)["agreements"][0]
    assert [(one["day"]["iso"], one["corrected"]) for one in october["happened"][:1]] == [("2024-10-15", True)]
    before = told(since="2024-10-01", as_of="2024-10-31", agreement=AVIATION)["agreements"][0]
    assert (before["corrections"], before["happened"][0]["day"]["iso"]) == ([], "2024-10-15")


def test_what_was_not_known_yet_is_not_told(busy: Any) -> None:
    earlier = "2099-12-31"
    assert happened(told(known_at=earlier)) == {
        AVIATION: [("step", "2024-12-28", True)], ROADMAP_2025: [("open", "2024-12-28", True)],
        VISAS: [("note", "2024-12-28", True)],
    }  # fmt: skip
    assert told(known_at=earlier)["counts"]["corrections"] == 0
    assert happened(told(since="2024-10-14", as_of="2024-10-14", known_at=earlier)) == {
        AVIATION: [("step", "2024-10-14", True)]
    }
    assert told(known_at="2024-12-28")["agreements"] == []


def test_a_text_that_was_redacted_does_not_come_back(busy: Any, lawyer: User) -> None:
    struck = Entry.objects.filter(voided_by__isnull=False, kind="note").get()
    redaction.redact(struck, by=lawyer, reason="It names somebody.")
    for form in ("text", "json", "html", "csv"):
        words = asked(format=form)
        assert "Something secret." not in words
        assert "A call." not in words
    assert told()["agreements"][2]["corrections"][0]["said"]["sentence"] == "A note; its text was redacted."
    redaction.redact(Entry.objects.of(busy[VISAS])[0], by=lawyer, reason="The title, too.")
    assert "Visa Facilitation" not in asked(agreement=VISAS).split("What happened", 1)[1].split("Meetings")[0]
    assert "\nVIS-8TDK\n---" in asked(agreement=VISAS)


def test_a_record_that_was_opened_by_mistake_is_a_correction(sample: dict[str, Agreement], lawyer: User) -> None:
    lifecycle.void(Entry.objects.of(sample[VISAS])[0], by=lawyer, reason="It was opened twice.")
    (found,) = told(agreement=VISAS)["agreements"]
    assert (found["happened"], found["recorded"], found["stage"]) == ([], [], None)
    assert [(one["closes"], one["reason"]) for one in found["corrections"]] == [(True, "It was opened twice.")]
    assert "This record was opened by mistake and is closed." in asked(agreement=VISAS)


# ---- beside the agreements ----
def test_figures_that_were_struck_out_are_told_and_counted_no_longer(sample: Any, lawyer: User) -> None:
    since, entered_twice = MOMENT - timedelta(hours=1), {"period_until": date(2022, 12, 31), "source": "Eurostat"}
    struck = Indicator.objects.get(period_until=date(2023, 12, 31))
    with time_machine.travel(MOMENT, tick=False):
        registers.strike(struck, by=lawyer, reason="the figure of another year")
        other = Indicator(party=struck.party, name_en="Trade", unit_en="euro", value=Decimal(40), **entered_twice)
        registers.strike(registers.create(other, by=lawyer), by=lawyer, reason="entered twice")
    window = around.Window(MOMENT.date(), MOMENT.date(), since, MOMENT, MOMENT)

    (one,) = around.figures(lawyer, window, Dictionary([], lawyer))
    assert (one.code, one.figure.period_until, one.notes) == ("void", date(2023, 12, 31), [])
    before, after = (
        {one.period_until for one in indicators_of(user=lawyer, as_of=date(2024, 12, 28), known_at=known)}
        for known in (since, MOMENT)
    )
    assert before - after == {date(2023, 12, 31)}


def test_meetings_figures_and_parties_move_too(busy: Any) -> None:
    found = told()
    assert [(one["code"], one["sentence"]) for one in found["meetings"] if one["on"]["iso"] == "2025-11-17"] == [
        ("arranged", "The meeting was arranged."),
        ("moved", "The meeting was moved: was second\u00a0half\u00a0of\u00a02025, now 17\u00a0November\u00a02025."),
        ("cancelled", "The meeting was cancelled."),
    ]  # fmt: skip
    assert [one["on"]["iso"] for one in found["meetings"] if one["code"] == "held"] == ["2024-12-28"]
    assert [(one["code"], one["change"]) for one in found["parties"]] == [("UZ", "new")]
    assert (found["taken_over"], len(found["figures"])) == ({"meetings": 2, "parties": 30}, 6)
    assert {one["code"] for one in found["figures"]} == {"new"}
    narrowed = told(area="mobility")
    assert (narrowed["figures"], narrowed["parties"]) == ([], [])
    assert [one["reference"] for one in narrowed["agreements"]] == [VISAS]
    assert ([one["on"]["iso"] for one in narrowed["meetings"]], narrowed["taken_over"]["meetings"]) == (
        ["2024-12-28"], 1,
    )  # fmt: skip
    assert [one["party"] for one in told(party="EU")["figures"]] == ["EU"] * 6
    assert told(party="UZ")["agreements"] == []


def test_a_commitment_is_fulfilled_on_its_own_day(busy: Any) -> None:
    week = told()
    assert [(one["code"], one["on"]["iso"], one["notes"]) for one in week["commitments"]] == [
        ("new", "2024-12-28", []),
        ("changed", "2024-12-28", ["State: was not begun, now fulfilled", "Fulfilled on: 14\u00a0October\u00a02024"]),
        ("changed", "2024-12-28", ["Due: was 2024, now fourth\u00a0quarter\u00a0of\u00a02024"]),
    ]
    october = told(since="2024-10-01", as_of="2024-10-31")
    assert [(one["code"], one["on"]["iso"], one["agreement"]) for one in october["commitments"]] == [
        ("fulfilled", "2024-10-14", EPCA)
    ]
    assert october["counts"]["commitments_fulfilled"] == 1
    assert told(area="aviation")["commitments"] == []


# ---- who may see what, and at what cost ----
def test_no_byte_depends_on_what_the_reader_may_not_see(busy: dict[str, Agreement], reader: User, lawyer: User) -> None:
    def shown() -> dict[str, str]:
        with translation.override("en"):
            content = report.build(reader, since=date(2024, 6, 1), known_at=MOMENT)
            return {form: reports.render("changes", content, form) for form in ("text", "html", "csv", "json")}  # type: ignore[misc]

    aviation, visas = busy[AVIATION], busy[VISAS]
    with registers.editing(aviation, by=lawyer) as fresh:
        fresh.level = Level.SECRET
    hidden = shown()
    assert not any(word in text for text in hidden.values() for word in (AVIATION, "Aviation", "minutes", "Opinion"))
    lifecycle.note(aviation, on=on("2024-12-27"), by=lawyer, what="More.")
    lifecycle.void(Entry.objects.of(aviation).get(kind="note", latest=date(2024, 12, 27)), by=lawyer, reason="Less.")
    with registers.editing(visas, by=lawyer) as fresh:
        Relation.objects.create(agreement=fresh, kind="follows", to=aviation)
    meeting = Meeting.objects.get(earliest=date(2025, 11, 17))
    meetings.change(meeting, by=lawyer, agenda=[])
    secret = Meeting(format=meeting.format, level=Level.SECRET, status=MeetingStatus.HELD)
    secret.on = on("2024-12-27")
    meetings.arrange(secret, by=lawyer)
    assert shown() == hidden


def test_the_report_runs_the_same_number_of_queries_for_any_number(make_agreement: Any, lawyer: User) -> None:
    counts = []
    for _number in range(3):
        agreement = make_agreement(on=on("2024-12-24"))
        lifecycle.note(agreement, on=on("2024-12-27"), by=lawyer, what="Asked.")
        lifecycle.void(Entry.objects.of(agreement)[1], by=lawyer, reason="Wrong.")
        with registers.editing(agreement, by=lawyer) as fresh:
            fresh.planned_signing = on("2025-01-20")
        with CaptureQueriesContext(connection) as queries:
            content = report.build(lawyer)
            report.data(content)
            report.arrange(content)
        assert (len(content.stories), content.counts["corrections"]) == (len(counts) + 1, len(counts) + 1)
        counts.append(len(queries))
    assert counts == [counts[0]] * 3
    assert counts[0] == 8


# ---- formats ----
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_all_formats_carry_the_same_cells(busy: Any, language: str) -> None:
    with translation.override(language):
        content = report.build(User.objects.service("report"), since=date(2022, 1, 1), known_at=MOMENT)
        document = report.arrange(content)
        texts = {form: str(reports.render("changes", content, form)) for form in ("text", "csv", "html")}
    texts = {form: text.replace("\u00a0", " ") for form, text in texts.items()}
    plain = re.sub(r"\s+", " ", html.unescape(strip_tags(texts["html"])))
    cells = [cell for table in document.tables for row in table.rows for cell in row if cell.text != "–"]
    assert len(cells) > 130
    for words in [word for cell in cells for word in (cell.text, *cell.notes)]:
        said = words.replace("\u00a0", " ")
        assert said in texts["text"]
        assert said in texts["csv"].replace('""', '"')
        assert said in plain


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_golden_text(busy: Any, language: str) -> None:
    golden = Path(__file__).with_name(f"changes-{language}.txt")
    text = ""
    with translation.override(language):
        for since, day in ((None, None), (date(2022, 1, 1), date(2024, 10, 31)), (date(2020, 1, 1), date(2020, 3, 31))):
            content = report.build(User.objects.service("report"), since=since, as_of=day, known_at=MOMENT)
            text += str(reports.render("changes", content, "text"))
    if os.environ.get("PACTA_WRITE_GOLDEN"):  # to be read by a person before it is committed
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_it_is_as_secret_as_what_it_names(sample: dict[str, Agreement], lawyer: User) -> None:
    asked_for: dict[str, Any] = {"agreement": sample[PCA], "since": date(2020, 3, 1), "as_of": date(2020, 3, 1)}
    assert report.build(lawyer, **asked_for).level == Level.PUBLIC
    with registers.editing(sample[EPCA], by=lawyer) as fresh:
        fresh.level = Level.RESTRICTED
    content = report.build(lawyer, **asked_for)
    assert (content.level, sample[EPCA].pk in content.shown) == (Level.RESTRICTED, True)
