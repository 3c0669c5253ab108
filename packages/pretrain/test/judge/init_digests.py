"""What initial weights must be, by torch, NumPy and the standard library: sha256 of the files that safetensors writes.

    python packages/pretrain/test/judge/init_digests.py > packages/pretrain/test/fixtures/init/digests.json

The initial values are drawn by NumPy's MT19937 and statistics.NormalDist; names and shapes come from transformers' own
model of the config. Depth scaling is done on its layers (nn.ModuleList), not on names.
"""

from __future__ import annotations

import copy
import hashlib
import json
import tempfile
from pathlib import Path
from statistics import NormalDist

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[3]
TINY = HERE.parent / "fixtures" / "init" / "tiny12"
DEMO = ROOT / "models" / "demo" / "iter_0003600"
SEED = 7


def draws(name: str, count: int) -> np.ndarray:
    digest = hashlib.sha256(f"{SEED}:{name}".encode()).digest()
    twister = np.random.MT19937()
    twister._legacy_seeding(np.frombuffer(digest, dtype="<u4").astype(np.uint32))
    return twister.random_raw(count)


def normal(name: str, shape: torch.Size, std: float) -> torch.Tensor:
    quantile = NormalDist().inv_cdf
    values = [std * quantile((int(d) + 0.5) / 2**32) for d in draws(name, shape.numel())]
    return torch.tensor(values, dtype=torch.float64).to(torch.float32).reshape(shape)


def scratch(scaled: bool) -> torch.nn.Module:
    config = AutoConfig.from_pretrained(TINY)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    for name, parameter in model.named_parameters():
        std = config.initializer_range
        if scaled and name.endswith(("o_proj.weight", "down_proj.weight")):
            std /= (2 * config.num_hidden_layers) ** 0.5
        parameter.data = torch.ones_like(parameter) if parameter.dim() == 1 else normal(name, parameter.shape, std)
    return model


def with_layers(model: torch.nn.Module, layers: list[int]) -> torch.nn.Module:
    other = copy.deepcopy(model)
    other.model.layers = torch.nn.ModuleList(copy.deepcopy(model.model.layers[i]) for i in layers)
    return other


def digest(model: torch.nn.Module, dtype: torch.dtype | None = None) -> str:
    state = {n: p.detach().to(dtype or p.dtype).contiguous().clone() for n, p in model.named_parameters()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        save_file(state, path, metadata={"format": "pt"})
        return hashlib.sha256(path.read_bytes()).hexdigest()


tiny = scratch(scaled=False)
demo = AutoModelForCausalLM.from_pretrained(DEMO, dtype=torch.bfloat16)
print(json.dumps({
    "scratch F32": digest(tiny),
    "scratch BF16": digest(tiny, torch.bfloat16),
    "scratch scaled F32": digest(scratch(scaled=True)),
    "parameters": sum(p.numel() for p in tiny.parameters()),
    "12 to 10": digest(with_layers(tiny, [0, 1, 2, 3, 5, 6, 8, 9, 10, 11])),
    "12 to 16": digest(with_layers(tiny, [*range(0, 8), *range(4, 12)])),
    "demo 5 to 3": digest(with_layers(demo, [0, 2, 4])),
    "demo 5 to 7": digest(with_layers(demo, [0, 1, 2, 3, 2, 3, 4])),
}, indent=2))
