"""The register of tasks: to be read by all staff, as far as each may see the agreements."""

import pytest
from django.db import connection
from django.urls import reverse

from agreements import lifecycle, registers, tasks
from agreements.choices import EntryKind, Level, Stage
from agreements.dates import FuzzyDate
from agreements.models import Entry, Task, Unit
from tests.admin.forms import address, filled, last, queries, text_of

LIST = "admin:agreements_task_changelist"


def page_of(task):
    return reverse("admin:agreements_task_change", args=[task.pk])


def listed(client, **asked):
    response = client.get(reverse(LIST), asked)
    assert response.status_code == 200
    return [str(row) for row in response.context["cl"].result_list]


def day(text):
    return FuzzyDate.parse(text)


@pytest.fixture
def signing(make_agreement):
    """An agreement that is being prepared for signing: the procedure gives it seven tasks."""
    return make_agreement(procedure="ratified", stage=Stage.SIGNING, on=day("2024-12-01"))


@pytest.fixture
def several(signing, lawyer, officer, make_agreement):
    """Two agreements, each with tasks of its own."""
    other = make_agreement(participants=[], short_titles={"en": "Visa Facilitation"})
    unit = Unit.objects.create(code="legal", name_en="Legal Department")
    tasks.add(signing, "Answer the Note", by=lawyer, due=day("2024-12-20"), side="other", person=officer)
    tasks.add(signing, "Направить проект", by=lawyer, due=day("2025-01"), unit=unit, transition="sign")
    tasks.complete(tasks.add(other, "Call Brussels", by=lawyer, due=day("2024-12-10")), by=lawyer)
    return {"signing": signing, "other": other, "unit": unit}


@pytest.mark.parametrize("role", ["reader", "officer", "lawyer", "administrator", "superuser"])
def test_a_role_sees_the_tasks_of_what_it_may_see_and_writes_none(clients, request, lawyer, make_agreement, role):
    made = {
        level: tasks.add(make_agreement(columns={"level": level}), f"Of level {level}", by=lawyer)
        for level in Level.values
    }
    client, user = clients(role), request.getfixturevalue(role)
    seen = {level for level in Level.values if level in Level.up_to(user.access_level)}

    assert set(listed(client)) == {f"Of level {level}" for level in seen}
    assert set(listed(client, q="level")) == {f"Of level {level}" for level in seen}
    for level, task in made.items():
        assert client.get(page_of(task)).status_code == (200 if level in seen else 404)
        assert client.post(page_of(task), {"side": "other"}).status_code in (403, 404)
    assert set(Task.objects.values_list("side", flat=True)) == {"own"}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["Call Brussels", "Answer the Note", "Направить проект"]),
        ({"status__exact": "done"}, ["Call Brussels"]),
        ({"due": "overdue"}, ["Answer the Note"]),
        ({"side__exact": "other"}, ["Answer the Note"]),
        ({"transition__exact": "sign"}, ["Направить проект"]),
        ({"q": "НАПРАВИТЬ"}, ["Направить проект"]),
        ({"q": "visa"}, ["Call Brussels"]),
        ({"q": "no such words"}, []),
    ],
)
def test_filters_and_search_keep_what_they_say(as_reader, several, asked, found):
    assert listed(as_reader, given_by="person", **asked) == found


def test_filters_by_unit_person_party_and_origin(as_reader, several, officer, parties):
    assert listed(as_reader, unit__id__exact=several["unit"].pk) == ["Направить проект"]
    assert listed(as_reader, person__id__exact=officer.pk) == ["Answer the Note"]
    assert "Call Brussels" not in listed(as_reader, agreement__participants__party__id__exact=parties["EU"].pk)
    assert len(listed(as_reader, given_by="procedure")) == Task.objects.exclude(code="").count() == 7
    assert len(listed(as_reader, due="none")) == 7
    assert len(listed(as_reader)) == 10
    assert as_reader.get(reverse(LIST), {"agreement__level": "secret"}).status_code == 400


def test_tasks_of_records_opened_by_mistake_are_left_out(as_lawyer, lawyer, signing):
    task = tasks.add(signing, "Call Brussels", by=lawyer)
    lifecycle.void(Entry.objects.of(signing).get(kind=EntryKind.OPEN), by=lawyer, reason="Opened twice")

    assert listed(as_lawyer) == []
    assert as_lawyer.get(page_of(task)).status_code == 404


def test_a_row_leads_to_the_agreement_and_says_why_there_is_no_date(as_reader, lawyer, signing):
    Task.objects.filter(code="proposal_government").update(problem="date:planned_signing")
    page = text_of(as_reader.get(reverse(LIST)))

    assert f'href="{signing.get_absolute_url()}"' in page
    assert "The planned signing is not set." in page
    assert "European Union" in page


def test_a_task_tells_all_that_is_known_of_it(as_reader, lawyer, officer, signing):
    with registers.editing(signing, by=lawyer) as fresh:
        fresh.planned_signing = day("2025-01-10")
    proposal = Task.objects.get(code="proposal_government")
    own = tasks.add(signing, "Call Brussels", by=lawyer, waits_for=[proposal], body="Protocol", person=officer)
    told, mine = text_of(as_reader.get(page_of(proposal))), text_of(as_reader.get(page_of(own)))

    for words in (proposal.title_texts["en"], proposal.law_texts["en"], "(overdue)", signing.rules.step_label("sign")):
        assert words in told
    for first in Task.objects.filter(code__in=("legal_expertise", "clearances")):
        assert page_of(first) in told
    for words in ("Call Brussels", "Protocol", "officer", page_of(proposal), signing.reference):
        assert words in mine


def test_the_page_of_an_agreement_shows_its_tasks(as_lawyer, lawyer, signing, make_agreement):
    task = tasks.add(signing, "<b>Call</b> Brussels", by=lawyer, due=day("2024-12-20"))
    page = as_lawyer.get(address(signing, "change"))

    assert "&lt;b&gt;Call&lt;/b&gt; Brussels" in page.content.decode()
    assert page_of(task) in text_of(page)
    assert "20\u00a0December\u00a02024 (overdue)" in text_of(page)
    assert 'class="tasks"' not in text_of(as_lawyer.get(address(make_agreement(), "change")))
    assert 'class="tasks"' not in text_of(as_lawyer.get(reverse("admin:agreements_agreement_add")))
    assert as_lawyer.post(address(signing, "change"), filled(page, ball="other")).status_code == 302
    assert last(signing).kind == EntryKind.EDIT


def test_changes_of_tasks_are_told_in_words(as_lawyer, lawyer, officer, several):
    signing = several["signing"]
    first = Task.objects.get(title_texts__en="Answer the Note")
    task = tasks.add(signing, "Call Brussels", by=lawyer)
    tasks.change(
        task, by=lawyer, person=officer, unit=several["unit"], due=day("2025-01"), side="other", waits_for=[first]
    )
    entry = reverse("admin:agreements_entry_change", args=[last(signing).pk])

    for page in (entry, address(signing, "change"), address(signing, "history")):
        told = text_of(as_lawyer.get(page))
        for words in ("officer", "Legal Department", "January\u00a02025", "Own side → Other side", "Answer the Note"):
            assert words in told, page
        assert str(first.pk) not in told.partition('class="changes"')[2].partition("</dl>")[0]


def test_the_list_takes_the_same_queries_for_one_row_and_for_many(as_reader, several):
    page = reverse(LIST)

    # On SQLite a word is looked for in an index first.
    one = queries(as_reader, f"{page}?q=note") - (connection.vendor == "sqlite")
    assert one == queries(as_reader, f"{page}?given_by=procedure")
    assert len(listed(as_reader, q="note")) == 1 < len(listed(as_reader, given_by="procedure"))
