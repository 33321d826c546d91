"""Names of parties: whatever people write, the code is the same; what is not clear is asked back."""

import contextlib
import csv
import re
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from agreements import names
from agreements.choices import PartyKind
from agreements.names import BadName
from tests.shared import DATA

REFERENCE = DATA / "reference"
needs_reference = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the reference lists of countries are third-party data and not part of the project"
)
#: Names that stand in the lists and are not read as the lists mean them, with the reason.
UNREAD = {
    "Аландских островов": "a genitive case",
    "Антарктике": "a prepositional case",
    "Кокосовых (Килинг) островов": "a genitive case",
    "Конго": "Kazakh CLDR calls the Democratic Republic so; in the United Nations Конго is the other one",
}


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("code", "written"),
    [
        (
            "KZ",
            "KZ|kaz|Kazakhstan|Kaz\u200bakhstan|Republic of Kazakhstan|Казахстан|РК|Қазақстан|ҚАЗАҚСТАН РЕСПУБЛИКАСЫ|"
            " kazakhstan ",
        ),
        ("MD", "Republic of Moldova|Moldova, Republic of|MOLDOVA (THE REPUBLIC OF)|Республика Молдова"),
        ("BO", "Bolivia (Plurinational State of)|Bolivia, Plurinational State of|Bolivia|Боливия"),
        ("IR", "Iran (Islamic Republic of)|Islamic Republic of Iran|Iran, Islamic Rep. of|IRN|Иран"),
        ("KR", "Korea, Republic of|Republic of Korea|Rep. of Korea|South Korea|Республика Корея|Оңтүстік Корея"),
        ("KP", "Democratic People's Republic of Korea|Korea, Dem. People’s Rep. of|DPRK|КНДР"),
        ("VN", "Viet Nam|Vietnam|Viet-Nam|Вьетнам"),
        ("TR", "Türkiye|Turkiye|Turkey|TÜRKİYE|Турция|Түркия"),
        ("VA", "Holy See|the Holy See|Holy See (Vatican City State)|Святой Престол"),
        ("CI", "Côte d'Ivoire|Cote d’Ivoire|CÔTE D'IVOIRE|Ivory Coast|Кот-д'Ивуар"),
        ("TZ", "United Republic of Tanzania|Tanzania, United Rep. of|Tanzania"),
        ("FM", "Micronesia (Federated States of)|Micronesia, Fed. States of|Micronesia"),
        ("HK", "Hong Kong, China|China, Hong Kong|Hong Kong SAR"),
        ("NL", "Netherlands (Kingdom of the)|Netherlands|The Netherlands|Kingdom of the Netherlands|Netherlands 2"),
        ("MK", "The former Yugoslav Republic of Macedonia|North Macedonia|FYROM"),
        ("CG", "Congo|Congo, Republic of the|Congo - Brazzaville|Congo (Brazzaville)|Конго"),
        ("CD", "Democratic Republic of the Congo|Congo (the Democratic Republic of the)|Zaire|ZRCD|ZAR"),
        ("BA", "Bosnia and Herzegovina|Bosnia & Herzegovina|Bosnia-Herzegovina|Босния и Герцеговина"),
        ("LC", "Saint Lucia|St. Lucia|St Lucia"),
        ("GB", "UK|U.K.|United Kingdom|United Kingdom of Great Britain & Northern Ireland|Великобритания"),
        ("US", "US|U.S.|USA|U.S.A.|United States of America|США|АҚШ"),
        ("DE", "Germany|Germany [1]|Germany 2, 3|Germany*|ФРГ"),
        ("CK", "Cook Islands|Cook Is.|о-ва Кука|Острова Кука"),
        ("MM", "Myanmar|Burma|BUMM|Мьянма (Бирма)"),
        ("EU", "European Union|EU|European Union (EU)|European Community|European Communities|EEC|ЕС|Еуропалық Одақ"),
    ],
)
def test_a_party_is_found_however_it_is_written(code, written):
    assert {name: names.resolve(name) for name in written.split("|")} == dict.fromkeys(written.split("|"), code)


@pytest.mark.parametrize(
    ("code", "written", "until"),
    [
        ("SUHH", "USSR|SU|SUHH|SUN|Soviet Union|Union of Soviet Socialist Republics|СССР", date(1991, 12, 25)),
        ("YUCS", "Yugoslavia|YU|YUCS|YUG|Socialist Federal Republic of Yugoslavia", date(2003, 2, 3)),
        ("CSXX", "Serbia and Montenegro|SCG|Сербия и Черногория", date(2006, 6, 2)),
        ("CSHH", "Czechoslovakia|CSHH|CSK|Чехословакия", date(1992, 12, 31)),
        ("DDDE", "German Democratic Republic|DDR|GDR|DDDE|ГДР", date(1990, 10, 2)),
        ("YDYE", "Democratic Yemen|YMD|Yemen, People's Democratic Republic of", date(1990, 5, 21)),
    ],
)
def test_a_state_that_is_no_more_has_its_own_code(code, written, until):
    assert {names.resolve(name) for name in written.split("|")} == {code}
    party = names.find(code)
    assert (party.code, party.until, party.kind) == (code, until, PartyKind.STATE)


@pytest.mark.parametrize("code", ["EU", "UN", "OAPI", "ARIPO", "BOIP", "EPO", "AFR-UNION", "CIS", "EAEU", "ICC"])
def test_an_organisation_is_one(code):
    party = names.find(code)
    assert (party.code, party.kind) == (code, PartyKind.ORGANISATION)
    assert sorted(party.names) == ["en", "kk", "ru"]
    assert {names.resolve(name) for name in party.names.values()} == {code}


@pytest.mark.parametrize(
    ("written", "sentence", "candidates"),
    [
        (
            "Korea",
            "“Korea” can be several parties: Republic of Korea (KR), Democratic People’s Republic of Korea (KP). "
            "Write which one is meant.",
            ("KR", "KP"),
        ),
        (
            "Virgin Islands",
            "“Virgin Islands” can be several parties: British Virgin Islands (VG), U.S. Virgin Islands (VI). "
            "Write which one is meant.",
            ("VG", "VI"),
        ),
        (
            "Germny",
            "“Germny” is not the name or code of a known party. Perhaps one of these is meant: Germany (DE).",
            ("DE",),
        ),
        ("Atlantis", "“Atlantis” is not the name or code of a known party.", ()),
        ("", "“” is not the name or code of a known party.", ()),
        # A name with another one in brackets must mean one party both times.
        (
            "France (EU)",
            "“France (EU)” is not the name or code of a known party. Perhaps one of these is meant: France (FR).",
            ("FR",),
        ),
    ],
)
def test_what_is_not_clear_is_asked_back(written, sentence, candidates):
    with pytest.raises(BadName) as failure:
        names.resolve(written)
    assert (str(failure.value), failure.value.candidates) == (sentence, candidates)


def test_the_answer_names_parties_in_the_language_of_the_reader():
    with translation.override("ru"), pytest.raises(BadName, match=re.escape("Республика Корея (KR)")):
        names.resolve("Корея")


def test_no_two_parties_share_a_code_or_a_name_unless_it_is_said():
    register = names._register()
    assert {code: found for code, found in register.codes.items() if len(found) > 1} == {}
    several = {name for name, found in register.names.items() if len(found) > 1}
    assert several == {names.key(name) for name in names.tomllib.loads(names._FILE.read_text("utf-8"))["ambiguous"]}


def test_every_party_is_found_by_its_own_names():
    read = {(party.code, name): names.resolve(name) for party in names.all_known() for name in party.names.values()}
    assert read == {pair: pair[0] for pair in read}
    assert all(re.fullmatch(r"[A-Z][A-Z0-9-]{1,11}", party.code) for party in names.all_known())
    assert all(sorted(party.names) == ["en", "kk", "ru"] for party in names.all_known())


def test_members_of_the_union():
    def members(day):
        return {
            party.code
            for party in names.all_known()
            for body, since, until in party.memberships
            if body == "EU" and since <= day and (until is None or day <= until)
        }

    assert [len(members(date(year, 1, 1))) for year in (1958, 1973, 1981, 1986, 1995, 2005, 2007, 2014)] == [
        6, 9, 10, 12, 15, 25, 27, 28,
    ]  # fmt: skip
    assert members(date(2020, 1, 31)) - members(date(2020, 2, 1)) == {"GB"}


@given(st.text(max_size=60))
def test_any_text_is_answered(text):
    party = None
    with contextlib.suppress(BadName):
        party = names.find(text)
    assert party is None or names.known(party.code) is party


# ---- the lists of others ----
def rows(name):
    with (REFERENCE / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@needs_reference
@pytest.mark.parametrize(
    ("name", "code", "columns", "count"),
    [
        ("countries_en_ru_kk.csv", "alpha_2", "alpha_2 alpha_3 name_iso_en cldr_en cldr_ru cldr_kk", 1499),
        (
            "country-codes.csv",
            "ISO3166-1-Alpha-2",
            "ISO3166-1-Alpha-2|ISO3166-1-Alpha-3|CLDR display name|official_name_en|official_name_ru|"
            "UNTERM English Short|UNTERM English Formal|UNTERM Russian Short|UNTERM Russian Formal|"
            "ISO4217-currency_country_name",
            2273,
        ),
    ],
)
def test_every_name_of_the_lists_is_read(name, code, columns, count):
    given = [
        (row[code], row[column])
        for row in rows(name)
        for column in (columns.split("|") if "|" in columns else columns.split())
        if row[column].strip()
    ]
    wrong = {}
    for expected, written in given:
        try:
            found = names.resolve(written)
        except BadName as error:
            found = str(error)
        if found != expected:
            wrong[written] = found
    assert sorted(wrong) == sorted(word for word in UNREAD if word in wrong)
    assert len(given) == count


@needs_reference
def test_members_of_the_union_are_those_of_the_list():
    listed = {names.resolve(row["Code"]): date.fromisoformat(row["Member-Since"]) for row in rows("european-union.csv")}
    ours = {
        party.code: since
        for party in names.all_known()
        for body, since, until in party.memberships
        if body == "EU" and until is None
    }
    assert ours == listed
