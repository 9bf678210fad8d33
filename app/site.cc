#include "app/site.h"

#include "app/demo.h"
#include "app/platform.h"

namespace tinhso::app {

std::vector<http::Route> SiteRoutes(Platform& platform) {
  return {{"GET", "/api/v1/site", "public", "", http::BodyKind::kNone,
           [&platform](http::Request&) -> Result<http::Response> {
             json::object name{{"vi", "Tỉnh Số"}, {"en", "Tỉnh Số"}};
             if (auto releases = platform.library().Releases(); !releases.empty())
               name = releases.back().name;
             std::string authority_code;
             auto units = platform.orgs().snapshot();
             if (auto provinces = units->OfKind("province"); !provinces.empty())
               authority_code = provinces[0]->unit_code;
             bool demo = platform.options().allow_demo_accounts && IsDemo(platform.options().data_dir);
             return http::Response::Json(json::object{{"name", name},
                                                      {"authority_code", authority_code},
                                                      {"demo", demo},
                                                      {"filing_url", platform.options().config.portal.citizens_file_here
                                                                         ? json::value(nullptr)
                                                                         : json::value(platform.options().config.portal.public_url)},
                                                      {"sign_in", platform.identity().SignInWays()},
                                                      {"version", TINHSO_VERSION}});
           }}};
}

}  // namespace tinhso::app
