"""Reading a clause from JSON values. The form is documented in docs/clauses.md; every complaint names the place."""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from django.utils.translation import gettext as _

from agreements.choices import ActionKind
from agreements.dates import BadDate, FuzzyDate
from agreements.entry_into_force.clause import (
    ANYBODY,
    GROUP,
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
    Later,
    Leaving,
    Own,
    Provided,
    Rule,
    Share,
    Table,
    walk,
    with_thresholds,
)
from agreements.tracks import BINDING_SIGNATURE, TACIT_ACCEPTANCE_MONTHS, Basis
from agreements.words import LANGUAGES, Texts

#: A clause deeper than this is a mistake, not a clause.
DEPTH = 20
#: No treaty has longer periods: a hundred years, or so. Beyond the calendar nothing could be computed.
LONGEST: Mapping[str, int] = {"days": 10_000, "weeks": 1_000, "months": 1_200, "years": 100}
#: More parties than there can be, and more rules than any treaty has: beyond them it is an attack or a mistake.
MOST_PARTIES, MOST_RULES = 500, 50
#: Larger clauses are none: the largest of the treaties that we know has 200 weights.
MOST_VALUES, MOST_LEVELS, MOST_LETTERS = 1_000, 60, 50_000
#: What `kinds` may name besides the kinds of acts: a signature that by itself expresses consent to be bound.
DEFINITIVE_SIGNATURE = "definitive_signature"
KINDS = (*(kind.value for kind in ActionKind.consents()), "signature", DEFINITIVE_SIGNATURE, "initialling")
_COUNTING = ("kinds", "among", "besides", "day", "organisations")
_ORGANISATIONS = ("counted", "not_counted", "not_beside_members")
_FORMS: Mapping[str, tuple[str, ...]] = {
    "instruments": ("instruments", "of", "more_than", *_COUNTING),
    "signatures": ("signatures", "of", "more_than", "among", "besides", "organisations"),
    "notifications": ("notifications", "of", "more_than", "among", "besides", "day", "organisations"),
    "share": ("share", "table", "more_than", *_COUNTING),
    "date": ("date",),
    "after": ("after", "of", "clear_days", "month_end", "lasting"),
    "first_of_month": ("first_of_month", "following", "counted_from", "on_or_after"),
    "first_of_year": ("first_of_year", "following", "on_or_after"),
    "all_of": ("all_of",),
    "any_of": ("any_of", "at_least"),
    "later_of": ("later_of",),
    "earlier_of": ("earlier_of",),
    "not_before": ("not_before", "rule"),
    "on": ("on", "if", "otherwise"),
    "own": ("own",),
}
_TOP = (
    "text", "source", "enters_into_force", "later_joiners", "provisional_application", "withdrawal", "dates", "groups",
    "tables", "kinds", "day", "organisations", "withdrawn_instruments", "former_members", "signature_needed",
    "reservations",
)  # fmt: skip

_NUMBER = re.compile(r"(?P<top>\d{1,18}(?:\.\d{1,18})?)(?:/(?P<bottom>\d{1,18}))? ?(?P<percent>%)?", re.ASCII)
Resolve = Callable[[str], str]


class BadClause(ValueError):
    """The data are not a clause; `path` names the place, and the message says what to write there.

    `code` tells programs the rest: "clause" for what does not fit the language, "too_large", "invalid" for no text.
    """

    def __init__(self, path: str, remedy: str, code: str = "clause") -> None:
        super().__init__(f"{path}: {remedy}" if path else remedy)
        self.path, self.remedy, self.code = path, remedy, code


def parse(data: object, resolve: Resolve | None = None) -> Clause:
    """Read a clause from JSON values (numbers as int, Decimal or text). Raises BadClause.

    `resolve` turns the name of a party into its code, raising LookupError with a sentence for one that is not known.
    """
    _bounded(data)
    return _Reader(resolve or (lambda name: name)).clause(data)


def _bounded(data: object) -> None:
    """Refuse what is too large or too deep to be walked through, or holds what is not text."""
    values = letters = 0
    left: list[tuple[object, int]] = [(data, 0)]
    while left:
        value, level = left.pop()
        values += 1
        inner = [*value, *value.values()] if isinstance(value, Mapping) else value
        if isinstance(inner, list | tuple):
            left += [(item, level + 1) for item in inner]
        if isinstance(value, str):
            letters += len(value)
            if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\r\t" for letter in value):
                raise BadClause("", _("A character of this text is none that can be written."), "invalid")
        if values + len(left) > 2 * MOST_VALUES or level > MOST_LEVELS or letters > MOST_LETTERS:
            told = {"values": MOST_VALUES, "depth": MOST_LEVELS, "length": MOST_LETTERS}
            sentence = _("A clause has at most %(values)s values, %(depth)s levels and %(length)s characters.")
            raise BadClause("", sentence % told, "too_large")


class _Reader:
    def __init__(self, resolve: Resolve) -> None:
        self.resolve = resolve
        self.groups: dict[str, tuple[str, ...]] = {}
        self.tables: dict[str, Table] = {}
        self.dates: dict[str, FuzzyDate] = {}
        self.usual: dict[str, Any] = {}
        self.own: tuple[str, ...] = ()
        self.read = 0
        self.rules_read: dict[str, Rule] = {}

    # ---- the clause ----
    def clause(self, data: object) -> Clause:
        top = self.table(data, "", _TOP)
        if "enters_into_force" not in top:
            raise BadClause("", _("The key “enters_into_force” with the rule is missing."))
        self.groups = {name: self.parties(codes, f"groups.{name}") for name, codes in self.named(top, "groups").items()}
        for name in self.groups.keys() & {PARTICIPANTS, SIGNATORIES}:
            raise BadClause(f"groups.{name}", _("This name has a meaning of its own. Choose another."))
        self.tables = {name: self.weights(name, value) for name, value in self.named(top, "tables").items()}
        self.dates = {name: self.day(value, f"dates.{name}") for name, value in self.named(top, "dates").items()}
        self.usual = {name: top[name] for name in ("kinds", "day", "organisations") if name in top}
        reservations = self.table(top.get("reservations", {}), "reservations", ("tacit_acceptance_months",))
        return Clause(
            rule=_signed_alone(self.rule(top["enters_into_force"], "enters_into_force")),
            later=self.later(top["later_joiners"]) if "later_joiners" in top else None,
            provisional=self.rule(top["provisional_application"], "provisional_application")
            if "provisional_application" in top
            else None,
            leaving=self.leaving(top["withdrawal"]) if "withdrawal" in top else None,
            text=self.texts(top.get("text", {})),
            source=self.string(top.get("source", ""), "source"),
            dates=self.dates,
            withdrawn_count=self.one_of(
                top.get("withdrawn_instruments", "not_counted"), ("counted", "not_counted"), "withdrawn_instruments"
            )
            == "counted",
            former_members=self.one_of(  # type: ignore[arg-type]
                top.get("former_members", "counted"), ("counted", "not_counted"), "former_members"
            ),
            signature_needed=self.flag(top.get("signature_needed", True), "signature_needed"),
            reservation_months=self.whole(
                reservations.get("tacit_acceptance_months", TACIT_ACCEPTANCE_MONTHS),
                "reservations.tacit_acceptance_months",
                LONGEST["months"],
            ),
        )

    def later(self, value: object) -> Later:
        if isinstance(value, Mapping) and "rule" in value and "not_before" not in value:
            table = self.table(value, "later_joiners", ("rule", "after"))
            after = self.one_of(
                table.get("after", "threshold"), ("threshold", "entry_into_force"), "later_joiners.after"
            )
            return Later(self.owned(table["rule"], "later_joiners.rule", ("instrument", "agreement")), after)  # type: ignore[arg-type]
        return Later(self.owned(value, "later_joiners", ("instrument", "agreement")))

    def leaving(self, value: object) -> Leaving:
        table = self.table(value, "withdrawal", ("takes_effect", "notice_not_before"))
        if "takes_effect" not in table:
            raise BadClause("withdrawal", _("The key “takes_effect” with the rule is missing."))
        return Leaving(
            self.owned(table["takes_effect"], "withdrawal.takes_effect", ("notice",)),
            self.owned(table["notice_not_before"], "withdrawal.notice_not_before", ("bound", "agreement"))
            if "notice_not_before" in table
            else None,
        )

    def owned(self, value: object, path: str, own: tuple[str, ...]) -> Rule:
        self.own = own
        try:
            return self.rule(value, path)
        finally:
            self.own = ()

    def weights(self, name: str, value: object) -> Table:
        path = f"tables.{name}"
        table = self.table(value, path, ("weights", "total"))
        given = self.named(table, "weights", f"{path}.weights")
        if not given:
            raise BadClause(f"{path}.weights", _("Give each party its weight."))
        weights = {
            self.party(code, f"{path}.weights"): self.number(weight, f"{path}.weights.{code}")
            for code, weight in given.items()
        }
        summed = sum(weights.values(), Fraction(0))
        total = self.number(table["total"], f"{path}.total") if "total" in table else summed
        if total <= 0 or min(weights.values()) < 0:
            raise BadClause(path, _("Weights must not be negative, and their total must be above zero."))
        if total < summed:
            raise BadClause(f"{path}.total", _("The total is less than the weights together."))
        return Table(name, weights, total)

    # ---- rules ----
    def rule(self, value: object, path: str, depth: int = 0) -> Rule:
        if depth > DEPTH:
            raise BadClause(path, _("The rule is nested too deeply."))
        self.read += 1
        if self.read > MOST_RULES:
            raise BadClause(path, _("A clause has at most %(most)s rules.") % {"most": MOST_RULES})
        if not isinstance(value, Mapping):
            raise BadClause(
                path, _("Write a rule: an object with one of the keys %(keys)s.") % {"keys": _words(_FORMS)}
            )
        # The same rule in two places is one: it is reckoned once.
        key = json.dumps([value, self.own], sort_keys=True, default=str)
        if key not in self.rules_read:
            self.rules_read[key] = self.written(value, path, depth)
        return self.rules_read[key]

    def written(self, value: Mapping[str, object], path: str, depth: int) -> Rule:
        form = self.form(value, path)
        table = self.table(value, path, _FORMS[form])
        match form:
            case "instruments" | "signatures" | "notifications":
                return self.count(table, form, path)
            case "share":
                return self.share(table, path)
            case "date":
                return self.fixed(table["date"], f"{path}.date")
            case "after":
                return self.after(table, path, depth)
            case "first_of_month" | "first_of_year":
                return self.first(table, form, path, depth)
            case "all_of" | "later_of":
                parts = self.rules(table[form], f"{path}.{form}", depth)
                return AllOf(parts, "later" if form == "later_of" else "all")
            case "any_of" | "earlier_of":
                parts = self.rules(table[form], f"{path}.{form}", depth)
                least = self.whole(table.get("at_least", 1), f"{path}.at_least", MOST_RULES)
                if least > len(parts):
                    raise BadClause(
                        f"{path}.at_least", _("More than there are rules: %(number)s.") % {"number": len(parts)}
                    )
                return AnyOf(parts, least)
            case "not_before":
                return AllOf(
                    (
                        self.rule(self.needs(table, "rule", path), f"{path}.rule", depth + 1),
                        self.rule(table["not_before"], f"{path}.not_before", depth + 1),
                    ),
                    "not_before",
                )
            case "on":
                day = self.day(table["on"], f"{path}.on")
                if day.earliest != day.latest:
                    raise BadClause(f"{path}.on", _("Give a day, such as 2019-01-01."))
                return Provided(
                    day.earliest,
                    self.rule(self.needs(table, "if", path), f"{path}.if", depth + 1),
                    self.rule(self.needs(table, "otherwise", path), f"{path}.otherwise", depth + 1),
                )
            case _:
                if not self.own:
                    raise BadClause(path, _("“own” speaks of one party; here the rule is about all of them."))
                return Own(self.one_of(table["own"], self.own, f"{path}.own"))  # type: ignore[arg-type]

    def form(self, value: Mapping[str, object], path: str) -> str:
        found = [form for form in _FORMS if form in value]
        # "on … if … otherwise", "not_before … rule" and "after … of" are told by their first words.
        if not found:
            unknown = _words(str(key) for key in value) or "{}"
            raise BadClause(
                path,
                _("%(keys)s: no rule begins like this. Use one of %(known)s.")
                % {"keys": unknown, "known": _words(_FORMS)},
            )
        if len(found) > 1:
            raise BadClause(
                path, _("One rule cannot be %(keys)s at once. Put them into “all_of”.") % {"keys": _words(found)}
            )
        return found[0]

    def rules(self, value: object, path: str, depth: int) -> tuple[Rule, ...]:
        if not isinstance(value, list | tuple) or not value:
            raise BadClause(path, _("Write a list of rules."))
        return tuple(self.rule(item, f"{path}[{place}]", depth + 1) for place, item in enumerate(value))

    def count(self, table: Mapping[str, Any], form: str, path: str) -> Count:
        acts = self.acts(table, path, form)
        threshold, where = table[form], f"{path}.{form}"
        base: str | int = PARTICIPANTS
        if "of" in table:
            base, named = self.base(table["of"], f"{path}.of")
            if named is not None:
                if acts.among is not None:
                    raise BadClause(f"{path}.of", _("Name the group once, in “among” or in “of”."))
                acts, base = replace(acts, among=named, group=_name(table["of"])), GROUP
        elif acts.among is not None:
            base = GROUP
        more_than = self.flag(table.get("more_than", False), f"{path}.more_than")
        size = base if isinstance(base, int) else None
        if base == GROUP and acts.among is not None:
            size = len(set(acts.among) - acts.besides)
            if size == 0:
                raise BadClause(path, _("Nobody is left who could act."))
        if isinstance(threshold, int) and not isinstance(threshold, bool):
            number = self.whole(threshold, where, MOST_PARTIES) + (1 if more_than else 0)
            if size is not None and number > size:
                raise BadClause(
                    where,
                    _("%(number)s cannot be reached: there are only %(size)s.") % {"number": number, "size": size},
                )
            return Count(acts, number=number, base=base if "of" in table or base == GROUP else ANYBODY)
        remedy = _("Give a whole number, a fraction such as 2/3 or 75 %, or “all”.")
        fraction = Fraction(1) if threshold == "all" else self.number(threshold, where, remedy)
        # "1" could be one, or all: whoever means all says so.
        written_one = fraction == 1 and threshold != "all" and not str(threshold).strip().endswith("%")
        if not 0 < fraction <= 1 or (more_than and fraction == 1) or written_one:
            raise BadClause(where, remedy)
        return Count(acts, fraction=fraction, more_than=more_than, base=base)

    def base(self, value: object, path: str) -> tuple[str | int, tuple[str, ...] | None]:
        """Return of whom a part is asked, and the parties of a group."""
        if isinstance(value, int) and not isinstance(value, bool):
            return self.whole(value, path, MOST_PARTIES), None
        if isinstance(value, list | tuple):
            return GROUP, self.parties(value, path)
        name = self.one_of(value, (PARTICIPANTS, SIGNATORIES, *self.groups), path)
        return name, self.groups.get(name)

    def share(self, table: Mapping[str, Any], path: str) -> Share:
        name = self.string(self.needs(table, "table", path), f"{path}.table")
        if name not in self.tables:
            raise BadClause(
                f"{path}.table",
                _("“%(name)s” is not among the tables of the clause: %(known)s.")
                % {"name": name, "known": _words(self.tables) or "–"},
            )
        weights, acts = self.tables[name], self.acts(table, path, "share")
        share = self.number(table["share"], f"{path}.share")
        more_than = self.flag(table.get("more_than", False), f"{path}.more_than")
        eligible = {
            code: weight
            for code, weight in weights.weights.items()
            if (acts.among is None or code in acts.among) and code not in acts.besides
        }
        reachable = sum(eligible.values(), Fraction(0))
        asked = share * weights.total
        if share <= 0 or asked > reachable or (more_than and asked == reachable):
            raise BadClause(
                f"{path}.share", _("This share cannot be reached: give one such as 55 % that the table holds.")
            )
        return Share(acts, share, weights, more_than)

    def acts(self, table: Mapping[str, Any], path: str, form: str) -> Acts:
        kinds: tuple[str, ...] | None = {
            "signatures": (ActionKind.SIGNATURE.value,),
            "notifications": (ActionKind.NOTIFICATION.value,),
        }.get(form)
        given = table.get("kinds", self.usual.get("kinds") if kinds is None else None)
        if given is not None:
            if not isinstance(given, list | tuple) or not given:
                raise BadClause(f"{path}.kinds", _("Write a list of kinds of acts."))
            kinds = tuple(self.one_of(kind, KINDS, f"{path}.kinds") for kind in given)
        among = table.get("among")
        besides = self.group(table["besides"], f"{path}.besides") if "besides" in table else ()
        return Acts(
            kinds=kinds,
            among=None if among is None else self.group(among, f"{path}.among"),
            group=_name(among),
            besides=frozenset(besides),
            basis=Basis(
                self.one_of(
                    table.get("day", "acted" if form == "signatures" else self.usual.get("day", "received")),
                    tuple(Basis),
                    f"{path}.day",
                )
            ),
            organisations=self.one_of(  # type: ignore[arg-type]
                table.get("organisations", self.usual.get("organisations", "counted")),
                _ORGANISATIONS,
                f"{path}.organisations",
            ),
        )

    def fixed(self, value: object, path: str) -> Fixed:
        if isinstance(value, str) and value in self.dates:
            return Fixed(self.dates[value], value)
        # A word is the name of a day that the agreement's record gives, or does not give yet.
        if isinstance(value, str) and value.replace("_", "").isalpha() and value.islower() and value.isascii():
            return Fixed(None, value)
        return Fixed(self.day(value, path))

    def after(self, table: Mapping[str, Any], path: str, depth: int) -> After:
        period = self.table(table["after"], f"{path}.after", ("days", "weeks", "months", "years"))
        if not period:
            raise BadClause(f"{path}.after", _("Give the period in days, weeks, months or years."))
        lengths = {unit: self.whole(number, f"{path}.after.{unit}", LONGEST[unit]) for unit, number in period.items()}
        return After(
            self.rule(self.needs(table, "of", path), f"{path}.of", depth + 1),
            days=lengths.get("days", 0) + 7 * lengths.get("weeks", 0),
            months=lengths.get("months", 0) + 12 * lengths.get("years", 0),
            years=lengths.get("years", 0),
            clear=self.flag(table.get("clear_days", False), f"{path}.clear_days"),
            overflow=self.one_of(table.get("month_end", "clip"), ("clip", "next_month"), f"{path}.month_end")
            == "next_month",
            lasting=self.flag(table.get("lasting", False), f"{path}.lasting"),
        )

    def first(self, table: Mapping[str, Any], form: str, path: str, depth: int) -> FirstOf:
        unit: Literal["month", "year"] = "month" if form == "first_of_month" else "year"
        return FirstOf(
            self.rule(self.needs(table, "following", path), f"{path}.following", depth + 1),
            nth=self.whole(table[form], f"{path}.{form}", LONGEST[f"{unit}s"]),
            unit=unit,
            inclusive=self.flag(table.get("on_or_after", False), f"{path}.on_or_after"),
            from_month=self.one_of(table.get("counted_from", "date"), ("date", "month"), f"{path}.counted_from")
            == "month",
        )

    # ---- values ----
    def table(self, value: object, path: str, known: Iterable[str]) -> Mapping[str, Any]:
        allowed = tuple(known)
        if not isinstance(value, Mapping):
            raise BadClause(path, _("Write an object with the keys %(keys)s.") % {"keys": _words(allowed)})
        for key in value:
            if key not in allowed:
                raise BadClause(
                    f"{path}.{key}".lstrip("."),
                    _("This key is not known here. Use %(keys)s.") % {"keys": _words(allowed)},
                )
        return value

    def named(self, table: Mapping[str, Any], key: str, path: str = "") -> Mapping[str, Any]:
        value = table.get(key, {})
        if not isinstance(value, Mapping):
            raise BadClause(path or key, _("Write an object of names and values."))
        return value

    def needs(self, table: Mapping[str, Any], key: str, path: str) -> Any:
        if key not in table:
            raise BadClause(path, _("The key “%(key)s” is missing.") % {"key": key})
        return table[key]

    def group(self, value: object, path: str) -> tuple[str, ...]:
        if isinstance(value, str):
            if value not in self.groups:
                raise BadClause(
                    path,
                    _("“%(name)s” is not among the groups of the clause: %(known)s.")
                    % {"name": value, "known": _words(self.groups) or "–"},
                )
            return self.groups[value]
        return self.parties(value, path)

    def parties(self, value: object, path: str) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not value:
            raise BadClause(path, _("Write a list of parties."))
        codes = tuple(self.party(item, path) for item in value)
        if len(set(codes)) < len(codes):
            raise BadClause(path, _("A party is named twice."))
        return codes

    def party(self, value: object, path: str) -> str:
        try:
            return self.resolve(self.string(value, path))
        except LookupError as error:
            raise BadClause(path, str(error.args[0])) from error

    def texts(self, value: object) -> Texts:
        if isinstance(value, str):
            return {"en": value}
        table = self.table(value, "text", LANGUAGES)
        return {language: self.string(text, f"text.{language}") for language, text in table.items()}

    def day(self, value: object, path: str) -> FuzzyDate:
        try:
            return FuzzyDate.parse(self.string(value, path))
        except BadDate as error:
            raise BadClause(path, str(error)) from error

    def whole(self, value: object, path: str, most: int) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            raise BadClause(path, _("Give a whole number from 1 to %(most)s.") % {"most": most})
        return value

    def number(self, value: object, path: str, remedy: str = "") -> Fraction:
        """Read 55, "55%", "2/3", "0.55"; floats are taken as they are written."""
        text = str(value).strip() if isinstance(value, str | int | float | Decimal | Fraction) else ""
        match = None if isinstance(value, bool) else _NUMBER.fullmatch(text)
        bottom = Fraction(match["bottom"] or 1) if match else Fraction(0)
        if not match or not bottom:
            raise BadClause(path, remedy or _("Give a number, such as 55, 2/3 or 55 %."))
        return Fraction(match["top"]) / bottom / (100 if match["percent"] else 1)

    def flag(self, value: object, path: str) -> bool:
        if not isinstance(value, bool):
            raise BadClause(path, _("Write true or false."))
        return value

    def string(self, value: object, path: str) -> str:
        if not isinstance(value, str):
            raise BadClause(path, _("Write a text."))
        return value

    def one_of(self, value: object, known: Iterable[str], path: str) -> str:
        allowed = tuple(known)
        if value not in allowed:
            raise BadClause(
                path,
                _("“%(value)s” is not known. Use one of: %(known)s.") % {"value": value, "known": _words(allowed)},
            )
        return str(value)


def _signed_alone(rule: Rule) -> Rule:
    """Return a rule that counts nothing but signatures so that it counts those by which a party is bound (VCLT 12).

    One subject to ratification leads to that: it counts once the instrument is received.
    """
    counted = [part.acts for part in walk(rule) if isinstance(part, Count | Share)]
    signing = (ActionKind.SIGNATURE.value,), Basis.ACTED
    if not counted or any((acts.kinds, acts.basis) != signing for acts in counted):
        return rule
    kinds = (BINDING_SIGNATURE, *(kind.value for kind in ActionKind.after_signature()))
    return with_thresholds(rule, lambda part: replace(part, acts=replace(part.acts, kinds=kinds, basis=Basis.RECEIVED)))


def _name(group: object) -> str:
    """Return the name of a group, if it is not a mere list."""
    return group if isinstance(group, str) else ""


def _words(names: Iterable[str]) -> str:
    return ", ".join(names)
