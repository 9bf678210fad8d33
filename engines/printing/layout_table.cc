// The table block: a row per item, the header again on every page.
#include <algorithm>
#include <utility>

#include "layout.h"

namespace tinhso::printing {
namespace {

constexpr double kCellPadX = 3.5, kCellPadY = 2.5, kBorder = 0.5;
// A row taller than this share of the page is cut line by line where the page ends; others stay whole.
constexpr double kRowShareMax = 0.35;

struct Columns {
  std::vector<double> x, width;
  double right = 0;
};

void Verticals(Fragment& row, const Columns& columns) {
  for (double x : columns.x) row.strokes.push_back({x, 0, x, row.height, kBorder, false});
  row.strokes.push_back({columns.right, 0, columns.right, row.height, kBorder, false});
}

Stroke Across(const Columns& columns, double y) {
  return {columns.x.front(), y, columns.right, y, kBorder, false};
}

// The whole row as one strip.
Fragment WholeRow(const std::vector<TextBox>& cells, const Columns& columns, double height, bool centered) {
  Fragment row;
  row.height = height;
  for (size_t i = 0; i < cells.size(); ++i) {
    double y = centered ? (height - cells[i].height) / 2 : kCellPadY;
    Place(row, cells[i], columns.x[i] + kCellPadX, y);
  }
  row.strokes = {Across(columns, 0), Across(columns, height)};
  Verticals(row, columns);
  return row;
}

// A tall row as one strip per line, closed by a border wherever a page ends inside it.
Fragments CutRow(const std::vector<TextBox>& cells, const Columns& columns) {
  size_t count = 0;
  for (const TextBox& cell : cells) count = std::max(count, cell.lines.size());
  Fragments strips;
  for (size_t k = 0; k < count; ++k) {
    Fragment strip;
    const double top = k == 0 ? kCellPadY : 0;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (k >= cells[i].lines.size()) continue;
      const LineBox& line = cells[i].lines[k];
      strip.lines.push_back({cells[i].layout, static_cast<int>(k), columns.x[i] + kCellPadX + line.x,
                             top + line.baseline - line.top});
      strip.height = std::max(strip.height, top + line.height);
    }
    if (k + 1 == count) strip.height += kCellPadY;
    if (k == 0) strip.strokes.push_back(Across(columns, 0));
    if (k + 1 == count) strip.strokes.push_back(Across(columns, strip.height));
    Verticals(strip, columns);
    strip.at_page_top = {Across(columns, 0)};
    strip.at_page_bottom = {Across(columns, strip.height)};
    strips.push_back(std::move(strip));
  }
  return strips;
}

}  // namespace

Status Layouter::Add(const TableBlock& block, Frame frame, Fragments& out) {
  const json::value* found = Find(block.rows, scope_);
  const json::array* rows = found != nullptr ? found->if_array() : nullptr;
  const bool empty = rows == nullptr || rows->empty();
  if (empty && block.empty.Blank()) return Ok();

  Columns columns;
  double total = 0;
  for (const TableColumn& column : block.columns) total += column.width;
  double x = frame.x;
  for (const TableColumn& column : block.columns) {
    columns.x.push_back(x);
    columns.width.push_back(frame.width * column.width / total);
    x += columns.width.back();
  }
  columns.right = frame.x + frame.width;

  TextStyle style;
  style.size_pt = block.size_pt;
  style.line_spacing = 1.05;
  auto row_height = [](const std::vector<TextBox>& cells) {
    double height = 0;
    for (const TextBox& cell : cells) height = std::max(height, cell.height);
    return height + 2 * kCellPadY;
  };

  std::vector<TextBox> titles;
  for (size_t i = 0; i < block.columns.size(); ++i) {
    TextStyle head = style;
    head.bold = true;
    head.align = Align::kCenter;
    TINHSO_ASSIGN(StyledText text, Text(block.columns[i].title));
    TINHSO_ASSIGN(TextBox box, SetText(text, std::max(8.0, columns.width[i] - 2 * kCellPadX), head));
    titles.push_back(std::move(box));
  }
  auto header = std::make_shared<Fragment>(WholeRow(titles, columns, row_height(titles), true));
  out.push_back(*header);
  out.back().keep_with_next = true;

  if (empty) {
    TINHSO_ASSIGN(StyledText text, Text(block.empty));
    Columns one{{frame.x}, {frame.width}, columns.right};
    style.align = Align::kCenter;
    style.italic = true;
    TINHSO_ASSIGN(TextBox box, SetText(text, frame.width - 2 * kCellPadX, style));
    std::vector<TextBox> cells{std::move(box)};
    out.push_back(WholeRow(cells, one, row_height(cells), false));
    return Ok();
  }

  size_t number = 0;
  for (const json::value& item : *rows) {
    Scope scope{scope_.data, &item, ++number};
    std::vector<TextBox> cells;
    for (size_t i = 0; i < block.columns.size(); ++i) {
      style.align = block.columns[i].align;
      TINHSO_ASSIGN(StyledText text, Evaluate(block.columns[i].text, scope));
      TINHSO_ASSIGN(TextBox box, SetText(text, std::max(8.0, columns.width[i] - 2 * kCellPadX), style));
      cells.push_back(std::move(box));
    }
    const double height = row_height(cells);
    Fragments strips;
    if (height > body_height_ * kRowShareMax) {
      strips = CutRow(cells, columns);
    } else {
      strips.push_back(WholeRow(cells, columns, height, false));
    }
    for (Fragment& strip : strips) strip.repeat = header;
    TINHSO_TRY(CheckLength(strips));
    std::move(strips.begin(), strips.end(), std::back_inserter(out));
  }
  return Ok();
}

}  // namespace tinhso::printing
