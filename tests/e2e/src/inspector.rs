//! The inspector in the Wire, as a person uses it: which field is lit, in which pane.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::json;
use thirtyfour::prelude::*;

use crate::dom::Place;
use crate::lab::Lab;
use crate::wait;

/// What is lit in each of the three panes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Lit {
    /// The names of the fields in the tree.
    pub fields: Vec<String>,
    /// The numbers of the bytes, of those in view.
    pub bytes: Vec<usize>,
    /// The names of the fields in words.
    pub words: Vec<String>,
}

/// Reads the panes of the selected packet: what is lit, and in full view of its pane.
const LIT: &str = r#"
const panes = document.querySelector("[aria-label='Selected']");
const seen = (element) => {
  const list = element.closest("[role=tree], [role=application], [role=listbox]").getBoundingClientRect();
  const box = element.getBoundingClientRect();
  return box.bottom > list.top + 1 && box.top < list.bottom - 1;
};
const lit = (selector) => [...panes.querySelectorAll(selector)].filter(seen);
return {
  fields: lit("[role=treeitem][data-mark=lit]").map((row) => row.querySelector(".field-row__name").textContent),
  bytes: lit(".byte-view__hex > [data-mark]").map((byte) => Number(byte.dataset.byte)),
  words: lit("[role=option][data-mark=lit]").map((row) => row.querySelector(".sentences__name").textContent),
};"#;

/// The inspector of the selected packet.
pub struct Inspector<'a> {
    lab: &'a Lab,
}

impl<'a> Inspector<'a> {
    /// Opens the Wire and selects the last packet in its list whose row has all of these words.
    pub async fn open(lab: &'a Lab, words: &[&str]) -> Result<Self> {
        let wire = lab.page.region("Wire");
        if !wire.exists().await? {
            lab.page.document().button("Wire").click().await?;
        }
        wire.wait().await?;
        // A selected packet has the list stand still.
        let follow = wire.button("Follow");
        if follow.exists().await? {
            follow.click().await?;
        }
        wait::soon("the packet in the list", async || {
            let rows = By::Css("[aria-label='Wire'] .packet[role=option]");
            let mut found = None;
            for row in lab.driver().find_all(rows).await? {
                let text = row.text().await?;
                if words.iter().all(|word| text.contains(word)) {
                    found = Some(row);
                }
            }
            found.context("no such row")?.click().await?;
            Ok(())
        })
        .await?;
        let inspector = Self { lab };
        inspector.place().wait_contains(words[0]).await?;
        Ok(inspector)
    }

    /// The part of the page that it is.
    pub fn place(&self) -> Place {
        self.lab.page.region("Wire").region("Selected")
    }

    /// What is lit now.
    pub async fn lit(&self) -> Result<Lit> {
        let lit = self.lab.driver().execute(LIT, vec![]).await?;
        Ok(serde_json::from_value(lit.json().clone())?)
    }

    /// Waits until exactly this field is lit, in view, in all panes, with these bytes.
    pub async fn wait_lit(&self, name: &str, bytes: core::ops::Range<usize>) -> Result<()> {
        let expected = Lit {
            fields: vec![name.to_owned()],
            bytes: bytes.collect(),
            words: vec![name.to_owned()],
        };
        wait::soon(&format!("{name} lit in all panes"), async || {
            let lit = self.lit().await?;
            ensure!(lit == expected, "{lit:?}, not {expected:?}");
            Ok(())
        })
        .await
    }

    /// Waits until this field is lit in the tree; the words stay where they are.
    pub async fn wait_lit_field(&self, name: &str) -> Result<()> {
        wait::soon(&format!("{name} lit in the tree"), async || {
            let lit = self.lit().await?;
            ensure!(lit.fields == [name], "{lit:?}");
            Ok(())
        })
        .await
    }

    /// Moves the pointer to a byte.
    pub async fn point_at_byte(&self, byte: usize) -> Result<()> {
        self.point(&format!(".byte-view__hex > [data-byte='{byte}']"))
            .await
    }

    /// Moves the pointer to the row of a field in the tree, which must be in view.
    pub async fn point_at_field(&self, name: &str) -> Result<()> {
        self.point_named("[role=treeitem] .field-row__name", name)
            .await
    }

    /// Moves the pointer to the sentence of a field, which must be in view.
    pub async fn point_at_words(&self, name: &str) -> Result<()> {
        self.point_named(".sentences__name", name).await
    }

    /// Presses a key in one of the panes: `tree`, `application` for the bytes, or `listbox`.
    pub async fn press(&self, role: &str, key: Key) -> Result<()> {
        let pane = format!("[aria-label='Selected'] [role={role}]");
        let pane = self.lab.driver().find(By::Css(pane)).await?;
        pane.send_keys(key).await?;
        Ok(())
    }

    /// What is said about the field that is lit.
    pub async fn sentence(&self) -> Result<String> {
        let lit = "[aria-label='Selected'] [role=option][data-mark=lit]";
        let lit = self.lab.driver().find(By::Css(lit)).await?;
        Ok(lit.text().await?)
    }

    /// Moves the pointer away, to the packet's title.
    pub async fn point_elsewhere(&self) -> Result<()> {
        self.point(".selected__title").await
    }

    async fn point(&self, selector: &str) -> Result<()> {
        let selector = format!("[aria-label='Selected'] {selector}");
        let element = self.lab.driver().find(By::Css(selector)).await?;
        let chain = self.lab.driver().action_chain();
        chain.move_to_element_center(&element).perform().await?;
        Ok(())
    }

    async fn point_named(&self, selector: &str, name: &str) -> Result<()> {
        let find = "return [...document.querySelectorAll(arguments[0])].find((one) => one.textContent === arguments[1])";
        let arguments = vec![json!(selector), json!(name)];
        let found = self.lab.driver().execute(find, arguments).await?;
        let chain = self.lab.driver().action_chain();
        let element = found
            .element()
            .with_context(|| format!("no {name} in view"))?;
        chain.move_to_element_center(&element).perform().await?;
        Ok(())
    }
}
