"""Meetings and their agendas."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agreements.choices import Certainty, Level, MeetingLevel, MeetingStatus, Precision, SubjectKind
from agreements.models.agreement import Agreement
from agreements.models.base import Dated, Journalled, Line, Prose, Searched, Visible, one_of, span_ordered
from agreements.models.party import Format, Party
from agreements.words import LANGUAGES, Worded, pick, translated


class Meetings(Visible):
    """Meetings, as far as the reader may see them."""

    areas_field = "agenda__agreement__areas"


class Meeting(Searched, Journalled, Dated):
    """A meeting with the other side, past or planned; next year's calendar knows "second half of 2025"."""

    SUBJECT = SubjectKind.MEETING
    RECORDED = (
        "format",
        "rank",
        "earliest",
        "latest",
        "precision",
        "certainty",
        "status",
        "place",
        "level",
        "starts_at",
        "ends_at",
        "time_zone",
    )
    RECORDED_TEXT = (
        *("title_en", "title_ru", "title_kk", "counterpart", "counterpart_ru", "counterpart_kk"),
        *("outcome", "outcome_ru", "outcome_kk", "source"),
    )

    title_en = Line(_("title in English"), max_length=200, blank=True)
    title_ru = Line(_("title in Russian"), max_length=200, blank=True)
    title_kk = Line(_("title in Kazakh"), max_length=200, blank=True)
    format = models.ForeignKey(Format, models.PROTECT, related_name="meetings", verbose_name=_("format"))
    rank = models.CharField(_("held at the level of"), max_length=16, choices=MeetingLevel, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=MeetingStatus, default=MeetingStatus.TENTATIVE)
    certainty = models.CharField(_("certainty"), max_length=10, choices=Certainty, default=Certainty.FIRM)
    place = Line(_("place"), max_length=200, blank=True)
    #: With whom, and what came of it, stand as they were first written, in whatever language; beside them translations.
    counterpart = Line(_("with"), max_length=200, blank=True)
    counterpart_ru = Line(_("with, in Russian"), max_length=200, blank=True)
    counterpart_kk = Line(_("with, in Kazakh"), max_length=200, blank=True)
    parties = models.ManyToManyField(Party, related_name="meetings", blank=True, verbose_name=_("participants"))
    level = models.CharField(_("level of confidentiality"), max_length=12, choices=Level, default=Level.INTERNAL)
    outcome = Prose(_("outcome"), blank=True, max_length=4000)
    outcome_ru = Prose(_("outcome in Russian"), blank=True, max_length=4000)
    outcome_kk = Prose(_("outcome in Kazakh"), blank=True, max_length=4000)
    source = Line(_("source"), max_length=300, blank=True)
    starts_at = models.DateTimeField(
        _("start"), null=True, blank=True, help_text=_("Leave empty where no time of day is fixed.")
    )
    ends_at = models.DateTimeField(_("end"), null=True, blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, blank=True, help_text=_("Whose clock the times are told by: Asia/Almaty.")
    )
    #: How often, and when last, something changed that calendars elsewhere show (iCalendar: SEQUENCE, LAST-MODIFIED).
    #: Empty: nothing has since such changes are counted; then the last change of the record stands for it.
    feed_sequence = models.PositiveIntegerField(_("number of its version in calendars"), default=0, editable=False)
    feed_changed_at = models.DateTimeField(_("last change in calendars"), null=True, editable=False)

    objects = Meetings.as_manager()

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        ordering = ["-earliest", "pk"]
        indexes = (
            # The list by day and by last change, page by page: GET /api/v1/meetings/.
            models.Index(fields=["-earliest", "id"], name="meeting_earliest"),
            models.Index(fields=["-changed_at", "id"], name="meeting_changed"),
        )
        constraints = (
            one_of("rank", MeetingLevel, model="meeting", blank=True),
            one_of("status", MeetingStatus, model="meeting"),
            one_of("certainty", Certainty, model="meeting"),
            one_of("level", Level, model="meeting"),
            one_of("precision", Precision, model="meeting"),
            span_ordered("", model="meeting"),
            models.CheckConstraint(
                condition=models.Q(starts_at__isnull=True) | models.Q(precision=Precision.DAY),
                name="meeting_time_of_a_day",
                violation_error_message=_("A time of day needs the very day."),
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__isnull=True)
                | models.Q(starts_at__isnull=False, ends_at__gt=models.F("starts_at")),
                name="meeting_time_ordered",
                violation_error_message=_("The end is not after the start."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.title}, {self.on}"

    def get_absolute_url(self) -> str:
        """Return the address of the meeting's page."""
        return reverse("meeting", args=[self.pk])

    def sought_by(self) -> Iterable[str]:
        """Return its titles, where it is held, and with whom."""
        yield from (self.title_en, self.title_ru, self.title_kk, self.place)
        yield from (self.counterpart, self.counterpart_ru, self.counterpart_kk)

    @property
    def title(self) -> Worded:
        """The title in the reader's language; the name of the format where it has none of its own."""
        titles = {language: getattr(self, f"title_{language}") for language in LANGUAGES}
        return pick({language: titles[language] or self.format.names[language] for language in LANGUAGES})

    @property
    def counterpart_translations(self) -> dict[str, str]:
        """With whom, by the language into which it is translated."""
        return {"ru": self.counterpart_ru, "kk": self.counterpart_kk}

    @property
    def counterpart_text(self) -> Worded:
        """With whom, in the reader's language, or in one that has it."""
        return pick(translated(self.counterpart, **self.counterpart_translations))

    @property
    def outcome_translations(self) -> dict[str, str]:
        """What came of it, by the language into which it is translated."""
        return {"ru": self.outcome_ru, "kk": self.outcome_kk}

    @property
    def outcome_text(self) -> Worded:
        """What came of it, in the reader's language, or in one that has it."""
        return pick(translated(self.outcome, **self.outcome_translations))

    @property
    def shown_at(self) -> datetime:
        """When something last changed that calendars elsewhere show."""
        return self.feed_changed_at or self.changed_at

    def related_record(self) -> dict[str, Any]:
        """Return the participants as they stand."""
        return {"parties": sorted(self.parties.values_list("code", flat=True))}

    def related_text(self) -> dict[str, Any]:
        """Return the agenda as it stands."""
        return {
            "agenda": [
                {
                    "agreement": str(item.agreement_id),
                    "talking_points": item.talking_points,
                    "outcome": item.outcome,
                }
                for item in self.agenda.order_by("number", "pk")
            ],
        }


class AgendaItem(models.Model):
    """One point of an agenda, tied to an agreement: talking points before, outcome after."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="agenda", verbose_name=_("meeting"))
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="agenda_items", verbose_name=_("agreement"))
    number = models.PositiveSmallIntegerField(_("number"), default=1)
    talking_points = Prose(_("talking points"), blank=True, max_length=4000)
    outcome = Prose(_("outcome"), blank=True, max_length=4000)

    class Meta:
        verbose_name = _("agenda item")
        verbose_name_plural = _("agenda")
        ordering = ["meeting", "number", "pk"]
        constraints = (models.UniqueConstraint(fields=["meeting", "agreement"], name="agenda_item_once"),)

    def __str__(self) -> str:
        return f"{self.number}. {self.agreement}"
