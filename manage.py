#!/usr/bin/env python
"""Pacta's command line: `manage.py help` lists the commands."""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    # On one's own machine nothing is set: then this door opens in DEBUG. A server (tracker.wsgi) insists on SECRET_KEY.
    if "SECRET_KEY" not in os.environ and not Path(__file__).with_name(".env").exists():
        os.environ.setdefault("DEBUG", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
