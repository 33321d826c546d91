"""What can be done next: the steps with what stands against each, every reason with its law and its remedy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from agreements import access, lifecycle
from agreements.choices import DocumentKind
from agreements.guards import Reason
from agreements.models import Agreement, User


@dataclass(frozen=True)
class Need:
    """Something that a step lacks, or that its form will ask for: the sentence, the law, and where it is mended."""

    sentence: str
    law: str
    address: str
    remedy: str
    #: Another way to mend it: the address, and what the link says.
    other: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Choice:
    """A step that leads away from the present stage, as the page offers it."""

    name: str
    label: str
    address: str
    possible: bool
    #: Whether everything that stands against it can be set aside by recording out of procedure.
    forcible: bool
    needs: Sequence[Need]


@dataclass(frozen=True)
class Choices:
    """The step that the procedure foresees next, the others that can be recorded now, and those that cannot.

    `hold` puts it on hold; `documents` are the kinds that the next step asks for and that are not there.
    """

    next: Choice | None
    others: Sequence[Choice]
    blocked: Sequence[Choice]
    hold: Choice
    documents: Sequence[DocumentKind] = ()

    @property
    def away(self) -> list[Choice]:
        """Everything beside the next step, what can be recorded first."""
        ways = [*self.others, *self.blocked, self.hold]
        return [way for way in ways if way.possible] + [way for way in ways if not way.possible]


def choices(agreement: Agreement, user: User, case: lifecycle.Dossier | None = None) -> Choices:
    """Weigh every step from the present stage for a user and sort the answers for the page.

    `case` is what the rules are asked about, where the page has read it already.
    """
    rules, following = agreement.rules, agreement.rules.stages[agreement.stage].next
    found, documents = [], []
    for option in lifecycle.available(agreement, by=user, case=case):
        against = [reason for reason in option.reasons if reason.code != "not-permitted"]
        if option.name == following:
            documents = _documents_in([*option.reasons, *option.asked])
        address = reverse("agreement-step", args=[agreement.reference, option.name])
        remedy = ("", "") if not access.may(user, "step") else (address, _("In the form of the step"))
        asked = [Need(reason.sentence, reason.law_text, *remedy) for reason in option.asked]
        found.append(
            Choice(
                name=option.name,
                label=rules.step_label(option.name),
                address=address,
                possible=not against,
                forcible=not any(reason.firm for reason in against),
                needs=[*needs(agreement, user, against), *asked],
            )
        )
    others = [choice for choice in found if choice.name != following]
    return Choices(
        next=next((choice for choice in found if choice.name == following), None),
        others=[choice for choice in others if choice.possible],
        blocked=[choice for choice in others if not choice.possible],
        hold=_hold(agreement, user),
        documents=documents,
    )


def _documents_in(reasons: Iterable[Reason]) -> list[DocumentKind]:
    """Return the kinds of documents that would meet some of the reasons."""
    asked = (reason.remedy.split(":") for reason in reasons)
    return list(dict.fromkeys(DocumentKind(which) for what, *rest in asked if what == "document" for which in rest))


def _hold(agreement: Agreement, user: User) -> Choice:
    against = lifecycle.hold_objections(agreement)
    return Choice(
        name="hold",
        label=_("Put on hold"),
        address=reverse("agreement-hold", args=[agreement.reference]),
        possible=not against,
        forcible=False,
        needs=needs(agreement, user, against),
    )


def needs(agreement: Agreement, user: User, reasons: Iterable[Reason]) -> list[Need]:
    """Write reasons for a user: the remedy only where the user may apply it."""
    return [
        Need(
            reason.sentence,
            reason.law_text,
            *_remedy(agreement, user, reason.remedy),
            _other_remedy(agreement, user, reason.remedy),
        )
        for reason in reasons
    ]


def _remedy(agreement: Agreement, user: User, remedy: str) -> tuple[str, str]:
    """Return the address where the reason is mended and what the link says; two empty texts where there is none."""
    what = remedy.partition(":")[0]
    if what == "release" and access.may(user, "step"):
        return reverse("agreement-hold", args=[agreement.reference]), _("Release")
    if what == "participants":
        return edit_address(agreement, user), _("Name the participants")
    if what not in _RECORDED or not access.may(user, "record"):
        return "", ""
    if what == "document":
        asked = urlencode({"kind": remedy.partition(":")[2]})
        return f"{reverse('agreement-upload', args=[agreement.reference])}?{asked}", _("Attach")
    words = _("Ask for clearance") if what == "clearance" else _("Record")
    return remedy_address(agreement, remedy), words


def _other_remedy(agreement: Agreement, user: User, remedy: str) -> tuple[str, str]:
    """Return where a document is cited of which there is no file to be attached."""
    if remedy.partition(":")[0] != "document" or not access.may(user, "record"):
        return "", ""
    return remedy_address(agreement, remedy), pgettext("a document", "Cite")


def remedy_address(agreement: Agreement, remedy: str) -> str:
    """Return the form that records what a remedy names, filled in: "document:decision", "act:full_powers:KZ"."""
    what, _colon, which = remedy.partition(":")
    kind, names = _RECORDED[what]
    address = reverse("agreement-record", args=[agreement.reference, kind])
    asked = dict(zip(names, which.split(":"), strict=False)) if which else {}
    return f"{address}?{urlencode(asked)}" if asked else address


#: What a remedy names: the form that records it, and the fields that it fills in.
_RECORDED = {
    "document": ("document", ("document",)),
    "act": ("action", ("act", "party")),
    "clearance": ("clearance", ()),
}


def edit_address(agreement: Agreement, user: User) -> str:
    """Return where the data of the agreement is edited, or an empty text for who may not."""
    allowed = user.is_staff and access.may(user, "edit")
    return reverse("admin:agreements_agreement_change", args=[agreement.pk]) if allowed else ""
