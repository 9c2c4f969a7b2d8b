# Every public header compiles by itself: a source that includes it, twice, and nothing else.

file(GLOB_RECURSE headers RELATIVE ${PROJECT_SOURCE_DIR}/include CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/include/tallymq/*.h)
set(sources "")
foreach(header IN LISTS headers)
  string(REPLACE "/" "_" name ${header})
  set(source ${PROJECT_BINARY_DIR}/headers/${name}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "#include \"@header@\"\n#include \"@header@\"\n" @ONLY)
  list(APPEND sources ${source})
endforeach()
add_library(tallymq_headers OBJECT EXCLUDE_FROM_ALL ${sources})
target_link_libraries(tallymq_headers PRIVATE tallymq_options)
