"""What clauses and workbooks cost: `python -m tests.bench_clauses [--tracked N] [--rows N]`.

Inserts `--tracked` agreements at once, a third of them with a clause and ten acts each, in a database of its own with
full durability, and says how long it takes to answer all clauses anew, and to report on all. Then it writes a table of
`--rows` rows as XLSX, and the same values as tutorials do it, and says how many times faster it was. The times mean
something only beside those of the same machine in the same hour.
"""

import argparse
import io
import logging
import os
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

os.environ |= {"DJANGO_SETTINGS_MODULE": "tests.settings", "PACTA_TEST_DURABLE": "1"}

import django


def main() -> int:
    """Measure and print; return 1 where the queries grow with the number of agreements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tracked", type=int, default=10_000)
    parser.add_argument("--rows", type=int, default=100_000)
    options = parser.parse_args()
    django.setup()

    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import setup_test_environment, teardown_test_environment

    name = connection.settings_dict["NAME"]
    setup_test_environment(debug=False)
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        logging.disable()
        call_command("load_sample", stdout=io.StringIO())
        failed = measure_tracks(options.tracked)
        measure_workbook(options.rows)
        return failed
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
        teardown_test_environment()


#: Of so many agreements one has a clause and acts.
_ONE_IN = 3
_CLAUSE = {"enters_into_force": {"first_of_month": 2, "following": {"notifications": "all"}}}


def measure_tracks(count: int) -> int:
    """Answer the clauses of many agreements, and report on all; return 1 where the queries grow with their number."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from agreements import upkeep
    from agreements.models import Agreement, User
    from agreements.reports import participation, portfolio

    if not count:
        return 0
    start = time.perf_counter()
    with_clause, without = _insert_tracks(count)
    say = sys.stdout.write
    say(f"{count} agreements, {len(with_clause)} of them with a clause and ten acts, ")
    say(f"inserted in {time.perf_counter() - start:.0f} s:\n")
    rows = list(Agreement.objects.filter(pk__in=[agreement.pk for agreement in with_clause + without]))
    with CaptureQueriesContext(connection) as queries:
        seconds = _seconds(lambda: upkeep.refresh(rows))
    keys = [agreement.pk for agreement in with_clause]
    kept = Agreement.objects.filter(pk__in=keys).values_list("computed_entry", flat=True)
    changed = sum(day is not None for day in kept)
    say(f"{'answer every clause':28} {seconds:8.1f} s, {len(queries)} queries, {changed} days changed\n")
    batches = -(-len(rows) // upkeep.BATCH)
    bound = 1 + batches * (9 + -(-upkeep.BATCH // 200))  # seven to read; to write, a savepoint, an update for each 200
    again = _seconds(lambda: upkeep.refresh(list(Agreement.objects.filter(pk__in=keys))))
    say(f"{'answer them again':28} {again:8.1f} s\n")
    user = User.objects.service("report")
    for name, report in (("portfolio", portfolio), ("participation", participation)):
        with CaptureQueriesContext(connection) as asked:
            seconds = _seconds(lambda: report.data(report.build(user, as_of=date(2024, 12, 28))))  # noqa: B023
        say(f"{name + ' of all':28} {seconds:8.1f} s, {len(asked)} queries\n")
    return int(len(queries) > bound or changed != len(with_clause))


def _insert_tracks(count: int) -> tuple[list[Any], list[Any]]:
    """Insert agreements with their chains, all at once: those that have a clause and acts, and those that have not."""
    from agreements import clock, journal, walk
    from agreements.choices import EntryKind, Stage
    from agreements.dates import FuzzyDate
    from agreements.models import Agreement, Participant, Party, ProcedureVersion, User
    from agreements.procedures import load

    rules = load("")["eu_mixed"]
    version, _made = ProcedureVersion.objects.get_or_create(
        digest=rules.digest, defaults={"code": rules.code, "version": rules.version, "text": rules.text}
    )
    parties = list(
        Party.objects.filter(code__in=["KZ", "EU", "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE"]).order_by("code")
    )
    by, signed = User.objects.service("import"), FuzzyDate.of_day(date(2015, 12, 21))
    agreements, drafts = [], []
    for number in range(count):
        agreement = Agreement(
            reference=f"BEN-{number:08}"[:12],
            kind="agreement",
            procedure_version=version,
            title_en=f"Tracked agreement {number}",
            stage=Stage.SIGNED,
            since_earliest=signed.earliest,
            since_latest=signed.latest,
            since_precision=signed.precision,
            clause=_CLAUSE if number % _ONE_IN == 0 else None,
            changed_at=clock.now(),
        )
        agreements.append(agreement)
    Agreement.objects.bulk_create(agreements, batch_size=400)
    Participant.objects.bulk_create(
        (Participant(agreement=one, party=party, role="party") for one in agreements for party in parties),
        batch_size=400,
    )
    for number, agreement in enumerate(agreements):
        record = {name: getattr(agreement, name) for name in ("reference", "kind", "level", "in_the_name_of", "ball")}
        record |= {
            "procedure_version": rules.digest,
            "clause": agreement.clause,
            "areas": [],
            "participants": [{"party": party.code, "role": "party"} for party in parties],
            "relations": [],
            **dict.fromkeys(
                ["valid_from", "valid_until", "planned_signing", "planned_entry_into_force", "lead_unit", "officer"]
            ),
        }
        drafts.append(
            journal.Draft(
                agreement,
                EntryKind.OPEN,
                by,
                signed,
                position=walk.STRIDE,
                to_stage=Stage.SIGNED,
                data={"text": 1, "record": record},
                text={"record": {"title_en": agreement.title_en}},
            )
        )
        if agreement.clause:
            drafts += [
                journal.Draft(
                    agreement,
                    EntryKind.ACTION,
                    by,
                    FuzzyDate.of_day(date(2016, 1 + place, 1 + number % 28)),
                    data={"text": 1, "act": "notification", "party": party.code},
                )
                for place, party in enumerate(parties)
            ]
    journal.append(drafts)
    Agreement.objects.bulk_update(agreements, ["version", "changed_at"], batch_size=400)
    with_clause = [agreement for agreement in agreements if agreement.clause]
    return with_clause, [agreement for agreement in agreements if not agreement.clause]


def measure_workbook(count: int) -> None:
    """Write a table with real dates as XLSX, by our writer and by openpyxl; the memory is that of this process."""
    import resource

    import openpyxl

    from agreements.reports import as_xlsx
    from agreements.reports.document import Cell, Document, Table
    from tests.reports.everything import COLUMNS, Rows

    if not count:
        return
    rows = Rows(count)
    document = Document("Export", "", "Internal", [], [Table("Agreements", COLUMNS, rows)])

    def told(cell: Cell) -> object:
        return cell.text if cell.value is None else cell.value

    def as_tutorials_do() -> None:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append([told(cell) for cell in row])
        book.save(io.BytesIO())

    def grown(work: Callable[[], object]) -> tuple[float, float]:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        work()
        taken = time.process_time() - start
        return taken, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024

    making, _memory = grown(lambda: sum(len(row) for row in rows))
    ours, our_memory = grown(lambda: as_xlsx.render(document, "en"))
    usual, usual_memory = grown(as_tutorials_do)
    sys.stdout.write(
        f"{count} rows as XLSX: {ours:.1f} s and {our_memory:.0f} MB more; openpyxl {usual:.1f} s and "
        f"{usual_memory:.0f} MB more; of both, {making:.1f} s make the rows: "
        f"{(usual - making) / (ours - making):.1f} times faster\n"
    )


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
