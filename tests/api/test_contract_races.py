"""The contract of every operation that is asked by POST, sent several times at once under one key: one effect."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from agreements import journal
from agreements.models import Entry, KeptAnswer
from tests.api.contract import WRITES
from tests.api.field import laid_out_field  # noqa: F401
from tests.api.test_contract import send

SENDERS = 3
#: What is made at the address of the list that shows it.
LISTED = {
    f"{name}/"
    for name in (
        "agreements", "commitments", "delegations", "feeds", "indicators", "meetings", "parties", "shares",
        "subscriptions",
        "task-templates", "tokens", "undisclosed-participants", "views", "webhooks",
    )
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_what_is_sent_at_once_under_one_key_is_done_once(field, subtests):
    """One request does it, the others wait and are answered what it was answered, a refusal likewise."""
    client = field.client()
    with ThreadPoolExecutor(SENDERS) as pool:
        for operation, write in WRITES.items():
            if not operation.startswith("POST"):
                continue
            path = operation.partition(" ")[2]
            address, known = write.place(field, path), set(Entry.objects.order_by("pk").values_list("pk", flat=True))
            start, key = Barrier(SENDERS), operation.replace(" ", ":")

            def ask(_number, operation=operation, write=write, address=address, start=start, key=key):
                start.wait(60)
                try:
                    return send(
                        field.client(), operation, address, write.body, Idempotency_Key=operation.replace(" ", ":")
                    )
                finally:
                    connection.close()

            with subtests.test(operation):
                listed = path in LISTED
                before = client.get(f"{path}?count=true").json()["count"] if listed else 0
                answers = list(pool.map(ask, range(SENDERS)))
                # What others of these have done already is refused, to all of them.
                assert {answer.status_code for answer in answers} <= {write.status, 409}
                assert len({answer.content for answer in answers}) == 1
                replayed = Counter(answer.headers.get("Idempotency-Replayed") for answer in answers)
                assert replayed == {None: 1, "true": SENDERS - 1}
                new = Entry.objects.exclude(pk__in=known).order_by("pk").values_list("request_id", flat=True)
                assert len(set(new)) <= 1
                if listed:
                    assert client.get(f"{path}?count=true").json()["count"] == before + 1
    assert KeptAnswer.objects.count() == sum(operation.startswith("POST") for operation in WRITES)
    assert list(journal.verify()) == []
