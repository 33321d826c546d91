"""What the tests of signing in share: an officer with a password, browsers, the codes of an authenticator app."""

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from agreements.entrance import adapters
from agreements.models import User

PASSWORD = "a long word of passage"


def sign_in(client: Client, username: str = "officer", password: str = PASSWORD, **more: Any) -> Any:
    """Send the form of the sign-in."""
    return client.post("/sign-in/", {"username": username, "password": password, **more})


def code_of(secret: str, *, step: int = 0) -> str:
    """Return what the app shows for a secret, now or some half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))


def app_of(user: User) -> str:
    """Set up an app for a user, and return its secret."""
    secret = generate_totp_secret()
    data = {"secret": adapters.Factors().encrypt(secret)}
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data=data)
    return secret


def passkey_of(user: User, name: str = "Stick in the drawer") -> Authenticator:
    """Return a passkey of a user, whose other half nobody has."""
    public = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    identifier = b"a passkey of the tests"
    kept = AttestedCredentialData.create(bytes(16), identifier, public)
    data = AuthenticatorData.create(bytes(32), AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT, 0, kept)
    answer = {
        "clientDataJSON": websafe_encode(b'{"type": "webauthn.create", "challenge": "", "origin": ""}'),
        "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
    }
    said = websafe_encode(identifier)
    credential = {"id": said, "rawId": said, "type": "public-key", "response": answer, "clientExtensionResults": {}}
    kept_as = {"name": name, "credential": credential}
    return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=kept_as)


@pytest.fixture
def officer(officer: User) -> User:
    """A desk officer who has a password."""
    officer.set_password(PASSWORD)
    officer.save()
    return officer


@pytest.fixture
def signed(client: Client, officer: User) -> Client:
    """The browser of the officer, who has signed in with the password."""
    assert sign_in(client)["Location"] == "/desk/"
    return client


def confirmed(client: Client) -> Client:
    """Return the browser after the password was given once more."""
    assert client.post("/account/confirm/", {"password": PASSWORD}).status_code == 302
    return client
