"""Writes dates.json: columns of JSON texts, and what `datasets` makes of those that look like dates.

    python make_dates.py      (datasets 5.2.0)
"""
import json, pathlib, tempfile
import datasets

datasets.disable_progress_bars()
COLUMNS = [
    ["2020-01-01"], ["2020-01-01", "x"], ["2020-01-01", None], ["2020-01-01T10:00:00"], ["2020-01-01 10:00"],
    ["2020-01-01 10"], ["2020-01-01T10:00:00Z"], ["2020-01-01T10:00:00+01:00"], ["2020-01-01T10:00:00-0130"],
    ["2020-01-01T10:00:00+02"], ["2020-01-01T10Z"], ["2020-01-01Z"], ["2020-01-01T10:00+01:00"], ["2020-01-01T10:00:00.5"],
    ["2020"], ["10:00:00"], ["2020-01"], ["20200101"], ["2020-01-01", "2020-01-01 10:00:05"], ["2020-13-01"],
    ["0001-01-01"], ["1500-02-29"], ["2020-02-30"], ["2020-02-29"], ["1900-02-29"], ["2000-02-29"], ["9999-12-31T23:59:59"],
    ["2020-01-01 100005"], ["2020-01-01 1000"], ["2020-01-01 24:00:00"], ["2020-01-01 10:00:60"], ["2020-01-01 10:60"],
    ["2020-01-01T10:00:00+24:00"], ["2020-01-01T10:00:00+01:60"], [" 2020-01-01"], ["2020-01-01 "], ["2020-01-01t10:00:00"],
    ["2020-01-01T10:00:00z"], ["2020-00-10"], ["2020-1-1"], ["1969-12-31 23:59:59"], ["", "2020-01-01"],
    [["2020-01-01", "2021-05-06"], []], [["2020-01-01", "x"]], [{"on": "2020-01-01", "n": 1}], [{"on": "2020-01-01"}, {"on": None}],
]
cases = []
for values in COLUMNS:
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "x.jsonl")
        path.write_text("".join(json.dumps({"d": value}) + "\n" for value in values))
        rows = datasets.load_dataset("json", data_files=str(path), split="train", cache_dir=folder)
        # lm-eval writes what is no JSON as its text.
        cases.append({"in": values, "out": json.loads(json.dumps([row["d"] for row in rows], default=str))})
pathlib.Path(__file__).with_name("dates.json").write_text(
    "[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
