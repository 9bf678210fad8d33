// Reads text lines from a plain or gzip file, streamed: memory stays below one line's limit.
// Private to features/procedures. Thread rule: one reader, one thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace tinhso::procedures {

class LineReader {
 public:
  // kNotFound "import_file_unreadable".
  static Result<std::unique_ptr<LineReader>> Open(const std::string& path, size_t line_bytes_max,
                                                  int64_t bytes_max);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  enum class Next { kLine, kLineTooLong, kEnd };
  // `line` is without its end. A line over the limit is skipped and reported as kLineTooLong.
  // Errors: kMalformed "import_gzip_damaged"; kTooLarge "import_file_too_large".
  Result<Next> Read(std::string& line);
  int64_t bytes_read() const;  // on disk
  int64_t bytes_total() const { return bytes_total_; }

 private:
  struct State;
  LineReader(std::unique_ptr<State> state, size_t line_bytes_max, int64_t bytes_max, int64_t bytes_total);
  Status Fill();
  std::unique_ptr<State> state_;
  size_t line_bytes_max_;
  int64_t bytes_max_, bytes_total_;
};

}  // namespace tinhso::procedures
