"""The specification of the state machine: for every procedure and stage, exactly what can be done next."""

from collections.abc import Callable

import pytest

from agreements import lifecycle
from agreements.choices import EDGES, InstrumentKind, Stage
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.models import Agreement, User
from tests.rules.tables import FORESEEN

CELLS = [(code, stage, steps) for code, stages in FORESEEN.items() for stage, steps in stages.items()]


@pytest.mark.parametrize(("code", "stage", "steps"), CELLS)
def test_what_the_matrix_says_can_be_done_and_every_other_step_is_refused(
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
    # What was signed is given up with a notice, a draft without.
    treaty_is_signed = code != "non_binding" and stage in ("signed", "ratifying")
    assert [(option.possible, option.asks) for option in options if option.name == "withdraw" and option.foreseen] == (
        [(True, ("evidence",) if treaty_is_signed else ())] if "withdraw" in steps else []
    )
    for name in set(EDGES) - set(steps.split()):
        with pytest.raises(Refused) as refusal:
            lifecycle.perform(agreement, name, on=FuzzyDate.parse("2024-01-10"), by=lawyer, evidence="COM(2025)154")
        assert {"step-impossible", "not-foreseen"} & {reason.code for reason in refusal.value.reasons}
    kept = Agreement.objects.get(pk=agreement.pk)
    assert (kept.stage, kept.version) == (stage, 1)


@pytest.mark.parametrize("code", FORESEEN)
def test_stages_missing_from_a_procedure_cannot_be_opened(
    make_agreement: Callable[..., Agreement], lawyer: User, code: str
) -> None:
    for stage in set(Stage.values) - set(FORESEEN[code]):
        with pytest.raises(Refused) as refusal:
            make_agreement(procedure=code, stage=stage)
        assert [reason.code for reason in refusal.value.reasons] == ["stage-unknown"]
    assert not Agreement.objects.exists()
