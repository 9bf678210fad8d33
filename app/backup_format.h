// The words and names of a backup on disk. Private to app/.
#pragma once
#include <string>
#include <vector>

#include "app/backup.h"

namespace tinhso::app {

inline constexpr const char* kFileListName = "files.txt";

// "20261123T084500Z" with microseconds only when needed to be unique: "20261123T084500.123456Z".
std::string BackupNameOf(TimeUs at_us);
bool IsBackupName(const std::string& name);
// Complete backups in a folder, oldest first.
std::vector<std::string> BackupNamesIn(const std::string& dir);
// "files/ab/cd/<sha256>"
std::string FilePathOf(const std::string& sha256);
// Size and hash of a file.
Status MeasureFile(const std::string& path, db::SnapshotPart& part);
std::string ManifestText(const Backup& backup);
Result<Backup> ParseManifest(const std::string& text);

}  // namespace tinhso::app
