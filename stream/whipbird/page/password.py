"""The password of the page, the cookies of those who gave it, and tokens for programs.

They are in one file in the state folder: the hash of the password (scrypt, RFC 7914), a random secret with which
cookies are signed, and hashes of the tokens. A new password ends all sessions.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from whipbird.errors import OutputError, WhipbirdError
from whipbird.system.regular_file import read_bounded
from whipbird.system.state_folder import make_private
from whipbird.system.strict import Strict
from whipbird.system.whole_file import whole_file

__all__ = ["FILE", "SESSION_S", "Attempts", "Passwords", "Session"]

FILE = "page.json"
LARGEST = 1 << 20  # bytes
SHORTEST = 8  # characters of a password
LONGEST = 1024
COST, BLOCK, LANES = 1 << 14, 8, 1  # of scrypt: 16 MiB and some 50 ms
SESSION_S = 30 * 86_400
FREE_ATTEMPTS = 3
LONGEST_WAIT_S = 300.0
BUSY_S = 2.0
MOST_ADDRESSES = 10_000

Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{32,256}$")]


class _File(Strict):
    """What is kept."""

    salt: Hex | None = None
    hash: Hex | None = None
    secret: Hex
    tokens: dict[str, Hex] = Field(default={})


@dataclass(frozen=True)
class Session:
    """A visitor who gave the password (``nonce`` is that of the cookie), or a program with a token."""

    nonce: str
    csrf: str
    is_token: bool = False


class Passwords:
    """Reads and changes the file; another process may change it at any time.

    Parameters
    ----------
    folder : Path
        The state folder.
    now : callable
        Seconds since 1970.
    """

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        self.path = folder / FILE
        self._now = now
        self._lock = threading.Lock()
        self._hashing = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._read = _File(secret=secrets.token_hex(32))

    @property
    def is_set(self) -> bool:
        """Whether there is a password."""
        return self._file().hash is not None

    @property
    def tokens(self) -> list[str]:
        """Names of the tokens."""
        return sorted(self._file().tokens)

    def set(self, password: str) -> None:
        """Set the password, and end all sessions; raises WhipbirdError if it is too short or cannot be kept."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise WhipbirdError(f"a password has {SHORTEST} to {LONGEST:,} characters")
        salt = secrets.token_hex(16)
        own = {"salt": salt, "hash": _scrypt(password, salt), "secret": secrets.token_hex(32)}
        self._write(self._file().model_copy(update=own))

    def new_token(self, name: str) -> str:
        """Make a token for a program; raises WhipbirdError if one has this name, or the file cannot be written."""
        file = self._file()
        if not name.isprintable() or not 0 < len(name) <= 60:
            raise WhipbirdError("the name of a token has 1 to 60 printable characters")
        if name in file.tokens:
            raise WhipbirdError(f"there is a token {name!r} already; revoke it first, or choose another name")
        token = f"whb_{secrets.token_urlsafe(32)}"
        self._write(file.model_copy(update={"tokens": {**file.tokens, name: _digest(token)}}))
        return token

    def revoke_token(self, name: str) -> None:
        """Remove a token; raises WhipbirdError if there is none of this name."""
        file = self._file()
        if name not in file.tokens:
            known = ", ".join(sorted(file.tokens)) or "none"
            raise WhipbirdError(f"no token {name!r}; there are: {known}")
        rest = {one: digest for one, digest in file.tokens.items() if one != name}
        self._write(file.model_copy(update={"tokens": rest}))

    def is_right(self, password: str) -> bool:
        """Whether this is the password; raises OutputError if too many ask at once."""
        file = self._file()
        if file.hash is None or file.salt is None or len(password) > LONGEST:
            return False
        # One at a time: each takes 16 MiB.
        if not self._hashing.acquire(timeout=BUSY_S):
            raise OutputError("too many passwords at once; try again later")
        try:
            return hmac.compare_digest(_scrypt(password, file.salt), file.hash)
        finally:
            self._hashing.release()

    def cookie(self) -> str:
        """The cookie of a new session."""
        until, nonce = int(self._now()) + SESSION_S, secrets.token_hex(16)
        return f"{until}.{nonce}.{self._sign('session', until, nonce)}"

    def session(self, cookie: str) -> Session | None:
        """The session of a cookie; None if it is forged, or over."""
        parts = cookie.split(".")
        if len(parts) != 3 or not parts[0].isascii() or not parts[0].isdigit() or len(parts[0]) > 12:
            return None
        until, nonce, signature = parts
        if not hmac.compare_digest(self._sign("session", int(until), nonce).encode(), signature.encode()):
            return None
        if int(until) < self._now() or not self.is_set:
            return None
        return Session(nonce, self._sign("csrf", nonce))

    def of_token(self, token: str) -> Session | None:
        """The session of a program; None if its token is unknown."""
        digest = _digest(token)
        known = [hmac.compare_digest(digest, one) for one in self._file().tokens.values()]
        return Session("", "", is_token=True) if any(known) else None

    def _sign(self, *parts: str | int) -> str:
        file = self._file()
        key = hashlib.sha256(f"{file.secret} {file.hash}".encode()).digest()
        return hmac.new(key, "\0".join(map(str, parts)).encode(), hashlib.sha256).hexdigest()

    def _file(self) -> _File:
        """The file, read again if it has changed."""
        with self._lock:
            try:
                stat = self.path.stat()
                if (stamp := (stat.st_mtime_ns, stat.st_size)) != self._stamp:
                    self._read = _File.model_validate(json.loads(read_bounded(self.path, LARGEST)))
                    self._stamp = stamp
            except FileNotFoundError:
                self._read = self._read.model_copy(update={"hash": None, "salt": None, "tokens": {}})
                self._stamp = None
            except OSError as error:
                raise OutputError(f"cannot read {self.path}: {error.strerror or error}") from error
            except (ValueError, ValidationError, RecursionError) as error:
                remedy = "remove it, and set the password again"
                raise OutputError(f"{self.path} is damaged; {remedy}") from error
            return self._read

    def _write(self, file: _File) -> None:
        try:
            make_private(self.path.parent)
            with whole_file(self.path, sync=True, private=True) as out:
                out.write(file.model_dump_json().encode())
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror or error}") from error


class Attempts:
    """Slows down those who try passwords: after a few, each failure doubles the wait of its address.

    Parameters
    ----------
    now : callable
        A clock in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._failed: dict[str, tuple[int, float]] = {}  # number, and time of the last

    def wait_s(self, address: str) -> float:
        """Seconds until an address may try again; counts the try that it may make as failed until `succeed`."""
        with self._lock:
            failed, last_s = self._failed.get(address, (0, 0.0))
            rest_s = last_s + _wait_s(failed) - self._now() if failed else 0.0
            if rest_s > 0:
                return rest_s
            if len(self._failed) >= MOST_ADDRESSES:
                self._failed.clear()
            self._failed[address] = failed + 1, self._now()
            return 0.0

    def succeed(self, address: str) -> None:
        """Forget the failures of an address."""
        with self._lock:
            self._failed.pop(address, None)


def _wait_s(failed: int) -> float:
    over = failed - FREE_ATTEMPTS
    return min(LONGEST_WAIT_S, float(1 << min(over, 20))) if over >= 0 else 0.0


def _scrypt(password: str, salt: str) -> str:
    content = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(content, salt=bytes.fromhex(salt), n=COST, r=BLOCK, p=LANES).hex()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
