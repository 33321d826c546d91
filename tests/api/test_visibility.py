"""What a reader may not see is not there: by address, in lists, in filters, in what others say of it."""

import json
from datetime import date

import pytest

from agreements import lifecycle, registers
from agreements.dates import FuzzyDate
from agreements.models import AgendaItem, Entry, Format, Meeting, Relation
from tests.api.conftest import errors_of, problem_of

STEP = {"transition": "authorise", "on": "2004", "evidence": "x"}
WRITES = (
    ("transitions/", STEP),
    ("hold/", {"on": "2004", "reason": "x"}),
    ("release/", {"on": "2004"}),
    ("journal/", {"kind": "note", "on": "2004", "what": "x"}),
    ("actions/", {"party": "KZ", "act": "full_powers", "on": "2004"}),
    ("tasks/", {"title": {"en": "x"}}),
    ("entry-into-force/", {"actions": [{"party": "KZ", "act": "ratification", "on": "2004"}]}),
)
READS = ("", "transitions/", "journal/", "actions/", "participants/", "entry-into-force/", "tasks/", "attention/")


@pytest.mark.parametrize("path", READS)
def test_a_secret_agreement_is_not_found(api, officer, reader, lawyer, secret, path):
    address = f"agreements/{secret.reference}/{path}"

    assert api(lawyer).get(address).status_code == 200
    for user in (officer, reader):
        assert problem_of(api(user).get(address)) == (404, "not-found")


@pytest.mark.parametrize(("path", "body"), WRITES)
def test_a_secret_agreement_takes_no_writes(api, officer, secret, path, body):
    assert problem_of(api(officer).post(f"agreements/{secret.reference}/{path}", body)) == (404, "not-found")
    assert Entry.objects.of(secret).count() == 1


def test_a_secret_agreement_is_neither_changed_nor_corrected(api, officer, secret):
    entry = Entry.objects.of(secret).get()
    officer.groups.add(*_groups("treaty_department"))

    assert problem_of(api(officer).patch(f"agreements/{secret.reference}/", {"ball_named": "own"})) == (
        404,
        "not-found",
    )
    void = api(officer).post(f"agreements/{secret.reference}/journal/{entry.pk}/void/", {"mode": "void", "reason": "x"})
    assert problem_of(void) == (404, "not-found")


def test_the_hidden_is_answered_as_the_missing_is(api, officer, reader, secret):
    def answer(user, method, reference, path, *body):
        response = getattr(api(user), method)(f"agreements/{reference}/{path}", *body)
        return response.status_code, response.content.replace(reference.encode(), b"REF"), dict(response.headers)

    def plain(told):
        return told[0], told[1], {name: value for name, value in told[2].items() if name != "X-Request-ID"}

    missing = "AIR-0000"
    asked = [("get", path, ()) for path in (*READS, "hold/", "nonsense/")]
    asked += [("post", path, (body,)) for path, body in WRITES]
    asked += [("post", path, ({"nope": 1},)) for path, _body in WRITES]
    asked += [("patch", "", ({"ball_named": "own"},)), ("patch", "", ({"nope": 1},))]
    for user in (officer, reader):
        for method, path, body in asked:
            hidden = plain(answer(user, method, secret.reference, path, *body))
            assert hidden == plain(answer(user, method, missing, path, *body)), (method, path)


def test_a_secret_agreement_is_in_no_list(api, officer, lawyer, make_agreement, secret):
    other = make_agreement()
    secret.__class__.objects.filter(pk=secret.pk).update(officer=lawyer)

    def listed(user, query):
        return sorted(row["reference"] for row in api(user).get("agreements/", query).json()["results"])

    for query in ({}, {"stage": "proposed"}, {"party": "KZ"}, {"area": "aviation"}, {"text": "agreement"}):
        assert listed(officer, query) == [other.reference]
        assert listed(lawyer, query) == sorted([other.reference, secret.reference])
    for query in ({"level": "secret"}, {"text": "secret"}, {"text": secret.reference}):
        assert listed(officer, query) == []
    assert listed(lawyer, {"officer": "lawyer"}) == [secret.reference]
    assert errors_of(api(officer).get("agreements/", {"officer": "lawyer"})) == {"officer": "unknown"}


def test_pages_do_not_count_what_is_hidden(api, officer, lawyer, make_agreement):
    for number in range(6):
        make_agreement(columns={"level": "secret" if number % 2 else "internal"})

    page = api(officer).get("agreements/", {"page_size": 3}).json()
    assert (len(page["results"]), page["next"], page["previous"]) == (3, None, None)
    assert len(api(lawyer).get("agreements/").json()["results"]) == 6


# ---- relations ----
def test_relations_to_the_hidden_are_not_told(api, officer, lawyer, make_agreement, secret):
    agreement = make_agreement(relations=[("follows", secret)])
    address = f"agreements/{agreement.reference}/"
    with registers.editing(agreement, by=lawyer) as fresh:
        Relation.objects.create(agreement=fresh, kind="amends", to=secret)
    told = [{"kind": "amends", "to": secret.reference}, {"kind": "follows", "to": secret.reference}]

    assert api(lawyer).get(address).json()["relations"] == told
    assert api(officer).get(address).json()["relations"] == []
    assert api(lawyer).get(f"{address}journal/").json()["results"][-1]["changes"][0]["field"] == "relations"
    journal = api(officer).get(f"{address}journal/")
    assert journal.json()["results"][-1]["changes"] == []
    for word in (secret.reference, str(secret.pk)):
        assert word not in journal.content.decode()


def test_a_hidden_relation_tells_no_more_than_that_the_record_has_another_version(
    api, officer, lawyer, make_agreement, secret
):
    agreement = make_agreement()
    address, client = f"agreements/{agreement.reference}/", api(officer)
    paths = (address, f"{address}journal/", f"{address}transitions/", "agreements/", "events/")
    before = [client.get(path).json() for path in paths]
    added = api(lawyer).patch(address, {"relations": [{"kind": "follows", "to": secret.reference}]})
    assert (added.status_code, len(added.json()["relations"])) == (200, 1)
    after = [client.get(path).json() for path in paths]

    moved = {name for name in before[0] if before[0][name] != after[0][name]}
    assert moved == {"version", "changed_at"}
    assert after[1:3] == before[1:3]
    row, kept = after[3]["results"][0], before[3]["results"][0]
    assert {name for name in row if row[name] != kept[name]} == {"version", "changed_at"}
    assert after[4]["results"] == before[4]["results"]


def test_a_change_of_relations_leaves_the_hidden_ones_alone(api, officer, lawyer, make_agreement, secret):
    open_one, other = make_agreement(), make_agreement()
    agreement = make_agreement(relations=[("follows", secret), ("follows", open_one)])
    address = f"agreements/{agreement.reference}/"
    body = {"relations": [{"kind": "amends", "to": other.reference}]}

    assert api(officer).patch(address, body).json()["relations"] == body["relations"]
    assert api(lawyer).get(address).json()["relations"] == [
        {"kind": "amends", "to": other.reference},
        {"kind": "follows", "to": secret.reference},
    ]
    change = api(officer).get(f"{address}journal/").json()["results"][-1]["changes"]
    before = [{"kind": "follows", "to": open_one.reference}]
    assert change == [{"field": "relations", "before": before, "after": body["relations"]}]


def test_a_relation_to_the_hidden_is_as_unknown_as_one_to_nothing(api, officer, make_agreement, secret):
    agreement = make_agreement()

    def refusal(reference):
        body = {"relations": [{"kind": "follows", "to": reference}]}
        opening = api(officer).post("agreements/", {"title": {"en": "A"}, "kind": "treaty"} | body)
        edit = api(officer).patch(f"agreements/{agreement.reference}/", body)
        return [response.content.replace(reference.encode(), b"REF") for response in (opening, edit)]

    assert refusal(secret.reference) == refusal("AIR-0000")
    assert not Relation.objects.exists()


def test_a_successor_that_is_hidden_is_as_unknown_as_none(api, officer, lawyer, make_agreement):
    agreement = make_agreement(stage="in_force")
    hidden = make_agreement(stage="in_force", columns={"level": "secret"})
    address = f"agreements/{agreement.reference}/transitions/"

    def refusal(reference):
        body = {"transition": "supersede", "on": "2020", "successor": reference}
        response = api(officer).post(address, body)
        assert errors_of(response) == {"successor": "unknown"}
        return response.content.replace(reference.encode(), b"REF")

    assert refusal(hidden.reference) == refusal("AIR-0000")


def test_a_successor_that_is_hidden_is_not_told(api, officer, lawyer, make_agreement):
    agreement = make_agreement(stage="in_force")
    hidden = make_agreement(stage="in_force", columns={"level": "secret"})
    lifecycle.perform(
        agreement, "supersede", on=FuzzyDate.of_day(date(2020, 3, 1)), by=lawyer, successor=hidden, source="OJ"
    )
    address = f"agreements/{agreement.reference}/journal/"

    assert api(lawyer).get(address).json()["results"][-1]["successor"] == hidden.reference
    told = api(officer).get(address)
    assert told.json()["results"][-1]["successor"] is None
    assert str(hidden.pk) not in told.content.decode()


# ---- meetings ----
@pytest.fixture
def meeting(lawyer, make_agreement, secret):
    kept = make_agreement()
    made = Meeting(format=Format.objects.create(code="council", name_en="Cooperation Council"), level="internal")
    made.on = FuzzyDate.of_day(date(2024, 10, 21))
    registers.insert(made)
    for number, agreement in enumerate((secret, kept), start=1):
        AgendaItem.objects.create(meeting=made, agreement=agreement, number=number, talking_points=agreement.reference)
    registers.created(made, by=lawyer)
    made.kept = kept
    return made


def test_an_agenda_leaves_out_what_is_hidden(api, officer, lawyer, meeting, secret):
    address = f"meetings/{meeting.pk}/"

    def agenda(user):
        return [item["agreement"] for item in api(user).get(address).json()["agenda"]]

    assert agenda(lawyer) == [secret.reference, meeting.kept.reference]
    assert agenda(officer) == [meeting.kept.reference]
    for path in ("meetings/", address):
        assert secret.reference not in api(officer).get(path).content.decode()


def test_a_change_of_an_agenda_leaves_the_hidden_alone(api, officer, lawyer, meeting, secret):
    body = {"agenda": [{"agreement": meeting.kept.reference, "outcome": "Agreed"}]}
    changed = api(officer).patch(f"meetings/{meeting.pk}/", body).json()

    assert changed["agenda"] == [{"agreement": meeting.kept.reference, "talking_points": "", "outcome": "Agreed"}]
    kept = api(lawyer).get(f"meetings/{meeting.pk}/").json()["agenda"]
    assert {item["agreement"] for item in kept} == {secret.reference, meeting.kept.reference}


def test_an_agenda_takes_no_hidden_agreement(api, officer, meeting, secret):
    body = {"agenda": [{"agreement": meeting.kept.reference}, {"agreement": secret.reference}]}

    assert errors_of(api(officer).patch(f"meetings/{meeting.pk}/", body)) == {"agenda.1.agreement": "unknown"}


def test_a_secret_meeting_is_not_there(api, officer, lawyer, meeting):
    Meeting.objects.filter(pk=meeting.pk).update(level="secret")

    assert api(lawyer).get(f"meetings/{meeting.pk}/").status_code == 200
    assert problem_of(api(officer).get(f"meetings/{meeting.pk}/")) == (404, "not-found")
    assert problem_of(api(officer).patch(f"meetings/{meeting.pk}/", {"place": "x"})) == (404, "not-found")
    assert api(officer).get("meetings/").json()["results"] == []


def test_no_answer_to_a_reader_names_what_is_hidden(api, officer, lawyer, make_agreement, meeting, secret):
    """Walk every link that a reader finds from the lists and look for traces."""
    make_agreement(relations=[("implements", secret)])
    client, seen, left = api(officer), set(), [f"/api/v1/{name}/" for name in LISTS]
    while left:
        address = left.pop()
        if address in seen:
            continue
        seen.add(address)
        response = client.get(address)
        assert response.status_code == 200, address
        for word in (secret.reference, str(secret.pk), "Secret agreement"):
            assert word not in response.content.decode(), address
        for row in response.json().get("results", []):
            if "url" in row:
                left.append(row["url"].removeprefix("http://testserver"))
        if "/agreements/" in address and address.count("/") == 5:
            left += [f"{address}{path}" for path in READS if path]
    assert len(seen) > 15


LISTS = ("agreements", "parties", "areas", "units", "procedures", "meetings", "indicators", "tasks", "attention")


def test_the_deactivated_are_nobody(api, officer, secret):
    client = api(officer)
    officer.is_active = False
    officer.save()

    assert problem_of(client.get("agreements/")) == (401, "not-authenticated")


def test_a_level_that_is_raised_hides_at_once(api, lawyer, officer, make_agreement):
    agreement = make_agreement()
    address = f"agreements/{agreement.reference}/"

    assert api(lawyer).patch(address, {"level": "secret"}).json()["level"] == "secret"
    assert problem_of(api(officer).get(address)) == (404, "not-found")


def test_nobody_raises_a_level_above_his_own(api, officer, make_agreement):
    agreement = make_agreement()

    assert problem_of(api(officer).patch(f"agreements/{agreement.reference}/", {"level": "secret"})) == (
        403,
        "not-permitted",
    )
    assert json.loads(api(officer).get(f"agreements/{agreement.reference}/").content)["level"] == "internal"


def _groups(*names):
    from django.contrib.auth.models import Group

    return Group.objects.filter(name__in=names)
