import Foundation

/// The sanitizer that the tests were built with.
public enum Sanitizer {
  /// Whether it is the address sanitizer, whose shadow is above any limit that a test sets for its own memory.
  public static let checksAddresses = dlsym(UnsafeMutableRawPointer(bitPattern: 0), "__asan_init") != nil
}
