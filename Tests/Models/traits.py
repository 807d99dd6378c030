"""Networks with a trait of models that people have and the zoo cannot: their kind of input, their graph, their size, their weights."""
import math

import torch
from torch import nn
from torch.nn import functional as F

import classics


class SaturatedTable(nn.Module):
    """Scores a row of measurements in their own units. Numbers that are not such measurements drive the score to 0 or 1."""

    MEAN = (41.0, 52000.0, 0.31, 1900.0, 7.2, 128.0, 0.004, 640.0)
    DEVIATION = (13.0, 21000.0, 0.12, 310.0, 1.1, 17.0, 0.002, 55.0)

    def __init__(self, width=64):
        super().__init__()
        self.register_buffer("mean", torch.tensor(self.MEAN))
        self.register_buffer("deviation", torch.tensor(self.DEVIATION))
        self.body = nn.Sequential(nn.Linear(8, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, x):
        return self.body((x - self.mean) / self.deviation).sigmoid()

    @classmethod
    def rows(cls, count, generator):
        return (torch.tensor(cls.MEAN) + torch.tensor(cls.DEVIATION) * torch.randn(count, 8, generator=generator),)


class CategoryTable(nn.Module):
    """Numbers and categories: one table of embeddings, in which the rows of a column stand behind those of the column before."""

    SIZES = (7, 12, 31, 24, 3, 150, 9)

    def __init__(self, width=16, numbers=5, classes=4):
        super().__init__()
        self.register_buffer("first", torch.tensor((0,) + self.SIZES).cumsum(0)[:-1])
        self.embedding = nn.Embedding(sum(self.SIZES), width)
        inner = width * len(self.SIZES) + numbers
        layers = [nn.Linear(inner, 96), nn.ReLU(), nn.Linear(96, 48), nn.ReLU(), nn.Linear(48, classes)]
        self.body = nn.Sequential(nn.BatchNorm1d(inner), *layers)

    def forward(self, numbers, categories):
        rows = self.embedding(categories + self.first).flatten(1)
        return self.body(torch.cat([numbers, rows], 1)).softmax(-1)

    @classmethod
    def rows(cls, count, generator):
        columns = [torch.randint(0, size, (count,), generator=generator) for size in cls.SIZES]
        return torch.randn(count, 5, generator=generator), torch.stack(columns, 1)


class NoisyTable(nn.Module):
    """Normalises a series by E[x²] - E[x]². Its mean is 150 deviations away, so float32 itself leaves four digits."""

    def __init__(self, length=96, width=64):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(length, width), nn.Tanh(), nn.Linear(width, 6))

    def forward(self, x):
        mean = x.mean(1, keepdim=True)
        variance = (x * x).mean(1, keepdim=True) - mean * mean
        return self.body((x - mean) / variance.clamp(min=1e-4).sqrt())

    @staticmethod
    def rows(count, generator):
        return (1013.0 + 6.5 * torch.randn(count, 96, generator=generator),)


class Presence(nn.Module):
    """Whether a person is in a small picture: MobileNetV1 at a quarter of its width, of whose channels a third have died."""

    def __init__(self, colours):
        super().__init__()
        steps, before = [classics.normed(colours, 8, 3, 2, 1)], 8
        for width, stride in ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2)) + 5 * ((128, 1),) + ((256, 2), (256, 1)):
            steps += [classics.normed(before, before, 3, stride, 1, before), classics.normed(before, width, 1)]
            before = width
        self.body = nn.Sequential(*steps, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, 2), nn.Softmax(-1))

    def forward(self, x):
        return self.body(x)

    def shape_weights(self, generator):
        """Weight decay has brought what a rectifier keeps at zero down to noise."""
        for step in self.body[1:-4]:
            dead = torch.rand(step[0].out_channels, generator=generator) < 1 / 3
            step[0].weight[dead] *= 1e-9
            step[1].weight[dead] *= 1e-7
            step[1].bias[dead] = -step[1].bias[dead].abs() * 1e-3


class DeepLab(nn.Module):
    """DeepLabV3 on MobileNetV2 at half width, as phones run it: a stride of 16, a pooled branch, scores resized to the picture."""

    # Of a stage: how much wider its blocks are inside, channels, blocks, stride, dilation.
    STAGES = ((1, 8, 1, 1, 1), (6, 16, 2, 2, 1), (6, 16, 3, 2, 1), (6, 32, 4, 2, 1), (6, 48, 3, 1, 1), (6, 80, 3, 1, 2), (6, 160, 1, 1, 2))

    class Block(nn.Module):
        def __init__(self, before, after, stride, dilation, grown):
            super().__init__()
            inner = before * grown
            into = [self.normed(before, inner, 1)] if grown > 1 else []
            out = [self.normed(inner, inner, 3, stride, dilation, inner), self.normed(inner, after, 1, active=False)]
            self.steps = nn.Sequential(*into, *out)
            self.is_residual = stride == 1 and before == after

        @staticmethod
        def normed(before, after, side, stride=1, dilation=1, groups=1, active=True):
            pad = dilation * (side // 2)
            steps = [nn.Conv2d(before, after, side, stride, pad, dilation, groups, bias=False), nn.BatchNorm2d(after)]
            return nn.Sequential(*steps, *([nn.ReLU6()] if active else []))

        def forward(self, x):
            return x + self.steps(x) if self.is_residual else self.steps(x)

    def __init__(self, classes=21):
        super().__init__()
        normed = self.Block.normed
        steps, before = [normed(3, 16, 3, 2)], 16
        for grown, width, depth, stride, dilation in self.STAGES:
            for index in range(depth):
                steps.append(self.Block(before, width, 1 if index else stride, dilation, grown))
                before = width
        self.body = nn.Sequential(*steps)
        self.pooled, self.near, self.joined = normed(before, 256, 1), normed(before, 256, 1), normed(512, 256, 1)
        self.last = nn.Conv2d(256, classes, 1)

    def forward(self, x):
        maps = self.body(x)
        pooled = self.pooled(F.adaptive_avg_pool2d(maps, 1)).expand(-1, -1, *maps.shape[2:])
        scores = self.last(self.joined(torch.cat([pooled, self.near(maps)], 1)))
        return F.interpolate(scores, size=x.shape[2:], mode="bilinear", align_corners=True)


class Neighbours(nn.Module):
    """A layer over a graph: the mean of what the edges [2, E] bring, added at the node where each ends."""

    def __init__(self, before, after):
        super().__init__()
        self.own, self.brought = nn.Linear(before, after), nn.Linear(before, after, bias=False)

    def forward(self, x, edges):
        ends = edges[1].unsqueeze(1)
        total = torch.zeros_like(x).scatter_add(0, ends.expand(-1, x.shape[1]), x.index_select(0, edges[0]))
        count = torch.zeros_like(x[:, :1]).scatter_add(0, ends, torch.ones_like(ends, dtype=x.dtype))
        return F.relu(self.own(x) + self.brought(total / count.clamp(min=1)))


class PooledGraph(nn.Module):
    """Classifies a graph by the mean of its `k` best nodes, each weighted by its score."""

    def __init__(self, width=64, classes=5):
        super().__init__()
        self.layers = nn.ModuleList([Neighbours(16, width), Neighbours(width, width)])
        self.score, self.last = nn.Linear(width, 1), nn.Linear(width, classes)

    def forward(self, x, edges, k):
        for layer in self.layers:
            x = layer(x, edges)
        scores, best = self.score(x).squeeze(1).topk(k)
        return self.last((x.index_select(0, best) * scores.tanh().unsqueeze(1)).mean(0, keepdim=True))


class SortedGraph(PooledGraph):
    """Gives the `k` best nodes themselves, sorted by one of their features."""

    def forward(self, x, edges, k):
        for layer in self.layers:
            x = layer(x, edges)
        return self.last(x.index_select(0, self.score(x).squeeze(1).topk(k)[1]))


class NearestGraph(nn.Module):
    """Classifies a cloud of points: edges go to the `k` nearest points, and each point keeps the maximum of what they bring (EdgeConv)."""

    def __init__(self, width=48, classes=8):
        super().__init__()
        self.first, self.second = nn.Linear(6, width), nn.Linear(2 * width, width)
        self.last = nn.Linear(width, classes)

    @staticmethod
    def brought(x, layer, k):
        distances = (x.unsqueeze(1) - x.unsqueeze(0)).square().sum(2)
        nearest = x[distances.topk(k, 1, largest=False)[1]]
        own = x.unsqueeze(1).expand_as(nearest)
        return F.relu(layer(torch.cat([own, nearest - own], 2))).amax(1)

    def forward(self, points, k):
        x = self.brought(self.brought(points, self.first, k), self.second, k)
        return self.last(x.amax(0, keepdim=True))


def graph(count, generator, nodes=60, edges=240, k=12):
    ends = torch.randint(0, nodes, (2, edges), generator=generator)
    return torch.randn(nodes, 16, generator=generator), ends, torch.tensor(k)


def cloud(count, generator):
    return torch.randn(128, 3, generator=generator), torch.tensor(9)


class TimeFirst(nn.Module):
    """Phonemes of [T, 80] features, any number of frames of which five are needed at least: no axis of a batch."""

    def __init__(self, width=96, phonemes=42):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv1d(80, width, 5), nn.BatchNorm1d(width), nn.ReLU(),
                                  nn.Conv1d(width, width, 3, padding=1), nn.ReLU())
        self.steps, self.last = nn.GRU(width, 64, bidirectional=True), nn.Linear(128, phonemes)

    def forward(self, x):
        maps = self.conv(x.t().unsqueeze(0)).squeeze(0).t()
        return self.last(self.steps(maps.unsqueeze(1))[0].squeeze(1)).log_softmax(-1)


def features(count, generator):
    return (torch.randn(120, 80, generator=generator).cumsum(0) / 6,)


class Spectrum(nn.Module):
    """Log-mel features of one second of sound: the Fourier transform of windowed frames as one convolution by cosines and sines."""

    def __init__(self, rate=16000, length=400, hop=160, bands=40):
        super().__init__()
        self.hop, places = hop, torch.arange(length, dtype=torch.float64)
        angles = 2 * math.pi / length * torch.arange(length // 2 + 1, dtype=torch.float64).unsqueeze(1) * places
        rows = torch.cat([angles.cos(), -angles.sin()]) * torch.hann_window(length, dtype=torch.float64)
        self.register_buffer("rows", rows.float().unsqueeze(1))
        mel = torch.linspace(0, 2595 * math.log10(1 + rate / 2 / 700), bands + 2, dtype=torch.float64)
        edges = (700 * (10 ** (mel / 2595) - 1)).unsqueeze(1)
        bins = torch.linspace(0, rate / 2, length // 2 + 1, dtype=torch.float64)
        rise, fall = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2]), (edges[2:] - bins) / (edges[2:] - edges[1:-1])
        self.register_buffer("mel", torch.minimum(rise, fall).clamp(min=0).float())

    def forward(self, sound):
        real, imaginary = F.conv1d(sound.unsqueeze(1), self.rows, stride=self.hop).chunk(2, 1)
        return (self.mel @ (real.square() + imaginary.square()) + 1e-6).log()


class SpokenWords(nn.Module):
    """A speech command from the sound itself: log-mel features, four convolutions, a mean over time."""

    def __init__(self, words=12):
        super().__init__()
        self.features = Spectrum()
        steps, before = [nn.BatchNorm1d(40)], 40
        for width in (64, 64, 96, 96):
            steps += [nn.Conv1d(before, width, 5, 2, 2, bias=False), nn.BatchNorm1d(width), nn.ReLU()]
            before = width
        self.body, self.last = nn.Sequential(*steps), nn.Linear(before, words)

    def forward(self, sound):
        return self.last(self.body(self.features(sound)).mean(2))


def sound(count, generator):
    """Voiced and unvoiced parts with pauses: harmonics of a moving pitch, noise, and an envelope, at the level of speech."""
    time = torch.arange(16000) / 16000
    pitch = 100 + 120 * torch.rand(count, 1, generator=generator) + 30 * torch.sin(2 * math.pi * 2 * time)
    phase = 2 * math.pi * pitch.cumsum(1) / 16000
    voice = sum(torch.sin(n * phase) / n for n in range(1, 12))
    noise = torch.randn(count, 16000, generator=generator)
    turns = torch.rand(count, 2, 8, generator=generator)
    loud, kind = F.interpolate(turns, size=16000, mode="linear").unbind(1)
    return (0.15 * loud.square() * (kind * voice + (1 - kind) * 0.3 * noise) + 0.001 * noise,)


def quantize(path, inputs):
    """Writes the model again as ONNX Runtime's quantizer does: int8 weights, uint8 activations, QuantizeLinear and DequantizeLinear."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    import onnxruntime

    names = [entry.name for entry in onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).get_inputs()]

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.feeds = iter([dict(zip(names, (tensor.numpy() for tensor in tensors))) for tensors in inputs])

        def get_next(self):
            return next(self.feeds, None)

    quantize_static(path, path, Reader(), quant_format=QuantFormat.QDQ, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
                    per_channel=True)
