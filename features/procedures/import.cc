#include "import.h"

#include <unordered_map>
#include <unordered_set>

#include "base/crypto.h"
#include "base/text.h"
#include "kernel/audit/audit.h"
#include "lines.h"
#include "parse.h"

namespace tinhso::procedures {
namespace {

constexpr int64_t kProgressEveryLines = 200;

struct Known {
  int64_t version = 0;
  std::string raw_sha256;
  int64_t parser_version = 0;
};

std::string BriefJson(const Procedure& procedure) {
  json::array keywords;
  for (const std::string& keyword : procedure.keywords) keywords.emplace_back(keyword);
  json::array results;
  for (const ResultPaper& result : procedure.results) {
    if (results.size() < 4) results.emplace_back(result.name.substr(0, 300));
  }
  bool citizens = false;
  for (const std::string& subject : procedure.subjects) citizens = citizens || subject == "Công dân Việt Nam";
  return json::serialize(json::object{{"keywords", std::move(keywords)},
                                      {"results", std::move(results)},
                                      {"citizens", citizens},
                                      {"time_text", TimeText(procedure)},
                                      {"fee_text", FeeText(procedure)}});
}

class Importer {
 public:
  Importer(db::Database& database, const Clock& clock, const ImportOptions& options,
           const std::function<void(const ImportProgress&)>& progress)
      : database_(database), clock_(clock), progress_(progress) {
    effective_on_ = FormatDate(options.effective_on ? *options.effective_on : LocalDate(clock.NowUs()));
  }

  Status ReadKnown() {
    return database_.Read([&](db::Tx& tx) {
      known_.clear();
      return store::EachRow(tx, [&](const store::Row& row) {
        known_[row.code] = {row.version, row.raw_sha256, row.parser_version};
        return true;
      });
    });
  }

  Status ReadFile(const std::string& path) {
    TINHSO_ASSIGN(const auto reader, LineReader::Open(path, kRecordBytesMax, kImportBytesMax));
    ++report_.files;
    std::string line;
    int64_t number = 0;
    for (;;) {
      auto next = reader->Read(line);
      if (!next.ok()) {
        // What was read before the damage is good.
        TINHSO_TRY(Flush());
        return next.error();
      }
      if (*next == LineReader::Next::kEnd) break;
      if (++number > kImportLinesMax) return MakeError(ErrorCode::kTooLarge, "import_file_too_large", path);
      if (*next == LineReader::Next::kLineTooLong) {
        Bad(path, number, "procedure_record_too_large");
      } else if (!text::Trim(line).empty()) {
        TINHSO_TRY(TakeLine(path, number, line));
      }
      if (progress_ && number % kProgressEveryLines == 0) {
        progress_({path, number, reader->bytes_read(), reader->bytes_total()});
      }
    }
    TINHSO_TRY(Flush(&path));
    if (progress_) progress_({path, number, reader->bytes_total(), reader->bytes_total()});
    return Ok();
  }

  ImportReport Take() { return std::move(report_); }

 private:
  void Bad(const std::string& path, int64_t number, const std::string& reason) {
    ++report_.lines;
    ++report_.bad;
    if (report_.bad_lines.size() < kBadLinesKept) report_.bad_lines.push_back({path, number, reason});
  }

  Status TakeLine(const std::string& path, int64_t number, const std::string& line) {
    Result<Procedure> parsed = ParseRecord(line);
    if (!parsed.ok()) {
      Bad(path, number, parsed.error().reason);
      return Ok();
    }
    ++report_.lines;
    const Procedure& procedure = *parsed;
    if (!seen_.insert(procedure.code).second) {
      ++report_.repeated;
      return Ok();
    }
    report_.counts.Add(CountParts(procedure));
    const json::object raw = RawJson(procedure);
    std::string raw_sha256 = crypto::Sha256Hex(json::Canonical(raw));
    store::Write write;
    const auto known = known_.find(procedure.code);
    if (known == known_.end()) {
      write.kind = store::Write::Kind::kAdd;
      write.row.version = 1;
      ++report_.added;
    } else if (known->second.raw_sha256 != raw_sha256) {
      write.kind = store::Write::Kind::kNewVersion;
      write.row.version = known->second.version + 1;
      ++report_.changed;
    } else if (known->second.parser_version != kParserVersion) {
      write.kind = store::Write::Kind::kReread;
      write.row.version = known->second.version;
      ++report_.reread;
    } else {
      ++report_.unchanged;
      return Ok();
    }
    write.row.code = procedure.code;
    write.row.name = procedure.name;
    write.row.name_folded = text::Fold(procedure.name);
    write.row.field = procedure.field;
    write.row.field_folded = text::Fold(procedure.field);
    for (const std::string& level : procedure.levels)
      write.row.levels += (write.row.levels.empty() ? "" : ",") + level;
    write.row.raw_sha256 = std::move(raw_sha256);
    write.row.parser_version = kParserVersion;
    write.row.brief_json = BriefJson(procedure);
    write.decision_no = procedure.decision_no;
    write.effective_on = effective_on_;
    write.body_json = json::serialize(BodyJson(procedure));
    write.raw_json = json::serialize(raw);
    batch_.push_back(std::move(write));
    return batch_.size() < kImportBatch ? Ok() : Flush();
  }

  // The last batch of a file brings its audit event, so that a file read to its end is never without one.
  Status Flush(const std::string* file_read = nullptr) {
    if (batch_.empty() && !file_read) return Ok();
    const TimeUs now_us = clock_.NowUs();
    TINHSO_TRY(database_.Write([&](db::Tx& tx) -> Status {
      for (const store::Write& write : batch_) TINHSO_TRY(store::Apply(tx, write, now_us));
      if (!batch_.empty()) TINHSO_TRY(store::RaiseRevision(tx));
      return file_read ? audit::Stage(tx, EventOf(*file_read, now_us)) : Ok();
    }));
    batch_.clear();
    return Ok();
  }

  // Counts so far: of several files, each event has those up to its own.
  audit::Event EventOf(const std::string& path, TimeUs now_us) const {
    audit::Event event;
    event.kind = "procedure.imported";
    event.subject_kind = "catalogue";
    event.at_us = now_us;
    event.data = {{"file", path.substr(path.rfind('/') + 1)}, {"lines", report_.lines},         {"added", report_.added},
                  {"changed", report_.changed},               {"unchanged", report_.unchanged}, {"via", "command_line"}};
    return event;
  }

  db::Database& database_;
  const Clock& clock_;
  const std::function<void(const ImportProgress&)>& progress_;
  std::string effective_on_;
  std::unordered_map<std::string, Known> known_;
  std::unordered_set<std::string> seen_;
  std::vector<store::Write> batch_;
  ImportReport report_;
};

}  // namespace

Result<ImportReport> RunImport(db::Database& database, const Clock& clock, const ImportOptions& options,
                               const std::function<void(const ImportProgress&)>& progress) {
  Importer importer(database, clock, options, progress);
  TINHSO_TRY(importer.ReadKnown());
  for (const std::string& path : options.files) TINHSO_TRY(importer.ReadFile(path));
  return importer.Take();
}

}  // namespace tinhso::procedures
