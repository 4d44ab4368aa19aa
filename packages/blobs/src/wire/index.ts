export { type WrittenAnswer, writeAnswer, writeRefusal } from "./answer-form.ts";
export { HttpDoor, type HttpDoorOptions } from "./drivers/http-door.ts";
export { SessionDoor, type SessionDoorOptions } from "./drivers/session-door.ts";
export { type QuestionHead, RECOVERY_EPOCH_HEADER, readQuestionHead } from "./question-form.ts";
