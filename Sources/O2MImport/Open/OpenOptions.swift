import O2MOps

/// The extents that a symbol stands for: `minimum`, and every `step` above it up to `maximum`.
public struct SymbolRange: Equatable, Sendable {
  public var minimum: Int
  public var maximum: Int
  public var step: Int

  public init(_ minimum: Int, _ maximum: Int, step: Int = 1) {
    self.minimum = minimum
    self.maximum = maximum
    self.step = step
  }

  public func contains(_ extent: Int) -> Bool { extent >= minimum && extent <= maximum && (extent - minimum) % step == 0 }

  /// The extent of the range that is nearest below, or else the least.
  func nearest(_ extent: Int) -> Int {
    let inside = min(max(extent, minimum), maximum)
    return minimum + (inside - minimum) / step * step
  }
}

/// What a caller says of extents that stay open.
public struct OpenOptions: Equatable, Sendable {
  /// An extent of an input: a number, or the name of a symbol.
  public enum Extent: Equatable, Sendable {
    case fixed(Int)
    case symbol(String)
  }

  /// The whole shapes of inputs some of whose extents are symbols, by name.
  public var shapes: [String: [Extent]] = [:]
  /// By symbol.
  public var ranges: [String: SymbolRange] = [:]
  public var typical: [String: Int] = [:]
  /// The shapes of inputs in the user's data, by name: the first are the typical ones unless others are said, and the model is looked at in
  /// the others too.
  public var data: [[String: [Int]]] = []

  public init() {}

  /// Whether anything is to stay open that would not be by itself.
  public var isGiven: Bool { !shapes.isEmpty || !ranges.isEmpty || !typical.isEmpty || !data.isEmpty }
}

/// A symbol of a model, and what it may be.
public struct OpenSymbol: Equatable, Sendable {
  public var name: String
  public var range: SymbolRange
  public var typical: Int
}

/// Why the extents of a model cannot stay open.
public enum OpenError: Error, Equatable, Sendable {
  /// At the typical extents, or where nothing is open.
  case importing(ImportError)
  case unknownSymbol(String, symbols: [String])
  case typical(OpenSymbol)
  /// Data has an extent that the symbol may not be.
  case data(OpenSymbol, extent: Int)
  /// The model does not take an extent that was asked for.
  case refused(symbol: String, extent: Int, ImportError)
  /// A symbol that has one extent only, because the model does not take others.
  case fixed(symbol: String, extent: Int, ImportError)
  /// The model is another at other extents: the value from which on it differs, and both extents of each symbol.
  case differs(value: String, [Sizes])
  /// The model is another where lengths that depend on data are others: the value from which on it differs.
  case counted(value: String)
  /// A run decides which branch of a node is taken, or how often it turns, and extents of inputs are open as well.
  case bodiesAndOpen(node: String, symbols: [String])
  /// The value was the same at all extents that were tried, and it is not known whether it is at others.
  case undecided(value: String)

  /// The extent of a symbol, and another one.
  public struct Sizes: Equatable, Sendable {
    public var symbol: String
    public var extent: Int
    public var other: Int
  }
}
