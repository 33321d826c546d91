"""What is asked of a world beside its addresses: filters of every list with random values, and writes of every kind."""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from agreements.choices import Level
from agreements.models import Commitment, Document, Entry, Meeting, SavedView, Task, UndisclosedParticipant
from tests.api.conftest import V1, schema
from tests.secrecy.asking import NO_KEY, NO_REFERENCE, REPORTS
from tests.secrecy.worlds import HUSHED, World

#: Values of parameters that the schema does not list.
_WORDS: Mapping[str, Sequence[str]] = {
    "area": ("aviation", "transport", "mobility", "nowhere"), "party": ("EU", "KZ", "HR", "XX"),
    "with": ("EU", "HR"), "member_of": ("EU",), "text": (HUSHED, "hushed air", "Plain", "agreement"),
    "officer": ("reader", "colleague", "lawyer", "nobody"), "person": ("reader", "colleague", "nobody"),
    "unit": ("legal", "quiet", "none"), "lead_unit": ("legal", "quiet"), "procedure": ("ratified", "multilateral"),
    "meeting_format": ("cooperation-council",), "language": ("en", "ru", "kk", "fr"), "cursor": ("nonsense",),
    "fields": ("id", "reference", "title", "nonsense"), "page_size": ("1", "3", "200"), "until": ("2024-12-28",),
}  # fmt: skip
_DAYS = ("2013-01-01", "2024-12-01", "2024-12-28", "2025-03-01")
_MOMENTS = ("2030-01-02T03:04:05Z", "2030-01-03T12:00:00Z", "2030-02-01T00:00:00Z", "2099-01-01T00:00:00Z")


def asked(world: World, chance: random.Random, *, times: int) -> list[str]:
    """Return addresses with parameters: of every list of the API, of every report, of every page that is narrowed."""
    found = []
    for path, described in sorted(schema()["paths"].items()):
        parameters = [one for one in described.get("get", {}).get("parameters", ()) if one["in"] == "query"]
        for _time in range(times if parameters else 0):
            chosen = chance.sample(parameters, min(len(parameters), chance.choice((1, 1, 2, 3))))
            query = {one["name"]: _value(world, one["name"], one["schema"], chance) for one in chosen}
            names = {"reference": _reference(world, chance), "name": chance.choice(REPORTS), "code": "EU"}
            found.append(f"{path.format_map(_Names(names))}?{urlencode(query)}")
    for address in _NARROWED:
        names = {name: _value(world, name, {}, chance) for name in _WORDS} | {
            "hidden": chance.choice(world.hidden).reference if world.hidden else NO_REFERENCE,
            "agreement": _reference(world, chance),
        }
        found.append(address.format_map(_Names({name: str(value) for name, value in names.items()})))
    return found


class _Names(dict[str, str]):
    """What is filled in; a key that is not named is that of nothing."""

    def __missing__(self, name: str) -> str:
        return "1" if name == "number" else NO_KEY


def _reference(world: World, chance: random.Random) -> str:
    choice = chance.choice([world.shown, world.shown, world.hidden, []])
    return chance.choice(choice).reference if choice else NO_REFERENCE


def _value(world: World, name: str, described: Mapping[str, Any], chance: random.Random) -> str:
    plain = name.removesuffix("__in")
    if plain in ("agreement", "meeting", "view"):
        return _reference(world, chance) if plain == "agreement" else _key(plain, chance)
    if plain in _WORDS:
        return chance.choice(_WORDS[plain])
    described = described.get("items", described)
    if "$ref" in described:
        described = schema()["components"]["schemas"][described["$ref"].rpartition("/")[2]]
    if "enum" in described:
        return str(chance.choice(described["enum"]))
    if described.get("type") == "boolean":
        return chance.choice(("true", "false"))
    return chance.choice(_MOMENTS if described.get("format") == "date-time" else _DAYS)


def _key(name: str, chance: random.Random) -> str:
    rows = (Meeting if name == "meeting" else SavedView)._base_manager.order_by("pk").values_list("pk", flat=True)
    return str(chance.choice([*rows, NO_KEY]))


_NARROWED = (
    "/agreements/?q={hidden}", "/agreements/?q=hushed", "/agreements/?officer={officer}&unit={unit}",
    "/agreements/?party={party}&area={area}", "/agreements/?as_of=2024-12-01", "/agreements/?attention=late",
    "/agreements/?known_at=2030-01-02T03:04", "/agreements/{agreement}/?known_at=2030-01-03T12:00",
    "/agreements/{agreement}/?as_of=2024-12-28&known_at=2030-01-02T03:04", "/reports/agreement/?agreement={agreement}",
    "/reports/agreement/?agreement={agreement}&known_at=2030-01-03T12:00",
    "/search/?q=hushed", "/search/?q={hidden}", "/search/?q=tourism",
    "/search/?q=plain&in=documents", "/board/?lanes=area", "/board/?lanes=officer", "/board/?lanes=party&q=hushed",
    "/calendar/2024/12/", "/calendar/?when=past", "/deadlines/?of=all", "/deadlines/?of=unit&area={area}",
    "/desk/?of=all&show=doubts", "/desk/?of=unit", "/overview/?as_of=2024-12-01", "/overview/?party={party}",
    "/overview/agreements/?at=push:open", "/tasks/?q=hushed", "/tasks/?unit={unit}&person={person}",
    "/agreements/many/?act=step&pick={hidden}", "/agreements/many/?act=task&pick={agreement}&pick={hidden}",
    "/meetings/?part=coming&q=hushed", "/parties/?q=croatia", "/parties/EU/", "/parties/HR/",
    "/reports/changes/?since=2022-01-01", "/reports/agreement/?agreement={hidden}",
    "/reports/participation/?agreement={agreement}", "/procedures/ratified/?agreement={hidden}",
    "/reports/portfolio/?known_at=2030-01-02T03:04&area={area}", "/tasks/templates/?agreement={hidden}",
    "/admin/agreements/agreement/?q=hushed", "/admin/agreements/agreement/?level__exact=secret",
    "/admin/agreements/task/?q=hushed", "/admin/agreements/entry/?kind__exact=open",
    "/admin/agreements/meeting/?q=hushed", "/admin/agreements/procedureversion/?code=multilateral",
    "/admin/autocomplete/?app_label=agreements&model_name=agendaitem&field_name=agreement&term=hushed",
    "/admin/autocomplete/?app_label=agreements&model_name=relation&field_name=to&term=air",
    "/admin/autocomplete/?app_label=agreements&model_name=agreement&field_name=officer&term=c",
)  # fmt: skip


# ---- writes ----
def acts(world: World, chance: random.Random) -> Iterator[tuple[str, str, Any]]:
    """Yield writes as method, address and body, of the API (JSON) and of pages (a form); most name what is hidden."""
    shown, hidden = chance.choice(world.shown), chance.choice(world.hidden)
    quiet = {"agreement": hidden.pk}
    keys = {
        "shown": shown.reference, "shown_key": str(shown.pk), "hidden": hidden.reference, "hidden_key": str(hidden.pk),
        "title": hidden.title.text, "number": hidden.register_number or "12",
        "task": _first(Task, **quiet), "document": _first(Document, **quiet), "commitment": _first(Commitment, **quiet),
        "meeting": _first(Meeting, agenda__agreement=hidden.pk), "entry": _first(Entry, subject=hidden.pk),
        "quiet": _first(UndisclosedParticipant, level=Level.SECRET, agreement=shown.pk), "quiet_party": _quiet(shown),
        "own_entry": _first(Entry, subject=shown.pk),
    }  # fmt: skip
    for operation, body in _WRITES:
        method, _space, path = operation.partition(" ")
        address = path.format(**keys)
        yield method, address if address.startswith("/") else V1 + address, _filled(body, keys)


def _filled(body: Any, keys: Mapping[str, str]) -> Any:
    if isinstance(body, dict):
        return {name: _filled(part, keys) for name, part in body.items()}
    if isinstance(body, list):
        return [_filled(part, keys) for part in body]
    return body.format(**keys) if isinstance(body, str) else body


def _quiet(shown: Any) -> str:
    """The code of a party that takes part undisclosed, or of another one."""
    rows = UndisclosedParticipant.objects.filter(agreement=shown.pk).order_by("pk")
    return rows.values_list("party__code", flat=True).first() or "AT"


def _first(model: Any, **of: Any) -> str:
    key = model._base_manager.filter(**of).order_by("pk").values_list("pk", flat=True).first()
    return str(key or NO_KEY)


_STEP = {"transition": "supersede", "on": "2024-12-20", "successor": "{hidden}", "evidence": "No. 1"}
_OPENING = {"title": {"en": "{title}"}, "kind": "agreement", "register_number": "{number}", "un_number": "{number}"}
_TIE = {"relations": [{"kind": "follows", "to": "{hidden}"}]}
_WRITES: tuple[tuple[str, Any], ...] = (
    ("POST agreements/", _OPENING), ("POST agreements/", _OPENING | _TIE), ("PATCH agreements/{shown}/", _TIE),
    ("PATCH agreements/{shown}/", {"register_number": "{number}", "title": {"en": "{title}"}}),
    ("PATCH agreements/{shown}/", {"officer": "colleague", "lead_unit": "quiet"}),
    ("POST agreements/", _OPENING | {"reference": "{hidden}"}),
    ("POST agreements/bulk/", {"mode": "per-item", "items": [_OPENING, _OPENING | _TIE]}),
    ("POST agreements/transitions/", {"mode": "per-item", "items": [_STEP | {"agreement": "{hidden}"}]}),
    ("POST agreements/transitions/", {"mode": "per-item", "items": [_STEP | {"agreement": "{shown}"}]}),
    ("POST agreements/actions/", {"mode": "per-item", "items": [
        {"act": "full_powers", "party": "KZ", "on": "2024-12-20", "agreement": "{hidden}"}]}),
    ("POST agreements/{shown}/transitions/", _STEP),
    ("POST agreements/{shown}/actions/", {
        "act": "withdrawal", "party": "KZ", "on": "2024-12-20", "target": "{entry}"}),
    ("POST agreements/{shown}/journal/{entry}/void/", {"mode": "void", "reason": "x"}),
    ("POST agreements/{hidden}/journal/{entry}/void/", {"mode": "void", "reason": "x"}),
    ("POST agreements/{shown}/journal/{entry}/redaction/", {"reason": "x"}),
    ("POST agreements/{hidden}/journal/{entry}/redaction/", {"reason": "x"}),
    ("POST agreements/{shown}/tasks/", {"title": {"en": "x"}, "waits_for": ["{task}"]}),
    ("PATCH tasks/{task}/", {"unit": None}), ("POST tasks/{task}/complete/", {}),
    ("POST tasks/{task}/drop/", {"reason": "x"}), ("POST tasks/{task}/reopen/", {"reason": "x"}),
    ("POST tasks/bulk/", {"action": "add", "agreements": ["{hidden}"], "title": {"en": "x"}}),
    ("POST tasks/bulk/", {"action": "complete", "tasks": ["{task}"]}),
    ("POST commitments/", {"agreement": "{hidden}", "text": {"en": "x"}}),
    ("PATCH commitments/{commitment}/", {"text": {"en": "x"}}), ("PATCH documents/{document}/", {"title": {"en": "x"}}),
    ("POST undisclosed-participants/", {"agreement": "{shown}", "party": "{quiet_party}", "level": "internal",
                                        "remark": "x"}),
    ("POST undisclosed-participants/", {"agreement": "{shown}", "party": "{quiet_party}", "level": "secret",
                                        "remark": "x"}),
    ("PATCH undisclosed-participants/{quiet}/", {"role": "observer"}),
    ("POST undisclosed-participants/{quiet}/disclose/", {"reason": "x"}),
    ("PATCH agreements/{shown}/", {"participants": [{"party": "{quiet_party}"}, {"party": "KZ"}]}),
    ("POST agreements/{shown}/actions/", {"act": "accession", "party": "{quiet_party}", "on": "2024-12-20"}),
    ("POST meetings/", {"format": "cooperation-council", "on": "2025-01-10", "agenda": [{"agreement": "{hidden}"}]}),
    ("PATCH meetings/{meeting}/", {"place": "x"}),
    ("POST meetings/{meeting}/outcomes/", {"agreement": "{hidden}", "outcome": "x"}),
    ("POST views/", {"kind": "agreements", "name": "x", "query": "officer=colleague&q={hidden}"}),
    ("POST feeds/", {"name": "x", "agreement": ["{hidden}"]}),
    ("POST webhooks/", {"name": "x", "address": "https://systems.example/x", "filters": {"agreement": ["{hidden}"]}}),
    ("POST task-templates/signing/apply/", {"agreements": ["{hidden}"]}),
    ("POST /agreements/new/", {"title_en": "{title}", "kind": "agreement", "level": "secret"}),
    ("POST /agreements/new/", {"title_en": "{title}", "kind": "agreement", "relations-0-to": "{hidden}"}),
    ("POST /agreements/many/", {"act": "step", "pick": "{hidden}", "on": "2024-12-20"}),
    ("POST /agreements/{shown}/steps/supersede/", {"on": "2024-12-20", "successor": "{hidden}"}),
    ("POST /agreements/{shown}/entries/{entry}/void/", {"reason": "x"}),
    ("POST /agreements/{shown}/documents/{document}/", {"title_en": "x"}),
    ("POST /agreements/{shown}/registration/", {"register_number": "{number}", "registered_on": "2024-12-20"}),
    ("POST /agreements/{shown}/undisclosed/new/", {
        "party": "{quiet_party}", "role": "party", "level": "secret", "remark": "x"}),
    ("POST /undisclosed/{quiet}/withdraw/", {"reason": "x"}),
    ("POST /tasks/done/", {"task": "{task}"}), ("POST /tasks/{task}/done/", {}),
    ("POST /meetings/new/", {"format": "1", "on": "2025-01-10", "agreement": "{hidden}"}),
    ("POST /views/new/", {"kind": "agreements", "name": "x", "query": "q={hidden}"}),
    ("POST /reports/agreement/build/", {"agreement": "{hidden}", "format": "pdf", "language": "en"}),
    ("POST /admin/agreements/agreement/add/", {"title_en": "{title}", "kind": "agreement"}),
    ("POST /admin/agreements/commitment/add/", {"agreement": "{hidden_key}", "text_en": "x", "state": "planned"}),
    ("POST /admin/agreements/agreement/{shown_key}/step/supersede/", {"on": "2024-12-20", "successor": "{hidden_key}"}),
    ("POST /admin/agreements/agreement/{shown_key}/void/{entry}/", {"reason": "x"}),
    ("POST /admin/agreements/agreement/", {"action": "change_officer", "_selected_action": "{hidden_key}"}),
)  # fmt: skip


def empty_acts(addresses: Sequence[str]) -> Iterator[tuple[str, str, Any]]:
    """Yield a write without content, by every method, to every address that could take it."""
    for address in addresses:
        if "?" not in address and not address.startswith(("/sign-out/", "/sign-in/", "/account/")):
            for method in ("POST", "PATCH", "PUT", "DELETE") if address.startswith(V1) else ("POST",):
                yield method, address, {}
