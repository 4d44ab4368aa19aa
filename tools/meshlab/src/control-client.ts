import { request } from "node:http";
import { text } from "node:stream/consumers";
import { suggest } from "@florenetes/config-file";
import { controlSocket } from "./control-server.ts";
import { labError } from "./lab-error.ts";
import type { LabErrorCode } from "./lab-error.ts";
import { findLabs } from "./lab-state.ts";
import type { LabState } from "./lab-state.ts";
import { CONTROL_MS_MAX } from "./limits.ts";

/** A lab that another process holds. */
export interface RunningLab {
  readonly folder: string;
  readonly state: LabState;
}

/** The labs of this user that are up. */
export async function runningLabs(): Promise<readonly RunningLab[]> {
  return (await findLabs()).flatMap(({ folder, state, isAlive }) =>
    state !== undefined && isAlive ? [{ folder, state }] : [],
  );
}

/**
 * Finds a lab by a name: its cluster if no other lab has that, its folder, or the end of the folder's name. Without a name, finds the only
 * lab that is up.
 *
 * @throws OperatorError `ERR_LAB_UNKNOWN`
 */
export async function chooseLab(name: string | undefined): Promise<RunningLab> {
  const labs = await runningLabs();
  const folders = labs.map(({ folder }) => folder);
  if (name === undefined) {
    const [only] = labs;
    if (only !== undefined && labs.length === 1) return only;
    if (only === undefined) throw labError("ERR_LAB_UNKNOWN", "no lab is up", "Start one: meshlab up <mesh file>.");
    throw labError("ERR_LAB_UNKNOWN", `${labs.length} labs are up`, `Choose one with --lab: ${folders.join(", ")}.`);
  }
  const ofCluster = labs.filter(({ state }) => state.cluster === name);
  const found =
    ofCluster.length === 1 ? ofCluster[0] : labs.find(({ folder }) => folder === name || folder.endsWith(`-${name}`));
  if (found !== undefined) return found;
  throw labError("ERR_LAB_UNKNOWN", `no lab "${name}" is up`, suggest(name, folders, "No lab is up at all."));
}

/**
 * Asks the process that holds a lab to do something.
 *
 * @throws OperatorError the error that it answers, or `ERR_LAB_CLOSED` when it is gone
 */
export async function askLab(
  lab: RunningLab,
  action: string,
  body: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<{ readonly status: number; readonly body: string }>();
  const signal = AbortSignal.timeout(CONTROL_MS_MAX);
  const outgoing = request({ socketPath: controlSocket(lab.folder), path: `/${action}`, method: "POST", signal });
  outgoing.once("response", (response) => {
    text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
  });
  outgoing.once("error", (error) => {
    reject(
      labError("ERR_LAB_CLOSED", `the lab does not answer: ${error.message}`, "Is it coming up, or going down?", {
        cause: error,
      }),
    );
  });
  outgoing.end(JSON.stringify(body));
  const answer = await promise;
  const result = JSON.parse(answer.body) as {
    readonly code: LabErrorCode;
    readonly message: string;
    readonly advice: string;
  };
  if (answer.status !== 200) throw labError(result.code, result.message, result.advice);
  return result;
}
