// What the commands say to the person at the terminal, in two languages.
#pragma once
#include <string>

#include "app/commands.h"
#include "app/config.h"
#include "app/demo.h"
#include "app/platform.h"
#include "base/result.h"

namespace tinhso::app {

void Say(const std::string& line);       // standard output
void Complain(const std::string& line);  // standard error
// Says what went wrong; the exit code for it.
int Explain(const Error& error);
void SayAccounts(const std::vector<DemoAccount>& accounts);
PlatformOptions OptionsOf(const Config& config);
// For commands that only read or tend what is there: no pack is published on the way.
Result<std::unique_ptr<Platform>> OpenUnchanged(const Config& config);

}  // namespace tinhso::app
