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
constexpr double kTogether = 1.6;       // the words stand side by side in the name
constexpr double kSynonymWorth = 0.95;  // the law's phrase stands for the everyday one
constexpr double kUnfinishedWorth = 0.6;
constexpr double kOpensFrom = 0.3;    // of the rarest word's rarity
constexpr double kNoiseBelow = 0.12;  // of the best score
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
        if (stop_words.size() > skip && i + stop_words.size() <= in.size() &&
            Join(in, i, stop_words.size()) == stop) {
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

bool Index::Score(const Phrase& phrase, LastWord last, Scratch& scratch) const {
  struct Term {
    std::vector<std::pair<const std::vector<Posting>*, double>> lists;  // with their worth
    double rarity = 0;
  };
  std::vector<Term> terms;
  double possible = 0;
  std::set<std::string_view> done;
  for (size_t w = 0; w < phrase.words.size(); ++w) {
    const std::string& word = phrase.words[w];
    if (!done.insert(word).second) continue;
    Term term;
    if (const auto it = postings_.find(word); it != postings_.end())
      term.lists.emplace_back(&it->second, 1.0);
    if (last == LastWord::kMayBeUnfinished && w + 1 == phrase.words.size()) {
      for (const std::string& longer : ExpandLast(word))
        term.lists.emplace_back(&postings_.at(longer), kUnfinishedWorth);
    }
    if (term.lists.empty()) continue;
    size_t frequency = 0;
    for (const auto& [list, worth] : term.lists) frequency += list->size();
    term.rarity = std::log(1.0 + static_cast<double>(names_.size()) / (1.0 + static_cast<double>(frequency)));
    possible += term.rarity;
    terms.push_back(std::move(term));
  }
  if (terms.empty()) return false;
  std::sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) { return a.rarity > b.rarity; });
  for (size_t t = 0; t < terms.size(); ++t) {
    // A common word raises what a rare one found, and brings nothing in by itself.
    const bool opens = terms[t].rarity >= terms[0].rarity * kOpensFrom;
    for (const auto& [list, worth] : terms[t].lists) {
      for (const Posting& posting : *list) {
        Cell& cell = scratch.cells[posting.entry];
        if (cell.matched == 0) {
          if (!opens) continue;
          scratch.mine.push_back(posting.entry);
        }
        if (cell.last_term != t + 1) {
          cell.last_term = static_cast<uint16_t>(t + 1);
          ++cell.matched;
        }
        cell.sum += static_cast<float>(worth * terms[t].rarity * posting.weight / kNameWeight);
      }
    }
  }
  std::string together;
  for (const std::string& word : phrase.words) together += " " + word;
  together += " ";
  bool all_in_one = false;
  for (uint32_t entry : scratch.mine) {
    Cell& cell = scratch.cells[entry];
    const bool all = cell.matched == done.size();
    all_in_one = all_in_one || all;
    // Share of the query's meaning that was found, squared: two of three rare words beat one.
    const double found = cell.sum / possible;
    const double share = std::min(1.0, found);
    double score = share * share * (1.0 + 0.1 * std::min(found, 2.0));
    if (all && phrase.words.size() > 1) {
      if (names_[entry].find(together) != std::string::npos) score *= kTogether;
      if (keywords_[entry].find(together) != std::string::npos) score *= kTogether;
    }
    // The plain procedure before its special cases: the more of the name the query covers, the better.
    const double cover = std::min(1.0, static_cast<double>(phrase.words.size()) / name_words_[entry]);
    score *= (1.0 + 0.5 * cover) * prior_[entry] * phrase.worth;
    if (scratch.best[entry] == 0) scratch.touched.push_back(entry);
    scratch.best[entry] = std::max(scratch.best[entry], score);
    cell = Cell{};
  }
  scratch.mine.clear();
  return all_in_one;
}

std::vector<Index::Hit> Index::Search(std::string_view words) const {
  Scratch scratch;
  scratch.cells.resize(names_.size());
  scratch.best.resize(names_.size());
  const std::vector<Phrase> variants = Variants(text::Fold(words));
  bool found = false;
  for (const Phrase& phrase : variants) found = Score(phrase, LastWord::kWhole, scratch) || found;
  // Nothing has all the words: perhaps the last one is still being typed.
  if (!found) Score(variants[0], LastWord::kMayBeUnfinished, scratch);
  double top = 0;
  for (uint32_t entry : scratch.touched) top = std::max(top, scratch.best[entry]);
  std::vector<Hit> out;
  for (uint32_t entry : scratch.touched) {
    // Entries that share a common word only are noise.
    if (scratch.best[entry] >= top * kNoiseBelow) out.push_back({entry, scratch.best[entry]});
  }
  std::sort(out.begin(), out.end(), [](const Hit& a, const Hit& b) {
    return a.score != b.score ? a.score > b.score : a.entry < b.entry;
  });
  return out;
}

}  // namespace tinhso::procedures
