"""Certificates that are refused, by a real server on the loopback interface."""

import socket
import ssl

import pytest

from certificates import https_server, make_certificate
from feed_servers import LiveCounter, Station
from whipbird.system.certificates import certificate_fault, speaks_tls, tls_fault


@pytest.fixture
def served(tmp_path):
    certificate, key = make_certificate(tmp_path, "camera.example", "DNS:camera.example")
    with https_server(certificate, key) as port:
        yield str(certificate), port


def test_a_certificate_for_another_name(served):
    certificate, port = served
    fault = tls_fault("127.0.0.1", port, certificate, 10.0)
    assert fault == "its certificate is for another name than that in the address"


def test_a_certificate_of_no_authority(served, tmp_path):
    (tmp_path / "other").mkdir()
    other, _ = make_certificate(tmp_path / "other")
    fault = tls_fault("127.0.0.1", served[1], str(other), 10.0)
    assert fault.startswith("its certificate is not trusted (self-signed certificate); SSL_CERT_FILE can name")


@pytest.mark.parametrize(
    ("code", "told"), [(9, "not valid yet; is this computer's clock right?"), (10, "has expired, or this computer's")]
)
def test_a_certificate_of_another_time(code, told):
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = code
    reason = OSError("connection failed")
    reason.__cause__ = error
    assert told in certificate_fault(reason)


def test_tls_and_ports_without_it(served):
    assert speaks_tls("127.0.0.1", served[1], 10.0)
    with Station(LiveCounter()) as station:
        assert not speaks_tls("127.0.0.1", station.port, 10.0)
        assert tls_fault("127.0.0.1", station.port, None, 10.0) == "the server does not speak TLS at this port"


def test_other_failures_are_not_about_certificates(served):
    certificate, _ = served
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert tls_fault("127.0.0.1", port, certificate, 0.1) is None
    assert certificate_fault(OSError("no route to host")) is None
