// One call to the portal's adapter: a session by user name and password, then services by name. Thread rule: one thread at a time.
#pragma once
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "portal.h"

namespace tinhso::portal {

struct Answer {
  bool taken = false;
  std::string code, text;  // why not
};

class Adapter {
 public:
  explicit Adapter(const Options& options) : options_(options) {}
  // An Answer for whatever the portal says of the data. kUnavailable "portal_unreachable" when it cannot be asked: no connection, an
  // answer that is none (5xx, HTML, cut off), no session; detail says which.
  Result<Answer> Call(const std::string& service, const json::array& data);

 private:
  Status SignIn();
  Result<json::object> Post(const std::string& path, const json::object& body, int* status);

  const Options& options_;
  std::string session_;
};

}  // namespace tinhso::portal
