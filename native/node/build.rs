//! napi's symbols come from the Node that loads the add-on: the linker is told that they may be missing.

fn main() {
    napi_build::setup();
}
