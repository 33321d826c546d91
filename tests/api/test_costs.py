"""What lists cost: as many queries for a page of a hundred as for a page of one."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.conftest import V1, schema

#: Lists of what belongs to one agreement are asked of one that has all of it.
REFERENCE = "PEP-4K7Z"
#: Entries of all kinds name parties, people and documents: each of these is read once where a page names it.
NAMED = {f"agreements/{REFERENCE}/journal/": 1, "events/": 2}


def lists():
    for path, operations in schema()["paths"].items():
        parameters = operations.get("get", {}).get("parameters", ())
        if any(one["name"] == "page_size" for one in parameters):
            filled = path.replace("{reference}", REFERENCE)
            if "{" not in filled:
                yield filled.removeprefix(V1)


def test_a_page_of_a_hundred_takes_the_queries_of_a_page_of_one(api, lawyer, sample, subtests):
    client, rows = api(lawyer), 0
    for path in lists():
        with subtests.test(path):
            told = []
            for size in (1, 100):
                client.get(path, {"page_size": size})
                with CaptureQueriesContext(connection) as caught:
                    answer = client.get(path, {"page_size": size})
                told.append(len(caught))
                assert answer.status_code == 200
            assert told[1] - told[0] == NAMED.get(path, 0), told
            assert told[1] <= 8
            rows += len(answer.json()["results"])
    assert rows > 100
