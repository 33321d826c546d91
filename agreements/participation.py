"""What participants do: full powers, signature, ratification and the rest, each an entry of the agreement's journal.

`Series` is the one way in which acts are written, `act` its case of one; `correct` replaces an act. What follows - who
is bound, whether the agreement is in force - is never written by hand: it is computed from the acts (`tracking`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agreements import access, clock, journal, lifecycle, registers, tracking
from agreements.choices import ActionKind, EntryKind, Origin, Role
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.history import act_of, histories
from agreements.misfits import SENTENCES, Misfit, contradictions, misfits
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


_AIM_LOST = _("Another act concerns this one, and would no longer fit: “%(act)s”, %(on)s. Void that one first.")


class Series:
    """Acts of one agreement that are recorded together: its row is locked and its record read once, each act is weighed
    against those before it, and `finish` writes them all.

    For those who record many; `act` is its case of one. The caller holds a transaction. Raises Refused without the
    right to record.
    """

    def __init__(self, agreement: Agreement, *, by: User, origin: str = Origin.RECORDED) -> None:
        self.by, self.origin = by, origin
        self.agreement = registers.lock(agreement, by=by, right="import" if origin == Origin.IMPORTED else "record")
        self._history = histories([agreement.pk])[agreement.pk]
        self._clause = tracking.kept_clause(self.agreement)
        self._roles = {taking.party.code: taking.role for taking in tracking.takings_of([agreement.pk])}
        self._joining: list[Party] = []
        self._drafts: list[journal.Draft] = []

    def take(
        self,
        party: Party,
        kind: str,
        *,
        on: FuzzyDate,
        received: FuzzyDate | None = None,
        effective: FuzzyDate | None = None,
        manner: str = "",
        scope: str | Texts = "",
        target: str = "",
        out_of_procedure: bool = False,
        reason: str | Texts = "",
        **details: Any,
    ) -> str:
        """Take an act as `act` does, `target` being the key of an entry; returns the key of the entry to be.

        Raises Refused with every reason; then the act is not among them.
        """
        data: dict[str, Any] = {
            name: value.iso if isinstance(value, FuzzyDate) else value
            for name, value in (("received", received), ("effective", effective), ("manner", manner), ("scope", scope))
            if value
        }
        if target:
            data["target"] = self._history.present(target)
        joins = kind in joining(self.agreement) and party.code not in self._roles
        reasons = [] if joins else self._unknown(party, kind)
        reasons = reasons or self._misfits(party, kind, on, data)
        if kind == ActionKind.FULL_POWERS_NOT_REQUIRED and not (details.get("what") or details.get("evidence")):
            reasons.append(_GROUNDS_MISSING)
        reasons += registers.spelling({"scope": scope})
        if received:
            reasons += registers.timing(received, clock.today(), asked="received")
        unmet = sorted({entry.code for entry in reasons if not entry.firm})
        if out_of_procedure and unmet:
            reasons = [entry for entry in reasons if entry.firm] + _set_aside(self.by, reason)
            data["unmet"] = unmet
        if reasons:
            raise Refused(*reasons)
        draft = registers.drafted(
            self.agreement,
            EntryKind.ACTION,
            by=self.by,
            on=on,
            origin=self.origin,
            reason=reason,
            out_of_procedure="unmet" in data,
            data={"act": kind, "party": party.code, **data},
            **details,
        )
        if joins:
            self._joining.append(party)
            self._roles[party.code] = Role.PARTY
        self._drafts.append(draft)
        key = str(draft.key)
        self._history.tracks.append((draft.data["text"], act_of(draft.key, on, draft.data)))
        return key

    @contextmanager
    def together(self) -> Iterator[None]:
        """Take several acts or none of them: where one is refused, what was taken inside the block is let go."""
        drafts, acts = len(self._drafts), len(self._history.tracks)
        joining, roles = list(self._joining), dict(self._roles)
        try:
            yield
        except Refused:
            del self._drafts[drafts:], self._history.tracks[acts:]
            self._joining, self._roles = joining, roles
            raise

    def finish(self) -> list[Entry]:
        """Write the acts that were taken, in their order; returns their entries."""
        if self._joining:
            # The list of participants is never edited for it: the act itself brings the party in.
            edit = registers.Edit(self.agreement, by=self.by)
            edit.fixed = False
            Participant.objects.bulk_create(
                Participant(agreement=self.agreement, party=party, role=Role.PARTY) for party in self._joining
            )
            edit.finish()
        return registers.write(self.agreement, self._drafts) if self._drafts else []

    def _unknown(self, party: Party, kind: str) -> list[Reason]:
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
        role = self._roles.get(party.code)
        if role is None:
            template = _("Not a participant of this agreement: %(party)s. Add the party to its participants first.")
            reasons.append(Reason("not-a-participant", template, {"party": party.names}, asked="party", firm=True))
        elif not Role(role).acts:
            template = _("In this role a participant neither signs nor consents: %(party)s (%(role)s).")
            told = {"party": party.names, "role": Role(role).label}
            reasons.append(Reason("looks-on", template, told, asked="party", firm=True))
        return reasons

    def _misfits(self, party: Party, kind: str, on: FuzzyDate, data: dict[str, Any]) -> list[Reason]:
        """Return why the act does not fit those before it; of what is imported only contradictions count."""
        acting = [code for code, role in self._roles.items() if Role(role).acts]
        acts = tracking.acts_in(self._history, self.agreement.rules, acting)
        entry = act_of(None, on, data | {"act": kind, "party": party.code})
        # What others did bears on it only where it aims at their act.
        aimed = {other.party for other in acts if other.id and other.id == entry.target}
        found = misfits(
            entry,
            [other for other in acts if other.party == party.code or other.party in aimed],
            signature_needed=self._clause.signature_needed if self._clause else True,
            provisional=self._clause is not None and self._clause.provisional is not None,
        )
        return [_reason(misfit, party) for misfit in found if misfit.firm or self.origin != Origin.IMPORTED]


def act(
    agreement: Agreement,
    party: Party,
    kind: str,
    *,
    on: FuzzyDate,
    by: User,
    target: Entry | None = None,
    origin: str = Origin.RECORDED,
    **details: Any,
) -> Entry:
    """Record an act of a participant for the present text; returns its entry.

    `on` is the day of the act, `received` that of its receipt by the depositary, `effective` the day of effect where a
    source states one; `manner` and `scope` say how and of what; `target` is the act that it withdraws, confirms or
    objects to. What does not fit the acts before it is refused, or recorded `out_of_procedure` with a `reason` by who
    may do so; `details` are the other columns of an entry. Raises Refused with every reason; then nothing was written.
    """
    with transaction.atomic():
        series = Series(agreement, by=by, origin=origin)
        series.take(party, kind, on=on, target=str(target.pk) if target else "", **details)
        return series.finish()[0]


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
        agreement = lifecycle.void(entry, by=by, reason=reason, replaced=True)
        party = given.get("party") or Party.objects.get(code=data["party"])
        kind = str(given.get("kind") or data["act"])
        made = act(
            agreement,
            party,
            kind,
            by=by,
            origin=entry.origin,
            text_number=data.get("text", 1),
            replaces=entry,
            **{name: value for name, value in values.items() if name not in ("party", "kind")},
        )
        if reasons := _unfit(agreement, made):
            raise Refused(*reasons)
    return made


def _unfit(agreement: Agreement, replacement: Entry) -> list[Reason]:
    """Return which acts that concern one no longer fit what took its place."""
    acts = [one for _text, one in histories([agreement.pk])[agreement.pk].tracks]
    aims = {acts[place] for place, _misfit in contradictions(acts) if acts[place].target == str(replacement.pk)}
    return [
        Reason("aim-lost", _AIM_LOST, {"act": one.kind.label, "on": one.on}, firm=True)
        for one in sorted(aims, key=lambda one: one.id)
    ]


def joining(agreement: Agreement) -> list[ActionKind]:
    """Return the acts that bring in a party that takes no part yet: who accedes, succeeds, or signs what is open."""
    coming = [ActionKind.ACCESSION, ActionKind.SUCCESSION]
    if agreement.rules.open_for_signature:
        coming += [ActionKind.SIGNATURE, *ActionKind.after_signature(), ActionKind.FORMAL_CONFIRMATION]
    return coming


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
