import CO2MPlatform
import Foundation

let usage = """
  usage: o2mbench [--threads N] [--filter TEXT]
    kernels at sizes of real networks, each beside its scalar form; `onnx2mobile bench` measures a bundle
         o2mbench --write-model NAME FOLDER [--size N]
    squeezenet11, mobileNetV2, shuffleNetV2 or resNet18 with seeded weights, and a seeded input, in ONNX's layout

  """

func stop(_ message: String) -> Never {
  FileHandle.standardError.write(Data("error: \(message)\n\(usage)".utf8))
  exit(64)
}

var threads: UInt32 = 1
var filter = ""
var written: (name: String, folder: String)?
var size = 224
var arguments = CommandLine.arguments.dropFirst().makeIterator()
while let argument = arguments.next() {
  switch argument {
  case "--threads":
    guard let value = arguments.next().flatMap(UInt32.init), value > 0 else { stop("--threads takes a number above 0") }
    threads = value
  case "--filter":
    guard let value = arguments.next() else { stop("--filter takes a part of a kernel's name") }
    filter = value
  case "--write-model":
    guard let name = arguments.next(), let folder = arguments.next() else { stop("--write-model takes a name and a folder") }
    written = (name, folder)
  case "--size":
    guard let value = arguments.next().flatMap(Int.init), (32...1024).contains(value) else { stop("--size takes 32 to 1024") }
    size = value
  case "--help", "-h":
    print(usage, terminator: "")
    exit(0)
  default:
    stop("unknown argument '\(argument)'")
  }
}

if let written {
  try writeModel(written.name, to: written.folder, size: size)
  exit(0)
}

let pool: OpaquePointer? = threads == 1 ? nil : o2m_pool_create(threads)
if threads > 1, pool == nil { stop("\(threads) threads cannot be had") }
o2m_pool_begin(pool)
defer {
  o2m_pool_end(pool)
  o2m_pool_destroy(pool)
}

let features = Machine.features
let sets = features.isEmpty ? "scalar only" : features.joined(separator: " ")
print("\(Machine.cpuName), \(o2m_cpu_count()) CPUs online, \(sets), threads: \(threads)")
print("median (minimum) of up to 1000 runs; operations per second and the last column are of the fastest run")

reportKernels(filter: filter, on: pool)
