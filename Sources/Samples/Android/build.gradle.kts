plugins {
  id("com.android.application") version "8.7.3"
}

android {
  namespace = "io.github.onnx2mobile.camera"
  compileSdk = 35

  defaultConfig {
    applicationId = "io.github.onnx2mobile.camera"
    minSdk = 24
    targetSdk = 35
    versionCode = 1
    versionName = "1.0"
    ndk { abiFilters += listOf("arm64-v8a", "x86_64") }
  }

  // A bundle that is stored as it is can be mapped.
  androidResources { noCompress += "o2m" }

  compileOptions {
    sourceCompatibility = JavaVersion.VERSION_1_8
    targetCompatibility = JavaVersion.VERSION_1_8
  }
}

dependencies {
  val camera = "1.4.1"
  implementation(files("libs/onnx2mobile.aar"))
  implementation("androidx.activity:activity:1.9.3")
  implementation("androidx.camera:camera-camera2:$camera")
  implementation("androidx.camera:camera-lifecycle:$camera")
  implementation("androidx.camera:camera-view:$camera")
}
