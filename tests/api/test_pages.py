"""Pages by cursor: nothing twice, nothing left out, whoever writes meanwhile."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements.models import Agreement
from tests.api.conftest import errors_of

NOON = datetime(2024, 12, 28, 12, tzinfo=UTC)


@pytest.fixture
def moments(make_agreement):
    """Agreements changed at given moments; several share one, some differ by a microsecond."""

    def make(*microseconds: int) -> list[Agreement]:
        made = []
        for number in microseconds:
            agreement = make_agreement(titles={"en": f"At {number}"}, short_titles={})
            moment = NOON + timedelta(microseconds=number)
            Agreement.objects.filter(pk=agreement.pk).update(changed_at=moment)
            made.append(agreement)
        return made

    return make


def in_order() -> list[str]:
    rows = Agreement.objects.values_list("changed_at", "pk", "reference")
    return [row[2] for row in sorted(rows, key=lambda row: (-row[0].timestamp() * 10**6, row[1].hex))]


def every(pages: list[list[str]]) -> list[str]:
    return [reference for page in pages for reference in page]


def walk(client, address, between=lambda page: None, link="next") -> list[list[str]]:
    pages = []
    while address:
        page = client.get(address).json()
        pages.append([row["reference"] for row in page["results"]])
        between(len(pages))
        address = page[link]
    return pages


TIES = (5, 5, 5, 5, 5, 0, 0, 1, 1_000_000, 999_999, 2, 2, 2, 2)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 13, 14, 15, 200])
def test_pages_hold_every_row_once_whatever_their_size(api, reader, moments, size):
    moments(*TIES)
    pages = walk(api(reader), f"agreements/?page_size={size}")

    assert every(pages) == in_order()
    assert all(len(page) == size for page in pages[:-1])
    assert 1 <= len(pages[-1]) <= size


@pytest.mark.parametrize("size", [1, 3, 5])
def test_the_way_back_is_the_way_there(api, reader, moments, size):
    moments(*TIES)
    client = api(reader)
    there, address = [], f"agreements/?page_size={size}"
    while address:
        page = client.get(address).json()
        there.append([row["reference"] for row in page["results"]])
        last, address = page, page["next"]
    back = walk(client, last["previous"], link="previous")

    assert back == there[-2::-1]
    first = client.get(f"agreements/?page_size={size}").json()
    assert first["previous"] is None
    assert client.get(client.get(first["next"]).json()["previous"]).json()["results"] == first["results"]


def test_rows_that_come_meanwhile_move_no_page(api, reader, moments, make_agreement):
    moments(*TIES)
    expected = in_order()

    def insert(number: int) -> None:
        if number < 6:
            # One ahead of all, one among those that share a moment.
            make_agreement()
            other = make_agreement()
            Agreement.objects.filter(pk=other.pk).update(changed_at=NOON + timedelta(microseconds=5))

    seen = every(walk(api(reader), "agreements/?page_size=2", insert))

    assert len(seen) == len(set(seen))
    assert [reference for reference in seen if reference in expected] == expected


def test_a_row_that_changes_meanwhile_moves_to_the_front_and_no_other(api, reader, moments):
    moments(*TIES)
    expected = in_order()
    moved = expected[-1]

    def change(number: int) -> None:
        if number == 1:
            Agreement.objects.filter(reference=moved).update(changed_at=NOON + timedelta(days=1))

    seen = every(walk(api(reader), "agreements/?page_size=3", change))

    assert seen == expected[:-1]
    after = (NOON + timedelta(hours=1)).isoformat()
    (row,) = api(reader).get("agreements/", {"changed_at__gte": after}).json()["results"]
    assert row["reference"] == moved


def test_filters_stay_on_the_next_page(api, reader, moments):
    moments(*TIES)
    client = api(reader)
    page = client.get("agreements/", {"page_size": 5, "stage": ["proposed", "signed"], "text": "at"}).json()
    query = parse_qs(urlsplit(page["next"]).query)

    assert query.pop("cursor")
    assert query == {"page_size": ["5"], "stage": ["proposed", "signed"], "text": ["at"]}
    assert len(every(walk(client, page["next"]))) == len(TIES) - 5


def test_a_page_asks_for_one_row_more_than_it_shows_and_counts_nothing(api, reader, moments):
    moments(*TIES)
    client = api(reader)
    address = client.get("agreements/?page_size=4").json()["next"]
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    (asked,) = [
        query["sql"] for query in queries if 'FROM "agreements_agreement"' in query["sql"] and "LIMIT" in query["sql"]
    ]

    assert asked.endswith("LIMIT 5")
    assert not any("COUNT(" in query["sql"] for query in queries)


def test_a_cursor_that_was_changed_is_none(api, reader, moments):
    moments(*TIES)
    address = api(reader).get("agreements/?page_size=2").json()["next"]
    cursor = parse_qs(urlsplit(address).query)["cursor"][0]

    for changed in (cursor[:-1], cursor[1:], cursor.upper(), cursor + "x", cursor.split(":")[0], "\x00", "x" * 5000):
        assert errors_of(api(reader).get("agreements/", {"cursor": changed})) == {"cursor": "invalid"}
