"""Before a step is recorded the form says who will be told: the same people as afterwards, and only known names."""

import pytest

from agreements import saved_views, subscriptions
from agreements.choices import Level, Transition, ViewKind
from agreements.models import Agreement, Notification
from agreements.notice_choices import EventGroup, WatchKind
from tests.pages.conftest import words
from tests.subscriptions.conftest import person, step, watch

pytestmark = pytest.mark.django_db


def test_those_who_will_be_told_are_those_who_are(make_agreement, parties, areas, lawyer, officer, unit):
    agreement = make_agreement()
    Agreement.objects.filter(pk=agreement.pk).update(lead_unit=unit)
    agreement = Agreement.objects.get(pk=agreement.pk)
    people = {name: person(name, unit=unit) for name in ("one", "two", "three", "four", "five", "six", "seven")}
    watch(people["one"], target=agreement)
    watch(people["two"], WatchKind.PARTY, parties["EU"], important_only=True)
    watch(people["three"], WatchKind.AREA, areas["aviation"], groups=[EventGroup.DOCUMENTS])
    watch(people["four"], WatchKind.UNIT)
    view = saved_views.create(people["five"], kind=ViewKind.AGREEMENTS, name="EU", query="party=EU&stage=proposed")
    watch(people["five"], WatchKind.VIEW, view)
    other = saved_views.create(people["six"], kind=ViewKind.AGREEMENTS, name="Signed", query="stage=signed")
    watch(people["six"], WatchKind.VIEW, other)
    paused = watch(people["seven"], target=agreement)
    subscriptions.pause(paused, by=people["seven"], paused=True)
    watch(officer, target=agreement)

    found = subscriptions.audience(agreement, by=officer, transition=Transition.AUTHORISE)

    assert (found.names, found.others, found.number) == ([], 4, 4)
    assert subscriptions.audience(agreement, by=people["one"]).names == ["five", "four", "two"]
    assert subscriptions.audience(agreement, by=lawyer).names == ["five", "four", "officer", "one", "two"]
    step(agreement, officer)
    subscriptions.tick()
    told = set(Notification.objects.values_list("person__username", flat=True))
    # The view shows what is proposed; by the step the agreement has left it.
    assert told == {"one", "two", "four"}


def test_who_cannot_see_is_neither_told_nor_counted(make_agreement, parties, lawyer, unit):
    agreement = make_agreement()
    low = person("low", unit=unit)
    watch(low, target=agreement)
    watch(low, WatchKind.PARTY, parties["EU"])
    Agreement.objects.filter(pk=agreement.pk).update(level=Level.RESTRICTED)

    found = subscriptions.audience(Agreement.objects.get(pk=agreement.pk), by=lawyer)

    assert found.number == 0


def test_the_form_of_a_step_says_who_will_be_told(make_agreement, at_lawyer, watcher):
    agreement = make_agreement()
    page = f"/agreements/{agreement.reference}/steps/authorise/"
    assert "Will be told" not in words(at_lawyer.get(page))

    watch(watcher, target=agreement)

    assert "Will be told: 1 person: watcher." in words(at_lawyer.get(page))


@pytest.mark.parametrize("number", [1, 12])
def test_it_costs_a_fixed_number_of_queries(make_agreement, lawyer, django_assert_num_queries, number):
    agreement = make_agreement()
    for place in range(number):
        one = person(f"watcher{place}")
        watch(one, target=agreement)
        view = saved_views.create(one, kind=ViewKind.AGREEMENTS, name="EU", query="party=EU")
        watch(one, WatchKind.VIEW, view)
    lawyer.has_perm("agreements.share_agreement")

    with django_assert_num_queries(3):
        assert subscriptions.audience(agreement, by=lawyer).number == number
