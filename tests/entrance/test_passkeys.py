"""Passkeys in a real browser, with a device that only seems to be one: added, used in both ways, removed."""

from tests.browsing import NEEDED
from tests.entrance.conftest import PASSWORD

pytestmark = NEEDED


def test_a_passkey_from_adding_to_removing(live_server, officer, browser):
    server = live_server.url.replace("127.0.0.1", "localhost")
    context = browser.new_context()
    context.set_default_timeout(90_000)  # a busy machine is no fault
    page = context.new_page()
    faults = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    told = {"options": options | {"isUserVerified": True, "automaticPresenceSimulation": True}}
    key = device.send("WebAuthn.addVirtualAuthenticator", told)["authenticatorId"]

    def by_password(wanted):
        page.goto(f"{server}/sign-in/?next={wanted}")
        page.get_by_label("User name").fill("officer")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()

    def out():
        page.locator("details.who summary").click()
        with page.expect_navigation():
            page.get_by_role("button", name="Sign out").click()

    by_password("/account/passkeys/new/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name").fill("Stick in the drawer")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url(server + "/account/codes/")
    page.get_by_role("link", name="Back to my account").click()
    page.get_by_role("heading", name="Stick in the drawer").wait_for()
    out()

    # As the second step.
    by_password("/parties/")
    page.wait_for_url(server + "/sign-in/code/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(server + "/parties/")
    out()

    # Alone; and a device that does not know who uses it opens nothing.
    page.goto(f"{server}/sign-in/?next=/procedures/")
    device.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("The device gave no passkey.").wait_for()
    device.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": True})
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(server + "/procedures/")

    # To confirm, and removed.
    page.goto(f"{server}/account/")
    page.get_by_role("link", name="Remove : Stick in the drawer").click()
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_text("The passkey is removed.").wait_for()
    assert page.get_by_role("heading", name="Stick in the drawer").count() == 0
    assert faults == []
