#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace tinhso {
namespace {

Result<int> Half(int n) {
  if (n % 2 != 0) return {ErrorCode::kInvalid, "number_odd", "half of an odd number"};
  return n / 2;
}

Result<int> Quarter(int n) {
  TINHSO_ASSIGN(const int half, Half(n));
  TINHSO_ASSIGN(const int quarter, Half(half));
  return quarter;
}

Status CheckEven(int n, int* calls) {
  TINHSO_TRY(Half(n));
  ++*calls;
  return Ok();
}

Result<std::unique_ptr<int>> MakeBox(int n) { return std::make_unique<int>(n); }

Result<int> Unbox(int n) {
  TINHSO_ASSIGN(auto box, MakeBox(n));
  return *box;
}

TEST(ResultTest, AssignGivesTheValueOrPassesTheErrorOn) {
  ASSERT_TRUE(Quarter(8).ok());
  EXPECT_EQ(*Quarter(8), 2);
  auto failed = Quarter(6);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(failed.error().reason, "number_odd");
  EXPECT_EQ(failed.error().detail, "half of an odd number");
}

TEST(ResultTest, TryStopsAtTheError) {
  int calls = 0;
  EXPECT_FALSE(CheckEven(3, &calls).ok());
  EXPECT_EQ(calls, 0);
  EXPECT_TRUE(CheckEven(4, &calls).ok());
  EXPECT_EQ(calls, 1);
}

// Values that cannot be copied (a leased connection, a file) must pass through.
TEST(ResultTest, CarriesMoveOnlyValues) { EXPECT_EQ(*Unbox(7), 7); }

TEST(ResultTest, FieldInvalidNamesTheField) {
  const Error e = FieldInvalid("/form/birth_on", "date_future");
  EXPECT_EQ(e.code, ErrorCode::kInvalid);
  EXPECT_EQ(e.reason, "validation_failed");
  ASSERT_EQ(e.fields.size(), 1u);
  EXPECT_EQ(e.fields[0].pointer, "/form/birth_on");
  EXPECT_EQ(e.fields[0].reason, "date_future");
}

}  // namespace
}  // namespace tinhso
