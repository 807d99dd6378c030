extension PictureTask {
  /// The boxes that a detector's outputs give: what each candidate's numbers mean, and which of the boxes count.
  ///
  /// A candidate has a box, a score for each class or one score and a class, and perhaps a share that it is an object at all.
  public struct Boxes: Equatable, Sendable {
    /// Numbers of all candidates in an output: the entries from `first` on of an axis. The other axes count the candidates, row-major;
    /// without an axis every element is a candidate's.
    public struct Field: Equatable, Sendable {
      public var output: Int
      public var axis: Int?
      public var first: Int

      public init(output: Int, axis: Int?, first: Int = 0) {
        self.output = output
        self.axis = axis
        self.first = first
      }
    }

    /// The four numbers of a box.
    public enum Form: UInt8, CaseIterable, Sendable {
      /// Center x and y, width, height.
      case center
      /// Left, top, right, bottom.
      case corners
      /// Top, left, bottom, right.
      case cornersDownFirst
    }

    /// What the numbers of a box count.
    public enum Unit: UInt8, CaseIterable, Sendable {
      /// Pixels of the input.
      case pixels
      /// Shares of the input's sides.
      case shares
      /// YOLOX: the cells of one grid after the other, a center from the cell's corner in strides, sides as logarithms of strides.
      case grids
      /// FastestDet: the cells of the output's last two axes, a center by tanh from the cell's corner in cells, sides by the logistic
      /// function as shares of the input. A score is objectness^0.6 · score^0.4.
      case cells
    }

    /// What becomes of objectness and scores.
    public enum Scores: UInt8, CaseIterable, Sendable { case shares, sigmoid, softmax }

    /// Class 0, where it is no object, and whether it has a label.
    public enum Background: UInt8, CaseIterable, Sendable { case none, labelled, unlabelled }

    /// Among which boxes the better one suppresses what it overlaps.
    public enum Suppression: UInt8, CaseIterable, Sendable { case none, sameClass, all }

    /// The input that takes the picture, and the order of its axes.
    public var input = 0
    public var layout = Preprocessing.AxisOrder.nchw
    public var box: Field
    public var form = Form.center
    public var unit = Unit.pixels
    /// Pixels of the input from one cell of a grid to the next, for each grid.
    public var strides: [Int] = []
    public var objectness: Field?
    /// Of each class; of one alone where `label` says which.
    public var scores: Field
    public var classCount: Int
    public var label: Field?
    public var activation = Scores.shares
    public var background = Background.none
    public var suppression = Suppression.sameClass
    /// What the boxes, scores and objectness are read from in the place of those fields, where the model does not decode them.
    public var levels: Levels?
    /// The least score of a box.
    public var score = 0.25
    /// Boxes whose intersection is a greater share of their union are one object.
    public var overlap = 0.45
    /// The most boxes of a picture.
    public var most = 100

    public static let mostBoxes = 4096
    public static let mostCandidates = 1 << 24

    public init(box: Field, scores: Field, classCount: Int) {
      self.box = box
      self.scores = scores
      self.classCount = classCount
    }
  }
}

/// A box around an object, in pixels of the picture as it is stored, from its left and top edges.
public struct DetectedBox: Equatable, Sendable {
  /// The index of its label.
  public var label = 0
  /// In 0...1.
  public var score: Float = 0
  public var x: Float = 0
  public var y: Float = 0
  public var width: Float = 0
  public var height: Float = 0

  public init() {}
}
