"""Forms of reports on a schedule."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from agreements import clock, dispatch, reports
from agreements.choices import Rhythm
from agreements.dispatch import Wish
from agreements.forms import Operation
from agreements.models import ScheduledReport, User
from agreements.models.base import DayField
from agreements.words import active_language


class ScheduleForm(Operation):
    """Has a report built again and again and sent to people; or changes such a schedule."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("It stands in the subject of the e-mail."))
    rhythm = forms.ChoiceField(label=_("How often"), choices=Rhythm, initial=Rhythm.WEEKLY)
    next_on = DayField(label=_("First on"))
    form = forms.ChoiceField(label=_("Format"), initial="pdf")
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    recipients = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label=_("Recipients"),
        help_text=_("Everyone gets only what they may see."),
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )

    def __init__(
        self,
        report: str,
        parameters: Mapping[str, str],
        by: User,
        *args: Any,
        schedule: ScheduledReport | None = None,
        **kwargs: Any,
    ) -> None:
        self.report, self.parameters, self.by, self.schedule = report, parameters, by, schedule
        initial: dict[str, Any] = {
            "name": str(reports.REPORTS[report].TITLE),
            "language": active_language(),
            "next_on": clock.today(),
            "recipients": [by.pk],
        }
        if schedule:
            initial |= {name: getattr(schedule, name) for name in ("name", "rhythm", "next_on", "form", "language")}
            initial["recipients"] = [user.pk for user in schedule.recipients.all()]
        super().__init__(*args, **{"initial": initial, **kwargs})
        cast(forms.ChoiceField, self.fields["form"]).choices = [(name, label) for name, label in labels().items()]
        people = User.objects.filter(is_active=True, is_service=False)
        recipients = cast(forms.ModelMultipleChoiceField, self.fields["recipients"])
        recipients.queryset = people.order_by("last_name", "first_name", "username")
        recipients.error_messages["required"] = dispatch.NO_RECIPIENT.sentence

    def run(self) -> ScheduledReport:
        """Make the schedule, or change it."""
        given = self.cleaned_data
        wish = Wish(self.report, self.parameters, given["form"], given["language"])
        first = given["next_on"] or clock.today()
        told = {
            "name": given["name"],
            "rhythm": given["rhythm"],
            "recipients": list(given["recipients"]),
            "by": self.by,
        }
        if self.schedule is None:
            return dispatch.schedule(wish, first=first, **told)
        return dispatch.change(self.schedule, wish, next_on=first, **told)


def labels() -> dict[str, str]:
    """Return the formats with what they are called in lists."""
    return {name: str(_("Text")) if name == "text" else name.upper() for name in reports.FORMATS}
