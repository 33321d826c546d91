"""Guards: what is missing before a step, said in exact sentences, all at once."""

from dataclasses import replace
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from agreements.choices import ActionKind, ClearanceResult, DocumentKind, Stage, Transition
from agreements.dates import FuzzyDate
from agreements.guards import Actor, Case, Reason, Refused, Successor, guards_of, unmet
from agreements.procedures import load, parse

KZ = Actor("KZ", {"en": "Kazakhstan", "ru": "Казахстан", "kk": "Қазақстан"})
EU = Actor("EU", {"en": "European Union", "ru": "Европейский союз", "kk": "Еуропалық одақ"})
GB = Actor("GB", {"en": "United Kingdom"})
GIVEN, REMARKS, REFUSED = ClearanceResult.GIVEN, ClearanceResult.WITH_REMARKS, ClearanceResult.REFUSED
RULES = """
code = "trial"
version = "1"
binding = true
path = ["signing", "signed"]

[title]
en = "Trial"
ru = "Проба"
kk = "Сынақ"

[laws.rule]
en = "Rule 1"
ru = "Правило 1"
kk = "1-қағида"

[stages.signing]
[stages.signed]

[transitions.sign]
from = ["signing"]
requires = [%s]
"""


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def told(text):
    """A text in which "~" stands for a no-break space."""
    return text.replace("~", "\u00a0")


def day(text):
    return date.fromisoformat(text)


def asking(requirement, on="2024-12-28", **facts):
    """A case of the step "sign" under one requirement, written as in a procedure file."""
    return Case(parse(RULES % requirement, "trial.toml"), Stage.SIGNING, FuzzyDate.parse(on), **facts)


def said(reasons):
    return [(reason.code, reason.sentence, reason.asked, reason.remedy) for reason in reasons]


def missing_document(sentence, kind):
    return [("document-missing", sentence, "", f"document:{kind}")]


def missing_evidence(sentence, kind):
    return [("evidence-missing", sentence, "evidence", f"document:{kind}")]


NO_SUCCESSOR = [
    ("successor-missing", "Name the later agreement of all the parties that takes its place.", "successor", "")
]
STRANGER = "Not a party to the later agreement: %s. In relations with that party the earlier agreement remains."
NO_CLEARANCE = [("clearance-missing", "No clearance by a body is recorded.", "", "clearance")]
NOT_TWO = [("participants-missing", "At least two participants must be recorded.", "", "participants")]
BOTH = {"actors": (KZ, EU)}
PARTIES = frozenset({"KZ", "EU", "FR"})

DOCUMENTS = {
    "mandate": "The decision that authorises negotiations is not named.",
    "initialled_text": "The initialled text is not named.",
    "signed_text": "The signed text is not named.",
    "legal_expertise": "Scientific legal expertise of the draft is not attached.",
    "linguistic_expertise": "Scientific linguistic expertise of the draft is not attached.",
    "decision": "The decision is not recorded.",
    "signing_decision": "The decision to sign is not recorded.",
    "draft_law": "The draft law on ratification is not attached.",
    "explanatory_note": "The explanatory note to the draft law is not attached.",
    "depositary_notice": "The depositary’s notice is not named.",
    "note_verbale": "The note, the last notification or the clause under which it enters into force is not named.",
    "notice": "The notice or the consent of the parties is not named.",
    "intention_notice": "The notice by which the intention not to become a party was made clear is not named.",
    "proposal": "A document is missing: Proposal.",
    "draft": "A document is missing: Draft.",
    "negotiating_text": "A document is missing: Negotiating text.",
    "certified_copy": "A document is missing: Certified copy.",
    "full_powers": "A document is missing: Full powers.",
    "clearance": "A document is missing: Clearance.",
    "instrument_of_ratification": "A document is missing: Instrument of ratification.",
    "publication": "A document is missing: Publication.",
    "other": "A document is missing: Other document.",
}


def test_every_kind_of_document_has_its_sentence():
    assert sorted(DOCUMENTS) == sorted(DocumentKind.values)


@pytest.mark.parametrize(("kind", "sentence"), DOCUMENTS.items())
def test_document_is_asked_for_and_met(kind, sentence):
    case = asking(f'{{ kind = "document", document = "{kind}" }}', evidence="a citation does not help")
    assert said(unmet(case, Transition.SIGN)) == missing_document(sentence, kind)
    others = frozenset(DocumentKind) - {DocumentKind(kind)}
    assert said(unmet(replace(case, documents=others), Transition.SIGN)) == missing_document(sentence, kind)
    assert unmet(replace(case, documents=frozenset({DocumentKind(kind)})), Transition.SIGN) == []


@pytest.mark.parametrize(("kind", "sentence"), DOCUMENTS.items())
def test_evidence_is_asked_of_the_step_and_met_either_way(kind, sentence):
    case = asking(f'{{ kind = "evidence", document = "{kind}" }}')
    assert said(unmet(case, Transition.SIGN)) == missing_evidence(sentence, kind)
    assert unmet(replace(case, documents=frozenset({DocumentKind(kind)})), Transition.SIGN) == []
    assert unmet(replace(case, evidence="COM(2008) 92"), Transition.SIGN) == []


@pytest.mark.parametrize(
    ("requirement", "facts", "expected"),
    [
        # clearance
        ('{ kind = "clearance" }', {}, NO_CLEARANCE),
        ('{ kind = "clearance" }', {"documents": frozenset({DocumentKind.CLEARANCE})}, NO_CLEARANCE),
        ('{ kind = "clearance" }', {"clearances": {"Ministry of Justice": GIVEN}}, []),
        ('{ kind = "clearance" }', {"clearances": {"Ministry of Justice": REMARKS}}, []),
        (
            '{ kind = "clearance" }',
            {"clearances": {"Ministry of Justice": GIVEN, "Ministry of Finance": REFUSED}},
            [("clearance-refused", "Clearance was refused: Ministry of Finance.", "", "clearance")],
        ),
        (
            '{ kind = "clearance" }',
            {"clearances": {"A": REFUSED, "B": GIVEN, "C": REFUSED}},
            [
                ("clearance-refused", "Clearance was refused: A.", "", "clearance"),
                ("clearance-refused", "Clearance was refused: C.", "", "clearance"),
            ],
        ),
        # a date of the agreement is reached
        ('{ kind = "reached", date = "valid_from" }', {}, []),
        ('{ kind = "reached", date = "valid_from" }', {"valid_from": day("2024-12-28")}, []),
        ('{ kind = "reached", date = "valid_from" }', {"valid_from": day("2024-12-27")}, []),
        (
            '{ kind = "reached", date = "valid_from" }',
            {"valid_from": day("2024-12-29")},
            [("date-not-reached", told("The period of validity begins on 29~December~2024 only."), "", "")],
        ),
        (
            '{ kind = "reached", date = "valid_from" }',
            {"valid_from": day("2025-01-01"), "on": "2024"},
            [("date-not-reached", told("The period of validity begins on 1~January~2025 only."), "", "")],
        ),
        ('{ kind = "reached", date = "valid_from" }', {"valid_from": day("2024-12-31"), "on": "2024"}, []),
        ('{ kind = "reached", date = "valid_from" }', {"valid_until": day("2030-01-01")}, []),
        # a date of the agreement has passed
        (
            '{ kind = "passed", date = "valid_until" }',
            {},
            [("date-missing", "No end of the period of validity is recorded.", "", "")],
        ),
        ('{ kind = "passed", date = "valid_until" }', {"valid_until": day("2024-12-27")}, []),
        (
            '{ kind = "passed", date = "valid_until" }',
            {"valid_until": day("2024-12-28")},
            [("date-not-passed", told("The period of validity runs until 28~December~2024."), "", "")],
        ),
        (
            '{ kind = "passed", date = "valid_until" }',
            {"valid_until": day("2025-06-30")},
            [("date-not-passed", told("The period of validity runs until 30~June~2025."), "", "")],
        ),
        ('{ kind = "passed", date = "valid_until" }', {"valid_until": day("2024-12-30"), "on": "2024"}, []),
        (
            '{ kind = "passed", date = "valid_until" }',
            {"valid_until": day("2024-12-31"), "on": "2024"},
            [("date-not-passed", told("The period of validity runs until 31~December~2024."), "", "")],
        ),
        # a successor
        ('{ kind = "successor" }', BOTH, NO_SUCCESSOR),
        ('{ kind = "successor" }', BOTH | {"successor": Successor(True, PARTIES)}, []),
        (
            '{ kind = "successor" }',
            BOTH | {"successor": Successor(False, PARTIES)},
            [("successor-not-in-force", "The later agreement is not in force on that day.", "successor", "")],
        ),
        (
            '{ kind = "successor" }',
            {"actors": (KZ, EU, GB), "successor": Successor(True, PARTIES)},
            [
                (
                    "successor-lacks-party",
                    STRANGER % "United Kingdom",
                    "successor",
                    "",
                )
            ],
        ),
        (
            '{ kind = "successor" }',
            BOTH | {"successor": Successor(False, frozenset({"KZ"}))},
            [
                ("successor-not-in-force", "The later agreement is not in force on that day.", "successor", ""),
                (
                    "successor-lacks-party",
                    STRANGER % "European Union",
                    "successor",
                    "",
                ),
            ],
        ),
        # participants
        ('{ kind = "participants" }', {}, NOT_TWO),
        ('{ kind = "participants" }', {"actors": (KZ,)}, NOT_TWO),
        ('{ kind = "participants" }', BOTH, []),
        ('{ kind = "participants" }', {"actors": (KZ, EU, GB)}, []),
        # nothing is required
        ("", {}, []),
    ],
)
def test_requirement_is_met_or_says_what_is_missing(requirement, facts, expected):
    assert said(unmet(asking(requirement, **facts), Transition.SIGN)) == expected


# ---- all at once ----
def test_sign_of_an_empty_record_says_everything():
    case = Case(load()["ratified"], Stage.SIGNING, FuzzyDate.parse("2024-12-28"), actors=(KZ,))
    assert [reason.sentence for reason in unmet(case, Transition.SIGN)] == [
        "At least two participants must be recorded.",
        "Scientific legal expertise of the draft is not attached.",
        "Scientific linguistic expertise of the draft is not attached.",
        "No clearance by a body is recorded.",
        "The decision to sign is not recorded.",
        "Full powers are not recorded: Kazakhstan.",
        "The signed text is not named.",
    ]


def test_step_from_a_wrong_stage_on_hold_says_that_too():
    case = Case(
        load()["ratified"],
        Stage.NEGOTIATING,
        FuzzyDate.parse("2013-01-01"),
        held_since=FuzzyDate.parse("2012-09"),
        actors=(KZ, EU),
    )
    assert said(unmet(case, Transition.SUBMIT_FOR_RATIFICATION)) == [
        (
            "not-foreseen",
            "The procedure “Treaty subject to ratification” does not foresee the step “Submit for ratification” from "
            "the stage “Negotiating”.",
            "",
            "",
        ),
        ("on-hold", told("The agreement has been on hold since September~2012. Release it first."), "", "release"),
        (
            "document-missing",
            "The draft law on ratification is not attached. "
            "Or record the act of another participant that has come first.",
            "",
            "document:draft_law",
        ),
        (
            "document-missing",
            "The explanatory note to the draft law is not attached. "
            "Or record the act of another participant that has come first.",
            "",
            "document:explanatory_note",
        ),
    ]


def test_whole_life_of_a_ratified_treaty_meets_its_guards():
    acts = frozenset(
        (party, act) for party in ("KZ", "EU") for act in (ActionKind.FULL_POWERS, ActionKind.NOTIFICATION)
    )
    full = replace(
        asking(""),
        procedure=load()["ratified"],
        actors=(KZ, EU),
        documents=frozenset(
            map(
                DocumentKind,
                ["legal_expertise", "linguistic_expertise", "signing_decision", "draft_law", "explanatory_note"],
            )
        ),
        acts=acts,
        clearances={"Ministry of Justice": GIVEN},
        evidence="a citation",
    )
    walk = [
        ("proposed", "authorise"),
        ("mandated", "open_negotiations"),
        ("negotiating", "initial"),
        ("initialled", "prepare_signing"),
        ("signing", "sign"),
        ("signed", "submit_for_ratification"),
        ("ratifying", "enter_into_force"),
        ("in_force", "suspend"),
        ("suspended", "resume"),
        ("in_force", "terminate"),
    ]
    for stage, name in walk:
        assert unmet(replace(full, stage=Stage(stage)), Transition(name)) == [], (stage, name)


@pytest.mark.parametrize(
    ("code", "stage", "name", "sentence"),
    [
        (
            "ratified",
            "mandated",
            "sign",
            "The procedure “Treaty subject to ratification” does not foresee the step “Sign” from the stage "
            "“Mandated”.",
        ),
        (
            "ratified",
            "proposed",
            "prepare_signing",
            "The procedure “Treaty subject to ratification” does not foresee the step “Prepare for signing” from the "
            "stage “Proposed”.",
        ),
        (
            "simplified",
            "signed",
            "submit_for_ratification",
            "The procedure “Treaty in simplified form” does not foresee the step “Submit for ratification” from the "
            "stage “Signed”.",
        ),
        (
            "non_binding",
            "in_force",
            "authorise",
            "The procedure “Non-binding instrument” does not foresee the step “Authorise negotiations” from the stage "
            "“In effect”.",
        ),
        (
            "non_binding",
            "proposed",
            "enter_into_force",
            "The procedure “Non-binding instrument” does not foresee the step “Take effect” from the stage “Proposed”.",
        ),
    ],
)
def test_step_that_is_not_foreseen_is_said_in_the_words_of_the_procedure(code, stage, name, sentence):
    case = Case(
        load()[code], Stage(stage), FuzzyDate.parse("2024-12-28"), documents=frozenset(DocumentKind), actors=(KZ, EU)
    )
    first = unmet(case, Transition(name))[0]
    assert (first.code, first.sentence, first.asked, first.firm) == ("not-foreseen", sentence, "", False)


# ---- hold ----
@pytest.mark.parametrize(
    ("stage", "name", "held"),
    [
        ("proposed", "authorise", True),
        ("mandated", "open_negotiations", True),
        ("negotiating", "initial", True),
        ("initialled", "prepare_signing", True),
        ("initialled", "reopen", True),
        ("signing", "sign", True),
        ("signed", "submit_for_ratification", True),
        ("ratifying", "enter_into_force", True),
        ("negotiating", "withdraw", False),
        ("ratifying", "withdraw", False),
        ("signed", "supersede", False),
        # what is operative or ended is not on hold, whatever is said
        ("in_force", "suspend", False),
        ("suspended", "resume", False),
        ("withdrawn", "reopen", False),
    ],
)
def test_hold_stops_every_step_but_withdrawal_and_supersession(stage, name, held):
    on = FuzzyDate.parse("2013-01-01")
    case = Case(load()["ratified"], Stage(stage), on, held_since=FuzzyDate.parse("2012-09"))
    codes = [reason.code for reason in unmet(case, Transition(name))]
    assert ("on-hold" in codes) is held
    assert "on-hold" not in [reason.code for reason in unmet(replace(case, held_since=None), Transition(name))]


# ---- reading a reason ----
@pytest.mark.parametrize(
    ("language", "law"), [("en", "Rule 1"), ("ru", "Правило 1"), ("kk", "1-қағида"), ("de", "Rule 1")]
)
@pytest.mark.parametrize(
    ("requirement", "facts"),
    [
        ('{ kind = "document", document = "decision", law = "rule" }', {}),
        ('{ kind = "evidence", document = "decision", law = "rule" }', {}),
        ('{ kind = "act", acts = ["signature"], law = "rule" }', {"actors": (KZ,)}),
        ('{ kind = "clearance", law = "rule" }', {}),
        ('{ kind = "clearance", law = "rule" }', {"clearances": {"A": REFUSED}}),
        ('{ kind = "reached", date = "valid_from", law = "rule" }', {"valid_from": day("2025-01-01")}),
        ('{ kind = "passed", date = "valid_until", law = "rule" }', {}),
        ('{ kind = "passed", date = "valid_until", law = "rule" }', {"valid_until": day("2025-01-01")}),
        ('{ kind = "successor", law = "rule" }', {}),
        ('{ kind = "successor", law = "rule" }', {"successor": Successor(False, frozenset())}),
        ('{ kind = "successor", law = "rule" }', {"actors": (KZ,), "successor": Successor(True, frozenset())}),
        ('{ kind = "participants", law = "rule" }', {}),
    ],
)
def test_law_is_cited_in_the_language_of_the_reader(requirement, facts, language, law):
    (reason,) = unmet(asking(requirement, **facts), Transition.SIGN)
    with translation.override(language):
        assert reason.law_text == law


def test_reason_without_a_law_cites_none():
    (reason,) = unmet(asking('{ kind = "clearance" }'), Transition.SIGN)
    assert reason.law_text == ""


@pytest.mark.parametrize(
    ("language", "party", "title", "since", "until"),
    [
        ("en", "Kazakhstan", "“Trial”", "September~2012", "28~December~2024"),
        ("ru", "Казахстан", "“Проба”", "сентябрь~2012~года", "28~декабря~2024~года"),
        ("kk", "Қазақстан", "“Сынақ”", "2012~жылғы~қыркүйек", "2024~жылғы~28~желтоқсан"),
    ],
)
def test_names_and_dates_are_written_for_the_reader_not_for_the_asker(language, party, title, since, until):
    act = unmet(asking('{ kind = "act", acts = ["signature"] }', actors=(KZ,)), Transition.SIGN)
    passed = unmet(asking('{ kind = "passed", date = "valid_until" }', valid_until=day("2024-12-28")), Transition.SIGN)
    elsewhere = unmet(replace(asking(""), held_since=FuzzyDate.parse("2012-09")), Transition.WITHDRAW)
    held = unmet(replace(asking(""), held_since=FuzzyDate.parse("2012-09")), Transition.SIGN)
    with translation.override(language):
        assert party in act[0].sentence
        assert told(until) in passed[0].sentence
        assert title.strip("“”") in elsewhere[0].sentence
        assert told(since) in held[0].sentence


def test_name_of_a_party_in_one_language_serves_for_all():
    (reason,) = unmet(asking('{ kind = "act", acts = ["signature"] }', actors=(GB,)), Transition.SIGN)
    with translation.override("kk"):
        assert "United Kingdom" in reason.sentence


def test_per_cent_sign_in_a_name_is_only_a_sign():
    case = asking('{ kind = "clearance" }', clearances={"100 % Council %(body)s": REFUSED})
    assert said(unmet(case, Transition.SIGN))[0][1] == "Clearance was refused: 100 % Council %(body)s."


def test_refusal_speaks_with_all_its_reasons():
    reasons = unmet(asking('{ kind = "clearance" }, { kind = "participants" }'), Transition.SIGN)
    refusal = Refused(*reasons)
    assert refusal.reasons == tuple(reasons)
    assert str(refusal) == "No clearance by a body is recorded. At least two participants must be recorded."


def test_guards_come_in_the_order_of_the_file():
    rules = parse(RULES % '{ kind = "participants" }, { kind = "clearance" }', "trial.toml")
    assert [guard.requirement.kind for guard in guards_of(rules, Transition.SIGN)] == ["participants", "clearance"]
    assert guards_of(rules, Transition.WITHDRAW) == []


# ---- laws ----
FACTS = st.fixed_dictionaries(
    {
        "stage": st.sampled_from(Stage),
        "on": st.sampled_from(["2024-12-28", "2024", "unknown"]).map(FuzzyDate.parse),
        "held_since": st.sampled_from([None, FuzzyDate.parse("2012-09")]),
        "actors": st.lists(st.sampled_from([KZ, EU, GB]), unique_by=lambda actor: actor.code).map(tuple),
        "documents": st.frozensets(st.sampled_from(DocumentKind)),
        "acts": st.frozensets(st.tuples(st.sampled_from(["KZ", "EU", "GB"]), st.sampled_from(ActionKind))),
        "clearances": st.dictionaries(st.sampled_from(["A", "B"]), st.sampled_from(ClearanceResult)),
        "valid_from": st.sampled_from([None, day("2020-01-01"), day("2030-01-01")]),
        "valid_until": st.sampled_from([None, day("2020-01-01"), day("2030-01-01")]),
        "evidence": st.sampled_from(["", "a citation"]),
        "successor": st.sampled_from([None, Successor(True, PARTIES), Successor(False, frozenset())]),
    }
)


@given(st.sampled_from(sorted(load())), FACTS, st.sampled_from(Transition))
def test_every_reason_is_a_sentence_that_ends(code, facts, name):
    for reason in unmet(Case(load()[code], **facts), name):
        assert isinstance(reason, Reason)
        assert reason.sentence.endswith(".")
        assert "%(" not in reason.sentence
        assert reason.asked in ("", "evidence", "successor")


@given(st.sampled_from(sorted(load())), FACTS, st.sampled_from(Transition))
def test_more_evidence_never_adds_a_reason(code, facts, name):
    before = Case(load()[code], **facts)
    acts = frozenset((actor.code, act) for actor in before.actors for act in ActionKind)
    after = replace(before, documents=frozenset(DocumentKind), acts=acts, evidence="a citation", held_since=None)
    assert {reason.sentence for reason in unmet(after, name)} <= {reason.sentence for reason in unmet(before, name)}


@given(st.sampled_from(sorted(load())), FACTS, st.sampled_from(Transition))
def test_step_is_foreseen_exactly_when_the_procedure_leads_there(code, facts, name):
    case = Case(load()[code], **facts)
    assert case.procedure.foresees(name, case.stage) is (
        "not-foreseen" not in [reason.code for reason in unmet(case, name)]
    )
