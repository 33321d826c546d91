"""Which addresses Pacta calls: none inside, none by a redirect, none whose name leads elsewhere meanwhile."""

import datetime
import http.server
import socket
import ssl
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from agreements import webhooks
from agreements.guards import Refused
from agreements.webhooks import addresses, transport
from agreements.webhooks.addresses import Target, Unreachable

INSIDE = [
    "127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "[::1]", "[::]", "[fe80::1]", "[fd00::1]",
    "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[ff02::1]",
    "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[::127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:a00:1]",
    "[::ffff:0:127.0.0.1]", "[64:ff9b:1::a00:1]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[fec0::1]",
    "[fd00:ec2::254]", "[3fff::1]", "[2001:db8::1]", "[100::1]", "[2002:a00:1::]", "192.88.99.1", "240.0.0.1",
]  # fmt: skip


def codes(address):
    return [reason.code for reason in addresses.objections(address)]


@pytest.mark.parametrize("host", INSIDE)
def test_an_address_inside_is_refused(host):
    assert codes(f"https://{host}/hook") == ["address-not-allowed"]
    with pytest.raises(Unreachable):
        addresses.resolve(f"https://{host}/hook")


@pytest.mark.parametrize(
    "host",
    [
        "127.1", "2130706433", "0x7f.1", "0X7F000001", "017700000001", "localhost", "0", "0x0", "127.0.0.1.",
        "localhost.", "2852039166", "0251.0376.0251.0376", "0xa9fea9fe", "10.1", "LOCALHOST", "pacta.localhost",
        "a.b.LocalHost.", "localhost..", "printer.local", "systems.internal", "router.home.arpa", "999.1.1.1",
        "1.2.3.4.5", "systems.10", "0x7g.0x", "4294967296", "[v1.a:b]",
    ],
)  # fmt: skip
def test_another_spelling_of_what_is_inside_is_refused_and_not_called(host):
    assert codes(f"https://{host}/hook") == ["address-not-allowed"]
    with pytest.raises(Unreachable):
        addresses.resolve(f"https://{host}/hook")


@pytest.mark.parametrize(
    "host",
    [
        "93.184.216.34", "0x5db8d822", "1572395042", "[2606:2800:220:1::1]", "systems.example", "localhost.example",
        "mylocalhost", "127.0.0.1.example", "10.example", "0x7f.example", "local.example", "x-internal", "intranet",
    ],
)  # fmt: skip
def test_no_name_is_asked_for_when_an_address_is_given(host, monkeypatch):
    def asked(*_given, **_options):
        raise AssertionError("a name was asked for")

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    monkeypatch.setattr(socket, "gethostbyname", asked)
    assert codes(f"https://{host}/hook") == []


def test_a_name_that_also_leads_inside_is_not_called(monkeypatch):
    def both(host, port, **_options):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (told, port)) for told in ("93.184.216.34", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(Unreachable):
        addresses.resolve("https://systems.example/")


def test_a_name_that_leads_inside_a_moment_later_is_still_called_where_it_was_judged(monkeypatch):
    """DNS rebinding: the name is asked for once, and what it says from then on is not asked for."""
    answers = iter(["93.184.216.34", "127.0.0.1", "127.0.0.1"])
    asked, called = [], []

    def leads(host, port, *_more, **_options):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def connect(address, *_timeout):
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", leads)
    monkeypatch.setattr(socket, "create_connection", connect)
    target = addresses.resolve("https://rebinding.example/")
    with pytest.raises(transport.Unanswered):
        transport.post(target, b"{}", {})
    assert (asked, called) == (["rebinding.example"], [("93.184.216.34", 443)])
    with pytest.raises(Unreachable):  # and the next message is judged anew
        addresses.resolve("https://rebinding.example/")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_an_answer_that_leads_elsewhere_is_not_followed(status):
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.path)
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Location", "/inside")
            self.end_headers()

        def log_message(self, *_args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        target = Target(False, "127.0.0.1", server.server_address[1], "/hook", "127.0.0.1")
        assert transport.post(target, b"{}", {}).status == status
        server.shutdown()
    assert asked == ["/hook"]


def test_the_address_that_was_judged_is_called(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, port, **_options: [(2, 1, 6, "", ("93.184.216.34", port))])
    assert addresses.resolve("https://systems.example:8443/a?b=c") == Target(
        True, "systems.example", 8443, "/a?b=c", "93.184.216.34"
    )
    called = []

    def connect(address, *_timeout):
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(transport.Unanswered):
        transport.post(addresses.resolve("https://systems.example/"), b"{}", {})
    assert called == [("93.184.216.34", 443)]


@pytest.mark.parametrize(
    "address",
    [
        "", "systems.example", "ftp://systems.example/", "https://", "https://user:word@systems.example/",
        "https://systems.example/#part", "https://systems.example:x/", "https://systems.example:99999/",
        "https://системы.example/", "https://a b/", "https://systems.example/\r\nHost: x", "javascript:alert(1)",
        "https://systems.example/" + "a" * 500, "https://[::1/", "//systems.example/",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(address):
    assert codes(address) == ["address-unreadable"]


def test_without_encryption_only_on_ones_own_machine(settings):
    assert codes("http://systems.example/") == ["address-not-https"]
    with pytest.raises(Unreachable):
        addresses.resolve("http://93.184.216.34/")
    settings.WEBHOOK_HTTP = True
    assert codes("http://systems.example/") == []


def test_networks_of_the_ministry_may_be_allowed(settings):
    settings.WEBHOOK_NETWORKS = ["10.20.0.0/16", "fd00:20::/32"]
    assert codes("https://10.20.1.1/") == codes("https://[fd00:20::1]/") == []
    assert codes("https://10.21.1.1/") == ["address-not-allowed"]
    assert addresses.resolve("https://10.20.1.1/").address == "10.20.1.1"


def test_names_inside_are_taken_where_the_ministry_allows_networks(settings):
    settings.WEBHOOK_NETWORKS = ["10.20.0.0/16"]
    assert codes("https://systems.internal/") == codes("https://0x0a140101/") == codes("https://10.20.257/") == []
    assert codes("https://localhost/") == codes("https://127.1/") == ["address-not-allowed"]
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    assert codes("https://localhost/") == codes("https://pacta.localhost/") == codes("https://127.1/") == []
    settings.WEBHOOK_NETWORKS = ["::1/128"]
    assert codes("https://localhost/") == codes("https://[::1]/") == []
    settings.WEBHOOK_HOSTS = ["systems.example"]
    assert codes("https://localhost/") == codes("https://[::1]/") == ["address-not-allowed"]


def test_a_ministry_may_name_the_hosts(settings):
    settings.WEBHOOK_HOSTS = ["systems.example", ".gov.example"]
    assert codes("https://systems.example/") == codes("https://mfa.gov.example/") == []
    for address in ("https://other.example/", "https://gov.example.other/", "https://93.184.216.34/"):
        assert codes(address) == ["address-not-allowed"]


def test_a_webhook_is_not_made_for_a_refused_address(officer):
    with pytest.raises(Refused) as refusal:
        webhooks.create(officer, name=" ", address="http://127.0.0.1/")
    assert [reason.code for reason in refusal.value.reasons] == [
        "name-missing", "address-not-https", "address-not-allowed",
    ]  # fmt: skip


def test_a_webhook_that_was_taken_under_other_rules_can_be_named_and_stopped(officer, settings):
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    webhook, _secret = webhooks.create(officer, name="System", address="https://localhost/hook")
    settings.WEBHOOK_NETWORKS = []
    with webhooks.changing(webhook, by=officer) as fresh:
        fresh.name, fresh.enabled = "Of before", False
    for column, value in (("address", "https://pacta.localhost/"), ("enabled", True)):
        with pytest.raises(Refused) as refusal, webhooks.changing(webhook, by=officer) as fresh:
            setattr(fresh, column, value)
        assert [reason.code for reason in refusal.value.reasons] == ["address-not-allowed"]
    webhook.refresh_from_db()
    assert (webhook.name, webhook.address, webhook.enabled) == ("Of before", "https://localhost/hook", False)


# ---- the wire ----
def test_the_certificate_must_be_that_of_the_name(tmp_path, monkeypatch):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "systems.example")])
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("systems.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    right = Target(True, "systems.example", server.server_address[1], "/", "127.0.0.1")
    try:
        with pytest.raises(transport.Unanswered, match="certificate"):
            transport.post(right, b"{}", {})
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert transport.post(right, b"{}", {}).status == 204
        with pytest.raises(transport.Unanswered, match="certificate"):
            transport.post(right._replace(host="other.example"), b"{}", {})
    finally:
        server.shutdown()
        server.server_close()


def _raw(answer):
    """A server that sends raw bytes piece by piece."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _address = listening.accept()
        with connection:
            try:
                connection.recv(65536)
                for piece in answer:
                    connection.sendall(piece)
                    time.sleep(0.05)
            except OSError:
                pass

    threading.Thread(target=serve, daemon=True).start()
    return listening, Target(False, "127.0.0.1", listening.getsockname()[1], "/", "127.0.0.1")


def test_an_answer_that_trickles_is_cut_off(monkeypatch):
    monkeypatch.setattr(transport, "WHOLE", 0.5)
    listening, target = _raw([b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 1000])
    began = time.monotonic()
    with listening, pytest.raises(transport.Unanswered):
        transport.post(target, b"{}", {})
    assert time.monotonic() - began < 5


def test_a_long_answer_is_not_read_to_its_end():
    listening, target = _raw([b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n", b"x" * 40_000])
    with listening:
        assert transport.post(target, b"{}", {}).status == 200


def test_who_does_not_answer_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(transport, "STEP", 0.3)
    listening, target = _raw([])
    with listening, pytest.raises(transport.Unanswered):
        transport.post(target, b"{}", {})


@pytest.mark.parametrize("answer", [b"nonsense\r\n\r\n", b"HTTP/1.1 999999 x\r\n\r\n", b"\xff\xfe\r\n"])
def test_what_is_no_answer_is_told_as_a_failure(answer):
    listening, target = _raw([answer])
    with listening, pytest.raises(transport.Unanswered, match="connection"):
        transport.post(target, b"{}", {})
