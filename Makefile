# What can be made here. `make` alone prints this list.

MODEL ?=
BUNDLE ?=
REV ?= HEAD
ARGS ?=
COUNT ?= 80000
TIME ?= 60
PREFIX ?= /usr/local
export DESTDIR

.PHONY: help setup build test format demo embedded c-interface swift-package swift-test web web-test android java-test wheel wheel-test install install-test dist dist-test runtime-test models wild guides conformance kills schemas page zoo tables docs bench bench-peers goldens replay mutations faults fuzz graphs sanitize onnx-proto clean

help:           ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /  make \1\t/p' Makefile | expand -t 24

setup:          ## install the Debian packages that are missing
	@.ci/setup build

build: setup    ## the tools, release: .build/release/onnx2mobile
	swift build -c release

test: setup     ## all tests, in release; O2M_MODELS=FOLDER adds those on real models
	@.ci/test

format:         ## lay out every Swift and C file as .swift-format and .clang-format say
	@.ci/setup format
	@.ci/format --fix

demo: build     ## convert, verify and run a trained model; MODEL=path.onnx takes yours
	@.ci/demo $(MODEL)

embedded:       ## device side as Embedded Swift: arm64 under qemu, wasm32 in Node, C library
	@.ci/setup embedded
	@.ci/embedded arm64 wasm32 x86-64
	@$(MAKE) --no-print-directory build
	@.ci/embedded-models

c-interface:    ## libo2m.so for this machine, without the Swift runtime, and a C program that uses it
	@.ci/embedded x86-64

swift-package:  ## the runtime as a static library in a Swift package, in .build/swift-package
	@.ci/swift-package

swift-test: build ## packages of their own that use it, debug and release; ARGS=--source takes this one's source as well
	@.ci/swift-test $(ARGS)

web: build      ## the npm package directory and the camera page, in .build/web; BUNDLE=x.o2m is the page's model
	@.ci/web $(BUNDLE)

web-test: web   ## both in Node and a headless browser, beside `run` and `bench`; ARGS="--pictures FOLDER" keeps what the page shows
	@.ci/web-test $(ARGS)

android:        ## the Android package .build/android/onnx2mobile.aar; ANDROID_NDK=FOLDER takes an NDK's compiler
	@.ci/android

java-test: build android ## the Android package on this machine: its libraries and its Java API beside `run`
	@.ci/java-test

wheel: build    ## the Python package, in .build/wheel: the command in one executable, and a numpy interface
	@.ci/wheel

wheel-test: wheel ## it in a fresh virtual environment without Swift; ARGS="-k NAME" takes some tests
	@.ci/wheel-test $(ARGS)

install: build  ## the command, the library for C, man pages, completions: PREFIX=/usr/local, below DESTDIR
	@.ci/install $(PREFIX)

install-test: build ## an installed tree: C programs by pkg-config and CMake, man pages, completions
	@.ci/install-test

dist: build     ## the same as an archive that runs on a Debian without Swift, in .build/dist
	@.ci/dist

dist-test: dist ## it in a Debian of its own; needs root
	@.ci/dist-test

runtime-test: build ## libraries that `onnx2mobile runtime` makes for a model, on arm64 under qemu and in Node
	@.ci/runtime-test

tables: build   ## fill what programs print into README and pages; TABLE=FILE holds what `make models` printed
	@.ci/tables $(TABLE)

docs:           ## web pages of the documentation
	@.ci/docs

guides: build   ## the commands of the guides that need Python: trains a classifier of photos; needs O2M_MODELS
	@.ci/guides $(ARGS)

conformance: build ## ONNX's own test suite, compared with the list of what passes; ARGS=--accept writes the list
	@.ci/conformance $(ARGS)

kills: build    ## end `convert` at random moments: the bundle is the old or the new one; ARGS=200 is how often
	@.ci/kills $(ARGS)

schemas: build  ## a reader made from Schemas alone reads every bundle and proves its weights
	@.ci/schemas

page: build     ## the pages of `--format html` in a headless browser; ARGS="--pictures FOLDER" keeps what it shows
	@.ci/page $(ARGS)

models: build   ## the accuracy and size table over the models in O2M_MODELS
	@.ci/setup models
	@.ci/models

wild: build     ## trained models that nobody prepared: those in O2M_WILD, on their stored inputs
	@.ci/setup models
	@.ci/wild

zoo: build      ## models of many kinds, exported by torch, converted and compared; ARGS=NAME... takes some
	@.ci/zoo $(ARGS)

graphs: build   ## random graphs against their references; ARGS="FIRST COUNT" takes these seeds
	@.ci/graphs $(ARGS)

sanitize: setup ## tests under the address, undefined and thread sanitizers; ARGS=thread takes one
	@.ci/sanitize $(ARGS)

bench: setup    ## kernels beside their scalar references, then whole models
	swift run -c release o2mbench

bench-peers:    ## latency, start-up and memory beside other engines; ARGS=--help lists what can be left out
	@.ci/bench-peers $(ARGS)

goldens: setup  ## rewrite the golden texts; read the diff
	O2M_REWRITE_GOLDENS=1 .ci/test
	@git status --short Tests Fixtures

replay: build   ## compare every fixture's bundle with the one that commit REV (HEAD) makes
	@.ci/replay $(REV)

mutations: setup ## convert COUNT models with fields at their extremes; the report stays in .build/fuzz
	O2M_MUTATIONS='$(COUNT)' nice -n 10 .ci/test --filter MutationTests

faults: setup   ## plant the faults of Tests/Faults, see which the tests notice; ARGS=--score says it, ARGS=NUMBER... asks again
	@.ci/faults $(ARGS)

fuzz: setup     ## run every fuzz target for TIME seconds from its corpus; TARGETS=NAME... takes some
	@.ci/fuzz $(TIME) $(TARGETS)

onnx-proto:     ## Sources/COnnxProto from Schemas/onnx.proto
	@.ci/setup proto
	@.ci/onnx-proto

clean:          ## remove everything that was built
	rm -rf .build
