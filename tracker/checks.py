"""What `check --deploy` and the start of a server say of settings that would leave a door open, in clear sentences."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks

#: So short a token could be guessed.
_SHORTEST = 24


def register() -> None:
    """Let Django ask for these checks."""
    checks.register(of_deployment, checks.Tags.security, deploy=True)


def of_deployment(app_configs: Any, **_kwargs: Any) -> list[checks.CheckMessage]:
    """Report what is unsafe on a server; nothing of it stops a machine of one's own."""
    found = [
        (
            "*" in settings.ALLOWED_HOSTS,
            "ALLOWED_HOSTS takes any name: links in mails could lead to a stranger.",
            "Name the hosts under which Pacta is reached.",
        ),
        (
            any("*" in origin or urlsplit(origin).scheme != "https" for origin in settings.CSRF_TRUSTED_ORIGINS),
            "CSRF_TRUSTED_ORIGINS names an origin without https://, or any below a domain.",
            "Name each origin whole, such as https://pacta.example.",
        ),
        (
            bool(settings.PACTA_URL) and urlsplit(settings.PACTA_URL).scheme != "https",
            "PACTA_URL does not begin with https://: links in mails would be sent without encryption.",
            "Set it to the address of Pacta, such as https://pacta.example.",
        ),
        (
            bool(settings.METRICS_TOKEN) and len(settings.METRICS_TOKEN) < _SHORTEST,
            f"METRICS_TOKEN is shorter than {_SHORTEST} characters: it could be guessed.",
            'Make one: python3 -c "import secrets; print(secrets.token_urlsafe(32))"',
        ),
        (
            settings.PACTA_TODAY is not None,
            "PACTA_TODAY is set: everything is looked at as of another day than today.",
            "Take it away, except for a demonstration.",
        ),
        (
            settings.SECURE_PROXY_SSL_HEADER is not None and not settings.PROXIES,
            "BEHIND_TLS_PROXY is on and PROXIES names none: all who sign in seem to come from the proxy.",
            "Name the networks of the proxies in PROXIES, such as 127.0.0.1/32.",
        ),
        (
            any(network.endswith("/0") for network in settings.PROXIES),
            "PROXIES names the whole network: anybody could write from where he comes.",
            "Name the networks of your own proxies only.",
        ),
        (
            any(network.endswith("/0") for network in settings.WEBHOOK_NETWORKS),
            "WEBHOOK_NETWORKS names the whole network: webhooks could call what only this machine reaches.",
            "Name the networks inside that are meant.",
        ),
    ]
    return [
        checks.Warning(sentence, hint=hint, id=f"pacta.W{number:03}")
        for number, (unsafe, sentence, hint) in enumerate(found, 1)
        if unsafe
    ]
