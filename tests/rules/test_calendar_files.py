"""Calendar files: what is read, what is refused and with which words, and which folder they come from."""

import hashlib

import pytest

from agreements.calendars import BadCalendar, Note, Why, from_text, load, parse
from tests.rules.calendar_files import CHAMBER, OFFICE

WEEKDAYS = "monday, tuesday, wednesday, thursday, friday, saturday, sunday"
OFFICE_KEYS = "code, kind, title, source, known_from, known_until, decisions, weekend, holidays, movable"
CHAMBER_KEYS = "code, kind, title, source, known_from, known_until, decisions, sittings"
MAY_DAY = 'name = { en = "May Day", ru = "Первомай", kk = "Бірінші мамыр" }\nmoves = true'

#: What is changed in OFFICE, into what, and the complaint that follows.
BROKEN_OFFICE = [
    # keys that are not known, at each level
    ('code = "office"', 'code = "office"\ncolour = 1', f"colour: is not a key here. Use one of: {OFFICE_KEYS}."),
    ('code = "office"', 'code = "office"\nsittings = []', f"sittings: is not a key here. Use one of: {OFFICE_KEYS}."),
    (
        MAY_DAY,
        f"{MAY_DAY}\nmove = true",
        "holidays[0].move: is not a key here. Use one of: day, name, from, until, moves.",
    ),
    (
        "days = [2024-06-16, 2025-06-06]",
        'days = [2024-06-16, 2025-06-06]\nday = "06-16"',
        "movable[0].day: is not a key here. Use one of: name, days, from, until, moves.",
    ),
    (
        "working = [2025-05-04]",
        "sitting = [2025-05-04]",
        "decisions[0].sitting: is not a key here. Use one of: off, working, name, source.",
    ),
    ('kk = "Мекеме"', 'kk = "Мекеме"\nde = "Amt"', "title.de: is not a key here. Use one of: en, ru, kk."),
    # keys that are missing
    ('code = "office"\n', "", "code: is missing."),
    ('kind = "working"\n', "", "kind: is missing."),
    ("known_from = 2024-01-01\n", "", "known_from: is missing."),
    ("known_until = 2025-12-31\n", "", "known_until: is missing."),
    ('weekend = ["saturday", "sunday"]\n', "", "weekend: is missing."),
    ('[title]\nen = "Office"\nru = "Учреждение"\nkk = "Мекеме"\n', "", "title: is missing."),
    ('[source]\nen = "Rule 1"\nru = "Правило 1"\nkk = "1-қағида"\n', "", "source: is missing."),
    ('day = "05-01"\n', "", "holidays[0].day: is missing."),
    (MAY_DAY, "moves = true", "holidays[0].name: is missing."),
    (MAY_DAY, MAY_DAY.replace("moves = true", ""), "holidays[0].moves: is missing."),
    ("days = [2024-06-16, 2025-06-06]\n", "", "movable[0].days: is missing."),
    (
        'source = { en = "Order 5", ru = "Приказ 5", kk = "5-бұйрық" }\n',
        "",
        "decisions[0].source: is missing.",
    ),
    (
        "off = [2025-05-02]\nworking = [2025-05-04]\n",
        "",
        "decisions[0]: must name days: off, working, or both.",
    ),
    # values of the wrong type, or empty
    ('code = "office"', "code = 7", "code: must be a text, not 7."),
    ('code = "office"', 'code = " "', "code: is empty."),
    ('kind = "working"', 'kind = "business"', "kind: 'business' is not known. Use one of: working, sitting."),
    (
        "known_from = 2024-01-01",
        'known_from = "2024-01-01"',
        "known_from: must be a day such as 2025-01-31, without quotes, not '2024-01-01'.",
    ),
    (
        "known_from = 2024-01-01",
        "known_from = 2024-01-01T09:00:00",
        "known_from: must be a day such as 2025-01-31, without quotes, not 2024-01-01T09:00:00.",
    ),
    (
        "known_from = 2024-01-01",
        "known_from = 2024",
        "known_from: must be a day such as 2025-01-31, without quotes, not 2024.",
    ),
    ('weekend = ["saturday", "sunday"]', 'weekend = "sunday"', "weekend: must be a list, not 'sunday'."),
    ('weekend = ["saturday", "sunday"]', "weekend = []", "weekend: is empty."),
    (
        'weekend = ["saturday", "sunday"]',
        'weekend = ["saturday", "Sunday"]',
        f"weekend[1]: 'Sunday' is not known. Use one of: {WEEKDAYS}.",
    ),
    ('weekend = ["saturday", "sunday"]', "weekend = [6]", f"weekend[0]: 6 is not known. Use one of: {WEEKDAYS}."),
    (
        'weekend = ["saturday", "sunday"]',
        f"weekend = {WEEKDAYS.split(', ')}",
        "weekend: leaves no day of the week to work.",
    ),
    (
        '[title]\nen = "Office"\nru = "Учреждение"\nkk = "Мекеме"\n',
        "[title]\n",
        "title.en: is missing. Give the text in en, ru and kk.",
    ),
    ('en = "Rule 1"', "en = 1", "source.en: is missing. Give the text in en, ru and kk."),
    (', ru = "Первомай"', "", "holidays[0].name.ru: is missing. Give the text in en, ru and kk."),
    (', kk = "Мереке"', "", "movable[0].name.kk: is missing. Give the text in en, ru and kk."),
    (', kk = "Ұзақ демалыс"', "", "decisions[0].name.kk: is missing. Give the text in en, ru and kk."),
    (', kk = "5-бұйрық"', "", "decisions[0].source.kk: is missing. Give the text in en, ru and kk."),
    (
        'name = { en = "Long weekend", ru = "Длинные выходные", kk = "Ұзақ демалыс" }',
        'name = "Long weekend"',
        "decisions[0].name: must be a table with the text in en, ru and kk, not 'Long weekend'.",
    ),
    (MAY_DAY, MAY_DAY.replace("true", '"yes"'), "holidays[0].moves: must be true or false, not 'yes'."),
    ("until = 2024", 'until = "2024"', "holidays[1].until: must be a whole number, not '2024'."),
    ("until = 2024", "until = true", "holidays[1].until: must be a whole number, not True."),
    ("until = 2024", "until = 24", "holidays[1].until: must be a year from 1900 to 2999, not 24."),
    ("from = 2025", "from = 20250", "holidays[2].from: must be a year from 1900 to 2999, not 20250."),
    ("days = [2024-06-16, 2025-06-06]", "days = []", "movable[0].days: is empty."),
    ("days = [2024-06-16, 2025-06-06]", "days = 2024-06-16", "movable[0].days: must be a list, not 2024-06-16."),
    (
        "days = [2024-06-16, 2025-06-06]",
        'days = [2024-06-16, "06-06"]',
        "movable[0].days[1]: must be a day such as 2025-01-31, without quotes, not '06-06'.",
    ),
    ("off = [2025-05-02]", "off = []", "decisions[0].off: is empty."),
    # days that there are not
    ('day = "05-01"', "day = 2024-05-01", "holidays[0].day: must be a text, not 2024-05-01."),
    ('day = "05-01"', 'day = "5-1"', """holidays[0].day: must be a month and a day such as "03-21", not '5-1'."""),
    ('day = "05-01"', 'day = "02-30"', """holidays[0].day: must be a month and a day such as "03-21", not '02-30'."""),
    ('day = "05-01"', 'day = "13-01"', """holidays[0].day: must be a month and a day such as "03-21", not '13-01'."""),
    # what does not fit together
    ("known_until = 2025-12-31", "known_until = 2023-12-31", "known_until: is before known_from (2024-01-01)."),
    ("known_until = 2025-12-31", "known_until = 2124-12-31", "known_until: is more than 100 years after known_from."),
    (
        "known_from = 2024-01-01",
        "known_from = 1899-12-31",
        "known_from: must be a day of the years 1900 to 2999, not 1899-12-31.",
    ),
    ("until = 2024", "until = 2025", "holidays[2].day: 09-01 stands in holidays[1] already, for the same years."),
    (
        MAY_DAY,
        f"{MAY_DAY}\nfrom = 2025\nuntil = 2024",
        "holidays[0].until: is before from (2025).",
    ),
    (
        "days = [2024-06-16, 2025-06-06]",
        "days = [2024-06-16]",
        "movable[0].days: names no day in 2025. Add it, or fill in fewer years.",
    ),
    (
        "days = [2024-06-16, 2025-06-06]",
        "days = [2024-06-16, 2025-06-06]\nfrom = 2025",
        "movable[0].days[0]: 2024-06-16 is not in the years of from and until.",
    ),
    (
        "days = [2024-06-16, 2025-06-06]",
        "days = [2024-06-16, 2025-06-06, 2026-05-27]",
        "movable[0].days[2]: 2026-05-27 is outside the days from known_from to known_until (2024-01-01 to 2025-12-31). "
        "Fill in more days, or leave it out.",
    ),
    (
        "days = [2024-06-16, 2025-06-06]",
        "days = [2024-06-16, 2025-06-06, 2024-06-16]",
        "movable[0].days[2]: 2024-06-16 stands there twice.",
    ),
    (
        "off = [2025-05-02]",
        "off = [2026-05-08]",
        "decisions[0].off[0]: 2026-05-08 is outside the days from known_from to known_until (2024-01-01 to "
        "2025-12-31). Fill in more days, or leave it out.",
    ),
    (
        "off = [2025-05-02]",
        "off = [2025-05-03]",
        "decisions[0].off[0]: 2025-05-03 is no working day anyway: leave it out.",
    ),
    (
        "off = [2025-05-02]",
        "off = [2025-05-01]",
        "decisions[0].off[0]: 2025-05-01 is no working day anyway: leave it out.",
    ),
    (
        "off = [2025-05-02]",
        "off = [2025-06-06]",
        "decisions[0].off[0]: 2025-06-06 is no working day anyway: leave it out.",
    ),
    (
        "working = [2025-05-04]",
        "working = [2025-05-05]",
        "decisions[0].working[0]: 2025-05-05 is a working day anyway: leave it out.",
    ),
    (
        "working = [2025-05-04]",
        "working = [2025-05-02]",
        "decisions[0].working[0]: 2025-05-02 stands in the decisions twice.",
    ),
]

#: What is changed in CHAMBER, into what, and the complaint that follows.
BROKEN_CHAMBER = [
    (
        'kind = "sitting"',
        'kind = "sitting"\nweekend = ["sunday"]',
        f"weekend: is not a key here. Use one of: {CHAMBER_KEYS}.",
    ),
    (
        "until = 2025-03-20\n",
        'until = 2025-03-20\nday = "tuesday"\n',
        "sittings[0].day: is not a key here. Use one of: from, until, weekdays, days, name.",
    ),
    (
        "days = [2025-06-24, 2025-06-25, 2025-06-26]",
        "days = [2025-06-24]\nuntil = 2025-06-25",
        "sittings[2].until: is not a key here. Use one of: days, name.",
    ),
    (
        "sitting = [2025-03-24]",
        "working = [2025-03-24]",
        "decisions[0].working: is not a key here. Use one of: off, sitting, name, source.",
    ),
    ("from = 2025-01-14\n", "", "sittings[0].from: is missing."),
    ("until = 2025-03-20\n", "", "sittings[0].until: is missing."),
    ("until = 2025-03-20\nweekdays", "until = 2025-03-20\n# weekdays", "sittings[0].weekdays: is missing."),
    (
        "days = [2025-06-24, 2025-06-25, 2025-06-26]",
        "days = []",
        "sittings[2].days: is empty.",
    ),
    (
        'ru = "Зимняя сессия", ',
        "",
        "sittings[0].name.ru: is missing. Give the text in en, ru and kk.",
    ),
    ("until = 2025-03-20", "until = 2025-01-13", "sittings[0].until: is before from (2025-01-14)."),
    (
        "until = 2025-03-20",
        "until = 2025-07-20",
        "sittings[0].until: 2025-07-20 is outside the days from known_from to known_until (2025-01-01 to 2025-06-30). "
        "Fill in more days, or leave it out.",
    ),
    (
        "from = 2025-04-08",
        "from = 2025-06-20",
        "sittings[1].until: is before from (2025-06-20).",
    ),
    (
        "from = 2025-04-08",
        "from = 2025-03-18",
        "sittings[1]: 2025-03-18 stands in an earlier one already.",
    ),
    (
        "days = [2025-06-24, 2025-06-25, 2025-06-26]",
        "days = [2025-06-19]",
        "sittings[2]: 2025-06-19 stands in an earlier one already.",
    ),
    (
        "from = 2025-01-14\nuntil = 2025-03-20",
        "from = 2025-01-17\nuntil = 2025-01-20",
        "sittings[0].weekdays: none of them lies between 2025-01-17 and 2025-01-20.",
    ),
    (
        "off = [2025-05-01]",
        "off = [2025-05-02]",
        "decisions[0].off[0]: 2025-05-02 is no sitting day anyway: leave it out.",
    ),
    (
        "sitting = [2025-03-24]",
        "sitting = [2025-03-20]",
        "decisions[0].sitting[0]: 2025-03-20 is a sitting day anyway: leave it out.",
    ),
    (
        "sitting = [2025-03-24]",
        "sitting = [2025-05-01]",
        "decisions[0].sitting[0]: 2025-05-01 stands in the decisions twice.",
    ),
    (
        "off = [2025-05-01]\nsitting = [2025-03-24]\n",
        "",
        "decisions[0]: must name days: off, sitting, or both.",
    ),
]


@pytest.mark.parametrize(("old", "new", "complaint"), BROKEN_OFFICE)
def test_broken_file_of_working_days_is_refused_with_file_key_and_remedy(old, new, complaint):
    assert OFFICE.count(old) == 1
    with pytest.raises(BadCalendar) as refusal:
        parse(OFFICE.replace(old, new), "office.toml")
    assert str(refusal.value) == f"office.toml: {complaint}"


@pytest.mark.parametrize(("old", "new", "complaint"), BROKEN_CHAMBER)
def test_broken_file_of_sitting_days_is_refused_with_file_key_and_remedy(old, new, complaint):
    assert CHAMBER.count(old) == 1
    with pytest.raises(BadCalendar) as refusal:
        parse(CHAMBER.replace(old, new), "chamber.toml")
    assert str(refusal.value) == f"chamber.toml: {complaint}"


def test_calendar_of_sitting_days_without_sittings_is_refused():
    text = CHAMBER[: CHAMBER.index("[[sittings]]")]
    with pytest.raises(BadCalendar, match=r"^chamber\.toml: sittings: is missing\.$"):
        parse(text, "chamber.toml")


@pytest.mark.parametrize("name", ["holidays", "movable", "decisions"])
def test_row_that_is_no_table_is_refused(name):
    head = OFFICE[: OFFICE.index("[title]")]
    rest = OFFICE[OFFICE.index("[title]") : OFFICE.index("[[holidays]]")]
    with pytest.raises(BadCalendar, match=rf"^office\.toml: {name}\[0\]: must be a table, not 1\.$"):
        parse(f"{head}\n{name} = [1]\n{rest}", "office.toml")


@pytest.mark.parametrize("text", ["code = ", 'code = "a"\ncode = "b"', "[title"])
def test_text_that_is_not_toml_is_refused(text):
    with pytest.raises(BadCalendar, match=r"^office\.toml: not a TOML file: "):
        parse(text, "office.toml")


def test_calendar_without_holidays_is_read():
    text = OFFICE[: OFFICE.index("[[holidays]]")]

    assert len(parse(text, "office.toml").of_year(2025)) == 261


def test_movable_holiday_may_end():
    text = OFFICE.replace("days = [2024-06-16, 2025-06-06]", "days = [2024-06-16]\nuntil = 2024")

    assert [day.isoformat() for day in parse(text, "office.toml").notes][:3] == [
        "2024-05-01",
        "2024-06-16",
        "2024-09-01",
    ]


@pytest.mark.parametrize(
    ("old", "new", "days"),
    [
        ("known_until = 2025-12-31", "known_until = 2025-05-31", "days = [2024-06-16]"),
        ("known_from = 2024-01-01", "known_from = 2024-07-01", "days = [2025-06-06]"),
    ],
)
def test_year_that_is_filled_in_for_a_part_only_needs_no_movable_holiday(old, new, days):
    calendar = parse(OFFICE.replace(old, new).replace("days = [2024-06-16, 2025-06-06]", days), "office.toml")

    assert len([notes for notes in calendar.notes.values() if notes[0].name["en"] == "Feast"]) == 1


def test_stored_text_gives_the_same_calendar():
    stored = from_text(OFFICE)

    assert stored is from_text(OFFICE)
    assert stored == parse(OFFICE, "office.toml")
    assert stored.digest == hashlib.sha256(OFFICE.encode()).hexdigest()
    with pytest.raises(BadCalendar, match=r"^stored calendar: code: is missing\.$"):
        from_text(OFFICE.replace('code = "office"\n', ""))


# ---- the ministry's own folder ----
def test_folder_of_the_ministry_adds_and_replaces(tmp_path):
    (tmp_path / "chamber.toml").write_text(CHAMBER, encoding="utf-8")
    (tmp_path / "kz.toml").write_text(OFFICE.replace('code = "office"', 'code = "kz"'), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a calendar", encoding="utf-8")

    found = load(str(tmp_path))

    assert set(found) == {"kz", "chamber"}
    assert found["kz"].title["en"] == "Office"
    assert set(load()) == {"kz"}
    assert load()["kz"].title["en"] == "Working days of Kazakhstan (five-day week)"


def test_decision_keeps_its_source():
    note = Note(
        Why.DECLARED_ON,
        {"en": "Long weekend", "ru": "Длинные выходные", "kk": "Ұзақ демалыс"},
        {"en": "Order 5", "ru": "Приказ 5", "kk": "5-бұйрық"},
    )
    found = parse(OFFICE, "office.toml").notes

    assert next(notes for day, notes in found.items() if day.isoformat() == "2025-05-04") == (note,)


def test_file_under_another_name_is_refused(tmp_path):
    (tmp_path / "bureau.toml").write_text(OFFICE, encoding="utf-8")
    with pytest.raises(BadCalendar) as refusal:
        load(str(tmp_path))
    assert str(refusal.value) == "bureau.toml: code: must be 'bureau', the name of the file, not 'office'."


def test_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(BadCalendar) as refusal:
        load(str(tmp_path / "none"))
    assert str(refusal.value) == f"CALENDARS_DIR: {tmp_path / 'none'} is not a folder. Name a folder with TOML files."


def test_file_that_is_not_utf_8_is_refused(tmp_path):
    (tmp_path / "office.toml").write_bytes(OFFICE.encode("cp1251", errors="replace"))
    with pytest.raises(BadCalendar, match=r"^office\.toml: cannot be read: .* Save it as UTF-8\.$"):
        load(str(tmp_path))
