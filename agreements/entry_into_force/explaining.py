"""A clause and its answer in words, in the reader's language: every line shows one piece of the arithmetic."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from agreements.choices import ActionKind
from agreements.dates import FuzzyDate, render_day
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
from agreements.entry_into_force.reading import DEFINITIVE_SIGNATURE
from agreements.numbers import grouped
from agreements.tracks import Participant
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
                words = _named(name)
                yield depth, f"{words}: {day}" if words and day else words or str(day)
            case After(of=of):
                yield depth, self.period(rule)
                yield from self.rule(of, depth + 1)
            case FirstOf(of=of):
                yield depth, _first_words(rule)
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
                yield depth, _OWN[what]()

    def measure(self, rule: Count | Share) -> str:
        """Say what a threshold asks for."""
        acts = rule.acts
        if isinstance(rule, Share):
            share = _share_words(rule.share)
            template = (
                _("%(acts)s of parties with more than %(share)s of the table “%(table)s”")
                if rule.more_than
                else _("%(acts)s of parties with at least %(share)s of the table “%(table)s”")
            )
            words = template % {"acts": _acts_words(acts), "share": share, "table": rule.table.name}
        elif rule.number is not None:
            words = _number_words(acts, rule.number)
        elif rule.fraction == 1:
            words = _("%(acts)s of all %(base)s") % {"acts": _acts_words(acts), "base": self.base(rule)}
        else:
            template = (
                _("%(acts)s of more than %(part)s of all %(base)s")
                if rule.more_than
                else _("%(acts)s of at least %(part)s of all %(base)s")
            )
            part = rule.fraction or Fraction(1)
            words = template % {
                "acts": _acts_words(acts),
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
            return _("of these: %(parties)s") % {"parties": self.some(rule.acts.among)}
        return _("participants")

    def limits(self, acts: Acts, *, listed: bool, base: str | int = "") -> str:
        """Say in brackets which acts count, and whose."""
        said = self.limits_of(acts, listed=listed, base=base)
        return f" ({'; '.join(said)})" if said else ""

    def limits_of(self, acts: Acts, *, listed: bool, base: str | int = "") -> list[str]:
        """Say which acts count, and whose; `listed`: the parties are named elsewhere."""
        said = []
        if acts.kinds and not _special(acts):
            said.append(", ".join(_kind_words(kind) for kind in acts.kinds))
        if acts.among is not None and not listed:
            said.append(_("from among: %(parties)s") % {"parties": self.some(acts.among)})
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

    def some(self, codes: Iterable[str]) -> str:
        """Name a few parties; count many."""
        named = list(codes)
        if len(named) > _NAMED:
            return _("a list of %(number)s") % {"number": len(named)}
        return self.names(named)

    def period(self, rule: After) -> str:
        """Say a period, and from when it runs."""
        words = _("%(period)s after:") % {"period": _length(rule)}
        if rule.clear:
            words = _("%(period)s, all of them full, after:") % {"period": _length(rule)}
        if rule.lasting:
            words += " " + _("(and it must still hold then)")
        return words

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
                named = _named(name)
                yield (
                    _("%(name)s: %(day)s.") % {"name": named[:1].upper() + named[1:], "day": day}
                    if named
                    else _("The day is fixed: %(day)s.") % {"day": day}
                )
            case Own(what=what):
                words = _OWN[what]()
                yield _("%(name)s: %(day)s.") % {"name": words[:1].upper() + words[1:], "day": day}
            case After() as rule:
                yield from _after_lines(rule, cause, first, day)
            case FirstOf() as rule:
                yield _first_line(rule, first, day)
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
        told["tally"] = _tally(rule, cause.tally)
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
                    % {"name": _named(need.name) or need.name},
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
                        "share": _percent(need.lacking, need.total),
                        "table": need.name,
                        "have": _percent(need.have, need.total),
                        "needed": _percent(need.needed, need.total),
                        "parties": self.names(need.enough),
                    },
                )

    def lacking(self, need: Need) -> str:
        """Say how many are missing, and who they can be."""
        told: dict[str, object] = {
            "lacking": int(need.lacking),
            "needed": int(need.needed),
            "have": int(need.have),
            "acts": "; ".join([_acts_words(need.acts), *self.limits_of(need.acts, listed=True)]),
        }
        if not need.candidates:
            words = _("Missing: %(lacking)s of %(needed)s (%(acts)s; there are %(have)s).") % told
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
        told = speaker.name(name) if code == "party-gone" else _named(name) or name
        lines.append(_PROBLEMS[code]() % {"name": told})
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
        lines += [text for _depth, text in speaker.need(outcome.need)]
    if outcome.earliest and outcome.earliest != date.max:
        lines.append(
            _("If all that is missing came on %(day)s, it would enter into force on %(date)s.")
            % {"day": render_day(outcome.supposing), "date": render_day(outcome.earliest)}
        )
    return lines


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


# ---- words ----
_PROBLEMS = {
    "nobody-signed": lambda: _(
        "It cannot be computed: no signature is recorded, and the clause counts by signatories."
    ),
    "nobody": lambda: _("It cannot be computed: no participant is recorded whose act could count."),
    "party-gone": lambda: _("It cannot be met any more: the clause asks for an act of %(name)s, which is no more."),
    "date-missing": lambda: _("It cannot be computed: the day “%(name)s” is not recorded."),
}
_OWN = {
    "instrument": lambda: _("the day of its own instrument"),
    "notice": lambda: _("the day of its notice"),
    "bound": lambda: _("the day on which it became bound"),
    "agreement": lambda: _("the day on which the agreement entered into force"),
}
_EVENTS = {
    "opening_for_signature": lambda: _("opening for signature"),
    "adoption": lambda: _("adoption of the text"),
    "signing": lambda: pgettext("day", "signing"),
}


def _named(name: str) -> str:
    return _EVENTS[name]() if name in _EVENTS else name.replace("_", " ")


def _kind_words(kind: str) -> str:
    if kind == DEFINITIVE_SIGNATURE:
        return str(_("definitive signature"))
    return str(ActionKind(kind).label).lower()


def _special(acts: Acts) -> str:
    """Return the kind if one noun says it all."""
    kinds = acts.kinds or ()
    return kinds[0] if len(kinds) == 1 and kinds[0] in ("signature", "notification") else ""


def _acts_words(acts: Acts) -> str:
    return {
        "signature": _("signatures"),
        "notification": _("notifications of completed procedures"),
        "": _("instruments of consent"),
    }[_special(acts)]


def _number_words(acts: Acts, number: int) -> str:
    match _special(acts):
        case "signature":
            words = ngettext("%(number)s signature", "%(number)s signatures", number)
        case "notification":
            words = ngettext("%(number)s notification", "%(number)s notifications", number)
        case _:
            words = ngettext("%(number)s instrument of consent", "%(number)s instruments of consent", number)
    return words % {"number": number}


def _length(rule: After) -> str:
    parts = []
    years, months = rule.years, rule.months - 12 * rule.years
    if years:
        parts.append(ngettext("%(number)s year", "%(number)s years", years) % {"number": years})
    if months:
        parts.append(ngettext("%(number)s month", "%(number)s months", months) % {"number": months})
    if rule.days:
        parts.append(ngettext("%(number)s day", "%(number)s days", rule.days) % {"number": rule.days})
    return " ".join(parts)


def _first_words(rule: FirstOf) -> str:
    words = {
        ("month", False, True): _("The first day of the month after:"),
        ("month", False, False): _("The first day of the %(ordinal)s month after:"),
        ("month", True, True): _("The first day of a month that is not before:"),
        ("month", True, False): _("The %(ordinal)s first day of a month that is not before:"),
        ("year", False, True): _("The first day of the year after:"),
        ("year", False, False): _("The first day of the %(ordinal)s year after:"),
        ("year", True, True): _("The first day of a year that is not before:"),
        ("year", True, False): _("The %(ordinal)s first day of a year that is not before:"),
    }[rule.unit, rule.inclusive, rule.nth == 1]
    return words % {"ordinal": _ordinal(rule.nth)}


def _first_line(rule: FirstOf, start: FuzzyDate | None, day: FuzzyDate) -> str:
    words = {
        ("month", False, True): _("The first day of the month after %(start)s is %(day)s."),
        ("month", False, False): _("The first day of the %(ordinal)s month after %(start)s is %(day)s."),
        ("month", True, True): _("The first day of a month not before %(start)s is %(day)s."),
        ("month", True, False): _("The %(ordinal)s first day of a month not before %(start)s is %(day)s."),
        ("year", False, True): _("The first day of the year after %(start)s is %(day)s."),
        ("year", False, False): _("The first day of the %(ordinal)s year after %(start)s is %(day)s."),
        ("year", True, True): _("The first day of a year not before %(start)s is %(day)s."),
        ("year", True, False): _("The %(ordinal)s first day of a year not before %(start)s is %(day)s."),
    }[rule.unit, rule.inclusive, rule.nth == 1]
    return words % {"ordinal": _ordinal(rule.nth), "start": start, "day": day}


def _after_lines(rule: After, cause: Cause, start: FuzzyDate | None, day: FuzzyDate) -> Iterator[str]:
    told = {"ordinal": _ordinal(rule.days), "start": start, "day": day, "period": _length(rule)}
    if rule.clear:
        yield _("With %(period)s in full after %(start)s, the day is %(day)s.") % told
    elif rule.days and not rule.months:
        yield _("The %(ordinal)s day after %(start)s is %(day)s.") % told
    else:
        yield _("%(period)s after %(start)s is %(day)s.") % told
    below = cause.below[0].day if cause.below else None
    if rule.months and not rule.days and below and below.day > cause.day.day and below not in (date.min, date.max):
        yield (
            _("That month has no day %(number)s: the next month begins.") % {"number": below.day}
            if rule.overflow
            else _("That month has no day %(number)s: its last day counts.") % {"number": below.day}
        )


def _ordinal(number: int) -> str:
    """Write an ordinal as the language writes it beside a noun: 2nd in English, the number elsewhere."""
    if (get_language() or "en")[:2] != "en":
        return str(number)
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _decimal(value: Fraction) -> str:
    return grouped(round(Decimal(value.numerator) / Decimal(value.denominator), 2))


def _share_words(share: Fraction) -> str:
    """Write a share as a percentage, or as a fraction where that would have to be rounded."""
    if (share * 10_000).denominator == 1:
        return _percent(share, Fraction(1))
    return f"{share.numerator}/{share.denominator}"


def _percent(value: Fraction, total: Fraction) -> str:
    return f"{_decimal(value * 100 / total)}\u00a0%"


def _tally(rule: Count | Share, tally: Fraction) -> str:
    return _percent(tally, rule.table.total) if isinstance(rule, Share) else str(int(tally))


def _when(cause: Cause, early: Cause | None) -> FuzzyDate:
    return between(early.day if early else cause.day, cause.day) or FuzzyDate.unknown()


def _pairs(cause: Cause, early: Cause | None) -> list[tuple[Cause, Cause | None]]:
    """Pair the causes below with those of the early world, where they are about the same rules."""
    sooner = list(early.below) if early and early.rule == cause.rule else []
    same = [below.rule for below in sooner] == [below.rule for below in cause.below]
    return [(below, sooner[place] if same else None) for place, below in enumerate(cause.below)]
