"""Texts in three languages, and folding for search."""

import unicodedata

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from agreements.words import (
    LANGUAGES,
    Worded,
    active_language,
    alphabetical,
    pick,
    searchable,
    sorting,
    translated,
    unfit,
)

ALL = {"en": "treaty", "ru": "договор", "kk": "шарт"}


@pytest.mark.parametrize(
    ("texts", "asked", "worded"),
    [
        (ALL, "en", Worded("treaty", "en")),
        (ALL, "ru", Worded("договор", "ru")),
        (ALL, "kk", Worded("шарт", "kk")),
        ({"en": "treaty", "ru": "договор"}, "kk", Worded("treaty", "en")),
        ({"en": "treaty", "kk": ""}, "kk", Worded("treaty", "en")),
        ({"ru": "договор"}, "kk", Worded("договор", "ru")),
        ({"kk": "шарт"}, "ru", Worded("шарт", "kk")),
        ({"en": "", "ru": "договор", "kk": "шарт"}, "en", Worded("договор", "ru")),
        ({}, "ru", Worded("", "ru")),
        ({"en": "", "ru": "", "kk": ""}, "kk", Worded("", "kk")),
    ],
)
def test_pick_gives_the_text_and_the_language_it_is_in(texts, asked, worded):
    assert pick(texts, asked) == worded


@pytest.mark.parametrize(
    ("text", "ru", "kk", "texts"),
    [
        ("The Ambassador", "Посол", "Елші", ("The Ambassador", "Посол", "Елші")),
        ("The Ambassador", "", "", ("The Ambassador", "", "")),
        ("Посол", "", "Елші", ("", "Посол", "Елші")),
        ("Посол", "Посол ЕС", "", ("", "Посол ЕС", "")),
        ("Елші", "Посол", "", ("", "Посол", "Елші")),
        ("2024–25", "", "", ("2024–25", "2024–25", "2024–25")),
        ("", "Посол", "", ("", "Посол", "")),
        ("", "", "", ("", "", "")),
    ],
)
def test_a_text_stands_in_the_language_it_is_written_in_beside_its_translations(text, ru, kk, texts):
    assert translated(text, ru=ru, kk=kk) == dict(zip(LANGUAGES, texts, strict=True))


@pytest.mark.parametrize(("active", "text"), [("en", "treaty"), ("ru", "договор"), ("kk", "шарт"), ("de", "treaty")])
def test_pick_follows_the_reader(active, text):
    with translation.override(active):
        assert str(pick(ALL)) == text


@pytest.mark.parametrize(
    ("active", "language"),
    [("en", "en"), ("ru", "ru"), ("kk", "kk"), ("en-gb", "en"), ("ru-ru", "ru"), ("de", "en"), (None, "en")],
)
def test_active_language_is_one_of_three(active, language):
    with translation.override(active):
        assert active_language() == language


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Roadmap 2025-2026", "roadmap 2025-2026"),
        ("Café São Paulo Łódź", "cafe sao paulo łodz"),
        ("Đà Nẵng", "đa nang"),
        ("İstanbul", "istanbul"),
        ("m\u0304", "m"),
        ("straße", "strasse"),
        ("Ёлка", "елка"),
        ("Е\u0308лка", "елка"),
        ("Йод и Їжак", "йод и їжак"),
        ("Қазақстан Әділет Ғылым Өңір Үкімет Ұлт Һ Іс", "қазақстан әділет ғылым өңір үкімет ұлт һ іс"),
        ("ﬁnal ＡＢＣ ½", "final abc 1⁄2"),
        ("", ""),
    ],
)
def test_searchable_folds_case_and_latin_accents_only(text, folded):
    assert searchable(text) == folded


def test_searchable_joins_what_is_there():
    assert searchable("A", "", "Б") == "a б"


LETTERS = st.text(
    st.one_of(
        st.characters(min_codepoint=0x20, max_codepoint=0x17F),  # Latin
        st.characters(min_codepoint=0x300, max_codepoint=0x36F),  # combining marks
        st.characters(min_codepoint=0x400, max_codepoint=0x4FF),  # Cyrillic with Kazakh
    )
)


@given(LETTERS)
def test_searchable_again_changes_nothing(text):
    assert searchable(searchable(text)) == searchable(text)


@given(LETTERS)
def test_searchable_does_not_depend_on_how_accents_are_encoded(text):
    composed, apart = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert searchable(composed) == searchable(apart)


@given(st.text(st.characters(min_codepoint=0x400, max_codepoint=0x4FF, categories=["Lu", "Ll"])))
def test_searchable_finds_either_case_of_cyrillic(text):
    assert searchable(text.upper()) == searchable(text.lower())


@given(st.dictionaries(st.sampled_from(LANGUAGES), st.sampled_from(["", "a", "b"])), st.sampled_from(LANGUAGES))
def test_pick_finds_a_text_whenever_there_is_one(texts, asked):
    found = pick(texts, asked)
    assert bool(found.text) == any(texts.values())
    assert texts.get(found.language, "") == found.text


# ---- the alphabet ----
@pytest.mark.parametrize(
    ("language", "ordered"),
    [
        ("en", ["Åland Islands", "Albania", "Côte d’Ivoire", "Cote Zoo", "Czechia", "“EU”", "Әзербайжан", "Новая"]),
        ("ru", ["2 этапа", "Австрия", "Европа", "Ёлка", "Ель", "Жизнь", "Италия", "Йемен", "Кипр", "Я", "Austria"]),
        ("kk", ["Австрия", "Әзербайжан", "Беларусь", "Ғана", "Дания", "Индия", "Йемен", "Кипр", "Қазақстан", "Латвия",
                "Нидерланд", "Ңу", "Оман", "Өзбекстан", "Польша", "Украина", "Ұлт", "Үндістан", "Франция", "Хорватия",
                "Һонду", "Чехия", "Ыстық", "Ірі", "Эстония", "Austria"]),
    ],
)  # fmt: skip
def test_names_stand_in_the_order_of_the_alphabet(language, ordered):
    assert sorted(set(ordered), key=lambda name: alphabetical(name, language)) == ordered


def test_the_order_is_that_of_the_reader():
    names = ["Austria", "Албания"]
    with translation.override("en"):
        assert sorted(names, key=alphabetical) == names
    with translation.override("kk"):
        assert sorted(names, key=alphabetical) == names[::-1]


@given(st.text(), st.text())
def test_two_names_share_a_place_only_where_they_are_one(one, other):
    alike = alphabetical(one, "kk") == alphabetical(other, "kk")

    assert alike == (unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other))


_TITLES = st.text(st.sampled_from(" -–«»“”.,'№5²aZÄßiıеЕёЁйИӘәҚІһ\u00a0本")) | st.text()


@given(st.lists(_TITLES), st.sampled_from(["en", "ru", "kk"]))
def test_the_quick_key_sorts_as_the_other_does(texts, language):
    with translation.override(language):
        assert sorted(texts, key=sorting) == sorted(texts, key=alphabetical)


# ---- what cannot be kept ----
TURNING = [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))]
NOT_TEXT = [
    *map(chr, range(0x00, 0x09)),
    "\x0b",
    "\x0c",
    *map(chr, range(0x0E, 0x20)),
    "\x7f",
    "\x9f",
    "\ud800",
    "\udfff",
]


@pytest.mark.parametrize("lines", [True, False])
def test_what_turns_the_direction_and_control_characters_are_in_no_text(lines: bool) -> None:
    for letter in TURNING:
        fault = unfit(f"a{letter}b", lines=lines)
        assert fault is not None
        assert (fault.code, fault.found) == ("turns-direction", f"U+{ord(letter):04X}")
    for letter in NOT_TEXT:
        fault = unfit(f"a{letter}b", lines=lines)
        assert fault is not None
        assert fault.found == f"U+{ord(letter):04X}"
        assert fault.code == ("line-break" if not lines and letter in "\x0b\x0c" else "not-text")


def test_a_name_stands_in_one_line_and_a_text_in_several() -> None:
    for letter, code in (("\n", "line-break"), ("\r", "line-break"), ("\u2028", "line-break"), ("\t", "not-text")):
        assert unfit(f"a{letter}b") is None
        fault = unfit(f"a{letter}b", lines=False)
        assert fault is not None
        assert fault.code == code


def test_all_that_people_read_can_be_kept() -> None:
    for text in (
        "",
        "Қазақстан – ЕО: «№ 7»",
        "a\u00a0b\u00adc",
        "\u200eעברית\u200f",
        "é e\u0301",
        "😀\u200d",
        "\ufeff",
        "İ",
    ):
        assert unfit(text, lines=False) is unfit(text) is None
