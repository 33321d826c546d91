"""Procedures as data: what the five of them foresee, written out; and what is wrong with a broken file."""

import hashlib
import re
import tomllib

import pytest
from django.utils import translation

from agreements.choices import EDGES, Stage, Transition
from agreements.procedures import FOLDER, load
from tests.rules.tables import CODES, FORESEEN, LAWS, PATHS, REQUIRES, STAGES, TITLES


def test_procedures_are_these_five():
    assert sorted(load()) == sorted(CODES) == sorted(path.stem for path in FOLDER.glob("*.toml"))


@pytest.mark.parametrize("code", CODES)
def test_procedure_foresees_exactly(code):
    procedure = load()[code]
    assert {
        stage.value: " ".join(name.value for name in procedure.edges_from(stage)) for stage in procedure.stages
    } == FORESEEN[code]


@pytest.mark.parametrize("code", CODES)
def test_procedure_foresees_nothing_from_a_stage_it_does_not_have(code):
    procedure = load()[code]
    outside = [stage for stage in Stage if stage.value not in FORESEEN[code]]
    assert [(stage, name) for stage in outside for name in Transition if procedure.foresees(name, stage)] == []


@pytest.mark.parametrize("code", CODES)
def test_procedure_has_its_path_and_the_path_can_be_walked(code):
    procedure = load()[code]
    assert [stage.value for stage in procedure.path] == PATHS[code].split()
    targets = {name: edge.target for name, edge in EDGES.items()}
    for here, there in zip(procedure.path, procedure.path[1:], strict=False):
        assert there in [targets[name] for name in procedure.edges_from(here)]


@pytest.mark.parametrize("code", CODES)
def test_stage_has_its_next_step_its_ball_and_its_days(code):
    assert {
        stage.value: (rule.next and rule.next.value, rule.ball.value, rule.usual_days)
        for stage, rule in load()[code].stages.items()
    } == STAGES[code]


def written(requirement, laws):
    """A requirement in short: kind, what it asks, from which stages, what stands in for it, and the law behind it."""
    asked = requirement.document or "+".join(requirement.acts) or requirement.date
    law = next((f" @{name}" for name, texts in laws.items() if texts == requirement.law), "")
    only = " from:" + "+".join(requirement.sources) if requirement.sources else ""
    unless = " unless:" + "+".join(requirement.unless) if requirement.unless else ""
    return requirement.kind + (f":{asked}" if asked else "") + only + unless + law


@pytest.mark.parametrize("code", CODES)
def test_transition_requires_exactly(code):
    procedure = load()[code]
    laws = tomllib.loads(procedure.text).get("laws", {})
    assert {
        name.value: [written(requirement, laws) for requirement in rule.requires]
        for name, rule in procedure.transitions.items()
        if rule.requires
    } == REQUIRES[code]


@pytest.mark.parametrize("code", CODES)
def test_law_is_cited_exactly(code):
    laws = tomllib.loads(load()[code].text).get("laws", {})
    assert {name: texts["en"] for name, texts in laws.items()} == LAWS[code]
    # The same articles are named in every language.
    for name, texts in laws.items():
        numbers = [sorted(re.findall(r"\d+", texts[language])) for language in ("en", "ru", "kk")]
        assert numbers[0] == numbers[1] == numbers[2], name


def test_convention_between_states_is_not_cited_for_an_agreement_with_an_organisation():
    for texts in tomllib.loads(load()["eu_mixed"].text)["laws"].values():
        assert all("1969" not in text for text in texts.values())


@pytest.mark.parametrize("code", CODES)
def test_procedure_says_whether_it_binds_and_what_happens_by_itself(code):
    procedure = load()[code]
    assert procedure.binding is (code != "non_binding")
    assert [name.value for name in procedure.automatic] == (
        ["enter_into_force", "expire"] if code == "non_binding" else []
    )
    assert procedure.version == ("1" if code == "non_binding" else "2")


@pytest.mark.parametrize("code", CODES)
def test_procedure_has_its_title_in_three_languages(code):
    assert tuple(load()[code].title.values()) == TITLES[code]
    assert list(load()[code].title) == ["en", "ru", "kk"]


@pytest.mark.parametrize(
    ("language", "in_effect", "take_effect"),
    [
        ("en", "In effect", "Take effect"),
        ("ru", "Действует", "Ввести в действие"),
        ("kk", "Қолданыста", "Қолданысқа енгізу"),
    ],
)
def test_non_binding_instrument_is_in_effect_and_never_in_force(language, in_effect, take_effect):
    with translation.override(language):
        assert load()["non_binding"].stage_label("in_force") == in_effect
        assert load()["non_binding"].step_label("enter_into_force") == take_effect


def test_label_is_the_common_one_where_a_procedure_says_nothing():
    with translation.override("en"):
        assert load()["ratified"].stage_label("in_force") == "In force"
        assert load()["ratified"].step_label("enter_into_force") == "Enter into force"
        assert load()["non_binding"].stage_label("ratifying") == "Undergoing ratification"
        assert load()["non_binding"].step_label("authorise") == "Authorise negotiations"


def test_label_of_a_stage_or_step_that_does_not_exist_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="limbo"):
        load()["ratified"].stage_label("limbo")
    with pytest.raises(ValueError, match="ponder"):
        load()["ratified"].step_label("ponder")


def texts_of(value, key=""):
    """Every table of texts in a procedure with its key."""
    if isinstance(value, dict):
        if "en" in value:
            yield key, value
        else:
            for name, inner in value.items():
                yield from texts_of(inner, f"{key}.{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from texts_of(inner, f"{key}[{number}]")


TEXTS = [
    (code, key.lstrip("."), texts)
    for code in CODES
    for key, texts in texts_of(tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8")))
]


@pytest.mark.parametrize(("code", "key", "texts"), TEXTS, ids=[f"{code}-{key}" for code, key, _texts in TEXTS])
def test_text_is_really_in_each_language(code, key, texts):
    assert list(texts) == ["en", "ru", "kk"]
    assert re.search("[A-Za-z]", texts["en"])
    assert not re.search("[А-Яа-яЁё]", texts["en"])
    assert re.search("[А-Яа-яЁё]", texts["ru"])
    assert not re.search("[ӘәҒғҚқҢңӨөҰұҮүҺһІі]", texts["ru"])
    assert re.search("[ӘәҒғҚқҢңӨөҰұҮүҺһІі]", texts["kk"])
    assert len(set(texts.values())) == 3
    assert all(text == " ".join(text.split()) for text in texts.values())


def test_texts_are_all_looked_at():
    assert {(code, key) for code, key, _texts in TEXTS} >= {
        ("non_binding", "stages.in_force.label"),
        ("non_binding", "transitions.enter_into_force.label"),
        ("eu_mixed", "laws.tfeu_218_3"),
        ("simplified", "title"),
    }
    # Titles, labels of non_binding, laws of each, then the titles and bodies of tasks.
    assert len(TEXTS) == 5 + 2 + (11 + 10 + 13 + 11) + (10 + 6 + 10 + 10) + 4 * 3


@pytest.mark.parametrize("code", CODES)
def test_law_is_cited_somewhere(code):
    raw = tomllib.loads(load()[code].text)
    cited = {item.get("law") for rule in raw["transitions"].values() for item in rule.get("requires", [])}
    cited |= {item.get("law") for item in raw.get("tasks", [])}
    assert set(raw.get("laws", {})) - cited == set()


@pytest.mark.parametrize("code", CODES)
def test_digest_is_sha_256_of_the_text(code):
    procedure = load()[code]
    assert procedure.text == (FOLDER / f"{code}.toml").read_text(encoding="utf-8")
    assert procedure.digest == hashlib.sha256(procedure.text.encode("utf-8")).hexdigest()
