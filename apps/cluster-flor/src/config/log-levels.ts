import { LOG_LEVELS, type LogLevel } from "@florenetes/process-kit";
import { z } from "zod";

/** Rooms whose lines may have a level of their own. */
export const LOG_ROOMS = ["transport", "connection", "forwarding", "sessions"] as const;

/** The levels of the log: `level` for all rooms but those that have their own. */
export interface LogLevels extends Readonly<Partial<Record<(typeof LOG_ROOMS)[number], LogLevel | undefined>>> {
  readonly level: LogLevel;
}

const logLevel = z.enum(LOG_LEVELS);

/** The section `log` of the config file. */
export const logLevels: z.ZodType<LogLevels> = z.strictObject({
  level: logLevel.default("info"),
  transport: logLevel.optional(),
  connection: logLevel.optional(),
  forwarding: logLevel.optional(),
  sessions: logLevel.optional(),
});
