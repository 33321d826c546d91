"""The meetings that have an agreement on their agenda: what is to be said of it there, and what came of it."""

from typing import NamedTuple

from django.urls import reverse

from agreements.choices import MeetingStatus
from agreements.dates import FuzzyDate
from agreements.models import AgendaItem, Agreement, Meeting, User
from agreements.reports.meetings_facts import meetings_of
from agreements.views.standpoint import Standpoint
from agreements.words import Worded


class Met(NamedTuple):
    """A meeting that has the agreement on its agenda, with what its agenda says of it."""

    title: Worded
    address: str
    on: FuzzyDate
    certainty: str
    status: str
    place: str
    talking_points: str = ""
    outcome: str = ""
    ahead: bool = False


def meetings(agreement: Agreement, user: User, view: Standpoint) -> list[Met]:
    """Return the meetings that have the agreement on their agenda, the latest first, as known at the moment."""
    if view.known_at is not None:
        then = meetings_of(user, view.known_at, about=agreement.pk, marked=False).values()
        return [
            Met(
                one.title,
                one.address,
                one.on,
                one.certainty,
                str(one.status.label),
                one.place,
                point.talking_points,
                point.outcome,
                one.status in _AHEAD,
            )
            for one in sorted(then, key=lambda one: one.on.earliest, reverse=True)
            if one.on.possibly_by(view.as_of)
            for point in one.agenda
            if point.agreement == agreement.pk
        ]
    seen = Meeting.objects.for_user(user)
    if view.past:
        seen = seen.filter(earliest__lte=view.as_of)
    found = AgendaItem.objects.filter(agreement=agreement, meeting__in=seen).select_related("meeting__format")
    return [
        Met(
            item.meeting.title,
            reverse("meeting", args=[item.meeting.pk]),
            item.meeting.on,
            item.meeting.certainty,
            item.meeting.get_status_display(),
            item.meeting.place,
            item.talking_points,
            item.outcome,
            item.meeting.status in _AHEAD,
        )
        for item in found.order_by("-meeting__earliest", "meeting__pk")
    ]


_AHEAD = (MeetingStatus.TENTATIVE, MeetingStatus.CONFIRMED)
