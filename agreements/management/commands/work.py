"""All that happens in the background, in one process: a worker, and what is due by itself every minute."""

import logging
import threading
import time
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections, connections
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from agreements.busy import RETRY_AFTER, hindrance

_log = logging.getLogger(__name__)


class Ticking(threading.Thread):
    """Runs `tick` again and again, so many seconds apart; what fails is logged and tried the next time."""

    def __init__(self, apart: float, stdout: Any) -> None:
        super().__init__(name="tick", daemon=True)
        self.apart, self.stdout, self.over = apart, stdout, threading.Event()

    def run(self) -> None:
        """Tick until it is told to stop; a tick that took longer than they are apart is followed at once."""
        while not self.over.is_set():
            begun = time.monotonic()
            tick(self.stdout)
            self.over.wait(max(0.0, self.apart - (time.monotonic() - begun)))
        connections.close_all()

    def stop(self, seconds: float) -> None:
        """Let the tick that runs come to its end, and begin no other."""
        self.over.set()
        self.join(seconds)


def tick(stdout: Any) -> bool:
    """Do what is due; return whether it went well. The worker goes on whatever happens here."""
    close_old_connections()
    try:
        call_command("tick", stdout=stdout)
    except Exception as error:  # `routines` keeps that it failed
        if hindered := hindrance(error):
            _log.warning("tick is hindered: %s", hindered.value)
        else:
            _log.exception("tick failed")
        return False
    return True


def work(worker: Worker) -> None:
    """Do what is handed over until the worker is told to stop; tell in a line what hinders for now, and wait."""
    while worker.running:
        try:
            worker.run()
            return
        except Error as error:
            if (hindered := hindrance(error)) is None:
                raise
            _log.warning("the worker is hindered: %s; it looks again in %s seconds", hindered.value, RETRY_AFTER)
        connections.close_all()
        time.sleep(RETRY_AFTER)


class Command(BaseCommand):
    help = (
        "Does all that happens in the background: builds and sends what is handed over, and every minute what is due "
        "by itself (tick). Several at once do not double. SIGTERM lets the work under way come to its end."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--every", type=float, default=60.0, metavar="SECONDS", help="how far ticks are apart")
        parser.add_argument("--once", action="store_true", help="tick once, do all that waits, and end")
        parser.add_argument("--patience", type=float, default=100.0, metavar="SECONDS", help="for a tick at the end")

    def handle(self, *args: Any, **options: Any) -> None:
        worker = Worker(
            queue_names=["default"],
            interval=1,
            batch=options["once"],
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
            excluded_queue_names=[],
        )
        if options["once"]:
            tick(self.stdout)
            worker.run()
            return
        ticking = Ticking(max(1.0, options["every"]), self.stdout)
        worker.configure_signals()
        ticking.start()
        try:
            work(worker)
        finally:
            ticking.stop(options["patience"])
