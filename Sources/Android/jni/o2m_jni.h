// What the files of this folder share: the native half of the package io.github.onnx2mobile.
#ifndef O2M_JNI_H
#define O2M_JNI_H

#include <jni.h>
#include <stddef.h>
#include <stdint.h>

#include "o2m.h"

// What a Model of Java holds; a jlong is its address.
struct holdings {
  o2m_model *model;
  o2m_session *session;
  int borrows;      // the bundle's bytes are Java's
  void *bundle;     // the bundle's bytes, where they are a copy of its own
  uint8_t *chroma;  // where o2m.h has no format for how a picture's chroma lies
  size_t chroma_bytes;
};

static inline struct holdings *holdings_of(jlong address) { return (struct holdings *)(intptr_t)address; }

// Throws a ModelException. `model` names the node that an error numbers; it may be NULL.
void o2m_throw(JNIEnv *env, const o2m_error *error, const o2m_model *model);

// Native.setPicture. One of `array` and the buffers holds the planes; `places` has their offsets in bytes, then their strides.
void o2m_set_picture(JNIEnv *env, jclass self, jobject owner, jlong address, jintArray numbers, jarray array, jobject first, jobject second,
                     jobject third, jlongArray places, jint pixel_stride);

#endif
