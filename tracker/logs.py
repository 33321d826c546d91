"""The logs: lines for people or JSON for a collector, each with the request it belongs to, none with a secret."""

import logging
import re
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured

#: The secret of a feed, and that of a link for a forgotten password: what stands before it, and after it.
_SECRET = re.compile(r"(/calendar/)[A-Za-z0-9_-]{16,}(\.ics)|(/sign-in/forgotten/)[^/\s]+/[^/\s]+(/)")
FORMS = ("line", "json")


class WithoutSecrets(logging.Filter):
    """Strikes the secret out of every address that has one, wherever in a line it stands."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record where it names such an address; every record is kept."""
        said = record.getMessage()
        masked = _SECRET.sub(r"\1\3…\2\4", said)
        if masked != said:
            record.msg, record.args = masked, ()
        return True


def configuration(*, form: str, level: str) -> dict[str, Any]:
    """Return the configuration of logging. Raises ImproperlyConfigured for a form that is not known."""
    if form not in FORMS:
        raise ImproperlyConfigured(f"LOG_FORMAT must be one of {', '.join(FORMS)}, not {form!r}.")
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    renderers = {
        # Without the values of variables, which other packages would add: they may be passwords.
        "line": structlog.dev.ConsoleRenderer(
            colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
        ),
        "json": structlog.processors.JSONRenderer(ensure_ascii=False),
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "chosen": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [
                    structlog.contextvars.merge_contextvars,
                    structlog.stdlib.add_log_level,
                    structlog.stdlib.add_logger_name,
                    stamp,
                ],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *([structlog.processors.format_exc_info] if form == "json" else []),
                    renderers[form],
                ],
            }
        },
        "filters": {"without_secrets": {"()": WithoutSecrets}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "chosen", "filters": ["without_secrets"]}
        },
        "loggers": {
            # What it has to say stands in the journal of sign-ins.
            "axes": {"level": "ERROR"},
            # Those that write addresses, whichever handlers they come to.
            "django.request": {"filters": ["without_secrets"]},
            "django.server": {
                "filters": ["without_secrets"],
                "handlers": ["console"],
                "level": "INFO",
                "propagate": False,
            },
        },
        "root": {"handlers": ["console"], "level": level},
    }
