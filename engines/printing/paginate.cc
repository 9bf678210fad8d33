#include "paginate.h"

namespace tinhso::printing {
namespace {

constexpr double kRounding = 0.01;  // points

class Paginator {
 public:
  explicit Paginator(double body_height) : body_height_(body_height) { pages_.emplace_back(); }

  Result<std::vector<PlacedPage>> Run(const Fragments& fragments) {
    for (size_t i = 0; i < fragments.size();) {
      // Strips that must stay together move to the next page together, unless even a whole page is too small.
      size_t end = i;
      double group = 0;
      while (end < fragments.size()) {
        group += fragments[end].height;
        if (!fragments[end++].keep_with_next) break;
      }
      if (group > Room() && group <= body_height_ - RepeatHeight(fragments[i])) NewPage();
      for (; i < end; ++i) {
        if (!Put(fragments[i]))
          return MakeError(ErrorCode::kTooLarge, "document_too_long",
                           "a part that cannot be split is taller than a page");
        if (pages_.size() > kPagesMax)
          return MakeError(ErrorCode::kTooLarge, "document_too_long",
                           "more than " + std::to_string(kPagesMax) + " pages");
      }
    }
    // Blank space at the end must not leave an empty last page.
    if (pages_.size() > 1 && pages_.back().empty()) pages_.pop_back();
    for (PlacedPage& page : pages_) {
      if (!page.empty()) page.back().last_on_page = true;
    }
    return std::move(pages_);
  }

 private:
  double Room() const { return body_height_ - y_ + kRounding; }
  static double RepeatHeight(const Fragment& fragment) {
    return fragment.repeat ? fragment.repeat->height : 0;
  }

  void NewPage() {
    if (pages_.back().empty()) return;
    pages_.emplace_back();
    y_ = 0;
  }

  bool Put(const Fragment& fragment) {
    if (fragment.space) {
      if (y_ > 0) y_ += fragment.height;
      return true;
    }
    if (fragment.height > Room()) NewPage();
    bool first = pages_.back().empty();
    if (first && fragment.repeat) {
      Place(*fragment.repeat, true);
      first = false;
    }
    if (fragment.height > Room()) return false;
    Place(fragment, first);
    return true;
  }

  void Place(const Fragment& fragment, bool first) {
    pages_.back().push_back({&fragment, y_, first, false});
    y_ += fragment.height;
  }

  double body_height_;
  double y_ = 0;
  std::vector<PlacedPage> pages_;
};

}  // namespace

Result<std::vector<PlacedPage>> Paginate(const Fragments& fragments, double body_height) {
  return Paginator(body_height).Run(fragments);
}

}  // namespace tinhso::printing
