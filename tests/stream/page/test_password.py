"""The password, cookies and tokens: kept as hashes, and no forged one is taken."""

import json
import os
import stat
import sys

import pytest

from page_visitors import PASSWORD
from whipbird.errors import OutputError, WhipbirdError
from whipbird.page.password import FILE, SESSION_S, Attempts, Passwords


class Clock:
    def __init__(self):
        self.time_s = 1000.0

    def __call__(self):
        return self.time_s


def test_the_password_is_kept_as_a_hash_that_only_its_owner_reads(state):
    content = (state / FILE).read_text()
    assert PASSWORD not in content
    assert set(json.loads(content)) == {"salt", "hash", "secret", "tokens"}
    if sys.platform != "win32":
        assert stat.S_IMODE(os.stat(state / FILE).st_mode) == 0o600


def test_only_the_password_is_right(state):
    passwords = Passwords(state)
    assert passwords.is_right(PASSWORD)
    assert not any(map(passwords.is_right, ("", "a good passwor", PASSWORD + " ", "x" * 5000, "\ud800")))
    assert not Passwords(state / "none").is_right("")


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1025])
def test_bad_passwords_are_refused(tmp_path, password):
    with pytest.raises(WhipbirdError, match="8 to 1,024 characters"):
        Passwords(tmp_path).set(password)


def test_sessions_end_after_their_time_and_with_the_password(state):
    clock = Clock()
    passwords = Passwords(state, clock)
    cookie = passwords.cookie()
    assert passwords.session(cookie) is not None
    clock.time_s += SESSION_S + 1
    assert passwords.session(cookie) is None
    clock.time_s -= SESSION_S
    assert passwords.session(cookie) is not None
    Passwords(state).set("another password")
    assert passwords.session(cookie) is None


def test_forged_cookies_are_refused(state):
    passwords = Passwords(state)
    until, nonce, signature = passwords.cookie().split(".")
    forged = [
        f"{int(until) + 1}.{nonce}.{signature}",
        f"{until}.{nonce[::-1]}.{signature}",
        f"{until}.{nonce}.{'0' * 64}",
        f"{until}.{nonce}.é",
        f"{until}.{nonce}",
        f"{until}.{nonce}.{signature}.",
        f"-{until}.{nonce}.{signature}",
        f"٣.{nonce}.{signature}",
        f"{'9' * 5000}.{nonce}.{signature}",
        "",
        "..",
    ]
    assert [passwords.session(cookie) for cookie in forged] == [None] * len(forged)
    other = Passwords(state.parent / "other")
    other.set(PASSWORD)
    assert passwords.session(other.cookie()) is None


def test_tokens_are_made_found_and_revoked(state):
    passwords = Passwords(state)
    token = passwords.new_token("dashboard")
    assert Passwords(state).of_token(token).is_token
    assert token not in (state / FILE).read_text()
    assert passwords.of_token(token[:-1]) is None
    with pytest.raises(WhipbirdError, match="already"):
        passwords.new_token("dashboard")
    passwords.revoke_token("dashboard")
    assert passwords.of_token(token) is None
    with pytest.raises(WhipbirdError, match="no token 'dashboard'; there are: none"):
        passwords.revoke_token("dashboard")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"secret": 1}', b'{"secret": "zz"}', b"\xff"])
def test_a_damaged_file_is_one_clear_line(state, content):
    (state / FILE).write_bytes(content)
    with pytest.raises(OutputError, match="is damaged; remove it"):
        Passwords(state).is_right("x")


def test_attempts_are_slowed_down_for_each_address():
    clock = Clock()
    attempts = Attempts(clock)
    assert [attempts.wait_s("a") for _ in range(3)] == [0, 0, 0]
    assert attempts.wait_s("a") == 1
    assert attempts.wait_s("b") == 0
    waits = []
    for _ in range(12):
        clock.time_s += attempts.wait_s("a")
        assert attempts.wait_s("a") == 0
        waits.append(attempts.wait_s("a"))
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]
    attempts.succeed("a")
    assert attempts.wait_s("a") == 0
