"""Forms of undisclosed participants: one is named, changed, disclosed, withdrawn."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from agreements import undisclosed
from agreements.choices import Level, Role
from agreements.forms import Operation
from agreements.models import Agreement, Party, UndisclosedParticipant, User
from agreements.registers import TEXT_LENGTH

_AREA = {"rows": 3}
_KEPT = _("It is kept in the journal of this record, not in that of the agreement.")


def _levels(user: User, agreement: Agreement, *others: str) -> list[tuple[str, Any]]:
    """Return the levels that may be given, and others, for a field."""
    known = {*undisclosed.levels(user, agreement), *others}
    return [(level.value, level.label) for level in Level if level in known]


class UndisclosedForm(Operation):
    """Names an undisclosed participant, or changes what is recorded of one."""

    party = forms.ModelChoiceField(Party.objects.none(), label=_("Party"), to_field_name="code")
    role = forms.ChoiceField(label=_("Role"), choices=Role, initial=Role.NEGOTIATING)
    level = forms.ChoiceField(
        label=_("Level of confidentiality"),
        help_text=_("Above that of the agreement. Who may not see this level is told nothing of it."),
    )
    remark = forms.CharField(
        label=_("Why it is not disclosed"), max_length=undisclosed.REMARK_LENGTH, widget=forms.Textarea(attrs=_AREA)
    )

    def __init__(
        self, agreement: Agreement, by: User, *args: Any, record: UndisclosedParticipant | None = None, **kwargs: Any
    ) -> None:
        self.agreement, self.by, self.record = agreement, by, record
        if record:
            kwargs["initial"] = {name: getattr(record, name) for name in ("role", "level", "remark")}
        super().__init__(*args, **kwargs)
        own = (record.level,) if record else ()
        cast(forms.ChoiceField, self.fields["level"]).choices = _levels(by, agreement, *own)
        if record:
            del self.fields["party"]
        else:
            self.offer("party", Party.objects.for_user(by).exclude(participations__agreement=agreement))

    def run(self) -> UndisclosedParticipant:
        """Record it, or the change."""
        if self.record is None:
            return undisclosed.name(self.agreement, by=self.by, **self.cleaned_data)
        with undisclosed.changing(self.record, by=self.by) as fresh:
            for name, value in self.cleaned_data.items():
                setattr(fresh, name, value)
        return fresh


class EndForm(Operation):
    """Withdraws an undisclosed participant."""

    LEAD = _("It takes part no more, or never did. The record and its journal stay.")
    BUTTON = pgettext_lazy("an undisclosed participant", "Withdraw")

    reason = forms.CharField(
        label=_("Reason"), max_length=TEXT_LENGTH, widget=forms.Textarea(attrs=_AREA), help_text=_KEPT
    )

    def __init__(self, record: UndisclosedParticipant, by: User, *args: Any, **kwargs: Any) -> None:
        self.record, self.by = record, by
        super().__init__(*args, **kwargs)

    def run(self) -> UndisclosedParticipant:
        """Withdraw it."""
        return undisclosed.withdraw(self.record, by=self.by, **self.cleaned_data)


class DiscloseForm(EndForm):
    """Makes an ordinary participant of an undisclosed one."""

    BUTTON = pgettext_lazy("an undisclosed participant", "Disclose")

    role = forms.ChoiceField(label=_("Role"), choices=Role)
    field_order = ("role", "reason")

    def __init__(self, record: UndisclosedParticipant, by: User, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"role": record.role}
        super().__init__(record, by, *args, **kwargs)

    @staticmethod
    def warning(record: UndisclosedParticipant) -> str:
        """Say what follows: what was once disclosed is known."""
        if undisclosed.takes_part(record):
            return gettext("The party takes part by now, for everybody who sees the agreement; only this record ends.")
        return gettext(
            "Everybody who sees the agreement will see that this party takes part, and it will count from now on."
        )

    def run(self) -> UndisclosedParticipant:
        """Disclose it."""
        return undisclosed.disclose(self.record, by=self.by, **self.cleaned_data)
