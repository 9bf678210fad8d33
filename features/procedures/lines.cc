#include "lines.h"

#include <zlib.h>

#include <filesystem>

namespace tinhso::procedures {
namespace {
constexpr size_t kChunkBytes = 64 * 1024;
}  // namespace

struct LineReader::State {
  gzFile file = nullptr;
  std::string chunk;
  size_t at = 0;
  int64_t unpacked = 0;
  bool ended = false;
  ~State() {
    if (file) gzclose(file);
  }
};

LineReader::LineReader(std::unique_ptr<State> state, size_t line_bytes_max, int64_t bytes_max,
                       int64_t bytes_total)
    : state_(std::move(state)),
      line_bytes_max_(line_bytes_max),
      bytes_max_(bytes_max),
      bytes_total_(bytes_total) {}
LineReader::~LineReader() = default;

Result<std::unique_ptr<LineReader>> LineReader::Open(const std::string& path, size_t line_bytes_max,
                                                     int64_t bytes_max) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return MakeError(ErrorCode::kNotFound, "import_file_unreadable", path);
  const int64_t size = static_cast<int64_t>(std::filesystem::file_size(path, error));
  auto state = std::make_unique<State>();
  state->file = gzopen(path.c_str(), "rb");
  if (!state->file) return MakeError(ErrorCode::kNotFound, "import_file_unreadable", path);
  return std::unique_ptr<LineReader>(new LineReader(std::move(state), line_bytes_max, bytes_max, size));
}

int64_t LineReader::bytes_read() const { return static_cast<int64_t>(gzoffset(state_->file)); }

Status LineReader::Fill() {
  state_->chunk.resize(kChunkBytes);
  state_->at = 0;
  const int got = gzread(state_->file, state_->chunk.data(), kChunkBytes);
  int zlib_error = Z_OK;
  gzerror(state_->file, &zlib_error);
  // A file cut short ends with Z_BUF_ERROR after its last whole bytes.
  if (got < 0 || (got == 0 && zlib_error != Z_OK && zlib_error != Z_STREAM_END)) {
    state_->chunk.clear();
    return MakeError(ErrorCode::kMalformed, "import_gzip_damaged");
  }
  state_->chunk.resize(got);
  state_->unpacked += got;
  state_->ended = got == 0;
  if (state_->unpacked > bytes_max_) return MakeError(ErrorCode::kTooLarge, "import_file_too_large");
  return Ok();
}

Result<LineReader::Next> LineReader::Read(std::string& line) {
  line.clear();
  bool too_long = false;
  bool any = false;
  for (;;) {
    if (state_->at == state_->chunk.size()) {
      if (!state_->ended) TINHSO_TRY(Fill());
      if (state_->ended) {
        if (!any) return Next::kEnd;
        break;
      }
    }
    any = true;
    const size_t end = state_->chunk.find('\n', state_->at);
    const size_t stop = end == std::string::npos ? state_->chunk.size() : end;
    if (line.size() + (stop - state_->at) > line_bytes_max_) {
      too_long = true;
      line.clear();
    }
    if (!too_long) line.append(state_->chunk, state_->at, stop - state_->at);
    state_->at = end == std::string::npos ? stop : stop + 1;
    if (end != std::string::npos) break;
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return too_long ? Next::kLineTooLong : Next::kLine;
}

}  // namespace tinhso::procedures
