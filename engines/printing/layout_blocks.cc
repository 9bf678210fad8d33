// Every block except the table. The header's fixed words and lines follow Nghị định 30/2020/NĐ-CP, Phụ lục I.
#include <algorithm>
#include <utility>

#include "layout.h"
#include "qr.h"

namespace tinhso::printing {
namespace {

constexpr const char* kNationalTitle = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM";
constexpr const char* kNationalMotto = "Độc lập - Tự do - Hạnh phúc";
constexpr double kHeaderGapPt = 8;
constexpr double kHeaderRightShareMax = 0.66;
constexpr double kFieldGapPt = 8;
constexpr double kHeadLineSpacing = 1.05;
// A row or column group taller than this share of the page is unstacked, so that it can go over pages.
constexpr double kUnsplitShareMax = 0.8;

TextStyle Centered(double size_pt) {
  TextStyle style;
  style.size_pt = size_pt;
  style.align = Align::kCenter;
  style.line_spacing = kHeadLineSpacing;
  return style;
}

StyledText Plain(std::string text) { return {std::move(text), {}}; }

// A rule below centred text, `share` as long as the text's last line.
void RuleBelow(Fragment& fragment, const TextBox& box, double x, double y, double share) {
  const LineBox& last = box.lines.back();
  double middle = x + last.x + last.width / 2, half = last.width * share / 2;
  fragment.strokes.push_back({middle - half, y, middle + half, y, 0.75, false});
}

// "ỦY BAN NHÂN DÂN TỈNH …" breaks before the kind of unit, as letterheads do, when it does not fit on one
// line.
void BreakBeforeUnit(StyledText& name) {
  size_t best = std::string::npos;
  for (std::string_view kind : {" TỈNH ", " THÀNH PHỐ ", " PHƯỜNG ", " XÃ ", " ĐẶC KHU "}) {
    const size_t at = name.text.rfind(kind);
    if (at == std::string::npos || at == 0 || name.text.compare(at, 9, " XÃ HỘI") == 0) continue;
    if (best == std::string::npos || at > best) best = at;
  }
  if (best != std::string::npos) name.text[best] = '\n';
}

std::string Marker(ListMarker kind, size_t number) {
  switch (kind) {
    case ListMarker::kDash:
      return "-";
    case ListMarker::kPlus:
      return "+";
    case ListMarker::kNumber:
      return std::to_string(number) + ".";
    case ListMarker::kLetter:
      break;
  }
  // Vietnamese lists go a, b, c, d, đ, e, g, h, i, k …
  static const char* const kLetters[] = {"a", "b", "c", "d", "đ", "e", "g", "h", "i", "k", "l", "m",
                                         "n", "o", "p", "q", "r", "s", "t", "u", "v", "x", "y"};
  if (number <= std::size(kLetters)) return std::string(kLetters[number - 1]) + ")";
  return std::to_string(number) + ")";
}

// Who signs by order or under a mandate signs for the head, not for the body as a whole: "TM. …" does not stand above "TL." and "TUQ.",
// as it does above the head's title and "KT." (NĐ 30/2020/NĐ-CP, Art. 13 and App. I).
bool IsByMandate(std::string_view role) { return role.starts_with("TUQ.") || role.starts_with("TL."); }

}  // namespace

Result<Layouter::HeaderFrame> Layouter::MeasureHeader(double size_pt, Frame frame) {
  TextStyle style;
  style.size_pt = size_pt;
  style.bold = true;
  TINHSO_ASSIGN(TextBox title, SetText(Plain(kNationalTitle), 0, style));
  double right = title.widest + 2;
  // On a narrow page the national title stays on one line and gets smaller instead.
  if (right > frame.width * kHeaderRightShareMax) {
    size_pt *= frame.width * kHeaderRightShareMax / right;
    right = frame.width * kHeaderRightShareMax;
  }
  const double left = frame.width - right - kHeaderGapPt;
  return HeaderFrame{frame.x, left, frame.x + frame.width - right, right, size_pt};
}

Status Layouter::Add(const HeaderBlock& block, Frame frame, Fragments& out) {
  TINHSO_ASSIGN(HeaderFrame head, MeasureHeader(block.size_pt, frame));
  TINHSO_ASSIGN(StyledText parent, Text(block.parent, LetterCase::kUpper));
  TINHSO_ASSIGN(StyledText issuer, Text(block.issuer, LetterCase::kUpper));
  Fragment fragment;
  double left_y = 0, right_y = 0;
  TextStyle style = Centered(head.size_pt);
  // Names on the left: on one line if they fit, else broken where a letterhead would.
  auto set_name = [&](StyledText& name) -> Result<TextBox> {
    TINHSO_ASSIGN(TextBox box, SetText(name, head.left_width, style));
    if (box.lines.size() < 2) return box;
    BreakBeforeUnit(name);
    return SetBalanced(name, head.left_width, style);
  };
  if (!parent.Blank()) {
    TINHSO_ASSIGN(TextBox box, set_name(parent));
    Place(fragment, box, head.left_x, left_y);
    left_y += box.height;
  }
  style.bold = true;
  TINHSO_ASSIGN(TextBox own, set_name(issuer));
  Place(fragment, own, head.left_x, left_y);
  left_y += own.height + 2;
  RuleBelow(fragment, own, head.left_x, left_y, 0.4);

  TINHSO_ASSIGN(TextBox title, SetText(Plain(kNationalTitle), head.right_width, style));
  Place(fragment, title, head.right_x, right_y);
  right_y += title.height;
  style.size_pt = head.size_pt + 1;
  TINHSO_ASSIGN(TextBox motto, SetText(Plain(kNationalMotto), head.right_width, style));
  Place(fragment, motto, head.right_x, right_y);
  right_y += motto.height + 2.5;
  RuleBelow(fragment, motto, head.right_x, right_y, 1);
  fragment.height = std::max(left_y, right_y) + 2;
  out.push_back(std::move(fragment));
  return Ok();
}

Status Layouter::Add(const NumberPlaceDateBlock& block, Frame frame, Fragments& out) {
  // The same halves as the header's above, so that number and date stand under them.
  TINHSO_ASSIGN(HeaderFrame head, MeasureHeader(document_.size_pt - 1, frame));
  TINHSO_ASSIGN(StyledText number, Text(block.number));
  TINHSO_ASSIGN(StyledText note, Text(block.note));
  TINHSO_ASSIGN(StyledText place_date, Text(block.place_date));
  TextStyle style = Centered(block.size_pt);
  Fragment fragment;
  double left_y = 0, right_y = 0;
  if (!number.Blank()) {
    TINHSO_ASSIGN(TextBox box, SetText(number, head.left_width, style));
    Place(fragment, box, head.left_x, 0);
    left_y = box.height;
  }
  if (!note.Blank()) {
    TextStyle small = Centered(block.size_pt - 1);
    TINHSO_ASSIGN(TextBox box, SetText(note, head.left_width, small));
    Place(fragment, box, head.left_x, left_y);
    left_y += box.height;
  }
  if (!place_date.Blank()) {
    style.italic = true;
    TINHSO_ASSIGN(TextBox box, SetText(place_date, head.right_width, style));
    Place(fragment, box, head.right_x, 0);
    right_y = box.height;
  }
  fragment.height = std::max(left_y, right_y);
  if (fragment.height > 0) out.push_back(std::move(fragment));
  return Ok();
}

Status Layouter::Add(const TitleBlock& block, Frame frame, Fragments& out) {
  TINHSO_ASSIGN(StyledText text, Text(block.text, block.upper ? LetterCase::kUpper : LetterCase::kAsWritten));
  if (text.Blank()) return Ok();
  TextStyle style = Centered(block.size_pt);
  style.bold = true;
  TINHSO_ASSIGN(TextBox box, SetBalanced(text, frame.width, style));
  out = LinesOf(box, frame.x);
  if (block.rule) {
    Fragment rule;
    rule.height = 4;
    // Two fifths of a long title's width, never less than a visible dash.
    double middle = frame.x + frame.width / 2, half = std::max(30.0, box.lines.back().width * 0.4) / 2;
    rule.strokes.push_back({middle - half, 3, middle + half, 3, 0.75, false});
    out.back().keep_with_next = true;
    out.push_back(std::move(rule));
  }
  return Ok();
}

Status Layouter::Add(const ParagraphBlock& block, Frame frame, Fragments& out) {
  TINHSO_ASSIGN(StyledText text, Text(block.text));
  if (text.Blank()) return Ok();
  TextStyle style;
  style.size_pt = block.size_pt;
  style.align = block.align;
  style.line_spacing = document_.line_spacing;
  style.indent_pt = block.indent_mm * kPointsPerMm;
  const double left = block.left_mm * kPointsPerMm;
  TINHSO_ASSIGN(TextBox box, SetText(text, std::max(frame.width - left, frame.width * 0.2), style));
  out = LinesOf(box, frame.x + left);
  return Ok();
}

Result<Layouter::SetField> Layouter::SetOneField(const Field& field, double width, const FieldsBlock& block) {
  TINHSO_ASSIGN(StyledText text, Text(field.label));
  TINHSO_ASSIGN(StyledText value, Text(field.value));
  text.text += ": ";
  SetField set;
  set.dots = block.fill && value.Blank();
  if (!value.Blank()) {
    const size_t offset = text.text.size();
    text.text += value.text;
    for (const StyleRun& run : value.runs)
      text.runs.push_back({offset + run.begin, offset + run.end, run.bold, run.italic});
  }
  TextStyle style;
  style.size_pt = block.size_pt;
  style.line_spacing = document_.line_spacing;
  // A page of values reads evenly with straight left edges; justified short lines would gape.
  style.align = Align::kLeft;
  TINHSO_ASSIGN(set.box, SetText(text, width, style));
  return set;
}

Status Layouter::Add(const FieldsBlock& block, Frame frame, Fragments& out) {
  const double indent = block.indent_mm * kPointsPerMm;
  const double x0 = frame.x + indent, width = frame.width - indent;
  const double row_gap = document_.paragraph_spacing_pt * 0.5;
  auto dots = [](Fragment& fragment, const SetField& set, double x, double y, double right) {
    if (!set.dots) return;
    const LineBox& last = set.box.lines.back();
    double from = x + last.x + last.width;
    if (right - from > 6) fragment.strokes.push_back({from, y, right, y, 0.6, true});
  };
  for (const auto& row : block.rows) {
    std::vector<const Field*> shown;
    double total = 0;
    for (const Field& field : row) {
      if (field.when && !Holds(*field.when, scope_)) continue;
      shown.push_back(&field);
      total += field.width;
    }
    if (shown.empty()) continue;
    if (!out.empty() && row_gap > 0) {
      Fragment space;
      space.height = row_gap;
      space.space = true;
      space.keep_with_next = out.back().keep_with_next;
      out.push_back(std::move(space));
    }
    if (shown.size() > 1) {
      Fragment fragment;
      double x = x0;
      for (const Field* field : shown) {
        const double cell =
            (width - kFieldGapPt * static_cast<double>(shown.size() - 1)) * field->width / total;
        TINHSO_ASSIGN(SetField set, SetOneField(*field, cell, block));
        Place(fragment, set.box, x, 0);
        dots(fragment, set, x, set.box.lines.back().baseline, x + cell);
        fragment.height = std::max(fragment.height, set.box.height);
        x += cell + kFieldGapPt;
      }
      if (fragment.height <= body_height_ * kUnsplitShareMax) {
        out.push_back(std::move(fragment));
        continue;
      }
    }
    for (const Field* field : shown) {
      TINHSO_ASSIGN(SetField set, SetOneField(*field, width, block));
      Fragments strips = LinesOf(set.box, x0);
      const LineBox& last = set.box.lines.back();
      dots(strips.back(), set, x0, last.baseline - last.top, x0 + width);
      std::move(strips.begin(), strips.end(), std::back_inserter(out));
    }
  }
  return Ok();
}

Status Layouter::AddItem(const TextTemplate& source, const Scope& scope, size_t number,
                         const ListBlock& block, Frame frame, Fragments& out) {
  TINHSO_ASSIGN(StyledText text, Evaluate(source, scope));
  TextStyle style;
  style.size_pt = block.size_pt;
  style.line_spacing = document_.line_spacing;
  TINHSO_ASSIGN(TextBox marker, SetText(Plain(Marker(block.marker, number)), 0, style));
  const double indent = block.indent_mm * kPointsPerMm;
  const double hang =
      std::max(block.size_pt * (block.marker == ListMarker::kDash ? 0.7 : 1.4), marker.widest + 3);
  TINHSO_ASSIGN(TextBox box, SetText(text, frame.width - indent - hang, style));
  Fragments strips = LinesOf(box, frame.x + indent + hang);
  strips.front().lines.push_back({marker.layout, 0, frame.x + indent, strips.front().lines.front().baseline});
  // The marker is read before its text when text is copied out of the PDF.
  std::swap(strips.front().lines.front(), strips.front().lines.back());
  TINHSO_TRY(CheckLength(strips));
  std::move(strips.begin(), strips.end(), std::back_inserter(out));
  return Ok();
}

Status Layouter::Add(const ListBlock& block, Frame frame, Fragments& out) {
  size_t number = 0;
  if (!block.items) {
    for (const TextTemplate& item : block.fixed_items) {
      TINHSO_TRY(AddItem(item, scope_, ++number, block, frame, out));
    }
    return Ok();
  }
  const json::value* items = Find(*block.items, scope_);
  if (items == nullptr || items->if_array() == nullptr) return Ok();
  for (const json::value& item : items->get_array()) {
    Scope scope{scope_.data, &item, ++number};
    TINHSO_TRY(AddItem(block.text, scope, number, block, frame, out));
  }
  return Ok();
}

Status Layouter::Add(const SignatureBlock& block, Frame frame, Fragments& out) {
  double total = 0;
  for (const auto& column : block.columns) total += column.width;
  struct Heads {
    double x, width;
    TextBox name;
  };
  std::vector<Heads> heads;
  Fragment fragment;
  double heads_height = 0, names_height = 0;
  double x = frame.x;
  for (const SignatureColumn& column : block.columns) {
    const double width = frame.width * column.width / total;
    double y = 0;
    struct Part {
      const TextTemplate& source;
      bool bold, italic;
      double size_pt;
    };
    const Part parts[] = {{column.date, false, true, block.size_pt},
                          {column.authority, true, false, block.size_pt},
                          {column.role, true, false, block.size_pt},
                          {column.note, false, true, block.size_pt - 1}};
    TINHSO_ASSIGN(const StyledText role, Text(column.role));
    for (const Part& part : parts) {
      TINHSO_ASSIGN(StyledText text, Text(part.source));
      if (text.Blank()) continue;
      if (&part.source == &column.authority && text.text.starts_with("TM.") && IsByMandate(role.text)) continue;
      TextStyle style = Centered(part.size_pt);
      style.bold = part.bold;
      style.italic = part.italic;
      TINHSO_ASSIGN(TextBox box, SetText(text, width, style));
      Place(fragment, box, x, y);
      y += box.height;
    }
    heads_height = std::max(heads_height, y);
    TINHSO_ASSIGN(StyledText name, Text(column.name));
    TextStyle style = Centered(block.size_pt);
    style.bold = true;
    TINHSO_ASSIGN(TextBox box, SetText(name, width, style));
    if (!name.Blank()) names_height = std::max(names_height, box.height);
    heads.push_back({x, width, std::move(box)});
    x += width;
  }
  const double names_y = heads_height + block.gap_mm * kPointsPerMm;
  for (const Heads& head : heads) Place(fragment, head.name, head.x, names_y);
  fragment.height = names_y + names_height;
  out.push_back(std::move(fragment));
  return Ok();
}

Status Layouter::Add(const QrBlock& block, Frame frame, Fragments& out) {
  TINHSO_ASSIGN(StyledText data, Text(block.data));
  if (data.Blank()) return Ok();
  const double size = block.size_mm * kPointsPerMm;
  TINHSO_ASSIGN(QrSquares squares, MakeQr(data.text, size));
  const double width = std::max(size, std::min(frame.width, size * 2.2));
  double x = frame.x;
  if (block.align == Align::kCenter) x += (frame.width - size) / 2;
  if (block.align == Align::kRight) x += frame.width - size;
  // ISO/IEC 18004 asks for four clear modules around; readers accept two, and the columns' gap gives the
  // rest.
  const double quiet = squares.module * 2;
  Fragment fragment;
  for (Rect fill : squares.fills) {
    fill.x += x;
    fill.y += quiet;
    fragment.fills.push_back(fill);
  }
  fragment.height = size + quiet * 2;
  TINHSO_ASSIGN(StyledText caption, Text(block.caption));
  if (!caption.Blank()) {
    TextStyle style;
    style.size_pt = block.caption_size_pt;
    style.align = block.align;
    style.line_spacing = kHeadLineSpacing;
    const double caption_width = block.align == Align::kCenter ? frame.width : width;
    double caption_x = frame.x;
    if (block.align == Align::kRight) caption_x += frame.width - width;
    TINHSO_ASSIGN(TextBox box, SetText(caption, caption_width, style));
    Place(fragment, box, caption_x, fragment.height);
    fragment.height += box.height;
  }
  out.push_back(std::move(fragment));
  return Ok();
}

Status Layouter::Add(const RuleBlock& block, Frame frame, Fragments& out) {
  Fragment fragment;
  fragment.height = 1;
  const double half = frame.width * block.width_percent / 200, middle = frame.x + frame.width / 2;
  fragment.strokes.push_back({middle - half, 0.5, middle + half, 0.5, 0.5, false});
  out.push_back(std::move(fragment));
  return Ok();
}

Status Layouter::Add(const SpacerBlock& block, Frame, Fragments& out) {
  Fragment fragment;
  fragment.height = block.height_mm * kPointsPerMm;
  fragment.space = true;
  if (fragment.height > 0) out.push_back(std::move(fragment));
  return Ok();
}

Status Layouter::Add(const ColumnsBlock& block, Frame frame, Fragments& out) {
  double total = 0;
  for (const auto& column : block.columns) total += column.width;
  const double gap = block.gap_mm * kPointsPerMm;
  const double usable = frame.width - gap * static_cast<double>(block.columns.size() - 1);
  Fragment beside;
  double x = frame.x;
  for (const ColumnOfBlocks& column : block.columns) {
    const double width = usable * column.width / total;
    Fragments strips;
    TINHSO_TRY(AddBlocks(column.blocks, x, width, strips));
    Fragment stacked = Stack(strips);
    std::move(stacked.lines.begin(), stacked.lines.end(), std::back_inserter(beside.lines));
    std::move(stacked.strokes.begin(), stacked.strokes.end(), std::back_inserter(beside.strokes));
    std::move(stacked.fills.begin(), stacked.fills.end(), std::back_inserter(beside.fills));
    beside.height = std::max(beside.height, stacked.height);
    x += width + gap;
  }
  if (beside.height <= body_height_ * kUnsplitShareMax) {
    if (beside.height > 0) out.push_back(std::move(beside));
    return Ok();
  }
  for (const ColumnOfBlocks& column : block.columns) {
    TINHSO_TRY(AddBlocks(column.blocks, frame.x, frame.width, out));
  }
  return Ok();
}

}  // namespace tinhso::printing
