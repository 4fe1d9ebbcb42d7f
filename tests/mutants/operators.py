# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small changes to the functions of a module, made from its syntax tree: what a slip of the hand could do to it.

Names play no part. A mutant is known by its fingerprint: the shape of its function, what is changed in it, and the how
manieth change of that kind. So a rename changes no fingerprint, and any other change to a function changes them all.
"""

from __future__ import annotations

import ast
import copy
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
}
_OPPOSITES = {"min": "max", "max": "min", "any": "all", "all": "any"}
# Words for people; tests of messages hold the ones that matter.
_PROSE = ("advice",)

Function = ast.FunctionDef | ast.AsyncFunctionDef
Change = tuple[str, ast.AST]


@dataclass(frozen=True)
class Mutant:
    """One change of one function.

    :param function: its name within the module, with the name of its class.
    :param what: the kind of the change.
    :param line: of the changed code.
    :param before, after: the changed code, for people.
    :param tree: the module with the change in it.
    """

    function: str
    what: str
    line: int
    before: str
    after: str
    fingerprint: str
    tree: ast.Module

    def __str__(self) -> str:
        return f"{self.function}:{self.line} {self.what}: {self.before}  ->  {self.after}"


def mutants_of(source: str) -> Iterator[Mutant]:
    """Yield each mutant of each function and method; what a module does outside of them is not changed."""
    tree = ast.parse(source)
    for name, function in _functions(tree):
        shape = _shape(function)
        counts: Counter[str] = Counter()
        for node in _nodes(function):
            for what, new in _changes(node):
                counts[what] += 1
                mark = f"{shape} {what} {counts[what]}"
                fingerprint = hashlib.sha256(mark.encode()).hexdigest()[:10]
                changed = _with(tree, node, new)
                yield Mutant(name, what, _line(node), _text(node), _text(new), fingerprint, changed)


def _functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    for node in tree.body:
        if isinstance(node, Function):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{each.name}", each) for each in node.body if isinstance(each, Function))


def _nodes(function: Function) -> Iterator[ast.AST]:
    """Everything in the body, but neither decorators and annotations nor the text of errors."""
    todo: list[ast.AST] = [statement for statement in function.body if not _is_docstring(statement)]
    while todo:
        node = todo.pop(0)
        yield node
        if not isinstance(node, ast.JoinedStr):
            todo = [child for child in ast.iter_child_nodes(node) if not _is_prose(child)] + todo


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _is_prose(node: ast.AST) -> bool:
    return isinstance(node, ast.keyword) and node.arg in _PROSE


def _changes(node: ast.AST) -> Iterator[Change]:
    """Yield what may take the place of a node."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in _COMPARISONS[type(node.ops[0])]:
            yield "comparison", ast.Compare(node.left, [other()], node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield "and or", ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        for one in node.values:
            rest = [value for value in node.values if value is not one]
            yield "clause dropped", rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not dropped", node.operand
    elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        yield "arithmetic", ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)
    elif isinstance(node, ast.Constant) and isinstance(node.value, (bool, int)):
        yield "constant", ast.Constant(not node.value if isinstance(node.value, bool) else node.value + 1)
    else:
        yield from _changes_of_flow(node)


def _changes_of_flow(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, (ast.If, ast.IfExp)) and not isinstance(node.test, ast.Compare):
        yield "condition reversed", _replaced(node, test=ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.comprehension):
        for one in node.ifs:
            yield "filter dropped", _replaced(node, ifs=[each for each in node.ifs if each is not one])
    elif isinstance(node, (ast.AugAssign, ast.Raise)) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ):
        yield "statement dropped", ast.Pass()
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id in _OPPOSITES:
            yield "opposite", _replaced(node, func=ast.Name(_OPPOSITES[node.func.id], ast.Load()))
        for given in node.keywords:
            if given.arg not in _PROSE:
                yield (
                    "argument dropped",
                    _replaced(node, keywords=[each for each in node.keywords if each is not given]),
                )


def _replaced(node: ast.AST, **fields: object) -> ast.AST:
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


class _Exchange(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self.old:
            return self.new
        # The tree that is shared with the other mutants stays as it is
        return self.generic_visit(copy.copy(node))

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                setattr(node, name, [self.visit(each) if isinstance(each, ast.AST) else each for each in value])
            elif isinstance(value, ast.AST):
                setattr(node, name, self.visit(value))
        return node


def _with(tree: ast.Module, old: ast.AST, new: ast.AST) -> ast.Module:
    """A copy of the tree in which new is in the place of old."""
    changed = _Exchange(old, ast.copy_location(new, old)).visit(tree)
    if not isinstance(changed, ast.Module):
        raise TypeError("a module is no longer one")
    return ast.fix_missing_locations(changed)


def _shape(function: Function) -> str:
    """The syntax of a function without its names, texts and annotations."""

    def of(value: object) -> str:
        if isinstance(value, list):
            return f"[{','.join(map(of, value))}]"
        if isinstance(value, ast.arguments):
            return f"args {len(value.args) + len(value.kwonlyargs)}"
        if isinstance(value, ast.Constant):
            return "text" if isinstance(value.value, str) else repr(value.value)
        if isinstance(value, ast.AST):
            parts = (of(each) for name, each in ast.iter_fields(value) if name not in ("annotation", "returns"))
            return f"{type(value).__name__}({','.join(parts)})"
        return ""

    return of(function.body) + of(function.args)


def _line(node: ast.AST) -> int:
    return int(getattr(node.target if isinstance(node, ast.comprehension) else node, "lineno", 0))


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 100 else f"{text[:97]}..."
