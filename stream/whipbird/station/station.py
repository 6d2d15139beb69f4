"""A station: all its sources, which share one worker, and its outputs; its settings may change while it runs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from whipbird import __version__
from whipbird.engine.report_rules import ReportRules
from whipbird.engine.worker import Worker
from whipbird.errors import WhipbirdError
from whipbird.models.model import Model
from whipbird.page.settings import EXTRA, PACKAGES
from whipbird.recordings.metadata.zones import time_zone
from whipbird.sinks.publisher import Publisher
from whipbird.station.alerts import Alerts
from whipbird.station.folder_source import FolderSource
from whipbird.station.health import Health
from whipbird.station.listening_hours import ListeningHours
from whipbird.station.live_source import LiveSource
from whipbird.station.report_hub import ReportHub
from whipbird.station.settings.check import alert_labels, check_alerts, check_outputs, load_models
from whipbird.station.settings.read import SettingsError, read_settings
from whipbird.station.settings.schema import SourceSettings, StationFile
from whipbird.station.settings.species import SpeciesSettings
from whipbird.station.source_tracker import SourceTracker, earlier_counts
from whipbird.station.species_rules import species_rules
from whipbird.station.state_file import lock_station, read_state, safe_name, state_folder
from whipbird.station.station_source import StationSource
from whipbird.system.extras import check_installed
from whipbird.system.station_name import station_name

__all__ = ["Station", "prepare"]

DRAIN_S = 10.0  # for sources to end
NETWORK_WINDOW_S, MICROPHONE_WINDOW_S = 600.0, 30.0  # see `whipbird.station.clock_drift.ClockDrift`


def prepare(path: Path) -> tuple[StationFile, dict[str, tuple[Model, ...]]]:
    """Read settings and load their models; raises SettingsError if a model, output or list of species is wrong."""
    settings = read_settings(path)
    models = load_models(settings, path)
    try:
        species_rules(settings, _distinct(models))
    except WhipbirdError as error:
        raise SettingsError(f"{path}, {error}") from error
    check_outputs(settings.outputs, station_name(settings.station.name), path)
    if settings.page is not None:
        try:
            check_installed(EXTRA, *PACKAGES)
        except WhipbirdError as error:
            raise SettingsError(f"{path}, [page]: {error}") from error
    alert_labels(settings, models, path)
    check_alerts(settings, path)
    return settings, models


class Station:
    """Runs the sources and outputs of the settings; raises WhipbirdError if it cannot start.

    Parameters
    ----------
    settings : StationFile
    models : dict
        The models of each source.
    screen : Publisher
        Shows reports.
    follower : Publisher, optional
        Gets the same reports, for the page.

    Attributes
    ----------
    zone : tzinfo or None
        Time zone of days and of the times shown; None for the system's.
    folder : Path
        State folder.
    """

    def __init__(
        self,
        settings: StationFile,
        models: dict[str, tuple[Model, ...]],
        screen: Publisher,
        follower: Publisher | None = None,
    ) -> None:
        self.name = station_name(settings.station.name)
        self.zone = settings.station.zone
        self.folder = state_folder(self.name, settings.station.state)
        self._lock = lock_station(self.folder)
        self._earlier = read_state(self.folder) or {}
        self._started = datetime.now(self.zone).astimezone(self.zone)
        self._settings = settings
        self._worker = Worker()
        self.hub = ReportHub(screen, self.folder / "spool", self.name, follower)
        self._rules: Mapping[Model, ReportRules] = {}
        self._sources: dict[str, StationSource] = {}
        try:
            self.hub.update(settings.outputs, self._alerts(settings, models))
            self._rules = species_rules(settings, _distinct(models), self.hub.notify)
        except BaseException:
            self._lock.close()
            raise
        for source in settings.source:
            self._start(source, models[source.name])

    def reload(self, settings: StationFile, models: dict[str, tuple[Model, ...]]) -> str:
        """Apply other settings without disturbing sources that did not change; returns a summary of the changes.

        Raises
        ------
        WhipbirdError
            If an output cannot be opened, or the state folder or the time zone would change; the station then continues
            as before.
        """
        if state_folder(station_name(settings.station.name), settings.station.state) != self.folder:
            raise WhipbirdError("a new name or state folder of the station needs a restart")
        if settings.station.zone != self.zone:
            raise WhipbirdError("a new time zone of the station needs a restart")
        rules = species_rules(settings, _distinct(models), self.hub.notify)
        same_species = _species_of(settings) == _species_of(self._settings)
        before = {source.name: source for source in self._settings.source}
        same_files = self._settings.outputs.files == settings.outputs.files
        changed_sound = self.hub.update(settings.outputs, self._alerts(settings, models))
        self._settings, self._rules = settings, rules
        wanted = {source.name: source for source in settings.source}

        def is_kept(source: SourceSettings) -> bool:
            if wanted.get(source.name) != source or changed_sound or not same_species:
                return False
            return source.folder is None or same_files

        gone = [name for name, source in before.items() if not is_kept(source)]
        for name in gone:
            self._sources[name].stop()
        self._drain(gone)
        started = [name for name in wanted if name not in before or name in gone]
        for name in started:
            self._start(wanted[name], models[name])
        self._sources = {name: self._sources[name] for name in wanted}  # in the order of the file
        ended = len(set(before) - set(wanted))
        kept = len(wanted) - len(started)
        return f"settings reloaded: {len(started)} sources started, {ended} stopped, {kept} unchanged"

    def tick(self) -> None:
        """Update all trackers, report steps of the system clock, and send digests; called about once a second."""
        steps_s = [source.tracker.tick() for source in self._sources.values()]
        self.hub.tick()
        step_s = max(steps_s, key=abs, default=0.0)
        if step_s:
            how = "forward" if step_s > 0 else "back"
            self.hub.notify(f"the system clock was set {how} by {abs(step_s):.1f} s; event times follow it")

    @property
    def ended(self) -> bool:
        """Whether all sources have ended."""
        return all(source.ended for source in self._sources.values())

    @property
    def is_alive(self) -> bool:
        """Whether samples flow from a live source in its hours; if there is none, whether all folders are active."""
        sources = self._sources.values()
        live = [one for one in sources if isinstance(one, LiveSource) and not (one.ended or one.tracker.is_off)]
        if live:
            return any(source.tracker.flows for source in live)
        return all(source.is_active for source in sources if isinstance(source, FolderSource))

    def healths(self) -> list[Health]:
        """Health of the sources, in the order of the settings."""
        return [source.tracker.health() for source in self._sources.values()]

    def state(self, pid: int, running: bool = True) -> dict[str, Any]:
        """Return the station's state for ``state.json``."""
        station = self._settings.station
        return {
            "station": self.name,
            "latitude": station.latitude,
            "longitude": station.longitude,
            "version": __version__,
            "pid": pid,
            "running": running,
            "begun": self._started.isoformat(timespec="seconds"),
            "time": datetime.now(self.zone).astimezone(self.zone).isoformat(timespec="seconds"),
            "sources": [health.as_object() for health in self.healths()],
            "outputs": self.hub.health(),
        }

    def stop(self) -> bool:
        """Process the sound received, report open outages, and close the outputs; False if something does not end."""
        for source in self._sources.values():
            source.stop()
        drained = self._drain(list(self._sources))
        closed = self.hub.close()
        return drained and closed

    def close(self) -> None:
        """Release the lock, so that another process can run this station."""
        self._lock.close()

    def _alerts(self, settings: StationFile, models: Mapping[str, tuple[Model, ...]]) -> Alerts | None:
        labels = alert_labels(settings, models, Path())
        return Alerts.of(settings, labels, _distinct(models), self.name, self.folder)

    def _start(self, settings: SourceSettings, models: tuple[Model, ...]) -> None:
        former = self._sources.get(settings.name)
        window_s = MICROPHONE_WINDOW_S if settings.kind == "microphone" else NETWORK_WINDOW_S
        tracker = SourceTracker(settings.name, settings.kind, self.zone, window_s) if former is None else former.tracker
        if former is not None:
            tracker.resume(settings.kind)
        elif (counts := earlier_counts(self._earlier, settings.name)) is not None:
            tracker.restore(*counts)
        source: StationSource
        rules = [self._rules[model] for model in models]
        if settings.folder is None:
            hours = ListeningHours(settings.hours, self.zone, self._settings.station.place)
            source = LiveSource(settings, models, self._worker, self.hub, tracker, self.zone, rules, hours)
        else:
            zone = self.zone if settings.time_zone is None else time_zone(settings.time_zone)
            ledger = self.folder / f"heard-{safe_name(settings.name)}.sqlite"
            source = FolderSource(settings, models, self._worker, self.hub, tracker, ledger, zone, rules)
        self._sources[settings.name] = source
        source.start()

    def _drain(self, names: list[str]) -> bool:
        """Wait for sources that are stopping, and report their open outages."""
        until_s = time.monotonic() + DRAIN_S
        ended = True
        for name in names:
            source = self._sources[name]
            ended &= source.wait(max(0.0, until_s - time.monotonic()))
            source.conclude()  # a source that is still being opened may not end in time
        return ended


def _distinct(models: Mapping[str, tuple[Model, ...]]) -> list[Model]:
    """Each model of the sources once."""
    return list(dict.fromkeys(model for own in models.values() for model in own))


def _species_of(settings: StationFile) -> tuple[object, ...]:
    """Settings of species, which all sources share."""
    return tuple(getattr(settings.station, key) for key in SpeciesSettings.model_fields)
