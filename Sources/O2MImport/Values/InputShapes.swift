import O2MGraph
import O2MTensor

/// An extent of an input that neither the file nor the caller fixes.
public struct OpenDim: Equatable, Sendable {
  public var input: String
  public var axis: Int
  /// "" where the file gives no name either.
  public var symbol: String
  /// The whole shape of the input, as the file writes it down.
  public var declared: [NotedDim]

  public init(input: String, axis: Int, symbol: String, declared: [NotedDim]) {
    self.input = input
    self.axis = axis
    self.symbol = symbol
    self.declared = declared
  }
}

/// An extent that the file fixes and that was given another size.
public struct ChangedDim: Equatable, Sendable {
  public var input: String
  public var axis: Int
  public var given: Int
  public var noted: Int

  public init(input: String, axis: Int, given: Int, noted: Int) {
    self.input = input
    self.axis = axis
    self.given = given
    self.noted = noted
  }
}

/// Decides the shape of every input: the caller's pins, then the file's numbers, then symbols that a pin bound, then `first` for an
/// open first extent, which is the batch by custom.
struct InputShapes {
  private(set) var shapes: [Shape] = []
  private(set) var warnings: [ImportWarning] = []
  /// Open first extents, which became `first`.
  private(set) var assumed: [OpenDim] = []
  private(set) var changed: [ChangedDim] = []
  /// The sizes that pins give to symbols.
  private var bound: [String: Int] = [:]
  /// Names that stand for two extents of one input.
  private var placeholders: Set<String> = []

  private let limits: ResourceLimits

  init(
    _ inputs: [(name: String, note: TypeNote)], pins: [String: [Int]], first: Int, limits: ResourceLimits
  ) throws(ImportError) {
    self.limits = limits
    let names = Set(inputs.map(\.name))
    for name in pins.keys.sorted() where !names.contains(name) {
      throw .unknownInput(name, inputs: inputs.map(\.name))
    }
    for (name, note) in inputs { if let pin = pins[name] { try read(pin, of: name, note) } }
    var open: [OpenDim] = []
    for (name, note) in inputs {
      if let pin = pins[name] {
        shapes.append(Shape(pin))
        continue
      }
      guard let dims = note.dims else { throw .unknownRank(input: name) }
      var extents: [Int] = []
      for (axis, dim) in dims.enumerated() {
        var symbol = ""
        switch dim {
        case .fixed(let size):
          extents.append(size)
          continue
        case .symbol(let found):
          if let size = bound[found], !placeholders.contains(found) {
            extents.append(size)
            continue
          }
          symbol = found
        case .open: break
        }
        let entry = OpenDim(input: name, axis: axis, symbol: symbol, declared: dims)
        if axis == 0 {
          assumed.append(entry)
          if !symbol.isEmpty { bound[symbol] = first }
        } else {
          open.append(entry)
        }
        extents.append(first)
      }
      let shape = Shape(extents)
      try check(shape, of: name)
      shapes.append(shape)
    }
    guard open.isEmpty else { throw .openDims(open) }
  }

  private func check(_ shape: Shape, of input: String) throws(ImportError) {
    guard let volume = shape.volume else { throw .tensor(name: input, .overflow(dims: shape.dims)) }
    guard volume <= limits[.tensorElements] else {
      throw .limit(.tensorElements, input: input, found: volume, limit: limits[.tensorElements])
    }
  }

  private mutating func read(_ pin: [Int], of name: String, _ note: TypeNote) throws(ImportError) {
    try check(Shape(pin), of: name)
    guard let dims = note.dims else { return }
    guard dims.count == pin.count else { throw .pinnedRank(input: name, pinned: pin.count, rank: dims.count) }
    var here: [String: Int] = [:]
    for (axis, dim) in dims.enumerated() {
      switch dim {
      case .fixed(let size) where size != pin[axis]: changed.append(ChangedDim(input: name, axis: axis, given: pin[axis], noted: size))
      case .symbol(let symbol):
        if let before = here[symbol], before != pin[axis] {
          if placeholders.insert(symbol).inserted {
            warnings.append(.symbol(symbol, input: name, axis: axis, given: pin[axis], before: before))
          }
        } else if let before = bound[symbol], before != pin[axis], !placeholders.contains(symbol) {
          throw .pinnedSymbol(symbol: symbol, input: name, axis: axis, pinned: pin[axis], before: before)
        }
        here[symbol] = pin[axis]
        bound[symbol] = pin[axis]
      default: break
      }
    }
  }
}
