"""Forms of subscriptions and of how somebody is told: they read what people choose and call one operation."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agreements import subscriptions
from agreements.forms import Operation
from agreements.models import NotificationWishes, Subscription, User
from agreements.notice_choices import DigestKind, DigestPace, ToldIn, Weekday
from agreements.way_forms import HOURS, USUAL, WaysForm


class SubscriptionForm(WaysForm):
    """Of which events of one thing somebody wants to be told, and how."""

    def __init__(self, by: User, *args: Any, what: str = "", target: Any = None, given: Any = None) -> None:
        self.by, self.what, self.target, self.given = by, what, target, given
        initial = USUAL if given is None else {name: getattr(given, name) for name in self.base_fields}
        super().__init__(*args, initial=initial)
        self.name_address(by)

    def run(self) -> Subscription:
        """Watch, or change the subscription that was given."""
        if self.given is None:
            return subscriptions.watch(self.by, self.what, self.target, **self.cleaned_data)
        with subscriptions.changing(self.given, by=self.by) as fresh:
            for name, value in self.cleaned_data.items():
                setattr(fresh, name, value)
        return fresh


class WishesForm(Operation):
    """How somebody is told, whatever of."""

    language = forms.ChoiceField(label=_("Language of mails and of the feed"), choices=ToldIn)
    quiet_from = forms.TimeField(
        label=_("Quiet from"), required=False, widget=forms.TimeInput(format="%H:%M"),
        help_text=_("As 20:00. No mail that would come at once comes in these hours: it comes at their end."),
    )  # fmt: skip
    quiet_until = forms.TimeField(
        label=_("Quiet until"), required=False, widget=forms.TimeInput(format="%H:%M"), help_text=_("As 08:00.")
    )
    own_acts = forms.BooleanField(label=_("Tell me also what I recorded myself"), required=False)
    reminders_by_mail = forms.BooleanField(
        label=_("Reminders by e-mail, too"), required=False,
        help_text=_("Of tasks, of the last day for notice, of the end of validity. In Pacta they always come."),
    )  # fmt: skip
    digest = forms.ChoiceField(
        label=_("Digest by e-mail"), choices=DigestKind, help_text=_("What moved, what is due, what is stuck.")
    )
    digest_pace = forms.ChoiceField(label=pgettext_lazy("digest", "How often"), choices=DigestPace)
    digest_hour = forms.TypedChoiceField(label=_("Digest at what hour"), choices=HOURS, coerce=int)
    digest_weekday = forms.TypedChoiceField(
        label=_("Digest on which day"), choices=Weekday, coerce=int, help_text=_("Where it comes once a week.")
    )
    digest_report = forms.BooleanField(label=_("With the report of changes attached, as PDF"), required=False)

    def __init__(self, by: User, wishes: NotificationWishes, *args: Any) -> None:
        self.by = by
        super().__init__(*args, initial={name: getattr(wishes, name) for name in self.base_fields})

    def run(self) -> NotificationWishes:
        """Keep it."""
        with subscriptions.wishing(self.by) as fresh:
            for name, value in self.cleaned_data.items():
                setattr(fresh, name, value)
        return fresh
