"""A report is as secret as the most secret thing in it, also where that is a document or a meeting."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.core.files.base import ContentFile

from agreements import clock, documents, meetings, registers, reports
from agreements.choices import DocumentKind, EntryKind, Level
from agreements.dates import FuzzyDate
from agreements.lifecycle import void
from agreements.models import Agreement, DocumentVersion, Entry, Format, Meeting, Party, User

AVIATION = "AIR-7Q4M"
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


def built(name: str, user: User, agreement: Agreement) -> Any:
    return reports.REPORTS[name].build(user, agreement=agreement)


def kept(agreement: Agreement, by: User) -> DocumentVersion:
    """Keep the most secret file of an agreement that is not secret itself."""
    return documents.store(
        agreement,
        DocumentKind.INITIALLED_TEXT,
        ContentFile(PDF, "hushed.pdf"),
        on=FuzzyDate.of_day(date(2024, 12, 27)),
        language="en",
        title={"en": "Hushed text"},
        level=Level.SECRET,
        by=by,
    )


def told(name: str, content: Any) -> str:
    return str(reports.render(name, content, "json"))


@pytest.mark.parametrize("name", ["changes", "agreement"])
def test_a_secret_document_makes_what_tells_of_it_secret(
    sample: dict[str, Agreement], reader: User, lawyer: User, name: str
) -> None:
    agreement = sample[AVIATION]
    before = built(name, lawyer, agreement)
    file = kept(agreement, lawyer)
    hers, his = built(name, lawyer, agreement), built(name, reader, agreement)

    assert before.level == his.level == Level.INTERNAL
    assert "Hushed text" in told(name, hers)
    assert "Hushed text" not in told(name, his)
    assert (hers.level, file.document_id in hers.shown, file.document_id in his.shown) == (Level.SECRET, True, False)

    # Struck out it is told of still: as a correction.
    void(Entry.objects.get(pk=file.entry_id, kind=EntryKind.DOCUMENT), by=lawyer, reason="A wrong file.")
    hers = built(name, lawyer, agreement)
    assert (hers.level, file.document_id in hers.shown) == (Level.SECRET, True)


@pytest.mark.parametrize("name", ["brief", "changes", "agreement"])
def test_a_secret_meeting_makes_what_tells_of_it_secret(
    sample: dict[str, Agreement], reader: User, lawyer: User, name: str
) -> None:
    agreement = sample[AVIATION]
    council = Meeting(format=Format.objects.get(code="cooperation-council"), level=Level.SECRET, title_en="Hushed")
    council.on = FuzzyDate.of_day(date(2025, 5, 13))
    made: UUID = meetings.arrange(
        council, by=lawyer, parties=[Party.objects.get(code="EU")], agenda=[meetings.Point(agreement=agreement)]
    ).pk
    asked: dict[str, Any] = {"party": Party.objects.get(code="EU")} if name == "brief" else {"agreement": agreement}
    hers, his = (reports.REPORTS[name].build(user, **asked) for user in (lawyer, reader))

    assert "Hushed" in told(name, hers)
    assert "Hushed" not in told(name, his)
    assert (hers.level, his.level) == (Level.SECRET, Level.INTERNAL)
    assert (made in hers.shown, made in his.shown) == (True, False)


@pytest.mark.parametrize("name", ["portfolio", "brief", "deadlines", "changes", "agreement"])
def test_what_is_secret_today_is_marked_so_when_the_report_looks_back(
    sample: dict[str, Agreement], lawyer: User, name: str
) -> None:
    agreement = sample[AVIATION]
    council = Meeting(format=Format.objects.get(code="cooperation-council"), title_en="Hushed", level=Level.INTERNAL)
    council.on = FuzzyDate.of_day(date(2025, 5, 13))
    council = meetings.arrange(council, by=lawyer, agenda=[meetings.Point(agreement=agreement)])
    asked = {"known_at": clock.now()} | ({"agreement": agreement} if name == "agreement" else {})
    build = reports.REPORTS[name].build
    assert build(lawyer, **asked).level == Level.INTERNAL
    meetings.change(council, by=lawyer, level=Level.RESTRICTED)
    if name in ("brief", "changes", "agreement"):
        assert build(lawyer, **asked).level == Level.RESTRICTED
    with registers.editing(agreement, by=lawyer) as fresh:
        fresh.level = Level.SECRET

    assert AVIATION in told(name, build(lawyer, **asked))
    assert build(lawyer, **asked).level == Level.SECRET
