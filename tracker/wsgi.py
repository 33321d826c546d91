"""The WSGI entrance for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

from tracker.limits import limit_requests

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
application = get_wsgi_application()
limit_requests()
