"""Networks that no package has, and cuts of those that a package has."""
import torch
from torch import nn
from torch.nn import functional as F


class Part(nn.Module):
    """One entry of what a network returns as a dictionary."""

    def __init__(self, network, key):
        super().__init__()
        self.network, self.key = network, key

    def forward(self, x):
        return self.network(x)[self.key]


class Detector(nn.Module):
    """A detector of torchvision with its post-processing: boxes, scores and labels, as many as it finds."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        found = self.network([x[0]])[0]
        return found["boxes"], found["scores"], found["labels"]


class DetectorHeads(nn.Module):
    """The same up to the post-processing: a row of class scores and one of box offsets per anchor."""

    def __init__(self, network):
        super().__init__()
        self.backbone, self.head = network.backbone, network.head

    def forward(self, x):
        found = self.head(list(self.backbone(x).values()))
        return found["cls_logits"], found["bbox_regression"]


class UNet(nn.Module):
    """Ronneberger et al. 2015 with batch norms, padded convolutions and transposed ones on the way up."""

    def __init__(self, width=12, depth=3, classes=2):
        super().__init__()
        widths = [width << level for level in range(depth + 1)]
        self.down = nn.ModuleList(self.block(a, b) for a, b in zip([3] + widths, widths))
        self.grow = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, stride=2) for a, b in zip(widths, widths[1:]))
        self.up = nn.ModuleList(self.block(2 * a, a) for a in widths[:-1])
        self.last = nn.Conv2d(width, classes, 1)

    @staticmethod
    def block(before, after):
        return nn.Sequential(nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU(),
                             nn.Conv2d(after, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU())

    def forward(self, x):
        kept = []
        for level, block in enumerate(self.down):
            x = block(F.max_pool2d(x, 2) if level else x)
            kept.append(x)
        for level in reversed(range(len(self.up))):
            x = self.up[level](torch.cat([kept[level], self.grow[level](x)], 1))
        return self.last(x)


class SuperResolution(nn.Module):
    """ESPCN, Shi et al. 2016: the picture three times as wide and high."""

    def __init__(self, factor=3):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 32, 5, padding=2), nn.Tanh(), nn.Conv2d(32, 16, 3, padding=1), nn.Tanh(),
                                  nn.Conv2d(16, 3 * factor**2, 3, padding=1), nn.PixelShuffle(factor))

    def forward(self, x):
        return self.body(x)


class StyleTransfer(nn.Module):
    """Johnson et al. 2016 with instance norms, mirrored edges, and nearest upsampling before the convolutions on the way up."""

    def __init__(self, width=16):
        super().__init__()
        steps = [self.conv(3, width, 9), self.conv(width, 2 * width, 3, stride=2), self.conv(2 * width, 4 * width, 3, stride=2)]
        self.down = nn.Sequential(*steps)
        self.body = nn.ModuleList(nn.Sequential(self.conv(4 * width, 4 * width, 3), self.conv(4 * width, 4 * width, 3, last=True)) for _ in range(3))
        self.up = nn.ModuleList([self.conv(4 * width, 2 * width, 3), self.conv(2 * width, width, 3)])
        self.last = nn.Sequential(nn.ReflectionPad2d(4), nn.Conv2d(width, 3, 9))

    @staticmethod
    def conv(before, after, side, stride=1, last=False):
        steps = [nn.ReflectionPad2d(side // 2), nn.Conv2d(before, after, side, stride), nn.InstanceNorm2d(after, affine=True)]
        return nn.Sequential(*steps, *([] if last else [nn.ReLU()]))

    def forward(self, x):
        x = self.down(x)
        for block in self.body:
            x = x + block(x)
        for conv in self.up:
            x = conv(F.interpolate(x, scale_factor=2, mode="nearest"))
        return self.last(x)


class Keywords(nn.Module):
    """A speech command from a second of sound: 98 frames of 40 features, a recurrence, a layer over its last step."""

    def __init__(self, recurrence, both_ways=False, layers=2, width=64, words=12):
        super().__init__()
        self.steps = recurrence(40, width, layers, batch_first=True, bidirectional=both_ways)
        self.last = nn.Linear(width * (1 + both_ways), words)

    def forward(self, x):
        return self.last(self.steps(x)[0][:, -1])


class ConvolutionalKeywords(nn.Module):
    """The same with convolutions over time and features in front of a recurrence, and a mean over its steps."""

    def __init__(self, recurrence, width=48, words=12):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, 16, (5, 5), (2, 2), padding=2, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
                                  nn.Conv2d(16, 24, 3, (1, 2), padding=1, bias=False), nn.BatchNorm2d(24), nn.ReLU())
        self.steps = recurrence(240, width, batch_first=True)
        self.last = nn.Linear(width, words)

    def forward(self, x):
        maps = self.conv(x.unsqueeze(1))
        rows = maps.transpose(1, 2).flatten(2)
        return self.last(self.steps(rows)[0].mean(1))


class Encoder(nn.Module):
    """A transformer of torch's own layers over word indices."""

    def __init__(self, words=1000, width=128, heads=4, layers=2, length=48, norm_first=False):
        super().__init__()
        self.words, self.places = nn.Embedding(words, width), nn.Parameter(torch.randn(1, length, width))
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, activation="gelu", batch_first=True, norm_first=norm_first)
        self.layers = nn.ModuleList(torch.nn.modules.transformer._get_clones(layer, layers))
        self.last = nn.Linear(width, 3)

    def forward(self, indices):
        x = self.words(indices) + self.places
        for layer in self.layers:
            x = layer(x)
        return self.last(x[:, 0])


def bert(**options):
    """BERT of transformers, small: hidden states of all words and the pooled first one."""
    from transformers import BertConfig, BertModel

    class Bert(nn.Module):
        def __init__(self):
            super().__init__()
            config = BertConfig(vocab_size=4000, hidden_size=128, num_hidden_layers=3, num_attention_heads=4, intermediate_size=512,
                                max_position_embeddings=128, **options)
            self.network = BertModel(config)

        def forward(self, indices, mask):
            found = self.network(input_ids=indices, attention_mask=mask)
            return found.last_hidden_state, found.pooler_output

    return Bert()
