import O2MOps
import O2MRuntime
import O2MTensor

extension OpenShapes {
  /// Extents of the symbols that a verdict is measured at beside the typical ones: the least, an odd one, one in between, and the largest
  /// that takes no more than four times the elements of inputs.
  var samples: [[Int]] {
    let base = symbols.map(\.typical)
    var wanted = [
      symbols.map(\.minimum),
      symbols.indices.map { symbols[$0].nearest(base[$0] + (2 * $0 + 3) * symbols[$0].step) },
      symbols.indices.map { symbols[$0].nearest(base[$0] / 2 + 37 * ($0 + 1)) },
    ]
    let most = symbols.count < 2 ? 4 : 2
    wanted.append(symbols.indices.map { symbols[$0].nearest(base[$0] * most) })
    var samples: [[Int]] = []
    for sizes in wanted where sizes != base && !samples.contains(sizes) { samples.append(sizes) }
    return samples
  }
}
