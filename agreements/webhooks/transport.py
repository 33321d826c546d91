"""One request to an address that was judged: no redirects, no proxies, a short time, a short answer."""

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from agreements.webhooks.addresses import Target

#: Seconds for one step of the network, and for the whole.
STEP, WHOLE = 10.0, 20.0
#: So much of an answer is read, and thrown away: only its status counts.
_LONGEST_ANSWER = 16_384


class Answer(NamedTuple):
    """What came back: the status, and for how many seconds the other side asks to be left alone."""

    status: int
    wait: int


class Unanswered(Exception):
    """No answer came; says in a word why."""


class _Connection(http.client.HTTPConnection):
    """A connection to the address that was judged, whatever its name leads to by now."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=STEP)
        self.target = target
        self.cut_off = False

    def connect(self) -> None:
        """Connect; the certificate must be that of the name."""
        connected = socket.create_connection((self.target.address, self.target.port), STEP)
        if self.target.secure:
            try:
                connected = ssl.create_default_context().wrap_socket(connected, server_hostname=self.target.host)
            except BaseException:
                connected.close()
                raise
        self.sock = connected

    def cut(self) -> None:
        """End it, in whatever step it is."""
        self.cut_off = True
        if self.sock:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


def post(target: Target, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send a request and return its answer. Raises Unanswered."""
    connection = _Connection(target)
    watch = threading.Timer(WHOLE, connection.cut)
    watch.daemon = True
    watch.start()
    try:
        connection.request("POST", target.path, body, {**headers, "Connection": "close"})
        answer = connection.getresponse()
        answer.read(_LONGEST_ANSWER)
        if connection.cut_off:  # its head may look whole
            raise TimeoutError
        return Answer(answer.status, _seconds(answer.getheader("Retry-After")))
    except ssl.SSLError as error:
        raise Unanswered("certificate") from error
    except (OSError, http.client.HTTPException) as error:
        late = connection.cut_off or isinstance(error, TimeoutError)
        raise Unanswered("timeout" if late else "connection") from error
    finally:
        watch.cancel()
        connection.close()


def _seconds(told: str | None) -> int:
    return int(told) if told and told.isascii() and told.isdigit() and len(told) < 7 else 0
