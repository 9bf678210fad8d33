// Blocks → fragments: strips of the page, as wide as the text area, that paginate.cc stacks onto pages.
// All lengths here are points.
#pragma once
#include <pango/pango.h>

#include <memory>
#include <string>
#include <vector>

#include "template.h"

namespace tinhso::printing {

struct TextLine {
  std::shared_ptr<PangoLayout>
      layout;  // keeps the line's text alive, without which the PDF's text cannot be extracted
  int index = 0;
  double x = 0, baseline = 0;
};
struct Stroke {
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0, width = 0.5;
  bool dotted = false;
};
struct Rect {
  double x = 0, y = 0, width = 0, height = 0;
};

struct Fragment {
  double height = 0;
  std::vector<TextLine> lines;
  std::vector<Stroke> strokes;
  std::vector<Rect> fills;
  bool keep_with_next = false;
  bool space = false;                      // dropped at the top of a page
  std::shared_ptr<const Fragment> repeat;  // a table's header, set again when the fragment opens a page
  std::vector<Stroke> at_page_top, at_page_bottom;  // close a row that goes on over a page
};
using Fragments = std::vector<Fragment>;

struct TextStyle {
  double size_pt = 13;
  Align align = Align::kLeft;
  bool bold = false, italic = false;
  double indent_pt = 0;
  double line_spacing = 1.15;
};

// One text set in a width.
struct LineBox {
  double x = 0, width = 0, top = 0, height = 0, baseline = 0;
};
struct TextBox {
  std::shared_ptr<PangoLayout> layout;
  std::vector<LineBox> lines;
  double height = 0, widest = 0;
};

void MoveBy(Fragment& fragment, double dy);
// Puts `upper`'s strips below one another into one that is not split.
Fragment Stack(const Fragments& strips);
// Draws all of `box` into the fragment with its top left at (x, y).
void Place(Fragment& fragment, const TextBox& box, double x, double y);
// One strip per line of the box; the first two and the last two lines stay together (no widows, no orphans).
Fragments LinesOf(const TextBox& box, double x);

class Layouter {
 public:
  Layouter(const Document& document, const json::object& data, std::string family,
           std::shared_ptr<PangoContext> context);

  double BodyWidth() const { return body_width_; }
  double BodyHeight() const { return body_height_; }
  void SetBodyHeight(double height) { body_height_ = height; }

  Status AddBlocks(const std::vector<BlockPtr>& blocks, double x, double width, Fragments& out);
  Result<TextBox> SetText(const StyledText& text, double width, const TextStyle& style);
  // As SetText for centred heads: lines of about equal length instead of a long one and a leftover word.
  Result<TextBox> SetBalanced(const StyledText& text, double width, const TextStyle& style);
  Result<StyledText> Text(const TextTemplate& source, LetterCase letters = LetterCase::kAsWritten) const;
  const Scope& DataScope() const { return scope_; }

 private:
  struct Frame {
    double x, width;
  };
  Status Add(const HeaderBlock& block, Frame frame, Fragments& out);
  Status Add(const NumberPlaceDateBlock& block, Frame frame, Fragments& out);
  Status Add(const TitleBlock& block, Frame frame, Fragments& out);
  Status Add(const ParagraphBlock& block, Frame frame, Fragments& out);
  Status Add(const FieldsBlock& block, Frame frame, Fragments& out);
  Status Add(const TableBlock& block, Frame frame, Fragments& out);
  Status Add(const ListBlock& block, Frame frame, Fragments& out);
  Status Add(const SignatureBlock& block, Frame frame, Fragments& out);
  Status Add(const QrBlock& block, Frame frame, Fragments& out);
  Status Add(const RuleBlock& block, Frame frame, Fragments& out);
  Status Add(const SpacerBlock& block, Frame frame, Fragments& out);
  Status Add(const ColumnsBlock& block, Frame frame, Fragments& out);

  // Where the left and right halves of the header stand, the same for the number and the date below it.
  struct HeaderFrame {
    double left_x, left_width, right_x, right_width, size_pt;
  };
  Result<HeaderFrame> MeasureHeader(double size_pt, Frame frame);
  struct SetField {
    TextBox box;
    bool dots = false;
  };
  Result<SetField> SetOneField(const Field& field, double width, const FieldsBlock& block);
  Status AddItem(const TextTemplate& text, const Scope& scope, size_t number, const ListBlock& block,
                 Frame frame, Fragments& out);
  Status CheckLength(const Fragments& added);

  const Document& document_;
  Scope scope_;
  std::string family_;
  std::shared_ptr<PangoContext> context_;
  double body_width_ = 0, body_height_ = 0;
  size_t text_bytes_ = 0;
  double height_added_ = 0;
};

}  // namespace tinhso::printing
