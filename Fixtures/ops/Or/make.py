"""Or: broadcasting."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import flags, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("matrix", node("Or", "a b", "y"), {"a": flags(3, 7), "b": flags(3, 7)}, opset=7)
save_case("broadcast", node("Or", "a b", "y"), {"a": flags(5, 1), "b": flags(3)})
save_case("scalar", node("Or", "a b", "y"), {"a": flags(4), "b": np.array(False)})
