import O2MOps
import O2MTensor

/// What the optimizers share: the rate `R`, the count `T` of updates, then lists of equally many tensors.
private struct Optimized {
  let rate: ComposedValue
  let count: ComposedValue
  /// One list per kind: the tensors, their gradients, what was accumulated.
  let lists: [[ComposedValue]]

  init(_ composer: Composer, kinds: Int) throws(OpFault) {
    let given = composer.inputCount - 2
    guard given >= kinds, given % kinds == 0 else { throw .inputCount(expected: 2 + kinds...Int.max, found: composer.inputCount) }
    rate = try composer.input(0)
    count = try composer.input(1)
    var lists: [[ComposedValue]] = []
    for kind in 0..<kinds {
      var list: [ComposedValue] = []
      for index in 0..<given / kinds { list.append(try composer.input(2 + kind * (given / kinds) + index)) }
      lists.append(list)
    }
    self.lists = lists
  }
}

extension Composer {
  fileprivate mutating func add(_ a: ComposedValue, _ b: ComposedValue) throws(OpFault) -> ComposedValue { try emit("Add", [a, b]) }
  fileprivate mutating func sub(_ a: ComposedValue, _ b: ComposedValue) throws(OpFault) -> ComposedValue { try emit("Sub", [a, b]) }
  fileprivate mutating func mul(_ a: ComposedValue, _ b: ComposedValue) throws(OpFault) -> ComposedValue { try emit("Mul", [a, b]) }
  fileprivate mutating func div(_ a: ComposedValue, _ b: ComposedValue) throws(OpFault) -> ComposedValue { try emit("Div", [a, b]) }
  fileprivate mutating func scaled(_ a: ComposedValue, by factor: Double) throws(OpFault) -> ComposedValue {
    try mul(a, scalar(factor, element(a)))
  }
  fileprivate mutating func cast(_ a: ComposedValue, like b: ComposedValue) throws(OpFault) -> ComposedValue {
    element(a) == element(b) ? a : try emit("Cast", [a], [.to: .int(Int(element(b).rawValue))])
  }

  /// `g + norm · x`: the gradient with that of `norm / 2 · |x|²`.
  fileprivate mutating func regularized(_ x: ComposedValue, _ g: ComposedValue, _ norm: Float) throws(OpFault) -> ComposedValue {
    norm == 0 ? g : try add(scaled(x, by: Double(norm)), g)
  }

  /// `T > 0 ? later : first`, of the type of `x`.
  fileprivate mutating func after(_ count: ComposedValue, _ later: ComposedValue, else first: ComposedValue) throws(OpFault)
    -> ComposedValue
  {
    try emit("Where", [try emit("Greater", [count, scalar(0, element(count))]), later, first])
  }
}

/// One step of Adagrad: `g′ = g + norm · x`, `h′ = h + g′²`, `x′ = x − R / (1 + T · decay) · g′ / (sqrt(h′) + epsilon)`.
///
/// - Spec: ONNX ai.onnx.preview.training Adagrad-1.
/// - Shapes: `R` float `[]`, `T` int64 `[]`, then n tensors x, n of g, n of h → n of `x′`, n of `h′`.
struct Adagrad: Decomposition {
  static let name = "Adagrad"
  static let domain = "ai.onnx.preview.training"
  static let versions = [1]

  private let norm: Float
  private let decay: Float
  private let epsilon: Float

  init(_ node: some NodeSource) throws(OpFault) {
    norm = try node.float(.norm_coefficient, default: 0)
    decay = try node.float(.decay_factor, default: 0)
    epsilon = try node.float(.epsilon, default: 1e-6)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let given = try Optimized(composer, kinds: 3)
    var tensors: [ComposedValue] = [], squares: [ComposedValue] = []
    for (index, x) in given.lists[0].enumerated() {
      let age = try composer.scaled(composer.cast(given.count, like: x), by: Double(decay))
      let rate = try composer.div(composer.cast(given.rate, like: x), composer.add(age, composer.scalar(1, composer.element(x))))
      let g = try composer.regularized(x, given.lists[1][index], norm)
      let h = try composer.add(given.lists[2][index], composer.mul(g, g))
      let root = try composer.add(composer.emit("Sqrt", [h]), composer.scalar(Double(epsilon), composer.element(x)))
      tensors.append(try composer.sub(x, composer.div(composer.mul(rate, g), root)))
      squares.append(h)
    }
    return tensors + squares
  }
}

/// One step of Adam: `g′ = g + norm · x`, `v′ = α v + (1 − α) g′`, `h′ = β h + (1 − β) g′²`,
/// `x′ = (1 − post) · (x − r v′ / (sqrt(h′) + epsilon))` with `r = T > 0 ? R sqrt(1 − βᵀ) / (1 − αᵀ) : R`.
///
/// - Spec: ONNX ai.onnx.preview.training Adam-1.
/// - Shapes: `R` float `[]`, `T` int64 `[]`, then n tensors x, n of g, n of v, n of h → n of `x′`, n of `v′`, n of `h′`.
struct Adam: Decomposition {
  static let name = "Adam"
  static let domain = "ai.onnx.preview.training"
  static let versions = [1]

  private let alpha: Float
  private let beta: Float
  private let norm: Float
  private let post: Float
  private let epsilon: Float

  init(_ node: some NodeSource) throws(OpFault) {
    alpha = try node.float(.alpha, default: 0.9)
    beta = try node.float(.beta, default: 0.999)
    norm = try node.float(.norm_coefficient, default: 0)
    post = try node.float(.norm_coefficient_post, default: 0)
    epsilon = try node.float(.epsilon, default: 1e-6)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let given = try Optimized(composer, kinds: 4)
    var tensors: [ComposedValue] = [], means: [ComposedValue] = [], squares: [ComposedValue] = []
    for (index, x) in given.lists[0].enumerated() {
      let rate = try rate(&composer, given.rate, given.count, like: x)
      let g = try composer.regularized(x, given.lists[1][index], norm)
      let v = try mixed(&composer, given.lists[2][index], g, alpha)
      let h = try mixed(&composer, given.lists[3][index], composer.mul(g, g), beta)
      let root = try composer.add(composer.emit("Sqrt", [h]), composer.scalar(Double(epsilon), composer.element(x)))
      let moved = try composer.sub(x, composer.div(composer.mul(rate, v), root))
      tensors.append(post == 0 ? moved : try composer.scaled(moved, by: 1 - Double(post)))
      means.append(v)
      squares.append(h)
    }
    return tensors + means + squares
  }

  /// `share · a + (1 − share) · b`.
  private func mixed(_ composer: inout Composer, _ a: ComposedValue, _ b: ComposedValue, _ share: Float) throws(OpFault) -> ComposedValue {
    try composer.add(composer.scaled(a, by: Double(share)), composer.scaled(b, by: 1 - Double(share)))
  }

  private func rate(_ composer: inout Composer, _ rate: ComposedValue, _ count: ComposedValue, like x: ComposedValue) throws(OpFault)
    -> ComposedValue
  {
    let element = composer.element(x)
    let rate = try composer.cast(rate, like: x), age = try composer.cast(count, like: x), one = composer.scalar(1, element)
    let root = try composer.emit("Sqrt", [try composer.sub(one, composer.emit("Pow", [composer.scalar(Double(beta), element), age]))])
    let fall = try composer.sub(one, composer.emit("Pow", [composer.scalar(Double(alpha), element), age]))
    return try composer.after(count, composer.div(composer.mul(rate, root), fall), else: rate)
  }
}

/// One step with momentum: `g′ = g + norm · x`, `v′ = α v + (T > 0 ? β : 1) g′`, `x′ = x − R v′`; Nesterov's form is
/// `x′ = x − R (g′ + α v′)`.
///
/// - Spec: ONNX ai.onnx.preview.training Momentum-1.
/// - Shapes: `R` float `[]`, `T` int64 `[]`, then n tensors x, n of g, n of v → n of `x′`, n of `v′`.
struct Momentum: Decomposition {
  static let name = "Momentum"
  static let domain = "ai.onnx.preview.training"
  static let versions = [1]

  private let alpha: Float
  private let beta: Float
  private let norm: Float
  private let isNesterov: Bool

  init(_ node: some NodeSource) throws(OpFault) {
    func required(_ name: AttributeName) throws(OpFault) -> Float {
      guard let value = try node.float(name) else { throw .attribute(name, .missing) }
      return value
    }
    alpha = try required(.alpha)
    beta = try required(.beta)
    norm = try required(.norm_coefficient)
    switch try node.string(.mode) {
    case nil: throw .attribute(.mode, .missing)
    case "standard": isNesterov = false
    case "nesterov": isNesterov = true
    default: throw .attribute(.mode, .unknownValue)
    }
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let given = try Optimized(composer, kinds: 3)
    var tensors: [ComposedValue] = [], momenta: [ComposedValue] = []
    for (index, x) in given.lists[0].enumerated() {
      let element = composer.element(x)
      let share = try composer.after(given.count, composer.scalar(Double(beta), element), else: composer.scalar(1, element))
      let g = try composer.regularized(x, given.lists[1][index], norm)
      let v = try composer.add(composer.scaled(given.lists[2][index], by: Double(alpha)), composer.mul(share, g))
      let way = isNesterov ? try composer.add(g, composer.scaled(v, by: Double(alpha))) : v
      tensors.append(try composer.sub(x, composer.mul(composer.cast(given.rate, like: x), way)))
      momenta.append(v)
    }
    return tensors + momenta
  }
}
