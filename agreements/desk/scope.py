"""Whose agreements the desk shows: the reader's own, those of the reader's unit, or all that the reader may see."""

from django.db.models import Exists, OuterRef, QuerySet

from agreements.choices import TaskStatus
from agreements.facets import Scope, lying_on
from agreements.models import Agreement, Meeting, Task, User
from agreements.models.meeting import AgendaItem
from agreements.models.task import Tasks, of_person, of_unit


def agreements(user: User, scope: Scope) -> QuerySet[Agreement]:
    """Return the agreements of a scope that the user may see."""
    found: QuerySet[Agreement] = Agreement.objects.for_user(user).kept()
    return found.filter(lying_on(user, scope))


def tasks(user: User, scope: Scope) -> Tasks:
    """Return the open tasks of a scope that the user may see."""
    found: Tasks = Task.objects.for_user(user).kept().filter(status=TaskStatus.OPEN)
    match scope:
        case Scope.MINE:
            whose = of_person(user) | of_unit(user.unit_id) if user.unit_id else of_person(user)
            # What is somebody's is few, and is found once.
            return found.filter(pk__in=Task.objects.filter(whose).order_by().values("pk"))
        case Scope.UNIT:
            return found.of_unit(user.unit_id)
    return found


def meetings(user: User, scope: Scope) -> QuerySet[Meeting]:
    """Return the meetings that have an agreement of the scope on their agenda; of everything, all of them."""
    found: QuerySet[Meeting] = Meeting.objects.for_user(user)
    if scope == Scope.ALL:
        return found
    return found.filter(Exists(points(agreements(user, scope))))


def points(among: QuerySet[Agreement]) -> QuerySet[AgendaItem]:
    """Return the points of the agenda of a meeting, asked within a query of meetings, that are about some agreements.

    Each is looked up by its key: a list of ten thousand keys would be made anew for every meeting.
    """
    about = Exists(among.order_by().filter(pk=OuterRef("agreement")))
    found: QuerySet[AgendaItem] = AgendaItem.objects.filter(about, meeting=OuterRef("pk"))
    return found
