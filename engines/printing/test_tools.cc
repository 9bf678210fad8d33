#include "test_tools.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tinhso::printing {
namespace {

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tinhso-print-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

void WriteWhole(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

std::string ReadWhole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string RunTool(const std::string& command) {
  std::string output;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) {
    ADD_FAILURE() << "cannot start " << command;
    return output;
  }
  char buffer[4096];
  while (size_t n = ::fread(buffer, 1, sizeof(buffer), pipe)) output.append(buffer, n);
  int status = ::pclose(pipe);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << command << "\n" << output;
  return output;
}

Pdf Inspect(const std::string& bytes) {
  TempFolder folder;
  const std::string file = folder.File("document.pdf");
  WriteWhole(file, bytes);
  Pdf pdf;
  pdf.text = RunTool("pdftotext -layout -enc UTF-8 " + file + " -");
  pdf.fonts = RunTool("pdffonts " + file);
  pdf.info = RunTool("pdfinfo " + file);
  if (auto at = pdf.info.find("Pages:"); at != std::string::npos)
    pdf.pages = std::atoi(pdf.info.c_str() + at + 6);
  // For people who want to look: TINHSO_PRINT_KEEP=folder keeps every document the tests make.
  if (const char* keep = ::getenv("TINHSO_PRINT_KEEP")) {
    static int serial = 0;
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    WriteWhole(std::string(keep) + "/" + (test != nullptr ? test->name() : "x") + "-" +
                   std::to_string(++serial) + ".pdf",
               bytes);
  }
  return pdf;
}

std::string DecodeQr(const std::string& bytes, int page) {
  TempFolder folder;
  const std::string file = folder.File("document.pdf");
  WriteWhole(file, bytes);
  const std::string number = std::to_string(page);
  RunTool("pdftoppm -r 150 -gray -png -singlefile -f " + number + " -l " + number + " " + file + " " +
          folder.File("page"));
  return RunTool("zbarimg --quiet --raw --nodbus " + folder.File("page.png"));
}

Template MustParse(const std::string& yaml) {
  auto parsed = Template::Parse(yaml, "test.yaml");
  if (!parsed) {
    ADD_FAILURE() << parsed.error().detail;
    return *Template::Parse("template: x\nblocks: [{paragraph: x}]\n", "fallback.yaml");
  }
  return *parsed;
}

std::string MustRender(const Template& print_template, const json::object& data) {
  auto bytes = Render(print_template, data);
  if (!bytes) {
    ADD_FAILURE() << bytes.error().reason << " " << bytes.error().detail;
    return {};
  }
  return *bytes;
}

json::object Data(const std::string& text) {
  auto value = json::Parse(text);
  EXPECT_TRUE(value.ok());
  return value ? value->as_object() : json::object{};
}

}  // namespace tinhso::printing
