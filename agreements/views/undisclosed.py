"""Undisclosed participants: the page of one with its journal, and the acts upon it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from agreements import access, changes, journal, undisclosed
from agreements.changes import Change
from agreements.choices import EntryKind, UndisclosedState
from agreements.guards import Reason
from agreements.models import Entry, UndisclosedParticipant, User
from agreements.undisclosed_forms import DiscloseForm, EndForm, UndisclosedForm
from agreements.views.acting import Act
from agreements.views.quiet import seen_by
from agreements.words import Worded, worded

NO_LEVEL = Reason(
    "undisclosed-no-level",
    gettext_lazy("Your access level is not above the level of the agreement: you could not see what you record."),
    firm=True,
)


# ---- the page of one ----
@dataclass(frozen=True)
class Told:
    """An entry of its journal: what kind it is, when and by whom it was recorded, what it changed and why."""

    label: str
    recorded_at: datetime
    actor_name: str
    changes: Sequence[Change]
    reason: Worded


def found_for(user: User, key: Any) -> UndisclosedParticipant:
    """Return a record that the user sees. Raises Http404."""
    record: UndisclosedParticipant | None = seen_by(user).filter(pk=key).first()
    if record is None:
        raise Http404
    return record


@require_safe
def page(request: HttpRequest, undisclosed: str) -> HttpResponse:
    """Show a record with its journal. Raises Http404."""
    user: Any = request.user
    record = found_for(user, undisclosed)
    stands = record.state == UndisclosedState.UNDISCLOSED
    context = {
        "section": "agreements",
        "agreement": record.agreement,
        "record": record,
        "stands": stands,
        "may_change": stands and access.may(user, "edit"),
        "entries": _told(record, user),
    }
    return render(request, "agreements/undisclosed.html", context)


def _told(record: UndisclosedParticipant, user: User) -> list[Told]:
    """Return its journal, the latest entry first."""
    entries = list(Entry.objects.for_user(user).of(record).select_related("text").reverse())
    read = [changes.of_entry(journal.data_of(entry), journal.text_of(entry)) for entry in entries]
    words = changes.Dictionary(read, user)
    return [
        Told(
            str(EntryKind(entry.kind).label),
            entry.recorded_at,
            entry.actor_name,
            words.changes(UndisclosedParticipant, told),
            worded(journal.text_of(entry).get("reason", "")),
        )
        for entry, told in zip(entries, read, strict=True)
    ]


# ---- what is done ----
class Name(Act):
    """Names an undisclosed participant."""

    right = "edit"

    def permitted(self) -> bool:
        """Whether the user may edit the agreement and sees it by his own level."""
        return super().permitted() and access.sees(self.user, self.agreement.level)

    def title(self) -> str:
        """Say what is recorded."""
        return _("Name an undisclosed participant")

    def form(self, data: QueryDict | None) -> Any:
        """Return the form."""
        return UndisclosedForm(self.agreement, self.user, data)

    def objections(self) -> Iterable[Reason]:
        """Say where no level is left."""
        return () if undisclosed.levels(self.user, self.agreement) else (NO_LEVEL,)

    def context(self) -> dict[str, Any]:
        """Say what it means."""
        return {
            "lead": _(
                "It stands beside the list of participants: it neither acts nor counts until it is disclosed. "
                "Nobody whose access level does not reach it learns of it."
            )
        }

    def done(self, form: Any, result: UndisclosedParticipant) -> str:
        """Name it and its level."""
        return _("Recorded: %(what)s (%(level)s).") % {"what": result.party, "level": result.get_level_display()}


class Revise(Name):
    """Changes the role, the level or the remark of an undisclosed participant."""

    record: UndisclosedParticipant

    def find(self, **kwargs: Any) -> None:
        """Find the record and its agreement. Raises Http404."""
        self.record = found_for(self.user, kwargs["undisclosed"])
        self.agreement = self.record.agreement

    def title(self) -> str:
        """Say what is changed."""
        return _("Undisclosed participant: %(party)s") % {"party": self.record.party}

    def form(self, data: QueryDict | None) -> Any:
        """Return the form with what is recorded."""
        return UndisclosedForm(self.agreement, self.user, data, record=self.record)

    def objections(self) -> Iterable[Reason]:
        """Say where it ended already."""
        return undisclosed.withdraw_objections(self.record)

    def leads_to(self, result: Any) -> str:
        """Lead to the record."""
        return reverse("undisclosed", args=[self.record.pk])


class Withdraw(Revise):
    """Withdraws an undisclosed participant."""

    def title(self) -> str:
        """Say what is done."""
        return _("Withdraw the undisclosed participant: %(party)s") % {"party": self.record.party}

    def form(self, data: QueryDict | None) -> Any:
        """Return the form."""
        return EndForm(self.record, self.user, data)

    def context(self) -> dict[str, Any]:
        """Name the button, and say what it means."""
        return {"button": EndForm.BUTTON, "lead": EndForm.LEAD}

    def done(self, form: Any, result: UndisclosedParticipant) -> str:
        """Say what was withdrawn."""
        return _("Withdrawn: %(party)s.") % {"party": self.record.party}


class Disclose(Revise):
    """Makes an ordinary participant of an undisclosed one."""

    def title(self) -> str:
        """Say what is done."""
        return _("Disclose the participant: %(party)s") % {"party": self.record.party}

    def form(self, data: QueryDict | None) -> Any:
        """Return the form."""
        return DiscloseForm(self.record, self.user, data)

    def objections(self) -> Iterable[Reason]:
        """Say where it ended already, or where an act has to come first."""
        return undisclosed.disclose_objections(self.record)

    def context(self) -> dict[str, Any]:
        """Name the button, and warn: what was once disclosed is known."""
        return {"button": DiscloseForm.BUTTON, "warnings": [DiscloseForm.warning(self.record)]}

    def done(self, form: Any, result: UndisclosedParticipant) -> str:
        """Say who is a participant now."""
        return _("Disclosed: %(party)s.") % {"party": self.record.party}

    def leads_to(self, result: Any) -> str:
        """Lead to the agreement, in whose list it stands now."""
        return str(self.agreement.get_absolute_url())
