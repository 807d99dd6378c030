"""Decision trees, linear models and scaling of ai.onnx.ml.

ONNX's reference and ONNX Runtime differ where two classes share one score; ONNX Runtime is what such models are exported for.
"""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, ints, node, suite, values  # noqa: E402

write = suite(__file__)
ML = "ai.onnx.ml"
rng = np.random.default_rng(11)
# Where ONNX's reference refuses the form, or reads two classes with one score in another way.
ALONE = {
    "LinearClassifier-one", "LinearRegressor-one", "Normalizer-max", "Scaler-one", "TreeEnsembleClassifier-two-base",
    "TreeEnsembleClassifier-two-negative", "TreeEnsembleClassifier-two-second",
    "TreeEnsembleClassifier-two-second-logistic", "TreeEnsembleRegressor-logistic", "TreeEnsembleRegressor-softmax",
}


def save_case(name, *case):
    write(name, *case, **({"oracle": "onnxruntime", "why": "ONNX's reference takes fewer forms"} if name in ALONE else {}))



def forest(prefix, trees, depth, features, targets, positive=True, modes=("BRANCH_LEQ",), missing=False):
    """Random trees with numbers of their own for the nodes of each."""
    out = {f"nodes_{k}": [] for k in ("treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids",
                                      "missing_value_tracks_true")}
    leaves = {k: [] for k in ("treeids", "nodeids", "ids", "weights")}

    def grow(tree, level):
        at = len([t for t in out["nodes_treeids"] if t == tree])
        leaf = level == depth or (level > 1 and rng.random() < .3)
        for key, value in (("treeids", tree), ("nodeids", at), ("featureids", 0 if leaf else int(rng.integers(features))),
                           ("modes", "LEAF" if leaf else str(rng.choice(modes))), ("values", 0. if leaf else round(float(rng.uniform(-2, 2)), 1)),
                           ("truenodeids", 0), ("falsenodeids", 0), ("missing_value_tracks_true", int(missing and rng.random() < .5))):
            out[f"nodes_{key}"].append(value)
        row = len(out["nodes_treeids"]) - 1
        if leaf:
            for target in targets if rng.random() < .7 else targets[:1]:
                weight = float(rng.uniform(0 if positive else -1, 1)) / trees
                for key, value in (("treeids", tree), ("nodeids", at), ("ids", target), ("weights", weight)):
                    leaves[key].append(value)
        else:
            out["nodes_truenodeids"][row] = grow(tree, level + 1)
            out["nodes_falsenodeids"][row] = grow(tree, level + 1)
        return at

    for tree in range(trees):
        grow(tree, 0)
    if not missing:
        del out["nodes_missing_value_tracks_true"]
    return {**out, **{f"{prefix}_{k}": v for k, v in leaves.items()}}


x = np.round(f32(7, 5), 1)  # numbers that meet thresholds exactly
for name, keywords, attributes in (
        ("sum", {"targets": [0]}, {}), ("targets", {"targets": [0, 1, 2]}, {"base_values": [.1, -.2, .3]}),
        ("average", {"targets": [0]}, {"aggregate_function": "AVERAGE"}), ("min", {"targets": [0]}, {"aggregate_function": "MIN"}),
        ("max", {"targets": [0]}, {"aggregate_function": "MAX"}), ("logistic", {"targets": [0, 1]}, {"post_transform": "LOGISTIC"}),
        ("softmax", {"targets": [0, 1, 2]}, {"post_transform": "SOFTMAX"}),
        ("modes", {"targets": [0], "modes": ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]}, {})):
    save_case(f"TreeEnsembleRegressor-{name}",
              node("TreeEnsembleRegressor", "x", "y", domain=ML, n_targets=len(keywords["targets"]), **attributes,
                   **forest("target", 9, 5, 5, **keywords)), {"x": x})
holes = x.copy()
holes[[0, 2, 5], [1, 3, 4]] = np.nan
save_case("TreeEnsembleRegressor-missing",
          node("TreeEnsembleRegressor", "x", "y", domain=ML, n_targets=1, **forest("target", 9, 5, 5, [0], missing=True)), {"x": holes})
for name, classes, keywords, attributes in (
        ("three", [5, 7, 9], {"targets": [0, 1, 2]}, {}), ("three-softmax", [5, 7, 9], {"targets": [0, 1, 2]}, {"post_transform": "SOFTMAX"}),
        ("three-zeros", [5, 7, 9], {"targets": [0, 1, 2]}, {"post_transform": "SOFTMAX_ZERO"}),
        ("three-base", [5, 7, 9], {"targets": [0, 1, 2]}, {"base_values": [.1, .2, -.3]}),
        ("two", [3, 8], {"targets": [0]}, {}), ("two-negative", [3, 8], {"targets": [0], "positive": False}, {}),
        ("two-logistic", [0, 1], {"targets": [0], "positive": False}, {"post_transform": "LOGISTIC"}),
        ("two-base", [0, 1], {"targets": [0], "positive": False}, {"base_values": [.25]}),
        ("two-second", [3, 8], {"targets": [1]}, {}),
        ("two-second-logistic", [3, 8], {"targets": [1], "positive": False}, {"post_transform": "LOGISTIC"})):
    save_case(f"TreeEnsembleClassifier-{name}",
              node("TreeEnsembleClassifier", "x", "label scores", domain=ML, classlabels_int64s=classes, **attributes,
                   **forest("class", 9, 5, 5, **keywords)), {"x": x})

for name, rows, post in (("", 3, "NONE"), ("-softmax", 3, "SOFTMAX"), ("-logistic", 3, "LOGISTIC"), ("-one", 1, "NONE"),
                         ("-one-logistic", 1, "LOGISTIC")):
    labels = [4, 6, 8][:max(2, rows)]
    save_case(f"LinearClassifier{name}",
              node("LinearClassifier", "x", "label scores", domain=ML, coefficients=f32(rows * 5).tolist(), intercepts=f32(rows).tolist(),
                   classlabels_ints=labels, post_transform=post, multi_class=1), {"x": f32(6, 5)})
save_case("LinearRegressor", node("LinearRegressor", "x", "y", domain=ML, coefficients=f32(10).tolist(), intercepts=f32(2).tolist(), targets=2),
          {"x": f32(6, 5)})
save_case("LinearRegressor-one", node("LinearRegressor", "x", "y", domain=ML, coefficients=f32(5).tolist()), {"x": f32(6, 5)})
save_case("Scaler", node("Scaler", "x", "y", domain=ML, offset=f32(5).tolist(), scale=f32(5).tolist()), {"x": f32(6, 5)})
save_case("Scaler-one", node("Scaler", "x", "y", domain=ML, offset=[.5], scale=[2.0]), {"x": ints(6, 5)})
for norm in ("MAX", "L1", "L2"):
    save_case(f"Normalizer-{norm.lower()}", node("Normalizer", "x", "y", domain=ML, norm=norm),
              {"x": np.array([[1, -4, 2], [0, 0, 0], [-1, -2, -4]], np.float32)})
