"""The floor: a bare database driver and a bare WSGI function that give the same rows in the same bytes."""
