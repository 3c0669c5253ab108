"""Hugging Face evaluate's metric squad_v2 where the hub is out of reach: the official script's functions as they ship in
transformers 4 (data/metrics/squad_metrics.py), behind evaluate's interface.

    pip download --no-deps transformers==4.57.1
    python make_squad_metric.py transformers-4.57.1-py3-none-any.whl <folder>/squad_v2     # SQUAD_V2_METRIC names it
"""

import re
import sys
import zipfile
from pathlib import Path

METRIC = '''
from types import SimpleNamespace

import datasets
import evaluate

from .squad_metrics import squad_evaluate

ANSWER = {"text": datasets.Value("string"), "answer_start": datasets.Value("int32")}
FEATURES = {
    "predictions": {
        "id": datasets.Value("string"),
        "prediction_text": datasets.Value("string"),
        "no_answer_probability": datasets.Value("float32"),
    },
    "references": {"id": datasets.Value("string"), "answers": datasets.features.Sequence(ANSWER)},
}


class SquadV2(evaluate.Metric):
    def _info(self):
        features = datasets.Features(FEATURES)
        return evaluate.MetricInfo(description="", citation="", inputs_description="", features=features)

    def _compute(self, predictions, references, no_answer_threshold=1.0):
        questions = [
            SimpleNamespace(qas_id=row["id"], answers=[{"text": text} for text in row["answers"]["text"]])
            for row in references
        ]
        texts = {row["id"]: row["prediction_text"] for row in predictions}
        probabilities = {row["id"]: row["no_answer_probability"] for row in predictions}
        return dict(squad_evaluate(questions, texts, probabilities, no_answer_threshold))
'''

wheel, folder = sys.argv[1], Path(sys.argv[2])
source = zipfile.ZipFile(wheel).read("transformers/data/metrics/squad_metrics.py").decode("utf-8")
# What is imported from transformers serves spans of a model's logits alone, not the scores of texts.
source = re.sub(r"^from \.\.\..*\n", "", source, flags=re.M)
source = re.sub(r"^logger = .*\n", "", source, flags=re.M)
folder.mkdir(parents=True)
(folder / "__init__.py").write_text("")
(folder / "squad_metrics.py").write_text(source, "utf-8")
(folder / "squad_v2.py").write_text(METRIC.lstrip(), "utf-8")
