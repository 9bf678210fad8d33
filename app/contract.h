// GET /api/openapi.json: the contract (api/openapi.yaml), embedded in the program at build time.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "kernel/http/http.h"

namespace tinhso::app {

// The contract as JSON text. kInvalid "yaml_malformed".
Result<std::string> ContractJson();
std::vector<http::Route> ContractRoutes();

}  // namespace tinhso::app
