"""whipbird: a real-time keyword spotter and bird-call detector."""

__version__ = "0.1.0"
