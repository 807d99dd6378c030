"""Dog or not: a new head on a trained SqueezeNet 1.1, from a handful of photos.

    python train.py SQUEEZENET.onnx PHOTOS OUT

PHOTOS has a folder of photos for each class, and below `held-out` the same again of photos that are not trained on. OUT becomes the ONNX model
OUT/model.onnx, what torch makes of the photos that were held out, as OUT/test_data_set_K, and OUT/labels.txt. The trunk's weights come out of
an ONNX file that has torchvision's names; with torchvision they are those of `squeezenet1_1(weights="DEFAULT").features`.
"""
import pathlib
import sys

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from PIL import Image
from torch import nn


class Fire(nn.Module):
    def __init__(self, inputs, squeezed, expanded):
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, x):
        x = self.squeeze(x).relu()
        return torch.cat([self.expand1x1(x).relu(), self.expand3x3(x).relu()], 1)


def pool():
    return nn.MaxPool2d(3, 2, ceil_mode=True)


class DogOrNot(nn.Module):
    """SqueezeNet 1.1 with a head of its own: [N, 3, 224, 224] to scores [N, classes]."""

    def __init__(self, classes):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 3, 2), nn.ReLU(), pool(), Fire(64, 16, 64), Fire(128, 16, 64), pool(), Fire(128, 32, 128), Fire(256, 32, 128),
            pool(), Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256))
        self.head = nn.Conv2d(512, classes, 1)

    def forward(self, x):
        return self.head(self.features(x)).mean((2, 3))


def trunk(path):
    """The trunk's weights by torch's names."""
    tensors = onnx.load(path).graph.initializer
    return {t.name.removeprefix("features."): torch.tensor(numpy_helper.to_array(t)) for t in tensors if t.name.startswith("features.")}


def pixels(path, random=None):
    """A photo as ImageNet's nets want it: from the middle, or with `random` from anywhere, of any size, and perhaps turned over."""
    image = Image.open(path).convert("RGB")
    short = 256 if random is None else int(random.integers(224, 288))
    scale = short / min(image.size)
    image = image.resize([max(224, round(side * scale)) for side in image.size], Image.Resampling.BILINEAR)
    room = np.array(image.size) - 224
    left, top = room // 2 if random is None else random.integers(0, room + 1)
    x = np.asarray(image.crop((left, top, left + 224, top + 224)), np.float32) / 255
    if random is not None and random.integers(2):
        x = x[:, ::-1]
    x = (x - np.float32([0.485, 0.456, 0.406])) / np.float32([0.229, 0.224, 0.225])
    return torch.tensor(x.transpose(2, 0, 1).copy())


def photos(folder, labels):
    """Pairs of a photo and its class."""
    return [(path, index) for index, label in enumerate(labels) for path in sorted((folder / label).iterdir())]


def main(squeezenet, folder, out):
    torch.manual_seed(1)
    random = np.random.default_rng(1)
    labels = sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name != "held-out")
    model = DogOrNot(len(labels))
    model.features.load_state_dict(trunk(squeezenet))
    model.features.requires_grad_(False)
    known, held = photos(folder, labels), photos(folder / "held-out", labels)
    optimizer = torch.optim.Adam(model.head.parameters(), 0.002, weight_decay=0.01)
    classes = torch.tensor([index for _, index in known])
    # Each class counts as much as the others, however few photos it has.
    weights = len(known) / (len(labels) * torch.bincount(classes).float())
    for _ in range(30):
        x = torch.stack([pixels(path, random) for path, _ in known])
        loss = nn.functional.cross_entropy(model(x), classes, weights)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    model.eval()
    out.mkdir(parents=True, exist_ok=True)
    (out / "labels.txt").write_text("".join(label + "\n" for label in labels))
    right = 0
    for number, (path, index) in enumerate(held):
        with torch.no_grad():
            x = pixels(path)[None]
            y = model(x)
        right += int(y.argmax()) == index
        data = out / f"test_data_set_{number}"
        data.mkdir(exist_ok=True)
        for name, tensor in (("input", x), ("output", y)):
            (data / f"{name}_0.pb").write_bytes(numpy_helper.from_array(tensor.numpy()).SerializeToString())
    torch.onnx.export(
        model, (torch.zeros(1, 3, 224, 224),), out / "model.onnx", input_names=["image"], output_names=["scores"], opset_version=17,
        dynamo=False)
    print(f"{len(known)} photos learned, loss {loss.item():.2f}; {right} of {len(held)} others right: {out / 'model.onnx'}")


main(sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
