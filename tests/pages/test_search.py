"""The search of the head: what it finds in each register, in which order, and of whose records it says nothing."""

import re
from datetime import date
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import connection

from agreements import documents, registers, search, tasks
from agreements.dates import FuzzyDate
from agreements.folding import Sought
from agreements.models import Agreement, Document, Entry, Format, Meeting, Task
from tests.conftest import signed_in
from tests.pages.conftest import day, queries, words

PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.DOCUMENTS_DIR = tmp_path


def found(client, text, code=""):
    """Return the counts of the groups that answer, by code, and the names of what they show."""
    response = client.get("/search/", {"q": text, "in": code})
    assert response.status_code == 200
    groups = response.context.get("groups") or []
    return {group.code: (group.total, [hit.title.text for hit in group.hits]) for group in groups}


def keep(agreement, user, *, kind="other", name="text.pdf", content=PDF, **details):
    """Keep a file."""
    details = {"on": FuzzyDate.of_day(date(2020, 1, 1)), "language": "en", **details}
    return documents.store(agreement, kind, ContentFile(content, name), by=user, **details)


# ---- what is found ----
@pytest.mark.parametrize(
    "typed",
    [
        "air7q4m",
        "AIR-7Q4M",
        "7q4m",
        "aviation horizontal",
        "авиационного соглашения",
        "горизонталды",
        "келисим авиа горизонталды",
    ],
)
def test_an_agreement_is_found_by_reference_and_words_in_three_languages(sample, at_officer, typed):
    assert found(at_officer, typed)["agreements"] == (1, ["Horizontal Aviation Agreement"])


def test_the_groups_of_the_sample(sample, at_officer):
    answer = found(at_officer, "european union")

    assert answer["parties"] == (1, ["European Union"])
    assert found(at_officer, "council")["meetings"][0] == Meeting.objects.filter(title_en__icontains="council").count()
    assert found(at_officer, "COM(2025)154")["sources"][1][0] == "COM(2025)154"
    assert found(at_officer, "initialled")["glossary"][1][0] == "initialled"
    assert found(at_officer, "expertise")["tasks"][0] > 0


def test_an_official_name_finds_the_party(sample, at_officer):
    assert found(at_officer, "Республика Казахстан")["parties"] == (1, ["Kazakhstan"])


def test_what_matches_in_another_language_is_shown_with_its_words_marked(sample, at_officer):
    page = at_officer.get("/search/?q=авиационное").content.decode()

    assert "Horizontal Aviation Agreement</a>" in page
    assert '<span lang="ru">Горизонтальное <mark>авиационное</mark> соглашение</span>' in page


def test_the_reference_is_marked(sample, at_officer):
    assert "<mark>AIR-7Q4M</mark>" in at_officer.get("/search/?q=air7q4m").content.decode()


def test_a_register_number_finds_its_agreement(make_agreement, at_officer):
    make_agreement(columns={"un_number": "I-54321"})

    page = at_officer.get("/search/?q=i54321")
    assert found(at_officer, "i-54321")["agreements"][0] == 1
    assert "I-54321" in words(page)


def test_the_best_comes_first_and_the_ended_last(make_agreement, lawyer):
    def titled(text, **more):
        return make_agreement(titles={"en": text}, short_titles={}, **more).reference

    ended = titled("Air services", stage="terminated", on=day(2020))
    begun, whole, phrase = titled("Airport service"), titled("Services for air"), titled("On air services now")

    order = [one.reference for one in search.agreements(Sought.read("air services"), lawyer)]
    assert order == [phrase, ended, whole, begun]
    order = [one.reference for one in search.agreements(Sought.read("services"), lawyer)]
    assert order[-2:] == [ended, begun]


def test_documents_are_found_by_titles_kinds_files_and_with_the_words_of_their_agreement(make_agreement, lawyer):
    agreement, at_lawyer = make_agreement(), signed_in(lawyer)
    keep(agreement, lawyer, kind="signed_text", name="scan-of-0815.pdf", received_from="Council Secretariat")
    keep(agreement, lawyer, title={"en": "Note on Café"}, content=PDF + b"2")

    for typed in ("scan 0815", "secretariat", "signed text", "подписанный текст", "aviation signed"):
        assert found(at_lawyer, typed)["documents"][0] == 1, typed
    assert found(at_lawyer, "cafe")["documents"] == (1, ["Note on Café"])
    assert "documents" not in found(at_lawyer, "aviation")


def test_tasks_are_found_with_the_words_of_their_agreement_the_open_ones_first(make_agreement, officer, at_officer):
    agreement = make_agreement()
    done = tasks.add(agreement, "Print the booklet", by=officer)
    tasks.complete(done, by=officer)
    tasks.add(agreement, "Bind the booklet", by=officer)
    tasks.drop(tasks.add(agreement, "Burn the booklet", by=officer), by=officer, reason="No.")

    assert found(at_officer, "booklet")["tasks"] == (2, ["Bind the booklet", "Print the booklet"])
    assert found(at_officer, "booklet aviation bind")["tasks"] == (1, ["Bind the booklet"])
    assert "tasks" not in found(at_officer, "aviation")


def test_every_answer_of_a_register_has_its_page(make_agreement, officer, at_officer):
    agreement = make_agreement()
    for number in range(60):
        tasks.add(agreement, f"Booklet {number}", by=officer)

    few, first = found(at_officer, "booklet"), found(at_officer, "booklet", "tasks")
    second = at_officer.get("/search/?q=booklet&in=tasks&page=2").context["groups"][0]
    assert (few["tasks"][0], len(few["tasks"][1])) == (60, 6)
    assert (first["tasks"][0], len(first["tasks"][1]), len(second.hits)) == (60, 50, 10)
    assert 'href="/search/?q=booklet&amp;in=tasks"' in at_officer.get("/search/?q=booklet").content.decode()


def test_all_agreements_are_in_the_list(sample, at_officer):
    page = at_officer.get("/search/?q=agreement")

    assert 'href="/agreements/?q=agreement"' in page.content.decode()
    number = found(at_officer, "agreement")["agreements"][0]
    assert f"{number} agreements" in words(at_officer.get("/agreements/?q=agreement"))


# ---- nothing found ----
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("fdbfwbjyyjt", "авиационное"),
        ("horisontal", "horizontal"),
        ("паравировано горизонтальное", "горизонтальное"),
        ("visa aviation", "visa"),
    ],
)
def test_what_may_be_meant(sample, at_officer, typed, offered):
    response = at_officer.get("/search/", {"q": typed})

    assert response.context["total"] == 0
    suggested = [text for text, _address in response.context["suggestions"]]
    assert offered in suggested
    assert found(at_officer, offered)


@pytest.mark.parametrize("typed", ["?", "%", "\x00", "  ", "_", "'", "a" * 5000, "\ud7ff", "((("])
def test_whatever_is_typed_is_answered(sample, at_officer, typed):
    for code in ("", "tasks", "sources", "nowhere"):
        assert at_officer.get("/search/", {"q": typed, "in": code, "page": "x"}).status_code == 200


# ---- what nobody may know ----
def test_a_secret_agreement_leaves_no_trace(secret, lawyer, at_officer, at_lawyer):
    tasks.add(secret, "Whisper about it", by=lawyer)
    keep(secret, lawyer, title={"en": "Whispered text"})
    documents.cite(secret, "mandate", on=day(2020), by=lawyer, evidence="Whispered decision 1")

    for typed in ("hidden", secret.reference, "whisper", "whispered", "nobody knows", "whispered decision"):
        assert found(at_lawyer, typed), typed
        assert not found(at_officer, typed), typed
    for typed in ("hiden", "hidden horizontal", "ршввут", "nobodi"):
        response = at_officer.get("/search/", {"q": typed})
        suggested = " ".join(text for text, _address in response.context["suggestions"])
        assert "hidden" not in suggested, typed
        assert "nobody" not in suggested, typed


def test_a_document_more_secret_than_its_agreement_is_not_found(make_agreement, lawyer, at_officer, at_lawyer):
    agreement = make_agreement()
    keep(agreement, lawyer, title={"en": "Buried annex"}, level="secret", evidence="Buried number 7", source="Buried")

    assert set(found(at_lawyer, "buried")) == {"documents", "sources"}
    assert found(at_officer, "buried") == {}
    assert found(at_officer, "buried number") == {}


def test_a_secret_meeting_is_not_found(sample, lawyer, at_officer, at_lawyer):
    talks = Meeting(title_en="Quiet talks", format=Format.objects.first(), on=day(2024), level="secret")
    registers.create(talks, by=lawyer)

    assert found(at_lawyer, "quiet")["meetings"][0] == 1
    assert found(at_officer, "quiet") == {}


def test_parties_count_only_what_is_seen(secret, at_officer, at_lawyer):
    def told(client):
        (hit,) = client.get("/search/?q=european+union").context["groups"][0].hits
        return hit.notes

    assert (told(at_lawyer), told(at_officer)) == (["1 agreement"], ["0 agreements"])


# ---- what is kept ----
def test_the_words_follow_every_change(make_agreement, officer, lawyer):
    agreement = make_agreement()
    version = keep(agreement, lawyer, name="first.pdf")
    keep(agreement, lawyer, document=version.document, content=PDF + b"2", name="second.pdf")
    documents.mark(version.document, by=lawyer, title={"en": "Renamed"})

    assert Document.objects.get().search_text == " renamed first pdf second pdf "
    assert Agreement.objects.get().search_text.startswith(f" {agreement.reference.replace('-', '').lower()} ")


def test_rows_from_before_are_folded_by_the_migration(sample, lawyer):
    keep(sample["AIR-7Q4M"], lawyer, name="first.pdf", received_from="Council")
    models = (Agreement, Task, Document, Meeting)
    kept = {model: dict(model.objects.order_by("pk").values_list("pk", "search_text")) for model in models}
    for model in models:
        assert kept[model], model
        model.objects.update(search_text="")

    migration = import_module("agreements.migrations.0011_words_for_search")
    migration.fold_all(apps, SimpleNamespace(connection=connection))

    assert {model: dict(model.objects.order_by("pk").values_list("pk", "search_text")) for model in models} == kept


# ---- what it costs ----
def test_the_queries_do_not_grow(make_agreement, officer, lawyer, at_officer):
    def another(number):
        agreement = make_agreement(short_titles={"en": f"Agreement {number}"})
        tasks.add(agreement, f"Agreement task {number}", by=officer)
        keep(agreement, lawyer, title={"en": "Agreement text"}, source=f"Agreement {number}")

    another(0)
    one = queries(at_officer, "/search/?q=agreement")
    for number in range(1, 20):
        another(number)

    assert queries(at_officer, "/search/?q=agreement") == one <= 15
    assert queries(at_officer, "/search/?q=nothingofthekind") <= 15


def test_the_box_is_on_every_page_and_leads_here(sample, at_officer):
    page = at_officer.get("/agreements/").content.decode()

    assert re.search(r'<form class="find" role="search" action="/search/" method="get">', page)
    assert re.search(r'<script src="[^"]*frame[^"]*\.js" defer></script>', page)


def test_entries_of_a_record_opened_by_mistake_are_not_cited(make_agreement, lawyer, at_lawyer):
    agreement = make_agreement(source="Lost letter")
    assert found(at_lawyer, "lost letter")["sources"][0] == 1

    Agreement.objects.filter(pk=agreement.pk).update(is_void=True)
    assert found(at_lawyer, "lost letter") == {}
    assert Entry.objects.of(agreement).exists()
