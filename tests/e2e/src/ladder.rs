//! The ladder in the Wire, as a person uses it: the diagram, and its rows as a table.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use thirtyfour::prelude::*;

use crate::dom::Place;
use crate::lab::Lab;
use crate::wait;

/// The diagram, which takes the keys.
const DIAGRAM: &str = "[aria-roledescription='ladder diagram']";

/// A row of the ladder's table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LadderRow {
    /// Who sent it.
    pub from: String,
    /// To whom.
    pub to: String,
    /// What it is.
    pub what: String,
    /// What became of it.
    pub remark: String,
    /// The handshake it belongs to.
    pub handshake: String,
    /// Whether it is selected.
    pub selected: bool,
}

impl LadderRow {
    /// Whether it is this packet from one to the other.
    pub fn is(&self, from: &str, to: &str, what: &str) -> bool {
        self.from == from && self.to == to && self.what.starts_with(what)
    }
}

/// The ladder of a page.
pub struct Ladder<'a> {
    lab: &'a Lab,
    /// The drawer it is in.
    pub wire: Place,
}

impl<'a> Ladder<'a> {
    /// Opens the Wire at the ladder.
    pub async fn open(lab: &'a Lab) -> Result<Self> {
        lab.page.document().button("Wire").click().await?;
        let ladder = Self {
            lab,
            wire: lab.page.region("Wire"),
        };
        ladder.show().await?;
        Ok(ladder)
    }

    /// Goes to the ladder from another tab of the Wire.
    pub async fn show(&self) -> Result<()> {
        self.wire.tab_of("Wire", "Ladder").click().await?;
        self.wire.button("Table").wait().await.map(drop)
    }

    /// Goes to the diagram from its table, or back.
    pub async fn toggle_table(&self) -> Result<()> {
        self.wire.button("Table").click().await
    }

    /// The rows of the table that are made now, oldest first.
    pub async fn rows(&self) -> Result<Vec<LadderRow>> {
        const SCRIPT: &str = "const rows = document.querySelectorAll('[aria-label=\"Ladder as a table\"] tbody tr'); \
             return [...rows].map((row) => { \
                 const [time, from, to, what, remark, handshake] = \
                     [...row.cells].map((cell) => cell.textContent.replace(/\\s+/g, ' ').trim()); \
                 const button = row.querySelector('button'); \
                 const selected = !!button && button.getAttribute('aria-pressed') === 'true'; \
                 return { from, to, what, remark, handshake, selected }; })";
        Ok(self.lab.driver().execute(SCRIPT, vec![]).await?.convert()?)
    }

    /// Waits until the rows are as wanted.
    pub async fn wait_rows(
        &self,
        what: &str,
        accepted: impl Fn(&[LadderRow]) -> bool,
    ) -> Result<Vec<LadderRow>> {
        wait::soon(what, async || {
            let rows = self.rows().await?;
            ensure!(accepted(&rows), "the rows are {rows:#?}");
            Ok(rows)
        })
        .await
    }

    /// Presses the diagram in the middle of what is seen of it.
    pub async fn press_middle(&self) -> Result<()> {
        let canvas = self.lab.driver().find(By::Css(".ladder__canvas")).await?;
        canvas.click().await?;
        Ok(())
    }

    /// Sends a key to the diagram.
    pub async fn key(&self, key: Key) -> Result<()> {
        let diagram = self.lab.driver().find(By::Css(DIAGRAM)).await?;
        diagram.focus().await?;
        diagram.send_keys(key + "").await?;
        Ok(())
    }

    /// The sentence about the selected row.
    pub async fn sentence(&self) -> Result<String> {
        let status = self.lab.driver().find(By::Css(".ladder__words")).await?;
        Ok(status.text().await?)
    }

    /// Waits until the sentence about the selected row says this.
    pub async fn wait_sentence(&self, part: &str) -> Result<String> {
        wait::soon(&format!("the sentence with {part:?}"), async || {
            let sentence = self.sentence().await?;
            ensure!(sentence.contains(part), "it says {sentence:?}");
            Ok(sentence)
        })
        .await
    }

    /// The names over the lanes, from left to right.
    pub async fn lanes(&self) -> Result<Vec<String>> {
        let heads = self.lab.driver().find_all(By::Css(".ladder__head")).await?;
        let mut names = Vec::new();
        for head in heads {
            let left = head.rect().await.context("a head without a place")?.x;
            names.push((left as i64, head.text().await?));
        }
        names.sort();
        Ok(names.into_iter().map(|(_, name)| name).collect())
    }
}
