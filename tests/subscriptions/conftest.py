"""A mail server: a real one on this machine; what it was sent is read by the parser of the standard library."""

import socket
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.contrib.auth.models import Group

from agreements import clock, lifecycle, subscriptions
from agreements.choices import Level, Transition
from agreements.dates import FuzzyDate
from agreements.models import Agreement, Mailing, Unit, User
from agreements.notice_choices import Pace, WatchKind


class Office:
    """Keeps what it is sent; `refuse` are the answers to give first, then all is taken.

    `taken` is called once with the mail that was kept first, before its sender has the answer.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuse: list[str] = []
        self.taken: Callable[[], object] | None = None

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.refuse:
            return self.refuse.pop(0)
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        mail["X-Rcpt"] = ", ".join(envelope.rcpt_tos)
        self.mails.append(mail)
        if self.taken is not None:
            taken, self.taken = self.taken, None
            taken()
        return "250 Message accepted for delivery"

    def to(self, user: User) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["X-Rcpt"] == user.email]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def office(settings: Any) -> Iterator[Office]:
    """A mail server to which Pacta sends in this test."""
    kept = Office()
    controller = Controller(kept, hostname="127.0.0.1", port=_free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.PACTA_URL = "https://pacta.example"
    yield kept
    controller.stop()


def plain(mail: EmailMessage) -> str:
    """The text of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html(mail: EmailMessage) -> str:
    """The HTML of a mail."""
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


@pytest.fixture
def unit(db: None) -> Unit:
    return Unit.objects.create(code="treaties", name_en="Treaty Department", name_ru="Договорный департамент")


@pytest.fixture
def watcher(unit: Unit) -> User:
    """Somebody who reads up to internal and has an address."""
    return person("watcher", unit=unit)


def person(name: str, *, level: Level = Level.INTERNAL, group: str = "reader", unit: Unit | None = None) -> User:
    user = User.objects.create_user(name, f"{name}@pacta.example", access_level=level, unit=unit)
    user.groups.add(Group.objects.get(name=group))
    return user


def watch(user: User, what: str = WatchKind.AGREEMENT, target: Any = None, **given: Any) -> Any:
    """Watch at once, unless told otherwise."""
    return subscriptions.watch(user, what, target, **({"pace": Pace.IMMEDIATELY} | given))


def step(agreement: Agreement, by: User, name: Transition = Transition.AUTHORISE, day: str = "2004-01-15") -> Agreement:
    return lifecycle.perform(agreement, name, on=FuzzyDate.parse(day), by=by, evidence="Council decision")


def later(**kept: Any) -> None:
    """Let the next attempt of all mails that wait be due."""
    Mailing.objects.filter(**kept).exclude(next_attempt_at=None).update(next_attempt_at=clock.now())


Stepper = Callable[..., Agreement]
