// Notices (thông báo) for an account: listed in the web application, shown at once in open browsers, and sent outside by e-mail,
// SMS or Zalo as the person chose, to addresses that were proved with a code.
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
// Stores the notice and, in the same transaction, what is to be sent of it outside.
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
struct SmtpOptions {
  std::string host;                   // "" = no e-mail
  int port = 587;
  std::string security = "starttls";  // "tls" from the first byte, "none" only to the machine itself
  std::string username, password;
  std::string from_address, from_name;
  std::string ca_file;                // "" = the system's
  int connect_timeout_s = 10, timeout_s = 60;  // in all; below the lease of a message (120 s)
};
struct Options {
  LiveOptions live;
  SmtpOptions smtp;
  std::string sms, zalo;  // "" = none; "sandbox" writes to sandbox_dir in place of a gateway
  std::string sandbox_dir;
  std::string templates_dir;     // packs/_common/notices; "" = nothing is sent
  std::string public_base_url;
  std::function<std::string(std::string_view language)> site_name;
  int send_threads = 2;
};

inline constexpr int kCodeMinutes = 30;  // how long a code that proves an address holds

// The sessions of these accounts that hold.
using SessionCheck = std::function<Result<std::vector<int64_t>>(db::Tx&, const std::vector<int64_t>&)>;

class Service {
 public:
  Service(db::Database& database, const Clock& clock, Options options);
  ~Service();
  // Call before Start.
  void SetSessionCheck(SessionCheck check);
  // What is wrong with the options of a channel that then stays off; "" = nothing. Told in the log and to administrators.
  const std::string& problem() const;
  // The threads that feed open browsers and send messages.
  void Start();
  void Stop();  // ends every stream, lets messages in hand end
  // Sends what is due on this thread, for the command line and tests. How many were tried.
  Result<int> SendDue();
  int64_t streams() const;
  // Messages in these states, of every channel.
  Result<int64_t> CountDeliveries(const std::vector<std::string>& states) const;
  // The person's: /api/v1/notices, /api/v1/events (server-sent events: "hello", "notice", "inbox", "reset"),
  // /api/v1/me/notice-settings, /api/v1/me/notice-addresses, /api/v1/notices/unsubscribe. The administrator's:
  // /api/v1/admin/deliveries.
  std::vector<http::Route> Routes();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace tinhso::notify
