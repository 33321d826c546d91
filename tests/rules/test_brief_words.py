"""The words of briefs that need no database: small numbers, periods, figures with their sources."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from agreements.choices import Certainty, Precision, Stage
from agreements.dates import FuzzyDate, precision_words, render_period
from agreements.reports import figures, numerals
from agreements.reports.document import Bars, Figures, Paragraph
from agreements.reports.facts import IndicatorFacts
from agreements.words import tongue

S = Stage


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


# ---- how many stand where ----
@pytest.mark.parametrize(
    ("counted", "en", "ru", "kk"),
    [
        (
            {(S.IN_FORCE, True): 1},
            "We follow one agreement: one is in force.",
            "Отслеживаем одно соглашение: одно вступило в силу.",
            "Бір келісімді қадағалап отырмыз: біреуі күшінде.",
        ),
        (
            {(S.IN_FORCE, False): 2, (S.SIGNED, True): 1},
            "We follow three agreements: two are in effect, one is signed.",
            "Отслеживаем три соглашения: два действуют, одно подписано.",
            "Үш келісімді қадағалап отырмыз: екеуі қолданыста, біреуі – қол қойылған.",
        ),
        (
            {(S.IN_FORCE, True): 1, (S.IN_FORCE, False): 4, (S.RATIFYING, True): 5, (S.NEGOTIATING, True): 2},
            "We follow 12 agreements: five are in force or in effect, five are undergoing ratification, two are being "
            "negotiated.",
            "Отслеживаем 12 соглашений: пять вступили в силу или действуют, пять проходят ратификацию, два – на стадии "
            "переговоров.",
            "12 келісімді қадағалап отырмыз: бесеуі күшінде немесе қолданыста, бесеуі ратификациялануда, екеуі бойынша "
            "келіссөздер жүргізілуде.",
        ),
        (
            {(S.IN_FORCE, True): 21, (S.PROPOSED, True): 5, (S.MANDATED, True): 1, (S.EXPIRED, False): 2,
             (None, True): 1},
            "We follow 30 agreements: 21 are in force, one has a mandate, five are proposed, two have expired, perhaps "
            "begun: one.",
            "Отслеживаем 30 соглашений: 21 вступило в силу, одно – с полномочиями на переговоры, пять предложено, два "
            "– с истёкшим сроком действия, возможно, начато: одно.",
            "30 келісімді қадағалап отырмыз: 21 келісім күшінде, біреуі бойынша келіссөздерге өкілеттік берілді, "
            "бесеуі ұсынылды, екеуі – мерзімі өткен, басталған болуы мүмкін: біреуі.",
        ),
        (
            {(S.INITIALLED, True): 3, (S.SIGNING, True): 6, (S.SUSPENDED, True): 7, (S.TERMINATED, True): 8,
             (S.SUPERSEDED, True): 9, (S.WITHDRAWN, True): 10},
            "We follow 43 agreements: seven are suspended, six are being prepared for signing, three are initialled, "
            "nine are superseded, eight are terminated, ten are withdrawn.",
            "Отслеживаем 43 соглашения: семь – с приостановленным действием, шесть готовятся к подписанию, три "
            "парафированы, девять заменено, восемь прекращено, десять снято.",
            "43 келісімді қадағалап отырмыз: жетеуі – қолданылуы тоқтатыла тұрған, алтауы қол қоюға дайындалуда, үшеуі "
            "дәйектелді, тоғызы ауыстырылды, сегізі – қолданылуы тоқтатылған, оны кері қайтарылды.",
        ),
    ],
)  # fmt: skip
def test_how_many_stand_where_is_said_in_words(counted: dict, en: str, ru: str, kk: str) -> None:
    for language, words in (("en", en), ("ru", ru), ("kk", kk)):
        with translation.override(language):
            assert plain(numerals.standing(Counter(counted))) == words


# ---- periods and precision ----
@pytest.mark.parametrize(
    ("first", "last", "en", "ru", "kk"),
    [
        ("2023-01-01", "2023-12-31", "2023, whole year", "2023 год, полностью", "2023 жыл, толық"),
        ("2024-01-01", "2024-10-31", "January – October 2024", "январь – октябрь 2024 года",
         "2024 жылғы қаңтар – қазан"),
        ("2024-10-01", "2024-10-31", "October 2024", "октябрь 2024 года", "2024 жылғы қазан"),
        ("2024-01-01", "2024-06-30", "first half of 2024", "первое полугодие 2024 года", "2024 жылдың бірінші жартысы"),
        ("2023-11-01", "2024-02-29", "November 2023 – February 2024", "ноябрь 2023 года – февраль 2024 года",
         "2023 жылғы қараша – 2024 жылғы ақпан"),
        ("2005-01-01", "2024-12-28", "1 January 2005 – 28 December 2024", "1 января 2005 года – 28 декабря 2024 года",
         "2005 жылғы 1 қаңтар – 2024 жылғы 28 желтоқсан"),
        ("2024-12-28", "2024-12-28", "28 December 2024", "28 декабря 2024 года", "2024 жылғы 28 желтоқсан"),
    ],
)  # fmt: skip
def test_a_period_is_told_by_what_it_is_made_of(first: str, last: str, en: str, ru: str, kk: str) -> None:
    span = date.fromisoformat(first), date.fromisoformat(last)
    assert [plain(render_period(*span, language)) for language in ("en", "ru", "kk")] == [en, ru, kk]


def test_what_is_not_known_of_a_date_is_said() -> None:
    found = [precision_words(FuzzyDate.of(date(2007, 5, 1), precision), Certainty.INFERRED) for precision in Precision]
    assert found == [
        "day inferred",
        "month inferred",
        "quarter inferred",
        "half-year inferred",
        "year inferred",
        "inferred",
    ]
    firm = [precision_words(FuzzyDate.of(date(2007, 5, 1), precision), Certainty.FIRM) for precision in Precision]
    assert firm == ["", "month only", "quarter only", "half-year only", "year only", ""]


@pytest.mark.parametrize(
    ("text", "language"),
    [("EU Ambassador", "en"), ("Посол ЕС", "ru"), ("ЕО Елшісі, қазан", "kk"), ("ЁЖ", "ru"), ("2024–25", ""), ("", "")],
)
def test_the_letters_tell_the_language(text: str, language: str) -> None:
    assert tongue(text) == language


# ---- figures ----
def figure(name: str, value: str, **more: object) -> IndicatorFacts:
    names = {"en": name, "ru": "", "kk": ""}
    given = {
        "party": "EU",
        "names": names,
        "units": {"en": "billion USD"},
        "period_from": date(2024, 1, 1),
        "period_until": date(2024, 10, 31),
        "at_least": False,
        "change_on_year": None,
        "source": "Ministry",
    }
    return IndicatorFacts(value=Decimal(value), **{**given, **more})  # type: ignore[arg-type]


def drawn(*items: IndicatorFacts, names: dict[str, str] | None = None) -> list[Bars | Figures | Paragraph]:
    return list(figures.pictures(figures.latest(items), names or {}))


def rows(picture: object) -> list[list[str]]:
    assert isinstance(picture, Bars | Figures)
    return [[plain(cell.text) for cell in row] for row in picture.table.rows]


def test_trade_is_drawn_and_sources_that_disagree_are_both_told() -> None:
    bars, said = drawn(
        figure("Trade turnover", "41.2", change_on_year=Decimal(23)),
        figure("Exports from Kazakhstan", "32.6", change_on_year=Decimal("-1.5")),
        figure("Imports to Kazakhstan", "8.6"),
        figure("Trade turnover", "39.9", source="Eurostat"),
        figure("European investment", "180", period_from=None),
    )
    assert isinstance(bars, Bars)
    assert bars.table.columns == ["Period", "Figure", "billion USD", "Change on year", "Source"]
    assert rows(bars) == [
        ["January – October 2024", "turnover", "39.9", "–", "Eurostat"],
        ["January – October 2024", "turnover", "41.2", "+23 %", "Ministry"],
        ["January – October 2024", "exports", "32.6", "-1.5 %", "Ministry"],
        ["January – October 2024", "imports", "8.6", "–", "Ministry"],
    ]
    assert [[(part.label, part.hollow) for part in bar.parts] for bar in bars.rows] == [
        [("turnover", False)],
        [("exports", False), ("imports", True)],
    ]
    assert plain(bars.words) == (
        "January – October 2024: 39.9; January – October 2024: 41.2, +23 % on the year: exports 32.6, imports 8.6"
    )
    assert rows(said) == [["European investment, USD (31 October 2024)", "180 billion", "Ministry"]]


def test_other_figures_that_disagree_say_so() -> None:
    (said,) = drawn(
        figure("Companies with European capital", "3000", units={"en": "companies"}, at_least=True),
        figure("Companies with European capital", "3100", units={"en": "companies"}, source="Eurostat"),
    )
    assert rows(said) == [
        ["Companies with European capital (January – October 2024; sources disagree)", "3,100", "Eurostat"],
        ["Companies with European capital (January – October 2024; sources disagree)", "> 3,000", "Ministry"],
    ]


def test_of_each_figure_the_latest_is_shown_and_of_trade_three_periods() -> None:
    years = [(date(year, 1, 1), date(year, 12, 31)) for year in range(2018, 2024)]
    trade = [figure("Turnover", "1", period_from=first, period_until=last) for first, last in years]
    money = [
        figure("Investment", str(n), period_from=first, period_until=last) for n, (first, last) in enumerate(years)
    ]
    bars, said, source = drawn(*trade, *money)
    assert [row[0] for row in rows(bars)] == ["2023, whole year", "2022, whole year", "2021, whole year"]
    assert rows(said) == [["Investment, USD (2023, whole year)", "5 billion"]]
    assert isinstance(source, Paragraph)
    assert source.text == "Source of all figures: Ministry."


def test_exports_without_a_turnover_and_partners_by_name() -> None:
    bars, source = drawn(figure("Exports", "32.6"), names={"EU": "European Union", "US": "United States"})
    assert isinstance(bars, Bars)
    assert (bars.heading, plain(bars.rows[0].figure), bars.rows[0].whole) == (
        "European Union: trade", "exports 32.6", None,
    )  # fmt: skip
    assert figures.trade_of(figure("Exports and imports", "1")) == ""
    assert figures.trade_of(figure("Important investment", "1")) == ""
    assert isinstance(source, Paragraph)
