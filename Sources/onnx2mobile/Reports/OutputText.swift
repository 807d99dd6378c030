import O2MTensor

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
