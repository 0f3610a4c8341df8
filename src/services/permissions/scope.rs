//! Which resources an action is allowed on.

use crate::error::Result;
use crate::services::athena::workgroup;
use crate::services::quicksight::names;
use crate::services::{Context, Layout, iam};

/// The ARNs of one pipeline, by what IAM calls their type.
pub(super) struct Scope {
    buckets: Vec<String>,
    objects: Vec<String>,
    role: String,
    user: Vec<String>,
    group: Vec<String>,
    catalog: Vec<String>,
    database: String,
    tables: Vec<String>,
    job: String,
    crawler: String,
    triggers: Vec<String>,
    workflow: String,
    workgroup: String,
    logs: String,
    quicksight: String,
    people: Vec<String>,
    subscription: String,
    data_source: String,
    base: String,
}

impl Scope {
    /// Those of the context's pipeline.
    pub(super) fn of(cx: &Context<'_>) -> Result<Self> {
        let layout = Layout::of(cx.manifest);
        let (base, database) = (&layout.base, &cx.manifest.crawler.database.name.value);
        let regional = |service: &str| format!("arn:{}:{service}:{}:{}", cx.partition, cx.region, cx.account);
        let (glue, s3) = (regional("glue"), format!("arn:{}:s3:::", cx.partition));
        let identity_region = cx.manifest.quicksight.as_ref().and_then(|q| q.identity_region.as_ref());
        let people = format!(
            "arn:{}:quicksight:{}:{}",
            cx.partition,
            identity_region.map_or(cx.region, |region| region.value.as_str()),
            cx.account
        );
        let storage = &cx.manifest.storage;
        let (mut buckets, mut objects) = (Vec::new(), Vec::new());
        for place in [&storage.results, &storage.staging, &storage.warehouse] {
            buckets.push(format!("{s3}{}", place.bucket()));
            // A bucket of ours is deleted with all that is in it; places in one bucket agree whose it is.
            let within = if place.existing { place.prefix() } else { "" };
            objects.push(format!("{s3}{}/{within}*", place.bucket()));
        }
        if storage.results.existing {
            objects.push(format!("{s3}{}/{}*", layout.bucket, layout.control_prefix()));
        }
        Ok(Self {
            buckets,
            objects,
            role: iam::role::arn(cx)?,
            user: operator(cx, "user"),
            group: operator(cx, "group"),
            catalog: vec![format!("{glue}:catalog")],
            database: format!("{glue}:database/{database}"),
            tables: vec![format!("{glue}:table/{database}/*")],
            job: format!("{glue}:job/{base}"),
            crawler: format!("{glue}:crawler/{base}"),
            triggers: vec![format!("{glue}:trigger/{base}-*")],
            workflow: format!("{glue}:workflow/{base}"),
            workgroup: format!("{}:workgroup/{}", regional("athena"), workgroup::name(cx)),
            logs: format!("{}:log-group:/aws-glue/*", regional("logs")),
            quicksight: regional("quicksight"),
            subscription: format!("arn:{}:quicksight:*:{}:account/*", cx.partition, cx.account),
            people: vec![format!("{people}:group/*"), format!("{people}:user/*")],
            data_source: format!("{}:datasource/{}", regional("quicksight"), names::data_source_id(cx.manifest)),
            base: base.clone(),
        })
    }

    /// The resources of an action, sorted; `*` where IAM knows none for it.
    pub(super) fn resources(&self, action: &str) -> Vec<String> {
        let (service, name) = action.split_once(':').unwrap_or((action, ""));
        let mut found = match service {
            "s3" => self.s3(name),
            "iam" => self.iam(name),
            "glue" => self.glue(name),
            "athena" => vec![self.workgroup.clone()],
            "logs" => vec![self.logs.clone()],
            "quicksight" => self.quicksight(name),
            _ => any(),
        };
        found.sort();
        found.dedup();
        found
    }

    fn s3(&self, name: &str) -> Vec<String> {
        let of_objects = !name.contains("Bucket") && ["Object", "MultipartUpload"].iter().any(|n| name.contains(n));
        if of_objects { self.objects.clone() } else { self.buckets.clone() }
    }

    fn iam(&self, name: &str) -> Vec<String> {
        match name {
            "ListGroups" | "ListRoles" | "ListUsers" => any(),
            "GetLoginProfile" | "ListAccessKeys" | "ListGroupsForUser" | "ListMFADevices" => self.user.clone(),
            _ if name.contains("Group") => self.group.clone(),
            _ if name.contains("User") => self.user.clone(),
            _ => vec![self.role.clone()],
        }
    }

    fn glue(&self, name: &str) -> Vec<String> {
        let catalog = |inner: &[String]| [&self.catalog[..], std::slice::from_ref(&self.database), inner].concat();
        match name {
            "CreateCrawler" => any(),
            "GetTags" | "TagResource" | "UntagResource" => {
                let others = [self.database.clone(), self.job.clone(), self.crawler.clone(), self.workflow.clone()];
                [&others[..], &self.triggers].concat()
            }
            // What a database holds goes with it.
            "DeleteDatabase" => {
                let functions = self.database.replace(":database/", ":userDefinedFunction/") + "/*";
                catalog(&[&self.tables[..], &[functions]].concat())
            }
            _ if name.ends_with("Database") => catalog(&[]),
            _ if name.contains("Table") || name.contains("Partition") => catalog(&self.tables),
            _ if name.contains("Trigger") => self.triggers.clone(),
            _ if name.contains("Workflow") => vec![self.workflow.clone()],
            _ if name.contains("Crawler") => vec![self.crawler.clone()],
            _ if name.contains("Job") => vec![self.job.clone()],
            _ => any(),
        }
    }

    fn quicksight(&self, name: &str) -> Vec<String> {
        let ours = |kind: &str, rest: &str| format!("{}:{kind}/{}-*{rest}", self.quicksight, self.base);
        match name {
            "CreateDataSource" | "ListIngestions" | "ListRefreshSchedules" => any(),
            // Asked in the region that people are kept in, which AWS may tell only in an error.
            "DescribeAccountSubscription" => vec![self.subscription.clone()],
            "DescribeGroup" | "DescribeUser" => self.people.clone(),
            "ListTagsForResource" | "TagResource" | "UntagResource" => {
                vec![ours("dashboard", ""), ours("dataset", ""), self.data_source.clone()]
            }
            "CreateDataSet" | "UpdateDataSet" => vec![ours("dataset", ""), self.data_source.clone()],
            _ if name.contains("Ingestion") => vec![ours("dataset", "/ingestion/*")],
            _ if name.contains("RefreshSchedule") => vec![ours("dataset", "/refresh-schedule/*")],
            _ if name.contains("Dashboard") => vec![ours("dashboard", "")],
            _ if name.contains("DataSource") => vec![self.data_source.clone()],
            _ if name.contains("DataSet") => vec![ours("dataset", "")],
            _ => any(),
        }
    }
}

/// The operator's user or group: at our path, and, as IAM asks about one that is not there yet, at none.
fn operator(cx: &Context<'_>, kind: &str) -> Vec<String> {
    let Some(operator) = &cx.manifest.iam.operator else { return Vec::new() };
    let iam = format!("arn:{}:iam::{}:{kind}", cx.partition, cx.account);
    let path = iam::path::of(cx.owner, cx.region);
    let name = &operator.name().value;
    vec![format!("{iam}/{name}"), format!("{iam}{path}{name}")]
}

fn any() -> Vec<String> {
    vec!["*".to_owned()]
}
