"""Random lives: whatever is recorded, corrected and held, the journal replays to the row, and the chains verify."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from agreements import journal, lifecycle, registers, walk
from agreements.choices import EntryKind, Origin, PartyKind, Precision, Role, Transition
from agreements.dates import FuzzyDate
from agreements.guards import Refused
from agreements.history import histories
from agreements.models import Agreement, Entry, Party, User

_FIRST = date(2003, 6, 5)
_PRECISIONS = [precision for precision in Precision if precision != Precision.UNKNOWN]
_WHENS = st.builds(
    lambda days, precision: FuzzyDate.of(_FIRST + timedelta(days=days), precision),
    st.integers(0, 6000),
    st.sampled_from(_PRECISIONS),
)
_ORIGINS = st.sampled_from([Origin.IMPORTED, Origin.IMPORTED, Origin.RECORDED])


def check(agreement: Agreement) -> None:
    kept = Agreement.objects.get(pk=agreement.pk)
    history = histories([kept.pk])[kept.pk]
    assert history.is_void == kept.is_void
    assert Entry.objects.of(kept).count() == kept.version
    if kept.is_void:
        return
    assert walk.check(history.line) == []
    state = walk.replay(history.line)
    assert (kept.stage, kept.since, kept.text) == (state.stage, state.since.when, state.text)
    assert (kept.on_hold, kept.round) == (state.hold is not None, history.rounds.get(state.text, 0))


class TestRandomLives(TestCase):
    """Random sequences of steps, late steps, voids, replacements, holds and notes."""

    def setUp(self) -> None:
        self.user = User.objects.service("import")
        self.parties = [
            registers.create(Party(code="KZ", name_en="Kazakhstan"), by=self.user),
            registers.create(Party(code="EU", name_en="European Union", kind=PartyKind.ORGANISATION), by=self.user),
        ]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def test_replay_equals_columns_and_chains_verify(self, data: st.DataObject) -> None:
        self.live(data, data.draw(st.integers(5, 25), label="acts"))

    @pytest.mark.soak
    @settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
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
            ),
            by=self.user,
            on=data.draw(_WHENS, label="opened"),
        )
        for _number in range(acts):
            before = Entry.objects.of(agreement).count()
            act = data.draw(
                st.sampled_from([self.step] * 6 + [self.late, self.void, self.replace, self.mark, self.note])
            )
            refusal = self.tried(act, agreement, data)
            if refusal:
                assert refusal.reasons
                assert all(reason.sentence for reason in refusal.reasons)
                assert Entry.objects.of(agreement).count() == before
            else:
                assert Entry.objects.of(agreement).count() > before
            check(agreement)
        assert list(journal.verify()) == []

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
            on=data.draw(_WHENS, label="on"),
            by=self.user,
            origin=data.draw(_ORIGINS),
            evidence="COM(2025)154",
            reason=data.draw(st.sampled_from(["", "Article 9"])),
            out_of_procedure=data.draw(st.booleans()),
        )

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
        act(agreement, on=data.draw(_WHENS), by=self.user, reason="Talks halted.")

    def note(self, agreement: Agreement, data: st.DataObject) -> None:
        number = data.draw(st.integers(1, 12))
        lifecycle.note(agreement, on=data.draw(_WHENS), by=self.user, what="A round.", round_of_talks=number)
