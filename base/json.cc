#include "base/json.h"
#include "base/json_writer.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "base/text.h"

namespace tinhso::json {
namespace {

namespace bj = boost::json;

// A body with ten thousand broken fields gets an answer a person can read.
constexpr size_t kFieldErrorsMax = 100;
// Below this many members a linear look for duplicates is cheaper than a hash set.
constexpr size_t kLinearKeysMax = 16;

std::string EscapePointer(std::string_view key) {
  std::string out;
  out.reserve(key.size());
  for (char c : key) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

// Receives the parser's events, normalises each string once and builds the value.
struct BuildHandler {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  struct Frame {
    bool is_object = false;
    std::vector<std::string> keys;         // up to kLinearKeysMax
    std::unordered_set<std::string> more;  // the rest
    std::string key;                       // the member being read
    size_t index = 0;                      // the element being read
  };

  BuildHandler() { stack.reset(); }

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_object_begin(bj::error_code&) { return Enter(true); }
  bool on_object_end(std::size_t n, bj::error_code&) {
    stack.push_object(n);
    return Leave();
  }
  bool on_array_begin(bj::error_code&) { return Enter(false); }
  bool on_array_end(std::size_t n, bj::error_code&) {
    stack.push_array(n);
    return Leave();
  }
  bool on_key_part(bj::string_view s, std::size_t, bj::error_code&) { return Collect(s); }
  bool on_key(bj::string_view s, std::size_t, bj::error_code& ec) {
    std::string key;
    if (!Take(s, key, ec)) return false;
    Frame& frame = frames.back();
    if (!Remember(frame, key)) return Refuse(ErrorCode::kMalformed, "json_duplicate_key", PointerTo(key), ec);
    stack.push_key(key);
    frame.key = std::move(key);
    return true;
  }
  bool on_string_part(bj::string_view s, std::size_t, bj::error_code&) { return Collect(s); }
  bool on_string(bj::string_view s, std::size_t, bj::error_code& ec) {
    std::string text;
    if (!Take(s, text, ec)) return false;
    stack.push_string(text);
    return Next();
  }
  bool on_number_part(bj::string_view s, bj::error_code&) { return Collect(s); }
  bool on_int64(std::int64_t i, bj::string_view, bj::error_code&) {
    part.clear();
    stack.push_int64(i);
    return Next();
  }
  bool on_uint64(std::uint64_t u, bj::string_view, bj::error_code&) {
    part.clear();
    stack.push_uint64(u);
    return Next();
  }
  bool on_double(double d, bj::string_view s, bj::error_code& ec) {
    // Boost.JSON 1.81 may be off by the last bit; a number must come back as it was written
    part.append(s.data(), s.size());
    std::from_chars(part.data(), part.data() + part.size(), d);
    part.clear();
    // 1e999 would come back as infinity, which JSON cannot write
    if (!std::isfinite(d)) return Refuse(ErrorCode::kMalformed, "json_malformed", Pointer(), ec);
    stack.push_double(d);
    return Next();
  }
  bool on_bool(bool b, bj::error_code&) {
    stack.push_bool(b);
    return Next();
  }
  bool on_null(bj::error_code&) {
    stack.push_null();
    return Next();
  }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }

  bool Collect(bj::string_view s) {
    part.append(s.data(), s.size());
    return true;
  }

  bool Take(bj::string_view s, std::string& out, bj::error_code& ec) {
    std::string_view whole(s.data(), s.size());
    if (!part.empty()) {
      part.append(whole);
      whole = part;
    }
    auto normal = text::Normalize(whole);
    if (!normal.ok()) return Refuse(normal.error().code, normal.error().reason, Pointer(), ec);
    out = std::move(*normal);
    part.clear();
    return true;
  }

  bool Refuse(ErrorCode code, std::string reason, std::string pointer, bj::error_code& ec) {
    Error e = MakeError(code, reason);
    e.fields.push_back({std::move(pointer), std::move(reason), {}});
    error = std::move(e);
    ec = bj::make_error_code(bj::error::exception);
    return false;
  }

  bool Enter(bool is_object) {
    frames.emplace_back();
    frames.back().is_object = is_object;
    return true;
  }
  bool Leave() {
    frames.pop_back();
    return Next();
  }
  bool Next() {
    if (!frames.empty()) ++frames.back().index;
    return true;
  }

  static bool Remember(Frame& frame, const std::string& key) {
    if (std::find(frame.keys.begin(), frame.keys.end(), key) != frame.keys.end()) return false;
    if (frame.keys.size() < kLinearKeysMax) {
      frame.keys.push_back(key);
      return true;
    }
    return frame.more.insert(key).second;
  }

  std::string Pointer() const {
    std::string out;
    for (const auto& f : frames) out += '/' + (f.is_object ? EscapePointer(f.key) : std::to_string(f.index));
    return out;
  }
  std::string PointerTo(std::string_view key) const {
    std::string out;
    for (size_t i = 0; i + 1 < frames.size(); ++i)
      out += '/' + (frames[i].is_object ? EscapePointer(frames[i].key) : std::to_string(frames[i].index));
    return out + '/' + EscapePointer(key);
  }

  bj::value_stack stack;
  std::vector<Frame> frames;
  std::string part;
  std::optional<Error> error;
};

bool IsUtf8(std::string_view s) {
  auto normal = text::Normalize(s);
  return normal.ok() || normal.error().reason != "text_not_utf8";
}

bool IsNull(const value* v) { return v == nullptr || v->is_null(); }

std::optional<int64_t> AsInt(const value& v) {
  if (v.is_int64()) return v.get_int64();
  if (v.is_uint64() && v.get_uint64() <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
    return static_cast<int64_t>(v.get_uint64());
  return std::nullopt;
}

std::string_view View(const bj::string& s) { return {s.data(), s.size()}; }

// RFC 8785 sorts by UTF-16 code units. That is UTF-8 byte order, except that U+E000–U+FFFF (lead bytes EE,
// EF) come after the supplementary planes (lead bytes F0–F4, surrogates in UTF-16).
bool Utf16Less(std::string_view a, std::string_view b) {
  const size_t n = std::min(a.size(), b.size());
  for (size_t i = 0; i < n; ++i) {
    const auto x = static_cast<unsigned char>(a[i]), y = static_cast<unsigned char>(b[i]);
    if (x == y) continue;
    if (x >= 0xEE && y >= 0xEE && (x >= 0xF0) != (y >= 0xF0)) return x >= 0xF0;
    return x < y;
  }
  return a.size() < b.size();
}

void WriteCanonical(const value& v, std::string& out) {
  if (v.is_object()) {
    std::vector<const bj::key_value_pair*> members;
    for (const auto& m : v.get_object()) members.push_back(&m);
    const auto key = [](const bj::key_value_pair* m) {
      return std::string_view(m->key().data(), m->key().size());
    };
    std::sort(members.begin(), members.end(), [&](auto* a, auto* b) { return Utf16Less(key(a), key(b)); });
    out += '{';
    for (size_t i = 0; i < members.size(); ++i) {
      if (i > 0) out += ',';
      AppendQuoted(key(members[i]), out);
      out += ':';
      WriteCanonical(members[i]->value(), out);
    }
    out += '}';
  } else if (v.is_array()) {
    out += '[';
    bool first = true;
    for (const auto& element : v.get_array()) {
      if (!first) out += ',';
      first = false;
      WriteCanonical(element, out);
    }
    out += ']';
  } else if (v.is_string()) {
    AppendQuoted(View(v.get_string()), out);
  } else {
    out += bj::serialize(v);
  }
}

}  // namespace

Result<value> Parse(std::string_view text) {
  if (text.size() > kBytesMax) return {ErrorCode::kTooLarge, "json_too_large"};
  bj::parse_options options;
  options.max_depth = kDepthMax;
  bj::basic_parser<BuildHandler> parser(options);
  bj::error_code ec;
  const size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && used == text.size()) return parser.handler().stack.release();
  if (parser.handler().error) return std::move(*parser.handler().error);
  if (ec == bj::error::too_deep) return {ErrorCode::kMalformed, "json_too_deep"};
  if (ec == bj::error::illegal_leading_surrogate || ec == bj::error::illegal_trailing_surrogate ||
      !IsUtf8(text))
    return {ErrorCode::kInvalid, "text_not_utf8"};
  return {ErrorCode::kMalformed, "json_malformed",
          (ec ? ec.message() : std::string("extra data")) + " at byte " + std::to_string(used)};
}

Reader::Reader(const value& v, std::string pointer) : pointer_(std::move(pointer)) {
  if (v.is_object())
    object_ = &v.get_object();
  else
    errors_.push_back({pointer_, "field_type_wrong", {}});
}

const value* Reader::Find(std::string_view key, bool required) {
  seen_.emplace_back(key);
  if (object_ == nullptr) return nullptr;
  const value* v = object_->if_contains(bj::string_view(key.data(), key.size()));
  if (IsNull(v)) {
    if (required) Fail(key, "field_required");
    return nullptr;
  }
  return v;
}

std::string Reader::Text(std::string_view key, size_t length_min, size_t length_max) {
  const value* v = Find(key, true);
  if (v == nullptr) return {};
  if (!v->is_string()) {
    Fail(key, "field_type_wrong");
    return {};
  }
  const std::string_view s = View(v->get_string());
  const size_t length = text::Length(s);
  if (length_min > 0 && text::Trim(s).empty()) {
    Fail(key, "field_required");
  } else if (length < length_min) {
    Fail(key, "text_too_short");
  } else if (length > length_max) {
    Fail(key, "text_too_long");
  } else {
    return std::string(s);
  }
  return {};
}

std::optional<std::string> Reader::OptionalText(std::string_view key, size_t length_max) {
  const value* v = Find(key, false);
  if (v == nullptr) return std::nullopt;
  if (!v->is_string()) {
    Fail(key, "field_type_wrong");
    return std::nullopt;
  }
  const std::string_view s = View(v->get_string());
  if (text::Length(s) > length_max) {
    Fail(key, "text_too_long");
    return std::nullopt;
  }
  return std::string(s);
}

int64_t Reader::Int(std::string_view key, int64_t min, int64_t max) {
  const value* v = Find(key, true);
  if (v == nullptr) return 0;
  seen_.pop_back();
  return OptionalInt(key, min, max).value_or(0);
}

std::optional<int64_t> Reader::OptionalInt(std::string_view key, int64_t min, int64_t max) {
  const value* v = Find(key, false);
  if (v == nullptr) return std::nullopt;
  if (!v->is_number() || v->is_double()) {
    Fail(key, "field_type_wrong");
    return std::nullopt;
  }
  const auto n = AsInt(*v);
  if (!n || *n < min || *n > max) {
    Fail(key, "number_out_of_range");
    return std::nullopt;
  }
  return n;
}

bool Reader::Bool(std::string_view key) {
  const value* v = Find(key, true);
  if (v == nullptr) return false;
  if (v->is_bool()) return v->get_bool();
  Fail(key, "field_type_wrong");
  return false;
}

std::optional<bool> Reader::OptionalBool(std::string_view key) {
  const value* v = Find(key, false);
  if (v == nullptr) return std::nullopt;
  if (v->is_bool()) return v->get_bool();
  Fail(key, "field_type_wrong");
  return std::nullopt;
}

const object* Reader::Object(std::string_view key) {
  const value* v = Find(key, true);
  if (v == nullptr) return nullptr;
  if (v->is_object()) return &v->get_object();
  Fail(key, "field_type_wrong");
  return nullptr;
}

const object* Reader::OptionalObject(std::string_view key) {
  const value* v = Find(key, false);
  if (v == nullptr) return nullptr;
  if (v->is_object()) return &v->get_object();
  Fail(key, "field_type_wrong");
  return nullptr;
}

const array* Reader::Array(std::string_view key, size_t size_max) {
  const value* v = Find(key, true);
  if (v == nullptr) return nullptr;
  seen_.pop_back();
  return OptionalArray(key, size_max);
}

const array* Reader::OptionalArray(std::string_view key, size_t size_max) {
  const value* v = Find(key, false);
  if (v == nullptr) return nullptr;
  if (!v->is_array())
    Fail(key, "field_type_wrong");
  else if (v->get_array().size() > size_max)
    Fail(key, "list_too_long");
  else
    return &v->get_array();
  return nullptr;
}

const value* Reader::Any(std::string_view key) {
  seen_.emplace_back(key);
  return object_ == nullptr ? nullptr : object_->if_contains(bj::string_view(key.data(), key.size()));
}

void Reader::Fail(std::string_view key, std::string reason, std::string detail) {
  if (errors_.size() >= kFieldErrorsMax) return;
  errors_.push_back(
      {key.empty() ? pointer_ : pointer_ + '/' + EscapePointer(key), std::move(reason), std::move(detail)});
}

Status Reader::Finish() {
  if (object_ != nullptr) {
    for (const auto& member : *object_) {
      const std::string_view key(member.key().data(), member.key().size());
      if (std::find(seen_.begin(), seen_.end(), key) == seen_.end()) Fail(key, "field_unknown");
    }
  }
  if (errors_.empty()) return Ok();
  Error e = MakeError(ErrorCode::kInvalid, "validation_failed");
  e.fields = std::move(errors_);
  errors_.clear();
  return e;
}

void AppendQuoted(std::string_view s, std::string& out) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  size_t clean = 0;  // from here on nothing needs escaping yet
  for (size_t i = 0; i < s.size(); ++i) {
    const auto c = static_cast<unsigned char>(s[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(s, clean, i - clean);
    clean = i + 1;
    out += '\\';
    switch (c) {
      case '"':
      case '\\':
        out += static_cast<char>(c);
        break;
      case '\b':
        out += 'b';
        break;
      case '\f':
        out += 'f';
        break;
      case '\n':
        out += 'n';
        break;
      case '\r':
        out += 'r';
        break;
      case '\t':
        out += 't';
        break;
      default:
        out.append("u00").append(1, kHex[c >> 4]).append(1, kHex[c & 15]);
    }
  }
  out.append(s, clean);
  out += '"';
}

Writer& Writer::Before() {
  if (!out_.empty() && out_.back() != '{' && out_.back() != '[' && out_.back() != ':') out_ += ',';
  return *this;
}

Writer& Writer::Key(std::string_view key) {
  Before();
  out_.append(1, '"').append(key).append("\":");
  return *this;
}

Writer& Writer::Text(std::string_view value) {
  Before();
  AppendQuoted(value, out_);
  return *this;
}

Writer& Writer::Int(int64_t value) {
  char digits[24];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
  return Raw({digits, static_cast<size_t>(end - digits)});
}

Writer& Writer::Raw(std::string_view json) {
  Before();
  out_.append(json);
  return *this;
}

std::string Canonical(const value& v) {
  std::string out;
  WriteCanonical(v, out);
  return out;
}

std::string GetText(const object& o, std::string_view key) {
  const value* v = o.if_contains(bj::string_view(key.data(), key.size()));
  return v != nullptr && v->is_string() ? std::string(View(v->get_string())) : std::string();
}

int64_t GetInt(const object& o, std::string_view key, int64_t fallback) {
  const value* v = o.if_contains(bj::string_view(key.data(), key.size()));
  return v == nullptr ? fallback : AsInt(*v).value_or(fallback);
}

}  // namespace tinhso::json
