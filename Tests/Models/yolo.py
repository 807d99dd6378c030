"""A detector with masks in the manner of YOLO11s-seg: 10 million parameters, at 640 x 640 pixels 8400 places and 32 prototypes."""
import torch
from torch import nn
from torch.nn import functional as F


def conv(before, after, side=1, stride=1, groups=1, active=True):
    steps = [nn.Conv2d(before, after, side, stride, side // 2, groups=groups, bias=False), nn.BatchNorm2d(after, eps=1e-3)]
    return nn.Sequential(*steps, *([nn.SiLU()] if active else []))


class Bottleneck(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.steps = nn.Sequential(conv(width, inner, 3), conv(inner, width, 3))

    def forward(self, x):
        return x + self.steps(x)


class Crossed(nn.Module):
    """Half of the channels past the steps, half through them (C3)."""

    def __init__(self, width, steps=2):
        super().__init__()
        inner = width // 2
        self.past, self.into, self.last = conv(width, inner), conv(width, inner), conv(2 * inner, width)
        self.steps = nn.Sequential(*(Bottleneck(inner, inner) for _ in range(steps)))

    def forward(self, x):
        return self.last(torch.cat([self.steps(self.into(x)), self.past(x)], 1))


class Gathered(nn.Module):
    """What every step gives, side by side (C2f, C3k2)."""

    def __init__(self, before, after, nested, part=0.5):
        super().__init__()
        self.inner = int(after * part)
        self.first = conv(before, 2 * self.inner)
        self.steps = nn.ModuleList([Crossed(self.inner) if nested else Bottleneck(self.inner, self.inner // 2)])
        self.last = conv((2 + len(self.steps)) * self.inner, after)

    def forward(self, x):
        parts = list(self.first(x).chunk(2, 1))
        for step in self.steps:
            parts.append(step(parts[-1]))
        return self.last(torch.cat(parts, 1))


class Pyramid(nn.Module):
    """Three maxima, each over what the last one saw (SPPF)."""

    def __init__(self, width):
        super().__init__()
        self.first, self.last = conv(width, width // 2), conv(2 * width, width)

    def forward(self, x):
        parts = [self.first(x)]
        for _ in range(3):
            parts.append(F.max_pool2d(parts[-1], 5, 1, 2))
        return self.last(torch.cat(parts, 1))


class Attention(nn.Module):
    """Every place looks at every other one; a depthwise convolution says where it is."""

    def __init__(self, width, head=64):
        super().__init__()
        self.heads, self.head, self.key = width // head, head, head // 2
        self.qkv = conv(width, self.heads * (2 * self.key + head), active=False)
        self.place, self.last = conv(width, width, 3, groups=width, active=False), conv(width, width, active=False)

    def forward(self, x):
        n, c, h, w = x.shape
        q, k, v = self.qkv(x).view(n, self.heads, 2 * self.key + self.head, h * w).split([self.key, self.key, self.head], 2)
        weights = (q.transpose(2, 3) @ k * self.key**-0.5).softmax(-1)
        seen = (v @ weights.transpose(2, 3)).view(n, c, h, w)
        return self.last(seen + self.place(v.reshape(n, c, h, w)))


class Attended(nn.Module):
    """Half of the channels past attention and a small perceptron, half through them (C2PSA)."""

    def __init__(self, width):
        super().__init__()
        inner = width // 2
        self.first, self.last = conv(width, width), conv(width, width)
        self.attention, self.mix = Attention(inner), nn.Sequential(conv(inner, 2 * inner), conv(2 * inner, inner, active=False))

    def forward(self, x):
        past, x = self.first(x).chunk(2, 1)
        x = x + self.attention(x)
        return self.last(torch.cat([past, x + self.mix(x)], 1))


class Prototypes(nn.Module):
    def __init__(self, before, width=128, masks=32):
        super().__init__()
        steps = [conv(before, width, 3), nn.ConvTranspose2d(width, width, 2, 2)]
        self.steps = nn.Sequential(*steps, conv(width, width, 3), conv(width, masks))

    def forward(self, x):
        return self.steps(x)


class Segmenter(nn.Module):
    """Boxes (centre, width, height in pixels), class scores and mask coefficients of each place; mask prototypes."""

    STRIDES, BINS, CLASSES, MASKS = (8, 16, 32), 16, 80, 32

    def __init__(self, side=640):
        super().__init__()
        self.stem = nn.Sequential(conv(3, 32, 3, 2), conv(32, 64, 3, 2), Gathered(64, 128, False, 0.25))
        self.down = nn.ModuleList([
            nn.Sequential(conv(128, 128, 3, 2), Gathered(128, 256, False, 0.25)),
            nn.Sequential(conv(256, 256, 3, 2), Gathered(256, 256, True)),
            nn.Sequential(conv(256, 512, 3, 2), Gathered(512, 512, True), Pyramid(512), Attended(512))])
        self.rise = nn.ModuleList([Gathered(512 + 256, 256, False), Gathered(256 + 256, 128, False)])
        self.shrink = nn.ModuleList([conv(128, 128, 3, 2), conv(256, 256, 3, 2)])
        self.fall = nn.ModuleList([Gathered(128 + 256, 256, False), Gathered(256 + 512, 512, True)])
        widths = (128, 256, 512)
        self.boxes = nn.ModuleList(self.head(c, 64, 4 * self.BINS) for c in widths)
        self.masks = nn.ModuleList(self.head(c, 32, self.MASKS) for c in widths)
        self.classes = nn.ModuleList(
            nn.Sequential(conv(c, c, 3, groups=c), conv(c, 128), conv(128, 128, 3, groups=128), conv(128, 128),
                          nn.Conv2d(128, self.CLASSES, 1))
            for c in widths)
        self.prototypes = Prototypes(128)
        sides = [side // stride for stride in self.STRIDES]
        centres = [torch.stack(torch.meshgrid(torch.arange(n) + 0.5, torch.arange(n) + 0.5, indexing="xy")).flatten(1) for n in sides]
        self.register_buffer("centres", torch.cat(centres, 1))
        self.register_buffer("strides", torch.cat([torch.full((1, n * n), float(s)) for n, s in zip(sides, self.STRIDES)], 1))
        self.register_buffer("bins", torch.arange(float(self.BINS)).view(1, -1, 1, 1))

    @staticmethod
    def head(before, width, after):
        return nn.Sequential(conv(before, width, 3), conv(width, width, 3), nn.Conv2d(width, after, 1))

    def forward(self, x):
        fine = self.stem(x)
        middle = self.down[0](fine)
        low = self.down[1](middle)
        deep = self.down[2](low)
        rise = self.rise[0](torch.cat([F.interpolate(deep, scale_factor=2.0), low], 1))
        maps = [self.rise[1](torch.cat([F.interpolate(rise, scale_factor=2.0), middle], 1))]
        for shrink, fall, beside in zip(self.shrink, self.fall, (rise, deep)):
            maps.append(fall(torch.cat([shrink(maps[-1]), beside], 1)))
        rows = [torch.cat([head(m).flatten(2) for head, m in zip(heads, maps)], 2) for heads in (self.boxes, self.classes, self.masks)]
        sides = rows[0].view(x.shape[0], 4, self.BINS, -1).transpose(1, 2).softmax(1)
        near, far = F.conv2d(sides, self.bins).squeeze(1).chunk(2, 1)
        low, high = self.centres - near, self.centres + far
        boxes = torch.cat([(low + high) / 2, high - low], 1) * self.strides
        return torch.cat([boxes, rows[1].sigmoid(), rows[2]], 1), self.prototypes(maps[0])

    def shape_weights(self, generator):
        """Most places hold nothing, as in a trained one."""
        for head in self.classes:
            head[-1].bias -= 6
