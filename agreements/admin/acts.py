"""The forms on which acts of participants are recorded and corrected: everything that an act can say, on one page."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import access, clock, journal, participation, registers, tracking
from agreements.act_forms import Details
from agreements.choices import ActionKind, SignatureManner
from agreements.dates import FuzzyDate
from agreements.forms import DatedForm
from agreements.guards import Refused
from agreements.lifecycle.corrections import NOTHING_CORRECTED
from agreements.models import Agreement, Entry, Party, User
from agreements.registers import REASON_MISSING
from agreements.tracks import Act
from agreements.words import worded


def _text(label: Any, help_text: Any = "", *, required: bool = False) -> forms.CharField:
    """Return a field for a free text of an entry."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=registers.TEXT_LENGTH,
        required=required,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _key(value: Any) -> Any:
    """Return a value as the data of an entry name it."""
    match value:
        case Party():
            return value.code
        case Entry():
            return str(value.pk)
        case str():
            return value.replace("\r\n", "\n")
        case _:
            return value


class ActFields(DatedForm, Details):
    """What an act can say. Which acts fit those before is not decided here: the operation refuses, at the fields."""

    party = forms.ModelChoiceField(Party.objects.none(), label=gettext_lazy("Party"), to_field_name="code")
    act = forms.ChoiceField(label=gettext_lazy("Act"), choices=ActionKind)
    target = forms.ChoiceField(
        label=gettext_lazy("Which act it concerns"),
        required=False,
        help_text=gettext_lazy(
            "For a withdrawal, a confirmation or an objection: the act that it withdraws, confirms or objects to."
        ),
    )
    what = _text(
        gettext_lazy("Remarks"),
        gettext_lazy("Where full powers are not required: the office of the person, or the practice relied on."),
    )
    out_of_procedure = forms.BooleanField(
        label=gettext_lazy("Record out of procedure"),
        required=False,
        help_text=gettext_lazy(
            "It happened although it does not fit what is recorded. Give the reason; it will be marked."
        ),
    )
    reason = _text(gettext_lazy("Reason"), gettext_lazy("Only for what is recorded out of procedure."))
    #: The act that is corrected: nothing can be meant by itself.
    replaced = ""
    field_order: tuple[str, ...] = (
        "party",
        "act",
        "target",
        "on",
        "received",
        "effective",
        "manner",
        "scope",
        "evidence",
        "source",
        "place",
        "certainty",
        "what",
        "out_of_procedure",
        "reason",
    )

    def __init__(self, agreement: Agreement, by: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(agreement, by, *args, **kwargs)
        party = cast(forms.ModelChoiceField, self.fields["party"])
        party.queryset = Party.objects.for_user(by)
        self.names = {one.code: one.name.text for one in party.queryset}
        party.choices = list(self._parties())
        cast(forms.ChoiceField, self.fields["target"]).choices = [("", "—"), *self._targets()]

    # ---- what can be chosen ----
    @cached_property
    def acts(self) -> tuple[Act, ...]:
        """The acts for the present text."""
        return tracking.tracked([self.agreement], clock.today())[self.agreement.pk].acts

    @cached_property
    def recorded(self) -> list[Act]:
        """Those that stand in the journal themselves, the latest first."""
        own = [act for act in self.acts if not act.id.startswith(tracking.IMPLIED) and act.id != self.replaced]
        return sorted(own, key=lambda act: (act.on.latest, act.on.earliest, act.party), reverse=True)

    def _parties(self) -> Iterator[tuple[Any, Any]]:
        """Yield the participants, then the others: who accedes, succeeds or signs what is open comes in by the act."""
        taking = set(self.agreement.participants.values_list("party__code", flat=True))
        named = sorted(self.names.items(), key=lambda pair: pair[1].casefold())
        yield "", "—"
        yield _("Participants"), [pair for pair in named if pair[0] in taking]
        if others := [pair for pair in named if pair[0] not in taking]:
            yield _("Others"), others

    def _targets(self) -> Iterator[tuple[Any, Any]]:
        """Yield the acts that an act can concern, by party: of those the address asks for, the ones that can be meant.

        Once the form is sent all are offered: what does not fit is refused with its reason.
        """
        withdrawals = [act for act in self.recorded if act.kind == ActionKind.WITHDRAWAL]
        undone = {act.target for act in withdrawals}
        gone = {act.target for act in withdrawals if act.id not in undone}
        meant = [act for act in self.recorded if act.id not in gone and (self.is_bound or self._fits(act))]
        for name, code in sorted((self.names.get(code, code), code) for code in {act.party for act in meant}):
            yield name, [(act.id, f"{act.kind.label}, {act.on}") for act in meant if act.party == code]

    def _fits(self, act: Act) -> bool:
        kind, party = self.initial.get("act"), self.initial.get("party")
        match kind:
            case ActionKind.OBJECTION:
                return act.kind == ActionKind.RESERVATION and act.party != party
            case ActionKind.CONFIRMATION:
                fits = act.kind == ActionKind.SIGNATURE and act.manner == SignatureManner.AD_REFERENDUM
                return fits and party in (None, act.party)
            case ActionKind.WITHDRAWAL:
                return party in (None, act.party)
            case _:
                return True

    def clean_target(self) -> Entry | None:
        """Return the entry of the act that is chosen."""
        key = self.cleaned_data["target"]
        return Entry.objects.for_user(self.by).of(self.agreement).get(pk=key) if key else None


class ActForm(ActFields):
    """Records an act of a participant."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not access.may(self.by, "out_of_procedure"):
            del self.fields["out_of_procedure"], self.fields["reason"]

    def run(self) -> Entry:
        """Record the act."""
        data = self.details(*(name for name in self.fields if name not in ("party", "act", "on")))
        return participation.act(
            self.agreement,
            self.cleaned_data["party"],
            self.cleaned_data["act"],
            on=self.cleaned_data["on"],
            by=self.by,
            **data,
        )


class CorrectActForm(ActFields):
    """Corrects an act: shows what it says, and replaces it by what is right."""

    legal_basis = forms.CharField(label=gettext_lazy("Legal basis"), max_length=300, required=False)
    own_reason = _text(gettext_lazy("Reason given in the entry"))
    reason = _text(
        gettext_lazy("Reason of the correction"),
        gettext_lazy("It stands beside the entry as it was recorded, which stays in the journal."),
        required=True,
    )
    field_order = (*ActFields.field_order[:-1], "own_reason", "reason")

    def __init__(self, entry: Entry, agreement: Agreement, by: User, *args: Any, **kwargs: Any) -> None:
        self.entry, self.replaced = entry, str(entry.pk)
        data, text = journal.data_of(entry), journal.text_of(entry)
        #: Texts in several languages: what is corrected is the one that the reader sees.
        self.told = {"scope": data.get("scope", ""), "what": text.get("what", ""), "own_reason": text.get("reason", "")}
        columns = ("on", "place", "evidence", "source", "legal_basis", "certainty", "out_of_procedure")
        self.present: dict[str, Any] = {
            **{name: getattr(entry, name) for name in columns},
            **{name: worded(told).text for name, told in self.told.items()},
            **{name: FuzzyDate.parse(data[name]) if data.get(name) else None for name in ("received", "effective")},
            **{name: data.get(name, "") for name in ("party", "act", "manner", "target")},
        }
        super().__init__(agreement, by, *args, **{**kwargs, "initial": dict(self.present)})
        self.fields["certainty"].required = True
        # Where the act that it concerns was corrected meanwhile, the one that stands now is meant.
        told = next((act.target for act in self.acts if act.id == self.replaced), self.present["target"])
        self.present["target"] = self.initial["target"] = told
        if not access.may(by, "out_of_procedure"):
            del self.fields["out_of_procedure"]
            if not self.present["own_reason"]:
                del self.fields["own_reason"]

    def _fits(self, act: Act) -> bool:
        return True

    def run(self) -> Entry:
        """Replace the act by one that says what was given anew."""
        given: dict[str, Any] = {}
        for name in self.fields:
            value = self.cleaned_data[name]
            value = value if isinstance(value, Party | Entry) else _key(value)
            if name != "reason" and (_key(value) or "") != (self.present[name] or ""):
                given["kind" if name == "act" else name] = value
        if not given:
            raise Refused(NOTHING_CORRECTED)
        if target := self.cleaned_data["target"]:
            given["target"] = target
        for name, texts in self.told.items():
            if name in given and not isinstance(texts, str):  # the other languages stay
                given[name] = {**texts, worded(texts).language: given[name]}
        try:
            return participation.correct(self.entry, by=self.by, reason=self.cleaned_data["reason"], **given)
        except Refused as refusal:
            # The correction has a reason: what is missing is that of the act itself.
            missing = REASON_MISSING.code
            raise Refused(
                *(
                    replace(reason, asked="own_reason") if reason.code == missing else reason
                    for reason in refusal.reasons
                )
            ) from refusal
