export { compareVersions } from "./debian-version.ts";
export { isInStage, STAGE_MAX } from "./stage.ts";
