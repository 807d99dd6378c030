import Foundation

/// A program that was started, waited for by its number.
///
/// Foundation's `Process` hears of an end through a run loop, and now and then waits for ever for a process that ended while others start.
struct ChildProcess {
  enum End: Hashable {
    case code(Int32)
    case signal(Int32)
  }

  let number: pid_t

  /// - Parameters:
  ///   - environment: added to that of this process.
  ///   - output: the file that gets standard output, and `error` the one that gets standard error; the same file may serve both.
  init(
    _ program: String, _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:], output: String, error: String
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
    if error == output {
      posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    } else {
      posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, error, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
    }
    // A worker thread blocks signals, and what it starts would.
    var attributes = posix_spawnattr_t(), none = sigset_t(), all = sigset_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let command = (folder.map { ["/usr/bin/env", "-C", $0] } ?? []) + [program] + arguments
    let words = command.map { strdup($0) } + [nil]
    let settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + settings { free(text) } }
    var number = pid_t()
    let result = posix_spawn(&number, command[0], &actions, &attributes, words, settings)
    guard result == 0 else { throw POSIXError(POSIXErrorCode(rawValue: result) ?? .EINVAL) }
    self.number = number
  }

  func wait() -> End {
    var status: Int32 = 0
    while waitpid(number, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7f
    return signal == 0 ? .code(status >> 8 & 0xff) : .signal(signal)
  }
}
