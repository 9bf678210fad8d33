// Render: lay out, paginate, draw with Cairo.
#include "printing.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include <algorithm>

#include "base/clock.h"
#include "base/text.h"
#include "fonts.h"
#include "layout.h"
#include "paginate.h"

namespace tinhso::printing {
namespace {

constexpr double kFooterGapPt = 4;
constexpr double kDotEveryPt = 2.6;
// A fixed moment for templates that name none: Cairo would otherwise write the machine's clock into the file.
constexpr const char* kNoCreationTime = "2000-01-01T00:00:00Z";

cairo_status_t Append(void* to, const unsigned char* bytes, unsigned int length) {
  static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(bytes), length);
  return CAIRO_STATUS_SUCCESS;
}

void DrawStroke(cairo_t* cr, const Stroke& stroke, double x, double y) {
  cairo_save(cr);
  cairo_set_line_width(cr, stroke.width);
  if (stroke.dotted) {
    // Dots as dashes of no length with round ends, so that they are drawn and never extracted as text.
    const double dashes[] = {0, kDotEveryPt};
    cairo_set_dash(cr, dashes, 2, 0);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
  }
  cairo_move_to(cr, x + stroke.x1, y + stroke.y1);
  cairo_line_to(cr, x + stroke.x2, y + stroke.y2);
  cairo_stroke(cr);
  cairo_restore(cr);
}

void DrawFragment(cairo_t* cr, const Placed& placed, double x, double y) {
  const Fragment& fragment = *placed.fragment;
  y += placed.y;
  for (const TextLine& line : fragment.lines) {
    cairo_move_to(cr, x + line.x, y + line.baseline);
    pango_cairo_show_layout_line(cr, pango_layout_get_line_readonly(line.layout.get(), line.index));
  }
  for (const Stroke& stroke : fragment.strokes) DrawStroke(cr, stroke, x, y);
  if (placed.first_on_page) {
    for (const Stroke& stroke : fragment.at_page_top) DrawStroke(cr, stroke, x, y);
  }
  if (placed.last_on_page) {
    for (const Stroke& stroke : fragment.at_page_bottom) DrawStroke(cr, stroke, x, y);
  }
  if (!fragment.fills.empty()) {
    // One path, one fill: separate fills would leave hairlines between the modules of a QR code on screen.
    for (const Rect& fill : fragment.fills)
      cairo_rectangle(cr, x + fill.x, y + fill.y, fill.width, fill.height);
    cairo_fill(cr);
  }
}

Status SetMetadata(cairo_surface_t* surface, const Document& document, const Layouter& layouter) {
  const std::pair<cairo_pdf_metadata_t, const TextTemplate*> entries[] = {
      {CAIRO_PDF_METADATA_TITLE, &document.pdf_title},
      {CAIRO_PDF_METADATA_AUTHOR, &document.pdf_author},
      {CAIRO_PDF_METADATA_SUBJECT, &document.pdf_subject}};
  for (const auto& [key, source] : entries) {
    TINHSO_ASSIGN(StyledText text, layouter.Text(*source));
    if (!text.Blank()) cairo_pdf_surface_set_metadata(surface, key, text::Trim(text.text).c_str());
  }
  TINHSO_ASSIGN(StyledText created, layouter.Text(document.pdf_created_at));
  std::string created_at = kNoCreationTime;
  if (ParseTime(created.text)) {
    created_at = created.text;
  } else if (ParseDate(created.text)) {
    created_at = created.text + "T00:00:00+07:00";
  }
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, created_at.c_str());
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Tỉnh Số");
  return Ok();
}

// Nghị định 30/2020 App. I: Arabic numerals, centred in the top margin, not on the first page.
Status DrawPageNumber(cairo_t* cr, const Document& document, Layouter& layouter, size_t number,
                      size_t total) {
  if (document.page_numbers == PageNumbers::kNone || number < 2) return Ok();
  StyledText text;
  text.text = std::to_string(number);
  if (document.page_numbers == PageNumbers::kNumberOfTotal) text.text += "/" + std::to_string(total);
  TextStyle style;
  style.size_pt = document.size_pt;
  style.align = Align::kCenter;
  style.line_spacing = 1;
  TINHSO_ASSIGN(TextBox box, layouter.SetText(text, layouter.BodyWidth(), style));
  Fragment fragment;
  Place(fragment, box, 0, 0);
  const double top = document.page.top_mm * kPointsPerMm;
  DrawFragment(cr, {&fragment, 0, false, false}, document.page.left_mm * kPointsPerMm,
               std::max(0.0, (top - box.height) * 0.6));
  return Ok();
}

Status Draw(cairo_t* cr, const Document& document, Layouter& layouter, const std::vector<PlacedPage>& pages,
            const Fragment& footer) {
  const double x = document.page.left_mm * kPointsPerMm, y = document.page.top_mm * kPointsPerMm;
  const double footer_y = (document.page.height_mm - document.page.bottom_mm) * kPointsPerMm - footer.height;
  for (size_t i = 0; i < pages.size(); ++i) {
    TINHSO_TRY(DrawPageNumber(cr, document, layouter, i + 1, pages.size()));
    for (const Placed& placed : pages[i]) DrawFragment(cr, placed, x, y);
    if (footer.height > 0) DrawFragment(cr, {&footer, 0, false, false}, x, footer_y);
    cairo_show_page(cr);
  }
  return Ok();
}

}  // namespace

Result<std::string> Render(const Template& print_template, const json::object& data) {
  const Document& document = *print_template.document;
  TINHSO_ASSIGN(std::string family, FontFamily(document.font));
  Layouter layouter(document, data, std::move(family), NewTextContext());

  Fragment footer;
  TINHSO_ASSIGN(StyledText footer_text, layouter.Text(document.footer));
  if (!footer_text.Blank()) {
    TextStyle style;
    style.size_pt = document.footer_size_pt;
    style.align = Align::kCenter;
    style.italic = true;
    style.line_spacing = 1.05;
    TINHSO_ASSIGN(TextBox box, layouter.SetText(footer_text, layouter.BodyWidth(), style));
    footer.strokes.push_back({0, 2, layouter.BodyWidth(), 2, 0.4, false});
    Place(footer, box, 0, kFooterGapPt);
    footer.height = box.height + kFooterGapPt;
    if (footer.height > layouter.BodyHeight() / 4)
      return MakeError(ErrorCode::kTooLarge, "document_too_long", "the footer fills the page");
    layouter.SetBodyHeight(layouter.BodyHeight() - footer.height - kFooterGapPt);
  }

  Fragments fragments;
  TINHSO_TRY(layouter.AddBlocks(document.blocks, 0, layouter.BodyWidth(), fragments));
  TINHSO_ASSIGN(std::vector<PlacedPage> pages, Paginate(fragments, layouter.BodyHeight()));

  std::string bytes;
  std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface(
      cairo_pdf_surface_create_for_stream(Append, &bytes, document.page.width_mm * kPointsPerMm,
                                          document.page.height_mm * kPointsPerMm),
      cairo_surface_destroy);
  cairo_pdf_surface_restrict_to_version(surface.get(), CAIRO_PDF_VERSION_1_5);
  TINHSO_TRY(SetMetadata(surface.get(), document, layouter));
  std::unique_ptr<cairo_t, decltype(&cairo_destroy)> cr(cairo_create(surface.get()), cairo_destroy);
  TINHSO_TRY(Draw(cr.get(), document, layouter, pages, footer));
  cr.reset();
  cairo_surface_finish(surface.get());
  if (auto status = cairo_surface_status(surface.get()); status != CAIRO_STATUS_SUCCESS)
    return MakeError(ErrorCode::kInternal, "print_failed", cairo_status_to_string(status));
  return bytes;
}

}  // namespace tinhso::printing
