"""JSON is written as the framework writes it, byte by byte."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils.functional import lazystr
from django.utils.safestring import mark_safe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.serializer_helpers import ReturnDict, ReturnList

from agreements.api.rendering import Json
from agreements.choices import Stage

_VALUES = st.none() | st.booleans() | st.integers() | st.text()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a machine may be busy
@given(st.recursive(_VALUES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20))
def test_whatever_is_told_is_written_in_the_same_bytes(told):
    assert Json().render(told) == JSONRenderer().render(told)


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {Stage.SIGNED: Stage.IN_FORCE, 1: "one"},
        {"in": [2**64 - 1, -(2**63)], "beyond": [2**64, -(2**63) - 1]},
        datetime(2024, 12, 28, 10, 0, 0, 123456, tzinfo=UTC),
        datetime(2024, 12, 28, 10, 0),
        [date(2024, 12, 28), time(10, 30), timedelta(hours=1), Decimal("1.50"), UUID(int=7)],
        [
            lazystr("Подписано"),
            mark_safe("<b>қол қойылды</b>"),
            b"bytes",
            (1, 2),
            "a\u2028b\u2029c",
            '"\\/\x00\x1f\x7f',
        ],
        ReturnDict({"a": ReturnList([1], serializer=None)}, serializer=None),
        (number for number in range(3)),
    ],
)
def test_values_of_every_kind_are_written_in_the_same_bytes(value):
    values = list(value) if hasattr(value, "send") else None
    assert Json().render(iter(values) if values else value) == JSONRenderer().render(iter(values) if values else value)


def test_who_asks_for_it_reads_it_indented():
    assert Json().render({"a": [1]}, "application/json; indent=2") == b'{\n  "a": [\n    1\n  ]\n}'


@pytest.mark.parametrize(("value", "error"), [("\ud800", UnicodeEncodeError), (object(), TypeError)])
def test_what_has_no_form_in_json_is_an_error(value, error):
    with pytest.raises(error):
        Json().render(value)
