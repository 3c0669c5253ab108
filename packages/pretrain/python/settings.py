"""Settings out of a JSON file: strict, every value checked, every default here."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from events import Refused


@dataclass(frozen=True)
class DataPhase:
    data: str  # folder: index.json and shards
    from_step: int  # of the updates after this step


@dataclass(frozen=True)
class Settings:
    """Of one training. A step is one update of the weights."""

    model: str  # folder: config.json, weights, tokenizer
    data: tuple[DataPhase, ...]  # in the file, a folder too; the first is of step 0
    out: str
    max_steps: int
    learning_rate: float
    batch_size: int  # sequences of one process at a time
    accumulation: int = 1  # of such batches before an update
    schedule: str = "cosine"  # constant, linear, cosine, wsd
    warmup_steps: int = 0
    decay_steps: int = 0  # wsd: the last steps, in which the rate falls
    min_ratio: float = 0.0  # of the learning rate, at the end
    optimizer: str = "adamw"  # adamw, muon
    weight_decay: float = 0.1
    beta1: float = 0.9
    beta2: float = 0.95
    epsilon: float = 1e-8
    clip_norm: float = 1.0  # 0: no clipping
    precision: str = "float32"  # float32; bfloat16: autocast, weights stay float32
    save_dtype: str = "bfloat16"  # of checkpoints
    save_every: int = 0  # 0: only save_at and the last step
    save_at: tuple[int, ...] = ()
    log_every: int = 1
    seed: int = 0
    attention: str = "sdpa"  # sdpa, eager
    compile: bool = False
    threads: int = 0  # 0: torch's choice

    def is_save_step(self, step: int) -> bool:
        return step == self.max_steps or step in self.save_at or (self.save_every > 0 and step > 0 and step % self.save_every == 0)

    def numbers(self) -> dict[str, object]:
        """What the loss curve depends on; the rest may change between a kill and the resumption."""
        free = {"out", "save_every", "save_at", "save_dtype", "log_every", "threads"}
        numbers = {name: value for name, value in asdict(self).items() if name not in free}
        return {**numbers, "data": numbers["data"] if len(self.data) > 1 else self.data[0].data}


CHOICES = {
    "schedule": ("constant", "linear", "cosine", "wsd"),
    "optimizer": ("adamw", "muon"),
    "precision": ("float32", "bfloat16"),
    "save_dtype": ("float32", "bfloat16"),
    "attention": ("sdpa", "eager"),
}
AT_LEAST_ONE = ("max_steps", "batch_size", "accumulation", "log_every")
NOT_NEGATIVE = ("warmup_steps", "decay_steps", "min_ratio", "weight_decay", "clip_norm", "save_every", "seed", "threads")


def read_json_object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refused("bad-settings", f"{path}: {error}") from error
    if not isinstance(value, dict):
        raise Refused("bad-settings", f"{path}: not a JSON object")
    return value


def check_keys(path: Path, given: dict[str, Any], kind: type) -> None:
    """Every key is known, every one without a default is there, every value is of the default's kind."""
    known = {field.name: str(field.type) for field in fields(kind)}
    problems = [f"{name} is no setting" for name in given if name not in known]
    problems += [f"{field.name} is missing" for field in fields(kind) if field.name not in given and field.default is field.default_factory]
    kinds = {"str": str, "int": int, "float": (int, float), "bool": bool}
    for name, value in given.items():
        wanted = kinds.get(known.get(name, ""))
        is_flag = isinstance(value, bool)
        if wanted is not None and (not isinstance(value, wanted) or is_flag != (wanted is bool)):
            problems.append(f"{name} is {value!r}, expected {known[name]}")
        if isinstance(value, float) and not math.isfinite(value):
            problems.append(f"{name} is {value!r}")
    if problems:
        raise Refused("bad-settings", f"{path}: " + "; ".join(problems))


def read_phases(path: Path, given: Any) -> tuple[DataPhase, ...]:
    if isinstance(given, str):
        return (DataPhase(given, 0),)
    if not isinstance(given, list) or not all(isinstance(phase, dict) for phase in given):
        raise Refused("bad-settings", f"{path}: data is {given!r}, expected a folder, or objects with data and from_step")
    for phase in given:
        check_keys(path, phase, DataPhase)
    phases = tuple(DataPhase(**phase) for phase in given)
    steps = [phase.from_step for phase in phases]
    if steps[:1] != [0] or sorted(set(steps)) != steps:
        raise Refused("bad-settings", f"{path}: data begins at the steps {steps}, expected 0 and then rising ones")
    return phases


def read_settings(path: Path) -> Settings:
    given = read_json_object(path)
    check_keys(path, given, Settings)
    given["data"] = read_phases(path, given["data"])
    given["save_at"] = tuple(given.get("save_at", ()))
    settings = Settings(**given)
    values = asdict(settings)
    problems = [f"{name} is {values[name]!r}, expected one of {', '.join(legal)}" for name, legal in CHOICES.items() if values[name] not in legal]
    problems += [f"{name} is {values[name]}, expected at least 1" for name in AT_LEAST_ONE if values[name] < 1]
    problems += [f"{name} is {values[name]}, expected at least 0" for name in NOT_NEGATIVE if values[name] < 0]
    if settings.learning_rate <= 0:
        problems.append(f"learning_rate is {settings.learning_rate}, expected more than 0")
    if not all(isinstance(step, int) and 0 <= step <= settings.max_steps for step in settings.save_at):
        problems.append(f"save_at is {list(settings.save_at)}, expected steps from 0 to {settings.max_steps}")
    if settings.warmup_steps + settings.decay_steps > settings.max_steps:
        problems.append("warmup_steps and decay_steps together are more than max_steps")
    if problems:
        raise Refused("bad-settings", f"{path}: " + "; ".join(problems))
    return settings


def rate(settings: Settings, step: int) -> float:
    """The learning rate of an update; the first one is 1."""
    return settings.learning_rate * share(settings, step - 1)


def share(settings: Settings, done: int) -> float:
    if done < settings.warmup_steps:
        return (done + 1) / settings.warmup_steps
    if settings.schedule == "constant":
        return 1.0
    start = settings.max_steps - settings.decay_steps if settings.schedule == "wsd" else settings.warmup_steps
    if done < start:
        return 1.0
    progress = (done - start) / max(1, settings.max_steps - start)
    fall = 0.5 * (1 + math.cos(math.pi * progress)) if settings.schedule == "cosine" else 1 - progress
    return settings.min_ratio + (1 - settings.min_ratio) * fall
