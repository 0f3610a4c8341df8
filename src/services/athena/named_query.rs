//! `athena_named_query`: the manifest's queries, saved in the workgroup. Their ids are made by the server, so they are found
//! by name; they take no tags, so the marks stand at the end of the description.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_athena::types::NamedQuery as SdkNamedQuery;
use serde_json::json;

use super::workgroup::{self, present};
use crate::aws::{Call, Session};
use crate::error::Result;
use crate::manifest::model::Query;
use crate::resource::{Address, Fields, Kind, Live, Owner, Ownership, Resource};
use crate::services::glue::database;
use crate::services::{Context, Deleted, Handler, fields, marks};

/// The IAM actions that named queries need.
pub const ACTIONS: &[&str] = &[
    "athena:BatchGetNamedQuery",
    "athena:CreateNamedQuery",
    "athena:DeleteNamedQuery",
    "athena:GetNamedQuery",
    "athena:ListNamedQueries",
    "athena:UpdateNamedQuery",
];

/// The most ids `BatchGetNamedQuery` takes.
const BATCH: usize = 50;
/// The longest description Athena takes, in characters.
const LONGEST_DESCRIPTION: usize = 1024;

/// The manifest's queries, in its order.
pub fn desired(cx: &Context<'_>) -> Vec<Resource> {
    cx.manifest.athena.queries.iter().map(|(name, query)| one(cx, name, query)).collect()
}

fn one(cx: &Context<'_>, name: &str, query: &Query) -> Resource {
    let workgroup = workgroup::name(cx);
    let database = &cx.manifest.crawler.database.name.value;
    let marker = marks::marker(cx.owner);
    let room = LONGEST_DESCRIPTION - marker.chars().count() - 1;
    let description: String = query.description.as_deref().unwrap_or_default().chars().take(room).collect();
    Resource {
        address: address(name),
        identity: BTreeMap::from([
            ("workgroup".to_owned(), workgroup.clone()),
            ("name".to_owned(), name.to_owned()),
            ("marker".to_owned(), marker),
        ]),
        fields: Fields::from([
            ("description".to_owned(), json!(description.trim())),
            ("database".to_owned(), json!(database)),
            ("workgroup".to_owned(), json!(workgroup)),
            ("sql".to_owned(), json!(query.sql.text.trim_end())),
        ]),
        depends_on: vec![workgroup::address(&workgroup), database::address(database)],
        existing: false,
    }
}

/// A query's address.
pub fn address(name: &str) -> Address {
    Address::new(Kind::AthenaNamedQuery, name)
}

/// Named queries' dealings with Athena.
#[derive(Debug)]
pub struct NamedQuery;

#[async_trait]
impl Handler for NamedQuery {
    fn kind(&self) -> Kind {
        Kind::AthenaNamedQuery
    }

    fn is_found_by_list(&self) -> bool {
        true
    }

    /// By its id where that is known, else by its name.
    async fn read(&self, aws: &Session, owner: &Owner, want: &Resource) -> Result<Option<Live>> {
        if let Some(id) = want.identity.get("id") {
            let query = present(get(aws, id).await)?.flatten();
            return Ok(query.map(|query| live(owner, want, &query)));
        }
        let Some(all) = present(queries(aws, fields::id(want, "workgroup")?).await)? else { return Ok(None) };
        let name = fields::id(want, "name")?;
        Ok(choose(owner, &all, name).map(|query| live(owner, want, query)))
    }

    async fn read_all(
        &self,
        aws: &Session,
        owner: &Owner,
        wants: &[&Resource],
        _parallelism: usize,
    ) -> Result<Vec<Option<Live>>> {
        let mut workgroups: BTreeMap<&str, Option<Vec<SdkNamedQuery>>> = BTreeMap::new();
        for want in wants {
            let workgroup = fields::id(want, "workgroup")?;
            if !workgroups.contains_key(workgroup) {
                workgroups.insert(workgroup, present(queries(aws, workgroup).await)?);
            }
        }
        let found = wants.iter().map(|want| {
            let Some(Some(all)) = workgroups.get(fields::id(want, "workgroup")?) else { return Ok(None) };
            Ok(choose(owner, all, fields::id(want, "name")?).map(|query| live(owner, want, query)))
        });
        found.collect()
    }

    /// Names are not unique to Athena: who calls this has looked that there is none. The call's token, which the SDK makes,
    /// keeps a call that is sent twice from making two.
    async fn create(&self, aws: &Session, want: &Resource) -> Result<()> {
        aws.athena
            .create_named_query()
            .name(fields::id(want, "name")?)
            .description(described(want)?)
            .set_database(fields::text(&want.fields, "database").map(str::to_owned))
            .set_query_string(fields::text(&want.fields, "sql").map(str::to_owned))
            .work_group(fields::id(want, "workgroup")?)
            .send()
            .await
            .call("athena:CreateNamedQuery")
            .map(drop)
    }

    /// One call writes name, description and text together.
    async fn update(&self, aws: &Session, live: &Resource, want: &Resource, _changed: &[String]) -> Result<()> {
        aws.athena
            .update_named_query()
            .named_query_id(fields::id(live, "id")?)
            .name(fields::id(want, "name")?)
            .description(described(want)?)
            .set_query_string(fields::text(&want.fields, "sql").map(str::to_owned))
            .send()
            .await
            .call("athena:UpdateNamedQuery")
            .map(drop)
    }

    async fn delete(&self, aws: &Session, live: &Resource, _delete_data: bool) -> Result<Deleted> {
        let call = aws.athena.delete_named_query().named_query_id(fields::id(live, "id")?);
        present(call.send().await.call("athena:DeleteNamedQuery"))?;
        Ok(Deleted::Gone)
    }

    fn actions(&self) -> &'static [&'static str] {
        ACTIONS
    }
}

fn described(want: &Resource) -> Result<String> {
    let text = fields::text(&want.fields, "description").unwrap_or_default();
    Ok(marks::mark(text, fields::id(want, "marker")?))
}

/// Of several queries of one name ours, else the first by id.
fn choose<'a>(owner: &Owner, all: &'a [SdkNamedQuery], name: &str) -> Option<&'a SdkNamedQuery> {
    let mut same: Vec<&SdkNamedQuery> = all.iter().filter(|query| query.name() == name).collect();
    same.sort_by_key(|query| (judge(owner, query) != Ownership::Ours, query.named_query_id()));
    same.first().copied()
}

fn judge(owner: &Owner, query: &SdkNamedQuery) -> Ownership {
    match owner.judge(&marks::split_marker(query.description().unwrap_or_default()).1) {
        Ownership::Strangers(told) => {
            Ownership::Strangers(told.replace("pipectl tags", "pipectl mark in its description"))
        }
        ours => ours,
    }
}

fn live(owner: &Owner, want: &Resource, query: &SdkNamedQuery) -> Live {
    let mut identity = want.identity.clone();
    identity.insert("id".to_owned(), query.named_query_id().unwrap_or_default().to_owned());
    let (description, _) = marks::split_marker(query.description().unwrap_or_default());
    let fields = Fields::from([
        ("description".to_owned(), json!(description)),
        ("database".to_owned(), json!(query.database())),
        ("workgroup".to_owned(), json!(query.work_group().or(want.identity.get("workgroup").map(String::as_str)))),
        ("sql".to_owned(), json!(query.query_string().trim_end())),
    ]);
    Live { resource: Resource { identity, fields, ..want.clone() }, ownership: judge(owner, query) }
}

/// A saved query; `None` when it went meanwhile.
async fn get(aws: &Session, id: &str) -> Result<Option<SdkNamedQuery>> {
    let call = aws.athena.get_named_query().named_query_id(id);
    Ok(call.send().await.call("athena:GetNamedQuery")?.named_query)
}

/// All saved queries of a workgroup.
pub(in crate::services) async fn queries(aws: &Session, workgroup: &str) -> Result<Vec<SdkNamedQuery>> {
    let mut pages = aws.athena.list_named_queries().work_group(workgroup).into_paginator().send();
    let mut ids = Vec::new();
    while let Some(page) = pages.next().await {
        ids.extend(page.call("athena:ListNamedQueries")?.named_query_ids.unwrap_or_default());
    }
    let mut queries = Vec::new();
    for batch in ids.chunks(BATCH) {
        let call = aws.athena.batch_get_named_query().set_named_query_ids(Some(batch.to_vec()));
        queries.extend(call.send().await.call("athena:BatchGetNamedQuery")?.named_queries.unwrap_or_default());
    }
    Ok(queries)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::aws::testing::{Canned, Reply, session};
    use crate::services::testing::{owner, wanted};

    const NAME: &str = "athena_named_query.top_artists";

    fn query(id: &str, name: &str, description: &str, sql: &str) -> Value {
        json!({"NamedQueryId": id, "Name": name, "Description": description, "Database": "spotify_dev",
               "QueryString": sql, "WorkGroup": "spotify-dev"})
    }

    fn found(queries: &[Value]) -> Vec<Reply> {
        let ids: Vec<_> = queries.iter().map(|q| q["NamedQueryId"].clone()).collect();
        vec![Reply::json(json!({"NamedQueryIds": ids})), Reply::json(json!({"NamedQueries": queries}))]
    }

    #[tokio::test]
    async fn ours_is_chosen_among_namesakes() {
        let sql = "select artist_name, avg(track_popularity) from hits group by 1\n";
        let server = Canned::start(found(&[
            query("1", "top_artists", "my own", "select 1"),
            query("2", "top_artists", "Which artists lead? [pipectl spotify/dev]", sql),
        ]))
        .await;
        let want = wanted(NAME);
        let live = Handler::read(&NamedQuery, &session(&server), &owner(), &want).await.unwrap().unwrap();
        assert_eq!((live.ownership, live.resource.identity["id"].as_str()), (Ownership::Ours, "2"));
        assert_eq!(live.resource.fields, want.fields);
    }

    #[tokio::test]
    async fn one_whose_id_is_known_is_read_without_a_list() {
        let mut want = wanted(NAME);
        want.identity.insert("id".into(), "2".into());
        let there = query("2", "top_artists", "Which artists lead? [pipectl spotify/dev]", "select 1");
        let gone = Reply::json_error(400, "InvalidRequestException", "NamedQuery 2 was not found");
        let server = Canned::start(vec![Reply::json(json!({ "NamedQuery": there })), gone]).await;
        let live = Handler::read(&NamedQuery, &session(&server), &owner(), &want).await.unwrap().unwrap();
        assert_eq!((live.ownership, live.resource.identity["id"].as_str()), (Ownership::Ours, "2"));
        assert!(Handler::read(&NamedQuery, &session(&server), &owner(), &want).await.unwrap().is_none());
        assert_eq!(server.operations(), ["GetNamedQuery", "GetNamedQuery"]);
    }

    #[tokio::test]
    async fn a_new_one_carries_the_mark_behind_its_description() {
        let server = Canned::start(vec![Reply::json(json!({"NamedQueryId": "3"}))]).await;
        NamedQuery.create(&session(&server), &wanted(NAME)).await.unwrap();
        let body = server.asked()[0].json();
        assert_eq!(body["Description"], json!("Which artists lead? [pipectl spotify/dev]"));
        assert!(body["ClientRequestToken"].is_string());
    }

    #[tokio::test]
    async fn an_update_keeps_the_mark() {
        let server = Canned::start(vec![Reply::json(json!({}))]).await;
        let want = wanted(NAME);
        let mut live = want.clone();
        live.identity.insert("id".into(), "2".into());
        NamedQuery.update(&session(&server), &live, &want, &["sql".into()]).await.unwrap();
        let body = server.asked()[0].json();
        assert_eq!((body["NamedQueryId"].as_str(), body["Name"].as_str()), (Some("2"), Some("top_artists")));
        assert!(body["Description"].as_str().unwrap().ends_with("[pipectl spotify/dev]"));
    }

    #[tokio::test]
    async fn without_its_workgroup_there_is_none() {
        let missing = Reply::json_error(400, "InvalidRequestException", "WorkGroup spotify-dev is not found.");
        let server = Canned::start(vec![missing]).await;
        let read = Handler::read(&NamedQuery, &session(&server), &owner(), &wanted(NAME)).await;
        assert!(read.unwrap().is_none());
    }
}
