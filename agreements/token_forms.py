"""Forms of tokens, under which programs act for their users."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from agreements import tokens
from agreements.choices import TokenScope
from agreements.forms import Operation
from agreements.models import ApiToken, Area, User
from agreements.models.base import DayField


class TokenForm(Operation):
    """Issues a token to the user himself."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Which program uses it, and what for."))
    until = DayField(
        label=_("Last day"),
        required=False,
        help_text=_("Leave empty for a token that is of use until it is revoked."),
    )
    scope = forms.ChoiceField(
        label=_("What the program may do"), choices=TokenScope, initial=TokenScope.READ, widget=forms.RadioSelect
    )
    areas = forms.MultipleChoiceField(
        label=_("Only these areas"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none for everything that you may see."),
    )

    def __init__(self, by: User, *args: Any, **kwargs: Any) -> None:
        self.by = by
        super().__init__(*args, **kwargs)
        offered = sorted(((area.code, str(area)) for area in Area.objects.for_user(by)), key=lambda pair: pair[1])
        cast(forms.MultipleChoiceField, self.fields["areas"]).choices = offered

    def run(self) -> tuple[ApiToken, str]:
        """Issue the token; the secret is told this once."""
        return tokens.issue(self.by, by=self.by, **self.cleaned_data)
