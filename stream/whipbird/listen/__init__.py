"""The application that listens to a source and shows a dashboard."""
