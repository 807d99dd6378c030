import O2MGraph
import O2MOps

/// What the page of `dump --format html` shows, in the form in which it lies in the page.
struct PageData: Encodable {
  /// A tensor of a stage; of the planned one, a slot: a value in one form.
  struct Value: Encodable {
    var name: String
    var type: String
    /// nil for extents that are open.
    var shape: [Int?]
    /// The tensors of the imported model that it equals; nil where that is its own name alone.
    var origins: [String]?
    /// Where its statistics stand among the page's weights.
    var weight: Int?
    var layout: String?
    /// How a stored weight is kept, as `int8`.
    var precision: String?
    /// Bytes of its memory; nil where the shape is open.
    var bytes: Int?
  }

  struct Node: Encodable {
    var name: String
    var op: String
    /// nil for what is at rest; so are the numbers for 0.
    var attributes: String?
    /// Indices of values; -1 for an optional input that is absent.
    var inputs: [Int]
    var outputs: [Int]
    var macs: Int?
    var parameters: Int?
    /// Bytes that the node reads and writes, weights among them.
    var bytes: Int?
    var kernel: String?
    /// Median nanoseconds of the step.
    var time: Double?
    /// The decibels that the step keeps: those of `verify --per-layer`, else what rounding its weights leaves.
    var sqnr: Double?
    /// The share of its bound that the step uses alone, 1000 at most.
    var share: Double?
    /// What a comparison says of it, and in words.
    var change: Change?
    var changes: [String]?

    enum Change: String, Encodable { case new, gone, changed, same }

    init(_ name: String, _ op: Op?, inputs: [Int], outputs: [Int], macs: Int, parameters: Int, bytes: Int) {
      self.name = name
      self.op = op.map { "\($0.name)" } ?? "Layout"
      attributes = op.map(\.summary).flatMap { $0.isEmpty ? nil : $0 }
      (self.inputs, self.outputs) = (inputs, outputs)
      self.macs = macs == 0 ? nil : macs
      self.parameters = parameters == 0 ? nil : parameters
      self.bytes = bytes == 0 ? nil : bytes
    }
  }

  struct Stage: Encodable {
    var name: String
    var values: [Value] = []
    var nodes: [Node] = []
    var inputs: [Int] = []
    var outputs: [Int] = []
  }

  /// Memory that is in use from one step to another.
  struct Block: Encodable {
    var value: Int
    var at: Int
    var bytes: Int
    /// The step that writes it, -1 for an input, and the last that reads it, the number of steps for an output.
    var first: Int
    var last: Int
    /// Whether it is a run of channels of a larger block.
    var isSlice: Bool
  }

  struct Section: Encodable {
    var name: String
    var raw: Int
    var stored: Int
  }

  /// A stored constant: a value of the planned stage, its bytes when installed, and its share of the section in the file.
  struct Stored: Encodable {
    var value: Int
    var raw: Int
    var stored: Int
  }

  /// What a page of a comparison lists, in a tab of its own.
  struct Comparison: Encodable {
    struct Head: Encodable {
      var name: String
      /// Whether it stands above figures.
      var figure: Bool
    }

    struct Row: Encodable {
      var cells: [String]
      /// The stage and the node that the row is about; nil where it is about none.
      var stage: Int?
      var node: Int?
      var marked = false
    }

    struct Table: Encodable {
      var title: String
      var heads: [Head]
      var rows: [Row]

      /// - Parameter heads: those of figures begin with `>`.
      init(_ title: String, _ heads: [String], _ rows: [Row]) {
        self.title = title
        self.heads = heads.map { $0.hasPrefix(">") ? Head(name: String($0.dropFirst()), figure: true) : Head(name: $0, figure: false) }
        self.rows = rows
      }
    }

    var tab: String
    var title: String
    var lines: [String]
    /// Which cell leads to the node.
    var link: Int
    var tables: [Table]
  }

  var title: String
  var tool: String
  /// What stands above the graph: a word and what it is.
  var facts: [[String]] = []
  /// What the page cannot show, and why.
  var notes: [String] = []
  /// The stage that is shown first.
  var start: String
  var stages: [Stage] = []
  var weights: [WeightSummary] = []
  var arena: Int?
  var blocks: [Block] = []
  var fileBytes: Int?
  var sections: [Section] = []
  var stored: [Stored] = []
  var comparison: Comparison?
  /// What nodes are coloured by first.
  var colour: String?
  /// Nodes of the first and the second stage that are one; where there are none, names tell.
  var pairs: [[Int]]?

  enum CodingKeys: String, CodingKey {
    case title, tool, facts, notes, start, stages, weights, arena, blocks, fileBytes = "file_bytes", sections, stored, comparison, colour,
      pairs
  }
}
