# find_package(o2m) gives the target o2m::o2m: o2m.h and the library beside this file, wherever the tree lies.
get_filename_component(_o2m_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT TARGET o2m::o2m)
  add_library(o2m::o2m SHARED IMPORTED)
  set_target_properties(o2m::o2m PROPERTIES
    IMPORTED_LOCATION "${_o2m_prefix}/lib/libo2m.so.0"
    IMPORTED_SONAME libo2m.so.0
    INTERFACE_INCLUDE_DIRECTORIES "${_o2m_prefix}/include")
endif()
unset(_o2m_prefix)
