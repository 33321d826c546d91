"""How many agreements there are of each kind, counted by the database with a few statements, whatever it holds.

`stuck` and `overdue` mean what `attention` finds. Whose days on hold do not count among those in a stage, which the
columns do not say, is looked at by its line (`overview.stuck`): of all agreements, those that had been on hold and have
been in their stage for longer than usual.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import Case, Count, DateField, Exists, F, OuterRef, Value, When

from agreements import clock, facets, overview
from agreements.choices import EntryKind, Group, Stage
from agreements.models import Agreement, Area, Entry, ProcedureVersion, Unit
from agreements.procedures import Procedure

#: Of so many days it is told what has changed.
RECENT = timedelta(days=30)
_OPEN = Stage.of(Group.PREPARING, Group.CONCLUDED)


class Counts(NamedTuple):
    """How many there are: in all, with overdue tasks, stuck, changed of late; and by values, none of which is 0."""

    total: int
    overdue: int
    stuck: int
    changed: int
    stage: Mapping[str, int]
    group: Mapping[str, int]
    kind: Mapping[str, int]
    area: Mapping[str, int]
    procedure: Mapping[str, int]
    lead_unit: Mapping[str, int]


def count(agreements: Any) -> Counts:
    """Count the agreements of a query, which its reader may see; the same queries for any number of them."""
    rows, today = agreements.order_by(), clock.today()
    # In the order of the index `agreement_counted`, so that the groups come one after the other as it is read.
    columns = ("is_void", "level", "stage", "kind", "procedure_version", "lead_unit")
    found = rows.values_list(*columns).annotate(number=Count("*"))
    stages, kinds, versions, units = Counter[str](), Counter[str](), Counter[int](), Counter[int | None]()
    for _is_void, _level, stage, kind, version, unit, number in found:
        stages[stage] += number
        kinds[kind] += number
        versions[version] += number
        units[unit] += number
    areas = dict(rows.values_list("areas").annotate(number=Count("*")))
    rules = ProcedureVersion.objects.filter(pk__in=list(versions)).rules_by_key()
    groups, procedures = Counter[str](), Counter[str]()
    for stage, number in stages.items():
        groups[Stage(stage).group] += number
    for version, number in versions.items():
        procedures[rules[version].code] += number
    changed = Agreement.objects.filter(facets.between("changed_at", facets.Span(first=today - RECENT)))
    return Counts(
        total=sum(stages.values()),
        overdue=rows.filter(facets.with_task_due(today - timedelta(days=1))).count(),
        stuck=_stuck(rows, rules),
        changed=rows.filter(pk__in=changed.order_by().values("pk")).count(),
        stage={stage.value: stages[stage] for stage in Stage if stages[stage]},
        group={group.value: groups[group] for group in Group if groups[group]},
        kind=dict(sorted(kinds.items())),
        area=_by_code(Area, areas),
        procedure=dict(sorted(procedures.items())),
        lead_unit=_by_code(Unit, units),
    )


def _by_code(model: Any, numbers: Mapping[Any, int]) -> dict[str, int]:
    """Return numbers by the codes of what their keys name; None names nothing."""
    codes = dict(model.objects.order_by().values_list("pk", "code"))
    return dict(sorted((codes[key], number) for key, number in numbers.items() if key is not None))


def _stuck(rows: Any, rules: Mapping[int, Procedure]) -> int:
    """Return how many have been in their stage for longer than usual."""
    today = clock.today()
    # The day by which who is stuck entered the stage: as a case, which no database takes for a way into an index.
    days = [
        When(procedure_version=version, stage=stage, then=Value(today - timedelta(days=usual)))
        for version, procedure in rules.items()
        for stage, rule in procedure.stages.items()
        if stage in _OPEN and (usual := rule.usual_days) is not None
    ]
    if not days:
        return 0
    late = rows.filter(on_hold=False).annotate(latest=Case(*days, output_field=DateField()))
    late = late.filter(since_latest__lt=F("latest"))
    released = Exists(Entry.objects.filter(subject=OuterRef("pk"), position__isnull=False, kind=EntryKind.RELEASE))
    numbers = dict(late.annotate(released=released).values_list("released").annotate(number=Count("*")))
    return numbers.get(False, 0) + (overview.stuck(late.filter(released)) if numbers.get(True) else 0)
