// What the printing tests share: poppler and zbar look at the PDF as any other program would.
#pragma once
#include <string>

#include "printing.h"

namespace tinhso::printing {

struct Pdf {
  std::string text;   // pdftotext -layout
  std::string fonts;  // pdffonts
  std::string info;   // pdfinfo
  int pages = 0;
};

std::string ReadWhole(const std::string& path);
// Standard output; the test fails when the command does.
std::string RunTool(const std::string& command);
Pdf Inspect(const std::string& bytes);
// What a QR reader sees on the page (150 dpi).
std::string DecodeQr(const std::string& bytes, int page);

Template MustParse(const std::string& yaml);
std::string MustRender(const Template& print_template, const json::object& data);
json::object Data(const std::string& text);

}  // namespace tinhso::printing
