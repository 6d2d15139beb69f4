"""whipbird: a real-time keyword spotter and bird-call detector.

The names in ``__all__`` are the Python API, which ``docs/python.md`` describes. They follow semantic versioning; all
other modules may change with any version. A name is loaded when it is first used: ``import whipbird`` imports neither
NumPy nor TFLite.
"""

TYPE_CHECKING = False  # importing it takes longer than all the rest; type checkers know it by its name

if TYPE_CHECKING:
    from whipbird.api.classify import Classification, classify
    from whipbird.api.detect import Detection, detect
    from whipbird.api.frames import to_pandas
    from whipbird.api.listen import listen
    from whipbird.api.listening import Listening, Summary
    from whipbird.api.model import Embeddings, Model, Scores, load_model
    from whipbird.api.run import GapReport
    from whipbird.errors import BundleError, SourceError, WhipbirdError

__version__ = "0.1.0"

__all__ = [
    "BundleError",
    "Classification",
    "Detection",
    "Embeddings",
    "GapReport",
    "Listening",
    "Model",
    "Scores",
    "SourceError",
    "Summary",
    "WhipbirdError",
    "__version__",
    "classify",
    "detect",
    "listen",
    "load_model",
    "to_pandas",
]

_MODULES = {
    "BundleError": "errors",
    "Classification": "api.classify",
    "Detection": "api.detect",
    "Embeddings": "api.model",
    "GapReport": "api.run",
    "Listening": "api.listening",
    "Model": "api.model",
    "Scores": "api.model",
    "SourceError": "errors",
    "Summary": "api.listening",
    "WhipbirdError": "errors",
    "classify": "api.classify",
    "detect": "api.detect",
    "listen": "api.listen",
    "load_model": "api.model",
    "to_pandas": "api.frames",
}

if not TYPE_CHECKING:  # type checkers would take every name for one that exists

    def __getattr__(name):
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        found = globals()[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        return found

    def __dir__():
        return sorted({*globals(), *__all__})
