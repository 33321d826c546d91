"""Keys: in the order in which they are made, and read as they are kept."""

import pickle
from copy import copy
from datetime import UTC, datetime
from uuid import RFC_4122, UUID, uuid4

from agreements import keys


def test_keys_stand_in_the_order_in_which_they_are_made():
    before = datetime.now(UTC)
    made = []
    for _number in range(50):
        made.append(keys.fresh())
        for _turn in range(50):  # longer than the smallest part of time that a key tells
            keys.fresh()
    assert made == sorted(made)
    for key in made:
        assert (key.version, key.variant) == (7, RFC_4122)
        told = datetime.fromtimestamp((key.int >> 80) / 1000, UTC)
        assert int(before.timestamp() * 1000) <= told.timestamp() * 1000 <= datetime.now(UTC).timestamp() * 1000


def test_keys_of_one_moment_differ_by_chance(monkeypatch):
    monkeypatch.setattr("agreements.keys.time.time_ns", lambda: 1_735_344_000_123_456_789)
    made = [keys.fresh() for _number in range(1000)]
    assert len(set(made)) == 1000
    assert {key.hex[:16] for key in made} == {made[0].hex[:16]}
    assert all(any(key.int >> bit & 1 for key in made) for bit in range(62))


def test_a_key_is_that_of_its_digits():
    for key in [UUID(int=0), UUID(int=2**128 - 1), keys.fresh(), *(uuid4() for _number in range(20))]:
        told = keys.of_text(key.hex)
        assert (told, hash(told), told.hex, str(told), repr(told)) == (key, hash(key), key.hex, str(key), repr(key))
        assert pickle.loads(pickle.dumps(told)) == copy(told) == key
