"""The usual stack as it is measured."""

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any

from bench import register
from bench.loading import Inserter, Table
from bench.pacta import analyse, party_names
from bench.register import Case

NAME = "peer"
_CHUNK = 2000


def settings(url: str) -> None:
    """Set the environment on a database."""
    os.environ |= {"DJANGO_SETTINGS_MODULE": "bench.peer.settings", "DATABASE_URL": url}


def application() -> Callable[..., Any]:
    """Return the entrance of WSGI."""
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def load(count: int) -> str:
    """Make the tables, put the register into them, and return the token of a user."""
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection
    from rest_framework.authtoken.models import Token

    call_command("migrate", verbosity=0)
    connection.ensure_connection()
    _Filling(count).all()
    reader = User.objects.create_user("department")
    return str(Token.objects.create(user=reader).key)


class _Filling:
    def __init__(self, count: int) -> None:
        from django.contrib.auth.models import User
        from django.db import connection
        from django_fsm_log.models import StateLog

        from bench.peer import models
        from bench.peer.api import content_type

        self.count, self.connection = count, connection
        inserter = Inserter(connection.connection)
        made: tuple[Any, ...] = (
            *(models.Agreement, models.Participant, models.Relation, models.Agreement.areas.through),
            *(models.Agreement.history.model, StateLog, models.Document, models.Task),
        )
        self.tables = {model.__name__: Table(model, inserter, keyed=model is models.Agreement) for model in made}
        self.columns = [field.attname for field in models.Agreement._meta.concrete_fields]
        self.type = content_type().pk
        self.by = User.objects.create_user("import")
        self.parties = models.Party.objects.bulk_create(
            models.Party(code=one.code, **{f"name_{name}": text for name, text in one.names.items()})
            for one in party_names()
        )
        self.units = models.Unit.objects.bulk_create(
            models.Unit(code=f"unit-{number}", name=f"Unit {number}") for number in range(register.UNITS)
        )
        self.officers = User.objects.bulk_create(
            User(username=f"officer-{number}") for number in range(register.OFFICERS)
        )
        self.areas = models.Area.objects.bulk_create(
            models.Area(code=code, name=code.capitalize()) for code in register.AREAS
        )

    def all(self) -> None:
        from django.core.management.color import no_style
        from django.db import transaction

        with transaction.atomic():
            for place, case in enumerate(register.cases(self.count, len(self.parties))):
                self.add(case)
                if place % _CHUNK == _CHUNK - 1:
                    self.flush()
            self.flush()
        with self.connection.cursor() as cursor:
            from bench.peer.models import Agreement

            for statement in self.connection.ops.sequence_reset_sql(no_style(), [Agreement]):
                cursor.execute(statement)
        analyse(self.connection)

    def flush(self) -> None:
        for table in self.tables.values():
            table.flush()

    def add(self, case: Case) -> None:
        key = case.number + 1
        columns = {
            "id": key,
            "reference": case.reference,
            "title_en": case.title_en,
            "title_ru": case.title_ru,
            "kind": case.kind,
            "procedure": case.procedure,
            "stage": case.stage,
            "since_earliest": case.since,
            "since_latest": case.since,
            "text": case.text,
            "valid_from": case.valid_from,
            "valid_until": case.valid_until,
            "lead_unit_id": self.units[case.unit].pk,
            "officer_id": self.officers[case.officer].pk,
            "level": case.level,
            "changed_at": case.changed_at,
        }
        self.tables["Agreement"].add(**columns)
        for place in case.participants:
            self.tables["Participant"].add(agreement_id=key, party_id=self.parties[place].pk, role="party")
        for place in case.areas:
            self.tables["Agreement_areas"].add(agreement_id=key, area_id=self.areas[place].pk)
        if case.follows is not None:
            self.tables["Relation"].add(agreement_id=key, kind="follows", to_id=case.follows + 1)
        history = self.tables["HistoricalAgreement"]
        opened = {"stage": "proposed", "since_earliest": case.opened, "since_latest": case.opened, "text": 1}
        history.add(
            **columns | opened,
            history_date=_noon(case.opened),
            history_type="+",
            history_user_id=self.by.pk,
        )
        for place, step in enumerate(case.steps):
            moved = {"stage": step.target, "since_earliest": step.on, "since_latest": step.on, "text": step.text}
            history.add(
                **columns | moved,
                history_date=_noon(step.on),
                history_type="~",
                history_user_id=self.by.pk,
            )
            self.tables["StateLog"].add(
                timestamp=_noon(step.on),
                by_id=self.by.pk,
                source_state=step.source,
                state=step.target,
                transition=step.transition,
                content_type_id=self.type,
                object_id=key,
                description=f"Note No. {place + 1}",
            )
        self.tables["Document"].add(
            agreement_id=key,
            kind="draft",
            name="draft.pdf",
            size=1000,
            sha256=hashlib.sha256(case.reference.encode()).hexdigest(),
            created_at=case.changed_at,
        )
        for task in case.tasks:
            self.tables["Task"].add(
                agreement_id=key,
                title=task.title,
                due=task.due,
                status="done" if task.done else "open",
                unit_id=self.units[task.unit].pk,
            )


def _noon(day: Any) -> datetime:
    return datetime.combine(day, time(12), UTC)
