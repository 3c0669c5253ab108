"""What a program of this folder tells the one that started it: one JSON object a line on stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import torch


class Refused(Exception):
    """Wrong input or a run that cannot go on: told as an event, not as a traceback."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def emit(event: str, **fields: object) -> None:
    # allow_nan: a NaN is no JSON; it must not come this far.
    print(json.dumps({"event": event, **fields}, allow_nan=False), flush=True)


def fail(code: str, message: str) -> NoReturn:
    emit("error", code=code, message=message)
    sys.exit(3)


def run_program(main: Callable[[Path], None]) -> None:
    """`main` with the settings file that the command line names; what it refuses becomes an event."""
    if len(sys.argv) != 2:
        fail("bad-settings", f"usage: {Path(sys.argv[0]).name} settings.json")
    try:
        main(Path(sys.argv[1]))
    except Refused as error:
        fail(error.code, str(error))
    except torch.OutOfMemoryError as error:
        fail("out-of-memory", str(error).splitlines()[0])
