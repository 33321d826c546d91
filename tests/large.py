"""Makes a large register: agreements of all procedures and stages, and what belongs to them, inserted at once."""

import random
import sys
import time
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group

from agreements import clock, journal, names, registers, walk
from agreements.choices import EntryKind, Stage
from agreements.dates import FuzzyDate
from agreements.models import (
    AgendaItem,
    Agreement,
    Area,
    Entry,
    Format,
    Indicator,
    Meeting,
    Participant,
    Party,
    ProcedureVersion,
    Task,
    Unit,
    User,
)
from agreements.procedures import load


def fill(count: int, *, most_parties: int = 250) -> Any:
    """Insert so many agreements and what belongs to them at once, between so many parties; return an officer."""

    start, chance, by = time.perf_counter(), random.Random(7), User.objects.service("import")
    units = [Unit.objects.create(code=f"unit-{number}", name_en=f"Unit {number}") for number in range(30)]
    people = [User.objects.create_user(f"officer-{number}", unit=units[number % 30]) for number in range(60)]
    people[0].groups.add(Group.objects.get(name="officer"))
    kept = set(Party.objects.values_list("code", flat=True))
    known = [party for party in names.all_known() if party.code not in kept and party.names.get("en")]
    for one in known[: max(0, most_parties - len(kept))]:
        called = {f"name_{language}": text for language, text in one.names.items()}
        registers.create(Party(code=one.code, kind=one.kind, **called), by=by)
    parties = list(Party.objects.exclude(code="KZ").order_by("code"))
    figures = []
    for number in range(count * 3 // 10):
        first = date(2013 + number // len(parties), 1, 1)
        figure = Indicator(party=parties[number % len(parties)], name_en="Trade turnover", unit_en="million USD")
        figure.value, figure.source, figure.changed_at = Decimal(100 + number), "Statistics", clock.now()
        figure.period_from, figure.period_until = first, first.replace(month=12, day=31)
        figures.append(figure)
    Indicator.objects.bulk_create(figures, batch_size=400)
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

    own, union = Party.objects.get(code="KZ"), Party.objects.get(code="EU")
    joined = {row.pk: [own, parties[n % len(parties)] if n % 2 else union] for n, row in enumerate(rows)}
    made = [Participant(agreement_id=key, party=party, role="party") for key in joined for party in joined[key]]
    Participant.objects.bulk_create(made, batch_size=400)
    return joined


def _drafts(row: Any, parties: list[Any], by: Any, chance: random.Random) -> list[Any]:

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
