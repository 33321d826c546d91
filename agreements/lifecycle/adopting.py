"""Moving an agreement to the version of its procedure that is in use today: an act of its own, with a reason."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agreements import clock, journal, procedures, registers, upkeep
from agreements.choices import EntryKind, Stage
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.history import History, histories
from agreements.lifecycle.opening import present_version
from agreements.models import Agreement, User
from agreements.procedures import Procedure
from agreements.registers import REASON_MISSING
from agreements.words import Texts, worded

#: Who may set one requirement aside, with a reason, may also say that other rules hold from now on. Whoever may less
#: could otherwise go around a requirement by way of a version that does not make it.
ADOPTION_RIGHT = "out_of_procedure"

PRESENT_ALREADY = Reason(
    "procedure-present",
    _("The agreement follows the version of its procedure that is in use today already."),
    firm=True,
)
_CHANGED = Reason(
    "procedure-changed",
    _("The procedure has changed since you compared the versions. Compare them again."),
    asked="digest",
    firm=True,
)


def in_use(agreement: Agreement) -> Procedure | None:
    """Return the version of the agreement's procedure that new agreements follow; None where it is out of use."""
    return procedures.load(settings.PROCEDURES_DIR).get(agreement.procedure_version.code)


def is_outdated(agreement: Agreement) -> bool:
    """Whether new agreements follow another version of the procedure than this one."""
    present = in_use(agreement)
    return present is not None and present.digest != agreement.procedure_version.digest


def adoption_objections(agreement: Agreement) -> list[Reason]:
    """Return everything in the record that stands against moving it to the version in use; nothing is written."""
    return _objections(agreement, histories([agreement.pk])[agreement.pk])


def adopt(
    agreement: Agreement, *, by: User, reason: str | Texts, on: FuzzyDate | None = None, digest: str = ""
) -> Agreement:
    """Move an agreement to the version of its procedure that is in use today, and return it fresh.

    Its history stays as it is; requirements and tasks follow the new version from now on. `digest` is the version that
    was looked at before, if one was. Raises Refused with every reason; then nothing was written.
    """
    when = on or FuzzyDate.of_day(clock.today())
    with transaction.atomic():
        # The row is locked: of two who move it at once, the second finds it moved.
        fresh = registers.lock(agreement, by=by, right=ADOPTION_RIGHT)
        reasons = registers.spelling({"reason": reason}) + registers.timing(when, clock.today())
        if not worded(reason).text.strip():
            reasons.append(REASON_MISSING)
        reasons += _objections(fresh, histories([fresh.pk])[fresh.pk])
        present = in_use(fresh)
        if digest and present and digest != present.digest:
            reasons.append(_CHANGED)
        if reasons:
            raise Refused(*reasons)
        before = fresh.procedure_version
        fresh.procedure_version = present_version(before.code)
        journal.record(
            fresh,
            EntryKind.EDIT,
            by=by,
            on=when,
            data={"changes": {"procedure_version": [before.digest, fresh.procedure_version.digest]}},
            text={"reason": reason},
        )
        fresh.save(update_fields=["procedure_version", "version", "changed_at"])
        upkeep.refresh([fresh], with_tasks=bool(before.rules.tasks))
    return fresh


def _objections(agreement: Agreement, history: History) -> list[Reason]:
    present = in_use(agreement)
    if present is None:
        template = _("The procedure “%(procedure)s” is no longer in use: there is no newer version to follow.")
        return [Reason("procedure-unknown", template, {"procedure": agreement.rules.title}, firm=True)]
    if present.digest == agreement.procedure_version.digest:
        return [PRESENT_ALREADY]
    passed = {placed.to_stage for placed in history.line if placed.to_stage}
    template = _("The agreement has been in the stage “%(stage)s”, which the version in use today does not have.")
    known = agreement.rules.stages
    missing = [stage for stage in Stage if stage in passed and stage not in present.stages]
    labels = [(stage in known and known[stage].label) or stage.label for stage in missing]
    return [Reason("stage-missing", template, {"stage": label}, firm=True) for label in labels]
