"""The page of one agreement: where it stands, what is next and what is missing, and everything that happened."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agreements import access, attention, clock, lifecycle, sight
from agreements.chains import Told, day_of, tell
from agreements.choices import Group, InstrumentKind, InTheNameOf, Level, Stage
from agreements.documents.shelf import concordance, shelf
from agreements.models import Agreement, Commitment, Task, UndisclosedParticipant, User
from agreements.reports.facts import AgreementFacts, facts_in
from agreements.reports.implementation import Undertaken, commitments_of
from agreements.timeline import Event, chronicle, in_order_of_life, preserved_by
from agreements.undisclosed import may_name
from agreements.views import ahead, entry, noticed, participants, quiet, relations, todo
from agreements.views.contents import contents
from agreements.views.history import history, proof_of
from agreements.views.key_dates import key_dates, renewal
from agreements.views.kinds import Kinds
from agreements.views.known import Known
from agreements.views.met import meetings
from agreements.views.next_steps import choices, edit_address
from agreements.views.papers import papers
from agreements.views.picture import Picture, picture, walked_by
from agreements.views.standpoint import Standpoint, known_from, standpoint
from agreements.views.strips import life
from agreements.views.web import web
from agreements.words import pick


def visible_agreement(user: Any, reference: str) -> Agreement:
    """Return the agreement with its procedure, if the user may see it. Raises Http404."""
    # Whether there are tasks, commitments and undisclosed participants to be read is asked with the row itself.
    has_tasks = Exists(Task.objects.filter(agreement=OuterRef("pk")))
    has_commitments = Exists(Commitment.objects.filter(agreement=OuterRef("pk")))
    has_undisclosed = Exists(UndisclosedParticipant.objects.for_user(user).filter(agreement=OuterRef("pk")))
    visible = Agreement.objects.for_user(user).select_related("procedure_version")
    visible = visible.annotate(has_tasks=has_tasks, has_commitments=has_commitments, has_undisclosed=has_undisclosed)
    agreement: Agreement = get_object_or_404(visible, reference=reference)
    return agreement


@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show an agreement as it stands, or as it stood on a day, or as it was known at a moment."""
    user: Any = request.user
    view = standpoint(request)
    agreement = visible_agreement(user, reference)
    around = relations.look(agreement, user, view.known_at)
    balls = {one.pk: one.ball_by_tasks for one in around.near}
    chains = tell(balls, view.known_at, balls=balls if view.known_at is None else {})
    names = chains.names.parties
    recording, fault = chronicle(
        agreement, user=user, known_at=view.known_at, parties=names, near=around.others.values()
    )
    events, kinds = in_order_of_life(recording), Kinds.read(request)
    # Tasks are of today: no look back knows them.
    mendable = not view.past and not agreement.is_void
    tasks = todo.tasks_of(agreement, user) if mendable and _has(agreement, "tasks") else []
    kept = shelf(agreement, user, by=view.as_of if view.past else None, known_at=view.known_at)
    beside = attention.beside_page(chains, agreement.pk, entries={event.id for event in events}, tasks=tasks, kept=kept)
    found = attention.look(chains, view.as_of, beside, only=[agreement.pk])
    seen = found.seen.get(agreement.pk)
    facts = facts_in(seen, chains.names) if seen else None
    context = {
        "section": "agreements",
        "agreement": agreement,
        "view": view,
        "as_of": view.as_of,
        "known_at": view.known_at,
        "proof": proof_of(agreement, recording, fault),
        "imported": any(event.imported for event in events),
        "known_from": known_from(user, agreement) if view.known_at and facts is None else None,
        "may_void": mendable and access.may(user, "void"),
    }
    status = 400 if view.problem else 200
    if facts is None:
        context["history"] = history(agreement, events, user, view, kinds, text=1, over=True)
        return render(request, "agreements/absent.html", context, status=status)
    panel = todo.panel(agreement, tasks, kept) if tasks else None
    related = around.lines(chains)
    drawn = _picture(agreement, facts, events, view)
    recorded = Known(agreement, chains.chains[agreement.pk], chains)
    tracked = recorded.tracked(view.as_of)
    ways = choices(agreement, user, recorded.dossier()) if mendable else None
    reserved = participants.reservation_lines(recorded, tracked, events)
    context |= {
        "facts": facts,
        "kind": InstrumentKind(facts.kind).label,
        "level": Level(facts.level).label,
        "in_the_name_of": InTheNameOf(chains.chains[agreement.pk].record["in_the_name_of"]).label,
        "procedure_title": pick(facts.procedure.title),
        "noticed": noticed.lines(found.of(agreement.pk), agreement, user, mendable=mendable),
        "outdated": mendable and lifecycle.is_outdated(agreement),
        "areas": [pick(names) for _code, names in facts.areas],
        "lead_unit": pick(facts.lead_unit),
        "picture": drawn,
        "history": history(
            agreement,
            events,
            user,
            view,
            kinds,
            text=facts.text,
            over=facts.group == Group.ENDED,
            life=life(facts.stays, view.as_of, _("Stages")),
        ),
        "period": ahead.period(facts, view.as_of),
        "key_dates": list(key_dates(agreement, facts, drawn, view)),
        "renewal": renewal(facts),
        # The journal dates no role: what a participant is now says nothing of an earlier day.
        "participants": participants.table(
            recorded,
            tracked,
            events,
            roles=view.as_of == clock.today(),
            ended=facts.since if facts.group == Group.ENDED else None,
        ),
        "undisclosed": _undisclosed(agreement, user, view) if _has(agreement, "undisclosed") else [],
        "may_name": mendable and may_name(user, agreement),
        "reservations": reserved,
        "standing_reservations": len([line for line in reserved if line.stands]),
        "entry": entry.section(
            recorded,
            tracked,
            user,
            facts=facts,
            asked=request.GET.get("supposing", ""),
            present=mendable,
        ),
        "tasks": panel,
        "counted_back": ahead.signing(agreement, panel.open, view.as_of) if panel else None,
        "commitments": _commitments(agreement, user, chains, view) if _has(agreement, "commitments") else [],
        "may_commit": mendable and facts.group != Group.PREPARING,
        "registrations": list(_registrations(chains.chains[agreement.pk].record)) if facts.binding else [],
        "documents": kept,
        "papers": papers(agreement, events, kept, ways.documents if ways else (), by=view.as_of if view.past else None),
        "files": sum(len(item.files) for item in kept),
        "concordance": concordance(agreement, kept),
        "relations": related,
        "web": web(facts.short_title.text, related),
        "meetings": meetings(agreement, user, view),
        "edit_address": edit_address(agreement, user),
        "legal_hold": preserved_by(events),
        "may_preserve": mendable and access.may(user, lifecycle.PRESERVING_RIGHT),
        "may_step": access.may(user, "step"),
        "may_record": access.may(user, "record"),
        "may_force": access.may(user, "out_of_procedure"),
        "may_edit": access.may(user, "edit"),
        "may_look": sight.may_look(user, agreement),
        "choices": ways,
        "may_plan": access.may(user, "edit") and facts.group in (Group.PREPARING, Group.CONCLUDED),
    }
    context["contents"] = contents(context)
    return render(request, "agreements/agreement.html", context, status=status)


def _has(agreement: Agreement, what: str) -> bool:
    """Whether there is something of a kind to be read, as `visible_agreement` has asked."""
    return bool(getattr(agreement, f"has_{what}"))


def _commitments(agreement: Agreement, user: User, chains: Told, view: Standpoint) -> Sequence[Undertaken]:
    """Return what was undertaken in the agreement, as it stood on the day and was known at the moment."""
    return commitments_of(user, chains, view.as_of, view.known_at).get(agreement.pk, ())


def _undisclosed(agreement: Agreement, user: User, view: Standpoint) -> Sequence[UndisclosedParticipant]:
    """Return the undisclosed participants that the user sees, as they stood on the day and were known at the moment."""
    if not view.past:
        return quiet.rows_of(agreement, user)
    return quiet.rows_then(agreement, user, as_of=view.as_of, known_at=view.known_at)


def _registrations(record: Mapping[str, Any]) -> Iterator[tuple[str, str, date | None]]:
    """Yield where the treaty is registered: the register, the number, the day."""
    for label, number, on in (
        (_("State Register"), "register_number", "registered_on"),
        (_("United Nations"), "un_number", "un_registered_on"),
    ):
        if record.get(number) or record.get(on):
            yield label, record.get(number) or "", day_of(record.get(on))


def _picture(agreement: Agreement, facts: AgreementFacts, events: Sequence[Event], view: Standpoint) -> Picture:
    planned = {Stage.SIGNED: agreement.planned_signing, Stage.IN_FORCE: agreement.planned_entry_into_force}
    return picture(
        facts.procedure,
        walked_by(events, view.as_of if view.past else None),
        stage=facts.stage,
        text=facts.text,
        planned={} if view.past else {stage: when for stage, when in planned.items() if when},
    )
