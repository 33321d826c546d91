"""What it costs to take over a table: `python -m tests.bench_imports [--rows N] [--format xlsx] [--profile FILE]`.

Makes a table of agreements, each with two parties, a signature and an entry into force, uploads it into a database of
its own, tries it and records it, each in a process of its own with the settings of production: on SQLite and on
PostgreSQL with all durability. It prints processor time of the process (on PostgreSQL also of the server), wall time
and the peak of memory of each, and returns 1 where not every row is recorded or the journal does not prove itself.
"""

import argparse
import cProfile
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = os.environ.get("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

from bench.register import cases
from bench.serving import Meter

#: What is done with a table, one after the other.
STEPS = ("upload", "try", "record", "verify")
_HEADER = ("Title", "Title in Russian", "Parties", "Kind", "Signed on", "In force on")
_SIDES = ("France", "Italy", "Japan", "Türkiye", "Brazil", "Uzbekistan", "Germany", "India", "Mongolia", "Georgia")


def main() -> int:
    """Make the table and the database, do each step in a process of its own, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--format", default="csv", choices=("csv", "xlsx"))
    parser.add_argument("--profile", default="", help="write where the time of the steps goes to FILE.STEP")
    parser.add_argument("--step", default="", help=argparse.SUPPRESS)
    parser.add_argument("--file", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    django.setup()
    if options.step:
        return _step(options)

    from django.db import connection
    from django.test.utils import setup_test_environment, teardown_test_environment

    from tests.databases import database
    from tests.serving import environment

    setup_test_environment(debug=False)
    try:
        with database(), tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"table.{options.format}"
            _make(path, options.rows)
            given = {**environment(DOCUMENTS_DIR=folder), "LOG_LEVEL": "ERROR"}
            connection.close()
            sys.stdout.write(f"{options.rows} rows, {path.stat().st_size / 1e6:.1f} MB, {connection.vendor}\n")
            for step in STEPS:
                command = [sys.executable, "-m", "tests.bench_imports", *sys.argv[1:], "--step", step]
                done = subprocess.run([*command, "--file", str(path)], env=given, stdout=subprocess.PIPE, text=True)
                if done.returncode:
                    return 1
                _print(json.loads(done.stdout), options.rows)
    finally:
        teardown_test_environment()
    return 0


def _print(told: dict[str, Any], rows: int) -> None:
    server = f" + {told['server']:6.1f} s of the server" if told["server"] else ""
    each = 1000 * (told["own"] + told["server"]) / rows
    sys.stdout.write(
        f"{told['step']:8} {told['own']:6.1f} s of processor time{server}, {each:.3f} ms a row, "
        f"{told['wall']:6.1f} s, {told['memory']:4.0f} MB {told['counts'] or ''}\n"
    )
    sys.stdout.flush()


def _make(path: Path, rows: int) -> None:
    """Write the table: titles as those of the benchmark, a signature and an entry into force of ten years."""
    made = (
        (case.title_en, case.title_ru, f"Kazakhstan; {_SIDES[number % len(_SIDES)]}", case.kind.title(), *_days(number))
        for number, case in enumerate(cases(rows, 200))
    )
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows((_HEADER, *made))
        return
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate((_HEADER, *made)):
            sheet.write_row(place, 0, row)


def _days(number: int) -> tuple[str, str]:
    signed = 1990 + number % 30
    return f"{1 + number % 28:02}.{1 + number % 12:02}.{signed}", f"{1 + number % 27:02}.03.{signed + 1}"


def _step(options: argparse.Namespace) -> int:
    """Do one step in this process, and tell what it took as JSON."""
    from django.db import connection

    connection.ensure_connection()
    meter, profile = Meter(_postmaster()), cProfile.Profile() if options.profile else None
    server, own, start = meter.server(), time.process_time(), time.perf_counter()
    if profile:
        profile.enable()
    counts = _done(options)
    if profile:
        profile.disable()
        profile.dump_stats(f"{options.profile}.{options.step}")
    told = {
        "step": options.step,
        "own": time.process_time() - own,
        "server": (meter.server() - server) / 1e9,
        "wall": time.perf_counter() - start,
        "memory": _peak(),
        "counts": counts,
    }
    sys.stdout.write(json.dumps(told))
    return 0


def _done(options: argparse.Namespace) -> dict[str, int]:
    """Do one step, and return how many rows had which outcome."""
    from django.core.files.base import File

    from agreements import imports, journal
    from agreements.imports.mapping import Mapped
    from agreements.models import Agreement, ImportRun, User

    by = User.objects.service("import")
    if options.step == "upload":
        with Path(options.file).open("rb") as content:
            run = imports.upload(File(content, name=Path(options.file).name), by=by, kind="agreements", source="Bench")
        imports.settle(run, Mapped.of_data(run.mapping), by=by)
        imports.decide(run, {"new-party": {"*": "new"}}, by=by)
        return {}
    run = ImportRun.objects.get()
    if options.step == "try":
        return dict(imports.check(run, by=by).counts)
    if options.step == "record":
        done = imports.start(run, by=by, at_once=True)
        if done.counts != {"created": options.rows}:
            raise SystemExit(f"{done.state}: {done.counts} {done.problem}")
        return dict(done.counts)
    if Agreement.objects.count() != options.rows or list(journal.verify()):
        raise SystemExit("The journal does not prove what was recorded.")
    return {}


def _peak() -> float:
    """Return the most memory that this process has held, in MB; `getrusage` would count who started it, too."""
    told = Path("/proc/self/status").read_text()
    return int(told.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def _postmaster() -> int:
    """Return the process of the server, 0 where it is none of this machine."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    try:
        return int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
