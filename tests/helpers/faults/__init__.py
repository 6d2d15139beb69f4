"""Real faults while whipbird runs: what was lost, and what was logged.

Each function takes a folder and how long the fault lasts, or how often it is made, checks the results, and returns a
`Fault`, or a list of them. In the tests the faults are short; ``python -m benchmarks.faults`` makes them last as long
as in the field.
"""
