"""Forms of the pages and the admin: they read what people write and hand it to the operations; no rule lives here."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms.models import ModelChoiceIterator
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from agreements import clock, documents, journal, lifecycle, procedures, registers, tasks
from agreements.choices import (
    Certainty,
    ClearanceResult,
    DocumentKind,
    EntryKind,
    Group,
    InstrumentKind,
    InTheNameOf,
    Level,
    Manner,
    Role,
    Stage,
    Transition,
)
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.models import Agreement, Area, Entry, Party, Unit, User
from agreements.models.agreement import LONGEST_NOTICE, LONGEST_RENEWAL
from agreements.models.base import DayField, FuzzyDateFormField
from agreements.registers import REASON_MISSING
from agreements.words import active_language, alphabetical, worded

_DATE_HINT = _("A day, or less: 2024-12-28, 2012-09, second half of 2025, 2007, unknown.")
WRITTEN_MEANWHILE = Reason(
    "written-meanwhile",
    _(
        "Somebody has written to this record since you opened the page. Open it again in another window, "
        "compare, and make your change there."
    ),
    firm=True,
)


#: What stands in a list where nothing is chosen.
NO_CHOICE = "—"


class InAlphabet(ModelChoiceIterator):
    """The rows among which a field lets choose, in the alphabetical order of the reader's language."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        """Yield the empty choice, where there is one, then the rows by name."""
        found = list(super().__iter__())
        empty = self.field.empty_label is not None
        yield from found[:empty]
        yield from sorted(found[empty:], key=lambda choice: alphabetical(str(choice[1])))


class Operation(forms.Form):
    """A form that ends in one operation; what the operation refuses stands beside the fields it concerns."""

    #: The reasons of the last refusal, for the page to show all at once.
    refused: Refused | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField) and field.empty_label == BLANK_CHOICE_DASH[0][1]:
                field.empty_label = NO_CHOICE

    def offer(self, name: str, rows: QuerySet[Any]) -> None:
        """Let a field choose among rows that have names, as an alphabetical list in the reader's language."""
        field = cast(forms.ModelChoiceField, self.fields[name])
        field.iterator = InAlphabet
        field.queryset = rows

    def run(self) -> Any:
        """Carry out the operation with cleaned data; overridden."""
        raise NotImplementedError

    def submit(self) -> Any | None:
        """Validate and run; return what the operation returned, or None with the errors on the form."""
        if not self.is_valid():
            return None
        try:
            return self.run()
        except Refused as refusal:
            self.refused = refusal
            for reason in refusal.reasons:
                self.add_error(reason.asked if reason.asked in self.fields else None, reason.sentence)
        except ValidationError as error:
            for name, messages in (
                error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
            ).items():
                self.add_error(name if name in self.fields else None, messages)
        return None


class DatedForm(Operation):
    """What every entry of the journal can say: when, where, on what evidence, from which source."""

    on = FuzzyDateFormField(label=_("Date"), help_text=_DATE_HINT)
    place = forms.CharField(label=_("Place"), max_length=200, required=False)
    evidence = forms.CharField(
        label=_("Evidence"), max_length=300, required=False, help_text=_("Number, date and title of the document.")
    )
    source = forms.CharField(label=_("Source"), max_length=300, required=False)
    certainty = forms.ChoiceField(label=_("Certainty of the date"), choices=Certainty, required=False)

    def __init__(self, agreement: Agreement, by: User, *args: Any, **kwargs: Any) -> None:
        self.agreement, self.by = agreement, by
        kwargs.setdefault("initial", {}).setdefault("on", FuzzyDate.of_day(clock.today()))
        super().__init__(*args, **kwargs)

    def details(self, *names: str) -> dict[str, Any]:
        """Return what was filled in of the named fields."""
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}


class StepForm(DatedForm):
    """Records one step of an agreement."""

    acting = forms.CharField(label=_("Acting party or body"), max_length=200, required=False)
    legal_basis = forms.CharField(label=_("Legal basis"), max_length=300, required=False)
    manner = forms.ChoiceField(label=_("Manner"), choices=[("", NO_CHOICE), *Manner.choices], required=False)
    successor = forms.ModelChoiceField(
        Agreement.objects.none(), label=_("Later agreement"), required=False, to_field_name="reference"
    )
    what = forms.CharField(
        label=_("What happened"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    out_of_procedure = forms.BooleanField(
        label=_("Record out of procedure"),
        required=False,
        help_text=_(
            "It happened although requirements are not met. Give the reason; it will be marked wherever it shows."
        ),
    )
    field_order: tuple[str, ...] = (
        "on",
        "place",
        "evidence",
        "successor",
        "manner",
        "acting",
        "legal_basis",
        "source",
        "certainty",
        "what",
    )

    def __init__(self, agreement: Agreement, name: str, by: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(agreement, by, *args, **kwargs)
        self.name = name
        successor = self.fields["successor"]
        assert isinstance(successor, forms.ModelChoiceField)  # noqa: S101 - tells the type checker
        successor.queryset = Agreement.objects.for_user(by).kept().exclude(pk=agreement.pk).order_by("title_en", "pk")
        if name and name != Transition.SUPERSEDE:
            del self.fields["successor"]
        if name and name != Transition.SIGN:
            del self.fields["manner"]

    def run(self) -> Agreement:
        """Take the step."""
        data = self.details(*(name for name in self.fields if name != "on"))
        return lifecycle.perform(self.agreement, self.name, on=self.cleaned_data["on"], by=self.by, **data)


class LateStepForm(StepForm):
    """Records a step that was learnt of late, at its place in the order of life."""

    step = forms.ChoiceField(label=_("Step"))
    after = forms.ModelChoiceField(
        Entry.objects.none(), label=_("It came after"), help_text=_("The entry that it follows in the order of life.")
    )
    field_order = ("step", "after", *StepForm.field_order)

    def __init__(self, agreement: Agreement, by: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(agreement, "", by, *args, **kwargs)
        for name in ("evidence", "manner", "successor"):
            self.fields[name].asked = _("needed for some steps")  # type: ignore[attr-defined]
        rules = agreement.rules
        self.fields["step"].choices = [  # type: ignore[attr-defined]
            (name.value, rules.step_label(name)) for name in Transition if name in rules.transitions
        ]
        after = self.fields["after"]
        assert isinstance(after, forms.ModelChoiceField)  # noqa: S101 - tells the type checker
        entries = Entry.objects.for_user(by).of(agreement).live()
        after.queryset = entries.filter(kind__in=EntryKind.placed()).order_by("position", "sequence")
        after.label_from_instance = lambda entry: (  # type: ignore[assignment, method-assign]
            f"{rules.stage_label(entry.to_stage) if entry.to_stage else entry.get_kind_display()}, {entry.on}"
        )

    def run(self) -> Agreement:
        """Take the step at its place."""
        self.name = self.cleaned_data["step"]
        data = self.details(*(name for name in self.fields if name not in ("on", "step")))
        return lifecycle.perform(self.agreement, self.name, on=self.cleaned_data["on"], by=self.by, **data)


class HoldForm(DatedForm):
    """Puts an agreement on hold, or releases it."""

    reason = forms.CharField(
        label=_("Reason"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = self.fields["reason"]
        reason.required = not self.agreement.on_hold
        reason.error_messages["required"] = REASON_MISSING.sentence

    def run(self) -> Agreement:
        """Hold or release, as the agreement stands."""
        data = self.details("place", "evidence", "source", "certainty")
        reason = self.cleaned_data["reason"]
        if self.agreement.on_hold:
            return lifecycle.release(self.agreement, on=self.cleaned_data["on"], by=self.by, reason=reason, **data)
        return lifecycle.hold(self.agreement, on=self.cleaned_data["on"], by=self.by, reason=reason, **data)


class NoteForm(DatedForm):
    """Records what happened without moving the stage."""

    what = forms.CharField(label=_("What happened"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    round_of_talks = forms.IntegerField(label=_("Round of talks"), min_value=1, max_value=999, required=False)
    field_order = ("on", "what")

    def run(self) -> Entry:
        """Record the note."""
        data = self.details("place", "evidence", "source", "certainty", "round_of_talks")
        return lifecycle.note(
            self.agreement, on=self.cleaned_data["on"], by=self.by, what=self.cleaned_data["what"], **data
        )


class DocumentForm(DatedForm):
    """Records a document by its citation."""

    document = forms.ChoiceField(label=_("Document"), choices=DocumentKind)
    field_order = ("document", "evidence", "on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].required = True

    def run(self) -> Entry:
        """Cite the document."""
        data = self.details("place", "source", "certainty", "evidence")
        return documents.cite(
            self.agreement, self.cleaned_data["document"], on=self.cleaned_data["on"], by=self.by, **data
        )


class ClearanceForm(DatedForm):
    """Records what a body answered when asked to clear a text."""

    body = forms.CharField(label=_("Body"), max_length=200)
    result = forms.ChoiceField(label=_("Answer"), choices=ClearanceResult)
    what = forms.CharField(
        label=_("Remarks"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    field_order = ("body", "result", "on")

    def run(self) -> Entry:
        """Record the answer."""
        data = self.details("place", "evidence", "source", "certainty", "what")
        return tasks.clear(
            self.agreement,
            self.cleaned_data["body"],
            result=self.cleaned_data["result"],
            on=self.cleaned_data["on"],
            by=self.by,
            **data,
        )


class CorrectForm(Operation):
    """Corrects an entry: shows what it says, and replaces it at its place by what is right."""

    on = FuzzyDateFormField(label=_("Date"), help_text=_DATE_HINT)
    name = forms.ChoiceField(label=_("Step"))
    stage = forms.ChoiceField(label=_("Stage"))
    place = forms.CharField(label=_("Place"), max_length=200, required=False)
    evidence = forms.CharField(
        label=_("Evidence"), max_length=300, required=False, help_text=_("Number, date and title of the document.")
    )
    successor = forms.ModelChoiceField(
        Agreement.objects.none(), label=_("Later agreement"), required=False, to_field_name="reference"
    )
    manner = forms.ChoiceField(label=_("Manner"), choices=[("", NO_CHOICE), *Manner.choices], required=False)
    acting = forms.CharField(label=_("Acting party or body"), max_length=200, required=False)
    legal_basis = forms.CharField(label=_("Legal basis"), max_length=300, required=False)
    source = forms.CharField(label=_("Source"), max_length=300, required=False)
    certainty = forms.ChoiceField(label=_("Certainty of the date"), choices=Certainty)
    what = forms.CharField(
        label=_("What happened"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    own_reason = forms.CharField(
        label=_("Reason given in the entry"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    reason = forms.CharField(
        label=_("Reason of the correction"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stands beside the entry as it was recorded, which stays in the journal."),
    )

    def __init__(self, entry: Entry, agreement: Agreement, by: User, *args: Any, **kwargs: Any) -> None:
        self.entry, self.by = entry, by
        data, self.told = journal.data_of(entry), journal.text_of(entry)
        said = {name: worded(self.told.get(name, "")).text for name in ("what", "reason")}
        columns = ("on", "place", "evidence", "legal_basis", "source", "certainty")
        self.present: dict[str, Any] = {name: getattr(entry, name) for name in columns} | {
            "name": entry.transition,
            "stage": entry.to_stage,
            "manner": data.get("manner", ""),
            "acting": data.get("acting", ""),
            "what": said["what"],
            "own_reason": said["reason"],
            "successor": Agreement.objects.for_user(by).filter(pk=data.get("successor")).first(),
        }
        super().__init__(*args, **{"initial": self.present, **kwargs})
        for name in self._strange(agreement):
            del self.fields[name]

    def _strange(self, agreement: Agreement) -> list[str]:
        """Fill the lists that remain with what can be chosen; return the fields that this kind of entry has not."""
        entry, rules = self.entry, agreement.rules
        strange = []
        if entry.kind == EntryKind.STEP:
            self.fields["name"].choices = [  # type: ignore[attr-defined]
                (name.value, rules.step_label(name)) for name in Transition if name in rules.transitions
            ]
        else:
            strange += ["name", "acting"]
        if entry.kind == EntryKind.OPEN:
            self.fields["stage"].choices = [  # type: ignore[attr-defined]
                (stage.value, rules.stage_label(stage)) for stage in Stage if stage in rules.stages
            ]
        else:
            strange.append("stage")
        if entry.transition == Transition.SUPERSEDE:
            later = Agreement.objects.for_user(self.by).kept().exclude(pk=agreement.pk)
            self.fields["successor"].queryset = later.order_by("title_en", "pk")  # type: ignore[attr-defined]
        else:
            strange.append("successor")
        if entry.transition != Transition.SIGN:
            strange.append("manner")
        if entry.kind != EntryKind.HOLD and not self.present["own_reason"]:
            strange.append("own_reason")
        return strange

    def run(self) -> Agreement:
        """Replace the entry by one that says what was given anew."""
        given: dict[str, Any] = {}
        for name in self.fields:
            value = self.cleaned_data[name]
            value = value.replace("\r\n", "\n") if isinstance(value, str) else value
            if name != "reason" and (value or "") != (self.present[name] or ""):
                given[name] = value
        for name, told in (("what", "what"), ("own_reason", "reason")):
            texts = self.told.get(told, "")
            if name in given and not isinstance(texts, str):  # the other languages stay
                given[name] = {**texts, worded(texts).language: given[name]}
        return lifecycle.correct(self.entry, by=self.by, reason=self.cleaned_data["reason"], **given)


class VoidForm(Operation):
    """Strikes an entry out; nothing takes its place."""

    reason = forms.CharField(label=_("Reason"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, entry: Entry, agreement: Agreement, by: User, *args: Any, **kwargs: Any) -> None:
        self.entry, self.agreement, self.by = entry, agreement, by
        super().__init__(*args, **kwargs)

    @cached_property
    def consequences(self) -> lifecycle.Consequences:
        """What would come of it."""
        return lifecycle.consequences(self.entry, self.agreement)

    @property
    def warnings(self) -> list[str]:
        """What would come of it, in sentences."""
        found, rules = self.consequences, self.agreement.rules
        told = []
        if found.closes:
            told.append(
                ngettext(
                    "This entry opens the record. To void it closes the whole record, with one other entry: "
                    "the agreement then shows in no list and in no report.",
                    "This entry opens the record. To void it closes the whole record, with %(count)s other entries: "
                    "the agreement then shows in no list and in no report.",
                    found.others,
                )
                % {"count": found.others}
            )
        if found.stage:
            told.append(
                gettext("The agreement goes back to the stage “%(stage)s”.") % {"stage": rules.stage_label(found.stage)}
            )
        if found.resting:
            steps = "; ".join(f"{rules.step_label(step.transition)}, {step.on}" for step in found.resting)
            told.append(gettext("Recorded later, and perhaps resting on this entry: %(steps)s.") % {"steps": steps})
        return [*told, gettext("The entry stays in the journal, struck out. To void it cannot be undone.")]

    def run(self) -> Agreement:
        """Void the entry."""
        return lifecycle.void(self.entry, by=self.by, reason=self.cleaned_data["reason"])


class ColumnsForm(Operation):
    """Changes columns of an agreement; it does not overwrite what somebody else wrote meanwhile."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, agreement: Agreement, by: User, *args: Any, **kwargs: Any) -> None:
        self.agreement, self.by, self.names = agreement, by, self.open_for(agreement)
        initial = {name: getattr(agreement, name) for name in self.names} | {"seen_version": agreement.version}
        super().__init__(*args, **{"initial": initial, **kwargs})
        for name in set(self.fields) - {*self.names, "seen_version"}:
            del self.fields[name]

    @staticmethod
    def open_for(agreement: Agreement) -> list[str]:
        """Return the columns that can be changed at the stage of an agreement; overridden."""
        raise NotImplementedError

    def run(self) -> Agreement:
        """Change the record. Raises Refused where somebody else has written to it since the form was opened."""
        with registers.editing(self.agreement, by=self.by) as fresh:
            if fresh.version != self.cleaned_data["seen_version"]:
                raise Refused(WRITTEN_MEANWHILE)
            for name in self.names:
                setattr(fresh, name, self.cleaned_data[name])
        return fresh


class PlansForm(ColumnsForm):
    """Changes the planned dates of an agreement."""

    planned_signing = FuzzyDateFormField(label=_("Planned signing"), required=False, help_text=_DATE_HINT)
    planned_entry_into_force = FuzzyDateFormField(
        label=_("Planned entry into force"), required=False, help_text=_DATE_HINT
    )

    @staticmethod
    def open_for(agreement: Agreement) -> list[str]:
        """Return the dates that can still be planned."""
        if agreement.group not in (Group.PREPARING, Group.CONCLUDED):
            return []
        return ["planned_signing"] * (agreement.group == Group.PREPARING) + ["planned_entry_into_force"]


def _number(label: Any, column: str, largest: int) -> forms.IntegerField:
    """Return the field of a column that counts from one, with the words that the column has of its own."""
    hint = getattr(Agreement._meta.get_field(column), "help_text", "")
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=largest, help_text=hint)


class ValidityForm(ColumnsForm):
    """Changes the period of an agreement: its first and last day, its renewal, the notice against that."""

    valid_from = DayField(label=_("Valid from"), required=False)
    valid_until = DayField(
        label=_("Valid until"),
        required=False,
        help_text=_("The last day of validity; of what is renewed, that of the first period."),
    )
    renewal_years = _number(_("Tacit renewal, in years"), "renewal_years", LONGEST_RENEWAL)
    notice_months = _number(_("Notice against renewal, in months"), "notice_months", LONGEST_NOTICE)

    @staticmethod
    def open_for(agreement: Agreement) -> list[str]:
        """Return all of the period: it is known before signing, and may have to be put right after its end."""
        return ["valid_from", "valid_until", "renewal_years", "notice_months"]


def procedure_choices(extra: str) -> list[tuple[str, str]]:
    """Return the procedures by title in the reader's language; an empty choice lets the kind decide."""
    known = procedures.load(extra)
    return [("", NO_CHOICE), *((code, rules.title[active_language()]) for code, rules in known.items())]


class ProposalForm(Operation):
    """Opens the record of an agreement: a proposal, or an agreement that is mid-life."""

    title_en = forms.CharField(
        label=_("Title in English"),
        max_length=500,
        required=False,
        help_text=_("Give a title in one language at least."),
    )
    title_ru = forms.CharField(label=_("Title in Russian"), max_length=500, required=False)
    title_kk = forms.CharField(label=_("Title in Kazakh"), max_length=500, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=InstrumentKind)
    parties = forms.ModelMultipleChoiceField(
        Party.objects.none(), label=_("Participants"), to_field_name="code", widget=forms.CheckboxSelectMultiple
    )
    areas = forms.ModelMultipleChoiceField(
        Area.objects.none(), label=_("Areas"), to_field_name="code", widget=forms.CheckboxSelectMultiple
    )
    in_the_name_of = forms.ChoiceField(
        label=_("Concluded in the name of"), choices=InTheNameOf, initial=InTheNameOf.GOVERNMENT
    )
    level = forms.ChoiceField(label=_("Level of confidentiality"), choices=Level, initial=Level.INTERNAL)
    lead_unit = forms.ModelChoiceField(Unit.objects.none(), label=_("Lead unit"), required=False, to_field_name="code")
    stage = forms.ChoiceField(
        label=_("Stage"), choices=Stage, initial=Stage.PROPOSED, help_text=_("The stage at which the record begins.")
    )
    procedure = forms.ChoiceField(
        label=_("Procedure"), required=False, help_text=_("Leave empty to take the usual one for this kind.")
    )
    on = FuzzyDateFormField(label=_("In this stage since"), help_text=_DATE_HINT)
    source = forms.CharField(label=_("Source"), max_length=300, required=False)

    def __init__(self, by: User, procedures_dir: str, *args: Any, **kwargs: Any) -> None:
        self.by = by
        initial: dict[str, Any] = kwargs.setdefault("initial", {})
        initial.setdefault("on", FuzzyDate.of_day(clock.today()))
        super().__init__(*args, **kwargs)
        querysets: Mapping[str, Any] = {
            "parties": Party.objects.for_user(by),
            "areas": Area.objects.for_user(by),
            "lead_unit": Unit.objects.for_user(by),
        }
        for name, queryset in querysets.items():
            self.offer(name, queryset)
        self.fields["level"].choices = [  # type: ignore[attr-defined]
            (level.value, level.label) for level in Level.up_to(by.access_level)
        ]
        self.fields["procedure"].choices = procedure_choices(procedures_dir)  # type: ignore[attr-defined]

    def run(self) -> Agreement:
        """Open the record."""
        data = self.cleaned_data
        return lifecycle.open(
            lifecycle.Proposal(
                titles={language: data[f"title_{language}"] for language in ("en", "ru", "kk")},
                kind=data["kind"],
                procedure=data["procedure"],
                stage=data["stage"],
                areas=list(data["areas"]),
                participants=[(party, Role.NEGOTIATING) for party in data["parties"]],
                columns={name: data[name] for name in ("in_the_name_of", "level", "lead_unit")},
            ),
            by=self.by,
            on=data["on"],
            source=data["source"],
        )


class AdoptionForm(Operation):
    """Moves an agreement to the version of its procedure that is in use today."""

    reason = forms.CharField(label=_("Reason"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    digest = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, agreement: Agreement, by: User, *args: Any, **kwargs: Any) -> None:
        self.agreement, self.by = agreement, by
        present = lifecycle.in_use(agreement)
        super().__init__(*args, **{"initial": {"digest": present.digest if present else ""}, **kwargs})
        self.fields["reason"].error_messages["required"] = REASON_MISSING.sentence

    def run(self) -> Agreement:
        """Move it. Raises Refused where another version came into use since the page was opened."""
        data = self.cleaned_data
        return lifecycle.adopt(self.agreement, by=self.by, reason=data["reason"], digest=data["digest"])
