"""Which tables an archive holds, and how a row of them is written so that either database reads it back the same."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from agreements.models import DocumentVersion, ImportRun

#: What is left out, and why.
LEFT_OUT: Mapping[str, str] = {
    "auth.Permission": "made by migrate; named where it is used",
    "contenttypes.ContentType": "made by migrate; named where it is used",
    "sessions.Session": "everybody signs in anew",
    "django_tasks_database.DBTaskResult": "work under way; reports are ordered anew",
    "usersessions.UserSession": "everybody signs in anew",
    "axes.AccessAttempt": "lock-outs pass by themselves",
    "axes.AccessAttemptExpiration": "lock-outs pass by themselves",
    "axes.AccessFailureLog": "not used; the journal of sign-ins says it",
    "axes.AccessLog": "not used; the journal of sign-ins says it",
    "account.EmailAddress": "not used; addresses stand with the accounts",
    "account.EmailConfirmation": "not used",
    "socialaccount.SocialAccount": "accounts are tied to the sign-in service anew, by their user names",
    "socialaccount.SocialApp": "not used; the service is configured by the environment",
    "socialaccount.SocialToken": "not used; no token of the service is kept",
    "agreements.ReportRun": "built reports are kept for a month, and are built anew",
    "agreements.Routine": "tells of this installation, not of the archive",
    "agreements.Mailing": "mails that were sent or wait; who watches is told anew of what happens from then on",
    "agreements.Notification": "what people were told of, kept for half a year; the journal says what happened",
    "agreements.NotificationHead": "how far the events were followed here; elsewhere it begins at the last one",
    "agreements.KeptAnswer": "answers to requests that are sent again, kept for a day",
}


@dataclass(frozen=True)
class Column:
    """A column of a table: what becomes of its values in an archive, and out of it."""

    name: str
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


@dataclass(frozen=True)
class Table:
    """A table of an archive."""

    model: type[models.Model]

    @property
    def label(self) -> str:
        """The name of the table in an archive."""
        return self.model._meta.label

    def columns(self, natural: "Natural") -> list[Column]:
        """Return the columns in the order of the model."""
        return [_column(field, natural) for field in self.model._meta.concrete_fields]


def tables() -> list[Table]:
    """Return every table that an archive holds, by name."""
    found = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    return [Table(model) for model in sorted(found, key=lambda one: one._meta.label) if _kept(model)]


def kept_files() -> Iterator[tuple[str, str, int]]:
    """Yield every file that belongs to a row, of documents and of tables taken over: its name, SHA-256 and size."""
    for model in (DocumentVersion, ImportRun):
        rows = model._base_manager.order_by("stored").values_list("stored", "sha256", "size")
        yield from rows.iterator()


def _kept(model: type[models.Model]) -> bool:
    return model._meta.managed and model._meta.label not in LEFT_OUT


class Natural:
    """Permissions and kinds of content by name: their keys are another database's own affair."""

    def __init__(self) -> None:
        kinds = apps.get_model("contenttypes", "ContentType")
        permissions = apps.get_model("auth", "Permission")
        self.names = {
            kinds: {row[0]: list(row[1:]) for row in kinds._default_manager.values_list("pk", "app_label", "model")},
            permissions: {
                row[0]: list(row[1:])
                for row in permissions._default_manager.values_list(
                    "pk", "content_type__app_label", "content_type__model", "codename"
                )
            },
        }
        self.keys = {model: {tuple(name): key for key, name in known.items()} for model, known in self.names.items()}


def _column(field: Any, natural: Natural) -> Column:
    target = field.remote_field.model if field.remote_field else None
    if target in natural.names:
        names, keys = natural.names[target], natural.keys[target]
        return Column(
            field.attname,
            lambda value: None if value is None else names[value],
            lambda value: None if value is None else keys.get(tuple(value)),
        )
    while field.remote_field:
        name, field = field.attname, field.target_field
        return Column(name, _writer(field), _reader(field))
    return Column(field.attname, _writer(field), _reader(field))


def _writer(field: Any) -> Callable[[Any], Any]:
    if isinstance(field, models.JSONField):
        return lambda value: value

    def write(value: Any) -> Any:
        # An empty value of a type of ours may be none, or an empty text in the column.
        if value is None or type(value) in (bool, int, str):
            return value
        return field.value_to_string(_Holder(field.attname, value))

    return write


def _reader(field: Any) -> Callable[[Any], Any]:
    if isinstance(field, models.JSONField):
        return lambda value: value
    return lambda value: None if value is None else field.to_python(value)


class _Holder:
    """Stands for an instance of a model before a field that asks it for its value."""

    def __init__(self, name: str, value: Any) -> None:
        setattr(self, name, value)


@contextmanager
def snapshot() -> Iterator[None]:
    """Read one moment in all that follows, while others go on writing."""
    if connection.in_atomic_block:  # as in tests: what is seen is the caller's own
        yield
        return
    if connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    # `atomic` takes the write lock at once on SQLite; a reader needs none, and holds nobody up.
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
