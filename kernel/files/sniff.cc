#include "sniff.h"

#include <magic.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <mutex>
#include <vector>

#include "base/text.h"
#include "kernel/files/files.h"
#include "zip_names.h"

namespace tinhso::files {
namespace {

constexpr const char* kOle = "application/x-ole-storage";

struct Kind {
  const char* extension;
  const char* media_type;              // stored and served
  std::vector<std::string_view> sniffed;  // what libmagic may call it
};

const std::vector<Kind>& Kinds() {
  static const std::vector<Kind> kinds = {
      {"pdf", "application/pdf", {"application/pdf"}},
      {"jpg", "image/jpeg", {"image/jpeg"}},
      {"jpeg", "image/jpeg", {"image/jpeg"}},
      {"png", "image/png", {"image/png"}},
      {"webp", "image/webp", {"image/webp"}},
      {"heic", "image/heic", {"image/heic", "image/heif"}},
      {"heif", "image/heif", {"image/heic", "image/heif"}},
      {"tif", "image/tiff", {"image/tiff"}},
      {"tiff", "image/tiff", {"image/tiff"}},
      {"doc", "application/msword", {"application/msword", kOle, "application/CDFV2"}},
      {"xls", "application/vnd.ms-excel", {"application/vnd.ms-excel", kOle, "application/CDFV2"}},
      {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", {}},
      {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", {}},
      {"odt", "application/vnd.oasis.opendocument.text", {}},
      {"txt", "text/plain", {}},
  };
  return kinds;
}

Error Mismatch(std::string_view found) {
  return MakeError(ErrorCode::kInvalid, "file_type_mismatch", "content is " + std::string(found));
}

// libmagic's answer; "" when it fails. One cookie behind a mutex: its database is large and it is not thread-safe.
std::string AskMagic(const std::string& path) {
  static std::mutex mutex;
  static magic_t cookie = [] {
    magic_t c = magic_open(MAGIC_MIME_TYPE | MAGIC_ERROR | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR);
    if (c && magic_load(c, nullptr) != 0) {
      magic_close(c);
      c = nullptr;
    }
    return c;
  }();
  std::lock_guard lock(mutex);
  const char* answer = cookie ? magic_file(cookie, path.c_str()) : nullptr;
  return answer ? answer : "";
}

bool HasName(const std::vector<std::string>& names, std::string_view wanted) {
  return std::find(names.begin(), names.end(), wanted) != names.end();
}

// Office documents are ZIP files; libmagic knows them only when their parts come in the usual order.
Status CheckZipDocument(const std::string& path, std::string_view extension) {
  const auto names = ZipNames(path);
  const std::string_view main_part = extension == "docx"   ? "word/document.xml"
                                     : extension == "xlsx" ? "xl/workbook.xml"
                                                           : "content.xml";
  const std::string_view type_part = extension == "odt" ? "mimetype" : "[Content_Types].xml";
  if (!HasName(names, main_part) || !HasName(names, type_part)) return Mismatch(names.empty() ? "no archive" : "another archive");
  // In these formats macros mean that somebody renamed a .docm, .xlsm.
  for (const auto& name : names) {
    if (name.ends_with("vbaProject.bin") || (extension == "odt" && name.starts_with("Basic/")))
      return MakeError(ErrorCode::kUnsupported, "file_type_refused", "document with macros");
  }
  return Ok();
}

// Calls fn with each piece; `keep` bytes of the piece before are repeated in front.
template <class F>
void ScanFile(const std::string& path, size_t keep, F&& fn) {
  std::ifstream in(path, std::ios::binary);
  std::string buffer;
  std::vector<char> piece(256 * 1024);
  while (in) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (in.gcount() == 0) break;
    buffer.erase(0, buffer.size() - std::min(buffer.size(), keep));
    buffer.append(piece.data(), static_cast<size_t>(in.gcount()));
    if (!fn(std::string_view(buffer))) break;
  }
}

// The old binary formats share one container with installers and others: the main stream's name tells them apart.
bool HasOleStream(const std::string& path, std::string_view name) {
  std::string wide;
  for (char c : name) wide.append({c, '\0'});
  bool found = false;
  ScanFile(path, wide.size() - 1, [&](std::string_view bytes) {
    found = bytes.find(wide) != std::string_view::npos;
    return !found;
  });
  return found;
}

bool IsTextByte(unsigned char c) { return c >= 0x20 || c == '\n' || c == '\r' || c == '\t'; }

// UTF-8 without control characters, whatever its size.
bool IsPlainText(const std::string& path) {
  std::string carry;
  bool sound = true;
  ScanFile(path, 0, [&](std::string_view bytes) {
    carry.append(bytes);
    // a character may be cut by the end of the piece: at most its last 3 bytes wait for the next
    size_t whole = carry.size();
    for (size_t back = 1; back <= std::min<size_t>(3, carry.size()); ++back) {
      const auto c = static_cast<unsigned char>(carry[carry.size() - back]);
      if ((c & 0xc0) == 0x80) continue;
      const size_t needed = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
      if (needed > back) whole = carry.size() - back;
      break;
    }
    sound = text::Normalize(std::string_view(carry).substr(0, whole)).ok();
    for (size_t i = 0; sound && i < whole; ++i) sound = IsTextByte(static_cast<unsigned char>(carry[i]));
    carry.erase(0, whole);
    return sound;
  });
  return sound && carry.empty();
}

// U+202A–U+202E and U+2066–U+2069.
bool ChangesDirection(std::string_view name) {
  for (const char* mark : {"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"})
    if (name.find(mark) != std::string_view::npos) return true;
  return false;
}

}  // namespace

Result<std::string> CleanName(std::string_view name) {
  if (const size_t slash = name.find_last_of("/\\"); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  const auto invalid = [](const char* why) { return MakeError(ErrorCode::kInvalid, "file_name_invalid", why); };
  auto normal = text::Normalize(name);
  if (!normal.ok()) return invalid("not plain text");
  std::string out = text::Trim(*normal);
  for (const unsigned char c : out)
    if (c < 0x20 || c == 0x7f) return invalid("control character");
  if (out.find_first_not_of('.') == std::string::npos) return invalid("empty");
  if (text::Length(out) > kNameLengthMax) return invalid("too long");
  if (ChangesDirection(out)) return invalid("direction mark");
  return out;
}

Result<std::string> SniffType(const std::string& path, std::string_view clean_name) {
  const size_t dot = clean_name.rfind('.');
  const std::string extension = dot == std::string_view::npos ? "" : text::ToLower(clean_name.substr(dot + 1));
  const auto& kinds = Kinds();
  const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& k) { return extension == k.extension; });
  if (kind == kinds.end()) return MakeError(ErrorCode::kUnsupported, "file_type_refused", "extension not accepted");

  const std::string found = AskMagic(path);
  if (found.empty()) return MakeError(ErrorCode::kInternal, "file_store_failed", "the type database is missing");
  if (extension == "docx" || extension == "xlsx" || extension == "odt") {
    TINHSO_TRY(CheckZipDocument(path, extension));
    return std::string(kind->media_type);
  }
  if (extension == "txt") {
    // Served as text/plain; what a browser could still take for a page or a drawing is not let in.
    const bool markup = found.find("html") != std::string::npos || found.find("xml") != std::string::npos;
    if (markup || !IsPlainText(path)) return Mismatch(found);
    return std::string(kind->media_type);
  }
  if (std::find(kind->sniffed.begin(), kind->sniffed.end(), found) == kind->sniffed.end()) return Mismatch(found);
  if (extension == "doc" && !HasOleStream(path, "WordDocument")) return Mismatch("another compound file");
  if (extension == "xls" && !HasOleStream(path, "Workbook") && !HasOleStream(path, "Book"))
    return Mismatch("another compound file");
  return std::string(kind->media_type);
}

}  // namespace tinhso::files
