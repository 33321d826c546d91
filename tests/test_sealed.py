"""Seals and names: what only Pacta reads."""

import pytest

from agreements import sealed


def test_a_name_is_always_the_same_and_is_for_one_purpose(settings):
    name = sealed.name("17", purpose="events")
    assert sealed.name("17", purpose="events") == name
    assert sealed.named(name, purpose="events") == "17"
    assert sealed.name("18", purpose="events") != name
    assert sealed.name("17", purpose="answers") != name
    spoilt = ("A" if name[0] != "A" else "Q") + name[1:]
    for text, purpose in (
        (name, "answers"),
        (spoilt, "events"),
        (name[:-1], "events"),
        ("Қ", "events"),
    ):
        with pytest.raises(sealed.Unreadable):
            sealed.named(text, purpose=purpose)

    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another" * 10
    assert sealed.named(name, purpose="events") == "17"
    assert sealed.name("17", purpose="events") != name
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(sealed.Unreadable):
        sealed.named(name, purpose="events")
