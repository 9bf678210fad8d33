#include "kernel/db_testing/power_cut.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <new>
#include <random>
#include <sstream>
#include <vector>

namespace tinhso::db_testing {
namespace {

constexpr size_t kSectorBytes = 512;

struct Change {
  bool truncation = false;
  size_t offset = 0;  // of a truncation: the size
  std::string bytes;
};

void Put(std::string& image, size_t offset, const char* bytes, size_t size) {
  if (image.size() < offset + size) image.resize(offset + size, '\0');
  std::memcpy(image.data() + offset, bytes, size);
}

struct WatchedFile {
  std::string synced;          // what is surely on the disk
  bool name_synced = false;    // a file never synced may be missing altogether
  std::vector<Change> changes;  // since then

  void Sync() {
    for (const Change& change : changes) {
      if (change.truncation) synced.resize(std::min(synced.size(), change.offset));
      else Put(synced, change.offset, change.bytes.data(), change.bytes.size());
    }
    changes.clear();
    name_synced = true;
  }

  std::string AfterCut(std::mt19937_64& random) const {
    std::string image = synced;
    std::vector<const Change*> order;
    for (const Change& change : changes) order.push_back(&change);
    std::shuffle(order.begin(), order.end(), random);
    for (const Change* change : order) {
      const auto fate = random() % 3;  // lost, whole, torn
      if (fate == 0) continue;
      if (change->truncation) {
        image.resize(std::min(image.size(), change->offset));
        continue;
      }
      for (size_t at = 0; at < change->bytes.size();) {
        const size_t in_sector = kSectorBytes - (change->offset + at) % kSectorBytes;
        const size_t size = std::min(in_sector, change->bytes.size() - at);
        if (fate == 1 || random() % 2 == 0) Put(image, change->offset + at, change->bytes.data() + at, size);
        at += size;
      }
    }
    return image;
  }
};

std::string ReadWhole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace

struct PowerCutDisk::Model {
  std::string folder;
  std::mt19937_64 random;
  std::mutex mutex;
  std::map<std::string, WatchedFile> files;
  std::function<void(int64_t)> on_operation;
  int64_t operations = 0;
  bool lose_syncs = false;
  sqlite3_vfs vfs{};
  sqlite3_vfs* real = nullptr;

  bool Watches(const char* path) const {
    const std::string_view name = path ? path : "";
    return name.substr(0, folder.size()) == folder && !name.ends_with("-shm");
  }
  // With the mutex held.
  void Step() {
    ++operations;
    if (on_operation) on_operation(operations);
  }
};

namespace {

using Model = PowerCutDisk::Model;

// SQLite allocates it; the real file follows it in the same memory.
struct OpenFile {
  sqlite3_file base;
  Model* model;
  const std::string* path;  // nullptr: not watched
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

OpenFile* Of(sqlite3_file* file) { return reinterpret_cast<OpenFile*>(file); }
sqlite3_file* Real(sqlite3_file* file) { return Of(file)->real(); }

int DiskWrite(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  OpenFile* open = Of(file);
  if (!open->path) return Real(file)->pMethods->xWrite(Real(file), bytes, size, offset);
  std::lock_guard lock(open->model->mutex);
  open->model->Step();
  const int rc = Real(file)->pMethods->xWrite(Real(file), bytes, size, offset);
  if (rc == SQLITE_OK)
    open->model->files[*open->path].changes.push_back(
        {false, static_cast<size_t>(offset), std::string(static_cast<const char*>(bytes), static_cast<size_t>(size))});
  return rc;
}

int DiskTruncate(sqlite3_file* file, sqlite3_int64 size) {
  OpenFile* open = Of(file);
  if (!open->path) return Real(file)->pMethods->xTruncate(Real(file), size);
  std::lock_guard lock(open->model->mutex);
  open->model->Step();
  const int rc = Real(file)->pMethods->xTruncate(Real(file), size);
  if (rc == SQLITE_OK) open->model->files[*open->path].changes.push_back({true, static_cast<size_t>(size), {}});
  return rc;
}

int DiskSync(sqlite3_file* file, int flags) {
  OpenFile* open = Of(file);
  if (!open->path) return Real(file)->pMethods->xSync(Real(file), flags);
  std::lock_guard lock(open->model->mutex);
  open->model->Step();
  // The real file need not be synced: nobody cuts the test's own power.
  if (!open->model->lose_syncs) open->model->files[*open->path].Sync();
  return SQLITE_OK;
}

// Everything else is the real file's.
const sqlite3_io_methods kDiskMethods = {
    3,
    [](sqlite3_file* f) { return Real(f)->pMethods ? Real(f)->pMethods->xClose(Real(f)) : SQLITE_OK; },
    [](sqlite3_file* f, void* to, int size, sqlite3_int64 at) { return Real(f)->pMethods->xRead(Real(f), to, size, at); },
    DiskWrite,
    DiskTruncate,
    DiskSync,
    [](sqlite3_file* f, sqlite3_int64* size) { return Real(f)->pMethods->xFileSize(Real(f), size); },
    [](sqlite3_file* f, int level) { return Real(f)->pMethods->xLock(Real(f), level); },
    [](sqlite3_file* f, int level) { return Real(f)->pMethods->xUnlock(Real(f), level); },
    [](sqlite3_file* f, int* out) { return Real(f)->pMethods->xCheckReservedLock(Real(f), out); },
    [](sqlite3_file* f, int what, void* arg) { return Real(f)->pMethods->xFileControl(Real(f), what, arg); },
    [](sqlite3_file* f) { return Real(f)->pMethods->xSectorSize(Real(f)); },
    [](sqlite3_file* f) { return Real(f)->pMethods->xDeviceCharacteristics(Real(f)); },
    [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
      return Real(f)->pMethods->xShmMap(Real(f), page, size, extend, out);
    },
    [](sqlite3_file* f, int offset, int n, int flags) { return Real(f)->pMethods->xShmLock(Real(f), offset, n, flags); },
    [](sqlite3_file* f) { Real(f)->pMethods->xShmBarrier(Real(f)); },
    [](sqlite3_file* f, int remove) { return Real(f)->pMethods->xShmUnmap(Real(f), remove); },
    [](sqlite3_file* f, sqlite3_int64 at, int size, void** out) { return Real(f)->pMethods->xFetch(Real(f), at, size, out); },
    [](sqlite3_file* f, sqlite3_int64 at, void* page) { return Real(f)->pMethods->xUnfetch(Real(f), at, page); },
};

Model& ModelOf(sqlite3_vfs* vfs) { return *static_cast<Model*>(vfs->pAppData); }

int DiskOpen(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  Model& model = ModelOf(vfs);
  OpenFile* open = new (file) OpenFile{{nullptr}, &model, nullptr};
  if (model.Watches(name)) {
    std::lock_guard lock(model.mutex);
    const auto [it, fresh] = model.files.try_emplace(name);
    if (fresh && std::filesystem::exists(name)) {
      it->second.synced = ReadWhole(name);
      it->second.name_synced = true;
    }
    open->path = &it->first;
  }
  const int rc = model.real->xOpen(model.real, name, open->real(), flags, out_flags);
  if (open->real()->pMethods) open->base.pMethods = &kDiskMethods;
  return rc;
}

int DiskDelete(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  Model& model = ModelOf(vfs);
  if (model.Watches(name)) {
    std::lock_guard lock(model.mutex);
    model.Step();
    // The node stays: an open file points to its name.
    if (const auto it = model.files.find(name); it != model.files.end()) it->second = WatchedFile{};
  }
  return model.real->xDelete(model.real, name, sync_folder);
}

}  // namespace

PowerCutDisk::PowerCutDisk(std::string folder, uint64_t seed) : model_(std::make_unique<Model>()) {
  sqlite3_initialize();
  Model& model = *model_;
  model.folder = std::move(folder) + "/";
  model.random.seed(seed);
  model.real = sqlite3_vfs_find(nullptr);
  model.vfs = *model.real;  // what is not said below is the real one's, which looks at no data of its own
  model.vfs.zName = "power-cut";
  model.vfs.pNext = nullptr;
  model.vfs.szOsFile = static_cast<int>(sizeof(OpenFile)) + model.real->szOsFile;
  model.vfs.pAppData = &model;
  model.vfs.xOpen = DiskOpen;
  model.vfs.xDelete = DiskDelete;
  sqlite3_vfs_register(&model.vfs, 1);
}

PowerCutDisk::~PowerCutDisk() {
  sqlite3_vfs_unregister(&model_->vfs);
  sqlite3_vfs_register(model_->real, 1);
}

void PowerCutDisk::OnOperation(std::function<void(int64_t)> fn) {
  std::lock_guard lock(model_->mutex);
  model_->on_operation = std::move(fn);
}

void PowerCutDisk::CutInto(const std::string& to) {
  std::filesystem::create_directories(to);
  for (const auto& [path, file] : model_->files) {
    if (!file.name_synced && (file.changes.empty() || model_->random() % 2 == 0)) continue;
    std::ofstream out(to + "/" + path.substr(model_->folder.size()), std::ios::binary);
    const std::string image = file.AfterCut(model_->random);
    out.write(image.data(), static_cast<std::streamsize>(image.size()));
  }
}

void PowerCutDisk::LoseSyncs() {
  std::lock_guard lock(model_->mutex);
  model_->lose_syncs = true;
}

}  // namespace tinhso::db_testing
