"""The life of an agreement as a walk: real lives, looking back, and the laws that hold for every life."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agreements.choices import EntryKind, Precision, Stage, Transition
from agreements.dates import FuzzyDate
from agreements.walk import STRIDE, Placed, Standing, as_of, between, check, replay, spans
from tests.rules.test_choices import MACHINE, STAGES

OPEN, STEP, HOLD, RELEASE = EntryKind.OPEN, EntryKind.STEP, EntryKind.HOLD, EntryKind.RELEASE
GROUP = {stage: group for stage, _label, group in STAGES}


def life(*told, text=1):
    """A line told as ("signed", date) for the opening, then (transition, "hold" or "release", date)."""
    line = []
    for number, (what, on) in enumerate(told, start=1):
        if number == 1:
            kind, transition, stage = OPEN, None, Stage(what)
        elif what in MACHINE:
            kind, transition, stage = STEP, Transition(what), Stage(MACHINE[what][1])
        else:
            kind, transition, stage = EntryKind(what), None, None
        line.append(Placed(UUID(int=number), number * STRIDE, kind, FuzzyDate.parse(on), transition, stage, text=text))
    return line


def problems_of(line):
    """The problems of a line: kind, number of the entry, number of the one it clashes with. The opening is 0."""
    return [
        (problem.kind, line.index(problem.entry), problem.against and line.index(problem.against))
        for problem in check(line)
    ]


def described(line, on):
    """What was true on a day, in words: stage, text, number of the entry since which, hold, what was possible."""
    standing = as_of(line, date.fromisoformat(on))
    state = standing.state
    return (
        (state.stage.value, state.text, line.index(state.since), state.hold and line.index(state.hold))
        if state
        else None,
        [stage.value for stage in standing.possibly],
        standing.possibly_held,
    )


# ---- real lives ----
EPCA = life(
    ("proposed", "before 2011-04-13"),
    ("authorise", "2011-04-13"),
    ("open_negotiations", "2011-06"),
    ("hold", "2012-09"),
    ("release", "2013-10-09"),
    ("initial", "2015-01-20"),
    ("prepare_signing", "2015-10-26"),
    ("sign", "2015-12-21"),
    ("submit_for_ratification", "2016-03-25"),
    ("enter_into_force", "2020-03-01"),
)
PCA = life(
    ("signed", "1995-01-23"),
    ("submit_for_ratification", "1997-05-26"),
    ("enter_into_force", "1999-07-01"),
    ("supersede", "2020-03-01"),
)
AVIATION = life(
    ("proposed", "before 2003-06-05"),
    ("authorise", "2003-06-05"),
    ("open_negotiations", "2007"),
    ("initial", "2007"),
    ("prepare_signing", "2008-02-21"),
    ("reopen", "2022"),
    ("initial", "2024-10-14"),
    ("prepare_signing", "2024-12-28"),
)
ROADMAP = life(("signed", "2023-05-19"), ("enter_into_force", "2023-05-19"), ("expire", "2025-01-01"))
VISA = life(("proposed", "2023-05-15"))
LIVES = {"epca": EPCA, "pca": PCA, "aviation": AVIATION, "roadmap": ROADMAP, "visa": VISA}


@pytest.mark.parametrize("name", LIVES)
def test_real_life_is_a_walk(name):
    assert check(LIVES[name]) == []


@pytest.mark.parametrize(
    ("name", "stage", "text", "since"),
    [
        ("epca", "in_force", 1, 9),
        ("pca", "superseded", 1, 3),
        ("aviation", "signing", 2, 7),
        ("roadmap", "expired", 1, 2),
        ("visa", "proposed", 1, 0),
    ],
)
def test_real_life_has_led_here(name, stage, text, since):
    line = LIVES[name]
    state = replay(line)
    assert (state.stage.value, state.text, line.index(state.since), state.hold) == (stage, text, since, None)


@pytest.mark.parametrize(
    ("name", "on", "state", "possibly", "possibly_held"),
    [
        # before the record begins
        ("pca", "1995-01-22", None, [], False),
        ("pca", "1995-01-23", ("signed", 1, 0, None), [], False),
        ("pca", "1999-06-30", ("ratifying", 1, 1, None), [], False),
        ("pca", "1999-07-01", ("in_force", 1, 2, None), [], False),
        ("pca", "2016-06-01", ("in_force", 1, 2, None), [], False),
        ("pca", "2020-02-29", ("in_force", 1, 2, None), [], False),
        ("pca", "2024-12-28", ("superseded", 1, 3, None), [], False),
        # the EPCA: an unknown beginning, a month, a hold from a month to a day
        ("epca", "2000-01-01", None, ["proposed"], False),
        ("epca", "2011-04-12", ("proposed", 1, 0, None), [], False),
        ("epca", "2011-04-13", ("mandated", 1, 1, None), [], False),
        ("epca", "2011-05-31", ("mandated", 1, 1, None), [], False),
        ("epca", "2011-06-01", ("mandated", 1, 1, None), ["negotiating"], False),
        ("epca", "2011-06-29", ("mandated", 1, 1, None), ["negotiating"], False),
        ("epca", "2011-06-30", ("negotiating", 1, 2, None), [], False),
        ("epca", "2012-08-31", ("negotiating", 1, 2, None), [], False),
        ("epca", "2012-09-01", ("negotiating", 1, 2, None), [], True),
        ("epca", "2012-09-29", ("negotiating", 1, 2, None), [], True),
        ("epca", "2012-09-30", ("negotiating", 1, 2, 3), [], False),
        ("epca", "2013-01-01", ("negotiating", 1, 2, 3), [], False),
        ("epca", "2013-10-08", ("negotiating", 1, 2, 3), [], False),
        ("epca", "2013-10-09", ("negotiating", 1, 2, None), [], False),
        ("epca", "2016-06-01", ("ratifying", 1, 8, None), [], False),
        ("epca", "2024-12-28", ("in_force", 1, 9, None), [], False),
        # the aviation agreement: years, two texts
        ("aviation", "1900-01-01", None, ["proposed"], False),
        ("aviation", "2003-06-03", None, ["proposed"], False),
        ("aviation", "2003-06-04", ("proposed", 1, 0, None), [], False),
        ("aviation", "2003-06-05", ("mandated", 1, 1, None), [], False),
        ("aviation", "2006-12-31", ("mandated", 1, 1, None), [], False),
        ("aviation", "2007-06-01", ("mandated", 1, 1, None), ["negotiating", "initialled"], False),
        ("aviation", "2007-12-31", ("initialled", 1, 3, None), [], False),
        ("aviation", "2008-02-21", ("signing", 1, 4, None), [], False),
        ("aviation", "2010-01-01", ("signing", 1, 4, None), [], False),
        ("aviation", "2022-01-01", ("signing", 1, 4, None), ["negotiating"], False),
        ("aviation", "2022-12-31", ("negotiating", 2, 5, None), [], False),
        ("aviation", "2024-10-13", ("negotiating", 2, 5, None), [], False),
        ("aviation", "2024-10-14", ("initialled", 2, 6, None), [], False),
        ("aviation", "2024-12-28", ("signing", 2, 7, None), [], False),
        # a roadmap and a proposal
        ("roadmap", "2023-05-18", None, [], False),
        ("roadmap", "2023-05-19", ("in_force", 1, 1, None), [], False),
        ("roadmap", "2024-12-31", ("in_force", 1, 1, None), [], False),
        ("roadmap", "2025-01-01", ("expired", 1, 2, None), [], False),
        ("visa", "2024-12-28", ("proposed", 1, 0, None), [], False),
    ],
)
def test_real_life_looked_at_on_a_day(name, on, state, possibly, possibly_held):
    assert described(LIVES[name], on) == (state, possibly, possibly_held)


def test_later_certain_entry_settles_the_earlier_ones():
    line = life(("proposed", "2020-01-01"), ("open_negotiations", "unknown"), ("initial", "2021-05-05"))
    assert described(line, "2021-05-04") == (("proposed", 1, 0, None), ["negotiating"], False)
    assert described(line, "2021-05-05") == (("initialled", 1, 2, None), [], False)


def test_stage_is_not_possible_beside_itself():
    line = life(
        ("negotiating", "2019-01-01"), ("initial", "2020"), ("reopen", "2020"), ("initial", "2020"), ("reopen", "2020")
    )
    assert described(line, "2020-06-01") == (("negotiating", 1, 0, None), ["initialled"], False)
    assert described(line, "2020-12-31") == (("negotiating", 3, 4, None), [], False)


def test_line_that_has_not_begun_has_no_state():
    assert as_of([], date.max) == Standing(None, ())
    assert check([]) == []
    with pytest.raises(ValueError, match=r"^A line begins with its opening\.$"):
        replay([])


def test_text_goes_on_from_the_text_of_the_opening():
    line = life(("signing", "2020"), ("reopen", "2021"), ("withdraw", "2022"), ("reopen", "2023"), text=4)
    assert [replay(line[:length]).text for length in (1, 2, 3, 4)] == [4, 5, 5, 6]


# ---- what is not a walk ----
@pytest.mark.parametrize(
    ("line", "problems"),
    [
        # an edge the machine does not have
        (life(("proposed", "2020"), ("sign", "2021")), [("edge", 1, 0)]),
        (life(("proposed", "2020"), ("authorise", "2021"), ("initial", "2022")), [("edge", 2, 1)]),
        (life(("terminated", "2020"), ("reopen", "2021")), [("edge", 1, 0)]),
        (life(("in_force", "2020"), ("withdraw", "2021")), [("edge", 1, 0)]),
        (life(("in_force", "2020"), ("resume", "2021"), ("suspend", "2022")), [("edge", 1, 0)]),
        # the wrong one is named, not those that follow from it
        (
            life(("proposed", "2020"), ("initial", "2021"), ("prepare_signing", "2022"), ("sign", "2023")),
            [("edge", 1, 0)],
        ),
        # order of dates
        (life(("proposed", "2020-05-02"), ("authorise", "2020-05-01")), [("order", 1, 0)]),
        (life(("proposed", "2020-05-01"), ("authorise", "2020-05-01")), []),
        (life(("proposed", "2020-05-15"), ("authorise", "2020-05")), []),
        (life(("proposed", "2020-05"), ("authorise", "2020-05-01")), []),
        (life(("proposed", "2020-05"), ("authorise", "2020-04-30")), [("order", 1, 0)]),
        (life(("proposed", "2020"), ("authorise", "2019")), [("order", 1, 0)]),
        (life(("proposed", "2020"), ("authorise", "unknown"), ("open_negotiations", "2019")), [("order", 2, 0)]),
        (life(("proposed", "2020"), ("authorise", "before 2020")), [("order", 1, 0)]),
        (life(("proposed", "2020"), ("authorise", "before 2020-01-02")), []),
        (
            life(("proposed", "2020-01-01"), ("authorise", "2020-03-01"), ("open_negotiations", "2020-02-01")),
            [("order", 2, 1)],
        ),
        (
            # the clash is with the latest beginning, wherever it stands
            life(
                ("proposed", "2020-03-01"), ("authorise", "2020"), ("open_negotiations", "2020-02"), ("initial", "2021")
            ),
            [("order", 2, 0)],
        ),
        (life(("negotiating", "2020-03-01"), ("hold", "2020-02-01")), [("order", 1, 0)]),
        (life(("negotiating", "2020-01-01"), ("hold", "2020-03-01"), ("initial", "2020-02-01")), [("order", 2, 1)]),
        # both at once
        (life(("proposed", "2020"), ("sign", "2019")), [("edge", 1, 0), ("order", 1, 0)]),
        # holds
        (life(("negotiating", "2020"), ("hold", "2021"), ("hold", "2022")), [("hold", 2, 1)]),
        (life(("negotiating", "2020"), ("release", "2021")), [("hold", 1, 0)]),
        (life(("negotiating", "2020"), ("hold", "2021"), ("release", "2022"), ("release", "2023")), [("hold", 3, 2)]),
        (life(("negotiating", "2020"), ("hold", "2021"), ("release", "2022"), ("hold", "2023")), []),
        (life(("in_force", "2020"), ("hold", "2021")), [("hold", 1, 0)]),
        (life(("suspended", "2020"), ("hold", "2021")), [("hold", 1, 0)]),
        (life(("expired", "2020"), ("hold", "2021")), [("hold", 1, 0)]),
        (life(("ratifying", "2020"), ("hold", "2021")), []),
        (
            life(("ratifying", "2020"), ("hold", "2021"), ("enter_into_force", "2022"), ("release", "2023")),
            [("hold", 3, 2)],
        ),
        (
            life(("signing", "2020"), ("hold", "2021"), ("withdraw", "2022"), ("reopen", "2023"), ("hold", "2024")),
            [],
        ),
        (life(("signing", "2020"), ("hold", "2021"), ("sign", "2022"), ("release", "2023")), []),
    ],
)
def test_line_is_reported_entry_by_entry(line, problems):
    assert problems_of(line) == problems


def test_line_begins_with_its_opening_and_has_one():
    walk = life(("proposed", "2020"), ("authorise", "2021"), ("open_negotiations", "2022"))
    headless = walk[1:]
    assert problems_of(headless) == [("opening", 0, None)]
    again = [*walk, walk[0]._replace(id=UUID(int=9), when=FuzzyDate.parse("2023"))]
    assert problems_of(again) == [("opening", 3, 2)]


def test_step_without_a_transition_or_with_another_target_is_no_walk():
    opening, step = life(("proposed", "2020"), ("authorise", "2021"))
    assert problems_of([opening, step._replace(transition=None)]) == [("edge", 1, 0)]
    assert problems_of([opening, step._replace(to_stage=Stage.SIGNED)]) == [("edge", 1, 0)]
    assert problems_of([opening, step._replace(to_stage=None)]) == [("edge", 1, 0)]


def test_hold_ends_when_the_agreement_takes_effect_or_ends():
    held = life(("ratifying", "2020"), ("hold", "2021"))
    assert replay(held).hold is held[1]
    assert replay(life(("ratifying", "2020"), ("hold", "2021"), ("enter_into_force", "2022"))).hold is None
    assert replay(life(("ratifying", "2020"), ("hold", "2021"), ("withdraw", "2022"))).hold is None
    assert replay(life(("signed", "2020"), ("hold", "2021"), ("submit_for_ratification", "2022"))).hold is not None


def test_entry_into_force_may_reach_back_and_gives_no_leave_to_others():
    line = life(("signed", "2020-05-01"), ("enter_into_force", "2020-01-01"), ("terminate", "2021-01-01"))
    assert problems_of(line) == [("order", 1, 0)]
    line[1] = line[1]._replace(retroactive=True)
    assert problems_of(line) == []
    assert described(line, "2020-03-01") == (("in_force", 1, 1, None), [], False)
    line[2] = line[2]._replace(when=FuzzyDate.parse("2020-03-01"))
    assert problems_of(line) == [("order", 2, 0)]


# ---- every life ----
def names_from(stage):
    return [name for name, (sources, _target) in MACHINE.items() if stage in sources]


@st.composite
def walks(draw, least=1):
    """A random life: any opening, then steps, holds and releases that the table of the machine allows."""
    stage = draw(st.sampled_from(list(GROUP)))
    held = False
    day = draw(st.dates(date(1990, 1, 1), date(2030, 1, 1)))
    line = [placed(draw, 1, OPEN, day, stage=stage, text=draw(st.integers(1, 3)))]
    length = draw(st.integers(least, 12))
    while len(line) < length:
        ways = names_from(stage)
        if held:
            ways = [*ways, "release"]
        elif GROUP[stage] in ("preparing", "concluded"):
            ways = [*ways, "hold"]
        if not ways:
            break
        way = draw(st.sampled_from(ways))
        day += timedelta(days=draw(st.sampled_from([0, 1, 20, 100, 400])))
        if way in MACHINE:
            stage = MACHINE[way][1]
            held = held and GROUP[stage] in ("preparing", "concluded")
            line.append(placed(draw, len(line) + 1, STEP, day, transition=way, stage=stage))
        else:
            held = way == "hold"
            line.append(placed(draw, len(line) + 1, EntryKind(way), day))
    return line


def placed(draw, number, kind, day, *, transition=None, stage=None, text=1):
    precision = draw(st.sampled_from(["day", "day", "month", "quarter", "half_year", "year", "unknown", "bounds"]))
    if precision == "bounds":
        before, after = draw(st.integers(0, 500)), draw(st.integers(0, 500))
        when = FuzzyDate(day - timedelta(days=before), day + timedelta(days=after), Precision.UNKNOWN)
    else:
        when = FuzzyDate.of(day, precision)
    return Placed(
        UUID(int=number),
        number * STRIDE,
        kind,
        when,
        Transition(transition) if transition else None,
        Stage(stage) if stage else None,
        text,
    )


@st.composite
def scribbles(draw):
    """Any entries in any order: seldom a walk."""
    kinds = draw(st.lists(st.sampled_from([OPEN, STEP, STEP, STEP, HOLD, RELEASE]), max_size=7))
    if draw(st.booleans()):
        kinds = [OPEN, *kinds]
    line = []
    for number, kind in enumerate(kinds, start=1):
        name = draw(st.sampled_from(list(MACHINE))) if kind == STEP else None
        stage = draw(st.sampled_from(list(GROUP))) if kind == OPEN else name and MACHINE[name][1]
        if name and draw(st.integers(0, 5)) == 0:
            stage = draw(st.sampled_from(list(GROUP)))
        day = date(2020, 1, 1) + timedelta(days=draw(st.integers(0, 700)))
        line.append(
            placed(draw, number, kind, day, transition=name, stage=stage)._replace(
                retroactive=draw(st.integers(0, 5)) == 0
            )
        )
    return line


def folded(line):
    """Where a line leads, told plainly: stage, entry that led there, text, hold."""
    movers = [entry for entry in line if entry.to_stage]
    text = line[0].text + len([entry for entry in line if entry.transition == "reopen"])
    holds = [number for number, entry in enumerate(line) if entry.kind == HOLD]
    hold = line[holds[-1]] if holds else None
    for entry in line[holds[-1] + 1 :] if holds else []:
        if entry.kind == RELEASE or (entry.to_stage and GROUP[entry.to_stage] in ("operative", "ended")):
            hold = None
    return movers[-1].to_stage, movers[-1], text, hold


def faults(line):
    """What is wrong with a line, found pair by pair: (kind, number)."""
    found = []
    for number, entry in enumerate(line):
        before = line[:number]
        if (number == 0) != (entry.kind == OPEN):
            found.append(("opening", number))
        elif entry.kind == STEP:
            stage = next((earlier.to_stage for earlier in reversed(before) if earlier.to_stage), None)
            sources, target = MACHINE[entry.transition]
            if stage not in sources or entry.to_stage != target:
                found.append(("edge", number))
        elif entry.kind in (HOLD, RELEASE):
            stage, _since, _text, hold = folded(before)
            allowed = (
                hold is not None if entry.kind == RELEASE else not hold and GROUP[stage] in ("preparing", "concluded")
            )
            if not allowed:
                found.append(("hold", number))
        runs_back = any(earlier.when.earliest > entry.when.latest for earlier in before if not earlier.retroactive)
        if runs_back and not entry.retroactive:
            found.append(("order", number))
    return found


DAYS = st.dates(date(1985, 1, 1), date(2040, 1, 1)) | st.sampled_from([date.min, date.max])


@given(walks())
def test_every_walk_of_the_machine_is_clean(line):
    assert check(line) == []


@given(scribbles())
@example(life(("proposed", "2020"), ("sign", "2019"), ("hold", "2018"), ("hold", "2021")))
def test_every_line_is_reported_as_a_plain_reading_finds(line):
    # without any stage there is nothing for a plain reading to fold
    line = line if line and line[0].to_stage else [placed_opening(), *line]
    assert [(problem.kind, line.index(problem.entry)) for problem in check(line)] == faults(line)


def placed_opening():
    return life(("negotiating", "unknown"))[0]


@given(scribbles())
def test_clash_is_with_an_entry_that_stands_before(line):
    for problem in check(line):
        number = line.index(problem.entry)
        assert problem.against is None or problem.against in line[:number]
        if problem.kind == "order":
            assert problem.against
            assert problem.entry.when.certainly_before(problem.against.when)


@given(walks())
def test_replay_leads_where_a_plain_reading_leads(line):
    state = replay(line)
    assert (state.stage, state.since, state.text, state.hold) == folded(line)


@given(walks())
def test_end_of_time_is_the_present(line):
    assert as_of(line, date.max) == Standing(replay(line), ())


@given(walks(), DAYS)
def test_standing_is_that_of_the_last_entry_that_has_certainly_happened(line, day):
    standing = as_of(line, day)
    past = [number for number, entry in enumerate(line) if entry.when.latest <= day]
    if past:
        assert standing.state == replay(line[: past[-1] + 1])
    else:
        assert standing.state is None
    open_ = [entry for entry in line[past[-1] + 1 if past else 0 :] if entry.when.earliest <= day]
    stages = [entry.to_stage for entry in open_ if entry.to_stage]
    now = standing.state and standing.state.stage
    assert list(standing.possibly) == [
        stage for number, stage in enumerate(stages) if stage not in stages[:number] and stage != now
    ]
    assert standing.possibly_held is any(entry.kind == HOLD for entry in open_)


@given(walks(), st.lists(DAYS, min_size=2, max_size=6))
def test_looking_back_never_loses_what_has_happened(line, days):
    reached = [-1]
    for day in sorted(days):
        state = as_of(line, day).state
        reached.append(line.index(state.since) if state else -1)
    assert reached == sorted(reached)


@given(walks(least=2), st.data())
def test_dates_swapped_are_reported_when_their_order_is_certain(line, data):
    first = data.draw(st.integers(0, len(line) - 1))
    second = data.draw(st.integers(0, len(line) - 1))
    low, high = sorted((first, second))
    certain = line[low].when.certainly_before(line[high].when)
    swapped = list(line)
    swapped[low] = line[low]._replace(when=line[high].when)
    swapped[high] = line[high]._replace(when=line[low].when)
    orders = [problem for problem in check(swapped) if problem.kind == "order"]
    assert not certain or swapped[high] in [problem.entry for problem in orders]


@given(walks(), st.data())
def test_entry_taken_out_leaves_a_walk_or_is_reported(line, data):
    number = data.draw(st.integers(0, len(line) - 1))
    rest = line[:number] + line[number + 1 :]
    problems = check(rest)
    assert [(problem.kind, rest.index(problem.entry)) for problem in problems if problem.kind == "order"] == []
    assert all(problem.entry in line[number + 1 :] for problem in problems)
    if number == 0 and rest:
        assert problems[0].kind == "opening"
    elif rest and not problems:
        assert replay(rest).text == folded(rest)[2]


@given(scribbles(), st.integers(0, 8))
def test_later_entries_change_nothing_about_earlier_ones(line, length):
    head = line[:length]
    assert check(head) == [problem for problem in check(line) if problem.entry in head]


# ---- positions ----
@pytest.mark.parametrize(
    ("after", "positions", "free"),
    [
        (STRIDE, [STRIDE], 2 * STRIDE),
        (STRIDE, [STRIDE, 2 * STRIDE], STRIDE + STRIDE // 2),
        (2 * STRIDE, [STRIDE, 2 * STRIDE, 3 * STRIDE], 2 * STRIDE + STRIDE // 2),
        (10, [10, 12], 11),
        (10, [12, 10], 11),
        (10, [10, 11], None),
        (10, [10, 11, 500], None),
        (0, [], STRIDE),
    ],
)
def test_between_finds_the_middle(after, positions, free):
    assert between(after, positions) == free


@given(st.sets(st.integers(0, 60), min_size=1), st.data())
def test_between_is_free_and_next_or_there_is_no_room(positions, data):
    after = data.draw(st.sampled_from(sorted(positions)))
    free = between(after, list(positions))
    if after + 1 in positions:
        assert free is None
    else:
        assert free
        assert after < free < min((position for position in positions if position > after), default=free + 1)


def test_same_place_has_room_for_thirty_two():
    positions = [STRIDE, 2 * STRIDE]
    for _insertion in range(32):
        free = between(STRIDE, positions)
        assert free
        positions.append(free)
    assert between(STRIDE, positions) is None


# ---- when each of them happened ----
def told_spans(line):
    return [tuple(day.isoformat() for day in spans(line)[entry.id]) for entry in line]


def test_an_imprecise_date_is_narrowed_by_what_stands_before_and_after():
    line = life(
        ("proposed", "before 2003-06-05"),
        ("authorise", "2003-06-05"),
        ("open_negotiations", "unknown"),
        ("initial", "2007"),
        ("prepare_signing", "2007-02-21"),
    )
    assert told_spans(line) == [
        ("0001-01-01", "2003-06-04"),
        ("2003-06-05", "2003-06-05"),
        ("2003-06-05", "2007-02-21"),
        ("2007-01-01", "2007-02-21"),
        ("2007-02-21", "2007-02-21"),
    ]


def test_what_reaches_back_narrows_nothing_and_a_day_of_report_only_what_was_before_it():
    line = life(("proposed", "2007"), ("prepare_signing", "2008-12-28"), ("sign", "2008"), ("enter_into_force", "2006"))
    line[1] = line[1]._replace(reported=True)
    line[3] = line[3]._replace(retroactive=True)
    assert told_spans(line) == [
        ("2007-01-01", "2007-12-31"),
        ("2008-12-28", "2008-12-28"),
        ("2008-01-01", "2008-12-31"),
        ("2006-01-01", "2006-12-31"),
    ]
