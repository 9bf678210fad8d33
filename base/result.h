// Result<T>: a value or an Error. No exception crosses a module's edge.
// Thread rule: values, no sharing.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tinhso {

// A closed set. Each maps to one HTTP status in kernel/http.
enum class ErrorCode {
  kInvalid,          // 422: understood, but a field or rule is broken
  kMalformed,        // 400: cannot be read at all (bad JSON, bad cursor)
  kUnauthenticated,  // 401: no or expired session
  kForbidden,        // 403: signed in, but may not
  kNotFound,         // 404: absent, or the caller may not know that it exists
  kConflict,         // 409: stale version, state does not allow it, already exists
  kTooLarge,         // 413: over a named limit
  kUnsupported,      // 415: media type or file type not accepted
  kThrottled,        // 429: too many tries; see retry_after_s
  kUnavailable,      // 503: busy or dependency down; safe to retry
  kStorageFull,      // 507: no room to store it; nothing was changed
  kInternal,         // 500: our fault
};

// One broken field: `pointer` is a JSON pointer ("/form/child/birth_on"), `reason` a stable word
// that has a Vietnamese and an English text in web/messages.
struct FieldError {
  std::string pointer;
  std::string reason;
  std::string detail;  // plain Vietnamese, optional
};

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string reason;  // stable snake_case word, e.g. "dossier_version_stale"
  std::string detail;  // for logs and developers; never personal data
  std::vector<FieldError> fields;
  int retry_after_s = 0;
};

template <class T = std::monostate>
class [[nodiscard]] Result {
 public:
  Result(T value) : v_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : v_(std::in_place_index<1>, std::move(error)) {}
  Result(ErrorCode code, std::string reason, std::string detail = {})
      : v_(std::in_place_index<1>, Error{code, std::move(reason), std::move(detail), {}, 0}) {}

  bool ok() const { return v_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & { return std::get<0>(v_); }
  const T& value() const& { return std::get<0>(v_); }
  T&& value() && { return std::get<0>(std::move(v_)); }
  T& operator*() { return std::get<0>(v_); }
  const T& operator*() const { return std::get<0>(v_); }
  T* operator->() { return &std::get<0>(v_); }
  const T* operator->() const { return &std::get<0>(v_); }
  const Error& error() const { return std::get<1>(v_); }
  Error& error() { return std::get<1>(v_); }

 private:
  std::variant<T, Error> v_;
};

// Success without a value.
using Status = Result<std::monostate>;
inline Status Ok() { return Status(std::monostate{}); }

inline Error MakeError(ErrorCode code, std::string reason, std::string detail = {}) {
  return Error{code, std::move(reason), std::move(detail), {}, 0};
}
// kInvalid with one broken field.
inline Error FieldInvalid(std::string pointer, std::string reason, std::string detail = {}) {
  return Error{ErrorCode::kInvalid,
               "validation_failed",
               {},
               {{std::move(pointer), std::move(reason), std::move(detail)}},
               0};
}

#define TINHSO_CONCAT_(a, b) a##b
#define TINHSO_CONCAT(a, b) TINHSO_CONCAT_(a, b)
// TINHSO_TRY(expr): return the error of a Result expression, drop the value.
#define TINHSO_TRY(expr)                                                                     \
  do {                                                                                       \
    if (auto try_result_ = (expr); !try_result_.ok()) return std::move(try_result_.error()); \
  } while (0)
// TINHSO_ASSIGN(auto x, expr): x gets the value, or the error is returned.
#define TINHSO_ASSIGN(lhs, expr) TINHSO_ASSIGN_IMPL(TINHSO_CONCAT(assign_result_, __COUNTER__), lhs, expr)
#define TINHSO_ASSIGN_IMPL(tmp, lhs, expr)      \
  auto tmp = (expr);                            \
  if (!tmp.ok()) return std::move(tmp.error()); \
  lhs = std::move(tmp).value()

}  // namespace tinhso
