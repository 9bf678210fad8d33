// A small sound pack in a temporary folder, for tests to break in one place.
#pragma once
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "base/ids.h"
#include "engines/packs/packs.h"

namespace tinhso::packs {

class PackFolder {
 public:
  PackFolder() : root_(std::filesystem::temp_directory_path() / ("tinhso-pack-" + RandomToken())) {
    std::filesystem::create_directories(root_ / "_common");
    std::filesystem::create_directory_symlink(std::filesystem::path(TINHSO_SOURCE_DIR) / "packs/_schema", root_ / "_schema");
    Write("pack.yaml", "pack: thu\nversion: 1\nname: {vi: Tỉnh Thử, en: Test}\nauthority: H99\n");
    Write("units.yaml",
          "units:\n"
          "  - {code: H99, kind: province, name: Tỉnh Thử}\n"
          "  - {code: H99.05, kind: department, name: Sở Thử, parent: H99}\n"
          "  - {code: H99.101, kind: commune, name: Xã Một, parent: H99}\n"
          "  - {code: H99.101.02, kind: division, name: Văn phòng, parent: H99.101}\n"
          "  - {code: H99.102, kind: commune, name: Xã Hai, parent: H99}\n"
          "  - {code: H99.102.02, kind: division, name: Văn phòng, parent: H99.102}\n");
    Write("forms/don.yaml",
          "form: don\nversion: 1\ntitle: {vi: Đơn, en: Request}\ngroups:\n"
          "  - id: one\n    title: {vi: Một, en: One}\n    fields:\n"
          "      - id: full_name\n        type: text\n        label: {vi: Họ tên, en: Name}\n        required: true\n"
          "      - id: kind\n        type: choice\n        label: {vi: Loại, en: Kind}\n        options:\n"
          "          - {value: a, label: {vi: A, en: A}}\n"
          "          - {value: b, label: {vi: B, en: B}}\n");
    Write("workflows/ngan.yaml",
          "workflow: ngan\nversion: 1\ntitle: {vi: Ngắn, en: Short}\ninitial: submitted\nstates:\n"
          "  - id: submitted\n    title: {vi: Chờ, en: Waiting}\n    national_state: 1\n    clock: waiting\n    holder: {role: one_stop_officer, unit: desk}\n"
          "  - id: working\n    title: {vi: Làm, en: Working}\n    national_state: 4\n    clock: running\n    holder: {role: specialist, unit: handling}\n"
          "  - id: done\n    title: {vi: Xong, en: Done}\n    national_state: 10\n    clock: stopped\n    final: true\n"
          "transitions:\n"
          "  - action: accept\n    title: {vi: Nhận, en: Accept}\n    from: [submitted]\n    to: working\n    by: one_stop_officer\n    effects: [start_clock]\n"
          "  - action: approve\n    title: {vi: Duyệt, en: Approve}\n    from: [working]\n    to: done\n    by: specialist\n    effects: [stop_clock]\n");
    Write("print/ket-qua.yaml", "template: ket-qua\nuses_form: don\nblocks:\n  - title: {text: \"KẾT QUẢ\"}\n  - paragraph: {text: \"Cấp cho {{form.full_name}}\"}\n");
    Write("procedures/9.000001.yaml",
          "procedure: \"9.000001\"\nversion: 1\neffective_from: 2025-07-01\nname: {vi: Thủ tục thử, en: Test procedure}\n"
          "field: {vi: Thử, en: Test}\nlevel: commune\nform: don\nworkflow: ngan\nprint: {result: ket-qua}\nchannels:\n"
          "  - {channel: online, time_limit: {value: 1, unit: working_day}, fee_vnd: 0}\n"
          "papers:\n  - id: proof\n    name: {vi: Giấy, en: Paper}\n    when: {field: kind, equals: a}\n"
          "steps: [{vi: Nộp, en: File}]\nresult: {name: {vi: Giấy, en: Paper}}\nunits:\n  handling: \"02\"\n");
  }
  ~PackFolder() {
    std::error_code ec;
    std::filesystem::remove_all(root_, ec);
  }
  PackFolder(const PackFolder&) = delete;
  PackFolder& operator=(const PackFolder&) = delete;

  std::string dir() const { return (root_ / "thu").string(); }
  void Write(const std::string& name, const std::string& text) {
    const auto path = name.starts_with("_") ? root_ / name : root_ / "thu" / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  std::string Read(const std::string& name) const {
    std::ifstream in(root_ / "thu" / name, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  // Replaces the first `from` in a file; false when it is not there (a test that breaks nothing proves nothing).
  bool Replace(const std::string& name, const std::string& from, const std::string& to) {
    std::string text = Read(name);
    const size_t at = text.find(from);
    if (at == std::string::npos) return false;
    Write(name, text.replace(at, from.size(), to));
    return true;
  }
  void Remove(const std::string& name) { std::filesystem::remove(root_ / "thu" / name); }
  // "file:line: English message", one a line.
  std::string Problems() const {
    std::vector<Problem> problems;
    auto loaded = Load(dir(), &problems);
    std::string out;
    for (const auto& p : problems) out += p.file + ":" + std::to_string(p.line) + ": " + p.message_en + "\n";
    if (loaded.ok() != problems.empty()) out += "result and problems disagree\n";
    return out;
  }

 private:
  std::filesystem::path root_;
};

}  // namespace tinhso::packs
