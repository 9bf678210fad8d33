// The search index: everyday words, with or without accents, to procedures. Built whole, then never changed.
// Ranking: words weighted by rarity (inverse document frequency) and by where they stand (name, keywords,
// result, field), raised when the words stand together in the name and when they cover it. Private to
// features/procedures. Thread rule: immutable after Build; Search is const and thread-safe.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace tinhso::procedures {

// packs/_common/synonyms.yaml, folded.
struct Synonyms {
  // Everyday phrase → the law's phrases: "so do" → {"giay chung nhan quyen su dung dat", …}
  std::map<std::string, std::vector<std::string>, std::less<>> phrases;
  // Words that carry no meaning in a query ("lam", "xin", "o dau"); ignored unless nothing else is left.
  std::vector<std::string> stop_phrases;
};
// kNotFound "synonyms_unreadable"; kInvalid "synonyms_malformed" with the line.
Result<Synonyms> ReadSynonyms(const std::string& path);

struct IndexEntry {
  std::string code, name;
  std::vector<std::string> keywords;  // as a person would say it
  std::vector<std::string> results;
  std::string field;
  std::vector<std::string> levels;
  bool for_citizens = false;
  bool configured = false;
};

class Index {
 public:
  struct Hit {
    uint32_t entry = 0;  // position in the vector given to Build
    double score = 0;
  };
  static Index Build(const std::vector<IndexEntry>& entries, Synonyms synonyms);
  // Best first; equal scores by position. Words the catalogue does not know are skipped when others are
  // known.
  std::vector<Hit> Search(std::string_view words) const;

 private:
  struct Posting {
    uint32_t entry;
    float weight;
  };
  struct Phrase {
    std::vector<std::string> words;
    double worth = 1;
  };
  enum class LastWord { kWhole, kMayBeUnfinished };
  // Working memory of one search: one cell per entry, cleaned by the list of what was touched.
  struct Cell {
    float sum = 0;
    uint16_t matched = 0;    // how many of the words
    uint16_t last_term = 0;  // the last of them, from 1
  };
  struct Scratch {
    std::vector<Cell> cells;
    std::vector<double> best;
    std::vector<uint32_t> mine, touched;
  };
  std::vector<Phrase> Variants(std::string_view folded) const;
  // Raises `best` of every entry the phrase finds; true when some entry has all of its words.
  bool Score(const Phrase& phrase, LastWord last, Scratch& scratch) const;
  std::vector<std::string> ExpandLast(const std::string& word) const;

  Synonyms synonyms_;
  size_t synonym_words_max_ = 1;
  std::unordered_map<std::string, std::vector<Posting>> postings_;
  std::vector<std::string> vocabulary_;  // sorted, for prefixes of a word being typed
  std::vector<std::string> names_;       // " folded name " for phrases
  std::vector<std::string> keywords_;    // " folded keywords | folded keywords "
  std::vector<uint32_t> name_words_;
  std::vector<double> prior_;
};

}  // namespace tinhso::procedures
