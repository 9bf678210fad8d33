// The parsed template: what template.cc reads from YAML and layout.cc lays out. Lengths keep the unit of
// their name.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "expression.h"
#include "printing.h"

namespace tinhso::printing {

inline constexpr double kPointsPerMm = 72.0 / 25.4;

enum class Align { kLeft, kCenter, kRight, kJustify };
enum class PageNumbers { kNone, kNumber, kNumberOfTotal };
enum class FontKind { kSerif, kSans };

struct Block;
using BlockPtr = std::shared_ptr<const Block>;

// Issuing body on the left, national title (Quốc hiệu, Tiêu ngữ) on the right.
struct HeaderBlock {
  TextTemplate parent, issuer;
  double size_pt = 0;
};
struct NumberPlaceDateBlock {
  TextTemplate number, note, place_date;
  double size_pt = 0;
};
// title and subtitle
struct TitleBlock {
  TextTemplate text;
  double size_pt = 0;
  bool upper = true, rule = false;
};
struct ParagraphBlock {
  TextTemplate text;
  Align align = Align::kJustify;
  double size_pt = 0, indent_mm = 0, left_mm = 0;
};
struct Field {
  TextTemplate label, value;
  double width = 1;
  std::optional<Condition> when;
};
struct FieldsBlock {
  std::vector<std::vector<Field>> rows;
  double size_pt = 0, indent_mm = 0;
  bool fill = true;  // dots where a value is missing
};
struct TableColumn {
  TextTemplate title, text;
  double width = 1;
  Align align = Align::kLeft;
};
struct TableBlock {
  Path rows;
  std::vector<TableColumn> columns;
  TextTemplate empty;
  double size_pt = 0;
};
enum class ListMarker { kDash, kPlus, kNumber, kLetter };
struct ListBlock {
  std::optional<Path> items;
  TextTemplate text;                      // of each item of `items`
  std::vector<TextTemplate> fixed_items;  // when `items` is absent
  ListMarker marker = ListMarker::kDash;
  double size_pt = 0, indent_mm = 0;
};
struct SignatureColumn {
  TextTemplate date, authority, role, note, name;
  double width = 1;
};
struct SignatureBlock {
  std::vector<SignatureColumn> columns;
  double size_pt = 0, gap_mm = 0;
};
struct QrBlock {
  TextTemplate data, caption;
  double size_mm = 0, caption_size_pt = 0;
  Align align = Align::kLeft;
};
struct RuleBlock {
  double width_percent = 100;
};
struct SpacerBlock {
  double height_mm = 0;
};
struct ColumnOfBlocks {
  double width = 1;
  std::vector<BlockPtr> blocks;
};
struct ColumnsBlock {
  std::vector<ColumnOfBlocks> columns;
  double gap_mm = 0;
};

struct Block {
  int line = 0;
  std::optional<Condition> when;
  double space_before_pt = 0;
  bool keep_with_next = false;
  std::variant<HeaderBlock, NumberPlaceDateBlock, TitleBlock, ParagraphBlock, FieldsBlock, TableBlock,
               ListBlock, SignatureBlock, QrBlock, RuleBlock, SpacerBlock, ColumnsBlock>
      body;
};

struct Page {
  double width_mm = 210, height_mm = 297;
  double top_mm = 20, bottom_mm = 20, left_mm = 30, right_mm = 15;
};

struct Document {
  std::string file;
  TemplateInfo info;
  Page page;
  FontKind font = FontKind::kSerif;
  double size_pt = 13, line_spacing = 1.15, paragraph_spacing_pt = 6;
  TextTemplate pdf_title, pdf_author, pdf_subject, pdf_created_at;
  PageNumbers page_numbers = PageNumbers::kNumber;
  TextTemplate footer;
  double footer_size_pt = 9;
  std::vector<BlockPtr> blocks;
  std::vector<PathUse> paths;
};

}  // namespace tinhso::printing
