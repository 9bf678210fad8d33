#include "ics.h"

namespace tinhso::calendar_feed {
namespace {

constexpr size_t kFoldedAt = 75;

std::string Escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\\' || c == ';' || c == ',') out += '\\';
    if (c == '\n') out += "\\n";
    else if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out;
}

void Line(std::string& out, std::string_view line) {
  size_t room = kFoldedAt;
  while (line.size() > room) {
    size_t cut = room;
    while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xC0) == 0x80) --cut;
    out.append(line.substr(0, cut)).append("\r\n ");
    line.remove_prefix(cut);
    room = kFoldedAt - 1;  // the blank that continues a line counts
  }
  out.append(line).append("\r\n");
}

std::string Compact(Date d) {
  std::string text = FormatDate(d);
  std::erase(text, '-');
  return text;
}

// "20261123T020000Z" of 2026-11-23T02:00:00 in UTC.
std::string Stamp(TimeUs at) {
  constexpr TimeUs kVietNamUs = 7 * 3600 * kUsPerSecond;
  const TimeUs utc = at - kVietNamUs;  // its local date and minute are those of UTC
  const int64_t minute = LocalMinuteOfDay(utc), second = at / kUsPerSecond % 60;
  auto two = [](int64_t n) { return std::string(n < 10 ? "0" : "") + std::to_string(n); };
  return Compact(LocalDate(utc)) + "T" + two(minute / 60) + two(minute % 60) + two(second) + "Z";
}

}  // namespace

std::string WriteCalendar(const std::string& name, const std::vector<DayEvent>& events, TimeUs now_us) {
  std::string out;
  for (const char* line : {"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tinh So//Lich ca nhan//VI", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"}) Line(out, line);
  Line(out, "NAME:" + Escaped(name));
  Line(out, "X-WR-CALNAME:" + Escaped(name));  // what programs read that do not know RFC 7986
  Line(out, "REFRESH-INTERVAL;VALUE=DURATION:PT6H");
  const std::string stamp = Stamp(now_us);
  for (const DayEvent& event : events) {
    const auto day = ParseDate(event.on);
    if (!day.ok()) continue;
    Line(out, "BEGIN:VEVENT");
    Line(out, "UID:" + Escaped(event.uid));
    Line(out, "DTSTAMP:" + stamp);
    Line(out, "DTSTART;VALUE=DATE:" + Compact(*day));
    Line(out, "DTEND;VALUE=DATE:" + Compact(AddDays(*day, 1)));
    Line(out, "SUMMARY:" + Escaped(event.summary));
    if (!event.description.empty()) Line(out, "DESCRIPTION:" + Escaped(event.description));
    if (!event.url.empty()) Line(out, "URL:" + event.url);
    Line(out, event.tentative ? "STATUS:TENTATIVE" : "STATUS:CONFIRMED");
    Line(out, "TRANSP:TRANSPARENT");
    Line(out, "END:VEVENT");
  }
  Line(out, "END:VCALENDAR");
  return out;
}

}  // namespace tinhso::calendar_feed
