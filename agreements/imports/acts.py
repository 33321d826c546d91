"""Taking over acts of participants: a table of one agreement as a whole, and rows of tables about many.

What is recorded already is left alone; an act that is recorded with other details is a problem, not a second act.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from agreements import acts_csv, names, participation, registers
from agreements.acts_csv import Line, Remark
from agreements.choices import ActionKind, Origin
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.history import histories
from agreements.imports.cells import Doubt, Given, dated
from agreements.imports.lives import Grouped
from agreements.imports.reasons import Why, of_reasons
from agreements.imports.taking import Planned
from agreements.models import Agreement, Party, User
from agreements.tabular import fields
from agreements.tabular.dating import ReadDate
from agreements.tracks import Act
from agreements.words import Texts

_Placed = TypeVar("_Placed", Line, Remark)


@dataclass(frozen=True)
class Imported:
    """What became of a table: the lines recorded, those that were recorded already, or the problems that stopped it."""

    recorded: tuple[Line, ...] = ()
    skipped: tuple[Line, ...] = ()
    problems: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()


def import_acts(
    agreement: Agreement,
    content: bytes | str,
    *,
    by: User,
    dry_run: bool = False,
    about: str = "",
    source: str = "",
) -> Imported:
    """Record the acts of a table for the present text of an agreement, with origin imported, in one transaction.

    `about` names the agreement in a table of several; `source` is kept with every act. A dry run records nothing and
    answers the same. With problems nothing is recorded. Raises Refused without the right to import.
    """
    with transaction.atomic():
        fresh = registers.lock(agreement, by=by, right="import")
        reading = acts_csv.read(content, about)
        if reading.problems:
            return Imported(problems=reading.problems, notes=reading.notes)
        if len(reading.agreements) > 1:
            sentence = _("The table has several agreements. Name one of them: %(known)s.")
            problem = Remark(0, "", sentence % {"known": ", ".join(reading.agreements)})
            return Imported(problems=(problem,), notes=reading.notes)
        taking = Taking(participation.Series(fresh, by=by, origin=Origin.IMPORTED))
        done = _all(taking, reading.lines, source)
        if not done.problems:
            taking.series.finish()
        if done.problems or dry_run:
            transaction.set_rollback(True)
        return replace(done, notes=reading.notes)


def _all(taking: "Taking", lines: Sequence[Line], source: str) -> Imported:
    parties = {party.code: party for party in Party.objects.filter(code__in={line.act.party for line in lines})}
    recorded: list[Line] = []
    skipped: list[Line] = []
    problems: list[Remark] = []
    # In the order of their days, as they happened; an act that concerns another one comes after it.
    waiting = sorted(lines, key=lambda line: (line.act.on.earliest, line.row))
    while waiting:
        line = next((line for line in waiting if not line.act.target or line.act.target in taking.entries), None)
        if line is None:
            break
        waiting.remove(line)
        try:
            taken = taking.take(line.act, parties.get(line.act.party), what=line.remarks, source=source)
            (recorded if taken.new else skipped).append(line)
        except Refused as refusal:
            problems += [Remark(line.row, "", reason.sentence) for reason in refusal.reasons]
    if waiting and not problems:
        problems += [
            Remark(line.row, "", _("The act that it concerns concerns this one: one of the two must be first."))
            for line in waiting
        ]
    if problems:
        return Imported(problems=_by_row(problems))
    return Imported(_by_row(recorded), _by_row(skipped))


class Taken(NamedTuple):
    """An act that stands in the journal, or will: its key, and whether it was not there before."""

    key: str
    new: bool


@dataclass
class Taking:
    """Acts of one agreement that are taken over; what is recorded is known, and what is taken joins it."""

    series: participation.Series
    #: The entries of acts by their ids in the table.
    entries: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        agreement = self.series.agreement
        self.known: dict[tuple[object, ...], list[Act]] = {}
        #: What was taken, in its order: by what makes it the same, and its id in the table.
        self._order: list[tuple[tuple[object, ...], str]] = []
        for number, act in histories([agreement.pk])[agreement.pk].tracks:
            if number == agreement.text:
                self.known.setdefault(_identity(act, act.target), []).append(act)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Take several acts or none of them: where one is refused, what was taken inside the block is let go."""
        before = len(self._order)
        try:
            with self.series.together():
                yield
        except Refused:
            for identity, name in self._order[before:]:
                self.known[identity].pop()
                del self.entries[name]
            del self._order[before:]
            raise

    def take(self, act: Act, party: Party | None, *, what: str | Texts = "", source: str = "") -> Taken:
        """Take an act, unless it is recorded. Raises Refused, also where it is recorded with other details."""
        if party is None:
            told = {"party": str(names.known(act.party)), "code": act.party}
            raise Refused(Reason("party-unknown", _("%(party)s (%(code)s) is not among the recorded parties."), told))
        target = self.entries.get(act.target, "")
        same = self.known.get(_identity(act, target), [])
        if same:
            if not any(_details(other) == _details(act) for other in same):
                sentence = _("This act is recorded with other details (%(recorded)s). Correct the entry instead.")
                raise Refused(Reason("recorded-otherwise", sentence, {"recorded": _told(same[0])}))
            self.entries[act.id] = same[0].id
            return Taken(same[0].id, False)
        key = self.series.take(
            party,
            act.kind,
            on=act.on,
            received=act.received,
            effective=act.effective,
            manner=act.manner,
            scope=act.scope,
            target=target,
            what=what,
            source=source,
        )
        self.entries[act.id] = key
        self.known.setdefault(_identity(act, target), []).append(replace(act, id=key))
        self._order.append((_identity(act, target), act.id))
        return Taken(key, True)


def _by_row(found: list[_Placed]) -> tuple[_Placed, ...]:
    return tuple(sorted(found, key=lambda one: one.row))


def _identity(act: Act, target: str) -> tuple[object, ...]:
    return act.party, act.kind, act.on, act.scope, target


def _details(act: Act) -> tuple[object, ...]:
    return act.received, act.effective, act.manner


def _told(act: Act) -> str:
    days: Iterable[tuple[str, FuzzyDate | None]] = (
        (_("received: %(day)s"), act.received),
        (_("effective: %(day)s"), act.effective),
    )
    said = [words % {"day": day or "–"} for words, day in days]
    return "; ".join([*said, *([act.manner] if act.manner else [])])


# ---- rows about many agreements ----
class _Unclear(Exception):
    def __init__(self, doubt: Doubt) -> None:
        self.doubt = doubt


class ActTaker(Grouped):
    """Takes over acts of participants; a row may tell of several: a signature, then a ratification."""

    kind = "actions"

    def take_group(self, agreement: Agreement, rows: Sequence[Given]) -> Iterable[Planned]:
        """Take the acts of one agreement in the order of their days."""
        taking = Taking(participation.Series(agreement, by=self.job.user, origin=Origin.IMPORTED))
        planned: list[tuple[Planned, list[Taken]]] = []
        read: list[tuple[Given, list[Act]]] = []
        for given in rows:
            try:
                read.append((given, self._acts(given)))
            except _Unclear as unclear:
                yield self.doubted(given, unclear.doubt)
        ids = {act.id for _given, acts in read for act in acts}
        waiting = sorted(read, key=lambda one: (min(act.on.earliest for act in one[1]), one[0].number))
        while waiting:
            place = next(
                (
                    number
                    for number, (_given, acts) in enumerate(waiting)
                    if all(act.target in ("", *taking.entries) or act.target not in ids for act in acts)
                ),
                0,
            )
            given, acts = waiting.pop(place)
            try:
                with taking.together():
                    taken = [self._take(taking, given, act) for act in acts]
            except Refused as refusal:
                yield self.refused(given, of_reasons(refusal.reasons))
                continue
            if not any(one.new for one in taken):
                yield self.recorded(given, agreement.reference, "agreement", agreement.pk)
                continue
            planned.append((self.created(given, "agreement", agreement.pk), taken))
        taking.series.finish()
        for one, taken in planned:
            one.entries = [act.key for act in taken if act.new]
            yield one

    def _take(self, taking: Taking, given: Given, act: Act) -> Taken:
        self.job.vocabulary.record_parties([act.party], source=self.job.citation(given))
        what = "\n".join(part for part in (given.text("text"), given.text("remarks")) if part)
        party = self.job.vocabulary.party(act.party)
        if act.target and act.target not in taking.entries:
            sentence = _("No row has the id “%(id)s” that is named as target.")
            raise Refused(Reason("target-unknown", sentence, {"id": act.target}))
        return taking.take(act, party, what=what, source=self.job.citation(given))

    def _acts(self, given: Given) -> list[Act]:
        """Return the acts that a row tells of. Raises what says that a person must decide."""
        party = given.text("party")
        side = [
            Act(party, one.kind_of_act, found.date, manner=found.manner)
            for name, one in fields.fields_of("actions").items()
            if one.kind_of_act and isinstance(found := given.get(name), ReadDate) and found.date
        ]
        side = [self._lettered(given, name, act) for name, act in zip(_named(given), side, strict=True)]
        kind, manner = given.get("kind") or ("", "")
        manner = given.text("manner") or manner
        main_day = given.get("on")
        received, effective = dated(given, "received"), dated(given, "effective")
        if isinstance(main_day, ReadDate) and main_day.action and not kind:
            kind, manner = main_day.action.value, manner or main_day.manner
        day = (main_day.date if isinstance(main_day, ReadDate) else None) or received
        main: Act | None = None
        if kind and day:
            main = Act(party, ActionKind(kind), day)
        elif kind and len(side) == 1 and side[0].kind != ActionKind.SIGNATURE:
            main = replace(side.pop(), kind=ActionKind(kind))
        elif kind and not side:
            label = {"field": fields.fields_of("actions")["on"].labels}
            raise _Unclear(Doubt("row", str(given.number), Why("value-missing", label)))
        elif isinstance(main_day, ReadDate) and main_day.date and not kind:
            raise _Unclear(Doubt("row", str(given.number), Why("kind-unclear")))
        elif side:
            consents = [act for act in side if act.kind != ActionKind.SIGNATURE]
            main = (consents or side)[-1]
            side = [act for act in side if act is not main]
        else:
            label = {"field": fields.fields_of("actions")["on"].labels}
            raise _Unclear(Doubt("row", str(given.number), Why("value-missing", label)))
        key = given.text("id") or f"r{given.number}"
        main = replace(
            main,
            received=received,
            effective=effective,
            manner=manner or main.manner,
            scope=given.text("scope"),
            target=self._target(given.text("target")),
            id=key,
        )
        return [*(replace(act, id=f"{key}.{place}") for place, act in enumerate(side, start=1)), main]

    def _lettered(self, given: Given, name: str, act: Act) -> Act:
        """Return the act that a letter after a date says: "25 Mar 2013 a" in a column of ratifications."""
        found: ReadDate = given.values[name]
        return replace(act, kind=found.action) if found.action else act

    def _target(self, text: str) -> str:
        return f"r{text}" if text.isdigit() else text


def _named(given: Given) -> list[str]:
    return [
        name
        for name, one in fields.fields_of("actions").items()
        if one.kind_of_act and isinstance(found := given.get(name), ReadDate) and found.date
    ]
