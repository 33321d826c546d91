"""The views of the API: they read what is asked, call one operation, and answer."""
