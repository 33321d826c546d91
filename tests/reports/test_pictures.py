"""The pictures of reports: to scale, what is not certain told apart, each with words that say the same."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from agreements.choices import Group
from agreements.models import User
from agreements.reports import as_html, drawn, portfolio
from agreements.reports.document import (
    Bar,
    Bars,
    Cell,
    Columns,
    Document,
    Figure,
    Figures,
    Funnel,
    Lane,
    Part,
    Point,
    Points,
    Span,
    Step,
    Steps,
    Table,
    Timeline,
)  # fmt: skip

FIRST, LAST = date(2010, 1, 1), date(2020, 1, 1)


def timeline(*spans: Span, first: date = FIRST, last: date = LAST) -> Timeline:
    return Timeline("Timeline", first, last, [Lane("Lane", spans)], now=last)


def rounded(picture: Timeline) -> list[tuple[float, float, str, bool]]:
    """Where everything of the only lane is: from, until, label, whether it is hatched."""
    return [
        (round(piece.left, 2), round(piece.left + piece.width, 2), piece.label, piece.hatched)
        for piece in drawn.pieces(picture, picture.lanes[0])
    ]


# ---- what is drawn where ----
def test_a_span_is_as_long_as_its_time() -> None:
    assert rounded(timeline(Span(date(2011, 1, 1), date(2015, 1, 1), "In force", "", "operative"))) == [
        (0.1, 0.5, "In force", False)
    ]


def test_bounds_that_are_not_certain_are_hatched() -> None:
    span = Span(
        date(2012, 1, 1), date(2016, 1, 1), "Signed", "", sure_from=date(2013, 1, 1), sure_until=date(2015, 1, 1)
    )

    assert rounded(timeline(span)) == [(0.2, 0.3, "", True), (0.5, 0.6, "", True), (0.3, 0.5, "Signed", False)]


def test_what_was_perhaps_never_so_is_hatched_as_a_whole() -> None:
    perhaps = Span(date(2012, 1, 1), date(2013, 1, 1), "Perhaps", "", certain=False)
    never = Span(
        date(2012, 1, 1), date(2013, 1, 1), "In a year", "", sure_from=date(2013, 1, 1), sure_until=date(2012, 1, 1)
    )

    assert rounded(timeline(perhaps)) == [(0.2, 0.3, "Perhaps", True)]
    assert rounded(timeline(never)) == [(0.2, 0.3, "In a year", True)]


def test_an_event_is_seen_and_stays_within_the_picture() -> None:
    ((left, right, _label, _hatched),) = rounded(timeline(Span(LAST, LAST, "Now", "")))
    (piece,) = drawn.pieces(timeline(), Lane("Lane", [Span(LAST, LAST, "Now", "")]))

    assert (left, right) == (1.0, 1.0)
    assert piece.width == 0.004
    assert piece.left + piece.width == 1


@pytest.mark.parametrize(
    ("first", "last", "most", "labels"),
    [
        (date(1995, 1, 1), date(2024, 12, 31), 15, ["1996", "1998"]),
        (date(1995, 1, 1), date(2024, 12, 31), 7, ["1995", "2000"]),
        (date(2010, 6, 1), date(2013, 12, 31), 12, ["2011", "2012", "2013"]),
        (date(2024, 1, 1), date(2024, 12, 31), 12, ["Jan\u00a02024", "Feb"]),
        (date(2023, 3, 10), date(2024, 12, 31), 9, ["Apr\u00a02023", "Jul", "Oct", "Jan\u00a02024"]),
    ],
)
def test_the_scale_has_as_many_lines_as_there_is_room_for(
    first: date, last: date, most: int, labels: list[str]
) -> None:
    ticks = drawn.ticks(timeline(first=first, last=last), most)

    assert [tick.label for tick in ticks][: len(labels)] == labels
    assert len(ticks) <= most
    assert all(0 <= tick.left <= 1 for tick in ticks)


def test_months_are_named_in_the_language_of_the_reader() -> None:
    with translation.override("kk"):
        assert [tick.label for tick in drawn.ticks(timeline(first=date(2024, 1, 1), last=date(2024, 12, 31)), 12)] == [
            "қаң\u00a02024", "ақп", "нау", "сәу", "мам", "мау", "шіл", "там", "қыр", "қаз", "қар", "жел",
        ]  # fmt: skip


def test_bars_have_one_scale_and_say_their_figures() -> None:
    bars = Bars(
        "", "", [Bar("a", "", [Part("exports", Decimal(30)), Part("imports 10", Decimal(10))]), Bar("b", "", [])]
    )
    ((_part, exports), (_other, imports)) = drawn.parts(bars, bars.rows[0])

    assert (exports.left, exports.width, exports.label) == (0, 0.75, "exports 30")
    assert (imports.left, imports.width, imports.label) == (0.75, 0.25, "imports 10")
    assert drawn.parts(bars, bars.rows[1]) == []


def test_a_funnel_is_as_wide_as_its_widest_step() -> None:
    assert drawn.shares(Funnel("", [Step("a", 2, "", ""), Step("b", 4, "", ""), Step("c", 0, "", "")])) == [0.5, 1, 0]
    assert drawn.shares(Funnel("", [])) == []


# ---- stays at stages, told from the chain ----
def lanes(as_of: str) -> dict[str, list[tuple[str, str, bool]]]:
    user = User.objects.service("report")
    document = portfolio.arrange(portfolio.build(user, as_of=date.fromisoformat(as_of)))
    (found,) = [block for block in document.each() if isinstance(block, Timeline)]
    assert all(found.first <= span.first <= span.last <= found.last for lane in found.lanes for span in lane.spans)
    assert found.now == date.fromisoformat(as_of)
    return {lane.address[12:20]: [(one.label, one.when, one.certain) for one in lane.spans] for lane in found.lanes}


@pytest.mark.django_db
def test_the_timeline_of_the_portfolio_says_what_was_known_on_the_day(sample: Any) -> None:
    assert lanes("2007-06-01") == {
        "AIR-7Q4M": [
            ("Proposed", "– 5\u00a0June\u00a02003", True),
            ("Mandated", "5\u00a0June\u00a02003 – 2007", True),
            ("possibly: negotiating", "2007", False),
            ("possibly: initialled", "2007 (inferred) –", False),
        ],
        "PEP-2F9C": [
            ("Signed", "23\u00a0January\u00a01995 – 26\u00a0May\u00a01997", True),
            ("Undergoing ratification", "26\u00a0May\u00a01997 – 1\u00a0July\u00a01999", True),
            ("In force", "1\u00a0July\u00a01999 –", True),
        ],
    }
    assert lanes("2024-12-28")["RAW-25X6"] == [
        ("Being prepared for signing", "28\u00a0December\u00a02024 (date of report) –", True)
    ]


@pytest.mark.django_db
def test_a_report_on_a_stage_says_only_that_it_had_been_reached(sample: Any) -> None:
    content = portfolio.build(User.objects.service("report"), as_of=date(2024, 12, 28))
    (found,) = [block for block in portfolio.arrange(content).each() if isinstance(block, Timeline)]
    (aviation,) = [lane for lane in found.lanes if "AIR-7Q4M" in lane.address]
    initialled, signing = aviation.spans[-2:]

    assert (initialled.first, initialled.sure_from) == (date(2024, 10, 14), date(2024, 10, 14))
    assert (signing.first, signing.sure_from) == (date(2024, 10, 14), date(2024, 12, 28))
    assert initialled.sure_until == date(2024, 10, 14)


# ---- on a page ----
def page(*blocks: Any) -> str:
    return as_html.render(Document("Title", "Subtitle", "Internal", [], blocks), "en")


def test_every_picture_on_a_page_has_words() -> None:
    span = Span(date(2012, 1, 1), date(2016, 1, 1), "Signed", "2012 – 2016", "concluded", sure_from=date(2013, 1, 1))
    steps = Cell("Signed", stage="signed", group="concluded", steps=Steps(6, 8, "concluded"))
    made = page(
        Columns([[Funnel("Funnel", [Step("Signed", 3, "signed", "concluded")])], [Points("", [Point("a", "b")])]]),
        Bars(
            "Trade", "billion USD", [Bar("2024", "41.2", [Part("exports", Decimal("32.6")), Part("x", Decimal("0.1"))])]
        ),
        Figures("Key", [Figure("> 3,000", "companies", "+2 %", "a source")]),
        timeline(span),
        Table("", ["Stage"], [[steps]]),
    )
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", made))

    assert re.findall(r'role="img" aria-label="([^"]*)"', made) == [
        "exports 32.6; x 0.1",
        "Signed (2012 – 2016)",
        "stage 6 of 8 of its procedure",
    ]
    for said in (
        "Signed",
        "3",
        "2024 41.2",
        "exports 32.6; x 0.1",
        "> 3,000".replace(">", "&gt;"),
        "companies",
        "+2 %",
    ):
        assert said in plain
    assert "As a table" in plain
    assert f"{Group.CONCLUDED.label} " in plain
    assert "not certain" in plain
    assert " style=" not in made
    assert len(re.findall(r' id="([^"]*)"', made)) == len(set(re.findall(r' id="([^"]*)"', made)))


def test_numbers_of_a_drawing_are_written_the_same_in_every_language() -> None:
    picture = timeline(Span(date(2012, 1, 1), date(2016, 1, 1), "Подписано", "", "concluded"))
    with translation.override("ru"):
        made = page(picture)

    assert 'x="19.99%"' in made
    assert not re.search(r'(x|y|width|height|x1|x2)="[^"]*,', made)
