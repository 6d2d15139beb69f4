"""Visitors to a page, without a network."""

import re
import warnings
from urllib.parse import urlencode

from whipbird.page.app import page_app
from whipbird.page.observations import Observations
from whipbird.page.opening import open_page
from whipbird.page.settings import PageSettings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

PASSWORD = "a good password"


class Visit:
    """Makes visitors to a page.

    Parameters
    ----------
    database, state : Path
    clips : Path, optional
    settings
        Of the page.
    """

    def __init__(self, database, state, clips=None, **settings):
        self.data = Observations(database)
        self.page = open_page(self.data, clips, PageSettings(**settings), state, self.data.title)
        self.app = page_app(self.page)

    def visitor(self, address="127.0.0.1", host="localhost", **headers):
        """A browser at an address, for which the page has this name."""
        client = TestClient(
            self.app,
            base_url=f"http://{host}",
            client=(address, 50_000),
            headers=headers,
            follow_redirects=False,
            raise_server_exceptions=True,
        )
        return client

    def signed_in(self, address="127.0.0.1", host="localhost", **headers):
        """A browser that has given the password; its CSRF token is in the attribute ``csrf``."""
        client = self.visitor(address, host, **headers)
        answer = send_form(client, "/login", password=PASSWORD)
        assert answer.status_code == 303, answer.text
        client.csrf = re.search(r'data-csrf="(\w+)"', client.get("/events").text)[1]
        return client


def send_form(client, path, **values):
    """Send a form."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return client.post(path, content=urlencode(values), headers=headers)
