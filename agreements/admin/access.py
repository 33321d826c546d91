"""Shares, delegations and reviews of rights: to be read only. They are given, ended and signed off on the pages."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from agreements.admin.journal import Kept
from agreements.models import Delegation, RightsReview, Share


@admin.register(Share)
class ShareRegister(Kept):
    """The shares of agreements that the reader sees."""

    list_display = ("agreement_shown", "holder", "until", "reason", "given_at", "given_by", "withdrawn_at")
    list_filter = ("until", "given_at", "withdrawn_at")
    list_select_related = ("agreement", "user", "unit", "given_by")
    search_fields = ("agreement__reference", "user__username", "user__last_name", "unit__name_en", "reason")
    ordering = ("-given_at", "pk")
    fields = (
        *("agreement_shown", "user", "unit", "reason", "until", "given_at", "given_by"),
        *("withdrawn_at", "withdrawn_by"),
    )

    @admin.display(description=gettext_lazy("agreement"))
    def agreement_shown(self, share: Share) -> str:
        """The agreement with its reference."""
        return f"{share.agreement} ({share.agreement.reference})"

    @admin.display(description=gettext_lazy("to whom"))
    def holder(self, share: Share) -> str:
        """The user or the unit."""
        return share.holder


@admin.register(Delegation)
class DelegationRegister(Kept):
    """The delegations that the reader sees: who keeps the accounts sees all."""

    list_display = ("absent", "deputy", "starts_on", "ends_on", "reason", "given_by", "ended_at")
    list_filter = ("starts_on", "ends_on", "ended_at")
    list_select_related = ("absent", "deputy", "given_by")
    search_fields = ("absent__username", "absent__last_name", "deputy__username", "deputy__last_name")
    ordering = ("-starts_on", "-given_at", "pk")
    fields = (
        *("absent", "deputy", "starts_on", "ends_on", "reason", "given_at", "given_by"),
        *("ended_at", "ended_by"),
    )


@admin.register(RightsReview)
class RightsReviewRegister(Kept):
    """The reviews of rights that were signed off."""

    list_display = ("at", "by", "unit", "accounts", "noticed", "remark")
    list_filter = ("at",)
    list_select_related = ("by", "unit")
    search_fields = ("remark", "by__username", "by__last_name")
    ordering = ("-at", "pk")
    fields = ("at", "by", "unit", "accounts", "noticed", "digest", "remark")
