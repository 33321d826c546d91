"""What does not fit: acts that contradict themselves, or those before them (VCLT 7-25, 54-56). Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agreements.choices import ActionKind, SignatureManner
from agreements.tracks import IMPLIED, Act, Track, World

SENTENCES: Mapping[str, str | Promise] = {
    "not-signed": _("No signature is recorded: %(party)s. Record the signature first; who did not sign accedes."),
    "before-signature": _("This would be before the signature of %(other)s: %(party)s."),
    "signed-already": _("A signature is recorded already, of %(other)s: %(party)s."),
    "nothing-to-leave": _("No consent to be bound is recorded that could be denounced: %(party)s."),
    "never-left": _("Re-joining is for those who left: %(party)s."),
    "consented-already": _("Consent to be bound is recorded already, of %(other)s: %(party)s."),
    "late-reservation": _("A reservation is made when signing or consenting, not after it (VCLT 19): %(party)s."),
    "received-before-done": _("It cannot have been received before it was done."),
    "effective-before-done": _("It would take effect before it was done."),
    "manner-unknown": _("This manner of signing is not known. Use one of: %(manners)s."),
    "target-missing": _("Name the act that it concerns."),
    "before-target": _("This would be before the act that it concerns, of %(other)s."),
    "not-a-reservation": _("Only another party’s reservation can be objected to."),
    "objected-already": _("An objection to this reservation is recorded already, of %(other)s: %(party)s."),
    "not-its-own": _("A party confirms and withdraws its own acts only."),
    "not-ad-referendum": _("Only a signature ad referendum is confirmed."),
    "withdrawn-already": _("This act was withdrawn already."),
}


@dataclass(frozen=True)
class Misfit:
    """Why an act does not fit the acts before it. A `firm` one contradicts itself and holds whatever the procedure."""

    code: str
    firm: bool = False
    asked: str = ""
    other: Act | None = None

    def told(self, party: Any) -> dict[str, Any]:
        """Return what its sentence names; `party` is the name of who acted."""
        other = self.other.on if self.other else ""
        return {"party": party, "other": other, "manners": ", ".join(SignatureManner.values)}

    def sentence(self, party: str) -> str:
        """Return it in the reader's language."""
        return str(SENTENCES[self.code] % self.told(party))


def misfits(act: Act, acts: Sequence[Act], *, signature_needed: bool = True, provisional: bool = False) -> list[Misfit]:
    """Return what stands against recording an act after the others, all at once.

    `signature_needed`: the treaty is ratified by signatories only. `provisional`: signatories apply it provisionally,
    which a notice of the intention not to become a party ends (VCLT 25(2)).
    """
    track = Track([other for other in acts if other.id != act.id or not act.id], date.max, World.EARLY)
    found = list(_dates(act))
    if act.kind in ActionKind.aimed():
        target = next((other for other in track.acts if other.id == act.target), None) if act.target else None
        found += _aim(act, target, withdrawn=target is not None and track.withdrawn_on(target) is not None)
        if act.kind == ActionKind.OBJECTION and target is not None:
            same = [one for one in track.of(act.party, ActionKind.OBJECTION) if one.target == act.target]
            standing_ones = [one for one in same if track.withdrawn_on(one) is None]
            found += [Misfit("objected-already", asked="target", other=one) for one in standing_ones[:1]]
    signed = [other for other in track.of(act.party, ActionKind.SIGNATURE) if track.withdrawn_on(other) is None]
    if act.kind in ActionKind.after_signature() and signature_needed and not signed:
        found.append(Misfit("not-signed"))
    found += [
        Misfit("before-signature", asked="on", other=other)
        for other in signed[:1]
        if act.kind in ActionKind.after_signature() and act.on.certainly_before(other.on)
    ]
    consents = [consent for consent in track.consents() if consent.party == act.party]
    standing = [consent for consent in consents if consent.ended_by is None]
    # Those that nobody had given notice to end when it was done.
    then = [one for one in consents if one.ended_by is None or act.day().certainly_before(one.ended_by.day())]
    if act.kind == ActionKind.SIGNATURE:
        twice = [other for other in signed if not other.id.startswith(IMPLIED)]
        found += [Misfit("signed-already", other=other) for other in twice[:1]]
    if act.kind == ActionKind.DENUNCIATION and not standing and not (provisional and signed):
        found.append(Misfit("nothing-to-leave"))
    if act.kind == ActionKind.REJOINING and (then or not consents):
        found.append(Misfit("never-left"))
    if act.kind in ActionKind.consents() and act.kind != ActionKind.REJOINING:
        # A notification says that what was consented to at home is complete: both stand side by side.
        notified = act.kind == ActionKind.NOTIFICATION
        twice = [one.act for one in then if (one.act.kind == ActionKind.NOTIFICATION) == notified]
        found += [Misfit("consented-already", other=other) for other in twice[:1]]
    if act.kind == ActionKind.RESERVATION and any(
        consent.act.day().certainly_before(act.on) for consent in standing[:1]
    ):
        found.append(Misfit("late-reservation", other=standing[0].act))
    return found


def _dates(act: Act) -> Iterator[Misfit]:
    if act.received is not None and act.received.certainly_before(act.on):
        yield Misfit("received-before-done", firm=True, asked="received")
    retroactive = act.kind in (ActionKind.SUCCESSION, ActionKind.CONFIRMATION, ActionKind.PROVISIONAL_APPLICATION)
    if act.effective is not None and act.effective.certainly_before(act.on) and not retroactive:
        yield Misfit("effective-before-done", asked="effective")
    if act.manner and act.kind == ActionKind.SIGNATURE and act.manner not in SignatureManner.values:
        yield Misfit("manner-unknown", firm=True, asked="manner")


def _aim(act: Act, target: Act | None, *, withdrawn: bool) -> Iterator[Misfit]:
    if target is None:
        yield Misfit("target-missing", firm=True, asked="target")
        return
    if act.on.certainly_before(target.on):
        yield Misfit("before-target", firm=True, asked="on", other=target)
    if act.kind == ActionKind.OBJECTION:
        if target.kind != ActionKind.RESERVATION or target.party == act.party:
            yield Misfit("not-a-reservation", firm=True, asked="target", other=target)
        return
    if target.party != act.party:
        yield Misfit("not-its-own", firm=True, asked="target", other=target)
    if act.kind == ActionKind.CONFIRMATION and target.manner != SignatureManner.AD_REFERENDUM:
        yield Misfit("not-ad-referendum", firm=True, asked="target", other=target)
    if act.kind == ActionKind.WITHDRAWAL and withdrawn:
        yield Misfit("withdrawn-already", firm=True, asked="target", other=target)


def contradictions(acts: Sequence[Act]) -> Iterator[tuple[int, Misfit]]:
    """Yield the places of acts in a list that nobody can have done as they are told, and why; the firm misfits only.

    One pass, in the order of the list; whatever aims at an act may stand before it.
    """
    by_id = {act.id: act for act in acts if act.id}
    withdrawn: set[str] = set()
    for place, act in enumerate(acts):
        found = list(_dates(act))
        if act.kind in ActionKind.aimed():
            target = by_id.get(act.target) if act.target != act.id else None
            found += _aim(act, target, withdrawn=act.target in withdrawn)
            if act.kind == ActionKind.WITHDRAWAL and target is not None and target.party == act.party:
                withdrawn.add(act.target)
                if target.kind == ActionKind.WITHDRAWAL:
                    # What it had withdrawn stands again, and can be withdrawn anew.
                    withdrawn.discard(target.target)
        yield from ((place, one) for one in found if one.firm)
