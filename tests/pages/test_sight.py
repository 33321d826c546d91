"""The page that says who sees an agreement and why, and the forms that show it to others."""

import pytest
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile

from agreements import delegations, documents, shares
from agreements.choices import EntryKind, Level
from agreements.clock import today
from agreements.models import Agreement, Entry, Share, Unit, User
from tests.conftest import signed_in
from tests.pages.conftest import day, queries, words


@pytest.fixture
def page(secret):
    return f"/agreements/{secret.reference}/access/"


def test_it_says_who_sees_it_by_what_and_what_each_may_do(secret, page, at_lawyer, lawyer, reader, officer):
    press = Unit.objects.create(code="press", name_en="Press office")
    User.objects.filter(pk=officer.pk).update(unit=press)
    shares.give(secret, by=lawyer, user=reader, reason="He prepares the talks.", until=today())
    shares.give(secret, by=lawyer, unit=press, reason="An answer is prepared.")
    delegations.give(lawyer, reader, by=lawyer, starts_on=today(), ends_on=today())
    for level, name in (("secret", "known"), ("restricted", "other")):
        file = ContentFile(name.encode(), name=f"{name}.txt")
        documents.store(secret, "note_verbale", file, by=lawyer, on=day(2020), language="en", level=level)
    told = words(at_lawyer.get(page))

    assert "Level of confidentiality: Secret · 3 people" in told
    assert "reader shown by lawyer on" in told
    assert "He prepares the talks." in told
    assert "Press office shown by lawyer on" in told
    assert "officer: may: propose agreements, record steps, record documents, acts and notes, change data" in told
    assert "By the access level: Secret 1 lawyer may: propose agreements, record steps" in told
    assert "acts in place of lawyer until" in told
    assert "by that also: propose agreements" in told
    assert "Nothing that you see is more secret than the agreement." in told


def test_it_says_who_does_not_see_all_of_it(make_agreement, lawyer, officer, reader, at_lawyer):
    agreement = make_agreement()
    file = ContentFile(b"known", name="known.txt")
    documents.store(agreement, "note_verbale", file, by=lawyer, on=day(2020), language="en", level="restricted")
    told = words(at_lawyer.get(f"/agreements/{agreement.reference}/access/"))

    assert "Note verbale Restricted · 2 of those who see the agreement do not see this document" in told
    Agreement.objects.filter(pk=agreement.pk).update(officer=officer)
    told = words(signed_in(officer).get(f"/agreements/{agreement.reference}/access/"))
    assert "Note verbale" not in told


def test_it_is_for_who_gives_shares_or_keeps_the_accounts(make_agreement, secret, page, reader, officer, lawyer):
    keeper = User.objects.create_user("keeper", access_level=Level.INTERNAL)
    keeper.groups.add(Group.objects.get(name="administrator"))
    agreement = make_agreement()
    address = f"/agreements/{agreement.reference}/access/"
    opened = {user.username: signed_in(user).get(address).status_code for user in (reader, officer, lawyer, keeper)}
    assert opened == {"reader": 403, "officer": 403, "lawyer": 200, "keeper": 200}
    hidden = {user.username: signed_in(user).get(page).status_code for user in (reader, officer, keeper)}
    assert set(hidden.values()) == {404}
    for user, linked in ((reader, False), (lawyer, True)):
        assert (address in signed_in(user).get(f"/agreements/{agreement.reference}/").content.decode()) is linked
    assert signed_in(keeper).get(f"{address}share/").status_code == 403


def test_it_is_shown_and_hidden_again_by_forms(secret, page, at_lawyer, at_reader, reader):
    assert at_lawyer.post(f"{page}share/", {"user": reader.pk, "reason": ""}).status_code == 422
    assert at_lawyer.post(f"{page}share/", {"reason": "x"}).status_code == 409
    assert at_reader.get(f"/agreements/{secret.reference}/").status_code == 404
    given = at_lawyer.post(f"{page}share/", {"user": reader.pk, "reason": "He prepares the talks."}, follow=True)
    assert "Shown to: reader." in words(given)
    assert at_reader.get(f"/agreements/{secret.reference}/").status_code == 200
    withdraw = f"{page}{Share.objects.get().pk}/withdraw/"
    assert at_reader.get(withdraw).status_code == 403
    assert at_lawyer.get(withdraw).status_code == 200
    gone = at_lawyer.post(withdraw, {"reason": "The talks are over."}, follow=True)
    assert "No longer shown to: reader." in words(gone)
    assert "Shares that show it no more 1 reader" in words(gone)
    assert at_reader.get(f"/agreements/{secret.reference}/").status_code == 404
    assert at_lawyer.get(withdraw).status_code == 404
    assert Entry.objects.of(secret).filter(kind=EntryKind.ACCESS).count() == 2


def test_to_whom_it_is_shown_every_page_of_it_opens(secret, lawyer, reader, at_reader):
    shares.give(secret, by=lawyer, user=reader, reason="x")
    for path in ("", "journal/", "compare/"):
        assert at_reader.get(f"/agreements/{secret.reference}/{path}").status_code == 200, path
    listed = (
        "/agreements/",
        "/search/?q=hidden",
        "/board/",
        "/desk/?of=all",
        f"/reports/agreement/?agreement={secret.reference}",
    )
    for address in listed:
        assert "Hidden Protocol" in words(at_reader.get(address)), address


def test_it_takes_few_queries_whoever_sees_it(secret, page, at_lawyer, lawyer):
    once = queries(at_lawyer, page)
    for number in range(12):
        user = User.objects.create_user(f"cleared-{number}", access_level=Level.SECRET)
        user.groups.add(Group.objects.get(name="officer"))
    assert queries(at_lawyer, page) == once <= 15


#: Where a document of an agreement, or the agreement itself, is told of; REF stands for its reference.
SURFACES = (
    "/agreements/REF/",
    "/agreements/REF/journal/",
    "/agreements/REF/compare/?before=2019-01-01&after=2024-12-28",
    "/agreements/REF/access/",
    "/search/?q=memorandum",
    "/search/?q=memorandum&in=documents",
    "/desk/?of=all",
    "/agreements/?q=REF",
    "/reports/agreement/?agreement=REF",
    "/reports/agreement/?agreement=REF&format=json",
    "/reports/agreement/?agreement=REF&format=csv",
    "/reports/changes/?since=2019-01-01",
    "/api/v1/agreements/REF/documents/",
    "/api/v1/agreements/REF/journal/?page_size=200",
    "/api/v1/documents/?page_size=200",
    "/api/v1/documents/?format=csv",
    "/api/v1/events/?page_size=200",
    "/api/v1/agreements/REF/transitions/",
)


def test_a_document_above_a_shared_agreement_is_told_of_nowhere(make_agreement, lawyer, reader, officer):
    agreement = make_agreement(stage="signed", on=day(2019, 5, 1), columns={"level": "restricted"})
    for level, title in (("restricted", "Memorandum of the desk"), ("secret", "Memorandum of the cabinet")):
        file = ContentFile(title.encode(), name=f"{title}.txt")
        documents.store(
            agreement, "note_verbale", file, by=lawyer, on=day(2020), language="en", level=level, title={"en": title}
        )
    shares.give(agreement, by=lawyer, user=reader, reason="x")
    Agreement.objects.filter(pk=agreement.pk).update(officer=lawyer)
    found: dict[str, set[str]] = {"lawyer": set(), "reader": set(), "officer": set()}
    for user in (lawyer, reader, officer):
        client = signed_in(user)
        for surface in SURFACES:
            answer = client.get(surface.replace("REF", agreement.reference))
            said = answer.getvalue().decode(errors="replace") if answer.status_code == 200 else ""
            for name in ("desk", "cabinet"):
                if f"Memorandum of the {name}" in said:
                    found[user.username].add(f"{surface} {name}")
    assert found["officer"] == set()
    assert {one for one in found["reader"] if one.endswith("cabinet")} == set()
    told = {one.rpartition(" ")[0] for one in found["lawyer"] if one.endswith("cabinet")}
    assert len(told) >= 8
    # What is told of the one to who sees everything is told of the other to whom the agreement is shown.
    assert {one.rpartition(" ")[0] for one in found["reader"]} == told - {"/agreements/REF/access/"}
