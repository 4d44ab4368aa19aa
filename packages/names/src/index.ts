export { NAME_LENGTH_MAX } from "./limits.ts";
export { isName, NAME_FORM } from "./names.ts";
