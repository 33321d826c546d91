"""The clause on entry into force on the page of an agreement: its field, and panels that say what follows from it."""

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import access, clock, tracking
from agreements.act_forms import read_clause
from agreements.choices import EDGES, Role, Transition
from agreements.dates import FuzzyDate
from agreements.entry_into_force import PartyStanding, Speaker, describe, explain
from agreements.models import Agreement, Party, User

#: The fields of the clause, and the panels beside them.
FIELDS = ("clause_text_en", "clause_text_ru", "clause_text_kk", "clause")
PANELS = ("clause_in_words", "clause_answer", "clause_missing", "entry_dates", "standings")


class ClauseFormField(forms.JSONField):
    """A clause as people write it: indented, numbers as they were written, nothing where there is none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.widget.attrs |= {"class": "vLargeTextField clause", "rows": 12, "spellcheck": "false"}

    def prepare_value(self, value: Any) -> Any:
        """Show what was typed, or the clause as it is kept, indented."""
        if value is None or isinstance(value, str):
            return value or ""
        return json.dumps(value, ensure_ascii=False, indent=2)

    def to_python(self, value: Any) -> Any:
        """Return the clause, or None. Raises ValidationError with the place of the fault."""
        return read_clause(value or "")

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Keep what was typed."""
        return initial if self.disabled else data

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the clauses, not their spelling."""
        try:
            return bool(initial != self.to_python(data))
        except ValidationError:
            return True


@dataclass(frozen=True)
class Row:
    """How one participant stands, in words."""

    name: str
    own: bool
    role: str
    standing: PartyStanding | None


class Entry:
    """What is recorded of an agreement's entry into force, and what follows by its clause; read once for a page."""

    def __init__(self, agreement: Agreement, user: User) -> None:
        self.agreement, self.user = agreement, user
        self.tracked = tracking.tracked([agreement], clock.today())[agreement.pk]
        self.names = {party.code: party.name.text for party in Party.objects.for_user(user)}

    def panels(self) -> list[str]:
        """Return the panels that have something to say."""
        tracked = self.tracked
        says = {
            "clause_in_words": tracked.clause is not None or tracked.problem,
            "clause_answer": tracked.outcome is not None,
            "clause_missing": tracked.outcome is not None and tracked.outcome.need is not None,
            "entry_dates": tracked.stated is not None or tracked.outcome is not None,
            "standings": tracked.roles,
        }
        return [name for name in PANELS if says[name]]

    @property
    def words(self) -> list[tuple[int, str]]:
        """The clause in words: lines with their depths."""
        return describe(self.tracked.clause, self.names) if self.tracked.clause else []

    @property
    def answer(self) -> list[str]:
        """The answer with its arithmetic, without what is missing."""
        outcome = self.tracked.outcome
        return explain(replace(outcome, need=None), self.names) if outcome else []

    @property
    def missing(self) -> list[tuple[int, str]]:
        """What is missing: lines with their depths."""
        outcome = self.tracked.outcome
        return list(Speaker(outcome.participants, self.names).need(outcome.need)) if outcome and outcome.need else []

    @property
    def computed(self) -> FuzzyDate | None:
        """The day that follows by the clause."""
        return self.tracked.outcome.date if self.tracked.outcome else None

    @property
    def conflict(self) -> str:
        """What contradicts itself: the day that is stated, and what follows by the clause."""
        if not self.tracked.conflict:
            return ""
        if self.computed is None:
            return _(
                "The record states that it entered into force on %(stated)s; "
                "by the clause and the acts recorded it has not."
            ) % {"stated": self.tracked.stated}
        return _(
            "The record states that it entered into force on %(stated)s; "
            "by the clause and the acts recorded it is %(computed)s."
        ) % {"stated": self.tracked.stated, "computed": self.computed}

    @cached_property
    def rows(self) -> list[Row]:
        """The participants, the own side first; those who neither sign nor consent last."""
        tracked = self.tracked
        rows = [
            Row(
                self.names.get(code, code),
                code == settings.OWN_SIDE,
                str(Role(role).label),
                tracked.standings.get(code),
            )
            for code, role in tracked.roles.items()
        ]
        return sorted(rows, key=lambda row: (row.standing is None, not row.own, row.name.casefold()))

    @property
    def suggestion(self) -> tuple[str, str]:
        """The step that has come about by the clause and that nobody recorded: its day, and its form filled in."""
        outcome, name = self.tracked.outcome, Transition.ENTER_INTO_FORCE
        if outcome is None or not outcome.in_force or outcome.date is None or self.tracked.stated is not None:
            return "", ""
        if self.agreement.is_void or self.agreement.stage not in EDGES[name].sources:
            return "", ""
        if not access.may(self.user, "step"):
            return "", ""
        given = {"on": outcome.date.iso} | ({"evidence": outcome.clause.source} if outcome.clause.source else {})
        address = reverse("admin:agreements_agreement_step", args=[self.agreement.pk, name.value])
        return str(outcome.date), f"{address}?{urlencode(given)}"


def entry_of(agreement: Agreement, user: User) -> Entry:
    """Return what a page says of the entry into force of its agreement, read when it is asked for first.

    A form sets what is typed on the agreement itself: whoever is asked before the form is bound tells what is recorded.
    """
    kept: Any = agreement
    if not hasattr(kept, "entry_into_force"):
        kept.entry_into_force = Entry(agreement, user)
    return cast(Entry, kept.entry_into_force)


class Panels(admin.ModelAdmin):
    """Adds the panels on entry into force to the register of agreements; they are read-only."""

    def _told(self, agreement: Agreement, template: str) -> str:
        entry: Any = agreement
        return render_to_string(f"admin/agreements/includes/{template}.html", {"entry": entry.entry_into_force})

    @admin.display(description=gettext_lazy("the clause as it is computed"))
    def clause_in_words(self, agreement: Agreement) -> str:
        """The clause in words."""
        return self._told(agreement, "clause_words")

    @admin.display(description=gettext_lazy("the answer"))
    def clause_answer(self, agreement: Agreement) -> str:
        """Whether the clause is met, and by what arithmetic."""
        return self._told(agreement, "clause_answer")

    @admin.display(description=gettext_lazy("what is missing"))
    def clause_missing(self, agreement: Agreement) -> str:
        """What would meet the clause."""
        return self._told(agreement, "clause_missing")

    @admin.display(description=gettext_lazy("stated and computed"))
    def entry_dates(self, agreement: Agreement) -> str:
        """The day that is recorded beside the one that is computed."""
        return self._told(agreement, "entry_dates")

    @admin.display(description=gettext_lazy("how the participants stand"))
    def standings(self, agreement: Agreement) -> str:
        """The participants with their status."""
        return self._told(agreement, "standings")
