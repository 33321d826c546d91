"""The vocabulary: every word that is stored or sent, the groups, and the state machine, written out."""

from itertools import pairwise

import pytest
from django.utils import translation

from agreements import choices
from agreements.choices import EDGES, ActionKind, EntryKind, Group, InstrumentKind, Level, Role, Stage, Transition

#: Stage, its English label, its group.
STAGES = [
    ("proposed", "Proposed", "preparing"),
    ("mandated", "Mandated", "preparing"),
    ("negotiating", "Negotiating", "preparing"),
    ("initialled", "Initialled", "preparing"),
    ("signing", "Being prepared for signing", "preparing"),
    ("signed", "Signed", "concluded"),
    ("ratifying", "Undergoing ratification", "concluded"),
    ("in_force", "In force", "operative"),
    ("suspended", "Suspended", "operative"),
    ("terminated", "Terminated", "ended"),
    ("expired", "Expired", "ended"),
    ("superseded", "Superseded", "ended"),
    ("withdrawn", "Withdrawn", "ended"),
]

#: The state machine: transition, the stages it leads from, the stage it leads to.
MACHINE = {
    "authorise": (["proposed"], "mandated"),
    "open_negotiations": (["proposed", "mandated"], "negotiating"),
    "initial": (["negotiating"], "initialled"),
    "prepare_signing": (["proposed", "negotiating", "initialled"], "signing"),
    "sign": (["signing"], "signed"),
    "submit_for_ratification": (["signed"], "ratifying"),
    "enter_into_force": (["signed", "ratifying"], "in_force"),
    "suspend": (["in_force"], "suspended"),
    "resume": (["suspended"], "in_force"),
    "terminate": (["in_force", "suspended"], "terminated"),
    "expire": (["in_force", "suspended"], "expired"),
    "supersede": (["signed", "ratifying", "in_force", "suspended"], "superseded"),
    "withdraw": (
        ["proposed", "mandated", "negotiating", "initialled", "signing", "signed", "ratifying"],
        "withdrawn",
    ),
    "reopen": (["initialled", "signing", "withdrawn"], "negotiating"),
}

#: Words that are stored in the journal and sent by the API: none may change or go, and their order is that of lists.
WORDS = {
    "Group": "preparing concluded operative ended",
    "Manner": "signed endorsed adopted launched exchange_of_notes",
    "InstrumentKind": (
        "treaty agreement protocol convention exchange_of_notes memorandum roadmap action_plan declaration platform"
    ),
    "Level": "public internal restricted secret",
    "InTheNameOf": "republic government agency",
    "Ball": "own other depositary nobody",
    "PartyKind": "state organisation",
    "Role": "negotiating signatory party depositary observer",
    "RelationKind": "implements follows amends supersedes annexed_to",
    "ActionKind": (
        "full_powers full_powers_not_required subsequent_confirmation initialling signature confirmation "
        "submission ratification acceptance approval accession succession formal_confirmation notification "
        "provisional_application reservation declaration objection denunciation suspension rejoining withdrawal"
    ),
    "SignatureManner": "subject definitive ad_referendum",
    "Status": (
        "none not_signed initialled signed_ad_referendum signed consent_given bound_provisionally bound suspended "
        "withdrawn ended gone"
    ),
    "DocumentKind": (
        "proposal mandate draft negotiating_text initialled_text signed_text certified_copy full_powers "
        "legal_expertise linguistic_expertise clearance decision signing_decision draft_law explanatory_note "
        "note_verbale instrument_of_ratification depositary_notice notice intention_notice publication other"
    ),
    "ClearanceResult": "given with_remarks refused",
    "Precision": "day month quarter half_year year unknown",
    "Certainty": "firm inferred reported disputed",
    "Origin": "recorded imported",
    "SubjectKind": "agreement party meeting indicator commitment undisclosed",
    "EntryKind": "open step hold release note action document clearance task edit marking access void redaction",
    "TaskStatus": "open done dropped",
    "ShareEvent": "given withdrawn",
    "TaskAnchor": "planned_signing planned_entry_into_force valid_from valid_until use",
    "Strength": "late soon plain",
    "MeetingStatus": "tentative confirmed held cancelled",
    "UndisclosedState": "undisclosed disclosed withdrawn",
    "CommitmentState": "planned under_way fulfilled standing not_fulfilled lapsed",
    "Rhythm": "daily weekly monthly never",
    "RunState": "waiting building done failed",
    "TokenScope": "read write",
    "Payload": "thin full",
    "DeliveryState": "waiting delivered failed withheld",
    "MeetingLevel": "head_of_state minister deputy_minister senior_official expert",
}


@pytest.mark.parametrize("name", WORDS)
def test_list_has_exactly_its_words_in_order(name):
    assert getattr(choices, name).values == WORDS[name].split()


@pytest.mark.parametrize("name", [*WORDS, "Stage", "Transition"])
def test_label_is_never_empty_nor_shared(name):
    with translation.override("en"):
        labels = [str(label) for label in getattr(choices, name).labels]
    assert all(label.strip() == label != "" for label in labels)
    assert len(set(labels)) == len(labels)


def test_stages_are_these_with_label_and_group():
    with translation.override("en"):
        assert [(stage.value, str(stage.label), stage.group.value) for stage in Stage] == STAGES


@pytest.mark.parametrize(
    ("groups", "stages"),
    [
        ((Group.PREPARING,), ["proposed", "mandated", "negotiating", "initialled", "signing"]),
        ((Group.CONCLUDED,), ["signed", "ratifying"]),
        ((Group.OPERATIVE,), ["in_force", "suspended"]),
        ((Group.ENDED,), ["terminated", "expired", "superseded", "withdrawn"]),
        ((Group.ENDED, Group.CONCLUDED), ["signed", "ratifying", "terminated", "expired", "superseded", "withdrawn"]),
        ((), []),
    ],
)
def test_stages_of_groups_come_in_the_order_of_life(groups, stages):
    assert [stage.value for stage in Stage.of(*groups)] == stages


def test_machine_has_exactly_these_edges():
    assert {
        name.value: ([stage.value for stage in edge.sources], edge.target.value) for name, edge in EDGES.items()
    } == MACHINE


def test_machine_knows_every_transition_in_the_order_of_life():
    assert list(EDGES) == list(Transition)


def test_machine_never_leads_back_to_the_beginning_nor_to_the_same_stage():
    assert all(edge.target != Stage.PROPOSED and edge.target not in edge.sources for edge in EDGES.values())


def test_ended_agreement_moves_only_when_withdrawn_and_reopened():
    assert [
        (name.value, stage.value)
        for name, edge in EDGES.items()
        for stage in edge.sources
        if stage.group == Group.ENDED
    ] == [("reopen", "withdrawn")]


def test_every_stage_is_reached_from_a_proposal():
    reached = {Stage.PROPOSED}
    for _step in Stage:
        reached |= {edge.target for edge in EDGES.values() if reached & set(edge.sources)}
    assert reached == set(Stage)


@pytest.mark.parametrize(
    ("kind", "procedure"),
    [
        ("treaty", "ratified"),
        ("agreement", "ratified"),
        ("protocol", "ratified"),
        ("convention", "multilateral"),
        ("exchange_of_notes", "simplified"),
        ("memorandum", "non_binding"),
        ("roadmap", "non_binding"),
        ("action_plan", "non_binding"),
        ("declaration", "non_binding"),
        ("platform", "non_binding"),
    ],
)
def test_instrument_kind_has_its_default_procedure(kind, procedure):
    assert InstrumentKind(kind).default_procedure == procedure


def test_instrument_kind_without_default_procedure_does_not_exist():
    assert {kind.default_procedure for kind in InstrumentKind} == {
        "ratified",
        "multilateral",
        "simplified",
        "non_binding",
    }


@pytest.mark.parametrize(
    ("level", "seen"),
    [
        ("public", ["public"]),
        ("internal", ["public", "internal"]),
        ("restricted", ["public", "internal", "restricted"]),
        ("secret", ["public", "internal", "restricted", "secret"]),
    ],
)
def test_level_shows_itself_and_everything_below(level, seen):
    assert [item.value for item in Level.up_to(level)] == seen


def test_level_that_does_not_exist_shows_nothing():
    with pytest.raises(ValueError, match="cosmic"):
        Level.up_to("cosmic")


def test_levels_widen():
    assert all(set(Level.up_to(lower)) < set(Level.up_to(higher)) for lower, higher in pairwise(Level))


@pytest.mark.parametrize(
    ("role", "acts"),
    [("negotiating", True), ("signatory", True), ("party", True), ("depositary", False), ("observer", False)],
)
def test_role_acts_or_looks_on(role, acts):
    assert Role(role).acts is acts


def test_consents_are_the_acts_that_bind():
    assert [kind.value for kind in ActionKind.consents()] == [
        "ratification",
        "acceptance",
        "approval",
        "accession",
        "succession",
        "formal_confirmation",
        "notification",
        "rejoining",
    ]


def test_consents_that_complete_a_signature_are_some_of_the_consents():
    assert [kind.value for kind in ActionKind.after_signature()] == ["ratification", "acceptance", "approval"]
    assert set(ActionKind.after_signature()) < set(ActionKind.consents())


def test_acts_that_concern_another_act_are_these():
    assert [kind.value for kind in ActionKind.aimed()] == ["confirmation", "objection", "withdrawal"]


def test_authority_is_shown_beforehand_not_needed_or_confirmed():
    assert [kind.value for kind in ActionKind.authorities()] == [
        "full_powers",
        "full_powers_not_required",
        "subsequent_confirmation",
    ]


def test_placed_entries_are_those_that_move_or_hold():
    assert [kind.value for kind in EntryKind.placed()] == ["open", "step", "hold", "release"]
