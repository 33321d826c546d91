"""Guards that ask for acts of participants, and requirements that are asked from some stages or fall away."""

from dataclasses import replace

import pytest
from django.utils import translation

from agreements.choices import ActionKind, DocumentKind, Stage, Transition
from agreements.dates import FuzzyDate
from agreements.guards import Case, unmet
from agreements.procedures import parse
from tests.rules.test_guards import BOTH, KZ, NO_CLEARANCE, RULES, asking, english, missing_document, said

__all__ = ["english"]
ACTS = {
    "full_powers": "Full powers are not recorded: %s.",
    "ratification": "Consent to be bound is not recorded: %s.",
    "full_powers_not_required": "The act “Full powers not required” is not recorded: %s.",
    "subsequent_confirmation": ("The act “Subsequent confirmation of an act without full powers” is not recorded: %s."),
    "submission": "The act “Submission for ratification or approval” is not recorded: %s.",
    "initialling": "The act “Initialling” is not recorded: %s.",
    "signature": "The act “Signature” is not recorded: %s.",
    "acceptance": "The act “Acceptance” is not recorded: %s.",
    "approval": "The act “Approval” is not recorded: %s.",
    "accession": "The act “Accession” is not recorded: %s.",
    "succession": "The act “Succession” is not recorded: %s.",
    "formal_confirmation": "The act “Formal confirmation” is not recorded: %s.",
    "notification": "The act “Notification of completed procedures” is not recorded: %s.",
    "provisional_application": "The act “Provisional application” is not recorded: %s.",
    "reservation": "The act “Reservation” is not recorded: %s.",
    "declaration": "The act “Declaration” is not recorded: %s.",
    "objection": "The act “Objection” is not recorded: %s.",
    "denunciation": "The act “Denunciation” is not recorded: %s.",
    "suspension": "The act “Suspension” is not recorded: %s.",
    "confirmation": "The act “Confirmation of a signature ad referendum” is not recorded: %s.",
    "withdrawal": "The act “Withdrawal of an act” is not recorded: %s.",
    "rejoining": "The act “Re-joining” is not recorded: %s.",
}


def test_every_kind_of_act_has_its_sentence():
    assert sorted(ACTS) == sorted(ActionKind.values)


@pytest.mark.parametrize(("kind", "sentence"), ACTS.items())
def test_act_is_asked_of_each_participant_and_met(kind, sentence):
    case = asking(f'{{ kind = "act", acts = ["{kind}"] }}', **BOTH)
    act = ActionKind(kind)
    kz = ("act-missing", sentence % "Kazakhstan", "", f"act:{kind}:KZ")
    eu = ("act-missing", sentence % "European Union", "", f"act:{kind}:EU")
    assert said(unmet(case, Transition.SIGN)) == [kz, eu]
    assert said(unmet(replace(case, acts=frozenset({("KZ", act), ("FR", act)})), Transition.SIGN)) == [eu]
    assert unmet(replace(case, acts=frozenset({("KZ", act), ("EU", act)})), Transition.SIGN) == []


def test_any_of_the_named_acts_will_do():
    case = asking('{ kind = "act", acts = ["ratification", "approval", "accession"] }', **BOTH)
    done = frozenset({("KZ", ActionKind.RATIFICATION), ("EU", ActionKind.APPROVAL)})
    assert unmet(replace(case, acts=done), Transition.SIGN) == []
    other = frozenset({("KZ", ActionKind.ACCESSION), ("EU", ActionKind.SIGNATURE)})
    assert said(unmet(replace(case, acts=other), Transition.SIGN)) == [
        ("act-missing", "Consent to be bound is not recorded: European Union.", "", "act:ratification:EU")
    ]


NO_POWERS = '{ kind = "act", acts = ["full_powers", "full_powers_not_required", "subsequent_confirmation"] }'


LATER = [("act-later", "The act is dated after the day of the step: Kazakhstan.", "", "act:full_powers:KZ")]


@pytest.mark.parametrize("act", ["full_powers", "full_powers_not_required", "subsequent_confirmation"])
def test_signature_is_good_with_full_powers_without_need_of_them_or_confirmed(act):
    case = asking(NO_POWERS, **BOTH, acts=frozenset({("KZ", ActionKind.FULL_POWERS), ("EU", ActionKind(act))}))
    assert unmet(case, Transition.SIGN) == []


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        # a confirmation comes afterwards by its nature; full powers must be there on the day
        ("subsequent_confirmation", []),
        ("full_powers", LATER),
        ("full_powers_not_required", LATER),
    ],
)
def test_only_a_confirmation_may_be_later_than_the_signature(act, expected):
    case = asking(NO_POWERS, actors=(KZ,), later_acts=frozenset({("KZ", ActionKind(act))}))
    assert said(unmet(case, Transition.SIGN)) == expected


def test_confirmation_counts_only_where_it_is_asked_for():
    later = frozenset({("KZ", ActionKind.SUBSEQUENT_CONFIRMATION)})
    case = asking('{ kind = "act", acts = ["full_powers"] }', actors=(KZ,), later_acts=later)
    assert said(unmet(case, Transition.SIGN)) == [
        ("act-missing", "Full powers are not recorded: Kazakhstan.", "", "act:full_powers:KZ")
    ]


# ---- from some stages only, and unless another was first ----
@pytest.mark.parametrize(
    ("stages", "asked"),
    [('["signed"]', {"signed"}), ('["signing", "signed"]', {"signing", "signed"}), ('["signing"]', {"signing"})],
)
def test_requirement_is_asked_only_from_its_stages(stages, asked):
    rules = RULES % "" + (
        '[stages.withdrawn]\n[transitions.withdraw]\nfrom = ["signing", "signed"]\n'
        f'requires = [{{ kind = "clearance", from = {stages} }}]\n'
    )
    for stage in ("signing", "signed"):
        case = Case(parse(rules, "trial.toml"), Stage(stage), FuzzyDate.parse("2024-12-28"))
        assert said(unmet(case, Transition.WITHDRAW)) == (NO_CLEARANCE if stage in asked else [])


@pytest.mark.parametrize(
    ("acts", "met"),
    [
        ([], False),
        ([("EU", "submission")], True),
        ([("EU", "approval")], True),
        # not what the own side did itself, and not what begins no consent
        ([("KZ", "submission")], False),
        ([("EU", "signature")], False),
        ([("KZ", "submission"), ("EU", "submission")], True),
    ],
)
def test_requirement_falls_away_where_another_participant_was_first(acts, met):
    requirement = '{ kind = "document", document = "draft_law", unless = ["submission", "approval"] }'
    done = frozenset((party, ActionKind(act)) for party, act in acts)
    case = asking(requirement, **BOTH, own="KZ", acts=done)
    assert said(unmet(case, Transition.SIGN)) == (
        []
        if met
        else missing_document(
            "The draft law on ratification is not attached. "
            "Or record the act of another participant that has come first.",
            "draft_law",
        )
    )
    assert unmet(replace(case, documents=frozenset({DocumentKind.DRAFT_LAW})), Transition.SIGN) == []


def test_act_that_is_dated_later_was_not_first():
    requirement = '{ kind = "document", document = "draft_law", unless = ["submission"] }'
    case = asking(requirement, **BOTH, own="KZ", later_acts=frozenset({("EU", ActionKind.SUBMISSION)}))
    assert [reason.code for reason in unmet(case, Transition.SIGN)] == ["document-missing"]


def test_alternative_is_offered_in_the_language_of_the_reader():
    requirement = '{ kind = "document", document = "draft_law", unless = ["submission"], law = "rule" }'
    (reason,) = unmet(asking(requirement, own="KZ"), Transition.SIGN)
    with translation.override("ru"):
        assert (reason.sentence, reason.law_text) == (
            "Проект закона о ратификации не приложен. Либо внесите действие другого участника, который начал первым.",
            "Правило 1",
        )
