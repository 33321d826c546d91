"""The pages: the bell, notifications, subscriptions, watching, the feed; what is another's is not there."""

import uuid
from xml.etree import ElementTree

import pytest
from django.test import Client

from agreements import lifecycle, saved_views, subscriptions
from agreements.choices import Level, ViewKind
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Notification, NotificationWishes, Subscription
from agreements.notice_choices import DigestKind, EventGroup, Pace, WatchKind
from tests.conftest import signed_in
from tests.pages.conftest import words
from tests.subscriptions.conftest import person, step, watch

pytestmark = pytest.mark.django_db
_ATOM = "{http://www.w3.org/2005/Atom}"


def posted(**given):
    return {"in_product": "on", "by_mail": "on", "pace": "immediately", "hour": "9", "weekday": "2"} | given


def test_an_agreement_is_watched_from_its_page_and_the_bell_counts(make_agreement, lawyer, watcher):
    agreement, client = make_agreement(), signed_in(watcher)
    new = f"/account/subscriptions/new/?agreement={agreement.reference}"
    assert f'href="{new}"' in client.get(f"/agreements/{agreement.reference}/").content.decode()

    response = client.post(new, posted(groups=["steps", "acts"]), follow=True)

    (made,) = Subscription.objects.all()
    assert (made.agreement, made.groups, made.pace, made.hour, made.weekday) == (
        agreement, [EventGroup.STEPS, EventGroup.ACTS], Pace.IMMEDIATELY, 9, 2,
    )  # fmt: skip
    assert "You are told of it from now on: Horizontal Aviation Agreement." in words(response)
    assert client.get(new)["Location"] == f"/account/subscriptions/{made.pk}/"
    step(agreement, lawyer)
    subscriptions.tick()

    page = words(client.get("/notifications/"))
    assert "Notifications unread: 1" in page
    assert "Horizontal Aviation Agreement important Mandated, 15 January 2004." in page.replace("\u00a0", " ")
    (row,) = Notification.objects.all()
    led = client.post(f"/notifications/{row.pk}/read/")
    assert led["Location"] == f"/agreements/{agreement.reference}/"
    assert "unread:" not in words(client.get("/notifications/"))


@pytest.mark.parametrize(
    ("query", "kind"),
    [("party=EU", WatchKind.PARTY), ("area=aviation", WatchKind.AREA), ("unit=1", WatchKind.UNIT)],
)
def test_parties_areas_and_the_unit_are_watched(make_agreement, watcher, query, kind):
    make_agreement()
    response = signed_in(watcher).post(f"/account/subscriptions/new/?{query}", posted())

    assert response.status_code == 302
    assert [one.what for one in Subscription.objects.all()] == [kind]


def test_a_view_is_watched_and_what_is_not_there_is_not(make_agreement, watcher, reader):
    client, agreement = signed_in(watcher), make_agreement()
    view = saved_views.create(watcher, kind=ViewKind.AGREEMENTS, name="Air", query="area=aviation")
    foreign = saved_views.create(reader, kind=ViewKind.AGREEMENTS, name="Mine", query="q=air")
    Agreement.objects.filter(pk=agreement.pk).update(level=Level.SECRET)

    assert client.post(f"/account/subscriptions/new/?view={view.pk}", posted()).status_code == 302
    for query in (f"view={foreign.pk}", f"agreement={agreement.reference}", "view=x", "party=%00", "", "area=none"):
        assert client.get(f"/account/subscriptions/new/?{query}").status_code == 404, query


def test_a_form_without_a_way_shows_what_is_wrong(make_agreement, watcher):
    agreement = make_agreement()
    response = signed_in(watcher).post(
        f"/account/subscriptions/new/?agreement={agreement.reference}", {"pace": "daily", "hour": "8", "weekday": "0"}
    )

    assert response.status_code == 409
    assert "Choose at least one way" in words(response)
    assert not Subscription.objects.exists()


def test_a_subscription_is_changed_paused_and_removed_by_its_owner_alone(make_agreement, watcher, reader):
    made = watch(watcher, target=make_agreement())
    page, mine, other = f"/account/subscriptions/{made.pk}/", signed_in(watcher), signed_in(reader)
    for way in ("get", "post"):
        assert getattr(other, way)(page).status_code == 404
    assert other.post(f"{page}pause/").status_code == 404
    assert other.post(f"{page}remove/").status_code == 404

    assert mine.post(page, posted(pace="weekly", important_only="on")).status_code == 302
    made.refresh_from_db()
    assert (made.pace, made.important_only, made.version) == (Pace.WEEKLY, True, 2)
    assert "in Pacta; by e-mail once a week: Wednesday, 09:00" in words(mine.get("/account/subscriptions/"))
    mine.post(f"{page}pause/")
    assert "paused" in words(mine.get("/account/subscriptions/"))
    mine.post(f"{page}pause/")
    made.refresh_from_db()
    assert made.paused_at is None
    mine.post(f"{page}remove/")
    assert not Subscription.objects.exists()


def test_what_is_hidden_by_now_is_not_named_among_the_subscriptions(make_agreement, watcher):
    agreement = make_agreement()
    watch(watcher, target=agreement)
    Agreement.objects.filter(pk=agreement.pk).update(level=Level.SECRET)

    page = signed_in(watcher).get("/account/subscriptions/").content.decode()

    assert "Aviation Agreement" not in page
    assert agreement.reference not in page
    assert "You may no longer see it" in page


def test_how_somebody_is_told_is_kept(watcher):
    given = {
        "language": "kk", "quiet_from": "20:00", "quiet_until": "08:00", "digest": "head", "digest_pace": "daily",
        "digest_hour": "7", "digest_weekday": "0", "digest_report": "on",
    }  # fmt: skip
    assert signed_in(watcher).post("/account/subscriptions/", given).status_code == 302

    kept = NotificationWishes.objects.get(person=watcher)
    assert (kept.language, str(kept.quiet_from), kept.digest, kept.digest_report) == (
        "kk", "20:00:00", DigestKind.HEAD, True,
    )  # fmt: skip
    assert (kept.reminders_by_mail, kept.digest_since is not None) == (False, True)
    half = signed_in(watcher).post("/account/subscriptions/", given | {"quiet_until": ""})
    assert half.status_code == 422
    assert "Give both ends of the quiet hours, or none." in words(half)


@pytest.mark.parametrize("number", [1, 30])
def test_the_pages_cost_a_fixed_number_of_queries(
    make_agreement, lawyer, watcher, django_assert_max_num_queries, number
):
    for place in range(number):
        agreement = make_agreement(titles={"en": f"Agreement {place}"})
        watch(watcher, target=agreement)
        lifecycle.note(agreement, on=FuzzyDate.parse("2024"), by=lawyer, what="A note.")
    subscriptions.tick()
    client = signed_in(watcher)

    for page in ("/notifications/", "/account/subscriptions/"):
        with django_assert_max_num_queries(15):
            assert client.get(page).status_code == 200


def test_pages_of_notifications_come_fifty_at_a_time(make_agreement, lawyer, watcher):
    agreement = make_agreement()
    watch(watcher, target=agreement)
    for place in range(53):
        lifecycle.note(agreement, on=FuzzyDate.parse("2024"), by=lawyer, what=f"Note {place}.")
    subscriptions.tick()
    client = signed_in(watcher)

    first, second = (words(client.get(f"/notifications/?page={number}")) for number in (1, 2))

    assert "unread: 53" in first
    assert first.count("Recorded by") == 50
    assert second.count("Recorded by") == 3
    assert "Note 52." in first
    assert "Note 0." in second
    client.post("/notifications/read/")
    assert Notification.objects.filter(read_at=None).count() == 0


# ---- the feed ----
def test_the_feed_tells_what_its_person_may_see_and_answers_304_where_nothing_is_new(make_agreement, lawyer, watcher):
    agreement = make_agreement()
    watch(watcher, target=agreement)
    step(agreement, lawyer)
    subscriptions.tick()
    page = signed_in(watcher).post("/account/subscriptions/feed/").content.decode()
    address = page.split("<code>http://testserver")[1].split("</code>")[0]
    program = Client()

    answer = program.get(address)

    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(answer.content)
    (entry,) = feed.findall(f"{_ATOM}entry")
    assert entry.findtext(f"{_ATOM}title") == "Horizontal Aviation Agreement: Mandated, 15\u00a0January\u00a02004."
    assert entry.findtext(f"{_ATOM}id") == f"urn:uuid:{Notification.objects.get().pk}"
    assert entry.find(f"{_ATOM}link").get("href") == f"http://testserver/agreements/{agreement.reference}/"
    again = program.get(address, headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")

    Agreement.objects.filter(pk=agreement.pk).update(level=Level.SECRET)
    hidden = program.get(address, headers={"if-none-match": answer["ETag"]})
    assert hidden.status_code == 200
    assert b"Aviation" not in hidden.content
    assert ElementTree.fromstring(hidden.content).findall(f"{_ATOM}entry") == []

    signed_in(watcher).post("/account/subscriptions/feed/", {"revoke": "1"})
    assert program.get(address).status_code == 404


def test_a_new_address_ends_the_one_before_and_a_deactivated_person_has_none(watcher):
    first, second = subscriptions.make_feed(watcher), subscriptions.make_feed(watcher)
    client = Client()
    assert client.get(f"/feeds/{first}.atom").status_code == 404
    assert client.get(f"/feeds/{second}.atom").status_code == 200
    watcher.is_active = False
    watcher.save()
    assert client.get(f"/feeds/{second}.atom").status_code == 404
    assert second not in str(list(NotificationWishes.objects.values()))


def test_another_s_notifications_are_not_there(make_agreement, lawyer, watcher, reader):
    agreement = make_agreement()
    watch(watcher, target=agreement)
    step(agreement, lawyer)
    subscriptions.tick()
    (row,) = Notification.objects.all()

    assert signed_in(reader).post(f"/notifications/{row.pk}/read/").status_code == 404
    assert signed_in(watcher).post(f"/notifications/{uuid.uuid4()}/read/").status_code == 404
    assert "Aviation" not in words(signed_in(reader).get("/notifications/"))
    assert person("third").notifications.count() == 0
