// ISO 20022 camt.053 (statement of days) and camt.054 (notification), any version: elements are known by their place, not by the namespace.
#include <expat.h>

#include <memory>
#include <optional>

#include "base/text.h"
#include "fees.h"
#include "statements.h"

namespace tinhso::payments {
namespace {

constexpr char kNamespaceEnd = '|';
constexpr size_t kTextBytesMax = 4096;

std::string_view LocalName(const char* name) {
  const std::string_view all(name);
  const size_t at = all.rfind(kNamespaceEnd);
  return at == std::string_view::npos ? all : all.substr(at + 1);
}

// Whole đồng, "150000" or "150000.00".
std::optional<int64_t> CamtAmount(std::string_view text) {
  const size_t point = text.find('.');
  if (point != std::string_view::npos && text.substr(point + 1).find_first_not_of('0') != std::string_view::npos) return std::nullopt;
  text = text.substr(0, point);
  if (text.empty() || text.size() > 15 || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  const int64_t amount = std::stoll(std::string(text));
  return amount > kAmountMax ? std::nullopt : std::optional(amount);
}

// What an entry says, or a transaction within one.
struct Booking {
  int64_t line_no = 0;
  std::string amount, currency, direction, status, booked_on, reference, transaction_id, end_to_end, remittance, payer_name, payer_account;
};

class CamtReader {
 public:
  Result<Statement> Read(std::string_view bytes) {
    XML_Parser made = XML_ParserCreateNS("UTF-8", kNamespaceEnd);
    std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser(made, XML_ParserFree);
    parser_ = made;
    XML_SetUserData(made, this);
    XML_SetElementHandler(made, [](void* self, const char* name, const char** attributes) { static_cast<CamtReader*>(self)->Begin(name, attributes); },
                          [](void* self, const char*) { static_cast<CamtReader*>(self)->End(); });
    XML_SetCharacterDataHandler(made, [](void* self, const char* text, int n) { static_cast<CamtReader*>(self)->Text({text, static_cast<size_t>(n)}); });
    // A bank's file has no document type; one that brings its own means no good.
    XML_SetStartDoctypeDeclHandler(made, [](void* self, const char*, const char*, const char*, int) { static_cast<CamtReader*>(self)->Fail("statement_malformed"); });
    const auto status = XML_Parse(made, bytes.data(), static_cast<int>(bytes.size()), 1);
    if (error_) return *error_;
    if (status != XML_STATUS_OK) {
      const XML_Error why = XML_GetErrorCode(made);
      const bool cut = why == XML_ERROR_NO_ELEMENTS || why == XML_ERROR_UNCLOSED_TOKEN || why == XML_ERROR_PARTIAL_CHAR || why == XML_ERROR_UNCLOSED_CDATA_SECTION;
      return StatementLineError(Line(), cut ? "statement_cut_off" : "statement_malformed");
    }
    if (out_.format.empty()) return StatementLineError(1, "statement_malformed");
    if (out_.format == "camt.053" && (out_.from_on.empty() || out_.to_on < out_.from_on)) return StatementLineError(1, "statement_date_wrong");
    return std::move(out_);
  }

 private:
  int64_t Line() const { return static_cast<int64_t>(XML_GetCurrentLineNumber(parser_)); }
  void Fail(const char* reason) {
    if (!error_) error_ = StatementLineError(Line(), reason);
    XML_StopParser(parser_, XML_FALSE);
  }
  void FailAt(int64_t line_no, const char* reason) {
    if (!error_) error_ = StatementLineError(line_no, reason);
    XML_StopParser(parser_, XML_FALSE);
  }

  void Begin(const char* name, const char** attributes) {
    if (path_.size() >= static_cast<size_t>(kStatementDepthMax)) return Fail("statement_malformed");
    path_.emplace_back(LocalName(name));
    text_.clear();
    currency_.clear();
    for (; attributes[0] != nullptr; attributes += 2) {
      if (LocalName(attributes[0]) == "Ccy") currency_ = attributes[1];
    }
    if (Is("Document/BkToCstmrStmt")) out_.format = "camt.053";
    if (Is("Document/BkToCstmrDbtCdtNtfctn")) out_.format = "camt.054";
    if (Is("Ntry")) entry_ = {Line()}, details_.clear();
    if (Is("NtryDtls/TxDtls")) details_.push_back({Line()});
  }

  void Text(std::string_view text) {
    if (text_.size() + text.size() > kTextBytesMax) return Fail("text_too_long");
    text_ += text;
  }

  void End() {
    auto value = StatementCell(text_, Line());
    if (!value.ok()) return Fail(value.error().fields.empty() ? "statement_malformed" : value.error().fields[0].reason.c_str());
    if (!value->empty()) Take(*value);
    if (Is("Ntry") && !error_) Book();
    path_.pop_back();
    text_.clear();
  }

  // Whether the innermost elements are these.
  bool Is(std::string_view tail) const {
    size_t at = path_.size();
    while (true) {
      const size_t slash = tail.rfind('/');
      if (at == 0 || path_[--at] != tail.substr(slash == std::string_view::npos ? 0 : slash + 1)) return false;
      if (slash == std::string_view::npos) return true;
      tail = tail.substr(0, slash);
    }
  }

  void Take(const std::string& value) {
    const bool in_details = !details_.empty() && Within("TxDtls");
    if (!Within("Ntry")) {
      if (Is("Acct/Id/Othr/Id") || Is("Acct/Id/IBAN")) {
        if (!out_.account_no.empty() && out_.account_no != value) return Fail("statement_accounts_several");
        out_.account_no = value;
      } else if (out_.format == "camt.053" && (Is("FrToDt/FrDtTm") || Is("FrToDt/FrDt"))) {
        auto from = ParseDate(value.substr(0, 10));
        if (!from.ok()) return Fail("statement_date_wrong");
        out_.from_on = FormatDate(*from);
      } else if (out_.format == "camt.053" && (Is("FrToDt/ToDtTm") || Is("FrToDt/ToDt"))) {
        // "…T00:00:00" is where the day before ends.
        auto to = ParseDate(value.substr(0, 10));
        if (!to.ok()) return Fail("statement_date_wrong");
        out_.to_on = FormatDate(value.find("T00:00:00") == std::string::npos ? *to : AddDays(*to, -1));
      }
      return;
    }
    Booking& b = in_details ? details_.back() : entry_;
    if (Is("Ntry/Amt") || Is("TxDtls/Amt") || Is("AmtDtls/TxAmt/Amt")) b.amount = value, b.currency = currency_;
    else if (Is("Ntry/CdtDbtInd") || Is("TxDtls/CdtDbtInd")) b.direction = value;
    else if (Is("Ntry/Sts") || Is("Ntry/Sts/Cd")) b.status = value;
    else if (Is("BookgDt/Dt") || Is("BookgDt/DtTm")) b.booked_on = value.substr(0, 10);
    else if (Is("AcctSvcrRef")) b.reference = value;
    else if (Is("Refs/TxId")) b.transaction_id = value;
    else if (Is("Refs/EndToEndId") && value != "NOTPROVIDED") b.end_to_end = value;
    else if (Is("RmtInf/Ustrd") || Is("CdtrRefInf/Ref") || Is("AddtlNtryInf")) b.remittance += (b.remittance.empty() ? "" : " ") + value;
    else if (Is("Dbtr/Nm") || Is("Dbtr/Pty/Nm")) b.payer_name = value;
    else if (Is("DbtrAcct/Id/Othr/Id") || Is("DbtrAcct/Id/IBAN")) b.payer_account = value;
  }

  bool Within(std::string_view name) const {
    for (const std::string& one : path_) {
      if (one == name) return true;
    }
    return false;
  }

  // The whole entry is one credit, or each transaction in it is when there are several.
  void Book() {
    if (entry_.direction != "CRDT" || (!entry_.status.empty() && entry_.status != "BOOK")) return;
    const bool several = details_.size() > 1;
    if (details_.empty()) details_.push_back(entry_);
    int64_t sum = 0;
    for (size_t i = 0; i < details_.size(); ++i) {
      Booking& b = details_[i];
      if (several && b.direction == "DBIT") return FailAt(b.line_no, "statement_amount_wrong");
      if (b.amount.empty() || !several) b.amount = entry_.amount, b.currency = entry_.currency;
      if (b.currency != "VND") return FailAt(b.line_no, "statement_currency_foreign");
      const auto vnd = CamtAmount(b.amount);
      if (!vnd || *vnd == 0) return FailAt(b.line_no, "statement_amount_wrong");
      sum += *vnd;
      auto on = ParseDate(entry_.booked_on);
      if (!on.ok()) return FailAt(entry_.line_no, "statement_date_wrong");
      StatementLine line;
      line.line_no = b.line_no;
      line.amount_vnd = *vnd;
      line.booked_on = *on;
      // The bank's own number; what a payer chose is only unique to the payer.
      if (!b.reference.empty()) line.transaction_no = b.reference;
      else if (!entry_.reference.empty()) line.transaction_no = entry_.reference + (several ? "/" + std::to_string(i + 1) : "");
      else line.transaction_no = b.transaction_id;
      line.remittance = b.remittance.empty() ? entry_.remittance : b.remittance;
      if (!b.end_to_end.empty()) line.remittance += (line.remittance.empty() ? "" : " ") + b.end_to_end;
      if (text::Length(line.remittance) > kRemittanceMax) return FailAt(b.line_no, "text_too_long");
      line.payer_name = b.payer_name;
      line.payer_account_no = b.payer_account;
      if (out_.lines.size() == kStatementLinesMax) {
        error_ = MakeError(ErrorCode::kTooLarge, "statement_too_large");
        XML_StopParser(parser_, XML_FALSE);
        return;
      }
      out_.lines.push_back(std::move(line));
    }
    if (const auto whole = CamtAmount(entry_.amount); !whole || *whole != sum) FailAt(entry_.line_no, "statement_amount_wrong");
  }

  static constexpr size_t kRemittanceMax = 500;
  XML_Parser parser_ = nullptr;
  Statement out_;
  std::optional<Error> error_;
  std::vector<std::string> path_;
  std::string text_, currency_;
  Booking entry_;
  std::vector<Booking> details_;
};

}  // namespace

Result<Statement> ParseCamt(std::string_view bytes) { return CamtReader().Read(bytes); }

}  // namespace tinhso::payments
