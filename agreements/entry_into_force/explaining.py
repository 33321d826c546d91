"""A clause and its answer in words, in the reader's language: every line shows one piece of the arithmetic."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements.dates import FuzzyDate, render_day
from agreements.entry_into_force import wording
from agreements.entry_into_force.clause import (
    PARTICIPANTS,
    SIGNATORIES,
    Acts,
    After,
    AllOf,
    AnyOf,
    Clause,
    Count,
    FirstOf,
    Fixed,
    Own,
    Provided,
    Rule,
    Share,
)
from agreements.entry_into_force.computing import Cause
from agreements.entry_into_force.needs import Need
from agreements.entry_into_force.outcome import Outcome, PartyDate, between
from agreements.tracks import BINDING_SIGNATURE, TACIT_ACCEPTANCE_MONTHS, Participant
from agreements.words import alphabetical, pick

#: More names than these are counted, not listed, where a rule is described.
_NAMED = 8


class Speaker:
    """Puts rules, causes and needs into words; knows the names of the parties."""

    def __init__(self, participants: Mapping[str, Participant], names: Mapping[str, str] | None = None) -> None:
        self.participants = participants
        self.given = names or {}

    def name(self, code: str) -> str:
        """Return the name of a party in the reader's language, or its code."""
        if code in self.given:
            return self.given[code]
        known = self.participants.get(code)
        return (pick(known.names).text if known else "") or code

    def names(self, codes: Iterable[str]) -> str:
        """Return names as a list, in the order of the reader's alphabet."""
        return ", ".join(sorted(map(self.name, codes), key=alphabetical))

    # ---- rules ----
    def rule(self, rule: Rule, depth: int = 0) -> Iterator[tuple[int, str]]:
        """Yield the lines that describe a rule, each with its depth."""
        match rule:
            case Count():
                yield depth, self.measure(rule)
            case Share():
                yield depth, self.measure(rule)
            case Fixed(day=day, name=name):
                words = wording.named(name)
                yield depth, f"{words}: {day}" if words and day else words or str(day)
            case After(of=of):
                yield depth, self.period(rule)
                yield from self.rule(of, depth + 1)
            case FirstOf(of=of):
                yield depth, wording.first_words(rule)
                yield from self.rule(of, depth + 1)
            case AllOf(parts=parts, words=words):
                heads = {
                    "all": _("All of the following hold:"),
                    "later": _("The later of the following days:"),
                    "not_before": _("The first of the following, but not before the second:"),
                }
                yield depth, heads[words]
                for part in parts:
                    yield from self.rule(part, depth + 1)
            case AnyOf(parts=parts, least=least):
                yield (
                    depth,
                    _("Any of the following holds:")
                    if least == 1
                    else _("At least %(number)s of the following hold:") % {"number": least},
                )
                for part in parts:
                    yield from self.rule(part, depth + 1)
            case Provided(on=on, condition=condition, otherwise=otherwise):
                yield depth, _("On %(day)s, if this holds on that day:") % {"day": render_day(on)}
                yield from self.rule(condition, depth + 1)
                yield depth, _("otherwise:")
                yield from self.rule(otherwise, depth + 1)
            case Own(what=what):
                yield depth, wording.OWN[what]()

    def measure(self, rule: Count | Share) -> str:
        """Say what a threshold asks for."""
        acts = rule.acts
        if isinstance(rule, Share):
            share = wording.share_words(rule.share)
            template = (
                _("%(acts)s of parties with more than %(share)s of the table “%(table)s”")
                if rule.more_than
                else _("%(acts)s of parties with at least %(share)s of the table “%(table)s”")
            )
            words = template % {"acts": wording.acts_words(acts), "share": share, "table": rule.table.name}
        elif rule.number is not None:
            words = wording.number_words(acts, rule.number)
        elif rule.fraction == 1:
            words = _("%(acts)s of all %(base)s") % {"acts": wording.acts_words(acts), "base": self.base(rule)}
        else:
            template = (
                _("%(acts)s of more than %(part)s of all %(base)s")
                if rule.more_than
                else _("%(acts)s of at least %(part)s of all %(base)s")
            )
            part = rule.fraction or Fraction(1)
            words = template % {
                "acts": wording.acts_words(acts),
                "part": f"{part.numerator}/{part.denominator}",
                "base": self.base(rule),
            }
        if isinstance(rule, Count) and rule.number is not None:
            return words + self.limits(acts, listed=False, base=rule.base)
        return words + self.limits(acts, listed=isinstance(rule, Count))

    def base(self, rule: Count) -> str:
        """Say of whom a fraction is asked."""
        if isinstance(rule.base, int):
            return _("parties (their number is fixed at %(number)s)") % {"number": rule.base}
        if rule.base == SIGNATORIES:
            return _("signatories")
        if rule.acts.among is not None:
            return _("of these: %(parties)s") % {"parties": self.some(rule.acts.among, rule.acts.group)}
        return _("participants")

    def limits(self, acts: Acts, *, listed: bool, base: str | int = "") -> str:
        """Say in brackets which acts count, and whose."""
        said = self.limits_of(acts, listed=listed, base=base)
        return f" ({'; '.join(said)})" if said else ""

    def limits_of(self, acts: Acts, *, listed: bool, base: str | int = "") -> list[str]:
        """Say which acts count, and whose; `listed`: the parties are named elsewhere."""
        said = []
        if acts.kinds and not wording.special(acts):
            said.append(", ".join(wording.kind_words(kind) for kind in acts.kinds))
        if acts.among is not None and not listed:
            said.append(_("from among: %(parties)s") % {"parties": self.some(acts.among, acts.group)})
        if base == SIGNATORIES:
            said.append(_("of signatories only"))
        elif base == PARTICIPANTS:
            said.append(_("of participants only"))
        if acts.besides:
            said.append(_("other than: %(parties)s") % {"parties": self.some(sorted(acts.besides))})
        if acts.organisations == "not_counted":
            said.append(_("organisations are not counted"))
        elif acts.organisations == "not_beside_members":
            said.append(_("an organisation is not counted beside its members"))
        return said

    def some(self, codes: Iterable[str], group: str = "") -> str:
        """Name a few parties; of many say what the clause calls them, and how many they are."""
        named = list(codes)
        if len(named) > _NAMED and group:
            return _("“%(name)s” (%(number)s)") % {"name": wording.named(group), "number": len(named)}
        if len(named) > _NAMED:
            return _("a list of %(number)s") % {"number": len(named)}
        return self.names(named)

    def period(self, rule: After) -> str:
        """Say a period, from when it runs, and what its end is subject to."""
        template = _("%(period)s, all of them full, after:") if rule.clear else _("%(period)s after:")
        said = []
        if rule.overflow:
            said.append(_("where a month has no such day, the next one begins"))
        if rule.lasting:
            said.append(_("and it must still hold then"))
        period = wording.length(rule)
        return template % {"period": f"{period} ({'; '.join(said)})" if said else period}

    # ---- causes ----
    def cause(self, cause: Cause, early: Cause | None = None) -> Iterator[str]:
        """Yield the lines of the arithmetic that led to a cause, deepest first.

        `early` is the same cause with imprecise dates taken early: where days differ the period is named.
        """
        pairs = _pairs(cause, early)
        match cause.rule:
            case Provided(on=on, condition=condition) if pairs and pairs[0][0].rule != condition:
                same = early is None or (bool(early.below) and early.below[0].rule == pairs[0][0].rule)
                template = (
                    _("On %(day)s the condition was not fulfilled, so the other rule counts.")
                    if same
                    else _("Whether the condition was fulfilled on %(day)s is not certain: days are not known exactly.")
                )
                yield template % {"day": render_day(on)}
        for below, sooner in pairs:
            yield from self.cause(below, sooner)
        day = _when(cause, early)
        first = _when(*pairs[0]) if pairs else None
        match cause.rule:
            case Count() | Share() as rule:
                yield self.reached(rule, cause, day)
            case Fixed(name=name):
                named = wording.named(name)
                yield (
                    _("%(name)s: %(day)s.") % {"name": named[:1].upper() + named[1:], "day": day}
                    if named
                    else _("The day is fixed: %(day)s.") % {"day": day}
                )
            case Own(what=what):
                words = wording.OWN[what]()
                yield _("%(name)s: %(day)s.") % {"name": words[:1].upper() + words[1:], "day": day}
            case After() as rule:
                yield from wording.after_lines(rule, cause, first, day)
            case FirstOf() as rule:
                yield wording.first_line(rule, first, day)
            case AllOf(words="later"):
                days = ", ".join(str(_when(*pair)) for pair in pairs)
                yield _("The latest of these days (%(days)s) is %(day)s.") % {"days": days, "day": day}
            case AllOf(words="not_before"):
                if len(pairs) == 2 and pairs[1][0].day == cause.day and pairs[0][0].day != cause.day:
                    yield _("It cannot be before %(day)s, so that day counts.") % {"day": day}
                elif len(pairs) == 2:
                    told = {"day": day, "limit": _when(*pairs[1])}
                    yield _("That day, %(day)s, is not before %(limit)s, as required.") % told
            case AllOf():
                yield _("All conditions hold from %(day)s.") % {"day": day}
            case AnyOf(least=1):
                yield _("One of the conditions is enough; it holds from %(day)s.") % {"day": day}
            case AnyOf(least=least):
                yield _("%(number)s of the conditions are enough; they hold from %(day)s.") % {
                    "number": least,
                    "day": day,
                }
            case Provided(on=on, condition=condition) if pairs and pairs[0][0].rule == condition:
                yield _("On %(day)s the condition is fulfilled, so that day counts.") % {"day": render_day(on)}
            case Provided() if pairs and pairs[0][0].day != cause.day:
                yield _("It cannot be before %(day)s, so that day counts.") % {"day": day}

    def reached(self, rule: Count | Share, cause: Cause, day: FuzzyDate) -> str:
        """Say when a threshold was reached, and who reached it; of imprecise days, all who may have."""
        told = {"measure": self.measure(rule), "day": day}
        if not cause.needed:
            return _("Needed: %(measure)s. It is supposed that what is missing comes on %(day)s.") % told
        told["tally"] = wording.tally(rule, cause.tally)
        if not cause.parties:
            return _("Needed: %(measure)s. Reached: %(day)s, with %(tally)s.") % told
        told |= {"parties": self.names(cause.parties), "number": str(len(cause.parties))}
        if not cause.sure:
            template = (
                _(
                    "Needed: %(measure)s. Reached: %(day)s, with %(tally)s, by one or more of these acts, in an order "
                    "that is not known: %(parties)s."
                )
                if len(cause.parties) <= _NAMED
                else _(
                    "Needed: %(measure)s. Reached: %(day)s, with %(tally)s; which of %(number)s acts came last is not "
                    "known."
                )
            )
            return template % told
        if len(cause.parties) == 1:
            return _("Needed: %(measure)s. Reached: %(day)s, with %(tally)s, by the act of: %(parties)s.") % told
        return (
            _("Needed: %(measure)s. Reached: %(day)s, with %(tally)s, by %(number)s acts on one day: %(parties)s.")
            % told
        )

    # ---- needs ----
    def need(self, need: Need, depth: int = 0) -> Iterator[tuple[int, str]]:
        """Yield the lines that say what is missing, each with its depth."""
        if need.by:
            yield depth, _("By %(day)s:") % {"day": render_day(need.by)}
            depth += 1
        match need.kind:
            case "all":
                yield depth, _("All of the following are missing:")
                for part in need.parts:
                    yield from self.need(part, depth + 1)
            case "any":
                yield (
                    depth,
                    ngettext(
                        "Any %(number)s of the following would be enough:",
                        "Any %(number)s of the following would be enough:",
                        int(need.lacking),
                    )
                    % {"number": int(need.lacking)},
                )
                for part in need.parts:
                    yield from self.need(part, depth + 1)
            case "date":
                yield (
                    depth,
                    _("A day is not recorded: %(name)s. Until it is, nothing can be computed.")
                    % {"name": wording.named(need.name) or need.name},
                )
            case "acts":
                yield depth, self.lacking(need)
                if need.unsure:
                    told = {"parties": self.names(need.unsure)}
                    yield depth, _("Perhaps there already, on days that are not known exactly: %(parties)s.") % told
            case _:
                yield (
                    depth,
                    _(
                        "Missing: %(share)s of the table “%(table)s” (there is %(have)s of %(needed)s). "
                        "Enough would be: %(parties)s."
                    )
                    % {
                        "share": wording.percent(need.lacking, need.total),
                        "table": need.name,
                        "have": wording.percent(need.have, need.total),
                        "needed": wording.percent(need.needed, need.total),
                        "parties": self.names(need.enough),
                    },
                )

    def lacking(self, need: Need) -> str:
        """Say how many are missing, and who they can be."""
        told: dict[str, object] = {
            "lacking": int(need.lacking),
            "needed": int(need.needed),
            "have": int(need.have),
            "acts": "; ".join(
                [wording.acts_words(need.acts), *self.limits_of(need.acts, listed=True), *_subject(need)]
            ),
        }
        if not need.candidates:
            words = _("Missing: %(lacking)s of %(needed)s (%(acts)s; so far: %(have)s).") % told
            return words if need.candidates is None else f"{words} {_('Nobody is left who could act.')}"
        told["parties"] = self.names(need.candidates)
        if len(need.candidates) == need.lacking:
            return _("Missing: %(lacking)s of %(needed)s (%(acts)s): %(parties)s.") % told
        if len(need.candidates) < need.lacking:
            words = _("Missing: %(lacking)s of %(needed)s (%(acts)s). Only these are left who could act: %(parties)s.")
            return words % told
        return _("Missing: %(lacking)s of %(needed)s (%(acts)s), from among: %(parties)s.") % told


# ---- whole answers ----
def describe(clause: Clause, names: Mapping[str, str] | None = None) -> list[tuple[int, str]]:
    """Return a clause in words: lines with their depths."""
    speaker = Speaker({}, names)
    lines = [(0, _("Entry into force:")), *speaker.rule(clause.rule, 1)]
    if clause.later:
        lines.append(
            (
                0,
                _("For those who join after the threshold was met, but not before the agreement is in force:")
                if clause.later.after == "threshold"
                else _("For those who join after the entry into force:"),
            )
        )
        lines += speaker.rule(clause.later.rule, 1)
    if clause.provisional:
        lines += [(0, _("Provisional application:")), *speaker.rule(clause.provisional, 1)]
    if clause.leaving:
        lines += [(0, _("A denunciation takes effect:")), *speaker.rule(clause.leaving.takes_effect, 1)]
        if clause.leaving.notice_not_before:
            lines += [(0, _("Notice may not be given before:")), *speaker.rule(clause.leaving.notice_not_before, 1)]
    if not clause.signature_needed:
        lines.append((0, _("A state may ratify, accept or approve it without having signed it.")))
    if clause.reservation_months != TACIT_ACCEPTANCE_MONTHS:
        words = ngettext(
            "A reservation counts as accepted %(number)s month after its notification, or with a later consent.",
            "A reservation counts as accepted %(number)s months after its notification, or with a later consent.",
            clause.reservation_months,
        )
        lines.append((0, words % {"number": clause.reservation_months}))
    if clause.withdrawn_count:
        lines.append((0, _("An instrument counts even if it is withdrawn before the entry into force.")))
    if clause.former_members == "not_counted":
        lines.append((0, _("Who has left an organisation that takes part is no longer counted among its members.")))
    return lines


def explain(outcome: Outcome, names: Mapping[str, str] | None = None) -> list[str]:
    """Return the answer in sentences that show the arithmetic."""
    speaker, on = Speaker(outcome.participants, names), render_day(outcome.on)
    lines: list[str] = []
    for code, name in outcome.problems:
        told = speaker.name(name) if code == "party-gone" else wording.named(name) or name
        lines.append(wording.PROBLEMS[code]() % {"name": told})
    if outcome.met and outcome.cause and outcome.date:
        lines += speaker.cause(outcome.cause, outcome.early_cause)
        if outcome.trigger and outcome.by and not any(str(outcome.trigger) in line for line in lines):
            lines.append(_("The threshold was reached: %(day)s.") % {"day": outcome.trigger})
        template = (
            _("In force since %(date)s.")
            if outcome.in_force
            else _("As of %(on)s it may be in force; the day is imprecise: %(date)s.")
            if outcome.possibly_in_force
            else _("The threshold is met; entry into force on %(date)s.")
        )
        lines.append(template % {"date": outcome.date, "on": on})
        if outcome.in_force and not outcome.parties:
            lines.append(_("As of %(on)s nobody is bound by it: no consent is recorded.") % {"on": on})
        return lines
    if outcome.possibly_met and outcome.early_cause:
        lines.append(
            _("As of %(on)s it is not certain that the threshold is met: days are not known exactly.") % {"on": on}
        )
        lines.append(_("With every act on its earliest possible day:"))
        lines += speaker.cause(outcome.early_cause)
        if outcome.date and outcome.date.earliest != date.min:
            lines.append(_("It would then enter into force on %(date)s.") % {"date": render_day(outcome.date.earliest)})
        if outcome.need:
            lines.append(_("To be certain, either the exact days are needed or the following:"))
    else:
        lines.append(_("Not met as of %(on)s.") % {"on": on})
    if outcome.need:
        lines += outlined(speaker.need(outcome.need))
    if outcome.earliest and outcome.earliest != date.max:
        lines.append(
            _("If all that is missing came on %(day)s, it would enter into force on %(date)s.")
            % {"day": render_day(outcome.supposing), "date": render_day(outcome.earliest)}
        )
    return lines


def outlined(lines: Iterable[tuple[int, str]]) -> list[str]:
    """Return lines as sentences that show by dashes what belongs to which."""
    return [f"{'– ' * depth}{text}" for depth, text in lines]


def explain_party(outcome: Outcome, entry: PartyDate, names: Mapping[str, str] | None = None) -> str:
    """Return in one sentence why a party is bound from a day, or why not."""
    told = {
        "party": Speaker(outcome.participants, names).name(entry.party),
        "on": entry.on,
        "date": entry.date,
        "until": entry.until,
        "notice": entry.notice_from,
    }
    if outcome.possibly_met and (entry.date is None or entry.date.latest == date.max):
        return _("%(party)s: consent of %(on)s; it is not certain that the agreement enters into force.") % told
    if entry.date is None:
        if entry.until is not None:
            return _("%(party)s: consent of %(on)s, withdrawn before it took effect.") % told
        return _("%(party)s: consent of %(on)s; the agreement is not in force yet.") % told
    words = {
        "original": _("%(party)s: consent of %(on)s; bound with the agreement itself from %(date)s."),
        "own": _("%(party)s: consent of %(on)s, after the entry into force; bound by its own date from %(date)s.")
        if outcome.clause.later and outcome.clause.later.after == "entry_into_force"
        else _("%(party)s: consent of %(on)s, after the threshold; bound by its own date from %(date)s."),
        "succession": _("%(party)s: succession notified %(on)s; bound from the day of succession, %(date)s."),
        "general": _("%(party)s: consent of %(on)s, after the entry into force; bound from that day (VCLT 24(3))."),
    }[entry.rule] % told
    if entry.until:
        ended = (
            _("It is no more: no longer bound from %(until)s.")
            if entry.extinct
            else _("No longer bound from %(until)s.")
        )
        words += " " + ended % told
    if entry.early_notice:
        words += " " + _("Its notice came before the first day allowed for it, %(notice)s.") % told
    return words


def _subject(need: Need) -> Iterator[str]:
    """Say, of signatures that bind, from when those count that do not by themselves."""
    if BINDING_SIGNATURE in (need.acts.kinds or ()):
        yield _("one subject to ratification counts from the instrument that completes it")


def _when(cause: Cause, early: Cause | None) -> FuzzyDate:
    return between(early.day if early else cause.day, cause.day) or FuzzyDate.unknown()


def _pairs(cause: Cause, early: Cause | None) -> list[tuple[Cause, Cause | None]]:
    """Pair the causes below with those of the early world, where they are about the same rules."""
    sooner = list(early.below) if early and early.rule == cause.rule else []
    same = [below.rule for below in sooner] == [below.rule for below in cause.below]
    return [(below, sooner[place] if same else None) for place, below in enumerate(cause.below)]
