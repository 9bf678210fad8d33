// Who carries a message outside: SMTP, or a sandbox that writes files in place of an SMS or Zalo gateway.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "kernel/notify/notify.h"

namespace tinhso::notify {

struct Message {
  std::string channel, address, language;
  std::string subject, text, html;  // SMS and Zalo take `text` only
  std::string message_id;           // the same at every try
  std::string unsubscribe_url;      // "" = none
  TimeUs at_us = 0;
};

struct Outcome {
  enum class Kind {
    kSent,
    kTemporary,       // nothing was taken; worth another try
    kRefused,         // will never be taken
    kAddressRefused,  // the address does not exist
    kUnknown,         // handed over, and the answer never came
  };
  Kind kind = Kind::kTemporary;
  std::string detail;  // codes only, never an address or a text
};

// Thread rule: Send may run on several threads at once.
class Provider {
 public:
  virtual ~Provider() = default;
  // Calls `before_handover` once, at the last moment at which the message is certainly not taken; false = stop there.
  virtual Outcome Send(const Message& message, const std::function<bool()>& before_handover) = 0;
};

// kInvalid "config_smtp" when the options cannot work (why: in detail).
Result<std::unique_ptr<Provider>> MakeSmtpProvider(const SmtpOptions& options);
// Appends a line of JSON for each message to `dir`/<channel>.jsonl.
std::unique_ptr<Provider> MakeSandboxProvider(std::string dir);

}  // namespace tinhso::notify
