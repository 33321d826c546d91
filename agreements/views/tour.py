"""The tour of the sample portfolio: a few pages, with a sentence on each about what to look at."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: An agreement by which the sample portfolio is known.
SAMPLE = "AIR-7Q4M"


@dataclass(frozen=True)
class Stop:
    """A page of the tour: the name of its address with what that takes, what is asked of it, and what to look at."""

    name: str
    words: str | Promise
    args: tuple[str, ...] = ()
    asked: tuple[tuple[str, str], ...] = ()
    part: str = ""


STOPS = (
    Stop(
        "desk",
        _(
            "The desk shows what needs you today, the most urgent first, and says why. Here a roadmap ends in three "
            "days, and what is to follow it has not been signed."
        ),
    ),
    Stop(
        "agreement",
        _(
            "The page of an agreement answers four questions at the top: which stage, since when, what is next, who "
            "must act. The signing cannot be recorded yet; everything that is missing is named, with the law behind it."
        ),
        (SAMPLE,),
    ),
    Stop(
        "agreement",
        _(
            "The same agreement on 1 June 2007. The sources give only the year of the talks, so the page says what is "
            "certain, and what is possible. Under “Look back” any day can be chosen."
        ),
        (SAMPLE,),
        (("as_of", "2007-06-01"),),
    ),
    Stop(
        "agreement",
        _(
            "Entry into force is computed from the clause and the acts of the participants, and each line of the "
            "arithmetic is shown. A stated day that differed would be shown as a conflict."
        ),
        ("PEP-4K7Z",),
        (),
        "entry-into-force",
    ),
    Stop(
        "procedure",
        _(
            "A procedure says which steps there are and what each needs, by which article. The picture shows where "
            "the agreement stands on it."
        ),
        ("ratified",),
        (("agreement", SAMPLE),),
    ),
    Stop(
        "board",
        _("The board shows the same agreements by stage. Moving a card opens the form of the step that it means."),
    ),
    Stop(
        "report",
        _(
            "The brief: what a minister reads before a meeting. Choose a language and a format; PDF, Word and the "
            "others show the same facts."
        ),
        ("brief",),
        (("with", "EU"),),
    ),
)


@dataclass(frozen=True)
class Where:
    """The stop that a page is, among all, and the addresses of its neighbours."""

    number: int
    words: str
    previous: str
    following: str

    @property
    def total(self) -> int:
        """How many stops there are."""
        return len(STOPS)


def address_of(number: int) -> str:
    """Return the address of a stop, counted from one."""
    stop = STOPS[number - 1]
    asked = urlencode([*stop.asked, ("tour", number)])
    return f"{reverse(stop.name, args=stop.args)}?{asked}{'#' if stop.part else ''}{stop.part}"


def where(request: HttpRequest) -> Where | None:
    """Return the stop that the address names, if it leads to the page of that stop."""
    text = request.GET.get("tour", "")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:3]) <= len(STOPS):
        return None
    number = int(text[:3])
    stop = STOPS[number - 1]
    if request.path != reverse(stop.name, args=stop.args):
        return None
    return Where(
        number,
        str(stop.words),
        address_of(number - 1) if number > 1 else "",
        address_of(number + 1) if number < len(STOPS) else "",
    )
