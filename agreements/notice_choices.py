"""The vocabulary of what people are told of: what they watch, which events, how soon, and what became of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class WatchKind(models.TextChoices):
    """What somebody watches."""

    AGREEMENT = "agreement", pgettext_lazy("watched", "an agreement")
    PARTY = "party", pgettext_lazy("watched", "a party")
    AREA = "area", pgettext_lazy("watched", "an area")
    VIEW = "view", pgettext_lazy("watched", "a saved view")
    UNIT = "unit", pgettext_lazy("watched", "the agreements of the own unit")


class EventGroup(models.TextChoices):
    """Events as people speak of them."""

    STEPS = "steps", _("Steps and holds")
    ACTS = "acts", _("Acts of participants")
    DOCUMENTS = "documents", _("Documents")
    TASKS = "tasks", _("Tasks and clearances")
    MEETINGS = "meetings", _("Meetings")
    CORRECTIONS = "corrections", _("Corrections")
    DATA = "data", _("Notes and changes of data")


class Pace(models.TextChoices):
    """How soon somebody is told by e-mail."""

    IMMEDIATELY = "immediately", pgettext_lazy("told", "immediately")
    DAILY = "daily", pgettext_lazy("told", "once a day, together")
    WEEKLY = "weekly", pgettext_lazy("told", "once a week, together")


class DigestPace(models.TextChoices):
    """How often a digest comes."""

    DAILY = Pace.DAILY.value, Pace.DAILY.label
    WEEKLY = Pace.WEEKLY.value, Pace.WEEKLY.label


class ToldIn(models.TextChoices):
    """The languages in which somebody is told; each names itself."""

    EN = "en", "English"
    RU = "ru", "Русский"
    KK = "kk", "Қазақша"


class Weekday(models.IntegerChoices):
    """The days of a week, as Python counts them."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class DigestKind(models.TextChoices):
    """For whom a digest tells what moved, what is due and what is stuck."""

    NONE = "none", pgettext_lazy("digest", "none")
    OFFICER = "officer", pgettext_lazy("digest", "for an officer: what lies on me")
    HEAD = "head", pgettext_lazy("digest", "for a head: what lies on my unit")
    OFFICE = "office", pgettext_lazy("digest", "for the minister’s office: everything I may see")


class MailState(models.TextChoices):
    """What became of the mail about a notification."""

    NONE = "none", pgettext_lazy("mail", "not by e-mail")
    WAITING = "waiting", pgettext_lazy("mail", "waiting")
    SENT = "sent", pgettext_lazy("mail", "sent")
    WITHHELD = "withheld", pgettext_lazy("mail", "not sent, as it may no longer be seen")
    FAILED = "failed", pgettext_lazy("mail", "given up")


class MailingKind(models.TextChoices):
    """What a mail holds."""

    SINGLE = "single", pgettext_lazy("mail", "one event")
    GATHERED = "gathered", pgettext_lazy("mail", "events of a day or a week")
    STORM = "storm", pgettext_lazy("mail", "many events at once")
    DIGEST = "digest", pgettext_lazy("mail", "digest")
