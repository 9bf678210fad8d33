// Stands on TCP between a Database and the PostgreSQL of the tests, and breaks what passes. One-shot: after a fault the next
// connections pass. Thread rule: thread-safe; its own threads end in the destructor.
#pragma once
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tinhso::db_testing {

enum class Fault {
  kCutRequest,   // the message is not delivered, both sides are closed
  kCutAnswer,    // the message is delivered, the client is cut off before its answer
  kHoldRequest,  // the message is not delivered and both sides stay open, silent
  kHoldAnswer,   // the message is delivered and both sides stay open, silent
};

class ChaosProxy {
 public:
  explicit ChaosProxy(const std::string& server_url);
  ~ChaosProxy();
  ChaosProxy(const ChaosProxy&) = delete;
  ChaosProxy& operator=(const ChaosProxy&) = delete;

  // The server's URL with the proxy in its place.
  std::string url() const;
  // At the next client's COMMIT.
  void AtCommit(Fault fault);
  // After so many more bytes of requests or answers, in the middle of a message if it falls so.
  void CutAfterRequestBytes(int64_t bytes);
  void CutAfterAnswerBytes(int64_t bytes);
  // Whether what was asked for has happened; forgets it if not.
  bool Happened();
  // From now on nobody gets through and who is connected is cut off, until Restore.
  void CutAll();
  void Restore();

 private:
  struct Plan {
    bool armed = false, at_commit = false, on_request = false;
    Fault fault = Fault::kCutRequest;
    int64_t bytes = 0;
  };
  void Arm(Plan plan);
  void AcceptLoop();
  void Serve(int client);
  // Moves what has come; false when the pair is to be closed. `silent` is set by a hold.
  bool Pass(int from, int to, bool request, bool& silent);

  std::string socket_path_, rest_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_ = false, cut_ = false;
  std::mutex mutex_;
  Plan plan_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace tinhso::db_testing
