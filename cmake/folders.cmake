# vk_folder(NAME DEPENDENCY...): the static library vk_NAME of NAME/*.c.
function(vk_folder name)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${name}/*.c)
  add_library(vk_${name} STATIC ${sources})
  target_link_libraries(vk_${name} PUBLIC vk_options ${ARGN})
  if(EXISTS ${PROJECT_SOURCE_DIR}/base/poison.h)
    target_compile_options(vk_${name} PRIVATE -include ${PROJECT_SOURCE_DIR}/base/poison.h)
  endif()
  target_compile_definitions(vk_${name} PRIVATE G_LOG_DOMAIN="vetkoll")
  set_target_properties(vk_${name} PROPERTIES LINKER_LANGUAGE C)
endfunction()

# vk_resources(NAME TARGET FOLDER): embeds the text files of FOLDER, found as /vetkoll/FOLDER/..., into TARGET.
# The generated vk_NAME_get_resource() is called by the code that reads them.
function(vk_resources name target folder)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
    ${PROJECT_SOURCE_DIR}/${folder}/*.sql ${PROJECT_SOURCE_DIR}/${folder}/*.html
    ${PROJECT_SOURCE_DIR}/${folder}/*.txt ${PROJECT_SOURCE_DIR}/${folder}/*.subject
    ${PROJECT_SOURCE_DIR}/${folder}/*.json ${PROJECT_SOURCE_DIR}/${folder}/*.css
    ${PROJECT_SOURCE_DIR}/${folder}/*.js ${PROJECT_SOURCE_DIR}/${folder}/*.svg ${PROJECT_SOURCE_DIR}/${folder}/*.png)
  list(FILTER files EXCLUDE REGEX "templates/content/")
  set(xml "<gresources><gresource prefix=\"/vetkoll\">\n")
  foreach(file ${files})
    string(APPEND xml "<file>${file}</file>\n")
  endforeach()
  string(APPEND xml "</gresource></gresources>\n")
  set(manifest ${CMAKE_CURRENT_BINARY_DIR}/${name}.gresource.xml)
  file(CONFIGURE OUTPUT ${manifest} CONTENT "${xml}" @ONLY)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${name}_resource.c)
  list(TRANSFORM files PREPEND ${PROJECT_SOURCE_DIR}/)
  add_custom_command(OUTPUT ${output}
    COMMAND glib-compile-resources --generate-source --c-name vk_${name}
            --sourcedir ${PROJECT_SOURCE_DIR} --target ${output} ${manifest}
    DEPENDS ${manifest} ${files} VERBATIM)
  target_sources(${target} PRIVATE ${output})
  set_source_files_properties(${output} PROPERTIES COMPILE_OPTIONS "-w")
endfunction()
