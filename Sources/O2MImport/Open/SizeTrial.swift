import O2MGraph
import O2MOps
import O2MTensor

/// Imports of one model at extents that are tried, to find which it takes.
struct SizeTrial {
  struct Symbol {
    var name: String
    /// Where it stands.
    var places: [(input: String, axis: Int)]
    /// nil until it is known; then a range of one extent for a symbol that stays fixed.
    var range: SymbolRange?
    /// Whether the caller gave the range.
    var isGiven: Bool
    var typical: Int?
    /// Whether it is a first extent, which is the batch by custom.
    var isBatch: Bool { places.contains { $0.axis == 0 } }
    /// The symbol that has the same extent always.
    var tied: Int?
  }

  private let file: ModelFile
  private let options: ImportOptions
  /// The shapes of the inputs that have symbols.
  private var shapes: [(input: String, extents: [OpenOptions.Extent])] = []
  private(set) var symbols: [Symbol] = []
  /// The extents of the symbols in the user's data; nil where it has none.
  private var data: [[Int?]] = []
  private var tried: [[Int]: Result<ImportedModel, ImportError>] = [:]

  init(
    _ file: ModelFile, _ main: Subgraph, _ options: ImportOptions, _ open: OpenOptions, opensBatch: Bool
  ) throws(OpenError) {
    (self.file, self.options) = (file, options)
    for input in main.inputs where input.note.kind == .tensor && input.note.element != .string {
      guard options.inputShapes[input.name] == nil, options.inputValues[input.name] == nil, main.storedState[input.name] == nil else {
        continue
      }
      var extents: [OpenOptions.Extent] = []
      if let given = open.shapes[input.name] {
        extents = given
      } else if let dims = input.note.dims {
        for (axis, dim) in dims.enumerated() {
          switch dim {
          case .fixed(let extent): extents.append(.fixed(extent))
          case .symbol(let name): extents.append(.symbol(name))
          case .open: extents.append(.symbol("\(input.name)_\(axis)"))
          }
        }
      }
      if extents.contains(where: { if case .symbol = $0 { true } else { false } }) { shapes.append((input.name, extents)) }
    }
    for (input, extents) in shapes {
      for (axis, extent) in extents.enumerated() {
        guard case .symbol(let name) = extent else { continue }
        if let index = symbols.firstIndex(where: { $0.name == name }) {
          symbols[index].places.append((input, axis))
        } else {
          let range = open.ranges[name]
          symbols.append(
            Symbol(name: name, places: [(input, axis)], range: range, isGiven: range != nil, typical: open.typical[name]))
        }
      }
    }
    data = open.data.map { shapes in
      symbols.map { symbol in
        symbol.places.lazy.compactMap { place in shapes[place.input].flatMap { place.axis < $0.count ? $0[place.axis] : nil } }.first
      }
    }
    for index in symbols.indices where symbols[index].typical == nil {
      guard let extent = data.first?[index], symbols[index].range?.contains(extent) != false else { continue }
      symbols[index].typical = extent
    }
    let names = symbols.map(\.name)
    for name in open.ranges.keys.sorted() + open.typical.keys.sorted() where !names.contains(name) {
      throw .unknownSymbol(name, symbols: names)
    }
    for symbol in symbols {
      guard let typical = symbol.typical, let range = symbol.range, !range.contains(typical) else { continue }
      throw .typical(OpenSymbol(name: symbol.name, range: range, typical: typical))
    }
    if !opensBatch {
      for index in symbols.indices where symbols[index].isBatch && !symbols[index].isGiven && !isNamed(symbols[index].name, open) {
        symbols[index].range = SymbolRange(symbols[index].typical ?? 1, symbols[index].typical ?? 1)
      }
    }
  }

  private func isNamed(_ symbol: String, _ open: OpenOptions) -> Bool {
    open.typical[symbol] != nil || open.shapes.values.contains { $0.contains(.symbol(symbol)) }
  }

  /// What an import with these extents is told, one for each symbol.
  func options(_ sizes: [Int]) -> ImportOptions {
    var options = options
    for (input, extents) in shapes {
      options.inputShapes[input] = extents.map { extent in
        switch extent {
        case .fixed(let extent): extent
        case .symbol(let name): symbols.firstIndex { $0.name == name }.map { sizes[$0] } ?? 1
        }
      }
    }
    return options
  }

  /// The import with these extents, one for each symbol.
  mutating func result(_ sizes: [Int]) -> Result<ImportedModel, ImportError> {
    if let known = tried[sizes] { return known }
    let given = options(sizes), file = file
    let result = Result { () throws(ImportError) in try importModel(file, given) }
    // The failures are small; an import is kept by whoever needs it.
    if case .failure = result { tried[sizes] = result }
    return result
  }

  /// Why the model is not the same at these extents; nil where it is.
  private mutating func difference(_ sizes: [Int], from typical: ImportedModel) -> OpenError? {
    switch result(sizes) {
    case .failure(let error): return .importing(error)
    case .success(let model): return difference(typical, model, sizes)
    }
  }

  private func differences(_ sizes: [Int]) -> [OpenError.Sizes] {
    symbols.indices.filter { sizes[$0] != typicalSizes[$0] }.map {
      OpenError.Sizes(symbol: symbols[$0].name, extent: typicalSizes[$0], other: sizes[$0])
    }
  }

  var typicalSizes: [Int] { symbols.map { $0.typical ?? 1 } }

  // MARK: Typical extents

  /// What pictures have, and what sounds and texts have.
  private static let pictures = [224, 640, 320, 512, 256, 64, 32, 1024, 16, 8, 4, 2, 1]
  private static let sequences = [128, 64, 16000, 512, 32, 4096, 256, 16, 48, 8, 3, 2, 1]

  /// Decides the typical extents: those that are given, 1 for the batch, and of the others the first that the model takes for all of them,
  /// or else a choice for each.
  mutating func typical() throws(OpenError) -> ImportedModel {
    let rank = shapes.map(\.extents.count).max() ?? 0, candidates = rank >= 4 ? Self.pictures : Self.sequences
    var first: ImportError?
    for candidate in candidates {
      let sizes = symbols.map { size($0, candidate, batch: 1) }
      switch result(sizes) {
      case .success(let model):
        settle(sizes)
        return model
      case .failure(let error): if first == nil { first = error }
      }
    }
    let free = symbols.indices.filter { symbols[$0].typical == nil && symbols[$0].range?.step != 0 }
    let choices = [64, 1, 48, 512, 16, 3], tries = free.reduce(1) { count, _ in min(count * choices.count, Self.mostTries) }
    for number in 0..<tries {
      var rest = number, sizes = symbols.map { size($0, 1, batch: 1) }
      for index in free {
        sizes[index] = size(symbols[index], choices[rest % choices.count], batch: choices[rest % choices.count])
        rest /= choices.count
      }
      guard case .success(let model) = result(sizes) else { continue }
      settle(sizes)
      return model
    }
    throw .importing(first ?? .noGraph)
  }

  private static let mostTries = 216

  private func size(_ symbol: Symbol, _ candidate: Int, batch: Int) -> Int {
    if let typical = symbol.typical { return typical }
    let wanted = symbol.isBatch ? batch : candidate
    return symbol.range?.nearest(wanted) ?? wanted
  }

  private mutating func settle(_ sizes: [Int]) { for index in symbols.indices { symbols[index].typical = sizes[index] } }

  // MARK: Ranges

  /// Finds what each symbol may be where nobody said it. Those that go together only are one symbol; returns those that have one extent
  /// only.
  mutating func findRanges(_ typical: ImportedModel) throws(OpenError) -> [OpenError.Sizes] {
    var alone: [Int] = []
    for index in symbols.indices where symbols[index].range == nil {
      if let range = range(of: [index], typical) { symbols[index].range = range } else { alone.append(index) }
    }
    // Such as the lengths of a text and of its mask, where the file gives them two names.
    if alone.count > 1, Set(alone.map { typicalSizes[$0] }).count == 1, let range = range(of: alone, typical) {
      for index in alone {
        symbols[index].range = range
        if index != alone[0] { symbols[index].tied = alone[0] }
      }
      alone = []
    }
    var fixed: [OpenError.Sizes] = []
    for index in alone {
      let extent = typicalSizes[index]
      symbols[index].range = SymbolRange(extent, extent)
      var sizes = typicalSizes
      sizes[index] += 1
      let why = difference(sizes, from: typical)
      if !symbols[index].isBatch {
        if case .importing(let error)? = why { throw .fixed(symbol: symbols[index].name, extent: extent, error) }
        if let why { throw why }
      }
      fixed.append(.init(symbol: symbols[index].name, extent: extent, other: extent + 1))
    }
    for index in symbols.indices where symbols[index].isGiven { try checkEnds(index, typical) }
    return fixed
  }

  /// The ends of a range that was given.
  private mutating func checkEnds(_ index: Int, _ typical: ImportedModel) throws(OpenError) {
    guard let range = symbols[index].range else { return }
    for extent in [range.minimum, range.maximum, range.nearest(typicalSizes[index] + range.step)] where extent != typicalSizes[index] {
      var sizes = typicalSizes
      sizes[index] = extent
      guard let why = difference(sizes, from: typical) else { continue }
      if case .importing(let error) = why { throw .refused(symbol: symbols[index].name, extent: extent, error) }
      throw why
    }
  }

  /// The extents that the model takes for symbols that are the same: the least step, the least and the largest extent; nil where it takes
  /// one.
  private mutating func range(of indices: [Int], _ typical: ImportedModel) -> SymbolRange? {
    let base = typicalSizes, middle = base[indices[0]]
    func takes(_ extent: Int, _ trial: inout SizeTrial) -> Bool {
      var sizes = base
      for index in indices { sizes[index] = extent }
      return extent == middle || trial.difference(sizes, from: typical) == nil
    }
    // Upwards, or where the typical extent is the largest downwards.
    let up = Self.steps.first { takes(middle + $0, &self) && takes(middle + 3 * $0, &self) }
    let step = up ?? Self.steps.first { middle > 3 * $0 && takes(middle - $0, &self) && takes(middle - 3 * $0, &self) }
    guard let step else { return nil }
    // How many steps lead up or down as far as the model goes along; it takes all in between.
    func reach(_ most: Int, _ direction: Int, _ trial: inout SizeTrial) -> Int {
      if takes(middle + direction * most * step, &trial) { return most }
      var low = 0, high = most
      while high - low > 1 {
        let count = (low + high) / 2
        if takes(middle + direction * count * step, &trial) { low = count } else { high = count }
      }
      return low
    }
    let below = reach((middle - 1) / step, -1, &self), above = reach((max(4096, 16 * middle) - middle) / step, 1, &self)
    return SymbolRange(middle - below * step, middle + above * step, step: step)
  }

  private static let steps = [1, 2, 4, 8, 16, 32, 64, 128]

  // MARK: Samples

  /// Imports at other extents: all smallest, all largest, odd ones, some in between, and small beside typical. One that is too large in all
  /// symbols at once is made smaller.
  mutating func samples(_ typical: ImportedModel) throws(OpenError) -> ([[Int]], [ImportedModel]) {
    let ranges = symbols.map { $0.range ?? SymbolRange(1, 1) }, base = typicalSizes
    func tied(_ sizes: [Int]) -> [Int] { sizes.indices.map { sizes[symbols[$0].tied ?? $0] } }
    var wanted = data.map { extents in extents.indices.map { extents[$0] ?? base[$0] } }
    for extents in wanted {
      for (index, extent) in extents.enumerated() where !ranges[index].contains(extent) {
        throw .data(symbol(symbols[index]), extent: extent)
      }
    }
    wanted.append(ranges.map(\.minimum))
    wanted.append(ranges.indices.map { ranges[$0].nearest(base[$0] + (2 * $0 + 3) * ranges[$0].step) })
    wanted.append(ranges.indices.map { ranges[$0].nearest(base[$0] / 2 + 37 * ($0 + 1)) })
    wanted.append(ranges.indices.map { $0 % 2 == 0 ? ranges[$0].minimum : ranges[$0].nearest(base[$0] + 7 * ranges[$0].step) })
    wanted.append(ranges.indices.map { $0 % 2 == 1 ? ranges[$0].minimum : ranges[$0].nearest(base[$0] - ranges[$0].step) })
    var sizes: [[Int]] = [], models: [ImportedModel] = []
    for choice in wanted.map(tied) where choice != base && !sizes.contains(choice) {
      switch result(choice) {
      case .failure(let error): throw .importing(error)
      case .success(let model):
        if let why = difference(typical, model, choice) { throw why }
        sizes.append(choice)
        models.append(model)
      }
    }
    var largest = tied(ranges.map(\.maximum))
    while largest != base, !sizes.contains(largest) {
      if case .success(let model) = result(largest) {
        if let why = difference(typical, model, largest) { throw why }
        sizes.append(largest)
        models.append(model)
        break
      }
      largest = tied(largest.indices.map { ranges[$0].nearest(max(base[$0], largest[$0] / 2)) })
    }
    return (sizes, models)
  }

  private func difference(_ typical: ImportedModel, _ other: ImportedModel, _ sizes: [Int]) -> OpenError? {
    typical.graph.firstDifference(from: other.graph).map { .differs(value: typical.graph[$0].name, differences(sizes)) }
  }

  // MARK: Results

  /// The symbols that stay open, each that is tied to another left out.
  var openSymbols: [OpenSymbol] { openPlaces.map { symbol(symbols[$0]) } }

  private var openPlaces: [Int] {
    symbols.indices.filter { index in symbols[index].tied == nil && symbols[index].range.map { $0.minimum < $0.maximum } ?? false }
  }

  private func symbol(_ symbol: Symbol) -> OpenSymbol {
    OpenSymbol(name: symbol.name, range: symbol.range ?? SymbolRange(1, 1), typical: symbol.typical ?? 1)
  }

  /// For each input of the graph and each axis the open symbol.
  func axes(_ graph: Graph) -> [[Int?]] {
    let open = openPlaces
    return graph.inputs.map { id in
      let extents = shapes.first { $0.input == graph[id].name }?.extents
      return (0..<graph[id].type.rank).map { axis in
        guard let extents, case .symbol(let name) = extents[axis], let index = symbols.firstIndex(where: { $0.name == name }) else {
          return nil
        }
        return open.firstIndex(of: symbols[index].tied ?? index)
      }
    }
  }

  /// The extents of the open symbols among those of all.
  func open(_ sizes: [Int]) -> [Int] { openPlaces.map { sizes[$0] } }
}
