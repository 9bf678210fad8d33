#include "index.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"

namespace tinhso::procedures {
namespace {

constexpr double kNameWeight = 3.0;
constexpr double kKeywordWeight = 3.0;
constexpr double kResultWeight = 1.2;
constexpr double kFieldWeight = 1.5;
constexpr double kTogether = 1.6;      // the words stand side by side in the name
constexpr double kSynonymWorth = 0.95; // the law's phrase stands for the everyday one
constexpr size_t kWordsMax = 24;
constexpr size_t kVariantsMax = 24;
constexpr size_t kPrefixWordsMax = 40;

std::string Join(const std::vector<std::string>& words, size_t from, size_t count) {
  std::string out;
  for (size_t i = from; i < from + count; ++i) out += (i > from ? " " : "") + words[i];
  return out;
}

void AddWords(std::string_view text, double weight, std::unordered_map<std::string, double>& into) {
  // A word counts once per place: a long name is not better for saying it twice.
  std::set<std::string> seen;
  for (std::string& word : text::Words(text::Fold(text))) {
    if (seen.insert(word).second) into[word] += weight;
  }
}

}  // namespace

Index Index::Build(const std::vector<IndexEntry>& entries, Synonyms synonyms) {
  Index out;
  out.synonyms_ = std::move(synonyms);
  for (const auto& [phrase, found] : out.synonyms_.phrases) {
    out.synonym_words_max_ = std::max(out.synonym_words_max_, text::Words(phrase).size());
  }
  for (uint32_t i = 0; i < entries.size(); ++i) {
    const IndexEntry& entry = entries[i];
    std::unordered_map<std::string, double> weights;
    AddWords(entry.name, kNameWeight, weights);
    AddWords(entry.field, kFieldWeight, weights);
    std::unordered_map<std::string, double> best;
    for (const std::string& result : entry.results) {
      AddWords(result, kResultWeight, best);
    }
    for (auto& [word, weight] : best) weights[word] += std::min(weight, kResultWeight);
    best.clear();
    std::string keywords = " ";
    for (const std::string& keyword : entry.keywords) {
      AddWords(keyword, kKeywordWeight, best);
      keywords += text::Fold(keyword) + " | ";
    }
    for (auto& [word, weight] : best) weights[word] += std::min(weight, kKeywordWeight);
    for (auto& [word, weight] : weights) {
      // Weight beyond one place saturates.
      out.postings_[word].push_back({i, static_cast<float>(std::min(weight, 5.0))});
    }
    const std::string folded = text::Fold(entry.name);
    out.name_words_.push_back(static_cast<uint32_t>(std::max<size_t>(1, text::Words(folded).size())));
    out.names_.push_back(" " + folded + " ");
    out.keywords_.push_back(std::move(keywords));
    double prior = 1.0;
    if (entry.configured) prior += 0.12;
    if (std::find(entry.levels.begin(), entry.levels.end(), "commune") != entry.levels.end()) prior += 0.05;
    if (entry.for_citizens) prior += 0.05;
    out.prior_.push_back(prior);
  }
  for (const auto& [word, list] : out.postings_) out.vocabulary_.push_back(word);
  std::sort(out.vocabulary_.begin(), out.vocabulary_.end());
  return out;
}

// The query as typed, and with each everyday phrase replaced by the law's.
std::vector<Index::Phrase> Index::Variants(std::string_view folded) const {
  std::vector<std::string> words = text::Words(folded);
  if (words.size() > kWordsMax) words.resize(kWordsMax);
  std::vector<Phrase> out;
  const auto drop_stops = [&](const std::vector<std::string>& in) {
    std::vector<std::string> kept;
    for (size_t i = 0; i < in.size();) {
      size_t skip = 0;
      for (const std::string& stop : synonyms_.stop_phrases) {
        const std::vector<std::string> stop_words = text::Words(stop);
        if (stop_words.size() > skip && i + stop_words.size() <= in.size() && Join(in, i, stop_words.size()) == stop) {
          skip = stop_words.size();
        }
      }
      if (skip == 0) kept.push_back(in[i++]);
      i += skip;
    }
    return kept;
  };
  std::vector<std::string> typed = drop_stops(words);
  out.push_back({typed.empty() ? words : std::move(typed), 1.0});
  for (size_t i = 0; i < words.size() && out.size() < kVariantsMax; ++i) {
    for (size_t count = std::min(synonym_words_max_, words.size() - i); count >= 1; --count) {
      const auto it = synonyms_.phrases.find(Join(words, i, count));
      if (it == synonyms_.phrases.end()) continue;
      for (const std::string& instead : it->second) {
        if (out.size() >= kVariantsMax) break;
        std::vector<std::string> changed = drop_stops({words.begin(), words.begin() + static_cast<long>(i)});
        for (std::string& word : text::Words(instead)) changed.push_back(std::move(word));
        for (std::string& word : drop_stops({words.begin() + static_cast<long>(i + count), words.end()})) {
          changed.push_back(std::move(word));
        }
        out.push_back({std::move(changed), kSynonymWorth});
      }
      break;  // the longest phrase at this place
    }
  }
  return out;
}

// A word that is being typed stands for the words it begins.
std::vector<std::string> Index::ExpandLast(const std::string& word) const {
  std::vector<std::string> out;
  if (word.size() < 2) return out;
  for (auto it = std::lower_bound(vocabulary_.begin(), vocabulary_.end(), word);
       it != vocabulary_.end() && text::StartsWith(*it, word) && out.size() < kPrefixWordsMax; ++it) {
    if (*it != word) out.push_back(*it);
  }
  return out;
}

bool Index::Score(const Phrase& phrase, LastWord last, std::vector<double>& best, std::vector<uint32_t>& touched) const {
  const size_t entries = names_.size();
  std::vector<double> sum(entries, 0.0);
  std::vector<uint16_t> matched(entries, 0);    // how many of the words
  std::vector<uint16_t> last_word(entries, 0);  // the last of them, from 1
  std::vector<uint32_t> mine;
  double possible = 0;
  size_t known = 0;
  std::set<std::string> done;
  for (size_t w = 0; w < phrase.words.size(); ++w) {
    const std::string& word = phrase.words[w];
    if (!done.insert(word).second) continue;
    auto it = postings_.find(word);
    std::vector<std::pair<const std::vector<Posting>*, double>> lists;
    if (it != postings_.end()) lists.emplace_back(&it->second, 1.0);
    if (last == LastWord::kMayBeUnfinished && w + 1 == phrase.words.size()) {
      for (const std::string& longer : ExpandLast(word)) lists.emplace_back(&postings_.at(longer), 0.6);
    }
    if (lists.empty()) continue;
    ++known;
    size_t frequency = 0;
    for (const auto& [list, worth] : lists) frequency += list->size();
    const double rarity = std::log(1.0 + static_cast<double>(entries) / (1.0 + frequency));
    possible += rarity;
    for (const auto& [list, worth] : lists) {
      for (const Posting& posting : *list) {
        if (matched[posting.entry] == 0) mine.push_back(posting.entry);
        if (last_word[posting.entry] != known) {
          last_word[posting.entry] = static_cast<uint16_t>(known);
          ++matched[posting.entry];
        }
        sum[posting.entry] += worth * rarity * posting.weight / kNameWeight;
      }
    }
  }
  if (known == 0) return false;
  bool all_in_one = false;
  std::string together;
  for (const std::string& word : phrase.words) together += " " + word;
  together += " ";
  for (uint32_t entry : mine) {
    all_in_one = all_in_one || matched[entry] == done.size();
    // Share of the query's meaning that was found, squared: two of three rare words beat one.
    const double share = std::min(1.0, sum[entry] / possible);
    double score = share * share * (1.0 + 0.1 * std::min(sum[entry] / possible, 2.0));
    if (phrase.words.size() > 1 && names_[entry].find(together) != std::string::npos) score *= kTogether;
    if (phrase.words.size() > 1 && keywords_[entry].find(together) != std::string::npos) score *= kTogether;
    // The plain procedure before its special cases: the more of the name the query covers, the better.
    const double cover = std::min(1.0, static_cast<double>(phrase.words.size()) / name_words_[entry]);
    score *= 1.0 + 0.5 * cover;
    score *= prior_[entry] * phrase.worth;
    if (best[entry] == 0) touched.push_back(entry);
    best[entry] = std::max(best[entry], score);
  }
  return all_in_one;
}

std::vector<Index::Hit> Index::Search(std::string_view words) const {
  std::vector<double> best(names_.size(), 0.0);
  std::vector<uint32_t> touched;
  const std::vector<Phrase> variants = Variants(text::Fold(words));
  bool found = false;
  for (const Phrase& phrase : variants) found = Score(phrase, LastWord::kWhole, best, touched) || found;
  // Nothing has all the words: perhaps the last one is still being typed.
  if (!found) Score(variants[0], LastWord::kMayBeUnfinished, best, touched);
  double top = 0;
  for (uint32_t entry : touched) top = std::max(top, best[entry]);
  std::vector<Hit> out;
  for (uint32_t entry : touched) {
    // Entries that share a common word only are noise.
    if (best[entry] >= top * 0.12) out.push_back({entry, best[entry]});
  }
  std::sort(out.begin(), out.end(), [](const Hit& a, const Hit& b) {
    return a.score != b.score ? a.score > b.score : a.entry < b.entry;
  });
  return out;
}

}  // namespace tinhso::procedures
