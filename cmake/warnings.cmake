# Every warning that finds faults, as errors except in release builds, which others make with other compilers.
# clang takes the casts inside GLib's g_utf8_next_char for ours, so -Wcast-qual is for gcc.
add_library(vk_options INTERFACE)
target_compile_options(vk_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes
  -Wmissing-prototypes -Wold-style-definition -Wundef -Wvla -Wcast-align -Wwrite-strings
  -Wpointer-arith -Wformat=2 -Wimplicit-fallthrough -Wnull-dereference -Wdouble-promotion
  -Wfloat-equal -Wredundant-decls -Wswitch-enum -fno-common -fvisibility=hidden
  $<$<C_COMPILER_ID:GNU>:-Wcast-qual -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init>
  $<$<C_COMPILER_ID:Clang>:-Wcomma -Wunreachable-code -Wconditional-uninitialized -Wassign-enum>)
target_compile_definitions(vk_options INTERFACE _GNU_SOURCE)
target_include_directories(vk_options INTERFACE ${PROJECT_SOURCE_DIR})
if(VETKOLL_WERROR)
  target_compile_options(vk_options INTERFACE -Werror)
endif()
if(VETKOLL_SANITIZE)
  target_compile_options(vk_options INTERFACE -fsanitize=${VETKOLL_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(vk_options INTERFACE -fsanitize=${VETKOLL_SANITIZE})
endif()
if(VETKOLL_COVERAGE)
  target_compile_options(vk_options INTERFACE --coverage)
  target_link_options(vk_options INTERFACE --coverage)
endif()
if(CMAKE_BUILD_TYPE MATCHES "Rel")
  target_compile_options(vk_options INTERFACE -fstack-protector-strong -fPIE)
  if(NOT VETKOLL_SANITIZE)
    target_compile_definitions(vk_options INTERFACE _FORTIFY_SOURCE=2)
  endif()
  target_link_options(vk_options INTERFACE -pie -Wl,-z,relro,-z,now)
endif()
