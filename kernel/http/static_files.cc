#include "static_files.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/crypto.h"
#include "base/text.h"

namespace tinhso::http {
namespace {

namespace fs = std::filesystem;

struct MediaType {
  std::string_view extension, content_type;
};

constexpr MediaType kMediaTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".woff", "font/woff"},
    {".ttf", "font/ttf"},
    {".txt", "text/plain; charset=utf-8"},
    {".xml", "application/xml"},
    {".wasm", "application/wasm"},
    {".pdf", "application/pdf"},
};

std::string_view MediaTypeOf(const fs::path& file) {
  std::string extension = file.extension().string();
  for (const MediaType& type : kMediaTypes) {
    if (type.extension == extension) return type.content_type;
  }
  return "application/octet-stream";
}

std::string ReadFile(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string CspWith(const std::string& script_hashes) {
  return "default-src 'self'; script-src 'self'" + (script_hashes.empty() ? "" : " " + script_hashes) +
         "; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; object-src "
         "'none'; "
         "base-uri 'none'; frame-ancestors 'none'; form-action 'self'";
}

// Does the Accept-Encoding list name `coding` without q=0?
bool Accepts(std::string_view header, std::string_view coding) {
  while (!header.empty()) {
    size_t comma = header.find(',');
    std::string item = text::ToLower(text::Trim(header.substr(0, comma)));
    header = comma == std::string_view::npos ? std::string_view() : header.substr(comma + 1);
    size_t semicolon = item.find(';');
    if (text::Trim(std::string_view(item).substr(0, semicolon)) != coding) continue;
    if (semicolon == std::string::npos) return true;
    std::string q = text::Trim(std::string_view(item).substr(semicolon + 1));
    return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000";
  }
  return false;
}

}  // namespace

std::string BaseCsp() { return CspWith(""); }

std::string InlineScriptHashes(std::string_view html) {
  // Tags are looked for in an ASCII-lowered copy of the same length, so that positions stay those of the
  // page.
  std::string lower(html), out;
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  size_t at = 0;
  while ((at = lower.find("<script", at)) != std::string::npos) {
    size_t open_end = lower.find('>', at);
    if (open_end == std::string::npos) break;
    std::string_view attributes = std::string_view(lower).substr(at + 7, open_end - at - 7);
    size_t close = lower.find("</script", open_end);
    if (close == std::string::npos) break;
    if (attributes.find("src=") == std::string_view::npos) {
      if (!out.empty()) out += ' ';
      out += "'sha256-" +
             crypto::Base64Encode(crypto::Sha256Bytes(html.substr(open_end + 1, close - open_end - 1))) + "'";
    }
    at = close;
  }
  return out;
}

Result<StaticFiles> StaticFiles::Load(const std::string& dir) {
  StaticFiles files;
  if (dir.empty()) return files;
  std::error_code ec;
  fs::path root(dir);
  fs::recursive_directory_iterator walk(root, ec);
  if (ec) return Result<StaticFiles>(ErrorCode::kInvalid, "static_dir_unreadable", dir);
  for (const fs::directory_entry& item : walk) {
    if (!item.is_regular_file(ec)) continue;
    const fs::path& file = item.path();
    std::string extension = file.extension().string();
    if (extension == ".br" || extension == ".gz") continue;
    Entry entry;
    entry.file = file.string();
    entry.content_type = MediaTypeOf(file);
    entry.size_bytes = static_cast<int64_t>(item.file_size(ec));
    std::string content = ReadFile(file);
    entry.etag = crypto::Sha256Hex(content).substr(0, 20);
    std::string path = "/" + file.lexically_relative(root).generic_string();
    bool immutable = text::StartsWith(path, "/_app/immutable/");
    entry.cache_control = immutable ? "public, max-age=31536000, immutable" : "no-cache";
    entry.csp = CspWith(extension == ".html" ? InlineScriptHashes(content) : "");
    fs::path br = file.string() + ".br", gz = file.string() + ".gz";
    if (fs::is_regular_file(br, ec)) {
      entry.br = br.string();
      entry.br_size_bytes = static_cast<int64_t>(fs::file_size(br, ec));
    }
    if (fs::is_regular_file(gz, ec)) {
      entry.gz = gz.string();
      entry.gz_size_bytes = static_cast<int64_t>(fs::file_size(gz, ec));
    }
    files.entries_.emplace(std::move(path), std::move(entry));
  }
  for (std::string_view name : {"/200.html", "/index.html"}) {
    auto found = files.entries_.find(name);
    if (found == files.entries_.end()) continue;
    files.fallback_ = &found->second;
    break;
  }
  return files;
}

const StaticFiles::Entry* StaticFiles::Lookup(std::string_view path) const {
  auto find = [this](const std::string& name) -> const Entry* {
    auto found = entries_.find(name);
    return found == entries_.end() ? nullptr : &found->second;
  };
  std::string name(path);
  if (const Entry* entry = find(name)) return entry;
  if (name.back() == '/') return find(name + "index.html");
  if (const Entry* entry = find(name + ".html")) return entry;
  return find(name + "/index.html");
}

std::optional<Response> StaticFiles::Find(const Request& request) const {
  if (entries_.empty() || request.path.empty()) return std::nullopt;
  const Entry* entry = Lookup(request.path);
  if (!entry) {
    // A missing script must stay missing: answering a page in its place breaks clients in odd ways.
    std::string_view path = request.path;
    bool own_route = path != "/api" && !text::StartsWith(path, "/api/") &&
                     !text::StartsWith(path, "/_app/") &&
                     path.substr(path.rfind('/')).find('.') == std::string_view::npos;
    // Dossier and procedure codes hold dots ("/ho-so/H12.05-240914-0001"): a page is still meant when HTML is
    // asked for.
    if (!own_route && !text::StartsWith(path, "/api") && !text::StartsWith(path, "/_app/"))
      own_route = request.Header("accept").find("text/html") != std::string_view::npos;
    if (!own_route || !fallback_) return std::nullopt;
    entry = fallback_;
  }
  std::string_view accepted = request.Header("accept-encoding");
  Response out;
  std::string etag = entry->etag;
  if (!entry->br.empty() && Accepts(accepted, "br")) {
    out = Response::File(entry->br, entry->br_size_bytes, entry->content_type);
    out.headers.emplace_back("Content-Encoding", "br");
    etag += "-br";
  } else if (!entry->gz.empty() && Accepts(accepted, "gzip")) {
    out = Response::File(entry->gz, entry->gz_size_bytes, entry->content_type);
    out.headers.emplace_back("Content-Encoding", "gzip");
    etag += "-gz";
  } else {
    out = Response::File(entry->file, entry->size_bytes, entry->content_type);
  }
  if (!entry->br.empty() || !entry->gz.empty()) out.headers.emplace_back("Vary", "Accept-Encoding");
  out.headers.emplace_back("ETag", "\"" + etag + "\"");
  out.headers.emplace_back("Cache-Control", entry->cache_control);
  out.headers.emplace_back("Content-Security-Policy", entry->csp);
  return out;
}

}  // namespace tinhso::http
