"""Random lives: whatever is recorded, corrected and held, the journal replays to the row, and the chains verify."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from agreements import (
    attention,
    clock,
    counts,
    documents,
    history,
    journal,
    lifecycle,
    participation,
    redaction,
    registers,
    stood,
    tasks,
    tracking,
    walk,
)
from agreements.choices import (
    ActionKind,
    ClearanceResult,
    DocumentKind,
    EntryKind,
    Level,
    Origin,
    PartyKind,
    Precision,
    Role,
    Stage,
    Transition,
)
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.models import Agreement, Entry, Party, User
from tests.shared import EXAMPLES

_FIRST = date(2003, 6, 5)
_PRECISIONS = [precision for precision in Precision if precision != Precision.UNKNOWN]
_WHENS = st.builds(
    lambda days, precision: FuzzyDate.of(_FIRST + timedelta(days=days), precision),
    st.integers(0, 6000),
    st.sampled_from(_PRECISIONS),
)
_CLAUSES = [
    {"enters_into_force": {"first_of_month": 2, "following": {"instruments": "all"}}},
    {"enters_into_force": {"after": {"days": 30}, "of": {"instruments": 1, "organisations": "not_counted"}}},
    {"enters_into_force": {"any_of": [{"signatures": 2}, {"instruments": "1/2", "of": "signatories"}]}},
]
_ORIGINS = st.sampled_from([Origin.IMPORTED, Origin.IMPORTED, Origin.RECORDED])


def check(agreement: Agreement) -> int:
    """Compare the row with what its journal says, and return the number of entries."""
    kept = Agreement.objects.select_related("procedure_version").get(pk=agreement.pk)
    histories = history.histories([kept.pk])
    told = histories[kept.pk]
    assert told.is_void == kept.is_void
    assert Entry.objects.of(kept).count() == kept.version
    if kept.is_void:
        return kept.version
    assert walk.check(told.line) == []
    state = walk.replay(told.line)
    assert (kept.stage, kept.since, kept.text) == (state.stage, state.since.when, state.text)
    assert (kept.on_hold, kept.round) == (state.hold is not None, told.rounds.get(state.text, 0))
    outcome = tracking.tracked([kept], clock.today(), told=histories)[kept.pk].outcome
    assert outcome is not None, "a clause that was stored is answered"
    assert kept.computed_entry == (outcome.date if outcome.met else None)
    return kept.version


def look_back(agreement: Agreement, day: date) -> None:
    """Compare where the database says that an agreement stood with what its line says."""
    line, row = history.histories([agreement.pk])[agreement.pk].line, Agreement.objects.filter(pk=agreement.pk)
    state = walk.as_of(line, day).state
    assert row.filter(stood.begun(day)).exists() == (state is not None)
    (told,) = row.annotate(told=stood.last_entry(day)).values_list("told", flat=True)
    if state is None:
        assert (told, stood.of_each([agreement.pk], day)) == (None, {})
        assert not row.filter(stood.at(Stage, day)).exists()
        return
    when = state.since.when
    expected = (state.stage, when.earliest.isoformat(), when.latest.isoformat(), when.precision)
    assert stood.of_each([agreement.pk], day) == {agreement.pk: expected}
    assert tuple(column[0] for column in stood.read([told])) == expected or told.startswith("|")
    for condition, holds in (
        (stood.at([state.stage], day), True),
        (stood.at(set(Stage) - {state.stage}, day), False),
        (stood.since(day, first=when.latest), True),
        (stood.since(day, last=when.earliest), True),
        (stood.since(day, last=when.earliest - timedelta(days=1)), False),
        (stood.held(day), state.hold is not None),
    ):
        assert row.filter(condition).exists() == holds, (condition, state)


class TestRandomLives(TestCase):
    """Random sequences of steps, late steps, voids, holds, notes, records beside the steps and redactions."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.user = User.objects.service("import")
        cls.lawyer = User.objects.create_user("lawyer", access_level=Level.SECRET)
        cls.lawyer.groups.add(Group.objects.get(name="treaty_department"))
        cls.parties = [
            registers.create(Party(code="KZ", name_en="Kazakhstan"), by=cls.user),
            registers.create(Party(code="EU", name_en="European Union", kind=PartyKind.ORGANISATION), by=cls.user),
        ]

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def test_replay_equals_columns_and_chains_verify(self, data: st.DataObject) -> None:
        self.live(data, data.draw(st.integers(5, 25), label="acts"))

    @pytest.mark.soak
    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def test_long_random_lives(self, data: st.DataObject) -> None:
        self.live(data, data.draw(st.integers(20, 60), label="acts"))

    def live(self, data: st.DataObject, acts: int) -> None:
        procedure = data.draw(st.sampled_from(["ratified", "simplified", "non_binding", "multilateral", "eu_mixed"]))
        agreement = lifecycle.open(
            lifecycle.Proposal(
                titles={"en": "Horizontal Aviation Agreement"},
                kind="agreement",
                procedure=procedure,
                participants=[(party, Role.NEGOTIATING) for party in self.parties],
                columns={"clause": data.draw(st.sampled_from(_CLAUSES), label="clause")},
            ),
            by=self.user,
            on=data.draw(_WHENS, label="opened"),
        )
        others = [self.late, self.void, self.replace, self.mark, self.note, self.record, self.record, self.redact]
        entries = check(agreement)
        for _number in range(acts):
            act = data.draw(st.sampled_from([self.step] * 8 + others))
            refusal = self.tried(act, agreement, data)
            before, entries = entries, check(agreement)
            if refusal:
                assert refusal.reasons
                assert all(reason.sentence for reason in refusal.reasons)
                assert entries == before
            else:
                assert entries > before
        assert [*journal.verify(), *journal.differing(), *history.faults()] == []
        if not Agreement.objects.get(pk=agreement.pk).is_void:
            for days in data.draw(st.lists(st.integers(-30, 8000), min_size=3, max_size=3), label="looks back"):
                look_back(agreement, _FIRST + timedelta(days=days))
            found = attention.review(self.lawyer, only=[agreement.pk]).findings
            stuck = counts.count(Agreement.objects.filter(pk=agreement.pk)).stuck
            assert stuck == ("stuck" in {finding.code for finding in found})

    def tried(self, act: Callable[..., None], agreement: Agreement, data: st.DataObject) -> Refused | None:
        try:
            act(agreement, data)
        except Refused as refusal:
            return refusal
        return None

    def step(self, agreement: Agreement, data: st.DataObject) -> None:
        fresh = Agreement.objects.get(pk=agreement.pk)
        likely = fresh.rules.edges_from(fresh.stage) or list(Transition)
        name = data.draw(st.sampled_from(likely * 3 + list(Transition)), label="step")
        lifecycle.perform(
            agreement,
            name,
            on=self.when(fresh, data),
            by=self.user,
            origin=data.draw(_ORIGINS),
            evidence="COM(2025)154",
            reason=data.draw(st.sampled_from(["", "Article 9"])),
            out_of_procedure=data.draw(st.booleans()),
        )

    def when(self, fresh: Agreement, data: st.DataObject) -> FuzzyDate:
        """Draw any date, or one soon after the last step: lives of which each date is any date end early."""
        soon = st.integers(0, 120).map(lambda days: FuzzyDate.of_day(fresh.since.latest + timedelta(days=days)))
        return data.draw(st.one_of(soon, soon, _WHENS), label="on")

    def chosen(self, agreement: Agreement, data: st.DataObject) -> Entry:
        return data.draw(st.sampled_from(list(Entry.objects.of(agreement).select_related("text"))), label="entry")

    def late(self, agreement: Agreement, data: st.DataObject) -> None:
        entry = self.chosen(agreement, data)
        lifecycle.perform(
            agreement,
            data.draw(st.sampled_from(list(Transition))),
            on=data.draw(_WHENS),
            by=self.user,
            origin=Origin.IMPORTED,
            after=entry,
        )

    def void(self, agreement: Agreement, data: st.DataObject) -> None:
        entry = self.chosen(agreement, data)
        if entry.kind == EntryKind.OPEN and data.draw(st.integers(0, 9)):
            return self.step(agreement, data)
        lifecycle.void(entry, by=self.user, reason="Wrong.")

    def replace(self, agreement: Agreement, data: st.DataObject) -> None:
        entry = self.chosen(agreement, data)
        lifecycle.correct(entry, by=self.user, reason="The date is known.", on=data.draw(_WHENS))

    def mark(self, agreement: Agreement, data: st.DataObject) -> None:
        act = data.draw(st.sampled_from([lifecycle.hold, lifecycle.release]))
        on = self.when(Agreement.objects.get(pk=agreement.pk), data)
        act(agreement, on=on, by=self.user, reason="Talks halted.")

    def note(self, agreement: Agreement, data: st.DataObject) -> None:
        number = data.draw(st.integers(1, 12))
        lifecycle.note(agreement, on=data.draw(_WHENS), by=self.user, what="A round.", round_of_talks=number)

    def record(self, agreement: Agreement, data: st.DataObject) -> None:
        fresh = Agreement.objects.get(pk=agreement.pk)
        said = {"on": self.when(fresh, data), "by": self.user}
        match data.draw(st.sampled_from(["act", "document", "clearance", "edit"]), label="record"):
            case "act":
                party, kind = data.draw(st.sampled_from(self.parties)), data.draw(st.sampled_from(ActionKind))
                participation.act(agreement, party, kind, **said)
            case "document":
                documents.cite(agreement, data.draw(st.sampled_from(DocumentKind)), evidence="No. 12", **said)
            case "clearance":
                result = data.draw(st.sampled_from(ClearanceResult))
                tasks.clear(agreement, "Ministry of Transport", result=result, **said)
            case "edit":
                with registers.editing(fresh, by=self.user) as edited:
                    edited.title_kk = f"Келісім {fresh.version}"

    def redact(self, agreement: Agreement, data: st.DataObject) -> None:
        redaction.redact(self.chosen(agreement, data), by=self.lawyer, reason="Personal data.")
