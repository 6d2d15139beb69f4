"""Certificates that are refused, by a real server on the loopback interface."""

import socket

import pytest

from certificates import https_server, make_certificate
from whipbird.system.certificates import certificate_fault, refused_certificate


@pytest.fixture
def served(tmp_path):
    certificate, key = make_certificate(tmp_path, "camera.example", "DNS:camera.example")
    with https_server(certificate, key) as port:
        yield str(certificate), port


def test_a_certificate_for_another_name(served):
    certificate, port = served
    fault = refused_certificate("127.0.0.1", port, certificate, 10.0)
    assert fault == "its certificate is for another name than that in the address"


def test_a_certificate_of_no_authority(served, tmp_path):
    (tmp_path / "other").mkdir()
    other, _ = make_certificate(tmp_path / "other")
    fault = refused_certificate("127.0.0.1", served[1], str(other), 10.0)
    assert fault.startswith("its certificate is not trusted (self-signed certificate); SSL_CERT_FILE can name")


def test_other_failures_are_not_about_certificates(served):
    certificate, _ = served
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert refused_certificate("127.0.0.1", port, certificate, 0.1) is None
    assert certificate_fault(OSError("no route to host")) is None
