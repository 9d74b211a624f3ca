//! The table.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::machine;

/// Between these stands what is written anew.
const BEGIN: &str = "<!-- what `make bench` writes begins here -->";
const END: &str = "<!-- what `make bench` writes ends here -->";

/// A line of the table.
#[derive(Debug, Clone)]
pub struct Figure {
    what: String,
    measured: String,
    reference: String,
    ratio: String,
    target: String,
    holds: &'static str,
}

impl Figure {
    /// What was measured, and what came of it.
    pub fn new(what: impl Into<String>, measured: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            measured: measured.into(),
            reference: String::new(),
            ratio: String::new(),
            target: String::new(),
            holds: "",
        }
    }

    /// What the same was with something to compare with, in the same run, and how the two stand.
    #[must_use]
    pub fn beside(mut self, reference: impl Into<String>, ratio: impl Into<String>) -> Self {
        self.reference = reference.into();
        self.ratio = ratio.into();
        self
    }

    /// What it should be.
    #[must_use]
    pub fn target(mut self, target: impl Into<String>, holds: Holds) -> Self {
        self.target = target.into();
        self.holds = match holds {
            Holds::Yes => "yes",
            Holds::No => "**no**",
        };
        self
    }
}

/// Whether a target is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// It is.
    Yes,
    /// It is missed.
    No,
}

impl From<bool> for Holds {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// All lines.
#[derive(Debug, Default)]
pub struct Report(Vec<Figure>);

impl Report {
    /// Adds lines.
    pub fn add(&mut self, figures: Vec<Figure>) {
        self.0.extend(figures);
    }

    /// The machine, and the table below it, in Markdown.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n\n", machine::description());
        text.push_str("| what | measured | reference | ratio | target | holds |\n");
        text.push_str("| --- | ---: | ---: | ---: | --- | --- |\n");
        for figure in &self.0 {
            // Writing to a text can't fail.
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} |",
                figure.what, figure.measured, figure.reference, figure.ratio, figure.target, figure.holds
            );
        }
        text
    }

    /// Writes it into a page, in the place of the last one.
    ///
    /// # Errors
    /// If the page can't be read or written, or has no place for it.
    pub fn write(&self, page: &Path) -> Result<()> {
        let text = std::fs::read_to_string(page).with_context(|| format!("reading {}", page.display()))?;
        let written = replaced(&text, &self.text())
            .with_context(|| format!("{} has no lines {BEGIN:?} and {END:?}", page.display()))?;
        std::fs::write(page, written).with_context(|| format!("writing {}", page.display()))
    }
}

fn replaced(page: &str, new: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{new}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let page = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let expected = format!("before\n{BEGIN}\nnew\n{END}\nafter\n");
        assert_eq!(replaced(&page, "new\n"), Some(expected));
    }

    #[test]
    fn a_page_without_marks_is_left_alone() {
        assert_eq!(replaced("by hand", "new"), None);
    }

    #[test]
    fn a_missed_target_stands_out() {
        let mut report = Report::default();
        report.add(vec![
            Figure::new("memory", "200 MB").target("under 150 MB", Holds::No),
        ]);
        let text = report.text();
        assert!(
            text.ends_with("| memory | 200 MB |  |  | under 150 MB | **no** |\n"),
            "{text}"
        );
    }
}
