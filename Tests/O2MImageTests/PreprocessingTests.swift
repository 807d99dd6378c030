import Foundation
import O2MImage
import O2MRuntime
import O2MTensor
import Testing

@Test func namesAndKeysParse() throws {
  #expect(try Preprocessing(text: "none") == Preprocessing())
  let imagenet = try Preprocessing(text: "resize=short:256,crop=224x224,scale=1/255,mean=0.485,0.456,0.406,std=0.229,0.224,0.225")
  #expect(imagenet == .imagenet)
  let other = try Preprocessing(text: "resize=320x240,filter=box,order=bgr,scale=0.5,mean=1,layout=nhwc")
  #expect(try Preprocessing(text: "resize=320x240\nfilter=box\norder=bgr\nscale=0.5\nmean=1,1,1\nlayout=nhwc\n").mean == [1, 1, 1])
  #expect(other.resize == .exact(Extent(width: 320, height: 240)) && other.filter == .box && other.order == .bgr)
  #expect(other.mean == [1] && other.std == [1] && other.layout == .nhwc && other.crop == nil)
}

@Test(arguments: ["imagenet", "none", "resize=31x7,filter=lanczos,order=bgr,scale=1/3,mean=-1e-9,std=1,2,3,layout=nhwc"])
func theCanonicalTextReadsBack(_ text: String) throws {
  let value = try Preprocessing(text: text)
  #expect(try Preprocessing(text: value.text) == value)
}

@Test func jsonHasTheSameKeys() throws {
  let json = #"{"resize": "short:256", "crop": "224x224", "scale": "1/255", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}"#
  #expect(try Preprocessing(json: Data(json.utf8)) == .imagenet)
  #expect(try Preprocessing(json: Data(#"{"scale": 0.25}"#.utf8)).scale == 0.25)
  #expect(throws: ImageError.notJSON) { try Preprocessing(json: Data("[1]".utf8)) }
  #expect(throws: ImageError.unknownKey("channel_order")) { try Preprocessing(json: Data(#"{"channel_order": "RGB"}"#.utf8)) }
}

@Test func wrongValuesAreNamed() {
  func expectBad(_ key: String, _ value: String) {
    #expect(throws: ImageError.badValue(key: key, value: value)) { try Preprocessing(text: "\(key)=\(value)") }
  }
  expectBad("resize", "short:0")
  expectBad("resize", "10")
  expectBad("resize", "99999x1")
  expectBad("crop", "1x2x3")
  expectBad("filter", "cubic")
  expectBad("order", "gbr")
  expectBad("scale", "nan")
  expectBad("scale", "1/0")
  expectBad("mean", "1,2")
  expectBad("std", "0")
  expectBad("layout", "chw")
  #expect(throws: ImageError.unknownKey("color")) { try Preprocessing(text: "color=rgb") }
  #expect(throws: ImageError.unknownKey("fast")) { try Preprocessing(text: "fast") }
  #expect(throws: ImageError.repeatedKey("scale")) { try Preprocessing(text: "scale=1,scale=2") }
}

/// Two pixels: (1, 2, 3) and (4, 5, 6).
private let two = Picture(Extent(width: 2, height: 1), pixels: [1, 2, 3, 4, 5, 6])

@Test func layoutsAndOrders() throws {
  func values(_ text: String, _ shape: Shape) throws -> [Double] { try Preprocessing(text: text).tensor(two, expected: shape).doubles() }
  #expect(try values("none", [1, 3, 1, 2]) == [1, 4, 2, 5, 3, 6])
  #expect(try values("order=bgr", [3, 1, 2]) == [3, 6, 2, 5, 1, 4])
  #expect(try values("layout=nhwc", [1, 1, 2, 3]) == [1, 2, 3, 4, 5, 6])
  #expect(try values("scale=2,mean=1,2,3,std=1,2,4", [1, 3, 1, 2]) == [1, 7, 1, 4, 0.75, 2.25])
}

/// Red 76, green 150, blue 29: Pillow's `convert("L")`.
@Test func oneChannelIsGray() throws {
  let colours = Picture(Extent(width: 3, height: 1), pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255])
  #expect(try Preprocessing().tensor(colours, expected: [1, 1, 1, 3]).doubles() == [76, 150, 29])
}

@Test func otherShapesAreRefused() throws {
  let imagenet = Preprocessing.imagenet
  #expect(throws: ImageError.inputShape(prepared: [1, 3, 1, 2], expected: [1, 3, 2, 2])) {
    try Preprocessing().tensor(two, expected: [1, 3, 2, 2])
  }
  #expect(throws: ImageError.inputShape(prepared: [1, 3, 1, 2], expected: [6])) { try Preprocessing().tensor(two, expected: [6]) }
  var gray = imagenet
  gray.resize = .exact(Extent(width: 2, height: 1))
  gray.crop = nil
  #expect(throws: ImageError.channelCount(key: "mean", found: 3, channels: 1)) { try gray.tensor(two, expected: [1, 1, 1, 2]) }
}
