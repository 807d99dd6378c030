import Foundation
import O2MTensor

/// The best classes of a row of scores.
struct TopClasses {
  let text: String

  /// Scores that are no probabilities yet get a softmax; where one is not finite, they are shown as they are.
  init(_ tensor: Tensor, count: Int, labels: [String], name: String) throws {
    let scores = tensor.doubles()
    guard tensor.element.isFloat, scores.count >= 2, tensor.shape.dims.filter({ $0 > 1 }).count == 1 else {
      throw Failure(.usage, "output '\(name)' \(tensor.shape.dims) is no row of class scores", help: "leave out --top, or use --output-dir")
    }
    let sum = scores.reduce(0, +), isFinite = scores.allSatisfy(\.isFinite)
    let isDistribution = scores.allSatisfy { $0 >= 0 && $0 <= 1 } && (sum - 1).magnitude < 1e-3
    let largest = scores.max() ?? 0
    let weights = isDistribution || !isFinite ? scores : scores.map { exp($0 - largest) }
    let total = weights.reduce(0, +)
    // What is no number comes last, and the lower index wins a tie, so that the order is the same everywhere.
    let ranks = scores.map { $0.isNaN ? -Double.infinity : $0 }
    let order = scores.indices.sorted { ranks[$0] != ranks[$1] ? ranks[$0] > ranks[$1] : $0 < $1 }
    let texts = tensor.texts(scores.count)
    var table = Table([.right, .right, .left], width: .max)
    for index in order.prefix(count) {
      let score = isFinite ? "\(Format.fixed(weights[index] / total * 100, 1)) %" : texts[index]
      table.add(score, "\(index)", index < labels.count ? labels[index] : "")
    }
    text = table.text
  }
}

/// An output in a few lines.
enum OutputText {
  static func text(_ name: String, _ tensor: Tensor) -> String {
    let shown = tensor.texts(8).joined(separator: ", ")
    return
      "\(name.brief): \(tensor.element.name) \(tensor.shape.dims)\(range(of: tensor))\n  \(shown)\(tensor.count > 8 ? ", …" : "")\n"
  }

  /// The least and the largest element; what is no number is counted.
  private static func range(of tensor: Tensor) -> String {
    if tensor.element.isFloat {
      let values = tensor.doubles(), numbers = values.filter { !$0.isNaN }, missing = values.count - numbers.count
      return range(numbers, Format.scientific) + (missing == 0 ? "" : ", \(missing) NaN")
    }
    let values = tensor.ints()
    // Its upper half is negative there.
    return tensor.element == .uint64 ? range(values.map { UInt64(bitPattern: Int64($0)) }, \.description) : range(values, \.description)
  }

  private static func range<T: Comparable>(_ values: [T], _ text: (T) -> String) -> String {
    guard let least = values.min(), let largest = values.max() else { return "" }
    return ", \(text(least)) to \(text(largest))"
  }
}

extension Tensor {
  /// The first `count` elements as their own type writes them: no value is too large or too fine.
  func texts(_ count: Int) -> [String] {
    if element.smallFloat != nil { return doubles().prefix(count).map { "\(Float($0))" } }
    var reader = TextReader(tensor: self, count: count)
    return element.accept(&reader) ?? []
  }
}

private struct TextReader: ElementVisitor {
  let tensor: Tensor
  let count: Int

  func visit<T: Element>(_ type: T.Type) -> [String] {
    tensor.withElements(of: type) { elements in
      elements.prefix(count).map { element in
        switch element {
        case let element as BFloat16: "\(Float(element.double))"
        case let element as Truth: "\(element.byte)"
        default: "\(element)"
        }
      }
    }
  }
}
