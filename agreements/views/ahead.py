"""What an agreement has ahead of it, to scale: what is counted back from the planned signing, and its period."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agreements import tasks as procedure_tasks
from agreements.choices import Group, Precision
from agreements.dates import FuzzyDate, render_day
from agreements.models import Agreement
from agreements.reports.facts import AgreementFacts
from agreements.views.strips import Point, Stretch, Strip, strip
from agreements.views.todo import Row


def signing(agreement: Agreement, rows: Sequence[Row], today: date) -> Strip | None:
    """Draw what must be there so long before the planned signing; None where no such day is planned, or it is past."""
    planned = agreement.planned_signing
    if planned is None or planned.precision == Precision.UNKNOWN or planned.latest <= today:
        return None
    counted: dict[date, list[Row]] = defaultdict(list)
    for row in rows:
        rule = procedure_tasks.rule_of(row.task)
        back = rule and rule.before and rule.before.date == "planned_signing"
        if back and row.due and today <= row.due.latest < planned.latest:
            counted[row.due.latest].append(row)
    points = [Point(today, _("Today"), "now"), Point(planned.latest, _("Signing"), "end", planned)]
    points += [Point(day, _first_of(found), "point", found[0].due) for day, found in counted.items()]
    days = sorted({point.on for point in points})
    stretches = [
        Stretch(first, last, _days((last - first).days), "strong" if first != today else "plain")
        for first, last in pairwise(days)
    ]
    told = [f"{_first_of(found)}: {render_day(day)}" for day, found in sorted(counted.items())]
    words = _("Counted back from the planned signing: %(day)s.") % {"day": planned}
    return strip(points, stretches, f"{words} {'; '.join(told)}." if told else words)


def _first_of(rows: Sequence[Row]) -> str:
    """Name the first of the tasks of a day, and say how many more there are."""
    title = rows[0].title.text
    if len(rows) == 1:
        return title
    return _("%(task)s, and %(number)s more") % {"task": title, "number": len(rows) - 1}


def _days(number: int) -> str:
    return ngettext("%(days)s day", "%(days)s days", number) % {"days": number}


def period(facts: AgreementFacts, today: date) -> Strip | None:
    """Draw the period in which a day lies: its first and last day, and until when notice stops its renewal.

    None where no last day is known, or the agreement has ended.
    """
    found = facts.period
    if found is None or found.last == date.max or facts.group == Group.ENDED:
        return None
    first = found.first or (FuzzyDate.of_day(facts.valid_from) if facts.valid_from else None)
    begins = first.latest if first and first.latest != date.max else None
    points = [Point(found.last, _("Renewed after this day") if found.renews_on else _("Last day"), "end")]
    stretches = []
    if begins and begins < found.last:
        points.append(Point(begins, _("Valid from"), "point", first))
    notice = found.last_notice
    if notice and notice < found.last and (begins is None or notice > begins):
        points.append(Point(notice, _("Last day for notice"), "point"))
        stretches.append(Stretch(notice, found.last, _("too late for notice"), "hatched"))
        if begins:
            stretches.append(Stretch(begins, notice, "", "strong"))
    elif begins and begins < found.last:
        stretches.append(Stretch(begins, found.last, "", "strong"))
    if all(point.on != today for point in points):
        points.append(Point(today, _("Today"), "now"))
    told = [f"{point.label}: {point.when or render_day(point.on)}" for point in sorted(points, key=lambda one: one.on)]
    return strip(points, stretches, "; ".join(told) + ".") if len(points) > 1 else None
