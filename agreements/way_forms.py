"""The fields by which people say of which events they want to be told, and how."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agreements.forms import Operation
from agreements.models import User
from agreements.notice_choices import EventGroup, Pace, Weekday

HOURS = [(hour, f"{hour:02}:00") for hour in range(24)]
#: What is filled in where nothing is watched yet.
USUAL: dict[str, Any] = {"in_product": True, "by_mail": True, "pace": Pace.DAILY, "hour": 8, "weekday": 0}


class WaysForm(Operation):
    """Of which events somebody wants to be told, and how."""

    groups = forms.MultipleChoiceField(
        label=_("Kinds of events"), choices=EventGroup, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none for all."),
    )  # fmt: skip
    important_only = forms.BooleanField(
        label=_("Only what is important"), required=False,
        help_text=_("Steps, holds, entry into force, corrections."),
    )  # fmt: skip
    in_product = forms.BooleanField(label=_("In Pacta"), required=False)
    by_mail = forms.BooleanField(label=_("By e-mail"), required=False)
    pace = forms.ChoiceField(label=_("By e-mail, how soon"), choices=Pace)
    hour = forms.TypedChoiceField(
        label=_("At what hour"), choices=HOURS, coerce=int,
        help_text=_("Of mails that come together, once a day or a week."),
    )  # fmt: skip
    weekday = forms.TypedChoiceField(
        label=_("On which day"), choices=Weekday, coerce=int, help_text=_("Of mails that come once a week.")
    )

    def name_address(self, by: User) -> None:
        """Say where no mail can come."""
        if not by.email:
            self.fields["by_mail"].help_text = _("No e-mail address is recorded for your account.")
