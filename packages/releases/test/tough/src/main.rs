//! Reads a repository with the crate `tough`: `tough-reader ROOT METADATA TARGETS` prints name and length of each target, once it has read and verified it.

use std::error::Error;
use std::path::Path;

use tough::{IntoVec, RepositoryLoader};
use url::Url;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [root, metadata, targets] = arguments.as_slice() else {
        return Err("ROOT METADATA TARGETS is needed".into());
    };
    let root = std::fs::read(root)?;
    let repository = RepositoryLoader::new(&root, folder(metadata)?, folder(targets)?)
        .load()
        .await?;
    for name in repository.targets().signed.targets.keys() {
        let stream = repository
            .read_target(name)
            .await?
            .ok_or("a target that is listed is none")?;
        println!("{} {}", name.resolved(), stream.into_vec().await?.len());
    }
    Ok(())
}

fn folder(path: &str) -> Result<Url, Box<dyn Error>> {
    Url::from_directory_path(Path::new(path)).map_err(|()| "it is no whole path".into())
}
