/** Shapes on the map, nodes and links together. A browser draws more of them slowly, and nobody finds one among them. */
export const MAP_SHAPES_MAX = 500;
/** Findings that the page shows beside the first. Where more is wrong, the tables show where. */
export const FURTHER_FINDINGS_MAX = 50;
/** Rows that a table shows: those that are not well before all others. */
export const TABLE_ROWS_MAX = 500;
/** Rows of a table whose trends are drawn: those of more rows would be most of what a page is sent. */
export const TREND_ROWS_MAX = 100;
/** Steps of a trend, and how long one takes: ten minutes. */
export const TREND_STEPS = 60;
export const TREND_STEP_MS = 10_000;
/** Octets that may wait for a page that does not read before it is told nothing more. One event may be larger. */
export const UNREAD_MAX = 4_194_304;
/** The interval at which a page is told that the console lives, where nothing else is to be told. */
export const SIGN_OF_LIFE_MS = 10_000;
/** A page that has lost its console calls again after so long. */
export const CALL_AGAIN_MS = 1_000;
