import Foundation
import O2MTestSupport

// Random graphs, one seed after another.
//
//   o2mgraphs compare FIRST COUNT FOLDER    compares each graph with its references in every way
//   o2mgraphs write FIRST COUNT FOLDER      writes each graph as a bundle with inputs and outputs: FOLDER/N

let words = Array(CommandLine.arguments.dropFirst())
guard words.count == 4, let first = UInt64(words[1]), let count = UInt64(words[2]) else {
  print("usage: o2mgraphs compare|write FIRST COUNT FOLDER")
  exit(64)
}

switch words[0] {
case "compare": exit(GraphSearch(first: first, count: count, folder: words[3]).run() ? 0 : 1)
case "write":
  for seed in first..<first + count {
    do { try GraphSample(GraphGenerator.graph(seed).recipe)?.write(to: "\(words[3])/\(seed)") } catch {
      print("error: seed \(seed): \(error)")
      exit(73)
    }
  }
default:
  print("usage: o2mgraphs compare|write FIRST COUNT FOLDER")
  exit(64)
}
