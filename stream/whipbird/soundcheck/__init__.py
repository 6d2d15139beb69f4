"""Test the sound system: play tones, and measure how a microphone records them."""
