"""Whether a microphone works: a click and a sweep are played, and listened to."""
