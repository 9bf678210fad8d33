// iCalendar text (RFC 5545): events of whole days. Thread rule: pure functions.
#pragma once
#include <string>
#include <vector>

#include "base/clock.h"

namespace tinhso::calendar_feed {

struct DayEvent {
  std::string uid;       // the same for the same matter, whatever its day becomes
  std::string on;        // "2026-12-15"
  std::string summary, description, url;
  bool tentative = false;  // the day may still move
};

// Lines end with CRLF and are folded at 75 octets, never inside a character; text is escaped. An event without a valid day is left out.
std::string WriteCalendar(const std::string& name, const std::vector<DayEvent>& events, TimeUs now_us);

}  // namespace tinhso::calendar_feed
