"""Guards: the structure of the house, held by reading the code and the running application."""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import app as kuuluu
import config
from app.core.errors import explained_codes
from app.extensions import db

ROOT = Path(__file__).parent.parent
APP = ROOT / "app"
FREE = ("core", "extensions", "tally")
RANK = {name: number for number, name in enumerate(kuuluu.FEATURES)}
only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


def _modules() -> Iterator[tuple[str, Path, ast.Module]]:
    """Every module of a feature (and core and tally): feature, path, syntax tree."""
    for path in sorted(APP.rglob("*.py")):
        parts = path.relative_to(APP).parts
        if len(parts) > 1:
            yield parts[0], path, ast.parse(path.read_text(encoding="utf-8"))


def _imported(tree: ast.Module) -> Iterator[str]:
    """The names of all modules imported anywhere in a module, functions included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_features_import_only_from_lower_ranks() -> None:
    wrong = set()
    for feature, path, tree in _modules():
        for name in _imported(tree):
            parts = name.split(".")
            if parts[0] != "app" or len(parts) < 2 or parts[1] == feature:
                continue
            other = parts[1]
            if other in FREE:
                continue
            if feature in FREE or other not in RANK or RANK[other] > RANK[feature]:
                wrong.add(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong, "\n".join(sorted(wrong))


def test_the_count_is_pure() -> None:
    forbidden = ("flask", "sqlalchemy", "app.core", "app.extensions")
    for feature, path, tree in _modules():
        if feature == "tally":
            bad = [n for n in _imported(tree) if n.startswith(forbidden)]
            assert not bad, f"{path}: {bad}"


def test_layers_point_downwards() -> None:
    """routes -> forms, services, queries, policies -> models, inside each feature."""
    level = {"models": 0, "policies": 1, "queries": 2, "services": 3, "forms": 3, "routes": 5}
    wrong = []
    for feature, path, tree in _modules():
        own = level.get(path.stem)
        if own is None or path.parent.name != feature:
            continue
        for name in _imported(tree):
            parts = name.split(".")
            if parts[:2] == ["app", feature] and len(parts) > 2 and level.get(parts[2], -1) > own:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_only_the_command_commits() -> None:
    found = []
    for path in sorted(APP.rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"session(\(\))?\.commit\(", line):
                found.append(f"{path.relative_to(APP)}:{number}")
    assert [f.partition(":")[0] for f in found] == ["core/command.py"]


def test_only_the_clock_reads_the_time() -> None:
    pattern = re.compile(r"datetime\.(now|utcnow|today)\(|date\.today\(")
    for path in sorted(APP.rglob("*.py")):
        if path.relative_to(APP).as_posix() != "core/clock.py":
            assert not pattern.search(path.read_text(encoding="utf-8")), path


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    yield from (node for node in tree.body if isinstance(node, ast.FunctionDef))


def test_public_services_that_write_are_commands_with_docstrings() -> None:
    wrong = []
    for feature, path, tree in _modules():
        if path.stem != "services" or feature in FREE:
            continue
        for function in _functions(tree):
            if function.name.startswith("_"):
                continue
            where = f"{path.relative_to(ROOT)}: {function.name}"
            if not ast.get_docstring(function):
                wrong.append(f"{where} has no docstring")
            decorators = {ast.unparse(d).partition("(")[0] for d in function.decorator_list}
            writes = any(
                isinstance(node, ast.Attribute) and node.attr in ("add", "delete", "add_all")
                for node in ast.walk(function)
                if isinstance(node, ast.Attribute)
                and ast.unparse(node.value).endswith("db.session")
            )
            if writes and not decorators & {"command", "on", "journal.on", "before_commit"}:
                wrong.append(f"{where} writes and is no command")
    assert not wrong, "\n".join(wrong)


def test_public_functions_have_docstrings() -> None:
    wrong = []
    for _, path, tree in _modules():
        if not ast.get_docstring(tree) and path.stem != "__init__":
            wrong.append(f"{path.relative_to(ROOT)} has no docstring")
        for function in _functions(tree):
            if not function.name.startswith("_") and not ast.get_docstring(function):
                wrong.append(f"{path.relative_to(ROOT)}: {function.name}")
    assert not wrong, "\n".join(wrong)


@only_sqlite
def test_every_refusal_is_explained(app: Flask) -> None:
    raised = {}
    names = {"Invalid", "Forbidden", "NotFound", "WrongState", "Gone", "TooMany", "DomainError"}
    for _, path, tree in _modules():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func).rpartition(".")[2]
            position = 1 if called == "require" else 0
            if called not in names | {"require"} or len(node.args) <= position:
                continue
            code = node.args[position]
            if isinstance(code, ast.Constant):
                raised[code.value] = path.relative_to(ROOT)
    missing = {code: str(path) for code, path in raised.items() if code not in explained_codes()}
    assert not missing


def _routes(app: Flask) -> list[str]:
    lines = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        view = app.view_functions[rule.endpoint]
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        lines.append(f"{methods:9} {rule.rule:60} {getattr(view, 'access', 'UNDECLARED')}")
    return sorted(lines, key=lambda line: line.split()[1])


@only_sqlite
def test_every_route_declares_its_access_and_stands_in_the_list(app: Flask) -> None:
    """tests/routes.txt makes each change of a route or its access show in a diff.

    Write it anew with KUULUU_WRITE_ROUTES=1.
    """
    found = "\n".join(_routes(app)) + "\n"
    assert "UNDECLARED" not in found
    path = ROOT / "tests" / "routes.txt"
    if os.environ.get("KUULUU_WRITE_ROUTES"):
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_the_migrated_schema_equals_the_models(context: Flask) -> None:
    handmade = ("search_index", "ix_search_document_vector", "vector", "ix_matter_facets")

    def ours(thing: object, name: str | None, *rest: object) -> bool:
        return not (name or "").startswith(handmade)

    with db.engine.connect() as connection:
        migration = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": ours}
        )
        assert compare_metadata(migration, db.metadata) == []


def test_the_journal_refuses_change(make: object, context: Flask) -> None:
    make.matter()  # type: ignore[attr-defined]
    for statement in ("UPDATE journal_entry SET role = 'x'", "DELETE FROM journal_entry"):
        with pytest.raises(DBAPIError, match="only be added to"), db.engine.begin() as connection:
            connection.execute(text(statement))


def test_readme_names_every_setting() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [s.name for s in config.SETTINGS if s.name not in readme] == []


@only_sqlite
def test_readme_names_every_command(app: Flask) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    foreign = {"db", "run", "shell", "routes"}
    missing = []
    for name, group in app.cli.commands.items():
        if name in foreign:
            continue
        for command in getattr(group, "commands", {"": None}):
            if f"flask {name} {command}".strip() not in readme:
                missing.append(f"flask {name} {command}")
    assert not missing
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert [t for t in targets if f"make {t}" not in readme] == []


def test_nothing_in_the_project_names_a_package_registry() -> None:
    pattern = re.compile(r"pythonhosted|pypi\.org|registry\.npmjs|deb\.debian")
    here = Path(__file__)
    for folder in ("app", "tests", "bench", "scripts", "deploy", "migrations", "docs"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path != here and path.suffix not in (".woff2", ".png", ".pyc"):
                assert not pattern.search(path.read_text(encoding="utf-8", errors="ignore")), path
    for name in ("requirements.txt", "requirements-dev.txt", "pyproject.toml", "Makefile"):
        assert not pattern.search((ROOT / name).read_text(encoding="utf-8")), name
