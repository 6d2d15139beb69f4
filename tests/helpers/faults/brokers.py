"""A broker that is away, refuses, or has another certificate, while events wait."""

import contextlib
import shutil
import signal
import sqlite3

import stations
from certificates import make_certificate
from faults.checks import Fault, demo_wav, told
from mosquitto import Listening, Mosquitto, passwords
from ports import reserved_port
from stations import Running
from waiting import wait_until

EVENTS = 12  # in the bundled recording
DELIVERY_S = 3600  # longest wait for thousands of recordings and messages


def broker_fails(folder, recordings):
    """A station processes recordings while its broker is away; then the broker refuses it in two ways.

    The station is killed in between, and the broker is restarted during the delivery.
    """
    (folder / "card").mkdir()
    (folder / "old").mkdir()
    wav, database, secret = demo_wav(folder), folder / "heard.sqlite", folder / "password"
    authority, key = make_certificate(folder)
    old, old_key = make_certificate(folder / "old")
    known, trusted = passwords(folder, "owl", "hoot"), folder / "trusted.pem"
    shutil.copy(old, trusted)
    secret.write_text("wrong\n")
    count = recordings * EVENTS
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(reserved_port())

        def listener(certificate_file, key_file):
            yield from ("allow_anonymous true", "max_queued_messages 0", f"listener {port} 127.0.0.1")
            yield from (f"certfile {certificate_file}", f"keyfile {key_file}")
            yield from ("allow_anonymous false", f"password_file {known}")

        shared = ("per_listener_settings true", "user root", "persistence true", f"persistence_location {folder}/")
        broker = Mosquitto(folder, *listener(old, old_key), shared=shared)
        stack.callback(broker.end)
        listening = Listening(broker.port, "archive")
        stack.callback(listening.close)
        broker.stop(signal.SIGTERM)

        text = stations.folder(folder / "card")
        text += f'[outputs]\nfiles = ["{database}"]\n[outputs.mqtt]\naddress = "mqtts://owl@127.0.0.1:{port}/forest"\n'
        text += f'password_file = "{secret}"\nca = "{trusted}"\n'

        def waiting(station):
            outputs = (station.state() or {"outputs": []})["outputs"]
            return next((one["backlog"] for one in outputs if one["name"].startswith("mqtts")), -1)

        for number in range(recordings):
            shutil.copy(wav, folder / "card" / f"{number}.wav")
        with Running(folder, text) as station:
            wait_until(lambda: waiting(station) >= count // 2, DELIVERY_S)
            station.end(signal.SIGKILL)
        with Running(folder, text) as station:
            wait_until(lambda: waiting(station) >= count, DELIVERY_S)
            secret.write_text("wrong, too\n")  # a changed output, which tries without a pause
            station.reload(text)
            wait_until(lambda: "settings reloaded" in station.log)
            broker.start()
            wait_until(lambda: "refuses: Not authorized" in station.log)
            broker.stop(signal.SIGTERM)
            secret.write_text("hoot\n")
            broker.start(*listener(authority, key))
            station.reload(text)
            wait_until(lambda: "its certificate is not trusted" in station.log)
            wait_until(lambda: waiting(station) >= count)
            shutil.copy(authority, trusted)
            station.reload(text)
            wait_until(lambda: listening.at("forest/event"))
            broker.stop(signal.SIGTERM)
            broker.start()
            wait_until(lambda: waiting(station) == 0, DELIVERY_S)
            wait_until(lambda: len({one["id"] for one in listening.at("forest/event")}) == count)
            assert station.end() == 0
            lines = told(station)
        arrived = listening.at("forest/event")
    with contextlib.closing(sqlite3.connect(database)) as connection:
        stored = set(
            connection.execute(
                "SELECT path, label, begin_sample FROM events JOIN recordings ON recordings.id = recording_id"
            )
        )
    assert len(stored) == count
    assert {(one["source"], one["label"], one["begin_sample"]) for one in arrived} == stored
    notes = [f"{count} events waited; {len(arrived) - count} arrived twice, with the same id"]
    return Fault("broker away, refuses, has another certificate, is restarted", {}, lines, notes)
