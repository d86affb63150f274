/* Everything about a staff file that has a limit, in one table. Lengths are characters unless they
 * say bytes. */
#pragma once

enum {
    LIMIT_FILE_BYTES = 256 * 1024 * 1024,
    LIMIT_ROWS = 1000000,
    LIMIT_COLUMNS = 256,
    LIMIT_CELL_BYTES = 16384,    /* one cell as it stands in the file */
    LIMIT_KEY = 100,             /* employee number */
    LIMIT_EMAIL_BYTES = 254,     /* RFC 5321 with erratum 1690 */
    LIMIT_LOCAL_PART_BYTES = 64, /* RFC 5321 section 4.5.3.1.1 */
    LIMIT_NAME = 200,            /* given or family name, title */
    LIMIT_DEPARTMENT_NAME = 120, /* one part of a path */
    LIMIT_DEPARTMENT_PATH = 500,
    LIMIT_DEPARTMENT_DEPTH = 10,
    LIMIT_ROLE = 64,
    LIMIT_ROLES = 32,       /* roles of one person */
    LIMIT_FAULTS = 100,     /* faults kept for display; all are counted */
    LIMIT_FAULT_VALUE = 80, /* of a faulty value, this much is shown */
};
