"""Writes random cases of Python's formatting and arithmetic of numbers, one JSON list a line: [kind, input..., result].

    python make_numbers.py COUNT SEED > numbers.jsonl

A result is {"value": repr} or {"error": name of the exception}. What would make texts of many characters is left out.
"""

import json
import random
import struct
import sys

from jinja2 import filters

COUNT, SEED = int(sys.argv[1]), int(sys.argv[2])
rnd = random.Random(SEED)
ENV = None

TIES = [0.5, 1.5, 2.5, 0.125, 0.375, 0.0625, 2.675, 1.005, 1e22, 1e23, 9.995, 99.95, 0.1, 0.3, 1e16, 9007199254740993.0, 123456789.5]
SPECIAL = [0.0, -0.0, float("nan"), float("inf"), float("-inf"), 5e-324, 1.7976931348623157e308, 2.2250738585072014e-308, 1e-5, 1e-4, 9.999995, 999999.5]
INTEGERS = [0, 1, -1, 2, 9, 10, 42, 255, -255, 999, 1000, 123456, 2**31, 2**53, 2**53 + 1, -(2**63), 2**64, 10**18, 10**25, -(10**40) + 7]
WORDS = ["", "a", "abc", "héllo", "日本語", "it's", 'say "x"', "tab\there", "😀x", "12", " 7 ", "-3.5", "1_000", "０１２", "٣٤", "0x1F", "1e3", "nan", "inf", "0b101", "\u00b2", "1__0", "_1", "--1", "1e400", "z", "0o17", "+5", " \u00a08\u2003", "1.", ".5", "1e"]


def a_float():
    pick = rnd.random()
    if pick < 0.15:
        return rnd.choice(SPECIAL)
    if pick < 0.35:
        return rnd.choice(TIES) * rnd.choice([1, -1, 1, 10, 0.1])
    if pick < 0.5:
        return struct.unpack("<d", struct.pack("<Q", rnd.getrandbits(64)))[0]
    if pick < 0.7:
        return round(rnd.uniform(-1000, 1000), rnd.randint(0, 6))
    if pick < 0.85:
        return rnd.randint(-10000, 10000) / 2 ** rnd.randint(0, 12)
    return rnd.uniform(-1, 1) * 10 ** rnd.randint(-12, 25)


def an_int():
    pick = rnd.random()
    if pick < 0.4:
        return rnd.choice(INTEGERS)
    if pick < 0.8:
        return rnd.randint(-100000, 100000)
    return rnd.getrandbits(rnd.randint(1, 200)) * rnd.choice([1, -1])


def a_number():
    pick = rnd.random()
    return a_float() if pick < 0.5 else an_int() if pick < 0.95 else rnd.random() < 0.5


def a_value():
    pick = rnd.random()
    if pick < 0.75:
        return a_number()
    if pick < 0.95:
        return rnd.choice(WORDS)
    return rnd.choice([None, [1, 2.0], {"a": 1}])


def a_size(top=30):
    return rnd.choice(["", "", str(rnd.randint(0, 12)), str(rnd.randint(0, top))])


def a_conversion():
    """One conversion of the percent kind and the values that it takes."""
    flags = "".join(rnd.choice("-+ #0") for _ in range(rnd.choice([0, 0, 1, 1, 2, 3])))
    values = []
    width = a_size()
    if rnd.random() < 0.08:
        width = "*"
        values.append(rnd.choice([rnd.randint(-20, 20), 5, 2.0, "x"]))
    precision = rnd.choice(["", "", ".", "." + str(rnd.randint(0, 8)), "." + str(rnd.randint(0, 40))])
    if rnd.random() < 0.05:
        precision = ".*"
        values.append(rnd.choice([rnd.randint(-3, 20), 2]))
    if rnd.random() < 0.01:
        precision = "." + str(rnd.randint(100, 1200))
    kind = rnd.choice("diouxXeEfFgGcrsa%dddfffgeqyb")
    if kind != "%":
        values.append(a_value() if kind not in "c" else rnd.choice([rnd.randint(-2, 0x24F), 0x1F600, 0x10FFFE, 0x110000, 65, "x", "xy", "é", 1.0, True]))
    return "%" + flags + width + precision + rnd.choice(["", "", "", "l"]) + kind, values


def percent():
    if rnd.random() < 0.1:
        key = rnd.choice(["a", "b", "a b", "(x)", "missing"])
        values = {"a": a_value(), "b": a_value(), "a b": 3, "(x)": 4.5}
        conversion, _ = a_conversion()
        template = "<%(" + key + ")" + conversion[1:].replace("*", "3") + ">"
        return ["percent", template, values, tell(lambda: template % values)]
    template, values = "", []
    for _ in range(rnd.choice([1, 1, 1, 2, 3])):
        conversion, some = a_conversion()
        template += rnd.choice(["", "x", "é ", "%%"]) + conversion
        values += some
    if rnd.random() < 0.05:
        values = values[:-1]
    if rnd.random() < 0.03:
        values.append(1)
    one = values[0] if len(values) == 1 and rnd.random() < 0.5 else None
    if one is not None:
        return ["percent one", template, one, tell(lambda: template % one)]
    return ["percent", template, values, tell(lambda: template % tuple(values))]


def a_spec():
    fill = rnd.choice(["", "", "", rnd.choice(["*", "0", "é", "😀", " "])])
    align = rnd.choice(["", "", "<", ">", "^", "="]) if fill == "" else rnd.choice("<>^=")
    sign = rnd.choice(["", "", "", "+", "-", " "])
    spec = fill + align + sign + rnd.choice([""] * 12 + ["z"]) + rnd.choice(["", "", "", "#"]) + rnd.choice(["", "", "", "0"])
    spec += a_size() + rnd.choice(["", "", "", ",", "_"])
    spec += rnd.choice(["", "", "." + str(rnd.randint(0, 8)), "." + str(rnd.randint(0, 30)), "."] + ["." + str(rnd.randint(200, 1200))] * (rnd.random() < 0.01))
    return spec + rnd.choice(["", "", "d", "f", "g", "e", "%", "s", "x", "X", "o", "b", "c", "n", "E", "F", "G", "q"])


def spec():
    value, text = a_value(), a_spec()
    if text.endswith("c") and isinstance(value, int) and 0xD800 <= value <= 0xDFFF:
        value = 65
    return ["spec", text, value, tell(lambda: format(value, text))]


FIELDS = ["{}", "{0}", "{1}", "{a}", "{b[0]}", "{b[k]}", "{0!r}", "{a!s}", "{1!a}", "{!r:>8}", "{:{}}", "{0:{w}}", "{a:{w}.{p}f}", "{{", "}}", "{{}}", "{", "}", "{:}", "{a.b}", "{0[1]}", "{a!x}", "{9}", "{0:{1}}", "{b[k]:>{w}}", "{c}", "{:{:{}}}", "{a:{{}}}", "{b[}", "{0!}", "{ 0}", "{a }", "{b[0][1]}"]


def fields():
    template = "".join(rnd.choice(FIELDS) if rnd.random() < 0.5 else "{" + rnd.choice(["", "0", "a"]) + ":" + a_spec() + "}" for _ in range(rnd.choice([1, 1, 2, 3])))
    args = [a_value() for _ in range(rnd.randint(0, 3))]
    if ":{" in template:
        # A value may become a width.
        args = [7 if isinstance(value, int) and abs(value) > 1000 else value for value in args]
    named = {"a": a_number(), "b": rnd.choice([[1, [2, 3]], {"k": 1.5}, {"0": "x"}]), "w": rnd.randint(0, 12), "p": rnd.randint(0, 6)}
    return ["fields", template, args, named, tell(lambda: template.format(*args, **named))]


def operation():
    a, b = a_number(), a_number()
    operator = rnd.choice(["+", "-", "*", "/", "//", "%", "**", "<", "==", ">=", "**"])
    if operator == "**":
        a = rnd.choice([a, rnd.randint(-12, 12), rnd.uniform(0, 10), float(rnd.randint(1, 30))])
        b = rnd.choice([rnd.randint(-40, 60), rnd.uniform(-20, 20), 0.5, a_float(), float(rnd.randint(-5, 9))])
        if isinstance(a, int) and isinstance(b, int) and abs(b) > 100:
            b = 3
    work = {
        "+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b, "//": lambda: a // b, "%": lambda: a % b,
        "**": lambda: real(a**b), "<": lambda: a < b, "==": lambda: a == b, ">=": lambda: a >= b,
    }[operator]
    return ["operator", operator, a, b, tell(work)]


def real(value):
    if isinstance(value, complex):
        raise ValueError("complex")
    return value


def filtered():
    name = rnd.choice(["round", "round", "round", "int", "int", "float", "abs", "filesizeformat"])
    value = a_value()
    if name == "round":
        value = a_number()
        args = rnd.choice([[], [rnd.randint(-5, 8)], [rnd.randint(-3, 5), rnd.choice(["common", "ceil", "floor", "other"])]])
    elif name == "int":
        args = rnd.choice([[], [], [7], [0, rnd.choice([0, 2, 8, 10, 16, 36])]])
        value = rnd.choice([value, rnd.choice(WORDS)])
    elif name == "float":
        args = rnd.choice([[], [], [1.5]])
        value = rnd.choice([value, rnd.choice(WORDS)])
    else:
        args = []
    return ["filter", name, value, args, tell(lambda: filters.FILTERS[name](value, *args))]


def tell(work):
    try:
        return {"value": repr(work())}
    except Exception as error:  # noqa: BLE001
        return {"error": type(error).__name__}


KINDS = [percent, percent, percent, spec, spec, spec, fields, operation, filtered]


def main():
    left = COUNT
    while left > 0:
        line = json.dumps(rnd.choice(KINDS)())
        if len(line) < 8000:
            print(line)
            left -= 1


if __name__ == "__main__":
    main()
