// From what was to what is: successions followed over time, and written addresses read.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "kernel/areas/areas.h"

namespace tinhso::areas {
namespace {

constexpr size_t kAddressWordsMax = 60;
constexpr int kChainMax = 20;  // reorganisations one after another; stops a loop that only damaged data could hold

// "P.9" → "phuong 9", "TP Cà Mau" → "thanh pho ca mau", "Phường 09" → "phuong 9".
std::string ExpandKind(const std::string& folded) {
  std::vector<std::string> words = text::Words(folded);
  if (words.empty()) return folded;
  std::string& first = words.front();
  // "p9", "q1": a letter and a number run together.
  if (first.size() > 1 && (first[0] == 'p' || first[0] == 'q') && first.find_first_not_of("0123456789", 1) == std::string::npos) {
    words.insert(words.begin() + 1, words.front().substr(1));
    words.front().resize(1);
  }
  // The one city everybody writes short.
  for (std::string& word : words) {
    if (word == "hcm" || word == "tphcm") word = "ho chi minh";
  }
  static const std::map<std::string, std::string, std::less<>> kinds = {
      {"tp", "thanh pho"}, {"tx", "thi xa"}, {"tt", "thi tran"}, {"h", "huyen"}, {"q", "quan"},
      {"p", "phuong"},     {"x", "xa"},      {"t", "tinh"},      {"dk", "dac khu"}};
  if (auto it = kinds.find(words.front()); it != kinds.end() && words.size() > 1) words.front() = it->second;
  std::string out;
  for (std::string& word : words) {
    if (word.size() > 1 && word[0] == '0' && word.find_first_not_of("0123456789") == std::string::npos) word.erase(0, word.find_first_not_of('0'));
    out += (out.empty() ? "" : " ") + word;
  }
  return out;
}

bool BeginsArea(const std::string& word, const std::string& next, const std::string& before) {
  if (next.empty()) return false;
  if (word == "xa" || word == "tran" || word == "pho") return word == "xa" && before != "thi";
  if (word == "thi") return next == "xa" || next == "tran";
  if (word == "thanh") return next == "pho";
  if (word == "dac") return next == "khu";
  return word == "phuong" || word == "huyen" || word == "quan" || word == "tinh" || word == "tp" || word == "tx" || word == "tt";
}

struct Segment {
  std::string text, folded;
};

// At commas, and before words that begin an area's name ("xã A huyện B tỉnh C").
std::vector<Segment> SegmentsOf(std::string_view address) {
  std::vector<Segment> out;
  size_t words_seen = 0;
  size_t start = 0;
  while (start <= address.size()) {
    size_t end = address.find_first_of(",;\n", start);
    if (end == std::string_view::npos) end = address.size();
    std::vector<std::string> words = text::Words(std::string(address.substr(start, end - start)));
    std::string current;
    for (size_t i = 0; i < words.size() && words_seen < kAddressWordsMax; ++i, ++words_seen) {
      const std::string word = text::Fold(words[i]);
      const std::string next = i + 1 < words.size() ? text::Fold(words[i + 1]) : "";
      const std::string before = i > 0 ? text::Fold(words[i - 1]) : "";
      if (i > 0 && !current.empty() && BeginsArea(word, next, before)) {
        out.push_back({current, ExpandKind(text::Fold(current))});
        current.clear();
      }
      current += (current.empty() ? "" : " ") + words[i];
    }
    if (!current.empty()) out.push_back({current, ExpandKind(text::Fold(current))});
    start = end + 1;
  }
  return out;
}

// Whether the hamlets of a note name one that stands in the address: "ấp 1; ấp 2" and "Số 5, ấp 2".
bool NamesHamlet(const std::string& note, const std::string& detail_folded) {
  if (note.empty() || detail_folded.empty()) return false;
  const std::string in = " " + detail_folded + " ";
  size_t start = 0;
  while (start <= note.size()) {
    size_t end = note.find_first_of(";,", start);
    if (end == std::string::npos) end = note.size();
    const std::string hamlet = text::Fold(note.substr(start, end - start));
    if (!hamlet.empty() && in.find(" " + hamlet + " ") != std::string::npos) return true;
    start = end + 1;
  }
  return false;
}

}  // namespace

std::vector<Choice> Snapshot::Convert(const Area& area, std::string_view to_on, std::string_view detail) const {
  const std::string detail_folded = text::Fold(detail);
  std::vector<Choice> ends;
  auto add = [&](const Choice& choice) {
    for (Choice& known : ends) {
      if (known.area != choice.area) continue;
      if (known.note != choice.note && !choice.note.empty()) known.note += (known.note.empty() ? "" : "; ") + choice.note;
      known.suggested = known.suggested || choice.suggested;
      return;
    }
    ends.push_back(choice);
  };
  struct Open {
    Choice choice;
    int depth;
  };
  std::vector<Open> open = {{{&area, true, "", false}, 0}};
  while (!open.empty()) {
    const Open at = open.back();
    open.pop_back();
    const Area& from = *at.choice.area;
    // The first reorganisation after it began, unless its code begins another life before that.
    std::string effective;
    if (auto it = from_.find(from.area_code); it != from_.end() && at.depth < kChainMax) {
      for (size_t i : it->second) {
        const Succession& s = successions_[i];
        if (s.effective_on <= from.valid_from_on || s.effective_on > to_on) continue;
        if (effective.empty() || s.effective_on < effective) effective = s.effective_on;
      }
    }
    if (!effective.empty()) {
      auto range = by_code_.find(from.area_code);
      for (size_t i = range->second.first; i < range->second.second; ++i) {
        if (areas_[i].valid_from_on > from.valid_from_on && areas_[i].valid_from_on < effective) effective.clear();
      }
    }
    if (!effective.empty()) {
      for (size_t i : from_.find(from.area_code)->second) {
        const Succession& s = successions_[i];
        if (s.effective_on != effective) continue;
        const Area* to = On(s.to_code, effective);
        if (to == nullptr) continue;
        Choice next{to, at.choice.whole && s.part == "full", at.choice.note, at.choice.suggested};
        if (!s.note.empty()) {
          next.note = s.note;
          next.suggested = NamesHamlet(s.note, detail_folded);
        }
        open.push_back({next, at.depth + 1});
      }
      continue;
    }
    if (from.CoversDay(to_on)) {
      add(at.choice);
    } else if (from.level == "district") {
      // No district has a successor: its communes have.
      for (const Area* child : Children(from.area_code, from.valid_to_on)) open.push_back({{child, false, "", false}, at.depth + 1});
    } else if (const Area* same = On(from.area_code, to_on); same != nullptr && from.listed) {
      add({same, at.choice.whole, at.choice.note, at.choice.suggested});
    }
  }
  std::sort(ends.begin(), ends.end(), [](const Choice& a, const Choice& b) {
    return std::tie(b.suggested, a.area->area_code) < std::tie(a.suggested, b.area->area_code);
  });
  if (ends.size() == 1 && area.level == "district") ends[0].whole = true;
  return ends;
}

std::vector<const Area*> Snapshot::PredecessorsOf(const Area& area) const {
  std::vector<const Area*> out;
  auto it = to_.find(area.area_code);
  if (it == to_.end()) return out;
  for (size_t i : it->second) {
    const Succession& s = successions_[i];
    if (s.effective_on < area.valid_from_on || !area.CoversDay(s.effective_on)) continue;
    auto day = ParseDate(s.effective_on);
    if (!day.ok()) continue;
    const std::string before = FormatDate(AddDays(*day, -1));
    if (const Area* from = Latest(s.from_code, before); from != nullptr && from != &area) out.push_back(from);
  }
  return out;
}

std::vector<Reading> Snapshot::Read(std::string_view address, std::string_view on, std::string_view home_code) const {
  const std::vector<Segment> segments = SegmentsOf(address);
  std::vector<std::vector<size_t>> named(segments.size());
  for (size_t i = 0; i < segments.size(); ++i) {
    if (auto it = by_name_.find(segments[i].folded); it != by_name_.end()) named[i] = it->second;
  }
  struct Scored {
    int score;
    const Area* area;
    size_t segment;
  };
  std::vector<Scored> best;
  for (const char* level : {"commune", "district", "province"}) {
    for (size_t i = 0; i < segments.size(); ++i) {
      for (size_t index : named[i]) {
        const Area& area = areas_[index];
        if (area.level != level) continue;
        int score = area.CoversDay(on) ? 0 : 1;
        const Area* parent = ParentOf(area);
        const Area* province = ProvinceOf(area);
        for (size_t j = 0; j < segments.size(); ++j) {
          if (j == i) continue;
          // What stands before may be a street that bears an area's name; what follows must be above it.
          bool fits = named[j].empty() || j < i;
          for (size_t above : named[j]) {
            const Area* higher = &areas_[above];
            if (parent != nullptr && higher->area_code == parent->area_code && higher->level == parent->level) {
              score += 4;
              fits = true;
            } else if (province != nullptr && higher->area_code == province->area_code && higher->level == "province") {
              score += 2;
              fits = true;
            }
          }
          if (!fits) score -= 5;
        }
        const std::vector<Choice> now = home_code.empty() ? std::vector<Choice>() : Convert(area, on);
        for (const Choice& choice : now) {
          const Area* there = ProvinceOf(*choice.area);
          if (there == nullptr || there->area_code != home_code) continue;
          ++score;
          break;
        }
        best.push_back({score, &area, i});
      }
    }
    if (!best.empty()) break;
  }
  std::stable_sort(best.begin(), best.end(), [](const Scored& a, const Scored& b) { return a.score > b.score; });
  std::vector<Reading> out;
  std::set<std::string> seen;
  for (const Scored& one : best) {
    // One that fits the district named beats those that do not; those as good are all asked about.
    if (one.score < best.front().score - 2 || out.size() == kReadingsMax) break;
    if (!seen.insert(one.area->area_code + "|" + one.area->valid_from_on).second) continue;
    Reading reading;
    reading.area = one.area;
    for (size_t i = 0; i < one.segment; ++i) reading.detail += (i > 0 ? ", " : "") + segments[i].text;
    reading.choices = Convert(*one.area, on, reading.detail);
    out.push_back(std::move(reading));
  }
  return out;
}

}  // namespace tinhso::areas
