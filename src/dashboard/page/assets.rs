//! The page's own style sheet and script, put together from their files.

use std::sync::OnceLock;

/// The frame, with its places in double braces.
pub const FRAME: &str = include_str!("assets/page.html");

const DARK: &str = include_str!("assets/dark.css");

const STYLES: [&str; 6] = [
    include_str!("assets/theme.css"),
    include_str!("assets/layout.css"),
    include_str!("assets/controls.css"),
    include_str!("assets/charts.css"),
    include_str!("assets/tables.css"),
    include_str!("assets/print.css"),
];

/// In an order in which constants are known before they are used.
const SCRIPTS: [&str; 27] = [
    include_str!("assets/dom.js"),
    include_str!("assets/format.js"),
    include_str!("assets/data.js"),
    include_str!("assets/scale.js"),
    include_str!("assets/text.js"),
    include_str!("assets/colors.js"),
    include_str!("assets/tooltip.js"),
    include_str!("assets/marks.js"),
    include_str!("assets/axes.js"),
    include_str!("assets/series.js"),
    include_str!("assets/kpi.js"),
    include_str!("assets/bars.js"),
    include_str!("assets/lines.js"),
    include_str!("assets/slices.js"),
    include_str!("assets/heatmap.js"),
    include_str!("assets/scatter.js"),
    include_str!("assets/histogram.js"),
    include_str!("assets/gauge.js"),
    include_str!("assets/treemap.js"),
    include_str!("assets/tables.js"),
    include_str!("assets/pivot.js"),
    include_str!("assets/legend.js"),
    include_str!("assets/card.js"),
    include_str!("assets/controls.js"),
    include_str!("assets/tabs.js"),
    include_str!("assets/appearance.js"),
    include_str!("assets/main.js"),
];

/// The style sheet. The dark colours stand twice: for the system's wish, and for the reader's; never on paper.
pub fn style() -> &'static str {
    static STYLE: OnceLock<String> = OnceLock::new();
    STYLE.get_or_init(|| {
        let dark = format!(
            "@media screen and (prefers-color-scheme: dark) {{\n:root[data-mode=\"auto\"] {{\n{DARK}}}\n}}\n\n@media screen \
             {{\n:root[data-mode=\"dark\"] {{\n{DARK}}}\n}}"
        );
        format!("\n{}", STYLES.concat().replace("{{dark}}", &dark))
    })
}

/// The script: one function, so that nothing of it is global.
pub fn script() -> &'static str {
    static SCRIPT: OnceLock<String> = OnceLock::new();
    SCRIPT.get_or_init(|| format!("\n(() => {{\n\"use strict\";\n\n{}}})();\n", SCRIPTS.join("\n")))
}
