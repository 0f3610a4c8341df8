"""Finds what is wrong with Python scripts without running them.

usage: check_scripts.py FILE...

They must compile, have no line over 110 characters, use no global name that they do not define or import, and define or
import none that they do not use. Prints one line a fault; fails when there is one.
"""

import ast
import builtins
import sys

LONGEST = 110


def faults(text):
    """What is wrong with one script."""
    tree = ast.parse(text)
    compile(text, "script", "exec")
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LONGEST:
            yield f"line {number} has {len(line)} characters: {line.strip()}"
    defined, loaded, bound = {}, {}, set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            defined[node.name] = node.lineno
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for name in node.names:
                defined[(name.asname or name.name).split(".")[0]] = node.lineno
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                defined[target.id] = node.lineno
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (loaded if isinstance(node.ctx, ast.Load) else {}).setdefault(node.id, node.lineno)
            if not isinstance(node.ctx, ast.Load):
                bound.add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
    for name, line in loaded.items():
        if name not in defined and name not in bound and not hasattr(builtins, name) and name != "__name__":
            yield f"line {line}: {name} is not defined"
    for name, line in defined.items():
        if name not in loaded:
            yield f"line {line}: {name} is not used"


def main():
    found = 0
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            for fault in faults(file.read()):
                found += 1
                print(f"{path}: {fault}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
