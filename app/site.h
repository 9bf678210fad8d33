// GET /api/v1/site: what the web application shows about this installation.
#pragma once
#include <vector>

#include "kernel/http/http.h"

namespace tinhso::app {

class Platform;
std::vector<http::Route> SiteRoutes(Platform& platform);

}  // namespace tinhso::app
