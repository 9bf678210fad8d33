// A disk for SQLite that forgets: what was written since the last sync may, at a power cut, be there, be lost, be torn at
// 512-byte sectors, and in any order. The program runs on the real files of the folder; a cut makes a second folder as a disk
// could hold it at that moment, so one run gives hundreds of cuts. One object at a time; it stands as SQLite's default disk
// while it lives. Thread rule: thread-safe.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tinhso::db_testing {

class PowerCutDisk {
 public:
  // Files of `folder` alone are watched; of others nothing changes.
  PowerCutDisk(std::string folder, uint64_t seed);
  ~PowerCutDisk();
  PowerCutDisk(const PowerCutDisk&) = delete;
  PowerCutDisk& operator=(const PowerCutDisk&) = delete;

  // Called before each write, truncation and sync with its number, while the disk stands still; it may call CutInto.
  void OnOperation(std::function<void(int64_t)> fn);
  // The folder as it could be found after a cut now. From OnOperation only.
  void CutInto(const std::string& to);
  // A disk that says it has written and has not: the test of the tests.
  void LoseSyncs();

  struct Model;

 private:
  std::unique_ptr<Model> model_;
};

}  // namespace tinhso::db_testing
