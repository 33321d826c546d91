"""What the contract says of each operation that writes, or asks by POST: with what, and by whom it is done.

`test_contract` walks every operation of the schema; one that stands nowhere fails.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.api.field import DAY, HELD, IN_FORCE, PDF, PLATFORM, PROPOSED, SIGNING, Field

#: Who records, edits and steps; who keeps reference data; who voids; everybody, for what is one's own.
DESK, KEEPERS, MENDERS, ALL = "ots", "ats", "ts", "roats"


@dataclass(frozen=True)
class Write:
    """What is sent, and which roles it is taken from; `own`: only from the owner, for others nothing is there."""

    body: Mapping[str, Any]
    roles: str
    status: int = 201
    own: bool = False
    #: Whether the record decides who may, not the role alone.
    by_record: bool = False
    #: The roles that hold the right, and do not see the record of the field.
    unseen: str = ""
    #: Where it is sent, if not where the field has its own of the kind.
    at: Mapping[str, str] | None = None

    def place(self, field: Field, path: str) -> str:
        """The address that it is sent to."""
        own = {name: field.there[kind]["id"] for name, kind in (self.at or {}).items() if kind in field.there}
        return field.address(path, **{**(self.at or {}), **own})


_TASK = {"title": {"en": "Print it"}}
_STEP = {"transition": "authorise", "on": DAY, "evidence": "Decision No. 1"}
_ACT = {"act": "full_powers", "party": "KZ", "on": DAY}
_OPENING = {"title": {"en": "Protocol"}, "kind": "protocol"}
#: What is sent may name what the field has: `{tasks}` is its task.
WRITES: dict[str, Write] = {
    # ---- agreements ----
    "POST agreements/": Write(_OPENING, DESK),
    "PATCH agreements/{reference}/": Write({"next_step": "Ask again"}, DESK, 200),
    "POST agreements/bulk/": Write({"mode": "per-item", "items": [_OPENING]}, DESK, 200),
    "POST agreements/transitions/": Write(
        {"mode": "all-or-none", "items": [_STEP | {"agreement": PROPOSED}]}, DESK, 200
    ),
    "POST agreements/actions/": Write({"mode": "all-or-none", "items": [_ACT | {"agreement": SIGNING}]}, DESK, 200),
    "POST agreements/{reference}/transitions/": Write(_STEP, DESK, at={"reference": PROPOSED}),
    "POST agreements/{reference}/hold/": Write({"on": DAY, "reason": "Later."}, DESK, at={"reference": PROPOSED}),
    "POST agreements/{reference}/release/": Write({"on": DAY}, DESK, at={"reference": HELD}),
    "POST agreements/{reference}/legal-hold/": Write({"legal_hold": True, "reason": "Proceedings."}, "t"),
    "POST agreements/{reference}/journal/": Write({"kind": "note", "on": DAY, "what": "Told."}, DESK),
    "POST agreements/{reference}/journal/{entry}/redaction/": Write({"reason": "It names a source."}, "t"),
    "POST agreements/{reference}/journal/{entry}/void/": Write({"mode": "void", "reason": "It is wrong."}, MENDERS),
    "POST agreements/{reference}/actions/": Write(_ACT, DESK, at={"reference": SIGNING}),
    "POST agreements/{reference}/documents/": Write(
        {"kind": "draft", "on": DAY, "language": "en", "file": PDF}, DESK
    ),
    "POST agreements/{reference}/entry-into-force/": Write({}, ALL, 200),
    # The field has no agreement under a procedure of before: who may move one is refused with that reason.
    "POST agreements/{reference}/procedure/": Write({"reason": "The law has changed."}, MENDERS, 409),
    "POST agreements/{reference}/tasks/": Write(_TASK, DESK),
    # ---- what hangs on them ----
    "PATCH documents/{id}/": Write({"title": {"en": "The draft"}}, DESK, 200),
    "PATCH tasks/{id}/": Write({"unit": None}, DESK, 200),
    "POST tasks/{id}/complete/": Write({}, DESK, 200),
    "POST tasks/{id}/drop/": Write({"reason": "No longer."}, DESK, 200),
    "POST tasks/{id}/reopen/": Write({"reason": "Again."}, DESK, 200, at={"id": "ended"}),
    "POST tasks/bulk/": Write({"action": "add", "agreements": [IN_FORCE], **_TASK}, DESK, 200),
    "POST commitments/": Write({"agreement": IN_FORCE, "text": {"en": "Meet once a year."}}, DESK),
    "PATCH commitments/{id}/": Write({"text": {"ru": "Собираться раз в год."}}, DESK, 200),
    "POST undisclosed-participants/": Write(
        {"agreement": SIGNING, "party": "AT", "level": "restricted", "remark": "The talks are not public."}, "ts"
    ),
    "PATCH undisclosed-participants/{id}/": Write({"role": "observer"}, "ts", 200, unseen="o"),
    "POST undisclosed-participants/{id}/disclose/": Write(
        {"reason": "It was announced."}, "ts", 200, unseen="o"
    ),
    "POST undisclosed-participants/{id}/withdraw/": Write({"reason": "It left."}, "ts", 200, unseen="o"),
    "POST meetings/": Write({"format": "cooperation-council", "on": "2025-10-21"}, DESK),
    "PATCH meetings/{id}/": Write({"place": "Luxembourg"}, DESK, 200),
    "POST meetings/{id}/outcomes/": Write({"agreement": IN_FORCE, "outcome": "Agreed.", "task": "Write it."}, DESK),
    # ---- reference data ----
    "POST parties/": Write({"code": "NZ", "kind": "state", "name": {"en": "New Zealand"}}, KEEPERS),
    "PATCH parties/{code}/": Write({"name": {"en": "The European Union"}}, KEEPERS, 200),
    "POST indicators/": Write(
        {"party": "EU", "name": {"en": "Trade"}, "unit": {"en": "euro"}, "value": "1", "period_until": "2023-12-31",
         "source": "Eurostat"},
        KEEPERS,
    ),
    "PATCH indicators/{id}/": Write({"value": "2"}, KEEPERS, 200),
    "POST task-templates/": Write({"code": "summit", "name": {"en": "A summit"}, "tasks": [_TASK]}, KEEPERS),
    "PATCH task-templates/{code}/": Write({"name": {"en": "Before a signing"}}, KEEPERS, 200),
    "DELETE task-templates/{code}/": Write({}, KEEPERS, 204),
    "POST task-templates/{code}/apply/": Write({"agreements": [IN_FORCE]}, DESK, 200),
    # ---- sight, and who acts for whom ----
    "POST shares/": Write({"agreement": PLATFORM, "unit": "press", "reason": "An answer is prepared."}, "t"),
    "POST shares/{id}/withdraw/": Write({"reason": "It was given."}, "t", 200, by_record=True),
    "POST delegations/": Write({"deputy": "deputy", "starts_on": "2999-01-01", "ends_on": "2999-01-10"}, ALL),
    "DELETE delegations/{id}/": Write({}, "ta", 200, own=True),
    # ---- one's own ----
    "POST feeds/": Write({"name": "All"}, ALL),
    "DELETE feeds/{id}/": Write({}, "t", 200, own=True),
    "POST subscriptions/": Write({"what": "area", "area": "aviation"}, ALL),
    "PATCH subscriptions/{id}/": Write({"paused": True}, "t", 200, own=True),
    "DELETE subscriptions/{id}/": Write({}, "t", 204, own=True),
    "POST notifications/read/": Write({}, ALL, 200),
    "PATCH wishes/": Write({"quiet_from": "20:00", "quiet_until": "08:00"}, ALL, 200),
    "POST wishes/feed/": Write({}, ALL, 200),
    "POST wishes/feed/revoke/": Write({}, ALL, 200),
    "POST mailings/{id}/again/": Write({}, "t", 200, own=True),
    "POST tokens/": Write({"name": "A third program"}, ALL),
    "DELETE tokens/{id}/": Write({}, "t", 200, own=True),
    "POST views/": Write({"kind": "agreements", "name": "Mine", "query": "party=EU"}, ALL),
    "PATCH views/{id}/": Write({"name": "Ours"}, "t", 200, own=True),
    "DELETE views/{id}/": Write({}, "t", 204, own=True),
    "POST webhooks/": Write({"name": "Another", "address": "https://systems.example/other"}, ALL),
    "PATCH webhooks/{id}/": Write({"name": "Ours"}, "t", 200, own=True),
    "DELETE webhooks/{id}/": Write({}, "t", 204, own=True),
    "POST webhooks/{id}/ping/": Write({}, "t", 202, own=True),
    "POST webhooks/{id}/rotate/": Write({}, "t", 200, own=True),
    "POST webhooks/{id}/replay/": Write({"since": "2024-12-27T00:00:00Z"}, "t", 202, own=True),
    "POST webhooks/{id}/deliveries/{delivery}/replay/": Write({}, "t", 202, own=True),
}  # fmt: skip
#: What is asked by POST, and leaves no trace.
ASKING = {"POST agreements/{reference}/entry-into-force/"}
