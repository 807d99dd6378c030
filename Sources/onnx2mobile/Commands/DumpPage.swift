import HostSystem
import O2MBundle
import O2MConvert
import O2MGraph
import O2MImport
import O2MRuntime

extension Dump {
  /// `--format html`.
  func dumpPage(_ path: String) throws {
    try Page.checkOutput(of: path)
    let data = Files.isBundle(path) ? try bundlePage(path) : try modelPage(path)
    try Page.html(data).write()
  }

  private func bundlePage(_ path: String) throws -> PageData {
    try checkBundleFlags(path)
    let opened = try OpenedBundle(path, limits: resources.bundleLimits)
    var data = PageData(title: Files.name(path), tool: "onnx2mobile \(Tool.version)", start: Stage.planned.rawValue)
    data.add(opened)
    data.addFacts(of: opened)
    try addMeasured(to: &data)
    return data
  }

  private func modelPage(_ path: String) throws -> PageData {
    let model = try ShownModel(path, importOptions(path))
    var data = PageData(title: Files.name(path), tool: "onnx2mobile \(Tool.version)", start: (stage ?? .imported).rawValue)
    var known = WeightIndex()
    let imported = try model.graph(optimized: false)
    data.add(imported, named: Stage.imported.rawValue, weights: &known)
    data.addFacts(of: model.imported, imported)
    if let open = model.open {
      data.notes.append(
        "\(open.sentence) What depends on it is shown as ?, and what it costs is left out.")
    }
    do {
      data.add(try model.graph(optimized: true), named: Stage.optimized.rawValue, weights: &known)
      let options = try conversionOptions(path), conversion: Conversion
      do throws(ConversionError) { conversion = try Conversion(path: path, options: options) } catch {
        throw ConversionMessages.failure(error, file: path)
      }
      let opened = try OpenedBundle.opening(path) { () throws(OpenFault) in try OpenedBundle(conversion.bundle, of: path) }
      data.add(opened, conversion)
    } catch let failure as Failure {
      // The page shows what there is, unless the plan was asked for.
      guard stage != .planned, profile == nil, layers == nil else { throw failure }
      data.notes.append("The page ends here: \(failure.message.replacing(path, with: data.title)).")
    }
    try addMeasured(to: &data)
    return data
  }

  private func addMeasured(to data: inout PageData) throws {
    if let profile { try data.addTimes(MeasuredSteps(profile), of: profile) }
    if let layers { try data.addErrors(MeasuredSteps(layers), of: layers) }
  }
}
