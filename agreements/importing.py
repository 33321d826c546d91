"""Taking over the acts of participants from a table: all of it or nothing; what is recorded already is left alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from agreements import acts_csv, names, participation, registers
from agreements.acts_csv import Line, Remark
from agreements.choices import Origin
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.history import histories
from agreements.models import Agreement, Party, User
from agreements.tracks import Act

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
        taking = _Taking(participation.Series(fresh, by=by, origin=Origin.IMPORTED), source)
        taking.all(reading.lines)
        if not taking.problems:
            taking.series.finish()
        if taking.problems or dry_run:
            transaction.set_rollback(True)
        if taking.problems:
            return Imported(problems=_by_row(taking.problems), notes=reading.notes)
        return Imported(_by_row(taking.recorded), _by_row(taking.skipped), (), reading.notes)


@dataclass
class _Taking:
    series: participation.Series
    source: str
    recorded: list[Line] = field(default_factory=list)
    skipped: list[Line] = field(default_factory=list)
    problems: list[Remark] = field(default_factory=list)
    #: The entries of acts by their ids in the table.
    entries: dict[str, str] = field(default_factory=dict)

    def all(self, lines: Sequence[Line]) -> None:
        known = self.known()
        parties = {party.code: party for party in Party.objects.filter(code__in={line.act.party for line in lines})}
        # In the order of their days, as they happened; an act that concerns another one comes after it.
        waiting = sorted(lines, key=lambda line: (line.act.on.earliest, line.row))
        while waiting:
            line = next((line for line in waiting if not line.act.target or line.act.target in self.entries), None)
            if line is None:
                break
            waiting.remove(line)
            self.take(line, parties, known)
        if waiting and not self.problems:
            self.problems += [
                Remark(line.row, "", _("The act that it concerns concerns this one: one of the two must be first."))
                for line in waiting
            ]

    def take(self, line: Line, parties: Mapping[str, Party], known: Mapping[tuple[object, ...], list[Act]]) -> None:
        act = line.act
        party = parties.get(act.party)
        if party is None:
            told = {"party": names.known(act.party), "code": act.party}
            self.problems.append(
                Remark(line.row, "", _("%(party)s (%(code)s) is not among the recorded parties.") % told)
            )
            return
        same = known.get(_identity(act, self.entries.get(act.target, "")), [])
        if same:
            if any(_details(other) == _details(act) for other in same):
                self.entries[act.id] = same[0].id
                self.skipped.append(line)
            else:
                sentence = _("This act is recorded with other details (%(recorded)s). Correct the entry instead.")
                self.problems.append(Remark(line.row, "", sentence % {"recorded": _told(same[0])}))
            return
        try:
            key = self.series.take(
                party,
                act.kind,
                on=act.on,
                received=act.received,
                effective=act.effective,
                manner=act.manner,
                scope=act.scope,
                target=self.entries[act.target] if act.target else "",
                what=line.remarks,
                source=self.source,
            )
        except Refused as refusal:
            self.problems += [Remark(line.row, "", reason.sentence) for reason in refusal.reasons]
            return
        self.entries[act.id] = key
        self.recorded.append(line)

    def known(self) -> dict[tuple[object, ...], list[Act]]:
        """Return the acts that are recorded for the present text, by what makes them the same."""
        found: dict[tuple[object, ...], list[Act]] = {}
        agreement = self.series.agreement
        for number, act in histories([agreement.pk])[agreement.pk].tracks:
            if number == agreement.text:
                found.setdefault(_identity(act, act.target), []).append(act)
        return found


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
