extension PictureTask {
  /// The map of classes that a segmentation's output gives.
  public struct ClassMap: Equatable, Sendable {
    /// What the output's elements are.
    public enum Content: UInt8, CaseIterable, Sendable {
      /// A score of each class, along an axis: they are resized to the picture, and the best is the pixel's class.
      case scores
      /// One number, which makes class 1 where, resized, it is greater than `threshold`, else class 0.
      case number
      /// The number of the class.
      case classes
    }

    /// The input that takes the picture, and the order of its axes.
    public var input = 0
    public var layout = Preprocessing.AxisOrder.nchw
    public var output: Int
    public var content: Content
    /// The axis of the classes. The last two of the others are rows and columns, all that remain have one entry.
    public var axis: Int?
    public var threshold = 0.0

    /// Classes of a map: 255 stands for what the model did not see.
    public static let mostClasses = 255
    public static let unseen: UInt8 = 255

    public init(output: Int, content: Content, axis: Int?) {
      self.output = output
      self.content = content
      self.axis = axis
    }
  }
}
