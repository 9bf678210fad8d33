#include "parse.h"
#include <gtest/gtest.h>
