// What the host side needs of the system, imported as one: files, JSON and time without Foundation's tables of languages, which would be
// two thirds of the command where it is linked statically.
#if canImport(FoundationEssentials)
@_exported import FoundationEssentials
#else
@_exported import Foundation
#endif
#if canImport(Darwin)
@_exported import Darwin
#elseif canImport(Musl)
@_exported import Musl
#else
@_exported import Glibc
#endif
