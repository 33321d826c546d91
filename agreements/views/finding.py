"""Finding agreements by what they are: the count beside each value of a facet, the rows that match.

Of the present the database is asked. Of a past day its columns say nothing: then the facts, rebuilt from the journal,
are counted one by one. Both answer the same questions.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Count, Q, QuerySet, Value, When

from agreements import attention, turns
from agreements.choices import Group, Stage
from agreements.dates import FuzzyDate
from agreements.findings import EXPIRY_LATE, EXPIRY_SOON
from agreements.folding import Sought, fold
from agreements.models import Agreement, Participant, ProcedureVersion, User
from agreements.reports.facts import AgreementFacts, facts_in, facts_of
from agreements.selections import FACETS, AgreementSelection
from agreements.words import LANGUAGES, Texts

#: The facets of which an agreement has one value are counted together.
_SINGLE = ("stage", "ball", "kind", "hold")


# ---- what is answered ----
@dataclass
class Tally:
    """How many match; and how many would, beside each value of each facet, if that facet were left to it.

    What needs attention takes long to find where there are many agreements: it is counted where it was asked for.
    """

    total: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in FACETS})
    names: dict[str, dict[str, Texts]] = field(default_factory=lambda: {"party": {}, "area": {}})

    def add(self, selection: AgreementSelection, values: Mapping[str, str], number: int) -> None:
        """Count agreements that are alike in the facets with one value."""
        failed = [name for name in _SINGLE if not selection.lets(name, values[name])]
        if not failed:
            self.total += number
        for name in _SINGLE:
            if not set(failed) - {name}:
                self.counts[name][values[name]] += number

    def name(self, facet: str, code: str, texts: Texts, number: int) -> None:
        """Count a party or an area under its name."""
        self.names[facet][code] = texts
        self.counts[facet][code] += number


class Register(Protocol):
    """The agreements a reader may see, as true on a day and known at a moment."""

    def tally(self) -> Tally:
        """Count what matches, and what would."""
        ...

    def rows(self, start: int, end: int) -> list[AgreementFacts]:
        """Return the facts of a part of what matches: what needs attention first, then the last change first."""
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


class Present:
    """The register as it stands."""

    def __init__(self, user: User, selection: AgreementSelection, today: date) -> None:
        self.user, self.selection, self.today = user, selection, today
        self.traits = selection.traits(user)
        asked = selection.chosen.get("ball")
        self.known = turns.Known.of(Agreement.objects.for_user(user).kept()) if asked else turns.Known({}, ())
        columns = ("stage", "kind", "ball", "ball_by_tasks", "on_hold", "procedure_version__digest")
        told = turns.with_consent(self._matching("attention", "party", "area")).annotate(computed=turns.COMPUTED)
        alike = told.order_by().values_list(*columns, "computed", "consented")
        self.alike = [_Alike(*values) for values in alike.annotate(Count("pk"))]
        self.rules = ProcedureVersion.objects.rules(group.digest for group in self.alike)

    def tally(self) -> Tally:
        """Count with three queries, whatever the number of agreements."""
        tally = Tally()
        for group in self.alike:
            hold = "yes" if group.on_hold else ""
            values = {"stage": group.stage, "kind": group.kind, "ball": self._ball(group), "hold": hold}
            tally.add(self.selection, values, group.number)
        parties = Participant.objects.exclude(party__code=settings.OWN_SIDE)
        areas = Agreement.areas.through._default_manager.all()
        for facet, rows in (("party", parties), ("area", areas)):
            matching = self._matching(*(name for name in FACETS if name != facet))
            names = [f"{facet}__name_{language}" for language in LANGUAGES]
            counted = rows.filter(agreement__in=matching.order_by()).order_by().values_list(f"{facet}__code", *names)
            for code, *texts, number in counted.annotate(Count("pk")):
                tally.name(facet, code, dict(zip(LANGUAGES, texts, strict=True)), number)
        if self.traits:
            for key in self._matching(*(name for name in FACETS if name != "attention")).values_list("pk", flat=True):
                tally.counts["attention"].update(self.traits.get(key, ()))
        return tally

    def _ball(self, group: "_Alike") -> str:
        if group.named:
            return group.named
        return turns.derived(
            self.rules[group.digest],
            Stage(group.stage),
            on=self.today,
            by_tasks=group.by_tasks,
            computed=group.day,
            consented=group.consented,
        )

    def rows(self, start: int, end: int) -> list[AgreementFacts]:
        """Read one page of keys, then their facts."""
        found = self._matching(*FACETS).annotate(urgency=urgency(self.today)).order_by("urgency", "-changed_at", "pk")
        return facts_of(list(found.only("pk", "ball_by_tasks")[start:end]), user=self.user, as_of=self.today)

    def _matching(self, *facets: str) -> "QuerySet[Agreement]":
        matching = self.selection.condition(*facets, known=self.known, traits=self.traits)
        found: QuerySet[Agreement] = Agreement.objects.for_user(self.user).kept().filter(matching)
        return found


def urgency(today: date) -> Case:
    """The order of attention as `AgreementFacts.urgency` has it, asked of the columns."""
    # What is renewed does not end; that a notice was given, and it ends after all, the columns do not say.
    operative = Q(stage__in=Stage.of(Group.OPERATIVE), renewal_years=None)
    late = operative & Q(valid_until__lte=today + timedelta(days=EXPIRY_LATE))
    soon = operative & Q(valid_until__lte=today + timedelta(days=EXPIRY_SOON))
    undated = Q(stage=Stage.SIGNING, planned_signing="")
    return Case(When(late, then=Value(0)), When(soon | undated, then=Value(1)), default=Value(2))


class Past:
    """The register as it stood on a day, as known at a moment."""

    def __init__(self, user: User, selection: AgreementSelection, as_of: date, known_at: datetime | None) -> None:
        self.selection = selection
        self.traits: Mapping[UUID, set[str]] = {}
        if selection.chosen.get("attention"):
            found = attention.review(user, as_of=as_of, known_at=known_at)
            self.traits = found.traits()
            known = [facts_in(seen, found.names) for seen in found.seen.values()]
        else:
            visible = Agreement.objects.for_user(user).only("pk", "ball_by_tasks").order_by("pk")
            known = facts_of(visible, user=user, as_of=as_of, known_at=known_at)
        self.facts = [facts for facts in known if _says(facts, selection.words)]

    def tally(self) -> Tally:
        """Count the facts one by one."""
        tally = Tally()
        for facts in self.facts:
            single, parties, areas = _single(facts), dict(facts.parties), dict(facts.areas)
            by_party, by_area = self.selection.lets("party", *parties), self.selection.lets("area", *areas)
            noticed = self._noticed(facts)
            if by_party and by_area and noticed:
                tally.add(self.selection, single, 1)
            if not all(self.selection.lets(name, value) for name, value in single.items()):
                continue
            if by_party and by_area:
                tally.counts["attention"].update(self.traits.get(facts.id, ()))
            for facet, names, other in (("party", parties, by_area), ("area", areas, by_party)):
                for code, texts in names.items() if other and noticed else ():
                    if code != settings.OWN_SIDE:
                        tally.name(facet, code, texts, 1)
        return tally

    def _noticed(self, facts: AgreementFacts) -> bool:
        return self.selection.lets("attention", *self.traits.get(facts.id, ()))

    def rows(self, start: int, end: int) -> list[AgreementFacts]:
        """Return a part of the facts that match."""
        found = [facts for facts in self.facts if self._passes(facts)]
        found.sort(key=lambda facts: (facts.urgency, -facts.since.latest.toordinal() if facts.since else 0, facts.id))
        return found[start:end]

    def _passes(self, facts: AgreementFacts) -> bool:
        several = {"party": dict(facts.parties), "area": dict(facts.areas)}
        return (
            self._noticed(facts)
            and all(self.selection.lets(name, value) for name, value in _single(facts).items())
            and all(self.selection.lets(name, *codes) for name, codes in several.items())
        )


def _single(facts: AgreementFacts) -> dict[str, str]:
    return {
        "stage": facts.stage or "",
        "kind": facts.kind,
        "ball": facts.ball,
        "hold": "yes" if facts.hold_since else "",
    }


def _says(facts: AgreementFacts, words: str) -> bool:
    text = fold(facts.reference, *facts.titles.values(), *facts.short_titles.values())
    return Sought.read(words).finds(text)
