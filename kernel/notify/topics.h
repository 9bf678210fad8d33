// What a person can choose about: kinds of notices in a few topics, and how each reaches outside.
// Thread rule: pure functions.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"

namespace tinhso::notify {

inline constexpr std::array<std::string_view, 3> kChannels = {"email", "sms", "zalo"};

struct Topic {
  const char* topic;
  bool for_officers;
  const char* email_default;  // "now", "digest", "off"
  const char* phone_default;  // of SMS and Zalo: "now", "off"
  std::vector<std::string_view> kinds;
};
const std::vector<Topic>& Topics();
// nullptr for kinds that stay in the web application. Workflows are data: a step nobody named here is progress.
const Topic* TopicOf(std::string_view kind);
bool IsChannel(std::string_view channel);
// "now", "digest" (e-mail only) or "off".
bool IsMode(std::string_view channel, std::string_view mode);

struct Settings {
  std::string language = "vi";
  json::object choices;  // topic → channel → mode; what is not there is the default
  int quiet_from_minute = 21 * 60, quiet_to_minute = 7 * 60;  // of the day in Viet Nam; equal = no quiet hours
  int digest_minute = 7 * 60 + 30;
  std::string unsubscribe_token;
};
std::string ModeOf(const Settings& settings, const Topic& topic, std::string_view channel);
// `at`, or the end of the quiet hours it falls into.
TimeUs AfterQuiet(const Settings& settings, TimeUs at);
// The next time of the daily summary strictly after `now`.
TimeUs NextDigest(const Settings& settings, TimeUs now);

// "h***@example.com", "09***678": enough for an administrator to recognise, too little to use.
std::string MaskAddress(std::string_view address);

}  // namespace tinhso::notify
