# One folder, one target, one way to say so.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# What every target of ours is compiled with.
add_library(tallymq_options INTERFACE)
target_include_directories(tallymq_options INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_compile_options(tallymq_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -fno-omit-frame-pointer
  # g++ 12 sees ghosts in optional and variant once they are inlined.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
  $<$<BOOL:${TALLYMQ_STRICT}>:-Werror>)
if(TALLYMQ_SANITIZE)
  target_compile_options(tallymq_options INTERFACE
    -fsanitize=${TALLYMQ_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(tallymq_options INTERFACE -fsanitize=${TALLYMQ_SANITIZE})
endif()

# tallymq_module(name SOURCES ... [DEPS modules ...] [LIBRARIES imported targets ...] [NO_EXCEPTIONS])
#
# A module is a static library tallymq_<name>. Its public headers are in include/tallymq/<name>/, private
# ones beside its sources.
function(tallymq_module name)
  cmake_parse_arguments(ARG "NO_EXCEPTIONS" "" "SOURCES;DEPS;LIBRARIES" ${ARGN})
  add_library(tallymq_${name} STATIC ${ARG_SOURCES})
  list(TRANSFORM ARG_DEPS PREPEND tallymq_)
  target_include_directories(tallymq_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(tallymq_${name} PUBLIC tallymq_options ${ARG_DEPS} ${ARG_LIBRARIES})
  if(ARG_NO_EXCEPTIONS)
    target_compile_options(tallymq_${name} PRIVATE -fno-exceptions)
  endif()
endfunction()

# tallymq_test(name SOURCES ... DEPS modules ... [LIBRARIES ...] [LABEL unit] [INCLUDE folders ...])
#
# A GoogleTest program <name>_test whose cases ctest knows one by one. What it tests is compiled as it is
# shipped; its own sources are not optimized, which saves a third of a build.
function(tallymq_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;DEPS;LIBRARIES;INCLUDE" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  add_executable(${name}_test ${ARG_SOURCES})
  list(TRANSFORM ARG_DEPS PREPEND tallymq_)
  target_include_directories(${name}_test PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${ARG_INCLUDE})
  target_link_libraries(${name}_test PRIVATE tallymq_options ${ARG_DEPS} ${ARG_LIBRARIES}
    GTest::gmock GTest::gtest_main)
  if(NOT TALLYMQ_SANITIZE)
    target_compile_options(${name}_test PRIVATE -O0)
  endif()
  gtest_discover_tests(${name}_test DISCOVERY_MODE PRE_TEST PROPERTIES LABELS ${ARG_LABEL} TIMEOUT 120)
endfunction()
