/** Whose an identity folder is: what is done in it is done as that user. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { IdentityError } from "../errors.ts";
import { writing } from "./replace-files.ts";

/**
 * Runs the action as the user whom the folder belongs to, so that what is written is theirs. Root could otherwise be led by a
 * link in the folder to whatever is not theirs, and would give it to them. The action waits for nothing, so
 * that nothing else is done as that user. Throws ERR_IDENTITY_FOLDER_OWNER when this process may not act as that user, or
 * _WRITE_FAILED when the folder cannot be looked at.
 */
export function asOwnerOf<Result>(folder: string, action: (folder: string) => Result): Result {
  const user = process.geteuid?.();
  const owner = writing(folder, () => statSync(folder, { throwIfNoEntry: false }));
  if (user === undefined || owner === undefined || owner.uid === user) return action(folder);
  if (user !== 0) throw notOwner(folder, owner.uid, user);
  // From where root stands, the owner may not be able to go anywhere.
  const absolute = resolve(folder);
  const [group, groups] = [process.getegid!(), process.getgroups!()];
  try {
    process.setgroups!([owner.gid]);
    process.setegid!(owner.gid);
    process.seteuid!(owner.uid);
  } catch (error) {
    throw notOwner(folder, owner.uid, user, error);
  }
  try {
    return action(absolute);
  } finally {
    process.seteuid!(user);
    process.setegid!(group);
    process.setgroups!(groups);
  }
}

function notOwner(folder: string, owner: number, user: number, cause?: unknown): IdentityError {
  const reason = cause === undefined ? "" : `, which may not act for the other (${(cause as Error).message})`;
  const message = `it belongs to the user with id ${owner}, and this is the user with id ${user}${reason}`;
  return new IdentityError("ERR_IDENTITY_FOLDER_OWNER", message, { where: { file: folder }, cause });
}
