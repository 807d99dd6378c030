import O2MOps

/// The operators that are supported, as `dump --operators` prints them and the README holds them.
enum OperatorTable {
  struct Row: Encodable {
    var name: String
    /// The versions of the operator that differ.
    var versions: [Int]
  }

  static var rows: [Row] {
    OpCode.allCases.filter { !$0.isInternal }.map { Row(name: "\($0.name)", versions: $0.versions) }.sorted { $0.name < $1.name }
  }

  static var text: String {
    var table = Table([.left, .left])
    table.add("operator", "versions")
    for row in rows { table.add(row.name, row.versions.map(String.init).joined(separator: " ")) }
    let names = OpCode.allCases.filter(\.isInternal).map { "\($0.name)" }.joined(separator: ", ")
    return table.text + "\n\(rows.count) operators of ONNX, and Constant, which the importer turns into weights; made by passes: \(names)\n"
  }
}
