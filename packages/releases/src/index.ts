export { compareVersions } from "./debian-version.ts";
export { isInStage, STAGE_MAX } from "./stage.ts";
export {
  downloadTarget,
  type DownloadOptions,
  FolderSource,
  isRepositoryPath,
  type ReadOptions,
  REPOSITORY_ERRORS,
  RepositoryReader,
  type RepositoryReaderOptions,
  repositoryError,
  type RepositoryErrorCode,
  type RepositorySource,
  TARGET_NAME,
  type TargetFile,
  targetPathOf,
  tufKeyIdOf,
} from "./repository/index.ts";
