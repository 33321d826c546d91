"""The cost of pages on a large register: `python -m tests.bench_pages [--agreements N] [--rounds N] [--only TEXT]`.

Fills a database of its own with agreements of all procedures and stages, each with three tasks and a few notes, with
parties, figures and meetings in proportion, then asks the pages in this process as an officer who has a unit. It
prints the median of processor time, the number of queries and the size of each page, and returns 1 where a page breaks
a bound: 400 ms, 13 queries, 200 kB, or its own. Processor time is of this process: on PostgreSQL the server's is not in
it.
"""

import argparse
import io
import logging
import os
import sys
import time
from collections.abc import Sequence
from statistics import median
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

#: The list with every column that can be chosen.
_ALL_COLUMNS = (
    "/agreements/?columns=reference,stage,since,days,next,ball,parties,area,kind,procedure,lead_unit,officer,"
    "validity,changed,level"
)
#: What a page may cost: milliseconds, queries, kilobytes.
_BOUNDS = (400, 13, 200)
#: The bounds of those that may cost something else: what is looked at closely, one by one; the list as it is opened
#: most often, and with all columns.
_OTHER_BOUNDS = {
    "/agreements/": (400, 13, 100),
    _ALL_COLUMNS: (400, 13, 150),
    "/desk/?of=all&show=needs": (500, 13, 200),
    "/deadlines/?of=all": (500, 13, 200),
}
PAGES = (
    *("/agreements/", _ALL_COLUMNS, "/agreements/?q=cooperation", "/agreements/?stage=in_force&party=EU&order=-days"),
    *("/desk/", "/desk/?of=unit", "/desk/?of=all", "/desk/?of=all&show=needs"),
    *("/board/", "/board/?lanes=area", "/board/?lanes=party"),
    *("/overview/", "/overview/?party=EU", "/search/?q=cooperation", "/search/?q=1234", "/search/"),
    *("/deadlines/", "/deadlines/?of=unit", "/deadlines/?of=all"),
    *("/tasks/", "/tasks/?of=all", "/meetings/", "/views/", "/reports/", "/procedures/"),
    *("/calendar/", "/calendar/?when=past", "/calendar/2025/", "/calendar/2025/3/", "/calendar/2025/3/14/"),
    *("/parties/", "/parties/EU/", "/parties/KZ/", "/parties/FR/", "/agreements/AIR-7Q4M/", "/agreements/PEP-4K7Z/"),
)


def main() -> int:
    """Fill, measure and print; return 1 when a page breaks a bound or does not answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agreements", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="only addresses that hold this text")
    options = parser.parse_args()
    django.setup()

    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import setup_test_environment, teardown_test_environment

    from tests.large import fill

    name = connection.settings_dict["NAME"]
    setup_test_environment(debug=False)
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        logging.disable()
        call_command("load_sample", stdout=io.StringIO())
        officer = fill(options.agreements)
        return measure(officer, [page for page in PAGES if options.only in page], options.rounds)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
        teardown_test_environment()


def measure(officer: Any, pages: Sequence[str], rounds: int) -> int:
    """Ask for each page once to warm up, then so many times; print what it costs."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(raise_request_exception=False)
    client.force_login(officer)
    failed = 0
    for page in pages:
        with CaptureQueriesContext(connection) as queries:
            response = client.get(page)
        asked, taken = len(queries), []
        for _round in range(rounds):
            start = time.process_time()
            client.get(page)
            taken.append(1000 * (time.process_time() - start))
        cost = (median(taken), asked, len(response.content) / 1000)
        over = any(one > bound for one, bound in zip(cost, _OTHER_BOUNDS.get(page, _BOUNDS), strict=True))
        failed |= over or response.status_code != 200
        sign = "!" if over else "" if response.status_code == 200 else response.status_code
        sys.stdout.write(f"{page[:48]:48} {cost[0]:7.0f} ms {cost[1]:4} queries {cost[2]:6.0f} kB {sign}\n")
        sys.stdout.flush()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
