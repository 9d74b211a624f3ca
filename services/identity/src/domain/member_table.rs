//! A table of people to invite, as spreadsheets write it (RFC 4180).

use super::email::{EmailAddress, LooksAlike, NotAnAddress};
use super::role::{RoleRef, UnknownRole};

/// How many lines a table may have.
pub const MOST_LINES: usize = 2_000;

const EMAIL: &str = "email";
const ROLE: &str = "role";
const LEGAL: &str = "legal_representative";
const LONGEST_ADDRESS: usize = 254;

/// A line below the names of the columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number in the table, as editors count.
    pub number: u64,
    /// The address, as it was read.
    pub email: String,
    /// Whom it is about, or what is wrong with it.
    pub entry: Result<Entry, Problem>,
}

/// Somebody to invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The address.
    pub email: EmailAddress,
    /// The role.
    pub role: RoleRef,
    /// Whether the person will bind the organization.
    pub legal_representative: bool,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The address.
    #[error("{0}")]
    Address(NotAnAddress),
    /// The address could be taken for another one.
    #[error("{0}")]
    Alike(LooksAlike),
    /// The address is too long.
    #[error("has more than 254 characters: give a shorter address")]
    LongAddress,
    /// The role.
    #[error("{0}")]
    Role(UnknownRole),
    /// Neither of the two words.
    #[error("is neither `yes` nor `no`: give one of them, or leave it empty for `no`")]
    NeitherYesNorNo,
    /// The line was cut, or has a separator too many.
    #[error("has {found} cells where the first line has {wanted}: put cells with a comma in quotation marks")]
    Cells {
        /// How many it has.
        found: usize,
        /// How many columns there are.
        wanted: usize,
    },
}

impl Problem {
    /// The column that it is about.
    pub fn column(&self) -> &'static str {
        match self {
            Self::Address(_) | Self::Alike(_) | Self::LongAddress => EMAIL,
            Self::Role(_) => ROLE,
            Self::NeitherYesNorNo => LEGAL,
            Self::Cells { .. } => "line",
        }
    }
}

/// A table that can't be used at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// There is nothing.
    #[error("has no line: begin with the names of the columns, `email,role`")]
    Empty,
    /// A column that has to be there.
    #[error("has no column `{0}` in its first line: add it")]
    NoColumn(&'static str),
    /// One that means nothing here.
    #[error("has a column `{0}` that is not known: leave only email, role and legal_representative")]
    UnknownColumn(String),
    /// One that stands twice.
    #[error("has the column `{0}` twice: leave one")]
    ColumnTwice(String),
    /// It is too long.
    #[error("has more than 2000 lines: import it in parts")]
    TooLong,
    /// A quotation mark that doesn't end, or the like.
    #[error("can't be read as separated values: {0}, save the table as CSV again")]
    Unreadable(String),
}

/// Where the columns stand.
struct Columns {
    email: usize,
    role: usize,
    legal_representative: Option<usize>,
    count: usize,
}

/// Reads a table.
///
/// # Errors
/// [`Unusable`]; what is wrong with one line is in that line.
pub fn read(text: &str) -> Result<Vec<Line>, Unusable> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(text))
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut numbers = Numbers {
        text,
        read: 0,
        line: 1,
    };
    let mut columns = None;
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| Unusable::Unreadable(error.to_string()))?;
        let start = record.position().map_or(0, csv::Position::byte);
        let number = numbers.of(start);
        let Some(columns) = &columns else {
            columns = Some(head(&record)?);
            continue;
        };
        if record.iter().all(str::is_empty) {
            continue;
        }
        if lines.len() == MOST_LINES {
            return Err(Unusable::TooLong);
        }
        lines.push(Line {
            number,
            email: record.get(columns.email).unwrap_or_default().to_owned(),
            entry: entry(&record, columns),
        });
    }
    if columns.is_none() {
        return Err(Unusable::Empty);
    }
    Ok(lines)
}

/// What stands more often in the first line: spreadsheets in much of Europe write semicolons.
fn delimiter(text: &str) -> u8 {
    let head = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    if head.matches(';').count() > head.matches(',').count() {
        b';'
    } else {
        b','
    }
}

fn head(record: &csv::StringRecord) -> Result<Columns, Unusable> {
    let (mut email, mut role, mut legal) = (None, None, None);
    for (place, name) in record.iter().enumerate() {
        let name = name.to_lowercase();
        let column = match name.as_str() {
            EMAIL => &mut email,
            ROLE => &mut role,
            LEGAL => &mut legal,
            _ => return Err(Unusable::UnknownColumn(name)),
        };
        if column.replace(place).is_some() {
            return Err(Unusable::ColumnTwice(name));
        }
    }
    Ok(Columns {
        email: email.ok_or(Unusable::NoColumn(EMAIL))?,
        role: role.ok_or(Unusable::NoColumn(ROLE))?,
        legal_representative: legal,
        count: record.len(),
    })
}

fn entry(record: &csv::StringRecord, columns: &Columns) -> Result<Entry, Problem> {
    if record.len() != columns.count {
        return Err(Problem::Cells {
            found: record.len(),
            wanted: columns.count,
        });
    }
    let cell = |place: usize| record.get(place).unwrap_or_default();
    let email = cell(columns.email);
    if email.chars().count() > LONGEST_ADDRESS {
        return Err(Problem::LongAddress);
    }
    let known: EmailAddress = email.parse().map_err(Problem::Address)?;
    Ok(Entry {
        email: EmailAddress::chosen(known.as_str()).map_err(Problem::Alike)?,
        role: cell(columns.role).to_lowercase().parse().map_err(Problem::Role)?,
        legal_representative: match columns.legal_representative.map(cell).unwrap_or_default() {
            "" => false,
            word if word.eq_ignore_ascii_case("no") => false,
            word if word.eq_ignore_ascii_case("yes") => true,
            _ => return Err(Problem::NeitherYesNorNo),
        },
    })
}

/// Counts lines up to a record. The reader's own count stands at the empty lines before it.
struct Numbers<'a> {
    text: &'a str,
    read: usize,
    line: u64,
}

impl Numbers<'_> {
    fn of(&mut self, start: u64) -> u64 {
        let bytes = self.text.as_bytes();
        let start = usize::try_from(start).unwrap_or(usize::MAX).min(bytes.len());
        let rest = bytes.get(start..).unwrap_or_default();
        let empty = rest
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        let start = start.saturating_add(empty).max(self.read);
        let passed = bytes.get(self.read..start).unwrap_or_default();
        let lines = passed.iter().filter(|byte| **byte == b'\n').count();
        self.line = self.line.saturating_add(u64::try_from(lines).unwrap_or(u64::MAX));
        self.read = start;
        self.line
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::role::BuiltInRole;

    fn numbers(text: &str) -> Vec<u64> {
        read(text).unwrap().iter().map(|line| line.number).collect()
    }

    #[test]
    fn a_line_is_who_it_says() {
        let lines =
            read("email,role,legal_representative\r\n\"Eva@Alpina.example\", Admin ,YES\r\n").unwrap();
        assert_eq!(
            lines,
            [Line {
                number: 2,
                email: "Eva@Alpina.example".to_owned(),
                entry: Ok(Entry {
                    email: EmailAddress::new("eva@alpina.example"),
                    role: BuiltInRole::Admin.into(),
                    legal_representative: true,
                }),
            }]
        );
    }

    #[test]
    fn columns_stand_in_any_order_and_semicolons_separate_too() {
        let lines = read("\u{feff}Role;Email\nviewer;zoe@example.example\n").unwrap();
        assert_eq!(lines[0].email, "zoe@example.example");
        assert!(lines[0].entry.is_ok());
    }

    #[test]
    fn lines_are_counted_as_editors_do() {
        assert_eq!(
            numbers("email,role\n\na@b.example,viewer\n\n\nc@d.example,viewer"),
            [3, 6]
        );
        assert_eq!(
            numbers("email,role\r\na@b.example,viewer\r\nc@d.example,viewer\r\n"),
            [2, 3]
        );
        assert_eq!(
            numbers("email,role\n\"a\n@b.example\",viewer\nc@d.example,viewer\n"),
            [2, 4]
        );
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said_of_its_column() {
        let text = "email,role,legal_representative\nnobody,viewer,\n\u{430}@b.example,viewer,\na@b.example,boss,\na@b.example,viewer,maybe\n\
                    a@b.example,viewer\n";
        let columns: Vec<_> = read(text)
            .unwrap()
            .into_iter()
            .map(|line| line.entry.unwrap_err().column())
            .collect();
        assert_eq!(
            columns,
            ["email", "email", "role", "legal_representative", "line"]
        );
    }

    #[test]
    fn a_table_without_its_columns_is_unusable() {
        assert_eq!(read(""), Err(Unusable::Empty));
        assert_eq!(read("email\n"), Err(Unusable::NoColumn("role")));
        assert_eq!(
            read("email,role,name\n"),
            Err(Unusable::UnknownColumn("name".to_owned()))
        );
        assert_eq!(
            read("email,role,email\n"),
            Err(Unusable::ColumnTwice("email".to_owned()))
        );
        let long = format!("email,role\n{}", "a@b.example,viewer\n".repeat(MOST_LINES + 1));
        assert_eq!(read(&long), Err(Unusable::TooLong));
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "(email,role\n)?[\\PC\n\r\",;]{0,200}") {
            let most = u64::try_from(text.lines().count()).unwrap() + 1;
            if let Ok(lines) = read(&text) {
                prop_assert!(lines.iter().all(|line| line.number >= 1 && line.number <= most));
            }
        }
    }
}
