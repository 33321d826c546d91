"""The journal in JSON: events as the reader may know them, and what can be recorded."""

from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from agreements import changes, documents, journal, lifecycle, participation, redaction, tasks, timeline
from agreements.api.fields import Choice, Code, Coded, Flag, Number, Only, Sentence, Text, When, longest, unknown
from agreements.api.serializers.base import Moment, Reading, Writing
from agreements.choices import (
    ActionKind,
    Certainty,
    ClearanceResult,
    DocumentKind,
    EntryKind,
    Manner,
    Origin,
    ShareEvent,
    SignatureManner,
    Stage,
    TaskEvent,
    Transition,
)
from agreements.guards import Refused
from agreements.models import Agreement, Entry, Party, User
from agreements.registers import TEXT_LENGTH


# ---- reading ----
class WordedSerializer(Reading):
    """A text, and the language it is in."""

    text = serializers.CharField()
    language = serializers.CharField(help_text="en, ru or kk; empty where it is not known.")


class ChangeSerializer(Reading):
    """A field that was changed."""

    field = serializers.CharField(help_text="As in the agreement: valid_until, title.ru.")
    before = serializers.JSONField()
    after = serializers.JSONField()


class EventSerializer(Reading):
    """One entry of the journal of an agreement."""

    id = serializers.UUIDField()
    sequence = serializers.IntegerField(help_text="Place in the order of recording.")
    position = serializers.IntegerField(allow_null=True, help_text="Place in the order of life, where it has one.")
    kind = Choice(EntryKind)
    label = serializers.CharField(help_text="In the reader’s language.")  # type: ignore[assignment]
    on = When()
    certainty = Choice(Certainty)
    stated_elsewhere = When(allow_null=True)
    stated_by = serializers.CharField()
    recorded_at = Moment()
    recorded_by = serializers.CharField(source="actor_name")
    origin = Choice(Origin)
    transition = Choice(Transition, allow_blank=True)
    from_stage = Choice(Stage, allow_blank=True)
    to_stage = Choice(Stage, allow_blank=True)
    text = serializers.IntegerField(help_text="The number of the text it belongs to.")
    what = WordedSerializer()
    reason = WordedSerializer()
    remarks = WordedSerializer(help_text="What was remarked when a task was done.")
    place = serializers.CharField()
    legal_basis = serializers.CharField()
    evidence = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    manner = Choice(Manner, SignatureManner, allow_blank=True, help_text="Of a step, or of the signature of one party.")
    acting = serializers.CharField()
    out_of_procedure = serializers.BooleanField()
    unmet = serializers.ListField(
        child=serializers.CharField(), help_text="Codes of the requirements that were set aside."
    )
    retroactive = serializers.BooleanField()
    successor = Code("reference", allow_null=True)
    round_of_talks = serializers.IntegerField(allow_null=True)
    document = Choice(DocumentKind, allow_null=True)
    party = serializers.CharField(allow_null=True)
    act = Choice(ActionKind, allow_null=True)
    received = When(allow_null=True, help_text="The day on which the depositary, or the other side, received it.")
    effective = When(allow_null=True, help_text="The day of effect that a source states.")
    scope = WordedSerializer(help_text="What of the agreement an act concerns; empty: the whole.")
    target = serializers.UUIDField(
        allow_null=True, help_text="The entry of the act that this one withdraws, confirms or objects to."
    )
    body = serializers.CharField(allow_null=True)
    result = Choice(ClearanceResult, allow_null=True)
    task = serializers.UUIDField(allow_null=True, help_text="Of a task, which one; `what` is its title.")
    event = Choice(TaskEvent, allow_null=True, help_text="What happened to the task.")
    share = serializers.UUIDField(allow_null=True, help_text="Of a share, which one.")
    share_event = Choice(ShareEvent, allow_null=True, help_text="What happened to the share.")
    on_behalf_of = serializers.CharField(help_text="In whose place it was recorded; empty: in the recorder’s own.")
    redacted = serializers.BooleanField()
    voided = serializers.BooleanField(help_text="Corrected by a later entry.")
    voided_because = WordedSerializer()
    voids = serializers.UUIDField(allow_null=True, help_text="The entry that this one corrects.")
    replaces = serializers.UUIDField(allow_null=True, help_text="The entry whose place this one took.")
    changes = ChangeSerializer(many=True)


class CorrectionSerializer(Reading):
    """What a correction wrote: the entry that voids, and the one that took the place of what was voided."""

    void = EventSerializer()
    replacement = EventSerializer(allow_null=True)


#: What the data of an entry say under the same name.
_SAID = ("document", "party", "act", "target", "body", "result", "task", "event", "share", "share_event")


def tell(
    entries: Sequence[Entry],
    agreement: Agreement,
    *,
    user: User,
    voids: Iterable[Entry] = (),
    hidden: changes.Hidden | None = None,
) -> list[SimpleNamespace]:
    """Return entries of one agreement as `EventSerializer` reads them; `voids` are later corrections of them.

    `hidden` is what the user may not know of the whole chain, where the caller has asked for it.
    """
    told = {event.id: event for event in timeline.events([*entries, *voids], agreement, user=user)}
    unseen = hidden or changes.hidden(Entry.objects.of(agreement), user)
    return spell([(entry, told[entry.pk], unseen.number(entry)) for entry in entries if entry.pk in told])


def spell(told: Iterable[tuple[Entry, timeline.Event, int]]) -> list[SimpleNamespace]:
    """Return entries with their events, and their numbers as the reader counts, as `EventSerializer` reads them."""
    kept = list(told)
    named = [event.changes.get(name, ()) for _entry, event, _number in kept for name in ("officer", "person")]
    officers = {key for keys in named for key in keys if key}
    known = User.objects.filter(pk__in=officers) if officers else ()
    usernames = {str(officer.pk): officer.username for officer in known}
    return [
        SimpleNamespace(
            **vars(event)
            | {
                "sequence": number,
                "manner": journal.data_of(entry).get("manner", ""),
                "round_of_talks": event.data.get("round"),
                "unmet": event.data.get("unmet", []),
                "voids": entry.voids_id,
                "replaces": event.replaces or None,
                "changes": changes.raw(event.changes, usernames),
            }
            | {name: event.data.get(name) for name in _SAID}
        )
        for entry, event, number in kept
    ]


# ---- writing ----
def _column(name: str) -> Text:
    return Text(max_length=longest(Entry, name), required=False, allow_blank=True)


class EntryInput(Writing):
    """What every entry can say of itself."""

    what = Sentence(max_length=TEXT_LENGTH, required=False)
    place = _column("place")
    legal_basis = _column("legal_basis")
    evidence = _column("evidence")
    source = _column("source")  # type: ignore[assignment]
    certainty = Choice(Certainty, required=False)
    stated_elsewhere = When(required=False, allow_null=True)
    stated_by = _column("stated_by")


class _Placed(EntryInput):
    """What is said of an entry that has a place in the order of life."""

    on = When()
    origin = Choice(Origin, required=False)
    after: serializers.Field = serializers.UUIDField(
        required=False, help_text="The entry of the journal behind which it stands."
    )

    def validate_after(self, key: UUID) -> Entry:
        """Return the entry. Raises ValidationError unless it has a place in the life of this agreement."""
        agreement, user = self.context["agreement"], self.context["request"].user
        entry: Entry | None = Entry.objects.for_user(user).of(agreement).filter(pk=key, position__isnull=False).first()
        if entry is None:
            raise ValidationError([unknown(key)])
        return entry


def _act(context: Mapping[str, Any], key: UUID) -> Entry:
    """Return the entry of an act of the agreement. Raises ValidationError for anything else."""
    agreement, user = context["agreement"], context["request"].user
    entry: Entry | None = Entry.objects.for_user(user).of(agreement).filter(pk=key, kind=EntryKind.ACTION).first()
    if entry is None:
        raise ValidationError([unknown(key)])
    return entry


class _Act(Writing):
    """What can be said of an act beside who did what on which day."""

    received = When(required=False, allow_null=True, help_text="Received by the depositary, or the other side, on.")
    effective = When(required=False, allow_null=True, help_text="The day of effect that a source states.")
    scope = Sentence(max_length=TEXT_LENGTH, required=False, help_text="What of the agreement it concerns; else all.")
    target: serializers.Field = serializers.UUIDField(
        required=False, allow_null=True, help_text="The entry of the act that it withdraws, confirms or objects to."
    )

    def validate_target(self, key: UUID | None) -> Entry | None:
        """Return the act. Raises ValidationError for what is no act of this agreement."""
        return None if key is None else _act(self.context, key)


class _Step(Writing):
    """What can be said of a step beside its date and its evidence."""

    manner = Choice(Manner, required=False, allow_blank=True)
    acting = Text(max_length=200, required=False, allow_blank=True, help_text="The party or body that acted.")
    successor: serializers.Field = Coded(
        lambda user: Agreement.objects.for_user(user).kept(), "reference", named=False, required=False
    )
    out_of_procedure = Flag(required=False)


class StepInput(_Placed, _Step):
    """One step of an agreement."""

    transition = Choice(Transition)
    reason = Sentence(max_length=TEXT_LENGTH, required=False)

    def write(self, agreement: Agreement, by: User) -> Entry:
        """Take the step."""
        details = dict(self.validated_data)
        name, on = details.pop("transition"), details.pop("on")
        return lifecycle.perform_recorded(agreement, name, on=on, by=by, **details)


class HoldInput(_Placed):
    """A hold."""

    reason = Sentence(max_length=TEXT_LENGTH)

    def write(self, agreement: Agreement, by: User) -> Agreement:
        """Put the agreement on hold."""
        return lifecycle.hold(agreement, by=by, **self.validated_data)


class ReleaseInput(_Placed):
    """The end of a hold."""

    reason = Sentence(max_length=TEXT_LENGTH, required=False)

    def write(self, agreement: Agreement, by: User) -> Agreement:
        """Release the agreement."""
        return lifecycle.release(agreement, by=by, **self.validated_data)


class LegalHoldInput(Writing):
    """Whether an agreement is under a legal hold from now on, and why."""

    legal_hold = Flag(help_text="true sets the hold, false lifts it.")
    reason = Text(max_length=TEXT_LENGTH)

    def write(self, agreement: Agreement, by: User) -> Agreement:
        """Set the hold, or lift it."""
        act = lifecycle.preserve if self.validated_data["legal_hold"] else lifecycle.end_preserving
        return act(agreement, by=by, reason=self.validated_data["reason"])


class RedactionInput(Writing):
    """Why the free text of an entry is removed for good."""

    reason = Text(max_length=TEXT_LENGTH, help_text="It is kept in the journal, and is not to repeat what is removed.")

    def write(self, entry: Entry, by: User) -> Entry:
        """Remove the text. Raises Refused."""
        if reasons := redaction.objections(entry):
            raise Refused(*reasons)
        return redaction.redact(entry, by=by, reason=self.validated_data["reason"])


class AdoptionInput(Writing):
    """A move to the version of the procedure that is in use today."""

    reason = Sentence(max_length=TEXT_LENGTH)
    on = When(required=False, help_text="Else today.")
    digest = Text(
        max_length=64, required=False, help_text="The version that you compared; refused where another is in use."
    )

    def write(self, agreement: Agreement, by: User) -> Agreement:
        """Move the agreement."""
        return lifecycle.adopt(agreement, by=by, **self.validated_data)


class Mending(models.TextChoices):
    """What is done to an entry that is wrong."""

    VOID = "void", "void"
    CORRECT = "correct", "correct"


class VoidInput(EntryInput, _Step, _Act):
    """Mends the journal: `void` strikes an entry out, `correct` replaces it at its place by what is given anew."""

    #: What is said of acts of participants alone, and what of everything else alone.
    OF_ACTS: ClassVar[tuple[str, ...]] = ("act", "party", "received", "effective", "scope", "target")
    OF_OTHERS: ClassVar[tuple[str, ...]] = ("name", "stage", "acting", "successor")

    mode = Choice(Mending, help_text="void: it never happened. correct: it happened, but otherwise; say how.")
    reason = Text(max_length=TEXT_LENGTH)
    on = When(required=False)
    name = Choice(Transition, required=False, help_text="The right step.")
    stage = Choice(Stage, required=False, help_text="The right stage of an opening.")
    act = Choice(ActionKind, required=False, help_text="What the participant did.")
    party = Coded(Party.objects.for_user, required=False, help_text="The participant that acted.")
    manner = Choice(Manner, SignatureManner, required=False, allow_blank=True)
    own_reason = Sentence(max_length=TEXT_LENGTH, required=False, help_text="The reason of the step or act itself.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse values beside a void, and those that the entry cannot hold: they would be lost in silence."""
        if attrs["mode"] == Mending.VOID:
            sentence = _("Nothing takes the place of a voided entry. To replace it, send “mode”: “correct”.")
            lost = {name: [sentence] for name in attrs if name not in ("mode", "reason")}
        else:
            is_act = self.context["entry"].kind == EntryKind.ACTION
            sentence = _("This is not said of an act.") if is_act else _("This is said of acts of participants only.")
            lost = {name: [sentence] for name in (self.OF_OTHERS if is_act else self.OF_ACTS) if name in attrs}
            manners = (SignatureManner if is_act else Manner).values
            if attrs.get("manner") and attrs["manner"] not in manners:
                lost["manner"] = [unknown(attrs["manner"], manners)]
        if lost:
            raise ValidationError(lost)
        return attrs

    def write(self, entry: Entry, by: User) -> int:
        """Void the entry, or replace it; return the number of the last entry that this wrote."""
        given = dict(self.validated_data)
        if given.pop("mode") == Mending.VOID:
            return lifecycle.void(entry, by=by, **given).version
        if entry.kind == EntryKind.ACTION and len(given) > 1:
            if "act" in given:
                given["kind"] = given.pop("act")
            return participation.correct(entry, by=by, **given).sequence
        return lifecycle.correct(entry, by=by, **given).version


def details_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a body says of an entry that moves no stage, under the names that operations take."""
    names = {"text": "text_number"}
    return {names.get(name, name): value for name, value in given.items() if name != "kind"}


class _Recorded(EntryInput):
    """What every entry that moves no stage can say."""

    on = When()
    origin = Choice(Origin, required=False)
    text = Number(min_value=1, max_value=32767, required=False, help_text="The text it belongs to; else the present.")

    @property
    def _details(self) -> dict[str, Any]:
        return details_of(self.validated_data)

    def write(self, agreement: Agreement, by: User) -> Entry:
        """Record it; overridden."""
        raise NotImplementedError


class NoteInput(_Recorded):
    """What happened without moving the stage."""

    kind = Only(EntryKind.NOTE)
    what = Sentence(max_length=TEXT_LENGTH)
    round_of_talks = Number(min_value=1, max_value=999, required=False)

    def write(self, agreement: Agreement, by: User) -> Entry:
        """Record the note."""
        return lifecycle.note(agreement, by=by, **self._details)


class DocumentInput(_Recorded):
    """A document by its citation."""

    kind = Only(EntryKind.DOCUMENT)
    document = Choice(DocumentKind)
    evidence = Text(max_length=300, help_text="Number, date and title of the document.")

    def write(self, agreement: Agreement, by: User) -> Entry:
        """Cite the document."""
        details = self._details
        return documents.cite(agreement, details.pop("document"), by=by, **details)


class ClearanceInput(_Recorded):
    """What a body answered when asked to clear the text."""

    kind = Only(EntryKind.CLEARANCE)
    body = Text(max_length=200)
    result = Choice(ClearanceResult)

    def write(self, agreement: Agreement, by: User) -> Entry:
        """Record the answer."""
        details = self._details
        return tasks.clear(agreement, details.pop("body"), by=by, **details)


class ActInput(_Recorded, _Act):
    """An act of a participant."""

    party: serializers.Field = Coded(Party.objects.for_user)
    act = Choice(ActionKind)
    manner = Choice(SignatureManner, required=False, allow_blank=True, help_text="Of a signature.")
    reason = Sentence(max_length=TEXT_LENGTH, required=False)
    out_of_procedure = Flag(required=False, help_text="It happened although it does not fit; give a reason.")

    def write(self, agreement: Agreement, by: User) -> Entry:
        """Record the act."""
        details = self._details
        return participation.act(agreement, details.pop("party"), details.pop("act"), by=by, **details)


class ActionInput(ActInput):
    """An act of a participant, among the other entries of the journal."""

    kind = Only(EntryKind.ACTION)


#: What the journal takes, by kind.
RECORDED: dict[str, type[_Recorded]] = {
    EntryKind.NOTE.value: NoteInput,
    EntryKind.DOCUMENT.value: DocumentInput,
    EntryKind.CLEARANCE.value: ClearanceInput,
    EntryKind.ACTION.value: ActionInput,
}


def recorded(data: Any, context: Mapping[str, Any]) -> _Recorded:
    """Return the serializer for what is to be recorded. Raises ValidationError for a kind that none takes."""
    kind = data.get("kind", "") if isinstance(data, Mapping) else EntryKind.NOTE.value
    if not isinstance(kind, str) or kind not in RECORDED:
        raise ValidationError({"kind": [unknown(kind, RECORDED)]})
    return RECORDED[kind](data=data, context=dict(context))
