"""Indicators: dated, sourced figures on a partner."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from agreements.choices import SubjectKind
from agreements.models.base import Journalled, Line, Named, Open
from agreements.models.party import Party
from agreements.words import LANGUAGES, Worded, pick


class Indicators(Open):
    """Figures, visible to everybody who is signed in."""

    def kept(self) -> "Indicators":
        """Leave out those that were recorded by mistake."""
        return self.exclude(is_void=True)


class Indicator(Journalled, Named):
    """A figure on a partner for a period, from one source; two sources may disagree, and both are kept.

    One that was recorded by mistake stays with its chain, and counts nowhere: `is_void`.
    """

    SUBJECT = SubjectKind.INDICATOR
    RECORDED = (
        "party",
        "name_en",
        "name_ru",
        "name_kk",
        "unit_en",
        "unit_ru",
        "unit_kk",
        "at_least",
        "period_from",
        "period_until",
        "value",
        "change_on_year",
        "source",
        "retrieved_on",
        "is_void",
    )

    party = models.ForeignKey(Party, models.PROTECT, related_name="indicators", verbose_name=_("partner"))
    unit_en = Line(_("unit in English"), max_length=60)
    unit_ru = Line(_("unit in Russian"), max_length=60, blank=True)
    unit_kk = Line(_("unit in Kazakh"), max_length=60, blank=True)
    period_from = models.DateField(_("from"), null=True, blank=True)
    period_until = models.DateField(_("until"))
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=4)
    at_least = models.BooleanField(_("more than this value"), default=False)
    change_on_year = models.DecimalField(
        _("change on year, per cent"), max_digits=8, decimal_places=2, null=True, blank=True
    )
    source = Line(_("source"), max_length=300)
    retrieved_on = models.DateField(_("retrieved on"), null=True, blank=True)
    is_void = models.BooleanField(_("recorded by mistake"), default=False, db_default=False, editable=False)

    objects = Indicators.as_manager()

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["party", "name_en", "-period_until", "pk"]
        indexes = (
            # The list by period and by last change, page by page: GET /api/v1/indicators/.
            models.Index(fields=["-period_until", "id"], name="indicator_until"),
            models.Index(fields=["-changed_at", "id"], name="indicator_changed"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["party", "name_en", "period_from", "period_until", "source"],
                condition=models.Q(is_void=False),
                name="indicator_kept_once_a_source",
            ),
            models.UniqueConstraint(
                fields=["party", "name_en", "period_until", "source"],
                condition=models.Q(period_from__isnull=True, is_void=False),
                name="indicator_kept_without_start_once_a_source",
            ),
            models.CheckConstraint(
                condition=models.Q(period_from__isnull=True) | models.Q(period_until__gte=models.F("period_from")),
                name="indicator_period_ordered",
            ),
        )

    @property
    def unit(self) -> Worded:
        """The unit in the reader's language."""
        return pick({language: getattr(self, f"unit_{language}") for language in LANGUAGES})
