"""Changing what the first version of a document settled and no file says: its level and its title."""

from collections.abc import Iterator

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from agreements import access, clock, journal, registers, upkeep
from agreements.choices import EntryKind, Level
from agreements.dates import FuzzyDate
from agreements.documents.storing import spelling, unknown_value
from agreements.guards import Reason, Refused
from agreements.models import Agreement, Document, User
from agreements.registers import REASON_MISSING
from agreements.words import LANGUAGES, Texts

NOTHING_CHANGED = Reason("nothing-changed", _("Level and title are as you give them already."), firm=True)
LOWERING = Reason(
    "not-permitted", _("Levels of documents are lowered by the treaty department."), asked="level", firm=True
)


def may_lower(user: User) -> bool:
    """Whether the user may make documents less secret."""
    return access.may(user, "declassify")


def mark(document: Document, *, by: User, level: str = "", title: Texts | None = None, reason: str = "") -> Document:
    """Give a document another level or title and return it fresh; what is not given stays. Raises Refused.

    Who may record may raise a level, as far as he may see himself, and correct a title; a level is lowered by the
    treaty department. Another level takes a reason. From then on the level decides who knows of the document at all,
    of its past too.
    """
    with transaction.atomic():
        agreement = registers.lock(Agreement(pk=document.agreement_id), by=by, right="record")
        fresh = Document.objects.select_related("agreement").get(pk=document.pk)
        reach = access.reach(by, agreement)
        if fresh.level not in Level.up_to(reach):
            raise Refused(registers.NOT_PERMITTED)
        before = {"level": fresh.level} | {f"title_{code}": text for code, text in fresh.titles.items()}
        after = before | {f"title_{code}": text.strip() for code, text in (title or {}).items() if code in LANGUAGES}
        after |= {"level": level or fresh.level}
        changes = journal.changes(before, after)
        if reasons := list(_objections(changes, by, reach, reason)):
            raise Refused(*reasons)
        for name, (_before, value) in changes.items():
            setattr(fresh, name, value)
        fresh.markings += 1
        fresh.save(update_fields=[*changes, "markings"])
        level_change = {name: sides for name, sides in changes.items() if name == "level"}
        titles = {name: sides for name, sides in changes.items() if name != "level"}
        journal.record(
            agreement,
            EntryKind.MARKING,
            by=by,
            on=FuzzyDate.of_day(clock.today()),
            data={"about": str(fresh.pk), "kind": fresh.kind, "text": fresh.text, "changes": level_change},
            text={
                name: said
                for name, said in (
                    ("what", {code: text for code, text in fresh.titles.items() if text}),
                    ("changes", titles),
                    ("reason", reason.strip()),
                )
                if said
            },
        )
        agreement.save(update_fields=["version", "changed_at"])
        # What everybody who sees the agreement may know of it has changed, and with it what is to be done.
        upkeep.refresh([agreement])
    return fresh


def _objections(changes: dict[str, list[str]], by: User, reach: Level, reason: str) -> Iterator[Reason]:
    if not changes:
        yield NOTHING_CHANGED
    for name, (_before, text) in changes.items():
        if name != "level":
            yield from spelling(name, text, Document)
    yield from registers.spelling({"reason": reason})
    if "level" not in changes:
        return
    before, after = changes["level"]
    if after not in Level.values:
        yield unknown_value(after, Level, "level")
        return
    if after not in Level.up_to(reach):
        yield registers.NOT_PERMITTED
    elif list(Level).index(Level(after)) < list(Level).index(Level(before)) and not may_lower(by):
        yield LOWERING
    if not reason.strip():
        yield REASON_MISSING
