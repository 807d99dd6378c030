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
