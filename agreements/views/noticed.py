"""What needs attention in one agreement, as its page lists it: each finding, and where it is mended."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from agreements import access
from agreements.findings import ICONS, Finding
from agreements.models import Agreement, User
from agreements.views.next_steps import edit_address

#: The part of the page that a finding leads to, where nothing else mends it.
_PARTS = {
    "task": "#tasks",
    "plans": "#dates",
    "validity": "#dates",
    "steps": "#steps",
    "participants": "#participants",
    "clause": "#entry-into-force",
    "documents": "#documents",
    "history": "#history",
    "edit": "#about",
}


@dataclass(frozen=True)
class Line:
    """One finding: its strength, its sign, its sentence, and the address that it leads to."""

    kind: str
    icon: str
    words: str
    address: str


def lines(findings: Iterable[Finding], agreement: Agreement, user: User, *, mendable: bool) -> list[Line]:
    """Return the findings as lines; `mendable` says that the page shows the present, in which something can be done."""
    return [
        Line(one.strength, ICONS[one.code], one.sentence, _address(one, agreement, user, mendable)) for one in findings
    ]


def mended_at(found: Finding, user: User) -> str:
    """Return, for any page, the form that mends a finding to who may use it; to others the part that tells more."""
    page = reverse("agreement", args=[found.reference])
    return _form(found, user) or f"{page}{_PARTS[found.target]}"


def _address(found: Finding, agreement: Agreement, user: User, mendable: bool) -> str:
    """Return the same on the page of an agreement."""
    if found.reference != agreement.reference:  # what lies between two is told on the pages of both
        return reverse("agreement", args=[found.reference])
    return (_form(found, user) if mendable else "") or _PARTS[found.target]


def _form(found: Finding, user: User) -> str:
    """Return the form that mends a finding, or an empty text where there is none, or not for this user."""
    match found.target:
        case "task" if found.task and access.may(user, "record"):
            return reverse("task", args=[found.task])
        case "plans" | "validity" if access.may(user, "edit"):
            return reverse(f"agreement-{found.target}", args=[found.reference])
        case "edit":
            return edit_address(Agreement(pk=found.agreement), user)
    return ""
