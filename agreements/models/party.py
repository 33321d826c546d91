"""Parties - states and international organisations - and the vocabularies of areas and formats."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from agreements import names
from agreements.choices import PartyKind, SubjectKind
from agreements.models.base import Coded, Journalled, Named, Open, one_of


class Party(Journalled, Named):
    """A state or an international organisation that can take part in agreements."""

    SUBJECT = SubjectKind.PARTY
    RECORDED = ("code", "kind", "name_en", "name_ru", "name_kk")

    code = models.CharField(
        _("code"),
        max_length=12,
        validators=[RegexValidator(r"^[A-Z][A-Z0-9-]*$", _("Capital letters, digits and hyphens only."))],
        help_text=_("ISO 3166-1 alpha-2, or the short code of an organisation: KZ, EU, UN."),
    )
    kind = models.CharField(_("kind"), max_length=14, choices=PartyKind, default=PartyKind.STATE)

    objects = Open.as_manager()

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        ordering = ["name_en", "pk"]
        # What changed last: GET /api/v1/parties/?ordering=-changed_at.
        indexes = (models.Index(fields=["-changed_at", "id"], name="party_changed"),)
        constraints = (
            models.UniqueConstraint(fields=["code"], name="party_code_unique"),
            one_of("kind", PartyKind, model="party"),
        )

    def related_record(self) -> dict[str, list[dict[str, str | None]]]:
        """Return the memberships of this party."""
        return {
            "memberships": [
                {
                    "organisation": membership.organisation.code,
                    "from": membership.since.isoformat(),
                    "until": membership.until.isoformat() if membership.until else None,
                }
                for membership in self.memberships.select_related("organisation").order_by("since", "pk")
            ]
        }


def known_code(code: str) -> str:
    """Return a code that a party of the register has, or one that the world knows. Raises LookupError (a sentence)."""
    if names.known(code) or Party.objects.filter(code=code).exists():
        return code
    raise names.BadName(_("“%(code)s” is not the code of a known party.") % {"code": code})


class Membership(models.Model):
    """A party's membership in an organisation, from its first day to its last."""

    member = models.ForeignKey(Party, models.PROTECT, related_name="memberships", verbose_name=_("member"))
    organisation = models.ForeignKey(
        Party,
        models.PROTECT,
        related_name="members",
        limit_choices_to={"kind": PartyKind.ORGANISATION},
        verbose_name=_("organisation"),
    )
    since = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True, help_text=_("The last day of membership."))

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["organisation", "since", "pk"]
        constraints = (
            models.UniqueConstraint(fields=["member", "organisation", "since"], name="membership_once_a_day"),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="membership_span_ordered",
            ),
            models.CheckConstraint(
                condition=~models.Q(member=models.F("organisation")), name="membership_not_of_itself"
            ),
        )

    def __str__(self) -> str:
        return f"{self.member} – {self.organisation}"


class Area(Coded):
    """A field of cooperation; its prefix begins the references of its agreements."""

    prefix = models.CharField(
        _("prefix of references"),
        max_length=3,
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Three capital letters."))],
    )

    class Meta(Coded.Meta):
        verbose_name = _("area")
        verbose_name_plural = _("areas")


class Format(Coded):
    """A format of meetings: a council, consultations, a summit."""

    class Meta(Coded.Meta):
        verbose_name = _("format of meetings")
        verbose_name_plural = _("formats of meetings")
