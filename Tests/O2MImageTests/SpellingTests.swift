import Foundation
import O2MImage
import O2MRuntime
import O2MTensor
import Testing

/// What other tools write, as ours.
struct SpellingTests {
  private static let normal = "mean=0.485,0.456,0.406,std=0.229,0.224,0.225"

  /// Files of models on the hub, cut to what counts.
  @Test(arguments: [
    (
      """
      {"crop_pct": 0.875, "do_normalize": true, "do_resize": true, "feature_extractor_type": "ConvNextFeatureExtractor", "size": 224,
       "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225], "resample": 3, "crop_size": 224}
      """,
      "resize=short:256,crop=224x224,filter=bicubic,scale=1/255,\(normal)"
    ),
    (
      """
      {"do_normalize": true, "do_resize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 2, "size": 224}
      """,
      "resize=224x224,scale=1/255,mean=0.5,0.5,0.5,std=0.5,0.5,0.5"
    ),
    (
      """
      {"crop_size": {"height": 224, "width": 200}, "do_center_crop": true, "do_rescale": true, "rescale_factor": 0.0078125,
       "size": {"shortest_edge": 256}, "image_processor_type": "MobileNetV2ImageProcessor", "image_mean": [0.5, 0.5, 0.5],
       "image_std": [0.5, 0.5, 0.5], "do_normalize": true, "resample": 2}
      """,
      "resize=short:256,crop=200x224,scale=0.0078125,mean=0.5,0.5,0.5,std=0.5,0.5,0.5"
    ),
    (
      """
      {"do_flip_channel_order": true, "do_center_crop": true, "crop_size": 256, "size": {"shortest_edge": 288}, "do_normalize": false,
       "do_rescale": true}
      """,
      "resize=short:288,crop=256x256,order=bgr,scale=1/255"
    ),
    (
      """
      {"architecture": "x", "pretrained_cfg": {"input_size": [3, 224, 224], "interpolation": "bicubic", "crop_pct": 0.95,
       "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}}
      """,
      "resize=short:235,crop=224x224,filter=bicubic,scale=1/255,\(normal)"
    ),
    (
      """
      {"crop_size": [224], "resize_size": [232], "interpolation": "InterpolationMode.BILINEAR",
       "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
      """,
      "resize=short:232,crop=224x224,scale=1/255,\(normal)"
    ),
    (
      #"{"crop_pct": 0.875, "size": {"shortest_edge": 224}, "do_normalize": false}"#, "resize=short:256,crop=224x224,scale=1/255"
    ),
    (#"{"crop_pct": 0.875, "size": 224, "do_normalize": false}"#, "resize=short:256,crop=224x224,scale=1/255"),
    (#"{"crop_pct": 1.0, "size": {"shortest_edge": 384}, "do_normalize": false}"#, "resize=384x384,scale=1/255"),
    (#"{"input_size": [3, 288, 288], "crop_pct": 0.9, "crop_mode": "squash"}"#, "resize=320x320,crop=288x288,scale=1/255"),
    (#"{"CROP_SIZE": 224, "Resize_Size": 232}"#, "resize=short:232,crop=224x224,scale=1/255"),
    (#"{"do_resize": false, "do_rescale": false, "do_normalize": false}"#, "none"),
    (
      #"{"mode": "caffe", "data_format": "channels_last", "resize": "224X224"}"#,
      "resize=224x224,layout=nhwc,order=bgr,mean=103.939,116.779,123.68"
    ),
  ]) func filesOfOthersAreUnderstood(json: String, ours: String) throws {
    #expect(try Preprocessing(json: Data(json.utf8)).text == Preprocessing(text: ours).text)
  }

  @Test func caseDoesNotCount() throws {
    #expect(
      try Preprocessing(text: "RESIZE=SHORT:256,Crop=224X224,FILTER=Bicubic,order=BGR,layout=NHWC")
        == Preprocessing(text: "resize=short:256,crop=224x224,filter=bicubic,order=bgr,layout=nhwc"))
    #expect(try Preprocessing(text: "ImageNet") == .imagenet)
    #expect(try Preprocessing(text: "mode=TF,interpolation=box") == Preprocessing(text: "scale=1/127.5,mean=1,filter=box"))
  }

  @Test(arguments: [
    (#"{"do_pad": true, "do_normalize": true}"#, ImageError.unknownKey("do_pad")),
    (#"{"rescale_offset": true, "do_normalize": true}"#, .unknownKey("rescale_offset")),
    (#"{"input_size": [3, 9, 9], "crop_mode": "border"}"#, .badValue(key: "crop_mode", value: "border")),
    (#"{"scale": 0}"#, .badValue(key: "scale", value: "0.0")),
    (#"{"do_normalize": true, "resample": 0}"#, .badValue(key: "resample", value: "0")),
    (#"{"do_resize": true, "size": [1, 2, 3]}"#, .badValue(key: "size", value: "[1, 2, 3]")),
  ]) func whatWeCannotDoIsNamed(json: String, error: ImageError) {
    let found = #expect(throws: ImageError.self) { try Preprocessing(json: Data(json.utf8)) }
    switch (found, error) {
    // How Foundation writes a list is its own affair.
    case (.badValue(let key, _), .badValue(let expected, _)): #expect(key == expected)
    default: #expect(found == error)
    }
  }

  @Test func wholeNumbersHoldTheLevels() throws {
    func check(_ text: String, _ type: ElementType) throws { try Preprocessing(text: text).checkValues(of: type) }
    try check("none", .uint8)
    try check("mean=128", .int8)
    try check("imagenet", .float32)
    try check("imagenet", .float16)
    #expect(throws: ImageError.self) { try check("imagenet", .uint8) }
    #expect(throws: ImageError.self) { try check("scale=1/255", .uint8) }
    #expect(throws: ImageError.self) { try check("none", .int8) }
    #expect(throws: ImageError.self) { try check("mean=1,2,300,std=1", .uint8) }
  }
}
