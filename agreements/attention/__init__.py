"""What needs attention: for an agreement, or for everything that a reader may see, as true on a day.

Everything is told from what `for_user` lets the reader read. An agreement that is hidden is not read at all, so it
closes no gap, follows nothing and is named nowhere: who may not see a successor reads what there would be to read if
there were none. Relations are taken from the records as their chains rebuild them; the tasks of a past day are left out
(`Review.tasks_told`), for what was open then is not kept.

`alone` looks at one agreement by itself, `due` at open tasks, `passing` at one instrument after another.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from agreements import changes, clock
from agreements.attention.alone import Text, kept_texts, of_one, title_of
from agreements.attention.due import OpenTask, in_order, of_task, open_tasks
from agreements.attention.passing import (
    Between,
    last_day_of,
    of_passage,
    passages_between,
    still_in_force,
    successors,
)
from agreements.bonds import Seen, see
from agreements.chains import Names, Told, tell
from agreements.choices import RelationKind, TaskStatus
from agreements.documents.shelf import Item
from agreements.duties import DUE_SOON
from agreements.findings import Finding
from agreements.models import Agreement, Entry, Task, User
from agreements.ties import near, neighbours
from agreements.words import Texts

__all__ = [
    "QUALITY",
    "Beside",
    "OpenTask",
    "Review",
    "Text",
    "beside_page",
    "due_by_agreement",
    "in_order",
    "last_day_of",
    "look",
    "review",
    "title_of",
]

#: The findings on the quality of what is recorded, in the order of a report.
QUALITY = (
    "entry-conflict",
    "tracks-conflict",
    "predecessor-in-force",
    "clause-met",
    "disputed-date",
    "out-of-procedure",
    "text-missing",
    "no-planned-date",
    "no-officer",
    "silent",
)  # fmt: skip


#: Up to so many agreements are named several times in one condition; of more, the neighbours are read first.
_FEW = 1000


@dataclass(frozen=True)
class Beside:
    """What a look at agreements asks for beside their chains, as far as the reader may see it.

    `tasks` are the open ones with a last possible day, None where they are not told; `hidden` are the entries of which
    the reader may know nothing.
    """

    tasks: Sequence[OpenTask] | None = None
    texts: Collection[Text] = frozenset()
    hidden: Collection[UUID] = frozenset()


def beside_page(
    told: Told, agreement: UUID, *, entries: Collection[UUID], tasks: Sequence[Task] | None, kept: Iterable[Item]
) -> Beside:
    """Return the same for one agreement, of what its page has read anyway.

    `entries` are the keys of those that the reader may see, `kept` the documents; `tasks` None: they are not told.
    """
    chain = told.chains.get(agreement)
    due = [task for task in tasks or () if task.status == TaskStatus.OPEN and task.due_by] if chain else []
    return Beside(
        tasks=None if tasks is None else in_order(due, told),
        texts={Text(agreement, item.row.text, item.row.kind, file.row.language) for item in kept for file in item.live},
        hidden={row["id"] for row in chain.rows if row["id"] not in entries} if chain else frozenset(),
    )


@dataclass(frozen=True)
class Review:
    """What a look at agreements found, the strongest first; `seen` is where each stood, `names` the words of codes.

    `titles` are those of all that was looked at, by reference.
    """

    as_of: date
    seen: Mapping[UUID, Seen]
    names: Names
    titles: Mapping[str, Texts]
    findings: Sequence[Finding]
    tasks: Sequence[OpenTask]
    passages: Sequence[Between]
    tasks_told: bool

    def of(self, agreement: UUID) -> list[Finding]:
        """Return what concerns one agreement, among it what lies between it and the one before or after it."""
        seen = self.seen.get(agreement)
        return [one for one in self.findings if seen and seen.record["reference"] in one.about]

    def traits(self) -> dict[UUID, set[str]]:
        """Return, for each agreement of which something was found, the codes and the strengths of that."""
        keys = {seen.record["reference"]: key for key, seen in self.seen.items()}
        found: dict[UUID, set[str]] = defaultdict(set)
        for one in self.findings:
            for reference in one.about & keys.keys():
                found[keys[reference]] |= {one.code, one.strength}
        return found


def review(
    user: User,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    only: Collection[UUID] | None = None,
    bare: bool = False,
) -> Review:
    """Return what needs attention on a day among all that the user may see, or (`only`) among some agreements.

    Runs the same number of queries for one agreement or a thousand. `bare`: what would be told of tasks, of kept texts
    and of silence is neither read nor told.
    """
    day = as_of or clock.today()
    visible = Agreement.objects.for_user(user).order_by("pk")
    if only is not None:
        few = known_at is None and len(only) <= _FEW
        visible = visible.filter(near(only) if few else Q(pk__in=neighbours(only, known_at)))
    balls = dict(visible.values_list("pk", "ball_by_tasks"))
    told = tell(balls, known_at, balls=balls if known_at is None else {})
    if bare:
        found = look(told, day, Beside(), only=only)
        return replace(found, findings=[one for one in found.findings if one.code not in ("text-missing", "silent")])
    authentic = any(chain.record.get("authentic_languages") for chain in told.chains.values())
    beside = Beside(
        tasks=open_tasks(user, told, only) if day >= clock.today() and known_at is None else None,
        texts=kept_texts(user, day, known_at, only) if authentic else frozenset(),
        hidden=changes.hidden(Entry.objects.filter(subject__in=list(balls)), user).keys,
    )
    return look(told, day, beside, only=only)


def due_by_agreement(user: User, told: Told, seen: Mapping[UUID, Seen], day: date) -> dict[UUID, list[Finding]]:
    """Return what is found of the open tasks of agreements that are overdue or due soon, the most urgent first."""
    found: dict[UUID, list[Finding]] = defaultdict(list)
    for task in open_tasks(user, told, list(seen)):
        if task.agreement in seen and (task.due_by - day).days <= DUE_SOON:
            told_of = of_task(task, seen[task.agreement], day)
            found[task.agreement] += [one for one in told_of if one.code != "lead-missed"]
    return found


def look(told: Told, day: date, beside: Beside, *, only: Collection[UUID] | None = None) -> Review:
    """Return what needs attention on a day, from chains that were read already; it asks the database nothing.

    `only` are the agreements asked about; then `told` holds their neighbours too.
    """
    seen = {key: found for key, chain in told.chains.items() if (found := see(chain, told, day)) is not None}
    asked = seen if only is None else {key: seen[key] for key in seen if key in only}
    tasks = [task for task in beside.tasks or () if task.agreement in asked]
    after, replaced = successors(seen, RelationKind.FOLLOWS), successors(seen, RelationKind.SUPERSEDES)
    passages = [one for earlier, later in after.items() for one in passages_between(seen, earlier, later)]
    findings = [
        *(one for key, found in asked.items()
          for one in of_one(found, [seen[later] for later in after.get(key, ())], beside.texts, beside.hidden)),
        *(one for task in tasks for one in of_task(task, seen[task.agreement], day)),
        *(one for between in passages if {between.earlier, between.later} & asked.keys()
          for one in of_passage(between, seen)),
        *(one for earlier, later in replaced.items() if earlier in asked
          for one in still_in_force(seen[earlier], [seen[key] for key in later])),
    ]  # fmt: skip
    return Review(
        as_of=day,
        seen=asked,
        names=told.names,
        titles={one.record["reference"]: title_of(one) for one in seen.values()},
        findings=sorted(findings, key=lambda one: one.order),
        tasks=tasks,
        passages=passages,
        tasks_told=beside.tasks is not None,
    )
