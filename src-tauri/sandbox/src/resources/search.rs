//! One search, from what is asked to one page of answers.
//!
//! R4 search: <https://hl7.org/fhir/R4/search.html>. Paging goes by position (last sort value and row), not by
//! offset, so that a resource that arrives meanwhile neither repeats nor hides another.

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params_from_iter};

use super::dates::Stretch;
use super::types::Served;
use super::{StoreError, Stored, stored_row};

/// What is asked. Every criterion must hold; of `reach`, one alternative must (none given: no narrowing).
#[derive(Debug, Clone)]
pub(crate) struct Search {
    pub(crate) served: &'static Served,
    /// Whose compartment. What all patients share is found with it too. None: everybody's.
    pub(crate) patient: Option<String>,
    pub(crate) criteria: Vec<Criterion>,
    /// Alternatives that a token's scopes leave, each a list of criteria.
    pub(crate) reach: Vec<Vec<Criterion>>,
    pub(crate) sort: Sort,
    pub(crate) after: Option<Position>,
    /// Entries on the page; 0 only counts.
    pub(crate) limit: u32,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Criterion {
    /// Any of these ids.
    Id(Vec<String>),
    /// Any of these values of a token or reference parameter.
    Token { param: &'static str, any: Vec<TokenMatch> },
    /// When it happened, by the type's own date parameter.
    Dated(Comparator, Stretch),
    /// When the server last changed it.
    Updated(Comparator, Stretch),
    /// Any of these values of `meta.source`.
    Source(Vec<String>),
}

/// `code`, `system|code`, `|code` or `system|`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenMatch {
    /// None: any system. Empty: no system.
    pub(crate) system: Option<String>,
    /// None: any code.
    pub(crate) code: Option<String>,
}

/// The prefixes of a date parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparator {
    Eq,
    Ne,
    Ge,
    Gt,
    Le,
    Lt,
    StartsAfter,
    EndsBefore,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sort {
    pub(crate) by: SortBy,
    pub(crate) descending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SortBy {
    Dated,
    Updated,
}

/// The last entry of a page: its sort value and its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) value: i64,
    pub(crate) key: i64,
}

#[derive(Debug)]
pub(crate) struct Page {
    /// How many there are on all pages together.
    pub(crate) total: u32,
    pub(crate) entries: Vec<Stored>,
    /// Where the next page goes on, if there is one.
    pub(crate) next: Option<Position>,
}

pub(super) fn run(db: &Connection, search: &Search) -> Result<Page, StoreError> {
    let mut matched = Condition::of(search);
    let total = db
        .prepare_cached(&format!("SELECT COUNT(*) FROM fhir_resource r WHERE {}", matched.text))?
        .query_row(params_from_iter(matched.values.iter()), |row| row.get(0))?;
    if search.limit == 0 {
        return Ok(Page { total, entries: Vec::new(), next: None });
    }

    // What has no date sorts as the oldest.
    let column = match search.sort.by {
        SortBy::Dated => "COALESCE(r.dated_from, -9000000000000000)",
        SortBy::Updated => "r.updated",
    };
    let (direction, further) = if search.sort.descending { ("DESC", "<") } else { ("ASC", ">") };
    if let Some(after) = search.after {
        matched.and(
            &format!("({column}, r.key) {further} (?, ?)"),
            [Sql::Integer(after.value), Sql::Integer(after.key)],
        );
    }
    // One more than the page holds tells whether there is a next one.
    matched.values.push(Sql::Integer(i64::from(search.limit).saturating_add(1)));
    let mut statement = db.prepare_cached(&format!(
        "SELECT r.id, r.version, r.updated, r.patient, r.json, {column}, r.key FROM fhir_resource r
         WHERE {} ORDER BY {column} {direction}, r.key {direction} LIMIT ?",
        matched.text
    ))?;
    let rows = statement.query_map(params_from_iter(matched.values.iter()), |row| {
        Ok((stored_row(row)?, Position { value: row.get(5)?, key: row.get(6)? }))
    })?;
    let mut found = rows.collect::<Result<Vec<_>, _>>()?;
    let limit = usize::try_from(search.limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().map(|(_, position)| *position).filter(|_| more);
    Ok(Page { total, entries: found.into_iter().map(|(stored, _)| stored).collect(), next })
}

/// A piece of SQL with the values of its question marks. Only constants are ever in the text.
struct Condition {
    text: String,
    values: Vec<Sql>,
}

impl Condition {
    fn of(search: &Search) -> Self {
        let mut condition = Self { text: "r.type = ?".to_owned(), values: vec![text(search.served.name)] };
        let compartment = if search.served.in_compartment() {
            "r.patient = ?"
        } else {
            "(r.patient IS NULL OR r.patient = ?)"
        };
        if let Some(patient) = &search.patient {
            condition.and(compartment, [text(patient)]);
        }
        for criterion in &search.criteria {
            condition.and_criterion(criterion);
        }
        if !search.reach.is_empty() {
            let mut any = Vec::new();
            for alternative in &search.reach {
                let mut all = Self { text: "1".to_owned(), values: Vec::new() };
                for criterion in alternative {
                    all.and_criterion(criterion);
                }
                any.push(format!("({})", all.text));
                condition.values.append(&mut all.values);
            }
            condition.and(&format!("({})", any.join(" OR ")), []);
        }
        condition
    }

    fn and<const N: usize>(&mut self, text: &str, values: [Sql; N]) {
        self.text.push_str(" AND ");
        self.text.push_str(text);
        self.values.extend(values);
    }

    fn and_criterion(&mut self, criterion: &Criterion) {
        match criterion {
            Criterion::Id(ids) => self.and_any("r.id", ids),
            Criterion::Source(sources) => self.and_any("r.source", sources),
            Criterion::Token { param, any } => self.and_token(param, any),
            Criterion::Dated(comparator, stretch) => {
                self.and_time(*comparator, *stretch, "r.dated_from", "r.dated_to");
            }
            Criterion::Updated(comparator, stretch) => {
                self.and_time(*comparator, *stretch, "r.updated", "r.updated")
            }
        }
    }

    fn and_any(&mut self, column: &str, any: &[String]) {
        let marks = vec!["?"; any.len()].join(", ");
        self.and(&format!("{column} IN ({marks})"), []);
        self.values.extend(any.iter().map(|value| text(value)));
    }

    fn and_token(&mut self, param: &str, any: &[TokenMatch]) {
        self.values.push(text(param));
        let mut alternatives = Vec::new();
        for wanted in any {
            let mut parts = Vec::new();
            if let Some(code) = &wanted.code {
                parts.push("t.code = ?");
                self.values.push(text(code));
            }
            if let Some(system) = &wanted.system {
                parts.push("t.system = ?");
                self.values.push(text(system));
            }
            alternatives.push(if parts.is_empty() { "0".to_owned() } else { parts.join(" AND ") });
        }
        let alternatives = alternatives.join(" OR ");
        self.and(
            &format!("EXISTS (SELECT 1 FROM fhir_token t WHERE t.resource = r.key AND t.param = ? AND ({alternatives}))"),
            [],
        );
    }

    fn and_time(&mut self, comparator: Comparator, stretch: Stretch, from: &str, to: &str) {
        let (start, end) = (Sql::Integer(stretch.from), Sql::Integer(stretch.to));
        match comparator {
            Comparator::Eq => self.and(&format!("({from} >= ? AND {to} <= ?)"), [start, end]),
            Comparator::Ne => self.and(&format!("NOT ({from} >= ? AND {to} <= ?)"), [start, end]),
            Comparator::Ge => self.and(&format!("{to} >= ?"), [start]),
            Comparator::Gt => self.and(&format!("{to} > ?"), [end]),
            Comparator::Le => self.and(&format!("{from} <= ?"), [end]),
            Comparator::Lt => self.and(&format!("{from} < ?"), [start]),
            Comparator::StartsAfter => self.and(&format!("{from} > ?"), [end]),
            Comparator::EndsBefore => self.and(&format!("{to} < ?"), [start]),
        }
    }
}

fn text(value: &str) -> Sql {
    Sql::Text(value.to_owned())
}
