"""Sinks that send messages: MQTT, webhooks, programs."""
