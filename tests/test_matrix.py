"""The specification of the state machine: for every procedure and stage, exactly what can be done next."""

from collections.abc import Callable

import pytest

from agreements import lifecycle
from agreements.choices import EDGES, InstrumentKind, Stage
from agreements.models import Agreement, User

_END = "suspend terminate expire supersede"
_HELD = "resume terminate expire supersede"
_FULL = {
    "proposed": "authorise withdraw",
    "mandated": "open_negotiations withdraw",
    "negotiating": "initial withdraw",
    "initialled": "prepare_signing withdraw reopen",
    "signing": "sign withdraw reopen",
    "signed": "submit_for_ratification supersede withdraw",
    "ratifying": "enter_into_force supersede withdraw",
    "in_force": _END,
    "suspended": _HELD,
    "terminated": "",
    "expired": "",
    "superseded": "",
    "withdrawn": "reopen",
}
MATRIX = {
    "ratified": _FULL,
    "eu_mixed": _FULL,
    "multilateral": _FULL,
    "simplified": {
        "proposed": "authorise open_negotiations withdraw",
        "mandated": "open_negotiations withdraw",
        "negotiating": "initial prepare_signing withdraw",
        "initialled": "prepare_signing withdraw reopen",
        "signing": "sign withdraw reopen",
        "signed": "enter_into_force supersede withdraw",
        "in_force": _END,
        "suspended": _HELD,
        "terminated": "",
        "expired": "",
        "superseded": "",
        "withdrawn": "reopen",
    },
    "non_binding": {
        "proposed": "open_negotiations prepare_signing withdraw",
        "negotiating": "prepare_signing withdraw",
        "signing": "sign withdraw reopen",
        "signed": "enter_into_force supersede withdraw",
        "in_force": _END,
        "suspended": _HELD,
        "terminated": "",
        "expired": "",
        "superseded": "",
        "withdrawn": "reopen",
    },
}
CELLS = [(code, stage, steps) for code, stages in MATRIX.items() for stage, steps in stages.items()]


@pytest.mark.parametrize(("code", "stage", "steps"), CELLS)
def test_available_is_exactly_the_matrix(
    make_agreement: Callable[..., Agreement], lawyer: User, code: str, stage: str, steps: str
) -> None:
    agreement = make_agreement(kind=InstrumentKind.AGREEMENT, procedure=code, stage=stage)
    options = lifecycle.available(agreement, by=lawyer)
    assert {option.name.value for option in options if option.foreseen} == set(steps.split())
    # What the machine knows and the procedure does not foresee is named too, with that reason; nothing else is.
    rules = agreement.rules
    beyond = {
        name.value
        for name, edge in EDGES.items()
        if Stage(stage) in edge.sources and edge.target in rules.stages and name.value not in steps.split()
    }
    assert {option.name.value for option in options if not option.foreseen} == beyond
    for option in options:
        assert ("not-foreseen" in {reason.code for reason in option.reasons}) is not option.foreseen


@pytest.mark.parametrize("code", MATRIX)
def test_stages_missing_from_a_procedure_cannot_be_opened(
    make_agreement: Callable[..., Agreement], lawyer: User, code: str
) -> None:
    from agreements.guards import Refused

    for stage in set(Stage.values) - set(MATRIX[code]):
        with pytest.raises(Refused) as refusal:
            make_agreement(procedure=code, stage=stage)
        assert [reason.code for reason in refusal.value.reasons] == ["stage-unknown"]
    assert not Agreement.objects.exists()


@pytest.mark.parametrize(("code", "stage", "steps"), CELLS)
def test_every_other_step_is_refused_and_nothing_is_written(
    make_agreement: Callable[..., Agreement], lawyer: User, code: str, stage: str, steps: str
) -> None:
    from agreements.dates import FuzzyDate
    from agreements.guards import Refused

    agreement = make_agreement(procedure=code, stage=stage)
    for name in set(EDGES) - set(steps.split()):
        with pytest.raises(Refused) as refusal:
            lifecycle.perform(agreement, name, on=FuzzyDate.parse("2024-01-10"), by=lawyer, evidence="COM(2025)154")
        assert {"step-impossible", "not-foreseen"} & {reason.code for reason in refusal.value.reasons}
    kept = Agreement.objects.get(pk=agreement.pk)
    assert (kept.stage, kept.version) == (stage, 1)
