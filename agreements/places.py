"""Places as people name them: well-known cities in the reader's language, anything else as it was written. Pure.

Most names are those of the Unicode CLDR (the cities that time zones are named after), through Babel; those it lacks
stand here.
"""

from collections.abc import Mapping
from functools import cache

from babel import Locale

from agreements.words import LANGUAGES, active_language

#: Cities that no time zone is named after, and names that Kazakhstan writes otherwise: English, Russian, Kazakh.
_MORE = (
    ("Astana", "Астана", "Астана"),
    ("Nur-Sultan", "Нур-Султан", "Нұр-Сұлтан"),
    ("Strasbourg", "Страсбург", "Страсбург"),
    ("Geneva", "Женева", "Женева"),
    ("The Hague", "Гаага", "Гаага"),
    ("Washington", "Вашингтон", "Вашингтон"),
    ("Beijing", "Пекин", "Бейжің"),
    ("Ankara", "Анкара", "Анкара"),
    ("Ashgabat", "Ашхабад", "Ашғабат"),
    ("Aktau", "Актау", "Ақтау"),
    ("Turkistan", "Туркестан", "Түркістан"),
    ("Sharm el-Sheikh", "Шарм-эш-Шейх", "Шарм-эш-Шейх"),
)


def place_words(place: str, language: str | None = None) -> str:
    """Return the name of a place in a language, the reader's by default; what is not known stays as it was written."""
    found = _cities().get(place.strip().casefold())
    return found.get(language or active_language(), place) if found else place


@cache
def _cities() -> Mapping[str, Mapping[str, str]]:
    """Return cities by their name in any of the languages, each with its names by language."""
    cities = [dict(zip(LANGUAGES, names, strict=True)) for names in _MORE]
    zones = {language: Locale(language).time_zones for language in LANGUAGES}
    for key in zones["kk"]:
        zone = str(key)
        if "/" not in zone or zone.startswith("Etc/"):
            continue
        plain = zone.rsplit("/", 1)[1].replace("_", " ")
        names = {language: zones[language].get(zone, {}).get("city") for language in LANGUAGES}
        if names["ru"] and names["kk"]:
            cities.append({"en": names["en"] or plain, "ru": names["ru"], "kk": names["kk"]})
    # The first counts: a name that two cities share in one language is that of the one listed before.
    found: dict[str, Mapping[str, str]] = {}
    for names in cities:
        for name in names.values():
            found.setdefault(name.casefold(), names)
    return found
