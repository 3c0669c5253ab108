"""lm-eval's own class on rows of one's own: it reads the YAML's data set, which the original ignores."""

from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks.squadv2.task import SQuAD2 as Original


class SQuAD2(Original):
    def __init__(self, config=None):
        keys = ("dataset_path", "dataset_kwargs", "num_fewshot")
        data = {key: config[key] for key in keys if key in config}
        ConfigurableTask.__init__(self, config={**data, "metadata": {"version": self.VERSION}})

    # In 0.4.13 the few-shot code passes a second argument, which the original class does not take.
    def doc_to_text(self, doc, _=None):
        return super().doc_to_text(doc)

    def doc_to_target(self, doc, _=None):
        return super().doc_to_target(doc)
