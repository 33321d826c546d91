"""Pacta as it is measured: with its settings of production, and the register put into its tables."""

import hashlib
import os
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from bench import register
from bench.loading import Inserter, Table
from bench.register import Case

NAME = "pacta"
_PARTIES = 200
_SPACE = UUID("5f0c1a52-5a6e-4b0c-9a53-0d6f6d0b7a11")
_CHUNK = 2000
_SIZE = 1000


def settings(url: str) -> None:
    """Set the environment of production, on a database; the day is the one on which the register is looked at."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "bench.pacta_settings",
        "DEBUG": "0",
        "SECRET_KEY": "only-for-the-benchmark-" + "0" * 40,
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": url,
        "PACTA_TODAY": register.TODAY.isoformat(),
        "SECURE_SSL_REDIRECT": "0",
        "API_RATE": "0",
        "LOG_LEVEL": "ERROR",
    }


def key(kind: str, number: int) -> UUID:
    """Return the key of a row, the same each time."""
    return uuid5(_SPACE, f"{kind}{number}")


def file_of(reference: str) -> bytes:
    """Return what the file of the document of an agreement holds; the register has its digest only."""
    return reference.encode().ljust(_SIZE)


def load(count: int) -> str:
    """Make the tables, put the register into them, and return the token of a user who may read and write."""
    from django.core.management import call_command
    from django.db import connection

    from agreements import tokens
    from agreements.choices import Level, TokenScope
    from agreements.models import User

    call_command("migrate", verbosity=0)
    fill(count)
    analyse(connection)
    reader = User.objects.create_user("department", access_level=Level.SECRET)
    reader.groups.add(_group("treaty_department"))
    return tokens.issue(reader, name="Benchmark", by=None, scope=TokenScope.WRITE)[1]


def fill(count: int, parties: int = _PARTIES) -> None:
    """Put the register of so many agreements and parties into the tables, with a journal that proves itself."""
    from django.db import connection

    connection.ensure_connection()
    if connection.vendor == "postgresql":  # a limit for requests: here it may take longer to compose what follows
        connection.cursor().execute("SET idle_in_transaction_session_timeout = 0")
    _Filling(count, parties).all()


def _group(name: str) -> Any:
    from django.contrib.auth.models import Group

    return Group.objects.get(name=name)


class _Filling:
    def __init__(self, count: int, parties: int) -> None:
        from django.db import connection

        from agreements import models
        from agreements.procedures import load as procedures

        self.count = count
        self.connection = connection
        self.inserter = Inserter(connection.connection)
        names: Iterable[Any] = (
            *(models.Agreement, models.Participant, models.Relation, models.Agreement.areas.through),
            *(models.Entry, models.EntryText, models.EventPosition),
            *(models.Document, models.DocumentVersion, models.Task),
        )
        self.tables = {model.__name__: Table(model, self.inserter) for model in names}
        self.by = models.User.objects.service("import")
        self.versions = {}
        for code in ("ratified", "simplified"):
            rules = procedures("")[code]
            self.versions[code] = models.ProcedureVersion.objects.get_or_create(
                digest=rules.digest, defaults={"code": rules.code, "version": rules.version, "text": rules.text}
            )[0]
        self.parties = self._parties(parties)
        self.units = [
            models.Unit.objects.create(code=f"unit-{number}", name_en=f"Unit {number}")
            for number in range(register.UNITS)
        ]
        self.officers = [
            models.User.objects.create_user(f"officer-{number}", unit=self.units[number % len(self.units)])
            for number in range(register.OFFICERS)
        ]
        self.areas = [
            models.Area.objects.create(code=code, prefix=code[:3].upper(), name_en=code.capitalize())
            for code in register.AREAS
        ]
        self.entry = models.Entry(actor=self.by, actor_name=str(self.by), origin="imported")
        self.position = 0
        blank = models.Agreement()
        related = ("procedure_version", "lead_unit", "officer")
        self.record = {name: getattr(blank, name) for name in blank.RECORDED if name not in related}
        self.text = {name: getattr(blank, name) for name in blank.RECORDED_TEXT}

    def _parties(self, count: int) -> list[Any]:
        from agreements import registers
        from agreements.models import Party

        known = {party.code: party for party in party_names(count)}
        made = []
        for code, party in known.items():
            row = Party(code=code, kind=party.kind, **{f"name_{name}": text for name, text in party.names.items()})
            made.append(registers.create(row, by=self.by))
        return made

    def all(self) -> None:
        from django.db import transaction

        with transaction.atomic():
            for place, case in enumerate(register.cases(self.count, len(self.parties))):
                self.add(case)
                if place % _CHUNK == _CHUNK - 1:
                    self.flush()
            self.flush()
            self._position()

    def _position(self) -> None:
        from agreements.models import EventHead

        EventHead.objects.update_or_create(pk=1, defaults={"last": self.position})

    def flush(self) -> None:
        for table in self.tables.values():
            table.flush()

    def add(self, case: Case) -> None:
        from agreements.folding import fold

        rules, agreement = self.versions[case.procedure], key("agreement", case.number)
        participants = [self.parties[place] for place in case.participants]
        areas = [self.areas[place] for place in case.areas]
        follows = [] if case.follows is None else [{"kind": "follows", "to": str(key("agreement", case.follows))}]
        open_tasks = any(not task.done for task in case.tasks)
        entries = len(case.steps) + 2 + sum(1 + task.done for task in case.tasks)
        self.tables["Agreement"].add(
            id=agreement,
            version=entries,
            changed_at=case.changed_at,
            reference=case.reference,
            title_en=case.title_en,
            title_ru=case.title_ru,
            kind=case.kind,
            procedure_version_id=rules.pk,
            stage=case.stage,
            since_earliest=case.since,
            since_latest=case.since,
            since_precision="day",
            text=case.text,
            valid_from=case.valid_from,
            valid_until=case.valid_until,
            lead_unit_id=self.units[case.unit].pk,
            officer_id=self.officers[case.officer].pk,
            level=case.level,
            ball_by_tasks="own" if open_tasks else "",
            search_text=fold(
                case.reference.replace("-", ""), case.reference, case.title_en, case.title_ru, "", case.title_en,
                case.title_ru, "", "", "",
            ),
        )  # fmt: skip
        for party in participants:
            self.tables["Participant"].add(agreement_id=agreement, party_id=party.pk, role="party")
        for area in areas:
            self.tables["Agreement_areas"].add(agreement_id=agreement, area_id=area.pk)
        if case.follows is not None:
            self.tables["Relation"].add(agreement_id=agreement, kind="follows", to_id=key("agreement", case.follows))
        record = self.record | {
            "reference": case.reference,
            "kind": case.kind,
            "procedure_version": rules.digest,
            "valid_from": case.valid_from and case.valid_from.isoformat(),
            "valid_until": case.valid_until and case.valid_until.isoformat(),
            "lead_unit": self.units[case.unit].code,
            "officer": str(self.officers[case.officer].pk),
            "level": case.level,
            "areas": sorted(area.code for area in areas),
            "participants": [{"party": code, "role": "party"} for code in sorted(one.code for one in participants)],
            "relations": follows,
        }
        self._entries(case, agreement, record)
        self._tasks(case, agreement)

    def _entries(self, case: Case, agreement: UUID, record: dict[str, Any]) -> None:
        from agreements.journal import canonical, digest_of, digest_of_text
        from agreements.walk import STRIDE

        number, previous = case.number * 32, ""
        told: list[dict[str, Any]] = [
            {
                "kind": "open",
                "position": STRIDE,
                "to_stage": "proposed",
                "earliest": case.opened,
                "data": {"text": 1, "record": record},
                "text": {"record": self.text | {"title_en": case.title_en, "title_ru": case.title_ru}},
            }
        ]
        told += [
            {
                "kind": "step",
                "position": STRIDE * (place + 2),
                "transition": step.transition,
                "from_stage": step.source,
                "to_stage": step.target,
                "earliest": step.on,
                "data": {"text": step.text},
                "text": {},
                "evidence": f"Note No. {place + 1}",
            }
            for place, step in enumerate(case.steps)
        ]
        document, sha256 = key("document", case.number), hashlib.sha256(file_of(case.reference)).hexdigest()
        file = {"id": str(key("version", case.number)), "document": str(document), "version": 1, "level": case.level}
        file |= {"name": "draft.pdf", "size": _SIZE, "sha256": sha256, "language": "en"}
        file |= {"authenticity": "not_stated", "received_from": ""}
        told.append(
            {
                "kind": "document",
                "earliest": case.steps[0].on,
                "data": {"text": 1, "document": "draft", "file": file},
                "text": {},
            }
        )
        file_at = len(told) - 1
        for place, task in enumerate(case.tasks):
            said = {"task": str(key("task", case.number * 4 + place)), "text": 1}
            told.append(
                {
                    "kind": "task",
                    "earliest": case.since,
                    "data": said
                    | {
                        "event": "added",
                        "due": task.due.isoformat(),
                        "side": "own",
                        "unit": self.units[task.unit].code,
                    },
                    "text": {"what": {"en": task.title}},
                }
            )
            if task.done:
                told.append(
                    {
                        "kind": "task",
                        "earliest": case.since,
                        "data": said | {"event": "done", "on": case.since.isoformat()},
                        "text": {"what": {"en": task.title}},
                    }
                )
        entry, count = self.entry, len(told)
        for place, columns in enumerate(told):
            content = canonical(columns["text"]) if columns["text"] else ""
            salt = f"{number + place:032x}"
            values = {
                "id": key("entry", number + place),
                "subject_kind": "agreement",
                "subject": agreement,
                "sequence": place + 1,
                "position": columns.get("position"),
                "kind": columns["kind"],
                "transition": columns.get("transition", ""),
                "from_stage": columns.get("from_stage", ""),
                "to_stage": columns.get("to_stage", ""),
                "earliest": columns["earliest"],
                "latest": columns["earliest"],
                "precision": "day",
                "recorded_at": case.changed_at - timedelta(minutes=count - 1 - place),
                "evidence": columns.get("evidence", ""),
                "data": canonical(columns["data"]),
                "text_digest": digest_of_text(salt, content),
                "previous": previous,
            }
            entry.__dict__.update(values)
            previous = digest_of(entry)
            self.tables["Entry"].add(
                **values, digest=previous, origin=entry.origin, actor_id=self.by.pk, actor_name=entry.actor_name
            )
            self.tables["EntryText"].add(entry_id=values["id"], salt=salt, content=content)
            self.position += 1
            self.tables["EventPosition"].add(entry_id=values["id"], position=self.position)
        self.tables["Document"].add(
            id=document, agreement_id=agreement, kind="draft", level=case.level, created_at=case.changed_at
        )
        self.tables["DocumentVersion"].add(
            id=key("version", case.number),
            document_id=document,
            number=1,
            language="en",
            name="draft.pdf",
            media_type="application/pdf",
            size=_SIZE,
            sha256=sha256,
            stored=f"{sha256[:40]}",
            uploaded_at=case.changed_at,
            uploaded_by_id=self.by.pk,
            entry_id=key("entry", number + file_at),
        )

    def _tasks(self, case: Case, agreement: UUID) -> None:
        from agreements.folding import fold

        for place, task in enumerate(case.tasks):
            self.tables["Task"].add(
                id=key("task", case.number * 4 + place),
                agreement_id=agreement,
                title_texts={"en": task.title},
                due=task.due.isoformat(),
                due_by=task.due,
                unit_id=self.units[task.unit].pk,
                status="done" if task.done else "open",
                done_on=case.since.isoformat() if task.done else "",
                created_at=case.changed_at,
                changed_at=case.changed_at,
                search_text=fold(task.title),
            )


def analyse(connection: Any) -> None:
    """Let PostgreSQL look at the data, as it does by itself in time; on SQLite nobody does, so neither do we."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def party_names(count: int = _PARTIES) -> list[Any]:
    """Return so many parties, the own side first."""
    from agreements import names

    known = [party for party in names.all_known() if party.names.get("en")]
    own = [party for party in known if party.code == "KZ"]
    return (own + [party for party in known if party.code != "KZ"])[:count]


def application() -> Callable[..., Any]:
    """Return the entrance of WSGI."""
    from tracker.wsgi import application as entrance

    return entrance
