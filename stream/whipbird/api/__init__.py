"""The public Python API: what `import whipbird` offers, see `docs/python.md`."""
