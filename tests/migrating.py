"""Migrations as modules, so that a test can run one of their steps."""

import importlib.util
from pathlib import Path
from types import ModuleType

VERSIONS = Path(__file__).parent.parent / "migrations" / "versions"


def load_migration(name: str) -> ModuleType:
    """The migration of a file, by its name without the ending."""
    spec = importlib.util.spec_from_file_location(f"migration_{name}", VERSIONS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
