"""Forms of the pages of meetings and of the calendar: they read what people write and call one operation."""

from collections.abc import Iterable, Iterator
from datetime import time
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agreements import clock, feeds, meetings, tasks
from agreements.choices import Certainty, Level, Manner, MeetingLevel, MeetingStatus, Transition
from agreements.dates import FuzzyDate
from agreements.forms import WRITTEN_MEANWHILE, Operation
from agreements.guards import Refused
from agreements.models import AgendaItem, Agreement, FeedToken, Format, Meeting, Party, SavedView, User
from agreements.models.base import DayField, FuzzyDateFormField
from agreements.task_forms import SIDES, people
from agreements.words import LANGUAGES, active_language, alphabetical

#: How many empty points the form of an agenda offers.
EMPTY_POINTS = 3
_LONG = {"rows": 3}
_DATE_HINT = _("A day, or less: 2024-12-28, 2012-09, second half of 2025, 2007, unknown.")


class MeetingForm(Operation):
    """Arranges a meeting, or changes one; it does not overwrite what somebody else wrote meanwhile."""

    format = forms.ModelChoiceField(Format.objects.none(), label=_("Format"), to_field_name="code")
    level = forms.ChoiceField(label=_("Level of confidentiality"), choices=Level, initial=Level.INTERNAL)
    title_en = forms.CharField(
        label=_("Title in English"),
        max_length=200,
        required=False,
        help_text=_("Without a title, the meeting is called by its format."),
    )
    title_ru = forms.CharField(label=_("Title in Russian"), max_length=200, required=False)
    title_kk = forms.CharField(label=_("Title in Kazakh"), max_length=200, required=False)
    on = FuzzyDateFormField(label=_("Date"), help_text=_DATE_HINT)
    certainty = forms.ChoiceField(label=_("Certainty of the date"), choices=Certainty, initial=Certainty.FIRM)
    starts_at = forms.TimeField(
        label=_("Start"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("Leave empty where no time of day is fixed."),
    )
    ends_at = forms.TimeField(
        label=_("End"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("On the same day."),
    )
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        required=False,
        help_text=_("Whose clock the times are told by: Asia/Almaty, Europe/Brussels."),
    )
    place = forms.CharField(label=_("Place"), max_length=200, required=False)
    rank = forms.ChoiceField(
        label=_("Held at the level of"), choices=[("", "—"), *MeetingLevel.choices], required=False
    )
    counterpart = forms.CharField(label=_("With"), max_length=200, required=False)
    counterpart_ru = forms.CharField(label=_("With, in Russian"), max_length=200, required=False)
    counterpart_kk = forms.CharField(label=_("With, in Kazakh"), max_length=200, required=False)
    parties = forms.ModelMultipleChoiceField(
        Party.objects.none(),
        label=_("Participants"),
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    source = forms.CharField(label=_("Source"), max_length=300, required=False)
    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    COLUMNS = (
        *("format", "level", "title_en", "title_ru", "title_kk", "on", "certainty", "place", "rank"),
        *("counterpart", "counterpart_ru", "counterpart_kk", "source"),
    )

    def __init__(self, by: User, meeting: Meeting | None, *args: Any, **kwargs: Any) -> None:
        self.by, self.meeting = by, meeting
        initial: dict[str, Any] = {"time_zone": settings.TIME_ZONE, **kwargs.pop("initial", {})}
        kwargs["initial"] = initial | (self._present(meeting) if meeting else {})
        super().__init__(*args, **kwargs)
        self.offer("format", Format.objects.for_user(by))
        self.offer("parties", Party.objects.for_user(by))
        cast(forms.ChoiceField, self.fields["level"]).choices = [
            (level.value, level.label) for level in Level.up_to(by.access_level)
        ]

    def _present(self, meeting: Meeting) -> dict[str, Any]:
        """Return what the meeting says, times by its own clocks."""
        zone = meeting.time_zone or settings.TIME_ZONE
        times = {
            name: told.astimezone(ZoneInfo(zone)).time()
            for name in ("starts_at", "ends_at")
            if (told := getattr(meeting, name))
        }
        present = {name: getattr(meeting, name) for name in self.COLUMNS} | times
        codes = list(meeting.parties.values_list("code", flat=True))
        return present | {
            "format": meeting.format.code,
            "parties": codes,
            "time_zone": zone,
            "seen_version": meeting.version,
        }

    def _columns(self) -> dict[str, Any]:
        """Return the columns as they are to be. Raises Refused for a time that the clocks do not show."""
        data = self.cleaned_data
        columns = {name: data[name] for name in self.COLUMNS}
        zone = data["time_zone"] or settings.TIME_ZONE
        for name in ("starts_at", "ends_at"):
            told: time | None = data[name]
            columns[name] = meetings.moment(data["on"].earliest, told, zone, asked=name) if told else None
        return columns | {"time_zone": zone if data["starts_at"] or data["ends_at"] else ""}

    def run(self) -> Meeting:
        """Arrange the meeting, or change it."""
        columns, parties = self._columns(), list(self.cleaned_data["parties"])
        if self.meeting is None:
            return meetings.arrange(Meeting(**_columns_of(columns)), by=self.by, parties=parties)
        with meetings.changing(self.meeting, by=self.by) as fresh:
            unseen(fresh, self.cleaned_data["seen_version"])
            for name, value in columns.items():
                setattr(fresh, name, value)
            fresh.parties.set(parties)
        return fresh


def _columns_of(columns: dict[str, Any]) -> dict[str, Any]:
    """Return columns as the model is made from them: a date with its precision is three of them."""
    when: FuzzyDate = columns.pop("on")
    return columns | {"earliest": when.earliest, "latest": when.latest, "precision": when.precision}


def unseen(meeting: Meeting, version: int | None) -> None:
    """Refuse where somebody has written to the meeting since the form was opened. Raises Refused."""
    if meeting.version != version:
        raise Refused(WRITTEN_MEANWHILE)


class ArrangeForm(MeetingForm):
    """Arranges a meeting, with the first point of its agenda where it comes from an agreement's page."""

    agreement = forms.CharField(
        label=_("Agreement on the agenda"),
        max_length=12,
        required=False,
        help_text=_("The reference of an agreement; more can be added afterwards."),
    )
    status = forms.ChoiceField(label=_("Status"), choices=MeetingStatus, initial=MeetingStatus.TENTATIVE)

    field_order = ("format", "level", "on", "status", "starts_at", "ends_at", "time_zone", "place", "agreement")

    def clean_agreement(self) -> Agreement | None:
        """Return the agreement of the reference. Raises ValidationError for one that the user may not see."""
        return find_agreement(self.cleaned_data["agreement"], self.by)

    def run(self) -> Meeting:
        """Arrange the meeting."""
        columns = self._columns() | {"status": self.cleaned_data["status"]}
        agreement = self.cleaned_data["agreement"]
        return meetings.arrange(
            Meeting(**_columns_of(columns)),
            by=self.by,
            parties=list(self.cleaned_data["parties"]),
            agenda=[meetings.Point(agreement)] if agreement else [],
        )


def find_agreement(reference: str, user: User) -> Agreement | None:
    """Return the agreement of a reference, None for none. Raises ValidationError for one that the user may not see."""
    if not reference:
        return None
    found: Agreement | None = Agreement.objects.for_user(user).kept().filter(reference=reference.upper()).first()
    if found is None:
        raise ValidationError(_("“%(value)s” is not the reference of an agreement."), params={"value": reference})
    return found


class MoveForm(Operation):
    """Confirms a meeting, cancels it, or puts it back: nothing is asked but that it is still the same."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, by: User, meeting: Meeting, status: MeetingStatus, *args: Any, **kwargs: Any) -> None:
        self.by, self.meeting, self.status = by, meeting, status
        super().__init__(*args, **{"initial": {"seen_version": meeting.version}, **kwargs})

    def run(self) -> Meeting:
        """Change the status."""
        with meetings.changing(self.meeting, by=self.by) as fresh:
            unseen(fresh, self.cleaned_data["seen_version"])
            fresh.status = self.status
        return fresh


class HeldForm(Operation):
    """Records that a meeting was held, and what came of it and of each point of its agenda."""

    on = FuzzyDateFormField(
        label=_("Date"), help_text=_("The day on which it was held. If it is another day, give the times anew.")
    )
    outcome = forms.CharField(label=_("Outcome"), max_length=4000, required=False, widget=forms.Textarea(attrs=_LONG))
    outcome_ru = forms.CharField(
        label=_("Outcome in Russian"), max_length=4000, required=False, widget=forms.Textarea(attrs=_LONG)
    )
    outcome_kk = forms.CharField(
        label=_("Outcome in Kazakh"), max_length=4000, required=False, widget=forms.Textarea(attrs=_LONG)
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, by: User, meeting: Meeting, *args: Any, **kwargs: Any) -> None:
        self.by, self.meeting = by, meeting
        names = ("on", "outcome", "outcome_ru", "outcome_kk")
        initial = {name: getattr(meeting, name) for name in names} | {"seen_version": meeting.version}
        super().__init__(*args, **{"initial": initial, **kwargs})
        self.items = meetings.listed(meeting, by)
        for number, item in enumerate(self.items, 1):
            self.fields[f"outcome_{number}"] = forms.CharField(
                label=_("Outcome: %(title)s") % {"title": item.agreement.short_title},
                initial=item.outcome,
                max_length=4000,
                required=False,
                widget=forms.Textarea(attrs=_LONG),
            )

    def run(self) -> Meeting:
        """Record it."""
        data = self.cleaned_data
        said = {item.agreement_id: _lines(data[f"outcome_{number}"]) for number, item in enumerate(self.items, 1)}
        with transaction.atomic():
            unseen(Meeting.objects.select_for_update(of=("self",)).get(pk=self.meeting.pk), data["seen_version"])
            return meetings.held(
                self.meeting,
                by=self.by,
                on=data["on"],
                outcome=_lines(data["outcome"]),
                translations={language: _lines(data[f"outcome_{language}"]) for language in ("ru", "kk")},
                outcomes=said,
            )


def _lines(text: str) -> str:
    """Return a text with the ends of lines as they are kept; browsers send others."""
    return text.replace("\r\n", "\n")


class AgendaForm(Operation):
    """Sets the points of an agenda that the user sees: their order, agreements and talking points."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, by: User, meeting: Meeting, *args: Any, **kwargs: Any) -> None:
        self.by, self.meeting = by, meeting
        super().__init__(*args, **{"initial": {"seen_version": meeting.version}, **kwargs})
        self.items = meetings.listed(meeting, by)
        for number in range(1, len(self.items) + EMPTY_POINTS + 1):
            item = self.items[number - 1] if number <= len(self.items) else None
            self.fields[f"agreement_{number}"] = forms.CharField(
                label=_("Point %(number)s: reference of the agreement") % {"number": number},
                initial=item.agreement.reference if item else "",
                max_length=12,
                required=False,
                help_text=str(item.agreement.short_title) + ". " + str(_("Empty it to take the point away."))
                if item
                else _("Such as AIR-7Q4M. Leave it empty for no further point."),
            )
            self.fields[f"talking_points_{number}"] = forms.CharField(
                label=_("Point %(number)s: talking points") % {"number": number},
                initial=item.talking_points if item else "",
                max_length=4000,
                required=False,
                widget=forms.Textarea(attrs=_LONG),
            )

    def _numbers(self) -> Iterator[int]:
        return iter(range(1, len(self.items) + EMPTY_POINTS + 1))

    def clean(self) -> dict[str, Any] | None:
        """Find the agreements."""
        data = super().clean() or self.cleaned_data
        for number in self._numbers():
            name = f"agreement_{number}"
            try:
                data[name] = find_agreement(data.get(name, ""), self.by)
            except ValidationError as error:
                self.add_error(name, error)
        return data

    def run(self) -> Meeting:
        """Set the agenda; what came of a point stays with its agreement."""
        data = self.cleaned_data
        outcomes = {item.agreement_id: item.outcome for item in self.items}
        points = [
            meetings.Point(agreement, _lines(data[f"talking_points_{number}"]), outcomes.get(agreement.pk, ""))
            for number in self._numbers()
            if (agreement := data[f"agreement_{number}"])
        ]
        with meetings.changing(self.meeting, by=self.by) as fresh:
            unseen(fresh, data["seen_version"])
            meetings.set_agenda(fresh, points, by=self.by)
        return fresh


class OutcomeForm(Operation):
    """Records what came of one point, and turns it into a step, a note or a task of its agreement, in one act."""

    NOTHING, NOTE, TASK = "", "note", "task"

    outcome = forms.CharField(label=_("Outcome"), max_length=4000, widget=forms.Textarea(attrs=_LONG))
    becomes = forms.ChoiceField(label=_("Record in the agreement"), required=False)
    task = forms.CharField(label=_("What is to be done"), max_length=tasks.TITLE_LENGTH, required=False)
    due = FuzzyDateFormField(label=_("Due"), required=False)
    side = forms.ChoiceField(label=_("Whose task it is"), choices=SIDES, required=False)
    person = forms.ModelChoiceField(User.objects.none(), label=_("Responsible person"), required=False)
    evidence = forms.CharField(
        label=_("Evidence"), max_length=300, required=False, help_text=_("Number, date and title of the document.")
    )
    acting = forms.CharField(label=_("Acting party or body"), max_length=200, required=False)
    legal_basis = forms.CharField(label=_("Legal basis"), max_length=300, required=False)
    manner = forms.ChoiceField(label=_("Manner"), choices=[("", "—"), *Manner.choices], required=False)
    reason = forms.CharField(label=_("Reason"), max_length=4000, required=False, widget=forms.Textarea(attrs=_LONG))
    out_of_procedure = forms.BooleanField(
        label=_("Record out of procedure"),
        required=False,
        help_text=_(
            "It happened although requirements are not met. Give the reason; it will be marked wherever it shows."
        ),
    )

    def __init__(self, item: AgendaItem, by: User, steps: list[Transition], *args: Any, **kwargs: Any) -> None:
        self.item, self.by = item, by
        super().__init__(*args, **{"initial": {"outcome": item.outcome}, **kwargs})
        rules = item.agreement.rules
        offered = [(name.value, _("The step “%(step)s”") % {"step": rules.step_label(name)}) for name in steps]
        cast(forms.ChoiceField, self.fields["becomes"]).choices = [
            (self.NOTHING, _("Nothing: the outcome is kept with the meeting only")),
            (self.NOTE, _("A note")),
            (self.TASK, _("A task")),
            *offered,
        ]
        cast(forms.ModelChoiceField, self.fields["person"]).queryset = people(item.agreement)
        for name in ("task", "due", "side", "person"):
            cast(Any, self.fields[name]).asked = _("of a task")
        if Transition.SIGN not in steps:
            del self.fields["manner"]

    def run(self) -> AgendaItem:
        """Record the outcome and what it becomes."""
        becomes, outcome = self.cleaned_data["becomes"], _lines(self.cleaned_data["outcome"])
        if becomes in (self.NOTHING, self.NOTE):
            details = {"evidence": self.cleaned_data["evidence"]} if becomes and self.cleaned_data["evidence"] else {}
            return meetings.outcome_to(self.item, by=self.by, outcome=outcome, note=bool(becomes), **details)
        if becomes == self.TASK:
            given = {name: self.cleaned_data[name] for name in ("due", "side", "person") if self.cleaned_data[name]}
            if not self.cleaned_data["task"]:
                raise Refused(tasks.TITLE_MISSING)
            return meetings.outcome_to(self.item, by=self.by, outcome=outcome, task=self.cleaned_data["task"], **given)
        names = ("evidence", "acting", "legal_basis", "manner", "reason", "out_of_procedure")
        said = {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}
        return meetings.outcome_to(self.item, by=self.by, outcome=outcome, step=becomes, **said)


class ViewChoice(forms.ModelChoiceField):
    """A saved view: of which list it is, and its name; of another's, whose it is."""

    by: User

    def label_from_instance(self, obj: SavedView) -> str:
        """Return the list and the name, and the owner where it is another."""
        told = f"{obj.get_kind_display()}: {obj.name}"
        return told if obj.owner_id == self.by.pk else f"{told} ({obj.owner})"


def _in_alphabet(choices: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(choices, key=lambda choice: alphabetical(choice[1]))


class FeedForm(Operation):
    """Makes a feed of what the calendar shows."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Calendar programs show it."))
    language = forms.ChoiceField(label=_("Language"))
    until = DayField(
        label=_("Last day"),
        required=False,
        help_text=_("Leave empty for a feed that answers until it is revoked."),
    )
    view = ViewChoice(
        SavedView.objects.none(),
        label=_("Saved view"),
        required=False,
        empty_label=_("None: the filters below"),
        help_text=_("The feed follows the view: it shows what the view shows to you. Leave the filters empty then."),
    )
    format = forms.ChoiceField(label=_("Format"), required=False)
    party = forms.ChoiceField(label=_("Party"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False)
    mine = forms.BooleanField(label=_("Only what I am responsible for"), required=False)

    def __init__(self, by: User, *args: Any, **kwargs: Any) -> None:
        self.by = by
        kwargs["initial"] = {"language": active_language(), **kwargs.pop("initial", {})}
        super().__init__(*args, **kwargs)
        views = cast(ViewChoice, self.fields["view"])
        views.by, views.queryset = by, SavedView.objects.for_user(by).select_related("owner").order_by("name", "pk")
        if followed := self.initial.get("view"):
            self.initial["name"] = next((view.name for view in views.queryset if str(view.pk) == followed), "")
        names = dict(settings.LANGUAGES)
        formats, parties = Format.objects.for_user(by), Party.objects.for_user(by)
        choices: dict[str, list[tuple[Any, Any]]] = {
            "language": [(code, names.get(code, code)) for code in LANGUAGES],
            "format": [("", _("All formats")), *_in_alphabet((row.code, row.name.text) for row in formats)],
            "party": [("", _("All parties")), *_in_alphabet((row.code, row.name.text) for row in parties)],
            "status": [("", _("Any status")), *MeetingStatus.choices],
        }
        for name, offered in choices.items():
            cast(forms.ChoiceField, self.fields[name]).choices = offered

    def run(self) -> tuple[FeedToken, str]:
        """Make the feed; the secret is told this once."""
        data = self.cleaned_data
        filters = {name: data[name] for name in ("format", "party", "status", "mine") if data[name]}
        return feeds.create(
            self.by,
            name=data["name"],
            language=data["language"],
            filters=filters,
            view=data["view"],
            until=data["until"],
        )


def suggested(user: User, asked: dict[str, str]) -> dict[str, Any]:
    """Return what the form of a new meeting begins with: what its address names, a day to come otherwise."""
    initial: dict[str, Any] = {name: asked[name] for name in ("format", "agreement", "on") if asked.get(name)}
    if asked.get("party"):
        initial["parties"] = [settings.OWN_SIDE, asked["party"]]
    return {"on": FuzzyDate.of_day(clock.today())} | initial
