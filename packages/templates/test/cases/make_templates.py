"""Writes random templates with what Jinja2 renders, one JSON list a line: [environment, template, result].

    python make_templates.py COUNT SEED > templates.jsonl

The first line is the document. Environments: "task" (lm-eval's) and "chat" (as transformers sets it up). A result is
{"value": text} or {"error": name of the exception}; what would show an address is left out.
"""

import json
import random
import re
import sys

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lm_eval.utils import env as task_env

COUNT, SEED = int(sys.argv[1]), int(sys.argv[2])
rnd = random.Random(SEED)
chat_env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols])
chat_env.filters["tojson"] = lambda x, ensure_ascii=False, indent=None, separators=None, sort_keys=False: json.dumps(
    x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
)
DOC = {
    "s": "héllo wörld of foo-bar", "t": "  Spaced\tout \n next line  ", "e": "", "q": "it's \"<b>\" & co", "n": 3, "m": -7, "big": 2**60 + 1, "f": 2.5, "g": -0.125,
    "b": True, "z": None, "l": ["a", "B", "c", "b'c"], "k": [3, 1, 2, 3, 1.0], "d": {"x": 1, "y": [1, 2], "items": "hidden"}, "r": [{"n": "b", "v": 2, "o": {"p": 1}}, {"n": "A", "v": 1, "o": {"p": 2}}, {"n": "a", "v": 3, "o": {"p": 1}}],
    "u": "日本語 😀 ß Σας", "long": "The quick-brown fox -- jumps over the lazy dog's back, and then it rests. Supercalifragilisticexpialidocious word.", "h": "<p>Some <i>text</i> &amp; more&nbsp;&#65;</p> <!-- no -->", "w": "12 abc 3.5",
}
ATOMS = list(DOC) + ["missing", "1", "0", "-2", "2.5", "1e3", "'abc'", "'a-b c'", "\"x\"", "[1, 2, 3]", "['b', 'a']", "(1, 'a')", "(5,)", "()", "{}", "{'a': 1, 2: 'b'}", "true", "none", "range(4)", "range(5, 1, -2)", "d.y", "r[0]", "l[0]", "s[1:4]", "l[::-1]", "k[1:]", "dict(a=1, b=z)", "2 ** 70"]
SCALARS = ["1", "2", "0", "-1", "3", "5", "10", "20", "'a'", "'b'", "' '", "','", "'-'", "true", "false", "none", "'x'", "2.0", "n"]
TESTS = ["defined", "undefined", "none", "boolean", "true", "false", "integer", "float", "number", "string", "mapping", "sequence", "iterable", "callable", "lower", "upper", "odd", "even", "divisibleby(2)", "divisibleby 3", "in l", "in([1, 2])", "eq 1", "equalto('a')", "ne 3", "lt 3", "ge(2)", "greaterthan 1", "sameas true", "escaped", "filter", "test", "not none", "not defined", "none n", "string(1)", "defined not", "eq(1, 2)", "divisibleby(num=3)", "eq(other=1)", "not divisibleby 2"]
FILTERS = ["abs", "attr('upper')", "batch(2)|list", "batch(2, 'x')|list", "capitalize", "center(9)", "center", "count", "d('dd')", "default('dd', true)", "dictsort", "dictsort(by='value')", "dictsort(false, 'key', true)", "e", "escape", "filesizeformat", "filesizeformat(true)", "first", "float", "float(1.5)", "forceescape", "format(1, 'x')", "groupby('v')", "groupby('o.p')", "groupby('n', case_sensitive=true)", "groupby('zz', default='none')|list", "indent", "indent(2)", "indent('> ', true)", "indent(1, blank=true)", "int", "int(7)", "int(0, 16)", "join", "join(', ')", "join('-', attribute='n')", "last", "length", "list", "lower", "items|list", "map('upper')|list", "map('int')|list", "map(attribute='v')|list", "map(attribute='o.p', default=0)|list", "map('default', 'x')|join('.')", "map('length')|list", "max", "min", "max(attribute='v')", "min(case_sensitive=true)", "reject('none')|list", "reject|list", "rejectattr('v', 'gt', 1)|list", "rejectattr('v')|list", "replace('a', 'A')", "replace('l', 'LL', 1)", "reverse|list", "reverse|join", "round", "round(1)", "round(-1, 'floor')", "round(2, 'ceil')", "safe", "select('odd')|list", "select('string')|list", "select|list", "selectattr('v', 'eq', 2)|list", "selectattr('o')|list", "selectattr('n', 'in', ['a', 'b'])|map(attribute='v')|list", "slice(2)|list", "slice(3, 'f')|list", "sort", "sort(reverse=true)", "sort(case_sensitive=true)", "sort(attribute='v')", "sort(attribute='o.p,n')", "string", "striptags", "sum", "sum(attribute='v')", "sum(start=10)", "title", "tojson", "tojson(indent=2)", "tojson(2)", "trim", "trim(' S')", "truncate(9)", "truncate(9, true)", "truncate(11, false, '!', 0)", "unique|list", "unique(true)|list", "unique(attribute='n')|list", "upper", "urlencode", "wordcount", "wordwrap", "wordwrap(10)", "wordwrap(12, false)", "wordwrap(15, break_on_hyphens=false)", "wordwrap(8, wrapstring='|')", "xmlattr", "nosuchfilter", "items|first", "list|length", "pprint", "d", "string|length"]
METHODS = ["strip()", "strip('h d')", "lstrip()", "rstrip('ld ')", "split()", "split(' ', 1)", "split('o')", "rsplit('o', 1)", "rsplit(none, 1)", "rsplit(maxsplit=2)", "splitlines()", "splitlines(true)", "partition('o')", "rpartition(' ')", "replace('o', '0')", "replace('', '.', 3)", "lower()", "upper()", "title()", "capitalize()", "swapcase()", "casefold()", "startswith('h')", "endswith(('d', 'r'))", "startswith('l', 2)", "removeprefix('hé')", "removesuffix('bar')", "find('o')", "find('o', 5)", "find('o', 5, -9)", "rfind('o')", "index('o')", "rindex('q')", "count('o')", "count('')", "count('o', 6)", "join(['1', '2'])", "join(l)", "join('ab')", "center(30)", "center(31, '*')", "ljust(30, '.')", "rjust(30)", "zfill(30)", "encode()", "encode().decode()", "encode('utf-8').hex()", "encode('ascii', 'ignore').decode()", "encode('ascii', errors='replace').decode()", "encode('latin-1', 'xmlcharrefreplace').decode('latin-1')", "encode('ascii', 'backslashreplace').hex()", "expandtabs()", "expandtabs(4)", "isdigit()", "isdecimal()", "isnumeric()", "isalpha()", "isalnum()", "isspace()", "islower()", "isupper()", "istitle()", "isascii()", "isidentifier()", "isprintable()", "format(1, a=2)", "format_map({'a': 1})", "translate({104: 'H', 108: none})", "items()|list", "items()", "keys()", "values()", "keys()|list", "values()|sum", "get('x')", "get('no')", "get('no', 5)", "copy()", "index('a')", "index(3)", "count(3)", "append(1)", "pop()", "pop('x')", "extend([1])", "insert(0, 9)", "remove('a')", "reverse()", "sort()", "clear()", "update({'q': 1})", "setdefault('x', 3)", "popitem()", "bit_length()", "is_integer()", "as_integer_ratio()", "real", "conjugate()", "x", "y[0]", "nosuch", "nosuch()", "__class__", "_x", "n", "v", "start", "stop"]
OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"]
FORMATS = ["'%s|%5.1f'|format(s, f)", "'%d %x'|format(n, n)", "'%(a)s'|format(a=1)", "'{:>8}|{:^9}'.format(n, s)", "'{0[1]} {a}'.format(l, a=f)", "'{:,} {:e}'.format(big, f)", "'%s' % l", "'%s %s' % (n, z)", "'%c%c' % (65, 'b')", "'%5s|%-5d|%05.1f' % (e, n, f)", "'{0.real} {1[x]}'.format(n, d)", "'{!r}'.format(s)", "'%s'|format(l)", "'%s %s'|format(*l[:2])", "'{:{w}}'.format(n, w=7)", "'%s' % d"]
STATEMENTS = [
    "{% for x in EXPR %}{{ loop.index }}{{ loop.last }}{{ x }};{% else %}none{% endfor %}", "{% for x in EXPR if x is TEST %}{{ x }},{% endfor %}", "{% if EXPR %}yes{% elif EXPR %}maybe{% else %}no{% endif %}",
    "{% set x = EXPR %}{{ x }}", "{% set x, y = EXPR %}{{ y }}{{ x }}", "{% set x %}in {{ EXPR }}{% endset %}[{{ x }}]", "{% set x | upper %}in {{ EXPR }}{% endset %}[{{ x }}]", "{% with x = EXPR, y = n %}{{ x }}{{ y }}{% endwith %}", "{% with %}{% set n = 1 %}{{ n }}{% endwith %}{{ n }}",
    "{% macro f(x, y=2) %}<{{ x }}{{ y }}{{ varargs }}{{ kwargs }}>{% endmacro %}{{ f(EXPR) }}{{ f(1, y=EXPR) }}{{ f(1, 2, 3, z=4) }}", "{% macro f(x) %}{{ caller(x) }}{% endmacro %}{% call(v) f(EXPR) %}({{ v }}){% endcall %}", "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}", "{% macro f() %}{% endmacro %}{{ f(EXPR) }}", "{% macro f(x, n=n, k=x, z=late, late=EXPR) %}{{ x }}{{ n }}{{ k }}{{ z is defined }}{{ late }}{% endmacro %}{{ f(1) }}{{ f(2, k=3, late=4) }}",
    "{% macro f(x, y=1) %}{{ kwargs }}{{ caller and 1 }}{% endmacro %}{{ f.name }}{{ f.arguments }}{{ f.catch_kwargs }}{{ f.catch_varargs }}{{ f.caller }}{{ f.nosuch is defined }}{{ s.strip.name is defined }}", "{{ (EXPR|e).split() }}{{ (EXPR|e).partition('&') }}{{ (EXPR|e).splitlines() }}", "{{ dict(missing) }}", "{{ (EXPR)[missing] is defined }}{{ (EXPR)[missing] }}",
    "{% filter upper|trim %} {{ EXPR }} {% endfilter %}", "{% set c = cycler('a', 'b') %}{% for x in k %}{{ c.next() }}{{ c.current }}{% endfor %}", "{% set j = joiner('|') %}{% for x in EXPR %}{{ j() }}{{ x }}{% endfor %}", "{% set ns = namespace(a=1) %}{% for x in k %}{% set ns.a = ns.a + x %}{% endfor %}{{ ns.a }}",
    "{% for x in [[1, [2, 3]], [4]] recursive %}{{ loop.depth }}{% if x is iterable %}({{ loop(x) }}){% else %}{{ x }}{% endif %}{% endfor %}", "{% for x in EXPR %}{{ loop.cycle('o', 'e') }}{{ loop.previtem|default('-') }}{{ loop.nextitem|default('+') }}{{ loop.revindex0 }}{% endfor %}", "{% for x in k %}{{ loop.changed(x) }}{% endfor %}", "{% for a, b in EXPR %}{{ a }}={{ b }};{% endfor %}",
    "{% for x in range(5) %}{% if x == 3 %}{% break %}{% elif x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}", "{%- if b -%}\n  a {{ EXPR }}  \n{%- endif %}\n  {% if b %}  \n x\n  {% endif %}\nend\n", "  {# c #}\n{{ EXPR }}\n  {%- set a = 1 -%}  \n z {{- a }} \n", "{% raw %}{{ a }}{% endraw %}\n{% block c %}{{ n }}{% endblock %}",
    "{% set _ = l.append('z') %}{{ l }}", "{% set x = l[:] %}{% set _ = x.append(EXPR) %}{{ x|length }}", "{{ [EXPR, EXPR] }}", "{{ (EXPR, ) }}", "{{ {'k': EXPR} }}", "{{ EXPR if EXPR }}", "{{ EXPR if n > 9 else EXPR }}", "{% set x = EXPR %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }}", "{% print(EXPR) %}", "{{ loop }}", "{% include 'x' %}", "{% set f = EXPR %}{{ f|string|length }}", "{{ 1 if x }}{{ (1 if none) is defined }}", "{% autoescape false %}{{ q }}{% endautoescape %}", "{{ dict(**d) }}", "{{ s|attr('up' ~ 'per')() }}", "{{ -2 ** 2 }}{{ 2 ** 3 ** 2 }}{{ -k[0]|abs }}{{ 1 ~ 2 + 3 }}{{ not n is none }}", "{% set a = b = 1 %}", "{{ 1.5.real }}{{ d.y.0 }}", "{% for x in EXPR %}{{ x }}{% endfor %}{{ x is defined }}",
]


def expression(depth=0):
    pick = rnd.random()
    base = rnd.choice(ATOMS)
    if depth > 2 or pick < 0.12:
        return base
    if pick < 0.45:
        return f"{wrapped(depth)}|{rnd.choice(FILTERS)}"
    if pick < 0.68:
        return f"{wrapped(depth)}.{rnd.choice(METHODS)}"
    if pick < 0.76:
        return f"{wrapped(depth)} is {rnd.choice(TESTS)}"
    if pick < 0.9:
        return f"({expression(depth + 1)} {rnd.choice(OPERATORS)} {expression(depth + 1)})"
    if pick < 0.94:
        return rnd.choice(FORMATS)
    if pick < 0.97:
        return f"{wrapped(depth)}[{rnd.choice(['0', '-1', '9', chr(39) + 'x' + chr(39), '1:', ':2', '::-1', '::2', '-2:', 'n', 'none'])}]"
    return f"({expression(depth + 1)} if {expression(depth + 1)} else {expression(depth + 1)})"


def wrapped(depth):
    inner = expression(depth + 1) if rnd.random() < 0.35 else rnd.choice(ATOMS)
    return inner if re.fullmatch(r"[\w']+", inner) and not inner[0].isdigit() else f"({inner})"


def template():
    if rnd.random() < 0.6:
        return "{{ " + expression() + " }}"
    text = rnd.choice(STATEMENTS)
    text = re.sub("EXPR", lambda _: expression(1), text)
    return re.sub("TEST", lambda _: rnd.choice(TESTS), text)


def tell(env, text):
    try:
        return {"value": env.from_string(text).render(**json.loads(json.dumps(DOC)))}
    except Exception as error:  # noqa: BLE001
        return {"error": type(error).__name__}


def main():
    print(json.dumps(DOC))
    left = COUNT
    while left > 0:
        text = template()
        name = rnd.choice(["task", "task", "chat"])
        result = tell(task_env if name == "task" else chat_env, text)
        if " at 0x" in result.get("value", "") or len(result.get("value", "")) > 4000:
            continue
        print(json.dumps([name, text, result]))
        left -= 1


if __name__ == "__main__":
    main()
