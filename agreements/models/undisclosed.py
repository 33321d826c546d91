"""Participants that are more secret than their agreement: records beside the list of participants, never in it."""

from collections.abc import Collection

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agreements.choices import Level, Role, SubjectKind, UndisclosedState
from agreements.models.agreement import Agreement
from agreements.models.base import Journalled, Visible, one_of
from agreements.models.party import Party


class UndisclosedParticipants(Visible):
    """Undisclosed participants, for who may see both the record and its agreement by his own access level."""

    areas_field = "agreement__areas"
    # No `shared_field`: a share shows an agreement up to its own level, and these are above it.

    def of_levels(self, levels: Collection[str]) -> Q:
        """Return the condition that both a record and its agreement are of one of these levels."""
        return super().of_levels(levels) & Q(agreement__level__in=levels)

    def kept(self) -> "UndisclosedParticipants":
        """Leave out those of agreements that were opened by mistake."""
        return self.exclude(agreement__is_void=True)

    def standing(self) -> "UndisclosedParticipants":
        """Keep those that were neither disclosed nor withdrawn."""
        return self.filter(state=UndisclosedState.UNDISCLOSED)


class UndisclosedParticipant(Journalled):
    """That a party takes part in an agreement, where this is more secret than the agreement itself.

    It is no participant: it neither acts nor counts anywhere, until it is disclosed and thereby becomes one. `remark`
    says why it is not disclosed, `ended_on` the day on which it was disclosed or withdrawn. Its chain is its own.
    """

    SUBJECT = SubjectKind.UNDISCLOSED
    RECORDED = ("agreement", "party", "role", "level", "state", "ended_on")
    RECORDED_TEXT = ("remark",)

    agreement = models.ForeignKey(
        Agreement, models.PROTECT, related_name="undisclosed_participants", verbose_name=_("agreement")
    )
    party = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name=_("party"))
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.NEGOTIATING)
    level = models.CharField(_("level of confidentiality"), max_length=12, choices=Level, default=Level.SECRET)
    remark = models.CharField(_("why it is not disclosed"), max_length=400)
    state = models.CharField(
        pgettext_lazy("undisclosed participant", "state"),
        max_length=12,
        choices=UndisclosedState,
        default=UndisclosedState.UNDISCLOSED,
        editable=False,
    )
    ended_on = models.DateField(_("disclosed or withdrawn on"), null=True, blank=True, editable=False)

    objects = UndisclosedParticipants.as_manager()

    class Meta:
        verbose_name = _("undisclosed participant")
        verbose_name_plural = _("undisclosed participants")
        ordering = ["agreement", "party__name_en", "pk"]
        # The list, page by page: GET /api/v1/undisclosed-participants/.
        indexes = (models.Index(fields=["-changed_at", "id"], name="undisclosed_changed"),)
        constraints = (
            # Of one level only: over all levels it would tell who sees the lower one that there is a higher one.
            models.UniqueConstraint(
                fields=["agreement", "party", "level"],
                condition=Q(state=UndisclosedState.UNDISCLOSED),
                name="undisclosed_once",
                violation_error_message=_("This party is named there as undisclosed already."),
            ),
            one_of("role", Role, model="undisclosed"),
            one_of("level", Level, model="undisclosed"),
            one_of("state", UndisclosedState, model="undisclosed"),
            models.CheckConstraint(
                condition=Q(state=UndisclosedState.UNDISCLOSED, ended_on__isnull=True)
                | (~Q(state=UndisclosedState.UNDISCLOSED) & Q(ended_on__isnull=False)),
                name="undisclosed_until_a_day",
            ),
        )

    def __str__(self) -> str:
        return str(self.party)

    @property
    def is_above(self) -> bool:
        """Whether it is more secret than its agreement; not any more where the agreement was raised since."""
        return self.level not in Level.up_to(self.agreement.level)
