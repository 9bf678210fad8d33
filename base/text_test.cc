#include "base/text.h"

#include <gtest/gtest.h>

TEST(TextTest, FoldsEverydayText) { EXPECT_EQ(tinhso::text::Fold("Đăng ký  KHAI SINH"), "dang ky khai sinh"); }
