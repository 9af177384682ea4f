//! The Wire, as a person uses it: the drawer under the bench, its list of packets, and the selected one.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use thirtyfour::prelude::*;

use crate::dom::Place;
use crate::lab::Lab;
use crate::wait;

/// The name of the drawer, and of the button that opens it.
pub const WIRE: &str = "Wire";
/// The region with what is selected in it.
pub const SELECTED: &str = "Selected";
/// Closes the drawer.
pub const CLOSE: &str = "Close the Wire";

/// A row of the packet list.
#[derive(Debug, Clone, Deserialize)]
pub struct PacketLine {
    /// What it says, its cells between blanks.
    pub text: String,
    /// Whether it is selected.
    pub selected: bool,
    /// Whether it is told to belong to the selected one.
    pub same: bool,
}

impl PacketLine {
    /// Whether the row says all of these.
    pub fn says(&self, parts: &[&str]) -> bool {
        parts.iter().all(|part| self.text.contains(part))
    }
}

/// The drawer of a page.
pub struct Wire<'a> {
    lab: &'a Lab,
    /// The drawer itself.
    pub place: Place,
}

impl<'a> Wire<'a> {
    /// Opens the drawer by its button.
    pub async fn open(lab: &'a Lab) -> Result<Self> {
        lab.page.document().button(WIRE).click().await?;
        Self::of(lab).await
    }

    /// The drawer, once it is there.
    pub async fn of(lab: &'a Lab) -> Result<Self> {
        let place = lab.page.region(WIRE);
        place.button(CLOSE).wait().await?;
        Ok(Self { lab, place })
    }

    /// What is selected, and what stands in it.
    pub fn selected(&self) -> Place {
        self.place.region(SELECTED)
    }

    /// Closes the drawer.
    pub async fn close(&self) -> Result<()> {
        self.place.button(CLOSE).click().await?;
        self.place.wait_gone().await
    }

    /// The rows that are drawn now, oldest first.
    pub async fn lines(&self) -> Result<Vec<PacketLine>> {
        const SCRIPT: &str = "const list = document.querySelector('[role=listbox][aria-label^=Packets]'); \
             return list ? [...list.querySelectorAll('[role=option]')].map((row) => ({ \
                 text: row.innerText.replace(/\\s+/g, ' ').trim(), \
                 selected: row.getAttribute('aria-selected') === 'true', \
                 same: row.hasAttribute('aria-description') })) : []";
        Ok(self.lab.driver().execute(SCRIPT, vec![]).await?.convert()?)
    }

    /// Waits until the drawn rows are as wanted.
    pub async fn wait_lines(
        &self,
        what: &str,
        accepted: impl Fn(&[PacketLine]) -> bool,
    ) -> Result<Vec<PacketLine>> {
        wait::soon(what, async || {
            let lines = self.lines().await?;
            ensure!(accepted(&lines), "the rows are {lines:#?}");
            Ok(lines)
        })
        .await
    }

    /// Waits for a row that says all of these.
    pub async fn wait_line(&self, parts: &[&str]) -> Result<PacketLine> {
        let lines = self
            .wait_lines(&format!("a row that says {parts:?}"), |lines| {
                lines.iter().any(|line| line.says(parts))
            })
            .await?;
        let found = lines.into_iter().rfind(|line| line.says(parts));
        found.context("the row has gone")
    }

    /// Waits until the rows say these, in this order, and nothing else.
    pub async fn wait_all(&self, rows: &[&[&str]]) -> Result<()> {
        self.wait_lines(&format!("the rows {rows:?}"), |lines| {
            lines.len() == rows.len() && lines.iter().zip(rows).all(|(line, row)| line.says(row))
        })
        .await
        .map(drop)
    }

    /// Selects the newest drawn row that says all of these.
    pub async fn select(&self, parts: &[&str]) -> Result<()> {
        const SCRIPT: &str = "const [parts] = arguments; \
             const rows = [...document.querySelectorAll('[role=listbox][aria-label^=Packets] [role=option]')]; \
             const says = (row) => { const text = row.innerText.replace(/\\s+/g, ' '); \
                 return parts.every((part) => text.includes(part)); }; \
             const row = rows.reverse().find(says); \
             if (row) row.scrollIntoView({ block: 'nearest' }); \
             return row || null";
        wait::soon(&format!("a row that says {parts:?}"), async || {
            let arguments = vec![serde_json::to_value(parts)?];
            let found = self.lab.driver().execute(SCRIPT, arguments).await?;
            found.element().context("it is not drawn")?.click().await?;
            Ok(())
        })
        .await
    }

    /// The list itself, which takes the keys.
    pub async fn list(&self) -> Result<WebElement> {
        let list = By::Css("[role=listbox][aria-label^=Packets]");
        Ok(self.lab.driver().find(list).await?)
    }
}
