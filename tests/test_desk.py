"""The desk: which agreements lie on whose, what is found in them, in which order, and how many there are."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements import desk, lifecycle, registers, tasks
from agreements.choices import Ball, Level, MeetingStatus, RelationKind, Stage
from agreements.dates import FuzzyDate
from agreements.desk import Desk, Scope, rows
from agreements.desk.rows import Row, sift
from agreements.models import AgendaItem, Agreement, Format, Meeting, Relation, Unit, User
from agreements.procedures import load

Make = Callable[..., Agreement]
TODAY = date(2024, 12, 28)
RATIFIED = load("")["ratified"]


def on(text: str) -> FuzzyDate:
    return FuzzyDate.parse(text)


def read(user: User, scope: Scope | None = Scope.ALL, today: date = TODAY, **given: Any) -> Desk:
    return desk.read(user, scope, today, **given)


def needs(found: Desk) -> list[tuple[str, str, int | None, str]]:
    """Return what needs an act: reference, strength, days, what is to be done."""
    return [(one.seen.record["reference"], one.first.strength, one.first.days, one.first.act) for one in found.needs]


def dates(found: Desk) -> list[tuple[str, str, int, str]]:
    """Return what is late or near: reference, kind, days left, what."""
    return [(one.seen.record["reference"], one.kind, one.days, one.what) for one in found.dates]


# ---- columns ----
def row(
    number: int, stage: Stage = Stage.NEGOTIATING, since: str = "2024-12-01", ball: Ball = Ball.OWN, **more: Any
) -> Row:
    return Row(str(UUID(int=number)), RATIFIED, stage, date.fromisoformat(since), ball, **more)


def numbers(keys: Iterable[str | UUID]) -> list[int]:
    return [UUID(str(key)).int for key in keys]


def test_agreements_are_sifted_by_whose_move_it_is_and_by_how_long_they_stay() -> None:
    found = sift(
        [
            row(1, since="2024-11-01"),
            row(2, since="2024-10-01"),
            row(3, ball=Ball.OTHER, since="2020-01-01"),
            row(4, ball=Ball.DEPOSITARY, since="2024-01-01"),
            row(5, ball=Ball.NOBODY),
            row(6, on_hold=True, since="2015-01-01"),
            row(7, Stage.TERMINATED, ball=Ball.OTHER, since="2010-01-01"),
            row(8, Stage.IN_FORCE, ball=Ball.NOBODY, since="2010-01-01"),
        ],
        TODAY,
    )

    assert numbers(found.own) == [2, 1]
    assert numbers(found.waiting) == [3, 4]
    assert numbers(found.held) == [6]
    assert numbers(found.stuck) == [3]
    assert (found.number, found.stages[Stage.NEGOTIATING], found.stages[Stage.IN_FORCE]) == (8, 6, 1)


@pytest.mark.parametrize(
    ("given", "late", "soon"),
    [
        ({"stage": Stage.SIGNING, "planned_signing": on("2024-12-27")}, [1], []),
        ({"stage": Stage.SIGNING, "planned_signing": on("2024-12-28")}, [], [1]),
        ({"stage": Stage.SIGNING, "planned_signing": on("2025-03-28")}, [], [1]),
        ({"stage": Stage.SIGNING, "planned_signing": on("2025-03-29")}, [], []),
        ({"stage": Stage.SIGNING, "planned_signing": on("2025-03")}, [], []),
        ({"stage": Stage.SIGNED, "planned_signing": on("2024-12-01")}, [], []),
        ({"stage": Stage.SIGNED, "planned_entry": on("2025-01-01")}, [], [1]),
        ({"stage": Stage.SIGNED, "computed_entry": on("2024-12-01")}, [1], []),
        ({"stage": Stage.IN_FORCE, "computed_entry": on("2024-12-01")}, [], []),
        ({"stage": Stage.IN_FORCE, "valid_until": date(2024, 12, 27)}, [1], []),
        ({"stage": Stage.IN_FORCE, "valid_until": date(2024, 12, 31)}, [], [1]),
        ({"stage": Stage.EXPIRED, "valid_until": date(2024, 12, 27)}, [], []),
        # What is renewed runs on; the last day for notice comes before that of the period.
        ({"stage": Stage.IN_FORCE, "valid_until": date(2020, 1, 31), "renewal_years": 1}, [], [1]),
        (
            {"stage": Stage.IN_FORCE, "valid_until": date(2025, 7, 31), "renewal_years": 5, "notice_months": 6},
            [],
            [1],
        ),
    ],
)  # fmt: skip
def test_days_that_are_past_or_near_are_told_from_columns(
    given: dict[str, Any], late: list[int], soon: list[int]
) -> None:
    found = sift([row(1, **given)], TODAY)

    assert (numbers(found.late), numbers(found.soon)) == (late, soon)


def test_of_many_the_most_pressing_are_looked_at() -> None:
    many = [row(number, since=str(TODAY - timedelta(days=number))) for number in range(1, rows.CLOSELY + 2)]
    late = row(900, Stage.SIGNING, ball=Ball.NOBODY, planned_signing=on("2024-01-01"))
    found = sift([*many, late], TODAY)

    assert not found.whole
    assert numbers(found.closely([UUID(int=7)], 2)) == [7, 900, rows.CLOSELY + 1, rows.CLOSELY]
    assert sift(many[: rows.CLOSELY], TODAY).whole


# ---- the sample portfolio ----
def test_on_28_december_2024_the_roadmap_is_the_most_urgent(sample: Any, lawyer: User) -> None:
    found = read(lawyer)

    assert needs(found) == [
        ("RAW-25X6", "late", 3, "set a signing date"),
        ("AIR-7Q4M", "soon", None, "set a signing date"),
    ]
    first, second = found.needs
    assert first.why == "What it follows is in effect for 3 more days. No date of signing is planned."
    assert first.passage == (sample["RAW-23X4"].pk, sample["RAW-25X6"].pk)
    assert second.why.replace("\u00a0", " ") == (
        "No date of signing is planned. 7 things are missing before the next step: Sign. Scientific legal expertise of "
        "the draft is not attached (Law on International Treaties of the Republic of Kazakhstan, Art. 4: mandatory "
        "before signing)."
    )
    assert dates(found) == [("RAW-23X4", "end", 3, "Last day in effect; no signed successor")]
    assert [(one.seen.record["reference"], one.awaited, one.days) for one in found.waiting] == [
        ("VIS-8TDK", "Authorise negotiations", 593)
    ]
    assert [(one.seen.record["reference"], one.code) for one in found.held] == [("VIS-8TDK", "stuck")]
    assert [(seen.record["reference"], step.name) for seen, step in found.ready] == [("RAW-25X6", "sign")]
    assert [(one.on.iso, one.reference, one.label or one.kind) for one in found.moves] == [
        ("2024-12-28", "AIR-7Q4M", "Being prepared for signing"),
        ("2024-12-28", "VIS-8TDK", "note"),
        ("2024-12-28", "RAW-25X6", "Being prepared for signing"),
        ("2024-10-14", "AIR-7Q4M", "Initialled"),
        ("2024-10-03", "TRA-5WPG", "note"),
    ]
    assert [one.statements for one in found.doubts if one.finding.code == "disputed-date"] == [
        ["In force: 1\u00a0July\u00a01999 (OJ L 244, 16.9.1999, p. 46 (1999/616/EC)) or June\u00a01999 (JOIN(2016)26)"],
        ["Mandated: 13\u00a0April\u00a02011 (JOIN(2015)24, JOIN(2016)26) or 24\u00a0May\u00a02011 (European Parliament "
         "resolution of 22.11.2012)"],
    ]  # fmt: skip


def test_the_gap_stays_the_most_urgent_when_it_has_begun(sample: Any, lawyer: User, settings: Any) -> None:
    settings.PACTA_TODAY = date(2025, 1, 5)
    found = read(lawyer, today=date(2025, 1, 5))

    assert needs(found)[0] == ("RAW-25X6", "late", -5, "set a signing date")
    assert found.needs[0].passage == (sample["RAW-23X4"].pk, sample["RAW-25X6"].pk)
    assert ("RAW-23X4", "end", -5, "Last day in effect") in dates(found)


def test_a_planned_signing_gives_its_tasks_dates(sample: Any, lawyer: User) -> None:
    with registers.editing(sample["AIR-7Q4M"], by=lawyer) as fresh:
        fresh.planned_signing = on("2025-02-28")
    found = read(lawyer)

    assert dates(found) == [
        ("RAW-23X4", "end", 3, "Last day in effect; no signed successor"),
        ("AIR-7Q4M", "task", 48, "Submit the proposal to sign to the Government"),
        ("AIR-7Q4M", "task", 61, "Obtain the scientific legal expertise of the draft"),
        ("AIR-7Q4M", "task", 61, "Obtain the scientific linguistic expertise of the draft"),
        ("AIR-7Q4M", "planned", 62, "Sign"),
    ]
    assert needs(found)[1] == ("AIR-7Q4M", "plain", 48, "submit the proposal to sign to the Government")
    assert found.needs[1].planned == on("2025-02-28")


# ---- what is done, and what stands in the way ----
def test_a_task_that_is_late_comes_first_and_one_for_others_is_no_act_of_ours(sample: Any, lawyer: User) -> None:
    later = sample["RAW-25X6"]
    tasks.add(sample["AIR-7Q4M"], "Reply", by=lawyer, due=on("2024-12-20"))
    tasks.add(later, "Answer", by=lawyer, due=on("2024-12-01"), side=Ball.OTHER)
    found = read(lawyer)

    assert needs(found)[0] == ("AIR-7Q4M", "late", -8, "reply")
    assert ("RAW-25X6", "task", -27, "Answer") in dates(found)
    assert "answer" not in {act for *_told, act in needs(found)}
    assert (found.tally.late, found.tally.undated) == (2, 7)


def test_what_is_on_hold_needs_no_act_and_is_told_apart(make_agreement: Make, lawyer: User) -> None:
    agreement = make_agreement(stage=Stage.SIGNING, on=on("2024-06-01"))
    lifecycle.hold(agreement, on=on("2024-09"), by=lawyer, reason="The other side asked for time.")
    found = read(lawyer)

    assert found.ready == [] == found.waiting
    assert [one.code for one in found.held] == ["on-hold"]
    assert [(one.kind, one.happened.text) for one in read(lawyer, today=date(2024, 11, 1)).moves] == [
        ("hold", "The other side asked for time.")
    ]


# ---- whose it is ----
@pytest.fixture
def unit(db: None) -> Unit:
    return Unit.objects.create(code="europe", name_en="Department of European Cooperation")


def keys(user: User, scope: Scope) -> set[UUID]:
    return {UUID(key) for key in read(user, scope).sifted.all}


def test_mine_is_what_i_answer_for_what_my_unit_leads_and_where_we_have_a_task(
    make_agreement: Make, officer: User, lawyer: User, unit: Unit
) -> None:
    answered, led, asked, ours, other = (make_agreement() for _number in range(5))
    for agreement, columns in ((answered, {"officer": officer}), (led, {"lead_unit": unit})):
        with registers.editing(agreement, by=lawyer) as fresh:
            for name, value in columns.items():
                setattr(fresh, name, value)
    tasks.add(asked, "Reply", by=lawyer, person=officer)
    tasks.add(ours, "Translate", by=lawyer, unit=unit)

    assert keys(officer, Scope.MINE) == {answered.pk, asked.pk}
    assert keys(officer, Scope.UNIT) == set()
    officer.unit = unit
    officer.save()
    assert keys(officer, Scope.MINE) == {answered.pk, asked.pk, led.pk, ours.pk}
    assert keys(officer, Scope.UNIT) == {led.pk, ours.pk}
    assert keys(officer, Scope.ALL) == {answered.pk, asked.pk, led.pk, ours.pk, other.pk}


def test_a_desk_with_nothing_of_ones_own_shows_everything_unless_one_asks_for_ones_own(
    make_agreement: Make, officer: User
) -> None:
    agreement = make_agreement()

    assert (read(officer, None).scope, numbers(read(officer, None).sifted.all)) == (Scope.ALL, [agreement.pk.int])
    assert (read(officer, Scope.MINE).scope, read(officer, Scope.MINE).sifted.number) == (Scope.MINE, 0)


# ---- who may see what ----
def test_a_hidden_successor_leaves_no_trace(sample: Any, reader: User, lawyer: User) -> None:
    with registers.editing(sample["RAW-25X6"], by=lawyer) as fresh:
        fresh.level = Level.SECRET
    found = read(reader)

    assert needs(found)[0] == ("RAW-23X4", "late", 3, "say what is to follow it")
    assert found.needs[0].passage is None
    assert found.needs[0].why == "Expires in 3 days; nothing is recorded that follows it."
    assert "RAW-25X6" not in repr([found.needs, found.dates, found.moves, found.ready, found.doubts])


def test_only_what_comes_before_mine_is_mine_too_where_it_ends(sample: Any, officer: User, lawyer: User) -> None:
    with registers.editing(sample["RAW-25X6"], by=lawyer) as fresh:
        fresh.officer = officer
    found = read(officer, Scope.MINE)

    assert numbers(found.sifted.all) == [sample["RAW-25X6"].pk.int]
    assert needs(found) == [("RAW-25X6", "late", 3, "set a signing date")]
    assert {one.finding.reference for one in found.doubts} <= {"RAW-25X6"}
    assert found.dates == []


# ---- meetings ----
def meeting(lawyer: User, day: str, status: str, *agenda: Agreement, **more: Any) -> Meeting:
    kind, _made = Format.objects.get_or_create(code="talks", defaults={"name_en": "Talks"})
    when = on(day)
    made = Meeting(
        format=kind, earliest=when.earliest, latest=when.latest, precision=when.precision, status=status,
        title_en=f"Talks of {day}", **more,
    )  # fmt: skip
    registers.create(made, by=lawyer)
    for number, agreement in enumerate(agenda, 1):
        AgendaItem.objects.create(meeting=made, agreement=agreement, number=number)
    return made


def test_meetings_to_come_and_those_without_an_outcome(make_agreement: Make, lawyer: User, officer: User) -> None:
    agreement = make_agreement()
    hidden = make_agreement(columns={"level": "secret"})
    meeting(lawyer, "2024-12-28", MeetingStatus.HELD, agreement, hidden)
    told = meeting(lawyer, "2024-12-20", MeetingStatus.HELD, agreement)
    AgendaItem.objects.filter(meeting=told).update(outcome="Agreed.")
    meeting(lawyer, "2024-12-10", MeetingStatus.HELD, outcome="Everything was agreed.")
    meeting(lawyer, "2025-H2", MeetingStatus.TENTATIVE)
    meeting(lawyer, "2025-01-15", MeetingStatus.CONFIRMED, hidden)
    meeting(lawyer, "2025-01-14", MeetingStatus.CANCELLED)
    meeting(lawyer, "2024-07-01", MeetingStatus.HELD)
    found = read(officer)

    assert [(str(one.meeting.title), one.points, one.open) for one in found.gone] == [
        ("Talks of 2024-12-28", 1, True),
        ("Talks of 2024-12-20", 1, False),
        ("Talks of 2024-12-10", 0, False),
    ]
    assert [(str(one.meeting.title), one.points) for one in found.coming] == [
        ("Talks of 2025-01-15", 0),
        ("Talks of 2025-H2", 0),
    ]


# ---- queries ----
def test_one_agreement_and_many_take_the_same_queries(
    make_agreement: Make, lawyer: User, officer: User, unit: Unit
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as caught:
            read(officer)
        return len(caught)

    first = make_agreement(stage=Stage.SIGNING, on=on("2024-11-01"))
    tasks.add(first, "Reply", by=lawyer, due=on("2024-12-20"))
    meeting(lawyer, "2024-12-20", MeetingStatus.HELD, first)
    asked()  # what the officer may do is read once
    few = asked()
    for number in range(4):
        later = make_agreement(stage=Stage.SIGNING, on=on("2024-12-01"))
        with registers.editing(later, by=lawyer) as fresh:
            Relation.objects.create(agreement=fresh, kind=RelationKind.FOLLOWS, to=first)
        tasks.add(later, "Reply", by=lawyer, due=on("2025-01-20"), unit=unit)
        meeting(lawyer, f"2025-01-{number + 1:02}", MeetingStatus.CONFIRMED, later)

    assert asked() == few == 8


def test_of_very_many_the_lists_count_all(
    make_agreement: Make, lawyer: User, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "CLOSELY", 2)
    monkeypatch.setattr(desk.reading, "EACH", 1)
    monkeypatch.setattr(desk.reading, "_SPARE", 1)
    for number in range(4):
        make_agreement(stage=Stage.SIGNING, on=on(f"2024-11-0{number + 1}"))
    found = read(officer)

    assert (found.sifted.number, found.whole, len(found.sifted.own)) == (4, False, 4)
    assert 1 <= len(found.needs) < 4
