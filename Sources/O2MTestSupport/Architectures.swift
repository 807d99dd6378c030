/// Networks with seeded weights, layer for layer those of torchvision. A smaller `size` makes quick tests.
package enum Architecture: String, CaseIterable, Sendable {
  case squeezenet11, mobileNetV2, shuffleNetV2, resNet18

  /// The model for pictures `[1, 3, size, size]`.
  package func model(size: Int = 224, classes: Int = 1000, seed: UInt64 = 1) -> ModelBuilder {
    switch self {
    case .squeezenet11: Self.squeezenet11(size: size, classes: classes, seed: seed)
    case .mobileNetV2: Self.mobileNetV2(size: size, classes: classes, seed: seed)
    case .shuffleNetV2: Self.shuffleNetV2(size: size, classes: classes, seed: seed)
    case .resNet18: Self.resNet18(size: size, classes: classes, seed: seed)
    }
  }

  /// - Spec: Iandola et al., SqueezeNet, version 1.1. It has no BatchNormalization.
  package static func squeezenet11(size: Int = 224, classes: Int = 1000, seed: UInt64 = 1) -> ModelBuilder {
    var net = NetworkBuilder(seed: seed)
    func fire(_ x: NetworkBuilder.Feature, _ squeeze: Int, _ expand: Int, _ name: String) -> NetworkBuilder.Feature {
      let s = net.relu(net.conv(x, squeeze, kernel: 1, bias: true, name + ".squeeze"), name + ".squeeze.relu")
      let a = net.relu(net.conv(s, expand, kernel: 1, bias: true, name + ".expand1x1"), name + ".expand1x1.relu")
      let b = net.relu(net.conv(s, expand, kernel: 3, bias: true, name + ".expand3x3"), name + ".expand3x3.relu")
      return net.concat([a, b], name)
    }
    var x = net.picture(size)
    x = net.relu(net.conv(x, 64, kernel: 3, stride: 2, pad: 0, bias: true, "features.0"), "features.1")
    x = net.maxPool(x, kernel: 3, stride: 2, ceil: true, "features.2")
    x = fire(x, 16, 64, "features.3")
    x = fire(x, 16, 64, "features.4")
    x = net.maxPool(x, kernel: 3, stride: 2, ceil: true, "features.5")
    x = fire(x, 32, 128, "features.6")
    x = fire(x, 32, 128, "features.7")
    x = net.maxPool(x, kernel: 3, stride: 2, ceil: true, "features.8")
    x = fire(x, 48, 192, "features.9")
    x = fire(x, 48, 192, "features.10")
    x = fire(x, 64, 256, "features.11")
    x = fire(x, 64, 256, "features.12")
    x = net.relu(net.conv(x, classes, kernel: 1, bias: true, "classifier.1"), "classifier.2")
    return net.finish(net.pool(x, "classifier.3"))
  }

  /// - Spec: Sandler et al., MobileNetV2; `width` scales the channels, rounded to multiples of 8.
  package static func mobileNetV2(size: Int = 224, width: Float = 1, classes: Int = 1000, seed: UInt64 = 1) -> ModelBuilder {
    var net = NetworkBuilder(seed: seed)
    func channels(_ count: Int) -> Int {
      let wanted = Float(count) * width
      let rounded = max(8, Int(wanted + 4) / 8 * 8)
      return Float(rounded) < 0.9 * wanted ? rounded + 8 : rounded
    }
    func layer(
      _ x: NetworkBuilder.Feature, _ count: Int, kernel: Int, stride: Int = 1, group: Int = 1, _ name: String
    ) -> NetworkBuilder.Feature {
      let c = net.conv(x, count, kernel: kernel, stride: stride, group: group, name + ".0")
      return net.relu6(net.batchNorm(c, name + ".1"), name + ".2")
    }
    var x = layer(net.picture(size), channels(32), kernel: 3, stride: 2, "features.0")
    var block = 1
    for (expansion, count, repeats, stride) in [
      (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ] {
      for repetition in 0..<repeats {
        let name = "features.\(block)", step = repetition == 0 ? stride : 1
        var y = x
        if expansion > 1 { y = layer(y, x.channels * expansion, kernel: 1, name + ".expand") }
        y = layer(y, y.channels, kernel: 3, stride: step, group: y.channels, name + ".depthwise")
        y = net.batchNorm(net.conv(y, channels(count), kernel: 1, name + ".project.0"), name + ".project.1")
        x = step == 1 && x.channels == y.channels ? net.add(x, y, name) : y
        block += 1
      }
    }
    x = layer(x, max(1280, channels(1280)), kernel: 1, "features.18")
    return net.finish(net.linear(net.pool(x, "pool"), classes, "classifier.1"))
  }

  /// - Spec: Ma et al., ShuffleNet V2, width 1.0.
  package static func shuffleNetV2(size: Int = 224, classes: Int = 1000, seed: UInt64 = 1) -> ModelBuilder {
    var net = NetworkBuilder(seed: seed)
    func pointwise(_ x: NetworkBuilder.Feature, _ count: Int, _ name: String) -> NetworkBuilder.Feature {
      net.relu(net.batchNorm(net.conv(x, count, kernel: 1, name + ".0"), name + ".1"), name + ".2")
    }
    func depthwise(_ x: NetworkBuilder.Feature, stride: Int, _ name: String) -> NetworkBuilder.Feature {
      net.batchNorm(net.conv(x, x.channels, kernel: 3, stride: stride, group: x.channels, name + ".0"), name + ".1")
    }
    var x = net.picture(size)
    x = net.relu(net.batchNorm(net.conv(x, 24, kernel: 3, stride: 2, "conv1.0"), "conv1.1"), "conv1.2")
    x = net.maxPool(x, kernel: 3, stride: 2, pad: 1, "maxpool")
    for (stage, count, repeats) in [(2, 116, 4), (3, 232, 8), (4, 464, 4)] {
      for unit in 0..<repeats {
        let name = "stage\(stage).\(unit)", stride = unit == 0 ? 2 : 1
        var left = x, right = x
        if unit == 0 {
          left = pointwise(depthwise(x, stride: 2, name + ".branch1.dw"), count / 2, name + ".branch1.pw")
        } else {
          (left, right) = net.halves(x, name + ".chunk")
        }
        right = pointwise(right, count / 2, name + ".branch2.pw1")
        right = pointwise(depthwise(right, stride: stride, name + ".branch2.dw"), count / 2, name + ".branch2.pw2")
        x = net.shuffle(net.concat([left, right], name + ".concat"), groups: 2, name)
      }
    }
    x = pointwise(x, 1024, "conv5")
    return net.finish(net.linear(net.pool(x, "mean"), classes, "fc"))
  }

  /// - Spec: He et al., Deep Residual Learning, 18 layers with basic blocks.
  package static func resNet18(size: Int = 224, classes: Int = 1000, seed: UInt64 = 1) -> ModelBuilder {
    var net = NetworkBuilder(seed: seed)
    var x = net.picture(size)
    x = net.relu(net.batchNorm(net.conv(x, 64, kernel: 7, stride: 2, "conv1"), "bn1"), "relu")
    x = net.maxPool(x, kernel: 3, stride: 2, pad: 1, "maxpool")
    for (layer, count) in [(1, 64), (2, 128), (3, 256), (4, 512)] {
      for block in 0..<2 {
        let name = "layer\(layer).\(block)", stride = layer > 1 && block == 0 ? 2 : 1
        var y = net.relu(net.batchNorm(net.conv(x, count, kernel: 3, stride: stride, name + ".conv1"), name + ".bn1"), name + ".relu1")
        y = net.batchNorm(net.conv(y, count, kernel: 3, name + ".conv2"), name + ".bn2")
        if stride > 1 {
          x = net.batchNorm(net.conv(x, count, kernel: 1, stride: stride, name + ".downsample.0"), name + ".downsample.1")
        }
        x = net.relu(net.add(y, x, name + ".add"), name)
      }
    }
    return net.finish(net.linear(net.pool(x, "avgpool"), classes, "fc"))
  }
}
