"""Forms of what is kept and what is let go: a legal hold on an agreement, the redaction of a text of its journal."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from agreements import changes, lifecycle, redaction
from agreements.choices import EntryKind
from agreements.forms import Operation
from agreements.guards import Refused
from agreements.models import Agreement, Entry, User
from agreements.registers import REASON_MISSING, TEXT_LENGTH


class LegalHoldForm(Operation):
    """Asks for the reason, and sets the hold or lifts it, as the agreement stands."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The proceedings, the order or the enquiry for which everything must be kept, or how it ended."),
    )

    def __init__(self, agreement: Agreement, by: User, *args: Any, **kwargs: Any) -> None:
        self.agreement, self.by = agreement, by
        super().__init__(*args, **kwargs)
        self.fields["reason"].error_messages["required"] = REASON_MISSING.sentence

    def run(self) -> Agreement:
        """Set the hold, or lift it."""
        act = lifecycle.end_preserving if self.agreement.legal_hold else lifecycle.preserve
        return act(self.agreement, by=self.by, reason=self.cleaned_data["reason"])


class RedactionForm(Operation):
    """Removes the free text of an entry for good, and of entries that repeat words of it where these are chosen."""

    LEAD = _(
        "For a secret or personal data that should never have been written here. To mend a slip, correct the entry."
    )
    BUTTON = _("Remove the text for good")

    reason = forms.CharField(
        label=_("Reason"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stays in the journal: do not repeat in it what is removed."),
    )
    also = forms.MultipleChoiceField(
        label=_("These entries repeat words of it: remove their texts, too"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Of each that is chosen the whole text is removed."),
    )
    certain = forms.BooleanField(label=_("The text is to be removed for good. I know that it cannot be brought back."))

    def __init__(self, entry: Entry, by: User, *args: Any, **kwargs: Any) -> None:
        self.entry, self.by = entry, by
        super().__init__(*args, **kwargs)
        self.fields["reason"].error_messages["required"] = REASON_MISSING.sentence
        repeating = _repeating(entry, by)
        cast(forms.MultipleChoiceField, self.fields["also"]).choices = repeating
        if not repeating:
            del self.fields["also"]

    @staticmethod
    def warnings(entry: Entry, user: User) -> list[str]:
        """Say what it means, and where words of the entry stay."""
        told = [
            gettext("This cannot be undone: nobody can bring the text back, not from the journal either."),
            gettext(
                "The entry itself stays: its date, its kind and its seal, "
                "and that its text was removed, by whom and why."
            ),
            gettext(
                "Not reached is what left Pacta before: mails, files that were handed over, archives. "
                "Reports that Pacta keeps and that show the record are handed over no longer."
            ),
        ]
        found = redaction.standing(entry, user)
        labels = [changes.label_of(redaction.model_of(entry), name) for name in found.columns]
        labels += [gettext("task “%(title)s”") % {"title": task.title} for task in found.tasks]
        labels += [gettext("document “%(title)s”") % {"title": one.title} for one in found.documents]
        if labels:
            said = gettext("The same words stand in the record, and stay until they are changed there: %(places)s.")
            told.append(said % {"places": "; ".join(labels)})
        if table := found.table:
            told.append(gettext("The table from which it was imported is kept: “%(name)s”.") % {"name": table})
        return told

    def run(self) -> Entry:
        """Remove it."""
        if reasons := redaction.objections(self.entry):
            raise Refused(*reasons)
        also = map(UUID, self.cleaned_data.get("also", ()))
        return redaction.redact(self.entry, by=self.by, reason=self.cleaned_data["reason"], also=also)


def _repeating(entry: Entry, user: User) -> list[tuple[str, str]]:
    """Return the entries that repeat words of one, as far as the user may know of them, as choices of a field."""
    chain = Entry.objects.for_user(user).filter(subject=entry.subject)
    hidden = changes.hidden(chain, user)
    return [
        (str(one.pk), f"{hidden.number(one)}. {EntryKind(one.kind).label}, {one.on}, {one.actor_name}")
        for one in redaction.repeating(entry)
        if one.pk not in hidden.keys
    ]
