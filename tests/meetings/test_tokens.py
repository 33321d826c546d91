"""The secrets of feeds: told once, kept as digests, in no log; and the doors that they open or do not."""

import hashlib
import io
import logging
import logging.config
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib import admin
from django.core import serializers
from django.test import Client
from django.urls import reverse

from agreements import feeds
from agreements.feeds.tokens import MOST
from agreements.models import FeedToken
from tests.meetings.conftest import refusal


@pytest.fixture
def feed(officer):
    """A feed of the desk officer, with its secret."""
    made, secret = feeds.create(officer, name="Desk", language="ru")
    made.address = reverse("calendar-feed", args=[secret])
    made.secret = secret
    return made


def status(feed, client=None, **headers):
    return (client or Client()).get(feed.address, headers=headers).status_code


def test_only_the_digest_of_a_secret_is_kept(feed):
    kept = FeedToken.objects.get()

    assert len(feed.secret) == 43  # 256 bits
    assert kept.digest == hashlib.sha256(feed.secret.encode()).hexdigest()
    assert feed.secret not in serializers.serialize("json", [kept])
    assert feeds.create(kept.user, name="Other", language="en")[1] != feed.secret


def test_the_administration_knows_no_feeds():
    assert FeedToken not in admin.site._registry


def test_a_feed_is_read_without_signing_in_and_by_anybody_who_knows_it(feed, reader):
    other = Client()
    other.force_login(reader)

    assert status(feed) == status(feed, other) == 200
    assert "Set-Cookie" not in Client().get(feed.address).headers


@pytest.mark.parametrize("secret", ["x", "A" * 43, "../" * 3, "%00", "Ққ", "A" * 4000])
def test_an_unknown_secret_finds_nothing(feed, secret):
    assert Client().get(f"/calendar/{secret}.ics").status_code == 404


def test_a_revoked_feed_finds_nothing(feed):
    revoked = feeds.revoke(feed)
    first = revoked.revoked_at

    assert status(feed) == 404
    assert feeds.revoke(revoked).revoked_at == first


def test_a_feed_ends_with_its_last_day(officer):
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False):
        _made, secret = feeds.create(officer, name="Desk", language="en", until=date(2026, 3, 31))
    address = reverse("calendar-feed", args=[secret])

    def found(moment: datetime) -> int:
        with time_machine.travel(moment, tick=False):
            return Client().get(address).status_code

    # The ministry's day ends at 19:00 UTC.
    assert found(datetime(2026, 3, 31, 18, 59, 59, tzinfo=UTC)) == 200
    assert found(datetime(2026, 3, 31, 19, 0, 0, tzinfo=UTC)) == 404


def test_a_deactivated_user_has_no_feed(feed, officer):
    officer.is_active = False
    officer.save()

    assert status(feed) == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_feed_is_only_read(feed, method):
    assert getattr(Client(), method)(feed.address).status_code == 405


# ---- asking again ----
def test_what_is_there_already_is_not_sent_again(feed, arrange):
    first = Client().get(feed.address)
    tags = {"If-None-Match": first["ETag"]}
    times = {"If-Modified-Since": first["Last-Modified"]}

    for headers in (tags, times, tags | times):
        again = Client().get(feed.address, headers=headers)
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert first["Cache-Control"] == "private, no-cache"
    assert Client().head(feed.address).content == b""
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=1)):
        arrange()
        assert status(feed, **tags) == status(feed, **times) == 200


def test_last_modified_tells_of_what_has_left_the_feed(feed, make_agreement, lawyer):
    agreement = make_agreement(columns={"valid_until": date(2026, 1, 1)})
    first = Client().get(feed.address)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1)):
        type(agreement).objects.filter(pk=agreement.pk).update(is_void=True)
        again = Client().get(feed.address, headers={"If-Modified-Since": first["Last-Modified"]})

    assert again.status_code == 200
    assert b"VEVENT" not in again.content


def test_that_it_was_read_is_kept_to_the_hour(feed):
    def used(minutes: int) -> datetime | None:
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            Client().get(feed.address)
        return FeedToken.objects.get().last_used_at

    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert [used(minutes) for minutes in (0, 59, 60)] == [start, start, start + timedelta(hours=1)]


# ---- making ----
def test_what_a_feed_cannot_be(officer, council):
    told = refusal(
        lambda: feeds.create(officer, name=" ", language="fr", until=date(2020, 1, 1), filters={"format": "tea"})
    )

    assert told == [
        ("name-missing", "Give the feed a name by which you know it."),
        ("language-unknown", "“fr” is not known. Use one of: en, ru, kk."),
        ("until-past", "The last day of the feed is past."),
        ("filter-unknown", "“tea” is not known. Use one of: council."),
    ]


def test_nobody_has_feeds_without_number(officer):
    made = [feeds.create(officer, name=str(number), language="en")[0] for number in range(MOST)]

    assert refusal(lambda: feeds.create(officer, name="one more", language="en")) == [
        ("feeds-many", "You have 20 feeds in use. Revoke one that you no longer need.")
    ]
    feeds.revoke(made[0])
    assert feeds.create(officer, name="one more", language="en")[0].name == "one more"


# ---- the logs ----
def test_no_log_holds_a_secret(feed):
    """The settings' own handlers and filters, with a stream that we can read."""
    said = io.StringIO()
    config = {**settings.LOGGING, "root": {**settings.LOGGING["root"], "level": "DEBUG"}}
    try:
        logging.config.dictConfig(config)
        handlers = [*logging.getLogger().handlers, *logging.getLogger("django.server").handlers]
        for handler in handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.setStream(said)
        feeds.revoke(feed)
        assert status(feed) == 404
        logging.getLogger("django.server").info('"%s" %s %s', f"GET {feed.address} HTTP/1.1", 200, 5)
        logging.getLogger("elsewhere").warning("asked for %s", feed.address)
    finally:
        logging.config.dictConfig(settings.LOGGING)

    assert feed.secret not in said.getvalue()
    assert said.getvalue().count("/calendar/….ics") == 3
    assert "Not Found: /calendar/….ics" in said.getvalue()
