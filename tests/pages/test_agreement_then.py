"""The page of an agreement as was known at a moment: relations and meetings are those of the moment, too."""

from datetime import datetime

import pytest
from django.db.models import QuerySet

from agreements import attention, registers
from agreements.choices import RelationKind
from agreements.models import AgendaItem, Agreement, Entry, Format, Meeting, Relation
from tests.pages.conftest import day, queries, words
from tests.pages.test_agreement import page, panel


def relate(agreement, kind, to, by):
    with registers.editing(agreement, by=by) as fresh:
        Relation.objects.create(agreement=fresh, kind=kind, to=to)


def unrelate(agreement, by):
    with registers.editing(agreement, by=by) as fresh:
        relations: QuerySet[Relation] = fresh.relations.all()
        relations.delete()


def latest() -> str:
    return moment_of(Entry.objects.latest("recorded_at").recorded_at)


def moment_of(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def test_relations_are_those_of_the_moment_in_both_directions(
    signing, secret, make_agreement, lawyer, at_officer, at_lawyer
):
    earlier, later = (make_agreement(short_titles={"en": title}) for title in ("Earlier Roadmap", "Later Roadmap"))
    opened = latest()
    relate(signing, RelationKind.IMPLEMENTS, earlier, lawyer)
    relate(later, RelationKind.FOLLOWS, signing, lawyer)
    relate(signing, RelationKind.AMENDS, secret, lawyer)
    related = latest()
    unrelate(signing, lawyer)
    unrelate(later, lawyer)
    with registers.editing(earlier, by=lawyer) as fresh:
        fresh.short_title_en = "Renamed Roadmap"
    added = make_agreement(short_titles={"en": "New Protocol"})
    relate(added, RelationKind.ANNEXED_TO, signing, lawyer)

    def told(client, moment, of=signing):
        return panel(page(client, of, f"?known_at={moment}" if moment else ""), "relations")

    assert told(at_officer, opened) == "Relations No relation to another agreement is recorded."
    assert told(at_officer, related) == "Relations implements Earlier Roadmap is followed by Later Roadmap"
    assert told(at_officer, "") == "Relations has as an annex New Protocol"
    assert told(at_lawyer, related).startswith("Relations amends Hidden Protocol implements")
    assert "Hidden" not in words(page(at_officer, signing, f"?known_at={related}"))
    assert told(at_officer, related, later) == "Relations follows Horizontal Aviation Agreement"
    assert told(at_officer, opened, later) == "Relations No relation to another agreement is recorded."


def test_what_needs_attention_follows_the_relations_of_the_moment(sample, lawyer, at_lawyer):
    before = latest()
    unrelate(Agreement.objects.get(reference="RAW-25X6"), lawyer)

    def told(moment):
        query = "?as_of=2024-12-28" + (f"&known_at={moment}" if moment else "")
        return words(page(at_lawyer, "RAW-23X4", query)).replace("\u00a0", " ")

    assert "Expires in 3 days; what is to follow it is not signed" in told(before)
    assert "Expires in 3 days; nothing is recorded that follows it" in told("")
    key = Agreement.objects.get(reference="RAW-23X4").pk
    moment = datetime.fromisoformat(before.replace("Z", "+00:00"))
    (found,) = [
        one
        for one in attention.review(lawyer, as_of=day(2024, 12, 28).earliest, known_at=moment, only=[key]).findings
        if one.code == "expiring"
    ]
    assert "what is to follow it is not signed" in found.sentence


def test_meetings_are_those_of_the_moment(signing, lawyer, at_officer):
    before = latest()
    meeting = Meeting(format=Format.objects.create(code="talks", name_en="Talks"), level="internal", place="Astana")
    meeting.on = day(2012)
    registers.insert(meeting)
    AgendaItem.objects.create(meeting=meeting, agreement=signing)
    registers.created(meeting, by=lawyer)
    arranged = latest()
    with registers.editing(meeting, by=lawyer) as fresh:
        fresh.place = "Brussels"

    def told(query):
        return panel(page(at_officer, signing, query), "meetings")

    assert "Talks 1 January 2012 · tentative · Brussels" in told("")
    assert "Talks 1 January 2012 · tentative · Astana" in told(f"?known_at={arranged}")
    assert f'href="/meetings/{meeting.pk}/"' in page(at_officer, signing, f"?known_at={arranged}").content.decode()
    for query in (f"?known_at={before}", f"?as_of=2011-12-31&known_at={arranged}"):
        assert told(query) == "Meetings 0 No meeting has it on its agenda."


@pytest.mark.parametrize("count", [1, 4])
def test_a_look_back_takes_a_fixed_number_of_queries(signing, make_agreement, lawyer, at_officer, count):
    for _number in range(count):
        relate(make_agreement(), RelationKind.FOLLOWS, signing, lawyer)
    moment = latest()
    for relation in Relation.objects.select_related("agreement"):
        unrelate(relation.agreement, lawyer)

    assert queries(at_officer, f"/agreements/{signing.reference}/?known_at={moment}") == 15
