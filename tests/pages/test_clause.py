"""The page on which the clause on entry into force is edited: preview, saving, refusal, rights."""

import json

import pytest

from agreements import journal, lifecycle
from agreements.models import Agreement, Entry
from agreements.views.acts import USUAL
from tests.pages.conftest import day, words
from tests.pages.test_agreement import page, panel
from tests.pages.test_participation import (
    ALL_NOTIFY,
    address,
    make_ratifying,
    messages_of,
    ratifying,
)

__all__ = ["make_ratifying", "ratifying"]


def clause_form(agreement, **given):
    """Return the clause form as a browser sends it."""
    fresh = Agreement.objects.get(pk=agreement.pk)
    return {
        "clause_text_en": "",
        "clause_text_ru": "",
        "clause_text_kk": "",
        "clause": "",
        "seen_version": fresh.version,
    } | given


def test_a_clause_is_previewed_without_being_saved(ratifying, at_officer):
    sent = clause_form(ratifying, clause=json.dumps({"enters_into_force": {"instruments": 2}}), preview="1")
    response = at_officer.post(address(ratifying, "clause/"), sent)

    told = panel(response, "preview").replace("panel below", "")
    assert response.status_code == 200
    assert (
        "Preview: nothing has been saved yet Entry into force: 2 instruments of consent Not met as of 28 December 2024."
        in told
    )
    assert "Missing: 2 of 2 (instruments of consent; so far: 0)." in told
    assert Agreement.objects.get(pk=ratifying.pk).clause == ALL_NOTIFY


def test_a_usual_clause_is_offered_to_begin_with_where_there_is_none(ratifying, make_agreement, at_officer):
    fresh = make_agreement()
    offered = at_officer.get(address(fresh, "clause/")).content.decode()
    for name, (label, clause) in USUAL.items():
        assert f'<a href="?start={name}#id_clause">{label}</a>' in offered
        form = at_officer.get(address(fresh, "clause/"), {"start": name}).context["form"]
        assert json.loads(form["clause"].value()) == clause
        sent = at_officer.post(
            address(fresh, "clause/"), clause_form(fresh, clause=form["clause"].value(), preview="1")
        )
        assert (sent.status_code, "Begin with a usual clause" in sent.content.decode()) == (200, False)
    assert at_officer.get(address(fresh, "clause/"), {"start": "nothing"}).context["form"]["clause"].value() == ""
    kept = at_officer.get(address(ratifying, "clause/"), {"start": "signature"})
    assert json.loads(kept.context["form"]["clause"].value()) == ALL_NOTIFY
    assert "Begin with a usual clause" not in kept.content.decode()


def test_a_clause_that_names_a_party_nobody_knows_is_refused_with_the_place(ratifying, at_officer):
    clause = {"enters_into_force": {"instruments": 1, "of": ["KZ", "Atlantis"]}}
    response = at_officer.post(address(ratifying, "clause/"), clause_form(ratifying, clause=json.dumps(clause)))

    assert response.status_code == 422
    assert response.context["form"].errors["clause"] == [
        "enters_into_force.of: “Atlantis” is not the code of a known party."
    ]
    assert Agreement.objects.get(pk=ratifying.pk).clause == ALL_NOTIFY


def test_a_clause_is_saved_and_journalled(ratifying, at_officer):
    clause = {"enters_into_force": {"instruments": 2}}
    sent = clause_form(ratifying, clause=json.dumps(clause), clause_text_ru="После двух ратификаций.")
    response = at_officer.post(address(ratifying, "clause/"), sent)

    assert messages_of(response) == ["Saved: the clause on entry into force."]
    fresh = Agreement.objects.get(pk=ratifying.pk)
    assert (fresh.clause, fresh.clause_text_ru) == (clause, "После двух ратификаций.")
    assert set(journal.data_of(Entry.objects.of(ratifying).latest("sequence"))["changes"]) == {"clause"}
    assert "is “Entry into force: 2 instruments of consent”" in panel(page(at_officer, ratifying), "history")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{", "This is not JSON that can be read: line 1, column 2."),
        (
            '{"enters_into_force": {"instruments": -3}}',
            "enters_into_force.instruments: Give a whole number from 1 to 500.",
        ),
        ("[]", ""),
    ],
)
def test_a_clause_that_cannot_be_read_is_refused_at_its_field(ratifying, at_officer, text, error):
    response = at_officer.post(address(ratifying, "clause/"), clause_form(ratifying, clause=text))

    assert response.status_code == 422
    assert error in words(response).replace("&#x27;", "'")
    assert '<div id="id_clause_error">' in response.content.decode()
    assert Agreement.objects.get(pk=ratifying.pk).clause == ALL_NOTIFY


def test_a_clause_written_meanwhile_is_not_overwritten(ratifying, lawyer, at_officer):
    sent = clause_form(ratifying, clause="")
    lifecycle.note(ratifying, on=day(2018), by=lawyer, what="Asked.")

    response = at_officer.post(address(ratifying, "clause/"), sent)

    assert response.status_code == 409
    assert "Somebody has written to this record since you opened the page." in words(response)


def test_who_may_not_edit_sees_no_form(ratifying, at_reader):
    assert at_reader.get(address(ratifying, "clause/")).status_code == 403
