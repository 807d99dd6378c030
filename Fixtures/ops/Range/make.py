"""Range: integers and floats, both directions, empty. Everything is constant, so that it folds."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite  # noqa: E402

save_case = suite(__file__)

def run(name, start, limit, delta):
    save_case(name, node("Range", "start limit delta", "y"), {}, {"start": start, "limit": limit, "delta": delta}, opset=11)

run("int64", np.int64(0), np.int64(7), np.int64(1))
run("int32-down", np.int32(5), np.int32(-4), np.int32(-3))
run("float32", np.float32(0.5), np.float32(2.7), np.float32(0.25))
run("empty", np.int64(3), np.int64(3), np.int64(1))
save_case("of-input-shape", [node("Shape", "x", "d"), node("Gather", "d one", "n"), node("Range", "zero n one", "r"), node("Gather", "x r", "y", axis=1)],
          {"x": f32(2, 5)}, {"zero": np.int64(0), "one": np.int64(1)}, opset=13)
