#include "topics.h"

#include <algorithm>

namespace tinhso::notify {

const std::vector<Topic>& Topics() {
  static const std::vector<Topic> topics = {
      {"action_needed", false, "now", "now", {"dossier.request_supplement", "dossier.request_fee", "dossier.fee_partial"}},
      {"result", false, "now", "now", {"dossier.approve", "dossier.return_result", "dossier.refuse", "dossier.stop", "dossier.joint_stopped", "complaint.answered"}},
      {"progress", false, "digest", "off", {"dossier.submit", "dossier.accept", "dossier.take", "dossier.propose",
                                            "dossier.refer", "dossier.answer_referral", "dossier.return_for_rework",
                                            "dossier.supplement", "dossier.withdraw", "dossier.calendar_changed", "dossier.extend", "dossier.joint_ready", "dossier.fee_paid", "dossier.fee_refunded"}},
      {"deadline", true, "now", "off", {"dossier.due_soon", "dossier.overdue", "dossier.step_due_soon", "dossier.step_overdue", "complaint.due_soon", "complaint.overdue",
                                        "consultation.due_soon", "consultation.overdue"}},
      {"work", true, "digest", "off", {"dossier.new", "dossier.mentioned", "complaint.filed", "consultation.asked", "consultation.reminded",
                                       "consultation.withdrawn", "consultation.answered", "consultation.no_answer"}},
      {"rating", true, "off", "off", {"dossier.rated"}},
  };
  return topics;
}

const Topic* TopicOf(std::string_view kind) {
  const Topic* progress = nullptr;
  for (const Topic& topic : Topics()) {
    if (std::find(topic.kinds.begin(), topic.kinds.end(), kind) != topic.kinds.end()) return &topic;
    if (std::string_view(topic.topic) == "progress") progress = &topic;
  }
  return kind.substr(0, 8) == "dossier." ? progress : nullptr;
}

bool IsChannel(std::string_view channel) {
  return std::find(kChannels.begin(), kChannels.end(), channel) != kChannels.end();
}

bool IsMode(std::string_view channel, std::string_view mode) {
  return mode == "now" || mode == "off" || (mode == "digest" && channel == "email");
}

std::string ModeOf(const Settings& settings, const Topic& topic, std::string_view channel) {
  if (const auto* chosen = settings.choices.if_contains(topic.topic); chosen && chosen->is_object()) {
    std::string mode = json::GetText(chosen->as_object(), channel);
    if (IsMode(channel, mode)) return mode;
  }
  return channel == "email" ? topic.email_default : topic.phone_default;
}

TimeUs AfterQuiet(const Settings& settings, TimeUs at) {
  const int from = settings.quiet_from_minute, to = settings.quiet_to_minute, minute = LocalMinuteOfDay(at);
  const bool over_midnight = from > to;
  const bool quiet = over_midnight ? minute >= from || minute < to : minute >= from && minute < to;
  if (!quiet) return at;
  const Date today = LocalDate(at);
  return FromLocal(over_midnight && minute >= from ? AddDays(today, 1) : today, to);
}

TimeUs NextDigest(const Settings& settings, TimeUs now) {
  const TimeUs today = FromLocal(LocalDate(now), settings.digest_minute);
  return today > now ? today : FromLocal(AddDays(LocalDate(now), 1), settings.digest_minute);
}

std::string MaskAddress(std::string_view address) {
  const size_t at = address.find('@');
  if (at != std::string_view::npos)
    return std::string(address.substr(0, std::min<size_t>(at, 1))) + "***" + std::string(address.substr(at));
  if (address.size() < 6) return "***";
  return std::string(address.substr(0, 2)) + "***" + std::string(address.substr(address.size() - 3));
}

}  // namespace tinhso::notify
