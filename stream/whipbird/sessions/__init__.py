"""The application that processes sources one after the other, with a dashboard."""
