"""LRN: window at the channel edges. (An even size is legal, but no oracle gets it right.)"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite  # noqa: E402

save_case = suite(__file__)

wrong = dict(oracle="onnxruntime", why="the reference evaluator walks over the batch where it should walk over the channels")
save_case("default", node("LRN", "x", "y", size=5), {"x": f32(1, 17, 3, 5)}, opset=13, **wrong)
save_case("beta-bias", node("LRN", "x", "y", size=3, alpha=0.5, beta=0.6, bias=2.0), {"x": f32(2, 7, 2, 3)}, opset=13, **wrong)
save_case("wider-than-channels", node("LRN", "x", "y", size=7, alpha=0.9), {"x": f32(1, 3, 4, 4)}, opset=6, **wrong)
save_case("size-1", node("LRN", "x", "y", size=1, alpha=1.0), {"x": f32(1, 5, 3, 3)}, opset=13, **wrong)
