"""What happens at which step of a training: the learning rate, and whether a checkpoint is kept."""

from __future__ import annotations

import math
from types import SimpleNamespace


def rate(settings: SimpleNamespace, step: int) -> float:
    """The learning rate of an update; the first one is 1."""
    return settings.learning_rate * share(settings, step - 1)


def share(settings: SimpleNamespace, done: int) -> float:
    """The share of the highest rate that the update after `done` others has."""
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


def is_save_step(settings: SimpleNamespace, step: int) -> bool:
    is_regular = settings.save_every > 0 and step > 0 and step % settings.save_every == 0
    return step == settings.max_steps or step in settings.save_at or is_regular
