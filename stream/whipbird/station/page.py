"""The page of a station, served by the station's process on threads of its own."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whipbird.errors import WhipbirdError
from whipbird.page.listening import ListenState, LiveSounds
from whipbird.page.live import LiveHub
from whipbird.page.settings import PageSettings
from whipbird.sinks.publisher import Publisher
from whipbird.station.settings.schema import StationFile
from whipbird.station.settings.shown import shown_settings
from whipbird.system.state_folder import user_state_folder

if TYPE_CHECKING:
    from whipbird.page.server import PageServer
    from whipbird.station.station import Station

__all__ = ["StationPage", "password_folder"]

CLOSE_S = 2.0

_Key = tuple[PageSettings, str | None, str | None]


class StationPage:
    """Serves the page as the settings say.

    Attributes
    ----------
    follower : Publisher
        Gets the reports of the station.
    """

    def __init__(self) -> None:
        self._station: Station | None = None
        self._settings: StationFile | None = None
        self._hub = LiveHub(self._health)
        self._sounds = LiveSounds()
        self.follower = Publisher([self._hub, self._sounds], live=True)
        self._server: PageServer | None = None
        self._key: _Key | None = None

    def update(self, settings: StationFile, station: Station) -> None:
        """Serve the page, with other settings if they have changed.

        Raises
        ------
        WhipbirdError
            If it cannot be served; with other settings than before, it is served as before.
        """
        self._station, self._settings = station, settings
        self._sounds.voices = "" if settings.outputs.clips is None else settings.outputs.clips.voices
        key = None if settings.page is None else _key_of(settings.page, settings)
        if key == self._key:
            return
        before = self._key
        self._stop()
        try:
            self._serve(key, settings)
        except WhipbirdError:
            if before is not None:
                self._serve(before, settings)
            raise

    def close(self) -> None:
        """Stop serving."""
        self._hub.close()
        self._sounds.close()
        self._stop()
        self.follower.close(CLOSE_S)

    def _serve(self, key: _Key | None, settings: StationFile) -> None:
        from whipbird.page.observations import Observations
        from whipbird.page.opening import open_page
        from whipbird.page.server import PageServer

        station = self._station
        if key is None or station is None:
            return
        page, database, clips = key
        assert database is not None  # the settings see to it
        data = Observations(Path(database), zone=station.zone)
        shown = open_page(
            data,
            None if clips is None else Path(clips),
            page,
            password_folder(settings),
            station.name,
            self._state,
            self._hub,
            self._sounds,
        )
        shown.shown_settings = lambda: [] if self._settings is None else shown_settings(self._settings.written)
        self._server = PageServer(shown)
        self._key = key
        station.hub.notify(f"the page is at {self._server.address}")

    def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self._server = self._key = None

    def _health(self) -> list[dict[str, Any]]:
        """The sources, with who listens to them."""
        if self._station is None:
            return []
        states = self._sounds.states()
        nobody = ListenState()
        return [health.as_object() | asdict(states.get(health.name, nobody)) for health in self._station.healths()]

    def _state(self) -> dict[str, Any]:
        station = self._station
        assert station is not None  # it is served for one
        return station.state(os.getpid()) | {"sources": self._health()}


def password_folder(settings: StationFile | None) -> Path:
    """Folder of the password: the station's state folder if the settings name one, else one of the user."""
    if settings is not None and settings.station.state is not None:
        return Path(settings.station.state)
    return user_state_folder("the password of the page", "set 'state' in [station] to a folder") / "page"


def _key_of(page: PageSettings, settings: StationFile) -> _Key:
    clips = settings.outputs.clips
    return page, settings.outputs.database, None if clips is None else clips.folder
