//! How proto names appear in the generated Rust.

use heck::{ToSnakeCase, ToUpperCamelCase};

/// The Rust path of a message or enum, from the root of the generated modules.
pub fn type_path(package: &str, name: &str) -> String {
    format!(
        "crate::{}::{}",
        package.replace('.', "::"),
        name.to_upper_camel_case()
    )
}

/// The Rust name of a field or method.
pub fn member(name: &str) -> String {
    let snake = name.to_snake_case();
    if matches!(
        snake.as_str(),
        "type" | "use" | "in" | "ref" | "match" | "mod" | "move" | "where" | "loop"
    ) {
        return format!("r#{snake}");
    }
    snake
}

/// The expression that borrows a dotted string field of `message`, as `Option<&str>`.
pub fn string_at(path: &str) -> String {
    let parts: Vec<_> = path.split('.').map(member).collect();
    let (last, parents) = match parts.split_last() {
        Some(split) => split,
        None => return "None".to_owned(),
    };
    let mut expression = "Some(&message)".to_owned();
    for parent in parents {
        expression = format!("{expression}.and_then(|m| m.{parent}.as_ref())");
    }
    format!("{expression}.map(|m| m.{last}.as_str())")
}
