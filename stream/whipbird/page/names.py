"""Names of labels in the reader's language."""

from __future__ import annotations

import threading

from whipbird.activity.heard_recording import Target
from whipbird.activity.installed_names import InstalledNames
from whipbird.errors import WhipbirdError
from whipbird.models.names import ENGLISH

__all__ = ["ShownNames"]


class ShownNames:
    """Names in all languages of the page; English replaces a language that a model does not have."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, InstalledNames] = {}
        self._shown: dict[tuple[str, str, str], str] = {}

    def shown(self, language: str, model: str, label: str) -> str:
        """A label for people."""
        key = language, model, label
        with self._lock:
            if key not in self._shown:
                self._shown[key] = self._find(language, Target(model, label))
            return self._shown[key]

    def _find(self, language: str, target: Target) -> str:
        for code in (language, ENGLISH):
            try:
                return self._known.setdefault(code, InstalledNames(code)).shown(target)
            except WhipbirdError:
                self._known.pop(code)
        return target.label
