"""Forms of shares, of delegations, and of the review of rights."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from agreements import access, clock, delegations, review, shares
from agreements.choices import Level
from agreements.forms import Operation
from agreements.models import Agreement, Delegation, RightsReview, Share, Unit, User
from agreements.models.base import DayField

_AREA = {"rows": 3}


class ShareForm(Operation):
    """Shows an agreement to somebody whose access level does not reach it, or to a unit."""

    user = forms.ModelChoiceField(User.objects.none(), label=_("User"), required=False)
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=_("Or a unit"), required=False, to_field_name="code",
        help_text=_("Everybody in it, whoever joins it later, too."),
    )  # fmt: skip
    until = DayField(label=_("Last day"), required=False, help_text=_("Leave empty for until it is withdrawn."))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=shares.REASON_LENGTH,
        widget=forms.Textarea(attrs=_AREA),
        help_text=_("It is kept in the journal of the agreement."),
    )

    def __init__(self, agreement: Agreement, by: User, *args: Any, **kwargs: Any) -> None:
        self.agreement, self.by = agreement, by
        super().__init__(*args, **kwargs)
        below = [level for level in Level if agreement.level not in Level.up_to(level)]
        people = User.objects.filter(is_active=True, is_service=False, access_level__in=below)
        user = cast(forms.ModelChoiceField, self.fields["user"])
        user.queryset = people.order_by("last_name", "first_name", "username")
        self.offer("unit", Unit.objects.for_user(by))

    def run(self) -> Share:
        """Give the share."""
        return shares.give(self.agreement, by=self.by, **self.cleaned_data)


class WithdrawalForm(Operation):
    """Withdraws a share."""

    reason = forms.CharField(
        label=_("Reason"), max_length=shares.REASON_LENGTH, widget=forms.Textarea(attrs=_AREA),
        help_text=_("It is kept in the journal of the agreement."),
    )  # fmt: skip

    def __init__(self, share: Share, by: User, *args: Any, **kwargs: Any) -> None:
        self.share, self.by = share, by
        super().__init__(*args, **kwargs)

    def run(self) -> Share:
        """Withdraw it."""
        return shares.withdraw(self.share, by=self.by, reason=self.cleaned_data["reason"])


class DelegationForm(Operation):
    """Lets somebody act in the place of who is absent: of oneself, for a head of anybody in the unit."""

    absent = forms.ModelChoiceField(User.objects.none(), label=_("Who is absent"), empty_label=None)
    deputy = forms.ModelChoiceField(User.objects.none(), label=_("Deputy"))
    starts_on = DayField(label=_("First day"))
    ends_on = DayField(label=_("Last day"))
    reason = forms.CharField(
        label=_("Reason"), max_length=delegations.REASON_LENGTH, required=False,
        help_text=_("Leave, a mission abroad; it may stay empty."),
    )  # fmt: skip

    def __init__(self, by: User, *args: Any, **kwargs: Any) -> None:
        self.by = by
        kwargs.setdefault("initial", {}).setdefault("starts_on", clock.today())
        kwargs["initial"].setdefault("absent", by.pk)
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True, is_service=False)
        people = people.order_by("last_name", "first_name", "username")
        own = people.filter(pk=by.pk)
        if access.may(by, "accounts"):
            own = people
        elif access.may(by, "unit") and by.unit_id is not None:
            own = people.filter(unit=by.unit_id)
        absent, deputy = (cast(forms.ModelChoiceField, self.fields[name]) for name in ("absent", "deputy"))
        absent.queryset, deputy.queryset = own, people

    def run(self) -> Delegation:
        """Give the delegation."""
        return delegations.give(by=self.by, **self.cleaned_data)


class ReviewForm(Operation):
    """Says that the rights of a unit, or of everybody, were looked through."""

    remark = forms.CharField(
        label=_("What the review found"), max_length=review.REMARK_LENGTH, widget=forms.Textarea(attrs=_AREA),
        help_text=_("What was in order, what was changed, what is to be changed."),
    )  # fmt: skip

    def __init__(self, unit: Unit | None, by: User, *args: Any, **kwargs: Any) -> None:
        self.unit, self.by = unit, by
        super().__init__(*args, **kwargs)

    def run(self) -> RightsReview:
        """Sign it off."""
        return review.sign(by=self.by, unit=self.unit, **self.cleaned_data)
