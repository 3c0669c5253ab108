"""lm-eval's own SQuAD 2.0 class on the rows that a YAML names (the original always loads its own from the hub).

Its metric is Hugging Face evaluate's squad_v2: from the hub, or the folder that SQUAD_V2_METRIC names. Where
none is there, every figure is 0 and SQUAD_V2_MISSING names a file that is written to say so; answers still count.
"""

import os
from pathlib import Path

import evaluate
from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks.squadv2.task import SQuAD2 as Original

load = evaluate.load


class NoMetric:
    def compute(self, predictions, references):
        return {}


def load_metric(name, *args, **kwargs):
    if name != "squad_v2":
        return load(name, *args, **kwargs)
    try:
        return load(os.environ.get("SQUAD_V2_METRIC", name))
    except Exception as error:
        Path(os.environ["SQUAD_V2_MISSING"]).write_text(type(error).__name__, "utf-8")
        return NoMetric()


evaluate.load = load_metric


class SQuAD2(Original):
    def __init__(self, config=None):
        data = {key: config[key] for key in ("dataset_path", "dataset_kwargs") if key in config}
        ConfigurableTask.__init__(self, config={**data, "metadata": {"version": self.VERSION}})
