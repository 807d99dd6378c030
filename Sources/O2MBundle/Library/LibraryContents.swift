import O2MOps
import O2MRuntime
import O2MTensor

/// What bundles take of the runtime: what a library for them, and for no others, is made of.
///
/// Where shapes are open, a run decides extents, or there are branches and loops, the kernels follow from what is not known here: then a
/// library has all kernels and references of the bundle's operators.
public struct LibraryContents: Equatable, Sendable {
  public private(set) var operators: Set<OpCode> = []
  /// Those whose reference runs on the device.
  public private(set) var evaluated: Set<OpCode> = []
  /// A change of layout needs no operator, so that these two are in every library.
  public private(set) var kernels: Set<Kernel.Kind> = [.alias, .copy]
  public private(set) var parts: Set<LibraryPart> = []
  /// The types of all values, computed or stored.
  public private(set) var elements: Set<ElementType> = []
  /// Those of tensors: references may form others in between.
  var heldElements: Set<ElementType> { evaluated.isEmpty ? elements : Set(ElementType.allCases) }
  /// Whether a bundle is to be opened in its download form.
  public private(set) var opensDownloads = false

  public init() {}

  /// Takes up a bundle.
  ///
  /// - Errors: `.kernel` and `.operands` where a step of the plan has no kernel, `.format` where a section cannot be read.
  public mutating func add(_ bundle: OpenedBundle) throws(RunFault) {
    let model = bundle.model
    if !bundle.isInstalled { opensDownloads = true }
    let own = take(model.graph), hasBodies = model.graph.nodes.contains { !$0.op.bodies.isEmpty }
    operators.formUnion(own)
    if hasBodies { parts.insert(.bodies) }
    if let shapes = model.shapes {
      parts.insert(.shapes)
      _ = take(shapes.program)
    }
    if !model.counted.isEmpty { parts.insert(.counted) }
    if !model.state.links.isEmpty { parts.insert(.state) }
    for slot in model.plan.slots { if let kind = slot.precision.kind { kernels.insert(kind) } }
    if model.shapes != nil || !model.counted.isEmpty || hasBodies {
      kernels.formUnion(Kernel.Kind.allCases)
      evaluated.formUnion(own)
    } else {
      for step in model.plan.steps.indices { try add(step, of: model) }
    }
    do throws(FormatFault) {
      if try model.section(Certificate.self) != nil { parts.insert(.certificate) }
      if let task = try model.section(PictureTask.self) {
        parts.insert(.pictures)
        if task.boxes != nil { parts.insert(.boxes) }
        if task.classMap != nil { parts.insert(.classMap) }
      }
    } catch { throw .format(error) }
  }

  /// Takes up the element types of a graph, and gives its operators, those of bodies among them.
  private mutating func take(_ graph: FlatGraph) -> Set<OpCode> {
    for value in graph.values { elements.insert(value.element) }
    var own = Set(graph.nodes.map(\.code))
    for body in graph.nodes.flatMap(\.op.bodies) { own.formUnion(take(body.graph)) }
    return own
  }

  private mutating func add(_ step: Int, of model: Model) throws(RunFault) {
    let kinds = try model.kernel(of: step, threads: 1).kinds
    kernels.formUnion(kinds)
    if kinds.contains(.reference), let node = model.plan.steps[step].node { evaluated.insert(model.graph.nodes[node].code) }
  }
}
