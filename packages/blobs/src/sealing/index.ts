export { opened, sealed } from "./age-file.ts";
export { SEALING_ERRORS } from "./errors.ts";
export { NOTED_NAME_SIZE_MAX } from "./limits.ts";
export { idOf, isObjectId, nameOf, newObjectName, OBJECTS_PREFIX } from "./object-name.ts";
export { gather, type ObjectNote, only, openNote, sealNote } from "./object-note.ts";
