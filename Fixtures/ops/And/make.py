"""And: broadcasting."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, flags, node, suite, values  # noqa: E402

save_case = suite(__file__)

save_case("matrix", node("And", "a b", "y"), {"a": flags(3, 7), "b": flags(3, 7)}, opset=7)
save_case("broadcast", node("And", "a b", "y"), {"a": flags(5, 1), "b": flags(3)})
save_case("of-comparisons", [node("Less", "x hi", "p"), node("Greater", "x lo", "q"), node("And", "p q", "y")],
          {"x": f32(17)}, {"hi": values(1), "lo": values(-1)})
