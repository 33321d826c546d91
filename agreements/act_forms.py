"""Forms about the acts of participants and the clause: each asks for what this kind of act needs, and for no more."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.functional import cached_property
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from agreements import entry_into_force, journal, jsontext, participation, registers, tracking
from agreements.choices import ActionKind, Certainty, PartyKind, Role, SignatureManner
from agreements.clock import today
from agreements.dates import FuzzyDate
from agreements.forms import WRITTEN_MEANWHILE, DatedForm, Operation
from agreements.guards import Reason, Refused
from agreements.models import Agreement, Entry, Party, User
from agreements.models.base import FuzzyDateFormField, plain
from agreements.tracks import Act
from agreements.words import LANGUAGES, alphabetical, pick, worded

#: The kinds of acts in the order of an agreement's life, as the first step offers them.
GROUPS: tuple[tuple[Any, tuple[ActionKind, ...]], ...] = (
    (_("Before signing"), (ActionKind.FULL_POWERS, ActionKind.FULL_POWERS_NOT_REQUIRED, ActionKind.INITIALLING)),
    (
        pgettext_lazy("group of acts", "Signing"),
        (ActionKind.SIGNATURE, ActionKind.CONFIRMATION, ActionKind.SUBSEQUENT_CONFIRMATION),
    ),
    (
        _("Consent to be bound"),
        (
            ActionKind.SUBMISSION,
            ActionKind.RATIFICATION,
            ActionKind.ACCEPTANCE,
            ActionKind.APPROVAL,
            ActionKind.ACCESSION,
            ActionKind.SUCCESSION,
            ActionKind.FORMAL_CONFIRMATION,
            ActionKind.NOTIFICATION,
            ActionKind.PROVISIONAL_APPLICATION,
        ),
    ),
    (
        _("Reservations and declarations"),
        (ActionKind.RESERVATION, ActionKind.DECLARATION, ActionKind.OBJECTION),
    ),
    (
        _("After that"),
        (ActionKind.SUSPENSION, ActionKind.DENUNCIATION, ActionKind.REJOINING, ActionKind.WITHDRAWAL),
    ),
)
#: What needs a word of explanation when it is chosen.
HINTS: Mapping[ActionKind, Any] = {
    ActionKind.FULL_POWERS_NOT_REQUIRED: _("Say whose office, practice or circumstances make them unnecessary."),
    ActionKind.SUBMISSION: _("The agreement was laid before parliament; no consent is given by it yet."),
    ActionKind.ACCESSION: _("By a state or organisation that did not sign."),
    ActionKind.FORMAL_CONFIRMATION: _("What ratification is for a state, for an international organisation."),
    ActionKind.NOTIFICATION: _("That the procedures required for the entry into force are completed."),
    ActionKind.PROVISIONAL_APPLICATION: _("Of the whole agreement or of a part, before it is in force."),
    ActionKind.OBJECTION: _("To another party’s reservation."),
    ActionKind.REJOINING: _("By a party that had left."),
    ActionKind.WITHDRAWAL: _("Of a signature, an instrument, a reservation, an objection or a notice."),
}
_CONSENTS = tuple(ActionKind.consents())
#: Which details a kind of act asks for beside the date, the evidence and the source.
_RECEIVED = (
    *_CONSENTS,
    ActionKind.CONFIRMATION,
    ActionKind.RESERVATION,
    ActionKind.DECLARATION,
    ActionKind.OBJECTION,
    ActionKind.DENUNCIATION,
    ActionKind.SUSPENSION,
    ActionKind.WITHDRAWAL,
)
_EFFECTIVE = (
    *_CONSENTS,
    ActionKind.PROVISIONAL_APPLICATION,
    ActionKind.DENUNCIATION,
    ActionKind.SUSPENSION,
    ActionKind.WITHDRAWAL,
)
_SCOPE = (ActionKind.PROVISIONAL_APPLICATION, ActionKind.RESERVATION, ActionKind.DECLARATION, ActionKind.SUSPENSION)


def asks_for(kind: str) -> frozenset[str]:
    """Return the details that a kind of act asks for: who, and what of received, effective, manner, scope, target."""
    found = {"received": _RECEIVED, "effective": _EFFECTIVE, "scope": _SCOPE, "manner": (ActionKind.SIGNATURE,)}
    asked = {name for name, kinds in found.items() if kind in kinds}
    asked |= {"target"} if kind in ActionKind.aimed() else set()
    # A party confirms and withdraws its own acts: the act says whose.
    return frozenset(asked | ({"parties"} if kind not in ActionKind.aimed() or kind == ActionKind.OBJECTION else set()))


class Details(forms.Form):
    """The details that only some kinds of acts ask for."""

    received = FuzzyDateFormField(
        label=_("Received"),
        required=False,
        help_text=_("The day on which the depositary or the other side received it, if it is another day."),
    )
    effective = FuzzyDateFormField(
        label=_("Takes effect"), required=False, help_text=_("Only where a source states the day.")
    )
    manner = forms.ChoiceField(
        label=_("What the signature does"),
        choices=[("", _("not stated")), *SignatureManner.choices],
        required=False,
    )
    scope = forms.CharField(
        label=_("What it concerns"),
        max_length=registers.TEXT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The provisions concerned. Leave empty if it is the whole agreement."),
    )


class ActsForm(DatedForm, Details):
    """Records an act of one participant, or the same act of several on one day."""

    parties = forms.ModelMultipleChoiceField(
        Party.objects.none(),
        label=_("Who"),
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Several at once where act, day and source are the same; each has an entry of its own."),
    )
    newcomer = forms.ModelChoiceField(
        Party.objects.none(),
        label=_("A party that joins by this act"),
        to_field_name="code",
        required=False,
        empty_label="—",
        help_text=_("It takes no part yet; the act makes it a participant."),
    )
    target = forms.ChoiceField(label=_("Which act it concerns"))
    what = forms.CharField(
        label=_("Remarks"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    out_of_procedure = forms.BooleanField(
        label=_("Record out of procedure"),
        required=False,
        help_text=_("It happened although it does not fit what is recorded. Give the reason; it will be marked."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only for what is recorded out of procedure."),
    )
    field_order = (
        "target", "parties", "newcomer", "on", "received", "effective", "manner", "scope", "evidence", "source",
        "place", "certainty", "what", "out_of_procedure", "reason",
    )  # fmt: skip

    def __init__(self, agreement: Agreement, kind: str, by: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(agreement, by, *args, **kwargs)
        self.kind = ActionKind(kind)
        asked = asks_for(kind)
        for name in ("parties", "target", "received", "effective", "manner", "scope"):
            if name not in asked:
                del self.fields[name]
        if "parties" in asked:
            self._offer_parties()
        else:
            del self.fields["newcomer"]
        if "target" in asked:
            offered = [("", "—"), *((act.id, self.told(act)) for act in self.targets)]
            cast(forms.ChoiceField, self.fields["target"]).choices = offered
        if kind == ActionKind.FULL_POWERS_NOT_REQUIRED:
            self.fields["what"].label = _("Why they are not required")
            self.fields["what"].help_text = _("The office of the person, or the practice or circumstances relied on.")
            cast(Any, self.fields["what"]).asked = _("needed, unless the evidence says it")

    def _offer_parties(self) -> None:
        parties = cast(forms.ModelMultipleChoiceField, self.fields["parties"])
        acting = [role.value for role in Role if role.acts]
        parties.queryset = Party.objects.for_user(self.by).filter(
            participations__agreement=self.agreement, participations__role__in=acting
        )
        # The own side and organisations first, as in the table of participants.
        named = sorted(
            parties.queryset,
            key=lambda party: (
                party.code != settings.OWN_SIDE,
                party.kind != PartyKind.ORGANISATION,
                alphabetical(pick(party.names).text),
            ),
        )
        parties.choices = [(party.code, pick(party.names).text) for party in named]

        if self.kind in participation.joining(self.agreement):
            parties.required = False
            taking = self.agreement.participants.values("party")
            self.offer("newcomer", Party.objects.for_user(self.by).exclude(pk__in=taking))
        else:
            del self.fields["newcomer"]

    def clean(self) -> dict[str, Any] | None:
        """Ask for somebody who did it."""
        data = super().clean()
        named = self.cleaned_data.get("parties") or self.cleaned_data.get("newcomer")
        if "newcomer" in self.fields and not named and not self.errors.keys() & {"parties", "newcomer"}:
            self.add_error("parties", self.fields["parties"].error_messages["required"])
        return data

    # ---- what can be meant ----
    @cached_property
    def tracked(self) -> tracking.Tracked:
        """The acts that are recorded."""
        return tracking.tracked([self.agreement], today())[self.agreement.pk]

    @cached_property
    def targets(self) -> list[Act]:
        """The acts that this one can concern, the latest first."""
        gone = {act.target for act in self.tracked.acts if act.kind == ActionKind.WITHDRAWAL}
        found = [
            act
            for act in self.tracked.acts
            if act.id and not act.id.startswith(tracking.IMPLIED) and act.id not in gone and self._fits(act)
        ]
        return sorted(found, key=lambda act: (act.on.earliest, act.party), reverse=True)

    def _fits(self, act: Act) -> bool:
        match self.kind:
            case ActionKind.OBJECTION:
                return act.kind == ActionKind.RESERVATION
            case ActionKind.CONFIRMATION:
                return act.kind == ActionKind.SIGNATURE and act.manner == SignatureManner.AD_REFERENDUM
            case _:
                return True

    def told(self, act: Act) -> str:
        """Write an act as the list of acts shows it."""
        party = self.tracked.participants.get(act.party)
        name = (pick(party.names).text if party else "") or act.party
        return f"{act.kind.label}: {name}, {act.on}"

    # ---- recording ----
    def run(self) -> list[Entry]:
        """Record the act of each party; all of them or, with every reason, none."""
        data = self.details("received", "effective", "manner", "scope", "place", "evidence", "source", "certainty",
                            "what", "out_of_procedure", "reason")  # fmt: skip
        target = self.cleaned_data.get("target")
        with transaction.atomic():
            series = participation.Series(self.agreement, by=self.by)
            reasons: list[Reason] = []
            for party in self._parties(target):
                try:
                    series.take(party, self.kind, on=self.cleaned_data["on"], target=target or "", **data)
                except Refused as refusal:
                    reasons += refusal.reasons
            if reasons:
                raise Refused(*_once(reasons))
            return series.finish()

    def _parties(self, target: str | None) -> Iterable[Party]:
        if "parties" in self.fields:
            newcomer = self.cleaned_data.get("newcomer")
            return [*self.cleaned_data["parties"], *([newcomer] if newcomer else [])]
        (code,) = [act.party for act in self.targets if act.id == target]
        return Party.objects.for_user(self.by).filter(code=code)


def _once(reasons: Sequence[Reason]) -> Iterator[Reason]:
    """Yield every sentence once, at the field of this form that it concerns."""
    seen: set[str] = set()
    for reason in reasons:
        if reason.sentence not in seen:
            seen.add(reason.sentence)
            yield replace(reason, asked="parties") if reason.asked == "party" else reason


class CorrectActForm(Operation, Details):
    """Corrects an act: shows what it says, and replaces it by what is right."""

    act = forms.ChoiceField(label=_("Act"))
    party = forms.ModelChoiceField(Party.objects.none(), label=_("Party"), to_field_name="code")
    on = FuzzyDateFormField(label=_("Date"))
    evidence = forms.CharField(label=_("Evidence"), max_length=300, required=False)
    source = forms.CharField(label=_("Source"), max_length=300, required=False)
    place = forms.CharField(label=_("Place"), max_length=200, required=False)
    certainty = forms.ChoiceField(label=_("Certainty of the date"), choices=Certainty)
    what = forms.CharField(
        label=_("Remarks"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    reason = forms.CharField(
        label=_("Reason of the correction"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stands beside the entry as it was recorded, which stays in the journal."),
    )
    field_order = ("act", "party", "on", "received", "effective", "manner", "scope", "evidence", "source", "place",
                   "certainty", "what", "reason")  # fmt: skip

    def __init__(self, entry: Entry, agreement: Agreement, by: User, *args: Any, **kwargs: Any) -> None:
        self.entry, self.by = entry, by
        data, self.texts = journal.data_of(entry), journal.text_of(entry)
        columns = ("on", "evidence", "source", "place", "certainty")
        self.present: dict[str, Any] = {name: getattr(entry, name) for name in columns} | {
            "act": data["act"],
            "party": data["party"],
            "received": FuzzyDate.parse(data["received"]) if data.get("received") else None,
            "effective": FuzzyDate.parse(data["effective"]) if data.get("effective") else None,
            "manner": data.get("manner", ""),
            "scope": worded(data.get("scope", "")).text,
            "what": worded(self.texts.get("what", "")).text,
        }
        self.scopes = data.get("scope", "")
        super().__init__(*args, **{"initial": self.present, **kwargs})
        aimed = data["act"] in ActionKind.aimed()
        kinds = [ActionKind(data["act"])] if aimed else [kind for kind in ActionKind if kind not in ActionKind.aimed()]
        cast(forms.ChoiceField, self.fields["act"]).choices = [(kind.value, kind.label) for kind in kinds]
        self.offer("party", Party.objects.for_user(by).filter(participations__agreement=agreement))
        asked = asks_for(data["act"])
        for name in ("received", "effective", "manner", "scope"):
            if name not in asked and not self.present[name]:
                del self.fields[name]

    def run(self) -> Entry:
        """Replace the act by one that says what was given anew."""
        given: dict[str, Any] = {}
        for name in self.fields:
            value = self.cleaned_data[name]
            value = value.replace("\r\n", "\n") if isinstance(value, str) else value
            same = (value.code if isinstance(value, Party) else value) or ""
            if name != "reason" and same != (self.present[name] or ""):
                given["kind" if name == "act" else name] = value
        for name, texts in (("what", self.texts.get("what", "")), ("scope", self.scopes)):
            if name in given and not isinstance(texts, str):  # the other languages stay
                given[name] = {**texts, worded(texts).language: given[name]}
        if not given:
            raise Refused(Reason("nothing-corrected", _("Nothing is different from what the entry says."), firm=True))
        return participation.correct(self.entry, by=self.by, reason=self.cleaned_data["reason"], **given)


def read_clause(text: str) -> Any:
    """Return a clause as it is kept, None for an empty text. Raises ValidationError with the place of the fault."""
    if not text.strip():
        return None
    try:
        data = plain(jsontext.read(text, exact=True))
        entry_into_force.parse(data)
    except jsontext.NotJson as error:
        told = gettext("This is not JSON that can be read: %(why)s.") % {"why": error}
        raise ValidationError(told, code="json") from error
    except entry_into_force.BadClause as error:
        raise ValidationError(str(error), code="clause") from error
    return data


class ClauseForm(Operation):
    """Edits the clause on entry into force: its wording by language, and its data."""

    clause_text_en = forms.CharField(label=_("Wording in English"), max_length=4000, required=False,
                                     widget=forms.Textarea(attrs={"rows": 4}))  # fmt: skip
    clause_text_ru = forms.CharField(label=_("Wording in Russian"), max_length=4000, required=False,
                                     widget=forms.Textarea(attrs={"rows": 4}))  # fmt: skip
    clause_text_kk = forms.CharField(label=_("Wording in Kazakh"), max_length=4000, required=False,
                                     widget=forms.Textarea(attrs={"rows": 4}))  # fmt: skip
    clause = forms.CharField(
        label=_("The clause as data"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false", "autocomplete": "off", "class": "data"}),
        help_text=_("In JSON. Leave empty if the entry into force is not to be computed."),
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, agreement: Agreement, by: User, *args: Any, begin: Any = None, **kwargs: Any) -> None:
        self.agreement, self.by = agreement, by
        kept = agreement.clause or begin
        texts = {f"clause_text_{language}": text for language, text in agreement.clause_texts.items()}
        data = json.dumps(kept, ensure_ascii=False, indent=2) if kept else ""
        super().__init__(*args, **{"initial": texts | {"clause": data, "seen_version": agreement.version}, **kwargs})

    def clean_clause(self) -> Any:
        """Return the data of the clause, or None. Refuses what cannot be read, with the place."""
        return read_clause(self.cleaned_data["clause"])

    def run(self) -> Agreement:
        """Change the record. Raises Refused where somebody else has written to it since the form was opened."""
        with registers.editing(self.agreement, by=self.by) as fresh:
            if fresh.version != self.cleaned_data["seen_version"]:
                raise Refused(WRITTEN_MEANWHILE)
            fresh.clause = self.cleaned_data["clause"]
            for language in LANGUAGES:
                name = f"clause_text_{language}"
                setattr(fresh, name, self.cleaned_data[name].replace("\r\n", "\n"))
        return fresh
