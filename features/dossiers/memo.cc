#include "memo.h"

namespace tinhso::dossiers {

void PageMemo::StandOn(const Ground& ground) {
  if (ground_ == ground) return;
  by_key_.clear();
  entries_.clear();
  bytes_ = 0;
  ground_ = ground;
}

PageMemo::Page PageMemo::Find(const Ground& ground, const std::string& key) {
  std::lock_guard lock(mutex_);
  StandOn(ground);
  auto it = by_key_.find(key);
  if (it == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, it->second);
  return it->second->page;
}

void PageMemo::Put(const Ground& ground, const std::string& key, Page page) {
  if (page->size() > kPageMemoEntryBytesMax) return;
  std::lock_guard lock(mutex_);
  StandOn(ground);
  if (by_key_.contains(key)) return;
  entries_.push_front({key, std::move(page)});
  by_key_.emplace(entries_.front().key, entries_.begin());
  bytes_ += entries_.front().Bytes();
  while (bytes_ > bytes_max_) {
    bytes_ -= entries_.back().Bytes();
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

size_t PageMemo::bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace tinhso::dossiers
