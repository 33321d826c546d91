"""What the pages with a key in their address are looked at with: a file, a task, a meeting to come, a report."""

from agreements import clock, commitments, dispatch, documents, meetings, tasks, undisclosed
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Format, Meeting, Party, ProcedureVersion, User
from tests.documents.conftest import PDF, docx, upload
from tests.test_adopting import EARLIER

TITLE = {"en": "Text as initialled", "ru": "Парафированный текст", "kk": "Дәйектелген мәтін"}
ARTICLES = ("Article 1", "The Parties shall meet once a year.", "Article 2", "This Agreement is of unlimited duration.")
CHANGED = ("Article 1", "The Parties shall meet twice a year.", "Article 2", "This Agreement is of unlimited duration.")


def record(sample: dict[str, Agreement], lawyer: User) -> dict[str, str]:
    """Record one of each to the sample portfolio, and return their keys by the names that stand for them."""
    aviation, partnership = sample["AIR-7Q4M"], sample["PEP-4K7Z"]
    day = FuzzyDate.of_day(clock.today())
    kept = {"by": lawyer, "on": day, "language": "en"}
    first = documents.store(
        aviation, "initialled_text", upload(docx(*ARTICLES), "text.docx"), title=TITLE, text_number=2, **kept
    )
    second = documents.store(
        aviation, "initialled_text", upload(docx(*CHANGED), "text-2.docx"), document=first.document, **kept
    )
    paper = documents.store(aviation, "note_verbale", upload(PDF, "letter.pdf"), **kept)
    commitment = commitments.undertake(
        partnership, by=lawyer, text_en="The Cooperation Council meets once a year.", provision="Art. 268(2)"
    )
    quiet = undisclosed.name(
        aviation, Party.objects.get(code="AT"), by=lawyer, level="secret", remark="The consultations are not public."
    )
    task, dropped = (tasks.add(aviation, title=title, by=lawyer) for title in ("Print the text", "Ask for the map"))
    tasks.drop(dropped, by=lawyer, reason="There is none.")
    held = Meeting.objects.get(format__code="cooperation-council", status="held")
    ahead = Meeting(format=Format.objects.get(code="cooperation-council"), place="Brussels")
    ahead.on = FuzzyDate.parse("2025-05-13")
    meetings.arrange(ahead, by=lawyer, parties=(), agenda=[meetings.Point(aviation), meetings.Point(partnership)])
    wish = dispatch.Wish("deadlines", {"area": "aviation"}, "json", "en")
    dispatch.order(wish, by=lawyer)
    schedule = dispatch.schedule(wish, name="Aviation, every week", rhythm="weekly", recipients=[lawyer], by=lawyer)
    older = ProcedureVersion.objects.create(code="ratified", version="0", digest="0" * 64, text=EARLIER)
    Agreement.objects.filter(pk=sample["VIS-8TDK"].pk).update(procedure_version=older)
    return {
        "DOCUMENT": str(first.document_id), "FIRST": str(first.pk), "SECOND": str(second.pk), "PAPER": str(paper.pk),
        "COMMITMENT": str(commitment.pk), "QUIET": str(quiet.pk), "TASK": str(task.pk), "DROPPED": str(dropped.pk),
        "HELD": str(held.pk), "AHEAD": str(ahead.pk), "SCHEDULE": str(schedule.pk),
    }  # fmt: skip
