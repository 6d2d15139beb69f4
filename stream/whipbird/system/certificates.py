"""Certificates of servers that are refused, and why, in words for people."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

__all__ = ["certificate_fault", "refused_certificate"]

NOT_YET_VALID, EXPIRED = 9, 10  # of OpenSSL's numbers
MISMATCHED = (62, 64)  # a name, an IP address


def certificate_fault(error: BaseException) -> str | None:
    """Why a certificate was refused, by an error or its causes; None if that is not what happened."""
    import ssl  # late, so that commands start quickly

    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return _fault(seen)
        seen = seen.__cause__ or seen.__context__
    return None


def refused_certificate(host: str, port: int, authorities: str, timeout_s: float) -> str | None:
    """Connect to a server to find why its certificate is refused; None if it is not, or that cannot be found out.

    Parameters
    ----------
    authorities : str
        File of the certificates that are trusted.
    """
    import ssl

    context = ssl.create_default_context(cafile=authorities)
    try:
        with socket.create_connection((host, port), timeout_s) as connection:
            context.wrap_socket(connection, server_hostname=host).close()
    except (OSError, ValueError) as error:
        return certificate_fault(error)
    return None


def _fault(error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code in MISMATCHED:
        return "its certificate is for another name than that in the address"
    if error.verify_code == EXPIRED:
        return "its certificate has expired"
    if error.verify_code == NOT_YET_VALID:
        return "its certificate is not valid yet; is this computer's clock right?"
    about = error.verify_message or "unknown authority"
    return f"its certificate is not trusted ({about}); SSL_CERT_FILE can name a file of certificates to trust"
