"""A document of every kind of block, and texts that a program could take for its own."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from agreements.dates import FuzzyDate
from agreements.reports.document import (
    Bar,
    Bars,
    Cell,
    Columns,
    Document,
    Fact,
    Figure,
    Figures,
    Funnel,
    Heading,
    Lane,
    Paragraph,
    Part,
    Point,
    Points,
    Span,
    Stamp,
    Step,
    Steps,
    Table,
    Timeline,
)

#: What markup, spreadsheets, word processors and readers could take for more than a text.
HOSTILE = (
    "<script>alert(1)</script>",
    "a & b &amp; <b>c</b> ]]> -->",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1-1=0",
    "-2+3",
    '{ HYPERLINK "http://example.org" } { DDEAUTO c:\\\\windows\\\\cmd.exe "/k calc" }',
    "_x000D_ _x0041_ &#x41; %s {0} %(name)s",
    "http://example.org/ mailto:x@example.org internal:Sheet1!A1",
    "مرحبا بالعالم (1) שלום",
    "Agreement on agreements " * 210,
)
#: What no file can hold, and what is left of it.
UNFIT = (
    ("a\x00b\x07c\x1bd\x9fe", "abcde"),
    ("half \ud800 of a pair", "half  of a pair"),
    ("evil\u202egnp.exe", "evilgnp.exe"),
    ("not\ufffea letter", "nota letter"),
)


def every_kind(text: str = "", *, wide: bool = False) -> Document:
    """Return a document of all kinds of blocks; a text is put wherever texts come from people."""

    def said(what: str) -> str:
        return text or what

    table = Table(
        said("Agreements"),
        [said("Agreement"), "Stage", "Since", "Days", "Share"],
        [
            [
                Cell(said("Horizontal Aviation Agreement"), "en", notes=[said("AIR-7Q4M"), "text 2"]),
                Cell(said("Initialled"), stage="initialled", group="preparing", steps=Steps(4, 8, "preparing")),
                Cell.day(date(2024, 10, 14), notes=[said("inferred")]),
                Cell.count(1763, alert=True),
                Cell("+3.5 %", number=True, value=Decimal("3.5")),
            ],
            [
                Cell(said("Соглашение"), "ru"),
                Cell(said("In force"), stage="in_force", group="operative", steps=Steps(8, 8, "operative")),
                Cell.day(FuzzyDate.parse("2012-09")),
                Cell("at least 42", number=True, value=42),
                Cell("41.2 billion USD", number=True, value=Decimal("41.2")),
            ],
        ],
        note=said("A note below."),
        facts=[
            Fact.of("Reference", said("AIR-7Q4M")),
            Fact("The clause as it is computed", [(0, said("Entry into force:")), (1, "30 days after")], alert=True),
        ],
    )
    blocks: list[Any] = [
        Paragraph(said("We follow two agreements."), said("One is late."), tone="lead"),
        Points(
            said("Points to raise"),
            [
                Point(said("Aviation."), said("Agree on a date."), draft=True, notes=[said("From the agenda.")]),
                Point("Visas.", "Ask again.", "ru"),
            ],
            numbered=True,
        ),
        Points("Next", [Point("", said("One more."))], numbered=True),
        Points("Plain", [Point("", said("A point."))]),
        Points("Nothing", [], empty=said("Nothing to raise.")),
        table,
        Table("Empty", ["a"], [], empty=said("Nothing here."), level=3),
        Heading(said("Pictures"), language="ru"),
        Columns(
            [
                [Figures("Key figures", [Figure(said("41.2"), said("Trade"), change="+23 %", source=said("kt.kz"))])],
                [
                    Bars(
                        "Trade",
                        said("billion USD"),
                        [Bar(said("2024"), "41.2", [Part(said("exports"), Decimal("32.6"))])],
                        note="kt.kz",
                    )
                ],
            ]
        ),
        Funnel("By stage", [Step(said("Initialled"), 1, "initialled", "preparing")]),
        Timeline(
            "Timeline",
            date(2020, 1, 1),
            date(2025, 1, 1),
            [Lane(said("EPCA"), [Span(date(2020, 3, 1), date(2025, 1, 1), said("In force"), "since 1 March 2020")])],
        ),
        Paragraph(said("The end."), tone="note"),
    ]
    stamps = [Stamp("As of", "28\u00a0December\u00a02024"), Stamp("Prepared by", said("Treaty department"))]
    return Document(said("Title"), said("Subtitle"), "Restricted", stamps, blocks, wide=wide)


def texts_of(document: Document) -> list[str]:
    """Return every text that a format without pictures must show, in the order of the document."""
    found = [document.title, document.subtitle]
    found += [text for stamp in document.stamps for text in (stamp.label, stamp.value)]
    for block in document.flat():
        match block:
            case Heading():
                found.append(block.text)
            case Paragraph():
                found += [block.text, block.alert]
            case Points():
                found.append(block.heading)
                found += [text for point in block.items for text in (point.lead, point.text, *point.notes)]
                found += [] if block.items else [block.empty]
            case Table():
                found += [block.heading, block.note]
                found += [text for fact in block.facts for text in (fact.label, *(line for _, line in fact.lines))]
                found += [*block.columns] if block.rows else [block.empty]
                found += [text for row in block.rows for cell in row for text in (cell.text, *cell.notes)]
    return [text for text in found if text]


COLUMNS = ("Agreement", "Reference", "Stage", "Since", "Days", "Partner", "Changed", "Who has the ball")


class Rows(Sequence[Sequence[Cell]]):
    """So many rows of eight columns, two of them days, each made when it is asked for."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(self.count))]
        since = _FIRST + timedelta(days=place % 9000)
        return [
            Cell(f"Agreement {place} on transport"),
            Cell(f"REF-{place:06}"),
            Cell("In force", stage="in_force", group="operative"),
            Cell.day(since),
            Cell.count(place % 5000),
            Cell("European Union"),
            Cell.day(since + timedelta(days=40)),
            Cell("Own side"),
        ]

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        return map(self.__getitem__, range(self.count))


_FIRST = date(1995, 1, 1)
