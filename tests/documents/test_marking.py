"""Level and title of a document: who may change them, what follows, what the journal keeps, who then knows of it."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.contrib.messages import get_messages
from django.urls import reverse

from agreements import access, changes, documents, journal, redaction, timeline
from agreements.choices import EntryKind, Level
from agreements.documents import proof
from agreements.documents.shelf import shelf
from agreements.guards import Refused
from agreements.models import Agreement, Document, Entry
from tests.admin.forms import filled
from tests.api.conftest import Api, codes_of, errors_of, problem_of, version_of
from tests.conftest import signed_in
from tests.documents.conftest import PDF
from tests.pages.conftest import words


def codes(refusal):
    return [reason.code for reason in refusal.value.reasons]


def faults():
    return [fault.what for fault in proof.faults()]


@pytest.fixture
def kept(keep):
    """An internal document with a title, of two versions."""
    version = keep("legal_expertise", title={"en": "Expertise"})
    keep(content=PDF + b" ", document=version.document)
    return Document.objects.get(pk=version.document_id)


# ---- who may ----
LEVELS = list(Level)


@pytest.mark.parametrize("role", [role for role in access.ROLES if "record" in access.ROLES[role]])
@pytest.mark.parametrize("own", ["internal", "secret"])
@pytest.mark.parametrize("before", ["public", "internal", "restricted"])
@pytest.mark.parametrize("after", Level.values)
def test_levels_are_raised_by_who_records_and_lowered_by_the_treaty_department(keep, officer, role, own, before, after):
    document = keep(level=before).document
    officer.access_level = own
    officer.save()
    officer.groups.set(Group.objects.filter(name=role))
    reach = LEVELS.index(Level(own))
    allowed = before != after and max(LEVELS.index(Level(level)) for level in (before, after)) <= reach
    if LEVELS.index(Level(after)) < LEVELS.index(Level(before)):
        allowed = allowed and "declassify" in access.ROLES[role]
    if allowed:
        assert documents.mark(document, by=officer, level=after, reason="Asked by the department.").level == after
    else:
        with pytest.raises(Refused):
            documents.mark(document, by=officer, level=after, reason="Asked by the department.")
    assert Document.objects.get().level == (after if allowed else before)


def test_who_does_not_record_changes_nothing(kept, reader):
    with pytest.raises(Refused) as refusal:
        documents.mark(kept, by=reader, title={"en": "Another"})
    assert codes(refusal) == ["not-permitted"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ["nothing-changed"]),
        ({"level": "internal", "title": {"en": "Expertise"}}, ["nothing-changed"]),
        ({"level": "secret"}, ["reason-missing"]),
        ({"level": "cosmic", "reason": "x"}, ["value-unknown"]),
        ({"title": {"en": "x" * 301}}, ["too-long"]),
        ({"title": {"ru": "a\x00"}, "reason": "\x07"}, ["not-text", "not-text"]),
    ],
)
def test_what_cannot_be_changed_is_refused_with_every_reason(kept, lawyer, given, expected):
    before = Entry.objects.count()
    with pytest.raises(Refused) as refusal:
        documents.mark(kept, by=lawyer, **given)
    assert codes(refusal) == expected
    assert (Entry.objects.count(), Document.objects.get().level) == (before, "internal")


def test_a_closed_record_stays_as_it_is(kept, lawyer):
    Agreement.objects.filter(pk=kept.agreement_id).update(is_void=True)
    with pytest.raises(Refused) as refusal:
        documents.mark(kept, by=lawyer, title={"en": "Another"})
    assert codes(refusal) == ["record-void"]


# ---- the journal, and proof ----
def test_the_change_is_journalled_with_titles_beside_the_chain(kept, lawyer):
    documents.mark(
        kept, by=lawyer, level="secret", title={"en": "Second opinion", "kk": "Пікір"}, reason="It names a source."
    )
    entry = Entry.objects.of(kept.agreement).latest("sequence")
    assert entry.kind == EntryKind.MARKING
    assert journal.data_of(entry) == {
        "about": str(kept.pk), "kind": "legal_expertise", "text": 1, "changes": {"level": ["internal", "secret"]},
    }  # fmt: skip
    assert journal.text_of(entry) == {
        "what": {"en": "Second opinion", "kk": "Пікір"},
        "changes": {"title_en": ["Expertise", "Second opinion"], "title_kk": ["", "Пікір"]},
        "reason": "It names a source.",
    }
    assert "opinion" not in entry.data
    assert list(journal.verify()) == []
    assert list(journal.differing()) == []
    assert faults() == []


@pytest.mark.parametrize(("column", "value"), [("level", "public"), ("title_en", "Another"), ("title_ru", "Иное")])
def test_a_row_that_was_changed_past_pacta_is_found(kept, lawyer, column, value):
    documents.mark(kept, by=lawyer, level="restricted", reason="It names a source.")
    assert faults() == []
    Document.objects.update(**{column: value})
    assert faults() == [f"{column} is not what the journal says"]


def test_a_redacted_title_is_not_compared(kept, lawyer):
    documents.mark(kept, by=lawyer, title={"en": "Name of a source"})
    redaction.redact(Entry.objects.of(kept.agreement).latest("sequence"), by=lawyer, reason="It names a source.")
    assert faults() == []


def test_such_an_entry_is_not_voided(kept, lawyer, at_lawyer):
    documents.mark(kept, by=lawyer, title={"en": "Another"})
    entry = Entry.objects.of(kept.agreement).latest("sequence")
    page = at_lawyer.get(kept.agreement.get_absolute_url()).content.decode()
    assert f"{entry.pk}/void/" not in page


# ---- who then knows of it ----
def told_to(user, agreement):
    return [(event.sequence, event.kind.value) for event in timeline.chronicles([agreement], user=user)[agreement.pk]]


def test_raised_it_is_gone_with_its_past_and_lowered_it_is_there_again(kept, lawyer, officer, at_officer):
    agreement = kept.agreement
    assert told_to(officer, agreement) == [(1, "open"), (2, "document"), (3, "document")]
    documents.mark(kept, by=lawyer, level="secret", title={"en": "Silent opinion"}, reason="Silent reason.")
    redaction.redact(Entry.objects.of(agreement).latest("sequence"), by=lawyer, reason="Silent redaction.")
    documents.mark(kept, by=lawyer, title={"ru": "Silent again"})

    assert told_to(officer, agreement) == [(1, "open")]
    assert len(told_to(lawyer, agreement)) == 6
    found = changes.hidden(Entry.objects.of(agreement), officer)
    assert sorted(found.numbers[agreement.pk]) == [2, 3, 4, 5, 6]
    for entry in Entry.objects.of(agreement).select_related("text"):
        assert bool(timeline.events([entry], agreement, user=officer)) == (entry.sequence == 1)
    for address in (agreement.get_absolute_url(), f"/api/v1/agreements/{agreement.reference}/journal/"):
        told = at_officer.get(address).content.decode()
        for trace in ("Silent", "Expertise", str(kept.pk), "Level or title"):
            assert trace not in told, (address, trace)
    documents.mark(kept, by=lawyer, level="internal", title={"en": "Opinion"}, reason="The source agrees.")
    assert told_to(officer, agreement) == [
        (1, "open"), (2, "document"), (3, "document"), (4, "marking"), (5, "redaction"), (6, "marking"), (7, "marking"),
    ]  # fmt: skip


def test_a_look_back_tells_level_and_title_of_its_time(kept, lawyer, at_lawyer):
    moment = Entry.objects.of(kept.agreement).latest("sequence").recorded_at
    documents.mark(kept, by=lawyer, title={"en": "Second opinion"})
    documents.mark(kept, by=lawyer, level="secret", title={"en": "Third opinion"}, reason="It names a source.")
    now, (then,) = shelf(kept.agreement, lawyer), shelf(kept.agreement, lawyer, known_at=moment)
    assert [(item.title.text, item.level) for item in now] == [("Third opinion", "Secret")]
    assert (then.title.text, then.level) == ("Expertise", "")
    between = Entry.objects.of(kept.agreement).latest("sequence").recorded_at - timedelta(microseconds=1)
    (item,) = shelf(kept.agreement, lawyer, known_at=between)
    assert (item.title.text, item.level) == ("Second opinion", "")


# ---- the page ----
def test_the_page_changes_both_and_says_so(kept, lawyer, at_lawyer, at_officer):
    address = reverse("agreement-document", args=[kept.agreement.reference, kept.pk])
    assert f'href="{address}"' in at_officer.get(kept.agreement.get_absolute_url()).content.decode()
    form = at_lawyer.get(address)
    assert words(form).count("Level and title of “Expertise”") >= 1
    refused = at_lawyer.post(address, filled(form, level="secret"))
    assert refused.status_code == 409
    assert "Give a reason." in words(refused)
    response = at_lawyer.post(address, filled(form, level="secret", title_en="Opinion", reason="It names a source."))
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["Saved: Opinion, level: Secret."]
    told = words(at_lawyer.get(kept.agreement.get_absolute_url()))
    assert "Level or title of a document: Scientific legal expertise: Opinion" in told
    assert "Level of confidentiality: was “Internal”, is “Secret”" in told
    assert "Title in English: was “Expertise”, is “Opinion” Reason: It names a source." in told
    assert at_officer.get(address).status_code == 404


def test_the_page_offers_what_its_reader_may_give(kept, at_officer, at_lawyer, at_reader):
    address = reverse("agreement-document", args=[kept.agreement.reference, kept.pk])

    def offered(client):
        return [value for value, _label in client.get(address).context["form"].fields["level"].choices]

    assert offered(at_officer) == ["internal"]
    assert offered(at_lawyer) == Level.values
    assert at_reader.get(address).status_code == 403


# ---- programs ----
def test_programs_change_both(kept, officer, lawyer):
    address = f"documents/{kept.pk}/"
    one = Api(lawyer).get(address)
    assert version_of(one) == "2"
    assert problem_of(Api(lawyer).patch(address, {"level": "secret"}, match=""))[0] == 428
    assert problem_of(Api(lawyer).patch(address, {"level": "secret"}, match='"1"'))[0] == 412
    assert codes_of(Api(lawyer).patch(address, {"level": "secret"})) == ["reason-missing"]
    changed = Api(lawyer).patch(address, {"title": {"ru": "Экспертиза"}}, match='"2"')
    assert (version_of(changed), changed.json()["version"]) == ("3", 3)
    assert changed.json()["title"] == {"en": "Expertise", "ru": "Экспертиза", "kk": ""}
    raised = Api(lawyer).patch(address, {"level": "restricted", "reason": "It names a source."})
    assert (raised.json()["level"], version_of(raised)) == ("restricted", "4")
    assert errors_of(Api(lawyer).patch(address, {"kind": "other"})) == {"kind": "read_only"}
    assert problem_of(Api(officer).patch(address, {"title": {"en": "x"}})) == (404, "not-found")
    Api(lawyer).patch(address, {"level": "internal", "reason": "Enough."})
    assert problem_of(Api(officer).patch(address, {"level": "public", "reason": "Why not."})) == (403, "not-permitted")
    events = Api(lawyer).get(f"agreements/{kept.agreement.reference}/journal/?kind=marking").json()["results"]
    assert [event["changes"] for event in events] == [
        [{"field": "title.ru", "before": "", "after": "Экспертиза"}],
        [{"field": "level", "before": "internal", "after": "restricted"}],
        [{"field": "level", "before": "restricted", "after": "internal"}],
    ]


def test_who_does_not_record_is_refused_by_programs(kept, reader):
    assert problem_of(Api(reader).patch(f"documents/{kept.pk}/", {"title": {"en": "x"}})) == (403, "not-permitted")


# ---- the administration ----
def test_the_administration_changes_both(kept, officer, lawyer):
    for user in (officer, lawyer):
        user.is_staff = True
        user.save()
    address = reverse("admin:agreements_document_change", args=[kept.pk])
    client = signed_in(lawyer)
    sent = filled(client.get(address), level="secret", title_kk="Сараптама")
    told = client.post(address, sent, follow=True)
    assert "Give a reason." in told.content.decode()
    assert Document.objects.get().level == "internal"
    client.post(address, sent | {"reason": "It names a source."})
    kept.refresh_from_db()
    assert (kept.level, kept.title_kk, kept.kind) == ("secret", "Сараптама", "legal_expertise")
    assert Entry.objects.of(kept.agreement).latest("sequence").kind == EntryKind.MARKING
    assert signed_in(officer).get(address).status_code == 404
    assert json.loads(Entry.objects.latest("recorded_at").data)["changes"] == {"level": ["internal", "secret"]}
