export { now } from "./clock.ts";
export { GIT, startGit } from "./git.ts";
export { missingPrograms } from "./installed.ts";
export { postgresPrograms, startPostgres } from "./postgres.ts";
export type { ServerPlace } from "./server-place.ts";
export { startSsh } from "./ssh.ts";
export { STEADY_WORD, steadyClient, steadyService } from "./steady/programs.ts";
