"""A first measure of speed: `python -m tests.bench [--agreements 2000] [--rounds 30]`.

Opens agreements through the public functions of `lifecycle` in a database of its own, with full durability, then asks
the surfaces in this process, without a network. It prints medians in milliseconds. They mean something only beside
medians of the same machine in the same hour.
"""

import argparse
import io
import logging
import os
import sys
import time
from collections.abc import Callable
from datetime import date
from statistics import median

os.environ |= {"DJANGO_SETTINGS_MODULE": "tests.settings", "PACTA_TEST_DURABLE": "1"}

import django


def main() -> int:
    """Measure and print; return 1 when a surface did not answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agreements", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    django.setup()

    from django.db import connection
    from django.test.utils import setup_test_environment, teardown_test_environment

    name = connection.settings_dict["NAME"]
    setup_test_environment(debug=False)
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        return _measure(options.agreements, options.rounds)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
        teardown_test_environment()


def _measure(count: int, rounds: int) -> int:
    from django.contrib.auth.models import Group
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from agreements import lifecycle
    from agreements.dates import FuzzyDate
    from agreements.models import Agreement, Area, Entry, Party, User

    logging.disable()
    call_command("load_sample", stdout=io.StringIO())
    officer = User.objects.create_user("officer")
    officer.groups.add(Group.objects.get(name="officer"))
    areas = list(Area.objects.order_by("code"))
    participants = [(party, "negotiating") for party in Party.objects.filter(code__in=("KZ", "EU"))]
    opened, moved = FuzzyDate.of_day(date(2024, 1, 15)), FuzzyDate.of_day(date(2024, 6, 3))

    start = time.perf_counter()
    agreements = [
        lifecycle.open(
            lifecycle.Proposal(
                titles={"en": f"Agreement {number} on {areas[number % len(areas)].name_en}"},
                kind="agreement",
                procedure="simplified",
                areas=[areas[number % len(areas)]],
                participants=participants,
            ),
            by=officer,
            on=opened,
            source="bench",
        )
        for number in range(count)
    ]
    loading = time.perf_counter() - start
    say = sys.stdout.write
    say(f"{connection.vendor}, {Agreement.objects.count()} agreements, {Entry.objects.count()} entries, ")
    say(f"opened at {count / loading:.0f} a second; medians of {rounds}:\n")

    client = Client(raise_request_exception=False)
    client.force_login(officer)
    left = iter(agreements)

    def step() -> None:
        lifecycle.perform(next(left), "open_negotiations", on=moved, by=officer)

    def asking(address: str) -> Callable[[], None]:
        def ask() -> None:
            response = client.get(address)
            if response.status_code != 200:
                raise LookupError(f"{address} answered {response.status_code}")
            b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]

        return ask

    works: dict[str, Callable[[], None]] = {
        "one step": step,
        "list page, API": asking("/api/v1/agreements/"),
        "list page, filtered, API": asking("/api/v1/agreements/?stage=negotiating&area=aviation"),
        "detail, API": asking(f"/api/v1/agreements/{agreements[0].reference}/"),
        "portfolio report": asking("/reports/portfolio/?format=json"),
    }
    failed = 0
    for name, work in works.items():
        try:
            work()
            taken = [_seconds(work) for _round in range(rounds)]
        except LookupError as error:
            failed = 1
            say(f"{name:28} {error}\n")
        else:
            say(f"{name:28} {1000 * median(taken):8.1f} ms\n")
    return failed


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
