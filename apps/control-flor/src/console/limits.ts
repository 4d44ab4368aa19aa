/** Lines of the last ten minutes that are kept: each has half a kilobyte. A table of more rows than a console draws lines for shows none of them. */
export const LINES_MAX = 4_096;
/** Steps of time that a line of usage has at most, the newest: a week of hours. */
export const USAGE_DRAWN_MAX = 168;
