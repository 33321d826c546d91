"""A document that somebody may not see does not exist for him: neither does anything that follows from it."""

import re

import pytest

from agreements import documents, lifecycle, registers, reports
from agreements.choices import Level, TaskStatus
from agreements.dates import FuzzyDate
from agreements.documents.shelf import shelf
from agreements.guards import Refused
from agreements.models import Agreement, Entry, Task
from tests.api.conftest import Api
from tests.conftest import signed_in
from tests.documents.conftest import PDF, day
from tests.lives import prepared
from tests.pages.conftest import words

#: The documents that the signing of a treaty subject to ratification requires beforehand.
ASKED = ("legal_expertise", "linguistic_expertise", "signing_decision")


@pytest.fixture
def planned(agreement, lawyer):
    """The agreement with a planned signing: its tasks have their dates."""
    with registers.editing(agreement, by=lawyer) as fresh:
        fresh.planned_signing = FuzzyDate.parse("2025-01-20")
    return agreement


def reasons(agreement, user):
    fresh = Agreement.objects.get(pk=agreement.pk)
    return [reason.code for reason in lifecycle.objections(fresh, "sign", by=user)]


def everything(user, agreement):
    """Return all that a user is told of the agreement on pages and by programs, but for versions and form tokens."""
    client, api, reference = signed_in(user), Api(user), agreement.reference
    pages = (
        f"/agreements/{reference}/",
        f"/agreements/{reference}/steps/sign/",
        f"/agreements/{reference}/?known_at=2099-01-01",
        "/agreements/",
        "/agreements/?attention=due-soon",
        "/tasks/?of=all",
        "/calendar/2025/1/",
        *(f"/reports/{name}/?format=json&agreement={reference}" for name in reports.REPORTS),
        *(f"/reports/{name}/" for name in reports.REPORTS),
    )
    asked = (
        f"agreements/{reference}/", f"agreements/{reference}/transitions/", f"agreements/{reference}/tasks/",
        f"agreements/{reference}/journal/", f"agreements/{reference}/documents/", f"agreements/{reference}/attention/",
        "agreements/?ball=own", "tasks/", "attention/", "documents/",
    )  # fmt: skip
    told = {page: client.get(page).content.decode() for page in pages}
    told |= {address: api.get(address).content.decode() for address in asked}
    passing = re.compile(
        r'name="(?:csrfmiddlewaretoken|seen_version)"[^>]*>|"(?:version|changed_at|known_at)": ?"?[^",}]*"?'
        r"|\d\d:\d\d(?::\d\d)?"
    )
    return {name: passing.sub("", text) for name, text in told.items()}


def test_nothing_that_is_told_depends_on_a_secret_document(planned, keep, officer, reader, lawyer):
    """The differential test: byte for byte the same before and after, whatever requirement the document meets."""
    before = {user: everything(user, planned) for user in (officer, reader)}
    versions = [keep(kind, PDF + bytes([65 + n]), f"{kind}.pdf", level="secret") for n, kind in enumerate(ASKED)]
    for user, told in before.items():
        now = everything(user, planned)
        assert [name for name, text in told.items() if now[name] != text] == []
    # It is there for who may see it; and that this test would see a difference, a lower level shows.
    assert [item.row.kind for item in shelf(planned, lawyer)] == list(ASKED)
    assert "document-missing" not in reasons(planned, lawyer)
    for version in versions:
        documents.mark(version.document, by=lawyer, level="internal", reason="It need not be secret.")
    now, address = everything(officer, planned), f"agreements/{planned.reference}/"
    told = {f"/{address}", f"/{address}steps/sign/", f"{address}transitions/", f"{address}tasks/", "/tasks/?of=all"}
    assert {name for name in told if now[name] == before[officer][name]} == set()


@pytest.mark.parametrize("level", ["restricted", "secret"])
def test_a_requirement_is_met_for_those_who_see_what_meets_it(planned, keep, officer, lawyer, parties, level):
    prepared(planned, lawyer, parties, on="2024-12-10")
    entry = Entry.objects.of(planned).get(data__contains='"document":"legal_expertise"')
    lifecycle.void(entry, by=lawyer, reason="It is secret.")
    assert reasons(planned, lawyer) == reasons(planned, officer) == ["document-missing", "evidence-missing"]
    keep("legal_expertise", level=level, on=day(2024, 12, 10))
    assert reasons(planned, officer) == ["document-missing", "evidence-missing"]
    assert reasons(planned, lawyer) == ["evidence-missing"]
    officer.access_level = level
    officer.save()
    assert reasons(planned, officer) == ["evidence-missing"]
    officer.access_level = Level.INTERNAL
    officer.save()
    fresh = Agreement.objects.get(pk=planned.pk)
    with pytest.raises(Refused):
        lifecycle.perform(fresh, "sign", on=day(2024, 12, 20), by=officer, evidence="Signed text")
    assert lifecycle.perform(fresh, "sign", on=day(2024, 12, 20), by=lawyer, evidence="Signed text").stage == "signed"


def status(agreement, kind):
    return Task.objects.get(agreement=agreement, code=kind, text=1).status


def test_a_document_more_secret_than_its_agreement_ends_no_task(planned, keep, lawyer, at_lawyer, at_officer):
    secret = keep("legal_expertise", level="secret").document
    assert status(planned, "legal_expertise") == TaskStatus.OPEN
    note = "Kept at the level “Secret”, which not all who see this task may see: cite the document to end it."
    page = f"/agreements/{planned.reference}/"
    assert words(at_lawyer.get(page)).count(note) == 1
    assert "which not all who see this task" not in words(at_officer.get(page))
    documents.mark(secret, by=lawyer, level="internal", reason="It need not be secret.")
    assert status(planned, "legal_expertise") == TaskStatus.DONE
    documents.mark(secret, by=lawyer, level="restricted", reason="It names a source.")
    assert status(planned, "legal_expertise") == TaskStatus.OPEN
    with registers.editing(Agreement.objects.get(pk=planned.pk), by=lawyer) as fresh:
        fresh.level = Level.RESTRICTED
    assert status(planned, "legal_expertise") == TaskStatus.DONE


def test_its_citation_ends_the_task_for_all(planned, keep, lawyer):
    keep("legal_expertise", level="secret")
    documents.cite(planned, "legal_expertise", on=day(2024, 12, 10), by=lawyer, evidence="No. 12")
    assert status(planned, "legal_expertise") == TaskStatus.DONE
