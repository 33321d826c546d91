"""One stack in a process of its own: `python -m bench.serving STACK URL`, told what to do by lines of JSON.

It is asked for answers through its entrance of WSGI, without a network, and says of each what it took: wall time, and
processor time - its own and that of the database's server, which on SQLite is itself.
"""

import gc
import io
import json
import resource
import sys
import time
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

STACKS = {"pacta": "bench.pacta", "peer": "bench.peer.stack", "floor": "bench.floor.stack"}


class Meter:
    """What a work takes, in milliseconds; `postmaster` is the process of a PostgreSQL on this machine, 0 for none."""

    def __init__(self, postmaster: int = 0) -> None:
        self.postmaster = postmaster

    def take(self, work: Callable[[], Any]) -> tuple[float, float, Any]:
        """Do the work; return wall time, processor time and what it gave."""
        server, own, start = self.server(), time.process_time_ns(), time.perf_counter_ns()
        given = work()
        wall, own = time.perf_counter_ns() - start, time.process_time_ns() - own
        return wall / 1e6, (own + self.server() - server) / 1e6, given

    def server(self) -> int:
        """Return the processor time of the server's processes so far, in nanoseconds."""
        if not self.postmaster:
            return 0
        total = 0
        for pid in Path(f"/proc/{self.postmaster}/task/{self.postmaster}/children").read_text().split():
            try:
                total += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
            except OSError:  # it ended meanwhile
                continue
        return total


class Client:
    """Asks an entrance of WSGI as a server would."""

    def __init__(self, application: Callable[..., Iterable[bytes]], token: str) -> None:
        self.application, self.token = application, token

    def ask(self, method: str, address: str, body: Any = None) -> tuple[int, bytes]:
        """Return status and content of an answer; the content is read to its end."""
        environ, told = self.environ(method, address, body), []

        def start(status: str, _headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], None]:
            told.append(int(status.split(" ", 1)[0]))
            return lambda _data: None

        answer = self.application(environ, start)
        try:
            content = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        return told[-1], content

    def drain(self, address: str) -> tuple[int, bytes]:
        """Return status and the length of an answer, as text, of which nothing is kept."""
        environ, told, length = self.environ("GET", address, None), [], 0

        def start(status: str, _headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], None]:
            told.append(int(status.split(" ", 1)[0]))
            return lambda _data: None

        answer = self.application(environ, start)
        try:
            for part in answer:
                length += len(part)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        return told[-1], str(length).encode()

    def environ(self, method: str, address: str, body: Any) -> dict[str, Any]:
        """Return what a server hands over."""
        path, _mark, query = address.partition("?")
        content = b"" if body is None else json.dumps(body).encode()
        return {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": "application/json" if content else "",
            "CONTENT_LENGTH": str(len(content)),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1",
            "HTTP_ACCEPT": "application/json",
            "HTTP_AUTHORIZATION": f"Token {self.token}",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(content),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }


def main(stack: str, url: str, postmaster: str, token: str = "") -> None:
    """Serve one stack until there are no more lines."""
    module: Any = import_module(STACKS[stack])
    module.settings(url)
    import django

    if stack != "floor":
        django.setup()
    meter, client = Meter(int(postmaster)), Client(module.application(), token)
    output = sys.stdout
    sys.stdout = sys.stderr  # whatever a library prints is no answer
    for line in sys.stdin:
        asked: dict[str, Any] = json.loads(line)
        said: dict[str, Any] = {}
        match asked.pop("do"):
            case "load":
                said["token"] = client.token = module.load(asked["count"])
            case "ask":
                keep = asked.pop("keep", True)
                wall, cpu, (status, content) = meter.take(lambda: client.ask(**asked))  # noqa: B023
                said = {"wall": wall, "cpu": cpu, "status": status, "size": len(content)}
                said |= {"content": content.decode()} if keep else {}
            case "drain":
                before = peak()
                wall, cpu, (status, length) = meter.take(lambda: client.drain(asked["address"]))  # noqa: B023
                said = {"wall": wall, "cpu": cpu, "status": status, "size": int(length), "grown": peak() - before}
            case "many":
                own = time.process_time_ns()
                wall, cpu, statuses = meter.take(lambda: [client.ask(*one)[0] for one in asked["requests"]])  # noqa: B023
                said = {"wall": wall, "cpu": cpu, "status": max(statuses), "size": 0}
                if asked.get("apart"):
                    said["own"] = (time.process_time_ns() - own) / 1e6
            case "collect":
                gc.collect()
            case "memory":
                said = {"resident": resident()}
        output.write(json.dumps(said) + "\n")
        output.flush()


def checked(stack: str, url: str) -> None:
    """Check a stack as `manage.py check` does, and print the processor time of this process so far, in seconds."""
    import django
    from django.core.management import call_command

    import_module(STACKS[stack]).settings(url)
    django.setup()
    call_command("check", stdout=io.StringIO())
    sys.stdout.write(f"{time.process_time()}\n")


def peak() -> float:
    """Return the most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def resident() -> float:
    """Return the memory that this process holds, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


if __name__ == "__main__":
    main(*sys.argv[1:])
