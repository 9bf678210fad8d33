// Load: files → YAML → schema → the engines' own parsers → references. Every step collects all it finds.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/crypto.h"
#include "kernel/permissions/permissions.h"
#include "loader.h"
#include "schema.h"

namespace tinhso::packs {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> ReadWhole(const fs::path& path, size_t bytes_max) {
  std::error_code ec;
  if (!fs::is_regular_file(path, ec)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string out(bytes_max + 1, '\0');
  in.read(out.data(), static_cast<std::streamsize>(out.size()));
  out.resize(static_cast<size_t>(in.gcount()));
  return out;  // one byte over the limit is enough for the parser to refuse it
}

class PackLoader {
 public:
  PackLoader(const std::string& dir, std::vector<Problem>* problems) : dir_(dir), problems_(problems) {}

  Result<Pack> Run() {
    pack_.dir = dir_.string();
    LoadSchemas();
    ReadManifest();
    const fs::path common = dir_.parent_path() / "_common";
    std::error_code ec;
    if (fs::is_directory(common, ec)) ReadFolder(common, "_common/");
    ReadFolder(dir_, "");
    sources_.units = ReadYaml(dir_ / "units.yaml", "units.yaml");
    if (fs::exists(dir_ / "calendar.yaml", ec)) ReadYaml(dir_ / "calendar.yaml", "calendar.yaml");
    if (fs::exists(dir_ / "accounts.yaml", ec)) sources_.accounts = ReadYaml(dir_ / "accounts.yaml", "accounts.yaml");
    CheckReferences(pack_, sources_, &problems_);
    pack_.content_sha256 = hash_.FinalHex();
    if (problems_.any()) return MakeError(ErrorCode::kInvalid, "pack_invalid", pack_.dir);
    return std::move(pack_);
  }

 private:
  void LoadSchemas() {
    for (const char* name : {"pack", "form", "workflow", "procedure", "print"}) {
      const std::string file = std::string("_schema/") + name + ".json";
      auto text = ReadWhole(dir_.parent_path() / file, kYamlBytesMax);
      auto schema = text ? Schema::Parse(*text) : Result<Schema>(ErrorCode::kInvalid, "schema_malformed");
      if (schema.ok()) schemas_.emplace(name, std::move(*schema));
      else problems_.Add(file, 1, "schema_malformed", file);
    }
  }

  // nullopt after a problem was added.
  std::optional<SourceFile> ReadYaml(const fs::path& path, const std::string& name, std::string* text_out = nullptr) {
    auto text = ReadWhole(path, kYamlBytesMax);
    if (!text) {
      problems_.Add(name, 1, "file_unreadable", name);
      return std::nullopt;
    }
    hash_.Update(name + "\n" + std::to_string(text->size()) + "\n");
    hash_.Update(*text);
    YamlProblem problem;
    auto yaml = ParseYaml(*text, &problem);
    if (!yaml.ok()) {
      problems_.Add(name, problem.line, problem.reason, problem.word);
      return std::nullopt;
    }
    if (text_out) *text_out = std::move(*text);
    return SourceFile{name, std::move(*yaml)};
  }

  bool FollowsSchema(const SourceFile& file, const std::string& schema) {
    const auto it = schemas_.find(schema);
    if (it == schemas_.end()) return false;
    const auto found = it->second.Check(file.yaml.value);
    for (const auto& p : found) problems_.AddAt(file, p.pointer, p.reason, p.word);
    return found.empty();
  }

  void ReadManifest() {
    auto file = ReadYaml(dir_ / "pack.yaml", "pack.yaml");
    if (!file || !FollowsSchema(*file, "pack")) return;
    pack_.manifest = file->yaml.value.get_object();
    pack_.id = json::GetText(pack_.manifest, "pack");
    pack_.version = static_cast<int>(json::GetInt(pack_.manifest, "version"));
    if (pack_.id != dir_.filename().string()) problems_.AddAt(*file, "/pack", "file_name_differs", pack_.id);
  }

  // The *.yaml files of a folder by name, so that two machines read, hash and complain in one order.
  std::vector<fs::path> FilesIn(const fs::path& folder, const std::string& name) {
    std::vector<fs::path> out;
    std::error_code ec;
    for (fs::directory_iterator it(folder, ec), end; !ec && it != end; it.increment(ec)) {
      if (it->path().extension() == ".yaml") out.push_back(it->path());
      if (out.size() > kFilesMax) {
        problems_.Add(name, 1, "too_many_files");
        break;
      }
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  void ReadFolder(const fs::path& root, const std::string& prefix) {
    for (const auto& path : FilesIn(root / "forms", prefix + "forms")) ReadForm(path, prefix + "forms/" + path.filename().string());
    for (const auto& path : FilesIn(root / "workflows", prefix + "workflows")) {
      ReadWorkflow(path, prefix + "workflows/" + path.filename().string());
    }
    for (const auto& path : FilesIn(root / "print", prefix + "print")) ReadPrint(path, prefix + "print/" + path.filename().string());
    for (const auto& path : FilesIn(root / "procedures", prefix + "procedures")) {
      ReadProcedure(path, prefix + "procedures/" + path.filename().string());
    }
  }

  // The id a file says it has must be its name, and new.
  bool TakeId(const SourceFile& file, const fs::path& path, const char* key, std::map<std::string, SourceFile>* known) {
    const auto* o = file.yaml.value.if_object();
    const std::string id = o ? json::GetText(*o, key) : std::string();
    if (id != path.stem().string()) {
      problems_.AddAt(file, std::string("/") + key, "file_name_differs", id);
      return false;
    }
    if (!known->emplace(id, file).second) {
      problems_.AddAt(file, std::string("/") + key, "id_taken", id);
      return false;
    }
    return true;
  }

  void AddFields(const SourceFile& file, const Error& error) {
    for (const auto& e : error.fields) problems_.AddAt(file, e.pointer, e.reason, e.detail);
  }

  void ReadForm(const fs::path& path, const std::string& name) {
    auto file = ReadYaml(path, name);
    if (!file) return MarkBroken(path, &sources_.forms);
    const bool sound = FollowsSchema(*file, "form");
    if (!TakeId(*file, path, "form", &sources_.forms) || !sound) return;
    auto form = forms::Form::FromJson(file->yaml.value);
    if (!form.ok()) return AddFields(*file, form.error());
    pack_.forms.emplace(form->id(), std::move(*form));
  }

  void ReadWorkflow(const fs::path& path, const std::string& name) {
    auto file = ReadYaml(path, name);
    if (!file) return MarkBroken(path, &sources_.workflows);
    const bool sound = FollowsSchema(*file, "workflow");
    if (!TakeId(*file, path, "workflow", &sources_.workflows) || !sound) return;
    auto flow = workflow::Workflow::FromJson(file->yaml.value, [](std::string_view role) { return permissions::IsRole(role); });
    if (!flow.ok()) return AddFields(*file, flow.error());
    pack_.workflows.emplace(flow->id(), std::move(*flow));
  }

  void ReadPrint(const fs::path& path, const std::string& name) {
    const std::string id = path.stem().string();
    std::string text;
    auto file = ReadYaml(path, name, &text);
    if (!sources_.prints.emplace(id, file.value_or(SourceFile{name, {}})).second) return problems_.Add(name, 1, "id_taken", id);
    if (!file || !FollowsSchema(*file, "print")) return;
    auto parsed = printing::Template::Parse(text, name);
    if (!parsed.ok()) return AddTemplateProblem(name, parsed.error().detail);
    if (parsed->Info().code != id) return problems_.AddAt(*file, "/template", "file_name_differs", parsed->Info().code);
    pack_.prints.emplace(id, std::move(*parsed));
    pack_.print_sources.emplace(id, std::move(text));
  }

  // The printing engine says "file:line: message".
  void AddTemplateProblem(const std::string& name, const std::string& detail) {
    std::string_view rest = detail;
    int line = 1;
    if (rest.starts_with(name + ":")) {
      rest.remove_prefix(name.size() + 1);
      const size_t colon = rest.find(':');
      if (colon != rest.npos) {
        line = std::max(1, std::atoi(std::string(rest.substr(0, colon)).c_str()));
        rest.remove_prefix(std::min(rest.size(), colon + 2));
      }
    }
    problems_.Add(name, line, "template_invalid", rest);
  }

  void ReadProcedure(const fs::path& path, const std::string& name) {
    auto file = ReadYaml(path, name);
    if (!file) return;
    const bool sound = FollowsSchema(*file, "procedure");
    if (!TakeId(*file, path, "procedure", &sources_.procedures) || !sound) return;
    ProcedureConfig config;
    config.definition = file->yaml.value.get_object();
    config.code = json::GetText(config.definition, "procedure");
    config.version = static_cast<int>(json::GetInt(config.definition, "version"));
    config.form_id = json::GetText(config.definition, "form");
    config.workflow_id = json::GetText(config.definition, "workflow");
    if (const auto* print = config.definition.if_contains("print")) config.result_template_id = json::GetText(print->get_object(), "result");
    pack_.procedures.emplace(config.code, std::move(config));
  }

  // A file that cannot be read is still there: what names it should not complain as well.
  static void MarkBroken(const fs::path& path, std::map<std::string, SourceFile>* known) {
    known->emplace(path.stem().string(), SourceFile{});
  }

  fs::path dir_;
  Problems problems_;
  Pack pack_;
  PackSources sources_;
  std::map<std::string, Schema> schemas_;
  crypto::Sha256 hash_;
};

}  // namespace

Result<Pack> Load(const std::string& dir, std::vector<Problem>* problems) {
  std::error_code ec;
  std::filesystem::path path = std::filesystem::weakly_canonical(dir, ec);
  if (ec) path = dir;
  std::vector<Problem> own;
  return PackLoader(path.string(), problems ? problems : &own).Run();
}

}  // namespace tinhso::packs
