"""Resize: nearest, linear, cubic; every coordinate mode; scales and sizes; opset 10, 11, 13, 18, 19."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from case import f32, i64, node, suite, values  # noqa: E402

save_case = suite(__file__)

def resize(name, x, scales=None, sizes=None, opset=13, oracle="both", why=None, **attributes):
    if opset == 10:
        slots, more = "x scales", {"scales": values(*scales)}
    else:
        slots = "x " + ("roi" if opset == 11 else "_") + (" scales" if scales else (" empty sizes" if opset == 11 else " _ sizes"))
        more = {"scales": values(*scales)} if scales else {"sizes": i64(*sizes)}
        if opset == 11:
            more |= {"roi": values()} | ({"empty": values()} if sizes else {})
    save_case(name, node("Resize", slots, "y", **attributes), {"x": x}, more, opset=opset, oracle=oracle, why=why)

x, up, down = f32(1, 3, 4, 5), [1, 1, 2, 2], [1, 1, 0.6, 0.7]
resize("opset10-nearest", x, up, opset=10, mode="nearest", oracle="onnxruntime", why="the reference evaluator has no Resize 10")
resize("opset10-linear", x, [1, 1, 2, 3], opset=10, mode="linear", oracle="onnxruntime", why="the reference evaluator has no Resize 10")
resize("opset11-nearest-asymmetric", x, up, opset=11, coordinate_transformation_mode="asymmetric", nearest_mode="floor")
resize("opset11-linear-sizes", x, sizes=[1, 3, 9, 7], opset=11, mode="linear", coordinate_transformation_mode="pytorch_half_pixel")
for mode in "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric":
    resize(f"linear-{mode}", x, up, mode="linear", coordinate_transformation_mode=mode)
    resize(f"linear-down-{mode}", x, sizes=[1, 3, 3, 2], mode="linear", coordinate_transformation_mode=mode)
    resize(f"cubic-{mode}", x, up, mode="cubic", coordinate_transformation_mode=mode)
for rounding in "round_prefer_floor", "round_prefer_ceil", "floor", "ceil":
    resize(f"nearest-{rounding}", x, [1, 1, 1.5, 2.5], nearest_mode=rounding)
    resize(f"nearest-down-{rounding}", x, down, nearest_mode=rounding, coordinate_transformation_mode="asymmetric")
resize("nearest-sizes", f32(1, 17, 3, 5), sizes=[1, 17, 6, 10], mode="nearest", opset=18)
resize("linear-to-one", x, sizes=[1, 3, 1, 1], mode="linear", coordinate_transformation_mode="pytorch_half_pixel")
resize("cubic-exclude-outside", x, up, mode="cubic", cubic_coeff_a=-0.5, exclude_outside=1)
resize("linear-down-cubic-a", x, down, mode="cubic", cubic_coeff_a=-0.5)
resize("half-pixel-symmetric", x, sizes=[1, 3, 7, 9], mode="linear", coordinate_transformation_mode="half_pixel_symmetric", opset=19)
resize("antialias-linear", f32(1, 2, 9, 8), [1, 1, 0.5, 0.4], mode="linear", antialias=1, opset=18)
resize("antialias-cubic", f32(1, 2, 9, 8), sizes=[1, 2, 4, 3], mode="cubic", antialias=1, opset=18)
save_case("axes", node("Resize", "x _ s", "y", mode="linear", axes=[2, 3]), {"x": x}, {"s": values(1.5, 2)}, opset=18)
save_case("keep-aspect", node("Resize", "x _ _ n", "y", mode="nearest", axes=[2, 3], keep_aspect_ratio_policy="not_larger"), {"x": x}, {"n": i64(9, 9)}, opset=18)
save_case("crop-and-resize", node("Resize", "x roi _ n", "y", mode="linear", coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=7.0),
          {"x": x}, {"roi": values(0, 0, 0.25, -0.2, 1, 1, 0.75, 1.1), "n": i64(1, 3, 3, 4)}, opset=13)
# An axis that is not resized stays, though the formula of tf_half_pixel_for_nn would move it.
y = f32(2, 3, 4, 5)
for mode, extra in ("nearest", {"nearest_mode": "ceil"}), ("linear", {}), ("cubic", {}):
    resize(f"{mode}-unscaled-axes", y, [1, 1, 2, 1], opset=11, mode=mode, coordinate_transformation_mode="tf_half_pixel_for_nn",
           oracle="onnxruntime", why="the reference evaluator moves axes of scale 1 by half a position", **extra)
# A scale that leaves a fraction: the corners are those of the whole output.
for mode, opset in ("linear", 19), ("cubic", 19), ("nearest", 22):
    resize(f"{mode}-corners-of-a-fraction", y, [1, 1, 0.6, 1.5], opset=opset, mode=mode, coordinate_transformation_mode="align_corners",
           oracle="onnxruntime", why="PyTorch, whose export this is, agrees; the reference evaluator keeps the fraction")
# Positions whose half or whole number float64 would miss.
resize("nearest-float32-positions", f32(1, 2, 5, 7), [1, 1, 0.6, 0.75], opset=13, nearest_mode="floor",
       oracle="onnxruntime", why="PyTorch too decides in float32; the reference evaluator in float64")
resize("nearest-exact-positions", f32(1, 1, 6, 7), sizes=[1, 1, 6, 16], opset=13, nearest_mode="round_prefer_ceil",
       coordinate_transformation_mode="asymmetric")
