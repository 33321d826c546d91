"""A receiver of webhooks: a real server on this machine, which Pacta may call in these tests only."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook as Verifier

from agreements import webhooks
from agreements.api import outgoing
from agreements.models import Webhook


class Receiver:
    """Keeps what it is sent; `answers` are the statuses to answer with, 204 when there are none left."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.headers: dict[str, str] = {}
        kept = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kept.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(kept.answers.pop(0) if kept.answers else 204)
                for name, value in kept.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                raise AssertionError("a redirect was followed")

            def log_message(self, *_args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.address = f"http://127.0.0.1:{self.port}/pacta?from=kz"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _headers, body in self.received]

    @property
    def names(self) -> list[str]:
        return [headers["webhook-id"] for headers, _body in self.received]

    def verified(self, secret: str, number: int = -1) -> Any:
        """What was sent, if its signature is by the secret. Raises WebhookVerificationError."""
        headers, body = self.received[number]
        return Verifier(secret).verify(body, headers)


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_HTTP, settings.WEBHOOK_NETWORKS = True, ["127.0.0.0/8"]
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def hook(receiver: Receiver) -> Callable[..., tuple[Webhook, str]]:
    """Return what makes a webhook that leads to the receiver."""
    return lambda by, **given: webhooks.create(by, **{"name": "System", "address": receiver.address} | given)


def send() -> None:
    """Do what `tick` and the worker do."""
    webhooks.tick(lambda webhook: webhooks.deliver(webhook.pk, outgoing.payload))
