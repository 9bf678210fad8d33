// Routes, targets, dispatch and answers without a network.
#include <gtest/gtest.h>

#include <stdexcept>

#include "dispatch.h"
#include "kernel/http/http.h"
#include "target.h"

namespace tinhso::http {
namespace {

Result<Response> Echo(Request& request) {
  json::object out;
  for (const auto& [name, value] : request.path_params) out[name] = value;
  return Response::Json(out);
}

Router SomeRoutes() {
  Router router;
  router.Add({"GET", "/api/v1/dossiers", "signed_in", "", BodyKind::kNone, Echo});
  router.Add({"POST", "/api/v1/dossiers", "dossier.submit", "dossier.submitted", BodyKind::kJson, Echo});
  router.Add({"GET", "/api/v1/dossiers/{dossier_code}", "signed_in", "", BodyKind::kNone, Echo});
  router.Add({"GET", "/api/v1/dossiers/counts", "public", "", BodyKind::kNone,
              [](Request&) -> Result<Response> { return Response::Text("counts"); }});
  router.Add({"POST", "/api/v1/dossiers/{dossier_code}/actions", "dossier.act", "dossier.acted",
              BodyKind::kJson, Echo});
  router.Add({"GET", "/api/v1/{kind}/{id}/files/{file_id}", "public", "", BodyKind::kNone, Echo});
  router.Add({"GET", "/throws", "public", "", BodyKind::kNone,
              [](Request&) -> Result<Response> { throw std::runtime_error("secret inside"); }});
  return router;
}

Principal Officer(std::vector<std::string> permissions) {
  Principal who;
  who.account_id = 7;
  who.permissions = std::move(permissions);
  return who;
}

Authenticator As(std::optional<Principal> who) {
  return [who](const Request&) -> Result<std::optional<Principal>> { return who; };
}

Request Ask(std::string method, std::string path) {
  Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  return request;
}

std::string ReasonOf(const Response& response) {
  auto body = json::Parse(response.body);
  return body.ok() ? json::GetText(body->as_object(), "reason") : "not json";
}

TEST(Router, FindsRoutesByMethodAndSegments) {
  Router router = SomeRoutes();
  auto match = router.Find("POST", "/api/v1/dossiers/H12.05-240914-0001/actions");
  ASSERT_NE(match.route, nullptr);
  EXPECT_STREQ(match.route->permission, "dossier.act");
  EXPECT_EQ(match.path_params.at("dossier_code"), "H12.05-240914-0001");
  auto deep = router.Find("GET", "/api/v1/dossiers/x/files/9");
  ASSERT_NE(deep.route, nullptr);
  EXPECT_EQ(deep.path_params.size(), 3u);
}

// A literal segment names its own resource; a code that happens to read like it must not take the route over.
TEST(Router, LiteralSegmentWinsOverParameter) {
  Router router = SomeRoutes();
  EXPECT_STREQ(router.Find("GET", "/api/v1/dossiers/counts").route->permission, "public");
  EXPECT_STREQ(router.Find("GET", "/api/v1/dossiers/other").route->permission, "signed_in");
}

TEST(Router, HeadIsServedByGetAndWrongMethodNamesTheRightOnes) {
  Router router = SomeRoutes();
  EXPECT_NE(router.Find("HEAD", "/api/v1/dossiers/x").route, nullptr);
  auto match = router.Find("DELETE", "/api/v1/dossiers");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.allow, "GET, HEAD, POST");
  EXPECT_EQ(router.Find("GET", "/api/v1/nothing").allow, "");
  EXPECT_EQ(router.Find("GET", "/api/v1/dossiers/").route, nullptr);
  EXPECT_EQ(router.Find("GET", "").route, nullptr);
}

TEST(Target, DecodesPathAndQueryToNfc) {
  auto target = ParseTarget("/api/v1/procedures?q=khai%20sinh+so%CC%82&limit=5&flag");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->path, "/api/v1/procedures");
  EXPECT_EQ(target->query.at("q"), "khai sinh sô");
  EXPECT_EQ(target->query.at("limit"), "5");
  EXPECT_EQ(target->query.at("flag"), "");
  // '+' is a space only in the query.
  EXPECT_EQ(ParseTarget("/a+b")->path, "/a+b");
}

TEST(Target, RefusesTricks) {
  for (const char* bad :
       {"", "x", "http://elsewhere/", "*", "/%", "/%4", "/%zz", "/a/../b", "/a/%2e%2e/b", "/./a", "/a//b",
        "//a", "/a%2Fb", "/a%5cb", "/a\\b", "/a%00b", "/a%0d%0ab", "/%c3%28", "/a?x=%ff"}) {
    auto target = ParseTarget(bad);
    ASSERT_FALSE(target.ok()) << bad;
    EXPECT_EQ(target.error().code, ErrorCode::kMalformed) << bad;
  }
  EXPECT_EQ(ParseTarget("/a?x=1&x=2").error().reason, "query_repeated");
  EXPECT_EQ(ParseTarget("/a?x=1&%78=2").error().reason, "query_repeated");
  std::string many = "/a?";
  for (int i = 0; i < 100; ++i) many += "p" + std::to_string(i) + "=1&";
  EXPECT_FALSE(ParseTarget(many).ok());
}

TEST(Dispatch, DeniesByDefault) {
  Router router = SomeRoutes();
  auto call = [&](std::string method, std::string path, std::optional<Principal> who) {
    Request request = Ask(std::move(method), std::move(path));
    return Dispatch(router, As(std::move(who)), request);
  };
  EXPECT_EQ(call("GET", "/api/v1/dossiers/counts", std::nullopt).status, 200);
  Response anonymous = call("GET", "/api/v1/dossiers", std::nullopt);
  EXPECT_EQ(anonymous.status, 401);
  EXPECT_EQ(ReasonOf(anonymous), "sign_in_required");
  EXPECT_EQ(call("GET", "/api/v1/dossiers", Officer({})).status, 200);
  Response denied = call("POST", "/api/v1/dossiers", Officer({"dossier.act"}));
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(ReasonOf(denied), "permission_denied");
  EXPECT_EQ(call("POST", "/api/v1/dossiers", Officer({"dossier.act", "dossier.submit"})).status, 200);
  EXPECT_EQ(ReasonOf(call("GET", "/api/v1/none", Officer({}))), "route_not_found");
  Response wrong = call("PUT", "/api/v1/dossiers", Officer({}));
  EXPECT_EQ(wrong.status, 405);
}

// A stale cookie must not lock a person out of a public page, and must not give it a name either.
TEST(Dispatch, FailedAuthenticationOnPublicRouteIsAnonymous) {
  Router router = SomeRoutes();
  bool had_principal = true;
  router.Add({"GET", "/who", "public", "", BodyKind::kNone, [&](Request& request) -> Result<Response> {
                had_principal = request.principal.has_value();
                return Response::NoContent();
              }});
  Authenticator expired = [](const Request&) -> Result<std::optional<Principal>> {
    return MakeError(ErrorCode::kUnauthenticated, "session_expired");
  };
  Request request = Ask("GET", "/who");
  request.principal = Officer({});
  EXPECT_EQ(Dispatch(router, expired, request).status, 204);
  EXPECT_FALSE(had_principal);
  Request signed_in = Ask("GET", "/api/v1/dossiers");
  EXPECT_EQ(ReasonOf(Dispatch(router, expired, signed_in)), "session_expired");
  Authenticator down = [](const Request&) -> Result<std::optional<Principal>> {
    return MakeError(ErrorCode::kUnavailable, "db_busy");
  };
  Request busy = Ask("GET", "/who");
  EXPECT_EQ(Dispatch(router, down, busy).status, 503);
}

TEST(Dispatch, StrayExceptionIsAnInternalErrorWithoutItsText) {
  Router router = SomeRoutes();
  Request request = Ask("GET", "/throws");
  Response response = Dispatch(router, nullptr, request);
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(ReasonOf(response), "internal_error");
  EXPECT_EQ(response.body.find("secret"), std::string::npos);
  EXPECT_NE(response.body.find(request.trace_id), std::string::npos);
}

TEST(Problem, CarriesFieldsTitleAndRetry) {
  Response response = ProblemResponse(FieldInvalid("/form/child/birth_on", "date_in_future"), "t1");
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(response.content_type, "application/problem+json");
  auto body = json::Parse(response.body)->as_object();
  EXPECT_EQ(json::GetText(body, "title"), "Dữ liệu chưa hợp lệ");
  EXPECT_EQ(json::GetInt(body, "status"), 422);
  EXPECT_EQ(json::GetText(body, "trace_id"), "t1");
  EXPECT_EQ(json::GetText(body["errors"].as_array()[0].as_object(), "pointer"), "/form/child/birth_on");
  Error throttled = MakeError(ErrorCode::kThrottled, "login_throttled");
  throttled.retry_after_s = 30;
  Response wait = ProblemResponse(throttled, "t2");
  ASSERT_FALSE(wait.headers.empty());
  EXPECT_EQ(wait.headers[0], (std::pair<std::string, std::string>("Retry-After", "30")));
}

TEST(Problem, EveryErrorCodeHasItsStatus) {
  const std::pair<ErrorCode, int> all[] = {
      {ErrorCode::kInvalid, 422},     {ErrorCode::kMalformed, 400},   {ErrorCode::kUnauthenticated, 401},
      {ErrorCode::kForbidden, 403},   {ErrorCode::kNotFound, 404},    {ErrorCode::kConflict, 409},
      {ErrorCode::kTooLarge, 413},    {ErrorCode::kUnsupported, 415}, {ErrorCode::kThrottled, 429},
      {ErrorCode::kUnavailable, 503}, {ErrorCode::kStorageFull, 507}, {ErrorCode::kInternal, 500}};
  for (auto [code, status] : all) EXPECT_EQ(StatusOf(code), status);
}

TEST(Request, ReadsIntegersWithinBounds) {
  Request request;
  request.query = {{"limit", "50"}, {"bad", "5x"}, {"big", "99999999999999999999"}};
  EXPECT_EQ(*request.QueryInt("limit", 1, 100, 20), 50);
  EXPECT_EQ(*request.QueryInt("absent", 1, 100, 20), 20);
  EXPECT_EQ(request.QueryInt("limit", 1, 10, 5).error().fields[0].reason, "out_of_range");
  EXPECT_EQ(request.QueryInt("bad", 1, 100, 5).error().fields[0].pointer, "?bad");
  EXPECT_FALSE(request.QueryInt("big", 1, 100, 5).ok());
}

TEST(Response, FileNameIsEncodedAndCannotBreakTheHeader) {
  Response response;
  response.WithFileName("Giấy khai sinh\"\r\n\\.pdf", false);
  EXPECT_EQ(response.headers[0].second,
            "attachment; filename=\"Gi_y khai sinh____.pdf\"; "
            "filename*=UTF-8''Gi%E1%BA%A5y%20khai%20sinh%22%0D%0A%5C.pdf");
}

TEST(Cursor, SurvivesAnyTextAndRefusesForgery) {
  std::vector<std::string> parts = {"1700000000|x", "\\", ""};
  auto back = DecodeCursor(EncodeCursor(parts), 3);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, parts);
  EXPECT_EQ(DecodeCursor(EncodeCursor({"a", "b"}), 3).error().reason, "cursor_malformed");
  for (const char* bad : {"", "***", "AAAA"})
    EXPECT_EQ(DecodeCursor(bad, 2).error().reason, "cursor_malformed") << bad;
  EXPECT_FALSE(DecodeCursor(std::string(5000, 'A'), 2).ok());
  EXPECT_EQ(*DecodeBefore(""), INT64_MAX);
  EXPECT_EQ(*DecodeBefore(EncodeCursor({"912835164294348800"})), 912835164294348800);
  for (const char* bad : {"0", "-5", "12x", " 12", "92233720368547758080"})
    EXPECT_EQ(DecodeBefore(EncodeCursor({bad})).error().reason, "cursor_malformed") << bad;
  EXPECT_EQ(DecodeBefore("***").error().reason, "cursor_malformed");
}

}  // namespace
}  // namespace tinhso::http
