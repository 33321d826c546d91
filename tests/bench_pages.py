"""The cost of pages on a large register: `python -m tests.bench_pages [--agreements N] [--rounds N] [--only TEXT]`.

Fills a database of its own with agreements of all procedures and stages, each with three tasks and a few notes, with
parties, figures and meetings in proportion, then asks the pages in this process as an officer who has a unit. It
prints the median of processor time, the number of queries and the size of each page, and returns 1 where a page breaks
a bound: half a second, 15 queries, 200 kB. Processor time is of this process: on PostgreSQL the server's is not in it.
"""

import argparse
import io
import logging
import os
import random
import sys
import time
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

#: What a page may cost: milliseconds, queries, kilobytes.
_BOUNDS = (500, 15, 200)
#: The bounds of those that may cost something else: all deadlines are looked at closely; the list is opened most often.
_OTHER_BOUNDS = {"/deadlines/?of=all": (1000, 15, 200), "/agreements/": (500, 15, 150)}
PAGES = (
    *("/agreements/", "/agreements/?q=cooperation", "/agreements/?stage=in_force&party=EU&order=-days"),
    *("/desk/", "/desk/?of=unit", "/desk/?of=all", "/desk/?of=all&show=needs"),
    *("/board/", "/board/?lanes=area", "/board/?lanes=party", "/board/?lanes=officer", "/board/?lanes=lead_unit"),
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
        sys.stdout.write(f"{page:48} {cost[0]:7.0f} ms {cost[1]:4} queries {cost[2]:6.0f} kB {sign}\n")
        sys.stdout.flush()
    return int(failed)


def fill(count: int) -> Any:
    """Insert so many agreements and what belongs to them at once; return an officer with a unit."""
    from django.contrib.auth.models import Group

    from agreements import journal, names, registers
    from agreements.models import Agreement, Area, Entry, Indicator, Party, Unit, User

    start, chance, by = time.perf_counter(), random.Random(7), User.objects.service("import")
    units = [Unit.objects.create(code=f"unit-{number}", name_en=f"Unit {number}") for number in range(30)]
    people = [User.objects.create_user(f"officer-{number}", unit=units[number % 30]) for number in range(60)]
    people[0].groups.add(Group.objects.get(name="officer"))
    kept = set(Party.objects.values_list("code", flat=True))
    known = [party for party in names.all_known() if party.code not in kept and party.names.get("en")]
    for one in known[: 250 - len(kept)]:
        called = {f"name_{language}": text for language, text in one.names.items()}
        registers.create(Party(code=one.code, kind=one.kind, **called), by=by)
    parties = list(Party.objects.exclude(code="KZ").order_by("code"))
    for number in range(count * 3 // 10):
        year, party = 2013 + number // len(parties), parties[number % len(parties)]
        figure = Indicator(party=party, name_en="Trade turnover", unit_en="million USD", value=Decimal(100 + number))
        figure.period_from, figure.period_until, figure.source = date(year, 1, 1), date(year, 12, 31), "Statistics"
        registers.create(figure, by=by)
    rows = [_agreement(number, chance, units, people) for number in range(count)]
    Agreement.objects.bulk_create(rows, batch_size=300)
    areas = list(Area.objects.all())
    Agreement.areas.through.objects.bulk_create(
        [Agreement.areas.through(agreement=row, area=chance.choice(areas)) for row in rows], batch_size=400
    )
    others = _join(rows, parties)
    for first in range(0, count, 1000):
        part = rows[first : first + 1000]
        journal.append([draft for row in part for draft in _drafts(row, others[row.pk], by, chance)])
    Agreement.objects.bulk_update(rows, ["version"], batch_size=400)
    _insert_tasks(rows, chance, units, people)
    _insert_meetings(rows, parties, chance, count * 3 // 100)
    sys.stdout.write(f"{count} agreements, {Entry.objects.count()} entries, {3 * count} tasks, {len(parties)} parties ")
    sys.stdout.write(f"inserted in {time.perf_counter() - start:.0f} s; medians of processor time:\n")
    return people[0]


def _agreement(number: int, chance: random.Random, units: list[Any], people: list[Any]) -> Any:
    from agreements import clock
    from agreements.choices import Stage
    from agreements.dates import FuzzyDate
    from agreements.models import Agreement, ProcedureVersion
    from agreements.procedures import load

    rules = chance.choice(list(load("").values()))
    version, _made = ProcedureVersion.objects.get_or_create(
        digest=rules.digest, defaults={"code": rules.code, "version": rules.version, "text": rules.text}
    )
    today = clock.today()
    since = FuzzyDate.of_day(today - timedelta(days=chance.randrange(1, 1500)))
    row = Agreement(
        reference=f"BEN-{number:06}",
        kind="agreement",
        procedure_version=version,
        title_en=f"Agreement {number} on cooperation in matters of common interest",
        stage=chance.choice([*rules.path, *[Stage.IN_FORCE] * 3]),
        since_earliest=since.earliest,
        since_latest=since.latest,
        since_precision=since.precision,
        lead_unit=chance.choice(units),
        officer=chance.choice(people),
        level="secret" if number % 50 == 0 else "internal",
        authentic_languages="en, kk, ru",
        changed_at=clock.now(),
    )
    if row.stage == Stage.IN_FORCE and number % 3 == 0:
        row.valid_until = today + timedelta(days=chance.randrange(-30, 2000))
        if number % 2:
            row.renewal_years, row.notice_months = 5, 6
    if row.stage == Stage.SIGNING and number % 2:
        row.planned_signing = FuzzyDate.of_day(today + timedelta(days=chance.randrange(-20, 300)))
    row.fold()
    return row


def _join(rows: list[Any], parties: list[Any]) -> dict[Any, list[Any]]:
    """Make Kazakhstan and another party, of every other agreement the EU, participants; return them by agreement."""
    from agreements.models import Participant, Party

    own, union = Party.objects.get(code="KZ"), Party.objects.get(code="EU")
    joined = {row.pk: [own, parties[n % len(parties)] if n % 2 else union] for n, row in enumerate(rows)}
    made = [Participant(agreement_id=key, party=party, role="party") for key in joined for party in joined[key]]
    Participant.objects.bulk_create(made, batch_size=400)
    return joined


def _drafts(row: Any, parties: list[Any], by: Any, chance: random.Random) -> list[Any]:
    from agreements import clock, journal, walk
    from agreements.choices import EntryKind, Stage
    from agreements.dates import FuzzyDate

    record = {name: getattr(row, name) for name in row.RECORDED} | {"areas": [], "relations": []}
    record |= {"procedure_version": row.procedure_version.digest, "officer": str(row.officer_id)}
    record |= {"lead_unit": row.lead_unit.code, "valid_until": row.valid_until and row.valid_until.isoformat()}
    record |= {name: record[name].iso if record[name] else "" for name in record if name.startswith("planned_")}
    record["participants"] = [{"party": party.code, "role": "party"} for party in parties]
    opened = {"data": {"text": 1, "record": record}, "text": {"record": {"title_en": row.title_en}}}
    since = FuzzyDate(row.since_earliest, row.since_latest, row.since_precision)
    drafts = [journal.Draft(row, EntryKind.OPEN, by, since, position=walk.STRIDE, to_stage=Stage(row.stage), **opened)]
    for number in range(chance.randrange(3, 8)):
        day = min(clock.today(), row.since_latest + timedelta(days=30 * number))
        noted = {"data": {"text": 1}, "text": {"what": f"Note {number}"}}
        drafts.append(journal.Draft(row, EntryKind.NOTE, by, FuzzyDate.of_day(day), **noted))
    return drafts


def _insert_tasks(rows: list[Any], chance: random.Random, units: list[Any], people: list[Any]) -> None:
    from agreements import clock
    from agreements.dates import FuzzyDate
    from agreements.models import Task

    today, tasks = clock.today(), []
    for row in rows:
        for number in range(3):
            day = today + timedelta(days=chance.randrange(-60, 700))
            task = Task(agreement=row, title_texts={"en": f"Do {number}"}, due=FuzzyDate.of_day(day), due_by=day)
            task.unit, task.person = chance.choice([*units, None]), chance.choice([*people, None])
            task.created_at = task.changed_at = clock.now()
            task.fold()
            tasks.append(task)
    Task.objects.bulk_create(tasks, batch_size=400)


def _insert_meetings(rows: list[Any], parties: list[Any], chance: random.Random, count: int) -> None:
    from agreements import clock
    from agreements.dates import FuzzyDate
    from agreements.models import AgendaItem, Format, Meeting

    today, kind, meetings = clock.today(), Format.objects.first(), []
    for number in range(count):
        day = today + timedelta(days=chance.randrange(-400, 300))
        meeting = Meeting(format=kind, title_en=f"Talks {number}", status="held" if day < today else "confirmed")
        meeting.on, meeting.changed_at = FuzzyDate.of_day(day), clock.now()
        meeting.fold()
        meetings.append(meeting)
    Meeting.objects.bulk_create(meetings)
    AgendaItem.objects.bulk_create(
        AgendaItem(meeting=meeting, agreement=row, number=place)
        for meeting in meetings
        for place, row in enumerate(chance.sample(rows, min(5, len(rows))))
    )
    through = Meeting.parties.through
    through.objects.bulk_create(through(meeting=one, party=chance.choice(parties)) for one in meetings)


if __name__ == "__main__":
    sys.exit(main())
