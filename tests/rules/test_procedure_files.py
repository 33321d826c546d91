"""Procedure files of a ministry: what is read, and what is wrong with a broken one."""

import json
import tomllib
from copy import deepcopy

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.choices import ActionKind, DocumentKind, Stage, Transition
from agreements.dates import FuzzyDate
from agreements.guards import Actor, Case, unmet
from agreements.procedures import BadProcedure, Requirement, from_text, load, parse
from tests.rules.tables import CODES

# ---- a ministry's own file ----
NOTES = """
code = "notes"
version = "7"
binding = true
path = ["proposed", "signing", "signed", "in_force"]
automatic = ["expire"]

[title]
en = "Exchange of notes"
ru = "Обмен нотами"
kk = "Ноталар алмасу"

[laws.rule]
en = "Rule 1"
ru = "Правило 1"
kk = "1-қағида"

[stages.proposed]
next = "prepare_signing"
ball = "other"
usual_days = 30
[stages.signing]
label = { en = "On the desk", ru = "На столе", kk = "Үстелде" }
next = "sign"
[stages.signed]
[stages.in_force]
[stages.expired]

[transitions.prepare_signing]
from = ["proposed"]
[transitions.sign]
from = ["signing"]
label = { en = "Exchange", ru = "Обменяться", kk = "Алмасу" }
requires = [
  { kind = "document", document = "decision", law = "rule" },
  { kind = "act", acts = ["full_powers", "signature"] },
  { kind = "clearance" },
]
[transitions.enter_into_force]
from = ["signed"]
[transitions.expire]
from = ["in_force"]
requires = [{ kind = "passed", date = "valid_until" }]
"""
STAGE_WORDS = (
    "proposed, mandated, negotiating, initialled, signing, signed, ratifying, in_force, suspended, terminated, "
    "expired, superseded, withdrawn"
)
TRANSITION_WORDS = (
    "authorise, open_negotiations, initial, prepare_signing, sign, submit_for_ratification, enter_into_force, suspend, "
    "resume, terminate, expire, supersede, withdraw, reopen"
)
KIND_WORDS = "document, evidence, act, clearance, reached, passed, successor, participants, clause, waited"
TOP_WORDS = (
    "code, version, binding, title, path, automatic, open_for_signature, laws, stages, transitions, tasks, reminders"
)

#: What is changed in NOTES, into what, and the complaint that follows.
BROKEN = [
    # keys that are not known, at each level
    ('code = "notes"', 'code = "notes"\ncolour = 1', f"colour: is not a key here. Use one of: {TOP_WORDS}."),
    (
        "usual_days = 30",
        "days = 30",
        "stages.proposed.days: is not a key here. Use one of: label, next, ball, usual_days.",
    ),
    (
        '[transitions.prepare_signing]\nfrom = ["proposed"]',
        '[transitions.prepare_signing]\nfrom = ["proposed"]\nto = "signing"',
        "transitions.prepare_signing.to: is not a key here. Use one of: from, label, requires.",
    ),
    (
        '{ kind = "clearance" }',
        '{ kind = "clearance", body = "MFA" }',
        "transitions.sign.requires[2].body: is not a key here. Use one of: kind, law, from, unless.",
    ),
    (
        '{ kind = "clearance" }',
        '{ kind = "clearance", document = "decision" }',
        "transitions.sign.requires[2].document: is not a key here. Use one of: kind, law, from, unless.",
    ),
    (
        'kk = "Ноталар алмасу"',
        'kk = "Ноталар алмасу"\nde = "x"',
        "title.de: is not a key here. Use one of: en, ru, kk.",
    ),
    ('kk = "1-қағида"', 'kk = "1-қағида"\nde = "x"', "laws.rule.de: is not a key here. Use one of: en, ru, kk."),
    # keys that are missing
    ('code = "notes"\n', "", "code: is missing."),
    ('version = "7"\n', "", "version: is missing."),
    ("binding = true\n", "", "binding: is missing."),
    ('path = ["proposed", "signing", "signed", "in_force"]\n', "", "path: is missing."),
    (
        '[title]\nen = "Exchange of notes"\nru = "Обмен нотами"\nkk = "Ноталар алмасу"\n',
        "",
        "title: is missing.",
    ),
    ('[transitions.sign]\nfrom = ["signing"]', "[transitions.sign]", "transitions.sign.from: is missing."),
    ('{ kind = "document", document', "{ document", "transitions.sign.requires[0].kind: is missing."),
    ('document = "decision", law', "law", "transitions.sign.requires[0].document: is missing."),
    (', acts = ["full_powers", "signature"]', "", "transitions.sign.requires[1].acts: is missing."),
    (', date = "valid_until"', "", "transitions.expire.requires[0].date: is missing."),
    # values of the wrong type, or empty
    ('code = "notes"', "code = 7", "code: must be a text, not 7."),
    ('code = "notes"', 'code = " "', "code: is empty."),
    ('version = "7"', "version = 7", "version: must be a text, not 7."),
    ('version = "7"', 'version = ""', "version: is empty."),
    ("binding = true", 'binding = "yes"', "binding: must be true or false, not 'yes'."),
    ("binding = true", "binding = 1", "binding: must be true or false, not 1."),
    (
        'path = ["proposed", "signing", "signed", "in_force"]',
        'path = "proposed"',
        "path: must be a list, not 'proposed'.",
    ),
    ('path = ["proposed", "signing", "signed", "in_force"]', "path = []", "path: is empty."),
    ('automatic = ["expire"]', 'automatic = "expire"', "automatic: must be a list, not 'expire'."),
    (
        '[title]\nen = "Exchange of notes"\nru = "Обмен нотами"\nkk = "Ноталар алмасу"\n',
        "[title.en]\n",
        "title.en: is missing. Give the text in en, ru and kk.",
    ),
    (
        '[laws.rule]\nen = "Rule 1"\nru = "Правило 1"\nkk = "1-қағида"\n',
        "[laws]\nrule = 1\n",
        "laws.rule: must be a table, not 1.",
    ),
    ("[stages.signed]\n", "[stages]\nsigned = 1\n", "stages.signed: must be a table, not 1."),
    ('next = "sign"', "next = 1", "stages.signing.next: must be a text, not 1."),
    ('ball = "other"', "ball = true", "stages.proposed.ball: must be a text, not True."),
    ("usual_days = 30", 'usual_days = "30"', "stages.proposed.usual_days: must be a whole number, not '30'."),
    ("usual_days = 30", "usual_days = 30.5", "stages.proposed.usual_days: must be a whole number, not 30.5."),
    ("usual_days = 30", "usual_days = true", "stages.proposed.usual_days: must be a whole number, not True."),
    (
        'label = { en = "On the desk", ru = "На столе", kk = "Үстелде" }',
        'label = "On the desk"',
        "stages.signing.label: must be a table with the text in en, ru and kk, not 'On the desk'.",
    ),
    ('from = ["signing"]', 'from = "signing"', "transitions.sign.from: must be a list, not 'signing'."),
    ('from = ["signing"]', "from = []", "transitions.sign.from: is empty."),
    (
        'requires = [{ kind = "passed", date = "valid_until" }]',
        'requires = { kind = "passed", date = "valid_until" }',
        "transitions.expire.requires: must be a list, not {'kind': 'passed', 'date': 'valid_until'}.",
    ),
    ('{ kind = "clearance" }', '"clearance"', "transitions.sign.requires[2]: must be a table, not 'clearance'."),
    (
        'acts = ["full_powers", "signature"]',
        'acts = "full_powers"',
        "transitions.sign.requires[1].acts: must be a list, not 'full_powers'.",
    ),
    ('acts = ["full_powers", "signature"]', "acts = []", "transitions.sign.requires[1].acts: is empty."),
    # words that are not known
    ("[stages.signed]", "[stages.sealed]", f"stages: 'sealed' is not known. Use one of: {STAGE_WORDS}."),
    ('"signed", "in_force"]', '"sealed", "in_force"]', f"path: 'sealed' is not known. Use one of: {STAGE_WORDS}."),
    (
        'from = ["signed"]',
        'from = ["sealed"]',
        f"transitions.enter_into_force.from: 'sealed' is not known. Use one of: {STAGE_WORDS}.",
    ),
    (
        'from = ["signed"]',
        'from = [["signed"]]',
        f"transitions.enter_into_force.from: ['signed'] is not known. Use one of: {STAGE_WORDS}.",
    ),
    (
        "[transitions.enter_into_force]",
        "[transitions.seal]",
        f"transitions: 'seal' is not known. Use one of: {TRANSITION_WORDS}.",
    ),
    ('next = "sign"', 'next = "seal"', f"stages.signing.next: 'seal' is not known. Use one of: {TRANSITION_WORDS}."),
    (
        'automatic = ["expire"]',
        'automatic = ["seal"]',
        f"automatic: 'seal' is not known. Use one of: {TRANSITION_WORDS}.",
    ),
    (
        'ball = "other"',
        'ball = "us"',
        "stages.proposed.ball: 'us' is not known. Use one of: own, other, depositary, nobody.",
    ),
    (
        'document = "decision"',
        'document = "ukaz"',
        f"transitions.sign.requires[0].document: 'ukaz' is not known. Use one of: {', '.join(DocumentKind.values)}.",
    ),
    (
        'acts = ["full_powers", "signature"]',
        'acts = ["full_powers", "nod"]',
        f"transitions.sign.requires[1].acts: 'nod' is not known. Use one of: {', '.join(ActionKind.values)}.",
    ),
    ('law = "rule"', 'law = "rules"', "transitions.sign.requires[0].law: 'rules' is not among the laws of this file."),
    (
        '{ kind = "clearance" }',
        '{ kind = "blessing" }',
        f"transitions.sign.requires[2].kind: 'blessing' is not known. Use one of: {KIND_WORDS}.",
    ),
    (
        'date = "valid_until"',
        'date = "opened_on"',
        "transitions.expire.requires[0].date: must be 'valid_until' here, not 'opened_on'.",
    ),
    # the sentence speaks of the end of the period
    (
        'date = "valid_until"',
        'date = "valid_from"',
        "transitions.expire.requires[0].date: must be 'valid_until' here, not 'valid_from'.",
    ),
    (
        'kind = "passed"',
        'kind = "reached"',
        "transitions.expire.requires[0].date: must be 'valid_from' here, not 'valid_until'.",
    ),
    # conditions of a requirement
    (
        '{ kind = "clearance" }',
        '{ kind = "clearance", from = "signing" }',
        "transitions.sign.requires[2].from: must be a list, not 'signing'.",
    ),
    ('{ kind = "clearance" }', '{ kind = "clearance", from = [] }', "transitions.sign.requires[2].from: is empty."),
    (
        '{ kind = "clearance" }',
        '{ kind = "clearance", from = ["limbo"] }',
        f"transitions.sign.requires[2].from: 'limbo' is not known. Use one of: {STAGE_WORDS}.",
    ),
    (
        '{ kind = "clearance" }',
        '{ kind = "clearance", from = ["signing", "proposed"] }',
        "transitions.sign.requires[2].from: names 'proposed', from which the step does not lead.",
    ),
    (
        '{ kind = "clearance" }',
        '{ kind = "clearance", unless = "signature" }',
        "transitions.sign.requires[2].unless: must be a list, not 'signature'.",
    ),
    ('{ kind = "clearance" }', '{ kind = "clearance", unless = [] }', "transitions.sign.requires[2].unless: is empty."),
    (
        '{ kind = "clearance" }',
        '{ kind = "clearance", unless = ["nod"] }',
        f"transitions.sign.requires[2].unless: 'nod' is not known. Use one of: {', '.join(ActionKind.values)}.",
    ),
    # texts without a language
    ('ru = "Обмен нотами"\n', "", "title.ru: is missing. Give the text in en, ru and kk."),
    ('kk = "Ноталар алмасу"', 'kk = " "', "title.kk: is missing. Give the text in en, ru and kk."),
    ('en = "Rule 1"', "en = 1", "laws.rule.en: is missing. Give the text in en, ru and kk."),
    (', kk = "Үстелде"', "", "stages.signing.label.kk: is missing. Give the text in en, ru and kk."),
    (', ru = "Обменяться"', "", "transitions.sign.label.ru: is missing. Give the text in en, ru and kk."),
    # what does not fit together
    (
        'from = ["in_force"]',
        'from = ["signed"]',
        "transitions.expire.from: the state machine has no such step from 'signed'.",
    ),
    (
        '[transitions.prepare_signing]\nfrom = ["proposed"]',
        '[transitions.prepare_signing]\nfrom = ["proposed", "initialled"]',
        "transitions.prepare_signing.from: names 'initialled', which is not among the stages.",
    ),
    ("[stages.expired]\n", "", "transitions.expire: leads to 'expired', which is not among the stages."),
    (
        "[stages.expired]\n",
        "[stages.expired]\n[stages.mandated]\n",
        "stages.mandated: no transition leads to this stage.",
    ),
    (
        'path = ["proposed", "signing",',
        'path = ["proposed", "initialled", "signing",',
        "path: names 'initialled', which is not among the stages.",
    ),
    ('next = "prepare_signing"', 'next = "sign"', "stages.proposed.next: 'sign' does not lead from this stage."),
    (
        "[stages.in_force]\n",
        '[stages.in_force]\nnext = "suspend"\n',
        "stages.in_force.next: 'suspend' does not lead from this stage.",
    ),
    (
        'automatic = ["expire"]',
        'automatic = ["withdraw"]',
        "automatic: names 'withdraw', which is not among the transitions.",
    ),
    ("usual_days = 30", "usual_days = -1", "stages.proposed.usual_days: must be one day or more."),
    ("usual_days = 30", "usual_days = 0", "stages.proposed.usual_days: must be one day or more."),
]


@pytest.mark.parametrize(("old", "new", "complaint"), BROKEN)
def test_broken_file_is_refused_with_file_key_and_remedy(old, new, complaint):
    assert NOTES.count(old) == 1
    with pytest.raises(BadProcedure) as refusal:
        parse(NOTES.replace(old, new), "notes.toml")
    assert str(refusal.value) == f"notes.toml: {complaint}"


@pytest.mark.parametrize("value", ["5", "true", '""', '"x"', "[]", "[1]"])
@pytest.mark.parametrize("key", ["laws", "stages", "transitions", "title"])
def test_table_that_is_none_is_refused_by_its_key(key, value):
    raw = tomllib.loads(NOTES)
    del raw[key]
    with pytest.raises(BadProcedure, match=rf"^notes\.toml: {key}: must be a table, not "):
        parse(f"{key} = {value}\n{dumped(raw)}", "notes.toml")


def test_stages_that_only_lead_to_each_other_are_refused():
    circle = NOTES.replace('[transitions.enter_into_force]\nfrom = ["signed"]\n', "").replace(
        "[stages.expired]\n", "[stages.expired]\n[stages.suspended]\n"
    )
    circle += '[transitions.suspend]\nfrom = ["in_force"]\n[transitions.resume]\nfrom = ["suspended"]\n'
    with pytest.raises(BadProcedure, match=r"^notes\.toml: stages\.in_force: no transition leads to this stage\.$"):
        parse(circle, "notes.toml")


@pytest.mark.parametrize(
    "text", ["code = ", "code", "= 1", 'code = "a"\ncode = "b"', "\ufeffcode = 'x'", "[title", "\x00"]
)
def test_text_that_is_not_toml_is_refused(text):
    with pytest.raises(BadProcedure, match=r"^notes\.toml: not a TOML file: "):
        parse(text, "notes.toml")


def test_valid_file_is_read_whole():
    notes = parse(NOTES, "notes.toml")
    rule = {"en": "Rule 1", "ru": "Правило 1", "kk": "1-қағида"}
    assert (notes.code, notes.version, notes.binding, notes.text) == ("notes", "7", True, NOTES)
    assert notes.title == {"en": "Exchange of notes", "ru": "Обмен нотами", "kk": "Ноталар алмасу"}
    assert notes.path == ("proposed", "signing", "signed", "in_force")
    assert notes.automatic == ("expire",)
    assert [
        (stage.value, rule.label.get("kk"), rule.next and rule.next.value, rule.ball.value, rule.usual_days)
        for stage, rule in notes.stages.items()
    ] == [
        ("proposed", None, "prepare_signing", "other", 30),
        ("signing", "Үстелде", "sign", "own", None),
        ("signed", None, None, "own", None),
        ("in_force", None, None, "nobody", None),
        ("expired", None, None, "nobody", None),
    ]
    assert notes.transitions[Transition.SIGN].requires == (
        Requirement("document", document=DocumentKind.DECISION, law=rule),
        Requirement("act", acts=(ActionKind.FULL_POWERS, ActionKind.SIGNATURE)),
        Requirement("clearance"),
    )
    assert notes.transitions[Transition.EXPIRE].requires == (Requirement("passed", date="valid_until"),)
    assert notes.transitions[Transition.SIGN].label["ru"] == "Обменяться"
    assert notes.transitions[Transition.SIGN].sources == ("signing",)
    with translation.override("kk"):
        assert (notes.stage_label("signing"), notes.step_label("sign")) == ("Үстелде", "Алмасу")


def test_requirement_may_be_asked_from_some_stages_and_fall_away():
    condition = '{ kind = "clearance", from = ["signing"], unless = ["submission", "approval"] }'
    notes = parse(NOTES.replace('{ kind = "clearance" }', condition), "notes.toml")
    assert notes.transitions[Transition.SIGN].requires[2] == Requirement(
        "clearance", sources=(Stage.SIGNING,), unless=(ActionKind.SUBMISSION, ActionKind.APPROVAL)
    )


def test_laws_and_automatic_steps_may_be_left_out():
    raw = tomllib.loads(NOTES)
    del raw["laws"], raw["automatic"], raw["transitions"]["sign"]["requires"]
    notes = parse(dumped(raw), "notes.toml")
    assert notes.automatic == ()
    assert notes.transitions[Transition.SIGN].requires == ()


def test_same_stored_text_gives_the_same_object():
    assert from_text(NOTES) is from_text("" + NOTES)
    assert from_text(NOTES) == parse(NOTES, "any name")
    assert from_text(NOTES + "\n").digest != from_text(NOTES).digest
    with pytest.raises(BadProcedure, match=r"^stored procedure: stages: is missing\.$"):
        from_text("")


# ---- a ministry's own folder ----
def test_folder_of_the_ministry_adds(tmp_path):
    (tmp_path / "notes.toml").write_text(NOTES, encoding="utf-8")
    (tmp_path / "readme.txt").write_text("not a procedure", encoding="utf-8")
    found = load(str(tmp_path))
    assert sorted(found) == sorted([*CODES, "notes"])
    assert found["notes"] == parse(NOTES, "notes.toml")
    assert all(found[code] == load()[code] for code in CODES)


def test_folder_of_the_ministry_replaces(tmp_path):
    (tmp_path / "simplified.toml").write_text(NOTES.replace('"notes"', '"simplified"'), encoding="utf-8")
    found = load(str(tmp_path))
    assert sorted(found) == sorted(CODES)
    assert found["simplified"].version == "7"
    assert load()["simplified"].version == "2"


def test_folder_of_the_ministry_may_be_empty(tmp_path):
    assert load(str(tmp_path)) == load()


def test_file_is_named_after_its_code(tmp_path):
    (tmp_path / "letters.toml").write_text(NOTES, encoding="utf-8")
    with pytest.raises(BadProcedure) as refusal:
        load(str(tmp_path))
    assert str(refusal.value) == "letters.toml: code: must be 'letters', the name of the file, not 'notes'."


def test_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(BadProcedure) as refusal:
        load(str(tmp_path / "none"))
    assert str(refusal.value) == (
        f"PROCEDURES_DIR: {tmp_path / 'none'} is not a folder. Name a folder with TOML files."
    )


def test_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "notes.toml").write_text(NOTES, encoding="utf-8")
    with pytest.raises(BadProcedure, match=r"^PROCEDURES_DIR: .*notes\.toml is not a folder\. "):
        load(str(tmp_path / "notes.toml"))


def test_file_in_another_encoding_is_named(tmp_path):
    (tmp_path / "notes.toml").write_bytes(NOTES.encode("cp1251", errors="ignore"))
    with pytest.raises(BadProcedure, match=r"^notes\.toml: cannot be read: .*Save it as UTF-8\.$"):
        load(str(tmp_path))


def test_folder_named_like_a_file_is_named(tmp_path):
    (tmp_path / "notes.toml").mkdir()
    with pytest.raises(BadProcedure, match=r"^notes\.toml: cannot be read: "):
        load(str(tmp_path))


# ---- any file at all ----
def dumped(raw):
    """The TOML text of a table, every value on one line."""
    return "\n".join(f"{json.dumps(name, ensure_ascii=False)} = {_inline(value)}" for name, value in raw.items())


def _inline(value):
    if isinstance(value, dict):
        pairs = (f"{json.dumps(name, ensure_ascii=False)} = {_inline(inner)}" for name, inner in value.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def places(value, way=()):
    """The way to every value of a nested table."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inner:
        yield (*way, name)
        yield from places(item, (*way, name))


TABLES = [tomllib.loads(load()[code].text) for code in CODES] + [tomllib.loads(NOTES)]
WORDS = st.sampled_from(
    [*Stage.values, *Transition.values, "decision", "act", "passed", "rule", "en", "kind", "valid_from", "", " ", "x"]
)
VALUES = st.recursive(
    WORDS | st.booleans() | st.integers(-2, 400) | st.floats(0, 1),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
@settings(max_examples=400)
def test_any_value_anywhere_is_read_or_refused_and_what_is_read_can_be_asked(data):
    raw = deepcopy(data.draw(st.sampled_from(TABLES)))
    *way, last = data.draw(st.sampled_from(list(places(raw))))
    table = raw
    for name in way:
        table = table[name]
    match data.draw(st.sampled_from(["replace", "remove", "add"])):
        case "replace":
            table[last] = data.draw(VALUES)
        case "remove":
            del table[last]
        case "add" if isinstance(table, dict):
            table[data.draw(WORDS)] = data.draw(VALUES)
        case _:
            table.append(data.draw(VALUES))
    try:
        procedure = parse(dumped(raw), "notes.toml")
    except BadProcedure as refusal:
        complaint = str(refusal)
    else:
        complaint = "notes.toml: fine"
        people = (Actor("KZ", {"en": "Kazakhstan"}), Actor("EU", {"en": "European Union"}))
        for stage in procedure.stages:
            case = Case(procedure, stage, FuzzyDate.parse("2024-12-28"), actors=people)
            assert all(reason.sentence for name in procedure.transitions for reason in unmet(case, name))
    assert complaint.startswith("notes.toml: ")


def test_dumped_table_is_the_same_table():
    assert all(tomllib.loads(dumped(raw)) == raw for raw in TABLES)
