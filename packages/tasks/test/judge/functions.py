"""CPython's word on ported functions. Reads one JSON request on standard input, writes one JSON answer.

request: {"originals": [[port, module], ...], "normalized": {module: text | null}, "documents": {port: [arguments, ...]},
          "program": text, "edits": [text, ...]}
    port: "family/module.function"; module: a path below lm_eval/tasks.
answer: {"differs": [modules whose normalized text is another program], "same": [places of edits that are the program],
         "ports": {module: {function: port}},
         "answers": {"module function": {"of": port, "answers": [{"value": ...} | {"error": type}, ...]} | {"missing": text}}}

Two functions are one where their syntax trees are equal, docstrings and annotations aside, and those of all names of the
module that they use.
"""

import ast
import copy
import importlib.util
import json
import sys
from pathlib import Path

import lm_eval.tasks

TASKS = Path(lm_eval.tasks.__file__).parent


class Plain(ast.NodeTransformer):
    def plain(self, node):
        self.generic_visit(node)
        if node.body and isinstance(node.body[0], ast.Expr) and isinstance(getattr(node.body[0].value, "value", None), str):
            node.body = node.body[1:] or [ast.Pass()]
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            for argument in node.args.args + node.args.kwonlyargs:
                argument.annotation = None
        return node

    visit_FunctionDef = visit_ClassDef = plain


def names_of(statement):
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [statement.name]
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return [(alias.asname or alias.name).split(".")[0] for alias in statement.names]
    return [n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]


def top_level(tree):
    found = {}
    for statement in tree.body:
        for name in names_of(statement):
            found.setdefault(name, []).append(statement)
    return found


def own_text(statements, name):
    return "".join(ast.dump(Plain().visit(copy.deepcopy(s))) for s in statements).replace(f"'{name}'", "'NAME'")


def program(found, name):
    """What the name stands for, with everything of the module that it uses."""
    seen, wanted = {}, [name]
    while wanted:
        at = wanted.pop()
        if at in seen or at not in found:
            continue
        statements = [Plain().visit(copy.deepcopy(s)) for s in found[at]]
        seen[at] = [ast.dump(s) for s in statements]
        wanted += [n.id for s in statements for n in ast.walk(s) if isinstance(n, ast.Name)]
    own = seen.pop(name, None)
    return json.dumps([own, sorted(seen.items())]).replace(f"'{name}'", "'NAME'")


def tree_of(text):
    try:
        return ast.dump(ast.parse(text))
    except (SyntaxError, ValueError):
        return None


def load(module):
    name = "lm_eval.tasks." + module.removesuffix(".py").replace("/", ".")
    spec = importlib.util.spec_from_file_location(name, TASKS / module)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def call(function, port, arguments):
    try:
        if port.endswith(".process_docs"):
            import datasets

            return {"value": list(function(datasets.Dataset.from_list(arguments[0])))}
        return {"value": function(*arguments)}
    except Exception as error:
        return {"error": type(error).__name__}


def main():
    request = json.load(sys.stdin)
    trees, texts = {}, {}
    for path in sorted(TASKS.rglob("*.py")):
        module = path.relative_to(TASKS).as_posix()
        texts[module] = path.read_bytes()
        trees[module] = ast.parse(texts[module])
    differs = []
    for module, text in request["normalized"].items():
        if text is None or ast.dump(ast.parse(text)) != ast.dump(trees[module]):
            differs.append(module)
    program_tree = tree_of(request["program"])
    same = [at for at, text in enumerate(request["edits"]) if tree_of(text) == program_tree]
    programs, bodies = {}, set()
    for port, module in request["originals"]:
        found, name = top_level(trees[module]), port.split(".")[-1]
        programs[program(found, name)] = port
        bodies.add(own_text(found[name], name))
    ports = {}
    for module, tree in trees.items():
        found = top_level(tree)
        alike = [name for name in found if own_text(found[name], name) in bodies]
        ported = {name: programs.get(program(found, name)) for name in alike}
        ported = {name: port for name, port in ported.items() if port}
        if ported:
            ports[module] = ported
    answers = {}
    for module, ported in ports.items():
        for name, port in ported.items():
            try:
                function = getattr(load(module), name)
            except ImportError as error:
                answers[f"{module} {name}"] = {"missing": str(error)}
                continue
            if isinstance(function, type):
                task = object.__new__(function)
                function = lambda method, doc: getattr(task, method)(doc)  # noqa: E731
            given = [call(function, port, arguments) for arguments in request["documents"][port]]
            answers[f"{module} {name}"] = {"of": port, "answers": given}
    json.dump({"differs": differs, "same": same, "ports": ports, "answers": answers}, sys.stdout, default=float)


main()
