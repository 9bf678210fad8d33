// Notices (thông báo) for an account: listed in the web application and shown at once in open browsers.
// Thread rule: the free functions run in the caller's Tx; Service is thread-safe.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kernel/db/db.h"
#include "kernel/http/http.h"

TINHSO_DECLARE_MIGRATIONS(kernel_notify);

namespace tinhso::notify {

struct Notice {
  int64_t account_id = 0;
  std::string kind;       // "dossier.accept"; texts in web/messages ("notice.<kind>")
  std::string subject;    // dossier code shown in the text
  std::string link;       // path in the web application
  std::string dedup_key;  // "" = none; the same key is stored once
};
Status Add(db::Tx& tx, const Notice& notice, TimeUs now_us);
Result<int64_t> UnreadCount(db::Tx& tx, int64_t account_id);
// The work of this authority's officers changed: their open inboxes look again.
Status SignalAuthority(db::Tx& tx, int64_t authority_id);

struct LiveOptions {
  int poll_ms = 500;
  int streams_max = 3000;
  int streams_account_max = 8;
  int64_t session_check_us = 10 * kUsPerSecond;
};
struct Options {
  LiveOptions live;
};

// Which of these sessions still hold.
using SessionCheck = std::function<Result<std::vector<int64_t>>(db::Tx&, const std::vector<int64_t>&)>;

class Service {
 public:
  Service(db::Database& database, const Clock& clock, Options options);
  ~Service();
  // Call before Start.
  void SetSessionCheck(SessionCheck check);
  // The thread that feeds open browsers.
  void Start();
  void Stop();  // ends every stream
  int64_t streams() const;
  // GET /api/v1/notices (newest first), POST /api/v1/notices/read (marks all of the caller's as read),
  // GET /api/v1/events (server-sent events: "hello", "notice", "inbox", "reset").
  std::vector<http::Route> Routes();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tinhso::notify
