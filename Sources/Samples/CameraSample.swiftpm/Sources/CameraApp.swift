// It needs SwiftUI: on Linux this file is parsed, not compiled.
import ONNX2Mobile
import SwiftUI

@main
struct CameraApp: App {
  var body: some Scene {
    WindowGroup { ViewfinderScreen() }
  }
}

struct ViewfinderScreen: View {
  @State private var viewfinder = Viewfinder()
  @State private var camera = Camera()
  @State private var refusal: String?

  var body: some View {
    ZStack(alignment: .bottomLeading) {
      CameraPreview(session: camera.session).ignoresSafeArea()
      BoxOverlay(boxes: viewfinder.boxes, frameSize: viewfinder.frameSize).ignoresSafeArea()
      VStack(alignment: .leading, spacing: 4) {
        ForEach(viewfinder.labels, id: \.index) { item in
          HStack {
            Text(item.label).bold()
            Spacer()
            Text(Double(item.probability), format: .percent.precision(.fractionLength(1)))
          }
        }
        Text(viewfinder.lines.joined(separator: " · ")).font(.caption).monospacedDigit()
        if let problem = refusal ?? viewfinder.problem { Text(problem).foregroundStyle(.yellow) }
      }
      .padding()
      .foregroundStyle(.white)
      .background(.black.opacity(0.6))
    }
    .task {
      await viewfinder.open(Self.bundle)
      refusal = await camera.start()
      guard refusal == nil else { return }
      await viewfinder.watch(camera.frames)
      camera.stop()
    }
  }

  /// The first bundle of the folder Model.
  private static var bundle: URL? {
    [Bundle.main, Bundle.module].lazy.compactMap { $0.urls(forResourcesWithExtension: "o2m", subdirectory: "Model")?.first }.first
  }
}

/// Boxes over a preview that fills the view: what of a frame has no room is cut off on both sides alike.
struct BoxOverlay: View {
  let boxes: [Detection]
  let frameSize: (width: Int, height: Int)

  var body: some View {
    GeometryReader { view in
      let width = Double(frameSize.width), height = Double(frameSize.height)
      let scale = max(view.size.width / width, view.size.height / height)
      let left = (view.size.width - width * scale) / 2, top = (view.size.height - height * scale) / 2
      ForEach(Array(boxes.enumerated()), id: \.offset) { _, box in
        Rectangle()
          .stroke(.yellow, lineWidth: 2)
          .overlay(alignment: .topLeading) { Text(box.label).font(.caption).foregroundStyle(.yellow) }
          .frame(width: Double(box.width) * scale, height: Double(box.height) * scale)
          .offset(x: left + Double(box.x) * scale, y: top + Double(box.y) * scale)
      }
    }
  }
}
