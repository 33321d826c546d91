"""What is known of one agreement's participants and clause from where a page looks, rebuilt from the chains."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from agreements import lifecycle, tracking
from agreements.chains import Chain, Told, tell, texts
from agreements.models import Agreement
from agreements.tracking import Tracked
from agreements.tracks import Participant
from agreements.words import Texts


@dataclass(frozen=True)
class Known:
    """An agreement with its chain and the words behind the codes, as recorded by a moment."""

    agreement: Agreement
    chain: Chain
    told: Told

    @cached_property
    def takers(self) -> Mapping[str, tuple[str, Participant]]:
        """Role and participant of all who take part, by code."""
        return self.told.takers(self.chain)

    @property
    def clause_texts(self) -> Texts:
        """The wording of the clause by language."""
        return texts(self.chain.record, "clause_text")

    def tracked(self, day: date, *, supposing: date | None = None, clause: Any = None) -> Tracked:
        """Return what it amounts to on a day; `clause` is asked instead of the recorded one."""
        return tracking.track(
            self.chain.by(day),
            self.chain.rules,
            day,
            clause=clause or self.chain.record.get("clause"),
            participants=self.takers,
            supposing=supposing,
        )

    def dossier(self) -> lifecycle.Dossier:
        """Return it as the rules of steps ask for it."""
        return self.told.dossier(self.agreement)


def known_now(agreement: Agreement) -> Known:
    """Return what is known of an agreement now."""
    told = tell([agreement.pk])
    return Known(agreement, told.chains[agreement.pk], told)
