"""The WSGI entrance for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

from tracker.stack import roomy

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
application = roomy(get_wsgi_application())
