import HostSystem
import O2MTensor

/// Memory of a large tensor that lies in a file without a name: what nobody reads at the moment need not stay in memory.
///
/// Models of gigabytes are read tensor by tensor; between two readers the pages belong to the system, which has them in its cache while there
/// is room.
public final class SpilledStorage: TensorStorage, @unchecked Sendable {
  /// Smaller tensors stay in memory.
  public static let leastBytes = 8 << 20

  /// Memory that is to be filled; of `TensorStorage` where the tensor is small, or there is no place for the file.
  public static func storage(unfilled byteCount: Int) -> TensorStorage {
    (byteCount >= leastBytes ? mapped(byteCount).map { SpilledStorage(mapped: $0) } : nil) ?? TensorStorage(unfilled: byteCount)
  }

  private init(mapped memory: UnsafeMutableRawBufferPointer) { super.init(borrowing: UnsafeRawBufferPointer(memory)) }

  deinit { munmap(bytes.baseAddress, bytes.count) }

  /// Gives the pages back to the system until they are read again.
  fileprivate func rest() { madvise(bytes.baseAddress, bytes.count, MADV_DONTNEED) }

  private static func mapped(_ byteCount: Int) -> UnsafeMutableRawBufferPointer? {
    let file = open()
    guard file >= 0 else { return nil }
    defer { close(file) }
    // A file with holes could run out of room when a page is written.
    guard reserve(file, byteCount) else { return nil }
    let start = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
    return start == MAP_FAILED ? nil : UnsafeMutableRawBufferPointer(start: start, count: byteCount)
  }

  /// A file of this process alone, which nobody finds and which is gone with it.
  private static func open() -> Int32 {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/onnx2mobile.XXXXXX".utf8CString)
    let file = mkstemp(&template)
    if file >= 0 { unlink(template) }
    return file
  }

  private static func reserve(_ file: Int32, _ byteCount: Int) -> Bool {
    #if canImport(Darwin)
    var store = fstore_t()
    (store.fst_flags, store.fst_posmode, store.fst_length) = (UInt32(F_ALLOCATEALL), F_PEOFPOSMODE, off_t(byteCount))
    return fcntl(file, F_PREALLOCATE, &store) != -1 && ftruncate(file, off_t(byteCount)) == 0
    #else
    return posix_fallocate(file, 0, off_t(byteCount)) == 0
    #endif
  }
}

extension Tensor {
  /// Says that nobody reads the elements for a while.
  public func rest() { (storage as? SpilledStorage)?.rest() }
}
