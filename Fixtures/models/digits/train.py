"""Trains the digits fixture: a small mobile net on scikit-learn's handwritten digits, exported with BatchNormalization kept.

    python -m venv v && v/bin/pip install -r Fixtures/requirements.txt && v/bin/python Fixtures/models/digits/train.py

Writes everything beside itself but README.md: model.onnx, preprocess.json, labels.txt, pictures/, test_data_set_K/,
expected/ and accuracy.json. Versions: ../../requirements.txt. Seeded and on one thread; another CPU or another
version of PyTorch may still round differently and give other weights. About a minute.
"""
import json
import pathlib
import shutil

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

SEED, SIZE, EPOCHS, BATCH = 20261122, 16, 60, 64
PER_CLASS = 6  # pictures stored of each digit
here = pathlib.Path(__file__).resolve().parent


def conv(inputs, outputs, kernel=3, stride=1, groups=1, activation=True):
    """Conv, BatchNorm and, unless the block is linear, ReLU6."""
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([nn.ReLU6()] if activation else []))


def separable(inputs, outputs, stride):
    return nn.Sequential(conv(inputs, inputs, stride=stride, groups=inputs), conv(inputs, outputs, 1))


class DigitsNet(nn.Module):
    """[N, 1, 16, 16] to 10 logits: a stem, two depthwise-separable blocks around an inverted residual, global pooling."""

    def __init__(self):
        super().__init__()
        self.stem = conv(1, 16)
        self.down1 = separable(16, 32, stride=2)
        self.residual = nn.Sequential(conv(32, 96, 1), conv(96, 96, groups=96), conv(96, 32, 1, activation=False))
        self.down2 = separable(32, 64, stride=2)
        self.head = conv(64, 96, 1)
        self.classifier = nn.Linear(96, 10)

    def forward(self, x):
        x = self.down1(self.stem(x))
        x = self.down2(x + self.residual(x))
        return self.classifier(torch.flatten(F.adaptive_avg_pool2d(self.head(x), 1), 1))


def prepare(pictures, mean, std):
    """8-bit gray pictures [N, 8, 8] to the input [N, 1, 16, 16], just as preprocess.json says."""
    large = [np.asarray(Image.fromarray(p).resize((SIZE, SIZE), Image.Resampling.BILINEAR)) for p in pictures]
    return ((np.stack(large)[:, None].astype(np.float64) / 255 - mean) / std).astype(np.float32)


def augmented(x):
    """Turned by up to 9 degrees, moved and stretched by up to 10 %; the border repeats."""
    turn, stretch = (torch.rand(len(x)) - 0.5) * 0.32, 1 + (torch.rand(len(x), 2) - 0.5) * 0.2
    rows = [torch.stack([torch.cos(turn) * stretch[:, 0], -torch.sin(turn), (torch.rand(len(x)) - 0.5) * 0.2], 1),
            torch.stack([torch.sin(turn), torch.cos(turn) * stretch[:, 1], (torch.rand(len(x)) - 0.5) * 0.2], 1)]
    grid = F.affine_grid(torch.stack(rows, 1), list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, padding_mode="border", align_corners=False)


def train(x, labels):
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    x, labels = torch.from_numpy(x), torch.from_numpy(labels)
    net = DigitsNet()
    steps = EPOCHS * (len(x) // BATCH)
    optimizer = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, steps)
    for _ in range(EPOCHS):
        order = torch.randperm(len(x))
        for i in range(len(x) // BATCH):
            pick = order[i * BATCH:(i + 1) * BATCH]
            loss = F.cross_entropy(net(augmented(x[pick])), labels[pick], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return net.eval()


def export(net, path):
    torch.onnx.export(net, (torch.zeros(1, 1, SIZE, SIZE),), str(path), dynamo=False, opset_version=13,
                      training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
                      input_names=["image"], output_names=["logits"])
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    kept = sum(n.op_type == "BatchNormalization" for n in model.graph.node)
    wanted = sum(isinstance(m, nn.BatchNorm2d) for m in net.modules())
    assert kept == wanted, f"{kept} of {wanted} BatchNormalization nodes are left"


def onnx_runtime(path, inputs):
    """Logits [N, 10], one picture at a time, graph optimizations off, one thread."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(["logits"], {"image": x[None]})[0] for x in inputs])


def main():
    digits = load_digits()
    pictures = np.rint(digits.images * 255 / 16).astype(np.uint8)  # the data set counts ink from 0 to 16
    seen, held, seen_label, held_label = train_test_split(
        pictures, digits.target, test_size=0.2, stratify=digits.target, random_state=SEED)
    mean, std = round(float(np.mean(seen / 255)), 4), round(float(np.std(seen / 255)), 4)

    net = train(prepare(seen, mean, std), seen_label)
    for folder in "pictures", "expected", *(p.name for p in here.glob("test_data_set_*")):
        shutil.rmtree(here / folder, ignore_errors=True)
    model = here / "model.onnx"
    export(net, model)
    with open(here / "preprocess.json", "w") as file:
        json.dump({"resize": f"{SIZE}x{SIZE}", "filter": "bilinear", "scale": 1 / 255, "mean": [mean], "std": [std],
                   "layout": "nchw"}, file, indent=2)
        file.write("\n")
    (here / "labels.txt").write_text("zero\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n")

    # The first of each class as the split gave them, whatever the net makes of them.
    chosen = sorted(i for c in range(10) for i in np.flatnonzero(held_label == c)[:PER_CLASS])
    inputs = prepare(held, mean, std)
    logits = onnx_runtime(model, inputs)
    right = logits.argmax(1) == held_label

    (here / "pictures").mkdir()
    (here / "expected").mkdir()
    np.save(here / "expected" / "inputs.npy", inputs[chosen])
    np.save(here / "expected" / "logits.npy", logits[chosen])
    names = [f"digit_{k:02d}_label{held_label[i]}.png" for k, i in enumerate(chosen)]
    for name, i in zip(names, chosen):
        Image.fromarray(held[i]).save(here / "pictures" / name, optimize=True)
    for k in range(10):
        folder = here / f"test_data_set_{k}"
        folder.mkdir()
        for file, name, a in ("input_0.pb", "image", inputs[chosen[k]][None]), ("output_0.pb", "logits", logits[chosen[k]][None]):
            (folder / file).write_bytes(numpy_helper.from_array(a, name).SerializeToString(deterministic=True))

    accuracy = {"runtime": f"onnxruntime {onnxruntime.__version__}, float32", "train": len(seen),
                "held_out": len(held), "held_out_right": int(right.sum()), "held_out_accuracy": round(float(right.mean()), 4),
                "pictures": len(chosen), "pictures_right": int(right[chosen].sum()),
                "pictures_wrong": [n for n, i in zip(names, chosen) if not right[i]]}
    (here / "accuracy.json").write_text(json.dumps(accuracy, indent=2) + "\n")
    print(json.dumps(accuracy))


if __name__ == "__main__":
    main()
