#include "totp.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "base/crypto.h"

namespace tinhso::identity {
namespace {

constexpr const char* kRfcSecret = "12345678901234567890";

// RFC 6238 appendix B, the last six digits.
TEST(Totp, VectorsOfTheRfc) {
  struct Vector {
    int64_t at_s;
    const char* code;
  };
  for (const Vector& v : {Vector{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"}, {1234567890, "005924"},
                          {2000000000, "279037"}, {20000000000, "353130"}}) {
    EXPECT_EQ(HotpCode(kRfcSecret, static_cast<uint64_t>(v.at_s / 30)), v.code) << v.at_s;
    EXPECT_EQ(TotpStep(kRfcSecret, v.code, v.at_s * kUsPerSecond, 0), v.at_s / 30);
  }
}

// RFC 4226 appendix D.
TEST(Totp, VectorsOfHotp) {
  const char* codes[] = {"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"};
  for (uint64_t i = 0; i < 10; ++i) EXPECT_EQ(HotpCode(kRfcSecret, i), codes[i]);
}

TEST(Totp, OneStepEitherWayAndNoFurther) {
  constexpr int64_t kStep = 60'000'000;
  TimeUs now = kStep * kTotpPeriodUs + 5 * kUsPerSecond;
  for (int64_t off = -3; off <= 3; ++off) {
    std::string code = HotpCode(kRfcSecret, static_cast<uint64_t>(kStep + off));
    EXPECT_EQ(TotpStep(kRfcSecret, code, now, 0), off >= -1 && off <= 1 ? kStep + off : 0) << off;
  }
}

// A code seen over the shoulder is worth nothing: neither itself nor one before it is right again.
TEST(Totp, ACodeIsRightOnce) {
  constexpr int64_t kStep = 60'000'000;
  TimeUs now = kStep * kTotpPeriodUs;
  std::string present = HotpCode(kRfcSecret, kStep), before = HotpCode(kRfcSecret, kStep - 1), after = HotpCode(kRfcSecret, kStep + 1);
  EXPECT_EQ(TotpStep(kRfcSecret, present, now, kStep), 0);
  EXPECT_EQ(TotpStep(kRfcSecret, before, now, kStep), 0);
  EXPECT_EQ(TotpStep(kRfcSecret, after, now, kStep), kStep + 1);
}

TEST(Totp, NonsenseIsNotRight) {
  for (const char* code : {"", "1", "12345", "1234567", "abcdef", "28708２"}) EXPECT_EQ(TotpStep(kRfcSecret, code, 59 * kUsPerSecond, 0), 0) << code;
}

TEST(Totp, Base32) {
  // RFC 4648 section 10, without padding.
  const std::pair<const char*, const char*> vectors[] = {{"", ""}, {"f", "MY"}, {"fo", "MZXQ"}, {"foo", "MZXW6"}, {"foob", "MZXW6YQ"}, {"fooba", "MZXW6YTB"}, {"foobar", "MZXW6YTBOI"}};
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(Base32Encode(plain), coded);
    EXPECT_EQ(Base32Decode(coded), plain);
  }
  EXPECT_EQ(Base32Decode("MZ1"), "");
}

TEST(Totp, UriAndQr) {
  EXPECT_EQ(TotpUri("Tỉnh Số", "lan", "foobar"),
            "otpauth://totp/T%e1%bb%89nh%20S%e1%bb%91:lan?secret=MZXW6YTBOI&issuer=T%e1%bb%89nh%20S%e1%bb%91&algorithm=SHA1&digits=6&period=30");
  json::object qr = QrPath("otpauth://totp/x");
  EXPECT_EQ((qr["size"].as_int64() - 8 - 17) % 4, 0);  // a QR size and its quiet zone
  EXPECT_TRUE(qr["path"].as_string().starts_with("M4 4h7v1h-7z"));  // the finder pattern's first row
}

// An outside implementation: oathtool of OATH Toolkit.
TEST(Totp, AgreesWithOathtool) {
  if (std::system("command -v oathtool >/dev/null 2>&1") != 0) GTEST_SKIP() << "oathtool is not installed";
  for (int i = 0; i < 12; ++i) {
    std::string secret = crypto::Sha256Bytes("secret " + std::to_string(i)).substr(0, kTotpSecretBytes);
    int64_t at_s = 1'700'000'000 + i * 12'345'678LL;
    std::string command = "oathtool --totp -b " + Base32Encode(secret) + " --now=@" + std::to_string(at_s);
    FILE* pipe = popen(command.c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    char line[64] = "";
    ASSERT_NE(std::fgets(line, sizeof line, pipe), nullptr) << command;
    pclose(pipe);
    EXPECT_EQ(HotpCode(secret, static_cast<uint64_t>(at_s / 30)), std::string(line, 6)) << command;
  }
}

}  // namespace
}  // namespace tinhso::identity
