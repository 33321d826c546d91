"""People of the administration: staff in their roles, each with a client of his own."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from agreements.choices import Level
from agreements.models import User
from tests.conftest import signed_in


def _staff(user: User) -> Client:
    user.is_staff = True
    user.save()
    return signed_in(user)


@pytest.fixture
def administrator(db: None) -> User:
    """Somebody who administers accounts and reference data, up to internal."""
    user = User.objects.create_user("administrator", access_level=Level.INTERNAL)
    user.groups.add(Group.objects.get(name="administrator"))
    return user


@pytest.fixture
def superuser(db: None) -> User:
    """A superuser of Django; what he sees is still limited by the access level."""
    return User.objects.create_superuser("superuser", access_level=Level.INTERNAL)


@pytest.fixture
def as_reader(reader: User) -> Client:
    """The client of a reader who is a member of staff."""
    return _staff(reader)


@pytest.fixture
def as_officer(officer: User) -> Client:
    """The client of a desk officer."""
    return _staff(officer)


@pytest.fixture
def as_lawyer(lawyer: User) -> Client:
    """The client of a member of the treaty department."""
    return _staff(lawyer)


@pytest.fixture
def as_administrator(administrator: User) -> Client:
    """The client of an administrator of accounts."""
    return _staff(administrator)


@pytest.fixture
def as_superuser(superuser: User) -> Client:
    """The client of a superuser."""
    return _staff(superuser)


@pytest.fixture
def clients(request: pytest.FixtureRequest) -> Callable[[str], Client]:
    """Return the client of a role by its name."""

    def client(role: str) -> Client:
        found: Any = request.getfixturevalue(f"as_{role}")
        assert isinstance(found, Client)
        return found

    return client
