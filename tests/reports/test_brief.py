"""The brief: before the meeting of 28 December 2024 it says all that the readout of it says, and nothing else."""

import io
import json
import os
import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.html import strip_tags

from agreements import clock, lifecycle, meetings, registers, reports, tasks
from agreements import sample as sample_module
from agreements.choices import Level, MeetingStatus
from agreements.dates import MONTHS, FuzzyDate, render_day
from agreements.meetings import Point
from agreements.models import Agreement, Format, Indicator, Meeting, Party, User
from agreements.numbers import grouped
from agreements.reports import brief as report
from agreements.reports.brief import Brief
from agreements.reports.document import Paragraph, Points

DAY = date(2024, 12, 28)
KNOWN_AT = datetime(2100, 1, 1, 12, tzinfo=ZoneInfo("Asia/Almaty"))
EPCA, ROADMAP_2023, ROADMAP_2025, VISAS = "PEP-4K7Z", "RAW-23X4", "RAW-25X6", "VIS-8TDK"
AVIATION, PLATFORM, MEMORANDUM, PCA = "AIR-7Q4M", "TRA-5WPG", "RAW-6NHB", "PEP-2F9C"
pytestmark = pytest.mark.django_db


def on(text: str) -> FuzzyDate:
    return FuzzyDate.parse(text)


def of_28_december() -> Meeting:
    return Meeting.objects.get(earliest=DAY)


@pytest.fixture
def make_region(sample: Any, lawyer: User) -> list[Party]:
    """The states of Central Asia and the European Union."""
    states = {"KG": "Kyrgyzstan", "TJ": "Tajikistan", "TM": "Turkmenistan", "UZ": "Uzbekistan"}
    for code, name in states.items():
        registers.create(Party(code=code, name_en=name), by=lawyer)
    return list(Party.objects.filter(code__in=["KZ", "EU", *states]))


def built(user: User | None = None, language: str = "en", **asked: Any) -> Brief:
    with translation.override(language):
        content = report.build(user or User.objects.service("report"), **{"as_of": DAY} | asked)
    return replace(content, known_at=KNOWN_AT)


def text(content: Brief, form: str = "text") -> str:
    with translation.override(content.language):
        made = reports.render("brief", content, form)
    assert isinstance(made, str)
    return made.replace("\u00a0", " ")


def flat(made: str) -> str:
    """Return a text without its line breaks."""
    return re.sub(r"\s+", " ", made)


def told(content: Brief) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text(content, "json"))
    return found


# ---- the readout of the meeting of 28 December 2024 ----
#: What the readout says, by statement, and how the brief says it in English, Russian and Kazakh.
READOUT = {
    "a deputy minister and the Ambassador of the EU consulted": (
        "Consultations with the EU Ambassador to Kazakhstan",
        "Консультации с Послом ЕС в Казахстане",
        "ЕО-ның Қазақстандағы Елшісімен консультациялар",
    ),
    "it was reported on that day": (
        "Date: 28 December 2024 (date of report)",
        "Дата: 28 декабря 2024 года (дата сообщения)",
        "Күні: 2024 жылғы 28 желтоқсан (хабарланған күн)",
    ),
    "the EPCA, which is in force": (
        "Enhanced Partnership and Cooperation Agreement (EPCA) Stage: In force",
        "Соглашение о расширенном партнёрстве и сотрудничестве (СРПС) Стадия: Вступило в силу",
        "Кеңейтілген әріптестік пен ынтымақтастық туралы келісім Кезең: Күшінде",
    ),
    "both sides intend to sign the roadmap for 2025-2026": (
        "Raw Materials Roadmap 2025-2026 Stage: Being prepared for signing (since 28 December 2024 (date of report); "
        "not binding) Last step: Both sides state the intention to sign",
        "Дорожная карта по сырью на 2025-2026 годы Стадия: Готовится к подписанию (начало: 28 декабря 2024 года (дата "
        "сообщения); не имеет обязательной силы) Последний шаг: Обе стороны заявляют о намерении подписать",
        "Шикізат саласындағы 2025-2026 жылдарға арналған жол картасы Кезең: Қол қоюға дайындалуда (басталуы: 2024 "
        "жылғы 28 желтоқсан (хабарланған күн); міндетті күші жоқ) Соңғы қадам: Екі тарап қол қою ниетін білдірді",
    ),
    "Kazakhstan asks again for the earliest launch of talks on visa facilitation": (
        "Visa Facilitation Agreement Stage: Proposed (since 15 May 2023; 593 days so far) Last step: Kazakhstan asks "
        "again for the earliest launch of negotiations; no mandate known on the EU side (28 December 2024",
        "Соглашение об упрощении визового режима Стадия: Предложено (начало: 15 мая 2023 года; 593 дня) Последний шаг: "
        "Казахстан вновь просит как можно скорее начать переговоры; о полномочиях стороны ЕС данных нет (28 декабря",
        "Виза режимін жеңілдету туралы келісім Кезең: Ұсынылды (басталуы: 2023 жылғы 15 мамыр; 593 күн) Соңғы қадам: "
        "Қазақстан келіссөздерді мүмкіндігінше ерте бастауды тағы да сұрады; ЕО тарапының өкілеттігі туралы мәлімет "
        "жоқ",
    ),
    "the aviation agreement is being prepared for signing": (
        "Horizontal Aviation Agreement Stage: Being prepared for signing (since 28 December 2024",
        "Горизонтальное авиационное соглашение Стадия: Готовится к подписанию (начало: 28 декабря 2024 года",
        "Горизонталды авиациялық келісім Кезең: Қол қоюға дайындалуда (басталуы: 2024 жылғы 28 желтоқсан",
    ),
    "the platform of the Middle Corridor": (
        "Middle Corridor Coordination Platform Stage: In effect",
        "Координационная платформа Среднего коридора Стадия: Действует",
        "Орта дәліздің үйлестіру платформасы Кезең: Қолданыста",
    ),
    "who met whom": (
        "With: EU Ambassador to Kazakhstan.",
        "С кем: Посол ЕС в Казахстане.",
        "Кіммен: ЕО-ның Қазақстандағы Елшісі.",
    ),
    "next year's calendar was discussed, more interaction agreed": (
        "– Next year's calendar of events discussed; more interaction agreed",
        "– Обсуждён календарь мероприятий на следующий год; условлено об активизации взаимодействия",
        "– Келесі жылғы іс-шаралар күнтізбесі талқыланды; өзара іс-қимылды күшейту туралы уағдаласылды",
    ),
    "trade in ten months, and its growth": (
        "January – October 2024 Figure: turnover billion USD: 41.2 Change on year: +23 %",
        "Январь – октябрь 2024 года Показатель: товарооборот млрд долларов США: 41,2 Изменение за год: +23 %",
        "2024 жылғы қаңтар – қазан Көрсеткіш: тауар айналымы млрд АҚШ доллары: 41,2 Бір жылдағы өзгеріс: +23 %",
    ),
    "exports in ten months": (
        "January – October 2024 Figure: exports billion USD: 32.6",
        "Январь – октябрь 2024 года Показатель: экспорт млрд долларов США: 32,6",
        "2024 жылғы қаңтар – қазан Көрсеткіш: экспорт млрд АҚШ доллары: 32,6",
    ),
    "imports in ten months": (
        "January – October 2024 Figure: imports billion USD: 8.6",
        "Январь – октябрь 2024 года Показатель: импорт млрд долларов США: 8,6",
        "2024 жылғы қаңтар – қазан Көрсеткіш: импорт млрд АҚШ доллары: 8,6",
    ),
    "trade in 2023, and its growth": (
        "2023, whole year Figure: turnover billion USD: 41.4 Change on year: +3.5 %",
        "2023 год, полностью Показатель: товарооборот млрд долларов США: 41,4 Изменение за год: +3,5 %",
        "2023 жыл, толық Көрсеткіш: тауар айналымы млрд АҚШ доллары: 41,4 Бір жылдағы өзгеріс: +3,5 %",
    ),
    "European investment since 2005": (
        "180 billion European investment, cumulative, USD (1 January 2005 – 28 December 2024)",
        "180 млрд Европейские инвестиции, накопленным итогом, долларов США (1 января 2005 года – 28 декабря 2024 года)",
        "180 млрд Еуропалық инвестициялар, жиынтық көлемі, АҚШ доллары (2005 жылғы 1 қаңтар – 2024 жылғы 28 желтоқсан)",
    ),
    "more than 3,000 companies": (
        "> 3,000 Companies with European capital in Kazakhstan (28 December 2024)",
        "> 3 000 Компании с европейским капиталом в Казахстане (28 декабря 2024 года)",
        "> 3 000 Қазақстандағы еуропалық капиталы бар компаниялар (2024 жылғы 28 желтоқсан)",
    ),
}


@pytest.mark.parametrize(("language", "place"), [("en", 0), ("ru", 1), ("kk", 2)])
def test_it_says_everything_that_the_readout_says(sample: Any, language: str, place: int) -> None:
    said = flat(text(built(language=language, meeting=of_28_december())))
    assert [statement for statement, words in READOUT.items() if words[place] not in said] == []


def test_it_names_no_day_and_no_number_that_does_not_follow_from_the_facts(sample: Any) -> None:
    content = built(meeting=of_28_december())
    said = "\n".join(line for line in text(content).splitlines() if not line.startswith("Known at"))
    facts = (sample_module.FOLDER / "facts.json").read_text(encoding="utf-8")
    known = {render_day(date.fromisoformat(day), "en") for day in re.findall(r"\d{4}-\d\d-\d\d", facts)}
    day = re.compile(rf"\d{{1,2}} (?:{'|'.join(MONTHS['en'][0])}) \d{{4}}")
    assert len(day.findall(said)) > 15
    assert set(day.findall(said)) - {one.replace("\u00a0", " ") for one in known} == set()
    followed = {
        "593": "days since 15 May 2023",
        "365": "days that are usual, by the procedure",
        "14": "days before signing, by the law",
        "3": "days until 31 December 2024",
        "4": "tasks more than are named",
        "2": "the text of the aviation agreement",
        **dict.fromkeys(("2025-2026", "2023-2024"), "titles"),
        **dict.fromkeys(("2023", "2024"), "periods of the figures"),
    }
    figures = {grouped(item.value) for item in content.indicators} | {"23", "3.5"}
    rest = re.sub(r"^\d\. ", "", day.sub("", said), flags=re.MULTILINE)
    assert set(re.findall(r"\d[\d.,-]*\d|\d", rest)) == figures | followed.keys()


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_golden_text(sample: Any, language: str) -> None:
    golden = Path(__file__).with_name(f"brief-{language}.txt")
    partner = Party.objects.get(code="EU")
    found = text(built(language=language, meeting=of_28_december())) + text(built(language=language, party=partner))
    if os.environ.get("PACTA_WRITE_GOLDEN"):  # to be read by a person before it is committed
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


# ---- one content ----
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_all_formats_carry_the_same_words(sample: Any, language: str) -> None:
    content = built(language=language, meeting=of_28_december())
    with translation.override(language):
        document = report.arrange(content)
        blocks, tables = list(document.flat()), document.tables
    plain = text(content)
    table = text(content, "csv").replace('""', '"')
    page = flat(strip_tags(text(content, "html"))).replace("&#x27;", "'").replace("&gt;", ">").replace("&quot;", '"')
    cells = [cell for one in tables for row in one.rows for cell in row if cell.text != "–"]
    words = [word for cell in cells for word in (cell.text, *cell.notes)]
    points = [point for block in blocks if isinstance(block, Points) for point in block.items]
    words += [word for point in points for word in (point.lead, point.text) if word]
    words += [word for block in blocks if isinstance(block, Paragraph) for word in (block.text, block.alert)]
    assert len(words) > 90
    for said in (word.replace("\u00a0", " ") for word in words):
        assert said in plain
        assert said in table
        assert said in page


def test_the_document_and_the_data_say_the_same(sample: Any) -> None:
    content = built(meeting=of_28_december())
    data = told(content)
    with translation.override("en"):
        document = report.arrange(content)
    standing, trade, others, annex = document.tables
    assert [row[0].text for row in standing.rows] == [
        one["short_title"]["en"] or one["title"]["en"] for one in data["agreements"]
    ]
    assert [row[1].text for row in standing.rows] == [one["stage_label"] for one in data["agreements"]]
    assert [row[1].steps and (row[1].steps.at, row[1].steps.of) for row in standing.rows] == [
        (one["procedure_steps"]["at"], one["procedure_steps"]["of"]) for one in data["agreements"]
    ]
    assert [row[2].text for row in standing.rows] == [one["happened"]["label"] for one in data["agreements"]]
    assert [row[0].text for row in annex.rows] == [one["title"]["en"] for one in data["others"]]
    shown = [(row[2].value, row[3].text) for row in trade.rows] + [(row[1].text, "") for row in others.rows]
    assert [str(value) for value, _change in shown[:4]] == ["41.2", "32.6", "8.6", "41.4"]
    assert [one["value"] for one in data["indicators"]] == ["41.2", "32.6", "8.6", "41.4", "3000", "180"]
    first, expected, _outcomes, coming = [block for block in document.flat() if isinstance(block, Points)]
    for block, name in ((first, "points"), (expected, "expected")):
        said = [point.text.replace("\u00a0", " ") for point in block.items]
        assert said == [" ".join(one["sentences"]) for one in data[name]]
    assert [one["kind"] for one in data["coming"]] == ["validity"]
    assert len(coming.items) == 2
    assert data["summary"]["sentence"] in text(content)
    assert (data["summary"]["agreements"], data["summary"]["on_agenda"]) == (8, 5)
    assert data["summary"]["by_stage"] == {"in_force": 4, "signing": 2, "proposed": 1, "superseded": 1}
    assert data["summary"]["alert"]["agreement"] == ROADMAP_2023
    assert data["filters"] == {"meeting": str(of_28_december().pk), "with": None, "area": None}


def test_markup_and_formulas_stay_text(sample: dict[str, Agreement], lawyer: User) -> None:
    bad = "=cmd()<script>alert(1)</script> #strong[x] {{ x }}"
    meeting = of_28_december()
    meetings.change(meeting, by=lawyer, agenda=[Point(sample[EPCA], bad)], outcome=bad, counterpart=bad)
    with registers.editing(sample[EPCA], by=lawyer) as fresh:
        fresh.short_title_en = bad
    content = built(meeting=meeting)
    assert "<script>alert" not in text(content, "html")
    assert bad in text(content)
    with translation.override("en"):
        made = reports.render("brief", content, "pdf")
    assert isinstance(made, bytes)
    assert made.startswith(b"%PDF")


# ---- what it is about ----
def test_the_agenda_is_told_in_its_order_and_what_is_tied_to_it(sample: Any) -> None:
    data = told(built(meeting=of_28_december()))
    assert [(one["reference"], one["on_agenda"]) for one in data["agreements"]] == [
        (EPCA, True), (ROADMAP_2025, True), (VISAS, True), (AVIATION, True), (PLATFORM, True), (ROADMAP_2023, False),
    ]  # fmt: skip
    assert [one["reference"] for one in data["others"]] == [MEMORANDUM, PCA]
    assert [(one["code"]) for one in data["partners"]] == ["EU"]
    meeting = data["meeting"]
    assert (meeting["rank"], meeting["status"], meeting["counterpart"], meeting["on"]["iso"], meeting["certainty"]) == (
        "deputy_minister", "held", "EU Ambassador to Kazakhstan", "2024-12-28", "reported",
    )  # fmt: skip
    assert meeting["counterpart_texts"] == {
        "en": "EU Ambassador to Kazakhstan", "ru": "Посол ЕС в Казахстане", "kk": "ЕО-ның Қазақстандағы Елшісі",
    }  # fmt: skip
    assert (meeting["outcome_texts"]["en"], data["outcomes"][0]["language"]) == (meeting["outcome"], "en")
    assert data["outcomes"][0]["text"] == meeting["outcome"]


def test_on_a_partner_the_most_urgent_comes_first_and_what_has_ended_last(sample: Any) -> None:
    data = told(built(party=Party.objects.get(code="EU")))
    assert [one["reference"] for one in data["agreements"]] == [
        ROADMAP_2023, AVIATION, ROADMAP_2025, VISAS, EPCA, MEMORANDUM, PLATFORM,
    ]  # fmt: skip
    assert [one["reference"] for one in data["others"]] == [PCA]
    assert (data["meeting"], data["next_meeting"]) == (None, None)
    assert data["last_meeting"]["on"]["iso"] == "2024-12-28"
    assert [one["agreement"] for one in data["points"]] == [AVIATION, ROADMAP_2025, VISAS, None]


def test_it_is_narrowed_to_an_area_and_to_members_of_an_organisation(sample: Any) -> None:
    aviation = told(built(meeting=of_28_december(), area=sample[AVIATION].areas.get(code="aviation")))
    assert [one["reference"] for one in aviation["agreements"]] == [AVIATION]
    assert aviation["summary"]["alert"] is None
    croatia = built(party=Party.objects.get(code="HR"))
    assert [one["reference"] for one in told(croatia)["agreements"]] == [EPCA]
    assert text(croatia).startswith("Kazakhstan – Croatia\nBrief\n")
    assert text(built()).startswith("Kazakhstan – all partners\n")


def test_a_coming_meeting_is_told_with_its_time_and_place(sample: dict[str, Agreement], lawyer: User) -> None:
    council = Meeting(format=Format.objects.get(code="cooperation-council"), rank="minister", place="Brussels")
    council.on, council.time_zone = on("2025-05-13"), "Europe/Brussels"
    council.starts_at = meetings.moment(date(2025, 5, 13), datetime(2025, 5, 13, 10).time(), "Europe/Brussels")
    parties = [Party.objects.get(code=code) for code in ("KZ", "EU")]
    words = "First point\n\nSecond point"
    agenda = [Point(sample[VISAS], words), Point(sample[AVIATION])]
    meetings.arrange(council, by=lawyer, parties=parties, agenda=agenda)
    said = text(built(meeting=council))
    assert (
        "Date: 13 May 2025, 10:00, Europe/Brussels. Place: Brussels. Held at the level of: ministers. "
        "Status: tentative." in said
    )
    assert "Two are on the agenda." in said
    first, second, third = told(built(meeting=council))["points"]
    assert (first["agreement"], first["sentences"], first["draft"]) == (VISAS, ["First point", "Second point"], False)
    assert (second["agreement"], second["draft"]) == (AVIATION, True)
    assert third["sentences"] == ["Agree on the dates of the coming meetings: none is recorded."]
    assert "1. Visa Facilitation Agreement. First point\n  Second point\n2. Horizontal" in said
    assert "nothing takes its place. [draft]" not in said
    assert "“Submit the proposal to sign to the Government”. [draft]" in said
    later = text(built(party=Party.objects.get(code="EU")))
    assert "Next meeting: Kazakhstan–EU Cooperation Council, 13 May 2025, 10:00, Europe/Brussels, Brussels" in later
    assert "– 13 May 2025. Meeting: Kazakhstan–EU Cooperation Council, 10:00, Europe/Brussels, Brussels" in later
    assert "No coming meeting" not in later
    meetings.cancel(council, by=lawyer)
    assert "No coming meeting is recorded." in text(built(party=Party.objects.get(code="EU")))


def test_on_an_earlier_day_the_meetings_held_since_were_still_to_come(sample: Any) -> None:
    then = built(party=Party.objects.get(code="EU"), as_of=date(2024, 10, 1))
    data, said = told(then), text(then)
    assert [(one["kind"], one["on"]["iso"]) for one in data["coming"]] == [
        ("meeting", "2024-10-14"), ("meeting", "2024-12-28"), ("validity", "2024-12-31"),
    ]  # fmt: skip
    assert (data["next_meeting"]["on"]["iso"], data["next_meeting"]["status"]) == ("2024-10-14", None)
    assert (
        "Next meeting: 21st Cooperation Council, 14 October 2024, Luxembourg. Last meeting: Talks with the EU" in said
    )
    assert "held" not in said


def test_a_meeting_of_many_is_called_by_its_name(
    sample: dict[str, Agreement], lawyer: User, make_region: list[Party]
) -> None:
    region = Meeting(format=Format.objects.get(code="central-asia-eu"))
    region.on = on("2025-H2")
    meetings.arrange(region, by=lawyer, parties=make_region, agenda=[Point(sample[PLATFORM])])
    said = text(built(meeting=region))
    assert said.splitlines()[:2] == ["Central Asia – European Union", "Brief"]
    assert "Date: second half of 2025. Place: not recorded. Status: tentative." in said
    assert [one["reference"] for one in told(built(meeting=region))["agreements"]] == [PLATFORM]


def test_what_our_side_owes_is_what_the_other_may_raise(sample: dict[str, Agreement], lawyer: User) -> None:
    tasks.add(sample[ROADMAP_2025], "Reply", by=lawyer, due=on("2024-12-20"), side="own")
    tasks.add(sample[ROADMAP_2025], "Comments", by=lawyer, due=on("2025-01-05"), side="other")
    content = built(meeting=of_28_december())
    points, expected = (
        {one["agreement"]: one["sentences"] for one in told(content)[name]} for name in ("points", "expected")
    )
    assert [line.replace("\u00a0", " ") for line in expected[ROADMAP_2025]] == [
        "What is overdue on our side: “Reply” (due: 20 December 2024).",
        "When our side will be ready to sign.",
    ]
    assert points[ROADMAP_2025][-1].replace("\u00a0", " ") == (
        "Awaited from the other side: “Comments” (due: 5 January 2025)."
    )
    assert "8 days overdue: Reply" in text(content)
    past = told(built(meeting=of_28_december(), as_of=date(2024, 12, 27)))
    assert "Reply" not in json.dumps(past)
    assert {one["open_tasks"] for one in past["agreements"]} == {None}


# ---- as of, and known at ----
def test_as_of_an_earlier_day_nothing_later_is_told(sample: Any) -> None:
    past = built(meeting=of_28_december(), as_of=date(2016, 6, 1))
    data = told(past)
    assert [(one["reference"], one["stage"], one["procedure_steps"]) for one in data["agreements"]] == [
        (EPCA, "ratifying", {"at": 7, "of": 8}),
        (AVIATION, "signing", {"at": 5, "of": 8}),
    ]
    assert (data["meeting"]["status"], data["meeting"]["outcome"], data["outcomes"]) == (None, "", [])
    assert data["meeting"]["outcome_texts"] == {"en": "", "ru": "", "kk": ""}
    assert [one["reference"] for one in data["others"]] == [PCA]
    said = text(past)
    assert "Status" not in said
    assert "2024" not in said.replace("28 December 2024", "").replace("14 October 2024", "").replace(
        "13 September 2024", ""
    )
    assert "41.2" not in said
    assert data["indicators"] == []


def test_known_at_a_moment_it_tells_what_was_known_then(sample: dict[str, Agreement], lawyer: User) -> None:
    meeting = of_28_december()
    before = clock.now()
    meetings.change(
        meeting, by=lawyer, status=MeetingStatus.TENTATIVE, place="Astana", counterpart="Somebody else",
        outcome="", agenda=[Point(sample[VISAS], "Say this")],
    )  # fmt: skip
    with registers.editing(Party.objects.get(code="EU"), by=lawyer) as fresh:
        fresh.name_en = "Union of Europe"
    with registers.editing(Indicator.objects.get(value="180"), by=lawyer) as fresh:
        fresh.value = 190
    with registers.editing(sample[VISAS], by=lawyer) as fresh:
        fresh.short_title_en, fresh.next_step = "Visa Agreement", "Meet again"
    lifecycle.note(sample[VISAS], on=on("2024-12-28"), by=lawyer, what="Something new")
    then, now = (text(built(meeting=meeting, known_at=moment)) for moment in (before, None))
    new = ("Astana", "Somebody else", "Say this", "Union of Europe", "190 billion", "Visa Agreement", "Meet again",
           "Something new", "tentative")  # fmt: skip
    assert [word for word in new if word not in now] == []
    assert [word for word in new if word in then] == []
    assert then == text(built(meeting=meeting, known_at=before))
    assert "Points to raise (draft)" in then
    assert "Next year's calendar" in then
    assert "Next year's calendar" not in now


def test_of_a_meeting_that_was_not_known_yet_it_says_so(sample: Any) -> None:
    nothing = built(meeting=of_28_december(), known_at=datetime(2020, 1, 1, tzinfo=ZoneInfo("UTC")))
    assert text(nothing).splitlines()[-1] == "Nothing was recorded of this meeting by that moment."
    assert (told(nothing)["meeting"], told(nothing)["agreements"], told(nothing)["others"]) == (None, [], [])


# ---- who may see what, and at what cost ----
def test_no_byte_depends_on_what_the_reader_may_not_see(
    sample: dict[str, Agreement], reader: User, lawyer: User
) -> None:
    meeting, partner = of_28_december(), Party.objects.get(code="EU")

    def shown() -> list[str]:
        contents = (built(reader, meeting=meeting), built(reader, party=partner))
        return [text(content, form) for content in contents for form in ("text", "html", "csv", "json")]

    with registers.editing(sample[ROADMAP_2025], by=lawyer) as fresh:
        fresh.level = Level.SECRET
    hidden = shown()
    assert not any(word in one for one in hidden for word in (ROADMAP_2025, "2025-2026"))
    assert "We follow seven agreements: four are in force or in effect, one is being prepared for signing" in hidden[0]
    assert "Four are on the agenda." in hidden[0]
    assert "2. Visa Facilitation Agreement." in hidden[0]
    agenda = [
        Point(item.agreement) for item in meetings.listed(meeting, lawyer) if item.agreement.reference != ROADMAP_2025
    ]
    meetings.change(meeting, by=lawyer, agenda=agenda)
    tasks.add(sample[ROADMAP_2025], "More", by=lawyer, due=on("2024-12-01"))
    with registers.editing(sample[ROADMAP_2025], by=lawyer) as fresh:
        fresh.relations.all().delete()
    assert shown() == hidden


def test_a_meeting_above_the_readers_level_is_not_there(sample: Any, reader: User, lawyer: User) -> None:
    council = Meeting(format=Format.objects.get(code="cooperation-council"), level=Level.SECRET)
    council.on = on("2025-05-13")
    meetings.arrange(council, by=lawyer, parties=[Party.objects.get(code="EU")])
    assert "No coming meeting is recorded." in text(built(reader, party=Party.objects.get(code="EU")))
    assert "Next meeting" in text(built(lawyer, party=Party.objects.get(code="EU")))
    with pytest.raises(CommandError, match="There is no meeting"):
        call_command("report", "brief", meeting=str(council.pk), user="reader", stdout=io.StringIO())


def test_it_is_as_secret_as_the_most_secret_thing_it_shows(sample: dict[str, Agreement], lawyer: User) -> None:
    meeting = of_28_december()
    assert built(lawyer, meeting=meeting).level == Level.INTERNAL
    everything = {meeting.pk, *(agreement.pk for agreement in sample.values())}
    assert set(built(lawyer, meeting=meeting).shown) == everything
    aviation = sample[AVIATION].areas.get(code="aviation")
    assert built(lawyer, meeting=meeting, area=aviation).shown == [sample[AVIATION].pk, meeting.pk]
    with registers.editing(sample[MEMORANDUM], by=lawyer) as fresh:
        fresh.level = Level.RESTRICTED
    assert built(lawyer, meeting=meeting).level == Level.RESTRICTED
    meetings.change(meeting, by=lawyer, level=Level.SECRET)
    assert text(built(lawyer, meeting=meeting)).splitlines()[5] == "SECRET"


def test_it_runs_the_same_number_of_queries_for_any_number(make_agreement: Any, parties: Any, lawyer: User) -> None:
    counts = []
    form = Format.objects.create(code="council", name_en="Council")
    agreements = []
    for number in range(3):
        agreements.append(make_agreement(procedure="ratified", stage="signing", on=on("2024-01-15")))
        tasks.add(agreements[-1], "A", by=lawyer, due=on("2024-12-20"))
        meeting = Meeting(format=form)
        meeting.on = on(f"2025-0{number + 1}-13")
        meetings.arrange(meeting, by=lawyer, parties=parties.values(), agenda=[Point(one) for one in agreements])
        with CaptureQueriesContext(connection) as queries:
            content = report.build(lawyer, meeting=meeting)
            report.data(content)
            report.arrange(content)
        assert (len(content.agreements), len(content.coming)) == (number + 1, number)
        counts.append(len(queries))
    assert counts == [counts[0]] * 3
    assert counts[0] <= 12


# ---- the command and the pages ----
def test_the_command_prints_it(sample: Any) -> None:
    out = io.StringIO()
    call_command("report", "brief", party="EU", language="kk", stdout=out)
    assert out.getvalue().startswith("Қазақстан – Еуропалық одақ\nАнықтама\n")
    with pytest.raises(CommandError, match="There is no meeting “x”"):
        call_command("report", "brief", meeting="x", stdout=io.StringIO())


def test_pages_lead_to_it_and_offer_the_meetings(sample: Any, at_reader: Any) -> None:
    meeting = of_28_december()
    address = f"/reports/brief/?meeting={meeting.pk}"
    assert f'href="{address}"' in at_reader.get(meeting.get_absolute_url()).content.decode()
    page = at_reader.get(address)
    words = page.content.decode()
    assert page.status_code == 200
    assert f'<option value="{meeting.pk}" selected>' in words
    (choice,) = re.findall(r'<select id="meeting".*?</select>', words, re.DOTALL)
    assert choice.count("<option") == 4
    assert f"meeting={meeting.pk}&amp;format=pdf" in words
    assert at_reader.get("/reports/brief/?meeting=x").status_code == 400
