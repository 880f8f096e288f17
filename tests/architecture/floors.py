"""Which imports the floors allow. Reads the source, and imports none of it.

Must not know: what any room does.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# From the top down; rooms on one floor do not see each other.
FLOORS = (
    ("__main__",),
    ("cli",),
    ("assembly",),
    ("gateway", "api", "console"),
    ("control", "workers"),
    ("routes", "policy", "project", "store", "client", "settings"),
    ("model", "wire", "sandbox", "handlers", "tokens"),
)
LEVEL = {room: level for level, floor in enumerate(reversed(FLOORS)) for room in floor}
# These run beside user code, or before it: the standard library, themselves, and what stands here.
ALONE: dict[str, tuple[str, ...]] = {
    "gettone": ("gettone.tokens", "gettone.handlers"),
    "gettone.tokens": (),
    "gettone.handlers": ("gettone.tokens",),
    "gettone.guests": ("gettone.tokens", "gettone.handlers"),
    "gettone.sandbox.nursery": (
        "gettone.sandbox.addresses",
        "gettone.sandbox.egress",
        "gettone.sandbox.enrolment",
        "gettone.sandbox.watching",
    ),
    "gettone.sandbox.watching": (),
    "gettone.sandbox.egress": ("gettone.sandbox.addresses",),
    "gettone.sandbox.addresses": (),
    "gettone.sandbox.enrolment": (),
}
# Asked of the project's own environment, when first used.
LATE = {"gettone.handlers": ("twilio",)}
# What users test their handlers with: light to import; it starts a Node guest only when asked to.
TESTING = "gettone.testing"
TESTING_AT_ONCE = ("gettone.handlers", "gettone.tokens")
NEVER_REACHED = {"gettone.gateway": ("gettone.store", "gettone.control")}

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Import:
    """One import: `late` when it stands inside a function."""

    module: str
    target: str
    line: int
    late: bool


def read(package: Path) -> list[Import]:
    """List every import under `package`, which is the folder named `gettone`."""
    paths = (path for path in sorted(package.rglob("*.py")) if "node_modules" not in path.parts)
    return [found for path in paths for found in scan(path, package)]


def scan(path: Path, package: Path) -> Iterator[Import]:
    """Find the imports of one module."""
    root = package.parent
    module = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    late = {id(node) for outer in ast.walk(tree) if isinstance(outer, FUNCTIONS) for node in ast.walk(outer)}
    for node in ast.walk(tree):
        for target in targets(node, root, package_of(module, path)):
            # A guest's modules stand side by side inside the sandbox, and name each other without a package.
            beside = within(module, "gettone.guests") and is_module(path.parent, target.split(".")[0])
            whole = f"{module.rpartition('.')[0]}.{target}" if beside else target
            yield Import(module, whole, getattr(node, "lineno", 0), id(node) in late)


def package_of(module: str, path: Path) -> str:
    """Name the package that a module's relative imports start from."""
    return module if path.name == "__init__.py" else module.rpartition(".")[0]


def targets(node: ast.AST, root: Path, package: str) -> list[str]:
    """Name the modules that a statement imports; `from a import b` counts as `a.b` where that is a module."""
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=named, names=names, level=level):
            above = package.split(".")[: len(package.split(".")) - level + 1] if level else []
            source = ".".join([*above, *([named] if named else [])])
            inner = [f"{source}.{alias.name}" for alias in names]
            # What the root re-exports is for handlers: a room that takes it is told so under that name.
            return [name if source == "gettone" or is_module(root, name) else source for name in inner]
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called), args=[ast.Constant(value=str(name)), *_]):
            return [name] if called in ("import_module", "__import__") else []
    return []


def is_module(folder: Path, name: str) -> bool:
    """Whether a dotted name is a module or a package under a folder."""
    path = folder.joinpath(*name.split("."))
    return path.is_dir() or path.with_name(path.name + ".py").is_file()


def within(name: str, package: str) -> bool:
    """Whether a dotted name is a package or lies in it."""
    return name == package or name.startswith(package + ".")


def faults(imports: list[Import]) -> list[str]:
    """Tell, one line each, which imports the floors forbid."""
    wrong = [f"{found.module}:{found.line} imports {found.target}: {why}" for found in imports if (why := judge(found))]
    return wrong + [fault for start, banned in NEVER_REACHED.items() for fault in reached(imports, start, banned)]


def judge(found: Import) -> str | None:
    """Say why an import is wrong; None when it is right."""
    ours = within(found.target, "gettone")
    own = next((name for name in sorted(ALONE, reverse=True) if within(found.module, name)), "")
    if own and (own != "gettone" or found.module == "gettone"):
        allowed = ALONE[own] if own == "gettone" else (own, *ALONE[own])
        if ours and not any(within(found.target, name) for name in allowed):
            return f"{own} stands alone"
        lazily = found.late and found.target.split(".")[0] in LATE.get(own, ())
        if not ours and not lazily and found.target.split(".")[0] not in sys.stdlib_module_names:
            return f"{own} imports only the standard library"
        return None
    return judge_room(found) if ours else None


def judge_room(found: Import) -> str | None:
    """Say why a room may not see another of ours; None when it may."""
    room, seen = room_of(found.module), room_of(found.target)
    if not seen:
        return None  # the root tells where the package lies, and nothing else
    if within(found.module, TESTING):
        at_once = within(found.target, TESTING) or any(within(found.target, name) for name in TESTING_AT_ONCE)
        low = found.late and LEVEL.get(seen, len(FLOORS)) <= LEVEL["workers"]
        return None if at_once or low else "the test kit starts light, and stays below the gateway"
    if seen == "guests":
        return "guests are data to the host"
    unknown = [name for name in (room, seen) if name not in LEVEL]
    if unknown:
        return f"{unknown[0]} is on no floor"
    return None if room == seen or LEVEL[room] > LEVEL[seen] else "imports point down only"


def room_of(module: str) -> str:
    """Name the room of a dotted name of ours; empty for the root itself."""
    return module.split(".")[1] if "." in module else ""


def reached(imports: list[Import], start: str, banned: tuple[str, ...]) -> list[str]:
    """Tell which banned rooms can be reached from a package, over any number of imports."""
    todo = [(found.module, found.module) for found in imports if within(found.module, start)]
    seen: set[str] = set()
    wrong = []
    while todo:
        module, route = todo.pop()
        if module in seen:
            continue
        seen.add(module)
        if any(within(module, name) for name in banned):
            wrong.append(f"{route}: {start} must not reach {module}")
            continue
        todo += [(found.target, f"{route} > {found.target}") for found in imports if within(module, found.module)]
    return wrong
