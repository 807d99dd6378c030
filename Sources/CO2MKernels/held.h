// O2M_HELD_<type>(...) is what it is given where this build has loops for the type, else nothing.
#ifndef O2M_HELD_H
#define O2M_HELD_H

#ifdef O2M_WITHOUT_INT8
#define O2M_HELD_S8(...)
#else
#define O2M_HELD_S8(...) __VA_ARGS__
#endif
#ifdef O2M_WITHOUT_UINT8
#define O2M_HELD_U8(...)
#else
#define O2M_HELD_U8(...) __VA_ARGS__
#endif
#ifdef O2M_WITHOUT_INT16
#define O2M_HELD_S16(...)
#else
#define O2M_HELD_S16(...) __VA_ARGS__
#endif
#ifdef O2M_WITHOUT_UINT16
#define O2M_HELD_U16(...)
#else
#define O2M_HELD_U16(...) __VA_ARGS__
#endif
#ifdef O2M_WITHOUT_INT32
#define O2M_HELD_S32(...)
#else
#define O2M_HELD_S32(...) __VA_ARGS__
#endif
#ifdef O2M_WITHOUT_UINT32
#define O2M_HELD_U32(...)
#else
#define O2M_HELD_U32(...) __VA_ARGS__
#endif
#ifdef O2M_WITHOUT_INT64
#define O2M_HELD_S64(...)
#else
#define O2M_HELD_S64(...) __VA_ARGS__
#endif
#ifdef O2M_WITHOUT_UINT64
#define O2M_HELD_U64(...)
#else
#define O2M_HELD_U64(...) __VA_ARGS__
#endif
#ifdef O2M_WITHOUT_FLOAT32
#define O2M_HELD_F32(...)
#else
#define O2M_HELD_F32(...) __VA_ARGS__
#endif
#ifdef O2M_WITHOUT_FLOAT64
#define O2M_HELD_F64(...)
#else
#define O2M_HELD_F64(...) __VA_ARGS__
#endif
#ifdef O2M_WITHOUT_BOOL
#define O2M_HELD_BOOL(...)
#else
#define O2M_HELD_BOOL(...) __VA_ARGS__
#endif

#endif
