"""DepthToSpace: both orders."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, node, suite  # noqa: E402

save_case = suite(__file__)

save_case("dcr", node("DepthToSpace", "x", "y", blocksize=2), {"x": f32(1, 12, 3, 5)}, opset=6)
save_case("crd", node("DepthToSpace", "x", "y", blocksize=3, mode="CRD"), {"x": f32(1, 18, 2, 3)}, opset=11)
save_case("dcr-batch", node("DepthToSpace", "x", "y", blocksize=2, mode="DCR"), {"x": f32(2, 4, 1, 3)}, opset=13)
save_case("block-1", node("DepthToSpace", "x", "y", blocksize=1, mode="CRD"), {"x": f32(1, 5, 2, 2)}, opset=13)
