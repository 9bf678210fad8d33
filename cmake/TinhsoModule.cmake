# tinhso_module(NAME <layer>/<folder> or base
#               SOURCES ...            compiled into the module
#               PUBLIC_HEADERS ...     the only headers other modules can see
#               DEPS ...               modules whose headers this one's public header shows
#               PRIVATE_DEPS ...       modules used in .cc files only
#               LIBS ... PRIVATE_LIBS  outside libraries
#               STATIC                 never a shared library: what holds a static outside library that may be there only once
#               TESTS ...              *_test.cc, linked into one test program of the module
#               TEST_SHARDS N)         run as N entries of ctest, so that a long one does not keep the rest waiting
#
# A module sees only its own folder and the public headers of the modules it declares: public headers are
# linked into build/public/<target>/<name>/ and only that folder is exported, so an undeclared include does
# not compile. Layers point down only: base < kernel < engines < features < app (checked below).
set(TINHSO_LAYERS base kernel engines features app)

function(tinhso_target_of name out)
  string(REPLACE "/" "_" target "${name}")
  set(${out} "tinhso_${target}" PARENT_SCOPE)
endfunction()

function(tinhso_check_dep name dep)
  string(REGEX REPLACE "/.*" "" layer "${name}")
  string(REGEX REPLACE "/.*" "" dep_layer "${dep}")
  list(FIND TINHSO_LAYERS "${layer}" own)
  list(FIND TINHSO_LAYERS "${dep_layer}" other)
  if(own LESS 0 OR other LESS 0)
    message(FATAL_ERROR "${name}: unknown layer in '${dep}'")
  endif()
  if(other GREATER own)
    message(FATAL_ERROR "${name} may not depend on ${dep}: layers point down only")
  endif()
endfunction()

function(tinhso_module)
  cmake_parse_arguments(M "STATIC" "NAME;TEST_SHARDS" "SOURCES;PUBLIC_HEADERS;DEPS;PRIVATE_DEPS;LIBS;PRIVATE_LIBS;TESTS;TEST_DEPS" ${ARGN})
  # -DTINHSO_ONLY="base;kernel/db" configures these modules alone: work on one while another is half written.
  if(TINHSO_ONLY AND NOT M_NAME IN_LIST TINHSO_ONLY)
    return()
  endif()
  tinhso_target_of(${M_NAME} target)
  file(GLOB migrations CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/migrations/*.sql)
  if(migrations)
    string(REPLACE "/" "_" symbol "${M_NAME}")
    set(embedded ${CMAKE_CURRENT_BINARY_DIR}/migrations_${symbol}.cc)
    add_custom_command(OUTPUT ${embedded}
      COMMAND ${CMAKE_COMMAND} -DDIR=${CMAKE_CURRENT_SOURCE_DIR}/migrations -DNAME=${M_NAME} -DOUT=${embedded}
              -P ${CMAKE_SOURCE_DIR}/cmake/EmbedMigrations.cmake
      # the generator's list catches a file that was added or removed, the files what was edited
      DEPENDS ${migrations} ${CMAKE_SOURCE_DIR}/cmake/EmbedMigrations.cmake
      COMMENT "Embedding migrations of ${M_NAME}" VERBATIM)
    list(APPEND M_SOURCES ${embedded})
  endif()
  if(M_STATIC)
    add_library(${target} STATIC ${M_SOURCES})
  else()
    add_library(${target} ${M_SOURCES})  # shared where BUILD_SHARED_LIBS says so (preset dev: a fifth of the disk), else static
  endif()
  set(public_dir ${CMAKE_BINARY_DIR}/public/${target})
  foreach(header ${M_PUBLIC_HEADERS})
    get_filename_component(sub ${header} DIRECTORY)
    file(MAKE_DIRECTORY ${public_dir}/${M_NAME}/${sub})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${header} ${public_dir}/${M_NAME}/${header} SYMBOLIC)
  endforeach()
  target_include_directories(${target} PUBLIC ${public_dir} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  set(all_deps ${M_DEPS} ${M_PRIVATE_DEPS})
  foreach(dep ${M_DEPS})
    tinhso_check_dep(${M_NAME} ${dep})
    tinhso_target_of(${dep} dep_target)
    target_link_libraries(${target} PUBLIC ${dep_target})
  endforeach()
  foreach(dep ${M_PRIVATE_DEPS})
    tinhso_check_dep(${M_NAME} ${dep})
    tinhso_target_of(${dep} dep_target)
    target_link_libraries(${target} PRIVATE ${dep_target})
  endforeach()
  target_link_libraries(${target} PUBLIC ${M_LIBS} PRIVATE ${M_PRIVATE_LIBS})
  if(TINHSO_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    # The batch is the main file then, so every type with a member of an anonymous namespace would be warned of.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
  if(M_TESTS AND TINHSO_TESTS)
    add_executable(${target}_test ${M_TESTS})
    target_include_directories(${target}_test PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(${target}_test PRIVATE ${target} GTest::gtest GTest::gmock GTest::gtest_main)
    foreach(dep ${M_PRIVATE_DEPS} ${M_TEST_DEPS})
      tinhso_target_of(${dep} dep_target)
      target_link_libraries(${target}_test PRIVATE ${dep_target})
    endforeach()
    target_link_libraries(${target}_test PRIVATE ${M_PRIVATE_LIBS})
    target_compile_definitions(${target}_test PRIVATE TINHSO_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    if(M_TEST_SHARDS)
      math(EXPR last "${M_TEST_SHARDS} - 1")
      foreach(shard RANGE ${last})
        add_test(NAME ${M_NAME}/${shard} COMMAND ${target}_test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
        set_tests_properties(${M_NAME}/${shard} PROPERTIES
          ENVIRONMENT "GTEST_TOTAL_SHARDS=${M_TEST_SHARDS};GTEST_SHARD_INDEX=${shard}")
      endforeach()
    else()
      add_test(NAME ${M_NAME} COMMAND ${target}_test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    endif()
    set_property(GLOBAL APPEND PROPERTY TINHSO_TEST_TARGETS ${target}_test)
  endif()
endfunction()
