"""The models of the bench, with seeded weights: `models.py FOLDER NAME...` writes FOLDER/NAME/ for each.

    model.onnx    what every engine is given: evaluation mode, batch norms folded, batch 1, float32
    weights.pt    the same weights as a state dict, for converters that start at PyTorch
    input.npy     a picture, normalised: float32 [1, 3, 224, 224]
    output.npy    what ONNX Runtime computes from it with all optimizations off: float32 [1, 1000]

Nothing is downloaded. Weights are random but sane: batch norms have the statistics of pictures, and the last layer is scaled so that
the logits of the picture have a standard deviation of 2.
"""
import pathlib
import sys
import warnings

import numpy as np

SEED = 3
SIDE = 224
TORCHVISION = ["squeezenet1_1", "mobilenet_v2", "shufflenet_v2_x1_0", "resnet18", "mobilenet_v3_small", "efficientnet_b0"]
TIMM = ["vit_tiny_patch16_224"]
NAMES = TORCHVISION + TIMM


def build(name):
    """The untrained network in evaluation mode."""
    import torch
    vision = torchvision()  # timm imports it too
    torch.manual_seed(SEED)
    if name in TIMM:
        import timm
        return timm.create_model(name, pretrained=False).eval()
    return vision.models.get_model(name, weights=None).eval()


def torchvision():
    """torchvision, also beside a torch without CUDA.

    Its compiled operators need the CUDA that it was built for. No network here uses them, but importing wants the names of two.
    """
    import torch
    try:
        import torchvision
    except RuntimeError:
        for operator in ("nms", "qnms"):
            torch.library.define(f"torchvision::{operator}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision
    return torchvision


def pictures(count, generator):
    """Smooth colour fields of several scales, an edge and a little noise, normalised as photographs are."""
    import torch
    picture = torch.zeros(count, 3, SIDE, SIDE)
    for cells, weight in ((2, 0.9), (7, 0.6), (29, 0.4)):
        field = torch.randn(count, 3, cells, cells, generator=generator)
        picture += weight * torch.nn.functional.interpolate(field, size=(SIDE, SIDE), mode="bicubic", align_corners=False)
    picture[:, :, :, SIDE // 3:] += torch.randn(count, 3, 1, 1, generator=generator)
    picture += 0.05 * torch.randn(picture.shape, generator=generator)
    return picture.clamp(-2.1, 2.6)


def settle(network, picture, generator):
    """Gives batch norms real statistics and the last layer the scale that `picture` needs."""
    import torch
    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.weight.copy_(torch.exp(0.25 * torch.randn(norm.weight.shape, generator=generator)))
        norm.bias.copy_(0.2 * torch.randn(norm.bias.shape, generator=generator))
        norm.reset_running_stats()
        norm.momentum = None  # the average over all batches
        norm.train()
    for _ in range(4 if norms else 0):
        network(pictures(8, generator))
    network.eval()
    logits = network(picture)
    last = [module for module in network.modules() if isinstance(module, (torch.nn.Linear, torch.nn.Conv2d))][-1]
    gain = 2 / (logits - logits.mean()).std()
    last.weight.mul_(gain)
    last.bias.mul_(gain)


def export(name, folder):
    import onnxruntime
    import torch
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        network = build(name)
        picture = pictures(1, generator)
        settle(network, picture, generator)
        torch.save(network.state_dict(), folder / "weights.pt")
        torch.onnx.export(network, (picture,), str(folder / "model.part"), dynamo=False, opset_version=17,
                          input_names=["input"], output_names=["output"])
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(folder / "model.part"), options, providers=["CPUExecutionProvider"])
    output = session.run(None, {"input": picture.numpy()})[0]
    np.save(folder / "input.npy", picture.numpy())
    np.save(folder / "output.npy", output)
    (folder / "model.part").rename(folder / "model.onnx")  # last: it says that the others are complete


def main():
    warnings.simplefilter("ignore")
    root = pathlib.Path(sys.argv[1])
    for name in sys.argv[2:]:
        folder = root / name
        if (folder / "model.onnx").exists():
            continue
        print(f"  {name}", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        export(name, folder)


if __name__ == "__main__":
    main()
