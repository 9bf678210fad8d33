#include "app/contract.h"

#include "base/crypto.h"
#include "engines/packs/packs.h"

namespace tinhso::app {

// Generated from api/openapi.yaml (app/CMakeLists.txt).
extern const char* const kContractYaml;

Result<std::string> ContractJson() {
  TINHSO_ASSIGN(json::value contract, packs::YamlToJson(kContractYaml, "api/openapi.yaml"));
  return json::serialize(contract);
}

std::vector<http::Route> ContractRoutes() {
  // Read once: the first caller pays a few milliseconds.
  static const Result<std::string> contract = ContractJson();
  static const std::string etag =
      contract.ok() ? "\"" + crypto::Sha256Hex(*contract).substr(0, 20) + "\"" : "";
  return {{"GET", "/api/openapi.json", "public", "", http::BodyKind::kNone,
           [](http::Request&) -> Result<http::Response> {
             if (!contract.ok()) return contract.error();
             http::Response response = http::Response::Bytes(*contract, "application/json");
             response.headers.emplace_back("ETag", etag);
             response.headers.emplace_back("Cache-Control", "no-cache");
             return response;
           }}};
}

}  // namespace tinhso::app
