"""What is recomputed for many agreements at once costs a fixed number of queries."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements import participation, upkeep
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Party, User
from tests.lives import Make, day

LAST_NOTIFICATION = {"enters_into_force": {"first_of_month": 2, "following": {"notifications": "all"}}}


def queries_of_refresh() -> int:
    """Forget what was computed and compute it again, from rows as a caller may have read them."""
    Agreement.objects.update(computed_entry=None)
    rows = list(Agreement.objects.order_by("pk"))
    with CaptureQueriesContext(connection) as queries:
        upkeep.refresh(rows)
    return len(queries)


@pytest.mark.django_db
def test_refresh_runs_the_same_number_of_queries_for_one_and_three(
    make_agreement: Make, parties: dict[str, Party], lawyer: User
) -> None:
    counts = []
    for more in (1, 2):
        for _number in range(more):
            signed = make_agreement(
                procedure="ratified", stage="signed", on=day("2021-03-15"), columns={"clause": LAST_NOTIFICATION}
            )
            for party, on in ((parties["KZ"], "2021-06-01"), (parties["EU"], "2021-09-10")):
                participation.act(signed, party, "notification", on=day(on), by=lawyer)
        counts.append(queries_of_refresh())
        found = Agreement.objects.values_list("computed_entry", flat=True)
        assert list(found) == [FuzzyDate.parse("2021-11-01")] * (1 if more == 1 else 3)
    assert counts == [6, 6]


@pytest.mark.django_db
def test_refresh_asks_little_about_agreements_of_which_nothing_follows(make_agreement: Any) -> None:
    make_agreement()
    make_agreement()
    assert queries_of_refresh() == 2  # the procedures, and the tasks that there may be


@pytest.mark.django_db
def test_who_writes_many_acts_has_the_clause_answered_once_at_the_end(
    make_agreement: Make, parties: dict[str, Party], lawyer: User
) -> None:
    signed = make_agreement(
        procedure="ratified", stage="signed", on=day("2021-03-15"), columns={"clause": LAST_NOTIFICATION}
    )

    def computed() -> FuzzyDate | None:
        return Agreement.objects.get(pk=signed.pk).computed_entry

    with upkeep.at_the_end():
        participation.act(signed, parties["KZ"], "notification", on=day("2021-06-01"), by=lawyer)
        with upkeep.at_the_end():
            participation.act(signed, parties["EU"], "notification", on=day("2021-09-10"), by=lawyer)
        assert computed() is None
    assert computed() == FuzzyDate.parse("2021-11-01")
    with pytest.raises(ZeroDivisionError), upkeep.at_the_end():
        raise ZeroDivisionError
    denunciation = participation.act(signed, parties["EU"], "denunciation", on=day("2021-09-20"), by=lawyer)
    assert denunciation.pk
    assert computed() == FuzzyDate.parse("2021-11-01")
