// The web application's files, indexed once at start: only what was found then is ever served, so a path
// cannot lead anywhere else. Thread rule: immutable after Load.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/http/http.h"

namespace tinhso::http {

// Content-Security-Policy of pages without inline scripts, and of everything else.
std::string BaseCsp();

class StaticFiles {
 public:
  // "" = no files. kInvalid "static_dir_unreadable".
  static Result<StaticFiles> Load(const std::string& dir);
  // The answer for a GET or HEAD of `path`: a file, its page ("/x" → x.html or x/index.html), or the
  // application's fallback page for paths that look like its own routes. nullopt = none of these.
  std::optional<Response> Find(const Request& request) const;

 private:
  struct Entry {
    std::string file, content_type, etag, csp, cache_control;
    std::string br, gz;  // pre-compressed copies, "" when absent
    int64_t size_bytes = 0, br_size_bytes = 0, gz_size_bytes = 0;
  };
  const Entry* Lookup(std::string_view path) const;
  std::map<std::string, Entry, std::less<>> entries_;
  const Entry* fallback_ = nullptr;
};

// "'sha256-…'" sources of the inline scripts of a page, space-separated; "" when it has none.
std::string InlineScriptHashes(std::string_view html);

}  // namespace tinhso::http
