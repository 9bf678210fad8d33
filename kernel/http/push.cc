#include "kernel/http/push.h"

#include <utility>

namespace tinhso::http {

bool Push::Send(std::string_view bytes) {
  std::lock_guard lock(mutex_);
  if (closed_) return false;
  if (queued_.size() + bytes.size() > queued_bytes_max_) {
    closed_ = cut_ = true;
  } else {
    queued_.append(bytes);
  }
  if (wake_) wake_();
  return !cut_;
}

void Push::Close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  if (wake_) wake_();
}

bool Push::closed() const {
  std::lock_guard lock(mutex_);
  return closed_;
}

void Push::Attach(std::function<void()> wake) {
  std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void Push::Detach() {
  std::lock_guard lock(mutex_);
  wake_ = nullptr;
  closed_ = true;
}

std::string Push::Take(bool& cut) {
  std::lock_guard lock(mutex_);
  cut = cut_;
  return std::exchange(queued_, {});
}

}  // namespace tinhso::http
