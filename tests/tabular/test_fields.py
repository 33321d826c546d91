"""What columns may hold, and which column probably holds what."""

import pytest

from agreements import choices
from agreements.choices import ActionKind
from agreements.import_choices import TableKind
from agreements.tabular.fields import fields_of, headers, suggest
from agreements.tabular.heading import plain
from agreements.tabular.layout import Column

TYPES = {
    *(
        "text",
        "long",
        "reference",
        "date",
        "party",
        "parties",
        "choice",
        "number",
        "unit",
        "person",
        "language",
        "area",
    ),
    *("procedure", "format", "agreement", "agreements"),
}


def suggested(kind, header, rows=()):
    columns = [Column(place, name) for place, name in enumerate(header)]
    return [found.field for found in suggest(kind, columns, rows)]


@pytest.mark.parametrize("kind", TableKind)
def test_fields_are_whole(kind):
    """A label in three languages, a known type, a list where there is a choice, words that no two fields share."""
    fields = fields_of(kind)
    for field in fields.values():
        assert set(field.labels) == {"en", "ru", "kk"}
        assert all(field.labels.values())
        assert field.type in TYPES
        assert (field.type == "choice") == bool(field.choices)
        assert not field.choices or getattr(choices, field.choices).values
        assert not field.action or field.kind_of_act in ActionKind
        assert headers(kind)[plain(field.name.replace(".", " "))] == field.name
    words = [word for field in fields.values() for word in {plain(alias) for alias in field.aliases}]
    assert {word for word in words if words.count(word) > 1} <= {"атауы", "ссылка"}
    assert any(field.required for field in fields.values())


@pytest.mark.parametrize("kind", TableKind)
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_a_table_with_our_own_labels_is_mapped_to_itself(kind, language):
    fields = fields_of(kind)
    found = suggested(kind, [field.labels[language] for field in fields.values()])
    assert found == list(fields)


@pytest.mark.parametrize(
    ("kind", "header", "expected"),
    [
        (
            "actions",
            "Contracting Party|Treaty|Signature Date|Instrument Type|Instrument Date|Entry Into Force Date",
            "party|agreement|signed_on|kind|on|effective",
        ),
        ("actions", "Participant|Signature|Ratification, Accession(a), Succession(d)", "party|signed_on|ratified_on"),
        ("actions", "Code|Name|Signature|Kind", "party|party|signed_on|kind"),
        (
            "agreements",
            "Treaty Document Number|Title|URL|Date Received From President|Treaty Topic|Latest Senate Action Date|"
            "Latest Senate Action",
            "number|title|source|proposed_on|area|last_action_on|last_action",
        ),
        (
            "agreements",
            "№|Наименование|Страна|Дата подписания|Дата вступления в силу|Статус|Ответственный исполнитель|Примечание",
            "number|title|parties|signed_on|in_force_on|stage|lead_unit|summary",
        ),
        ("agreements", "Title (EN)|Title (RU)|Title (KK)|Type", "title.en|title.ru|title.kk|kind"),
        ("agreements", "Party 1|Party 2|Short title|Date of termination", "parties|parties|short_title|ended_on"),
        ("agreements", "Definitive EIF|Date of Signature of the Treaty|xyzzy", "in_force_on|signed_on|"),
        ("histories", "Agreement|Event|Date|Place|Source", "agreement|step|on|place|source"),
        ("meetings", "Мероприятие|Дата проведения|Место|Участники|Итоги", "title|on|place|parties|outcome"),
        ("tasks", "Договор|Поручение|Срок исполнения|Исполнитель|Статус", "agreement|title|due|unit|status"),
        ("indicators", "Country|Indicator|Unit|Year|Value|Source", "party|name|unit|period|value|source"),
    ],
)
def test_headers_of_real_tables(kind, header, expected):
    assert suggested(kind, header.split("|")) == expected.split("|")


def test_values_tell_where_headers_do_not():
    rows = [("Austria", "2013-03-25", "Ratification"), ("Chile", "2014-01-02", "Accession")]
    found = suggest("actions", [Column(place, f"Column {place + 1}") for place in range(3)], rows)
    assert [one.field for one in found] == ["party", "on", "kind"]
    assert all(one.sure < 0.5 for one in found)
    assert [one.why for one in found] == [
        "Its values are names of parties.",
        "Its values are dates.",
        "Its values are words for this.",
    ]


def test_values_speak_against_a_header():
    """A column called "date" in which no dates stand is suggested with less certainty."""
    column = [Column(0, "Date")]
    sure = suggest("actions", column, [("2013-03-25",), ("2014",)])[0]
    doubtful = suggest("actions", column, [("soon",), ("later",)])[0]
    assert (sure.field, sure.sure) == ("on", 1.0)
    assert doubtful.sure < 0.5


def test_values_choose_between_lists_of_choices():
    """The level of a meeting is that of confidentiality, or that of those who meet."""
    column = [Column(0, "Level")]
    assert suggest("meetings", column, [("Ministerial",), ("Experts",)])[0].field == "rank"
    assert suggest("meetings", column, [("internal",), ("secret",)])[0].field == "level"
    assert suggest("meetings", column, [("grave",)])[0].field == "level"


def test_a_field_is_suggested_once_unless_it_may_be_in_several_columns():
    assert suggested("agreements", ["Title", "Title (2)", "Party", "Partner"]) == ["title", "", "parties", "parties"]
