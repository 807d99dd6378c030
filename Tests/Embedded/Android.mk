# libo2m.so for Android from API 24 on: included by the Makefile beside it, for the targets android-arm64 and android-x86-64. The C code
# is compiled anew; the Swift modules are those of the same CPU.
#
# Without an NDK, Sources/Android/bionic stands for its headers, and libraries of nothing but symbols for its libraries. ANDROID_NDK=FOLDER
# takes an NDK's clang, headers and libraries.

bionic := Sources/Android/bionic
jni := $(call find,Sources/Android/jni,*.c)
host_link := $(call for,link) -Wl,--no-as-needed

arm64.abi := aarch64-linux-android24
x86-64.abi := x86_64-linux-android24
arm64.elf := AArch64
x86-64.elf := X86-64
# Without calls of compiler-rt, which is here for x86-64 alone.
arm64.atomics := -mno-outline-atomics
x86-64.builtins := $(firstword $(wildcard $(toolchain)/lib/clang/*/lib/linux/libclang_rt.builtins-x86_64.a))

ifdef ANDROID_NDK
clang := $(firstword $(wildcard $(ANDROID_NDK)/toolchains/llvm/prebuilt/*/bin/clang))
$(if $(clang),,$(error ANDROID_NDK=$(ANDROID_NDK) has no toolchains/llvm/prebuilt/*/bin/clang))
else
jdk := $(patsubst %/bin/javac,%,$(shell readlink -f "$$(command -v javac)"))
headers := -nostdlibinc -isystem $(bionic)/include
jni_headers := -isystem $(jdk)/include -isystem $(jdk)/include/linux
stubs := $(build)/stubs/libc.so $(build)/stubs/libm.so
without_ndk := -nostdlib -fuse-ld=lld -L$(build)/stubs $(call for,builtins)
endif

# Another compiler compiles everything again.
$(shell echo '$(ANDROID_NDK)' | cmp -s - $(build)/ndk || echo '$(ANDROID_NDK)' >$(build)/ndk)

# What ships has no variable per thread, which Android has from API 29 on.
$(cpu).c := --target=$(call for,abi) -fPIC $(call for,atomics) $(headers) -DO2M_SHIPPED
$(build)/$(zstd)/%.c.o: optimize += -DZSTD_TRACE=0
$(filter $(build)/%,$(shipped) $(unpacking) $(jni:%=$(build)/%.o)): Tests/Embedded/Android.mk $(build)/ndk $(call find,$(bionic)/include,*.h)
$(jni:%=$(build)/%.o): includes += $(jni_headers) -ISources/O2MUnpack/include -DO2M_UNPACKING=$(if $(unpacking),1,0)
$(jni:%=$(build)/%.o): $(wildcard $(zstd)/../include/zstd.h)

# What the headers say is what bionic has.
$(build)/figures: $(build)/ndk $(bionic)/figures.c $(bionic)/figures.inc $(call find,$(bionic)/include,*.h)
	@$(clang) $(call for,c) -Wall -Wextra -Werror -fsyntax-only $(bionic)/figures.c
	@touch $@

$(build)/stubs/%.so: $(bionic)/symbols.txt
	@mkdir -p $(@D)
	@awk '$$1 == "$*.so" { size = $$3 ? $$3 : 4; print $$3 ? ".bss" : ".text"; print ".globl " $$2 "\n" $$2 ":\n.skip " size; \
	  print ".type " $$2 ", @" ($$3 ? "object" : "function") "\n.size " $$2 ", " size }' $< >$(@:.so=.s)
	@$(clang) --target=$(call for,abi) -nostdlib -fuse-ld=lld -shared -Wl,-soname,$*.so $(@:.so=.s) -o $@

$(build)/exports: $(interface) $(unpacking_interface) $(self) Tests/Embedded/Android.mk
	@{ echo '{ global: JNI_OnLoad;'; $(call functions_of,$(filter %.h,$^)) | sed 's/$$/;/'; echo 'local: *; };'; } >$@

$(build)/libo2m.so: $(shipped) $(unpacking) $(jni:%=$(build)/%.o) $(build)/exports $(build)/files $(build)/figures $(stubs)
	@$(clang) --target=$(call for,abi) -shared -Wl,-soname,libo2m.so,-s,--gc-sections,--icf=all,-z,defs \
	  -Wl,-z,max-page-size=16384,-z,common-page-size=16384,--version-script=$(build)/exports $(filter %.o,$^) $(libraries) $(without_ndk) -lm -lc -o $@
	@.ci/bionic-check $@ $(call for,elf) $(bionic)/symbols.txt || { rm $@; exit 1; }

# The very library on the libc of this machine, as far as the two agree: the rest is in bionic_on_glibc.c.
$(build)/glibc/libm.so:
	@mkdir -p $(@D)
	@$(host_link) -shared -Wl,-soname,libm.so -lm -o $@
$(build)/glibc/libc.so: Tests/Embedded/bionic_on_glibc.c $(build)/glibc/libm.so
	@$(host_link) -shared -fPIC -Wl,-soname,libc.so,-rpath,'$$ORIGIN' $^ -o $@
$(build)/c_interface: $(addprefix Tests/Embedded/,c_interface.c tensors.c) $(build)/glibc/libc.so $(build)/glibc/libm.so $(build)/libo2m.so
	@$(host_link) -O1 -I$(dir $(interface)) $^ -Wl,-rpath,'$$ORIGIN:$$ORIGIN/glibc' -lm -o $@

all: $(build)/c_interface
	@echo "  $(TARGET): libo2m.so $$(stat -c %s $(build)/libo2m.so) bytes, stripped"
