/// The version of this code, which everything that is made of it has: the command, the libraries, the packages.
///
/// It is stated here; `O2M_VERSION` of o2m.h and the newest part of the release notes follow it, which a test holds.
public enum RuntimeVersion {
  public static let major: UInt32 = 0
  public static let minor: UInt32 = 2
  public static let patch: UInt32 = 0

  static var packed: UInt32 { major << 16 | minor << 8 | patch }
}

/// `o2m_version` of o2m.h.
@c(o2m_version)
public func cVersion() -> UInt32 { RuntimeVersion.packed }
