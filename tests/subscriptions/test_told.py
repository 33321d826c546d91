"""Who is told: once, of what is watched, of what may be seen when it is made and when it is sent."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements import lifecycle, redaction, registers, saved_views, shares, subscriptions
from agreements.choices import Level, Origin, ViewKind
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.models import (
    AgendaItem,
    Agreement,
    Entry,
    Format,
    Meeting,
    Notification,
    NotificationHead,
    Subscription,
    User,
)
from agreements.notice_choices import EventGroup, WatchKind
from agreements.subscriptions import matching
from agreements.subscriptions.reading import mark_read
from tests.subscriptions.conftest import person, step, watch

pytestmark = pytest.mark.django_db


def told(user: User) -> list[str]:
    """What a user was told of, the latest first, as the product says it."""
    rows = list(subscriptions.told_of(user).select_related("agreement"))
    return [f"{one.line.title}: {one.line.said}" for one in subscriptions.read(user, rows)]


def classified(agreement: Agreement, level: Level) -> Agreement:
    """The agreement at another level of confidentiality."""
    Agreement.objects.filter(pk=agreement.pk).update(level=level)
    return Agreement.objects.get(pk=agreement.pk)


def test_who_watches_is_told_once_however_many_subscriptions_match(make_agreement, parties, areas, lawyer, watcher):
    agreement = make_agreement()
    watch(watcher, WatchKind.AGREEMENT, agreement)
    watch(watcher, WatchKind.PARTY, parties["EU"])
    watch(watcher, WatchKind.AREA, areas["aviation"])
    view = saved_views.create(watcher, kind=ViewKind.AGREEMENTS, name="Air", query="area=aviation")
    watch(watcher, WatchKind.VIEW, view)

    step(agreement, lawyer)
    subscriptions.tick()
    subscriptions.tick()

    assert told(watcher) == ["Horizontal Aviation Agreement: Mandated, 15\u00a0January\u00a02004."]
    assert Notification.objects.filter(person=watcher).count() == 1


@pytest.mark.parametrize("kind", [WatchKind.AGREEMENT, WatchKind.PARTY, WatchKind.AREA, WatchKind.VIEW, WatchKind.UNIT])
def test_each_thing_that_can_be_watched_tells_of_its_agreement_and_of_no_other(
    make_agreement, parties, areas, lawyer, watcher, unit, kind
):
    agreement, other = make_agreement(), make_agreement(areas=[], participants=[], titles={"en": "Another"})
    Agreement.objects.filter(pk=agreement.pk).update(lead_unit=unit)
    view = saved_views.create(watcher, kind=ViewKind.AGREEMENTS, name="EU", query="party=EU")
    targets = {
        WatchKind.AGREEMENT: agreement, WatchKind.PARTY: parties["EU"], WatchKind.AREA: areas["aviation"],
        WatchKind.VIEW: view,
    }  # fmt: skip
    watch(watcher, kind, targets.get(kind))

    step(agreement, lawyer)
    lifecycle.note(other, on=FuzzyDate.parse("2024"), by=lawyer, what="A note.")
    subscriptions.tick()

    assert told(watcher) == ["Horizontal Aviation Agreement: Mandated, 15\u00a0January\u00a02004."]


def test_nobody_is_told_of_the_past_of_imported_histories_and_of_what_he_wrote_himself(make_agreement, lawyer, watcher):
    agreement = make_agreement()
    step(agreement, lawyer)
    watch(watcher, target=agreement)
    watch(lawyer, target=agreement)
    lifecycle.note(agreement, on=FuzzyDate.parse("2004"), by=lawyer, what="Taken over.", origin=Origin.IMPORTED)
    subscriptions.tick()

    assert told(watcher) == []

    lifecycle.note(agreement, on=FuzzyDate.parse("2005"), by=lawyer, what="By the lawyer.")
    subscriptions.tick()

    assert told(watcher) == ["Horizontal Aviation Agreement: Note, 2005. By the lawyer."]
    assert told(lawyer) == []

    with subscriptions.wishing(lawyer) as wishes:
        wishes.own_acts = True
    lifecycle.note(agreement, on=FuzzyDate.parse("2006"), by=lawyer, what="Again.")
    subscriptions.tick()

    assert told(lawyer) == ["Horizontal Aviation Agreement: Note, 2006. Again."]


@pytest.mark.parametrize(
    ("groups", "important", "expected"),
    [
        ([], False, ["Note", "Mandated"]),
        ([], True, ["Mandated"]),
        ([EventGroup.STEPS], False, ["Mandated"]),
        ([EventGroup.DATA], False, ["Note"]),
        ([EventGroup.DATA], True, []),
        ([EventGroup.ACTS, EventGroup.MEETINGS], False, []),
    ],
)
def test_kinds_of_events_and_importance_narrow(make_agreement, lawyer, watcher, groups, important, expected):
    agreement = make_agreement()
    watch(watcher, target=agreement, groups=groups, important_only=important)

    step(agreement, lawyer)
    lifecycle.note(agreement, on=FuzzyDate.parse("2004"), by=lawyer, what="A note.")
    subscriptions.tick()

    assert [line.split(": ")[1].split(",")[0] for line in told(watcher)] == expected


def test_what_was_recorded_before_somebody_watched_is_not_told_though_nobody_looked_yet(
    make_agreement, lawyer, watcher
):
    first = make_agreement()
    watch(watcher, target=first)
    second = make_agreement(titles={"en": "Another"})
    lifecycle.note(second, on=FuzzyDate.parse("2004"), by=lawyer, what="Before.")
    made = watch(watcher, target=second)
    lifecycle.note(second, on=FuzzyDate.parse("2005"), by=lawyer, what="After.")
    subscriptions.pause(made, by=watcher, paused=True)
    lifecycle.note(second, on=FuzzyDate.parse("2006"), by=lawyer, what="Paused.")
    subscriptions.pause(made, by=watcher, paused=False)
    lifecycle.note(second, on=FuzzyDate.parse("2007"), by=lawyer, what="Again.")
    subscriptions.tick()

    assert [line.rpartition(". ")[2] for line in told(watcher)] == ["Again."]


def test_a_paused_subscription_tells_nothing_and_nothing_of_it_later(make_agreement, lawyer, watcher):
    agreement = make_agreement()
    made = watch(watcher, target=agreement)
    subscriptions.pause(made, by=watcher, paused=True)
    step(agreement, lawyer)
    subscriptions.tick()
    subscriptions.pause(made, by=watcher, paused=False)
    subscriptions.tick()
    lifecycle.note(agreement, on=FuzzyDate.parse("2005"), by=lawyer, what="Later.")
    subscriptions.tick()

    assert told(watcher) == ["Horizontal Aviation Agreement: Note, 2005. Later."]


# ---- what may be seen ----
def test_nobody_is_told_of_what_is_above_his_level(make_agreement, parties, lawyer, watcher):
    secret = classified(make_agreement(), Level.SECRET)
    watch(watcher, WatchKind.PARTY, parties["EU"])
    with pytest.raises(Refused, match="you may not see it"):
        watch(watcher, target=secret)

    step(secret, lawyer)
    subscriptions.tick()

    assert Notification.objects.filter(person=watcher).count() == 0


def test_of_a_record_that_was_opened_by_mistake_nothing_is_told_but_that_it_is_closed(
    make_agreement, parties, areas, lawyer, watcher
):
    agreement = make_agreement()
    watch(watcher, WatchKind.AGREEMENT, agreement)
    watch(watcher, WatchKind.PARTY, parties["EU"])
    watch(watcher, WatchKind.AREA, areas["aviation"])
    note = lifecycle.note(agreement, on=FuzzyDate.parse("2024"), by=lawyer, what="A note.")
    lifecycle.void(Entry.objects.of(agreement).first(), by=lawyer, reason="Opened twice.")
    subscriptions.tick()
    (only,) = told(watcher)
    assert "Opened twice." in only

    redaction.redact(note, by=lawyer, reason="A name stood there.")
    council = Format.objects.create(code="council", name_en="Council")
    meeting = registers.create(Meeting(format=council, on=FuzzyDate.parse("2024-12-20")), by=lawyer)
    with registers.editing(meeting, by=lawyer) as fresh:
        AgendaItem.objects.create(meeting=fresh, agreement=agreement)
    subscriptions.tick()
    assert told(watcher) == [only]


def test_a_share_lets_be_told_and_once_withdrawn_hides_even_what_was_told(make_agreement, parties, lawyer, watcher):
    secret = classified(make_agreement(), Level.SECRET)
    share = shares.give(secret, by=lawyer, user=watcher, reason="The delegation meets on Monday.")
    watch(watcher, WatchKind.PARTY, parties["EU"])
    step(secret, lawyer)
    subscriptions.tick()

    reader = User.objects.signing_in().get(pk=watcher.pk)
    assert told(reader) == ["Horizontal Aviation Agreement: Mandated, 15\u00a0January\u00a02004."]
    assert subscriptions.number_unread(reader) == 1

    shares.withdraw(share, by=lawyer, reason="The meeting is over.")

    reader = User.objects.signing_in().get(pk=watcher.pk)
    assert told(reader) == []
    assert subscriptions.number_unread(reader) == 0


def test_what_is_raised_above_the_reader_after_it_was_told_is_shown_no_more(make_agreement, lawyer, watcher):
    agreement = make_agreement()
    watch(watcher, target=agreement)
    step(agreement, lawyer)
    subscriptions.tick()
    assert subscriptions.number_unread(watcher) == 1

    Agreement.objects.filter(pk=agreement.pk).update(level=Level.SECRET)

    assert told(watcher) == []
    for reader in (watcher, User.objects.signing_in().get(pk=watcher.pk)):
        assert subscriptions.number_unread(reader) == 0


def test_the_number_is_that_of_what_is_listed_whatever_level_its_reader_has(make_agreement, lawyer, watcher, reader):
    open_one, hidden = make_agreement(), make_agreement(titles={"en": "Minutes of Astana"})
    for told_to in (watcher, reader):
        for agreement in (open_one, hidden):
            watch(told_to, target=agreement)
    for agreement in (open_one, hidden):
        step(agreement, lawyer)
    subscriptions.tick()
    Agreement.objects.filter(pk=hidden.pk).update(level=Level.RESTRICTED)

    for told_to, level, expected in (
        (watcher, Level.INTERNAL, 1),
        (reader, Level.RESTRICTED, 2),
        (watcher, Level.PUBLIC, 0),
    ):
        User.objects.filter(pk=told_to.pk).update(access_level=level)
        signed_in = User.objects.signing_in().get(pk=told_to.pk)
        assert subscriptions.number_unread(signed_in) == len(told(signed_in)) == expected


def test_reading_marks_only_ones_own(make_agreement, lawyer, watcher, reader):
    agreement = make_agreement()
    watch(watcher, target=agreement)
    watch(reader, target=agreement)
    step(agreement, lawyer)
    subscriptions.tick()
    keys = list(Notification.objects.filter(person=reader).values_list("pk", flat=True))

    assert mark_read(watcher, keys) == 0
    assert mark_read(watcher) == 1
    assert (subscriptions.number_unread(watcher), subscriptions.number_unread(reader)) == (0, 1)


# ---- keeping subscriptions ----
def test_what_cannot_be_watched_is_refused_with_the_reason(make_agreement, areas, lawyer, watcher, reader):
    agreement = make_agreement()
    watch(watcher, target=agreement)
    tasks = saved_views.create(watcher, kind=ViewKind.TASKS, name="Tasks", query="of=mine")
    attention = saved_views.create(watcher, kind=ViewKind.AGREEMENTS, name="Late", query="attention=late")
    foreign = saved_views.create(reader, kind=ViewKind.AGREEMENTS, name="Mine", query="q=air")

    def refused(*args, by=watcher, **given):
        with pytest.raises(Refused) as caught:
            watch(by, *args, **given)
        return [reason.code for reason in caught.value.reasons]

    assert refused(WatchKind.AGREEMENT, agreement) == ["watched-already"]
    assert refused(WatchKind.AGREEMENT, None) == ["target-unknown"]
    mistaken = make_agreement()
    lifecycle.void(Entry.objects.of(mistaken).get(), by=lawyer, reason="Opened twice.")
    mistaken.refresh_from_db(fields=["is_void"])
    assert refused(WatchKind.AGREEMENT, mistaken) == ["record-void"]
    assert refused(WatchKind.VIEW, tasks) == ["view-other"]
    assert refused(WatchKind.VIEW, attention) == ["view-attention"]
    assert refused(WatchKind.VIEW, foreign) == ["target-unknown"]
    assert refused(WatchKind.UNIT, by=reader) == ["unit-missing"]
    assert refused(WatchKind.AREA, areas["aviation"], in_product=False, by_mail=False) == ["channel-missing"]
    assert refused(WatchKind.AREA, areas["aviation"], groups=["weather"]) == ["groups-unknown"]
    assert Subscription.objects.count() == 1


def test_a_view_that_is_no_longer_shared_tells_nothing(make_agreement, lawyer, watcher, reader):
    agreement = make_agreement()
    view = saved_views.create(reader, kind=ViewKind.AGREEMENTS, name="Air", query="area=aviation", shared=True)
    watch(watcher, WatchKind.VIEW, view)
    saved_views.change(view, by=reader, shared=False)
    step(agreement, lawyer)
    subscriptions.tick()

    assert told(watcher) == []


# ---- what it costs ----
def _storm(make_agreement, lawyer, number: int) -> None:
    """So many notes, spread over a few agreements: events cost the same wherever they are."""
    agreements = [make_agreement(titles={"en": f"Agreement {place}"}) for place in range(5)]
    for place in range(number):
        lifecycle.note(agreements[place % 5], on=FuzzyDate.parse("2024"), by=lawyer, what=f"Note {place}.")


@pytest.mark.parametrize(("events", "people"), [(5, 2), (60, 20)])
def test_one_pass_costs_the_same_queries_for_any_number_of_events_and_people(
    make_agreement, parties, areas, lawyer, events, people
):
    for number in range(people):
        one = person(f"watcher{number}")
        watch(one, WatchKind.PARTY, parties["EU"])
        watch(one, WatchKind.AREA, areas["aviation"])
    _storm(make_agreement, lawyer, events)

    with CaptureQueriesContext(connection) as queries:
        made = matching.follow()

    assert made == (events + 5) * people
    # Rows are written so many at once as the database takes.
    assert len([query for query in queries if not query["sql"].startswith("INSERT")]) == 19


def test_the_head_stands_at_the_last_event_where_nobody_watches(make_agreement, lawyer, watcher):
    agreement = make_agreement()
    made = watch(watcher, target=agreement)
    with subscriptions.removing(made, by=watcher):
        pass
    step(agreement, lawyer)
    subscriptions.tick()
    watch(watcher, target=agreement)
    subscriptions.tick()

    assert NotificationHead.objects.get().reached > 0
    assert told(watcher) == []
