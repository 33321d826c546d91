"""Parties as tables spell them: which one is meant, how that is known, and what is left to a person."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements import names
from agreements.tabular.parties import Directory, Known
from tests.shared import DATA, EXAMPLES

WORLD = Directory()
#: Spelled, and which party that is.
SURE = {
    "code": {"KZ": "KZ", "KAZ": "KZ", "kz": "KZ", "USA": "US", "FRG": "DE", "ASEAN": "ASEAN"},
    "name": {
        "Korea (the Republic of)": "KR",
        "Republic of Korea": "KR",
        "Viet Nam": "VN",
        "Côte d'Ivoire": "CI",
        "COTE D'IVOIRE": "CI",
        "Holy See": "VA",
        "Netherlands (the)": "NL",
        "Congo (the Democratic Republic of the)": "CD",
        "Congo, Democratic Republic of the": "CD",
        "Congo": "CG",
        "Tanzania, United Republic of": "TZ",
        "Iran (Islamic Republic of)": "IR",
        "Gambia (The)": "GM",
        "Sao Tome and Principe": "ST",
        "St. Kitts & Nevis": "KN",
        "Lao People's Democratic Republic": "LA",
        "Türkiye": "TR",
        "Germany 3, 4": "DE",
        "Germany [3]": "DE",
        "Germany*": "DE",
        "Germany¹": "DE",
        "Российская Федерация": "RU",
        "Қазақстан": "KZ",
        "European Union": "EU",
        "Serbia": "RS",
    },
    "alias": {
        "United Kingdom of Great Britain and Northern Ireland (the)": "GB",
        "Bolivia (Plurinational State of)": "BO",
        "Netherlands (Kingdom of the)": "NL",
        "Taiwan, Province of China": "TW",
        "Bonaire, Sint Eustatius and Saba": "BQ",
        "Turkey": "TR",
        "Czech Republic": "CZ",
        "U.S.A.": "US",
        "Россия": "RU",
        "Республика Казахстан": "KZ",
        "Қазақстан Республикасы": "KZ",
        "ASEAN (Association of South-East Asian Nations)": "ASEAN",
        "Allemagne": "DE",
        "Estados Unidos": "US",
    },
    "historic": {
        "Swaziland": "SZ",
        "Burma": "MM",
        "Zaire": "CD",
        "Upper Volta": "BF",
        "Dahomey": "BJ",
        "Ceylon": "LK",
        "The former Yugoslav Republic of Macedonia": "MK",
        "Macedonia, the former Yugoslav Republic of": "MK",
        "FYROM": "MK",
        "Cape Verde": "CV",
        "Persia": "IR",
        "Siam": "TH",
        "Western Samoa": "WS",
        "Libyan Arab Jamahiriya": "LY",
        "European Economic Community": "EU",
        "European Communities": "EU",
        "Byelorussian SSR": "BY",
        "Organization of African Unity": "AFR-UNION",
        "European Communities (EC)": "EU",
        "West Germany": "DE",
        "Верхняя Вольта": "BF",
        "Заир": "CD",
        "Цейлон": "LK",
    },
}
#: Spelled, how much is known, and who may be meant.
DOUBTFUL = {
    "USSR": ("historic", "SUHH RU UA BY KZ UZ GE AZ AM MD KG TJ TM EE LV LT"),
    "Союз Советских Социалистических Республик": ("historic", "SUHH RU UA BY KZ UZ GE AZ AM MD KG TJ TM EE LV LT"),
    "КСРО": ("historic", "SUHH RU UA BY KZ UZ GE AZ AM MD KG TJ TM EE LV LT"),
    "Czechoslovakia": ("historic", "CSHH CZ SK"),
    "Yugoslavia": ("historic", "YUCS RS HR SI BA MK ME CSXX"),
    "Socialist Federal Republic of Yugoslavia": ("historic", "YUCS RS HR SI BA MK ME CSXX"),
    "Serbia and Montenegro": ("historic", "CSXX RS ME"),
    "German Democratic Republic": ("historic", "DDDE DE"),
    "Yemen (Democratic)": ("historic", "YDYE YE"),
    "Netherlands Antilles": ("historic", "ANHH NL CW SX BQ"),
    "South Viet Nam": ("historic", "VN"),
    "Rhodesia": ("historic", "ZW"),
    "Kazakh SSR": ("historic", "KZ"),
    "United Arab Republic": ("historic", "EG SY"),
    "BLEU (Belgium-Luxembourg Economic Union)": ("historic", "BE LU"),
    "England": ("historic", "GB"),
    "Таджикская ССР": ("historic", "TJ"),
    "Spain (including Canary Islands)": ("similar", "ES"),
    "Denmark (Greenland)": ("similar", "DK GL"),
    "EC": ("code", "EU EC"),
    "Korea": ("name", "KR KP"),
    "Republic of China": ("name", "CN TW"),
    "Untied States": ("similar", "US"),
    "Kazakstan": ("similar", "KZ"),
    "Казахстн": ("similar", "KZ"),
    "Austia": ("similar", "AT"),
    "Order of Malta": ("none", ""),
    "xyz": ("none", ""),
    "x" * 300: ("none", ""),
    " ": ("none", ""),
}


@pytest.mark.parametrize(
    ("how", "spelled", "code"), [(how, text, code) for how, all_ in SURE.items() for text, code in all_.items()]
)
def test_what_means_one_party_is_sure(how, spelled, code):
    match = WORLD.match(spelled)
    assert (match.code, match.how, match.sure, match.recorded) == (code, how, True, False)


@pytest.mark.parametrize("spelled", DOUBTFUL)
def test_what_does_not_is_for_a_person(spelled):
    how, candidates = DOUBTFUL[spelled]
    match = WORLD.match(spelled)
    assert (match.code, match.how, match.sure) == (None, how, False)
    assert [one.code for one in match.candidates] == candidates.split()


@pytest.mark.parametrize(
    ("spelled", "note"),
    [
        ("Germany 3, 4", "A footnote mark was left out: “3, 4”."),
        ("Swaziland", "“Swaziland” was the name of Eswatini until 18 April 2018."),
        ("Abyssinia", "“Abyssinia” is a former name of Ethiopia."),
        ("Czechoslovakia 2", "“Czechoslovakia” is no more; which party takes its place is for you to say."),
        ("France", ""),
    ],
)
def test_notes(spelled, note):
    assert WORLD.match(spelled).note.replace("\u00a0", " ").startswith(note)


def test_parties_that_are_recorded_come_first():
    """What a ministry calls its partners is what it means, though the world may know the name otherwise."""
    directory = Directory(
        [
            Known("KR", {"en": "Korea", "ru": "Корея"}),
            Known("SUHH", {"en": "USSR"}),
            Known("XYZ", {"en": "Alliance of Lakes"}, aliases=("The Lakes",), historic=("League of Lakes",)),
            Known("ABC", {"en": "Lakes Council"}, aliases=("Lake Body",)),
            Known("ABD", {"en": "Rivers Council"}, aliases=("Lake Body",)),
        ]
    )
    found = {text: directory.match(text) for text in ("Korea", "USSR", "xyz", "The Lakes", "League of Lakes", "France")}
    assert [(match.code, match.how, match.sure, match.recorded) for match in found.values()] == [
        ("KR", "name", True, True),
        ("SUHH", "name", True, True),
        ("XYZ", "code", True, True),
        ("XYZ", "alias", True, True),
        ("XYZ", "historic", True, True),
        ("FR", "name", True, False),
    ]
    both = directory.match("Lake Body")
    assert (both.code, both.sure, [one.code for one in both.candidates]) == (None, False, ["ABC", "ABD"])
    assert [one.code for one in directory.match("Aliance of Lakes").candidates] == ["XYZ"]
    # The Soviet Union is recorded: its other names mean it.
    assert directory.match("Soviet Union").code == "SUHH"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Austria", ["Austria"]),
        ("Austria; Belgium, France", ["Austria", "Belgium", "France"]),
        ("Austria\nBelgium", ["Austria", "Belgium"]),
        ("Austria / Belgium", ["Austria", "Belgium"]),
        ("Austria/Belgium", ["Austria", "Belgium"]),
        ("AUT/BEL/LUX", ["AUT", "BEL", "LUX"]),
        ("KZ, RU, BY", ["KZ", "RU", "BY"]),
        ("KZ RU BY", ["KZ", "RU", "BY"]),
        ("Russia – Kazakhstan", ["Russia", "Kazakhstan"]),
        ("Austria-Chile", ["Austria", "Chile"]),
        ("Guinea-Bissau", ["Guinea-Bissau"]),
        ("Timor-Leste", ["Timor-Leste"]),
        ("1. Austria 2. Belgium", ["Austria", "Belgium"]),
        ("1) Austria\n2) Belgium", ["Austria", "Belgium"]),
        ("Korea, Republic of", ["Korea, Republic of"]),
        ("Bonaire, Sint Eustatius and Saba", ["Bonaire, Sint Eustatius and Saba"]),
        ("Trinidad and Tobago", ["Trinidad and Tobago"]),
        ("Austria, Korea, Republic of, Iran", ["Austria", "Korea, Republic of", "Iran"]),
        ("Congo, Democratic Republic of the; Chile", ["Congo, Democratic Republic of the", "Chile"]),
        ("Austria, Bosnia and Herzegovina and Chile", ["Austria", "Bosnia and Herzegovina", "Chile"]),
        ("Austria, Belgium, and Chile", ["Austria", "Belgium", "Chile"]),
        ("Antigua and Barbuda and Saint Kitts and Nevis", ["Antigua and Barbuda", "Saint Kitts and Nevis"]),
        ("Saint Helena, Ascension and Tristan da Cunha", ["Saint Helena, Ascension and Tristan da Cunha"]),
        ("Казахстан, Россия и Кыргызстан", ["Казахстан", "Россия", "Кыргызстан"]),
        ("Қазақстан мен Өзбекстан", ["Қазақстан", "Өзбекстан"]),
        ("Serbia and Montenegro", ["Serbia and Montenegro"]),
        ("European Union and its Member States", ["European Union", "its Member States"]),
        ("Foo and Bar", ["Foo and Bar"]),
        ("Foo, Bar", ["Foo", "Bar"]),
        ("; ,", []),
    ],
)
def test_lists_in_one_cell(cell, expected):
    assert WORLD.split(cell) == expected


#: Parties that one name means; "China, Macao, China" can be read in two ways.
CODES = [
    party.code
    for party in names.all_known()
    if WORLD.match(party.names["en"]).sure and party.code not in ("HK", "MO", "CN")
]


@given(
    codes=st.lists(st.sampled_from(CODES), min_size=1, max_size=8, unique=True),
    language=st.sampled_from(["en", "ru", "kk"]),
    sign=st.sampled_from(["; ", "\n", ", ", " | "]),
)
@settings(max_examples=EXAMPLES * 2, deadline=None)
def test_any_list_of_parties_is_parted_into_them(codes, language, sign):
    spelled = [names.known(code).names.get(language) or names.known(code).names["en"] for code in codes]
    expected = [WORLD.match(name).code for name in spelled]
    assert [WORLD.match(name).code for name in WORLD.split(sign.join(spelled))] == expected


# ---- the names of the world ----
REFERENCE = DATA / "reference"
needs_reference = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the lists of countries are third-party data and not part of the project"
)


def _spellings():
    codes = {}
    with (REFERENCE / "countries_en_ru_kk.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            codes[row["alpha_3"]] = row["alpha_2"]
            for column in ("alpha_2", "alpha_3", "name_iso_en", "cldr_en", "cldr_ru", "cldr_kk"):
                yield row["alpha_2"], row[column]
    columns = (
        "UNTERM English Short",
        "UNTERM English Formal",
        "official_name_en",
        "UNTERM Russian Short",
        "UNTERM Russian Formal",
        "official_name_ru",
        "CLDR display name",
    )
    with (REFERENCE / "country-codes.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield from ((row["ISO3166-1-Alpha-2"], row[column]) for column in columns)
    for name in ("european-union", "un-regional-groups", "unfccc"):
        with (REFERENCE / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                yield codes.get(row["Code"], "EU"), row["Name"]


@needs_reference
def test_every_name_of_the_reference_lists_is_matched():
    """Names in the genitive, as one list has them, are doubtful; Kazakh has one word for both Congos."""
    spelled = [(code, name) for code, name in _spellings() if name]
    missed = {(code, name, WORLD.match(name).code) for code, name in spelled if WORLD.match(name).code != code}
    assert (len(spelled), len(set(spelled))) == (3445, 1566)
    assert missed == {
        ("AQ", "Антарктике", None),
        ("AX", "Аландских островов", None),
        ("CC", "Кокосовых (Килинг) островов", None),
        ("CD", "Конго", "CG"),
        ("EC", "EC", None),
    }
