//! A method without a valid access rule does not get through the build.

use prost_reflect::DescriptorPool;

#[allow(dead_code, missing_docs)]
#[path = "../../build/rules.rs"]
mod build_rules;

fn problems() -> Vec<String> {
    let mut compiler = protox::Compiler::new(["../../proto", "tests/proto"]).unwrap();
    compiler
        .include_imports(true)
        .open_files(["entente/broken/v1/broken.proto"])
        .unwrap();
    let pool = DescriptorPool::decode(compiler.encode_file_descriptor_set().as_slice()).unwrap();
    build_rules::collect(&pool).err().unwrap_or_default()
}

#[test]
fn a_method_without_a_rule_fails_the_build_and_is_named_with_the_mend() {
    let found = problems();
    let line = found
        .iter()
        .find(|line| line.contains("BrokenService.NoRule"))
        .unwrap();
    assert!(line.contains("add `option (entente.access.v1.rule)"), "{line}");
}

#[test]
fn a_rule_that_leads_nowhere_fails_the_build() {
    let found = problems().join("\n");
    assert!(
        found.contains("EmptyRule: name a caller, or a resource and an action"),
        "{found}"
    );
    assert!(
        found.contains("NoOrganization: name the field of the organization"),
        "{found}"
    );
    assert!(
        found.contains("UnknownField: entente.broken.v1.Request has no singular field `parent`"),
        "{found}"
    );
}

#[test]
fn a_rule_that_names_services_for_other_callers_fails_the_build() {
    let found = problems().join("\n");
    assert!(
        found.contains("PublicServices: only a rule for internal callers names services"),
        "{found}"
    );
}

#[test]
fn a_rule_that_names_an_unknown_service_fails_the_build() {
    let found = problems().join("\n");
    assert!(
        found.contains("UnknownService: there is no service `partner` in the contract"),
        "{found}"
    );
}

#[test]
fn a_method_with_a_valid_rule_passes() {
    assert!(!problems().join("\n").contains("BrokenService.Right"));
}
