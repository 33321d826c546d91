"""What needs attention in JSON: findings, the same that pages and reports tell."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from rest_framework import serializers

from agreements.api.fields import Choice, Texts, When
from agreements.api.serializers.base import Address, Reading
from agreements.attention import QUALITY, Review
from agreements.choices import FindingKind, Strength
from agreements.findings import Finding


class FindingSerializer(Reading):
    """One thing that needs attention."""

    kind = Choice(FindingKind)
    kind_label = serializers.CharField(help_text="In the reader’s language.")
    strength = Choice(Strength)
    strength_label = serializers.CharField(help_text="In the reader’s language.")
    quality = serializers.BooleanField(help_text="Whether it is about the quality of the record.")
    agreement = serializers.CharField(help_text="The reference.")
    title = Texts(help_text="The short title of the agreement.")
    sentence = serializers.CharField(help_text="In the reader’s language.")
    day = When(allow_null=True, help_text="Since when, or until when.")
    days = serializers.IntegerField(allow_null=True, help_text="For how many days, or how many are left.")
    other = serializers.CharField(allow_null=True, help_text="The reference of the other agreement that it is about.")
    task = serializers.UUIDField(allow_null=True, help_text="The task that it is about.")
    url = Address("agreement", "agreement")


def told(findings: Iterable[Finding], found: Review) -> list[Any]:
    """Return findings as `FindingSerializer` reads them, each with the key by which it stands in their order."""
    return [
        SimpleNamespace(
            key=key_of(one),
            kind=one.code,
            kind_label=str(FindingKind(one.code).label),
            strength=one.strength,
            strength_label=str(Strength(one.strength).label),
            quality=one.code in QUALITY,
            agreement=one.reference,
            title=found.titles[one.reference],
            sentence=one.sentence,
            day=one.day,
            days=one.days,
            other=one.other or None,
            task=one.task,
        )
        for one in findings
    ]


def key_of(found: Finding) -> list[str]:
    """Return the order of a finding as texts, which stand in the same order."""
    strength, day, *more = found.order
    return [str(strength), day.isoformat(), *more]
