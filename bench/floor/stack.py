"""The floor as it is measured: one function of WSGI, a few statements, and JSON."""

import json
import os
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from bench import register
from bench.floor import taking, whole
from bench.floor.database import Database
from bench.loading import Inserter

NAME = "floor"
_CHUNK = 2000
_PAGE = 50
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_LABELS = {
    "proposed": "Proposed", "mandated": "Mandated", "negotiating": "Negotiating", "initialled": "Initialled",
    "signing": "Being prepared for signing", "signed": "Signed", "ratifying": "Undergoing ratification",
    "in_force": "In force", "suspended": "Suspended", "terminated": "Terminated", "withdrawn": "Withdrawn",
}  # fmt: skip
_GROUPS = {
    "signed": "concluded", "ratifying": "concluded", "in_force": "operative", "suspended": "operative",
    "terminated": "ended", "withdrawn": "ended",
}  # fmt: skip
_PROCEDURES = {
    "ratified": {"code": "ratified", "version": "2", "title": {
        "en": "Treaty that is ratified", "ru": "Международный договор, подлежащий ратификации",
        "kk": "Ратификациялауға жататын халықаралық шарт"}},
    "simplified": {"code": "simplified", "version": "2", "title": {
        "en": "Treaty in simplified form", "ru": "Международный договор в упрощённой форме",
        "kk": "Оңайлатылған нысандағы халықаралық шарт"}},
}  # fmt: skip
_EDGES = {
    ("authorise", "proposed"): "mandated", ("open_negotiations", "proposed"): "negotiating",
    ("open_negotiations", "mandated"): "negotiating", ("prepare_signing", "negotiating"): "signing",
    ("prepare_signing", "initialled"): "signing", ("suspend", "in_force"): "suspended",
    ("resume", "suspended"): "in_force",
}  # fmt: skip
_EMPTY = {"en": "", "ru": "", "kk": ""}
_COLUMNS = (
    "a.id, a.reference, a.title_en, a.title_ru, a.kind, a.procedure, a.stage, a.since, a.text, u.code, p.username, "
    "a.level, a.valid_from, a.valid_until, a.ball, a.changed_at, a.version"
)
_FROM = "FROM agreement a JOIN unit u ON u.id = a.unit_id JOIN person p ON p.id = a.person_id"
_database: Database | None = None


def settings(url: str) -> None:
    """Set the database."""
    os.environ["DATABASE_URL"] = url


def database() -> Database:
    """Return the connection of this process."""
    global _database
    if _database is None:
        _database = Database(os.environ["DATABASE_URL"])
    return _database


def application() -> Callable[..., Any]:
    """Return the entrance of WSGI."""
    return _answer


# ---- answering ----
def _answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    secret = environ["HTTP_AUTHORIZATION"].partition(" ")[2]
    found = database().rows("SELECT person_id FROM token WHERE secret = ?", [_digest(secret)])
    if not found:
        start("401 Unauthorized", [])
        return []
    asked = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    parts = environ["PATH_INFO"].strip("/").split("/")[1:]
    body: dict[str, Any] = json.loads(environ["wsgi.input"].read() or "{}")
    match parts:
        case []:
            given: Any = _list(asked)
        case ["as_of" | "numbers" as name]:
            start("200 OK", [])
            return (whole.as_of if name == "as_of" else whole.numbers)(database(), asked["day"])
        case ["export" | "workbook" as name]:
            start("200 OK", [])
            return (whole.export if name == "export" else whole.workbook)(database())
        case ["bulk"]:
            with database().writing():
                given = taking.take(database(), body["items"], found[0][0])
        case ["transitions"] if body:
            with database().writing():
                given = [_step(item["agreement"], item, found[0][0]) for item in body["items"]]
        case [reference, "transitions"] if body:
            with database().writing():
                given = _step(reference, body, found[0][0])
        case [reference]:
            given = _detail(reference)
    start("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(given, ensure_ascii=False, separators=(",", ":")).encode()]


def _list(asked: dict[str, str]) -> Any:
    db, size = database(), int(asked.get("page_size", _PAGE))
    conditions, values = list[str](), list[Any]()
    if "stage" in asked:
        conditions.append("a.stage = ?")
        values.append(asked["stage"])
    if "text" in asked:
        conditions.append(db.found.replace("id IN", "a.id IN"))
        values.append(asked["text"])
    if "after" in asked:
        moment, key = asked["after"].rsplit(",", 1)
        conditions.append("(a.changed_at < ? OR (a.changed_at = ? AND a.id > ?))")
        conditions.append("a.changed_at <= ?")
        values += [moment, moment, int(key), moment]
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = db.rows(
        f"SELECT {_COLUMNS} {_FROM} {where} ORDER BY a.changed_at DESC, a.id LIMIT {size + 1}",
        values,
    )
    page = rows[:size]
    following = f"{page[-1][15]},{page[-1][0]}" if len(rows) > size else None
    return {"next": following, "previous": asked.get("after"), "results": list(_told(page))}


def _told(rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    db, keys = database(), [row[0] for row in rows]
    marks = ", ".join("?" * len(keys)) or "NULL"
    participants, areas, relations = defaultdict(list), defaultdict(list), defaultdict(list)
    for key, code, name, role in db.rows(
        "SELECT t.agreement_id, y.code, y.name, t.role FROM participant t JOIN party y ON y.id = t.party_id "
        f"WHERE t.agreement_id IN ({marks}) ORDER BY y.name",
        keys,
    ):
        participants[key].append({"party": code, "name": name, "role": role})
    for key, code in db.rows(
        "SELECT t.agreement_id, y.code FROM agreement_area t JOIN area y ON y.id = t.area_id "
        f"WHERE t.agreement_id IN ({marks}) ORDER BY y.code",
        keys,
    ):
        areas[key].append(code)
    for key, kind, to in db.rows(
        "SELECT t.agreement_id, t.kind, y.reference FROM relation t JOIN agreement y ON y.id = t.to_id "
        f"WHERE t.agreement_id IN ({marks})",
        keys,
    ):
        relations[key].append({"kind": kind, "to": to})
    for key, reference, en, ru, kind, procedure, stage, since, text, unit, officer, level, first, last, ball, at, \
            version in rows:  # fmt: skip
        yield {
            "reference": reference,
            "title": {"en": en, "ru": ru, "kk": ""},
            "short_title": _EMPTY,
            "kind": kind,
            "procedure": _PROCEDURES[procedure],
            "binding": True,
            "stage": stage,
            "stage_label": _LABELS[stage],
            "group": _GROUPS.get(stage, "preparing"),
            "since": _day(since),
            "text": text,
            "round": 0,
            "on_hold": False,
            "areas": areas[key],
            "participants": participants[key],
            "relations": relations[key],
            "in_the_name_of": "government",
            "level": level,
            "lead_unit": unit,
            "officer": officer,
            "valid_from": first and str(first),
            "valid_until": last and str(last),
            "renewal_years": None,
            "notice_months": None,
            "planned_signing": None,
            "planned_entry_into_force": None,
            "computed_entry_into_force": None,
            "next_step": "",
            "ball": ball,
            "ball_named": "",
            "is_void": False,
            "changed_at": at,
            "version": version,
            "url": f"http://127.0.0.1/agreements/{reference}/",
        }


def _day(day: Any) -> dict[str, str]:
    iso = str(day)
    words = f"{int(iso[8:])}\N{NO-BREAK SPACE}{_MONTHS[int(iso[5:7]) - 1]}\N{NO-BREAK SPACE}{iso[:4]}"
    return {"earliest": iso, "latest": iso, "precision": "day", "iso": iso, "words": words}


def _detail(reference: str) -> Any:
    db = database()
    rows = db.rows(f"SELECT {_COLUMNS} {_FROM} WHERE a.reference = ?", [reference])
    (told,) = _told(rows)
    entries = db.rows(
        "SELECT e.sequence, e.kind, e.transition, e.from_stage, e.to_stage, e.day, e.recorded_at, p.username, "
        "e.evidence, e.digest FROM entry e JOIN person p ON p.id = e.person_id WHERE e.agreement_id = ? "
        "ORDER BY e.sequence",
        [rows[0][0]],
    )
    told["expanded"] = {"journal": {"next": None, "results": [_entry(entry) for entry in entries]}}
    return told


def _entry(entry: Sequence[Any]) -> dict[str, Any]:
    sequence, kind, transition, source, target, day, at, person, evidence, digest = entry
    nothing = {"text": "", "language": ""}
    return {
        "id": digest[:32],
        "sequence": sequence,
        "position": sequence << 32,
        "kind": kind,
        "label": _LABELS.get(target, kind),
        "on": _day(day),
        "certainty": "firm",
        "stated_elsewhere": None,
        "stated_by": "",
        "recorded_at": at,
        "recorded_by": person,
        "origin": "imported",
        "transition": transition,
        "from_stage": source,
        "to_stage": target,
        "text": 1,
        "what": nothing,
        "reason": nothing,
        "remarks": nothing,
        "place": "",
        "legal_basis": "",
        "evidence": evidence,
        "source": "",
        "manner": "",
        "acting": "",
        "out_of_procedure": False,
        "unmet": [],
        "retroactive": False,
        **dict.fromkeys(("successor", "round_of_talks", "document", "party", "act", "received", "effective")),
        "scope": nothing,
        **dict.fromkeys(("target", "body", "result", "task", "event")),
        "redacted": False,
        "voided": False,
        "voided_because": nothing,
        "voids": None,
        "replaces": None,
        "changes": [],
    }


def _step(reference: str, asked: dict[str, Any], person: int) -> Any:
    """Take a step: durable, journalled, chained by digests; the caller has begun a transaction."""
    db = database()
    ((key, stage, _since),) = db.rows(
        f"SELECT id, stage, since FROM agreement WHERE reference = ?{db.for_update}",
        [reference],
    )
    target = _EDGES[asked["transition"], stage]
    ((sequence, previous),) = db.rows(
        "SELECT sequence, digest FROM entry WHERE agreement_id = ? ORDER BY sequence DESC LIMIT 1", [key]
    )
    row = [key, sequence + 1, "step", asked["transition"], stage, target, asked["on"], _moment(datetime.now(UTC)),
           person, asked["evidence"], previous]  # fmt: skip
    digest = _digest(json.dumps(row))
    db.run(f"INSERT INTO entry VALUES ({', '.join('?' * 12)})", [*row, digest])
    db.run(
        "UPDATE agreement SET stage = ?, since = ?, changed_at = ?, version = ? WHERE id = ?",
        [target, asked["on"], row[7], sequence + 1, key],
    )
    return _entry([sequence + 1, "step", asked["transition"], stage, target, asked["on"], row[7], "department",
                   asked["evidence"], digest])  # fmt: skip


def _moment(when: datetime) -> str:
    return when.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _digest(text: str) -> str:
    return taking.digest(text)


# ---- loading ----
def load(count: int, between: int = 200) -> str:
    """Make the tables, put the register of so many agreements and parties into them, and return a token."""
    from bench.pacta import party_names

    db = database()
    db.make_tables()
    inserter = Inserter(db.driver)
    parties, secret = party_names(between), secrets.token_urlsafe(32)
    reader = register.OFFICERS
    with db.writing():
        db.run_many(
            "INSERT INTO party VALUES (?, ?, ?)",
            [(place, party.code, party.names["en"]) for place, party in enumerate(parties)],
        )
        db.run_many("INSERT INTO unit VALUES (?, ?)", [(place, f"unit-{place}") for place in range(register.UNITS)])
        people = [*(f"officer-{place}" for place in range(reader)), "department"]
        db.run_many("INSERT INTO person VALUES (?, ?)", list(enumerate(people)))
        db.run_many("INSERT INTO area VALUES (?, ?)", list(enumerate(register.AREAS)))
        db.run("INSERT INTO token VALUES (?, ?)", [_digest(secret), reader])
        rows: dict[str, list[Any]] = defaultdict(list)
        for place, case in enumerate(register.cases(count, len(parties))):
            _collect(rows, case, reader)
            if place % _CHUNK == _CHUNK - 1:
                _flush(inserter, rows)
        _flush(inserter, rows)
    db.make_indexes()
    return secret


_NAMES = {
    "agreement": "id reference title_en title_ru kind procedure stage since text unit_id person_id level valid_from "
    "valid_until ball changed_at version",
    "participant": "agreement_id party_id role",
    "agreement_area": "agreement_id area_id",
    "relation": "agreement_id kind to_id",
    "entry": "agreement_id sequence kind transition from_stage to_stage day recorded_at person_id evidence previous "
    "digest",
    "document": "id agreement_id kind name size sha256",
    "task": "agreement_id title due status unit_id",
}


def _flush(inserter: Inserter, rows: dict[str, list[Any]]) -> None:
    for table, names in _NAMES.items():
        stored = ([inserter.stored(value) for value in row] for row in rows[table])
        inserter.insert(table, names.split(), stored)
    rows.clear()


def _collect(rows: dict[str, list[Any]], case: register.Case, person: int) -> None:
    key = case.number
    ball = "own" if any(not task.done for task in case.tasks) else "nobody"
    rows["agreement"].append(
        (key, case.reference, case.title_en, case.title_ru, case.kind, case.procedure, case.stage, case.since,
         case.text, case.unit, case.officer, case.level, case.valid_from, case.valid_until, ball,
         _moment(case.changed_at), len(case.steps) + 2 + sum(1 + task.done for task in case.tasks))
    )  # fmt: skip
    rows["participant"] += ((key, party, "party") for party in case.participants)
    rows["agreement_area"] += ((key, area) for area in case.areas)
    if case.follows is not None:
        rows["relation"].append((key, "follows", case.follows))
    told: list[tuple[str, str, str, str, date, str]] = [("open", "", "", "proposed", case.opened, "")]
    told += [
        ("step", step.transition, step.source, step.target, step.on, f"Note No. {place + 1}")
        for place, step in enumerate(case.steps)
    ]
    told.append(("document", "", "", "", case.steps[0].on, ""))
    told += [("task", "", "", "", case.since, "") for task in case.tasks for _event in range(1 + task.done)]
    previous = ""
    for place, (kind, transition, source, target, day, evidence) in enumerate(told):
        at = _moment(case.changed_at - timedelta(minutes=len(told) - 1 - place))
        row = [key, place + 1, kind, transition, source, target, day, at, person, evidence, previous]
        previous = _digest(json.dumps([*row[:6], day.isoformat(), *row[7:]]))
        rows["entry"].append([*row, previous])
    sha256 = _digest(case.reference)
    rows["document"].append((key, key, "draft", "draft.pdf", 1000, sha256))
    rows["task"] += ((key, task.title, task.due, "done" if task.done else "open", task.unit) for task in case.tasks)
