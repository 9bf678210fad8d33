// The edge's rules, static files, ranges and limits without a network.
#include "edge.h"
#include "proxies.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/crypto.h"
#include "base/ids.h"
#include "kernel/http/metrics.h"
#include "rate_limit.h"
#include "static_files.h"
#include "wire.h"

namespace tinhso::http {
namespace {

namespace fs = std::filesystem;

Request With(std::vector<std::pair<std::string, std::string>> headers) {
  Request request;
  request.method = "GET";
  request.headers = std::move(headers);
  return request;
}

TEST(Edge, ChecksHost) {
  ServerOptions options;
  options.hosts = {"Dichvucong.example.vn:443"};
  EdgeRules rules = EdgeRules::From(options);
  for (const char* good : {"localhost", "localhost:8080", "127.0.0.1:9", "[::1]:8080",
                           "dichvucong.example.vn", "DICHVUCONG.example.vn:80"})
    EXPECT_FALSE(rules.CheckHeaders(With({{"host", good}}), 1)) << good;
  for (const char* bad : {"evil.example", "localhost.evil.example", "", "127.0.0.1.evil"})
    EXPECT_EQ(rules.CheckHeaders(With({{"host", bad}}), 1)->status, 421) << bad;
  EXPECT_EQ(rules.CheckHeaders(With({}), 1)->status, 400);
  EXPECT_FALSE(rules.CheckHeaders(With({}), 0));
  EXPECT_EQ(rules.CheckHeaders(With({{"host", "localhost"}, {"host", "localhost"}}), 1)->status, 400);
}

TEST(Edge, RefusesAmbiguousFraming) {
  EdgeRules rules = EdgeRules::From({});
  auto check = [&](std::vector<std::pair<std::string, std::string>> extra, int minor) {
    extra.emplace_back("host", "localhost");
    auto refused = rules.CheckHeaders(With(extra), minor);
    return refused ? refused->status : 0;
  };
  EXPECT_EQ(check({{"transfer-encoding", "chunked"}}, 1), 0);
  EXPECT_EQ(check({{"transfer-encoding", "chunked"}}, 0), 400);
  EXPECT_EQ(check({{"transfer-encoding", "gzip, chunked"}}, 1), 400);
  EXPECT_EQ(check({{"transfer-encoding", "chunked"}, {"content-length", "5"}}, 1), 400);
  EXPECT_EQ(check({{"content-length", "5"}, {"content-length", "5"}}, 1), 400);
  EXPECT_EQ(check({{"content-length", "5, 5"}}, 1), 400);
  EXPECT_EQ(check({{"expect", "100-continue"}}, 1), 0);
  EXPECT_EQ(check({{"expect", "miracles"}}, 1), 417);
  EXPECT_EQ(check({{"content-encoding", "gzip"}}, 1), 415);
}

TEST(Edge, ChecksMediaTypeAndLength) {
  Route json{"POST", "/x", "public", "", BodyKind::kJson, nullptr};
  Route file{"POST", "/y", "public", "", BodyKind::kFile, nullptr};
  auto typed = [](const char* type) { return With({{"content-type", type}}); };
  EXPECT_FALSE(CheckBody(json, typed("application/json; charset=utf-8"), 10, 100));
  EXPECT_EQ(CheckBody(json, typed("text/plain"), 10, 100)->status, 415);
  EXPECT_EQ(CheckBody(json, With({}), -1, 100)->reason, "media_type_unsupported");
  EXPECT_FALSE(CheckBody(json, With({}), 0, 100));
  EXPECT_EQ(CheckBody(json, typed("application/json"), 101, 100)->status, 413);
  EXPECT_FALSE(CheckBody(file, typed("application/pdf"), 10, 100));
  EXPECT_EQ(CheckBody(file, typed("multipart/form-data; boundary=x"), 10, 100)->status, 415);
}

std::string TraceIdOf(Request request) {
  TakeTrace(request);
  EXPECT_EQ(request.span_id.size(), 16u);
  EXPECT_EQ(request.trace_id.size(), 32u);
  return request.trace_id;
}

TEST(Edge, TakesTraceparentAndMakesFreshIds) {
  const std::string id = "4bf92f3577b34da6a3ce929d0e0e4736", span = "00f067aa0ba902b7";
  EXPECT_EQ(TraceIdOf(With({{"traceparent", "00-" + id + "-" + span + "-01"}})), id);
  EXPECT_EQ(TraceIdOf(With({{"traceparent", "01-" + id + "-" + span + "-01-later"}})), id);
  for (const std::string& bad :
       {"00-" + std::string(32, '0') + "-" + span + "-01", "00-" + id + "-" + std::string(16, '0') + "-01",
        "ff-" + id + "-" + span + "-01", "00-" + id + "-" + span + "-01-more", "00-" + id + "-" + span,
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + span + "-01", "00-" + id + "x" + span + "-01"})
    EXPECT_NE(TraceIdOf(With({{"traceparent", bad}})), id) << bad;
  EXPECT_NE(TraceIdOf(With({})), TraceIdOf(With({})));
}

// An address that a caller may write himself must never count as his.
TEST(Proxies, BelieveOnlyWhatTrustedProxiesWrote) {
  Proxies none({});
  EXPECT_EQ(none.CallerOf("127.0.0.1", "1.2.3.4"), "127.0.0.1");
  Proxies two({"127.0.0.1", "10.0.0.0/8", "2001:db8::/33"});
  EXPECT_EQ(two.CallerOf("127.0.0.1", "1.2.3.4"), "1.2.3.4");
  EXPECT_EQ(two.CallerOf("127.0.0.1", "6.6.6.6, 1.2.3.4"), "1.2.3.4");
  EXPECT_EQ(two.CallerOf("127.0.0.1", "6.6.6.6, 1.2.3.4, 10.9.9.9"), "1.2.3.4");
  EXPECT_EQ(two.CallerOf("127.0.0.1", "10.1.1.1, 10.2.2.2"), "10.1.1.1");
  EXPECT_EQ(two.CallerOf("11.0.0.1", "1.2.3.4"), "11.0.0.1");
  EXPECT_EQ(two.CallerOf("::ffff:10.0.0.1", "1.2.3.4"), "1.2.3.4");
  EXPECT_EQ(two.CallerOf("127.0.0.1", "1.2.3.4, unknown"), "127.0.0.1");
  EXPECT_EQ(two.CallerOf("127.0.0.1", ""), "127.0.0.1");
  EXPECT_EQ(two.CallerOf("2001:db8:7fff::1", "1.2.3.4"), "1.2.3.4");
  EXPECT_EQ(two.CallerOf("2001:db8:8000::1", "1.2.3.4"), "2001:db8:8000::1");
}

TEST(Wire, ParsesRanges) {
  auto part = [](const char* header, int64_t size) {
    Range r = ParseRange(header, size);
    return std::make_tuple(r.kind, r.first, r.length);
  };
  EXPECT_EQ(part("bytes=0-99", 1000), std::make_tuple(RangeKind::kPart, 0, 100));
  EXPECT_EQ(part("bytes=900-", 1000), std::make_tuple(RangeKind::kPart, 900, 100));
  EXPECT_EQ(part("bytes=-10", 1000), std::make_tuple(RangeKind::kPart, 990, 10));
  EXPECT_EQ(part("bytes=-5000", 1000), std::make_tuple(RangeKind::kPart, 0, 1000));
  EXPECT_EQ(part("bytes=990-5000", 1000), std::make_tuple(RangeKind::kPart, 990, 10));
  EXPECT_EQ(ParseRange("bytes=1000-", 1000).kind, RangeKind::kUnsatisfiable);
  EXPECT_EQ(ParseRange("bytes=-0", 1000).kind, RangeKind::kUnsatisfiable);
  for (const char* ignored : {"", "bytes=5-2", "bytes=0-1,4-5", "lines=0-1", "bytes=a-b", "bytes=--5",
                              "bytes=-", "bytes=99999999999999999999-"})
    EXPECT_EQ(ParseRange(ignored, 1000).kind, RangeKind::kNone) << ignored;
}

TEST(Wire, HeaderValuesCannotStartNewHeaders) {
  Response response = Response::Text("x");
  response.headers.emplace_back("X-Name", "a\r\nSet-Cookie: stolen=1");
  Outgoing out = Prepare(With({}), std::move(response), Connection::kClose);
  EXPECT_EQ(out.head.find("\r\nSet-Cookie"), std::string::npos);
  for (const char* wanted : {"Content-Security-Policy: default-src 'self'", "X-Content-Type-Options: nosniff",
                             "Referrer-Policy: same-origin", "Cross-Origin-Opener-Policy: same-origin",
                             "Permissions-Policy:", "Cache-Control: no-store"})
    EXPECT_NE(out.head.find(wanted), std::string::npos) << wanted;
}

TEST(Wire, MatchingEtagIsNotSentAgain) {
  Response response = Response::Text("x");
  response.headers.emplace_back("ETag", "\"v1\"");
  EXPECT_EQ(Prepare(With({{"if-none-match", "\"v0\", W/\"v1\""}}), response, Connection::kKeepAlive).status,
            304);
  EXPECT_EQ(Prepare(With({{"if-none-match", "\"v0\""}}), response, Connection::kKeepAlive).status, 200);
}

TEST(Wire, WritesHttpDates) { EXPECT_EQ(HttpDate(784111777), "Sun, 06 Nov 1994 08:49:37 GMT"); }

TEST(RateLimit, RefillsOverTime) {
  RateLimit limit(60, 2, 10);
  EXPECT_EQ(limit.Take("a", 0), 0);
  EXPECT_EQ(limit.Take("a", 0), 0);
  EXPECT_EQ(limit.Take("a", 0), 1);
  EXPECT_EQ(limit.Take("b", 0), 0);
  EXPECT_EQ(limit.Take("a", 1'000'000), 0);
  EXPECT_GE(limit.Take("a", 1'000'000), 1);
  // A flood of addresses neither grows the table without bound nor locks a known one out for ever.
  for (int i = 0; i < 1000; ++i) limit.Take(std::to_string(i), 2'000'000);
  RateLimit off(0, 1);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(off.Take("a", 0), 0);
}

class StaticFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / ("tinhso-static-" + RandomToken());
    fs::create_directories(dir_ / "_app/immutable");
    Write("index.html", "<!doctype html><SCRIPT>start()</SCRIPT><script src=\"/a.js\"></script>");
    Write("_app/immutable/a.js", "let a = 1;");
    Write("_app/immutable/a.js.br", "br bytes");
    Write("_app/immutable/a.js.gz", "gz");
    Write("robots.txt", "x");
    std::ofstream(fs::path(dir_.string() + "-secret")) << "secret";
  }
  void TearDown() override {
    fs::remove_all(dir_);
    fs::remove(dir_.string() + "-secret");
  }
  void Write(const char* name, std::string_view content) {
    std::ofstream(dir_ / name, std::ios::binary) << content;
  }
  static std::string HeaderOf(const Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return "";
  }
  std::optional<Response> Get(std::string path,
                              std::vector<std::pair<std::string, std::string>> headers = {}) {
    auto files = StaticFiles::Load(dir_.string());
    EXPECT_TRUE(files.ok());
    Request request = With(std::move(headers));
    request.path = std::move(path);
    return files->Find(request);
  }
  fs::path dir_;
};

TEST_F(StaticFilesTest, ServesFilesWithCachingAndPrecompressedCopies) {
  auto plain = Get("/_app/immutable/a.js");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->file_size_bytes, 10);
  EXPECT_EQ(plain->content_type, "text/javascript; charset=utf-8");
  EXPECT_NE(HeaderOf(*plain, "Cache-Control").find("immutable"), std::string::npos);
  EXPECT_EQ(HeaderOf(*plain, "Vary"), "Accept-Encoding");
  auto br = Get("/_app/immutable/a.js", {{"accept-encoding", "gzip, deflate, br"}});
  EXPECT_EQ(HeaderOf(*br, "Content-Encoding"), "br");
  EXPECT_NE(HeaderOf(*br, "ETag"), HeaderOf(*plain, "ETag"));
  auto gz = Get("/_app/immutable/a.js", {{"accept-encoding", "gzip;q=0.5, br;q=0"}});
  EXPECT_EQ(HeaderOf(*gz, "Content-Encoding"), "gzip");
  EXPECT_EQ(HeaderOf(*Get("/robots.txt"), "Cache-Control"), "no-cache");
  EXPECT_FALSE(Get("/_app/immutable/a.js.br"));
}

TEST_F(StaticFilesTest, PagesFallBackToTheApplicationAndMissingScriptsDoNot) {
  for (const char* page : {"/", "/thu-tuc", "/can-bo/ho-so/abc"}) {
    auto response = Get(page);
    ASSERT_TRUE(response) << page;
    EXPECT_EQ(response->content_type, "text/html; charset=utf-8");
    EXPECT_EQ(HeaderOf(*response, "Cache-Control"), "no-cache");
  }
  EXPECT_TRUE(Get("/ho-so/H12.05-240914-0001", {{"accept", "text/html,*/*"}}));
  EXPECT_FALSE(Get("/ho-so/H12.05-240914-0001"));
  for (const char* missing : {"/_app/immutable/gone.js", "/api", "/api/v1/none", "/logo.png"})
    EXPECT_FALSE(Get(missing)) << missing;
}

TEST_F(StaticFilesTest, NothingOutsideTheFolderIsReachable) {
  std::string name = dir_.filename().string();
  for (const std::string& path :
       std::vector<std::string>{"/../" + name + "-secret", "/../../etc/passwd", "/_app/../robots.txt",
                                dir_.string() + "/robots.txt"}) {
    auto response = Get(path);
    EXPECT_TRUE(!response || response->file_path == (dir_ / "index.html").string()) << path;
  }
}

// The page's own inline script runs under the policy; any other inline script does not.
TEST_F(StaticFilesTest, InlineScriptsAreAllowedByHash) {
  std::string csp = HeaderOf(*Get("/"), "Content-Security-Policy");
  std::string hash = "'sha256-" + crypto::Base64Encode(crypto::Sha256Bytes("start()")) + "'";
  EXPECT_NE(csp.find("script-src 'self' " + hash + ";"), std::string::npos) << csp;
  EXPECT_EQ(csp.find("unsafe"), std::string::npos);
  EXPECT_EQ(InlineScriptHashes("<p>no scripts</p>"), "");
}

TEST(Metrics, CountsByRouteAndClass) {
  Metrics metrics;
  metrics.SetRoutes({{"GET", "/x/{id}", "public", "", BodyKind::kNone, nullptr}});
  metrics.AddGauge("tinhso_db_write_queue", "Waiting writers.", [] { return 3.0; });
  metrics.Count(0, 200, 700);
  metrics.Count(0, 404, 2'000'000);
  metrics.Count(99, 200, 1);
  std::string text = metrics.Exposition();
  EXPECT_NE(text.find("tinhso_http_requests_total{method=\"GET\",route=\"/x/{id}\",status=\"2xx\"} 1\n"),
            std::string::npos);
  EXPECT_NE(text.find("status=\"4xx\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("route=\"/x/{id}\",le=\"0.001\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("route=\"/x/{id}\",le=\"+Inf\"} 2\n"), std::string::npos);
  EXPECT_NE(text.find("\ntinhso_db_write_queue 3\n"), std::string::npos);
}

}  // namespace
}  // namespace tinhso::http
