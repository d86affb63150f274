/* Forced into every file of ours: functions with a better one beside them do not compile. rand() is
 * left to clang-tidy (cert-msc30-c), because OpenSSL's headers name a parameter so. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf strncpy strtok gmtime localtime atoi system gets
