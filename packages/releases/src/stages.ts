/** The part by which a node decides whether a release is for it: whoever only asks that loads no reader of repositories. */
export { compareVersions } from "./debian-version.ts";
export { isInStage, turnOf } from "./stage.ts";
