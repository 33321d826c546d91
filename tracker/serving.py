"""How gunicorn serves Pacta: `gunicorn --config python:tracker.serving`. Environment variables override it.

A worker that is told to stop answers what it has begun, for as long as `graceful_timeout`; new requests go to others.
"""

import os
import tempfile
from typing import Any

wsgi_app = "tracker.wsgi"
bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
#: Seconds after which a worker that gives no sign of life is ended, and within which a request may end at a stop.
timeout, graceful_timeout, keepalive = 60, 30, 5
#: The heartbeat stands in memory: on a disk that is slow a worker would look as if it hung.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
#: A request line longer than any page of ours has.
limit_request_line = 8190
#: Workers begin anew after so many requests, not all at once: what a library may leak does not grow for ever.
max_requests, max_requests_jitter = 20_000, 2_000
#: Pacta writes a line of each request itself, without addresses and names.
accesslog, errorlog = None, "-"

# What the workers count, they count together. The folder is emptied by a new start.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="pacta-metrics-"))


def post_worker_init(worker: Any) -> None:
    """Say once in the log what settings leave a door open; serving begins all the same."""
    from django.core import checks

    if worker.age == 1:
        for found in checks.run_checks(tags=[checks.Tags.security], include_deployment_checks=True):
            worker.log.warning("%s %s", found.msg, found.hint or "")


def child_exit(server: Any, worker: Any) -> None:
    """Leave no gauge of a worker that has ended."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    """Remove what the workers counted."""
    import shutil

    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
