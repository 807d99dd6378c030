"""Not."""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import flags, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("matrix", node("Not", "x", "y"), {"x": flags(3, 7)}, opset=6)
save_case("scalar", node("Not", "x", "y"), {"x": np.array(True)})
save_case("empty", node("Not", "x", "y"), {"x": flags(0)})
