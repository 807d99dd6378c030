"""SpaceToDepth."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("block-2", node("SpaceToDepth", "x", "y", blocksize=2), {"x": f32(1, 3, 4, 6)}, opset=13)
save_case("block-3", node("SpaceToDepth", "x", "y", blocksize=3), {"x": f32(2, 1, 6, 3)}, opset=6)
save_case("there-and-back", [node("SpaceToDepth", "x", "a", blocksize=2), node("DepthToSpace", "a", "y", blocksize=2)], {"x": f32(1, 5, 2, 4)}, opset=13)
