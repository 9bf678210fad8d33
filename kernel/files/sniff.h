// What a file is, by its content; the name only says what it should be.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace tinhso::files {

// A file name as people gave it → safe to store and show: the part after the last '/' or '\', NFC, trimmed.
// kInvalid "file_name_invalid": empty, only dots, longer than kNameLengthMax, with control characters or with
// characters that reverse the text's direction ("gpj.exe" shown as "exe.jpg").
Result<std::string> CleanName(std::string_view name);

// The media type to store. kUnsupported "file_type_refused": the name's extension is not one that is accepted, or the
// content carries macros; kInvalid "file_type_mismatch": the content is not what the name says.
Result<std::string> SniffType(const std::string& path, std::string_view clean_name);

}  // namespace tinhso::files
