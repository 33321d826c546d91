"""The pages of meetings: one meeting with its agenda, and the forms that arrange, change, move and record it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from agreements import access, calendar, registers
from agreements import meetings as operations
from agreements.choices import EDGES, Level, MeetingStatus, Stage, Transition
from agreements.dates import FuzzyDate
from agreements.forms import Operation
from agreements.guards import Reason
from agreements.meeting_forms import (
    AgendaForm,
    ArrangeForm,
    HeldForm,
    MeetingForm,
    MoveForm,
    OutcomeForm,
    suggested,
)
from agreements.models import AgendaItem, Agreement, Meeting, Party, User
from agreements.views.acting import Act


def visible_meeting(user: Any, key: Any) -> Meeting:
    """Return the meeting with its format and participants, if the user may see it. Raises Http404."""
    parties = Prefetch("parties", Party.objects.order_by("name_en", "pk"))
    visible = Meeting.objects.for_user(user).select_related("format").prefetch_related(parties)
    meeting: Meeting = get_object_or_404(visible, pk=key)
    return meeting


@dataclass(frozen=True)
class Point:
    """A point of the agenda as the page shows it: with the stage of its agreement."""

    item: AgendaItem
    agreement: Agreement
    stage: str
    group: str
    label: str
    since: FuzzyDate


@dataclass(frozen=True)
class Deed:
    """Something that can be done with the meeting."""

    label: str
    address: str


#: What leads to each status, and what is said when it is reached.
_MOVES: dict[str, tuple[Any, Any, Any]] = {
    MeetingStatus.CONFIRMED: (
        gettext_lazy("Confirm"),
        gettext_lazy("It will be held as it stands."),
        gettext_lazy("Confirmed: %(title)s."),
    ),
    MeetingStatus.CANCELLED: (
        gettext_lazy("Cancel the meeting"),
        gettext_lazy("It stays in the calendar, struck out, and in calendars elsewhere as cancelled."),
        gettext_lazy("Cancelled: %(title)s."),
    ),
    MeetingStatus.TENTATIVE: (
        gettext_lazy("Make tentative"),
        gettext_lazy("Whether or when it will be held is open again."),
        gettext_lazy("Tentative again: %(title)s."),
    ),
}


@require_safe
def page(request: HttpRequest, meeting: Any) -> HttpResponse:
    """Show who meets when and where, and the agenda as far as the reader may see it."""
    user: Any = request.user
    shown = visible_meeting(user, meeting)
    points = [_point(item) for item in operations.listed(shown, user)]
    may_edit = registers.may_edit(user, shown)
    context = {
        "section": "calendar",
        "meeting": shown,
        "points": points,
        "counterpart": shown.counterpart_text,
        "outcome": shown.outcome_text,
        "parties": [party.name for party in shown.parties.all()],
        "hours": calendar.hours(shown.starts_at, shown.ends_at, shown.time_zone),
        "level": Level(shown.level).label,
        "ahead": shown.status in (MeetingStatus.TENTATIVE, MeetingStatus.CONFIRMED),
        "may_edit": may_edit,
        "may_record": may_edit and shown.status == MeetingStatus.HELD,
        "deeds": list(_deeds(shown)) if may_edit else [],
    }
    return render(request, "meetings/meeting.html", context)


def _point(item: AgendaItem) -> Point:
    agreement = item.agreement
    stage = Stage(agreement.stage)
    return Point(item, agreement, stage, stage.group, agreement.rules.stage_label(stage), agreement.since)


def _deeds(meeting: Meeting) -> Iterable[Deed]:
    """Offer what the meeting's status and its day allow, the most likely first."""
    open_to = operations.moves(meeting)
    if meeting.status == MeetingStatus.HELD:
        yield Deed(_("Record the outcome"), reverse("meeting-held", args=[meeting.pk]))
        yield Deed(_("It was not held"), reverse("meeting-move", args=[meeting.pk, MeetingStatus.TENTATIVE]))
        return
    if MeetingStatus.HELD in open_to:
        yield Deed(_("Record that it was held"), reverse("meeting-held", args=[meeting.pk]))
    for status, (label, _lead, _done) in _MOVES.items():
        if status in open_to:
            yield Deed(str(label), reverse("meeting-move", args=[meeting.pk, status]))


#: How the form of a meeting is laid out: the fields that take the whole width, and the translations, folded away.
_OF_MEETING = {"wide": ("title_en", "title_ru", "title_kk"), "folded": ("counterpart_ru", "counterpart_kk")}


class MeetingAct(Act):
    """A page with one form about one meeting."""

    right = "edit"
    template = "meetings/act.html"
    meeting: Meeting | None = None

    def find(self, **kwargs: Any) -> None:
        """Find the meeting. Raises Http404."""
        self.meeting = visible_meeting(self.user, kwargs["meeting"])

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Carry out the operation and lead to the meeting; a refusal shows what was typed and every reason."""
        form = self.form(request.POST)
        result = form.submit()
        if result is None:
            return self.answer(form, (), status=409 if form.refused else 422)
        messages.success(request, self.done(form, result))
        return redirect("meeting", result.meeting_id if isinstance(result, AgendaItem) else result.pk)

    def needs(self, reasons: Iterable[Reason]) -> Any:
        """Say nothing more: the sentences stand with the form."""
        return ()

    def context(self) -> dict[str, Any]:
        """Show the meeting above the form, and lead back to it."""
        back = self.meeting.get_absolute_url() if self.meeting else reverse("calendar")
        return {"section": "calendar", "meeting": self.meeting, "back": back, "button": self.button(), "lead": ""}

    def button(self) -> str:
        """Return what the button says."""
        return _("Save")

    def seen(self) -> Meeting:
        """Return the meeting that the page is about."""
        if self.meeting is None:
            raise Http404
        return self.meeting


class Arrange(MeetingAct):
    """Arranges a meeting."""

    def find(self, **_kwargs: Any) -> None:
        """Find nothing: the meeting is not there yet."""

    def title(self) -> str:
        """Say what is done."""
        return _("Arrange a meeting")

    def form(self, data: QueryDict | None) -> Operation:
        """Return the form, begun with what the address names."""
        return ArrangeForm(self.user, None, data, initial=suggested(self.user, self.request.GET.dict()))

    def context(self) -> dict[str, Any]:
        """Give the titles the whole width, and fold the translations."""
        return super().context() | _OF_MEETING | {"button": _("Arrange")}

    def done(self, form: Operation, result: Any) -> str:
        """Name the meeting."""
        return _("Arranged: %(meeting)s.") % {"meeting": result}


class ChangeMeeting(MeetingAct):
    """Changes a meeting."""

    def title(self) -> str:
        """Say what is done."""
        return _("Change the meeting")

    def form(self, data: QueryDict | None) -> Operation:
        """Return the form, filled in with what the meeting says."""
        return MeetingForm(self.user, self.seen(), data)

    def context(self) -> dict[str, Any]:
        """Give the titles the whole width, and fold the translations."""
        return super().context() | _OF_MEETING

    def done(self, form: Operation, result: Any) -> str:
        """Name the meeting."""
        return _("Changed: %(meeting)s.") % {"meeting": result}


class Move(MeetingAct):
    """Confirms a meeting, cancels it, or makes it tentative again."""

    status: MeetingStatus

    def find(self, **kwargs: Any) -> None:
        """Find the meeting, and where it goes. Raises Http404."""
        super().find(**kwargs)
        if kwargs["status"] not in _MOVES:
            raise Http404
        self.status = MeetingStatus(kwargs["status"])

    def title(self) -> str:
        """Say what is done."""
        return str(_MOVES[self.status][0])

    def form(self, data: QueryDict | None) -> Operation:
        """Return the form, which has a button only."""
        return MoveForm(self.user, self.seen(), self.status, data)

    def button(self) -> str:
        """Return what the button says."""
        return self.title()

    def context(self) -> dict[str, Any]:
        """Say what comes of it."""
        return super().context() | {"lead": str(_MOVES[self.status][1])}

    def done(self, form: Operation, result: Any) -> str:
        """Name the meeting."""
        return str(_MOVES[self.status][2]) % {"title": result.title}


class Agenda(MeetingAct):
    """Sets the agenda."""

    def title(self) -> str:
        """Say what is done."""
        return _("Change the agenda")

    def form(self, data: QueryDict | None) -> Operation:
        """Return the form, filled in with the agenda."""
        return AgendaForm(self.user, self.seen(), data)

    def done(self, form: Operation, result: Any) -> str:
        """Say how long it is now, as far as the user sees it."""
        count = len(operations.listed(result, self.user))
        return ngettext("The agenda has %(count)s point.", "The agenda has %(count)s points.", count) % {"count": count}


class Held(MeetingAct):
    """Records that the meeting was held, and what came of it."""

    def title(self) -> str:
        """Say what is done."""
        return _("Record that it was held")

    def form(self, data: QueryDict | None) -> Operation:
        """Return the form, filled in with what is known."""
        return HeldForm(self.user, self.seen(), data)

    def button(self) -> str:
        """Return what the button says."""
        return _("Record")

    def context(self) -> dict[str, Any]:
        """Give the outcome the whole width, and fold its translations."""
        return super().context() | {"wide": ("on",), "folded": ("outcome_ru", "outcome_kk")}

    def done(self, form: Operation, result: Any) -> str:
        """Say when it was held."""
        return _("Held: %(meeting)s.") % {"meeting": result}


class Outcome(MeetingAct):
    """Records what came of one point, and turns it into a step or a note."""

    item: AgendaItem

    def find(self, **kwargs: Any) -> None:
        """Find the point of the agenda. Raises Http404 for one that the user may not see."""
        super().find(**kwargs)
        listed = operations.listed(self.seen(), self.user)
        points = [item for item in listed if item.agreement.reference == kwargs["reference"]]
        if not points:
            raise Http404
        (self.item,) = points

    def title(self) -> str:
        """Name the agreement."""
        return _("What came of it: %(title)s") % {"title": self.item.agreement.short_title}

    def form(self, data: QueryDict | None) -> Operation:
        """Return the form with the steps that lead away from the stage, where the user may record them."""
        form = OutcomeForm(self.item, self.user, _steps(self.item.agreement, self.user), data)
        if not access.may(self.user, "out_of_procedure"):
            del form.fields["out_of_procedure"]
        return form

    def button(self) -> str:
        """Return what the button says."""
        return _("Record")

    def context(self) -> dict[str, Any]:
        """Say which date and place an entry gets."""
        lead = _("A step or a note gets the date and the place of the meeting, and cites it.")
        return super().context() | {"lead": lead}

    def done(self, form: Any, result: Any) -> str:
        """Say what it became."""
        words = dict(form.fields["becomes"].choices)[form.cleaned_data["becomes"]]
        return _("Recorded: %(what)s, %(day)s.") % {"what": words, "day": self.seen().on}


def _steps(agreement: Agreement, user: User) -> list[Transition]:
    """Return the steps away from the stage; one that another agreement takes part in has a page of its own."""
    if not access.may(user, "step"):
        return []
    stages, stage = agreement.rules.stages, Stage(agreement.stage)
    return [
        name
        for name, edge in EDGES.items()
        if stage in edge.sources and edge.target in stages and name != Transition.SUPERSEDE
    ]
