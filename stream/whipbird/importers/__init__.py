"""Makes bundles from models of other programs, and from single TFLite files."""
