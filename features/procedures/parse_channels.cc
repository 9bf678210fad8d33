// cach_thuc_thuc_hien: "Hình thức nộpThời gianPhí, lệ phíMô tả" + rows of four glued cells.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "cells.h"
#include "parse.h"

namespace tinhso::procedures {
namespace {

using cells::At;
using cells::Before;
using cells::Duration;
using cells::Strip;

constexpr std::string_view kChannelHeader = "Hình thức nộpThời gianPhí, lệ phíMô tả";
constexpr std::string_view kNoInformation = "Không có thông tin";
constexpr std::string_view kFree = "Miễn phí";

struct ChannelWord {
  std::string_view text;
  const char* channel;
};
constexpr ChannelWord kChannelWords[] = {
    {"Trực tuyến", "online"}, {"Trực tiếp", "counter"}, {"Dịch vụ bưu chính", "post"}};
constexpr std::string_view kDongWords[] = {" VNĐ", " VND", " Việt Nam Đồng", " Đồng", " đồng"};
constexpr std::string_view kOtherCurrencies[] = {" USD", " EUR", " JPY", " SDR"};

bool HasPrefix(std::string_view s, size_t i, std::string_view prefix) {
  return s.substr(i, prefix.size()) == prefix;
}

// "70,000 VNĐ" at `i`.
struct Money {
  int64_t amount = 0;
  bool dong = true;
  size_t end = 0;
};
std::optional<Money> MoneyAt(std::string_view s, size_t i) {
  Money out;
  size_t k = i;
  int digits = 0;
  while (k < s.size() && (cells::IsDigit(s[k]) || ((s[k] == ',' || s[k] == '.') && digits > 0))) {
    if (cells::IsDigit(s[k])) {
      if (++digits > 15) return std::nullopt;
      out.amount = out.amount * 10 + (s[k] - '0');
    }
    ++k;
  }
  if (digits == 0) return std::nullopt;
  for (std::string_view word : kDongWords) {
    if (HasPrefix(s, k, word)) {
      out.end = k + word.size();
      return out;
    }
  }
  for (std::string_view word : kOtherCurrencies) {
    if (HasPrefix(s, k, word)) {
      out.end = k + word.size();
      out.dong = false;
      return out;
    }
  }
  return std::nullopt;
}

// Distinct sums in đồng that a note names: "20.000 vnđ/tờ khai", "100.000đ", "40.000 đồng".
std::vector<int64_t> SumsIn(std::string_view note) {
  std::vector<int64_t> out;
  for (size_t i = 0; i < note.size();) {
    if (!cells::IsDigit(note[i])) {
      ++i;
      continue;
    }
    int64_t amount = 0;
    int digits = 0;
    size_t k = i;
    while (k < note.size() &&
           (cells::IsDigit(note[k]) ||
            ((note[k] == '.' || note[k] == ',') && k + 1 < note.size() && cells::IsDigit(note[k + 1])))) {
      if (cells::IsDigit(note[k]) && ++digits <= 12) amount = amount * 10 + (note[k] - '0');
      ++k;
    }
    size_t word = k;
    while (word < note.size() && note[word] == ' ') ++word;
    const std::string_view rest = note.substr(word);
    const bool dong = HasPrefix(rest, 0, "đ") || HasPrefix(rest, 0, "Đ") || HasPrefix(rest, 0, "vnđ") ||
                      HasPrefix(rest, 0, "VNĐ") || HasPrefix(rest, 0, "VND") ||
                      HasPrefix(rest, 0, "Việt Nam Đồng");
    const bool not_dong = HasPrefix(rest, 0, "đến") || HasPrefix(rest, 0, "điểm") ||
                          HasPrefix(rest, 0, "Điều") || HasPrefix(rest, 0, "điều") ||
                          HasPrefix(rest, 0, "đối") || HasPrefix(rest, 0, "được") ||
                          HasPrefix(rest, 0, "đơn");
    if (dong && !not_dong && amount >= 100 && digits <= 12 &&
        std::find(out.begin(), out.end(), amount) == out.end()) {
      out.push_back(amount);
    }
    i = k;
  }
  return out;
}

bool IsFeeAt(std::string_view s, size_t i) {
  return HasPrefix(s, i, kFree) || HasPrefix(s, i, kNoInformation) || MoneyAt(s, i).has_value();
}

// Where the free words of a time cell end: at the fee cell.
size_t FindFee(std::string_view s) {
  for (size_t i = 1; i < s.size(); i += std::max(1, At(s, i).length)) {
    if (HasPrefix(s, i, kFree) || HasPrefix(s, i, kNoInformation)) return i;
    if (cells::IsDigit(s[i]) && !cells::IsDigit(s[i - 1]) && MoneyAt(s, i)) return i;
  }
  return s.size();
}

// A channel word begins a row only when the next cell is glued to it.
bool RowBegins(std::string_view s, size_t after_word) {
  const uint32_t next = At(s, after_word).cp;
  if (cells::IsDigit(next)) return true;
  return cells::IsUpper(next) && FindFee(s.substr(after_word)) < s.size() - after_word;
}

struct RowStart {
  size_t at, cells;
  const char* channel;
};
std::vector<RowStart> FindRows(std::string_view s) {
  std::vector<RowStart> out;
  for (size_t i = 0; i < s.size() && out.size() < kChannelsMax; ++i) {
    if (s[i] != 'T' && s[i] != 'D') continue;
    for (const ChannelWord& word : kChannelWords) {
      if (HasPrefix(s, i, word.text) && RowBegins(s, i + word.text.size())) {
        out.push_back({i, i + word.text.size(), word.channel});
      }
    }
  }
  return out;
}

// "1100,000 VNĐ": a bare time glued to a sum. The sum's first group has one to three digits and no leading
// zero; the time takes as few digits as that leaves.
size_t BareTimeDigits(std::string_view s, size_t run) {
  for (size_t n = 1; n < run; ++n) {
    const size_t group = run - n;
    if (group > 3 || (s[n] == '0' && group > 1)) continue;
    if (MoneyAt(s, n)) return n;
  }
  return run;
}

// Reads the time cell; returns where the fee cell begins. `bare` = a number without a unit.
size_t ReadTime(std::string_view body, Channel& out, std::optional<int64_t>& bare) {
  if (HasPrefix(body, 0, kNoInformation)) {
    out.time_raw = kNoInformation;
    return kNoInformation.size();
  }
  if (!body.empty() && cells::IsDigit(body[0])) {
    if (auto duration = cells::DurationAt(body, 0);
        duration && cells::IsUpper(At(body, body.find(' ') + 1).cp)) {
      out.time_limit = TimeLimit{duration->value, duration->unit, UnitSource::kCell};
      out.time_raw = body.substr(0, duration->end);
      return duration->end;
    }
    const size_t run = cells::NumberAt(body, 0)->end;
    const size_t digits = IsFeeAt(body, run) ? run : BareTimeDigits(body, run);
    bare = cells::NumberAt(body.substr(0, digits), 0)->value;
    out.time_raw = body.substr(0, digits);
    return digits;
  }
  const size_t fee = FindFee(body);
  out.time_raw = Strip(body.substr(0, fee));
  if (const auto found = cells::Durations(out.time_raw); found.size() == 1) {
    out.time_limit = TimeLimit{found[0].value, found[0].unit, UnitSource::kCell};
  }
  return fee;
}

bool LeavesSumToOthers(std::string_view note) {
  for (std::string_view word : {"Hội đồng nhân dân", "HĐND", "heo quy định", "hông tư", "Biểu"}) {
    if (note.find(word) != std::string_view::npos) return true;
  }
  return false;
}

Fee MakeFee(bool free, std::optional<Money> money, std::string_view note, std::string_view raw) {
  Fee fee;
  fee.note = Strip(note);
  fee.raw = Strip(raw);
  const std::vector<int64_t> sums = SumsIn(note);
  if (money && !money->dong) {
    fee.kind = "other_currency";
  } else if (money && money->amount >= 1000) {
    fee.kind = "amount";
    fee.amount_vnd = money->amount;
  } else if (money) {
    // "20 VNĐ(20.000 đồng/tờ khai)": the portal's column lost the thousands.
    fee.kind = sums.size() == 1 ? "amount" : "see_note";
    if (sums.size() == 1) fee.amount_vnd = sums[0];
  } else if (free) {
    fee.kind = sums.empty() && !LeavesSumToOthers(note) ? "free" : "see_note";
    if (fee.kind == "free") fee.amount_vnd = 0;
  } else {
    fee.kind = note.empty() ? "unknown" : "see_note";
  }
  return fee;
}

size_t ReadFees(std::string_view body, size_t i, Channel& out) {
  while (i < body.size() && IsFeeAt(body, i)) {
    const size_t from = i;
    const bool free = HasPrefix(body, i, kFree);
    std::optional<Money> money;
    if (free) {
      i += kFree.size();
    } else if (HasPrefix(body, i, kNoInformation)) {
      i += kNoInformation.size();
    } else {
      money = MoneyAt(body, i);
      i = money->end;
    }
    std::string_view note;
    if (i < body.size() && body[i] == '(') {
      // A note that never closes was cut by the portal: all of the rest is note.
      const size_t end = std::min(cells::ParenEnd(body, i), body.size());
      note = body.substr(i + 1, end - i - (body[end - 1] == ')' ? 2 : 1));
      i = end;
    }
    out.fees.push_back(MakeFee(free, money, note, body.substr(from, i - from)));
  }
  return i;
}

// One unit among the durations with this value, or "".
std::string OnlyUnitFor(const std::vector<Duration>& durations, int64_t value) {
  std::string unit;
  for (const Duration& duration : durations) {
    if (duration.value != value || duration.unit == unit) continue;
    if (!unit.empty()) return "";
    unit = duration.unit;
  }
  return unit;
}

void ResolveBare(std::vector<Channel>& channels, const std::vector<std::optional<int64_t>>& bare,
                 std::string_view other_texts) {
  const std::vector<Duration> elsewhere = cells::Durations(other_texts);
  const bool same_day = other_texts.find("rong ngày") != std::string_view::npos;
  for (size_t i = 0; i < channels.size(); ++i) {
    Channel& channel = channels[i];
    if (channel.time_limit) continue;
    // The description's one limit is better evidence than a bare number: the portal fills in 1 when nothing
    // was typed.
    const std::vector<Duration> own = cells::Durations(channel.description);
    if (!own.empty() && std::all_of(own.begin(), own.end(), [&](const Duration& d) {
          return d.value == own[0].value && d.unit == own[0].unit;
        })) {
      channel.time_limit = TimeLimit{own[0].value, own[0].unit, UnitSource::kDescription};
      continue;
    }
    if (!bare[i]) continue;
    TimeLimit limit{*bare[i], "", UnitSource::kChannel};
    for (const Channel& other : channels) {
      if (other.time_limit && other.time_limit->source == UnitSource::kCell &&
          other.time_limit->value == limit.value) {
        limit.unit = other.time_limit->unit;
      }
    }
    if (limit.unit.empty()) {
      limit.source = UnitSource::kText;
      limit.unit = OnlyUnitFor(elsewhere, limit.value);
      if (limit.unit.empty() && limit.value == 1 && same_day) limit.unit = "working_day";
    }
    if (limit.unit.empty()) {
      limit.source = UnitSource::kAssumed;
      limit.unit = "working_day";
    }
    channel.time_limit = std::move(limit);
  }
}

}  // namespace

std::vector<Channel> ParseChannels(std::string_view text, std::string_view other_texts) {
  std::string_view s = Strip(text);
  if (HasPrefix(s, 0, kChannelHeader)) s.remove_prefix(kChannelHeader.size());
  const std::vector<RowStart> rows = FindRows(s);
  std::vector<Channel> out;
  std::vector<std::optional<int64_t>> bare;
  for (size_t r = 0; r < rows.size(); ++r) {
    const size_t end = r + 1 < rows.size() ? rows[r + 1].at : s.size();
    const std::string_view body = s.substr(rows[r].cells, end - rows[r].cells);
    Channel channel;
    channel.channel = rows[r].channel;
    channel.raw = Strip(s.substr(rows[r].at, end - rows[r].at));
    std::optional<int64_t> number;
    size_t i = ReadTime(body, channel, number);
    i = ReadFees(body, i, channel);
    channel.description = Strip(body.substr(i));
    out.push_back(std::move(channel));
    bare.push_back(number);
  }
  ResolveBare(out, bare, other_texts);
  return out;
}

}  // namespace tinhso::procedures
