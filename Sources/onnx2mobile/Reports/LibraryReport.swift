import O2MBundle
import O2MOps

/// What `runtime` wrote. The JSON keys are a contract.
package struct LibraryReport: Encodable {
  package struct File: Encodable {
    var path: String
    var bytes: Int

    package init(path: String, bytes: Int) {
      self.path = path
      self.bytes = bytes
    }
  }

  var target: String
  var files: [File]
  var operators: [String]
  var kernels: [String]
  var parts: [String]
  var opensDownloads: Bool

  enum CodingKeys: String, CodingKey {
    case target, files, operators, kernels, parts, opensDownloads = "opens_downloads"
  }

  package init(target: String, files: [File], _ contents: LibraryContents) {
    self.target = target
    self.files = files
    operators = OpCode.allCases.filter(contents.operators.contains).map { "\($0.name)" }.sorted()
    kernels = contents.kernels.map(\.rawValue).sorted()
    parts = contents.parts.map(\.rawValue).sorted()
    opensDownloads = contents.opensDownloads
  }

  var text: String {
    var table = Table([.left, .left], unfolds: true)
    for file in files { table.add(file.path, "\(file.bytes) bytes") }
    table.add("operators", operators.joined(separator: " "))
    table.add("kernels", kernels.joined(separator: " "))
    table.add("parts", (parts + (opensDownloads ? ["downloads"] : [])).joined(separator: " "))
    return table.text
  }
}
