"""Networks of the papers that mobile ones grew from, and of the tutorials that people start with."""
import math

import torch
from torch import nn
from torch.nn import functional as F


def normed(before, after, side, stride=1, padding=0, groups=1, active=True):
    steps = [nn.Conv2d(before, after, side, stride, padding, groups=groups, bias=False), nn.BatchNorm2d(after)]
    return nn.Sequential(*steps, *([nn.ReLU()] if active else []))


class SqueezeNext(nn.Module):
    """1.0-SqNxt-23, Gholami et al. 2018: two squeezing layers, then 3 x 1 and 1 x 3 in turns."""

    class Block(nn.Module):
        def __init__(self, before, after, stride):
            super().__init__()
            narrow = before // 4 if stride == 1 else before // 2
            self.steps = nn.Sequential(
                normed(before, 2 * narrow, 1, stride), normed(2 * narrow, narrow, 1), normed(narrow, 2 * narrow, (1, 3), padding=(0, 1)),
                normed(2 * narrow, 2 * narrow, (3, 1), padding=(1, 0)), normed(2 * narrow, after, 1))
            self.past = nn.Identity() if stride == 1 and before == after else normed(before, after, 1, stride)

        def forward(self, x):
            return F.relu(self.steps(x) + self.past(x))

    def __init__(self, depths=(6, 6, 8, 1), classes=1000):
        super().__init__()
        steps, width = [normed(3, 64, 7, 2), nn.MaxPool2d(3, 2)], 64
        for level, depth in enumerate(depths):
            for index in range(depth):
                steps.append(self.Block(width, 32 << level, 2 if level and not index else 1))
                width = 32 << level
        self.body = nn.Sequential(*steps, normed(width, 128, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, classes))

    def forward(self, x):
        return self.body(x)

    def shape_weights(self, generator):
        """Blocks add a part to what comes in. With chance alone 115 layers leave maps that hardly differ, and float32 four digits of them."""
        for step in self.body:
            if isinstance(step, self.Block):
                step.steps[-1][1].weight *= 0.3


class ShuffleNet(nn.Module):
    """ShuffleNet v1, Zhang et al. 2017, at half width with three groups."""

    class Unit(nn.Module):
        def __init__(self, before, after, stride, groups, first):
            super().__init__()
            self.stride, self.groups, narrow = stride, groups, after // 4
            grown = after - before if stride == 2 else after
            self.into = normed(before, narrow, 1, groups=1 if first else groups)
            self.out = nn.Sequential(normed(narrow, narrow, 3, stride, 1, narrow, active=False),
                                     normed(narrow, grown, 1, groups=groups, active=False))

        def forward(self, x):
            n, c, h, w = (narrow := self.into(x)).shape
            shuffled = narrow.view(n, self.groups, c // self.groups, h, w).transpose(1, 2).reshape(n, c, h, w)
            if self.stride == 1:
                return F.relu(x + self.out(shuffled))
            return F.relu(torch.cat([F.avg_pool2d(x, 3, 2, 1), self.out(shuffled)], 1))

    def __init__(self, width=120, groups=3, classes=1000):
        super().__init__()
        steps, before = [normed(3, 12, 3, 2, 1), nn.MaxPool2d(3, 2, 1)], 12
        for level, depth in enumerate((4, 8, 4)):
            for index in range(depth):
                steps.append(self.Unit(before, width << level, 1 if index else 2, groups, first=before == 12))
                before = width << level
        self.body = nn.Sequential(*steps, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, classes))

    def forward(self, x):
        return self.body(x)


class Unpool(torch.autograd.Function):
    """Puts values back where the maxima stood. Torch's indices count within a plane, those of ONNX's MaxUnpool through the tensor."""

    @staticmethod
    def forward(ctx, x, indices, planes, height, width):
        return torch.ops.aten.max_unpool2d(x, indices, [height, width])

    @staticmethod
    def symbolic(g, x, indices, planes, height, width):
        first = torch.arange(planes).view(1, planes, 1, 1) * (height * width)
        places = g.op("Add", indices, g.op("Constant", value_t=first))
        return g.op("MaxUnpool", x, places, kernel_shape_i=[2, 2], strides_i=[2, 2])


class ENet(nn.Module):
    """Paszke et al. 2016: early downsampling, dilated and asymmetric convolutions, PReLU, unpooling by the indices of the maxima."""

    class Bottleneck(nn.Module):
        def __init__(self, before, after, way="plain", dilation=1):
            super().__init__()
            self.way, narrow = way, before // 4
            side = 2 if way == "down" else 1
            into = [nn.Conv2d(before, narrow, side, side, bias=False)]
            if way == "thin":
                middle = [nn.Conv2d(narrow, narrow, (5, 1), padding=(2, 0), bias=False), nn.Conv2d(narrow, narrow, (1, 5), padding=(0, 2))]
            elif way == "up":
                middle = [nn.ConvTranspose2d(narrow, narrow, 2, 2)]
            else:
                middle = [nn.Conv2d(narrow, narrow, 3, padding=dilation, dilation=dilation)]
            out = [nn.Conv2d(narrow, after, 1, bias=False), nn.BatchNorm2d(after)]
            norms = [[nn.BatchNorm2d(narrow), nn.PReLU(narrow)] for _ in range(2)]
            self.steps = nn.Sequential(*into, *norms[0], *middle, *norms[1], *out)
            self.past = normed(before, after, 1, active=False) if way == "up" else nn.Identity()
            self.grown, self.last = after - before, nn.PReLU(after)

        def forward(self, x, places=None):
            past = self.past(x)
            if self.way == "down":
                past, places = F.max_pool2d(x, 2, 2, return_indices=True)
                past = F.pad(past, (0, 0, 0, 0, 0, self.grown))
            elif self.way == "up":
                _, planes, height, width = map(int, past.shape)
                past = Unpool.apply(past, places, planes, 2 * height, 2 * width)
            y = self.last(self.steps(x) + past)
            return (y, places) if self.way == "down" else y

    def __init__(self, classes=12):
        super().__init__()
        unit = self.Bottleneck
        self.first = nn.Conv2d(3, 13, 3, 2, 1, bias=False)
        self.start = nn.Sequential(nn.BatchNorm2d(16), nn.PReLU(16))
        self.down = nn.ModuleList([unit(16, 64, "down"), unit(64, 128, "down")])
        ways = (("plain",), ("plain", 2), ("thin",), ("plain", 4), ("plain",), ("plain", 8), ("thin",), ("plain", 16))
        turns = [unit(128, 128, *way) for way in 2 * ways]
        self.body = nn.ModuleList([nn.Sequential(*(unit(64, 64) for _ in range(4))), nn.Sequential(*turns)])
        self.up = nn.ModuleList([unit(128, 64, "up"), unit(64, 16, "up")])
        self.rise = nn.ModuleList([nn.Sequential(unit(64, 64), unit(64, 64)), unit(16, 16)])
        self.last = nn.ConvTranspose2d(16, classes, 2, 2)

    def forward(self, x):
        x = self.start(torch.cat([self.first(x), F.max_pool2d(x, 2)], 1))
        kept = []
        for down, body in zip(self.down, self.body):
            x, places = down(x)
            x = body(x)
            kept.append(places)
        for up, rise in zip(self.up, self.rise):
            x = rise(up(x, kept.pop()))
        return self.last(x)


class Generator(nn.Module):
    """DCGAN, Radford et al. 2015: a picture of 64 x 64 from 100 numbers."""

    def __init__(self, numbers=100, width=64):
        super().__init__()
        widths, steps = [8 * width, 4 * width, 2 * width, width], []
        for index, (before, after) in enumerate(zip([numbers] + widths, widths)):
            stride, padding = (2, 1) if index else (1, 0)
            steps += [nn.ConvTranspose2d(before, after, 4, stride, padding, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        self.body = nn.Sequential(*steps, nn.ConvTranspose2d(width, 3, 4, 2, 1, bias=False), nn.Tanh())

    def forward(self, z):
        return self.body(z)


class Discriminator(nn.Module):
    """The other half of DCGAN: whether a picture is one."""

    def __init__(self, width=64):
        super().__init__()
        steps = [nn.Conv2d(3, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
        for level in range(3):
            before = width << level
            steps += [nn.Conv2d(before, 2 * before, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * before), nn.LeakyReLU(0.2)]
        self.body = nn.Sequential(*steps, nn.Conv2d(8 * width, 1, 4, bias=False), nn.Sigmoid(), nn.Flatten())

    def forward(self, x):
        return self.body(x)


class RecurrentWords(nn.Module):
    """A word language model: the next word after each of [T, N], and the state of the LSTM; one table of words serves both ends."""

    def __init__(self, words=8000, width=200, layers=2):
        super().__init__()
        self.words, self.steps = nn.Embedding(words, width), nn.LSTM(width, width, layers)
        self.last = nn.Linear(width, words)
        self.last.weight = self.words.weight

    def forward(self, indices, hidden, cell):
        steps, (hidden, cell) = self.steps(self.words(indices), (hidden, cell))
        return self.last(steps).log_softmax(-1), hidden, cell


class TransformerWords(nn.Module):
    """The same as a transformer: each word sees those before it; places are sines and cosines."""

    def __init__(self, words=8000, width=200, heads=2, layers=2, length=35):
        super().__init__()
        self.words, self.width = nn.Embedding(words, width), width
        angles = torch.arange(length).unsqueeze(1) * torch.exp(torch.arange(0, width, 2) * (-math.log(10000) / width))
        self.register_buffer("places", torch.stack([angles.sin(), angles.cos()], -1).view(length, 1, width))
        layer = nn.TransformerEncoderLayer(width, heads, width)
        self.layers = nn.ModuleList(nn.modules.transformer._get_clones(layer, layers))
        self.last = nn.Linear(width, words)

    def forward(self, indices):
        length = indices.shape[0]
        mask = torch.full((length, length), -math.inf).triu(1)
        x = self.words(indices) * math.sqrt(self.width) + self.places
        for layer in self.layers:
            x = layer(x, src_mask=mask)
        return self.last(x).log_softmax(-1)


class BinaryConnect(nn.Module):
    """Courbariaux et al. 2015 on CIFAR-10: every convolution and linear layer has weights of -1 and 1 alone."""

    def __init__(self, classes=10):
        super().__init__()
        steps, before = [], 3
        for width in (128, 256, 512):
            steps += [nn.Conv2d(before, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(),
                      nn.Conv2d(width, width, 3, padding=1), nn.MaxPool2d(2), nn.BatchNorm2d(width), nn.ReLU()]
            before = width
        steps.append(nn.Flatten())
        for before, after in ((8192, 1024), (1024, 1024), (1024, classes)):
            steps += [nn.Linear(before, after), nn.BatchNorm1d(after), nn.ReLU()]
        self.body = nn.Sequential(*steps[:-1])

    def forward(self, x):
        return self.body(x)

    def shape_weights(self, generator):
        """The sign of what the weights were; before the norms learn what comes in."""
        for module in self.body:
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                module.weight.copy_(torch.where(module.weight < 0, -1.0, 1.0))
