"""The scorer: trees as data, exact on every machine, refused where the file does not fit."""

import json

import numpy as np
import pytest

from cleaner.evidence import NAMES
from cleaner.model import ConfigError
from cleaner.rules.pack import shipped_folder
from cleaner.scorer import FEW, NAME, ONE, digest_of, load
from training.trees import exported, write

FEATURES = ("length", "place")


def leaf(value):
    return {"leaf_value": value}


def split(feature, threshold, left, right, value=0.0):
    return {
        "split_feature": feature,
        "threshold": threshold,
        "decision_type": "<=",
        "internal_value": value,
        "left_child": left,
        "right_child": right,
    }


DUMP = {
    "tree_info": [
        {"tree_structure": split(0, 4.5, split(1, 2.0, leaf(1.0), leaf(-0.5), 0.4), leaf(-2.0), -0.1)},
        {"tree_structure": split(1, 7.0, leaf(0.25), split(0, 9.9, leaf(-1.5), leaf(3.0), 1.0), 0.5)},
        {"tree_structure": leaf(0.125)},
    ]
}


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "scorer.json"
    write(file, exported(DUMP, FEATURES, {"default": {"sure": 2.0, "alone": 3.0, "line": 0.0, "prose": 1.0}}))
    return file


@pytest.mark.parametrize(
    ("row", "score"),
    [
        ((4, 2), 1.0 + 0.25),
        ((4, 3), -0.5 + 0.25),
        ((5, 2), -2.0 + 0.25),
        ((5, 8), -2.0 - 1.5),
        ((9, 8), -2.0 - 1.5),
        ((10, 8), -2.0 + 3.0),
    ],
)
def test_a_row_falls_to_one_leaf_of_each_tree(path, row, score):
    scorer = load(path, FEATURES)
    assert scorer.score(np.array([row], np.int16)).tolist() == [round((score + 0.125) * ONE)]


def test_features_are_known_by_name(path):
    row = np.array([(4, 3)], np.int16)
    assert load(path, FEATURES[::-1]).score(row[:, ::-1]) == load(path, FEATURES).score(row)


def test_rows_are_scored_alike_in_any_batch(path):
    scorer = load(path, FEATURES)
    rows = np.array([(a, b) for a in range(13) for b in range(11)] * 20, np.int16)
    alone = [int(scorer.score(rows[at : at + 1])[0]) for at in range(143)]
    assert scorer.score(rows).tolist() == alone * 20
    assert scorer.score(rows[:0]).tolist() == []


def test_reasons_add_up_to_the_way_from_the_roots(path):
    scorer = load(path, FEATURES)
    row = np.array([10, 8], np.int16)
    # first tree: -0.1 to -2.0 by length; second: 0.5 to 1.0 by place, then to 3.0 by length
    assert [round(value / ONE, 3) for value in scorer.reasons(row).tolist()] == [0.1, 0.5]


def test_the_shipped_scorer_fits_this_version():
    path = shipped_folder() / NAME
    scorer = load(path, NAMES)
    assert path.stat().st_size < 200_000
    assert set(scorer.points) == {"cautious", "default", "thorough"}
    cautious, default, thorough = (scorer.points[name] for name in ("cautious", "default", "thorough"))
    for key in cautious.keys() - {"abroad"}:
        assert cautious[key] > default[key] > thorough[key]
        needed = [point[key] - point["abroad"] for point in (cautious, default, thorough)]
        assert needed == sorted(needed, reverse=True)
        assert len(set(needed)) == 3


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda table: "no json", "damaged, or no scorer"),
        (lambda table: "[]", "damaged, or no scorer"),
        (lambda table: json.dumps({**table, "form": 99}), "form 99"),
        (lambda table: json.dumps({**table, "features": ["length", "colour"]}), "other features .*colour"),
        (lambda table: json.dumps({**table, "trees": table["trees"][:1]}), "digest"),
        (lambda table: json.dumps({key: table[key] for key in table if key != "trees"}), "damaged"),
        (lambda table: json.dumps(_asking_for(table, 7)), "feature that there is not"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_name(path, damage, reason):
    path.write_text(damage(json.loads(path.read_text())))
    with pytest.raises(ConfigError, match=f"scorer.json: .*{reason}"):
        load(path, FEATURES)


def _asking_for(table, feature):
    table["trees"][0]["feature"][0] = feature
    return {**table, "digest": digest_of(table)}


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none.json", FEATURES)


def test_scores_are_those_of_the_trees_they_were_made_from(tmp_path):
    lightgbm = pytest.importorskip("lightgbm")
    rng = np.random.default_rng(3)
    rows = rng.integers(-1, 1000, (4000, 6)).astype(np.int16)
    junk = (rows[:, 0] > 300) ^ (rows[:, 3] + rows[:, 5] > 900)
    parameters = {"objective": "binary", "num_leaves": 8, "verbose": -1, "seed": 5, "num_threads": 1}
    booster = lightgbm.train(parameters, lightgbm.Dataset(rows.astype(np.float32), junk.astype(int)), 40)
    names = tuple("abcdef")
    path = tmp_path / "grown.json"
    write(path, exported(booster.dump_model(), names, {}))
    expected = booster.predict(rows, raw_score=True)
    assert np.abs(load(path, names).score(rows) / ONE - expected).max() < 40 / ONE


def test_few_rows_have_the_scores_of_many():
    scorer = load(shipped_folder() / NAME, NAMES)
    rng = np.random.default_rng(5)
    rows = rng.integers(-1, 30_001, (3 * FEW, len(scorer.features))).astype(np.int16)
    rows[::2] = rng.integers(-1, 40, rows[::2].shape)
    few = np.concatenate([scorer.score(rows[at : at + 7]) for at in range(0, 210, 7)])
    assert "_bin_of" not in scorer.__dict__
    assert few.tolist() == scorer.score(rows)[:210].tolist()
    assert "_bin_of" in scorer.__dict__
    assert few.tolist() == scorer.score(rows[:210]).tolist()
