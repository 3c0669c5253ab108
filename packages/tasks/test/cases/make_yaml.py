"""Writes yaml.json from PyYAML. Run in this folder."""

import json

import yaml

YAMLS = [
    "yes", "On", "off", "n", "~", "null", "", "010", "0o10", "0x1f", "0b11", "1_000", "1e-5", "1.0e-5", "1.5e+3", "1.", ".5", "-.inf", ".NaN", "1:30", "1:30.5",
    "+12", "'yes'", '"\\u00e9\\n"', "[a, yes, 1.0]", "{a: 1, a: 2}", "|\n  x\n  y\n", ">-\n  x\n  y\n", "!!str 12", "- 1\n- - 2\n", "2014-01-01x", "1e5", "1.e5", "0.1", "12345678901234567890",
    "x # c", "x#c", "{1: a, yes: b}", "&a [1]", "a: &x {p: 1}\nb: {<<: *x, q: 2}", "\"a\\\n  b\"", "'it''s'",
]


cases = [[text, repr(yaml.load("v: " + text if "\n" not in text or text[0] in "|>\"" else text, yaml.CSafeLoader))] for text in YAMLS]
with open("yaml.json", "w", encoding="utf-8") as f:
    f.write(json.dumps(cases, ensure_ascii=True, indent=0) + "\n")
