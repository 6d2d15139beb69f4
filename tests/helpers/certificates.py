"""Certificates that no authority has signed, made for a test."""

import contextlib
import shutil
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


def make_certificate(folder, name="localhost", alternative="IP:127.0.0.1"):
    """Paths of a certificate for some names, and of its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificates of this test")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    make = f"openssl req -x509 -newkey rsa:2048 -nodes -keyout {key} -out {certificate} -days 2 -subj /CN={name}"
    subprocess.run([*make.split(), "-addext", f"subjectAltName={alternative}"], check=True, capture_output=True)
    return certificate, key


@contextlib.contextmanager
def https_server(certificate, key):
    """A web server with this certificate, which has nothing; gives its port."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_):
            pass

    server = Server(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()
