import O2MOps
import O2MTensor

/// Copies a tensor from one layout to the other: `[N, C, P]` to `[N, P, C]` or back, whatever the elements mean.
struct Rearrange {
  private let batch: Int, channels: Int, pixels: Int, size: Int
  private let fromPixel: Int, fromChannel: Int, fromBatch: Int
  private let toPixel: Int, toChannel: Int, toBatch: Int

  init(from source: Operand, to target: Operand) {
    let shape = source.shape
    batch = shape.rank > 0 ? shape[0] : 1
    channels = shape.rank > 1 ? shape[1] : 1
    pixels = shape.dims.dropFirst(2).reduce(1, *)
    size = source.element.size
    (fromPixel, fromChannel, fromBatch) = Self.steps(source, channels: channels, pixels: pixels)
    (toPixel, toChannel, toBatch) = Self.steps(target, channels: channels, pixels: pixels)
  }

  private static func steps(_ operand: Operand, channels: Int, pixels: Int) -> (Int, Int, Int) {
    operand.layout == .plain || operand.shape.rank < 3
      ? (1, pixels, channels * pixels) : (operand.pitch, 1, operand.pitch * pixels)
  }

  func run(_ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer) {
    switch size {
    case 1: move(source.assumingMemoryBound(to: UInt8.self), target.assumingMemoryBound(to: UInt8.self))
    case 2: move(source.assumingMemoryBound(to: UInt16.self), target.assumingMemoryBound(to: UInt16.self))
    case 4: move(source.assumingMemoryBound(to: UInt32.self), target.assumingMemoryBound(to: UInt32.self))
    default: move(source.assumingMemoryBound(to: UInt64.self), target.assumingMemoryBound(to: UInt64.self))
    }
  }

  /// Tiles keep the lines that one side strides over in the cache until the other side has used them up.
  private func move<T: BitwiseCopyable>(_ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>) {
    let tile = 16
    for n in 0..<batch {
      let from = source + n * fromBatch, to = target + n * toBatch
      var pixel = 0
      while pixel < pixels {
        let lastPixel = min(pixel + tile, pixels)
        var channel = 0
        while channel < channels {
          let lastChannel = min(channel + tile, channels)
          for p in pixel..<lastPixel {
            for c in channel..<lastChannel { to[p * toPixel + c * toChannel] = from[p * fromPixel + c * fromChannel] }
          }
          channel = lastChannel
        }
        pixel = lastPixel
      }
    }
  }
}
