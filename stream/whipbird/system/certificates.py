"""Why TLS with a server fails, in words for people: certificates that are refused, and ports without TLS."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

__all__ = ["certificate_fault", "speaks_tls", "tls_fault"]

NOT_YET_VALID, EXPIRED = 9, 10  # of OpenSSL's numbers
MISMATCHED = (62, 64)  # a name, an IP address
NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "UNEXPECTED_EOF_WHILE_READING")


def certificate_fault(error: BaseException) -> str | None:
    """Why a certificate was refused, by an error or its causes; None if that is not what happened."""
    import ssl  # late, so that commands start quickly

    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return _fault(seen)
        seen = seen.__cause__ or seen.__context__
    return None


def tls_fault(host: str, port: int, authorities: str | None, timeout_s: float) -> str | None:
    """Connect to a server to find why TLS with it fails; None if it does not, or that cannot be found out.

    Parameters
    ----------
    authorities : str or None
        File of the certificates that are trusted; None trusts all.
    """
    import ssl

    try:
        _shake_hands(host, port, authorities, timeout_s)
    except ssl.SSLError as error:
        fault = certificate_fault(error)
        if fault is None and error.reason in NOT_TLS:
            fault = "the server does not speak TLS at this port"
        return fault or (f"TLS fails ({error.reason.lower().replace('_', ' ')})" if error.reason else None)
    except (OSError, ValueError):
        return None
    return None


def speaks_tls(host: str, port: int, timeout_s: float) -> bool:
    """Whether a server speaks TLS at a port, whatever its certificate is."""
    try:
        _shake_hands(host, port, None, timeout_s)
    except (OSError, ValueError):
        return False
    return True


def _shake_hands(host: str, port: int, authorities: str | None, timeout_s: float) -> None:
    import ssl

    context = ssl.create_default_context(cafile=authorities)
    if authorities is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    with socket.create_connection((host, port), timeout_s) as connection:
        context.wrap_socket(connection, server_hostname=host).close()


def _fault(error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code in MISMATCHED:
        return "its certificate is for another name than that in the address"
    if error.verify_code == EXPIRED:
        return "its certificate has expired, or this computer's clock is wrong"
    if error.verify_code == NOT_YET_VALID:
        return "its certificate is not valid yet; is this computer's clock right?"
    about = error.verify_message or "unknown authority"
    return f"its certificate is not trusted ({about}); SSL_CERT_FILE can name a file of certificates to trust"
