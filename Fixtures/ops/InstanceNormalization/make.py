"""InstanceNormalization."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite  # noqa: E402

save_case = suite(__file__)

op = "InstanceNormalization"
for name, shape, more in ("picture", (2, 17, 3, 5), {}), ("epsilon", (1, 3, 7, 7), {"epsilon": 0.1}), ("1d", (1, 5, 19), {}), ("one-channel", (1, 1, 4, 4), {}):
    save_case(name, node(op, "x s b", "y", **more), {"x": f32(*shape)}, {"s": f32(shape[1]), "b": f32(shape[1])}, opset=6 if name == "1d" else 22)
