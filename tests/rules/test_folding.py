"""What a search takes for the same: case, accents, Kazakh letters, hyphens, endings; and what it marks."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.folding import MOST_WORDS, Sought, beginning, fold, other_keyboard

ANY = st.text(
    st.one_of(
        st.characters(min_codepoint=0x20, max_codepoint=0x17F),  # Latin
        st.characters(min_codepoint=0x300, max_codepoint=0x36F),  # marks over letters
        st.characters(min_codepoint=0x400, max_codepoint=0x4FF),  # Cyrillic with Kazakh
        st.characters(min_codepoint=0x2010, max_codepoint=0x2040),  # hyphens and quotation marks
        st.characters(),
    )
)
RUSSIAN_KEYS = str.maketrans("қғәңөұүһі", "кганоуухи")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("", ""),
        ("—", ""),
        ("Café São Paulo Łódź", " cafe sao paulo lodz "),
        ("Ёлка ЕЛКА", " елка елка "),
        ("догово\u0301р", " договор "),
        ("Қазақстан Әділет Ғылым Өңір Үкімет Ұлт Һ Іс", " казакстан адилет гылым онир укимет улт х ис "),
        ("AIR-7Q4M", " air 7q4m air7q4m "),
        ("AIR–7Q4M", " air 7q4m air7q4m "),
        ("«Roadmap» (2025‑2026)", " roadmap 2025 2026 20252026 "),
        ("Côte d’Ivoire, O'Neil", " cote divoire oneil "),
        ("COM(2025)154", " com 2025 154 "),
        ("Йод и щука", " йод и щука "),
    ],
)
def test_fold(text, folded):
    assert fold(text) == folded


def test_fold_puts_joined_words_after_all_others():
    assert fold("Deputy minister-ambassador consultations", "", "2024") == (
        " deputy minister ambassador consultations 2024 ministerambassador "
    )


@pytest.mark.parametrize(
    ("word", "begins"),
    [
        ("соглашения", "соглашен"),
        ("соглашениями", "соглашен"),
        ("авиационного", "авиационн"),
        ("дорожной", "дорожн"),
        ("карты", "карт"),
        ("визы", "виз"),
        ("ею", "ею"),
        ("келисимдердин", "келисим"),
        ("жолдын", "жолдын"),
        ("agreements", "agreement"),
        ("treaties", "treat"),
        ("visas", "visa"),
        ("status", "status"),
        ("class", "class"),
        ("basis", "basis"),
        ("7q4m", "7q4m"),
        ("2025", "2025"),
    ],
)
def test_a_word_is_sought_without_its_ending(word, begins):
    assert beginning(word) == begins


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("cafe", "Café"),
        ("CAFÉ", "cafe"),
        ("air7q4m", "AIR-7Q4M"),
        ("air 7q4m", "AIR-7Q4M"),
        ("air-7Q4", "AIR-7Q4M"),
        ("7q4m", "AIR-7Q4M"),
        ("казакстан", "Қазақстан Республикасы"),
        ("Қазақстан", "Казакстан"),
        ("уким", "Үкімет"),
        ("елки", "Ёлка"),
        ("визы", "Соглашение об упрощении визового режима"),
        ("соглашения авиационного", "Горизонтальное авиационное соглашение"),
        ("карта дорож", "Дорожная карта на 2023–2024 годы"),
        ("келісімдері", "Көлденең авиация келісімі"),
        ("agreements", "Visa Facilitation Agreement"),
        ("d’ivoire", "Côte d'Ivoire"),
        ("20232024", "2023–2024"),
    ],
)
def test_what_is_found(typed, title):
    assert Sought.read(typed).finds(fold(title))


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("work", "Framework"),  # within a word
        ("aviation visa", "Horizontal Aviation Agreement"),  # one of two
        ("eu", "Neutral"),
        ("?", "Horizontal Aviation Agreement"),
        ("%", "100 %"),
        ("_", "a_b"),
    ],
)
def test_what_is_not_found(typed, title):
    assert not Sought.read(typed).finds(fold(title))


def test_nothing_sought_finds_everything_and_says_that_it_is_nothing():
    assert Sought.read(" ").finds(fold("Anything"))
    assert not Sought.read(" ")


def test_no_more_than_so_many_words_are_looked_for():
    assert len(Sought.read(" ".join(f"w{number}" for number in range(99))).words) == MOST_WORDS


def test_rank_puts_the_reference_first_then_the_phrase_then_whole_words():
    def rank(typed, *texts):
        return Sought.read(typed).rank(fold(*texts))

    assert rank("air-7q4m", "AIR7Q4M", "AIR-7Q4M", "Aviation") == 0
    assert rank("visa", "Visa") == 0
    assert rank("aviation agreement", "Horizontal Aviation Agreement") == 1
    assert rank("agreement aviation", "Horizontal Aviation Agreement") == 2
    assert rank("agree avia", "Horizontal Aviation Agreement") == 3


@pytest.mark.parametrize(
    ("typed", "text", "found"),
    [
        ("cafe", "The Café of Paris", ["Café"]),
        ("air7q4m", "See AIR-7Q4M.", ["AIR-7Q4M"]),
        ("7q4m", "See AIR-7Q4M.", ["7Q4M"]),
        ("air 7q4m", "AIR-7Q4M", ["AIR", "7Q4M"]),
        ("казакстан", "Қазақстан – ЕО", ["Қазақстан"]),
        ("соглашений", "Соглашение о соглашениях", ["Соглашение", "соглашениях"]),
        ("divoire", "Côte d’Ivoire", ["d’Ivoire"]),
        ("nothing", "Some thing", []),
        ("", "Some thing", []),
    ],
)
def test_marked(typed, text, found):
    assert [piece for piece, mark in Sought.read(typed).marked(text) if mark] == found


@pytest.mark.parametrize(
    ("typed", "meant"), [("fdbfwbz", "авиация"), ("фмшфешщт", "aviation"), ("Rfpf[cnfy", "казахстан"), ("12", "12")]
)
def test_the_other_keyboard(typed, meant):
    assert other_keyboard(typed) == meant


# ---- for any text ----
@given(ANY)
def test_folding_again_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(ANY)
def test_folding_does_not_depend_on_how_accents_are_encoded(text):
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


@given(st.text(st.characters(min_codepoint=0x400, max_codepoint=0x4FF, categories=["Lu", "Ll"])))
def test_folding_knows_no_case_of_cyrillic(text):
    assert fold(text.upper()) == fold(text.lower())


@given(st.text("қғәңөұүһіабвгдежзийклмн -"))
def test_kazakh_letters_are_as_their_look_alikes(text):
    assert fold(text) == fold(text.translate(RUSSIAN_KEYS))


@given(ANY)
def test_a_text_is_found_by_its_own_words(text):
    assert Sought.read(text).finds(fold(text)) or not fold(text)


@given(st.lists(st.text("abcdeжзик", min_size=1), min_size=1, max_size=5), st.randoms())
def test_the_order_of_words_plays_no_part(words, random):
    other = random.sample(words, len(words))
    assert Sought.read(" ".join(other)).finds(fold(" ".join(words)))


@given(ANY, ANY)
def test_marking_loses_no_letter(typed, text):
    assert "".join(piece for piece, _mark in Sought.read(typed).marked(text)) == text


@given(st.text("қғәңөұүһіабвежзиabcde", min_size=1))
def test_a_word_that_finds_a_word_marks_it(word):
    assert Sought.read(word).marked(word) == [(word, True)]


@given(ANY)
def test_a_beginning_begins_its_word(text):
    for word in fold(text).split():
        assert word.startswith(beginning(word))
        assert beginning(word)
