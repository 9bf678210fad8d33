// What load.cc and references.cc share. Private to this module.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engines/packs/packs.h"
#include "messages.h"
#include "yaml.h"

namespace tinhso::packs {

inline constexpr size_t kFilesMax = 3000;
inline constexpr size_t kProblemsMax = 200;

// A file of the pack, parsed; kept while references are checked, for the lines.
struct SourceFile {
  std::string name;  // "procedures/1.001193.yaml", "_common/forms/general.yaml"
  YamlDocument yaml;
};

struct PackSources {
  std::map<std::string, SourceFile> forms, workflows, procedures;  // by id
  std::map<std::string, SourceFile> prints;                        // by id
  std::optional<SourceFile> units, accounts;
};

class Problems {
 public:
  explicit Problems(std::vector<Problem>* out) : out_(out), before_(out->size()) {}
  void Add(const std::string& file, int line, std::string_view reason, std::string_view word = {}) {
    if (out_->size() - before_ < kProblemsMax) out_->push_back(MakeProblem(file, line, reason, word));
  }
  void AddAt(const SourceFile& file, std::string_view pointer, std::string_view reason, std::string_view word = {}) {
    Add(file.name, file.yaml.LineOf(pointer), reason, word);
  }
  bool any() const { return out_->size() > before_; }

 private:
  std::vector<Problem>* out_;
  size_t before_;
};

// Everything that names something else: procedures → forms, workflows, templates, units; accounts → units, roles.
void CheckReferences(const Pack& pack, const PackSources& sources, Problems* problems);

}  // namespace tinhso::packs
