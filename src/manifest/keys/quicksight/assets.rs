//! The section itself: who sees what, and over which connection.

use super::{dashboards, datasets};
use crate::error::Error;
use crate::manifest::model::quicksight::{DataSource, Principals, Quicksight};
use crate::manifest::read::{Reader, list, map_of, record, text_of};
use crate::manifest::rules;
use crate::manifest::spanned::Spanned;

/// `quicksight`.
pub fn quicksight() -> impl Reader<Out = Quicksight> {
    record("quicksight", |m| {
        let principals = m.section("principals", "Who sees the data sets and dashboards.", principals());
        let data_source = m.section("data_source", "The Athena connection.", data_source());
        let identity_region = m.optional(
            "identity_region",
            "The region that QuickSight keeps its users in, when it is not the pipeline's.",
            text_of(&rules::REGION).spanned(),
        );
        let datasets = m.listed(
            "datasets",
            "Data sets by name: each stands on a table or a named query.",
            map_of(&rules::ASSET, datasets::dataset()),
        );
        let dashboards = m.listed("dashboards", "Dashboards by name.", map_of(&rules::ASSET, dashboards::dashboard()));
        Some(Quicksight {
            principals: principals?,
            data_source: data_source?,
            identity_region: identity_region?,
            datasets: datasets?,
            dashboards: dashboards?,
        })
    })
}

fn principals() -> impl Reader<Out = Principals> {
    record("principals", |m| {
        let owners =
            m.listed("owners", "May look, change and share: user/NAMESPACE/NAME or group/NAMESPACE/NAME.", many());
        let viewers = m.listed("viewers", "May look: user/NAMESPACE/NAME or group/NAMESPACE/NAME.", many());
        if let (Some(owners), Some(viewers)) = (&owners, &viewers) {
            let twice: Vec<&Spanned<String>> = viewers.iter().filter(|viewer| owners.contains(viewer)).collect();
            for viewer in twice {
                m.fault(
                    Error::manifest("one-of", format!("`{}` is an owner and a viewer", viewer.value))
                        .at(viewer.place.clone())
                        .with_help("an owner may look as well; name it once"),
                );
            }
        }
        Some(Principals { owners: owners?, viewers: viewers? })
    })
}

fn many() -> impl Reader<Out = Vec<Spanned<String>>> {
    list(text_of(&rules::PRINCIPAL).spanned())
}

fn data_source() -> impl Reader<Out = DataSource> {
    record("data_source", |m| {
        let existing = m.optional(
            "existing",
            "The id of a QuickSight data source that is used, not owned.",
            text_of(&rules::QUICKSIGHT_ID).spanned(),
        );
        let role_arn = m.optional(
            "role_arn",
            "A role that QuickSight takes on to read through this connection, in place of the account's QuickSight role.",
            text_of(&rules::ROLE_ARN).spanned(),
        );
        if m.given("existing") && m.given("role_arn") {
            m.fault(
                Error::manifest("one-of", "`role_arn` is a setting of the data source, which is not ours")
                    .at(m.place("role_arn"))
                    .with_help("remove `existing`, or set the role where the data source is kept"),
            );
        }
        Some(DataSource { existing: existing?, role_arn: role_arn? })
    })
}
