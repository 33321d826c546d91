"""How many agreements there are of each kind, in JSON."""

from typing import Any

from rest_framework import serializers

from agreements.api.serializers.base import Reading
from agreements.counts import RECENT, Counts


def _by(what: str) -> serializers.DictField:
    numbers = serializers.IntegerField(min_value=1)
    return serializers.DictField(child=numbers, help_text=f"How many there are by {what}; what is not named has none.")


class CountsSerializer(Reading):
    """How many agreements the reader may see, in all and of each kind, of those that the filters keep."""

    total = serializers.IntegerField(min_value=0)
    overdue = serializers.IntegerField(min_value=0, help_text="With an open task whose last day is past.")
    stuck = serializers.IntegerField(min_value=0, help_text="In their stage for longer than their procedure says.")
    changed = serializers.IntegerField(min_value=0, help_text=f"Changed within the last {RECENT.days} days.")
    stage = _by("stage")
    group = _by("group of stages")
    kind = _by("kind")
    area = _by("area; one in several areas counts in each")
    procedure = _by("procedure")
    lead_unit = _by("lead unit; those without one are in the total only")

    def to_representation(self, instance: Counts) -> dict[str, Any]:
        """Return the numbers by name."""
        return instance._asdict()
