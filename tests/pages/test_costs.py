"""What pages cost on a register of some size: as much as they show, not as much as there is."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import Model
from django.db.models.signals import post_init

from agreements.facets import COLUMNS
from agreements.models import Agreement, Task
from agreements.views.calendar import OF_DAY, OF_MONTH
from agreements.views.listing import PAGE
from agreements.words import LANGUAGES
from tests.conftest import signed_in
from tests.large import fill


@contextmanager
def built() -> Iterator[Counter[type[Model]]]:
    """Count the rows that are made into instances meanwhile."""
    found: Counter[type[Model]] = Counter()

    def count(sender: type[Model], **_more: object) -> None:
        found[sender] += 1

    post_init.connect(count)
    try:
        yield found
    finally:
        post_init.disconnect(count)


@pytest.mark.django_db
def test_pages_cost_what_they_show() -> None:
    """Of two hundred agreements and six hundred tasks no page reads more than it tells of."""
    call_command("load_sample", stdout=StringIO())
    client = signed_in(fill(200, most_parties=20))
    for address, agreements, tasks in (
        ("/agreements/", 0, 3 * PAGE),
        ("/desk/?of=all", 120, 40),
        ("/overview/", 8, 0),
        ("/meetings/", 0, 0),
        ("/calendar/2025/", 150, 12 * OF_MONTH),
        ("/calendar/2025/3/", 120, 31 * OF_DAY),
    ):
        with built() as found:
            assert client.get(address).status_code == 200
        assert (found[Agreement] <= agreements, found[Task] <= tasks) == (True, True), (address, found)
    for language in LANGUAGES:
        client.cookies["django_language"] = language
        page = client.get("/agreements/", {"columns": ",".join(COLUMNS)})
        assert page.content.count(b'<th scope="row">') == PAGE
        assert len(page.content) < 150_000, language
