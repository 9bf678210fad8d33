#include "base/crypto.h"

#include <gtest/gtest.h>

#include <set>

namespace tinhso::crypto {
namespace {

// FIPS 180-2 appendix B and the empty message.
TEST(Sha256Test, PublishedVectors) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Sha256Hex(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256Test, PiecesGiveTheSameAsTheWhole) {
  const std::string text = "Tờ khai đăng ký khai sinh, 1 bản chính";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    Sha256 hash;
    hash.Update(text.substr(0, cut));
    hash.Update(text.substr(cut));
    Sha256 moved = std::move(hash);
    EXPECT_EQ(moved.FinalHex(), Sha256Hex(text));
  }
  Sha256 empty;
  EXPECT_EQ(empty.FinalBytes(), Sha256Bytes(""));
  EXPECT_EQ(Sha256Bytes("").size(), 32u);
}

// RFC 4231 test cases 1, 2 and 6 (a key longer than the block).
TEST(HmacTest, PublishedVectors) {
  EXPECT_EQ(HexEncode(HmacSha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(HexEncode(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(HexEncode(HmacSha256(std::string(131, '\xaa'),
                                 "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(HmacSha256("", "").size(), 32u);
}

TEST(EncodingTest, HexRoundTripAndRefusals) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(*HexDecode(HexEncode(all)), all);
  EXPECT_EQ(*HexDecode("00fFAb"), std::string("\x00\xff\xab", 3));
  for (const char* bad : {"0", "0g", "zz", "0x12", " 12"}) {
    auto r = HexDecode(bad);
    ASSERT_FALSE(r.ok()) << bad;
    EXPECT_EQ(r.error().reason, "hex_malformed");
  }
}

// RFC 4648 section 10.
TEST(EncodingTest, Base64Vectors) {
  const char* plain[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
  const char* coded[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
  for (int i = 0; i < 7; ++i) EXPECT_EQ(Base64Encode(plain[i]), coded[i]);
  EXPECT_EQ(Base64Encode("\xfb\xff\xfe"), "+//+");
  EXPECT_EQ(Base64UrlEncode("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(Base64UrlEncode("f"), "Zg");
}

TEST(EncodingTest, Base64RoundTripAndRefusals) {
  for (const std::string bytes : {"", "f", "fo", "foo", "foob", "\xfb\xff\xfe"}) {
    auto r = Base64Decode(Base64Encode(bytes));
    ASSERT_TRUE(r.ok());
    EXPECT_EQ(*r, bytes);
  }
  for (const char* bad : {"Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zg==Zg==", "-__-", "Zm9v\n", " Zm9", "Zm=v"}) {
    auto r = Base64Decode(bad);
    ASSERT_FALSE(r.ok()) << bad;
    EXPECT_EQ(r.error().reason, "base64_malformed");
  }
}

TEST(EncodingTest, Base64UrlRoundTripAndRefusals) {
  std::string bytes;
  for (int n = 0; n < 300; ++n) {
    EXPECT_EQ(*Base64UrlDecode(Base64UrlEncode(bytes)), bytes);
    bytes += static_cast<char>(n * 37);
  }
  // padding, the other alphabet, a single left-over letter, left-over bits that are not zero
  for (const char* bad : {"Zg==", "+//+", "Z", "Zm9vY", "Zh", "Zm9=", "Z g"}) {
    auto r = Base64UrlDecode(bad);
    ASSERT_FALSE(r.ok()) << bad;
    EXPECT_EQ(r.error().reason, "base64_malformed");
  }
}

TEST(CryptoTest, ComparesWholeTexts) {
  EXPECT_TRUE(EqualConstantTime("", ""));
  EXPECT_TRUE(EqualConstantTime("abc", "abc"));
  EXPECT_FALSE(EqualConstantTime("abc", "abd"));
  EXPECT_FALSE(EqualConstantTime("abc", "abcd"));
}

TEST(CryptoTest, RandomBytesDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.insert(RandomBytes(16)).second);
  EXPECT_EQ(RandomBytes(0), "");
  EXPECT_EQ(RandomBytes(-3), "");
  EXPECT_EQ(RandomBytes(1000).size(), 1000u);
}

}  // namespace
}  // namespace tinhso::crypto
