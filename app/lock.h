// One server for one data folder: two writers on one SQLite file would each believe they are alone.
#pragma once
#include <memory>
#include <string>

#include "base/result.h"

namespace tinhso::app {

// Held as long as it lives; the system frees it when the process ends, however it ends.
class DataLock {
 public:
  // kConflict "data_dir_in_use" with the holder's process id in detail.
  static Result<std::unique_ptr<DataLock>> Take(const std::string& data_dir);
  ~DataLock();

 private:
  explicit DataLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace tinhso::app
