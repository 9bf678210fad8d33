// Printing (in ấn): turns a print template of a pack and a dossier's data into a PDF with Vietnamese
// typography. Template language: docs/formats/print-template.md. Layout rules: Nghị định 30/2020/NĐ-CP, Phụ
// lục I.
//
// What data says is never markup: `**`, `<b>` or `{{…}}` inside a value are printed as they are.
// Same template and same data give the same bytes: nothing is taken from the clock.
// Thread rule: a Template is immutable; Parse and Render may run on any number of threads at once.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace tinhso::printing {

inline constexpr size_t kTemplateBytesMax = 64 * 1024;
inline constexpr size_t kBlocksMax = 300;            // blocks in one template
inline constexpr size_t kTextBytesMax = 512 * 1024;  // all text of one document, after substitution
inline constexpr size_t kPagesMax = 100;
inline constexpr size_t kQrBytesMax = 1024;  // a longer code cannot be read from a 22 mm square

// What a template says about itself.
struct TemplateInfo {
  std::string code;        // "slip-01"
  std::string form;        // "Mẫu số 01", may be empty
  std::string law;         // "Thông tư số 03/2025/TT-VPCP", may be empty
  std::string valid_from;  // ISO dates, may be empty: forms change with the circulars
  std::string valid_to;
  std::string uses_form;  // the form whose fields the template names, empty when it names none
  // Of the official slips of a dossier: "01", what it records ("receipt", "supplement", …), its title. Empty for results.
  std::string slip_no, slip_records, slip_title_vi, slip_title_en;
};

// One place where a template takes data: "form.child_full_name" at line 31. `row` paths are not listed.
struct PathUse {
  std::string path;
  int line = 0;
};

struct Document;  // the parsed tree, template.h

struct Template {
  // Errors: kInvalid "template_invalid" with "file:line: message" in detail; kTooLarge "template_too_large"
  // over kTemplateBytesMax.
  static Result<Template> Parse(std::string_view yaml, std::string_view file_name);

  const TemplateInfo& Info() const;
  // Every data path the template reads, in order, so that a pack check can hold them to the form's fields.
  std::vector<PathUse> Paths() const;

  std::shared_ptr<const Document> document;
};

// The PDF's bytes. A path that the data does not have prints as nothing.
// Errors: kTooLarge "document_too_long" over kPagesMax or kTextBytesMax, or a part that may not be split and
// is taller than a page; kTooLarge "print_qr_too_long" over kQrBytesMax; kInvalid "text_not_utf8";
// kUnavailable "print_font_missing" when the machine has no font that covers Vietnamese (package
// fonts-croscore).
Result<std::string> Render(const Template& print_template, const json::object& data);

// A QR code as an SVG picture of its own, with its quiet zone. kTooLarge "print_qr_too_long" over kQrBytesMax.
Result<std::string> QrSvg(const std::string& data);

}  // namespace tinhso::printing
