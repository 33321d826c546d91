"""Counts of agreements: as many as the list has under each filter, and none that the reader may not see."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements import clock, lifecycle, tasks
from agreements.choices import Level, Stage
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Entry, Task, Unit
from tests.api.conftest import errors_of

BY = ("stage", "group", "kind", "area", "procedure", "lead_unit")


def number(client, asked):
    return client.get(f"agreements/?count=true&page_size=1&{asked}").json()["count"]


@pytest.fixture
def register(sample, lawyer):
    """The sample portfolio, with tasks that are overdue, a unit, and one that was on hold for a while."""
    today = clock.today()
    unit = Unit.objects.create(code="europe", name_en="Europe")
    first, second, *_rest = Agreement.objects.filter(stage="signing").order_by("reference")
    Agreement.objects.filter(pk__in=[first.pk, second.pk]).update(lead_unit=unit)
    for agreement in (first, first, second):
        tasks.add(agreement, "Ask", due=FuzzyDate.of_day(today - timedelta(2)), by=lawyer)
    held = Agreement.objects.filter(stage="signing", on_hold=False).last()
    lifecycle.hold(held, on=FuzzyDate.of_day(today - timedelta(3)), by=lawyer, reason="x")
    lifecycle.release(held, on=FuzzyDate.of_day(today - timedelta(1)), by=lawyer)
    return sample


@pytest.mark.parametrize("narrowed", ["", "party=EU", "group=preparing", "text=aviation&binding=true"])
def test_there_are_as_many_as_the_list_has_under_each_filter(api, officer, lawyer, register, narrowed):
    since = (clock.today() - timedelta(days=30)).isoformat()
    for user in (officer, lawyer):
        client = api(user)
        counts = client.get(f"agreements/counts/?{narrowed}").json()
        assert counts["total"] == number(client, narrowed)
        for name in BY:
            assert min(counts[name].values(), default=1) > 0
            for value, expected in counts[name].items():
                assert number(client, f"{narrowed}&{name}__in={value}") == expected, (name, value)
        for name in ("stage", "group", "kind", "procedure"):
            assert sum(counts[name].values()) == counts["total"]
        assert counts["overdue"] == number(client, f"{narrowed}&attention=overdue")
        assert counts["stuck"] == number(client, f"{narrowed}&attention=stuck")
        assert counts["changed"] == number(client, f"{narrowed}&changed_at__gte={since}T00:00:00%2B05:00")
    assert narrowed or min(counts["overdue"], counts["stuck"], len(counts["lead_unit"]), len(counts["area"])) > 0
    assert list(counts["stage"]) == [stage for stage in Stage if stage in counts["stage"]]


def test_what_is_hidden_is_counted_nowhere(api, officer, lawyer, make_agreement, parties):
    seen = make_agreement()
    before = api(officer).get("agreements/counts/")
    secret = make_agreement(columns={"level": Level.SECRET}, kind="memorandum")
    tasks.add(secret, "Ask", due=FuzzyDate.of_day(clock.today() - timedelta(1)), by=lawyer)
    after, all_of_them = api(officer).get("agreements/counts/"), api(lawyer).get("agreements/counts/").json()

    assert after.content == before.content
    assert after.headers["ETag"] == before.headers["ETag"]
    assert (all_of_them["total"], all_of_them["kind"]) == (2, {"agreement": 1, "memorandum": 1})
    assert (all_of_them["overdue"], after.json()["overdue"]) == (1, 0)
    lifecycle.void(Entry.objects.of(seen).get(kind="open"), by=lawyer, reason="A slip.")
    assert api(officer).get("agreements/counts/").json()["total"] == 0
    assert Task.objects.count() == 1


def test_counts_are_tagged_and_refuse_what_they_do_not_know(api, officer, sample):
    client = api(officer)
    tag = client.get("agreements/counts/").headers["ETag"]

    assert client.get("agreements/counts/", If_None_Match=tag).status_code == 304
    for name in ("as_of", "known_at", "page_size", "cursor", "format", "ordering", "fields", "expand"):
        assert errors_of(client.get(f"agreements/counts/?{name}=x")) == {name: "unknown"}
    assert errors_of(client.get("agreements/counts/?stage=nope")) == {"stage": "unknown"}
    assert errors_of(client.get("agreements/counts/?area=")) == {"area": "blank"}


def test_counting_costs_the_same_for_any_number(api, officer, make_agreement):
    client = api(officer)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get("agreements/counts/")
        return len(queries)

    make_agreement()
    one = cost()
    for _more in range(4):
        make_agreement()
    assert cost() == one
