"""GlobalMaxPool."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite  # noqa: E402

save_case = suite(__file__)

def case(name, *shape, **oracle):
    save_case(name, node("GlobalMaxPool", "x", "y"), {"x": f32(*shape, high=-1)}, opset=7, **oracle)

case("picture", 1, 17, 7, 7)
case("one-pixel", 2, 5, 1, 1)
case("all-negative", 1, 3, 3, 5)
case("1d", 1, 3, 13, oracle="onnxruntime", why="the reference evaluator also reduces over the channels")
