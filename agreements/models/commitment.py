"""Commitments: what a party undertook in an agreement, who answers for it, by when, and how far it is fulfilled."""

from collections.abc import Iterable
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agreements.choices import CommitmentState, SubjectKind
from agreements.dates import FuzzyDate
from agreements.models.account import Unit
from agreements.models.agreement import Agreement
from agreements.models.base import FuzzyDateField, Journalled, Line, Prose, Searched, Visible, one_of
from agreements.models.party import Party
from agreements.words import LANGUAGES, Worded, pick


class Commitments(Visible):
    """Commitments, as far as the reader may see their agreements."""

    level_field = "agreement__level"
    areas_field = "agreement__areas"
    shared_field = "agreement"

    def kept(self) -> "Commitments":
        """Leave out those of records that were opened by mistake."""
        return self.exclude(agreement__is_void=True)


class Commitment(Searched, Journalled):
    """What the parties, or one of them, undertook in a provision of an agreement.

    `party` is who undertook it, none where all did; `body` names who carries it out, `unit` the unit of the ministry
    that follows it. `report` says what was done so far. Every change is an entry of its own chain.
    """

    SUBJECT = SubjectKind.COMMITMENT
    RECORDED = ("agreement", "provision", "party", "unit", "due", "state", "fulfilled_on")
    RECORDED_TEXT = ("text_en", "text_ru", "text_kk", "body", "report", "source")

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="commitments", verbose_name=_("agreement"))
    provision = Line(_("provision"), max_length=60, blank=True, help_text=_("Where it stands: Art. 12(3), section II."))
    text_en = Prose(_("what was undertaken, in English"), max_length=2000, blank=True)
    text_ru = Prose(_("what was undertaken, in Russian"), max_length=2000, blank=True)
    text_kk = Prose(_("what was undertaken, in Kazakh"), max_length=2000, blank=True)
    party = models.ForeignKey(
        Party,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="commitments",
        verbose_name=_("who undertook it"),
        help_text=_("Leave empty where all parties did."),
    )
    body = Line(_("responsible body"), max_length=200, blank=True)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="commitments", verbose_name=_("responsible unit")
    )
    due = FuzzyDateField(_("due"))
    state = models.CharField(
        pgettext_lazy("commitment", "state"),
        max_length=14,
        choices=CommitmentState,
        default=CommitmentState.PLANNED,
    )
    fulfilled_on = FuzzyDateField(_("fulfilled on"))
    report = Prose(_("what was done"), max_length=4000, blank=True)
    source = Line(_("source"), max_length=300, blank=True)

    objects = Commitments.as_manager()

    class Meta:
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")
        ordering = ["agreement", "provision", "pk"]
        # The list, page by page: GET /api/v1/commitments/.
        indexes = (models.Index(fields=["-changed_at", "id"], name="commitment_changed"),)
        constraints = (
            one_of("state", CommitmentState, model="commitment"),
            models.CheckConstraint(
                condition=~models.Q(text_en="", text_ru="", text_kk=""),
                name="commitment_text_in_one_language",
                violation_error_message=_("Say in one language at least what was undertaken."),
            ),
            models.CheckConstraint(
                condition=models.Q(fulfilled_on="") | models.Q(state=CommitmentState.FULFILLED),
                name="commitment_fulfilled_on_a_day",
                violation_error_message=_("Only what is fulfilled was fulfilled on a day."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.provision}: {self.text}" if self.provision else str(self.text)

    def sought_by(self) -> Iterable[str]:
        """Return what was undertaken, where it stands, and who carries it out."""
        return (*self.texts.values(), self.provision, self.body)

    @property
    def level(self) -> str:
        """The level of confidentiality, which is that of the agreement."""
        return self.agreement.level

    @property
    def texts(self) -> dict[str, str]:
        """What was undertaken, by language."""
        return {language: getattr(self, f"text_{language}") for language in LANGUAGES}

    @property
    def text(self) -> Worded:
        """What was undertaken, in the reader's language or in one that it was written in."""
        return pick(self.texts)

    def is_overdue(self, on: date) -> bool:
        """Whether something is still to be done of which the last possible day was before the day."""
        due: FuzzyDate | None = self.due
        return due is not None and CommitmentState(self.state).is_open and due.latest < on
