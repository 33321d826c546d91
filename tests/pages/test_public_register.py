"""The public register: off unless opened; then what is public and in force, for everybody, and nothing else."""

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from agreements import documents, lifecycle, participation, registers, tasks, undisclosed
from agreements.access import EVERYBODY, PERMISSIONS, may, sees
from agreements.choices import Level, Stage
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Party, User
from tests.conftest import signed_in
from tests.pages.conftest import queries, words

PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
ADDRESSES = ("/register/", "/register/treaties.csv", "/register/treaties.json")


@pytest.fixture(name="opened")
def opened_register(settings: Any) -> None:
    """The setting with which a ministry opens the register."""
    settings.PUBLIC_REGISTER = True


@pytest.fixture(name="treaty")
def public_treaty(make_agreement: Callable[..., Agreement]) -> Agreement:
    """A public treaty in force, of which the desk has written much that is not for everybody."""
    return make_agreement(
        stage=Stage.IN_FORCE, on=FuzzyDate.parse("2010-05-05"), procedure="ratified",
        source="Hushed file", columns={
            "level": Level.PUBLIC, "next_step": "Hushed step", "register_number": "1234",
            "clause_text_en": "On signing.",
        },
    )  # fmt: skip


def test_the_register_is_not_there_unless_it_is_opened(treaty: Agreement, client: Client, at_officer: Client) -> None:
    for one in (client, at_officer):
        for address in (*ADDRESSES, f"/register/{treaty.reference}/"):
            assert one.get(address).status_code == 404


def test_everybody_reads_what_is_public_and_in_force(opened: None, treaty: Agreement, client: Client) -> None:
    page = words(client.get("/register/"))
    assert "1 treaty" in page
    assert "Horizontal Aviation Agreement" in page
    told = words(client.get(f"/register/{treaty.reference}/"))
    for fact in ("Kazakhstan", "European Union", "5 May 2010", "1234", "On signing."):
        assert fact in told, fact
    assert "Hushed" not in told + page


@pytest.fixture(name="computed")
def treaty_with_acts(treaty: Agreement, lawyer: User, parties: Any) -> Agreement:
    """The treaty with a clause, and the acts by which it is met on the day that is recorded."""
    with registers.editing(treaty, by=lawyer) as fresh:
        fresh.clause = {"enters_into_force": {"after": {"days": 30}, "of": {"instruments": "all"}}}
    for code, day in (("KZ", "2010-03-01"), ("EU", "2010-04-05")):
        participation.act(
            treaty, parties[code], "ratification", on=FuzzyDate.parse(day), by=lawyer, evidence="Hushed note",
            out_of_procedure=True, reason="Hushed reason",
        )  # fmt: skip
    return treaty


def test_how_it_entered_into_force_is_computed_for_everybody(opened: None, computed: Agreement, client: Client) -> None:
    told = words(client.get(f"/register/{computed.reference}/"))
    assert "How it entered into force" in told
    assert "In force since 5 May 2010." in told
    assert "5 April 2010" in told
    assert "Hushed" not in told


def test_nothing_is_computed_where_the_acts_give_another_day(
    opened: None, computed: Agreement, client: Client, lawyer: User
) -> None:
    with registers.editing(computed, by=lawyer) as fresh:
        fresh.clause = {"enters_into_force": {"after": {"days": 60}, "of": {"instruments": "all"}}}
    assert "How it entered into force" not in words(client.get(f"/register/{computed.reference}/"))


def test_what_is_restricted_changes_no_byte(opened: None, computed: Agreement, client: Client, lawyer: User) -> None:
    address = f"/register/{computed.reference}/"
    before = client.get(address).content
    documents.store(
        computed, "note_verbale", ContentFile(PDF, "note.pdf"), on=FuzzyDate.parse("2010-04-01"), language="en",
        by=lawyer, title={"en": "Hushed"}, level=Level.RESTRICTED,
    )  # fmt: skip
    third = registers.create(Party(code="AT", kind="state", name_en="Austria"), by=lawyer)
    undisclosed.name(computed, third, by=lawyer, level=Level.SECRET, remark="Hushed")
    tasks.add(computed, "Hushed task", by=lawyer)
    lifecycle.note(computed, on=FuzzyDate.parse("2010-04-01"), by=lawyer, what="Hushed note")

    assert client.get(address).content == before


#: What stands in the register: level, stage, procedure.
IN_IT = {
    ("public", "in_force", "ratified"), ("public", "in_force", "simplified"),
}  # fmt: skip
OTHERS = {
    ("internal", "in_force", "ratified"), ("restricted", "in_force", "ratified"), ("secret", "in_force", "ratified"),
    ("public", "signed", "ratified"), ("public", "proposed", "ratified"), ("public", "terminated", "ratified"),
    ("public", "suspended", "ratified"), ("public", "in_force", "non_binding"),
}  # fmt: skip


@pytest.mark.parametrize(("level", "stage", "procedure"), sorted(IN_IT | OTHERS))
def test_of_each_level_stage_and_procedure(
    opened: None, client: Client, make_agreement: Callable[..., Agreement], level: str, stage: str, procedure: str
) -> None:
    one = make_agreement(stage=stage, procedure=procedure, columns={"level": level})
    within = (level, stage, procedure) in IN_IT

    assert client.get(f"/register/{one.reference}/").status_code == (200 if within else 404)
    for address in ADDRESSES:
        assert (one.reference in client.get(address).content.decode()) is within, address


def test_no_byte_depends_on_what_is_not_public(
    opened: None, treaty: Agreement, client: Client, make_agreement: Callable[..., Agreement], lawyer: User
) -> None:
    asked = [
        *ADDRESSES,
        f"/register/{treaty.reference}/",
        "/register/?q=aviation",
        "/register/?party=EU",
        "/register/?q=x",
    ]

    def told() -> list[Any]:
        answers = [client.get(address) for address in asked]
        kept = [{name: text for name, text in one.headers.items() if name != "X-Request-ID"} for one in answers]
        return [(one.status_code, one.content, headers) for one, headers in zip(answers, kept, strict=True)]

    before = told()
    for level in ("internal", "restricted", "secret"):
        made = make_agreement(
            titles={"en": f"Hushed at {level}"}, stage="in_force", procedure="simplified",
            relations=[("follows", treaty)], columns={"level": level},
        )  # fmt: skip
        tasks.add(made, "Hushed task", by=lawyer)
        documents.store(
            treaty, "signed_text", ContentFile(PDF + level.encode(), "hushed.pdf"), on=FuzzyDate.parse("2010"),
            by=lawyer, language="en", level=level, title={"en": "Hushed text"},
        )  # fmt: skip
    tasks.add(treaty, "Hushed task", by=lawyer)
    assert told() == before


def test_who_has_signed_in_reads_the_same(opened: None, treaty: Agreement, client: Client, lawyer: User) -> None:
    for address in (*ADDRESSES, f"/register/{treaty.reference}/"):
        assert signed_in(lawyer).get(address).content == client.get(address).content


def test_public_documents_are_handed_out_and_no_others(
    opened: None, treaty: Agreement, client: Client, lawyer: User, make_agreement: Callable[..., Agreement]
) -> None:
    def kept(agreement: Agreement, level: str) -> Any:
        return documents.store(
            agreement, "signed_text", ContentFile(PDF + level.encode(), "text.pdf"), on=FuzzyDate.parse("2010"),
            by=lawyer, language="en", level=level, title={"en": f"Text at {level}"},
        )  # fmt: skip

    files = {level: kept(treaty, level) for level in Level.values}
    other = kept(make_agreement(columns={"level": "internal"}), "public")
    page = client.get(f"/register/{treaty.reference}/").content.decode()
    for level, file in files.items():
        answer = client.get(f"/register/{treaty.reference}/documents/{file.pk}/")
        assert answer.status_code == (200 if level == "public" else 404)
        assert (f"Text at {level}" in page) is (level == "public")
    assert client.get(f"/register/{treaty.reference}/documents/{other.pk}/").status_code == 404


def test_it_is_searched_narrowed_and_saved(
    opened: None, treaty: Agreement, client: Client, make_agreement: Callable[..., Agreement], areas: Any, parties: Any
) -> None:
    other = make_agreement(
        titles={"en": "Treaty on readmission"}, stage="in_force", procedure="ratified", areas=[areas["transport"]],
        participants=[(parties["KZ"], "party")], short_titles={}, columns={"level": "public"},
    )  # fmt: skip

    def found(query: str) -> set[str]:
        return {one["reference"] for one in client.get(f"/register/treaties.json?{query}").json()["treaties"]}

    assert found("") == {treaty.reference, other.reference}
    assert found("q=readmission") == {other.reference}
    assert found("party=EU") == {treaty.reference}
    assert found("area=aviation") == {treaty.reference}
    assert found("q=nothing") == set()
    assert "No treaty was found." in words(client.get("/register/?q=nothing"))
    table = list(csv.reader(io.StringIO(client.get("/register/treaties.csv?q=readmission").content.decode())))
    assert [row[0] for row in table if len(row) > 5] == ["Reference", other.reference]
    (told,) = json.loads(client.get("/register/treaties.json?party=EU").content)["treaties"]
    assert set(told) == {
        "reference", "title", "short_title", "kind", "in_the_name_of", "parties", "areas", "signed", "in_force",
        "clause", "valid_from", "valid_until", "state_register", "united_nations",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("language", "heading"),
    [("en", "Public register of treaties"), ("ru", "Открытый реестр договоров"), ("kk", "Шарттардың ашық тізілімі")],
)
def test_it_reads_in_three_languages(
    opened: None, treaty: Agreement, client: Client, language: str, heading: str
) -> None:
    answer = client.get(f"/register/?language={language}")
    page = answer.content.decode()

    assert f"<h1>{heading}</h1>" in page
    assert f'<html lang="{language}">' in page
    assert answer["Content-Language"] == language
    assert f'href="/register/{treaty.reference}/?language={language}"' in page


def test_its_answers_may_be_kept_and_set_no_cookie(opened: None, treaty: Agreement, client: Client) -> None:
    for address in (*ADDRESSES, f"/register/{treaty.reference}/"):
        answer = client.get(address)
        assert answer["Cache-Control"] == "public, max-age=300", address
        assert answer["X-Robots-Tag"] == "noarchive"
        assert {"Accept-Language", "Cookie"} <= {name.strip() for name in answer["Vary"].split(",")}
        assert not answer.cookies
        assert "unsafe" not in answer["Content-Security-Policy"]
    page = client.get("/register/").content.decode()
    assert not re.search(r"<script|<style\b|\sstyle=|\son\w+=|csrf|/desk/|/sign-in/", page)
    assert client.post("/register/").status_code == 405


def test_a_machine_that_asks_too_often_waits(opened: None, settings: Any, treaty: Agreement, client: Client) -> None:
    settings.PUBLIC_REGISTER_RATE = 2
    with time_machine.travel(timezone.now(), tick=False):  # no minute begins meanwhile
        answers = [client.get("/register/", REMOTE_ADDR="203.0.113.7") for _time in range(3)]
        other = client.get("/register/", REMOTE_ADDR="203.0.113.8")

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert 0 < int(answers[2]["Retry-After"]) <= 60
    assert other.status_code == 200


def test_a_page_takes_few_queries_whatever_it_shows(
    opened: None, treaty: Agreement, client: Client, make_agreement: Callable[..., Agreement]
) -> None:
    one = queries(client, "/register/")
    for _number in range(3):
        make_agreement(stage="in_force", procedure="ratified", columns={"level": "public"})

    assert queries(client, "/register/") == one <= 15
    assert queries(client, f"/register/{treaty.reference}/") <= 15


def test_the_reader_of_the_register_holds_nothing() -> None:
    assert [right for right in PERMISSIONS if may(EVERYBODY, right)] == []
    assert [level for level in Level.values if sees(EVERYBODY, level)] == ["public"]
