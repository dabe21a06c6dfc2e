//! A table as text, Markdown and CSV.

use std::fmt::Write;

/// A table of words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Heading.
    pub title: String,
    /// What the columns mean; may be blank.
    pub note: String,
    /// Heads.
    pub head: Vec<String>,
    /// Rows, each as long as the head.
    pub rows: Vec<Vec<String>>,
    /// Leading columns with words, aligned to the left.
    pub words: usize,
}

/// Columns a text takes on a terminal: Chinese characters take two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if ('\u{1100}'..='\u{ffef}').contains(&c) { 2 } else { 1 }).sum()
}

impl Table {
    /// For a terminal.
    pub fn to_text(&self) -> String {
        let columns = self.head.len();
        let widest = |k: usize| {
            let cells = self.rows.iter().map(|r| &r[k]).chain([&self.head[k]]);
            cells.map(|c| width(c)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(widest).collect();
        let mut out = format!("{}\n", self.title);
        for row in std::iter::once(&self.head).chain(&self.rows) {
            let mut line = String::new();
            for (k, cell) in row.iter().enumerate() {
                let pad = " ".repeat(widths[k] - width(cell));
                line += if k > 0 { "  " } else { "" };
                line += &if k < self.words { format!("{cell}{pad}") } else { format!("{pad}{cell}") };
            }
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{}", line.trim_end());
        }
        if !self.note.is_empty() {
            let _ = writeln!(out, "{}", self.note);
        }
        out
    }

    /// As Markdown.
    pub fn to_markdown(&self) -> String {
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|c| c.replace('|', "\\|")).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule: Vec<&str> = (0..self.head.len()).map(|k| if k < self.words { "---" } else { "---:" }).collect();
        let mut out = format!("## {}\n\n", self.title);
        if !self.note.is_empty() {
            out += &format!("{}\n\n", self.note);
        }
        out += &line(&self.head);
        out += &format!("|{}|\n", rule.join("|"));
        self.rows.iter().for_each(|r| out += &line(r));
        out
    }
}

/// A cell of a CSV file: quoted where it must be.
pub fn csv_cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_string() }
}
