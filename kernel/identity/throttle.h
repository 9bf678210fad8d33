// Slows down guessing: after some free tries each further failure doubles the wait. Wrong tries are counted in the database, so that
// several servers count together and a restart forgives nothing; a right sign-in writes nothing but, once a day, where it came from.
#pragma once
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "kernel/db/db.h"

namespace tinhso::identity {

struct ThrottleOptions {
  int free_tries = 5;
  int wait_s_first = 30;
  int wait_s_max = 900;
  int forget_s = 1800;  // a key without tries for so long starts afresh
};

// Wrong codes of a second factor: whoever types them knows the password, so the account itself waits, wherever they come from.
inline constexpr ThrottleOptions kFactorThrottle{};
// How long to wait after so many wrong tries; 0 = not at all.
int64_t WaitSecondsAfter(const ThrottleOptions& options, int64_t tries);

// What guessing at sign-in meets. One name from one address has few tries, so that a stranger elsewhere does not shut the owner
// out; one address has more (an office shares it); one name from anywhere has many, with short waits, which holds back a guesser
// with many addresses. Addresses from which the name was last signed in to are not held back by what strangers do.
// Thread-safe.
class SignInThrottle {
 public:
  SignInThrottle(db::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  // One try, from before its outcome is known to the end of its request: those under way count as if they were wrong, so that many
  // at once cannot slip through. What other servers have under way is not seen; it counts as soon as it is found wrong, and then all
  // of it, so that a burst at several servers is paid for with a longer wait.
  class Attempt {
   public:
    Attempt(Attempt&&) noexcept;
    Attempt& operator=(Attempt&&) = delete;
    ~Attempt();

   private:
    friend class SignInThrottle;
    Attempt(SignInThrottle& throttle, std::vector<std::string> keys) : throttle_(&throttle), keys_(std::move(keys)) {}
    SignInThrottle* throttle_;
    std::vector<std::string> keys_;  // address, pair, name
    bool known_ = false;             // the name was signed in to from this address: strangers' tries do not hold it back
  };
  // kThrottled "too_many_attempts" with retry_after_s.
  Result<Attempt> Begin(const std::string& username, const std::string& address);
  // The try was wrong: counted in the transaction that records it.
  Status Wrong(db::Tx& tx, const Attempt& attempt);
  // The name was signed in to from the address: its own count is forgotten.
  Status Right(db::Tx& tx, const std::string& username, const std::string& address);

 private:
  db::Database& database_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, int64_t> under_way_;
};

}  // namespace tinhso::identity
