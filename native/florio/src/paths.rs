use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

use crate::error::{FlorioError, FlorioErrorCode};
use crate::limits::SOCKET_PATH_BYTES_MAX;

/// Both paths of a port, before anything is done with them: docs/protocol/florio.md, *Sockets*.
///
/// # Errors
///
/// `PathTooLong` and `PathInvalid`.
pub fn check_paths(bind: &Path, connect: &Path) -> Result<(), FlorioError> {
    check_path("bind", bind)?;
    check_path("connect", connect)?;
    if bind == connect {
        return invalid(format!("bind and connect are the same path, {}", bind.display()));
    }
    Ok(())
}

fn check_path(name: &str, path: &Path) -> Result<(), FlorioError> {
    let bytes = path.as_os_str().as_bytes();
    if bytes.len() > SOCKET_PATH_BYTES_MAX {
        return Err(FlorioError::new(
            FlorioErrorCode::PathTooLong,
            format!(
                "{name}: a Unix socket's path holds at most {SOCKET_PATH_BYTES_MAX} bytes, and {} has {}",
                path.display(),
                bytes.len()
            ),
        ));
    }
    // A sender is known by the path that it bound, letter by letter, so there must be one way to write it.
    let is_plain = path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    let is_shortest = path.components().as_path().as_os_str() == path.as_os_str()
        && !bytes.windows(2).any(|pair| pair == b"//")
        && !bytes.windows(3).any(|part| part == b"/./");
    if !path.is_absolute() || !is_plain || !is_shortest || bytes == b"/" || bytes.contains(&0) {
        return invalid(format!("{name}: {path:?} must be an absolute path in its shortest form"));
    }
    Ok(())
}

fn invalid(message: String) -> Result<(), FlorioError> {
    Err(FlorioError::new(FlorioErrorCode::PathInvalid, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_one_way_to_be_written() {
        let check =
            |bind: &str, connect: &str| check_paths(bind.as_ref(), connect.as_ref()).map_err(|error| error.code);
        assert_eq!(check("/run/a", "/run/b"), Ok(()));
        assert_eq!(check(&format!("/{}", "x".repeat(106)), "/b"), Ok(()));
        assert_eq!(check(&format!("/{}", "x".repeat(107)), "/b"), Err(FlorioErrorCode::PathTooLong));
        let longer_in_bytes = format!("/{}", "ä".repeat(54));
        assert_eq!(check("/b", &longer_in_bytes), Err(FlorioErrorCode::PathTooLong));
        assert_eq!(check("/run/a", "/run/a"), Err(FlorioErrorCode::PathInvalid));
        for path in [
            "",
            "/",
            "run/a",
            "./a",
            "/run/./a",
            "/run/../a",
            "/run//a",
            "//run/a",
            "/run/a/",
            "/run/a/.",
            "/run/..",
            "/a\0b",
        ] {
            assert_eq!(check(path, "/b"), Err(FlorioErrorCode::PathInvalid), "{path:?}");
        }
    }
}
