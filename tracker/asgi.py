"""The ASGI entrance."""

import os

from django.core.asgi import get_asgi_application

from tracker.limits import limit_requests

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
application = get_asgi_application()
limit_requests()
