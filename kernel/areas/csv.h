// Comma-separated values (RFC 4180) with a header line: quoted fields, CRLF or LF, a byte order mark. One pass, bounded memory.
// Private to kernel/areas. Thread rule: one reader, one thread.
#pragma once
#include <fstream>
#include <string>
#include <vector>

#include "base/result.h"

namespace tinhso::areas {

inline constexpr size_t kCsvLineBytesMax = 16 * 1024;
inline constexpr int64_t kCsvLinesMax = 1'000'000;

class CsvReader {
 public:
  explicit CsvReader(std::istream& in) : in_(in) {}
  enum class Next { kRecord, kBad, kEnd };
  // A record's fields, NFC, inner spaces collapsed. kBad: `reason` says why; reading goes on with the next line.
  Next Read(std::vector<std::string>& fields, std::string& reason);
  int64_t line() const { return line_; }  // where the record began, from 1

 private:
  std::istream& in_;
  int64_t line_ = 0, lines_read_ = 0;
};

}  // namespace tinhso::areas
