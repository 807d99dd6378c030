import CO2MKernels
import CO2MPlatform

/// 64-byte aligned floats within ± scale that live as long as the benchmark.
func floats(_ count: Int, seed: UInt32, scale: Float = 1) -> UnsafeMutablePointer<Float> {
  guard let memory = o2m_allocate(max(count, 16) * 4) else { preconditionFailure("no memory for \(count) floats") }
  let values = memory.bindMemory(to: Float.self, capacity: max(count, 16))
  var state = seed
  for index in 0..<max(count, 16) {
    state = state &* 1_664_525 &+ 1_013_904_223
    values[index] = Float(Int32(bitPattern: state) >> 8) / Float(1 << 23) * scale
  }
  return values
}

/// How the weights of a case are stored.
enum WeightType: String {
  case float32, float16, int8

  func pack(_ layout: o2m_weight_layout, _ w: UnsafePointer<Float>) -> o2m_weights {
    var layout = layout
    let count = o2m_packed_count(&layout), unpacked = layout.groups * layout.outputs * layout.taps * layout.inputs
    var weights = o2m_weights()
    guard let memory = o2m_allocate(count * 4) else { preconditionFailure("no memory for \(count) weights") }
    switch self {
    case .float32:
      weights.type = UInt32(O2M_WEIGHTS_F32)
      o2m_pack(&layout, 4, w, 0, memory)
    case .float16:
      weights.type = UInt32(O2M_WEIGHTS_F16)
      o2m_pack(&layout, 2, (0..<unpacked).map { Float16(w[$0]) }, 0, memory)
    case .int8:
      weights.type = UInt32(O2M_WEIGHTS_I8)
      o2m_pack(&layout, 1, (0..<unpacked).map { Int8(w[$0] * 127) }, 0, memory)
    }
    weights.data = UnsafeRawPointer(memory)
    var vector = o2m_layout_vector(&layout)
    weights.bias = UnsafePointer(floats(o2m_packed_count(&vector), seed: 3))
    return weights
  }
}

/// A square convolution over a square picture, as networks have them.
struct ConvCase {
  var inputs: Int, outputs: Int, kernel: Int, stride = 1, groups = 1, size: Int
  var weights = WeightType.float32
  var from: String

  var name: String {
    let stride = stride == 1 ? "" : "/\(stride)"
    return "\(isDepthwise ? "dwconv" : "conv") \(kernel)x\(kernel)\(stride) \(inputs)→\(outputs) \(size)x\(size) \(weights) \(from)"
  }

  private var isDepthwise: Bool { groups > 1 && groups == inputs && groups == outputs }
  private var outputSize: Int { (size + 2 * (kernel / 2) - kernel) / stride + 1 }

  func kernelCase(on pool: OpaquePointer?) -> KernelCase {
    let taps = kernel * kernel, out = outputSize
    let w = floats(outputs * inputs / groups * taps, seed: 2)
    let x = floats(size * size * inputs, seed: 1), y = floats(out * out * outputs, seed: 0)

    var conv = o2m_f32_conv()
    conv.batch = 1
    (conv.x_height, conv.x_width, conv.x_channels, conv.x_pitch) = (size, size, inputs, inputs)
    (conv.y_height, conv.y_width, conv.y_channels, conv.y_pitch) = (out, out, outputs, outputs)
    conv.groups = groups
    (conv.kernel_height, conv.kernel_width) = (kernel, kernel)
    (conv.stride_y, conv.stride_x, conv.dilation_y, conv.dilation_x) = (stride, stride, 1, 1)
    (conv.pad_top, conv.pad_left) = (kernel / 2, kernel / 2)
    conv.activation.kind = UInt32(O2M_ACT_RELU)
    conv.weights = weights.pack(
      isDepthwise ? o2m_layout_depthwise(inputs, taps) : o2m_layout_oihw(groups, outputs / groups, inputs / groups, taps), w)

    var plain = conv
    plain.cpu_without = .max
    let isDepthwise = isDepthwise
    let bytes: (o2m_f32_conv) -> Int = { conv in
      var conv = conv
      let threads = o2m_pool_threads(pool)
      return isDepthwise ? o2m_f32_dwconv_scratch_bytes(&conv, threads) : o2m_f32_conv_scratch_bytes(&conv, threads)
    }
    let scratch = o2m_allocate(max(bytes(conv), bytes(plain)))
    let operations = 2.0 * Double(out * out * outputs * (inputs / groups) * taps)
    return KernelCase(name: name, operations: operations) { [conv, plain] scalar in
      var chosen = scalar ? plain : conv
      if isDepthwise {
        o2m_f32_dwconv_run(&chosen, x, nil, y, scratch, pool)
      } else {
        o2m_f32_conv_run(&chosen, x, nil, y, scratch, pool)
      }
    }
  }
}

/// A fully connected layer or a matrix product with constant weights.
struct GemmCase {
  var rows: Int, depth: Int, columns: Int
  var weights = WeightType.float32
  var from: String

  var name: String { "gemm \(rows)x\(depth)x\(columns) \(weights) \(from)" }

  func kernelCase(on pool: OpaquePointer?) -> KernelCase {
    let w = floats(depth * columns, seed: 2), x = floats(rows * depth, seed: 1), y = floats(rows * columns, seed: 0)
    var gemm = o2m_f32_gemm()
    (gemm.rows, gemm.depth, gemm.columns, gemm.x_pitch, gemm.y_pitch) = (rows, depth, columns, depth, columns)
    gemm.weights = weights.pack(o2m_layout_iohw(1, columns, depth, 1), w)
    var plain = gemm
    plain.cpu_without = .max
    let threads = o2m_pool_threads(pool)
    let scratch = o2m_allocate(
      max(o2m_f32_gemm_scratch_bytes(&gemm, threads), o2m_f32_gemm_scratch_bytes(&plain, threads)))
    return KernelCase(name: name, operations: 2.0 * Double(rows * depth * columns)) { [gemm, plain] scalar in
      var chosen = scalar ? plain : gemm
      o2m_f32_gemm_run(&chosen, x, nil, y, scratch, pool)
    }
  }
}

/// Layers of the networks that the tool is measured on.
let convCases: [ConvCase] = [
  ConvCase(inputs: 3, outputs: 64, kernel: 3, stride: 2, size: 224, from: "squeezenet"),
  ConvCase(inputs: 64, outputs: 16, kernel: 1, size: 55, from: "squeezenet"),
  ConvCase(inputs: 16, outputs: 64, kernel: 3, size: 55, from: "squeezenet"),
  ConvCase(inputs: 512, outputs: 1000, kernel: 1, size: 13, from: "squeezenet"),
  ConvCase(inputs: 64, outputs: 64, kernel: 3, size: 56, from: "resnet18"),
  ConvCase(inputs: 64, outputs: 64, kernel: 3, size: 56, weights: .float16, from: "resnet18"),
  ConvCase(inputs: 64, outputs: 64, kernel: 3, size: 56, weights: .int8, from: "resnet18"),
  ConvCase(inputs: 512, outputs: 512, kernel: 3, size: 7, from: "resnet18"),
  ConvCase(inputs: 96, outputs: 24, kernel: 1, size: 56, from: "mobilenet_v2"),
  ConvCase(inputs: 160, outputs: 960, kernel: 1, size: 7, from: "mobilenet_v2"),
  ConvCase(inputs: 160, outputs: 960, kernel: 1, size: 7, weights: .int8, from: "mobilenet_v2"),
  ConvCase(inputs: 96, outputs: 96, kernel: 3, stride: 2, groups: 96, size: 112, from: "mobilenet_v2"),
  ConvCase(inputs: 384, outputs: 384, kernel: 3, groups: 384, size: 14, from: "mobilenet_v2"),
  ConvCase(inputs: 240, outputs: 240, kernel: 5, groups: 240, size: 28, from: "efficientnet_b0"),
  ConvCase(inputs: 60, outputs: 60, kernel: 1, groups: 3, size: 28, from: "shufflenet_v1"),
]
let gemmCases: [GemmCase] = [
  GemmCase(rows: 1, depth: 1280, columns: 1000, from: "mobilenet_v2"),
  GemmCase(rows: 1, depth: 1280, columns: 1000, weights: .int8, from: "mobilenet_v2"),
  GemmCase(rows: 197, depth: 192, columns: 768, from: "vit_tiny"),
]
