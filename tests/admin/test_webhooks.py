"""Webhooks in the administration: who keeps the accounts sees where data goes, and nothing that is its owner's."""

from django.test import Client
from django.urls import reverse

from agreements import webhooks
from agreements.models import User
from tests.admin.forms import text_of

OWN = ("Talks on hushed steel", "/hush-hush", "token=s3cr3t")


def test_of_the_webhooks_of_others_the_system_is_shown_alone(
    as_administrator: Client, as_officer: Client, officer: User
) -> None:
    address = "https://systems.example:8443/hush-hush?token=s3cr3t"
    webhook, _secret = webhooks.create(officer, name=OWN[0], address=address)
    webhooks.ping(webhook, by=officer)
    one = reverse("admin:agreements_webhook_change", args=[webhook.pk])
    pages = {
        "list": reverse("admin:agreements_webhook_changelist"),
        "one": one,
        "deliveries": reverse("admin:agreements_delivery_changelist"),
        "delivery": reverse("admin:agreements_delivery_change", args=[webhook.deliveries.get().pk]),
    }
    for page in pages.values():
        told = text_of(as_administrator.get(page))
        assert "systems.example:8443" in told
        assert "officer" in told
        assert [part for part in OWN if part in told] == []
    assert [part for part in OWN if part in text_of(as_officer.get(one))] == list(OWN)
    for register in ("webhook", "delivery"):
        found = reverse(f"admin:agreements_{register}_changelist")
        assert "0 results" in text_of(as_administrator.get(found, {"q": "hushed"}))
        assert "0 results" in text_of(as_administrator.get(found, {"q": "s3cr3t"}))
