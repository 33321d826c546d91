"""The register of the usual stack: a machine of django-fsm, its log, and the history of django-simple-history."""

from django.conf import settings
from django.db import models
from django_fsm import FSMField, transition
from django_fsm_log.decorators import fsm_log_by, fsm_log_description
from simple_history.models import HistoricalRecords


class Stage(models.TextChoices):
    """Where an agreement stands."""

    PROPOSED = "proposed", "Proposed"
    MANDATED = "mandated", "Mandated"
    NEGOTIATING = "negotiating", "Negotiating"
    INITIALLED = "initialled", "Initialled"
    SIGNING = "signing", "Being prepared for signing"
    SIGNED = "signed", "Signed"
    RATIFYING = "ratifying", "Undergoing ratification"
    IN_FORCE = "in_force", "In force"
    SUSPENDED = "suspended", "Suspended"
    TERMINATED = "terminated", "Terminated"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Unit(models.Model):
    """A unit of the ministry."""

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name


class Area(models.Model):
    """A field of cooperation."""

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name


class Party(models.Model):
    """A state or an international organisation."""

    code = models.CharField(max_length=12, unique=True)
    name_en = models.CharField(max_length=200)
    name_ru = models.CharField(max_length=200, blank=True)
    name_kk = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.name_en


class Agreement(models.Model):
    """An agreement; its stage moves by transitions, each of which is logged, and every save is kept as history."""

    reference = models.CharField(max_length=12, unique=True)
    title_en = models.CharField(max_length=500)
    title_ru = models.CharField(max_length=500, blank=True)
    title_kk = models.CharField(max_length=500, blank=True)
    short_title_en = models.CharField(max_length=200, blank=True)
    short_title_ru = models.CharField(max_length=200, blank=True)
    short_title_kk = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20, db_index=True)
    procedure = models.CharField(max_length=20)
    stage = FSMField(max_length=12, choices=Stage.choices, default=Stage.PROPOSED, protected=True, db_index=True)
    since_earliest = models.DateField()
    since_latest = models.DateField()
    since_precision = models.CharField(max_length=10, default="day")
    text = models.PositiveSmallIntegerField(default=1)
    round = models.PositiveSmallIntegerField(default=0)
    on_hold = models.BooleanField(default=False)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    renewal_years = models.PositiveSmallIntegerField(null=True, blank=True)
    notice_months = models.PositiveSmallIntegerField(null=True, blank=True)
    planned_signing = models.DateField(null=True, blank=True)
    planned_entry_into_force = models.DateField(null=True, blank=True)
    lead_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="agreements")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="agreements")
    level = models.CharField(max_length=12, default="internal")
    in_the_name_of = models.CharField(max_length=12, default="government")
    next_step = models.CharField(max_length=300, blank=True)
    ball = models.CharField(max_length=12, blank=True)
    areas = models.ManyToManyField(Area, related_name="agreements", blank=True)
    changed_at = models.DateTimeField(auto_now=True, db_index=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["-changed_at"]

    def __str__(self) -> str:
        return self.title_en

    @fsm_log_by
    @fsm_log_description
    @transition(field=stage, source=Stage.PROPOSED, target=Stage.MANDATED)
    def authorise(self, by: object = None, description: str = "") -> None:
        """Authority to negotiate is given."""

    @fsm_log_by
    @fsm_log_description
    @transition(field=stage, source=[Stage.PROPOSED, Stage.MANDATED], target=Stage.NEGOTIATING)
    def open_negotiations(self, by: object = None, description: str = "") -> None:
        """Talks begin."""

    @fsm_log_by
    @fsm_log_description
    @transition(field=stage, source=[Stage.NEGOTIATING, Stage.INITIALLED], target=Stage.SIGNING)
    def prepare_signing(self, by: object = None, description: str = "") -> None:
        """It is prepared for signing."""

    @fsm_log_by
    @fsm_log_description
    @transition(field=stage, source=Stage.IN_FORCE, target=Stage.SUSPENDED)
    def suspend(self, by: object = None, description: str = "") -> None:
        """Operation is suspended."""

    @fsm_log_by
    @fsm_log_description
    @transition(field=stage, source=Stage.SUSPENDED, target=Stage.IN_FORCE)
    def resume(self, by: object = None, description: str = "") -> None:
        """Operation goes on."""


class Participant(models.Model):
    """A party's part in an agreement."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="participants")
    party = models.ForeignKey(Party, models.PROTECT, related_name="participations")
    role = models.CharField(max_length=12, default="party")

    class Meta:
        ordering = ["party__name_en"]
        unique_together = ("agreement", "party")

    def __str__(self) -> str:
        return str(self.party)


class Relation(models.Model):
    """How one agreement stands to another."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="relations")
    kind = models.CharField(max_length=12)
    to = models.ForeignKey(Agreement, models.PROTECT, related_name="related_from")

    def __str__(self) -> str:
        return self.kind


class Document(models.Model):
    """A document of an agreement."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=26)
    name = models.CharField(max_length=160)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Task(models.Model):
    """Something to do for an agreement."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="tasks")
    title = models.CharField(max_length=300)
    due = models.DateField(null=True, db_index=True)
    status = models.CharField(max_length=8, default="open", db_index=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True)

    def __str__(self) -> str:
        return self.title
