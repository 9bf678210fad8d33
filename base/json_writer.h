// JSON text written directly.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tinhso::json {

// Appends `s` as a JSON string, quoted and escaped.
void AppendQuoted(std::string_view s, std::string& out);

// Writes JSON text directly, without building values first: for answers that are sent often. It sets the commas; that
// every Begin has its End is the caller's business. Keys are identifiers and are not escaped.
//
//   Writer out;
//   out.BeginObject().Text("name", name).Array("items");
//   for (int64_t n : numbers) out.Int(n);
//   out.EndArray().EndObject();
class Writer {
 public:
  explicit Writer(size_t bytes_expected = 512) { out_.reserve(bytes_expected); }
  Writer& BeginObject() { return Before().Append('{'); }
  Writer& EndObject() { return Append('}'); }
  Writer& BeginArray() { return Before().Append('['); }
  Writer& EndArray() { return Append(']'); }
  Writer& Object(std::string_view key) { return Key(key).Append('{'); }
  Writer& Array(std::string_view key) { return Key(key).Append('['); }
  Writer& Text(std::string_view value);
  Writer& Int(int64_t value);
  Writer& Text(std::string_view key, std::string_view value) { return Key(key).Text(value); }
  Writer& Int(std::string_view key, int64_t value) { return Key(key).Int(value); }
  Writer& Bool(std::string_view key, bool value) { return Key(key).Raw(value ? "true" : "false"); }
  Writer& Null(std::string_view key) { return Key(key).Raw("null"); }
  Writer& Raw(std::string_view json);  // JSON text as it is
  Writer& Raw(std::string_view key, std::string_view json) { return Key(key).Raw(json); }
  std::string Take() { return std::move(out_); }

 private:
  Writer& Key(std::string_view key);
  Writer& Before();
  Writer& Append(char c) {
    out_.push_back(c);
    return *this;
  }
  std::string out_;
};

}  // namespace tinhso::json
