"""Several writers at once: one gets through, every other is told."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from agreements.models import Entry
from tests.api.conftest import Api, problem_of

WRITERS = 6


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("ask", "winner", "loser"),
    [
        (lambda client, path, n: client.patch(path, {"next_step": f"Step {n}"}, match='"1"'), 200, (412, "stale")),
        (lambda client, path, n: client.post(f"{path}transitions/", {"transition": "withdraw", "on": "2004"}), 201,
         (409, "refused")),
        (lambda client, path, n: client.post(f"{path}hold/", {"on": "2004", "reason": f"{n}"}), 201, (409, "refused")),
    ],
    ids=["change", "step", "hold"],
)  # fmt: skip
def test_one_writer_gets_through_and_the_others_are_told(lawyer, make_agreement, ask, winner, loser):
    agreement = make_agreement()
    clients = [Api(lawyer) for _writer in range(WRITERS)]
    clients[0].get("agreements/")
    start = Barrier(WRITERS)

    def write(number: int):
        start.wait()
        try:
            return ask(clients[number], f"agreements/{agreement.reference}/", number)
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        answers = list(pool.map(write, range(WRITERS)))

    told = Counter(answer.status_code if answer.status_code < 400 else problem_of(answer) for answer in answers)
    assert told == {winner: 1, loser: WRITERS - 1}
    assert Entry.objects.of(agreement).count() == 2
