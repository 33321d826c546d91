"""International agreements and their life."""
