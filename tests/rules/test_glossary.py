"""The glossary: complete in three languages, readable, and refused with the key where it is not."""

import pytest
from django.utils import translation

from agreements.choices import Stage
from agreements.glossary import BadGlossary, by_field, found, glossary, read

ROW = {"code": "hold", "group": "stages", **{language: ["hold", "Work rests."] for language in ("en", "ru", "kk")}}
GROUP = {"code": "stages", "en": "Stages", "ru": "Стадии", "kk": "Кезеңдер"}


def test_every_stage_on_the_way_and_the_ends_have_a_meaning():
    explained = {term.stage for chapter in glossary() for term in chapter.terms if term.stage}

    assert explained == set(Stage) - {Stage.EXPIRED, Stage.SUPERSEDED, Stage.WITHDRAWN}


def test_a_meaning_in_another_language_is_not_the_english_one():
    for chapter in glossary():
        for term in chapter.terms:
            assert len({*term.meanings.values()}) == 3, term.code
            assert not set("әғқңөұүһі") & set(term.meanings["ru"].casefold()), term.code


@pytest.mark.parametrize(
    ("words", "code"),
    [("hold", "hold"), ("ОГОВОРКА", "reservation"), ("ескертпе", "reservation"), ("referendum", None)],
)
def test_a_word_in_any_language_finds_its_term(words, code):
    codes = [term.code for term in found(words)]

    assert (code in codes) if code else codes == ["manner-of-signature"]


def test_what_is_found_is_in_the_order_of_the_readers_alphabet():
    with translation.override("kk"):
        names = [term.name.text for term in found("")]

    assert names.index("есептік нөмірі") < names.index("қай күнгі жағдай") < names.index("құжат түрі")


def test_a_field_has_its_term():
    assert by_field()["certainty"].code == "certainty"
    assert "password" not in by_field()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"group": "nowhere"}, "term.group: 'nowhere' is not known. Use one of: stages."),
        ({"kk": ["hold"]}, "hold.kk: must be a list of two texts"),
        ({"ru": ["", "Работа."]}, "hold.ru: is missing"),
        ({"stage": "nowhere"}, "hold.stage: 'nowhere' is not known"),
        ({"colour": "red"}, "hold.colour: is not a key here"),
    ],
)
def test_a_fault_names_the_key(change, told):
    with pytest.raises(BadGlossary, match=r"^glossary\.toml: ") as caught:
        read({"group": [GROUP], "term": [ROW | change]})

    assert told in str(caught.value)


def test_a_term_or_a_field_that_is_there_twice_is_refused():
    with pytest.raises(BadGlossary, match="'hold' is there twice"):
        read({"group": [GROUP], "term": [ROW, ROW]})
    with pytest.raises(BadGlossary, match=r"term\.fields: 'level' is there twice"):
        read({"group": [GROUP], "term": [ROW | {"fields": ["level", "level"]}]})
