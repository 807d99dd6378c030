// It needs AVFoundation and UIKit: on Linux this file is parsed, not compiled.
@preconcurrency import AVFoundation
import ONNX2Mobile
import SwiftUI

/// The back camera: its preview, and its frames as the model takes them.
final class Camera: NSObject, AVCaptureVideoDataOutputSampleBufferDelegate, @unchecked Sendable {
  let session = AVCaptureSession()
  let frames: AsyncStream<Frame>
  private let continuation: AsyncStream<Frame>.Continuation
  /// All that is below is used on this queue alone.
  private let queue = DispatchQueue(label: "camera")
  private var rotation: AVCaptureDevice.RotationCoordinator?

  override init() {
    (frames, continuation) = Frame.stream()
    super.init()
  }

  /// Asks for the camera and starts it; a sentence where that cannot be.
  func start() async -> String? {
    guard await AVCaptureDevice.requestAccess(for: .video) else { return "the camera is not allowed: Settings, Privacy, Camera" }
    return await withCheckedContinuation { done in queue.async { done.resume(returning: self.configure()) } }
  }

  func stop() { queue.async { self.session.stopRunning() } }

  private func configure() -> String? {
    if !session.inputs.isEmpty {
      session.startRunning()
      return nil
    }
    guard let device = AVCaptureDevice.default(.builtInWideAngleCamera, for: .video, position: .back),
      let input = try? AVCaptureDeviceInput(device: device)
    else { return "this device has no back camera" }
    let output = AVCaptureVideoDataOutput()
    output.videoSettings = [kCVPixelBufferPixelFormatTypeKey as String: kCVPixelFormatType_420YpCbCr8BiPlanarFullRange]
    output.alwaysDiscardsLateVideoFrames = true
    output.setSampleBufferDelegate(self, queue: queue)
    session.beginConfiguration()
    defer { session.commitConfiguration() }
    session.sessionPreset = .hd1280x720
    guard session.canAddInput(input), session.canAddOutput(output) else { return "the camera gives no frames" }
    session.addInput(input)
    session.addOutput(output)
    rotation = AVCaptureDevice.RotationCoordinator(device: device, previewLayer: nil)
    queue.async { self.session.startRunning() }
    return nil
  }

  /// The frame stays as it is stored; the runtime turns it while it reads it.
  func captureOutput(_: AVCaptureOutput, didOutput sample: CMSampleBuffer, from _: AVCaptureConnection) {
    guard let buffer = CMSampleBufferGetImageBuffer(sample), var image = try? ModelImage(buffer) else { return }
    let angle = Int(rotation?.videoRotationAngleForHorizonLevelCapture ?? 90)
    image.rotation = ModelImage.Rotation(rawValue: angle) ?? .degrees90
    continuation.yield(Frame(image))
  }
}

/// The camera's live picture.
struct CameraPreview: UIViewRepresentable {
  let session: AVCaptureSession

  final class PreviewView: UIView {
    override static var layerClass: AnyClass { AVCaptureVideoPreviewLayer.self }
    var preview: AVCaptureVideoPreviewLayer? { layer as? AVCaptureVideoPreviewLayer }
  }

  func makeUIView(context: Context) -> PreviewView {
    let view = PreviewView()
    view.preview?.session = session
    view.preview?.videoGravity = .resizeAspectFill
    return view
  }

  func updateUIView(_ view: PreviewView, context: Context) {}
}
