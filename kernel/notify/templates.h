// The words of messages sent outside, in two languages, from packs/_common/notices/{vi,en}.yaml.
// Thread rule: immutable after Load.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace tinhso::notify {

struct Rendered {
  std::string title, text, html;
};

class Templates {
 public:
  // kInvalid "template_invalid" with file, line and what is wrong: a message missing in one language, an unknown place.
  static Result<Templates> Load(const std::string& dir);

  using Values = std::map<std::string, std::string, std::less<>>;
  // A mail. `lines` stand below the body (a digest's notices). Unknown kinds get "dossier.other".
  Rendered Mail(std::string_view language, std::string_view kind, const Values& values,
                const std::vector<std::string>& lines = {}) const;
  // For SMS and Zalo.
  std::string Short(std::string_view language, std::string_view kind, const Values& values) const;
  std::string Title(std::string_view language, std::string_view kind, const Values& values) const;

 private:
  struct Message {
    std::string title, body, brief, open;
  };
  struct Language {
    std::string frame_text, frame_html, open;
    std::map<std::string, Message, std::less<>> messages;
  };
  const Language& Of(std::string_view language) const;
  const Message& Find(const Language& words, std::string_view kind) const;
  static Result<Language> LoadLanguage(const std::string& file, std::string_view language);
  std::map<std::string, Language, std::less<>> languages_;
};

}  // namespace tinhso::notify
