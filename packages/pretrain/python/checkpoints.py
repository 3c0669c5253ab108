"""Files that a kill leaves whole: checkpoints in transformers' layout, the resume state, the log."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

from events import Refused

PARTIAL = ".partial"


def flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_partial(out: Path) -> None:
    """What killed runs left half-written."""
    for path in out.glob(f"*{PARTIAL}"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def save_checkpoint(model: nn.Module, settings: SimpleNamespace, folder: Path, files: dict[str, str] | None = None) -> None:
    """Weights of `model`, config and tokenizer of the model that it began as, and more `files` by name; appears as a whole or not at all."""
    source, dtype = Path(settings.model), settings.save_dtype
    staged = folder.with_name(folder.name + PARTIAL)
    if staged.exists():
        shutil.rmtree(staged)
    staged.mkdir(parents=True)
    weights = {}
    # named_parameters names a tied head once, by its first name: the embedding.
    for name, value in [*model.named_parameters(), *persistent_buffers(model)]:
        is_float = value.dtype.is_floating_point
        weights[name] = value.detach().to("cpu", getattr(torch, dtype) if is_float else value.dtype).contiguous()
    save_file(weights, staged / "model.safetensors", metadata={"format": "pt"})
    (staged / "model.safetensors").chmod(0o644)  # the library makes files that only the owner reads
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    config.pop("dtype", None)
    config["torch_dtype"] = dtype
    (staged / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    for name in settings.tokenizer_files:
        if (source / name).is_file():
            shutil.copyfile(source / name, staged / name)
    for name, text in (files or {}).items():
        (staged / name).write_text(text, encoding="utf-8")
    for path in staged.iterdir():
        flush(path)
    if folder.exists():
        shutil.rmtree(folder)
    staged.rename(folder)
    flush(folder.parent)


def persistent_buffers(model: nn.Module) -> list[tuple[str, torch.Tensor]]:
    kept = set(model.state_dict())
    return [(name, buffer) for name, buffer in model.named_buffers() if name in kept]


def save_resume(path: Path, state: dict[str, Any]) -> None:
    staged = path.with_name(path.name + PARTIAL)
    torch.save(state, staged)
    flush(staged)
    staged.rename(path)
    flush(path.parent)


def load_resume(path: Path, numbers: dict[str, object]) -> dict[str, Any] | None:
    """None: nothing to go on from."""
    if not path.exists():
        return None
    state = torch.load(path, map_location="cpu", weights_only=True)
    before = json.loads(state["numbers"])
    now = json.loads(json.dumps(numbers))
    changed = [f"{name} was {before.get(name)!r}, is {now.get(name)!r}" for name in {**before, **now} if before.get(name) != now.get(name)]
    if changed:
        raise Refused("other-settings", f"{path}: begun with other settings ({'; '.join(changed)}): its loss curve cannot go on. Name another folder, or remove this one")
    return state


class Log:
    """train.jsonl: a line a step. Lines after the step that a run goes on from are dropped; they will come again."""

    def __init__(self, path: Path, step: int) -> None:
        kept = []
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
            try:
                if json.loads(line)["step"] <= step:
                    kept.append(line + "\n")
            except ValueError:  # the line that a kill cut short
                break
        staged = path.with_name(path.name + PARTIAL)
        staged.write_text("".join(kept), encoding="utf-8")
        staged.rename(path)
        self.file = path.open("a", encoding="utf-8")

    def write(self, **fields: object) -> None:
        self.file.write(json.dumps(fields, allow_nan=False) + "\n")
        self.file.flush()
