print("onnx2mobile")
