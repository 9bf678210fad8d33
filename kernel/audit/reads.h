// Reads of personal data as events: who has seen whose data, for what and on what legal basis (Law 91/2025/QH15).
// Durable before the answer is sent: what was shown is recorded. The same read by the same account within kSameReadS is one event.
// Thread rule: thread-safe.
#pragma once
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kernel/audit/audit.h"

namespace tinhso::audit {

inline constexpr int64_t kSameReadS = 600;        // named limit "same_read_s"
inline constexpr size_t kSameReadsMax = 20'000;   // remembered; beyond, the oldest are recorded again

// Why somebody reads: stable words in events, with the text and the legal basis that the person is shown.
struct Purpose {
  const char* purpose;
  const char* vi;
  const char* en;
  const char* basis_vi;
  const char* basis_en;
};
const std::vector<Purpose>& Purposes();
// The purpose of that name, else the one that goes with the kind of event, else nullptr.
const Purpose* FindPurpose(std::string_view purpose, std::string_view kind);

class Reads {
 public:
  // `event` has kind, subject, account, people; `complete` adds the rest (purpose, codes) when the read is to be recorded.
  // The event's purpose goes to data["purpose"].
  Status Record(db::Database& database, Event event, const std::function<Status(Event&)>& complete);

 private:
  bool IsKnown(const std::string& key, TimeUs now_us);

  std::mutex mutex_;
  // Two generations: the older is dropped when the younger is full.
  std::unordered_map<std::string, TimeUs> young_, old_;
};

}  // namespace tinhso::audit
