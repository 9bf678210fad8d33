// tinhso admin create: the first person who may administer an installation.
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "app/commands.h"
#include "app/platform.h"
#include "base/text.h"
#include "words.h"

namespace tinhso::app {
namespace {


// A line without its end; typed at a terminal it is not shown.
std::string ReadPassword() {
  termios shown{};
  const bool terminal = ::isatty(STDIN_FILENO) && ::tcgetattr(STDIN_FILENO, &shown) == 0;
  if (terminal) {
    termios hidden = shown;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    std::fputs("Mật khẩu tạm / temporary password: ", stderr);
  }
  std::string line;
  std::getline(std::cin, line);
  if (terminal) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    std::fputc('\n', stderr);
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

}  // namespace

int RunAdminCreate(const Config& config, const AdminArgs& args) {
  identity::Service::NewAdministrator wanted;
  wanted.username = args.username;
  wanted.full_name = args.full_name;
  wanted.unit_code = args.unit_code;
  wanted.another = args.another;
  if (args.password_from_stdin) {
    wanted.password = ReadPassword();
    if (wanted.password.empty()) {
      Complain("Chưa có mật khẩu ở đầu vào. / No password on standard input.");
      return kExitUsage;
    }
  }
  auto opened = Platform::Open(OptionsOf(config), SystemClock());
  if (!opened.ok()) return Explain(opened.error());
  auto one_time = (*opened)->identity().CreateAdministrator(wanted);
  if (!one_time.ok()) return Explain(one_time.error());
  Say("Đã tạo quản trị viên / Administrator made: " + text::ToLower(text::Trim(args.username)));
  if (!one_time->empty()) Say("Mật khẩu dùng một lần / One-time password: " + *one_time);
  Say("Phải đổi mật khẩu khi đăng nhập lần đầu, trong 3 ngày. / To be changed at the first sign-in, within 3 days.");
  return kExitOk;
}

}  // namespace tinhso::app
