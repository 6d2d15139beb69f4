"""Lines of keys in TOML."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from stream.monitor.places import line_of, places

TEXT = '''\
# comment [not] = "a table"
[station]
name = "a # b"   # the [name]
note = """
[[source]]
name = 3
"""
[[source]]
name = 'first'
models = [
  "one",  # with ] in a comment
  "other",
]
[[source]]
"name" = "second"
where.feed = "x"
where.rate = 3
[outputs.mqtt]
address = "y"
[outputs]
clips = { folder = "z",
          keep = "3d" }
'''


def test_lines_of_tables_and_keys():
    found = places(TEXT)
    assert found["station",] == 2
    assert found["station", "name"] == 3
    assert found["station", "note"] == 4
    assert found["source", 0] == found["source",] == 8
    assert found["source", 0, "models"] == 10
    assert found["source", 1, "name"] == 15
    assert (found["source", 1, "where"], found["source", 1, "where", "rate"]) == (16, 17)
    assert found["outputs", "mqtt", "address"] == 19
    assert found["outputs", "clips"] == 21


def test_the_nearest_line_above():
    found = places(TEXT)
    assert line_of(found, ("source", 0, "models", 1)) == 10
    assert line_of(found, ("source", 1, "nothing")) == 14
    assert line_of(found, ("outputs", "clips", "keep")) == 21
    assert line_of(found, ("nothing",)) == 1


VALUES = st.sampled_from(
    ["1", '"text"', "'''\nlines [\n'''", '["a", # b ]\n"c"]', "{ a = 1, b = '}' }", '"""\n\\""" = [\n"""', "'#'", '""']
)
KEYS = st.sampled_from(["a", "b-c", '"d e"', "'f'", "g.h", 'i."j.k"', "l . m"])


@given(st.lists(st.tuples(KEYS, VALUES), unique_by=lambda pair: pair[0]), st.lists(st.booleans(), max_size=3))
def test_every_key_that_toml_has_is_found(pairs, lists):
    body = "".join(f"{key} = {value} # [x]\n" for key, value in pairs)
    text = body + "".join(
        f"[[list]]\n{body}" if is_list else f"\n[table{n}]\n{body}" for n, is_list in enumerate(lists)
    )
    found = places(text)
    for path in paths(tomllib.loads(text)):
        assert path in found


def paths(value, above=()):
    for key, inner in value.items():
        yield (*above, key)
        if isinstance(inner, list) and key == "list":
            for number, table in enumerate(inner):
                yield from paths(table, (*above, key, number))
        elif isinstance(inner, dict) and key not in ("a", "b-c", "d e", "f", "h", "j.k", "m"):
            yield from paths(inner, (*above, key))
