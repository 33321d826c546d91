"""The dates that matter of an agreement: what happened, what is planned, until when it runs, by when to give notice."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements import periods
from agreements.choices import Group
from agreements.dates import FuzzyDate
from agreements.models import Agreement
from agreements.reports.facts import AgreementFacts
from agreements.views.picture import Picture
from agreements.views.standpoint import Standpoint


@dataclass(frozen=True)
class KeyDate:
    """A date that matters, with what is not certain about it, and how far off it is where that counts."""

    label: str
    on: FuzzyDate
    certainty: str = "firm"
    note: str = ""


def key_dates(agreement: Agreement, facts: AgreementFacts, drawn: Picture, view: Standpoint) -> Iterator[KeyDate]:
    """Yield the dates in the order of the panel: what happened, what is planned, the period."""
    for node in drawn.nodes:
        if node.event and node.state == "done" and node.event.on.earliest != date.min:
            yield KeyDate(node.label, node.event.on, node.event.certainty)
    if facts.since:
        yield KeyDate(_("In this stage since"), facts.since, facts.certainty)
    if facts.hold_since:
        yield KeyDate(_("On hold since"), facts.hold_since)
    if not view.past and agreement.planned_signing:
        yield KeyDate(_("Planned signing"), agreement.planned_signing)
    if not view.past and agreement.planned_entry_into_force:
        yield KeyDate(_("Planned entry into force"), agreement.planned_entry_into_force)
    yield from _period_dates(facts, view.as_of)


def _period_dates(facts: AgreementFacts, day: date) -> Iterator[KeyDate]:
    """Yield the first and last day of validity, and until when notice stops its renewal."""
    if facts.valid_from:
        yield KeyDate(_("Valid from"), FuzzyDate.of_day(facts.valid_from))
    period, over = facts.period, facts.group == Group.ENDED
    if period is None or facts.valid_until is None:
        return
    if period.number > 1:
        yield KeyDate(_("First period until"), FuzzyDate.of_day(facts.valid_until))
        renewed = ngettext("renewed %(number)s time", "renewed %(number)s times", period.number - 1)
        note = renewed % {"number": period.number - 1}
        yield KeyDate(_("Present period until"), FuzzyDate.of_day(period.last), note=note)
    else:
        yield KeyDate(_("Valid until"), FuzzyDate.of_day(period.last), note="" if over else _distance(period.last, day))
    if not over and period.renews_on:
        if period.last_notice:
            last = FuzzyDate.of_day(period.last_notice)
            yield KeyDate(_("Last day for notice"), last, note=_distance(period.last_notice, day))
        yield KeyDate(_("Renewed, unless notice is given, on"), FuzzyDate.of_day(period.renews_on))
    if facts.group == Group.OPERATIVE and (reminder := period.next_reminder(day)):
        yield KeyDate(_("Next reminder"), FuzzyDate.of_day(reminder.on), note=reminder.sentence)


def renewal(facts: AgreementFacts) -> str:
    """Say how it is renewed: by how many years, and how long before its end notice stops that."""
    years, months = facts.validity.renewal_years, facts.validity.notice_months
    if not years:
        return ""
    told = ngettext("by %(years)s year", "by %(years)s years", years) % {"years": years}
    if not months:
        return told
    notice = ngettext("notice %(months)s month before", "notice %(months)s months before", months) % {"months": months}
    return f"{told}; {notice}"


def _distance(last: date, day: date) -> str:
    """Say how far off a last day is, within half a year before it and always after it."""
    days = (last - day).days
    if days < 0:
        return _("past")
    if days > periods.REMINDERS[0]:
        return ""
    return ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days} if days else _("today")
