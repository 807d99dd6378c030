import Foundation
import O2MOps
import O2MTestSupport

/// A run over many seeds that can be stopped and goes on where it was.
///
/// What does not agree is minimized and written to `folder/seed-N`. `folder/progress` holds the next seed and how often each operator was
/// compared.
struct GraphSearch {
  let first: UInt64
  let count: UInt64
  let folder: String
  private static let reported: UInt64 = 1000

  init(first: UInt64, count: UInt64, folder: String) {
    self.first = first
    self.count = count
    self.folder = folder
  }

  private struct State: Codable {
    var next: UInt64
    var nodes = 0
    var mismatches = 0
    var operators: [String: Int] = [:]
  }

  /// Whether everything agreed.
  func run() -> Bool {
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var state = stored() ?? State(next: first)
    while state.next < first + count {
      check(state.next, &state)
      state.next += 1
      if (state.next - first) % Self.reported == 0 || state.next == first + count {
        store(state)
        print("\(state.next - first) graphs, \(state.nodes) nodes, \(state.mismatches) mismatches")
        fflush(nil)
      }
    }
    print(table(state))
    return state.mismatches == 0
  }

  private func check(_ seed: UInt64, _ state: inout State) {
    // Should the process die, this is the seed that it died of.
    try? Data("\(seed)\n".utf8).write(to: URL(fileURLWithPath: folder + "/current"))
    let generator = GraphGenerator.graph(seed), recipe = generator.recipe
    state.nodes += recipe.steps.count
    for step in recipe.steps { state.operators[step.code.name.description, default: 0] += 1 }
    guard let mismatch = GraphCheck().mismatch(recipe) else { return }
    state.mismatches += 1
    let (smallest, reason) = GraphMinimizer().minimized(recipe, mismatch)
    print("seed \(seed): \(reason) (\(smallest.steps.count) nodes of \(recipe.steps.count))")
    fflush(nil)
    do { try GraphCase(smallest, reason).write(to: folder + "/seed-\(seed)") } catch { print("seed \(seed): \(error)") }
  }

  /// How often each operator was compared, the rarest first.
  private func table(_ state: State) -> String {
    let counts = GraphGenerator.operators.map { ($0.name.description, state.operators[$0.name.description] ?? 0) }
    return counts.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map { "\($0.1)\t\($0.0)" }.joined(separator: "\n")
  }

  private func stored() -> State? {
    guard let data = FileManager.default.contents(atPath: folder + "/progress"),
      let state = try? JSONDecoder().decode(State.self, from: data)
    else { return nil }
    return (first...first + count).contains(state.next) ? state : nil
  }

  private func store(_ state: State) {
    guard let data = try? JSONEncoder().encode(state) else { return }
    try? data.write(to: URL(fileURLWithPath: folder + "/progress"), options: .atomic)
  }
}
