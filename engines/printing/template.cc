// YAML → Document. Every mistake a pack author can make is said with its file and line; unknown keys are
// mistakes.
#include "template.h"

#include <yaml-cpp/yaml.h>

#include <set>
#include <utility>

#include "base/clock.h"
#include "base/text.h"

namespace tinhso::printing {
namespace {

// Inside this file only: unwinds to Parse, which turns it into an Error.
struct Problem {
  int line;
  std::string message;
};

int LineOf(const YAML::Node& node) { return node.Mark().line + 1; }

// One mapping of the template: remembers the keys it was asked for and refuses the rest.
class Mapping {
 public:
  Mapping(const YAML::Node& node, std::string_view what) : node_(node), what_(what) {
    if (!node.IsMap()) throw Problem{LineOf(node), what_ + " must be a mapping"};
    std::set<std::string> keys;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) throw Problem{LineOf(entry.first), "a key must be a plain word"};
      if (!keys.insert(entry.first.Scalar()).second)
        throw Problem{LineOf(entry.first), "key '" + entry.first.Scalar() + "' stands twice"};
    }
  }

  std::optional<YAML::Node> Find(const std::string& key) {
    asked_.insert(key);
    for (const auto& entry : node_) {
      if (entry.first.Scalar() == key) return entry.second;
    }
    return std::nullopt;
  }

  YAML::Node Need(const std::string& key) {
    if (auto found = Find(key)) return *found;
    throw Problem{LineOf(node_), what_ + " needs '" + key + "'"};
  }

  std::string Word(const std::string& key, std::string fallback) {
    auto found = Find(key);
    if (!found) return fallback;
    if (!found->IsScalar()) throw Problem{LineOf(*found), "'" + key + "' must be a text"};
    return found->Scalar();
  }

  double Number(const std::string& key, double fallback, double min, double max) {
    auto found = Find(key);
    if (!found) return fallback;
    double value = 0;
    if (!found->IsScalar() || !YAML::convert<double>::decode(*found, value) ||
        !(value >= min && value <= max)) {
      throw Problem{LineOf(*found),
                    "'" + key + "' must be a number from " + Trimmed(min) + " to " + Trimmed(max)};
    }
    return value;
  }

  bool Flag(const std::string& key, bool fallback) {
    auto found = Find(key);
    if (!found) return fallback;
    if (found->IsScalar() && found->Scalar() == "true") return true;
    if (found->IsScalar() && found->Scalar() == "false") return false;
    throw Problem{LineOf(*found), "'" + key + "' must be true or false"};
  }

  template <class T>
  T Choice(const std::string& key, T fallback, std::initializer_list<std::pair<const char*, T>> choices) {
    auto found = Find(key);
    if (!found) return fallback;
    std::string names;
    for (const auto& [name, value] : choices) {
      if (found->IsScalar() && found->Scalar() == name) return value;
      names += names.empty() ? name : std::string(", ") + name;
    }
    throw Problem{LineOf(*found), "'" + key + "' must be one of " + names};
  }

  // After the last question: what nobody asked for is a mistake.
  void Finish() const {
    for (const auto& entry : node_) {
      if (!asked_.count(entry.first.Scalar()))
        throw Problem{LineOf(entry.first), "unknown key '" + entry.first.Scalar() + "' in " + what_};
    }
  }

  int Line() const { return LineOf(node_); }

 private:
  static std::string Trimmed(double d) {
    std::string s = std::to_string(d);
    s.erase(s.find_last_not_of('0') + 1);
    if (s.back() == '.') s.pop_back();
    return s;
  }

  YAML::Node node_;
  std::string what_;
  std::set<std::string> asked_;
};

constexpr auto kAligns = {std::pair{"left", Align::kLeft}, std::pair{"center", Align::kCenter},
                          std::pair{"right", Align::kRight}, std::pair{"justify", Align::kJustify}};
constexpr double kSizeMinPt = 5, kSizeMaxPt = 36;
constexpr size_t kColumnsMax = 12;
constexpr int kColumnsDepthMax = 2;

class TemplateReader {
 public:
  explicit TemplateReader(Document& document) : document_(document) {}

  void Read(const YAML::Node& root) {
    Mapping top(root, "a template");
    auto& info = document_.info;
    info.code = top.Need("template").IsScalar() ? top.Word("template", "") : "";
    if (info.code.empty()) throw Problem{top.Line(), "'template' must be the template's code"};
    info.form = top.Word("form", "");
    info.law = top.Word("law", "");
    info.valid_from = ReadDay(top, "valid_from");
    info.valid_to = ReadDay(top, "valid_to");
    info.uses_form = top.Word("uses_form", "");
    if (auto slip = top.Find("slip")) ReadSlip(*slip);
    if (auto page = top.Find("page")) ReadPage(*page);
    if (auto font = top.Find("font")) ReadFont(*font);
    if (auto pdf = top.Find("pdf")) {
      Mapping in(*pdf, "pdf");
      document_.pdf_title = OptionalText(in, "title");
      document_.pdf_author = OptionalText(in, "author");
      document_.pdf_subject = OptionalText(in, "subject");
      document_.pdf_created_at = OptionalText(in, "created_at");
      in.Finish();
    }
    document_.page_numbers = top.Choice("page_numbers", PageNumbers::kNumber,
                                        {{"none", PageNumbers::kNone},
                                         {"number", PageNumbers::kNumber},
                                         {"number_of_total", PageNumbers::kNumberOfTotal}});
    if (auto footer = top.Find("footer")) {
      Mapping in(*footer, "footer");
      document_.footer = NeedText(in, "text");
      document_.footer_size_pt = Size(in, 9);
      in.Finish();
    }
    document_.blocks = Blocks(top.Need("blocks"), 0);
    top.Finish();
    if (!info.uses_form.empty()) return;
    for (const PathUse& use : document_.paths) {
      // Without the form's name nobody could check that the form has the field.
      if (text::StartsWith(use.path, "form.") || text::StartsWith(use.path, "form_text."))
        throw Problem{use.line, "'" + use.path + "' is a form's field: say which form in 'uses_form'"};
    }
  }

 private:
  static std::string ReadDay(Mapping& in, const std::string& key) {
    std::string day = in.Word(key, "");
    if (!day.empty() && !ParseDate(day))
      throw Problem{LineOf(*in.Find(key)), "'" + key + "' must be a date like 2025-07-01"};
    return day;
  }

  void ReadSlip(const YAML::Node& node) {
    Mapping in(node, "slip");
    auto& info = document_.info;
    info.slip_no = in.Word("no", "");
    info.slip_records = in.Choice<std::string>("records", "", {{"receipt", "receipt"}, {"supplement", "supplement"},
        {"refusal", "refusal"}, {"apology", "apology"}, {"stop", "stop"}, {"control", "control"}, {"register", "register"}});
    info.slip_title_vi = in.Word("vi", "");
    info.slip_title_en = in.Word("en", "");
    if (info.slip_no.size() != 2 || info.slip_records.empty() || info.slip_title_vi.empty() || info.slip_title_en.empty())
      throw Problem{LineOf(node), "'slip' needs 'no' of two digits, 'records', 'vi' and 'en'"};
    in.Finish();
  }

  void ReadPage(const YAML::Node& node) {
    Mapping in(node, "page");
    Page& page = document_.page;
    bool a5 = in.Choice("size", false, {{"A4", false}, {"A5", true}});
    page.width_mm = a5 ? 148 : 210;
    page.height_mm = a5 ? 210 : 297;
    if (in.Choice("orientation", false, {{"portrait", false}, {"landscape", true}}))
      std::swap(page.width_mm, page.height_mm);
    if (auto margins = in.Find("margins_mm")) {
      Mapping m(*margins, "margins_mm");
      page.top_mm = m.Number("top", page.top_mm, 5, 60);
      page.bottom_mm = m.Number("bottom", page.bottom_mm, 5, 60);
      page.left_mm = m.Number("left", page.left_mm, 5, 60);
      page.right_mm = m.Number("right", page.right_mm, 5, 60);
      m.Finish();
    }
    in.Finish();
  }

  void ReadFont(const YAML::Node& node) {
    Mapping in(node, "font");
    document_.font =
        in.Choice("family", FontKind::kSerif, {{"serif", FontKind::kSerif}, {"sans", FontKind::kSans}});
    document_.size_pt = in.Number("size_pt", document_.size_pt, kSizeMinPt, kSizeMaxPt);
    document_.line_spacing = in.Number("line_spacing", document_.line_spacing, 0.8, 2);
    document_.paragraph_spacing_pt = in.Number("paragraph_spacing_pt", document_.paragraph_spacing_pt, 0, 40);
    in.Finish();
  }

  // --- small values

  TextTemplate Text(const YAML::Node& node) {
    if (!node.IsScalar()) throw Problem{LineOf(node), "a text is expected here"};
    auto parsed = ParseText(node.Scalar(), LineOf(node));
    if (!parsed) throw Problem{LineOf(node), parsed.error().detail};
    for (const Piece& piece : parsed->pieces) {
      if (piece.path) Use(*piece.path, LineOf(node));
    }
    return std::move(*parsed);
  }
  TextTemplate NeedText(Mapping& in, const std::string& key) { return Text(in.Need(key)); }
  TextTemplate OptionalText(Mapping& in, const std::string& key) {
    auto found = in.Find(key);
    return found ? Text(*found) : TextTemplate{};
  }

  Path DataPath(const YAML::Node& node) {
    if (!node.IsScalar()) throw Problem{LineOf(node), "a path is expected here"};
    auto path = ParsePath(node.Scalar());
    if (!path) throw Problem{LineOf(node), path.error().detail};
    Use(*path, LineOf(node));
    return std::move(*path);
  }

  std::optional<Condition> When(Mapping& in) {
    auto found = in.Find("when");
    if (!found) return std::nullopt;
    auto condition = ParseCondition(found->IsScalar() ? found->Scalar() : "");
    if (!condition) throw Problem{LineOf(*found), condition.error().detail};
    Use(condition->path, LineOf(*found));
    return std::move(*condition);
  }

  // Inside a table or list `row` is the row at hand; elsewhere it would always be empty, so it is a mistake.
  void Use(const Path& path, int line) {
    bool row = path.steps[0] == "row" || path.steps[0] == "row_number";
    if (row && !in_row_)
      throw Problem{line, "'" + path.Text() + "' has a meaning only inside a table or a list"};
    if (!row) document_.paths.push_back({path.Text(), line});
  }

  double Size(Mapping& in, double fallback) { return in.Number("size_pt", fallback, kSizeMinPt, kSizeMaxPt); }

  static const YAML::Node& Sequence(const YAML::Node& node, std::string_view what, size_t max) {
    if (!node.IsSequence() || node.size() == 0 || node.size() > max)
      throw Problem{LineOf(node), std::string(what) + " must be a list of 1 to " + std::to_string(max)};
    return node;
  }

  // --- blocks

  std::vector<BlockPtr> Blocks(const YAML::Node& node, int depth) {
    std::vector<BlockPtr> blocks;
    for (const auto& entry : Sequence(node, "blocks", kBlocksMax)) {
      if (++block_count_ > kBlocksMax)
        throw Problem{LineOf(entry), "more than " + std::to_string(kBlocksMax) + " blocks"};
      blocks.push_back(std::make_shared<const Block>(OneBlock(entry, depth)));
    }
    return blocks;
  }

  Block OneBlock(const YAML::Node& node, int depth) {
    Mapping in(node, "a block");
    Block block;
    block.line = LineOf(node);
    block.when = When(in);
    bool found = false;
    double space_pt = 0;
    auto kind = [&](const char* name, double default_space_pt, bool keep, auto read) {
      auto value = in.Find(name);
      if (!value) return;
      if (found)
        throw Problem{LineOf(*value), std::string("a block has one kind, '") + name + "' is a second one"};
      found = true;
      space_pt = default_space_pt;
      block.keep_with_next = keep;
      block.body = read(*value);
    };
    const double spacing = document_.paragraph_spacing_pt;
    kind("header", 0, true, [&](const YAML::Node& n) { return Header(n); });
    kind("number_place_date", spacing, true, [&](const YAML::Node& n) { return NumberPlaceDate(n); });
    kind("title", spacing * 2.5, true,
         [&](const YAML::Node& n) { return Title(n, document_.size_pt + 1, true); });
    kind("subtitle", 0, true, [&](const YAML::Node& n) { return Title(n, document_.size_pt, false); });
    kind("paragraph", spacing, false, [&](const YAML::Node& n) { return Paragraph(n); });
    kind("fields", spacing, false, [&](const YAML::Node& n) { return Fields(n); });
    kind("table", spacing, false, [&](const YAML::Node& n) { return Table(n); });
    kind("list", spacing * 0.5, false, [&](const YAML::Node& n) { return List(n); });
    kind("signature", spacing * 2, false, [&](const YAML::Node& n) { return Signature(n); });
    kind("qr", spacing, false, [&](const YAML::Node& n) { return Qr(n); });
    kind("rule", spacing, false, [&](const YAML::Node& n) {
      Mapping m(n, "rule");
      RuleBlock rule{m.Number("width_percent", 100, 1, 100)};
      m.Finish();
      return rule;
    });
    kind("spacer", 0, false, [&](const YAML::Node& n) {
      Mapping m(n, "spacer");
      SpacerBlock spacer{m.Number("height_mm", 5, 0, 200)};
      m.Finish();
      return spacer;
    });
    kind("columns", spacing, false, [&](const YAML::Node& n) { return Columns(n, depth); });
    block.space_before_pt = in.Number("space_before_pt", space_pt, 0, 200);
    block.keep_with_next = in.Flag("keep_with_next", block.keep_with_next);
    in.Finish();
    if (!found)
      throw Problem{block.line, "a block needs a kind (header, title, paragraph, fields, table, …)"};
    return block;
  }

  HeaderBlock Header(const YAML::Node& node) {
    Mapping in(node, "header");
    HeaderBlock block{OptionalText(in, "parent"), NeedText(in, "issuer"), Size(in, document_.size_pt - 1)};
    in.Finish();
    return block;
  }

  NumberPlaceDateBlock NumberPlaceDate(const YAML::Node& node) {
    Mapping in(node, "number_place_date");
    NumberPlaceDateBlock block{OptionalText(in, "number"), OptionalText(in, "note"),
                               OptionalText(in, "place_date"), Size(in, document_.size_pt)};
    in.Finish();
    return block;
  }

  // A text block is written either as one text or as a mapping with `text`.
  TitleBlock Title(const YAML::Node& node, double size_pt, bool upper) {
    TitleBlock block{{}, size_pt, upper, false};
    if (node.IsScalar()) {
      block.text = Text(node);
      return block;
    }
    Mapping in(node, "title");
    block.text = NeedText(in, "text");
    block.size_pt = Size(in, size_pt);
    block.upper = in.Flag("upper", upper);
    block.rule = in.Flag("rule", false);
    in.Finish();
    return block;
  }

  ParagraphBlock Paragraph(const YAML::Node& node) {
    ParagraphBlock block;
    block.size_pt = document_.size_pt;
    if (node.IsScalar()) {
      block.text = Text(node);
      return block;
    }
    Mapping in(node, "paragraph");
    block.text = NeedText(in, "text");
    block.align = in.Choice("align", Align::kJustify, kAligns);
    block.size_pt = Size(in, document_.size_pt);
    block.indent_mm = in.Number("indent_mm", 0, 0, 60);
    block.left_mm = in.Number("left_mm", 0, 0, 100);
    in.Finish();
    return block;
  }

  FieldsBlock Fields(const YAML::Node& node) {
    FieldsBlock block;
    block.size_pt = document_.size_pt;
    YAML::Node rows = node;
    if (node.IsMap()) {
      Mapping in(node, "fields");
      rows.reset(in.Need("rows"));
      block.size_pt = Size(in, document_.size_pt);
      block.indent_mm = in.Number("indent_mm", 0, 0, 60);
      block.fill = in.Flag("fill", true);
      in.Finish();
    }
    for (const auto& row : Sequence(rows, "fields", 100)) {
      std::vector<Field> fields;
      if (row.IsSequence()) {
        for (const auto& field : Sequence(row, "a row of fields", 4)) fields.push_back(OneField(field));
      } else {
        fields.push_back(OneField(row));
      }
      block.rows.push_back(std::move(fields));
    }
    return block;
  }

  Field OneField(const YAML::Node& node) {
    Mapping in(node, "a field");
    Field field{NeedText(in, "label"), OptionalText(in, "value"), in.Number("width", 1, 0.05, 100), When(in)};
    in.Finish();
    return field;
  }

  TableBlock Table(const YAML::Node& node) {
    Mapping in(node, "table");
    TableBlock block;
    block.rows = DataPath(in.Need("rows"));
    block.size_pt = Size(in, document_.size_pt - 1);
    block.empty = OptionalText(in, "empty");
    YAML::Node columns = in.Need("columns");
    for (const auto& entry : Sequence(columns, "columns", kColumnsMax)) {
      Mapping m(entry, "a column");
      TableColumn column;
      column.title = NeedText(m, "title");
      in_row_ = true;
      column.text = NeedText(m, "text");
      in_row_ = false;
      column.width = m.Number("width", 1, 0.05, 1000);
      column.align = m.Choice("align", Align::kLeft, kAligns);
      m.Finish();
      block.columns.push_back(std::move(column));
    }
    in.Finish();
    return block;
  }

  ListBlock List(const YAML::Node& node) {
    Mapping in(node, "list");
    ListBlock block;
    YAML::Node items = in.Need("items");
    if (items.IsScalar()) {
      block.items = DataPath(items);
      in_row_ = true;
      block.text = NeedText(in, "text");
      in_row_ = false;
    } else {
      for (const auto& item : Sequence(items, "items", 100)) block.fixed_items.push_back(Text(item));
    }
    block.marker = in.Choice("marker", ListMarker::kDash,
                             {{"dash", ListMarker::kDash},
                              {"plus", ListMarker::kPlus},
                              {"number", ListMarker::kNumber},
                              {"letter", ListMarker::kLetter}});
    block.size_pt = Size(in, document_.size_pt);
    block.indent_mm = in.Number("indent_mm", 0, 0, 60);
    in.Finish();
    return block;
  }

  SignatureBlock Signature(const YAML::Node& node) {
    Mapping in(node, "signature");
    SignatureBlock block;
    block.size_pt = Size(in, document_.size_pt);
    block.gap_mm = in.Number("gap_mm", 20, 0, 60);
    YAML::Node columns = in.Need("columns");
    for (const auto& entry : Sequence(columns, "columns", 4)) {
      Mapping m(entry, "a signature column");
      block.columns.push_back({OptionalText(m, "date"), OptionalText(m, "authority"), OptionalText(m, "role"),
                               OptionalText(m, "note"), OptionalText(m, "name"),
                               m.Number("width", 1, 0.05, 100)});
      m.Finish();
    }
    in.Finish();
    return block;
  }

  QrBlock Qr(const YAML::Node& node) {
    Mapping in(node, "qr");
    QrBlock block;
    block.data = NeedText(in, "data");
    block.caption = OptionalText(in, "caption");
    block.size_mm = in.Number("size_mm", 22, 10, 80);
    block.caption_size_pt = in.Number("caption_size_pt", 8, kSizeMinPt, kSizeMaxPt);
    block.align = in.Choice("align", Align::kLeft,
                            {{"left", Align::kLeft}, {"center", Align::kCenter}, {"right", Align::kRight}});
    in.Finish();
    return block;
  }

  ColumnsBlock Columns(const YAML::Node& node, int depth) {
    if (depth >= kColumnsDepthMax)
      throw Problem{LineOf(node), "columns inside columns inside columns are too deep"};
    ColumnsBlock block;
    YAML::Node columns = node;
    if (node.IsMap()) {
      Mapping in(node, "columns");
      columns.reset(in.Need("columns"));
      block.gap_mm = in.Number("gap_mm", 4, 0, 60);
      in.Finish();
    } else {
      block.gap_mm = 4;
    }
    for (const auto& entry : Sequence(columns, "columns", 4)) {
      Mapping m(entry, "a column of blocks");
      ColumnOfBlocks column;
      column.width = m.Number("width", 1, 0.05, 100);
      column.blocks = Blocks(m.Need("blocks"), depth + 1);
      m.Finish();
      block.columns.push_back(std::move(column));
    }
    return block;
  }

  Document& document_;
  size_t block_count_ = 0;
  bool in_row_ = false;
};

}  // namespace

Result<Template> Template::Parse(std::string_view yaml, std::string_view file_name) {
  auto invalid = [&](int line, const std::string& message) {
    return MakeError(ErrorCode::kInvalid, "template_invalid",
                     std::string(file_name) + ":" + std::to_string(line < 1 ? 1 : line) + ": " + message);
  };
  if (yaml.size() > kTemplateBytesMax)
    return MakeError(
        ErrorCode::kTooLarge, "template_too_large",
        std::string(file_name) + ":1: more than " + std::to_string(kTemplateBytesMax) + " bytes");
  auto document = std::make_shared<Document>();
  document->file = file_name;
  try {
    YAML::Node root = YAML::Load(std::string(yaml));
    TemplateReader(*document).Read(root);
  } catch (const Problem& problem) {
    return invalid(problem.line, problem.message);
  } catch (const YAML::Exception& error) {
    return invalid(error.mark.line + 1, error.msg);
  }
  Template result;
  result.document = std::move(document);
  return result;
}

const TemplateInfo& Template::Info() const { return document->info; }
std::vector<PathUse> Template::Paths() const { return document->paths; }

}  // namespace tinhso::printing
