"""Prunes the matrices inside a model's layers; embedding, head, norms and biases stay.

    python prune.py settings.json

Importance: magnitude |W|, or Wanda's |W| * ||X|| (Sun, Liu, Bair, Kolter 2023) with the inputs X of calibration text,
layer after layer, each seeing what the pruned layers before it give. Settings: src/prune/prune.ts; patterns: masks.py. Documented in docs/training.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.pytorch_utils import Conv1D

import masks
from checkpoints import save_checkpoint
from events import Refused, emit, run_program
from packed import Packed
from settings import read_json_object, read_settings

ROWS_AT_ONCE = 8


def mask_of(settings: SimpleNamespace) -> Callable[[Tensor], Tensor]:
    pattern = settings.pattern
    if pattern.kind == "unstructured":
        return lambda importance: masks.unstructured(importance, pattern.sparsity, by_row=settings.importance.kind == "wanda")
    if pattern.kind == "n:m":
        return lambda importance: masks.n_of_m(importance, pattern.n, pattern.m)
    return lambda importance: masks.tiered_blocks(importance, pattern.size, pattern.tiers)


def layers_of(model: nn.Module) -> nn.ModuleList:
    """The stack of layers: the list of as many modules as the config counts, and of those the largest."""
    count = getattr(model.config, "num_hidden_layers", None)
    lists = [m for m in model.modules() if isinstance(m, nn.ModuleList) and len(m) == count]
    if not lists:
        raise Refused("bad-model", f"{type(model).__name__} has no list of {count} layers")
    return max(lists, key=lambda m: sum(p.numel() for p in m.parameters()))


def matrices_of(layer: nn.Module) -> dict[str, nn.Module]:
    return {name: m for name, m in layer.named_modules() if isinstance(m, (nn.Linear, Conv1D))}


def outputs_by_inputs(matrix: nn.Module) -> Tensor:
    """A view; GPT-2's Conv1D keeps its weight the other way round."""
    return matrix.weight.t() if isinstance(matrix, Conv1D) else matrix.weight


def calibration_rows(settings: SimpleNamespace, vocab_size: int, longest: int | None) -> Tensor:
    importance = settings.importance
    path, wanted = Path(importance.calibration), importance.sequences
    if path.is_dir():
        data = Packed(path, vocab_size)
        if data.sequences < wanted:
            raise Refused("bad-data", f"{path}: {data.sequences} sequences are there, {wanted} are wanted")
        chosen = np.random.Generator(np.random.PCG64(importance.seed)).permutation(data.sequences)[:wanted]
        rows, _ = data.rows(chosen)
    elif path.is_file():
        tokenizer = AutoTokenizer.from_pretrained(settings.model)
        ids = tokenizer(path.read_text(encoding="utf-8"), add_special_tokens=False).input_ids
        length = importance.sequence_length
        whole = len(ids) // length
        if whole < wanted:
            raise Refused("bad-data", f"{path}: {len(ids)} tokens make {whole} sequences of {length}, {wanted} are wanted")
        rows = torch.tensor(ids[: wanted * length]).view(wanted, -1)
    else:
        raise Refused("bad-data", f"{path}: neither a folder nor a file")
    if longest is not None and rows.shape[1] > longest:
        raise Refused("bad-data", f"sequences of {rows.shape[1]} tokens, the model has {longest} positions")
    return rows


def inputs_of_layers(model: nn.Module, layers: nn.ModuleList, ids: Tensor) -> tuple[Tensor, list[tuple[tuple[Any, ...], dict[str, Any]]]]:
    """What the first layer gets, and for every layer the other arguments (positions, masks): these do not depend on weights."""
    first: list[Tensor] = []
    others: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def note(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        kwargs = dict(kwargs)
        hidden, rest = (args[0], args[1:]) if args else (kwargs.pop("hidden_states"), ())
        first.append(hidden)
        others.append((rest, kwargs))

    hooks = [layer.register_forward_pre_hook(note, with_kwargs=True) for layer in layers]
    model(input_ids=ids, use_cache=False)
    for hook in hooks:
        hook.remove()
    if len(others) != len(layers):
        raise Refused("bad-model", f"{len(layers)} layers, but {len(others)} were called")
    return first[0], others


@torch.no_grad()
def prune(model: nn.Module, settings: SimpleNamespace, rows: Tensor | None) -> list[dict[str, object]]:
    """In place; zeros of every matrix."""
    mask = mask_of(settings)
    layers = layers_of(model)
    device = next(model.parameters()).device
    # Batches of one size, so that the other arguments (noted anew for each, all the same) fit all of them.
    size = next(s for s in range(ROWS_AT_ONCE, 0, -1) if rows is None or len(rows) % s == 0)
    batches: list[Tensor] = []
    others: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    for part in [] if rows is None else rows.split(size):
        hidden, others = inputs_of_layers(model, layers, part.to(device))
        batches.append(hidden)
    report: list[dict[str, object]] = []
    for number, layer in enumerate(layers):
        matrices = matrices_of(layer)
        squares = {name: torch.zeros(outputs_by_inputs(m).shape[1], dtype=torch.float64, device=device) for name, m in matrices.items()}

        def note(name: str) -> Callable[..., None]:
            def add(_: nn.Module, inputs: tuple[Tensor, ...], __: object) -> None:
                squares[name] += inputs[0].flatten(0, -2).double().square().sum(0)  # noqa: B023

            return add

        def forward(hidden: Tensor) -> Tensor:
            args, kwargs = others[number]  # noqa: B023
            out = layer(hidden, *args, **kwargs)  # noqa: B023
            return out[0] if isinstance(out, tuple) else out

        hooks = [matrix.register_forward_hook(note(name)) for name, matrix in matrices.items()] if batches else []
        for hidden in batches:
            forward(hidden)
        for hook in hooks:
            hook.remove()
        zeros = weights = 0
        for name, matrix in matrices.items():
            weight = outputs_by_inputs(matrix)
            importance = weight.abs().float()
            if batches:
                importance = importance * squares[name].sqrt().float()
            if not torch.isfinite(importance).all():
                raise Refused("bad-model", f"layer {number}, {name}: the importance is not finite")
            try:
                weight.mul_(mask(importance.contiguous()))
            except Refused as error:
                raise Refused(error.code, f"layer {number}, {name}: {error}") from error
            found = int((weight == 0).sum())
            report.append({"layer": number, "matrix": name, "weights": weight.numel(), "zeros": found})
            zeros, weights = zeros + found, weights + weight.numel()
        batches = [forward(hidden) for hidden in batches]
        emit("layer", layer=number, layers=len(layers), weights=weights, zeros=zeros)
    return report


def main(path: Path) -> None:
    settings = read_settings(path)
    source, out = Path(settings.model), Path(settings.out)
    if not (source / "config.json").is_file():
        raise Refused("bad-settings", f"{source}: no config.json is there")
    if source.resolve() == out.resolve():
        raise Refused("bad-settings", f"{out}: is both source and output")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32).to(device).eval()
    rows = None
    if settings.importance.kind == "wanda":
        rows = calibration_rows(settings, model.get_input_embeddings().num_embeddings, getattr(model.config, "max_position_embeddings", None))
    emit("start", layers=len(layers_of(model)), device=device, calibration_tokens=0 if rows is None else rows.numel())
    report = prune(model, settings, rows)
    out.parent.mkdir(parents=True, exist_ok=True)
    # The record goes in with the checkpoint, so that neither stands without the other.
    record = json.dumps({"settings": read_json_object(path), "matrices": report}, indent=2) + "\n"
    save_checkpoint(model, settings, out, files={"pruning.json": record})
    zeros, weights = sum(r["zeros"] for r in report), sum(r["weights"] for r in report)
    emit("done", weights=weights, zeros=zeros, folder=str(out))


if __name__ == "__main__":
    run_program(main)
