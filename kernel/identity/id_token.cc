// What an ID token says, once its signature and its circumstances are found right.
#include <cjose/cjose.h>

#include <algorithm>
#include <cstring>

#include "base/crypto.h"
#include "base/text.h"
#include "oidc.h"

namespace tinhso::identity {
namespace {

constexpr size_t kSubjectLengthMax = 255;      // OpenID Connect Core §2
constexpr size_t kRsaModulusTextMin = 342;     // base64url of 2048 bits
constexpr size_t kClaimLengthMax = 300;

Error TokenInvalid(const char* what) { return MakeError(ErrorCode::kInvalid, "oidc_token_invalid", what); }

Result<json::object> DecodePart(std::string_view part, const char* what) {
  auto bytes = crypto::Base64UrlDecode(part);
  if (!bytes.ok()) return TokenInvalid(what);
  auto parsed = json::Parse(*bytes);
  if (!parsed.ok() || !parsed->is_object()) return TokenInvalid(what);
  return std::move(parsed->as_object());
}

// The public half of a key that signs with `alg`, as its provider wrote it; nothing else of it is handed on.
bool PublicHalf(const json::object& key, const std::string& alg, json::object& out) {
  std::string use = json::GetText(key, "use"), own_alg = json::GetText(key, "alg");
  if ((!use.empty() && use != "sig") || (!own_alg.empty() && own_alg != alg)) return false;
  bool rsa = alg == "RS256";
  if (json::GetText(key, "kty") != (rsa ? "RSA" : "EC")) return false;
  if (rsa && json::GetText(key, "n").size() < kRsaModulusTextMin) return false;
  if (!rsa && json::GetText(key, "crv") != "P-256") return false;
  for (const char* name : {"kty", "n", "e", "crv", "x", "y"}) {
    if (std::string value = json::GetText(key, name); !value.empty()) out[name] = value;
  }
  return true;
}

bool SignatureHolds(std::string_view token, const json::object& public_key) {
  cjose_err error;
  std::string text = json::serialize(public_key);
  std::unique_ptr<cjose_jwk_t, bool (*)(cjose_jwk_t*)> key(cjose_jwk_import(text.data(), text.size(), &error), cjose_jwk_release);
  std::unique_ptr<cjose_jws_t, void (*)(cjose_jws_t*)> signed_text(cjose_jws_import(token.data(), token.size(), &error), cjose_jws_release);
  return key && signed_text && cjose_jws_verify(signed_text.get(), key.get(), &error);
}

bool HasAudience(const json::object& claims, const std::string& client_id) {
  const json::value* audience = claims.if_contains("aud");
  if (audience == nullptr) return false;
  std::string party = json::GetText(claims, "azp");
  if (audience->is_string()) return audience->as_string() == client_id && (party.empty() || party == client_id);
  if (!audience->is_array()) return false;
  const json::array& all = audience->as_array();
  bool named = std::any_of(all.begin(), all.end(), [&](const json::value& one) { return one.is_string() && one.as_string() == client_id; });
  // For several parties the token must say that it was made for us (Core §3.1.3.7, 4 and 5).
  return named && (all.size() == 1 ? party.empty() || party == client_id : party == client_id);
}

// Seconds since 1970 of a time claim; fractions are cut. -1 when absent or absurd.
int64_t Seconds(const json::object& claims, const char* name) {
  const json::value* value = claims.if_contains(name);
  constexpr int64_t kFarthest = int64_t{1} << 40;
  if (value == nullptr || !value->is_number()) return -1;
  double seconds = value->to_number<double>();
  return seconds >= 0 && seconds < static_cast<double>(kFarthest) ? static_cast<int64_t>(seconds) : -1;
}

std::string ClaimText(const json::object& token, const std::string& name) {
  const json::value* value = name.empty() ? nullptr : token.if_contains(name);
  if (value == nullptr) return "";
  if (value->is_int64()) return std::to_string(value->as_int64());
  if (!value->is_string() || value->as_string().size() > kClaimLengthMax) return "";
  return text::Trim(std::string(value->as_string()));
}

// "1990-05-14" or "14/05/1990"
std::string BirthOn(const std::string& text) {
  std::string iso = text.size() == 10 && text[2] == '/' && text[5] == '/'
                        ? text.substr(6) + "-" + text.substr(3, 2) + "-" + text.substr(0, 2)
                        : text;
  return ParseDate(iso).ok() ? iso : "";
}

std::string SexOf(const std::string& text) {
  std::string folded = text::Fold(text);
  if (folded == "male" || folded == "nam" || folded == "m") return "male";
  return folded == "female" || folded == "nu" || folded == "f" ? "female" : "";
}

bool AtLeast(const Provider& provider, const std::string& level, const std::string& wanted) {
  auto place = [&](const std::string& one) { return std::find(provider.levels.begin(), provider.levels.end(), one); };
  return !wanted.empty() && !level.empty() && place(level) != provider.levels.end() && place(wanted) != provider.levels.end() &&
         place(level) >= place(wanted);
}

}  // namespace

Result<json::object> VerifyIdToken(const Provider& provider, std::string_view token, const json::array& keys, std::string_view nonce,
                                   TimeUs now_us) {
  if (token.size() > kIdTokenBytesMax) return TokenInvalid("size");
  size_t first = token.find('.'), second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return TokenInvalid("form");
  TINHSO_ASSIGN(json::object header, DecodePart(token.substr(0, first), "header"));
  std::string alg = json::GetText(header, "alg"), key_id = json::GetText(header, "kid");
  // A closed list: "none", and a public key used as a secret (HS256), are no signatures.
  if (alg != "RS256" && alg != "ES256") return TokenInvalid("alg");
  if (header.contains("crit")) return TokenInvalid("crit");

  bool found = false, holds = false;
  for (size_t i = 0; i < std::min(keys.size(), kKeysMax) && !holds; ++i) {
    json::object public_key;
    if (!keys[i].is_object() || !PublicHalf(keys[i].as_object(), alg, public_key)) continue;
    // A token that does not name its key may be of any.
    if (!key_id.empty() && json::GetText(keys[i].as_object(), "kid") != key_id) continue;
    found = true;
    holds = SignatureHolds(token, public_key);
  }
  if (!found) return MakeError(ErrorCode::kNotFound, "oidc_key_unknown");
  if (!holds) return TokenInvalid("signature");

  TINHSO_ASSIGN(json::object claims, DecodePart(token.substr(first + 1, second - first - 1), "payload"));
  int64_t now = now_us / kUsPerSecond, skew = kOidcSkewUs / kUsPerSecond;
  if (json::GetText(claims, "iss") != provider.issuer) return TokenInvalid("iss");
  if (!HasAudience(claims, provider.client_id)) return TokenInvalid("aud");
  int64_t expires = Seconds(claims, "exp"), issued = Seconds(claims, "iat"), not_before = Seconds(claims, "nbf");
  if (expires < 0 || now >= expires + skew) return TokenInvalid("exp");
  if (issued < 0 || issued > now + skew) return TokenInvalid("iat");
  if (claims.contains("nbf") && (not_before < 0 || not_before > now + skew)) return TokenInvalid("nbf");
  if (nonce.empty() || !crypto::EqualConstantTime(json::GetText(claims, "nonce"), nonce)) return TokenInvalid("nonce");
  std::string subject = json::GetText(claims, "sub");
  if (subject.empty() || subject.size() > kSubjectLengthMax) return TokenInvalid("sub");
  return claims;
}

Claims ReadClaims(const Provider& provider, const json::object& token) {
  Claims out;
  out.subject = json::GetText(token, "sub");
  out.level = ClaimText(token, provider.level_claim);
  out.full_name = ClaimText(token, provider.full_name_claim);
  out.birth_on = BirthOn(ClaimText(token, provider.birth_on_claim));
  out.sex = SexOf(ClaimText(token, provider.sex_claim));
  out.personal_no = ClaimText(token, provider.personal_no_claim);
  if (!CheckPersonalNo(out.personal_no, out.birth_on, out.sex).empty()) out.personal_no.clear();
  out.personal_no_verified = !out.personal_no.empty() && AtLeast(provider, out.level, provider.level_verified);
  out.strong = AtLeast(provider, out.level, provider.level_strong);
  return out;
}

}  // namespace tinhso::identity
