// The HTTP edge: routes, requests, responses. Implementation: Boost.Beast, one event loop per thread, handlers on a
// worker pool (docs/adr). Handlers are synchronous and may block on the database.
// Thread rule: Router is filled before the server starts, then read-only. A Request belongs to its handler's thread.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace tinhso::http {

class Metrics;
class Push;

// Who is asking. Filled by the authenticator (kernel/identity) before the handler runs.
struct Principal {
  int64_t account_id = 0;
  int64_t person_id = 0;      // the person behind the account; 0 for none
  int64_t session_id = 0;
  int64_t assignment_id = 0;  // the assignment acted under; 0 for a citizen
  int64_t unit_id = 0;        // unit of the assignment
  int64_t authority_id = 0;   // authority (commune, department, province) the unit belongs to
  std::string username;
  std::string full_name;
  std::string position;       // of the assignment: "Chuyên viên"
  std::vector<std::string> roles;        // "citizen", "one_stop_officer", "specialist", "leader", "clerk", "administrator"
  std::vector<std::string> permissions;  // sorted
  bool machine = false;                  // another system with a token: permissions are the token's scope
  // Acting under somebody else's assignment that was delegated (ủy quyền): whose it is, and what one is oneself.
  struct Behalf {
    int64_t delegation_id = 0;  // 0 = under an assignment of one's own
    int64_t account_id = 0;
    std::string full_name;
    std::string own_position;   // of who acts
  };
  Behalf on_behalf_of;
  // The assignment the session acted under is over and others are held: one must be chosen before anything is done.
  bool assignment_ended = false;
  bool Delegated() const { return on_behalf_of.delegation_id != 0; }
  // Whose work it is that this assignment takes: the delegator's, whoever does it.
  int64_t HolderAccountId() const { return Delegated() ? on_behalf_of.account_id : account_id; }
  bool Has(std::string_view permission) const;
  bool HasRole(std::string_view role) const;
};

// A body streamed to a temporary file (routes with BodyKind::kFile). Deleted with the request unless taken over (renamed).
struct UploadedBody {
  std::string path;
  int64_t size_bytes = 0;
  std::string sha256_hex;
};

struct Request {
  std::string method;
  std::string path;                                // decoded, without query
  std::map<std::string, std::string> path_params;  // {dossier_code} → "H12.05-…"
  std::map<std::string, std::string> query;        // decoded, NFC; a name given twice is refused with 400 "query_repeated"
  std::vector<std::pair<std::string, std::string>> headers;  // names lower case
  std::string body;                                // BodyKind::kJson and kText
  std::optional<UploadedBody> upload;              // BodyKind::kFile
  std::optional<Principal> principal;
  std::string remote_address;
  bool https = false;    // over TLS, here or at a trusted proxy
  std::string trace_id;  // 32 hex, W3C Trace Context: the caller's, or a fresh one
  std::string span_id;   // 16 hex, of this request

  std::string_view Header(std::string_view lower_name) const;  // "" when absent
  std::string_view Query(std::string_view name) const;         // "" when absent
  std::string_view Param(std::string_view name) const;
  // Integer query parameter within [min, max]; `fallback` when absent. kInvalid "validation_failed" with pointer "?name".
  Result<int64_t> QueryInt(std::string_view name, int64_t min, int64_t max, int64_t fallback) const;
  // The body as JSON (limits and NFC of base/json.h).
  Result<json::value> Json() const;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string file_path;       // when set, streamed from disk instead of body (Range supported)
  int64_t file_size_bytes = 0;
  std::shared_ptr<Push> push;  // when set, the answer goes on after `body` until one side ends it (kernel/http/push.h)

  static Response Json(const json::value& v, int status = 200);
  static Response Text(std::string text, std::string content_type = "text/plain; charset=utf-8");
  static Response Bytes(std::string bytes, std::string content_type);
  static Response File(std::string path, int64_t size_bytes, std::string content_type);
  static Response NoContent();
  // Server-sent events; not compressed, buffered or stored on the way.
  static Response Events(std::shared_ptr<Push> push);
  // Content-Disposition with RFC 5987 file name; `inline_view` chooses inline or attachment.
  Response& WithFileName(std::string_view name, bool inline_view);
};

// RFC 9457 problem details (application/problem+json): {type, title, status, detail, reason, errors:[{pointer, reason, detail}], trace_id}.
Response ProblemResponse(const Error& error, std::string_view trace_id);
int StatusOf(ErrorCode code);

// kText: any text, in memory like kJson, whatever media type it names (protocols beside our own API).
enum class BodyKind { kNone, kJson, kFile, kText };

using Handler = std::function<Result<Response>(Request&)>;

struct Route {
  const char* method;      // "GET", "POST", "PUT", "PATCH", "DELETE"
  const char* pattern;     // "/api/v1/dossiers/{dossier_code}/actions"
  const char* permission;  // "public", "signed_in", or a permission word such as "dossier.act"
  const char* audit_event; // what a mutating route records ("dossier.acted"); "" for GET
  BodyKind body_kind = BodyKind::kNone;
  Handler handler;
  int64_t body_bytes_max = 1024 * 1024;
};

class Router {
 public:
  void Add(Route route);
  void Add(std::vector<Route> routes);
  const std::vector<Route>& routes() const { return routes_; }
  struct Match {
    const Route* route = nullptr;
    std::map<std::string, std::string> path_params;
    std::string allow;  // methods of the path when only the method is wrong (405)
  };
  Match Find(std::string_view method, std::string_view path) const;

 private:
  std::vector<Route> routes_;
  std::multimap<std::string, size_t, std::less<>> by_shape_;
};

// Finds who is asking (cookie or bearer). nullopt = anonymous. Also checks CSRF for cookie sessions on unsafe methods.
// A failed authentication on a "public" route makes the caller anonymous, never more.
using Authenticator = std::function<Result<std::optional<Principal>>(const Request&)>;

struct ServerOptions {
  std::string address = "127.0.0.1";
  int port = 8080;             // 0 = any free port
  int io_threads = 2;
  int workers = 64;            // most of them wait: writes that wait together are committed together
  int64_t header_bytes_max = 16 * 1024;
  int64_t json_body_bytes_max = 2 * 1024 * 1024;
  int64_t file_body_bytes_max = 50 * 1024 * 1024;
  int header_timeout_s = 10;
  int body_idle_timeout_s = 30;
  int keep_alive_s = 60;
  int push_heartbeat_s = 20;          // an answer that goes on says something at least so often
  int connections_max = 4096;
  std::string temp_dir;               // uploads in flight
  std::string static_dir;             // web/build; "" = none
  std::vector<std::string> hosts;     // accepted Host names; empty = loopback names and the listen address; "*" = any
  int worker_queue_max = 1024;        // requests waiting for a worker; one more gets 503 "server_busy"
  // Named limit "public_posts_per_minute": POSTs to public routes per remote address (token bucket); 0 = off.
  int public_posts_per_minute = 240;
  int public_posts_burst = 120;
  std::vector<std::string> trusted_proxies;  // addresses and ranges whose X-Forwarded-For and -Proto are believed
  std::string certificate_file, key_file;    // PEM; "" = plain HTTP
  int64_t hsts_max_age_s = 0;                // Strict-Transport-Security on answers over TLS; 0 = none
  int64_t slow_request_ms = 1000;            // a request that takes longer is logged as a warning; 0 = none
  std::shared_ptr<Metrics> metrics;   // counts requests when set (kernel/http/metrics.h)
};

class Server {
 public:
  // Dispatch order: limits → Host check → route → authenticate → permission → handler → security headers.
  static Result<std::unique_ptr<Server>> Start(ServerOptions options, const Router& router, Authenticator authenticator);
  virtual ~Server() = default;
  virtual int port() const = 0;
  // Reads the certificate and key again; connections from now on use them. After an error the old ones stay.
  virtual Status ReloadCertificate() = 0;
  // Unix seconds; 0 without TLS.
  virtual int64_t certificate_expires_at_s() const = 0;
  // Whether every event loop answers within `timeout_s`.
  virtual bool Alive(int timeout_s) = 0;
  // Stops accepting, lets running requests finish (at most `grace_s`), then returns.
  virtual void Stop(int grace_s) = 0;
};

// What the server would say of these PEM files at start: kInvalid "config_certificate_unusable".
Status CheckCertificate(const std::string& certificate_file, const std::string& key_file);

// In-process call through the same dispatch (permission, problem details) for route tests. The edge checks of the server
// (Host, media type, body limits) are not made here; `request.path` is already decoded.
Response Dispatch(const Router& router, const Authenticator& authenticator, Request& request);

// --- Paging: opaque cursors. Base64url of "a|b"; kMalformed "cursor_malformed".
std::string EncodeCursor(const std::vector<std::string>& parts);
Result<std::vector<std::string>> DecodeCursor(std::string_view cursor, size_t parts);
// Where a list newest first by id goes on: below this id; above all of them when there is no cursor yet.
Result<int64_t> DecodeBefore(std::string_view cursor);

}  // namespace tinhso::http
