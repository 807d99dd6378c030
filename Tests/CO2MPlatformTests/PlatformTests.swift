import CO2MPlatform
import Foundation
import Testing

struct CPUTests {
  /// Says in the log which instruction sets the other tests could run.
  @Test func featuresOfThisMachine() {
    let bits = o2m_cpu_features()
    let names: [(UInt32, String)] = [
      (UInt32(O2M_CPU_AVX2), "avx2"), (UInt32(O2M_CPU_AVX512), "avx512"),
      (UInt32(O2M_CPU_AVX512VNNI), "avx512vnni"), (UInt32(O2M_CPU_NEON), "neon"),
      (UInt32(O2M_CPU_DOTPROD), "dotprod"), (UInt32(O2M_CPU_FP16), "fp16"),
    ]
    let found = names.filter { bits & $0.0 != 0 }.map(\.1)
    print("cpu: \(found.isEmpty ? "scalar" : found.joined(separator: " ")), \(o2m_cpu_count()) online")
    #expect(o2m_cpu_features() == bits)
    #expect(o2m_cpu_count() >= 1)
    #if arch(arm64)
    #expect(bits & UInt32(O2M_CPU_NEON) != 0)
    #endif
  }

  @Test func wideVectorsImplyNarrowOnes() {
    let bits = o2m_cpu_features()
    guard ProcessInfo.processInfo.environment["O2M_CPU_MASK"] == nil else { return }
    let avx2 = bits & UInt32(O2M_CPU_AVX2) != 0
    let avx512 = bits & UInt32(O2M_CPU_AVX512) != 0
    #expect(avx2 || !avx512)
    #expect(avx512 || bits & UInt32(O2M_CPU_AVX512VNNI) == 0)
  }
}

struct MemoryTests {
  @Test(arguments: [0, 1, 63, 64, 65, 1_000_003])
  func isAligned(size: Int) throws {
    let allocated: UnsafeMutableRawPointer? = o2m_allocate(size)
    let memory = try #require(allocated)
    defer { o2m_free(memory) }
    #expect(UInt(bitPattern: memory) % 64 == 0)
    memset(memory, 0xa5, size)
  }

  /// Around a megabyte, where the memory comes from the system, and around half a huge page.
  @Test(arguments: [0, 1, 1 << 20 - 1, 1 << 20, 3 << 20, 3 << 20 + 1, 4_000_000, 1 << 22])
  func isZero(size: Int) throws {
    for _ in 0..<3 {
      let allocated: UnsafeMutableRawPointer? = o2m_allocate_zeros(size)
      let memory = try #require(allocated)
      defer { o2m_free_zeros(memory, size) }
      #expect(UInt(bitPattern: memory) % 64 == 0)
      let bytes = UnsafeMutableRawBufferPointer(start: memory, count: size)
      #expect(bytes.allSatisfy { $0 == 0 })
      memset(memory, 0xa5, size)
    }
  }

  @Test(arguments: [Int.max, -1, -64])
  func refusesWhatCannotBe(size: Int) {
    #expect(o2m_allocate(size) == nil)
    #expect(o2m_allocate_zeros(size) == nil)
  }
}

struct MappingTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "o2m-map-\(UUID())")

  @Test func mapsWholeFile() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let content = Data((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    let file = folder.appending(path: "file")
    try content.write(to: file)

    var mapping = o2m_mapping()
    #expect(o2m_map_file(file.path, &mapping) == 0)
    #expect(Data(bytes: mapping.bytes, count: mapping.size) == content)
    o2m_unmap(&mapping)
    #expect(mapping.bytes == nil && mapping.size == 0)
    o2m_unmap(&mapping)
  }

  @Test func refusesWhatIsNoFile() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let empty = folder.appending(path: "empty").path, pipe = folder.appending(path: "pipe").path
    try Data().write(to: URL(filePath: empty))
    #expect(mkfifo(pipe, 0o600) == 0)

    var mapping = o2m_mapping()
    #expect(o2m_map_file(empty, &mapping) == 0 && mapping.bytes == nil && mapping.size == 0)
    #expect(o2m_map_file(folder.path, &mapping) == EISDIR)
    #expect(o2m_map_file(pipe, &mapping) == ENODEV)
    #expect(o2m_map_file("/dev/zero", &mapping) == ENODEV)
    #expect(o2m_map_file(folder.appending(path: "absent").path, &mapping) == ENOENT)
    #expect(mapping.bytes == nil && mapping.size == 0)
  }
}

@Test func clockNeverGoesBack() {
  var last = o2m_nanoseconds()
  for _ in 0..<10_000 {
    let now = o2m_nanoseconds()
    #expect(now >= last)
    last = now
  }
}
