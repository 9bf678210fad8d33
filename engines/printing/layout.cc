// Setting text with Pango, and what every block shares.
#include "layout.h"

#include <algorithm>
#include <utility>

namespace tinhso::printing {
namespace {

double Points(int pango_units) { return static_cast<double>(pango_units) / PANGO_SCALE; }

PangoAlignment PangoAlign(Align align) {
  switch (align) {
    case Align::kCenter:
      return PANGO_ALIGN_CENTER;
    case Align::kRight:
      return PANGO_ALIGN_RIGHT;
    case Align::kLeft:
    case Align::kJustify:
      break;
  }
  return PANGO_ALIGN_LEFT;
}

void AddRun(PangoAttrList* list, PangoAttribute* attribute, const StyleRun& run) {
  attribute->start_index = static_cast<guint>(run.begin);
  attribute->end_index = static_cast<guint>(run.end);
  pango_attr_list_insert(list, attribute);
}

// The last two words stay on one line, if they are short: "Cà Mau" cut in two reads badly. An attribute and
// not a no-break space, so that text copied out of the PDF has plain spaces.
void KeepLastWords(PangoAttrList* list, const std::string& text) {
  constexpr size_t kBytesMax = 24;
  const size_t end = text.find_last_not_of(" \n");
  if (end == std::string::npos) return;
  const size_t last = text.find_last_of(" \n", end);
  if (last == std::string::npos || last == 0 || text[last] != ' ') return;
  const size_t before = text.find_last_of(" \n", last - 1);
  if (before == std::string::npos || text[before] != ' ' || end - before > kBytesMax) return;
  AddRun(list, pango_attr_allow_breaks_new(FALSE), {before + 1, end + 1, false, false});
}

}  // namespace

void MoveBy(Fragment& fragment, double dy) {
  for (auto& line : fragment.lines) line.baseline += dy;
  for (auto& stroke : fragment.strokes) {
    stroke.y1 += dy;
    stroke.y2 += dy;
  }
  for (auto& fill : fragment.fills) fill.y += dy;
}

Fragment Stack(const Fragments& strips) {
  Fragment whole;
  for (Fragment strip : strips) {
    MoveBy(strip, whole.height);
    std::move(strip.lines.begin(), strip.lines.end(), std::back_inserter(whole.lines));
    std::move(strip.strokes.begin(), strip.strokes.end(), std::back_inserter(whole.strokes));
    std::move(strip.fills.begin(), strip.fills.end(), std::back_inserter(whole.fills));
    whole.height += strip.height;
  }
  return whole;
}

void Place(Fragment& fragment, const TextBox& box, double x, double y) {
  for (size_t i = 0; i < box.lines.size(); ++i) {
    fragment.lines.push_back(
        {box.layout, static_cast<int>(i), x + box.lines[i].x, y + box.lines[i].baseline});
  }
}

Fragments LinesOf(const TextBox& box, double x) {
  Fragments strips;
  const size_t n = box.lines.size();
  for (size_t i = 0; i < n; ++i) {
    const LineBox& line = box.lines[i];
    Fragment strip;
    strip.height = line.height;
    strip.lines.push_back({box.layout, static_cast<int>(i), x + line.x, line.baseline - line.top});
    strip.keep_with_next = n > 1 && (i == 0 || i + 2 == n);
    strips.push_back(std::move(strip));
  }
  return strips;
}

Layouter::Layouter(const Document& document, const json::object& data, std::string family,
                   std::shared_ptr<PangoContext> context)
    : document_(document), family_(std::move(family)), context_(std::move(context)) {
  scope_.data = &data;
  const Page& page = document.page;
  body_width_ = (page.width_mm - page.left_mm - page.right_mm) * kPointsPerMm;
  body_height_ = (page.height_mm - page.top_mm - page.bottom_mm) * kPointsPerMm;
}

Result<StyledText> Layouter::Text(const TextTemplate& source, LetterCase letters) const {
  return Evaluate(source, scope_, letters);
}

Result<TextBox> Layouter::SetText(const StyledText& text, double width, const TextStyle& style) {
  text_bytes_ += text.text.size();
  if (text_bytes_ > kTextBytesMax)
    return MakeError(ErrorCode::kTooLarge, "document_too_long", "too much text");
  TextBox box;
  box.layout.reset(pango_layout_new(context_.get()), g_object_unref);
  PangoLayout* layout = box.layout.get();
  // A direction guessed from the data could turn a whole line round.
  pango_layout_set_auto_dir(layout, FALSE);
  std::unique_ptr<PangoFontDescription, decltype(&pango_font_description_free)> font(
      pango_font_description_new(), pango_font_description_free);
  pango_font_description_set_family(font.get(), family_.c_str());
  pango_font_description_set_size(font.get(), static_cast<int>(style.size_pt * PANGO_SCALE));
  if (style.bold) pango_font_description_set_weight(font.get(), PANGO_WEIGHT_BOLD);
  if (style.italic) pango_font_description_set_style(font.get(), PANGO_STYLE_ITALIC);
  pango_layout_set_font_description(layout, font.get());
  pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
  if (width > 0) pango_layout_set_width(layout, static_cast<int>(width * PANGO_SCALE));
  pango_layout_set_alignment(layout, PangoAlign(style.align));
  pango_layout_set_justify(layout, style.align == Align::kJustify);
  if (style.indent_pt > 0) pango_layout_set_indent(layout, static_cast<int>(style.indent_pt * PANGO_SCALE));
  pango_layout_set_line_spacing(layout, static_cast<float>(style.line_spacing));
  PangoAttrList* attributes = pango_attr_list_new();
  for (const StyleRun& run : text.runs) {
    if (run.bold) AddRun(attributes, pango_attr_weight_new(PANGO_WEIGHT_BOLD), run);
    if (run.italic) AddRun(attributes, pango_attr_style_new(PANGO_STYLE_ITALIC), run);
  }
  KeepLastWords(attributes, text.text);
  pango_layout_set_attributes(layout, attributes);
  pango_attr_list_unref(attributes);
  pango_layout_set_text(layout, text.text.data(), static_cast<int>(text.text.size()));

  std::unique_ptr<PangoLayoutIter, decltype(&pango_layout_iter_free)> iter(pango_layout_get_iter(layout),
                                                                           pango_layout_iter_free);
  do {
    PangoRectangle logical;
    int top = 0, bottom = 0;
    pango_layout_iter_get_line_extents(iter.get(), nullptr, &logical);
    pango_layout_iter_get_line_yrange(iter.get(), &top, &bottom);
    LineBox line;
    line.x = Points(logical.x);
    line.width = Points(logical.width);
    line.top = Points(top);
    line.height = Points(bottom - top);
    line.baseline = Points(pango_layout_iter_get_baseline(iter.get()));
    box.widest = std::max(box.widest, line.width);
    box.height = line.top + line.height;
    box.lines.push_back(line);
  } while (pango_layout_iter_next_line(iter.get()));
  return box;
}

Result<TextBox> Layouter::SetBalanced(const StyledText& text, double width, const TextStyle& style) {
  TINHSO_ASSIGN(TextBox box, SetText(text, width, style));
  if (box.lines.size() < 2 || box.lines.size() > 6) return box;
  // The narrowest width that needs no more lines than the full one.
  double narrow = width / 3, wide = width;
  for (int step = 0; step < 8; ++step) {
    const double middle = (narrow + wide) / 2;
    TINHSO_ASSIGN(TextBox tried, SetText(text, middle, style));
    if (tried.lines.size() > box.lines.size() || tried.widest > middle) {
      narrow = middle;
    } else {
      wide = middle;
    }
  }
  TINHSO_ASSIGN(TextBox balanced, SetText(text, wide, style));
  for (LineBox& line : balanced.lines) line.x += (width - wide) / 2;
  return balanced;
}

Status Layouter::CheckLength(const Fragments& added) {
  for (const Fragment& fragment : added) height_added_ += fragment.height;
  // Nested blocks count again in their parent, so this only stops early what is far too long; pages are
  // counted later.
  if (height_added_ > 4 * static_cast<double>(kPagesMax) * body_height_)
    return MakeError(ErrorCode::kTooLarge, "document_too_long",
                     "more than " + std::to_string(kPagesMax) + " pages");
  return Ok();
}

Status Layouter::AddBlocks(const std::vector<BlockPtr>& blocks, double x, double width, Fragments& out) {
  for (const BlockPtr& block : blocks) {
    if (block->when && !Holds(*block->when, scope_)) continue;
    Fragments added;
    const Frame frame{x, width};
    TINHSO_TRY(std::visit([&](const auto& body) { return Add(body, frame, added); }, block->body));
    if (added.empty()) continue;
    TINHSO_TRY(CheckLength(added));
    // A signature never stands alone on a page: it takes the lines before it along.
    if (std::holds_alternative<SignatureBlock>(block->body)) {
      for (size_t i = out.size(); i-- > 0;) {
        out[i].keep_with_next = true;
        if (!out[i].space) break;
      }
    }
    if (block->space_before_pt > 0 && !out.empty()) {
      Fragment space;
      space.height = block->space_before_pt;
      space.space = true;
      space.keep_with_next = out.back().keep_with_next;
      out.push_back(std::move(space));
    }
    if (block->keep_with_next) {
      for (Fragment& fragment : added) fragment.keep_with_next = true;
    }
    std::move(added.begin(), added.end(), std::back_inserter(out));
  }
  return Ok();
}

}  // namespace tinhso::printing
