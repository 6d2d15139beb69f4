"""Print the events that stations send to an MQTT broker, as they come.

pip install paho-mqtt
python examples/mqtt_events.py broker.local forest/#      # 2: end after two events
whipbird listen --mqtt mqtt://broker.local/forest         # on the stations, or in their settings
"""

import json
import sys
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

PORT = 1883


def main() -> None:
    broker, topic = urlsplit(f"//{sys.argv[1]}"), sys.argv[2]
    left = int(sys.argv[3]) if len(sys.argv) > 3 else None

    def subscribe(client: mqtt.Client, *_: object) -> None:
        client.subscribe(topic, qos=1)  # again after each reconnection

    def show(client: mqtt.Client, _: object, message: mqtt.MQTTMessage) -> None:
        nonlocal left
        if not message.topic.endswith("/event"):
            return
        event = json.loads(message.payload)
        print(f"{event['station']}  {event['time']}  {event['label']}  {event['score']:.0%}", flush=True)
        left = None if left is None else left - 1
        if left == 0:
            client.disconnect()

    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_connect, client.on_message = subscribe, show
    client.on_subscribe = lambda *_: print("listening", flush=True)
    client.connect(broker.hostname or "localhost", broker.port or PORT)
    client.loop_forever()


if __name__ == "__main__":
    main()
