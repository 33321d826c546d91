"""Pagination of lists: by cursor, so that a page stays the same page while others write."""

from rest_framework.pagination import CursorPagination


class Cursor(CursorPagination):
    """Pages of 50, at most 200, in the order of the last change."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    ordering = ("-changed_at", "pk")
