"""
The settings file of a program, as it is. src/ declares every setting, checks it and fills its default in before it writes
the file, so nothing is checked here; test/python-settings.test.ts holds the names that are read against those written.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from events import Refused


def read_json_object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refused("bad-settings", f"{path}: {error}") from error
    if not isinstance(value, dict):
        raise Refused("bad-settings", f"{path}: not a JSON object")
    return value


def read_settings(path: Path) -> SimpleNamespace:
    """Each setting is an attribute, and so is each key of an object among them."""
    return attributes(read_json_object(path))


def attributes(value: Any) -> Any:
    if isinstance(value, dict):
        return SimpleNamespace(**{name: attributes(inner) for name, inner in value.items()})
    return [attributes(inner) for inner in value] if isinstance(value, list) else value
