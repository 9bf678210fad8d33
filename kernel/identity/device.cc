#include "base/text.h"
#include "impl.h"

namespace tinhso::identity {

std::string DeviceOf(std::string_view agent) {
  struct Mark {
    std::string_view mark, name;
  };
  // In order: browsers carry the marks of those they descend from.
  constexpr Mark kBrowsers[] = {{"Edg/", "Edge"},      {"EdgA/", "Edge"},     {"OPR/", "Opera"},   {"SamsungBrowser/", "Samsung Internet"},
                                {"coc_coc_browser", "Cốc Cốc"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"},
                                {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}};
  constexpr Mark kSystems[] = {{"Android", "Android"}, {"iPhone", "iPhone"},  {"iPad", "iPad"},  {"Windows", "Windows"},
                               {"CrOS", "ChromeOS"},   {"Mac OS X", "macOS"}, {"Linux", "Linux"}};
  std::string out;
  auto add = [&](const auto& marks) {
    for (const Mark& one : marks) {
      if (agent.find(one.mark) == std::string_view::npos) continue;
      out += (out.empty() ? "" : ", ") + std::string(one.name);
      return;
    }
  };
  add(kBrowsers);
  add(kSystems);
  return out;
}

}  // namespace tinhso::identity
