// The program as a whole: command line pieces that need no server.
#include <gtest/gtest.h>

#include <filesystem>

#include "app/commands.h"
#include "app/contract.h"
#include "app/lock.h"
#include "base/ids.h"
#include "base/json.h"

namespace tinhso::app {
namespace {

TEST(Listen, ReadsAddressAndPort) {
  ListenAddress listen;
  ASSERT_TRUE(ParseListen("127.0.0.1:8080", listen));
  EXPECT_EQ(listen.port, 8080);
  EXPECT_TRUE(listen.loopback);
  ASSERT_TRUE(ParseListen("[::1]:80", listen));
  EXPECT_EQ(listen.address, "::1");
  EXPECT_TRUE(listen.loopback);
  ASSERT_TRUE(ParseListen("0.0.0.0:80", listen));
  EXPECT_FALSE(listen.loopback);
  for (const char* bad :
       {"", "8080", ":8080", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:99999", "127.0.0.1:-1"})
    EXPECT_FALSE(ParseListen(bad, listen)) << bad;
}

// Two servers on one SQLite file would each believe they are its only writer.
TEST(DataLock, SecondHolderIsRefused) {
  std::string dir = (std::filesystem::temp_directory_path() / ("tinhso-lock-" + RandomToken())).string();
  {
    auto first = DataLock::Take(dir);
    ASSERT_TRUE(first.ok());
    auto second = DataLock::Take(dir);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().reason, "data_dir_in_use");
  }
  EXPECT_TRUE(DataLock::Take(dir).ok());
  std::filesystem::remove_all(dir);
}

TEST(Contract, IsServedAsJson) {
  auto contract = ContractJson();
  ASSERT_TRUE(contract.ok()) << contract.error().detail;
  auto parsed = json::Parse(*contract);
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed->as_object().at("paths").as_object().contains("/api/v1/dossiers"));
}

}  // namespace
}  // namespace tinhso::app
