"""The pages on which a table is taken over: from the upload to the undoing, without a script."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agreements import imports
from agreements.models import Agreement, ImportMapping, ImportRun, Party, User

TABLE = (
    "Treaty;Parties;Signed;In force\n"
    "Agreement on trade;Kazakhstan;03/04/2001;05/06/2002\n"
    "Agreement on tax;Atlantis;01/02/2003;\n"
    "Agreement on customs;Germany;07/08/2004;\n"
    ";KZ;01/01/2005;\n"
)


@pytest.fixture(autouse=True)
def _own_storage(settings: Any, tmp_path: Any) -> None:
    kept = {"BACKEND": "agreements.documents.storage.Folder", "OPTIONS": {"location": tmp_path / "documents"}}
    settings.STORAGES = settings.STORAGES | {"documents": kept}


def sent(client: Client, **more: Any) -> Any:
    file = SimpleUploadedFile("treaties.csv", TABLE.encode())
    given = {"file": file, "kind": "agreements", "source": "A list", "level": "internal"} | more
    return client.post("/imports/new/", given, follow=True)


def filled(form: Any, **more: str) -> dict[str, str]:
    return {name: form[name].value() or "" for name in form.fields} | more


def test_a_table_is_taken_over_on_pages(at_lawyer: Client, parties: dict[str, Party]) -> None:
    page = sent(at_lawyer)
    run = ImportRun.objects.get()
    assert page.redirect_chain == [(f"/imports/{run.pk}/columns/", 302)]
    form = page.context["form"]
    assert [(one["name"], one["field"].value()) for one in form.columns()] == [
        ("Treaty", "title"),
        ("Parties", "parties"),
        ("Signed", "signed_on"),
        ("In force", "in_force_on"),
    ]
    columns = filled(form, value_kind="agreement", save_as="Our list")
    tried = at_lawyer.post(f"/imports/{run.pk}/columns/", columns, follow=True)
    assert "doubtful <span" in tried.content.decode()
    assert not Agreement.objects.exists()

    asked = at_lawyer.get(f"/imports/{run.pk}/doubts/").context["questions"]
    assert [(one["rows"], [value for value, _label in one["options"]]) for one in asked] == [
        (3, ["dmy", "mdy"]),
        (1, ["dmy", "mdy"]),
        (1, ["empty", "skip"]),
        (1, ["new", "skip"]),
    ]
    answers = dict(zip([one["place"] for one in asked], ("dmy", "mdy", "empty", ""), strict=True))
    given = {f"answer_{place}": answer for place, answer in answers.items()} | {"all_parties": "1"}
    decided = at_lawyer.post(f"/imports/{run.pk}/doubts/", given, follow=True)
    assert [(one["outcome"], one["number"]) for one in decided.context["counts"]] == [("created", 3), ("refused", 1)]
    refused = at_lawyer.get(f"/imports/{run.pk}/?outcome=refused").content.decode()
    assert "The row gives no title." in refused
    assert "Agreement on trade" not in refused

    done = at_lawyer.post(f"/imports/{run.pk}/start/", {}, follow=True).content.decode()
    trade = Agreement.objects.get(title_en="Agreement on trade")
    assert f'<a href="/agreements/{trade.reference}/">Agreement on trade</a>' in done
    assert (trade.stage, trade.since.iso) == ("in_force", "2002-05-06")

    kept = ImportMapping.objects.get()
    assert (kept.name, kept.mapping["columns"]["Parties"]) == ("Our list", "parties")

    assert "Give a reason" in at_lawyer.post(f"/imports/{run.pk}/undo/", {}).content.decode()
    undone = at_lawyer.post(f"/imports/{run.pk}/undo/", {"reason": "the wrong list"}, follow=True)
    assert "The import is undone" in undone.content.decode()
    assert not Agreement.objects.kept().exists()


def test_the_next_table_of_the_same_form_is_understood_by_itself(at_lawyer: Client, lawyer: User) -> None:
    form = sent(at_lawyer).context["form"]
    run = ImportRun.objects.get()
    column = next(one["field"].name for one in form.columns() if one["name"] == "Parties")
    columns = filled(form, value_kind="agreement", save_as="Our list") | {column: ""}
    at_lawyer.post(f"/imports/{run.pk}/columns/", columns)
    imports.discard(run, by=lawyer)
    again = sent(at_lawyer).context["form"]
    assert {one["name"]: one["field"].value() for one in again.columns()}["Parties"] == ""
    assert again["value_kind"].value() == "agreement"


def test_a_file_that_was_read_wrongly_is_read_anew(at_lawyer: Client) -> None:
    sent(at_lawyer)
    run = ImportRun.objects.get()
    given = {"layout": "1", "header_row": "", "encoding": "utf-8", "delimiter": ";"}
    page = at_lawyer.post(f"/imports/{run.pk}/columns/", given, follow=True)
    assert [one["name"] for one in page.context["form"].columns()][:2] == ["Column 1", "Column 2"]
    assert run.rows.count() == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "songs"}, "Select a valid choice"),
        ({"source": " "}, "This field is required"),
        ({"level": "beyond"}, "Select a valid choice"),
        ({"file": SimpleUploadedFile("x.pdf", b"%PDF-1.7\n%%EOF\n")}, "Nothing has been saved yet"),
        ({"file": SimpleUploadedFile("empty.csv", b"")}, "empty"),
    ],
)
def test_what_cannot_be_taken_is_said(at_lawyer: Client, given: dict[str, Any], said: str) -> None:
    page = sent(at_lawyer, **given)
    assert page.status_code in (409, 422)
    assert said in page.content.decode()
    assert not ImportRun.objects.exists()


def test_another_looks_on_and_does_not_go_on(at_lawyer: Client, lawyer: User, at_officer: Client) -> None:
    sent(at_lawyer)
    run = ImportRun.objects.get()
    second = User.objects.create_user("second", access_level="secret")
    second.groups.add(*lawyer.groups.all())
    client = Client()
    client.force_login(second)
    assert client.get(f"/imports/{run.pk}/").status_code == 200
    assert client.get(f"/imports/{run.pk}/columns/").status_code == 302
    refused = client.post(f"/imports/{run.pk}/discard/", follow=True).content.decode()
    assert "Only who uploaded the table goes on with it." in refused
    assert at_officer.get("/imports/").status_code == 403
    assert at_officer.get(f"/imports/{run.pk}/").status_code == 403
    assert 'href="/imports/"' not in at_officer.get("/agreements/").content.decode()
    assert 'href="/imports/"' in at_lawyer.get("/agreements/").content.decode()


def test_a_page_takes_few_queries_whatever_the_number_of_rows(at_lawyer: Client, lawyer: User) -> None:
    sent(at_lawyer)
    run = ImportRun.objects.get()
    imports.check(run, by=lawyer)
    for address in ("/imports/", f"/imports/{run.pk}/", f"/imports/{run.pk}/columns/", f"/imports/{run.pk}/doubts/"):
        with CaptureQueriesContext(connection) as asked:
            assert at_lawyer.get(address).status_code == 200
        assert len(asked) <= 15, address


def test_rows_that_are_like_others_are_settled_together(at_lawyer: Client, lawyer: User) -> None:
    titles = [f"Agreement on {topic}{more}" for topic in ("trade", "tax") for more in ("", " of goods")]
    rows = "".join(f"{title};1995-01-23\n" for title in titles)
    text = f"Title;Signed on\n{rows}Trade agreement;1995-01-23\nTax agreement;1995-01-23\n"
    file = SimpleUploadedFile("treaties.csv", text.encode())
    at_lawyer.post("/imports/new/", {"file": file, "kind": "agreements", "source": "A list", "level": "internal"})
    run = ImportRun.objects.get()
    form = at_lawyer.get(f"/imports/{run.pk}/columns/").context["form"]
    at_lawyer.post(f"/imports/{run.pk}/columns/", filled(form, value_kind="agreement"))

    page = at_lawyer.get(f"/imports/{run.pk}/doubts/")
    assert "Its title is much like that of row 2, and the dates agree." in page.content.decode()
    assert "All 2 rows that are like others of this file are agreements of their own" in page.content.decode()
    at_lawyer.post(f"/imports/{run.pk}/doubts/", {"all_twins": "1"})
    run.refresh_from_db()
    assert (run.counts, run.questions) == ({"created": 6}, [])
