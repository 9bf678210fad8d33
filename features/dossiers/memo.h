// Dossier pages as they were last written, so that reading one again costs a short query and a look-up here.
// Nothing is invalidated: the key holds the dossier's version and what the reader may see and do, so a page that is no
// longer true is not found again, also when another server made the change. Who may read is checked before each look-up.
// Thread rule: thread-safe.
#pragma once
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "kernel/areas/areas.h"
#include "kernel/orgs/orgs.h"

namespace tinhso::dossiers {

// Named limits (docs/operations/limits.md): the oldest pages go first; a larger page is written anew each time.
inline constexpr size_t kPageMemoBytesMax = 24 * 1024 * 1024;
inline constexpr size_t kPageMemoEntryBytesMax = 128 * 1024;

class PageMemo {
 public:
  using Page = std::shared_ptr<const std::string>;
  // What every page shows beside its dossier: names of units and areas, and deadlines, which go by date. Another ground empties the memo.
  struct Ground {
    std::shared_ptr<const orgs::Snapshot> units;
    std::shared_ptr<const areas::Snapshot> areas;
    Date today;
    bool operator==(const Ground&) const = default;
  };

  explicit PageMemo(size_t bytes_max = kPageMemoBytesMax) : bytes_max_(bytes_max) {}
  Page Find(const Ground& ground, const std::string& key);  // nullptr when not held
  void Put(const Ground& ground, const std::string& key, Page page);
  size_t bytes() const;

 private:
  struct Entry {
    std::string key;
    Page page;
    size_t Bytes() const { return kOverheadBytes + key.size() * 2 + page->size(); }
  };
  static constexpr size_t kOverheadBytes = 160;  // list and table nodes
  void StandOn(const Ground& ground);

  const size_t bytes_max_;
  mutable std::mutex mutex_;
  Ground ground_;
  size_t bytes_ = 0;
  std::list<Entry> entries_;  // newest use first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
};

}  // namespace tinhso::dossiers
