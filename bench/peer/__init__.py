"""The usual stack: the same register as tutorials of Django and DRF have it written."""
