//! napi's symbols come from the Node that loads the add-on: the linker is told that they may be missing. And the add-on runs with older C
//! libraries than that of the machine which builds it.

const OLDER_GLIBC: &str = "../older-glibc.c";

fn main() {
    napi_build::setup();
    println!("cargo:rerun-if-changed={OLDER_GLIBC}");
    // All of it, as nothing asks for these functions before the standard library, which a linker reads later.
    cc::Build::new().file(OLDER_GLIBC).link_lib_modifier("+whole-archive").compile("older_glibc");
}
