//! Generates the contract's code: messages, clients and servers, the guarded wrapper of each server, the check of each
//! message's field rules, and what a request is repeated by. No protoc is needed.

#![expect(clippy::print_stdout, reason = "this is how a build script talks to cargo")]

mod guards;
mod naming;
mod repeatable;
mod rules;
mod validation;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use prost_reflect::DescriptorPool;

const PROTO: &str = "../../proto";

fn main() -> Result<()> {
    let root = Path::new(PROTO);
    println!("cargo:rerun-if-changed={PROTO}");
    println!("cargo:rerun-if-changed=build");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").context("OUT_DIR is not set")?);

    let mut compiler = protox::Compiler::new([root])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(proto_files(root)?)?;
    let encoded = compiler.encode_file_descriptor_set();
    std::fs::write(out.join("descriptor_set.bin"), &encoded)?;

    let pool = DescriptorPool::decode(encoded.as_slice())?;
    let methods = match rules::collect(&pool) {
        Ok(methods) => methods,
        Err(problems) => bail!(
            "the contract has methods without a valid access rule:\n{}",
            problems.join("\n")
        ),
    };
    std::fs::write(out.join("guards.rs"), guards::generate(&pool, &methods)?)?;
    std::fs::write(out.join("repeatable.rs"), repeatable::generate(&methods)?)?;
    std::fs::write(out.join("validation.rs"), validation::generate(&pool)?)?;

    tonic_prost_build::configure()
        .build_transport(false)
        .include_file("messages.rs")
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}

/// All proto files below the root, as import paths, in a stable order.
fn proto_files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "proto") {
                found.push(path.strip_prefix(root)?.to_path_buf());
            }
        }
    }
    found.sort();
    Ok(found)
}
