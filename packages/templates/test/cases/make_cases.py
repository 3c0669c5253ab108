"""Writes python.json and jinja.json from CPython and Jinja2 (as lm-eval sets it up). Run in this folder."""

import ast
import json
import random
import re

from lm_eval.utils import apply_template

TEXTS = [
    "", " ", "plain", "  Padded\t", "it's", 'say "hi"', "both ' and \"", "back\\slash", "tab\tnl\ncr\r", "\x00\x1f\x7f\x85\xa0",
    "naïve café", "ǆungla ǅ", "ßtreet", "ﬁne", "ŉ'n", "İstanbul", "ΑΣ ΟΔΟΣ", "ა georgian", "ᾳ iota", "日本語", "emoji 😀 \U0001f468\u200d\U0001f469",
    "\u2028x\u3000y\u200b", "a,b,,c", "  two  spaces  ", "1,234.50", "\u0660\u0661\u00b2", "hello WORLD foo-bar", "x_y_z", "\ufeff", "\ue000",
]
METHODS = {
    "strip": [[], [" tx"]], "lstrip": [[], ["a "]], "rstrip": [[], ["ye "]], "split": [[], [","], [" ", 1], [None, 1]],
    "rsplit": [[], [",", 1], [None, 1]], "splitlines": [[]], "upper": [[]], "lower": [[]], "capitalize": [[]], "title": [[]],
    "isdigit": [[]], "isspace": [[]], "isupper": [[]], "islower": [[]], "replace": [["a", "<>"], [" ", "", 1], ["", "-", 3]],
    "find": [["a"], ["😀"]], "count": [["a"], [""]], "startswith": [["a"]], "endswith": [["c"]], "partition": [[","]],
    "zfill": [[8]], "isalpha": [[]],
}
NUMBERS = [0, 1, -1, 1.0, -0.0, 0.1, 1e16, 1e15, 123456789012345680.0, 1e-4, 1e-5, 5e-324, 1.7976931348623157e308, 2**53, 2**64, -(10**30), 1 / 3]
VALUES = NUMBERS + [None, True, [], [1, [2.0, "x"]], {}, {"b": 1, "a": [None, {"c": "é"}]}, "q\"'\\"] + TEXTS
PATTERNS = [
    r"#### (\-?[0-9\.\,]+)", r"(-?[$0-9.,]{2,})|(-?[0-9]+)", r"(?s).*#### ", r"\.$", r"\$", r"\[.*?\]", r"\b(a|an|the)\b", r"\s+", r"\w+",
    r"[^\w\s]", r"\d+", r"(?i)THE", r"^a", r"(?m)^a", r"x*", r"[\]\-a]", r"(?P<q>['\"])(.*?)(?P=q)", r"{\s*([^}]*?)\s*}", r"[A-Z](?=[.\s])",
    r"(?<=a)b", r"\Ab|c\Z", r"[\u00e0-\u00ff]", r"a{,2}b", r"[$&+,:;=?@#|'<>.^*()%!-]", r"(a)|(b)", r"[\W_]", r"\u65e5|\x41", r".",
]
SUBJECTS = [
    "a the an THE b", "#### 1,234 and $5.50 or -7", "x\n#### 12\ny.\n", "aab\nab 'q' \"r\"", "naïve_1 café-日本 😀!", "{ x } [ y ] end.", "", "\u00a0\x1c\u2028\ufeff",
]
SUBS = [(r"(\w)(\w)", r"\2\1"), (r"(?P<a>\d)", r"<\g<a>>"), (r"\s", r"\\n"), (r"x*", "-"), (r"\.", r"\n"), (r"b", "$&$1")]
LITERALS = [
    "['a', \"b's\"]", "[1, -2.5, 1e3, 0x1F, 1_000]", "{'a': [True, None], 1: 'x'}", "(1,)", "(1)", "()", "'a' 'b'", "r'\\d'", "'\\u00e9\\x41\\n\\q'",
    "'''x\ny'''", "[1, 2", "a", "[x]", "007", "00", "'a", "[1,,2]", "['\\\n']", "1, 2", "\ufeff1", " [1]", "'日本' # c", "-'a'", "[]", "1.5.2", "12abc", "{}",
]
DOC = {
    "s": "héllo wörld", "n": 3, "f": 2.0, "b": True, "z": None, "l": ["a", "b'c", 'd"e', 1.5], "d": {"items": "hidden", "k": [1, {"x": "y"}], "é": 1},
    "t": "  spaced\n", "e": "", "digits": "12", "q": "it's",
}
TEMPLATES = [
    "{{s}}", "{{s[1:4]}}|{{s[::-1]}}|{{s[-1]}}", "{{l}} {{d}} {{z}} {{b}} {{f}} {{n}}", "{{l|join(', ')}}", "{{n / 2}} {{n // 2}} {{-n // 2}} {{-n % 5}} {{n ** 2}} {{f * 2}} {{7 / 7}}",
    "{{d.k[1].x}} {{d['items']}} {{d.items()|list}}", "{{missing}}", "{{missing is defined}} {{missing|default('x')}}", "{{d.nope}}", "{{d.nope is undefined}}", "{{l[9]}}", "{{l[9] is defined}}",
    "{% for x in l if x is string %}{{loop.index}}/{{loop.length}}:{{x}}{% if not loop.last %},{% endif %}{% else %}none{% endfor %}", "{% for k, v in d.items() %}{{k}}={{v}};{% endfor %}",
    "{% set x = 1 %}{% for i in range(3) %}{% set x = i %}{% endfor %}{{x}}", "{% set ns = namespace(v=0) %}{% for i in range(4) %}{% set ns.v = ns.v + i %}{% endfor %}{{ns.v}}",
    "{{ 'a' if n > 2 else 'b' }}{{ 'c' if n > 9 }}|", "{{ 1 < n < 5 }} {{ 1 < n > 5 }}", "{{ 'ABCD'[n] }} {{ ['x','y'][b] }}", "{{ digits|int + 1 }} {{ 'x'|int }} {{ '3.7'|int }} {{ '2.5'|float }}",
    "a{#- c -#} b {%- if b -%} x {%- endif -%} c\n", "{{- s -}}  z", "{% raw %}{{ x }}{% endraw %}\n", "{{ s|regex_replace('[aeiouéö]', '_') }} {{ s|regex_replace('(\\w)l', '\\1L', 1) }}",
    "{{ l|length }} {{ s|length }} {{ '😀x'|length }} {{ '😀x'[1:] }}", "{{ s.upper() }} {{ s|capitalize }} {{ s|title }} {{ q|title }} {{ q.title() }}", "{{ l.index('a') }} {{ 'b' in s }} {{ 'a' in l }} {{ 'k' in d }} {{ 5 not in l }}",
    "{{ '%s-%05.2f' % (s, f) }} {{ '{}:{n}'.format(1, n=2) }} {{ '%d%%' % n }}", "{{ {'a': 1, 2: 'b'}[2] }} {{ {1: 'x'}[n - 2] }} {{ (1, 'a') }} {{ (1,2)[0] }}", "{{ [3,1,2]|sort }} {{ [3,1,2]|sort(reverse=true) }} {{ ['b','A']|sort|first }} {{ l|first }} {{ [1,2]|last }}",
    "{{ [1,2,3]|map('string')|join }} {{ [1,2,3,4]|select('even')|list }} {{ [{'a':1},{'a':2}]|map(attribute='a')|sum }} {{ [1,1,2]|unique|list }}", "{{ 2.5|round }} {{ 3.5|round }} {{ 2.675|round(2) }} {{ 7|round(-1) }} {{ 2.1|round(0,'ceil') }}",
    "{% macro m(a, b='z') %}[{{a}}{{b}}]{% endmacro %}{{ m(1) }}{{ m(2, b=3) }}", "{{ d|tojson }} {{ q|tojson }}", "{{ s ~ n ~ z }}", "{{ n is odd }} {{ n is none }} {{ z is none }} {{ f is number }} {{ d is mapping }} {{ l is sequence }}", "{{ e or 'empty' }} {{ e and 1 }} {{ not e }}",
    "{{ nope.x }}", "{{ s + 1 }}", "{{ n + '1' }}", "{% if missing %}x{% endif %}", "{{ l|nofilter }}", "{{ s is notest }}", "{{ }}", "{% if %}", "{{ s", "{% for x in n %}{% endfor %}", "{{ 1 / 0 }}", "{{ '\\d\\n\\x41' }}", "{{ 1e3 }} {{ 1_000 }} {{ 0x1f }} {{ 1.50 }}",
    "{{ s.split() }} {{ 'a-b-c'.split('-', 1) }} {{ t.strip() }}| {{ s.replace('l', 'L', 1) }} {{ 'x'.join(['1','2']) }} {{ 'abc'.find('c') }}", "line1\r\nline2\r{{n}}\n\n", "{{ loop }}", "{{ range(3) | list }} {{ range(5, 1, -2)|list }}", "{{ '<&>\"'|e }}", "{{ 'a' 'b' }}", "{{ l[1:] + [n] }} {{ l * 0 }} {{ 'ab' * 2 }}",
    "{{ 'long text here'|truncate(9) }} {{ 'x'|center(5) }}| {{ 'a b  c'|wordcount }} {{ 'l1\nl2'|indent(2) }}", "{% set é = 'accent' %}{{ é }}", "{% set a, b = 1, 2 %}{{ a }}{{ b }}", "{% set x %}block {{n}}{% endset %}{{ x }}", "{% filter upper %}up {{s}}{% endfilter %}", "{{ {'b': 1, 'a': 2}|dictsort }} {{ d.get('no', 'dflt') }} {{ d.get('no') }}",
    "{{ 'regex_replace' is filter }} {{ 'upper' is filter }} {{ 'nofilter' is filter }} {{ 'odd' is test }} {{ 'nofilter' is test }}",
]


def tryit(work):
    try:
        return {"value": work()}
    except Exception as error:  # noqa: BLE001
        return {"error": type(error).__name__}


def tag(value):
    """JSON that keeps tuples and other keys apart: repr."""
    return repr(value)


def main():
    python = {
        "repr": [[json.dumps(v), repr(v), str(v)] for v in VALUES],
        "dumps": [[json.dumps(v), json.dumps(v, indent=2, ensure_ascii=False), json.dumps(v)] for v in VALUES],
        "methods": [
            [text, name, args, repr(getattr(text, name)(*args))] for name, lists in METHODS.items() for args in lists for text in TEXTS
        ],
        "findall": [[p, s, repr([list(m) if isinstance(m, tuple) else m for m in re.findall(p, s)])] for p in PATTERNS for s in SUBJECTS],
        "sub": [[p, r, s, re.sub(p, r, s)] for p, r in SUBS for s in SUBJECTS],
        "split": [[p, s, repr(re.split(p, s))] for p in (r"\s+", r"x*", r"(,)") for s in SUBJECTS],
        "literal": [[t, tryit(lambda t=t: tag(ast.literal_eval(t)))] for t in LITERALS],
        "slices": [
            [a, b, c, "héllo😀"[a:b:c]] for a in (None, 0, 2, -2, 9, -9) for b in (None, 0, 3, -1, 9, -9) for c in (1, 2, -1, -3)
        ],
        "random": [],
    }
    for seed in (0, 1, 1234, 2**31, 2**40 + 5):
        rnd = random.Random(seed)
        rows = [rnd.getrandbits(32), rnd.getrandbits(5)]
        rows += [rnd.sample(range(n), k) for n, k in ((5, 5), (20, 4), (21, 5), (22, 5), (84, 6), (86, 6), (1000, 50), (39905, 11))]
        shuffled = list(range(9))
        rnd.shuffle(shuffled)
        python["random"].append([seed, rows, shuffled])
    write("python.json", python)
    write("jinja.json", {"doc": DOC, "cases": [[t, tryit(lambda t=t: apply_template(t, DOC))] for t in TEMPLATES]})


def write(name, value):
    with open(name, "w", encoding="utf-8") as f:
        f.write(json.dumps(value, ensure_ascii=True, indent=0) + "\n")


if __name__ == "__main__":
    main()
