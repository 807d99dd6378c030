"""The models of the zoo: how each is built, what it takes, and how it is exported.

Nothing is downloaded. Weights are seeded and random but sane: batch norms have the statistics of pictures, what an initialiser sets to
zero or nearly so (biases, layer scales) is given a part in the result, and linear layers keep the scale of their inputs. Where training
leaves something that chance does not (dead channels, signs for weights), the network has a rule for it: `shape_weights`.
"""
import dataclasses
import re
from typing import Callable

import classics
import networks
import torch
import traits
import yolo
from torch import nn

SEED = 4


def vision(name, **options):
    """A classifier, or another network, of torchvision."""
    return lambda: torchvision().models.get_model(name, weights=None, **options)


def segmenter(name):
    return lambda: networks.Part(torchvision().models.get_model(name, weights=None, weights_backbone=None, num_classes=21), "out")


def swin(window, version=1):
    """torchvision's own, which has wider networks only by name."""
    def build():
        swin = torchvision().models.swin_transformer
        block, merging = ((swin.SwinTransformerBlock, swin.PatchMerging), (swin.SwinTransformerBlockV2, swin.PatchMergingV2))[version - 1]
        return swin.SwinTransformer([4, 4], 48, [2, 2, 2, 2], [3, 6, 12, 24], window, block=block, downsample_layer=merging)
    return build


def ssd():
    return torchvision().models.get_model("ssdlite320_mobilenet_v3_large", weights=None, weights_backbone=None, num_classes=21,
                                          topk_candidates=50, detections_per_img=20)


def timm(name, **options):
    def build():
        torchvision()  # timm imports it too
        import timm
        return timm.create_model(name, pretrained=False, **options)
    return build


def torchvision():
    """torchvision, also beside a torch without CUDA.

    Its compiled operators need the CUDA that it was built for. Importing wants the names of two; a detector runs one of them.
    """
    try:
        import torchvision
    except RuntimeError:
        for operator in ("nms", "qnms"):
            torch.library.define(f"torchvision::{operator}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision
        torch.library.impl("torchvision::nms", "CPU", suppressed)
        torchvision.extension._has_ops = has_operators
    return torchvision


def has_operators():
    return True


def suppressed(boxes, scores, threshold):
    """The boxes left, best first, when each drops the later ones that overlap it by more than `threshold`."""
    left = scores.argsort(descending=True, stable=True)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    kept = []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(best)
        low, high = torch.maximum(boxes[best, :2], boxes[left, :2]), torch.minimum(boxes[best, 2:], boxes[left, 2:])
        shared = (high - low).clamp(min=0).prod(1)
        left = left[shared <= threshold * (area[best] + area[left] - shared)]
    return torch.stack(kept) if kept else torch.empty(0, dtype=torch.long)


def pictures(count, height, generator, width=None, colours=3):
    """Smooth colour fields of several scales, an edge and a little noise, normalised as photographs are."""
    width = width or height
    picture = torch.zeros(count, colours, height, width)
    for cells, weight in ((2, 0.9), (7, 0.6), (29, 0.4)):
        field = torch.randn(count, colours, cells, cells, generator=generator)
        picture += weight * nn.functional.interpolate(field, size=(height, width), mode="bicubic", align_corners=False)
    picture[:, :, :, width // 3:] += torch.randn(count, colours, 1, 1, generator=generator)
    picture += 0.05 * torch.randn(picture.shape, generator=generator)
    return picture.clamp(-2.1, 2.6)


def image(height, width=None, colours=3):
    return lambda count, generator: (pictures(count, height, generator, width, colours),)


def pixels(side):
    """Pictures of colours from 0 to 1."""
    return lambda count, generator: ((pictures(count, side, generator) + 2.1) / 4.7,)


def frames(count, generator):
    return (torch.randn(count, 98, 40, generator=generator).cumsum(1) / 5,)


def words(count, generator, length=48):
    return (torch.randint(0, 1000, (count, length), generator=generator),)


def masked_words(count, generator):
    mask = torch.ones(count, 48, dtype=torch.long)
    mask[:, 37:] = 0
    return words(count, generator) + (mask,)


def text(count, generator):
    return (torch.randint(0, 8000, (35, count), generator=generator),)


def text_and_state(count, generator):
    return text(count, generator) + tuple(torch.randn(2, count, 200, generator=generator).tanh() for _ in range(2))


def numbers(count, generator):
    return (torch.randn(count, 100, 1, 1, generator=generator),)


@dataclasses.dataclass
class Net:
    build: Callable[[], nn.Module]
    inputs: Callable = image(224)     # of a count and a generator, the tensors that it takes
    outputs: tuple = ("output",)
    names: tuple = ()                 # of the inputs
    opset: int = 13                   # of the TorchScript exporter; the other one takes its default
    keeps_norms: bool = True          # in the TorchScript export; the other one always folds them
    dynamic: bool = False             # whether the batch is left open
    open_axes: dict = dataclasses.field(default_factory=dict)  # more of what is left open: by input, names by axis
    constant: tuple = ()              # inputs that the bundle takes for constants
    rewrite: Callable | None = None   # what is done to the exported file, of its path and some inputs
    trait: str = ""                   # of models that the zoo cannot have, for which it stands


def transformer(build, *arguments, **options):
    return Net(build, *arguments, opset=17, keeps_norms=False, **options)


def graph(build, inputs, *names, **options):
    return Net(build, inputs, names=names, opset=17, constant=("k",), trait=f"a graph, {names[0]}, and a number k", **options)


MODELS = {
    # Convolutions
    "squeezenet1_1": Net(vision("squeezenet1_1"), opset=9, keeps_norms=False),
    "resnet18": Net(vision("resnet18"), image(160)),
    "resnet18_dynamic": Net(vision("resnet18"), image(96), dynamic=True),
    "regnet_y_400mf": Net(vision("regnet_y_400mf")),
    "regnetx_002": Net(timm("regnetx_002")),
    "densenet121": Net(vision("densenet121"), image(96)),
    "mobilenetv1_100": Net(timm("mobilenetv1_100")),
    "mobilenet_v2": Net(vision("mobilenet_v2"), opset=9),
    "mobilenet_v3_small": Net(vision("mobilenet_v3_small")),
    "mobilenet_v3_large": Net(vision("mobilenet_v3_large")),
    "mobilenetv3_small_050": Net(timm("mobilenetv3_small_050"), opset=14),
    "mobilenetv4_conv_small": Net(timm("mobilenetv4_conv_small")),
    "mobilenetv4_hybrid_medium": Net(timm("mobilenetv4_hybrid_medium"), image(192), opset=17),
    "mnasnet0_5": Net(vision("mnasnet0_5"), opset=11),
    "shufflenet_v2_x0_5": Net(vision("shufflenet_v2_x0_5"), opset=11, dynamic=True),
    "shufflenet_v2_x1_0": Net(vision("shufflenet_v2_x1_0")),
    "ghostnet_100": Net(timm("ghostnet_100")),
    "ghostnetv2_100": Net(timm("ghostnetv2_100")),
    "efficientnet_b0": Net(vision("efficientnet_b0")),
    "efficientnet_lite0": Net(timm("efficientnet_lite0")),
    "efficientnet_v2_s": Net(vision("efficientnet_v2_s"), image(96)),
    "test_efficientnet": Net(timm("test_efficientnet"), image(160)),
    "convnext_atto": Net(timm("convnext_atto"), image(160), opset=17),
    "convnext_femto_ols": Net(timm("convnext_femto_ols"), image(160), opset=17),
    "convnext_tiny": Net(vision("convnext_tiny"), image(64), opset=17),
    "convnextv2_atto": Net(timm("convnextv2_atto"), image(160), opset=17),
    # Convolutions of the first years
    "alexnet": Net(vision("alexnet")),
    "vgg11": Net(vision("vgg11")),
    "googlenet": Net(vision("googlenet", aux_logits=False, init_weights=False), image(160)),
    "inception_v3": Net(vision("inception_v3", aux_logits=False, init_weights=False), image(299)),
    "squeezenet1_0": Net(vision("squeezenet1_0"), opset=9, keeps_norms=False),
    "squeezenext": Net(classics.SqueezeNext, opset=9),
    "shufflenet_v1_x0_5": Net(classics.ShuffleNet, opset=9),
    "binary_connect": Net(classics.BinaryConnect, image(32), trait="weights of -1 and 1"),
    # Attention and mixing
    "vit_tiny_patch16_224": transformer(timm("vit_tiny_patch16_224")),
    "vit_tiny_dynamic": transformer(timm("vit_tiny_patch16_224", depth=4), dynamic=True),
    "vit_tiny_14": Net(timm("vit_tiny_patch16_224", depth=4), opset=14, keeps_norms=False),
    "deit_tiny_distilled": transformer(timm("deit_tiny_distilled_patch16_224", depth=4)),
    "swin_tiny": transformer(timm("swin_tiny_patch4_window7_224", depths=(2, 2, 2, 2), embed_dim=48)),
    "swin_vision": transformer(swin([7, 7]), image(112)),
    "swin_v2_vision": transformer(swin([8, 8], version=2), image(128)),
    "mobilevit_xxs": Net(timm("mobilevit_xxs"), image(192), opset=17),
    "mobilevitv2_050": Net(timm("mobilevitv2_050"), image(192), opset=17),
    "mixer_s32": transformer(timm("mixer_s32_224")),
    "efficientformer_l1": Net(timm("efficientformer_l1"), opset=17),
    "fastvit_t8": Net(timm("fastvit_t8"), image(192), opset=17),
    "repvit_m0_9": Net(timm("repvit_m0_9"), opset=17),
    "edgenext_xx_small": Net(timm("edgenext_xx_small"), image(192), opset=17),
    # Pictures to pictures
    "deeplabv3_mobilenet_v3_large": Net(segmenter("deeplabv3_mobilenet_v3_large"), image(128)),
    "lraspp_mobilenet_v3_large": Net(segmenter("lraspp_mobilenet_v3_large"), image(160, 224)),
    "fcn_resnet50": Net(segmenter("fcn_resnet50"), image(64)),
    "unet": Net(networks.UNet, image(96, 128)),
    "super_resolution": Net(networks.SuperResolution, image(96, 64)),
    "style_transfer": Net(networks.StyleTransfer, image(96)),
    "enet": Net(classics.ENet, image(96, 128)),
    "dcgan_generator": Net(classics.Generator, numbers),
    "dcgan_discriminator": Net(classics.Discriminator, pixels(64)),
    "deeplabv3_mobilenet_v2_05": Net(traits.DeepLab, image(513), trait="2.8 MB, scores resized to 513 x 513"),
    # Detection
    "ssdlite320_heads": Net(lambda: networks.DetectorHeads(ssd()), image(320), ("classes", "boxes")),
    "ssdlite320": Net(lambda: networks.Detector(ssd()), image(320), ("boxes", "scores", "labels"), keeps_norms=False),
    "yolo_seg": Net(yolo.Segmenter, pixels(640), ("places", "prototypes"), opset=17, trait="40 MB, 640 x 640, 8400 places"),
    "vww_96": Net(lambda: traits.Presence(1), image(96, colours=1), trait="a third of the channels dead, gray"),
    "vww_96_rgb": Net(lambda: traits.Presence(3), image(96), trait="a third of the channels dead"),
    # Sound and text
    "keywords_lstm": Net(lambda: networks.Keywords(nn.LSTM), frames),
    "keywords_lstm_both_ways": Net(lambda: networks.Keywords(nn.LSTM, both_ways=True, width=32), frames, opset=17),
    "keywords_gru": Net(lambda: networks.Keywords(nn.GRU), frames),
    "keywords_conv_gru": Net(lambda: networks.ConvolutionalKeywords(nn.GRU), frames, opset=17),
    "keywords_rnn": Net(lambda: networks.Keywords(nn.RNN), frames),
    "encoder": transformer(networks.Encoder, words),
    "encoder_norm_first": transformer(lambda: networks.Encoder(norm_first=True), words),
    "encoder_qdq": transformer(networks.Encoder, words, rewrite=traits.quantize, trait="a transformer with QuantizeLinear"),
    "words_lstm": Net(classics.RecurrentWords, text_and_state, ("words", "hidden_out", "cell_out"), ("indices", "hidden", "cell"),
                      opset=14),
    "words_transformer": transformer(classics.TransformerWords, text),
    "phonemes": Net(traits.TimeFirst, traits.features, opset=17, open_axes={"input": {0: "frames"}}, trait="[T, 80], time first and open"),
    "spoken_words": Net(traits.SpokenWords, traits.sound, opset=17, trait="log-mel features by a convolution with DFT matrices"),
    "bert": transformer(networks.bert, masked_words, ("words", "pooled")),
    "bert_eager": transformer(lambda: networks.bert(attn_implementation="eager"), masked_words, ("words", "pooled")),
    # Tables and graphs
    "table_saturated": Net(traits.SaturatedTable, traits.SaturatedTable.rows, trait="numbers in their own units, saturated by others"),
    "table_categories": Net(traits.CategoryTable, traits.CategoryTable.rows, names=("numbers", "categories"),
                            trait="categories, to which a constant is added before Gather"),
    "table_noisy": Net(traits.NoisyTable, traits.NoisyTable.rows, trait="noise of float32 near 64 dB"),
    "graph_pooled": graph(traits.PooledGraph, traits.graph, "nodes", "edges", "k"),
    "graph_sorted": graph(traits.SortedGraph, traits.graph, "nodes", "edges", "k"),
    "graph_nearest": graph(traits.NearestGraph, traits.cloud, "points", "k"),
}

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm, nn.GroupNorm, nn.InstanceNorm2d)


def build(name):
    """The network in evaluation mode with its weights, and one set of inputs."""
    net = MODELS[name]
    torch.manual_seed(SEED)
    torch.backends.mha.set_fastpath_enabled(False)  # no exporter knows the operator that it calls
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        network = net.build().eval()
        liven(network, generator)
        if hasattr(network, "shape_weights"):
            network.shape_weights(generator)
        settle(network, net, generator)
    return network, net.inputs(1, generator)


def liven(network, generator):
    """Gives every parameter a part in the result."""
    def random(like, scale):
        return scale * torch.randn(like.shape, generator=generator)

    for module in network.modules():
        if isinstance(module, NORMS) and module.weight is not None:
            module.weight.copy_(torch.exp(random(module.weight, 0.25)))
            module.bias.copy_(random(module.bias, 0.2))
        elif isinstance(module, nn.Linear):
            module.weight.copy_(random(module.weight, module.in_features**-0.5))
            if module.bias is not None:
                module.bias.copy_(random(module.bias, 0.1))
    for name, parameter in network.named_parameters():
        if re.search(r"(gamma|layer_scale(_\d)?)(\.\w+)?$", name):
            parameter.copy_(0.2 + 0.6 * torch.rand(parameter.shape, generator=generator))


def settle(network, net, generator):
    """Gives batch norms the statistics of their inputs."""
    norms = [module for module in network.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    body = network.network.backbone if isinstance(network, networks.Detector) else network
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the average over all batches
        norm.train()
    for _ in range(3 if norms else 0):
        body(*net.inputs(4, generator))
    network.eval()
