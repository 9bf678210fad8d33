#include "engines/packs/packs.h"

namespace tinhso::packs {
namespace {

json::object ReleaseJson(const Release& r) {
  return {{"pack", r.id},           {"name", r.name},   {"version", r.version},
          {"published_at", FormatTime(r.published_at_us)}, {"content_sha256", r.content_sha256},
          {"forms", r.forms},       {"workflows", r.workflows}, {"procedures", r.procedures}, {"prints", r.prints}};
}

http::Response ItemsResponse(json::array items) {
  return http::Response::Json(json::object{{"items", std::move(items)}, {"next_cursor", nullptr}});
}

http::Response ReleasesResponse(const Library& library) {
  json::array items;
  for (const auto& release : library.Releases()) items.push_back(ReleaseJson(release));
  return ItemsResponse(std::move(items));
}

}  // namespace

std::vector<http::Route> Routes(Library& library, std::vector<std::string> dirs) {
  auto list = [&library](http::Request&) -> Result<http::Response> { return ReleasesResponse(library); };
  auto check = [dirs](http::Request&) -> Result<http::Response> {
    json::array items;
    for (const auto& dir : dirs) {
      std::vector<Problem> problems;
      auto loaded = Load(dir, &problems);
      if (loaded.ok()) continue;
      for (const auto& p : problems) {
        items.push_back(json::object{{"file", p.file}, {"line", p.line}, {"message", {{"vi", p.message_vi}, {"en", p.message_en}}}});
      }
    }
    return ItemsResponse(std::move(items));
  };
  // All packs are read before the first is published: a broken one leaves everything as it was.
  auto publish = [&library, dirs](http::Request& request) -> Result<http::Response> {
    std::vector<Pack> packs;
    std::vector<Problem> problems;
    for (const auto& dir : dirs) {
      auto loaded = Load(dir, &problems);
      if (loaded.ok()) packs.push_back(std::move(*loaded));
    }
    if (!problems.empty() || packs.size() != dirs.size()) {
      Error error = MakeError(ErrorCode::kInvalid, "pack_invalid");
      for (const auto& p : problems) error.fields.push_back({p.file + ":" + std::to_string(p.line), "pack_invalid", p.message_vi});
      return error;
    }
    for (const auto& pack : packs) TINHSO_TRY(library.Publish(pack, request.principal->account_id));
    return ReleasesResponse(library);
  };
  return {
      {"GET", "/api/v1/admin/packs", "packs.admin", "", http::BodyKind::kNone, list},
      {"POST", "/api/v1/admin/packs/check", "packs.admin", "", http::BodyKind::kNone, check},
      {"POST", "/api/v1/admin/packs/publish", "packs.admin", "pack.published", http::BodyKind::kNone, publish},
  };
}

}  // namespace tinhso::packs
