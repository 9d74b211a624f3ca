//! The comments of a contract, as descriptions.

use std::collections::HashMap;

use prost_reflect::{DescriptorPool, FileDescriptor};

/// All comments of a pool, by file and by the path of what they stand at.
pub(super) struct Comments {
    by_place: HashMap<(String, Vec<i32>), String>,
}

impl Comments {
    pub(super) fn of(pool: &DescriptorPool) -> Self {
        let mut by_place = HashMap::new();
        for file in pool.files() {
            let info = file.file_descriptor_proto().source_code_info.as_ref();
            for location in info.into_iter().flat_map(|info| &info.location) {
                let comment = location
                    .leading_comments
                    .as_ref()
                    .or(location.trailing_comments.as_ref());
                let text = comment.map(|text| tidy(text)).unwrap_or_default();
                if !text.is_empty() {
                    by_place.insert((file.name().to_owned(), location.path.clone()), text);
                }
            }
        }
        Self { by_place }
    }

    pub(super) fn at(&self, file: &FileDescriptor, path: &[i32]) -> Option<&str> {
        self.by_place
            .get(&(file.name().to_owned(), path.to_vec()))
            .map(String::as_str)
    }
}

/// Takes off the space after the slashes, and lines that speak to a linter.
fn tidy(comment: &str) -> String {
    let lines = comment
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end());
    let lines: Vec<_> = lines.filter(|line| !line.starts_with("buf:lint:")).collect();
    lines.join("\n").trim().to_owned()
}

/// The first sentence, for lists of methods.
pub(super) fn first_sentence(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let sentence = paragraph
        .split_once(". ")
        .map_or(paragraph.as_str(), |(first, _)| first);
    sentence.trim_end_matches('.').to_owned()
}
