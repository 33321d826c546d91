"""Finding agreements by what they are: the count beside each value of a facet, the rows that match, in their order.

Of the present the database is asked. Of a past day its columns say nothing: then the facts, rebuilt from the journal,
are counted one by one. Both answer the same questions.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Count, F, Max, QuerySet, Value, When
from django.db.models.fields import CharField
from django.db.models.functions import Cast
from django.utils import timezone

from agreements import attention, turns
from agreements.bonds import see
from agreements.chains import tell
from agreements.choices import Ball, Level, Stage, Transition
from agreements.dates import FuzzyDate
from agreements.facets import FACETS, NOT_NAMED, urgency
from agreements.findings import ICONS, Finding
from agreements.folding import Sought, fold
from agreements.models import Agreement, Entry, Participant, ProcedureVersion, User
from agreements.reports import frame
from agreements.reports.facts import AgreementFacts, Mark, facts_in, facts_of
from agreements.reports.listed import Row
from agreements.selections import AgreementSelection
from agreements.words import LANGUAGES, Worded, pick, sorting

#: The facets that follow from what agreements that are counted together share.
_SHARED = ("group", "stage", "ball", "kind", "procedure", "binding", "hold")
#: The facets of which the database counts each value; their values have names that people gave them.
_COUNTED = ("party", "area", "lead_unit", "officer")
#: So many agreements are read at once where all are told.
_BATCH = 500
_STAGES, _BALLS = list(Stage), list(Ball)


# ---- what is answered ----
@dataclass
class Tally:
    """How many match; and how many would, beside each value of each facet, if that facet were left to it.

    What needs attention takes long to find where there are many agreements: it is counted where it was asked for.
    """

    total: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in FACETS})
    names: dict[str, dict[str, Worded]] = field(default_factory=lambda: {name: {} for name in _COUNTED})

    def add(self, selection: AgreementSelection, values: Mapping[str, Collection[str]], number: int) -> bool:
        """Count agreements that are alike in these facets; return whether they match."""
        failed = [name for name, codes in values.items() if not selection.lets(name, *codes)]
        if not failed:
            self.total += number
        if len(failed) <= 1:
            for name in failed or values:
                for code in values[name]:
                    self.counts[name][code] += number
        return not failed


class Register(Protocol):
    """The agreements a reader may see, as true on a day and known at a moment.

    `only`, where given, are references: nothing else is told, whatever is counted beside the facets.
    """

    def tally(self) -> Tally:
        """Count what matches, and what would."""
        ...

    def level(self) -> Level:
        """Return the highest level of confidentiality of what matches."""
        ...

    def keys(self, start: int = 0, end: int | None = None) -> list[UUID]:
        """Return the keys of a part of what matches, in the order asked for; else what needs attention first."""
        ...

    def told(self, keys: Sequence[UUID]) -> Iterator[Row]:
        """Yield agreements in the order of their keys, read in batches."""
        ...


class _Alike(NamedTuple):
    """Agreements that are alike in all from which the values of their facets follow, and their number."""

    stage: str
    kind: str
    named: str
    by_tasks: str
    on_hold: bool
    digest: str
    computed: str
    consented: bool
    number: int

    @property
    def day(self) -> FuzzyDate | None:
        """The computed day of entry into force."""
        return FuzzyDate.parse(self.computed) if self.computed else None


class _Kept(NamedTuple):
    """What the columns keep of an agreement beside its chain."""

    by_tasks: str
    changed: datetime


class Present:
    """The register as it stands."""

    def __init__(
        self, user: User, selection: AgreementSelection, today: date, *, only: Collection[str] | None = None
    ) -> None:
        self.user, self.selection, self.today, self.only = user, selection, today, only
        self.traits = selection.traits(user)
        self._kept: dict[UUID, _Kept] = {}

    @cached_property
    def known(self) -> turns.Known:
        """What is asked to say who must act, where that is asked."""
        asked = self.selection.chosen.get("ball") or self.selection.order.removeprefix("-") == "ball"
        return turns.Known.of(Agreement.objects.for_user(self.user).kept()) if asked else turns.Known({}, ())

    # ---- counting ----
    def tally(self) -> Tally:
        """Count with two queries, whatever the number of agreements."""
        tally = Tally()
        columns = ("stage", "kind", "ball", "ball_by_tasks", "on_hold", "procedure_version__digest")
        told = turns.with_consent(self._matching("attention", *_COUNTED)).annotate(computed=turns.COMPUTED)
        grouped = told.order_by().values_list(*columns, "computed", "consented")
        alike = [_Alike(*values) for values in grouped.annotate(Count("pk"))]
        rules = ProcedureVersion.objects.rules(group.digest for group in alike)
        for group in alike:
            procedure, stage = rules[group.digest], Stage(group.stage)
            ball = group.named or turns.derived(
                procedure,
                stage,
                on=self.today,
                by_tasks=group.by_tasks,
                computed=group.day,
                consented=group.consented,
            )
            values = {
                "group": (stage.group,),
                "stage": (group.stage,),
                "ball": (ball,),
                "kind": (group.kind,),
                "procedure": (procedure.code,),
                "binding": ("yes" if procedure.binding else "no",),
                "hold": ("yes",) if group.on_hold else (),
            }
            tally.add(self.selection, values, group.number)
        self._count_named(tally)
        if self.traits:
            for key in self._but("attention").values_list("pk", flat=True):
                tally.counts["attention"].update(self.traits.get(key, ()))
        return tally

    def _count_named(self, tally: Tally) -> None:
        """Count what people gave names to, with one query for all of it."""
        parties = Participant.objects.exclude(party__code=settings.OWN_SIDE)
        areas = Agreement.areas.through._default_manager.all()
        named = [f"name_{language}" for language in LANGUAGES]
        asked: dict[str, tuple[Any, list[str]]] = {
            "party": (parties.filter(agreement__in=self._but("party")), ["code", *named]),
            "area": (areas.filter(agreement__in=self._but("area")), ["code", *named]),
            "lead_unit": (self._but("lead_unit"), ["code", *named]),
            "officer": (self._but("officer"), ["username", "first_name", "last_name", "username"]),
        }
        counted = []
        for facet, (rows, columns) in asked.items():
            shown = {f"n{place}": F(f"{facet}__{column}") for place, column in enumerate(columns)}
            grouped = rows.order_by().annotate(facet=Value(facet, CharField()), **shown).values("facet", *shown)
            counted.append(grouped.annotate(number=Count("pk")).values_list("facet", *shown, "number"))
        for facet, code, *texts, number in counted[0].union(*counted[1:], all=True).order_by():
            tally.counts[facet][code or NOT_NAMED] += number
            if code:
                first, last, account = texts
                person = Worded(f"{first} {last}".strip() or account, "")
                names = dict(zip(LANGUAGES, texts, strict=True))
                tally.names[facet][code] = person if facet == "officer" else pick(names)

    def _but(self, facet: str) -> "QuerySet[Agreement]":
        return self._matching(*(name for name in FACETS if name != facet)).order_by()

    def _matching(self, *facets: str) -> "QuerySet[Agreement]":
        known = self.known if "ball" in facets and self.selection.chosen.get("ball") else None
        matching = self.selection.condition(*facets, user=self.user, known=known, traits=self.traits)
        found: QuerySet[Agreement] = Agreement.objects.for_user(self.user).kept().filter(matching)
        return found

    # ---- rows ----
    def _chosen(self) -> "QuerySet[Agreement]":
        found = self._matching(*FACETS)
        return found if self.only is None else found.filter(reference__in=self.only)

    def level(self) -> Level:
        """Ask for the levels of what matches."""
        return frame.highest(self._chosen().order_by().values_list("level", flat=True).distinct())

    def keys(self, start: int = 0, end: int | None = None) -> list[UUID]:
        """Ask for the keys in their order; where that depends on the reader's language, sort them here."""
        found = self._chosen().annotate(urgency=urgency())
        rest = ("urgency", "-changed_at", "pk")
        name, back = self.selection.order.removeprefix("-"), self.selection.order.startswith("-")
        match name:
            case "title":
                return self._by_title(found.order_by(*rest), back)[start:end]
            case "planned":
                return self._by_plan(found.order_by(*rest), back)[start:end]
            case "stage":
                found = found.annotate(by=_places("stage", _STAGES))
            case "ball":
                sides = [When(turns.condition([ball], self.known), then=Value(at)) for at, ball in enumerate(_BALLS)]
                found = found.annotate(by=Case(*sides, default=Value(len(_BALLS))))
            case "":
                return self._read(found.order_by(*rest), start, end)
        by: Any = {"days": F("since_latest"), "changed": F("changed_at")}.get(name) or F(
            name if name in ("reference", "valid_until") else "by"
        )
        # The most days are those of the earliest beginning.
        falling = back != (name == "days")
        ordered = by.desc(nulls_last=True) if falling else by.asc(nulls_last=True)
        return self._read(found.order_by(ordered, *rest), start, end)

    def _read(self, found: "QuerySet[Agreement]", start: int, end: int | None) -> list[UUID]:
        rows = found.values_list("pk", "ball_by_tasks", "changed_at")[start:end]
        read = {key: _Kept(by_tasks, changed) for key, by_tasks, changed in rows}
        self._kept |= read
        return list(read)

    def _by_title(self, found: "QuerySet[Agreement]", back: bool) -> list[UUID]:
        columns = [f"{kind}_{language}" for kind in ("short_title", "title") for language in LANGUAGES]
        titles = {}
        for key, *texts in found.values_list("pk", *columns):
            short, full = texts[: len(LANGUAGES)], texts[len(LANGUAGES) :]
            named = {language: one or other for language, one, other in zip(LANGUAGES, short, full, strict=True)}
            titles[key] = sorting(pick(named).text)
        return sorted(titles, key=titles.__getitem__, reverse=back)

    def _by_plan(self, found: "QuerySet[Agreement]", back: bool) -> list[UUID]:
        columns = {"signing": "planned_signing", "entering": "planned_entry_into_force"}
        texts = {name: Cast(column, CharField()) for name, column in columns.items()}
        rows = list(found.annotate(**texts).values_list("pk", "procedure_version__digest", "stage", *texts))
        rules = ProcedureVersion.objects.rules({row[1] for row in rows})
        dates: dict[str, FuzzyDate] = {}
        plans: dict[UUID, FuzzyDate | None] = {}
        for key, digest, stage, signing, entering in rows:
            step = rules[digest].stages[Stage(stage)].next
            text = {Transition.SIGN: signing, Transition.ENTER_INTO_FORCE: entering}.get(step) if step else ""
            if text and text not in dates:
                dates[text] = FuzzyDate.parse(text)
            plans[key] = dates[text] if text else None
        return _sorted(plans, plans.__getitem__, back)

    def told(self, keys: Sequence[UUID]) -> Iterator[Row]:
        """Read the chains of a batch, the open tasks, and what the columns keep where that was not read yet."""
        for first in range(0, len(keys), _BATCH):
            batch = keys[first : first + _BATCH]
            if missing := [key for key in batch if key not in self._kept]:
                rows = Agreement.objects.filter(pk__in=missing).order_by()
                for key, by_tasks, changed in rows.values_list("pk", "ball_by_tasks", "changed_at"):
                    self._kept[key] = _Kept(by_tasks, changed)
            balls = {key: self._kept[key].by_tasks for key in batch if key in self._kept}
            told = tell(balls, balls=balls)
            found = {key: seen for key, chain in told.chains.items() if (seen := see(chain, told, self.today))}
            due = attention.due_by_agreement(self.user, told, found, self.today)
            for key, seen in found.items():
                facts = facts_in(seen, told.names)
                yield Row(facts, (*_due(due.get(key, [])), *facts.marks), self._kept[key].changed)
            for key in batch:
                self._kept.pop(key, None)


def _due(findings: Sequence[Finding]) -> Iterator[Mark]:
    """Tell of open tasks: the most urgent one, and how many more there are."""
    for one in findings[:1]:
        more = f" (+{len(findings) - 1})" if len(findings) > 1 else ""
        yield Mark(one.code, one.strength, ICONS[one.code], f"{one.sentence}{more}")


def _places(column: str, values: Iterable[str]) -> Case:
    return Case(*(When(**{column: value}, then=Value(place)) for place, value in enumerate(values)))


def _sorted(keys: Iterable[Any], by: Callable[[Any], Any], back: bool) -> list[Any]:
    """Sort by a key, or the other way round; what has none stands last. What is equal stays in its order."""
    known: list[Any] = []
    none: list[Any] = []
    for key in keys:
        (none if by(key) is None else known).append(key)
    return [*sorted(known, key=by, reverse=back), *none]


class Past:
    """The register as it stood on a day, as known at a moment."""

    def __init__(
        self,
        user: User,
        selection: AgreementSelection,
        as_of: date,
        known_at: datetime | None,
        *,
        dated: bool = False,
        only: Collection[str] | None = None,
    ) -> None:
        self.selection, self.known_at, self.dated, self.only = selection, known_at, dated, only
        self.traits: Mapping[UUID, set[str]] = {}
        if selection.chosen.get("attention"):
            found = attention.review(user, as_of=as_of, known_at=known_at)
            self.traits = found.traits()
            known = [facts_in(seen, found.names) for seen in found.seen.values()]
        else:
            visible = Agreement.objects.for_user(user).only("pk", "ball_by_tasks").order_by("pk")
            known = facts_of(visible, user=user, as_of=as_of, known_at=known_at)
        self.facts = {facts.id: facts for facts in known if _says(facts, selection.words)}
        self.facts = {key: facts for key, facts in self.facts.items() if self._lies_between(facts)}
        if selection.of:
            theirs = set(Agreement.objects.for_user(user).filter(selection.whose(user)).values_list("pk", flat=True))
            self.facts = {key: facts for key, facts in self.facts.items() if key in theirs}
        self.matching: dict[UUID, AgreementFacts] | None = None

    def tally(self) -> Tally:
        """Count the facts one by one."""
        tally = Tally()
        self.matching = {
            key: facts for key, facts in self.facts.items() if tally.add(self.selection, self._values(facts), 1)
        }
        for facts in self.facts.values():
            tally.names["party"] |= {code: pick(texts) for code, texts in facts.parties}
            tally.names["area"] |= {code: pick(texts) for code, texts in facts.areas}
            if facts.lead_unit_code:
                tally.names["lead_unit"][facts.lead_unit_code] = pick(facts.lead_unit)
            if facts.officer_account:
                tally.names["officer"][facts.officer_account] = Worded(facts.officer, "")
        if not self.selection.chosen.get("attention"):
            tally.counts["attention"].clear()
        return tally

    def _values(self, facts: AgreementFacts) -> dict[str, Collection[str]]:
        return {
            "attention": self.traits.get(facts.id, ()),
            "group": (facts.group,) if facts.group else (),
            "stage": (facts.stage,) if facts.stage else (),
            "ball": (facts.ball,),
            "party": [code for code, _names in facts.parties if code != settings.OWN_SIDE],
            "area": [code for code, _names in facts.areas],
            "kind": (facts.kind,),
            "procedure": (facts.procedure.code,),
            "binding": ("yes" if facts.binding else "no",),
            "lead_unit": (facts.lead_unit_code or NOT_NAMED,),
            "officer": (facts.officer_account or NOT_NAMED,),
            "hold": ("yes",) if facts.hold_since else (),
        }

    def _lies_between(self, facts: AgreementFacts) -> bool:
        dates: dict[str, Callable[[], FuzzyDate | date | None]] = {
            "valid_until": lambda: facts.valid_until,
            "planned_signing": lambda: facts.planned_signing,
            "since": lambda: facts.since,
            "changed_at": lambda: timezone.localdate(self.changed[facts.id]),
        }
        return all(span.holds(dates[name]()) for name, span in self.selection.spans.items())

    @cached_property
    def changed(self) -> dict[UUID, datetime]:
        """When each was last written to, as far as that was known at the moment."""
        entries = Entry.objects.filter(subject__in=list(self.facts))
        if self.known_at is not None:
            entries = entries.filter(recorded_at__lte=self.known_at)
        return dict(entries.order_by().values_list("subject").annotate(Max("recorded_at")))

    def _chosen(self) -> list[AgreementFacts]:
        if self.matching is None:
            self.tally()
        found = (self.matching or {}).values()
        return [facts for facts in found if self.only is None or facts.reference in self.only]

    def level(self) -> Level:
        """Return the highest level of the facts that match."""
        return frame.highest(facts.level for facts in self._chosen())

    def keys(self, start: int = 0, end: int | None = None) -> list[UUID]:
        """Sort the facts that match."""
        found = sorted(
            self._chosen(),
            key=lambda facts: (facts.urgency, -facts.since.latest.toordinal() if facts.since else 0, facts.id),
        )
        if self.selection.order:
            name, back = self.selection.order.removeprefix("-"), self.selection.order.startswith("-")
            found = _sorted(found, self._order(name), back)
        return [facts.id for facts in found[start:end]]

    def _order(self, name: str) -> Callable[[AgreementFacts], Any]:
        orders: dict[str, Callable[[AgreementFacts], Any]] = {
            "title": lambda facts: sorting(facts.short_title.text),
            "reference": lambda facts: facts.reference,
            "stage": lambda facts: _STAGES.index(facts.stage) if facts.stage else None,
            "days": lambda facts: facts.days_in_stage,
            "planned": lambda facts: facts.planned,
            "valid_until": lambda facts: facts.valid_until,
            "changed": lambda facts: self.changed[facts.id],
            "ball": lambda facts: _BALLS.index(facts.ball),
        }
        return orders[name]

    def told(self, keys: Sequence[UUID]) -> Iterator[Row]:
        """Yield what was read already; the tasks of a past day are not kept."""
        for key in keys:
            facts = self.facts[key]
            yield Row(facts, facts.marks, self.changed[key] if self.dated else None)


def _says(facts: AgreementFacts, words: str) -> bool:
    text = fold(facts.reference, *facts.titles.values(), *facts.short_titles.values())
    return Sought.read(words).finds(text)
