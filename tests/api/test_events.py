"""The events: what the journal recorded, in one order, followed by programs."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements import commitments, documents, events, lifecycle, registers, tasks
from agreements.choices import Level
from agreements.dates import FuzzyDate
from agreements.models import AgendaItem, Entry, EventPosition, Format, Indicator, Meeting, Relation
from tests.api.conftest import MISSING, errors_of, problem_of

DAY = FuzzyDate.parse("2024-12-20")


def page(api, query=None):
    return api.get("events/", query).json()


def types(told):
    return [row["type"] for row in told["results"]]


def follow(api, address="events/", limit=100):
    """All events from an address on, and the address where they end for now."""
    found = []
    for _page in range(limit):
        told = api.get(address).json()
        found += told["results"]
        address = told["next"]
        if not told["more"]:
            return found, address
    raise AssertionError("the events do not end")


def test_an_event_tells_the_entry_and_what_it_is_about(api, officer, make_agreement):
    agreement = make_agreement(by=officer)
    told = page(api(officer), {"agreement": agreement.reference})
    journal = api(officer).get(f"agreements/{agreement.reference}/journal/").json()["results"]

    (row,) = told["results"]
    assert row["entry"] == journal[0]
    assert row["id"] == journal[0]["id"]
    assert row["type"] == "agreement.open"
    assert row["subject"] == {
        "kind": "agreement",
        "id": str(agreement.pk),
        "agreement": agreement.reference,
        "url": f"http://testserver/api/v1/agreements/{agreement.reference}/",
    }
    assert told["more"] is False
    assert api(officer).get(f"events/{row['id']}/").json()["entry"] == row["entry"]


def test_the_order_is_that_of_recording_and_stays(api, lawyer, sample):
    client = api(lawyer)
    found, end = follow(client, "events/?page_size=200")
    recorded = list(Entry.objects.order_by("recorded_at", "subject", "sequence").values_list("pk", flat=True))

    assert [row["id"] for row in found] == [str(key) for key in recorded]
    again, _end = follow(client, "events/?page_size=173")
    assert [row["id"] for row in again] == [row["id"] for row in found]
    assert client.get(end).json()["results"] == []


def test_an_empty_page_leads_on_to_what_is_recorded_later(api, officer, make_agreement):
    agreement = make_agreement()
    client = api(officer)
    _found, end = follow(client)
    empty = client.get(end).json()
    assert (empty["results"], empty["more"]) == ([], False)

    lifecycle.note(agreement, on=DAY, by=officer, what="A day was proposed.")
    (row,), _end = follow(client, empty["next"])
    assert (row["type"], row["entry"]["what"]["text"]) == ("agreement.note", "A day was proposed.")
    assert [one["id"] for one in follow(client, end)[0]] == [row["id"]]


def test_one_can_begin_with_now(api, officer, make_agreement):
    agreement = make_agreement()
    now = page(api(officer), {"cursor": "now"})
    assert (now["results"], now["more"]) == ([], False)

    lifecycle.note(agreement, on=DAY, by=officer, what="Later.")
    assert types(api(officer).get(now["next"]).json()) == ["agreement.note"]


def test_each_event_has_a_cursor_to_go_on_behind_it(api, officer, make_agreement):
    agreement = make_agreement()
    for number in range(5):
        lifecycle.note(agreement, on=DAY, by=officer, what=f"Note {number}.")
    found, _end = follow(api(officer))

    for number, row in enumerate(found):
        later, _end = follow(api(officer), f"events/?cursor={row['cursor']}&page_size=2")
        assert [one["id"] for one in later] == [one["id"] for one in found[number + 1 :]]


def test_events_of_every_kind_of_record(api, officer, lawyer, make_agreement, parties):
    agreement = make_agreement(stage="signed", on=DAY)
    council = Format.objects.create(code="council", name_en="Council")
    meeting = registers.create(Meeting(format=council, on=DAY), by=lawyer)
    with registers.editing(meeting, by=lawyer) as edited:
        AgendaItem.objects.create(meeting=edited, agreement=agreement)
    figure = {"name_en": "Trade", "unit_en": "euro", "value": 1, "period_until": DAY.latest, "source": "Eurostat"}
    indicator = registers.create(Indicator(party=parties["EU"], **figure), by=lawyer)
    commitment = commitments.undertake(agreement, by=lawyer, text_en="Report once a year.")
    tasks.add(agreement, "Ask again", by=lawyer)
    found, _end = follow(api(officer))

    addresses = {(row["type"], row["subject"]["url"].removeprefix("http://testserver/api/v1/")) for row in found}
    assert addresses >= {
        ("agreement.open", f"agreements/{agreement.reference}/"),
        ("agreement.task", f"agreements/{agreement.reference}/"),
        ("party.open", "parties/KZ/"),
        ("meeting.open", f"meetings/{meeting.pk}/"),
        ("meeting.edit", f"meetings/{meeting.pk}/"),
        ("indicator.open", f"indicators/{indicator.pk}/"),
        ("commitment.open", f"commitments/{commitment.pk}/"),
    }
    for row in found:
        assert api(officer).get(row["subject"]["url"]).status_code == 200
    (edit,) = [row for row in found if row["type"] == "meeting.edit"]
    ((name, _before, after),) = [tuple(change.values()) for change in edit["entry"]["changes"]]
    assert (name, [item["agreement"] for item in after]) == ("agenda", [agreement.reference])
    (promise,) = [row for row in found if row["type"] == "commitment.open"]
    assert promise["subject"]["agreement"] == agreement.reference


# ---- filters ----
def test_filters(api, officer, lawyer, sample):
    client = api(officer)

    def counted(**query):
        found, _end = follow(client, "events/?page_size=200&" + "&".join(f"{k}={v}" for k, v in query.items()))
        return len(found), {row["subject"]["kind"] for row in found}

    seen = Entry.objects.for_user(officer)
    assert counted(kind="step") == (seen.filter(kind="step").count(), {"agreement"})
    assert counted(subject="meeting") == (seen.filter(subject_kind="meeting").count(), {"meeting"})
    number, kinds = counted(agreement="PEP-4K7Z")
    assert number >= Entry.objects.of(sample["PEP-4K7Z"]).count()
    assert kinds <= {"agreement", "commitment"}
    number, kinds = counted(party="EU")
    assert kinds >= {"agreement", "meeting", "party", "indicator"}
    assert 0 < number < seen.count()
    assert 0 < counted(area="aviation")[0] < number
    assert counted(area="aviation", kind="step")[0] < counted(area="aviation")[0]
    newest = seen.order_by("-recorded_at").first().recorded_at.isoformat().replace("+00:00", "Z")
    assert counted(since=newest)[0] >= 1
    assert counted(since="2999-01-01T00:00:00Z") == (0, set())


def test_what_is_not_known_is_refused(api, officer, secret):
    client = api(officer)
    for query in ({"kind": "x"}, {"subject": "x"}, {"party": "XX"}, {"area": "x"}, {"agreement": "AIR-0000"}):
        assert set(errors_of(client.get("events/", query)).values()) == {"unknown"}
    assert errors_of(client.get("events/", {"since": "yesterday"})) == {"since": "invalid"}
    assert errors_of(client.get("events/", {"cursor": "abc"})) == {"cursor": "invalid"}
    assert errors_of(client.get("events/", {"page_size": "0"})) == {"page_size": "invalid"}
    assert errors_of(client.get("events/", {"after": "0"})) == {"after": "unknown"}
    assert errors_of(client.get("events/", {"agreement": secret.reference})) == {"agreement": "unknown"}
    assert problem_of(client.get(f"events/{MISSING}/")) == (404, "not-found")
    assert problem_of(client.post("events/", {}))[0] == 405
    assert problem_of(api(None).get("events/"))[0] == 401


# ---- what may not be known ----
def test_what_is_hidden_leaves_no_trace(api, officer, lawyer, make_agreement, secret):
    shown = make_agreement()
    lifecycle.note(secret, on=DAY, by=lawyer, what="In secret.")
    with registers.editing(shown, by=lawyer) as edited:
        Relation.objects.create(agreement=edited, kind="amends", to=secret)
    stored = documents.store(shown, "draft", _file(), by=lawyer, on=DAY, language="en", level=Level.SECRET)
    lifecycle.note(shown, on=DAY, by=lawyer, what="For all.")
    found, end = follow(api(officer), "events/?subject=agreement&page_size=1")
    everything, _end = follow(api(lawyer), "events/?subject=agreement")

    assert [(row["type"], row["entry"]["sequence"]) for row in found] == [("agreement.open", 1), ("agreement.note", 2)]
    assert len(everything) == 6
    kept = str(found) + end
    for word in (secret.reference, str(secret.pk), str(stored.document_id), "In secret"):
        assert word not in kept
    hidden = {row["id"] for row in everything} - {row["id"] for row in found}
    assert len(hidden) == 4
    for key in hidden:
        assert problem_of(api(officer).get(f"events/{key}/")) == (404, "not-found")


def test_a_page_of_hidden_edits_is_filled_with_what_follows(api, officer, lawyer, make_agreement, secret):
    shown = make_agreement()
    for kind in ("amends", "follows", "supersedes"):
        with registers.editing(shown, by=lawyer) as edited:
            Relation.objects.create(agreement=edited, kind=kind, to=secret)
    lifecycle.note(shown, on=DAY, by=lawyer, what="For all.")
    told = page(api(officer), {"subject": "agreement", "page_size": 2})

    assert types(told) == ["agreement.open", "agreement.note"]
    assert told["more"] is False


def test_cursors_do_not_tell_how_much_is_hidden(api, officer, make_agreement):
    make_agreement()
    first, second = (page(api(officer))["next"] for _time in range(2))

    assert first != second
    assert len(first) == len(second)


def test_a_page_has_a_tag_that_tells_only_of_what_is_seen(api, officer, lawyer, make_agreement, secret):
    agreement, client = make_agreement(), api(officer)
    address = page(client)["next"]
    whole, empty = client.get("events/"), client.get(address)
    for read in (whole, empty):
        assert client.get(read.wsgi_request.get_full_path(), If_None_Match=read.headers["ETag"]).status_code == 304
    lifecycle.note(secret, on=DAY, by=lawyer, what="Hidden.")
    assert client.get(address, If_None_Match=empty.headers["ETag"]).status_code == 304
    lifecycle.note(agreement, on=DAY, by=lawyer, what="Seen.")
    assert types(client.get(address, If_None_Match=empty.headers["ETag"]).json()) == ["agreement.note"]

    one = f"events/{whole.json()['results'][0]['id']}/"
    assert client.get(one, If_None_Match=client.get(one).headers["ETag"]).status_code == 304


def test_what_becomes_visible_later_is_not_told_again(api, officer, lawyer, secret):
    client = api(officer)
    _found, end = follow(client)
    with registers.editing(secret, by=lawyer) as edited:
        edited.level = Level.INTERNAL
    found, _end = follow(client, end)

    assert types({"results": found}) == ["agreement.edit"]  # from here on a program reads the whole journal
    whole, _end = follow(client, f"events/?agreement={secret.reference}")
    assert types({"results": whole}) == ["agreement.open", "agreement.edit"]


# ---- positions ----
def test_positions_are_given_once_and_rise_along_each_chain(lawyer, make_agreement):
    agreement = make_agreement()
    before = events.place()
    assert EventPosition.objects.filter(position=None).count() == 0
    lifecycle.note(agreement, on=DAY, by=lawyer, what="One.")
    lifecycle.note(agreement, on=DAY, by=lawyer, what="Two.")
    assert events.place() == before + 2
    assert events.place() == before + 2

    chain = Entry.objects.of(agreement).values_list("event__position", flat=True)
    assert list(chain) == sorted(chain)
    assert list(EventPosition.objects.order_by("position").values_list("position", flat=True)) == list(
        range(1, before + 3)
    )


def test_the_page_takes_the_same_queries_for_few_and_many(api, officer, lawyer, make_agreement):
    client = api(officer)

    def asked():
        follow(client)
        with CaptureQueriesContext(connection) as queries:
            client.get("events/?page_size=200")
        return len(queries)

    made = [make_agreement()]
    few = asked()
    for _number in range(5):
        made.append(make_agreement())
    for agreement in made:
        lifecycle.note(agreement, on=DAY, by=lawyer, what="A note.")
    assert asked() == few <= 15


def _file():
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("draft.txt", b"Text of the draft.")
