//! Finding and using controls by role and accessible name, with waiting built in: every action looks for its element
//! again until it works or the deadline passes, because the page may redraw between two requests.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use serde_json::{Value, json};
use thirtyfour::error::WebDriverErrorInner;
use thirtyfour::prelude::*;

use crate::wait;

const LOCATE: &str = include_str!("locate.js");

/// How a name is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Exact,
    Starts,
    Contains,
    Any,
}

#[derive(Debug, Clone, Serialize)]
struct Step {
    role: &'static str,
    name: String,
    mode: Mode,
    #[serde(skip_serializing_if = "Option::is_none")]
    outside: Option<String>,
    around: bool,
    innermost: bool,
}

/// A place in the page: a path of roles and names. It holds no element, so it never goes stale.
#[derive(Clone)]
pub struct Place {
    driver: WebDriver,
    steps: Vec<Step>,
}

impl Place {
    /// The whole document.
    pub fn document(driver: &WebDriver) -> Self {
        Self {
            driver: driver.clone(),
            steps: Vec::new(),
        }
    }

    /// A named region (or group, navigation, complementary, tab panel).
    pub fn region(&self, name: &str) -> Self {
        self.step("region", name, Mode::Exact)
    }

    /// A button with exactly this name.
    pub fn button(&self, name: &str) -> Self {
        self.step("button", name, Mode::Exact)
    }

    /// The tab with exactly this name, in the row of tabs with that name.
    pub fn tab_of(&self, row: &str, name: &str) -> Self {
        let row = self.step("tablist", row, Mode::Exact);
        row.step("tab", name, Mode::Exact)
    }

    /// A field of any kind with exactly this name.
    pub fn field(&self, name: &str) -> Self {
        self.step("field", name, Mode::Exact)
    }

    /// A field with exactly this name that is not inside the part labelled `outside`.
    pub fn field_outside(&self, name: &str, outside: &str) -> Self {
        let mut place = self.field(name);
        if let Some(last) = place.steps.last_mut() {
            last.outside = Some(outside.to_owned());
        }
        place
    }

    /// A check box or switch whose name contains this text.
    pub fn check_box(&self, name_part: &str) -> Self {
        self.step("check", name_part, Mode::Contains)
    }

    /// Anything one chooses with a click (button, link, tab, option, radio) whose name contains this text.
    pub fn chooser(&self, name_part: &str) -> Self {
        self.step("chooser", name_part, Mode::Contains)
    }

    /// Anything one chooses with a click whose name begins with this text.
    pub fn chooser_starting(&self, name_start: &str) -> Self {
        self.step("chooser", name_start, Mode::Starts)
    }

    /// Every element with this role, whatever its name. `item`, `dialog`, `field`, `button` mean their families.
    pub fn all(&self, role: &'static str) -> Self {
        self.step(role, "", Mode::Any)
    }

    /// Every list item or row that has no other inside.
    pub fn items(&self) -> Self {
        let mut place = self.step("item", "", Mode::Any);
        if let Some(last) = place.steps.last_mut() {
            last.innermost = true;
        }
        place
    }

    /// The closest list item or row around this place.
    pub fn item_around(&self) -> Self {
        let mut place = self.step("item", "", Mode::Any);
        if let Some(last) = place.steps.last_mut() {
            last.around = true;
        }
        place
    }

    fn step(&self, role: &'static str, name: &str, mode: Mode) -> Self {
        let mut place = self.clone();
        place.steps.push(Step {
            role,
            name: name.to_owned(),
            mode,
            outside: None,
            around: false,
            innermost: false,
        });
        place
    }

    /// What is there now.
    pub async fn elements(&self) -> Result<Vec<WebElement>> {
        if self.steps.is_empty() {
            return Ok(self.driver.find_all(By::Css("body")).await?);
        }
        let found = self
            .driver
            .execute(LOCATE, vec![serde_json::to_value(&self.steps)?])
            .await?;
        Ok(found.elements()?)
    }

    /// How many are there now.
    pub async fn count(&self) -> Result<usize> {
        Ok(self.elements().await?.len())
    }

    /// Whether at least one is there now.
    pub async fn exists(&self) -> Result<bool> {
        Ok(self.count().await? > 0)
    }

    /// The only element of this place, now.
    pub async fn single(&self) -> Result<WebElement> {
        let mut elements = self.elements().await?;
        match (elements.pop(), elements.len()) {
            (Some(element), 0) => Ok(element),
            (None, _) => bail!("there is no {self}"),
            (_, more) => bail!("there are {} of {self}", more + 1),
        }
    }

    /// Waits until exactly one is there.
    pub async fn wait(&self) -> Result<WebElement> {
        wait::soon(&format!("{self}"), async || self.single().await).await
    }

    /// Waits until none is there.
    pub async fn wait_gone(&self) -> Result<()> {
        wait::soon(&format!("{self} to go away"), async || {
            ensure!(!self.exists().await?, "it is still there");
            Ok(())
        })
        .await
    }

    /// The rendered text, as it is now.
    pub async fn text(&self) -> Result<String> {
        let element = self.single().await?;
        let text = self
            .driver
            .execute("return arguments[0].innerText", vec![element.to_json()?])
            .await?;
        Ok(text.convert::<Option<String>>()?.unwrap_or_default())
    }

    /// Waits until the rendered text satisfies `accepted`; `what` says what is expected.
    pub async fn wait_text(&self, what: &str, accepted: impl Fn(&str) -> bool) -> Result<String> {
        self.wait_text_for(what, wait::PATIENCE, accepted).await
    }

    /// [`Self::wait_text`] with a deadline of its own.
    pub async fn wait_text_for(
        &self,
        what: &str,
        limit: Duration,
        accepted: impl Fn(&str) -> bool,
    ) -> Result<String> {
        wait::until(&format!("{what} in {self}"), limit, async || {
            let text = self.text().await?;
            ensure!(accepted(&text), "the text is {text:?}");
            Ok(text)
        })
        .await
    }

    /// Waits until the rendered text contains `part`, upper and lower case being the same.
    pub async fn wait_contains(&self, part: &str) -> Result<String> {
        let lower = part.to_lowercase();
        self.wait_text(&format!("{part:?}"), |text| {
            text.to_lowercase().contains(&lower)
        })
        .await
    }

    /// Clicks it.
    pub async fn click(&self) -> Result<()> {
        wait::soon(&format!("a click on {self}"), async || {
            let element = self.single().await?;
            ensure!(element.is_enabled().await?, "it is disabled");
            click(&self.driver, &element).await
        })
        .await
    }

    /// Replaces what a text field holds, by keys, as a person does.
    pub async fn fill(&self, text: &str) -> Result<()> {
        wait::soon(&format!("{text:?} in {self}"), async || {
            let element = self.single().await?;
            ensure!(element.is_enabled().await?, "it is disabled");
            element.focus().await?;
            element.send_keys(Key::Control + "a").await?;
            element.send_keys(Key::Delete).await?;
            if !text.is_empty() {
                element.send_keys(text).await?;
            }
            let value = element.prop("value").await?.unwrap_or_default();
            ensure!(value == text, "it holds {value:?}");
            Ok(())
        })
        .await
    }

    /// Puts text into a field in one step, as a paste does: for text that keys cannot make.
    pub async fn paste(&self, text: &str) -> Result<()> {
        // The editing command leaves out what it takes for harmful, such as U+0000; the field itself does not.
        const SCRIPT: &str = "const [field, text] = arguments; field.focus(); field.select(); \
             if (text) document.execCommand('insertText', false, text); else document.execCommand('delete'); \
             if (field.value !== text) { \
                 Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value').set.call(field, text); \
                 field.dispatchEvent(new Event('input', { bubbles: true })); } \
             return field.value === text";
        wait::soon(
            &format!("{} characters in {self}", text.chars().count()),
            async || {
                let element = self.single().await?;
                let arguments = vec![element.to_json()?, json!(text)];
                let done: bool = self.driver.execute(SCRIPT, arguments).await?.convert()?;
                ensure!(done, "the field did not take it");
                Ok(())
            },
        )
        .await
    }

    /// Chooses the option whose text contains `option`: in a select, or among radio buttons in a group.
    pub async fn choose(&self, option: &str) -> Result<()> {
        const SCRIPT: &str = "const [field, want] = arguments; \
             const squeeze = (text) => text.replace(/\\s+/g, ' ').trim(); \
             const pick = (all, label) => all.find((o) => label(o) === want) \
                 || all.find((o) => label(o).split(/[\\s:,()]+/).includes(want)) \
                 || all.find((o) => label(o).includes(want)); \
             if (field.localName !== 'select') { \
                 const radios = [...field.querySelectorAll('input[type=radio], [role=radio]')]; \
                 return pick(radios, (o) => squeeze(o.getAttribute('aria-label') \
                     || (o.labels && o.labels[0] ? o.labels[0].innerText : o.innerText))) || null; } \
             const at = pick([...field.options], (o) => squeeze(o.label)); \
             if (!at) return null; \
             if (field.selectedIndex !== at.index) { \
                 field.focus(); field.selectedIndex = at.index; \
                 field.dispatchEvent(new Event('input', { bubbles: true })); \
                 field.dispatchEvent(new Event('change', { bubbles: true })); } \
             return true";
        wait::soon(&format!("{option:?} in {self}"), async || {
            let element = self.single().await?;
            ensure!(element.is_enabled().await?, "it is disabled");
            let answer = self
                .driver
                .execute(SCRIPT, vec![element.to_json()?, json!(option)])
                .await?;
            match answer.json() {
                Value::Bool(true) => Ok(()),
                Value::Null => bail!("there is no such option in {:?}", element.text().await?),
                _ => click(&self.driver, &answer.element()?).await,
            }
        })
        .await
    }

    /// Waits until the field says that what it holds is wrong (`aria-invalid`).
    pub async fn wait_invalid(&self, invalid: bool) -> Result<()> {
        wait::soon(&format!("{self} to be invalid: {invalid}"), async || {
            let attribute = self.single().await?.attr("aria-invalid").await?;
            let says = attribute.is_some_and(|value| value != "false");
            ensure!(says == invalid, "it holds {:?}", self.value().await?);
            Ok(())
        })
        .await
    }

    /// Waits until the field is marked as wrong and its description says this word, in the case that it has here.
    pub async fn wait_problem(&self, word: &str) -> Result<()> {
        const SCRIPT: &str = "const [field] = arguments; \
             const ids = ['aria-errormessage', 'aria-describedby'].flatMap((name) => \
                 (field.getAttribute(name) || '').split(/\\s+/)); \
             return ids.map((id) => id && document.getElementById(id)) \
                 .map((said) => said ? said.innerText : '').join(' ')";
        self.wait_invalid(true).await?;
        wait::soon(&format!("{word:?} said of {self}"), async || {
            let element = self.single().await?;
            let said = self
                .driver
                .execute(SCRIPT, vec![element.to_json()?])
                .await?;
            let said: String = said.convert()?;
            ensure!(
                said.contains(word) && !said.trim().is_empty(),
                "its description is {said:?}"
            );
            Ok(())
        })
        .await
    }

    /// Sets a check box.
    pub async fn check(&self, on: bool) -> Result<()> {
        wait::soon(&format!("{self} to be {on}"), async || {
            if self.is_checked().await? != on {
                click(&self.driver, &self.single().await?).await?;
            }
            ensure!(self.is_checked().await? == on, "it is still {}", !on);
            Ok(())
        })
        .await
    }

    /// Whether a check box or switch is on.
    pub async fn is_checked(&self) -> Result<bool> {
        const SCRIPT: &str = "const [box] = arguments; \
             return 'checked' in box ? box.checked : box.getAttribute('aria-checked') === 'true'";
        let element = self.single().await?;
        Ok(self
            .driver
            .execute(SCRIPT, vec![element.to_json()?])
            .await?
            .convert()?)
    }

    /// What a field holds now: the value of an input, the text of the chosen option of a select.
    pub async fn value(&self) -> Result<String> {
        const SCRIPT: &str = "const [field] = arguments; return field.localName === 'select' \
             ? (field.selectedOptions[0] ? field.selectedOptions[0].label.trim() : '') : field.value";
        let element = self.single().await?;
        let value = self
            .driver
            .execute(SCRIPT, vec![element.to_json()?])
            .await?;
        value
            .convert::<Option<String>>()?
            .with_context(|| format!("{self} has no value"))
    }

    /// Waits until the field holds exactly this.
    pub async fn wait_value(&self, expected: &str) -> Result<()> {
        wait::soon(&format!("{expected:?} in {self}"), async || {
            let value = self.value().await?;
            ensure!(value == expected, "it holds {value:?}");
            Ok(())
        })
        .await
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return formatter.write_str("the page");
        }
        for (index, step) in self.steps.iter().enumerate() {
            if index > 0 {
                formatter.write_str(" > ")?;
            }
            let around = if step.around { "around: " } else { "" };
            write!(formatter, "{around}{}", step.role)?;
            match step.mode {
                Mode::Exact => write!(formatter, " {:?}", step.name)?,
                Mode::Starts => write!(formatter, " {:?}...", step.name)?,
                Mode::Contains => write!(formatter, " ...{:?}...", step.name)?,
                Mode::Any => {}
            }
        }
        Ok(())
    }
}

/// Clicks an element, or, where a control is drawn by its label alone, the label.
async fn click(driver: &WebDriver, element: &WebElement) -> Result<()> {
    let Err(error) = element.click().await else {
        return Ok(());
    };
    let covered = matches!(
        error.as_inner(),
        WebDriverErrorInner::ElementClickIntercepted(_)
            | WebDriverErrorInner::ElementNotInteractable(_)
    );
    ensure!(covered, "{error}");
    const LABEL: &str = "return (arguments[0].labels || [])[0] || null";
    let label = driver.execute(LABEL, vec![element.to_json()?]).await?;
    ensure!(!label.json().is_null(), "{error}");
    Ok(label.element()?.click().await?)
}
