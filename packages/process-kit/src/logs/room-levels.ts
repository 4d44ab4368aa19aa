import { type EventFields, LOG_LEVELS, type Logger, type LogLevel } from "./logger.ts";

/** Levels by room; a room without one follows the common level. */
type OwnLevels = Readonly<Record<string, LogLevel | undefined>>;

/**
 * The common level of a log, and the levels of rooms that have their own; each may change at any time. A room's lines
 * are those of the children whose `service` is its name.
 */
export class RoomLevels {
  readonly rooms: readonly string[];
  #level: LogLevel;
  readonly #own = new Map<string, LogLevel>();

  /** @param own The levels of rooms that do not follow the common one. */
  constructor(rooms: readonly string[], level: LogLevel, own: OwnLevels = {}) {
    this.rooms = rooms;
    this.#level = level;
    this.setAll(level, own);
  }

  /** Sets all levels anew, as the constructor does. */
  setAll(level: LogLevel, own: OwnLevels): void {
    this.#level = level;
    this.#own.clear();
    for (const [room, of] of Object.entries(own)) if (of !== undefined) this.#own.set(room, of);
  }

  /** Sets the level of a room, or, for `level`, that of all rooms without their own. */
  set(room: string, level: LogLevel): void {
    if (room === ALL_ROOMS) this.#level = level;
    else this.#own.set(room, level);
  }

  of(room: string | undefined): LogLevel {
    return (room === undefined ? undefined : this.#own.get(room)) ?? this.#level;
  }

  /** Filters a log that takes all lines: passes on lines of their room's level or above. */
  filter(log: Logger, room?: string): Logger {
    const at =
      (level: LogLevel) =>
      (event: EventFields, message: string): void => {
        if (LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(this.of(room))) log[level](event, message);
      };
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      child: (fields) => {
        const service = String(fields["service"]);
        return this.filter(log.child(fields), this.rooms.includes(service) ? service : room);
      },
    };
  }

  /** The routes of a control socket by which levels are set, as `/log-level/transport/debug`. */
  routes(): Record<string, () => { readonly room: string; readonly level: LogLevel }> {
    const pairs = [ALL_ROOMS, ...this.rooms].flatMap((room) => LOG_LEVELS.map((level) => ({ room, level })));
    return Object.fromEntries(
      pairs.map(({ room, level }) => [
        logLevelRoute(room, level),
        () => {
          this.set(room, level);
          return { room, level };
        },
      ]),
    );
  }
}

/** Stands for all rooms that have no level of their own. */
export const ALL_ROOMS = "level";

export function logLevelRoute(room: string, level: string): string {
  return `/log-level/${room}/${level}`;
}
