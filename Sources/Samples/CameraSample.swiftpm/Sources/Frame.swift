import ONNX2Mobile

/// A picture of the camera.
public struct Frame: Sendable {
  public let image: ModelImage
  /// When the camera gave it.
  public let arrival: ContinuousClock.Instant

  public init(_ image: ModelImage, arrival: ContinuousClock.Instant = .now) { (self.image, self.arrival) = (image, arrival) }

  /// Width and height of the frame as it is seen.
  var uprightSize: (width: Int, height: Int) {
    let isTurned = image.rotation == .degrees90 || image.rotation == .degrees270
    return isTurned ? (image.height, image.width) : (image.width, image.height)
  }

  /// The newest frame, and where to put it. A frame that nobody has taken when the next one comes is lost: labels are late by one frame at
  /// most.
  public static func stream() -> (frames: AsyncStream<Frame>, continuation: AsyncStream<Frame>.Continuation) {
    let (stream, continuation) = AsyncStream.makeStream(of: Frame.self, bufferingPolicy: .bufferingNewest(1))
    return (stream, continuation)
  }
}
