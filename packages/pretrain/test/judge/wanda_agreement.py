"""Says how far a pruned folder's zeros agree with the demo's own pruning, an implementation that shares no code.

    python packages/pretrain/test/judge/wanda_agreement.py DENSE PRUNED PACKED {rows,blocks}

Prints the shares of weights on whose fate both agree: in the first layer, and in all. All sequences of PACKED are the calibration.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "models" / "demo" / "make"))
from model import Llama, Shape  # noqa: E402
from prune import keep_by_tier, keep_half_of_each_row, prune  # noqa: E402

dense, pruned, packed, form = sys.argv[1:]
length = json.loads((Path(packed) / "index.json").read_text())["sequenceLength"]
shards = sorted(Path(packed).glob("*.bin"))
rows = np.concatenate([np.fromfile(shard, dtype="<u2").reshape(-1, length) for shard in shards])


class Judge:
    model = Llama(Shape())


Judge.model.load_state_dict(load_file(Path(dense) / "model.safetensors"))
prune(Judge, keep_half_of_each_row if form == "rows" else keep_by_tier, torch.from_numpy(rows.astype(np.int64)))
agreed: dict[bool, list[int]] = {True: [0, 0], False: [0, 0]}  # first layer or not -> same, weights
for name, ours in load_file(Path(pruned) / "model.safetensors").items():
    if ".layers." in name and ours.dim() == 2:
        tally = agreed[".layers.0." in name]
        tally[0] += int(((Judge.model.state_dict()[name] == 0) == (ours == 0)).sum())
        tally[1] += ours.numel()
(first_same, first), (rest_same, rest) = agreed[True], agreed[False]
print(first_same / first, (first_same + rest_same) / (first + rest))
