"""What holds of every clause and every list of acts, tried on many of them."""

import random
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils import translation
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from agreements.choices import ActionKind, Precision
from agreements.dates import FuzzyDate
from agreements.entry_into_force import (
    BadClause,
    can_go_down,
    compute,
    describe,
    explain,
    parse,
    standings,
    supply,
    to_data,
)
from agreements.tracks import Act, Participant, reservations

SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
QUICK = settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
LONG = settings(max_examples=1000, deadline=None, suppress_health_check=SLOW)
STATES = ["A", "B", "C", "D", "E", "F"]
FIRST, LAST = date(2000, 1, 1), date(2003, 12, 31)
PARTICIPANTS = {
    **{code: Participant(code, {"en": f"State {code}"}) for code in STATES},
    "A": Participant("A", {"en": "State A"}, memberships=(("O", date(1999, 1, 1), date(2001, 6, 30)),)),
    "B": Participant("B", {"en": "State B"}, memberships=(("O", date(2001, 1, 1), None),)),
    "O": Participant("O", {"en": "Organisation O"}, organisation=True),
}
SURROUNDINGS = {
    "tables": {"t": {"weights": {"A": 40, "B": 25, "C": "15.5", "D": 9, "E": "5.5", "O": 5}, "total": 100}},
    "groups": {"g": ["A", "C", "D", "O"]},
    "dates": {"opening_for_signature": "2001-02"},
}

days = st.dates(FIRST, LAST)
everybody = st.sampled_from([*STATES, "O"])


# ---- clauses ----
@st.composite
def counts(draw, organisations=("counted", "not_counted", "not_beside_members"), bases=("participants", "signatories")):
    form = draw(st.sampled_from(["instruments", "instruments", "signatures", "share"]))
    found = {}
    if form == "share":
        found = {"share": draw(st.sampled_from(["15%", "55%", "2/3", "0.4"])), "table": "t"}
    else:
        kind = draw(st.sampled_from(["number", "part", "group"]))
        found[form] = draw(st.integers(1, 4)) if kind == "number" else draw(st.sampled_from(["all", "1/2", "2/3"]))
        if kind != "number" and found[form] != "all":
            found["more_than"] = draw(st.booleans())
        if kind == "group":
            found["of"] = "g"
        elif kind == "part" or draw(st.booleans()):
            found["of"] = draw(st.sampled_from(bases))
    if draw(st.booleans()):
        found["organisations"] = draw(st.sampled_from(organisations))
    return found


def rules(leaves):
    def larger(inner):
        return st.one_of(
            st.builds(
                lambda of, days, months, lasting, end: {
                    "after": {"days": days, **({"months": months} if months else {})},
                    "of": of,
                    "lasting": lasting,
                    "month_end": end,
                },
                inner,
                st.integers(1, 200),
                st.integers(0, 14),
                st.booleans(),
                st.sampled_from(["clip", "next_month"]),
            ),
            st.builds(
                lambda of, n, form, on: {form: n, "following": of, "on_or_after": on},
                inner,
                st.integers(1, 6),
                st.sampled_from(["first_of_month", "first_of_year"]),
                st.booleans(),
            ),
            st.builds(
                lambda parts, form: {form: parts},
                st.lists(inner, min_size=1, max_size=3),
                st.sampled_from(["all_of", "later_of", "any_of", "earlier_of"]),
            ),
            st.builds(lambda parts: {"any_of": parts, "at_least": 2}, st.lists(inner, min_size=2, max_size=3)),
            st.builds(lambda one, other: {"not_before": one, "rule": other}, inner, inner),
            st.builds(lambda on, one, other: {"on": on.isoformat(), "if": one, "otherwise": other}, days, inner, inner),
        )

    fixed = st.one_of(
        days.map(lambda day: {"date": day.isoformat()}),
        st.sampled_from([{"date": "2002"}, {"date": "opening_for_signature"}, {"date": "adoption"}]),
    )
    return st.recursive(st.one_of(leaves, leaves, fixed), larger, max_leaves=5)


def clauses(leaves=None, **given):
    return rules(leaves if leaves is not None else counts()).flatmap(
        lambda rule: st.fixed_dictionaries(
            {"enters_into_force": st.just(rule)},
            optional={
                "later_joiners": st.sampled_from(
                    [
                        {"after": {"days": 30}, "of": {"own": "instrument"}},
                        {"rule": {"first_of_month": 2, "following": {"own": "agreement"}}, "after": "entry_into_force"},
                    ]
                ),
                "withdrawal": st.just(
                    {
                        "takes_effect": {"after": {"months": 6}, "of": {"own": "notice"}},
                        "notice_not_before": {"after": {"years": 1}, "of": {"own": "bound"}},
                    }
                ),
                "provisional_application": st.just({"signatures": 2}),
                "withdrawn_instruments": st.sampled_from(["counted", "not_counted"]),
                "former_members": st.sampled_from(["counted", "not_counted"]),
                **given,
            },
        ).map(lambda clause: {**SURROUNDINGS, **clause})
    )


# ---- acts ----
def fuzzy(draw, vague):
    day = draw(days)
    precision = draw(st.sampled_from(list(Precision) if vague else [Precision.DAY]))
    if precision == Precision.UNKNOWN:
        return FuzzyDate(day, day + timedelta(days=draw(st.integers(0, 500))), precision)
    return FuzzyDate.of(day, precision)


@st.composite
def tracks(draw, *, vague=False, ends=True, most=14):
    kinds = [
        "ratification", "acceptance", "approval", "accession", "succession", "notification", "signature", "signature",
        "rejoining", "reservation", "objection", "confirmation",
    ]  # fmt: skip
    if ends:
        kinds += ["withdrawal", "withdrawal", "denunciation", "suspension"]
    found = []
    for place in range(draw(st.integers(0, most))):
        kind = ActionKind(draw(st.sampled_from(kinds)))
        party, target = draw(everybody), ""
        if kind in ActionKind.aimed():
            aims = [act for act in found if act.party == party or kind == ActionKind.OBJECTION]
            if not aims:
                continue
            target = draw(st.sampled_from(aims)).id
        found.append(
            Act(
                party,
                kind,
                fuzzy(draw, vague),
                effective=fuzzy(draw, vague) if draw(st.integers(0, 5)) == 0 and ends else None,
                manner=draw(st.sampled_from(["", "subject", "definitive", "ad_referendum"]))
                if kind == ActionKind.SIGNATURE
                else "",
                target=target,
                id=str(place) if draw(st.integers(0, 9)) else "",
            )
        )
    return found


def answer(clause, acts, on=date(2004, 12, 31), **given):
    return compute(clause, acts, on, participants=PARTICIPANTS, **given)


def bounds(outcome):
    if outcome.date is None:
        return date.max, date.max
    return outcome.date.earliest, outcome.date.latest if outcome.met else date.max


# ---- properties ----
def both(*strategies):
    """Run a property quickly in the suite, and long as a soak."""

    def wrap(check):
        quick, long = QUICK(given(*strategies)(check)), LONG(given(*strategies)(check))

        @pytest.mark.parametrize("run", [quick, pytest.param(long, marks=pytest.mark.soak)], ids=["quick", "long"])
        def test(run):
            run()

        return test

    return wrap


@both(clauses(), tracks(vague=True), days, st.integers())
def test_order_of_acts_plays_no_part(data, acts, on, seed):
    clause, mixed = parse(data), list(acts)
    random.Random(seed).shuffle(mixed)
    assert answer(clause, mixed, on) == answer(clause, acts, on)


@both(clauses(), tracks(vague=True), days)
def test_acts_after_the_day_play_no_part(data, acts, on):
    clause = parse(data)
    done = [act for act in acts if act.on.earliest <= on and act.day().earliest <= on]
    assert answer(clause, done, on) == answer(clause, acts, on)


@both(clauses(), tracks(), everybody, days)
def test_another_instrument_makes_nothing_later(data, acts, party, day):
    clause = parse(data)
    assume(not can_go_down(clause.rule))
    more = Act(party, ActionKind.RATIFICATION, FuzzyDate.of_day(day), id="more")
    assert bounds(answer(clause, [*acts, more])) <= bounds(answer(clause, acts))


@both(clauses(), tracks(vague=True), days)
def test_met_clause_names_the_day_and_the_parties_that_met_it(data, acts, on):
    outcome = answer(parse(data), acts, on)
    assume(outcome.met and outcome.by)
    with translation.override("en"):
        told = " ".join(explain(outcome))
        assert str(outcome.trigger) in told
        assert all(PARTICIPANTS[code].names["en"] in told for code in outcome.by)
        assert str(outcome.date) in told


@both(clauses(), tracks(), days, st.integers(0, 400))
def test_what_is_missing_meets_the_clause_when_it_comes_and_gives_the_earliest_date(data, acts, on, wait):
    clause = parse(data)
    # An end that lies ahead can undo on the day of supply what stands on the day of the question.
    assume(all(act.kind not in (ActionKind.DENUNCIATION, ActionKind.WITHDRAWAL) for act in acts))
    done = [act for act in acts if act.on.latest <= on and act.day().latest <= on]
    supposing = on + timedelta(days=wait)
    outcome = answer(clause, done, on, supposing=supposing)
    assume(outcome.need is not None and not outcome.problems and outcome.earliest)
    same = answer(clause, done, supposing)
    assume(same.need == outcome.need)
    met = answer(clause, [*done, *supply(outcome.need, supposing)], supposing)
    assert met.met
    assert met.date.latest == outcome.earliest >= min(supposing, outcome.earliest)


@both(counts(organisations=("counted", "not_counted"), bases=("participants",)), tracks(), days)
def test_nothing_that_is_missing_can_be_left_out(rule, acts, on):
    clause = parse({**SURROUNDINGS, "enters_into_force": rule})
    # Days do not tell whether a notice came before the last instrument of the same day, or after it.
    assume(all(act.kind != ActionKind.DENUNCIATION or act.day().latest != on for act in acts))
    outcome = answer(clause, acts, on)
    assume(outcome.need is not None and outcome.earliest)
    supplied = supply(outcome.need, on)
    assert answer(clause, [*acts, *supplied], on).met
    for place in range(len(supplied)):
        assert not answer(clause, [*acts, *supplied[:place], *supplied[place + 1 :]], on).met


def exactly(day, data):
    chosen = data.draw(st.dates(max(day.earliest, FIRST - timedelta(days=400)), day.latest))
    return FuzzyDate.of_day(chosen)


@both(clauses(), tracks(vague=True), days, st.data())
def test_bounds_hold_whatever_the_exact_days_are(raw, acts, on, data):
    clause = parse(raw)
    # Which of two acts came first must not hang on the choice: denunciations end what came before them.
    assume(not can_go_down(clause.rule) and all(act.kind != ActionKind.DENUNCIATION for act in acts))
    outcome = answer(clause, acts, on)
    exact_acts = [
        replace(act, on=exactly(act.on, data), effective=act.effective and exactly(act.effective, data)) for act in acts
    ]
    dates = {name: exactly(day, data) for name, day in clause.dates.items()}
    assume(clause.exact or all("2002" not in str(value) for value in raw["enters_into_force"].values()))
    exact = answer(replace(clause, dates=dates), exact_acts, on)
    first, last = bounds(outcome)
    assert first <= bounds(exact)[0] <= last
    assert not outcome.met or exact.met


@both(clauses(), tracks(vague=True), days)
def test_clause_is_told_in_every_language(data, acts, on):
    clause = parse(data)
    outcome = answer(clause, acts, on)
    for language in ("en", "ru", "kk"):
        with translation.override(language):
            assert all(isinstance(depth, int) and line for depth, line in describe(clause))
            assert all(explain(outcome))
            told = to_data(outcome)
            assert told["met"] is outcome.met
    standings(PARTICIPANTS, acts, on, outcome)
    reservations(acts, on, PARTICIPANTS)


WORDS = [
    *(
        "enters_into_force",
        "later_joiners",
        "withdrawal",
        "takes_effect",
        "rule",
        "instruments",
        "share",
        "table",
        "of",
    ),
    *("among", "besides", "after", "days", "months", "first_of_month", "following", "on", "if", "otherwise", "own"),
    *("date", "any_of", "at_least", "all_of", "not_before", "kinds", "weights", "total", "groups", "tables", "dates"),
    *("g", "t", "text", "en", "reservations", "organisations", "day"),
]
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["all", "participants", "signatories", "g", "t", "2/3", "55%", "unknown", "2002-13-45"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(WORDS) | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@both(anything)
def test_reader_raises_nothing_but_its_own_complaint(data):
    for value in (data, {"enters_into_force": data}, {**SURROUNDINGS, "enters_into_force": data}):
        with suppress(BadClause):
            assert answer(parse(value), [])


@both(clauses(), st.data(), anything)
def test_reader_survives_a_spoilt_clause(data, choice, spoil):
    def spoilt(value):
        if isinstance(value, dict) and value:
            key = choice.draw(st.sampled_from(sorted(value)))
            return {**value, key: spoilt(value[key])}
        if isinstance(value, list) and value:
            place = choice.draw(st.integers(0, len(value) - 1))
            return [*value[:place], spoilt(value[place]), *value[place + 1 :]]
        return spoil

    with suppress(BadClause):
        assert answer(parse(spoilt(data)), [])
