"""What participants do: full powers, signature, ratification and the rest, each an entry of the agreement's journal.

`act` is the one function that writes an act, `correct` replaces one. What follows - who is bound, whether the agreement
is in force - is never written by hand: it is computed from the acts (`tracking`).
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agreements import access, clock, journal, lifecycle, registers, tracking
from agreements.choices import ActionKind, EntryKind, Origin, Role
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.history import act_of
from agreements.misfits import SENTENCES, Misfit, misfits
from agreements.models import Agreement, Entry, Participant, Party, User
from agreements.registers import REASON_MISSING
from agreements.words import Texts

#: What of an act is kept in the data of its entry, beside the kind and the party.
KEPT = ("received", "effective", "manner", "scope", "target")

#: Nobody is free of full powers but by office, practice or circumstances (VCLT 7(1)(b), 7(2)): the record names them.
_GROUNDS_MISSING = Reason(
    "grounds-missing",
    _("Say why full powers are not required: the office of the person, or the practice or circumstances relied on."),
    asked="what",
    firm=True,
)


def act(
    agreement: Agreement,
    party: Party,
    kind: str,
    *,
    on: FuzzyDate,
    by: User,
    received: FuzzyDate | None = None,
    effective: FuzzyDate | None = None,
    manner: str = "",
    scope: str | Texts = "",
    target: Entry | None = None,
    out_of_procedure: bool = False,
    reason: str | Texts = "",
    origin: str = Origin.RECORDED,
    **details: Any,
) -> Entry:
    """Record an act of a participant for the present text; returns its entry.

    `on` is the day of the act, `received` that of its receipt by the depositary, `effective` the day of effect where a
    source states one; `target` is the act that it withdraws, confirms or objects to. What does not fit the acts before
    it is refused, or recorded out of procedure with a reason by who may do so. Raises Refused with every reason; then
    nothing was written.
    """
    with transaction.atomic():
        fresh = registers.lock(agreement, by=by, right="import" if origin == Origin.IMPORTED else "record")
        data: dict[str, Any] = {
            name: value.iso if isinstance(value, FuzzyDate) else value
            for name, value in (("received", received), ("effective", effective), ("manner", manner), ("scope", scope))
            if value
        }
        if target is not None:
            data["target"] = str(target.pk)
        joins = _joins(fresh, party, kind)
        reasons = [] if joins else _unknown(fresh, party, kind)
        reasons = reasons or _misfits(fresh, party, kind, on, data, target, origin)
        if kind == ActionKind.FULL_POWERS_NOT_REQUIRED and not (details.get("what") or details.get("evidence")):
            reasons.append(_GROUNDS_MISSING)
        reasons += registers.spelling({"scope": scope})
        if received:
            reasons += registers.timing(received, clock.today(), asked="received")
        unmet = sorted({entry.code for entry in reasons if not entry.firm})
        if out_of_procedure and unmet:
            reasons = [entry for entry in reasons if entry.firm] + _set_aside(by, reason)
            data["unmet"] = unmet
        if reasons:
            raise Refused(*reasons)
        if joins:
            # The list of participants is never edited for it: the act itself brings the party in.
            edit = registers.Edit(fresh, by=by)
            edit.fixed = False
            Participant.objects.create(agreement=fresh, party=party, role=Role.PARTY)
            edit.finish()
        return registers.add(
            fresh,
            EntryKind.ACTION,
            by=by,
            on=on,
            origin=origin,
            reason=reason,
            out_of_procedure="unmet" in data,
            data={"act": kind, "party": party.code, **data},
            **details,
        )


def correct(entry: Entry, *, by: User, reason: str, own_reason: str | Texts | None = None, **given: Any) -> Entry:
    """Replace an act by one with other values, with a reason; what is not given anew is taken over from it.

    Takes the same names as `act`. Raises Refused; then nothing was written.
    """
    data, text = journal.data_of(entry), journal.text_of(entry)
    if entry.kind != EntryKind.ACTION:
        raise Refused(Reason("not-an-act", _("This entry is not an act of a participant."), firm=True))
    kept: dict[str, Any] = {
        "on": entry.on,
        "evidence": entry.evidence,
        "source": entry.source,
        "place": entry.place,
        "legal_basis": entry.legal_basis,
        "certainty": entry.certainty,
        "stated_elsewhere": entry.stated_elsewhere,
        "stated_by": entry.stated_by,
        "what": text.get("what", ""),
        "reason": text.get("reason", "") if own_reason is None else own_reason,
        "out_of_procedure": entry.out_of_procedure,
        "manner": data.get("manner", ""),
        "scope": data.get("scope", ""),
        "received": FuzzyDate.parse(data["received"]) if data.get("received") else None,
        "effective": FuzzyDate.parse(data["effective"]) if data.get("effective") else None,
        "target": Entry.objects.filter(pk=data["target"]).first() if data.get("target") else None,
    }
    values = kept | given
    with transaction.atomic():
        agreement = lifecycle.void(entry, by=by, reason=reason)
        party = given.get("party") or Party.objects.get(code=data["party"])
        kind = str(given.get("kind") or data["act"])
        return act(
            agreement,
            party,
            kind,
            by=by,
            origin=entry.origin,
            text_number=data.get("text", 1),
            replaces=entry,
            **{name: value for name, value in values.items() if name not in ("party", "kind")},
        )


def joining(agreement: Agreement) -> list[ActionKind]:
    """Return the acts that bring in a party that takes no part yet: who accedes, succeeds, or signs what is open."""
    coming = [ActionKind.ACCESSION, ActionKind.SUCCESSION]
    if agreement.rules.open_for_signature:
        coming += [ActionKind.SIGNATURE, *ActionKind.after_signature(), ActionKind.FORMAL_CONFIRMATION]
    return coming


def _joins(agreement: Agreement, party: Party, kind: str) -> bool:
    return kind in joining(agreement) and not agreement.participants.filter(party=party).exists()


def _unknown(agreement: Agreement, party: Party, kind: str) -> list[Reason]:
    reasons = []
    if kind not in ActionKind.values:
        reasons.append(
            Reason(
                "act-unknown",
                _("“%(value)s” is not known. Use one of: %(known)s."),
                {"value": kind, "known": ", ".join(ActionKind.values)},
                asked="act",
                firm=True,
            )
        )
    row = agreement.participants.filter(party=party).first()
    if row is None:
        template = _("Not a participant of this agreement: %(party)s. Add the party to its participants first.")
        reasons.append(Reason("not-a-participant", template, {"party": party.names}, asked="party", firm=True))
    elif not Role(row.role).acts:
        template = _("In this role a participant neither signs nor consents: %(party)s (%(role)s).")
        reasons.append(
            Reason("looks-on", template, {"party": party.names, "role": Role(row.role).label}, asked="party", firm=True)
        )
    return reasons


def _misfits(
    agreement: Agreement,
    party: Party,
    kind: str,
    on: FuzzyDate,
    data: dict[str, Any],
    target: Entry | None,
    origin: str,
) -> list[Reason]:
    """Return why the act does not fit those recorded; of what is imported only contradictions count."""
    acts, clause, history = tracking.acts_of(agreement)
    if "target" in data:
        data["target"] = history.present(data["target"])
    entry = act_of(None, on, data | {"act": kind, "party": party.code})
    found = misfits(
        entry,
        acts,
        signature_needed=clause.signature_needed if clause else True,
        provisional=clause is not None and clause.provisional is not None,
    )
    return [_reason(misfit, party) for misfit in found if misfit.firm or origin != Origin.IMPORTED]


def _reason(misfit: Misfit, party: Party) -> Reason:
    return Reason(
        misfit.code,
        SENTENCES[misfit.code],
        misfit.told(party.names),
        asked=misfit.asked,
        firm=misfit.firm,
    )


def _set_aside(by: User, reason: str | Texts) -> list[Reason]:
    reasons = []
    if not access.may(by, "out_of_procedure"):
        reasons.append(
            Reason("not-permitted", _("You do not have the right to record an act out of procedure."), firm=True)
        )
    if not reason:
        reasons.append(REASON_MISSING)
    return reasons
