"""Places in the reader's language."""

import pytest
from django.utils import translation

from agreements.places import place_words


@pytest.mark.parametrize(
    ("written", "en", "ru", "kk"),
    [
        ("Brussels", "Brussels", "Брюссель", "Брюссель"),
        ("Luxembourg", "Luxembourg", "Люксембург", "Люксембург"),
        ("Astana", "Astana", "Астана", "Астана"),
        ("Алматы", "Almaty", "Алматы", "Алматы"),
        ("Ashgabat", "Ashgabat", "Ашхабад", "Ашғабат"),
        (" sharm el-sheikh ", "Sharm el-Sheikh", "Шарм-эш-Шейх", "Шарм-эш-Шейх"),
        ("Вашингтон", "Washington", "Вашингтон", "Вашингтон"),
        ("Kyiv", "Kyiv", "Киев", "Киев"),
        (
            "Palais des Nations, Geneva",
            "Palais des Nations, Geneva",
            "Palais des Nations, Geneva",
            "Palais des Nations, Geneva",
        ),
        ("UTC", "UTC", "UTC", "UTC"),
        ("", "", "", ""),
    ],
)
def test_a_known_city_is_named_in_the_language_and_the_rest_stays(written: str, en: str, ru: str, kk: str) -> None:
    assert [place_words(written, language) for language in ("en", "ru", "kk")] == [en, ru, kk]
    with translation.override("kk"):
        assert place_words(written) == kk
